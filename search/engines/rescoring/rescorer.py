"""What may change the order of hits: nothing but a `Rescorer`, and only among the first `RESCORED` documents."""

from __future__ import annotations

from typing import Protocol

from search.text.arrays import Floats, Ints

#: Documents at the head of the first order whose order may change. What comes after them stays in the first order,
#: so that no page depends on how many are asked for: see docs/ranking.md.
RESCORED = 300


class Rescorer(Protocol):
    """Scores the first documents of an answer anew."""

    def added(self, documents: Ints, scores: Floats) -> Floats:
        """Return what is to be added to the score of each of *documents*, which are in first order; 0 or more.

        *scores* are those of that order. Documents of equal sums stay in it. What is added is never negative, so
        that scores go on falling from the last document that was rescored to the first that was not.
        """
        ...


def in_order(scores: Floats) -> Ints:
    """Return the order of documents by *scores* descending, equals as they stand."""
    return (-scores).argsort(kind="stable")
