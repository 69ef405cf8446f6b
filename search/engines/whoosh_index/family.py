"""Dictionary and postings of one family of fields in one segment: where words occur."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from search.engines.whoosh_index.columns import Array, Bools, ColumnFile, Ints, StringColumn, runs
from search.engines.whoosh_index.layout import TEXT_FIELDS
from search.engines.whoosh_index.words import position_weights

if TYPE_CHECKING:
    from search.engines.whoosh_index.segment import SegmentReader


@dataclass(frozen=True, slots=True)
class Occurrences:
    """Documents that hold a word, ascending, and its weighted frequency in each."""

    documents: Ints
    weights: Ints


NOWHERE = Occurrences(np.zeros(0, np.int64), np.zeros(0, np.int64))

#: An occurrence as one number, ordered by document and then position: document << 32 | position.
_POSITION_BITS = 32
_POSITION_MASK = (1 << _POSITION_BITS) - 1


class FamilyReader:
    """Dictionary and postings of one family of fields in one segment.

    A word is named by a *form number*, a place in ``forms``, or by a *term number*, a place in
    ``terms``; -1 is a word that the segment does not hold.
    """

    def __init__(self, segment: SegmentReader, file: ColumnFile, name: str) -> None:
        self._segment = segment
        self._file = file
        self._name = name
        self.terms = StringColumn(file, name + ".terms")
        self.forms = StringColumn(file, name + ".forms")
        self._letter_counts: dict[int, NDArray[np.int16]] = {}

    def _column(self, name: str) -> Array:
        return self._file[f"{self._name}.{name}"]

    def term_number(self, term: str) -> int:
        return self.terms.find(term)

    def form_number(self, term: str, form: str) -> int:
        """Return the number of *form*, listed under *term*, or -1."""
        number = self.terms.find(term)
        if number < 0:
            return -1
        first_form = self._column("first_form")
        wanted = form.encode()
        for at in range(int(first_form[number]), int(first_form[number + 1])):
            if self.forms.raw(at) == wanted:
                return at
        return -1

    def number_of_form(self, form: str) -> int:
        """Return the number of *form* whatever term it is listed under, or -1."""
        forms = self.sorted_forms
        at = bisect_left(forms, form)
        if at < len(forms) and forms[at] == form:
            return int(self.sorted_form_numbers[at])
        return -1

    def words_in(self, fields: tuple[str, ...] | None, *, stemmed: bool) -> list[str]:
        """Return the terms or forms that occur in *fields* of live documents, sorted."""
        frequencies = self._column("frequencies").astype(np.int64)
        document = np.repeat(self._column("documents").astype(np.int64), frequencies)
        kept = np.ones(len(document), bool)
        if fields is not None and self._name == "text":
            kept = self._inside(document, self._column("positions").astype(np.int64), fields)
        if self._segment.live is not None:
            kept &= self._segment.live[document]
        first_position: Ints = self._column("first_position").astype(np.int64)
        term = np.repeat(np.arange(len(self.terms)), np.diff(first_position))
        if stemmed:
            used, words = np.unique(term[kept]), self.terms
        else:
            form = self._column("first_form").astype(np.int64)[term] + self._column(
                "form_codes"
            ).astype(np.int64)
            used, words = np.unique(form[kept]), self.forms
        return sorted(words[number] for number in used.tolist())

    def term_of_form(self, form: int) -> int:
        return int(np.searchsorted(self._column("first_form"), form, "right")) - 1

    @cached_property
    def sorted_forms(self) -> list[str]:
        """All forms sorted by their UTF-8 bytes, `sorted_form_numbers` says which is which."""
        forms = self.forms.all()
        return [forms[number] for number in self._column("form_order").tolist()]

    def letter_counts(self, classes: int) -> NDArray[np.int16]:
        """Return for each sorted form how many characters of each class (code point modulo) it has."""
        counts = self._letter_counts.get(classes)
        if counts is None:
            forms = self.sorted_forms
            codes = np.frombuffer("".join(forms).encode("utf-32-le"), np.uint32) % classes
            owner = np.repeat(np.arange(len(forms)), [len(form) for form in forms])
            flat = np.bincount(owner * classes + codes, minlength=len(forms) * classes)
            counts = flat.reshape(-1, classes).astype(np.int16)
            self._letter_counts[classes] = counts
        return counts

    @property
    def sorted_form_numbers(self) -> Array:
        return self._column("form_order")

    def frequencies(self, forms: Ints, fields: tuple[str, ...] | None) -> Ints:
        """Return in how many live documents each of the *forms* occurs in *fields*."""
        if self._segment.live is None and (fields is None or self._name != "text"):
            return self._column("form_frequency")[forms].astype(np.int64)
        form, document, _ = self._occurring_forms(forms, fields)
        pairs = np.unique(form * len(self._segment) + document)
        return np.bincount(pairs // len(self._segment), minlength=len(self.forms))[forms]

    def of_forms(self, forms: Ints, fields: tuple[str, ...] | None) -> Occurrences:
        """Return where any of the *forms* occurs, as if they were one word."""
        _, document, position = self._occurring_forms(forms, fields)
        order = np.argsort(document, kind="stable")
        return self._weighed(document[order], position[order])

    def _occurring_forms(
        self, forms: Ints, fields: tuple[str, ...] | None
    ) -> tuple[Ints, Ints, Ints]:
        """Return form, document and position of each live occurrence of *forms*, in one pass."""
        first_form: Ints = self._column("first_form").astype(np.int64)
        terms = np.unique(np.searchsorted(first_form, forms, "right") - 1)
        postings = _ranges(self._column("first_posting"), terms)
        places = _ranges(self._column("first_position"), terms)
        frequencies: Ints = self._column("frequencies")[postings].astype(np.int64)
        document = np.repeat(self._column("documents")[postings].astype(np.int64), frequencies)
        position: Ints = self._column("positions")[places].astype(np.int64)
        first_position: Ints = self._column("first_position").astype(np.int64)
        widths = first_position[terms + 1] - first_position[terms]
        form = np.repeat(first_form[terms], widths) + self._column("form_codes")[places].astype(
            np.int64
        )
        wanted = np.zeros(len(self.forms), bool)
        wanted[forms] = True
        kept = wanted[form]
        if fields is not None and self._name == "text":
            kept &= self._inside(document, position, fields)
        if self._segment.live is not None:
            kept &= self._segment.live[document]
        return form[kept], document[kept], position[kept]

    def _postings(self, term: int) -> tuple[Ints, Ints]:
        """Return documents and frequencies of *term*, deleted documents included."""
        first = self._column("first_posting")
        part = slice(int(first[term]), int(first[term + 1]))
        return (
            self._column("documents")[part].astype(np.int64),
            self._column("frequencies")[part].astype(np.int64),
        )

    def term_frequency(self, term: int, fields: tuple[str, ...] | None) -> int:
        """Return in how many live documents *term* occurs in *fields*."""
        if term < 0:
            return 0
        if self._segment.live is None and (fields is None or self._name != "text"):
            first = self._column("first_posting")
            return int(first[term + 1]) - int(first[term])
        return len(self.of_term(term, fields).documents)

    def form_frequency(self, form: int, fields: tuple[str, ...] | None) -> int:
        """Return in how many live documents *form* occurs in *fields*."""
        return int(self.frequencies(np.array([form]), fields)[0]) if form >= 0 else 0

    def is_only_form(self, form: int) -> bool:
        """Whether the term of *form* has no other form, so that what is true of one is of both."""
        term = self.term_of_form(form)
        first_form = self._column("first_form")
        return int(first_form[term + 1]) - int(first_form[term]) == 1

    def of_term(self, term: int, fields: tuple[str, ...] | None) -> Occurrences:
        """Return where *term* occurs, in any of its forms, in *fields* (None: all of the family)."""
        if term < 0:
            return NOWHERE
        if fields is not None and self._name == "text":
            return self._weighed(*self._occurring(term, None, fields))
        first = self._column("first_posting")
        part = slice(int(first[term]), int(first[term + 1]))
        documents = self._column("documents")[part].astype(np.int64)
        weights = self._column("weights")[part].astype(np.int64)
        if self._segment.live is not None:
            kept = self._segment.live[documents]
            documents, weights = documents[kept], weights[kept]
        return Occurrences(documents, weights)

    def of_form(
        self, form: int, fields: tuple[str, ...] | None, within: Ints | None = None
    ) -> Occurrences:
        """Return where exactly *form* occurs in *fields* (None: all of the family).

        Where *within* is given, which must ascend, other documents may be left out.
        """
        if form < 0:
            return NOWHERE
        term = self.term_of_form(form)
        if self.is_only_form(form):
            return self.of_term(term, fields)
        code = form - int(self._column("first_form")[term])
        return self._weighed(*self._occurring(term, code, fields, within))

    def _occurring(
        self,
        term: int,
        code: int | None,
        fields: tuple[str, ...] | None,
        within: Ints | None = None,
    ) -> tuple[Ints, Ints]:
        """Return document and position of each live occurrence, in order.

        Where *within* is given, which must ascend, occurrences in other documents may be left out.
        """
        documents, frequencies = self._postings(term)
        first = self._column("first_position")
        start, end = int(first[term]), int(first[term + 1])
        places: slice | Ints = slice(start, end)
        if within is not None and len(within) * 4 < len(documents):
            chosen = np.searchsorted(documents, within)
            chosen = chosen[chosen < len(documents)]
            chosen = _without_neighbours(chosen)
            starts = start + np.cumsum(frequencies) - frequencies
            documents, frequencies = documents[chosen], frequencies[chosen]
            places = runs(starts[chosen], frequencies)
        document = np.repeat(documents, frequencies)
        position = self._column("positions")[places].astype(np.int64)
        kept: Bools | None = None
        if code is not None:
            kept = self._column("form_codes")[places] == code
        if fields is not None and self._name == "text":
            inside = self._inside(document, position, fields)
            kept = inside if kept is None else kept & inside
        if self._segment.live is not None:
            live = self._segment.live[document]
            kept = live if kept is None else kept & live
        return (document, position) if kept is None else (document[kept], position[kept])

    def _inside(self, document: Ints, position: Ints, fields: tuple[str, ...]) -> Bools:
        inside = np.zeros(len(position), bool)
        ends = self._segment.ends
        for name in fields:
            column = TEXT_FIELDS.index(name)
            within = position < ends[document, column]
            if column:
                within &= position >= ends[document, column - 1]
            inside |= within
        return inside

    def _weighed(self, document: Ints, position: Ints) -> Occurrences:
        """Return the weighted frequency of occurrences sorted by document."""
        if not len(document):
            return NOWHERE
        starts = np.flatnonzero(np.diff(document, prepend=-1))
        weights = (
            position_weights(self._segment.ends, document, position)
            if self._name == "text"
            else np.ones(len(document), np.int64)
        )
        return Occurrences(document[starts], np.add.reduceat(weights, starts))

    def keys_of_term(
        self, term: int, fields: tuple[str, ...] | None, within: Ints | None = None
    ) -> Ints:
        """Return each live occurrence as one number, document << 32 | position, ascending.

        Occurrences outside the documents *within* may be left out.
        """
        return self._keys(term, None, fields, within) if term >= 0 else NOWHERE.documents

    def keys_of_form(
        self, form: int, fields: tuple[str, ...] | None, within: Ints | None = None
    ) -> Ints:
        """Return each live occurrence of exactly *form*, as `keys_of_term` does."""
        if form < 0:
            return NOWHERE.documents
        term = self.term_of_form(form)
        return self._keys(term, form - int(self._column("first_form")[term]), fields, within)

    def _keys(
        self, term: int, code: int | None, fields: tuple[str, ...] | None, within: Ints | None
    ) -> Ints:
        document, position = self._occurring(term, code, fields, within)
        return document << _POSITION_BITS | position

    def weigh_keys(self, keys: Ints) -> Occurrences:
        """Return what occurrences given as ascending numbers weigh in each document."""
        return self._weighed(keys >> _POSITION_BITS, keys & _POSITION_MASK)

    def part(self, terms: range, kept: Bools | None, renumbered: Ints) -> tuple[Ints, Ints, Ints]:
        """Return form, document under its new number, and position of all words of *terms*.

        Words of documents not *kept* (None: all are) are left out.
        """
        first_posting, first_position = (
            self._column("first_posting"),
            self._column("first_position"),
        )
        postings = slice(int(first_posting[terms.start]), int(first_posting[terms.stop]))
        places = slice(int(first_position[terms.start]), int(first_position[terms.stop]))
        edges: Ints = first_position[terms.start : terms.stop + 1].astype(np.int64)
        widths = edges[1:] - edges[:-1]
        first_form: Ints = self._column("first_form")[terms.start : terms.stop].astype(np.int64)
        form: Ints = np.repeat(first_form, widths)
        form += self._column("form_codes")[places].astype(np.int64)
        documents: Ints = self._column("documents")[postings].astype(np.int64)
        document = np.repeat(documents, self._column("frequencies")[postings].astype(np.int64))
        position: Ints = self._column("positions")[places].astype(np.int64)
        if kept is not None:
            keep = kept[document]
            form, document, position = form[keep], document[keep], position[keep]
        return form, renumbered[document], position

    def position_counts(self) -> Ints:
        """Return how many positions each term has, those of deleted documents included."""
        first_position: Ints = self._column("first_position").astype(np.int64)
        return first_position[1:] - first_position[:-1]


def _ranges(firsts: Array, numbers: Ints) -> Ints:
    """Return all places from ``firsts[n]`` up to ``firsts[n + 1]`` for each n of *numbers*."""
    starts: Ints = firsts[numbers].astype(np.int64)
    return runs(starts, firsts[numbers + 1].astype(np.int64) - starts)


def _without_neighbours(values: Ints) -> Ints:
    """Return ascending *values* without repeats."""
    kept = np.ones(len(values), bool)
    np.not_equal(values[1:], values[:-1], out=kept[1:])
    return values[kept]
