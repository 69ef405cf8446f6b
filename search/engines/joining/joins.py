"""What a name counts for, and why: all that those need who search."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final, NamedTuple

from search.engines.protocol.engine import JoinedName

#: The month of an article whose month is not known: its names are held against the whole archive.
NO_MONTH: Final = 0

#: By month (`month_of`) how many articles have a name.
Months = Mapping[int, int]


def month_of(year: int, month: int) -> int:
    """Return the number of a month: one more for each month that passes."""
    return year * 12 + month - 1


class Join(NamedTuple):
    """A name that is counted under another one.

    ``kind`` is one of `search.model.article.ENTITY_KINDS`. From the month ``first`` to ``last``, where these are not
    `NO_MONTH`: a surname alone counts for a person only as long as the archive says so. ``articles`` is how many have
    ``name``. ``reason`` is a key of `REASONS`, ``shown`` how many articles speak for it, ``rivals`` how many against.
    """

    kind: str
    name: str
    counts_for: str
    first: int
    last: int
    articles: int
    reason: str
    shown: int = 0
    rivals: int = 0

    @property
    def is_always(self) -> bool:
        """Whether it holds for articles of all months; else for those from ``first`` to ``last``, or without a month."""
        return self.reason != "surname"

    @property
    def why(self) -> str:
        """The reason and its numbers, in words for a person."""
        return REASONS[self.reason].format(
            name=self.name, counts_for=self.counts_for, shown=self.shown, rivals=self.rivals
        )


#: Why a name counts for another.
REASONS: Final = {
    "spelling": "the same name, written otherwise",
    "ending": "the same name but for the ending of a company, of which {shown:,} articles have this one and {rivals:,} others",
    "initial": "the same name but for an initial, of which {shown:,} articles have this one and {rivals:,} others",
    "acronym": "{shown:,} articles write the one for the other, and {rivals:,} write it for another name",
    "surname": "{shown:,} articles of that time name {counts_for} in full, and {rivals:,} anyone else who could be meant",
}


def joined_names(joins: Iterable[Join]) -> tuple[JoinedName, ...]:
    """Return *joins* as a `Searcher` gives them, most articles first."""
    ordered = sorted(joins, key=lambda join: (-join.articles, join))
    return tuple(
        JoinedName(
            join.name,
            join.counts_for,
            join.articles,
            _day(join.first),
            _day(join.last),
            join.is_always,
            join.why,
        )
        for join in ordered
    )


def _day(month: int) -> date | None:
    """Return the first day of a month, None where it is not known."""
    return None if month == NO_MONTH else date(month // 12, month % 12 + 1, 1)
