"""Dictionary and postings of one family of fields in one segment: what words there are, and where."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from search.engines.whoosh_index import kernels
from search.engines.whoosh_index.format.columns import ColumnFile, StringColumn
from search.engines.whoosh_index.kernels.arguments import ListColumns, PostingRun, WordColumns
from search.text.arrays import Bools, Ints, Numbers, UInt8s

#: Strings that are decoded at once.
_BLOCK = 8192


class SortedStrings(StringColumn):
    """A sorted column of strings that can be looked up."""

    def __init__(self, file: ColumnFile, name: str) -> None:
        super().__init__(file, name)
        #: Their bytes, where each starts, and the numbers that some begin with.
        self.columns: tuple[UInt8s, Numbers, Numbers] = (
            file[name + ".bytes"],  # type: ignore[assignment]
            file[name + ".starts"],
            file[name + ".keys"],
        )

    def find(self, string: str) -> int:
        """Return the ordinal of *string*, -1 where it is not there."""
        at = self.range_of_prefix(string).start
        return at if at < len(self) and self[at] == string else -1

    def range_of_prefix(self, prefix: str) -> range:
        """Return the ordinals of all strings that begin with *prefix*."""
        return range(*kernels.strings_with_prefix(*self.columns, prefix.encode()))

    def in_turn(self) -> Iterator[str]:
        """Give every string, of which only some are held at once."""
        for edges, text in self._blocks():
            # A form has no NUL, so that one can part it from the next.
            parted = np.insert(text, edges[1:-1], 0)
            yield from parted.tobytes().decode().split("\0")

    def near(self, text: str, edits: int) -> Ints:
        """Return the ordinals of all strings within *edits* edits of *text*."""
        return kernels.near_strings(*self.columns[:2], text.encode(), edits)

    def holding(self, text: str) -> Ints:
        """Return the ordinals of all strings that have *text*, which is not empty, in them."""
        every, wanted = self._bytes.tobytes(), text.encode()
        found = []
        at = every.find(wanted)
        while at >= 0:
            found.append(at)
            at = every.find(wanted, at + 1)
        # Some lie across the end of a string; those that ask look at each.
        return np.unique(np.asarray(self._starts).searchsorted(found, "right") - 1)

    def _blocks(self) -> Iterator[tuple[Ints, Numbers]]:
        """Give some strings after the others: where each starts and the last ends, and their bytes."""
        starts = np.asarray(self._starts)
        for first in range(0, len(self), _BLOCK):
            edges = starts[first : first + _BLOCK + 1].astype(np.int64)
            text = np.frombuffer(self._bytes[edges[0] : edges[-1]], np.uint8)
            yield edges - edges[0], text


class Lists:
    """Posting lists in one segment, those of forms or those of stems: list *n* is a run of postings."""

    def __init__(self, file: ColumnFile, name: str) -> None:
        self.columns = ListColumns(
            file[name + ".documents"],  # type: ignore[arg-type]
            file[name + ".codes"],  # type: ignore[arg-type]
            *(file[f"{name}.exceptions.{part}"] for part in ("postings", "frequencies", "weights")),
        )
        #: Where each list starts, and one more. Numbers out of a memoryview are Python's own.
        self.first_posting = file[name + ".first_posting"].data


class FamilyReader:
    """Dictionary and postings of one family of fields in one segment.

    A word is named by a *form number*, an index of ``forms``, -1 for one that the segment does not
    hold. Stems are listed where they have other forms than just themselves.
    """

    def __init__(self, file: ColumnFile, name: str) -> None:
        self._file = file
        self._name = name
        self.forms = SortedStrings(file, name + ".forms")
        self.form_lists = Lists(file, name + ".forms")
        #: Where the positions of each form start, and one more.
        self.first_position = self._column("forms.first_position").data
        self._positions = self._column("forms.positions")

    def _column(self, name: str) -> Numbers:
        return self._file[f"{self._name}.{name}"]

    def run_of_forms(self, base: int, first: int, last: int) -> PostingRun:
        """Return the postings of the forms *first* up to *last*; *base* is the segment's first document."""
        starts = self.form_lists.first_posting
        return PostingRun(
            base,
            self.form_lists.columns,
            starts[first],
            starts[last],
            self._positions,
            self.first_position[first],
        )

    @cached_property
    def stems(self) -> SortedStrings:
        return SortedStrings(self._file, self._name + ".stems")

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

    def word_columns(self, base: int) -> WordColumns:
        """Return all that a word is looked up in; *base* is the segment's first document."""
        return WordColumns(
            base,
            *self.forms.columns,
            self.form_lists.columns,
            self._column("forms.first_posting"),
            self._positions,
            self._column("forms.first_position"),
            *self.stems.columns,
            Lists(self._file, self._name + ".stems").columns,
            self._column("stems.first_posting"),
            self._column("stems.first_form"),
            self._column("stems.forms"),
        )

    # A term is what a query asks for without quotes: a stem. It has a number in its segment: that of its form where
    # this is its own stem and its only form, else the number of forms and that of the stem.

    def term(self, number: int) -> str:
        """Return the stem that has that number as a term."""
        forms = len(self.forms)
        return self.forms[number] if number < forms else self.stems[number - forms]

    def term_number(self, stem: str) -> int:
        """Return the number of *stem* as a term, -1 where the segment does not have it."""
        listed = self.stems.find(stem)
        if listed >= 0:
            return len(self.forms) + listed
        form = self.forms.find(stem)
        return form if form >= 0 and self._is_unlisted[form] else -1

    @property
    def terms(self) -> int:
        """One more than the number of any term."""
        return len(self.forms) + len(self.stems)

    @cached_property
    def _is_unlisted(self) -> Bools:
        unlisted = np.ones(len(self.forms), bool)
        unlisted[self._forms_of_stems] = False
        return unlisted

    def unlisted_forms(self) -> Ints:
        """Return the numbers of the forms that are their own stem and its only form."""
        return np.flatnonzero(self._is_unlisted)

    @property
    def sorted_forms(self) -> Iterator[str]:
        """All forms, in turn; read when a pattern has to be tried on each. They are not kept."""
        return self.forms.in_turn()
