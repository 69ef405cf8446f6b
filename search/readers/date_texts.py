"""The rules by which a date is read that is not in the usual form. They are in docs/readers.md."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from search.readers.date_forms import (
    CHANGED,
    ERAS,
    FORMS,
    HOURS_FROM_UTC,
    NOT_THE_DAY,
    ONLY_HOUR,
    RANGE_AFTER,
    RANGE_BEFORE,
    TIME,
    TIME_BEFORE,
    TWO_MONTHS,
    ZONES,
)
from search.readers.month_names import joined_names, month_of
from search.readers.published import MAX_DATE_CHARS, MAX_YEAR, MIN_YEAR, Published, published_on

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Fewer seconds since 1970 than these are rather the days of a spreadsheet, or a number that counts something.
_MIN_SECONDS = 10**8
#: A number so large, and its unit in a second: each reaches from 1973 to the year 5138.
_UNITS = ((10**17, 10**9), (10**14, 10**6), (10**11, 10**3), (_MIN_SECONDS, 1))

_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?")
_DOT_NET = re.compile(r"\\?/Date\((-?\d{1,16})(?:[+-]\d{4})?\)\\?/")
_NUMBER = re.compile(r"[+-]?\d{1,19}(?:\.\d{1,9})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Day:
    """A day, month or year found in a text, at ``start`` to ``end`` of it."""

    published: Published | None
    start: int
    end: int
    #: A time that stands inside the date, as `TIME` matches it.
    clock: str = ""


@lru_cache(maxsize=4096)  # the days of a file are few
def by_all_rules(text: str, day_order: str = "") -> Published | None:
    """Return the date in *text*, see `search.readers.dates.parse_date`."""
    if match := _TWO_NUMBERS.fullmatch(text):
        return _from_two_numbers(int(match[1]), int(match[3]), match[2], match[4], day_order)
    if _NUMBER.fullmatch(text):
        return from_number(float(text) if "." in text else int(text), text)
    if match := _DOT_NET.fullmatch(text):
        return since_1970(int(match[1]), 1000)
    if match := _COMPACT.match(text):
        year, month, day, hour, minute, second = match.groups()
        if hour and text[match.end() : match.end() + 1] in ("", "Z", "+"):
            time = f"T{hour}:{minute}:{second}" if second else f"T{hour}:{minute}"
            text = f"{year}-{month}-{day}{time}{text[match.end() :]}"
    if not text.isascii():
        text = joined_names(text)
    for found in _days_in(text, day_order):
        return _whole(found, text)
    return None


def dated_line(line: str, day_order: str = "") -> Published | None:
    """Return the date of a *line* that says nothing else: perhaps "Date:", a place or a weekday, and a time.

    A sentence with a date in it gives None.
    """
    line = line.strip(" \t()[]*_-–—|")
    if not 6 <= len(line) <= _MAX_LINE_CHARS or not any(map(str.isdigit, line)):
        return None
    published = by_all_rules(line, day_order)
    if published is None or (published.precision == "year" and not published.is_ambiguous):
        return None
    rest, labels = _LABEL.subn("", line, count=1)
    unknown = [word for word in _WORD.findall(rest) if not month_of(word) and not _is_of_time(word)]
    # A weekday or a place; and "Opened 13 May." is a sentence all the same.
    if len(unknown) > 2 - bool(labels) or (unknown and line.endswith((".", "!", "?"))):
        return None
    begins_with_words = len(unknown) == 2 and rest.startswith(unknown[0]) and "," not in rest
    return None if begins_with_words else published


def is_in_prose(text: str) -> bool:
    """Whether a date in the short *text* is one of a sentence: it has more words than stand beside the day of an article."""
    small = [
        word for word in _WORD.findall(text) if word.islower() and not month_of(word) and not _is_of_time(word)
    ]  # fmt: skip
    return len(small) > (1 if text.endswith((".", "!", "?", "…")) else 3)


#: What stands before a date and is no text.
_LABEL = re.compile(
    r"(?:(?:date|published|posted|first published|publication date|datum|veröffentlicht|erschienen|publié|publicado|fecha|pubblicato|data"
    r"|gepubliceerd|opublikowano|publicerad|publiceret|publisert|опубликовано|опубліковано|дата|yayınlanma|tarih|publicat|发布|発表|日期|日時|게시)"
    r"(?:\s+(?:date|time|on|at|am|le|el|il|em|op|den))?)\s*[:：]?\s*",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]{2,}")
_MAX_LINE_CHARS = 80
_OF_TIME = frozenset(
    [
        "at",
        "um",
        "de",
        "del",
        "le",
        "la",
        "las",
        "den",
        "kl",
        "uhr",
        "am",
        "pm",
        "st",
        "nd",
        "rd",
        "th",
        "er",
        "of",
        "ore",
        "alle",
        "às",
        "as",
        "om",
        "godz",
        "года",
        "року",
        "година",
        "saat",
        "time",
        "standard",
        "daylight",
        "eastern",
        "central",
        "mountain",
        "pacific",
        "local",
        "ora",
        "klo",
        "on",
    ]
)


def _is_of_time(word: str) -> bool:
    word = word.lower()
    return word in _OF_TIME or word in HOURS_FROM_UTC or word in ZONES


def _whole(found: _Day, text: str) -> Published | None:
    """Return the date *found* with the time that stands by it in *text*."""
    day, rest = found.published, text[found.end :]
    before = text[: found.start]
    if NOT_THE_DAY.search(before) or (
        TWO_MONTHS.search(before) and month_of(before[:-1].split()[-1])
    ):
        return None
    if day is None or day.precision != "day":
        return day
    if _is_range(before, rest):
        return None
    if found.clock:
        return _with_time(day, TIME.match(" " + found.clock))
    with_time = _with_time(day, TIME.match(text, found.end))
    if with_time is day:
        with_time = _with_time(day, TIME_BEFORE.search(before))
    if with_time is day and ONLY_HOUR.match(rest):
        return _losing(day, "an hour without minutes is not kept, so that only the day was")
    return with_time


def _is_range(before: str, rest: str) -> bool:
    if match := RANGE_BEFORE.search(before):
        return not match["name"] or month_of(match["name"]) > 0
    match = RANGE_AFTER.match(rest)
    if match is None:
        return False
    rest = rest[match.end() :]
    return any(found.start == 0 for found in _days_in(rest, ""))


def _days_in(text: str, day_order: str) -> Iterator[_Day]:
    """Yield the first date in *text* that is not that of a change."""
    best: _Day | None = None
    for form in FORMS:
        at = 0
        while match := form.search(text, at):
            at = match.start() + 1
            if best is not None and match.start() >= best.start:
                break
            if CHANGED.search(text, max(0, match.start() - 60), match.start()):
                continue
            parts = match.groupdict()
            name = parts.get("name")
            if name is not None:
                month = month_of(name)
                # With a full stop after the day it is Croatian, where listopad is October.
                if not month or (name.lower() == "listopada" and parts.get("nth") == "."):
                    continue
                parts["month"] = str(month)
            best = _Day(
                _from_parts(parts, day_order), match.start(), match.end(), parts.get("clock") or ""
            )
            break
    if best is not None:
        yield best


def why_unread(value: object) -> str:
    """Return for a person why `parse_date` gives nothing for a value that `is_written`."""
    if isinstance(value, str) and len(value) > MAX_DATE_CHARS:
        return "it is too long for a date"
    shown = str(value)[:60].strip() if isinstance(value, str | int | float) else "its value"
    if (match := _TWO_NUMBERS.match(shown)) and (days := set(_readings_of(match).values())):
        return _two_ways(shown, days)
    if re.fullmatch(r"[2-7]\d{4}(?:\.\d+)?", shown, re.ASCII):
        day = date(1899, 12, 30) + timedelta(days=int(shown[:5]))
        return f"{shown} may be a day of a spreadsheet ({day} in Excel); save the column as dates"
    return f"{shown!r} is no date that can be read"


def possible_orders(text: str) -> tuple[str, ...]:
    """Return the orders of day, month and year that the date in *text* can have, () where all are the same."""
    match = _TWO_NUMBERS.match(text)
    readings = _readings_of(match) if match else {}
    return tuple(readings) if len(readings) == 1 or len(set(readings.values())) > 1 else ()


_TWO_NUMBERS = re.compile(
    r"\s*(?:[^\W\d_]{2,12}[.,]{0,2}\s+)?(\d{1,2})([/.-])\s?(\d{1,2})\2\s?(\d{4}|(?<!\b\d.\d.)(?<!\b\d\d.\d.)\d\d)(?![\d./-])"
)


def from_number(value: float, text: str = "") -> Published | None:
    """Return the date of a number: a year, the digits of a day, or what has passed since 1970."""
    if value != value or abs(value) >= 1e20:
        return None
    if 1000 <= value <= 9999:  # as seconds it would be the first hours of 1970
        return published_on(int(value), 1, 1, "year")
    text = (text or str(value)).removesuffix(".0")
    if match := _COMPACT.fullmatch(text):
        year, month, day, hour, minute, second = match.groups()
        if hour is None or text.startswith(("19", "20")):
            clock = f" {hour}:{minute}" + (f":{second}" if second else "") if hour else ""
            whole_day = published_on(int(year), int(month), int(day), "day")
            if whole_day and not clock.strip(" 0:"):
                return whole_day
            if whole_day and (at := _with_time(whole_day, TIME.match(clock))) is not whole_day:
                return at
    for least, parts in _UNITS:
        if abs(value) >= least:
            return since_1970(value, parts)
    return None


def since_1970(value: float, parts: int) -> Published | None:
    """Return the time that lies *value* of the *parts* of a second after 1970."""
    seconds = value // parts if isinstance(value, int) else int(value / parts)
    try:
        at = _EPOCH + timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        return None
    return Published(at, "second") if MIN_YEAR <= at.year <= MAX_YEAR else None


def _from_parts(parts: dict[str, str | None], day_order: str) -> Published | None:
    said = parts["year"] or parts.get("short") or ""
    if first := parts.get("first"):
        return _from_two_numbers(
            int(first), int(parts["second"] or 0), parts["sep"] or "", said, day_order
        )
    if era := parts.get("era"):
        year = ERAS[era] + (1 if said == "元" else int(said))
    else:
        year = int(said.lstrip("'’"))
    if len(said.lstrip("'’")) == 2 and not parts.get("era"):
        year = _full_year(year)
    day = parts.get("day") or "0"
    if ordinal := parts.get("ordinal"):
        return _from_ordinal(year, int(ordinal))
    if week := parts.get("week"):
        return _from_week(year, int(week), parts.get("weekday"))
    month = int(parts.get("month") or 0)
    if not month:  # also 2024-00-00, as databases write a year
        return published_on(year, 1, 1, "year") if not int(day) else None
    if not int(day):
        return published_on(year, month, 1, "month")
    return published_on(year, month, int(day), "day")


def _full_year(two_digits: int) -> int:
    """Return the last year that ends in *two_digits* and is not in the future."""
    this_year = datetime.now(UTC).year
    return this_year - (this_year - two_digits) % 100


def _from_ordinal(year: int, ordinal: int) -> Published | None:
    first = published_on(year, 1, 1, "day")
    if first is None or not ordinal:
        return None
    at = first.at + timedelta(days=ordinal - 1)
    return Published(at, "day") if at.year == year else None


def _from_week(year: int, week: int, weekday: str | None) -> Published | None:
    try:
        day = date.fromisocalendar(year, week, int(weekday or 1))
        last = date.fromisocalendar(year, week, int(weekday or 7))
    except ValueError:
        return None
    if weekday:
        return published_on(day.year, day.month, day.day, "day")
    if day.month == last.month:
        found = published_on(day.year, day.month, 1, "month")
    else:
        found = published_on(year, 1, 1, "year")
    return found and _losing(found, f"of a week only the {found.precision} was kept")


def _readings(first: int, second: int, sep: str, year: str) -> dict[str, datetime]:
    """Return what 03/04/2024 or 03/04/24 can be, by the order of day, month and year."""
    orders = {"dmy": (year, second, first), "mdy": (year, first, second)}
    if len(year) == 2 and sep != ".":
        orders["ymd"] = (f"{first:02}", second, int(year))
    readings = {}
    this_year = datetime.now(UTC).year
    for order, (said, month, day) in orders.items():
        full = _full_year(int(said)) if len(said) == 2 else int(said)
        # The year of today's papers: a column of days that begins with 27 to 99 begins with the day.
        if order == "ymd" and first <= 31 and not 2000 <= full <= this_year:
            continue
        if published := published_on(full, month, day, "day"):
            readings[order] = published.at
    return readings


def _readings_of(match: re.Match[str]) -> dict[str, datetime]:
    return _readings(int(match[1]), int(match[3]), match[2], match[4])


def _from_two_numbers(
    first: int, second: int, sep: str, year: str, day_order: str
) -> Published | None:
    """Read "03/04/2024": if day and month cannot be told apart, only the year is certain."""
    readings = _readings(first, second, sep, year)
    if sep == "." and day_order != "both" and "dmy" in readings:
        day_order = day_order or "dmy"  # with full stops the day is first, unless others say no
    if day_order in readings:
        return Published(readings[day_order], "day")
    days = set(readings.values())
    if len(days) == 1:
        return Published(days.pop(), "day")
    if not days:
        return None
    years = {day.year for day in days}
    if len(years) > 1:
        return None
    loss = f"{_two_ways(f'{first:02}{sep}{second:02}{sep}{year}', days)}; only the year was kept"
    return Published(datetime(years.pop(), 1, 1, tzinfo=UTC), "year", loss, is_ambiguous=True)


def _two_ways(said: str, days: Iterable[datetime]) -> str:
    ways = " or ".join(sorted(day.strftime("%Y-%m-%d") for day in days))
    return f"{said} can be {ways} (give --dates dmy or mdy)"


def _with_time(day: Published, match: re.Match[str] | None) -> Published:
    """Return *day* with the time that *match* has; *day* itself where it has none."""
    if match is None:
        return day
    parts = match.groupdict()
    said_minute = parts["minute"] or parts.get("minutes") or parts.get("bare")
    hour, minute, second = (
        int(each or 0) for each in (parts["hour"], said_minute, parts["second"])
    )
    half = (parts["half"] or "").lower()
    if east := parts.get("east"):
        half = "p" if east in ("下午", "午後", "오후") else "a"
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    elif half and not (parts.get("east") and hour < 24):
        return day
    said = parts["zone"] if not parts["hours"] or _is_zone(parts["zone"]) else None
    mark = (":" if "mark" not in parts else parts["mark"] or parts["tick"] or "").strip()
    is_last = not match.string[match.end() :].strip(" )]|")
    is_time = (
        (mark and mark != ".")
        or parts.get("lead", "").upper() == "T"
        or parts["hours"]
        or parts["half"]
        or (parts.get("at") and mark)
        or (said and not mark)  # "1630 GMT"; "1200 people" is none
        or (mark and (said or is_last))  # "10.30 CEST", "10.30"; "10.50 a ticket" is none
    )
    if not is_time:
        return day
    is_exact = not (parts.get("fraction") or "").strip("0")
    if said is None and hour == minute == second == 0 and is_exact:
        return day  # so tables write a day; see `search.readers.dates.parse_date`
    zone = _zone(said)
    if zone is None:
        if not mark or mark == ".":
            return day
        return _losing(day, f"the time zone {said!r} is not known, so that only the day was kept")
    try:
        at = day.at.replace(
            hour=0 if hour == 24 else hour, minute=minute, second=min(second, 59), tzinfo=zone
        )
        if hour == 24:
            if minute or second:
                return day
            at += timedelta(days=1)
        at = at.astimezone(UTC)
    except (ValueError, OverflowError):
        return _losing(day, "its time is none of a day, so that only the day was kept")
    return Published(at, "second" if parts["second"] else "minute")


def _losing(published: Published, loss: str) -> Published:
    return Published(published.at, published.precision, loss)


def _is_zone(text: str | None) -> bool:
    return bool(text) and _zone(text) is not None


def _zone(text: str | None) -> tzinfo | None:
    """Return the zone that *text* names, UTC without one, None for an unknown one."""
    if not text:
        return UTC
    name = text.lower().replace("−", "-")
    if name in HOURS_FROM_UTC:
        return timezone(timedelta(hours=HOURS_FROM_UTC[name]))
    if name in ZONES or "/" in name:
        try:
            return ZoneInfo(ZONES.get(name, text))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return None
    match = re.fullmatch(r"(?:utc|gmt)?([+-])(\d{1,2}):?(\d\d)?", name)
    if match is None:
        return None
    offset = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
    if offset >= timedelta(hours=24):
        return None
    return timezone(-offset if match[1] == "-" else offset)
