"""Finding the words of many texts at once, on byte arrays: what `search.text.tokens` finds, faster.

A *chunk* is a run of bytes that could be part of words: ASCII letters, digits and underscore, every
byte of a character beyond ASCII, and the joiners ``. , ' &`` where words stand on both sides. Nothing
outside a chunk decides how it parts into words, so `search.text.tokens` is asked once for each
distinct chunk, and everything else is numpy: chunk edges from a table of byte classes, a 64-bit
hash of each chunk from a running polynomial sum, and a hash table of the chunks that are known.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from search.engines.whoosh_index.columns import Ints
from search.text import fold, tokens

_UInt64s = NDArray[np.uint64]
_Bytes = NDArray[np.uint8]

#: Bytes analysed at once: large enough that numpy's calls cost nothing, small enough for the cache.
BATCH_BYTES = 1 << 20
#: A polynomial modulo 2^64 can be made to collide by strings of a thousand bytes on (Thue-Morse
#: sequences); longer chunks than this, which no prose has, are looked at one by one.
_MAX_HASHED = 128

_WORD = np.zeros(256, bool)
_WORD[[*range(48, 58), *range(65, 91), 95, *range(97, 123), *range(128, 256)]] = True
_JOINER = np.zeros(256, bool)
_JOINER[list(b".,'&")] = True
#: Stands between two texts: no word byte and no joiner.
_BETWEEN = b"\n"


class WordTable:
    """Gives each distinct form of many texts a number, in order of first appearance."""

    def __init__(self) -> None:
        self.forms: list[str] = []
        self._form_numbers: dict[str, int] = {}
        #: The forms of chunk c are ``_chunk_forms`` from ``_first[c]`` on, ``_width[c]`` of them.
        self._first = _Growing()
        self._width = _Growing()
        self._chunk_forms = _Growing()
        self._table = _HashTable()

    def __len__(self) -> int:
        """Return how much is remembered: the number of known chunks' words."""
        return len(self._chunk_forms)

    def numbers(self, texts: Sequence[str]) -> tuple[Ints, Ints]:
        """Return the form numbers of all words of *texts* in order, and how many each text has."""
        forms: list[Ints] = [np.zeros(0, np.int64)]
        counts: list[Ints] = [np.zeros(0, np.int64)]
        batch: list[bytes] = []
        size = 0
        for text in texts:
            encoded = text.encode()
            if batch and size + len(encoded) > BATCH_BYTES:
                self._take(batch, forms, counts)
                batch, size = [], 0
            batch.append(encoded)
            size += len(encoded)
        if batch:
            self._take(batch, forms, counts)
        return np.concatenate(forms), np.concatenate(counts)

    def _take(self, batch: list[bytes], forms: list[Ints], counts: list[Ints]) -> None:
        joined = _BETWEEN.join([b"", *batch, b""])
        text = np.frombuffer(joined, np.uint8)
        starts, ends = _chunk_edges(text)
        chunks = self._known(joined, _hashes(text, starts, ends), starts, ends)
        widths = self._width.values[chunks]
        total = np.zeros(len(widths) + 1, np.int64)
        np.cumsum(widths, out=total[1:])
        places = self._first.values[chunks]
        if (widths != 1).any():
            # A chunk is one word nearly always; lay out the few that are none or several.
            places = np.repeat(places - total[:-1], widths) + np.arange(total[-1])
        forms.append(self._chunk_forms.values[places])
        bounds = np.cumsum([1, *(len(encoded) + 1 for encoded in batch)])
        counts.append(np.diff(total[np.searchsorted(starts, bounds)]))

    def _known(self, joined: bytes, hashes: _UInt64s, starts: Ints, ends: Ints) -> Ints:
        """Return the number of each chunk, taking in those that are new."""
        chunks = self._table.find(hashes)
        unhashed = ends - starts > _MAX_HASHED
        chunks[unhashed] = -1
        new = np.flatnonzero(chunks < 0)
        if not len(new):
            return chunks
        long = np.flatnonzero(unhashed)
        new = new[~unhashed[new]]
        _, first = np.unique(hashes[new], return_index=True)
        firsts = new[np.sort(first)]
        spans = zip(starts[firsts].tolist(), ends[firsts].tolist(), strict=True)
        self._table.put(hashes[firsts], self._added([joined[a:b] for a, b in spans]))
        chunks[new] = self._table.find(hashes[new])
        spans = zip(starts[long].tolist(), ends[long].tolist(), strict=True)
        chunks[long] = self._added([joined[a:b] for a, b in spans])
        return chunks

    def _added(self, chunks: list[bytes]) -> Ints:
        """Take in chunks that were not seen before; return their numbers."""
        widths: list[int] = []
        numbers: list[int] = []
        number_of = self._form_numbers
        for raw in chunks:
            chunk = raw.decode()
            # ASCII letters and digits alone are one word; that is nearly all there is.
            forms = [fold(chunk)] if raw.isalnum() and chunk.isascii() else tokens(chunk).forms
            widths.append(len(forms))
            for form in forms:
                number = number_of.get(form)
                if number is None:
                    number = number_of[form] = len(self.forms)
                    self.forms.append(form)
                numbers.append(number)
        width = np.array(widths, np.int64)
        known = len(self._width)
        self._first.extend(len(self._chunk_forms) + np.cumsum(width) - width)
        self._width.extend(width)
        self._chunk_forms.extend(np.array(numbers, np.int64))
        return np.arange(known, known + len(chunks))


