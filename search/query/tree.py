"""The query language as a frozen tree, and how to go over one.

The language is described in docs/query-language.md; `search.query.parser` reads it and
`search.query.render` writes it. Nothing engine-specific is in here: engines compile the tree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from typing import Final, NamedTuple

#: Position in the query text that a node was read from; not part of a node's identity.
Span = tuple[int, int]
#: The span of a node that was read from no text.
NOWHERE: Span = (0, 0)


class _Node:
    """What all nodes have in common: one equals another where all but its span does.

    Nodes are never changed once made; mypy sees to it. They are no frozen dataclasses
    for the sake of speed: those take far longer to make and to import.
    """

    __slots__ = ("span",)
    #: The attributes that are a node's identity, in the order that patterns take them.
    __match_args__: tuple[str, ...] = ()

    def __init__(self, span: Span = NOWHERE) -> None:
        self.span = span

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.__match_args__)

    def __hash__(self) -> int:
        # Engines look nodes up often. The first attribute differs in nearly all of them.
        return hash(getattr(self, self.__match_args__[0]))

    def __repr__(self) -> str:
        values = (f"{name}={getattr(self, name)!r}" for name in (*self.__match_args__, "span"))
        return f"{type(self).__name__}({', '.join(values)})"


class Word(_Node):
    """Documents that hold a word; ``form`` is folded by `search.text.words.fold`.

    Not exact: other forms of the word match too (same stem), and the form itself ranks above. In
    fields of names (all but title and body) words are always exact, whatever ``exact`` says.
    """

    __slots__ = __match_args__ = ("form", "field", "exact")

    def __init__(
        self, form: str, field: str | None = None, exact: bool = False, span: Span = NOWHERE
    ) -> None:
        self.form: Final = form
        self.field: Final = field
        self.exact: Final = exact
        self.span = span

    def __hash__(self) -> int:
        return hash(self.form)


class Phrase(_Node):
    """Documents that hold two or more words in this order, with at most ``slop`` words between in all.

    The words stand in one field and one value of it (never across two authors). ``exact`` is True
    for quoted words, False for the parts of an unquoted hyphenated word.
    """

    __slots__ = __match_args__ = ("forms", "slop", "field", "exact")

    def __init__(
        self,
        forms: tuple[str, ...],
        slop: int = 0,
        field: str | None = None,
        exact: bool = True,
        span: Span = NOWHERE,
    ) -> None:
        self.forms: Final = forms
        self.slop: Final = slop
        self.field: Final = field
        self.exact: Final = exact
        self.span = span


class Near(_Node):
    """Documents where two words stand within ``distance`` words of each other, in either order.

    Distance 1 means neighbours: the positions differ by at most ``distance``.
    """

    __slots__ = __match_args__ = ("left", "right", "distance", "field")

    def __init__(
        self,
        left: Word,
        right: Word,
        distance: int,
        field: str | None = None,
        span: Span = NOWHERE,
    ) -> None:
        self.left: Final = left
        self.right: Final = right
        self.distance: Final = distance
        self.field: Final = field
        self.span = span


class Wildcard(_Node):
    """Documents that hold a word matching ``pattern``: folded text, ``*`` any run, ``?`` one character.

    Matched against the unstemmed forms.
    """

    __slots__ = __match_args__ = ("pattern", "field")

    def __init__(self, pattern: str, field: str | None = None, span: Span = NOWHERE) -> None:
        self.pattern: Final = pattern
        self.field: Final = field
        self.span = span


class Fuzzy(_Node):
    """Documents that hold a word within ``edits`` (1 or 2) edits of ``form``.

    An edit inserts, deletes or replaces one character or swaps two neighbours (optimal string
    alignment). Matched against the unstemmed forms.
    """

    __slots__ = __match_args__ = ("form", "edits", "field")

    def __init__(
        self, form: str, edits: int, field: str | None = None, span: Span = NOWHERE
    ) -> None:
        self.form: Final = form
        self.edits: Final = edits
        self.field: Final = field
        self.span = span


class Bound(NamedTuple):
    """Where a range of dates begins or ends, in the zone that the query is read in.

    An article with a clock time is compared by ``instant``, aware UTC. One of which only day, month or year is
    known has no zone: it counts on its first day, wherever it is read, and is compared by ``day``, the first
    that begins at ``instant`` or later. ``begins_day``: that day begins at the instant itself.

    Bounds of one zone are ordered by time.
    """

    instant: datetime
    day: date
    begins_day: bool = True


class DateRange(_Node):
    """Documents published at or after ``start`` and before ``end``; None is no bound.

    Never matches an undated document, so without any bound it is the documents with a date. Adds nothing to a score.
    """

    __slots__ = __match_args__ = ("start", "end")

    def __init__(self, start: Bound | None, end: Bound | None, span: Span = NOWHERE) -> None:
        self.start: Final = start
        self.end: Final = end
        self.span = span


class HasValue(_Node):
    """Documents with a value in ``field``, which is no date; adds nothing to a score.

    In a text that is a word, in a group a value of any of its fields. Blank values are none.
    """

    __slots__ = __match_args__ = ("field",)

    def __init__(self, field: str, span: Span = NOWHERE) -> None:
        self.field: Final = field
        self.span = span


class Everything(_Node):
    """Every document, with score 0."""

    __slots__ = ()

    def __hash__(self) -> int:
        return hash(Everything)


class Not(_Node):
    """Every document that ``child`` does not match, with score 0."""

    __slots__ = __match_args__ = ("child",)

    def __init__(self, child: Query, span: Span = NOWHERE) -> None:
        self.child: Final = child
        self.span = span


class _Several(_Node):
    __slots__ = __match_args__ = ("children",)

    def __init__(self, children: tuple[Query, ...], span: Span = NOWHERE) -> None:
        self.children: Final = children
        self.span = span


class And(_Several):
    """Documents that all ``children`` match; the score is the sum."""

    __slots__ = ()


class Or(_Several):
    """Documents that at least one of ``children`` matches; the score is the sum over those that do."""

    __slots__ = ()


class Either(_Several):
    """Documents that hold a word in one of several spellings; the score is the highest of any of ``children``.

    The first is the word as it was read, the others are what an index has of it (`search.service.spellings`). No
    query text gives one: written out, and read again, it is an `Or`.
    """

    __slots__ = ()


class Synonyms(Either):
    """Documents that hold some words or a synonym of these.

    The first of ``children`` is what was asked for, the others are synonyms. The score is the highest of any, but synonyms
    weigh `search.engines.ranking.SYNONYM_WEIGHT`. No query text gives one (`search.query.synonyms`): written out, and read
    again, it is an `Or`.
    """

    __slots__ = ()


class Group(_Several):
    """Clauses written side by side. How many must hold is up to the request's ``match``.

    "all": every one. "any", "most": every *required* clause (see `is_required`), and of the others
    at least one, or at least three quarters rounded up. A group of required clauses only needs
    just those. The score is the sum over the clauses that hold.
    """

    __slots__ = ()


Query = (
    Word
    | Phrase
    | Near
    | Wildcard
    | Fuzzy
    | DateRange
    | HasValue
    | Everything
    | Not
    | And
    | Or
    | Either
    | Group
)  # fmt: skip


def is_required(clause: Query) -> bool:
    """Whether a clause of a `Group` must hold under every ``match``.

    Negations, dates and clauses that name a field say what a person insists on; bare words, quoted
    or not, and brackets are what ``match`` is about.
    """
    match clause:
        case Not() | DateRange() | HasValue() | Everything():
            return True
        case Word() | Phrase() | Near() | Wildcard() | Fuzzy():
            return clause.field is not None
        case Either():
            return is_required(as_read(clause))
        case _:
            return False


def clauses(tree: Query) -> tuple[Query, ...]:
    """Return the top-level clauses of *tree*, to show and count one by one.

    These are the parts of a `Group` or `And`, otherwise the tree itself; none for `Everything`.
    """
    match tree:
        case Group(children) | And(children):
            return children
        case Everything():
            return ()
        case _:
            return (tree,)


def required_of(tree: Query) -> Query:
    """Return what a person insists on of *tree*: the clauses side by side in it that `is_required`; else `Everything`."""
    required = tuple(filter(is_required, clauses(tree)))
    return And(required) if len(required) > 1 else required[0] if required else Everything()


def with_required(tree: Query, required: Sequence[Query]) -> Query:
    """Return *tree* where each of *required*, clauses that `is_required`, must hold too; scores stay as they are."""
    if not required:
        return tree
    if isinstance(tree, Everything):
        return joined(And, required) or tree
    kind = And if isinstance(tree, And | Or | Near) else Group
    parts = tree.children if isinstance(tree, And | Group) else (tree,)
    return kind((*parts, *required))


def below(node: Query) -> tuple[Query, ...]:
    """Return the nodes right below *node*, the two words of a `Near` too."""
    if isinstance(node, _Several):
        return node.children
    if isinstance(node, Not):
        return (node.child,)
    return (node.left, node.right) if isinstance(node, Near) else ()


def as_read(clause: Query) -> Query:
    """Return what *clause* was before it had other spellings and synonyms: the first in an `Either`."""
    while isinstance(clause, Either):
        clause = clause.children[0]
    return clause


def walk(tree: Query, *, negated: bool = True) -> Iterator[Query]:
    """Yield *tree* and all clauses below it, each before its parts, in the order of the text.

    A `Near` is one clause: its words are not yielded. Unless *negated*, nothing below a `Not` is.
    """
    # Not by recursion: a query can nest deeper than Python calls may.
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, Near if negated else Near | Not):
            waiting += reversed(below(node))


def rewrite(tree: Query, change: Callable[[Query], Query | None]) -> Query | None:
    """Return *tree* with *change* of each single clause in its place, left out where that is None.

    What is left of an `And`, `Or` or `Group` with one child is that child; None where nothing is left.
    """
    if isinstance(tree, Not):
        child = rewrite(tree.child, change)
        return None if child is None else Not(child, tree.span)
    if isinstance(tree, _Several):
        changed = [rewrite(child, change) for child in tree.children]
        return joined(type(tree), [child for child in changed if child is not None], tree.span)
    return change(tree)


def with_any(tree: Query) -> Query:
    """Return *tree* with an `Or` for each `Group`: what is found where a request asks for any of the words."""
    if isinstance(tree, Not):
        return Not(with_any(tree.child), tree.span)
    if not isinstance(tree, _Several):
        return tree
    children = [with_any(child) for child in tree.children]
    if not isinstance(tree, Group):
        return type(tree)(tuple(children), tree.span)
    required = [c for c, before in zip(children, tree.children, strict=True) if is_required(before)]
    words = joined(Or, [c for c in children if c not in required], tree.span)
    return joined(And, [*required, *([words] if words else [])], tree.span) or tree


def joined(
    kind: type[And | Or | Either | Group], parts: Sequence[Query], span: Span = NOWHERE
) -> Query | None:
    """Return one query of that *kind* made of *parts*; a single part is itself, None where there is none."""
    if len(parts) > 1:
        return kind(tuple(parts), span)
    return parts[0] if parts else None
