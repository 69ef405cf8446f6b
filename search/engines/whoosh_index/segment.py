"""One segment opened for reading: its columns, its deletions, and where words occur in it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from search.article import Article
from search.engines.base import FACETS, facet_key
from search.engines.whoosh_index.build import (
    FacetStream,
    SegmentContent,
    TokenStream,
    id_hashes,
    position_weights,
)
from search.engines.whoosh_index.columns import Array, Bools, ColumnFile, Ints, StringColumn, runs
from search.engines.whoosh_index.layout import FAMILIES, TEXT_FIELDS
from search.engines.whoosh_index.stored import StoredArticles, joined

#: Extensions of a segment's files, and of its deletions.
EXTENSIONS = (".nsd", ".nsw", ".nsa")
DELETIONS = ".nsx"


@dataclass(frozen=True, slots=True)
class SegmentName:
    """What the table of contents knows of a segment.

    ``deletion_number`` 0 means that nothing is deleted, n that deletions are in ``NAME.n.nsx``.
    """

    name: str
    documents: int
    deleted: int
    deletion_number: int

    def deletions_file(self) -> str:
        return f"{self.name}.{self.deletion_number}{DELETIONS}"

    def files(self) -> list[str]:
        files = [self.name + extension for extension in EXTENSIONS]
        return [*files, self.deletions_file()] if self.deletion_number else files


@dataclass(frozen=True, slots=True)
class Occurrences:
    """Documents that hold a word, ascending, and its weighted frequency in each."""

    documents: Ints
    weights: Ints


NOWHERE = Occurrences(np.zeros(0, np.int64), np.zeros(0, np.int64))

#: An occurrence as one number, ordered by document and then position: document << 32 | position.
_POSITION_BITS = 32
_POSITION_MASK = (1 << _POSITION_BITS) - 1


class SegmentReader:
    """Reads one immutable segment. Safe to use from several threads."""

    def __init__(self, folder: Path, name: SegmentName) -> None:
        """Open the segment's files. Raises FileNotFoundError and `IndexDamaged`."""
        self.name = name
        self._documents, self._words, self._articles = (
            ColumnFile(folder / (name.name + extension)) for extension in EXTENSIONS
        )
        self._files = [self._documents, self._words, self._articles]
        self.live: Bools | None = None
        if name.deletion_number:
            deletions = ColumnFile(folder / name.deletions_file())
            self._files.append(deletions)
            self.live = deletions["deleted"] == 0

    def __len__(self) -> int:
        """Return the number of documents, deleted ones included."""
        return self.name.documents

    @property
    def live_count(self) -> int:
        return self.name.documents - self.name.deleted

    @cached_property
    def dates(self) -> Ints:
        return self._documents["dates"].astype(np.int64, copy=False)

    @cached_property
    def lengths(self) -> Ints:
        return self._documents["lengths"].astype(np.int64)

    @cached_property
    def ends(self) -> Ints:
        return self._documents["ends"].astype(np.int64).reshape(-1, len(TEXT_FIELDS))

    @cached_property
    def ids(self) -> StringColumn:
        return StringColumn(self._documents, "ids")

    @cached_property
    def articles(self) -> StoredArticles:
        return StoredArticles(self._articles)

    def article(self, document: int) -> Article:
        return self.articles[document]

    def size_bytes(self) -> int:
        return sum(file.size_bytes() for file in self._files)

    def verify(self) -> list[str]:
        """Return a sentence for each part that fails its checksum."""
        return [problem for file in self._files for problem in file.verify()]

    def documents_of(self, ids: Sequence[str]) -> Ints:
        """Return the numbers of the live documents that have one of *ids*."""
        hashes = self._documents["id_hashes"]
        numbers = self._documents["id_documents"]
        wanted = id_hashes(ids)
        first = np.searchsorted(hashes, wanted, "left")
        last = np.searchsorted(hashes, wanted, "right")
        found: list[int] = []
        for place in np.flatnonzero(first < last).tolist():
            for at in range(int(first[place]), int(last[place])):
                document = int(numbers[at])
                if self.ids[document] == ids[place] and (self.live is None or self.live[document]):
                    found.append(document)
        return np.array(found, np.int64)

    @cached_property
    def _families(self) -> dict[str, FamilyReader]:
        return {family.name: FamilyReader(self, self._words, family.name) for family in FAMILIES}

    def family(self, name: str) -> FamilyReader:
        return self._families[name]

    @cached_property
    def _facets(self) -> dict[str, FacetReader]:
        return {facet: FacetReader(self._documents, facet) for facet in FACETS}

    def facet(self, name: str) -> FacetReader:
        return self._facets[name]

    def content(self) -> SegmentContent:
        """Return all that the segment holds but for its deleted documents, to be merged."""
        kept = np.ones(len(self), bool) if self.live is None else self.live
        renumbered = np.cumsum(kept) - 1
        return SegmentContent(
            ids=[i for i, keep in zip(self.ids.all(), kept.tolist(), strict=True) if keep],
            dates=self.dates[kept],
            lengths=self.lengths[kept],
            ends=self.ends[kept],
            families={
                name: reader.stream(kept, renumbered) for name, reader in self._families.items()
            },
            facets={name: reader.stream(kept) for name, reader in self._facets.items()},
            articles=self.articles.packed(np.flatnonzero(kept)),
        )


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

    def stream(self, kept: Bools, renumbered: Ints) -> TokenStream:
        """Return all words of kept documents, under their new numbers, term by term."""
        first_position = self._column("first_position").astype(np.int64)
        term = np.repeat(np.arange(len(self.terms)), np.diff(first_position))
        frequencies = self._column("frequencies").astype(np.int64)
        document = np.repeat(self._column("documents").astype(np.int64), frequencies)
        form = self._column("first_form").astype(np.int64)[term] + self._column(
            "form_codes"
        ).astype(np.int64)
        position = self._column("positions").astype(np.int64)
        if not kept.all():
            keep = kept[document]
            document, form, position = document[keep], form[keep], position[keep]
        used = np.unique(form)
        forms = self.forms.all()
        return TokenStream(
            [forms[number] for number in used.tolist()],
            np.searchsorted(used, form),
            renumbered[document],
            position,
        )


