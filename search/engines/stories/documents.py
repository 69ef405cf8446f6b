"""What an engine says of the documents among which stories are found, and pairs of these."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np

from search.text.arrays import Array, Bools, Ints, Numbers, UInt64s


class Pairs(NamedTuple):
    """Pairs of documents: a possible copy, and the earlier one that it may be of."""

    copies: Ints
    originals: Ints

    def where(self, chosen: Array | slice) -> Pairs:
        return Pairs(self.copies[chosen], self.originals[chosen])

    def codes(self, documents: int) -> Ints:
        """Return a number for each pair, of as many *documents*: copy after copy, original after original."""
        return self.copies * documents + self.originals


class StoryDocuments(Protocol):
    """Documents under numbers from 0 on. It may know more of them after it was asked for those of buckets or stories."""

    def __len__(self) -> int: ...

    def column(self, name: str, documents: Ints) -> Numbers:
        """Return what *documents* have as "dates" in microseconds (`buckets.UNDATED`), or as a part of their sketches ("sketch.shingles")."""
        ...

    def id_hashes(self, documents: Ints) -> UInt64s:
        """Return the hash of the id of each of *documents*, the same on every machine."""
        ...

    def bodies(self, documents: Ints) -> list[bytes]:
        """Return the texts of *documents*."""
        ...

    def in_buckets(self, wanted: UInt64s) -> tuple[UInt64s, Ints]:
        """Return each live document in each of the *wanted* buckets, which ascend, once: its bucket, and its number."""
        ...

    def of_stories(self, stories: Ints) -> Ints:
        """Return the live documents that have one of *stories* already, ascending."""
        ...

    def stories(self, documents: Ints) -> Ints:
        """Return the story of each of *documents* as far as it is known before; -1 elsewhere."""
        ...

    def is_settled(self, documents: Ints) -> Bools:
        """Return of each of *documents* whether it has its story already."""
        ...

    def new_stories(self, documents: Ints) -> Ints:
        """Return for each of *documents* the number of a story that no other has."""
        ...


def in_order(known: StoryDocuments, documents: Ints) -> Ints:
    """Return *documents* from the earliest to the latest."""
    order = np.lexsort((documents, known.id_hashes(documents), known.column("dates", documents)))
    return documents[order]
