"""Read the dates of news: exactly or not at all. The rules are in docs/readers.md."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

#: Years outside are misread or placeholders; both inclusive.
MIN_YEAR, MAX_YEAR = 1500, 2200

#: Longer text is prose, not a date.
_MAX_CHARS = 200

_MONTH_NAMES = (
    "january jan|february feb|march mar|april apr|may|june jun|july jul|august aug"
    "|september sept sep|october oct|november nov|december dec"
)
_MONTHS = {
    name: number
    for number, names in enumerate(_MONTH_NAMES.split("|"), 1)
    for name in names.split()
}
_HOURS_FROM_UTC = {
    "z": 0.0, "ut": 0.0, "utc": 0.0, "gmt": 0.0, "wet": 0.0, "bst": 1.0, "cet": 1.0, "cest": 2.0,
    "eet": 2.0, "eest": 3.0, "msk": 3.0, "jst": 9.0, "kst": 9.0, "hkt": 8.0, "sgt": 8.0,
    "sast": 2.0, "aest": 10.0, "aedt": 11.0, "awst": 8.0, "nzst": 12.0, "nzdt": 13.0,
    "est": -5.0, "edt": -4.0, "cst": -6.0, "cdt": -5.0, "mst": -7.0, "mdt": -6.0,
    "pst": -8.0, "pdt": -7.0,
}  # fmt: skip
_ZONES = {
    "et": "America/New_York", "ct": "America/Chicago", "mt": "America/Denver", "pt": "America/Los_Angeles",
}  # fmt: skip

_MONTH = "(?P<name>" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\b\.?"
_DAY = r"(?<!\d)(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>\d{4})(?!\d)"
_DATE_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"(?<!\d){_YEAR}(?P<sep>[-/.])(?P<month>\d{{1,2}})(?:(?P=sep)(?P<day>\d{{1,2}})(?!\d))?(?![\d-])",
        r"(?<!\d)(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)(?!\d)",
        rf"{_DAY}(?:\s+(?:of\s+)?|[-/])\b{_MONTH},?(?:\s+|[-/]){_YEAR}",
        rf"\b{_MONTH}\s*{_DAY},?\s+{_YEAR}",
        rf"\b{_MONTH},?\s+{_YEAR}",
        r"(?<!\d)(?P<first>\d{1,2})(?P<sep>[/.-])(?P<second>\d{1,2})(?P=sep)(?P<year>\d{4})(?!\d)",
        r"^\s*(?P<year>\d{4})\s*$",
    )
)
_TIME = re.compile(
    r"(?:[\s,]+(?:at\s+)?|[T:])(?P<hour>\d{1,2}):?(?P<minute>\d\d)"
    r"(?::?(?P<second>\d\d)(?:[.,]\d{1,9})?)?(?!\d)"
    r"\s*(?P<half>[ap]\.?m\b\.?)?"
    r"\s*\(?(?P<zone>(?:utc|gmt)?[+\-−]\d{1,2}(?::?\d\d)?(?!\d)|[a-z]{1,5}\b)?",
    re.IGNORECASE,
)
#: The forms of nearly all dates in records, read without trying the others.
_USUAL = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:[.,][0-9]{1,9})?(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)")


@dataclass(frozen=True, slots=True)
class Published:
    """When an article was published: aware UTC, and how exactly that is known (`PRECISIONS`)."""

    at: datetime
    precision: str


def parse_date(value: object) -> Published | None:
    """Return the date that *value* (text, or a number of seconds or milliseconds) stands for.

    None where it is no date, impossible, or outside `MIN_YEAR` to `MAX_YEAR`; never a guess. A time
    without a zone is read as UTC.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _from_number(value)
    if not isinstance(value, str) or len(value) > _MAX_CHARS:
        return None
    text = value.strip()
    if (match := _USUAL.fullmatch(text)) and (published := _from_usual(*match.groups())):
        return published
    return _by_all_rules(text)


