"""Sketches: a few numbers of each text by which copies of it are found, made of the hashes of its words.

A *shingle* is four words in a row. The sketch of a text is the least hashes of its shingles: of two texts the
share of common ones among the least of both together estimates the share of common shingles.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from search.text.arrays import Ints, Numbers, UInt64s, distinct, indices_of, starts_of

#: Words of a shingle.
SHINGLE_WORDS = 4
#: Hashes of shingles, and of numbers, that a sketch keeps at most.
SKETCH_SHINGLES = 16
SKETCH_NUMBERS = 8
#: Stands in a sketch for what a short text lacks.
NO_SHINGLE = (1 << 32) - 1
NO_NUMBER = (1 << 16) - 1

_MULTIPLIER = np.uint64(0x9FB21C651E98DF25)
_SQUARE = np.uint64(0x9FB21C651E98DF25**2 & (1 << 64) - 1)
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
    hashes = _everywhere(words)
    if len(counts) > 1:
        hashes = hashes[indices_of(starts_of(counts)[:-1], each)]
    return Shingles(hashes, starts_of(each))


def _everywhere(words: UInt64s) -> UInt64s:
    """Return a hash of four words from each but the last three on, whatever texts they are of."""
    pairs = words[:-1] * _MULTIPLIER
    pairs += words[1:]
    hashes = pairs[:-2] * _SQUARE
    hashes += pairs[2:]
    hashes ^= hashes >> _SHIFT
    hashes *= _MULTIPLIER
    hashes ^= hashes >> np.uint64(29)
    return hashes


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
    starts = starts_of(counts)
    at = np.flatnonzero((words & np.uint64(1)).astype(bool))
    number_counts, numbers = _least(
        np.searchsorted(starts, at, "right") - 1,
        words[at] >> np.uint64(48),
        len(counts),
        SKETCH_NUMBERS,
        16,
    )
    each = np.maximum(counts - (SHINGLE_WORDS - 1), 0)
    return Sketches(_least_shingles(words, starts, each), numbers, each, number_counts)


def _least_shingles(words: UInt64s, starts: Ints, each: Ints) -> Numbers:
    """Return the least hashes of the shingles of texts that start at *starts* and have *each* that many."""
    hashes = np.full(len(words), NO_SHINGLE, np.uint32)
    if len(words) >= SHINGLE_WORDS:
        hashes[: 1 - SHINGLE_WORDS] = _everywhere(words) >> _SHIFT
    for back in range(1, SHINGLE_WORDS):  # these go on into the next text
        hashes[starts[1:][starts[1:] >= back] - back] = NO_SHINGLE
    # A threshold first, by which nearly all texts keep enough, so that few are to be sorted.
    share = np.minimum(1.0, _EXPECTED / np.maximum(each, 1))
    limits = (share * NO_SHINGLE).astype(np.uint32)
    found, rows = _least_below(hashes, limits, starts)
    short = np.flatnonzero((found < SKETCH_SHINGLES) & (each > _EXPECTED))
    if len(short):
        limits[:] = 0
        limits[short] = NO_SHINGLE
        rows[short] = _least_below(hashes, limits, starts)[1][short]
    return rows


def _least_below(hashes: Numbers, limits: Numbers, starts: Ints) -> tuple[Ints, Numbers]:
    """Return how many different *hashes* below the limit of its text each has, and the least of them."""
    at = np.flatnonzero(hashes < np.repeat(limits, np.diff(starts)))
    texts = np.searchsorted(starts, at, "right") - 1
    return _least(texts, hashes[at].astype(np.uint64), len(limits), SKETCH_SHINGLES, 32)


def _least(texts: Ints, values: UInt64s, total: int, kept: int, bits: int) -> tuple[Ints, Numbers]:
    """Return how many different *values* each of *total* texts has, and the *kept* least of each.

    *texts* says whose each value is. Values have that number of *bits*; the largest stands for none.
    """
    top = np.uint64((1 << bits) - 1)
    keys = distinct(
        texts.astype(np.uint64) << np.uint64(bits) | np.minimum(values, top - np.uint64(1))
    )
    texts = (keys >> np.uint64(bits)).astype(np.int64)
    found = np.bincount(texts, minlength=total)
    rank = np.arange(len(keys)) - starts_of(found)[texts]
    rows = np.full((total, kept), top, np.uint32)
    least = rank < kept
    rows[texts[least], rank[least]] = keys[least] & top
    return found, rows
