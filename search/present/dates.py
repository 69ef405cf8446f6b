"""A date of publication as exactly as it is known, in every form in which we write one."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import NamedTuple


class KnownDate(NamedTuple):
    """A date as exactly as it is known: of a month, no day is made up.

    ``iso`` is for programs (ISO 8601; valid in ``<time datetime>``), ``short`` for lines of a terminal,
    ``words`` for pages; words have no seconds.
    """

    iso: str
    short: str
    words: str


#: Precisions for which a time zone matters.
_CLOCK = ("minute", "second")

#: In English, whatever the locale: so are the pages.
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def known_day(published: datetime, precision: str, zone: tzinfo = UTC) -> KnownDate:
    """Return the day of *published* (aware UTC) in every form: that in *zone*, or as known, month and year too."""
    if precision in _CLOCK:
        return known_date(_in_zone(published, zone), "day")
    return known_date(published, precision)


def known_date(published: datetime, precision: str, zone: tzinfo = UTC) -> KnownDate:
    """Return *published* (aware UTC) in every form, clock times in *zone*.

    A day, month or year has no zone: it is stored as its first instant in UTC, and moving that instant would
    show an article of 1 May under April.
    """
    # Written out, as a page has dozens: strftime takes twenty times as long.
    if precision in _CLOCK:
        published = _in_zone(published, zone)
    year = f"{published.year:04}"
    if precision == "year":
        return KnownDate(year, year, f"{published.year}")
    month, words = f"{year}-{published.month:02}", f"{MONTHS[published.month - 1]} {published.year}"
    if precision == "month":
        return KnownDate(month, month, words)
    day, words = f"{month}-{published.day:02}", f"{published.day} {words}"
    if precision == "day":
        return KnownDate(day, day, words)
    clock = f"{published.hour:02}:{published.minute:02}"
    exact = f"{clock}:{published.second:02}" if precision == "second" else clock
    offset = f"{published:%z}" if published.utcoffset() else "Z"
    zone_name = published.tzname()
    return KnownDate(
        f"{day}T{exact}{offset}", f"{day} {exact} {zone_name}", f"{words}, {clock} {zone_name}"
    )


def _in_zone(published: datetime, zone: tzinfo) -> datetime:
    try:
        return published.astimezone(zone)
    except OverflowError:  # the first and last hours that a datetime can hold
        return published.astimezone(UTC)
