"""Making one segment of several: dictionaries united, documents renumbered, deleted ones left out.

Nothing is analysed or sorted again but the strings of the dictionaries. Words are merged a run of
forms at a time, so that what is held in addition to the lists that come out does not grow with the index.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from search.engines.whoosh_index.format.codes import FREQUENCY_OF_CODE
from search.engines.whoosh_index.format.columns import Column, read_strings
from search.engines.whoosh_index.format.documents import DOCUMENT_COLUMNS, DocumentColumn
from search.engines.whoosh_index.format.layout import FacetStream, stems_column
from search.engines.whoosh_index.segment.reader import SegmentReader
from search.engines.whoosh_index.write.build import SegmentContent
from search.engines.whoosh_index.write.limits import WriteLimits
from search.engines.whoosh_index.write.lists import (
    Exceptions,
    Lists,
    concatenated_lists,
    joined_lists,
    joined_positions,
    slices,
)
from search.engines.whoosh_index.write.packing import joined
from search.engines.whoosh_index.write.words import (
    Dictionary,
    StemsOfForms,
    dictionary_in_languages,
    dictionary_of,
    word_columns,
)
from search.model.article import Document
from search.text.arrays import Bools, Ints, Numbers, starts_of
from search.text.stems import LANGUAGES
from search.text.strings import Strings, joined_strings


@dataclass(slots=True)
class _Source:
    """A segment that is merged: which documents stay, None for all, and the new number of each."""

    reader: SegmentReader
    kept: Bools | None
    renumbered: Numbers

    def numbers(self) -> Ints:
        return np.arange(len(self.reader)) if self.kept is None else np.flatnonzero(self.kept)

    @property
    def languages(self) -> Numbers:
        """The language of each document's stems, by number."""
        return self.reader.column("stem_language")


def merged(
    readers: Sequence[SegmentReader], deleted: Sequence[set[int]], limits: WriteLimits
) -> SegmentContent:
    """Return what a segment holds that takes the place of *readers*, in their order.

    *deleted* are the documents of each that are deleted now, in addition to those already deleted. The segments are read
    when their turn comes, while the content is written.
    """
    sources: list[_Source] = []
    documents = 0
    for reader, gone in zip(readers, deleted, strict=True):
        kept = None
        if gone or reader.live is not None:
            kept = np.ones(len(reader), bool) if reader.live is None else reader.live.copy()
            kept[list(gone)] = False
        flags = np.ones(len(reader), bool) if kept is None else kept
        # Of those that go it may be any number, -1 included: they are never looked up.
        renumbered = (documents + np.cumsum(flags) - 1).astype(np.uint16)
        sources.append(_Source(reader, kept, renumbered))
        documents += int(flags.sum())
    return SegmentContent(
        layout=readers[0].layout,
        ids=joined_strings(
            [read_strings(s.reader.columns, "ids").take(s.numbers()) for s in sources]
        ),
        id_hashes=np.concatenate([s.reader.id_hashes[s.numbers()] for s in sources]),
        columns={
            column.name: np.concatenate(
                [_numbers_of(column, s.reader, s.numbers()) for s in sources]
            )
            for column in DOCUMENT_COLUMNS
            if column.merged == "copied"
        },
        words=partial(_word_columns, sources, limits),
        facets={
            facet: _merged_facet([s.reader.facet(facet).stream(s.numbers()) for s in sources])
            for facet in readers[0].layout.facets
        },
        forms={
            name: _merged_facet([_forms(s.reader, name, s.numbers()) for s in sources])
            for name in readers[0].layout.forms
        },
        articles=joined(
            [s.reader.articles.packed(s.numbers()) for s in sources],
            [s.reader.columns.path for s in sources],
            limits,
        ),
    )


def _forms(reader: SegmentReader, name: str, kept: Ints) -> FacetStream:
    """Return in which ways the documents *kept* write the entities of a facet; nothing where the segment does not know."""
    forms = reader.forms(name)
    return FacetStream([], kept[:0], np.zeros_like(kept)) if forms is None else forms.stream(kept)


def _numbers_of(column: DocumentColumn, reader: SegmentReader, kept: Ints) -> Numbers:
    """Return the numbers of the documents *kept*; where the segment lacks them, made of its articles if possible."""
    if column.of_document is None or column.is_optional or column.name in reader.columns:
        return reader.column(column.name)[kept]
    documents = (Document(*reader.articles[number][:2]) for number in kept.tolist())
    return np.fromiter(map(column.of_document, documents), np.int64, len(kept))


def _word_columns(sources: Sequence[_Source], limits: WriteLimits) -> Iterator[tuple[str, Column]]:
    for family in sources[0].reader.layout.families:
        # What was read of articles, or of the family before, is written by now.
        for source in sources:
            source.reader.release()
        yield from _merged_words(family.name, sources, limits).items()


