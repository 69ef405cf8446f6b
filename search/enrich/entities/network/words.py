"""What the network sees of a word by itself: hashed affixes and shape, and bits. On arrays, for many words at once."""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from search.enrich.entities.network.constants import (
    AFFIXES,
    BUCKETS,
    DIGIT,
    LOWER,
    MAX_LETTERS,
    OTHER,
    SHOUTED_LETTERS,
    UPPER,
)

#: Bits of a word that its letters decide; those of the lists come after.
FORM_BITS = (
    "first letter is a capital",
    "all letters are capitals, at least two",
    "a capital after a small letter",
    "has a digit",
    "only digits and marks",
    "has a full stop",
    "has a hyphen",
    "has an apostrophe",
    "one letter",
    "two or three letters",
    "no letter or digit",
    "line end",
)

_FULL_STOP, _HYPHEN, _APOSTROPHES, _NEWLINE = 46, 45, (39, 0x2019), 10


def key_of(word: str) -> int:
    """Return the 32 bits under which *word* is looked up in the tables of the model."""
    return crc32(word.encode("utf-8", "surrogatepass"))


def keys_of(words: Sequence[str]) -> NDArray[np.uint32]:
    """Return `key_of` each of *words*."""
    try:
        return np.fromiter(map(crc32, map(str.encode, words)), np.uint32, len(words))
    except UnicodeEncodeError:  # half of a surrogate pair
        return np.fromiter(map(key_of, words), np.uint32, len(words))


def character_classes() -> NDArray[np.uint8]:
    """Return the class of each character of the basic plane; those beyond are `OTHER`. Takes 20 ms: the model stores it."""
    classes = np.full(1 << 16, OTHER, np.uint8)
    for code in range(1 << 16):
        letter = chr(code)
        if letter.isupper() or letter.istitle():
            classes[code] = UPPER
        elif letter.isalpha():
            classes[code] = LOWER
        elif letter.isdigit():
            classes[code] = DIGIT
    return classes


class Letters:
    """The letters of many words as one array, and what follows from them.

    ``affixes`` is int32[words, AFFIXES], rows of the table of affixes; ``bits`` bool[words, len(FORM_BITS)];
    ``capital`` bool[words]: has a capital; ``small`` bool[words]: has letters, and no capital.
    """

    def __init__(self, words: Sequence[str], classes: NDArray[np.uint8]) -> None:
        half = MAX_LETTERS // 2
        cut = [word if len(word) <= MAX_LETTERS else word[:half] + word[-half:] for word in words]
        count = len(cut)
        codes = (
            np.array(cut, dtype=f"U{MAX_LETTERS}").view(np.uint32).reshape(count, MAX_LETTERS)
            if count
            else np.zeros((0, MAX_LETTERS), np.uint32)
        )
        length = np.fromiter(map(len, cut), np.int64, count)
        inside = np.arange(MAX_LETTERS) < length[:, None]
        kind = np.where(inside, classes[np.minimum(codes, 0xFFFF)], 0)
        upper, lower, digit = kind == UPPER, kind == LOWER, kind == DIGIT
        any_upper, any_lower, any_digit = upper.any(1), lower.any(1), digit.any(1)
        letters = (upper | lower).sum(1)
        self.capital: NDArray[np.bool_] = any_upper
        self.small: NDArray[np.bool_] = any_lower & ~any_upper
        self.bits: NDArray[np.bool_] = np.stack(
            [
                upper[:, 0],
                any_upper & ~any_lower & (letters > 1),
                (upper[:, 1:] & lower[:, :-1]).any(1),
                any_digit,
                any_digit & (letters == 0),
                ((codes == _FULL_STOP) & inside).any(1) & (length > 1),
                ((codes == _HYPHEN) & inside).any(1) & (length > 1),
                (np.isin(codes, _APOSTROPHES) & inside).any(1) & (length > 1),
                letters == 1,
                (letters == 2) | (letters == 3),
                (letters == 0) & ~any_digit,
                (codes == _NEWLINE).any(1),
            ],
            axis=1,
        )
        at = np.arange(count)
        # "REUTERS" has the affixes of "Reuters"; short ones in capitals are mostly acronyms, and stay.
        shouted = (any_upper & ~any_lower & (length >= SHOUTED_LETTERS))[:, None] & (
            codes - 65 < 26
        )
        shouted[:, 0] = False
        folded = np.where(shouted, codes + 32, codes).astype(np.uint64)
        hashes = [_hashed([folded[:, i] for i in range(n)], length >= n) for n in (2, 3)]
        for n in (2, 3, 4):
            columns = [folded[at, np.maximum(length - n + i, 0)] for i in range(n)]
            hashes.append(_hashed(columns, length >= n))
        hashes.append(_shape(kind, length))
        buckets = np.stack(hashes, axis=1) % np.uint64(BUCKETS)
        self.affixes: NDArray[np.int32] = (
            buckets.astype(np.int32) + np.arange(AFFIXES, dtype=np.int32) * BUCKETS
        )


def _hashed(columns: Sequence[NDArray[np.uint64]], has: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """Return a hash of the letters in *columns*, 0 where the word is too short for them."""
    total = np.full(len(has), 7, np.uint64)
    for column in columns:
        total = (total * np.uint64(1000003)) ^ column
        total ^= total >> np.uint64(15)
    return np.where(has, total, np.uint64(0))


def _shape(kind: NDArray[np.uint8], length: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return a hash of the classes of the letters, runs of three and more as two."""
    total = np.full(len(kind), 11, np.uint64)
    before = np.zeros(len(kind), np.uint8)
    run = np.zeros(len(kind), np.int64)
    for column in kind.T:
        run = np.where(column == before, run + 1, 1)
        step = (total * np.uint64(131)) ^ column.astype(np.uint64)
        total = np.where((column > 0) & (run <= 2), step, total)
        before = column
    total ^= total >> np.uint64(13)
    return total
