"""The documents of several segments under numbers of their own, and pairs of them: for the finding of stories."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from search.engines.whoosh_index.write.parts import Part
from search.text.arrays import Array, Bools, Ints, Numbers, UInt64s, distinct, starts_of


class Pairs(NamedTuple):
    """Pairs of documents: a possible copy, and the earlier one that it may be of."""

    copies: Ints
    originals: Ints

    def where(self, chosen: Array | slice) -> Pairs:
        return Pairs(self.copies[chosen], self.originals[chosen])

    def codes(self, documents: int) -> Ints:
        """Return a number for each pair, of as many *documents*: copy after copy, original after original."""
        return self.copies * documents + self.originals


class Documents:
    """All documents of several parts under numbers of their own, those of one part after those of the other."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self.parts = parts
        self.bases = starts_of(np.array([len(part.reader) for part in parts], np.int64))
        self._id_hashes: dict[int, Array] = {}
        self.is_live = np.ones(self.bases[-1], bool)
        for base, part in zip(self.bases[:-1].tolist(), parts, strict=True):
            if part.reader.live is not None:
                self.is_live[base : base + len(part.reader)] = part.reader.live
            self.is_live[[base + number for number in part.deleted]] = False

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

    def in_order(self, documents: Ints) -> Ints:
        """Return *documents* from the earliest to the latest."""
        order = np.lexsort((documents, self.id_hashes(documents), self.column("dates", documents)))
        return documents[order]

    def is_before(self, first: Ints, second: Ints) -> Bools:
        """Return which of *first* are earlier than the one of *second* at the same place."""
        first_dates, second_dates = self.column("dates", first), self.column("dates", second)
        first_ids, second_ids = self.id_hashes(first), self.id_hashes(second)
        same_id = (first_ids == second_ids) & (first < second)
        same_date = (first_dates == second_dates) & ((first_ids < second_ids) | same_id)
        found: Bools = (first_dates < second_dates) | same_date
        return found

    def bodies(self, documents: Ints) -> list[bytes]:
        found = [b""] * len(documents)
        for number, at, local in self.located(documents):
            articles = self.parts[number].reader.articles
            for place, document in zip(at.tolist(), local.tolist(), strict=True):
                found[place] = articles.body(document)
        return found
