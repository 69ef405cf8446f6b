"""Finding the words of many texts at once, on byte arrays: what `search.text.words.tokens` finds, faster.

A *chunk* is a run of bytes that could be part of words: ASCII letters, digits and underscore, every
byte of a character beyond ASCII, the joiners ``. , ' &`` where words stand on both sides, and a few rare
signs (`_add_rare`). Nothing outside a chunk decides how it parts into words, so `search.text.words.tokens` is asked once for each
distinct chunk, and everything else is numpy: chunk edges from comparisons of bytes, a 64-bit hash of
each chunk from its bytes eight at a time, and a hash table of the chunks that are known.

Words are lower-cased first where they are ASCII: case means nothing to `tokens`, nor do kinds of apostrophes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from search.text import kernels
from search.text.arrays import Array, Bools, Ints, Numbers, UInt8s, UInt64s, indices_of, starts_of
from search.text.stems import stems
from search.text.strings import GrowingStrings, Strings
from search.text.words import MAX_FORM_CHARS, forms_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    _Numbers = NDArray[np.int32]

#: Bytes analysed at once: large enough that numpy's calls cost nothing, small enough for the cache.
_PIECE_BYTES = 1 << 19
#: Longer chunks than this, which no prose has, are looked at one by one: hashing takes a round for
#: every eight bytes of the longest.
_MAX_HASHED = 128
#: Stands between two texts: no word byte and no joiner.
_BETWEEN = b"\n"
#: The byte that every letter of Hebrew begins with, and what can stand in its abbreviations.
_HEBREW = b"\xd7"
_GERSHAYIM = re.compile(rb"(?<=[\x80-\xff])(?:\"|'')(?=\xd7)")
#: What makes another word of a letter: C++, C#, and their possessives.
_PLUS = re.compile(rb"(?<=[a-z])(?:\+\+|#)(?:'(?=[a-z]))?")
#: In the table of chunks: one without a word; smaller numbers stand for chunks of several words.
_NO_WORD = -1
_SEVERAL = -2


class WordTable:
    """Gives each distinct form of many texts a number, in order of first appearance.

    No Python string is kept of any: half a million forms take some 50 MB.
    """

    def __init__(self, piece_bytes: int = _PIECE_BYTES) -> None:
        """Take in texts by the piece."""
        self._piece_bytes = piece_bytes
        self._forms = GrowingStrings()
        self._stems = GrowingStrings()
        #: For each form whose stem is known the number of that, -1 where it is the form itself.
        self._stem_of: _Numbers = np.zeros(0, np.int32)
        #: The same by language, for those but English.
        self._in_languages: dict[str, _OtherStems] = {}
        self._form_numbers = _HashTable()
        #: Of each form whose hash was asked for.
        self._hashes: UInt64s = np.zeros(0, np.uint64)
        #: A form number, `_NO_WORD`, or `_SEVERAL` - n for the n-th of `_several`.
        self._chunks = _HashTable()
        self._several: list[_Numbers] = []

    def __len__(self) -> int:
        """Return how many forms are known."""
        return len(self._forms)

    @property
    def held_bytes(self) -> int:
        """Return about how much memory the table takes."""
        tables = self._form_numbers.held_bytes + self._chunks.held_bytes
        several = 150 * len(self._several) + self._hashes.nbytes
        others = sum(other.held_bytes for other in self._in_languages.values())
        return tables + several + others + self._forms.held_bytes + self._stems.held_bytes

    def forms(self) -> Strings:
        """Return all forms by number."""
        return self._forms.strings()

    def stems(self) -> tuple[Strings, _Numbers]:
        """Return English stems, and for each form which of them is its own, -1 where it is its own stem."""
        known, forms = len(self._stem_of), self.forms()
        if known < len(forms):
            self._stem(np.arange(known, len(forms)), forms)
        return self._stems.strings(), self._stem_of

    def stems_in(self, language: str, which: Numbers) -> tuple[Strings, _Numbers]:
        """Return the same of a language, of the forms *which* alone."""
        other = self._in_languages.get(language)
        if other is None:
            other = self._in_languages[language] = _OtherStems(language)
        return other.of(which, self.forms())

    def _stem(self, new: Ints, forms: Strings) -> None:
        # All but words of ASCII letters are their own stems, and half of the new are numbers.
        first = forms.starts[new]
        letters = _is_letter(forms.text[first[0] :])
        plain = new[np.logical_and.reduceat(letters, first - first[0])]
        words = forms.take(plain).all()
        stem_of = np.full(len(new), -1, np.int32)
        other: list[str] = []
        for number, word, stem in zip(plain.tolist(), words, stems(words), strict=True):
            if word != stem:
                stem_of[number - new[0]] = len(self._stems) + len(other)
                other.append(stem)
        self._stems.extend(Strings.of(other))
        self._stem_of = np.concatenate([self._stem_of, stem_of])

    def hashes(self) -> UInt64s:
        """Return a hash of each form by number, the same on every machine; that of one with a digit is odd."""
        known, forms = len(self._hashes), self.forms()
        if known < len(forms):
            new = forms.take(np.arange(known, len(forms)))
            hashes = _hashes_of(new, _FIXED_MULTIPLIERS) & ~np.uint64(1)
            is_digit = new.text - ord("0") < 10
            hashes |= np.logical_or.reduceat(is_digit, new.starts[:-1]).astype(np.uint64)
            self._hashes = np.concatenate([self._hashes, hashes])
        return self._hashes

    def numbers(self, texts: Sequence[bytes]) -> tuple[_Numbers, Ints]:
        """Return the form numbers of all words of *texts* (UTF-8) in order, and how many each has."""
        joined = _BETWEEN.join([b"", *texts, bytes(_EIGHT)]).lower()
        if b"`" in joined:
            joined = joined.replace(b"`", b"'")
        text = np.frombuffer(joined, np.uint8)
        found: list[_Numbers] = [np.zeros(0, np.int32)]
        all_starts: list[Ints] = [np.zeros(0, np.int64)]
        for first, last in _pieces(joined, len(joined) - len(_BETWEEN) - _EIGHT, self._piece_bytes):
            # Only here are the rare signs known.
            find = kernels.known_chunks
            if find is None or _rare_signs(joined[first:last]):
                find = known_chunks
            starts, ends, hashes, values = find(
                text, first, last, _multipliers(), *self._chunks.columns()
            )
            self._take_in(text, starts, ends, hashes, values)
            found.append(values)
            all_starts.append(starts)
        values, starts = np.concatenate(found), np.concatenate(all_starts)
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        before = np.searchsorted(starts, starts_of(lengths + len(_BETWEEN)) + len(_BETWEEN))
        odd = np.flatnonzero(values < 0)
        if len(odd):
            values, before = self._laid_out(values, odd, before)
        return values, np.diff(before)

    def _laid_out(self, values: _Numbers, odd: Ints, before: Ints) -> tuple[_Numbers, Ints]:
        """Put the words of the chunks at *odd* in place of them, also in the counts *before*."""
        nothing = np.zeros(0, np.int32)
        # Few chunks are odd, so what is between them is copied as it is.
        parts: list[_Numbers] = []
        widths: list[int] = []
        at = 0
        for place, value in zip(odd.tolist(), values[odd].tolist(), strict=True):
            words = nothing if value == _NO_WORD else self._several[_SEVERAL - value]
            parts += values[at:place], words
            widths.append(len(words))
            at = place + 1
        parts.append(values[at:])
        more = starts_of(np.array(widths, np.int64) - 1)
        return np.concatenate(parts), before + more[np.searchsorted(odd, before)]

    def _take_in(
        self, text: UInt8s, starts: Ints, ends: Ints, hashes: UInt64s, values: _Numbers
    ) -> None:
        """Take in those chunks that are new, and put into *values* what the table of chunks has of them."""
        long = np.flatnonzero(ends - starts > _MAX_HASHED)
        if len(long):
            spans = zip(starts[long].tolist(), ends[long].tolist(), strict=True)
            values[long] = self._parted([str(text[a:b].tobytes(), "utf-8") for a, b in spans])
        new = np.flatnonzero(values == _UNKNOWN)
        if len(new):
            _, first = np.unique(hashes[new], return_index=True)
            first = new[np.sort(first)]
            taken = self._taken(text, starts[first], ends[first], hashes[first])
            self._chunks.put(hashes[first], taken)
            values[new] = self._chunks.find(hashes[new])

    def _taken(self, text: UInt8s, starts: Ints, ends: Ints, hashes: UInt64s) -> _Numbers:
        """Take in chunks, all different; return what the table of chunks is to have of each."""
        widths = ends - starts
        edges = starts_of(widths)
        every = text[indices_of(starts, widths)]
        is_short = widths <= MAX_FORM_CHARS
        # Lower-case ASCII letters and digits alone are one word as they stand. A joiner that stands
        # between digits alone makes them one number. Nearly all chunks are one or the other.
        plain = _is_plain(every)
        is_word = np.logical_and.reduceat(plain, edges[:-1]) & is_short
        of_number = plain & (every <= ord("9")) | (every == ord(".")) | (every == ord(","))
        is_number = np.logical_and.reduceat(of_number, edges[:-1]) & is_short & ~is_word
        strings = Strings(every, edges)
        values = np.empty(len(starts), np.int32)
        words = np.flatnonzero(is_word)
        values[words] = self._numbered(strings.take(words), hashes[words])
        numbers = np.flatnonzero(is_number)
        folded = _without_thousands(strings.take(numbers))
        values[numbers] = self._numbered(folded, _hashes_of(folded))
        others = np.flatnonzero(~(is_word | is_number))
        values[others] = self._parted(strings.take(others).all())
        return values

    def _parted(self, chunks: Sequence[str]) -> _Numbers:
        """Return what the table of chunks is to have of any chunks; none need be new."""
        words: list[str] = []
        widths: list[int] = []
        for chunk in chunks:
            forms = forms_of(chunk)
            words += forms
            widths.append(len(forms))
        strings = Strings.of(words)
        numbers = self._numbered(strings, _hashes_of(strings))
        values = np.full(len(widths), _NO_WORD, np.int32)
        counts = np.array(widths, np.int64)
        first = starts_of(counts)
        one = np.flatnonzero(counts == 1)
        values[one] = numbers[first[one]]
        for at in np.flatnonzero(counts > 1).tolist():
            values[at] = _SEVERAL - len(self._several)
            self._several.append(numbers[first[at] : first[at + 1]].copy())
        return values

    def _numbered(self, forms: Strings, hashes: UInt64s) -> _Numbers:
        """Return the number of each form, a new one for those that have none."""
        numbers = self._form_numbers.find(hashes)
        new = np.flatnonzero(numbers == _UNKNOWN)
        if len(new):
            _, first = np.unique(hashes[new], return_index=True)
            first = new[np.sort(first)]
            self._form_numbers.put(
                hashes[first], np.arange(len(self._forms), len(self._forms) + len(first))
            )
            self._forms.extend(forms.take(first))
            numbers[new] = self._form_numbers.find(hashes[new])
        return numbers


#: In place of the stem of a form that has not been asked for.
_NOT_ASKED = -2


class _OtherStems:
    """The stems in one language of those forms of a table that its articles have."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._stems = GrowingStrings()
        self._stem_of: _Numbers = np.zeros(0, np.int32)

    @property
    def held_bytes(self) -> int:
        return self._stems.held_bytes + self._stem_of.nbytes

    def of(self, which: Numbers, forms: Strings) -> tuple[Strings, _Numbers]:
        """Return stems, and which of them each of *which* of the *forms* has, -1 where it is its own."""
        more = np.full(len(forms) - len(self._stem_of), _NOT_ASKED, np.int32)
        self._stem_of = np.concatenate([self._stem_of, more])
        new = which[self._stem_of[which] == _NOT_ASKED]
        words = forms.take(new).all()
        other: list[str] = []
        for number, word, stem in zip(
            new.tolist(), words, stems(words, self._language), strict=True
        ):
            self._stem_of[number] = -1
            if word != stem:
                self._stem_of[number] = len(self._stems) + len(other)
                other.append(stem)
        self._stems.extend(Strings.of(other))
        return self._stems.strings(), self._stem_of[which]


