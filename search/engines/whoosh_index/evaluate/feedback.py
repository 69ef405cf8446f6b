"""Feedback over a snapshot: `search.engines.rescoring.feedback` on its forward columns and posting lists."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from search.engines.ranking import K1, idf
from search.engines.rescoring.feedback import (
    FEEDBACK_DOCUMENTS,
    FEEDBACK_TERMS,
    centroid,
    document_shares,
    feedback_factor,
    heaviest,
)
from search.engines.whoosh_index import kernels
from search.engines.whoosh_index.segment.forward import ForwardTerms
from search.engines.whoosh_index.segment.reader import SegmentReader
from search.engines.whoosh_index.snapshot.postings import Occurrences
from search.engines.whoosh_index.snapshot.snapshot import Snapshot
from search.text.arrays import Doubles, Floats, Ints, Numbers


class TakenUp(NamedTuple):
    """A word of the first documents that weighs in the order of all: its stem, its share of all such weight, its lists."""

    stem: str
    share: float
    idf: float
    occurrences: Occurrences


class Feedback:
    """A `Rescorer`: adds to each score what the words of the first documents weigh in it."""

    def __init__(self, snapshot: Snapshot, words: int) -> None:
        """*words* are how many of the query score."""
        self._snapshot = snapshot
        self._words = words
        self.taken_up: list[TakenUp] = []

    def added(self, documents: Ints, scores: Floats) -> Floats:
        """Return what is added to the score of each of *documents*."""
        if not len(documents) or scores[0] <= 0:
            return np.zeros(len(documents), np.float32)
        leading = self.leading(documents)
        return self.added_by(documents, leading, document_shares(scores.take(leading)))

    def added_by(self, documents: Ints, leading: Ints, shares: Floats) -> Floats:
        """Return what is added where those of *documents* with the indices *leading* count as *shares* say."""
        result = np.zeros(len(documents), np.float32)
        self.taken_up = self._taken_up(documents.take(leading), shares)
        ascending = documents.argsort()
        ordered, found = documents.take(ascending), result.copy()
        factor = feedback_factor(self._words) * (K1 + 1)
        penalties = self._snapshot.documents.penalties
        for word in self.taken_up:
            weight = factor * word.share * word.idf
            kernels.add_scores(found, ordered, word.occurrences.for_kernels, penalties, weight)
        result[ascending] = found
        return result

    def leading(self, documents: Ints) -> Ints:
        """Return which of *documents*, as indices, give words: the first ones, one of each story."""
        stories = self._snapshot.documents.stories
        if stories is None or not len(stories.documents):
            return np.arange(min(FEEDBACK_DOCUMENTS, len(documents)))
        groups = stories.groups.take(documents)
        is_first = groups == 0
        is_first[np.unique(groups, return_index=True)[1]] = True
        return np.flatnonzero(is_first)[:FEEDBACK_DOCUMENTS]

    def _taken_up(self, documents: Ints, shares: Floats) -> list[TakenUp]:
        """Return the words that *documents* give, which count as *shares* say.

        Which they are is decided by how frequent each word is in the segments of the documents that have it: to look
        all of them up in all segments would take longer than the search. What they weigh is not.
        """
        parts = [_Part(self, documents, *terms) for terms in self._snapshot.terms_of(documents)]
        squares = np.zeros(len(documents))
        for part in parts:
            squares[part.at] = part.squares
        weighed: dict[str, float] = {}
        stems: list[list[str]] = []
        for part in parts:
            each = part.kept((shares / np.sqrt(np.maximum(squares, 1e-12))).take(part.owners))
            stems.append([part.family.term(number) for number in part.numbers.tolist()])
            for stem, weight in zip(stems[-1], each.tolist(), strict=True):
                weighed[stem] = weighed.get(stem, 0.0) + weight
        chosen = sorted(weighed, key=weighed.__getitem__, reverse=True)[:FEEDBACK_TERMS]
        numbers = {stem: number for number, stem in enumerate(chosen)}
        postings = [self._snapshot.words.of_term(stem) for stem in chosen]
        live = self._snapshot.documents.live_count
        idfs = np.array([idf(live, found.size) for found in postings])
        owners, terms, weights = [], [], []
        for part, own in zip(parts, stems, strict=True):
            which = np.array([numbers.get(stem, -1) for stem in own])
            term = which.take(part.which)
            at = np.flatnonzero((part.which >= 0) & (term >= 0))
            exact = part.saturated.take(at) * idfs.take(term.take(at))
            # What they weigh by the segment alone goes out of the length of the document, and this comes in.
            owner = part.owners.take(at)
            change = exact**2 - part.weights.take(at) ** 2
            squares += np.bincount(owner, change, len(squares))
            owners.append(owner)
            terms.append(term.take(at))
            weights.append(exact)
        found = centroid(
            shares / np.sqrt(np.maximum(squares, 1e-12)),
            np.concatenate(owners),
            np.concatenate(terms),
            np.concatenate(weights),
            len(chosen),
        )
        return [
            TakenUp(*each)
            for each in zip(chosen, found.tolist(), idfs.tolist(), postings, strict=True)
            if each[1]
        ]

    def saturated(self, weights: Numbers, documents: Ints) -> Floats:
        """Return what the weighted frequencies of words in *documents* come to in a score, but for the idf."""
        lengths, scale, base, _ = self._snapshot.documents.penalties
        weight = weights.astype(np.float32)
        length = lengths.take(documents).astype(np.float32)
        penalty = length * np.float32(scale) + np.float32(base)
        return (weight * np.float32(K1 + 1) / (weight + penalty)).astype(np.float32)


class _Part:
    """The terms of those of the first documents that are in one segment."""

    def __init__(
        self,
        feedback: Feedback,
        documents: Ints,
        segment: SegmentReader,
        at: Ints,
        found: ForwardTerms,
    ) -> None:
        self.family = segment.family("text")
        #: Which of the documents are here, and of each term the document.
        self.at = at
        self.owners = at.take(found.owners)
        self.saturated = feedback.saturated(found.weights, documents.take(self.owners))
        frequencies = self.family.sizes_of_terms(found.terms)
        idfs = np.log(1 + (len(segment) - frequencies + 0.5) / (frequencies + 0.5))
        #: What each term weighs by the documents of the segment.
        self.weights = self.saturated * idfs
        self.squares = np.bincount(self.owners, self.weights**2, len(documents)).take(at)
        #: The different terms, and of each term which of them it is, -1 where it is not kept.
        self.numbers, self.which = np.unique(found.terms, return_inverse=True)

    def kept(self, shares: Doubles) -> Doubles:
        """Keep the different terms that weigh most, each term counting as *shares* say; return what they weigh."""
        sums = np.bincount(self.which, self.weights * shares, len(self.numbers)).astype(float)
        kept = heaviest(sums, FEEDBACK_TERMS)
        places = np.full(len(self.numbers), -1)
        places[kept] = np.arange(len(kept))
        self.numbers, self.which = self.numbers.take(kept), places.take(self.which)
        return sums.take(kept)
