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

#: Precision -> the three forms. ``0.year:04`` because strftime does not pad years on every system.
_FORMS = {
    "year": KnownDate("{0.year:04}", "{0.year:04}", "{0.year}"),
    "month": KnownDate("{0.year:04}-{0:%m}", "{0.year:04}-{0:%m}", "{0:%B} {0.year}"),
    "day": KnownDate("{0.year:04}-{0:%m-%d}", "{0.year:04}-{0:%m-%d}", "{0.day} {0:%B} {0.year}"),
    "minute": KnownDate(
        "{0.year:04}-{0:%m-%dT%H:%M%z}",
        "{0.year:04}-{0:%m-%d %H:%M %Z}",
        "{0.day} {0:%B} {0.year}, {0:%H:%M %Z}",
    ),
    "second": KnownDate(
        "{0.year:04}-{0:%m-%dT%H:%M:%S%z}",
        "{0.year:04}-{0:%m-%d %H:%M:%S %Z}",
        "{0.day} {0:%B} {0.year}, {0:%H:%M %Z}",
    ),
}


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
    if precision in _CLOCK:
        published = _in_zone(published, zone)
    iso, short, words = (form.format(published) for form in _FORMS[precision])
    return KnownDate(iso.replace("+0000", "Z"), short, words)


def _in_zone(published: datetime, zone: tzinfo) -> datetime:
    try:
        return published.astimezone(zone)
    except OverflowError:  # the first and last hours that a datetime can hold
        return published.astimezone(UTC)
