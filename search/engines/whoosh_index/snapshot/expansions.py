"""What wildcards and fuzzy words came to in a snapshot, remembered: they cost most, and are asked again."""

from __future__ import annotations

from search.engines.whoosh_index.snapshot.postings import WeightedDocuments
from search.query.tree import Query

#: What an entry takes in addition to its arrays.
_ENTRY_BYTES = 1000


class Expansions:
    """Where the words of a clause occur, and the notices of which of them were left out.

    One query asks for hits, counts and ways out of an empty answer; the next page asks for all of them again.
    """

    def __init__(self) -> None:
        self._known: dict[Query, tuple[WeightedDocuments, tuple[str, ...]]] = {}
        self._bytes = 0

    def get(self, leaf: Query) -> tuple[WeightedDocuments, tuple[str, ...]] | None:
        return self._known.get(leaf)

    def put(
        self, leaf: Query, found: WeightedDocuments, notices: tuple[str, ...], most_bytes: int
    ) -> None:
        """Remember what *leaf* came to, in at most *most_bytes* for all clauses."""
        size = found.documents.nbytes + found.weights.nbytes + _ENTRY_BYTES
        if self._bytes + size > most_bytes:
            self._known, self._bytes = {}, 0
        if size <= most_bytes:
            self._known[leaf] = found, notices
            self._bytes += size
