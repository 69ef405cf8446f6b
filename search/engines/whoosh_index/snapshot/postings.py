"""Where a word occurs in a whole snapshot: posting lists of its segments, read as one.

Documents are numbered through all segments (`Documents`), so that what is done with them is one call of an
inner loop, however the index is cut.

A query takes dozens of calls on arrays that are often small, so that the calls themselves count: hence
properties with a slot instead of ``cached_property`` (which takes a lock), ``take`` and
``nonzero`` instead of the functions that wrap them, and nothing computed that is not asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from search.engines.whoosh_index import kernels
from search.engines.whoosh_index.format.constants import POSITION_BITS, POSITION_MASK
from search.engines.whoosh_index.kernels.arguments import PostingRun, RunsOrArrays
from search.engines.whoosh_index.snapshot.documents import Documents
from search.text.arrays import Bools, Floats, Ints


class Postings:
    """Postings of one word, deleted documents left out.

    They ascend by document where there is one run a segment; else run by run.
    """

    __slots__ = ("_all_documents", "_documents", "_kept", "_weights", "runs", "size")

    def __init__(self, all_documents: Documents, found: list[PostingRun]) -> None:
        """*found* are runs of one segment of *all_documents* after those of another, in order."""
        self._all_documents = all_documents
        self.runs: Final = found
        self._weights: Floats | None = None
        self._documents: Ints | None = None
        #: Which of the postings are of live documents, as indices; None where all are.
        self._kept: Ints | None = None
        #: The number of postings.
        self.size = 0
        if all_documents.live is None:
            for run in found:
                self.size += run.last - run.first
        else:
            documents, weights = kernels.postings(found)
            self._kept = all_documents.live.take(documents).nonzero()[0]
            self._documents, self._weights = documents.take(self._kept), weights.take(self._kept)
            self.size = len(self._kept)

    @property
    def documents(self) -> Ints:
        """The documents that hold the word."""
        if self._documents is None:
            self._documents, self._weights = kernels.postings(self.runs)
        return self._documents

    @property
    def weights(self) -> Floats:
        """For each document the weighted frequency of the word."""
        if self._weights is None:
            self._documents, self._weights = kernels.postings(self.runs)
        return self._weights

    @property
    def for_kernels(self) -> RunsOrArrays:
        """The same as the kernels take it."""
        return self.runs if self._kept is None else (self.documents, self.weights)

    def frequencies(self) -> Ints:
        """Return how often the word is in each document."""
        parts = [run.frequencies() for run in self.runs]
        frequencies = np.concatenate(parts) if parts else np.zeros(0, np.int64)
        return frequencies if self._kept is None else frequencies.take(self._kept)

    def title_extras(self) -> Floats:
        """Return for each document what occurrences in the title weigh more than others."""
        return self.weights - self.frequencies().astype(np.float32)

    def owners(self, forms: Ints, starts: Ints) -> Ints:
        """Return for each document the form that it holds.

        *forms* are all of one segment; the postings of form f begin at ``starts[f]``.
        """
        owners = forms.repeat(starts[forms + 1] - starts[forms])
        return owners if self._kept is None else owners.take(self._kept)

    # Positions, only of lists of forms

    @property
    def has_positions(self) -> bool:
        """Whether all of these are lists of forms, so that positions can be asked for."""
        return all(run.positions is not None for run in self.runs)

    def keys(self) -> Ints:
        """Return each occurrence as document << 32 | position, in order of the postings."""
        parts = [np.zeros(0, np.int64)]
        for run in self.runs:
            assert run.positions is not None  # noqa: S101
            frequencies = run.frequencies()
            keys = (kernels.postings([run])[0] << POSITION_BITS).repeat(frequencies)
            keys |= run.positions[run.position : run.position + len(keys)]
            parts.append(keys)
        return _live(self._all_documents, np.concatenate(parts))


class WeightedDocuments:
    """What `Postings` are, of a word whose occurrences had to be looked at singly."""

    __slots__ = ("documents", "size", "weights")

    def __init__(self, documents: Ints, weights: Floats) -> None:
        self.documents = documents
        self.weights = weights
        self.size = len(documents)

    has_positions = False

    @property
    def for_kernels(self) -> RunsOrArrays:
        """The same as the kernels take it."""
        return self.documents, self.weights


#: Where a word occurs, however that was found out.
Occurrences = Postings | WeightedDocuments


def inside(all_documents: Documents, keys: Ints, fields: Sequence[str]) -> Ints:
    """Return those of the occurrences *keys* that are in one of the text fields *fields*."""
    return keys[are_inside(all_documents, keys, fields)]


def are_inside(all_documents: Documents, keys: Ints, fields: Sequence[str]) -> Bools:
    """Return for each occurrence whether it is in one of the text fields *fields*."""
    documents, positions = keys >> POSITION_BITS, keys & POSITION_MASK
    found: Bools | None = None
    for name in fields:
        column = all_documents.layout.text_fields.index(name)
        within = positions < all_documents.field_ends(column).take(documents)
        if column:
            within &= positions >= all_documents.field_ends(column - 1).take(documents)
        found = within if found is None else found | within
    return np.zeros(len(keys), bool) if found is None else found


def weighted_documents(all_documents: Documents, keys: Ints, family: str) -> WeightedDocuments:
    """Return the weighted frequency of ascending occurrences in each of their documents."""
    if family != "text":
        return WeightedDocuments(*kernels.occurrence_weights(keys, 1.0, []))
    layout = all_documents.layout
    special = [(all_documents.field_ends(n), float(weight)) for n, weight in layout.special_weights]
    return WeightedDocuments(*kernels.occurrence_weights(keys, float(layout.usual_weight), special))


def sorted_keys(all_documents: Documents, runs: list[PostingRun]) -> Ints:
    """Return all occurrences in some runs of forms as `Postings.keys` does, but ascending."""
    return _live(all_documents, kernels.occurrences([runs], None))


def _live(all_documents: Documents, keys: Ints) -> Ints:
    return (
        keys if all_documents.live is None else keys[all_documents.live.take(keys >> POSITION_BITS)]
    )


def merged(all_documents: Documents, runs: list[PostingRun]) -> WeightedDocuments:
    """Return the postings of several words as if they were one word; the runs of each segment stand together."""
    documents, weights = kernels.merged_postings(runs)
    if all_documents.live is not None:
        kept = all_documents.live.take(documents).nonzero()[0]
        documents, weights = documents.take(kept), weights.take(kept)
    return WeightedDocuments(documents, weights)
