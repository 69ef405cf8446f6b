"""Dictionary and postings of one family of fields in one segment: what words there are, and where."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from search.engines.whoosh_index import kernels
from search.engines.whoosh_index.format.columns import ColumnFile, StringColumn
from search.engines.whoosh_index.format.layout import stems_column
from search.engines.whoosh_index.kernels.arguments import (
    ForwardColumns,
    ListColumns,
    PostingRun,
    StemColumns,
    WordColumns,
)
from search.engines.whoosh_index.segment.forward import ForwardReader
from search.text.arrays import Bools, Ints, Numbers, UInt8s
from search.text.stems import LANGUAGES

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


def _lengths(starts: Numbers, which: Numbers) -> Ints:
    """Return the lengths of some stretches, given where each starts and the last one ends."""
    where = which.astype(np.int64)
    return starts[where + 1].astype(np.int64) - starts[where].astype(np.int64)


class Stems:
    """The stems of one language in one segment: those with other forms than just themselves."""

    def __init__(self, file: ColumnFile, name: str) -> None:
        self.strings = SortedStrings(file, name)
        self.lists = Lists(file, name)
        self.first_posting = file[name + ".first_posting"]
        #: Where the forms of each stem start in ``forms``, and one more.
        self.first_form = file[name + ".first_form"]
        #: Numbers of forms, ascending within a stem.
        self.forms = file[name + ".forms"]

    def forms_of(self, stem: int) -> list[int]:
        """Return the numbers of the forms of a listed stem, ascending."""
        first, last = self.first_form[stem : stem + 2].tolist()
        numbers: list[int] = self.forms[first:last].tolist()
        return numbers


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
        self._stems: dict[int, Stems] = {}

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

    def stems(self, language: int = 0) -> Stems:
        """Return the stems of a language that the segment has documents in, by number."""
        found = self._stems.get(language)
        if found is None:
            name = stems_column(self._name, language)
            found = self._stems[language] = Stems(self._file, name)
        return found

    def word_columns(self, base: int, language: int = 0) -> WordColumns:
        """Return all that a word is looked up in, with the stems of a language.

        *base* is the segment's first document.
        """
        stems = self.stems(language)
        return WordColumns(
            base,
            *self.forms.columns,
            self.form_lists.columns,
            self._column("forms.first_posting"),
            self._positions,
            self._column("forms.first_position"),
            *stems.strings.columns,
            stems.lists.columns,
            stems.first_posting,
            stems.first_form,
            stems.forms,
        )

    def forward_columns(self, base: int, documents: int, forward: ForwardReader) -> ForwardColumns:
        """Return the columns of *forward* and of what its terms stand for.

        *base* is the first of the segment's *documents*.
        """
        numbered = zip(self.stem_languages, self._numbered, strict=True)
        text, starts, _ = self.forms.columns
        return ForwardColumns(
            base,
            documents,
            *forward.columns,
            text,
            starts,
            self._column("forms.first_posting"),
            tuple(
                StemColumns(
                    first,
                    *strings.columns[:2],
                    self.stems(language).first_posting,
                    self.stems(language).first_form,
                    self.stems(language).forms,
                )
                for language, (first, strings) in numbered
            ),
        )

    # A term is what a query asks for without quotes: a stem. It has a number in its segment: that of its form where
    # this is its own stem and its only form, else that of the stem after those of all forms, language by language.

    @cached_property
    def stem_languages(self) -> tuple[int, ...]:
        """The languages, by number, that have stems here; English always has."""
        numbers = range(len(LANGUAGES))
        return tuple(n for n in numbers if stems_column(self._name, n) + ".forms" in self._file)

    @cached_property
    def _numbered(self) -> list[tuple[int, SortedStrings]]:
        """The stems of each language, and the number of the first of them as a term."""
        first, found = len(self.forms), []
        for language in self.stem_languages:
            found.append((first, self.stems(language).strings))
            first += len(found[-1][1])
        return found

    def term(self, number: int) -> str:
        """Return the stem that has that number as a term."""
        for first, strings in reversed(self._numbered):
            if number >= first:
                return strings[number - first]
        return self.forms[number]

    def term_numbers(self, stem: str) -> list[int]:
        """Return the numbers of *stem* as a term: one at most for each language, and that of the form."""
        found = [(first, strings.find(stem)) for first, strings in self._numbered]
        found.append((0, self.forms.find(stem)))
        return [first + at for first, at in found if at >= 0]

    def forms_of_term(self, stem: str) -> set[str]:
        """Return the forms of a term in all languages; none where the segment does not have it."""
        found = {stem} if self.forms.find(stem) >= 0 else set()
        for language, (_, strings) in zip(self.stem_languages, self._numbered, strict=True):
            if (listed := strings.find(stem)) >= 0:
                found.update(self.forms[form] for form in self.stems(language).forms_of(listed))
        return found

    def sizes_of_terms(self, numbers: Ints) -> Ints:
        """Return how many documents have each of some terms, of whatever language, deleted ones included."""
        found = np.empty(len(numbers), np.int64)
        edges = [0, *(first for first, _ in self._numbered), np.iinfo(np.int64).max]
        of_forms = self._column("forms.first_posting")
        at = np.flatnonzero(numbers < edges[1])
        found[at] = _lengths(of_forms, numbers[at])
        for language, first, end in zip(self.stem_languages, edges[1:-1], edges[2:], strict=True):
            at = np.flatnonzero((numbers >= first) & (numbers < end))
            if len(at):
                stems, own = self.stems(language), numbers[at] - first
                only = stems.forms[stems.first_form[own]]
                listed = _lengths(stems.first_posting, own)
                # A stem with one form has no list of its own.
                found[at] = np.where(listed > 0, listed, _lengths(of_forms, only))
        return found

    def holding_forms(self, kept: Bools | None) -> Bools:
        """Return which forms occur in documents that are *kept*, None for all of them; every posting is read for it."""
        if kept is None or not len(self.forms):
            return np.ones(len(self.forms), bool)
        starts = np.asarray(self.form_lists.first_posting).astype(np.int64)
        stays = kept[self.form_lists.columns.documents]
        return np.logical_or.reduceat(stays, starts[:-1])

    @property
    def sorted_forms(self) -> Iterator[str]:
        """All forms, in turn; read when a pattern has to be tried on each. They are not kept."""
        return self.forms.in_turn()
