"""The inner loops of finding words, compiled where the installation could compile them: c/words.c.

`known_chunks` of batch.py, and `joined_with` and `firsts` of strings.py say what each does, and do it on numpy where these are None.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

import numpy as np

from search.text.arrays import Int32s, Ints, Numbers, UInt8s, UInt64s
from search.text.constants import WORDS_VERSION

if TYPE_CHECKING:
    from types import ModuleType

#: Set to "numpy" to leave what was compiled aside, to compare the two or to look for a fault.
CHOICE = "NEWSSEARCH_KERNELS"


def _compiled() -> ModuleType | None:
    """Return what was compiled; what was compiled from another state of the sources is left aside."""
    if os.environ.get(CHOICE) == "numpy":
        return None
    try:
        found = import_module("search.text._words")
    except ImportError:
        return None
    return found if getattr(found, "WORDS_VERSION", None) == WORDS_VERSION else None


_c = _compiled()

#: Whether the compiled loops are in use.
IS_COMPILED = _c is not None


def _known_chunks(
    text: UInt8s, first: int, last: int, multipliers: UInt64s, known: UInt64s, numbers: Int32s, /
) -> tuple[Ints, Ints, UInt64s, Int32s]:
    assert _c is not None  # noqa: S101
    room = (last - first) // 2 + 1
    starts, ends = np.empty(room, np.int64), np.empty(room, np.int64)
    hashes, values = np.empty(room, np.uint64), np.empty(room, np.int32)
    size = _c.known_chunks(
        first, last, text, multipliers, known, numbers, starts, ends, hashes, values
    )
    return starts[:size], ends[:size], hashes[:size], values[:size]


def _joined(
    numbers: Int32s, counts: Ints, text: Numbers, starts: Numbers, *signs: bytes
) -> Sequence[bytes]:
    assert _c is not None  # noqa: S101
    found: Sequence[bytes] = _c.joined(numbers, counts, text, starts, *signs)
    return found


def _firsts(numbers: Int32s, counts: Ints, below: int) -> tuple[Int32s, Ints]:
    assert _c is not None  # noqa: S101
    kept, kept_counts = np.empty(len(numbers), np.int32), np.empty(len(counts), np.int64)
    size = _c.firsts(below, numbers, counts, kept, kept_counts)
    return kept[:size], kept_counts


known_chunks = None if _c is None else _known_chunks
joined = None if _c is None else _joined
firsts = None if _c is None else _firsts
