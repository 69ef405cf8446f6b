"""Many strings as two arrays, ordered and compared without making a Python string of any."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from search.text import kernels
from search.text.arrays import (
    Array,
    Bools,
    Int32s,
    Ints,
    Numbers,
    UInt8s,
    UInt64s,
    indices_of,
    narrowed,
    starts_of,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

_Number = TypeVar("_Number", bound=np.generic)

#: Strings that are taken from others at once.
_AT_ONCE = 1 << 16

_WIDTH = 8
#: What keeps the first n bytes of eight, the first being the most significant.
_FIRST_BYTES = np.array([(1 << 64) - (1 << 64 - 8 * n) for n in range(_WIDTH + 1)], np.uint64)


@dataclass(slots=True)
class Strings:
    """UTF-8 strings without NUL characters: string *i* is ``text[starts[i] : starts[i + 1]]``."""

    text: Numbers
    starts: Numbers

    @classmethod
    def of(cls, strings: Iterable[str]) -> Strings:
        parts = [string.encode() for string in strings]
        widths = np.fromiter(map(len, parts), np.int64, len(parts))
        return cls(np.frombuffer(b"".join(parts), np.uint8), starts_of(widths))

    def __len__(self) -> int:
        return len(self.starts) - 1

    def all(self, first: int = 0) -> list[str]:
        """Return the strings from the *first* on."""
        start = int(self.starts[first])
        text = self.text[start:].tobytes()
        edges = (self.starts[first:] - start).tolist()
        return [text[a:b].decode() for a, b in itertools.pairwise(edges)]

    def take(self, which: Numbers) -> Strings:
        """Return the strings at the places *which*, in that order."""
        first = self.starts[which]
        widths = self.starts[which + 1] - first
        starts = starts_of(widths)
        text = np.empty(starts[-1], np.uint8)
        # A place in the text takes eight times as much memory as a byte of it.
        for at in range(0, len(which), _AT_ONCE):
            some = slice(at, at + _AT_ONCE)
            end = starts[min(at + _AT_ONCE, len(which))]
            text[starts[at] : end] = self.text[indices_of(first[some], widths[some])]
        return Strings(text, starts)

    def joined_with(
        self, before: bytes, between: bytes, after: bytes, numbers: Int32s, counts: Ints
    ) -> Sequence[bytes]:
        """Return texts, each of the next of *counts* of the strings *numbers*.

        They have *before* and *after* around them, and *between* between two strings; a text of no string is empty.
        """
        if kernels.joined is not None:
            signs = before, between, after
            return kernels.joined(numbers, counts, self.text, self.starts, *signs)
        used, where = np.unique(numbers, return_inverse=True)
        strings = np.empty(len(used), object)
        strings[:] = [text.encode() for text in self.take(used).all()]
        every = strings[where].tolist()
        edges = itertools.pairwise(starts_of(counts).tolist())
        return [
            before + between.join(every[first:end]) + after if first < end else b""
            for first, end in edges
        ]

    def keys(self, step: int) -> UInt64s:
        """Return the first eight bytes of one in *step* as a number, so that numbers order as strings do."""
        return _eight(self._padded(), self.starts[:-1:step], self.starts[1::step])

    def columns(self, name: str) -> dict[str, Array]:
        """Return the columns that hold these strings."""
        return {name + ".bytes": self.text, name + ".starts": narrowed(self.starts)}

    def order(self) -> tuple[Ints, Bools]:
        """Return the places of all in order of their bytes, and which of these differ from the one before.

        Eight bytes are compared at a time, and further ones only of those that are equal so far.
        """
        padded = self._padded()
        keys = _eight(padded, self.starts[:-1], self.starts[1:])
        order = np.argsort(keys)
        keys = keys[order]
        is_new = np.ones(len(keys), bool)
        np.not_equal(keys[1:], keys[:-1], out=is_new[1:])
        at, depth = _undecided(np.arange(len(order)), is_new, keys), 0
        while len(at):
            depth += _WIDTH
            which = order[at]
            keys = _eight(padded, self.starts[which] + depth, self.starts[which + 1])
            group = np.cumsum(is_new[at])
            sorted_ = np.lexsort((keys, group))
            order[at] = which[sorted_]
            keys = keys[sorted_]
            # The first of a group differs from the one before already; within one, keys decide.
            is_new[at[1:]] |= keys[1:] != keys[:-1]
            at = _undecided(at, is_new, keys)
        return order, is_new

    def _padded(self) -> UInt8s:
        padded = np.zeros(len(self.text) + _WIDTH, np.uint8)
        padded[: len(self.text)] = self.text
        return padded


def firsts(numbers: Int32s, counts: Ints, below: int) -> tuple[Int32s, Ints]:
    """Return each number once of texts that have the next of *counts* of *numbers*, as it comes first, and how many each has then.

    *numbers* are from 0 on and *below* that.
    """
    if kernels.firsts is not None:
        return kernels.firsts(numbers, counts, below)
    owners = np.repeat(np.arange(len(counts)), counts)
    _, at = np.unique(owners * below + numbers, return_index=True)
    at.sort()
    return numbers[at], np.bincount(owners[at], minlength=len(counts))


def _eight(padded: UInt8s, starts: Numbers, ends: Numbers) -> UInt64s:
    """Return up to eight bytes from each of *starts* on as a number, 0 in place of those after its end."""
    last = len(padded) - _WIDTH
    anywhere = np.ndarray((last + 1,), ">u8", padded, strides=(1,))
    left = np.clip(ends - starts, 0, _WIDTH)
    read: UInt64s = anywhere[np.minimum(starts, last)].astype(np.uint64)
    read &= _FIRST_BYTES[left]
    return read


def _undecided(at: Ints, is_new: Bools, keys: UInt64s) -> Ints:
    """Return those of the places *at* that are equal to a neighbour and continue after *keys*."""
    same = ~is_new[at]
    tied = same.copy()
    tied[:-1] |= same[1:]
    undecided: Ints = at[tied & (keys & np.uint64(0xFF) != 0)]
    return undecided


class GrowingStrings:
    """Strings to which others are added at the end."""

    def __init__(self) -> None:
        self._text = np.zeros(1 << 16, np.uint8)
        self._starts = np.zeros(1 << 13, np.int64)
        self._length = 0

    def __len__(self) -> int:
        return self._length

    @property
    def held_bytes(self) -> int:
        return self._text.nbytes + self._starts.nbytes

    def strings(self) -> Strings:
        """Return what is there now; it does not change with what is added."""
        starts = self._starts[: self._length + 1]
        return Strings(self._text[: starts[-1]], starts)

    def extend(self, strings: Strings) -> None:
        size, length = int(self._starts[self._length]), self._length + len(strings)
        self._text = _with_room(self._text, size + len(strings.text))
        self._starts = _with_room(self._starts, length + 1)
        self._text[size : size + len(strings.text)] = strings.text
        self._starts[self._length + 1 : length + 1] = strings.starts[1:] + size
        self._length = length


def _with_room(values: NDArray[_Number], size: int) -> NDArray[_Number]:
    """Return *values* where they have room for *size*, else a copy with more than that."""
    if size <= len(values):
        return values
    grown = np.zeros(size + size // 2, values.dtype)
    grown[: len(values)] = values
    return grown


def joined_strings(parts: Sequence[Strings]) -> Strings:
    """Return the strings of *parts* one after another."""
    widths = [np.diff(part.starts) for part in parts]
    return Strings(
        np.concatenate([np.zeros(0, np.uint8), *(part.text for part in parts)]),
        starts_of(np.concatenate([np.zeros(0, np.int64), *widths])),
    )
