"""Which languages a question asks for."""

from __future__ import annotations

from collections.abc import Iterable

from search.model.question import Selection
from search.query.tree import Query, Word, walk
from search.text.stems import stem_language


def languages_asked_for(parts: Iterable[Query], selections: Iterable[Selection]) -> frozenset[str]:
    """Return the languages of stems that clauses ask for by ``lang:``, or *selections*; empty where none does."""
    words = [node for part in parts for node in walk(part, negated=False) if isinstance(node, Word)]
    codes = [node.form for node in words if node.field == "lang"]
    for selection in selections:
        if selection.field == "lang":
            codes += selection.values
    return frozenset(stem_language(code) for code in codes if code.strip())
