"""Sketches: a few numbers of each text by which copies of it are found, made of the hashes of its words.

A *shingle* is four words in a row. The sketch of a text is the least hashes of its shingles: of two texts the
share of common ones among the least of both together estimates the share of common shingles.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from search.text.arrays import Bools, Ints, Numbers, UInt64s, indices_of, starts_of

#: Words of a shingle.
SHINGLE_WORDS = 4
#: Hashes of shingles, and of numbers, that a sketch keeps at most.
SKETCH_SHINGLES = 16
SKETCH_NUMBERS = 8
#: Stands in a sketch for what a short text lacks.
NO_SHINGLE = (1 << 32) - 1
NO_NUMBER = (1 << 16) - 1

_MULTIPLIER = np.uint64(0x9FB21C651E98DF25)
_SHIFT = np.uint64(32)
#: The threshold lets about this many shingles of a text through; few texts have to be looked at again.
_EXPECTED = 40


class Sketches(NamedTuple):
    """One row a text."""

    #: The least 32-bit hashes of different shingles, ascending; `NO_SHINGLE` after the last.
    shingles: Numbers
    #: The least 16-bit hashes of different numbers, ascending; `NO_NUMBER` after the last.
    numbers: Numbers
    #: How many shingles the text has, and how many different numbers.
    shingle_counts: Numbers
    number_counts: Numbers


class Shingles(NamedTuple):
    """The 64-bit hashes of the shingles of many texts: text *i* has those from ``starts[i]`` to ``starts[i + 1]``."""

    hashes: UInt64s
    starts: Ints


def shingles_of(words: UInt64s, counts: Numbers) -> Shingles:
    """Return the shingles of texts, of which each has the next of *counts* of the hashes *words*."""
    each = np.maximum(counts - (SHINGLE_WORDS - 1), 0)
    at = indices_of(starts_of(counts)[:-1], each)
    hashes = np.zeros(max(0, len(words) - SHINGLE_WORDS + 1), np.uint64)
    for offset in range(SHINGLE_WORDS):
        hashes *= _MULTIPLIER
        hashes += words[offset : offset + len(hashes)]
    hashes ^= hashes >> _SHIFT
    hashes *= _MULTIPLIER
    hashes ^= hashes >> np.uint64(29)
    return Shingles(hashes if len(at) == len(hashes) else hashes[at], starts_of(each))


def no_sketches(texts: int) -> Sketches:
    """Return sketches of a number of *texts* that say nothing."""
    return Sketches(
        np.full((texts, SKETCH_SHINGLES), NO_SHINGLE, np.uint32),
        np.full((texts, SKETCH_NUMBERS), NO_NUMBER, np.uint32),
        np.zeros(texts, np.int64),
        np.zeros(texts, np.int64),
    )


def sketches_of(words: UInt64s, counts: Numbers) -> Sketches:
    """Return the sketches of texts, of which each has the next of *counts* of the hashes *words*.

    The hashes are those of `WordTable.hashes`: the same on every machine, and odd where the word has a digit.
    """
    hashes, starts = shingles_of(words, counts)
    is_number = (words & np.uint64(1)).astype(bool)
    at = np.flatnonzero(is_number)
    owner = np.repeat(np.arange(len(counts)), counts)[at]
    number_counts, numbers = _least(
        words[at] >> np.uint64(48), np.bincount(owner, minlength=len(counts)), SKETCH_NUMBERS, 16
    )
    _, least = _least(hashes >> _SHIFT, np.diff(starts), SKETCH_SHINGLES, 32)
    return Sketches(least, numbers, np.diff(starts), number_counts)


def _least(values: UInt64s, counts: Ints, kept: int, bits: int) -> tuple[Ints, Numbers]:
    """Return how many different *values*, of *bits* each, text has, as far as looked at, and the *kept* least.

    Text *i* has the next ``counts[i]`` of *values*.
    """
    owner = np.repeat(np.arange(len(counts), dtype=np.uint64), counts)
    # The largest number stands for none.
    top = np.uint64((1 << bits) - 1)
    values = np.minimum(values, top - np.uint64(1))
    if kept < _EXPECTED and counts.max(initial=0) > 2 * _EXPECTED and bits > 16:
        share = np.minimum(1.0, _EXPECTED / np.maximum(counts, 1))
        limit = (share * float(1 << bits)).astype(np.uint64)
        passes = values < limit[owner.astype(np.int64)]
        found, rows = _least_of(owner[passes], values[passes], len(counts), kept, bits)
        short = np.flatnonzero((found < kept) & (counts > _EXPECTED))
        if len(short):
            again = np.isin(owner, short.astype(np.uint64))
            found_again, rows_again = _least_of(
                owner[again], values[again], len(counts), kept, bits
            )
            found[short], rows[short] = found_again[short], rows_again[short]
        return found, rows
    return _least_of(owner, values, len(counts), kept, bits)


def _least_of(
    owner: UInt64s, values: UInt64s, texts: int, kept: int, bits: int
) -> tuple[Ints, Numbers]:
    keys = np.sort(owner << np.uint64(bits) | values)
    is_new: Bools = np.ones(len(keys), bool)
    np.not_equal(keys[1:], keys[:-1], out=is_new[1:])
    keys = keys[is_new]
    texts_of = (keys >> np.uint64(bits)).astype(np.int64)
    found = np.bincount(texts_of, minlength=texts)
    rank = np.arange(len(keys)) - starts_of(found)[texts_of]
    top = (1 << bits) - 1
    rows = np.full((texts, kept), top, np.uint32)
    some = rank < kept
    rows[texts_of[some], rank[some]] = keys[some] & np.uint64(top)
    return found, rows