def _chunk_edges(text: _Bytes) -> tuple[Ints, Ints]:
    """Return where chunks start and end in *text*, which begins and ends with `_BETWEEN`."""
    word = _WORD[text]
    inside = word.copy()
    inside[1:-1] |= _JOINER[text[1:-1]] & word[:-2] & word[2:]
    # The s of "U.S.'s" is no word of its own: the full stop and the apostrophe belong to the chunk.
    apostrophe = np.flatnonzero(text[2:-1] == ord("'")) + 2
    dotted = apostrophe[
        (text[apostrophe - 1] == ord(".")) & word[apostrophe - 2] & word[apostrophe + 1]
    ]
    inside[dotted - 1] = inside[dotted] = True
    edges = np.diff(inside.view(np.int8))
    return np.flatnonzero(edges == 1) + 1, np.flatnonzero(edges == -1) + 1


@cache
def _powers() -> tuple[_UInt64s, _UInt64s, _UInt64s]:
    """Return a random number for each byte, and the powers of a random odd base and of its inverse.

    Random, so that nobody can write an article whose chunks collide.
    """
    seed = np.frombuffer(os.urandom(8 * 257), np.uint64)
    base = int(seed[256]) | 1
    return seed[:256], _powers_of(base), _powers_of(pow(base, -1, 1 << 64))


def _powers_of(base: int) -> _UInt64s:
    powers = np.full(BATCH_BYTES, base, np.uint64)
    powers[0] = 1
    np.multiply.accumulate(powers, out=powers)
    return powers


def _hashes(text: _Bytes, starts: Ints, ends: Ints) -> _UInt64s:
    """Return a hash of each chunk that depends on its bytes and length alone.

    Prefix sums of ``value[byte] * base^place``, differences of two, moved to place 0 by the inverse
    power. A text longer than the power tables is summed piece by piece, each from place 0.
    """
    values, powers, inverses = _powers()
    result = np.empty(len(starts), np.uint64)
    piece = 0
    while piece < len(text):
        end = min(piece + BATCH_BYTES, len(text))
        if end < len(text):  # not inside a chunk
            last = int(np.searchsorted(starts, end)) - 1
            if last >= 0 and ends[last] > end:
                end = max(int(starts[last]), piece + 1)
        first, last = np.searchsorted(starts, [piece, end])
        sums = np.zeros(end - piece + 1, np.uint64)
        np.cumsum(values[text[piece:end]] * powers[: end - piece], out=sums[1:])
        at = starts[first:last] - piece
        width = np.minimum(ends[first:last] - piece, end - piece)
        result[first:last] = (sums[width] - sums[at]) * inverses[at]
        piece = end
    return result + (ends - starts).astype(np.uint64)


class _HashTable:
    """Numbers by 64-bit hash, looked up by the array: open addressing with linear probing."""

    def __init__(self) -> None:
        self._used = 0
        self._make(1 << 16)

    def _make(self, size: int) -> None:
        self._hashes = np.zeros(size, np.uint64)
        self._numbers = np.full(size, -1, np.int64)
        self._mask = size - 1

    def find(self, hashes: _UInt64s) -> Ints:
        """Return the number put under each hash, -1 where there is none."""
        place = (hashes >> np.uint64(20)).astype(np.int64) & self._mask
        result: Ints = self._numbers[place]
        open_ = np.flatnonzero((result >= 0) & (self._hashes[place] != hashes))
        while len(open_):
            place[open_] = next_ = (place[open_] + 1) & self._mask
            result[open_] = found = self._numbers[next_]
            open_ = open_[(found >= 0) & (self._hashes[next_] != hashes[open_])]
        return result

    def put(self, hashes: _UInt64s, numbers: Ints) -> None:
        """Put *numbers* under *hashes*, all different and none there yet."""
        if 2 * (self._used + len(hashes)) > len(self._numbers):
            taken = self._numbers >= 0
            hashes = np.concatenate([self._hashes[taken], hashes])
            numbers = np.concatenate([self._numbers[taken], numbers])
            self._used = 0
            size = len(self._numbers)
            while size < 4 * len(hashes):
                size *= 2
            self._make(size)
        self._used += len(hashes)
        place = (hashes >> np.uint64(20)).astype(np.int64) & self._mask
        left = np.arange(len(hashes))
        while len(left):
            free = left[self._numbers[place[left]] < 0]
            self._numbers[place[free]] = numbers[free]  # of several for one place the last stays
            self._hashes[place[free]] = hashes[free]
            left = left[self._numbers[place[left]] != numbers[left]]
            place[left] = (place[left] + 1) & self._mask


class _Growing:
    """A one-dimensional array of integers that grows at its end."""

    def __init__(self) -> None:
        self._values = np.zeros(1 << 12, np.int64)
        self._length = 0

    def __len__(self) -> int:
        return self._length

    @property
    def values(self) -> Ints:
        return self._values[: self._length]

    def extend(self, values: Ints) -> None:
        end = self._length + len(values)
        if end > len(self._values):
            grown = np.zeros(2 * end, np.int64)
            grown[: self._length] = self.values
            self._values = grown
        self._values[self._length : end] = values
        self._length = end
