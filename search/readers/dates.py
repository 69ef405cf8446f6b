"""Read the dates of news: exactly or not at all. The rules are in docs/readers.md."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from search.readers.published import MAX_DATE_CHARS, MAX_YEAR, MIN_YEAR, Published

#: The forms of nearly all dates in records, read without trying the others.
_USUAL = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:[.,][0-9]{1,9})?(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_BLANK = re.compile(
    r"[\s\W_]*|nan|nat|null|none|nil|n/?a|undefined|unknown|0000-00-00(?:[T ]00:00:00\S*)?|0+",
    re.IGNORECASE,
)


_CENTURIES = ("20", "19", "18", "17", "16")
#: The year of an address or a file is one that computers have seen, or papers that were scanned.
_DAY_IN_NAME = re.compile(
    r"(?<![0-9])(?:(?<![A-Za-z])|(?=[0-9]{4}[-_./]))((?:1[6-9]|20)[0-9]{2})([-_./]?)(0[1-9]|1[0-2]|(?<=[-_./])[1-9])\2"
    r"(0[1-9]|[12][0-9]|3[01]|(?<=[-_./])[1-9])(?![0-9])"
)


def parse_date(value: object, day_order: str = "") -> Published | None:
    """Return the date that *value* stands for: text, a number since 1970, or an object of a database.

    None where it is no date, impossible, a range, the day of a change, or outside `MIN_YEAR` to `MAX_YEAR`;
    never a guess. A time without a zone is read as UTC, but exactly midnight without one is no time: so
    databases and programs of tables write a day. *day_order* ("dmy" or "mdy") says what 03/04/2024
    is; without it only the year of that is known. "both" says that the dates around this one have both
    orders: then even 03.04.2024 is uncertain.
    """
    if isinstance(value, str):
        text = value.strip()
        if published := usual_date(text):
            return published
        if len(text) > MAX_DATE_CHARS:
            return None
        from search.readers.date_texts import by_all_rules  # its patterns take time to compile

        return by_all_rules(text, day_order)
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        from search.readers.date_texts import from_number

        return from_number(value)
    if isinstance(value, dict):
        return _from_object(value, day_order)
    return None


def usual_date(text: str) -> Published | None:
    """Return the date of an ISO text, None if it takes all rules of `parse_date` to read it."""
    if (match := _USUAL.fullmatch(text)) is None:
        return None
    day, time, zone = match.groups()
    if time and not zone and not text[len(day) + 1 :].strip("0:.,"):
        time = None
    try:
        at = datetime.fromisoformat(f"{day}T{time or '00:00:00'}{zone or 'Z'}")
        if not MIN_YEAR <= at.year <= MAX_YEAR:
            return None
        if at.tzinfo is not UTC:
            at = at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return Published(at, "second" if time else "day")


def _from_object(value: dict[object, object], day_order: str) -> Published | None:
    """Return the date of an object: MongoDB's ``$date``, Firestore's seconds, PHP's date and zone."""
    from search.readers.date_texts import since_1970

    if "$date" in value:
        return parse_date(value["$date"], day_order)
    for key in ("$numberLong", "_seconds", "seconds"):
        if key in value:
            number = str(value[key])
            is_number = re.fullmatch(r"-?[0-9]{1,19}", number)
            parts = 1000 if key == "$numberLong" else 1
            return since_1970(int(number), parts) if is_number else None
    said = value.get("date", value.get("@value", value.get("value")))
    zone = value.get("timezone", "")
    if isinstance(said, str) and isinstance(zone, str):
        return parse_date(f"{said[:MAX_DATE_CHARS]} {zone[:MAX_DATE_CHARS]}", day_order)
    return None


def is_written(value: object) -> bool:
    """Whether *value* says something: not nothing, and no word or number for nothing."""
    if isinstance(value, str):
        return not _BLANK.fullmatch(value[:MAX_DATE_CHARS])
    return bool(value) and value == value  # NaN is not itself


def day_in_name(name: str) -> date | None:
    """Return the day that an address or the path of a file names, as 2024/11/13, 2024-11-13 or 20241113.

    Of several the last counts; None where there is none.
    """
    if not any(century in name for century in _CENTURIES):  # far cheaper than the pattern
        return None
    day = None
    for match in _DAY_IN_NAME.finditer(name):
        try:
            day = date(int(match[1]), int(match[3]), int(match[4]))
        except ValueError:
            continue
    return day
