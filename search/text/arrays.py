"""Arrays of numbers: their types by name, and the four functions on them that text and engine share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

_Number = TypeVar("_Number", bound=np.generic)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.generic]
    Ints = NDArray[np.int64]
    #: Whole numbers of any width.
    Numbers = NDArray[np.integer[Any]]
    Int8s = NDArray[np.int8]
    Int32s = NDArray[np.int32]
    UInt8s = NDArray[np.uint8]
    UInt16s = NDArray[np.uint16]
    UInt32s = NDArray[np.uint32]
    UInt64s = NDArray[np.uint64]
    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float32]
    Doubles = NDArray[np.float64]
else:
    # Importing numpy.typing takes as long as all of these modules.
    Array = Ints = Numbers = Int8s = Int32s = UInt8s = UInt16s = UInt32s = UInt64s = np.ndarray
    Bools = Floats = Doubles = np.ndarray


def narrowed(values: Array) -> Array:
    """Return non-negative *values* in the smallest unsigned type that holds them all."""
    top = int(values.max()) if values.size else 0
    for dtype in (np.uint8, np.uint16, np.uint32):
        if top <= np.iinfo(dtype).max:
            return values.astype(dtype)
    return values.astype(np.uint64)


def distinct(values: NDArray[_Number]) -> NDArray[_Number]:
    """Return the different *values*, ascending. (`numpy.unique` hashes them, which takes ten times as long.)"""
    values = np.sort(values)
    is_new = np.ones(len(values), bool)
    np.not_equal(values[1:], values[:-1], out=is_new[1:])
    return values[is_new]


def starts_of(widths: Numbers | Bools) -> Ints:
    """Return where stretches of *widths* start that follow each other, and where the last one ends."""
    starts = np.zeros(len(widths) + 1, np.int64)
    np.cumsum(widths, out=starts[1:])
    return starts


def indices_of(starts: Numbers, widths: Numbers) -> Ints:
    """Return all indices of stretches of *widths* from *starts* on, one stretch after another.

    A sum of steps, most of which are 1, is faster than repeating the starts.
    """
    if not widths.all():
        filled = np.flatnonzero(widths)
        starts, widths = starts[filled], widths[filled]
    ends = np.cumsum(widths)
    if not len(ends):
        return np.zeros(0, np.int64)
    steps = np.ones(ends[-1], np.int64)
    steps[0] = starts[0]
    steps[ends[:-1]] = starts[1:] - starts[:-1] - widths[:-1] + 1
    return np.cumsum(steps, out=steps)