def _pieces(joined: bytes, end: int, piece_bytes: int) -> list[tuple[int, int]]:
    """Return where parts of *joined* up to *end* begin and end, both at a byte that is in no chunk.

    Each is of *piece_bytes* or less, but for a longer chunk.
    """
    pieces = []
    first = 0
    while first < end:
        last = min(first + piece_bytes, end)
        if last < end:
            before = max(joined.rfind(between, first, last) for between in (_BETWEEN, b" "))
            # A chunk may be longer than a piece.
            last = before if before > first else joined.index(_BETWEEN, last)
        pieces.append((first, last))
        first = last
    return pieces


def _is_letter(text: Numbers) -> Bools:
    """Return which bytes are lower-case ASCII letters. Comparisons beat a table of all bytes."""
    return text - ord("a") < 26


def _is_plain(text: Numbers) -> Bools:
    """Return which bytes are lower-case ASCII letters or digits."""
    return _is_letter(text) | (text - ord("0") < 10)


def known_chunks(
    text: UInt8s, first: int, last: int, multipliers: UInt64s, known: UInt64s, numbers: _Numbers, /
) -> tuple[Ints, Ints, UInt64s, _Numbers]:
    """Return start, end and hash of each chunk of *text* between *first* and *last*, and what a table has of that hash.

    *text* is lower-cased; at *first* and *last* stands no byte of a chunk, and eight more come after that.
    *known* and *numbers* are the columns of the table, which has a power of two of places.
    """
    piece = text[first : last + 1]
    starts, ends = _chunk_edges(piece, piece.tobytes())
    starts += first
    ends += first
    hashes = _hashes(text, starts, ends, multipliers)
    return starts, ends, hashes, _found(hashes, known, numbers)


