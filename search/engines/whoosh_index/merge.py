"""Making one segment of several: dictionaries united, documents renumbered, deleted ones left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from search.engines.base import FACETS
from search.engines.whoosh_index.build import SegmentContent
from search.engines.whoosh_index.columns import Array, Bools, ColumnFile, Ints
from search.engines.whoosh_index.layout import FAMILIES, FacetStream
from search.engines.whoosh_index.segment import SegmentReader
from search.engines.whoosh_index.stored import joined
from search.engines.whoosh_index.strings import Strings, joined_strings
from search.engines.whoosh_index.words import (
    Exceptions,
    Lists,
    Part,
    dictionary_of,
    join,
    word_columns,
)


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
    return SegmentContent(
        ids=[i for s in sources for i in _kept_ids(s)],
        dates=np.concatenate([s.reader.dates[s.numbers()] for s in sources]),
        lengths=np.concatenate([s.reader.lengths[s.numbers()] for s in sources]),
        ends=np.concatenate([s.reader.ends[s.numbers()] for s in sources]),
        words={
            name: column
            for family in FAMILIES
            for name, column in _merged_words(family.name, sources).items()
        },
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


def _merged_words(name: str, sources: Sequence[_Source]) -> dict[str, Array]:
    """Return the columns of a family of several segments."""
    parts = [_kept_words(source, name) for source in sources]
    forms, stems, stem_of = [], [], []
    stems_before = 0
    for source, part in zip(sources, parts, strict=True):
        words = source.reader.words
        first_form = words[name + ".stems.first_form"].astype(np.int64)
        stem = np.full(len(words[name + ".forms.starts"]) - 1, -1, np.int64)
        stem[words[name + ".stems.forms"]] = stems_before + np.repeat(
            np.arange(len(first_form) - 1), np.diff(first_form)
        )
        stem_of.append(stem[part.forms])
        forms.append(_strings(words, name + ".forms").take(part.forms))
        stems.append(_strings(words, name + ".stems"))
        stems_before += len(first_form) - 1
    dictionary, place = dictionary_of(
        joined_strings(forms),
        joined_strings(stems),
        np.concatenate([np.zeros(0, np.int64), *stem_of]),
    )
    at = 0
    for part in parts:
        width = len(part.forms)
        part.forms = place[at : at + width]
        at += width
    return word_columns(name, dictionary, join(parts, len(dictionary.forms)))


def _strings(file: ColumnFile, name: str) -> Strings:
    return Strings(
        np.frombuffer(file.bytes_of(name + ".bytes"), np.uint8),
        file[name + ".starts"].astype(np.int64),
    )


def _kept_words(source: _Source, name: str) -> Part:
    """Return the words of the documents that stay, under their new numbers; only forms that are left."""
    words = source.reader.words
    forms = name + ".forms"
    first_posting = words[forms + ".first_posting"].astype(np.int64)
    first_position = words[forms + ".first_position"].astype(np.int64)
    documents, codes, positions = (
        words[f"{forms}.{column}"] for column in ("documents", "codes", "positions")
    )
    exceptions = Exceptions(
        *(
            words[f"{forms}.exceptions.{column}"].astype(np.int64)
            for column in ("postings", "frequencies", "weights")
        )
    )
    lists = Lists(np.diff(first_posting), documents, codes, exceptions)
    if source.kept is None:
        new = source.renumbered[documents].astype(np.uint16)
        part = Part(
            np.arange(len(lists.counts)),
            Lists(lists.counts, new, codes, exceptions),
            np.diff(first_position),
            positions,
        )
        return part
    stays = source.kept[documents]
    frequencies = lists.frequencies()
    kept_before = np.append(0, np.cumsum(stays))
    positions_before = np.append(0, np.cumsum(np.where(stays, frequencies, 0)))
    counts = np.diff(kept_before[first_posting])
    used = np.flatnonzero(counts)
    excepted = np.flatnonzero(stays[exceptions.postings])
    return Part(
        used,
        Lists(
            counts[used],
            source.renumbered[documents[stays]].astype(np.uint16),
            codes[stays],
            Exceptions(
                kept_before[exceptions.postings[excepted]],
                exceptions.frequencies[excepted],
                exceptions.weights[excepted],
            ),
        ),
        np.diff(positions_before[first_posting])[used],
        positions[np.repeat(stays, frequencies)],
    )


def _merged_facet(streams: Sequence[FacetStream]) -> FacetStream:
    names, places = _union([stream.names for stream in streams])
    return FacetStream(
        names,
        np.concatenate([place[s.values] for place, s in zip(places, streams, strict=True)]),
        np.concatenate([s.counts for s in streams]),
    )