def _ranges(firsts: Array, numbers: Ints) -> Ints:
    """Return all places from ``firsts[n]`` up to ``firsts[n + 1]`` for each n of *numbers*."""
    starts: Ints = firsts[numbers].astype(np.int64)
    return runs(starts, firsts[numbers + 1].astype(np.int64) - starts)


def _without_neighbours(values: Ints) -> Ints:
    """Return ascending *values* without repeats."""
    kept = np.ones(len(values), bool)
    np.not_equal(values[1:], values[:-1], out=kept[1:])
    return values[kept]


class FacetReader:
    """The values of one facet in one segment; a value is named by its *ordinal*."""

    def __init__(self, file: ColumnFile, name: str) -> None:
        self.values = StringColumn(file, f"facet.{name}.values")
        self._keys = StringColumn(file, f"facet.{name}.keys")
        self._file = file
        self._name = f"facet.{name}"

    @cached_property
    def starts(self) -> Ints:
        return self._file[self._name + ".starts"].astype(np.int64)

    @cached_property
    def ordinals(self) -> Ints:
        return self._file[self._name + ".ordinals"].astype(np.int64)

    def ordinals_of(self, value: str) -> range:
        """Return the ordinals of all values that selecting *value* means (see `facet_key`)."""
        return self._keys.range_of(facet_key(value))

    def documents_with(self, values: Sequence[str]) -> Bools:
        """Return for each document whether it has one of *values*."""
        wanted = np.zeros(len(self.values), bool)
        for value in values:
            ordinals = self.ordinals_of(value)
            wanted[ordinals.start : ordinals.stop] = True
        return self._any(wanted[self.ordinals])

    @cached_property
    def documents_with_any(self) -> Bools:
        """Return for each document whether it has a value at all."""
        return np.diff(self.starts) > 0

    def _any(self, flags: Bools) -> Bools:
        """Return for each document whether one of its values is flagged."""
        total = np.zeros(len(flags) + 1, np.int64)
        np.cumsum(flags, out=total[1:])
        return total[self.starts[1:]] > total[self.starts[:-1]]

    def counts(self, documents: Ints) -> Ints:
        """Return for each ordinal how many of *documents* have it."""
        if len(documents) * 4 > len(self.starts):
            matching = np.zeros(len(self.starts) - 1, bool)
            matching[documents] = True
            chosen = matching[self._owners]
            return np.bincount(self.ordinals[chosen], minlength=len(self.values))
        starts = self.starts[documents]
        places = runs(starts, self.starts[documents + 1] - starts)
        return np.bincount(self.ordinals[places], minlength=len(self.values))

    @cached_property
    def _owners(self) -> Ints:
        """The document of each ordinal."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))

    def stream(self, kept: Bools) -> FacetStream:
        counts = np.diff(self.starts)
        ordinals = self.ordinals[np.repeat(kept, counts)]
        used = np.unique(ordinals)
        return FacetStream(
            [self.values[number] for number in used.tolist()],
            np.searchsorted(used, ordinals),
            counts[kept],
        )


def merged(contents: Sequence[SegmentContent]) -> SegmentContent:
    """Return what a segment holds that takes the place of several, in their order."""
    sizes = [len(content.ids) for content in contents]
    offsets = np.cumsum([0, *sizes])
    return SegmentContent(
        ids=[i for content in contents for i in content.ids],
        dates=np.concatenate([content.dates for content in contents]),
        lengths=np.concatenate([content.lengths for content in contents]),
        ends=np.concatenate([content.ends for content in contents]),
        families={
            family.name: _merged_words(
                [content.families[family.name] for content in contents], offsets
            )
            for family in FAMILIES
        },
        facets={
            facet: _merged_facet([content.facets[facet] for content in contents])
            for facet in FACETS
        },
        articles=joined([content.articles for content in contents]),
    )


def _union(lists: Sequence[list[str]]) -> tuple[list[str], list[Ints]]:
    """Return all strings without repeats, and for each list where its strings are among them."""
    known: dict[str, int] = {}
    places = [np.array([known.setdefault(s, len(known)) for s in part], np.int64) for part in lists]
    return list(known), places


def _merged_words(streams: Sequence[TokenStream], offsets: Ints) -> TokenStream:
    forms, places = _union([stream.forms for stream in streams])
    return TokenStream(
        forms,
        np.concatenate([place[s.form] for place, s in zip(places, streams, strict=True)]),
        np.concatenate(
            [s.document + offset for s, offset in zip(streams, offsets.tolist(), strict=False)]
        ),
        np.concatenate([s.position for s in streams]),
    )


def _merged_facet(streams: Sequence[FacetStream]) -> FacetStream:
    names, places = _union([stream.names for stream in streams])
    return FacetStream(
        names,
        np.concatenate([place[s.values] for place, s in zip(places, streams, strict=True)]),
        np.concatenate([s.counts for s in streams]),
    )
