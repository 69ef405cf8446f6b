"""The geometry of charts: paths, places and labels in percent of a chart's width and height, which a template writes down."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from math import ceil, floor, log10
from typing import NamedTuple

#: Labels under an axis, and lines over the ground, that a chart has room for.
_LABELS = 8
_LINES = 5
#: How far apart labels at the ends of lines have to be, in percent of the height.
_APART = 6.0


class Label(NamedTuple):
    """A text at a place on an axis, in percent from its beginning."""

    at: float
    text: str


def bars(counts: Sequence[int], highest: int) -> str:
    """Return a path of bars from the ground up in a square of 100, each four fifths of its interval wide; "" where all are 0."""
    width = 100 / max(1, len(counts))
    return "".join(
        f"M{_number((at + 0.1) * width)} 100V{_number(100 - 100 * count / highest)}"
        f"h{_number(0.8 * width)}V100z"
        for at, count in enumerate(counts)
        if count
    )


def line(values: Sequence[float | None], highest: float) -> str:
    """Return a path through *values* in a square of 100, each in the middle of its interval; it stops where there is none.

    A value between two that are missing is a dash as wide as its interval, so that it is seen.
    """
    width = 100 / max(1, len(values))
    parts: list[str] = []
    for start, end in _runs(values):
        points = [
            (_number((at + 0.5) * width), _number(_height(values[at] or 0.0, highest)))
            for at in range(start, end)
        ]
        if len(points) == 1:
            parts.append(f"M{_number(start * width)} {points[0][1]}h{_number(width)}")
        else:
            parts.append("M" + "L".join(f"{x} {y}" for x, y in points))
    return "".join(parts)


def _runs(values: Sequence[float | None]) -> Iterator[tuple[int, int]]:
    """Yield start and end of each run of values that are there."""
    start = None
    for at, value in enumerate([*values, None]):
        if value is not None and start is None:
            start = at
        elif value is None and start is not None:
            yield start, at
            start = None


def _height(value: float, highest: float) -> float:
    return 100 - 100 * value / highest


def scale(highest: float) -> tuple[float, tuple[float, ...]]:
    """Return where an axis for values up to *highest* ends, and the round values on it, without 0."""
    if highest <= 0:
        return 1.0, ()
    least = highest / _LINES
    power = 10.0 ** floor(log10(least))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= least * 0.999)
    steps = ceil(highest / step * 0.999)
    return steps * step, tuple(step * number for number in range(1, steps + 1))


def axis(days: Sequence[date]) -> tuple[Label, ...]:
    """Return what stands under intervals that begin with *days*: years, months or days, as many as there is room for."""
    if not days:
        return ()
    found: list[int] = []
    text = ""
    for text in ("{0.year}", "{0:%b}", "{0.day} {0:%b}"):
        said = [text.format(day) for day in days]
        found = [at for at in range(1, len(days)) if said[at - 1] != said[at]]
        if len(found) >= 2:
            break
    found = [0, *found]
    if len(found) > 1 and found[1] < len(days) / (2 * _LABELS):
        found = found[1:]  # the first is too near to the next
    labels: list[Label] = []
    year = None
    for at in found[:: -(-len(found) // _LABELS)]:
        year_said = f" {days[at].year}" if text != "{0.year}" and days[at].year != year else ""
        year = days[at].year
        labels.append(Label(round(100 * at / len(days), 2), text.format(days[at]) + year_said))
    return tuple(labels)


def ends(values: Sequence[float | None]) -> tuple[float | None, ...]:
    """Return where labels go that name the ends of lines at these heights, in percent from the top, so that none is over another."""
    order = sorted((value, at) for at, value in enumerate(values) if value is not None)
    placed: list[float] = []
    for value, _ in order:
        placed.append(max(value, placed[-1] + _APART) if placed else value)
    if placed and placed[-1] > 100:
        placed[-1] = 100.0
        for at in range(len(placed) - 2, -1, -1):
            placed[at] = min(placed[at], placed[at + 1] - _APART)
    found: list[float | None] = [None] * len(values)
    for (_, at), place in zip(order, placed, strict=True):
        found[at] = place
    return tuple(found)


def last_of(values: Sequence[float | None], highest: float) -> float | None:
    """Return the height of the last value that is there, in percent from the top; None where there is none."""
    return next((_height(v, highest) for v in reversed(values) if v is not None), None)


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
