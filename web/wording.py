"""How the pages put values into words: dates as far as they are known, and numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from urllib.parse import urlsplit

#: How a date of each precision reads, and what `<time datetime>` says of it (HTML standard,
#: "valid month string", "valid date string"; a year has at least four digits).
_SHOWN = {
    "year": ("{0.year}", "{0.year:04}"),
    "month": ("{0:%B} {0.year}", "{0.year:04}-{0:%m}"),
    "day": ("{0.day} {0:%B} {0.year}", "{0.year:04}-{0:%m-%d}"),
    "minute": ("{0.day} {0:%B} {0.year}, {0:%H:%M} {0:%Z}", "{0.year:04}-{0:%m-%dT%H:%M%z}"),
    # Nobody reads seconds; who needs them finds them in the attribute and the API.
    "second": ("{0.day} {0:%B} {0.year}, {0:%H:%M} {0:%Z}", "{0.year:04}-{0:%m-%dT%H:%M:%S%z}"),
}


@dataclass(frozen=True, slots=True)
class ShownDate:
    """A date for people and for the ``datetime`` attribute."""

    text: str
    machine: str


def shown_date(published: datetime, precision: str, zone: tzinfo) -> ShownDate:
    """Return what is known of *published* (aware UTC): clock times in *zone*, days as they are.

    A day, month or year has no zone: it is stored as its first instant in UTC, and moving it would
    put an article of the first of May into April.
    """
    if precision in ("minute", "second"):
        published = _moved(published, zone)
    text, machine = _SHOWN[precision]
    return ShownDate(text.format(published), machine.format(published))


def _moved(instant: datetime, zone: tzinfo) -> datetime:
    try:
        return instant.astimezone(zone)
    except OverflowError:  # the first and last hours that a datetime can hold
        return instant.astimezone(UTC)


def shown_interval(interval: str, day: date) -> str:
    """Return in words the day, week, month ... (`search.model.histogram.Interval`) that *day* begins."""
    if interval == "week":
        return f"Week of {day.day} {day:%b} {day.year}"
    if interval in ("decade", "century"):
        years = 10 if interval == "decade" else 100
        first = day.year - day.year % years  # there is no year 0, but its decade is
        return f"{max(1, first)}–{first + years - 1}"
    return _SHOWN[interval][0].format(day)


def counted(count: int, one: str, many: str) -> str:
    """Return "no articles", "1 article" or "1,234 articles"."""
    if count == 0:
        return f"no {many}"
    return f"1 {one}" if count == 1 else f"{count:,} {many}"


def is_web_address(url: str) -> bool:
    """Whether *url* may be a link: http or https, never a script or a file of the reader's machine."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def is_day(text: str) -> bool:
    """Whether *text* is a day that ``<input type=date>`` can hold: YYYY-MM-DD."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
