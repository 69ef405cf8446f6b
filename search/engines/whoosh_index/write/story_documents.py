"""The documents of several segments under numbers of their own: for the finding of stories."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from search.engines.whoosh_index.format.columns import damaged
from search.engines.whoosh_index.segment.story_keys import of_keys
from search.engines.whoosh_index.write.parts import Part
from search.text.arrays import Array, Bools, Ints, Numbers, UInt64s, distinct, indices_of, starts_of


class Documents:
    """All documents of several parts under numbers of their own: a `search.engines.stories.documents.StoryDocuments`."""

    def __init__(self, before: Sequence[Part], added: Sequence[Part]) -> None:
        parts = self.parts = [*before, *added]
        self.bases = starts_of(np.array([len(part.reader) for part in parts], np.int64))
        self._id_hashes: dict[int, Array] = {}
        self.is_live = np.ones(self.bases[-1], bool)
        for base, part in zip(self.bases[:-1].tolist(), parts, strict=True):
            if part.reader.live is not None:
                self.is_live[base : base + len(part.reader)] = part.reader.live
            self.is_live[[base + number for number in part.deleted]] = False
        labels = [part.reader.given("story").numbers() for part in before]
        labels += [np.full(len(part.reader), -1) for part in added]
        #: The story of each document, as far as it is known; -1 elsewhere.
        self.labels: Ints = np.concatenate([np.zeros(0, np.int64), *labels])
        #: Whether a document has its story already.
        self.settled: Bools = np.arange(len(self)) < self.bases[len(before)]
        self._next = max((part.reader.given("story").largest for part in before), default=-1) + 1

    def __len__(self) -> int:
        return int(self.bases[-1])

    def base(self, part: Part) -> int:
        """Return the number of the first document of *part*."""
        return int(self.bases[self.parts.index(part)])

    def located(self, documents: Ints) -> Iterable[tuple[int, Ints, Ints]]:
        """Yield parts, the places of *documents* that are in each, and their numbers there."""
        of_part = np.searchsorted(self.bases, documents, "right") - 1
        for number in distinct(of_part).tolist():
            at = np.flatnonzero(of_part == number)
            yield number, at, documents[at] - self.bases[number]

    def column(self, name: str, documents: Ints) -> Numbers:
        """Return what *documents* have in a column of `DOCUMENT_COLUMNS`."""
        found: Numbers | None = None
        for number, at, local in self.located(documents):
            numbers = self.parts[number].reader.column(name)[local]
            if found is None:
                found = np.empty((len(documents), *numbers.shape[1:]), np.int64)
            found[at] = numbers
        return np.zeros(0, np.int64) if found is None else found

    def id_hashes(self, documents: Ints) -> UInt64s:
        found = np.empty(len(documents), np.uint64)
        for number, at, local in self.located(documents):
            if number not in self._id_hashes:
                self._id_hashes[number] = self.parts[number].reader.id_hashes
            found[at] = self._id_hashes[number][local]
        return found

    def bodies(self, documents: Ints) -> list[bytes]:
        found = [b""] * len(documents)
        for number, at, local in self.located(documents):
            articles = self.parts[number].reader.articles
            for place, document in zip(at.tolist(), local.tolist(), strict=True):
                found[place] = articles.body(document)
        return found

    def in_buckets(self, wanted: UInt64s) -> tuple[UInt64s, Ints]:
        keys, found = [np.zeros(0, np.uint64)], [np.zeros(0, np.int64)]
        mask = np.zeros(1 << 22, bool) if len(wanted) > 50_000 else None
        if mask is not None:
            mask[(wanted & np.uint64(len(mask) - 1)).astype(np.int64)] = True
        for base, part in zip(self.bases[:-1].tolist(), self.parts, strict=True):
            columns = part.reader.columns
            if "sketch.keys" not in columns or not len(columns["sketch.keys"]):
                continue
            every: UInt64s = columns["sketch.keys"]  # type: ignore[assignment]
            if mask is None:
                shift = np.uint64(16)
                first = np.searchsorted(every, wanted << shift)
                last = np.searchsorted(every, (wanted + np.uint64(1)) << shift)
                every = every[indices_of(first, last - first)]
            bucket, document = of_keys(every)
            if mask is not None:
                some = mask[(bucket & np.uint64(len(mask) - 1)).astype(np.int64)]
                bucket, document = bucket[some], document[some]
                at = np.minimum(np.searchsorted(wanted, bucket), len(wanted) - 1)
                is_wanted = wanted[at] == bucket
                bucket, document = bucket[is_wanted], document[is_wanted]
            if document.max(initial=0) >= len(part.reader):
                raise damaged(columns.path, "column sketch.keys does not fit the documents")
            document = document + base
            live = self.is_live[document]
            keys.append(bucket[live])
            found.append(document[live])
        return np.concatenate(keys), np.concatenate(found)

    def of_stories(self, stories: Ints) -> Ints:
        settled = np.flatnonzero(self.is_live & self.settled)
        return settled[np.isin(self.labels[settled], stories)]

    def stories(self, documents: Ints) -> Ints:
        return self.labels[documents]

    def is_settled(self, documents: Ints) -> Bools:
        return self.settled[documents]

    def new_stories(self, documents: Ints) -> Ints:
        first, self._next = self._next, self._next + len(documents)
        return np.arange(first, self._next)
