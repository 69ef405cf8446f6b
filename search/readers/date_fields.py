"""Which of the dates of an article counts, and what a person should know of it and the others."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache

from search.readers.dates import day_in_name, is_written, parse_date
from search.readers.published import Published
from search.readers.source import Origin

#: Keys of the day of publication itself; others say when a record was made, or are vague about it.
_PUBLICATION = re.compile(
    r"publ|pubdate|(?:^|\W)date$|issued|datum|fecha|(?:^|\W)data$", re.IGNORECASE
)
_NOT_PUBLICATION = re.compile(r"updat|modif|chang|creat|crawl|download|scrap", re.IGNORECASE)

#: Longer text is no date of numbers.
_MAX_DATE_CHARS = 100

#: What a time may lie beyond a day of which the zone is not known.
_ZONES_APART = timedelta(hours=14)
_DAY = timedelta(days=1)


def published_in(
    source: Origin, line: int | None, fields: Iterable[tuple[str, object]]
) -> tuple[Published | None, str]:
    """Return the date of a record and where it was found, of *fields*: keys and their values, best first.

    That is the first which says at least the day, else the first that can be read. What could not be
    read, was read less exactly than it was written, or is contradicted, is remarked on.
    """
    best: Published | None = None
    where = ""
    unread: list[tuple[str, str, str]] = []
    for key, value in fields:
        if best is not None and not (best.is_vague() or _is_of_publication(key)):
            continue
        published = _parsed(source, key, value)
        if published is None:
            if is_written(value):
                unread.append((key, *_why_unread(value)))
        elif best is None or (best.is_vague() and _is_within(published, best)):
            best, where = published, key
        elif _is_of_publication(where) and _is_of_publication(key) and _differ(best, published):
            source.remarks.say(
                line,
                "date in question",
                f"field '{where}' says {_shown(best)}, and '{key}' says {_shown(published)}; the first was kept",
            )
    for key, kind, reason in unread:
        source.remarks.say(line, kind, f"field '{key}': {reason}")
    if best is None:
        return None, ""
    if best.loss:
        kind = "day order" if best.is_ambiguous else "date"
        source.remarks.say(line, kind, f"field '{where}': {best.loss}")
    return best, f"field '{where}'"


def remark_on_date(source: Origin, line: int | None, published: Published, url: str) -> None:
    """Remark on a date in the future, and on an address that names another day."""
    # The first says nearly always that it is not, and asks for no time.
    if published.at > _once_in_future() and published.at > datetime.now(UTC) + _DAY:
        source.remarks.say(line, "date in question", f"{_shown(published)} lies in the future")
    if not url or published.is_vague():
        return
    named = day_in_name(url)
    if named is not None and abs(named - published.at.date()) > _DAY:
        source.remarks.say(
            line,
            "date in question",
            f"is dated {_shown(published)}, and its address names {named}; the first was kept",
        )


@cache
def _once_in_future() -> datetime:
    """Return what lay in the future when this was called first."""
    return datetime.now(UTC) + _DAY


@lru_cache(maxsize=256)
def _is_of_publication(key: str) -> bool:
    return bool(_PUBLICATION.search(key)) and not _NOT_PUBLICATION.search(key)


def _parsed(source: Origin, key: str, value: object) -> Published | None:
    published = parse_date(value, source.options.day_order)
    is_certain = published is not None and not published.is_ambiguous
    if is_certain or source.options.day_order or not _needs_order(value):
        return published
    from search.readers.day_order import day_order  # rare, and reads the file once more

    order = day_order(source, key)
    return parse_date(value, order) if order else published


def _needs_order(value: object) -> bool:
    """Whether *value* can be two days."""
    if not isinstance(value, str) or len(value) > _MAX_DATE_CHARS:
        return False
    from search.readers.date_texts import possible_orders

    return len(possible_orders(value)) > 1


def _why_unread(value: object) -> tuple[str, str]:
    """Return the kind of the remark on a value that is no date, and the reason."""
    from search.readers.date_texts import why_unread

    return ("day order" if _needs_order(value) else "date"), why_unread(value)


def _is_within(exact: Published, vague: Published) -> bool:
    """Whether *exact* is a day of the month or year *vague*, in whatever zone."""
    chars = 4 if vague.precision == "year" else 7
    said = vague.at.isoformat()[:chars]
    days = (exact.at - _ZONES_APART, exact.at, exact.at + _ZONES_APART)
    return not exact.is_vague() and said in {day.isoformat()[:chars] for day in days}


def _differ(first: Published, other: Published) -> bool:
    """Whether two dates cannot be of one publication, in whatever zones they are."""
    if first.is_vague() or other.is_vague():
        return first.at.year != other.at.year
    if first.precision == other.precision == "day":
        return first.at != other.at
    if "day" not in (first.precision, other.precision):
        return abs(first.at - other.at) > _DAY
    day, time = (first.at, other.at) if first.precision == "day" else (other.at, first.at)
    return not day - _ZONES_APART <= time < day + _DAY + _ZONES_APART


def _shown(published: Published) -> str:
    at = published.at.isoformat()
    lengths = {"year": 4, "month": 7, "day": 10, "minute": 16}
    return at[: lengths.get(published.precision, 19)]
