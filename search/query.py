"""The query language: a frozen tree, the parser that makes it from text, and ``render`` back.

The language is described in docs/query-language.md. Nothing engine-specific is in here: engines
compile the tree.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import datetime

#: Position in the query text that a node was read from; not part of a node's identity.
Span = tuple[int, int]

#: Fields that a query can name, beside the dates. "entity" is person, org and place at once.
FIELDS = (
    "title", "body", "author", "person", "org", "place", "entity",
    "source", "section", "lang", "url",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Word:
    """Documents that hold a word; ``form`` is folded by `search.text.fold`.

    Not exact: other forms of the word match too (same stem), and the form itself ranks above. In
    fields of names (all but title and body) words are always exact, whatever ``exact`` says.
    """

    form: str
    field: str | None = None
    exact: bool = False
    span: Span = dataclasses.field(default=(0, 0), compare=False)


@dataclass(frozen=True, slots=True)
class Phrase:
    """Documents that hold two or more words in this order, with at most ``slop`` words between in all.

    The words stand in one field and one value of it (never across two authors). ``exact`` is True
    for quoted words, False for the parts of an unquoted hyphenated word.
    """

    forms: tuple[str, ...]
    slop: int = 0
    field: str | None = None
    exact: bool = True
    span: Span = dataclasses.field(default=(0, 0), compare=False)


@dataclass(frozen=True, slots=True)
class Near:
    """Documents where two words stand within ``distance`` words of each other, in either order.

    Distance 1 means neighbours: the positions differ by at most ``distance``.
    """

    left: Word
    right: Word
    distance: int
    field: str | None = None
    span: Span = dataclasses.field(default=(0, 0), compare=False)


@dataclass(frozen=True, slots=True)
class Wildcard:
    """Documents that hold a word matching ``pattern``: folded text, ``*`` any run, ``?`` one character.

    Matched against the unstemmed forms.
    """

    pattern: str
    field: str | None = None
    span: Span = dataclasses.field(default=(0, 0), compare=False)


@dataclass(frozen=True, slots=True)
class Fuzzy:
    """Documents that hold a word within ``edits`` (1 or 2) edits of ``form``.

    An edit inserts, deletes or replaces one character or swaps two neighbours (optimal string
    alignment). Matched against the unstemmed forms.
    """

    form: str
    edits: int
    field: str | None = None
    span: Span = dataclasses.field(default=(0, 0), compare=False)


@dataclass(frozen=True, slots=True)
class DateRange:
    """Documents published at or after ``start`` and before ``end``, aware UTC; None is no bound.

    Never matches an undated document. Adds nothing to a score.
    """

    start: datetime | None
    end: datetime | None
    span: Span = dataclasses.field(default=(0, 0), compare=False)


@dataclass(frozen=True, slots=True)
class Everything:
    """Every document, with score 0."""

    span: Span = dataclasses.field(default=(0, 0), compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """Every document that ``child`` does not match, with score 0."""

    child: Query
    span: Span = dataclasses.field(default=(0, 0), compare=False)


@dataclass(frozen=True, slots=True)
class And:
    """Documents that all ``children`` match; the score is the sum."""

    children: tuple[Query, ...]
    span: Span = dataclasses.field(default=(0, 0), compare=False)


@dataclass(frozen=True, slots=True)
class Or:
    """Documents that at least one of ``children`` matches; the score is the sum over those that do."""

    children: tuple[Query, ...]
    span: Span = dataclasses.field(default=(0, 0), compare=False)


@dataclass(frozen=True, slots=True)
class Group:
    """Clauses written side by side. How many must hold is up to the request's ``match``.

    "all": every one. "any", "most": every *required* clause (see `is_required`), and of the others
    at least one, or at least three quarters rounded up. A group of required clauses only needs
    just those. The score is the sum over the clauses that hold.
    """

    children: tuple[Query, ...]
    span: Span = dataclasses.field(default=(0, 0), compare=False)


Query = (
    Word | Phrase | Near | Wildcard | Fuzzy | DateRange | Everything | Not | And | Or | Group
)  # fmt: skip


def is_required(clause: Query) -> bool:
    """Whether a clause of a `Group` must hold under every ``match``.

    Negations, dates and clauses that name a field say what a person insists on; bare words, quoted
    or not, and brackets are what ``match`` is about.
    """
    match clause:
        case Not() | DateRange() | Everything():
            return True
        case Word() | Phrase() | Near() | Wildcard() | Fuzzy():
            return clause.field is not None
        case _:
            return False
