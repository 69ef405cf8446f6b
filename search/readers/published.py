"""When an article was published, as far as that is known."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

#: Longer text is prose, not a date.
MAX_DATE_CHARS = 200

#: Years outside are misread or placeholders; both inclusive.
MIN_YEAR, MAX_YEAR = 1500, 2200


@dataclass(frozen=True, slots=True)
class Published:
    """When an article was published: aware UTC, and how exactly that is known (`PRECISIONS`)."""

    at: datetime
    precision: str
    #: Why that is less exact than what was written, "" where it is not.
    loss: str = field(default="", compare=False)
    #: Whether ``loss`` is that day and month cannot be told apart.
    is_ambiguous: bool = field(default=False, compare=False)

    def is_vague(self) -> bool:
        """Whether not even the day is known."""
        return self.precision in ("year", "month")


def published_on(year: int, month: int, day: int, precision: str) -> Published | None:
    """Return midnight UTC of a day, None where the calendar has none or its year is out of bounds."""
    if not MIN_YEAR <= year <= MAX_YEAR:
        return None
    try:
        return Published(datetime(year, month, day, tzinfo=UTC), precision)
    except ValueError:
        return None
