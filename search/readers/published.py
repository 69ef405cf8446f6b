"""When an article was published, as far as that is known."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

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

    def end(self) -> datetime:
        """Return when what is known of it is over for certain: the time itself, else the end of its day, month or year."""
        at = self.at
        if self.precision == "year":
            return at.replace(year=at.year + 1, month=1, day=1)
        if self.precision == "month":
            return (at.replace(day=1) + timedelta(days=31)).replace(day=1)
        return at + timedelta(days=1) if self.precision == "day" else at


def published_on(year: int, month: int, day: int, precision: str) -> Published | None:
    """Return midnight UTC of a day, None where the calendar has none or its year is out of bounds."""
    if not MIN_YEAR <= year <= MAX_YEAR:
        return None
    try:
        return Published(datetime(year, month, day, tzinfo=UTC), precision)
    except ValueError:
        return None
