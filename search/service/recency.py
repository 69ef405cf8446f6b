"""What a person says of recency, as numbers."""

from __future__ import annotations

import re

from search.engines.protocol.request import DEFAULT_FLOOR, Recency
from search.model.errors import RequestError

#: What says that age does not count, whatever the setting.
OFF = "off"

_DAYS = {"d": 1.0, "w": 7.0, "m": 30.4375, "y": 365.25}
_WRITTEN = re.compile(r"([1-9][0-9]{0,4})([dwmy])(?::(0|1|[01]?\.[0-9]{1,4}))?", re.ASCII)


def recency_of(text: str) -> Recency | None:
    """Return the recency that *text* asks for, such as 30d or 6m:0.2; None for off and for "".

    Raises `RequestError` for any other text.
    """
    text = text.strip().lower()
    if text in ("", OFF):
        return None
    found = _WRITTEN.fullmatch(text)
    floor = float(found[3]) if found and found[3] else DEFAULT_FLOOR
    if found is None or floor > 1:
        raise RequestError(
            f"recency {text[:40]!r}: expected a half-life such as 30d, 8w, 6m or 2y, with a floor from 0 to 1 after a "
            "colon if it is to be another (30d:0.2), or off"
        )
    return Recency(int(found[1]) * _DAYS[found[2]], floor)
