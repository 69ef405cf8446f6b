"""Hypothesis strategy for query trees: just those that the parser can make."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from search.model.fields import FIELDS
from search.query.dates import bound_at
from search.query.parser import parse
from search.query.tree import (
    And,
    Bound,
    DateRange,
    Either,
    Everything,
    Fuzzy,
    Group,
    HasValue,
    Near,
    Not,
    Or,
    Phrase,
    Query,
    Synonyms,
    Wildcard,
    Word,
)

WORDS = (
    "missile",
    "missiles",
    "kyiv",
    "nato",
    "us",
    "oneil",
    "he'll",
    "at&t",
    "3000",
    "3.5",
    "北京",
)
BOUNDS = tuple(
    bound_at(instant, UTC)
    for instant in (
        datetime(1987, 3, 1, tzinfo=UTC),
        datetime(2024, 11, 1, tzinfo=UTC),
        datetime(2024, 11, 13, 22, 59, 30, tzinfo=UTC),
        datetime(2024, 11, 14, 0, 0, 0, 5, tzinfo=UTC),
        datetime(2025, 1, 1, tzinfo=UTC),
    )
)


#: Every name that stands for a field or several.
QUERIED = (*(row.name for row in FIELDS.queried), *FIELDS.groups)


def trees(
    words: Sequence[str] = WORDS,
    fields: Sequence[str] = QUERIED,
    bounds: Sequence[Bound] = BOUNDS,
    max_leaves: int = 8,
    *,
    either: bool = False,
) -> SearchStrategy[Query]:
    """Return trees over *words*, folded forms that are one word each, and *fields*, beside no field.

    Dates start and end at *bounds*. With *either* there are nodes, too, that no text reads as. Spans are those of no text.
    """
    leaves = st.one_of(_leaves(words, fields), _dates(bounds), st.just(Everything()))

    def larger(children: SearchStrategy[Query]) -> SearchStrategy[Query]:
        several = st.lists(children, min_size=2, max_size=4).map(tuple)
        kinds = (Group, And, Or, *[Either, Synonyms] * either)
        return st.one_of(children.map(Not), *(several.map(kind) for kind in kinds))

    return st.recursive(leaves, larger, max_leaves=max_leaves)


def _leaves(words: Sequence[str], fields: Sequence[str]) -> SearchStrategy[Query]:
    word = st.sampled_from(words)
    field = st.sampled_from((None, *fields))
    row = st.lists(word, min_size=2, max_size=3).map(tuple)
    slop = st.sampled_from((0, 0, 1, 2, 100))
    return st.one_of(
        st.builds(Word, word, field, st.booleans()),
        st.builds(Phrase, row, slop, field),
        st.builds(Phrase, row, st.just(0), field, st.just(False)),
        st.builds(
            lambda left, right, distance, name, exact: Near(
                Word(left, name, exact[0]), Word(right, name, exact[1]), distance, name
            ),
            word,
            word,
            st.sampled_from((1, 2, 10, 100)),
            field,
            st.tuples(st.booleans(), st.booleans()),
        ),
        st.builds(Wildcard, st.sampled_from(_patterns(words)), field),
        st.builds(Fuzzy, word, st.sampled_from((1, 2)), field),
        st.builds(HasValue, st.sampled_from(fields)),
    )


def _patterns(words: Sequence[str]) -> list[str]:
    """Return wildcards that match *words*, without those that the parser reads as words."""
    made = {
        pattern
        for word in words
        for pattern in (
            word[:2] + "*",
            "*" + word[-2:],
            word[:1] + "?" + word[2:],
            f"{word[:1]}*{word[-1:]}",
        )
    }
    return sorted(pattern for pattern in made if parse(pattern).tree == Wildcard(pattern))


def _dates(bounds: Sequence[Bound]) -> SearchStrategy[Query]:
    bound = st.sampled_from(bounds)
    return st.one_of(
        st.lists(bound, min_size=2, max_size=2, unique=True).map(lambda p: DateRange(*sorted(p))),
        st.builds(DateRange, bound, st.none()),
        st.builds(DateRange, st.none(), bound),
        st.just(DateRange(None, None)),
    )
