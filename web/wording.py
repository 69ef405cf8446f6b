"""How the pages put values into words: intervals of time and numbers; and which text may be a link."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from search.present.dates import known_date

if TYPE_CHECKING:
    from search.engines.protocol.engine import JoinedName
    from search.model.fields import Field


def shown_interval(interval: str, day: date) -> str:
    """Return in words the day, week, month ... (`search.model.histogram.Interval`) that *day* begins."""
    if interval == "week":
        return f"Week of {day.day} {day:%b} {day.year}"
    if interval in ("decade", "century"):
        years = 10 if interval == "decade" else 100
        first = day.year - day.year % years  # the first decade begins with year 1, as no year is 0
        return f"{max(1, first)}–{first + years - 1}"
    return known_date(datetime.combine(day, time(), UTC), interval).words


def value_label(row: Field, value: str) -> str:
    """Return what a person calls a value of a facet: a language by its name."""
    if row.attribute != "article.language":
        return value
    from search.readers.language_names import english_name  # few archives have several

    return english_name(value)


def counted(count: int, singular: str, plural: str) -> str:
    """Return "no articles", "1 article" or "1,234 articles"."""
    if count == 0:
        return f"no {plural}"
    return f"1 {singular}" if count == 1 else f"{count:,} {plural}"


def is_web_address(url: str) -> bool:
    """Whether *url* may be a link: http or https, never a script or a local file."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def host_of(url: str) -> str:
    """Return the host of a web address without "www.", as a person calls a site."""
    return (urlsplit(url).hostname or url).removeprefix("www.")


def is_day(text: str) -> bool:
    """Whether *text* is a day that ``<input type=date>`` can hold: YYYY-MM-DD."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def quoted(name: str) -> str:
    """Return *name* as words in a row of a query."""
    return f'"{name.replace(chr(34), " ").strip()}"'


def times(number: float) -> str:
    """Return how many times in words: "1.4", "12", "1,520"."""
    return f"{number:.1f}" if number < 9.95 else f"{number:,.0f}"


def share(part: int, whole: int) -> str:
    """Return how much *part* is of *whole*, "1.6 %"; less than a tenth of a percent is said so."""
    percent = 100 * part / whole
    return "under 0.1 %" if 0 < percent < 0.1 else f"{percent:.1f} %"


def percent(share: float) -> str:
    """Return a share from 0 to 1 as it stands on an axis: "2 %", "0.05 %"."""
    return f"{100 * share:.3f}".rstrip("0").rstrip(".") + " %"


def days_in_words(first: date, last: date) -> str:
    """Return two days as "21 to 27 November 2026", "28 November to 4 December 2026"."""
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} to {last.day} {last:%B} {last.year}"
    year = "" if first.year == last.year else f" {first.year}"
    return f"{first.day} {first:%B}{year} to {last.day} {last:%B} {last.year}"


def joined_where(join: JoinedName) -> str:
    """Return in how many articles a name counts for another, and when: "in 312 articles, February 1987 to October 1987"."""
    when = [
        known_date(datetime.combine(day, time(), UTC), "month").words
        for day in (join.first, join.last)
        if day
    ]
    return ", ".join(
        [
            "in " + counted(join.articles, "article", "articles"),
            *([" to ".join(dict.fromkeys(when))] if when else []),
        ]
    )