def _chunk_edges(text: UInt8s, same: bytes) -> tuple[Ints, Ints]:
    """Return where chunks start and end in *text*, lower-cased, which begins and ends between chunks."""
    word = _is_plain(text) | (text >= 128) | (text == ord("_"))
    joiner = (text == ord(".")) | (text == ord(",")) | (text == ord("'")) | (text == ord("&"))
    inside = word.copy()
    inside[1:-1] |= joiner[1:-1] & word[:-2] & word[2:]
    # The s of "U.S.'s" is no word of its own: the full stop and the apostrophe belong to the chunk.
    apostrophe = np.flatnonzero((text[2:-1] == ord("'")) & (text[1:-2] == ord("."))) + 2
    dotted = apostrophe[word[apostrophe - 2] & word[apostrophe + 1]]
    inside[dotted - 1] = inside[dotted] = True
    _add_rare(inside, same)
    edges = np.flatnonzero(inside[1:] != inside[:-1]) + 1
    return edges[::2].copy(), edges[1::2].copy()


def _add_rare(inside: Bools, text: bytes) -> None:
    """Add to what is *inside* chunks the signs of "C++" and "C#", and quotation marks inside words of Hebrew."""
    for pattern in _rare_signs(text):
        for sign in pattern.finditer(text):
            inside[sign.start() : sign.end()] = True


