"""Saved searches: what each asks, and how it stands in another query as ``search:name``.

docs/saved.md says what they are for; their file is read in `search.query.saved_file`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from search.model.fields import YEAR
from search.model.question import Question
from search.model.settings import Settings
from search.query.context import SavedText

#: The file that is read where the settings name none.
DEFAULT_FILE = "searches.toml"

#: What parts the words of a name.
_APART = re.compile(r"[\s_-]+")
_NO_WORD = re.compile(r"[^\w'’.&+-]+")


class SavedSearch(NamedTuple):
    """One search: what people call it, and what it asks."""

    name: str
    question: Question

    @property
    def key(self) -> str:
        """What stands for it in a query and in an address: see `key_of`."""
        return key_of(self.name)


def key_of(name: str) -> str:
    """Return what names of one search have in common: without capitals, and a hyphen between words."""
    return _APART.sub("-", name.strip()).casefold()


def path_of(settings: Settings) -> str:
    """Return the file of saved searches: that of *settings*, else `DEFAULT_FILE`, or "" where that is not there."""
    if settings.saved_searches:
        return settings.saved_searches
    return DEFAULT_FILE if Path(DEFAULT_FILE).exists() else ""


def text_of(question: Question) -> SavedText:
    """Return *question* as it stands in a larger query: its text, and its filters in the query language."""
    parts = []
    chosen = {selection.field for selection in question.selections}
    for selection in question.selections:
        field = _asked_by(selection.field)
        values = [f'{field}:"{_NO_WORD.sub(" ", v).strip()}"' for v in selection.values]
        # Of a field with both, either will do.
        values += [f"-{field}:*"] if selection.field in question.without else []
        parts.append(values[0] if len(values) == 1 else f"({' OR '.join(values)})")
    parts += [
        f'-{_asked_by(out.field)}:"{_NO_WORD.sub(" ", v).strip()}"'
        for out in question.excluded
        for v in out.values
    ]
    parts += [f"-{_asked_by(field)}:*" for field in question.without if field not in chosen]
    if question.start or question.end:
        parts.append(f'date:"{question.start}..{question.end}"')
    return SavedText(question.text, " ".join(parts), question.match)


def _asked_by(field: str) -> str:
    """Return what a query calls *field*."""
    return "date" if field == YEAR.name else field
