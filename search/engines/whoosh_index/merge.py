"""Making one segment of several: dictionaries united, documents renumbered, deleted ones left out.

Words are merged a run of terms at a time, so that what is held beside the columns that come out
does not grow with the index.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from search.engines.base import FACETS
from search.engines.whoosh_index.build import SegmentContent
from search.engines.whoosh_index.columns import Bools, Ints
from search.engines.whoosh_index.family import FamilyReader
from search.engines.whoosh_index.layout import FAMILIES, TEXT_FIELDS, FacetStream, Family
from search.engines.whoosh_index.segment import SegmentReader
from search.engines.whoosh_index.stored import joined
from search.engines.whoosh_index.words import Dictionary, Postings, dictionary_of, postings_of

#: Positions merged at once: some fifteen arrays of so many 64-bit numbers are held for it, 120 MB.
SLICE_POSITIONS = 1_000_000


@dataclass(slots=True)
class _Source:
    """A segment that is merged: which documents stay, None for all, and their new numbers."""

    reader: SegmentReader
    kept: Bools | None
    renumbered: Ints

    def numbers(self) -> Ints:
        return np.arange(len(self.reader)) if self.kept is None else np.flatnonzero(self.kept)


def merged(readers: Sequence[SegmentReader], deleted: Sequence[set[int]]) -> SegmentContent:
    """Return what a segment holds that takes the place of *readers*, in their order.

    *deleted* are the documents of each that go beside those already deleted.
    """
    sources: list[_Source] = []
    documents = 0
    for reader, gone in zip(readers, deleted, strict=True):
        kept = None
        if gone or reader.live is not None:
            kept = np.ones(len(reader), bool) if reader.live is None else reader.live.copy()
            kept[list(gone)] = False
        flags = np.ones(len(reader), bool) if kept is None else kept
        sources.append(_Source(reader, kept, documents + np.cumsum(flags) - 1))
        documents += int(flags.sum())
    ends = np.concatenate([s.reader.ends[s.numbers()] for s in sources])
    return SegmentContent(
        ids=[i for s in sources for i in _kept_ids(s)],
        dates=np.concatenate([s.reader.dates[s.numbers()] for s in sources]),
        lengths=np.concatenate([s.reader.lengths[s.numbers()] for s in sources]),
        ends=ends,
        words={family.name: _merged_words(family, sources, ends) for family in FAMILIES},
        facets={
            facet: _merged_facet([s.reader.facet(facet).stream(s.numbers()) for s in sources])
            for facet in FACETS
        },
        articles=joined([s.reader.articles.packed(s.numbers()) for s in sources]),
    )


def _kept_ids(source: _Source) -> list[str]:
    ids = source.reader.ids.all()
    return ids if source.kept is None else [ids[number] for number in source.numbers().tolist()]


def _union(lists: Sequence[list[str]]) -> tuple[list[str], list[Ints]]:
    """Return all strings without repeats, and for each list where its strings are among them."""
    known: dict[str, int] = {}
    places = [np.array([known.setdefault(s, len(known)) for s in part], np.int64) for part in lists]
    return list(known), places


def _merged_words(
    family: Family, sources: Sequence[_Source], ends: Ints
) -> tuple[Dictionary, Postings]:
    readers = [source.reader.family(family.name) for source in sources]
    used = [_used_forms(reader, source) for reader, source in zip(readers, sources, strict=True)]
    forms, places = _union(
        [
            [reader.forms[n] for n in numbers.tolist()]
            for reader, numbers in zip(readers, used, strict=True)
        ]
    )
    dictionary, place = dictionary_of(family, forms)
    new_form = []
    for reader, numbers, placed in zip(readers, used, places, strict=True):
        table = np.full(len(reader.forms), -1, np.int64)
        table[numbers] = place[placed]
        new_form.append(table)

    number = {term: at for at, term in enumerate(dictionary.terms)}
    counts = np.zeros(len(number), np.int64)
    for reader in readers:
        at = np.array([number.get(term, -1) for term in reader.terms.all()], np.int64)
        counts[at[at >= 0]] += reader.position_counts()[at >= 0]
    parts = []
    for first, last in _slices(counts):
        words = []
        for reader, source, table in zip(readers, sources, new_form, strict=True):
            terms = range(
                reader.terms.place(dictionary.terms[first]),
                reader.terms.place(dictionary.terms[last])
                if last < len(counts)
                else len(reader.terms),
            )
            form, document, position = reader.part(terms, source.kept, source.renumbered)
            words.append((table[form], document, position))
        form, document, position = (np.concatenate(column) for column in zip(*words, strict=True))
        parts.append(
            postings_of(
                dictionary, form, document, position, ends if family.fields == TEXT_FIELDS else None
            )
        )
    return dictionary, _one_after_another(dictionary, parts)


def _used_forms(reader: FamilyReader, source: _Source) -> Ints:
    """Return the numbers of the forms that occur in documents that stay."""
    if source.kept is None:
        return np.arange(len(reader.forms))
    used = np.zeros(len(reader.forms), bool)
    for first, last in _slices(reader.position_counts()):
        form, _, _ = reader.part(range(first, last), source.kept, source.renumbered)
        used[form] = True
    return np.flatnonzero(used)


def _slices(counts: Ints) -> list[tuple[int, int]]:
    """Return runs of terms that have about `SLICE_POSITIONS` positions each, as (first, behind)."""
    if not len(counts):
        return []
    number = np.cumsum(counts) // SLICE_POSITIONS
    edges = np.flatnonzero(np.diff(number)) + 1
    bounds = [0, *edges.tolist(), len(counts)]
    return list(itertools.pairwise(bounds))


def _one_after_another(dictionary: Dictionary, parts: Sequence[Postings]) -> Postings:
    """Return postings of runs of terms as those of all terms."""
    terms, forms = len(dictionary.terms), len(dictionary.forms)
    nothing = np.zeros(0, np.uint8)
    return Postings(
        posting_counts=sum((p.posting_counts for p in parts), np.zeros(terms, np.int64)),
        position_counts=sum((p.position_counts for p in parts), np.zeros(terms, np.int64)),
        documents=np.concatenate([nothing, *(p.documents for p in parts)]),
        frequencies=np.concatenate([nothing, *(p.frequencies for p in parts)]),
        weights=np.concatenate([nothing, *(p.weights for p in parts)]),
        positions=np.concatenate([nothing, *(p.positions for p in parts)]),
        form_codes=np.concatenate([nothing, *(p.form_codes for p in parts)]),
        form_frequencies=sum((p.form_frequencies for p in parts), np.zeros(forms, np.int64)),
    )


def _merged_facet(streams: Sequence[FacetStream]) -> FacetStream:
    names, places = _union([stream.names for stream in streams])
    return FacetStream(
        names,
        np.concatenate([place[s.values] for place, s in zip(places, streams, strict=True)]),
        np.concatenate([s.counts for s in streams]),
    )