def _rare_signs(text: bytes) -> list[re.Pattern[bytes]]:
    """Return what is to be looked for in *text*: nearly no text has any, and to find that out costs next to nothing."""
    # One byte is looked for far faster than two.
    has_plus = (b"+" in text and b"++" in text) or b"#" in text
    patterns = [_PLUS] if has_plus else []
    if _HEBREW in text:
        patterns.append(_GERSHAYIM)
    return patterns


def _without_thousands(numbers: Strings) -> Strings:
    """Return words of digits, commas and full stops as `search.text.words.fold` does: "3,000" as "3000".

    Commas go where the first has at most three digits before it, three follow each, and then nothing
    or one full stop comes. Half of all new words are numbers: hence not one by one.
    """
    text, starts = numbers.text, numbers.starts
    is_comma = text == ord(",")
    at = np.flatnonzero(is_comma | (text == ord(".")))
    owner = np.searchsorted(starts, at, "right") - 1
    end = starts[owner + 1]
    comma = is_comma[at]
    next_ = np.minimum(np.append(at[1:], len(text)), end)
    first = np.append(True, owner[1:] != owner[:-1])[: len(at)]
    fits = np.where(comma, next_ - at == 4, next_ == end)
    fits &= ~(first & comma) | (at - starts[owner] <= 3)
    as_it_is = np.zeros(len(numbers), bool)
    as_it_is[owner[~fits]] = True
    dropped = comma & ~as_it_is[owner]
    kept = np.ones(len(text), bool)
    kept[at[dropped]] = False
    widths = np.diff(starts) - np.bincount(owner[dropped], minlength=len(numbers))
    return Strings(text[kept], starts_of(widths))


@cache
def _multipliers() -> UInt64s:
    """Return random odd numbers: nobody can write an article whose chunks collide."""
    return np.frombuffer(os.urandom(24), np.uint64) | np.uint64(1)


_EIGHT = 8
_MAX_FORM_BYTES = 4 * MAX_FORM_CHARS
#: For hashes that are the same on every machine.
_FIXED_MULTIPLIERS = np.array(
    [0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0xA0761D6478BD642F], np.uint64
)
#: What keeps the first n bytes of eight that were read as one little-endian number.
_FIRST_BYTES = np.array([(1 << 8 * n) - 1 for n in range(_EIGHT + 1)], np.uint64)