class _Words:
    """The words of one family of a source, by the numbers that its forms will have.

    ``numbers`` are those, ascending, of the forms that occur in documents that stay.
    """

    def __init__(self, source: _Source, name: str, limits: WriteLimits) -> None:
        self._limits = limits
        self._kept = source.kept
        self._renumbered = source.renumbered
        words = source.reader.columns
        self.release = words.release
        self.forms = read_strings(words, name + ".forms")
        self._columns = words
        self._name = name
        self._languages = source.languages
        self._first_posting: Ints = words[name + ".forms.first_posting"].astype(np.int64)
        self._first_position: Ints = words[name + ".forms.first_position"].astype(np.int64)
        self._documents = words[name + ".forms.documents"]
        self._codes = words[name + ".forms.codes"]
        self._positions = words[name + ".forms.positions"]
        self._exceptions = Exceptions(
            *(
                words[f"{name}.forms.exceptions.{column}"].astype(np.int64)
                for column in ("postings", "frequencies", "weights")
            )
        )
        #: How many positions each form has; where documents go, of those that stay.
        self._position_counts = np.diff(self._first_position)
        self._used = np.arange(len(self.forms))
        if self._kept is not None:
            self._position_counts = self._counted(self._kept)
            self._used = np.flatnonzero(self._position_counts)
        self.numbers: Numbers = self._used

    def _counted(self, kept: Bools) -> Ints:
        """Return how many positions each form has in documents that are *kept*."""
        counts = [np.zeros(0, np.int64)]
        for first, last in slices(self._position_counts, self._limits.positions_at_once):
            postings = self._postings(first, last)
            each = np.where(kept[self._documents[postings]], self._frequencies(postings), 0)
            edges = self._first_posting[first : last + 1] - postings.start
            counts.append(np.diff(starts_of(each)[edges]))
        return np.concatenate(counts)

    @property
    def used_forms(self) -> Strings:
        return self.forms.take(self._used)

    def used_stems(self) -> tuple[Strings, Ints]:
        """Return English stems, and which of them each of ``numbers`` has, -1 if it is its own."""
        strings, stem_of = self._stems(0)
        return strings, stem_of[self._used]

    def stems_in(self, language: int) -> StemsOfForms:
        """Return the same of a language, with which of ``numbers`` its documents that stay have."""
        kept = self._languages == language
        if self._kept is not None:
            kept &= self._kept
        used = np.flatnonzero(self._counted(kept)) if kept.any() else self._used[:0]
        strings, stem_of = self._stems(language)
        return np.searchsorted(self._used, used), strings, stem_of[used]

    def _stems(self, language: int) -> tuple[Strings, Ints]:
        """Return the stems of a language, and for each form which of them is its own, or -1."""
        stem_of = np.full(len(self.forms), -1)
        name = stems_column(self._name, language)
        if name + ".forms" not in self._columns:
            return Strings.of(()), stem_of
        strings = read_strings(self._columns, name)
        first_form = self._columns[name + ".first_form"].astype(np.int64)
        numbers = np.repeat(np.arange(len(strings)), np.diff(first_form))
        stem_of[self._columns[name + ".forms"]] = numbers
        return strings, stem_of

    @property
    def position_counts(self) -> Ints:
        """How many positions each of ``numbers`` has in documents that stay."""
        return self._position_counts[self._used]

    @property
    def position_type(self) -> np.dtype[np.integer[Any]]:
        return self._positions.dtype

    def _range(self, first: int, last: int) -> tuple[Numbers, int, int]:
        """Return those of ``numbers`` from *first* up to *last*, and the range of old forms they are in."""
        at, end = np.searchsorted(self.numbers, [first, last]).tolist()
        if at == end:
            return self.numbers[:0], 0, 0
        return self.numbers[at:end], int(self._used[at]), int(self._used[end - 1]) + 1

    def _postings(self, first: int, last: int) -> slice:
        """Return the postings of a range of old forms."""
        return slice(int(self._first_posting[first]), int(self._first_posting[last]))

    def _excepted(self, postings: slice) -> Exceptions:
        edges = np.searchsorted(self._exceptions.postings, [postings.start, postings.stop])
        some = slice(*edges.tolist())
        return Exceptions(
            self._exceptions.postings[some] - postings.start,
            self._exceptions.frequencies[some],
            self._exceptions.weights[some],
        )

    def _frequencies(self, postings: slice) -> Ints:
        frequencies: Ints = FREQUENCY_OF_CODE[self._codes[postings]]
        excepted = self._excepted(postings)
        frequencies[excepted.postings] = excepted.frequencies
        return frequencies

    def lists(self, first: int, last: int) -> tuple[Numbers, Lists]:
        """Return which of the new numbers from *first* up to *last* are here, and the list of each."""
        numbers, begin, end = self._range(first, last)
        postings = self._postings(begin, end)
        edges = self._first_posting[begin : end + 1] - postings.start
        documents, codes = self._documents[postings], self._codes[postings]
        excepted = self._excepted(postings)
        if self._kept is None:
            renumbered = documents + self._renumbered[:1]
            return numbers, Lists(np.diff(edges), renumbered, codes, excepted)
        stays = self._kept[documents]
        before = starts_of(stays)
        counts = np.diff(before[edges])
        chosen = np.flatnonzero(stays[excepted.postings])
        return numbers, Lists(
            counts[counts > 0],
            self._renumbered[documents[stays]],
            codes[stays],
            Exceptions(
                before[excepted.postings[chosen]],
                excepted.frequencies[chosen],
                excepted.weights[chosen],
            ),
        )

    def positions(self, first: int, last: int) -> tuple[Numbers, Numbers, Numbers]:
        """Return the same numbers, how many positions each has, and the positions."""
        numbers, begin, end = self._range(first, last)
        counts = self._position_counts[begin:end]
        positions = self._positions[
            int(self._first_position[begin]) : int(self._first_position[end])
        ]
        if self._kept is not None:
            postings = self._postings(begin, end)
            stays = self._kept[self._documents[postings]]
            positions = positions[np.repeat(stays, self._frequencies(postings))]
            counts = counts[counts > 0]
        return numbers, counts, positions