def _by_all_rules(text: str) -> Published | None:
    if re.fullmatch(r"-?\d{9,13}(?:\.\d+)?", text, re.ASCII):
        return _from_number(float(text))
    if match := _COMPACT.fullmatch(text):
        text = "{}-{}-{}T{}:{}:{}".format(*match.groups())
    for form in _DATE_FORMS:
        if match := form.search(text):
            return _from_match(match, text[match.end() :])
    return None


def _from_usual(day: str, time: str | None, zone: str | None) -> Published | None:
    """Return the date of an ISO text, None if it takes all rules to read it."""
    if not MIN_YEAR <= int(day[:4]) <= MAX_YEAR:
        return None
    try:
        if time is None:
            return Published(datetime.fromisoformat(day + "T00:00:00Z"), "day")
        at = datetime.fromisoformat(f"{day}T{time}{zone or 'Z'}")
    except ValueError:
        return None
    return Published(at.astimezone(UTC), "second")


def _from_number(value: float) -> Published | None:
    if 1000 <= value <= 9999:  # a year: as seconds it would be the first hours of 1970
        return _published(int(value), 1, 1, "year")
    try:
        seconds = value / 1000 if abs(value) >= 1e11 else value
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(seconds))
    except (OverflowError, ValueError):
        return None
    if seconds == 0 or not MIN_YEAR <= at.year <= MAX_YEAR:
        return None
    return Published(at, "second")


def _from_match(match: re.Match[str], rest: str) -> Published | None:
    parts = match.groupdict()
    year = int(parts["year"])
    if parts.get("first"):
        return _from_two_numbers(
            int(parts["first"]), int(parts["second"]), parts["sep"], year, rest
        )
    if name := parts.get("name"):
        month = _MONTHS.get(name.lower(), 0)  # a long s matches an s, and is no month's
    elif parts.get("month"):
        month = int(parts["month"])
    else:
        return _published(year, 1, 1, "year")
    if not parts.get("day"):
        return _published(year, month, 1, "month")
    return _with_time(year, month, int(parts["day"]), rest)


def _from_two_numbers(first: int, second: int, sep: str, year: int, rest: str) -> Published | None:
    """Read "03/04/2024": if day and month cannot be told apart, only the year is certain."""
    if sep == "." or first > 12:  # with full stops the day is always first
        return _with_time(year, second, first, rest)
    if second > 12 or first == second:
        return _with_time(year, first, second, rest)
    return _published(year, 1, 1, "year")


def _with_time(year: int, month: int, day: int, rest: str) -> Published | None:
    whole_day = _published(year, month, day, "day")
    match = _TIME.match(rest)
    if whole_day is None or match is None:
        return whole_day
    hour, minute, second = (int(match[part] or 0) for part in ("hour", "minute", "second"))
    if match["half"]:
        if not 1 <= hour <= 12:
            return whole_day
        hour = hour % 12 + (12 if match["half"].lower().startswith("p") else 0)
    zone = _zone(match["zone"])
    is_time = ":" in match[0] or "T" in match[0] or match["zone"]  # "1200 people" is none
    if zone is None or not is_time:
        return whole_day
    try:
        at = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return whole_day
    return Published(at, "second" if match["second"] else "minute")


def _zone(text: str | None) -> tzinfo | None:
    """Return the zone that *text* names, UTC without one, None for an unknown one."""
    if not text:
        return UTC
    name = text.lower().replace("−", "-")
    if name in _HOURS_FROM_UTC:
        return timezone(timedelta(hours=_HOURS_FROM_UTC[name]))
    if name in _ZONES:
        try:
            return ZoneInfo(_ZONES[name])
        except ZoneInfoNotFoundError:
            return None
    match = re.fullmatch(r"(?:utc|gmt)?([+-])(\d{1,2}):?(\d\d)?", name)
    if match is None:
        return None
    offset = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
    if offset >= timedelta(hours=24):
        return None
    return timezone(-offset if match[1] == "-" else offset)


def _published(year: int, month: int, day: int, precision: str) -> Published | None:
    if not MIN_YEAR <= year <= MAX_YEAR:
        return None
    try:
        return Published(datetime(year, month, day, tzinfo=UTC), precision)
    except ValueError:
        return None
