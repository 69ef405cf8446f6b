"""How near articles are to a query in meaning, by the vectors of their passages, and what follows for their order.

docs/semantic.md says why. Vectors have the length 1, so a product of two is the cosine between them.
"""

from __future__ import annotations

import numpy as np

from search.text.arrays import Floats, Int8s, Ints

#: What the nearness to the query counts beside the first score, which is 1 at most, where feedback is chosen.
FIRST_WEIGHT = 2.0
#: A document counts in feedback as much as its sum of both, in proportion to the best one's, to this power.
FEEDBACK_POWER = 8
#: What the nearness to the documents of feedback counts in the end, that to the query counting 1.
CENTROID_WEIGHT = 0.5

#: The largest number that a vector has as it is stored.
_LARGEST = 127


def as_stored(vectors: Floats) -> Int8s:
    """Return *vectors* in whole numbers of 8 bits, each scaled by its largest; their length is 1, so no scale is needed."""
    largest = np.abs(vectors).max(axis=1, keepdims=True, initial=0)
    scaled = vectors * (_LARGEST / np.where(largest > 0, largest, 1))
    stored: Int8s = np.rint(scaled).astype(np.int8)
    return stored


def as_read(stored: Int8s) -> Floats:
    """Return stored vectors with the length 1."""
    vectors = stored.astype(np.float32)
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    vectors /= np.where(lengths > 0, lengths, 1)[:, None]
    return vectors


#: The notice on a query that cannot be ranked by meaning.
NOT_BY_MEANING = "not ranked by meaning: that needs words side by side, in no field, without AND, OR, NEAR or brackets"


def lacking_notice(lacking: int, found: int) -> str:
    """Return the notice where *lacking* of the articles *found* have no vectors."""
    return (
        f"{lacking:,} of the {found:,} articles found have no vectors, and count as near as the others "
        "in the mean; newssearch embed makes them"
    )


class Passages:
    """The vectors of the passages of some documents: those of document i are ``vectors[starts[i] : starts[i + 1]]``."""

    def __init__(self, vectors: Floats, starts: Ints) -> None:
        self._vectors = vectors
        self._starts = starts[:-1]
        #: Which documents have passages.
        self.known = np.diff(starts) > 0
        sums = (
            np.add.reduceat(vectors, self._starts[self.known], axis=0) if len(vectors) else vectors
        )
        lengths = np.sqrt(np.einsum("ij,ij->i", sums, sums))
        self._means = (sums / np.where(lengths > 0, lengths, 1)[:, None]).astype(np.float32)

    def near(self, vector: Floats) -> Floats:
        """Return how near each document is to *vector*: half its nearest passage, half the mean of all.

        A document without passages is as near as the others are in the mean; 0 where there are no others.
        """
        result = np.zeros(len(self.known), np.float32)
        if len(self._vectors):
            best = np.maximum.reduceat(self._vectors @ vector, self._starts[self.known])
            result[self.known] = (best + self._means @ vector) / 2
            result[~self.known] = result[self.known].mean()
        return result

    def centroid(self, documents: Ints, shares: Floats) -> Floats:
        """Return the mean vector of *documents*, by number, that count as *shares* say; its length is 1, or 0."""
        at = np.cumsum(self.known) - 1
        some = self.known[documents]
        found: Floats = shares[some] @ self._means[at[documents[some]]]
        length = float(np.sqrt(found @ found))
        return found / length if length else found


def shares_of(sums: Floats) -> Floats:
    """Return how much each of the documents of feedback counts, given their *sums*, the best first."""
    found: Floats = (sums / (sums[0] or 1)) ** FEEDBACK_POWER
    return found


def first_sums(scores: Floats, near: Floats) -> Floats:
    """Return by what documents of feedback are chosen, given their first *scores* and how *near* they are to the query."""
    found: Floats = np.maximum(scores / scores.max() + FIRST_WEIGHT * near, 0)
    return found


def added_scores(first: Floats, scores: Floats, near: Floats, near_centroid: Floats) -> Floats:
    """Return what is added to the *first* scores, given those after feedback, and how *near* documents are to the query and to feedback.

    Every sum is the highest of the first scores, and more: as much as the highest for each 1 of what documents are ranked by.
    """
    both = (near + CENTROID_WEIGHT * near_centroid) / (1 + CENTROID_WEIGHT)
    sums = np.maximum(scores / scores.max() + both, 0)
    found: Floats = (first.max() * (1 + sums) - first).astype(np.float32)
    return found
