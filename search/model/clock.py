"""What time it is, asked in one place: whether an embargo has ended. Tests put another function in its place."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """Return the present instant, aware UTC."""
    return datetime.now(UTC)