def _hashes(
    text: Numbers, starts: Numbers, ends: Numbers, multipliers: UInt64s | None = None
) -> UInt64s:
    """Return a hash of each chunk of *text* that depends on its bytes alone, the first 400 of them.

    After the last chunk there are at least eight bytes. Chunks of at most eight bytes have different
    hashes for sure. (A table of bytes, a running polynomial and differences of it took five times as
    long.)
    """
    by = _multipliers() if multipliers is None else multipliers
    anywhere = np.ndarray((len(text) - _EIGHT + 1,), "<u8", text, strides=(1,))
    widths = ends - starts
    hashes = _mixed(anywhere[starts] & _FIRST_BYTES[np.minimum(widths, _EIGHT)], by)
    longer = np.flatnonzero(widths > _EIGHT)
    at = _EIGHT
    while len(longer):
        rest = widths[longer] - at
        read = anywhere[starts[longer] + at] & _FIRST_BYTES[np.minimum(rest, _EIGHT)]
        hashes[longer] = _mixed(hashes[longer] + read * by[2], by)
        at += _EIGHT
        longer = longer[(rest > _EIGHT) & (at < _MAX_FORM_BYTES)]
    return hashes


def _hashes_of(strings: Strings, multipliers: UInt64s | None = None) -> UInt64s:
    padded = np.append(strings.text, np.zeros(_EIGHT, np.uint8))
    return _hashes(padded, strings.starts[:-1], strings.starts[1:], multipliers)


def _mixed(values: UInt64s, multipliers: UInt64s) -> UInt64s:
    """Return other numbers for *values*, different ones for different ones."""
    first, second, _ = multipliers
    values = values ^ (values >> np.uint64(32))
    values *= first
    values ^= values >> np.uint64(29)
    values *= second
    values ^= values >> np.uint64(32)
    return values


#: What a table says of a hash that it does not have.
_UNKNOWN = np.iinfo(np.int32).min


class _HashTable:
    """Numbers by 64-bit hash, looked up by the array: open addressing with linear probing."""

    def __init__(self) -> None:
        self._used = 0
        self._make(1 << 16)

    def _make(self, size: int) -> None:
        self._hashes = np.zeros(size, np.uint64)
        self._numbers = np.full(size, _UNKNOWN, np.int32)
        self._mask = size - 1

    @property
    def held_bytes(self) -> int:
        return self._hashes.nbytes + self._numbers.nbytes

    def columns(self) -> tuple[UInt64s, _Numbers]:
        """Return hashes, and the number under each; `_UNKNOWN` stands where a place is free."""
        return self._hashes, self._numbers

    def find(self, hashes: UInt64s) -> _Numbers:
        """Return the number put under each hash, `_UNKNOWN` where there is none."""
        return _found(hashes, self._hashes, self._numbers)

    def _slot(self, hashes: UInt64s) -> Ints:
        return (hashes & np.uint64(self._mask)).view(np.int64)

    def put(self, hashes: UInt64s, numbers: Array) -> None:
        """Put *numbers* under *hashes*, all different and none there yet."""
        if 2 * (self._used + len(hashes)) > len(self._numbers):
            taken = self._numbers != _UNKNOWN
            hashes = np.concatenate([self._hashes[taken], hashes])
            numbers = np.concatenate([self._numbers[taken], numbers])
            self._used = 0
            size = len(self._numbers)
            while size < 3 * len(hashes):
                size *= 2
            self._make(size)
        self._used += len(hashes)
        slot = self._slot(hashes)
        left = np.arange(len(hashes))
        while len(left):
            free = left[self._numbers[slot[left]] == _UNKNOWN]
            self._numbers[slot[free]] = numbers[free]  # of several for one slot the last stays
            self._hashes[slot[free]] = hashes[free]
            left = left[self._hashes[slot[left]] != hashes[left]]
            slot[left] = (slot[left] + 1) & self._mask


def _found(hashes: UInt64s, known: UInt64s, numbers: _Numbers) -> _Numbers:
    """Return what the table of the columns *known* and *numbers* has under each hash."""
    mask = len(known) - 1
    slot: Ints = (hashes & np.uint64(mask)).view(np.int64)
    result: _Numbers = numbers.take(slot)
    open_ = np.flatnonzero((known.take(slot) != hashes) & (result != _UNKNOWN))
    while len(open_):
        slot[open_] = next_ = (slot[open_] + 1) & mask
        result[open_] = found = numbers[next_]
        open_ = open_[(found != _UNKNOWN) & (known[next_] != hashes[open_])]
    return result