def _merged_words(name: str, sources: Sequence[_Source], limits: WriteLimits) -> dict[str, Column]:
    """Return the columns of a family of several segments."""
    every = [_Words(source, name, limits) for source in sources]
    languages = np.concatenate([source.languages[source.numbers()] for source in sources])
    is_in_languages = name == sources[0].reader.layout.text.name and languages.any()
    dictionary = _united_in_languages(every, languages) if is_in_languages else _united(every)
    position_counts = np.zeros(len(dictionary.forms), np.int64)
    for words in every:
        position_counts[words.numbers] += words.position_counts
    parts = slices(position_counts, limits.positions_at_once)
    lists = []
    for first, last in parts:
        lists.append(joined_lists(first, last, [words.lists(first, last) for words in every]))
        for words in every:
            words.release()
    return word_columns(
        name,
        dictionary,
        concatenated_lists(lists),
        position_counts,
        _merged_positions(every, parts),
        limits,
        languages,
    )


def _united(every: Sequence[_Words]) -> Dictionary:
    """Return the dictionary of all forms that are left, and give these their new numbers."""
    stem_of = []
    stems_before = 0
    strings = []
    for words in every:
        own, of_form = words.used_stems()
        stem_of.append(np.where(of_form < 0, -1, of_form + stems_before))
        strings.append(own)
        stems_before += len(own)
    dictionary, numbers = dictionary_of(
        joined_strings([words.used_forms for words in every]),
        joined_strings(strings),
        np.concatenate(stem_of),
    )
    _renumber(every, numbers)
    return dictionary


def _united_in_languages(every: Sequence[_Words], languages: Numbers) -> Dictionary:
    """Do the same where documents are in *languages*, not all of them English."""
    of_languages: dict[int, StemsOfForms] = {}
    for language in np.unique(languages).tolist():
        if not LANGUAGES[language]:
            continue
        which, strings, stem_of = [], [], []
        forms_before = stems_before = 0
        for words in every:
            used, own, of_form = words.stems_in(language)
            which.append(used + forms_before)
            stem_of.append(np.where(of_form < 0, -1, of_form + stems_before))
            strings.append(own)
            forms_before += len(words.numbers)
            stems_before += len(own)
        of_languages[language] = (
            np.concatenate(which),
            joined_strings(strings),
            np.concatenate(stem_of),
        )
    dictionary, numbers = dictionary_in_languages(
        joined_strings([words.used_forms for words in every]), of_languages
    )
    _renumber(every, numbers)
    return dictionary


def _renumber(every: Sequence[_Words], numbers: Numbers) -> None:
    at = 0
    for words in every:
        width = len(words.numbers)
        words.numbers = numbers[at : at + width]
        at += width


def _merged_positions(
    every: Sequence[_Words], parts: Sequence[tuple[int, int]]
) -> Iterator[Numbers]:
    dtype = max((words.position_type for words in every), key=lambda dtype: dtype.itemsize)
    yield np.zeros(0, dtype)
    for first, last in parts:
        yield joined_positions(
            first, last, [words.positions(first, last) for words in every], dtype
        )
        for words in every:
            words.release()


def _merged_facet(streams: Sequence[FacetStream]) -> FacetStream:
    names, renumbered = _union([stream.names for stream in streams])
    return FacetStream(
        names,
        np.concatenate([new[s.values] for new, s in zip(renumbered, streams, strict=True)]),
        np.concatenate([s.counts for s in streams]),
    )


def _union(lists: Sequence[list[str]]) -> tuple[list[str], list[Ints]]:
    """Return all strings without repeats, and for each list the indices of its strings among them."""
    known: dict[str, int] = {}
    numbers = [
        np.array([known.setdefault(s, len(known)) for s in part], np.int64) for part in lists
    ]
    return list(known), numbers
