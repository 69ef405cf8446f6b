"""How the pages put values into words: intervals of time and numbers; and which text may be a link."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from search.present.dates import known_date

if TYPE_CHECKING:
    from search.engines.protocol.engine import JoinedName
    from search.model.fields import Field

_ONE_DAY = timedelta(days=1)


@lru_cache(4096)  # the same dates are on every page
def shown_interval(interval: str, day: date) -> str:
    """Return in words the day, week, month ... (`search.model.histogram.Interval`) that *day* begins."""
    if interval == "week":
        return span_in_words(day, date.fromordinal(min(day.toordinal() + 6, date.max.toordinal())))
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


#: Languages that are written from right to left.
_RIGHT_TO_LEFT = frozenset(
    ("ar", "arc", "ckb", "dv", "fa", "he", "iw", "ji", "nqo", "ps", "sd", "syr", "ug", "ur", "yi")
)


@lru_cache(256)  # nearly every hit of a page is in the same
def direction(language: str) -> str:
    """Return the direction in which *language* is written, for the attribute ``dir``: that of its first letters where it is not known."""
    if not language:
        return "auto"
    return "rtl" if language.lower().split("-")[0] in _RIGHT_TO_LEFT else "ltr"


def days_in(text: str) -> tuple[date, date] | None:
    """Return first and last day of what *text* names, a year, month or day as a query has it; None of anything else."""
    from search.query.dates import calendar_days

    return calendar_days(text)


def written(span: tuple[date, date]) -> tuple[str, str]:
    """Return first and last day as parameters: as months or years where they are whole ones."""
    first, last = span
    months = first.day == 1 and (last + _ONE_DAY).day == 1
    years = months and first.month == 1 and last.month == 12
    chars = len("2024" if years else "2024-11" if months else "2024-11-13")
    return f"{first}"[:chars], f"{last}"[:chars]


def span_in_words(first: date, last: date, month: str = "%B") -> str:
    """Return two days in words, what they share once: "3 to 9 May 2026", "March to May 2026", "2025 to 2026"."""
    texts = written((first, last))
    parts = len(texts[0].split("-"))
    begin, end = (
        [f"{day.day}", f"{day:{month}}", f"{day.year}"][3 - parts :] for day in (first, last)
    )
    if begin == end:
        return " ".join(end)
    while len(begin) > 1 and begin[-1] == end[len(begin) - 1]:
        begin.pop()
    return f"{' '.join(begin)} to {' '.join(end)}"


def short_span(first: date, last: date) -> str:
    """Return the same for a label of little room: "3–9 May 2026", "Mar–May 2026"."""
    return span_in_words(first, last, "%b").replace(" to ", "–")


def as_date(text: str) -> str:
    """Return a date of a question in words, as it is typed into a field: "13 May 2026"; what is none as it is."""
    days = days_in(text)
    return span_in_words(*days) if days else text


def dates_in_words(start: str, end: str) -> str:
    """Return from when to when a question asks: "March to May 2026", "since 3 May 2026", "until yesterday"."""
    if not start or not end:
        return f"since {as_date(start)}" if start else f"until {as_date(end)}"
    first, last = days_in(start), days_in(end)
    if first and last and first[0] <= last[1]:
        return span_in_words(first[0], last[1])
    return as_date(start) if start == end else f"{as_date(start)} to {as_date(end)}"


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
