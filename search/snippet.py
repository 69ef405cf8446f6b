"""Best fragments of a text for a query, and the ranges to mark; the one place that escapes to HTML."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Marked:
    """A plain text and the (start, end) character ranges to mark in it, ascending, not overlapping."""

    text: str
    marks: tuple[tuple[int, int], ...] = ()
