"""Names in what a person reads: a few of many, and at the beginning of a line."""

from __future__ import annotations

from collections.abc import Sequence

from search.model.article import Article
from search.model.fields import Field


def few(names: Sequence[str], most: int) -> tuple[Sequence[str], int]:
    """Return the first *most* of *names* and how many are left out.

    All of them where that is only one more: "and 1 more" takes as much room as the name.
    """
    if len(names) <= most + 1:
        return names, 0
    return names[:most], len(names) - most


def listed(names: Sequence[str], most: int, separator: str = ", ") -> str:
    """Return the names as text: "A, B, C", and where there are more than that "A, B, C and 2 more"."""
    named, more = few(names, most)
    return separator.join(named) + (f" and {more:,} more" if more else "")


def label_of(row: Field, article: Article) -> str:
    """Return what stands before the values of a field of *article*; of a language whether it was only detected."""
    name = capitalised(row.many if row.is_listed else row.one)
    is_guessed = row.attribute == "article.language" and article.language_from
    return f"{name} ({article.language_from})" if is_guessed else name


def capitalised(name: str) -> str:
    """Return *name* as it begins a line: "URL" stays as it is."""
    return name[:1].upper() + name[1:]
