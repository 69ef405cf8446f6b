"""Dictionary and postings of one family of fields in one segment: what words there are, and where."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import cached_property

import numpy as np

from search.engines.whoosh_index.columns import (
    ColumnFile,
    Ints,
    Numbers,
    StringColumn,
    UInt8s,
    UInt16s,
)
from search.engines.whoosh_index.layout import KEY_STEP

_KEY_BYTES = 8
#: Behind every UTF-8 text that begins with what stands before it.
_LAST = b"\xff"
_LAST_ASCII = 0x7F
#: Strings that are decoded at once.
_BLOCK = 8192


class SortedStrings(StringColumn):
    """A sorted column of strings, looked up by the first eight bytes of some as numbers.

    Bisecting a column of numbers is a call of C (1 us among 300,000); comparing the strings
    themselves takes as long for each two of the 18 steps, and is left to the last few.
    """

    def __init__(self, file: ColumnFile, name: str) -> None:
        super().__init__(file, name)
        self._keys = file[name + ".keys"].data

    def find(self, text: bytes) -> int:
        """Return the place of *text*, in UTF-8, or -1."""
        at = self._place(text)
        return at if at < len(self) and self.raw(at) == text else -1

    def range_of_prefix(self, prefix: str) -> range:
        """Return the places of all strings that begin with *prefix*."""
        start = prefix.encode()
        return range(self._place(start), self._place(start + _LAST))

    def in_turn(self) -> Iterator[str]:
        """Give every string, of which only some are held at once."""
        for edges, text in self._blocks():
            # A form has no NUL, so that one can part it from the next.
            parted = np.insert(text, edges[1:-1], 0)
            yield from parted.tobytes().decode().split("\0")

    def letter_counts(self, classes: int) -> UInt8s:
        """Return for each string how many characters of each class (code point modulo *classes*) it has.

        A string has at most `search.text.MAX_FORM_CHARS`, so that a byte is enough.
        """
        result = np.empty((len(self), classes), np.uint8)
        at = 0
        for edges, text in self._blocks():
            class_of_byte = text % classes
            odd = np.flatnonzero(text > _LAST_ASCII)
            if len(odd):
                # Characters of several bytes count at the first, and the others in a class that is cut off.
                several = text[odd]
                points = np.frombuffer(several.tobytes().decode().encode("utf-32-le"), "<u4")
                class_of_byte[odd] = classes
                class_of_byte[odd[(several & 0xC0) != 0x80]] = points % classes
            widths = np.diff(edges)
            places = np.repeat(np.arange(len(widths)) * (classes + 1), widths)
            places += class_of_byte
            counts = np.bincount(places, minlength=len(widths) * (classes + 1))
            result[at : at + len(widths)] = counts.reshape(-1, classes + 1)[:, :classes]
            at += len(widths)
        return result

    def _blocks(self) -> Iterator[tuple[Ints, Numbers]]:
        """Give some strings after the others: where each starts and the last ends, and their bytes."""
        starts = np.asarray(self._starts)
        for first in range(0, len(self), _BLOCK):
            edges = starts[first : first + _BLOCK + 1].astype(np.int64)
            text = np.frombuffer(self._bytes[edges[0] : edges[-1]], np.uint8)
            yield edges - edges[0], text

    def _place(self, wanted: bytes) -> int:
        """Return how many strings come before *wanted*."""
        key = int.from_bytes(wanted[:_KEY_BYTES].ljust(_KEY_BYTES, b"\0"), "big")
        before = bisect_left(self._keys, key)
        behind = bisect_right(self._keys, key, before)
        first, last = max(0, before - 1) * KEY_STEP, min(behind * KEY_STEP, len(self))
        return bisect_left(range(last), wanted, first, key=self.raw)


class Lists:
    """Posting lists in one segment, those of forms or those of stems: list *n* is a run of postings."""

    def __init__(self, file: ColumnFile, name: str) -> None:
        self.documents: UInt16s = file[name + ".documents"]  # type: ignore[assignment]
        self.codes: UInt8s = file[name + ".codes"]  # type: ignore[assignment]
        #: Where each list starts, and one more.
        self.first_posting = file[name + ".first_posting"].data
        self._exceptions = [
            file[f"{name}.exceptions.{part}"] for part in ("postings", "frequencies", "weights")
        ]
        self._exceptional = self._exceptions[0].data

    def exceptions_within(self, first: int, last: int) -> tuple[Ints, Ints, Ints] | None:
        """Return the postings from *first* to *last* whose code is no true one, and their numbers.

        Postings, frequencies, weights; None where there is no such posting.
        """
        start = bisect_left(self._exceptional, first)
        if start == len(self._exceptional) or self._exceptional[start] >= last:
            return None
        part = slice(start, bisect_left(self._exceptional, last, start))
        postings, frequencies, weights = (
            column[part].astype(np.int64) for column in self._exceptions
        )
        return postings, frequencies, weights


class FamilyReader:
    """Dictionary and postings of one family of fields in one segment.

    A word is named by a *form number*, a place in ``forms``, -1 for one that the segment does not
    hold. Stems are listed where they have other forms than just themselves.
    """

    def __init__(self, file: ColumnFile, name: str) -> None:
        self._file = file
        self._name = name
        self.forms = SortedStrings(file, name + ".forms")
        self.form_lists = Lists(file, name + ".forms")
        #: Where the positions of each form start, and one more.
        self.first_position = self._column("forms.first_position").data

    def _column(self, name: str) -> Numbers:
        return self._file[f"{self._name}.{name}"]

    @cached_property
    def positions(self) -> Numbers:
        return self._column("forms.positions")

    @cached_property
    def stems(self) -> SortedStrings:
        return SortedStrings(self._file, self._name + ".stems")

    @cached_property
    def stem_lists(self) -> Lists:
        return Lists(self._file, self._name + ".stems")

    @cached_property
    def _first_form(self) -> memoryview:
        return self._column("stems.first_form").data

    @cached_property
    def _forms_of_stems(self) -> Numbers:
        return self._column("stems.forms")

    def forms_of(self, stem: int) -> list[int]:
        """Return the numbers of the forms of a listed stem, ascending."""
        numbers: list[int] = self._forms_of_stems[
            self._first_form[stem] : self._first_form[stem + 1]
        ].tolist()
        return numbers

    def unlisted_forms(self) -> Ints:
        """Return the numbers of the forms that are their own stem and its only form."""
        unlisted = np.ones(len(self.forms), bool)
        unlisted[self._forms_of_stems] = False
        return np.flatnonzero(unlisted)

    @property
    def sorted_forms(self) -> Iterator[str]:
        """All forms, in turn; read when a pattern has to be tried on each.

        They are not kept, nor is what is counted of them: together that took some 130 bytes a form, of
        every segment.
        """
        return self.forms.in_turn()

    @property
    def letter_counts(self) -> UInt8s:
        """For each form how many characters of each class (code point modulo `LETTER_CLASSES`) it has."""
        return self.forms.letter_counts(LETTER_CLASSES)


#: Characters are counted in so many classes; more classes, fewer candidates of a fuzzy word and more to
#: compare. Of the letters only b and v, c and w, d and x, e and y, f and z, a and u share one.
LETTER_CLASSES = 20
