"""Sets of documents as ascending arrays, with scores: what is in all, in some, in a row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from search.engines.whoosh_index.columns import Bools, Floats, Ints


@dataclass(frozen=True, slots=True)
class Matches:
    """What one clause matches in one segment: live documents, ascending, and their scores.

    Scores are None where all are 0.
    """

    documents: Ints
    scores: Floats | None = None


#: Looking numbers up in a sorted array by bisection beats marking all of the array where they are this
#: much fewer (of 50,000 in 100,000 documents: 50,000 looked up 0.18 ms marked, 2.0 bisected; 3,000
#: looked up 0.12 and 0.09 ms; 1,000 looked up 0.10 and 0.04).
_MUCH_SMALLER = 16


def all_of(size: int, parts: Sequence[Matches]) -> Matches:
    """Return the documents that are in all *parts*, with the sum of their scores."""
    by_length = sorted(parts, key=lambda part: len(part.documents))
    documents = by_length[0].documents
    for part in by_length[1:]:
        documents = documents[contained(size, part.documents, documents)]
    scores: Floats | None = None
    for part in parts:
        if part.scores is not None:
            more = scores_of(size, part.documents, part.scores, documents)
            scores = more if scores is None else scores + more
    return Matches(documents, scores)


def contained(size: int, among: Ints, documents: Ints) -> Bools:
    """Return for each of *documents* whether it is *among* others; both ascend."""
    if len(documents) * _MUCH_SMALLER < len(among):
        places = np.searchsorted(among, documents)
        places[places == len(among)] = 0
        found: Bools = among[places] == documents
        return found
    flags = np.zeros(size, bool)
    flags[among] = True
    return flags[documents]


def scores_of(size: int, among: Ints, scores: Floats, documents: Ints) -> Floats:
    """Return the scores of *documents*, all of which are *among* those that have them."""
    if len(documents) == len(among):
        return scores
    if len(documents) * _MUCH_SMALLER < len(among):
        return scores[np.searchsorted(among, documents)]
    dense = np.empty(size, np.float32)
    dense[among] = scores
    return dense[documents]


def some_of(size: int, parts: Sequence[Matches], needed: int) -> Matches:
    """Return the documents that are in at least *needed* parts, with the sum of their scores."""
    votes = np.zeros(size, np.uint16)  # a query has at most some thousand clauses
    total = np.zeros(size, np.float32)
    is_scored = False
    for part in parts:
        if needed == 1:
            votes[part.documents] = 1
        else:
            votes[part.documents] += 1
        if part.scores is not None:
            is_scored = True
            total[part.documents] += part.scores
    documents = np.flatnonzero(votes >= needed)
    return Matches(documents, total[documents] if is_scored else None)


def in_a_row(keys: Sequence[Ints]) -> Ints:
    """Return where the first of several words stands that stand at neighbouring positions."""
    rarest = min(range(len(keys)), key=lambda word: len(keys[word]))
    starts = keys[rarest] - rarest
    for word in sorted(range(len(keys)), key=lambda word: len(keys[word])):
        if word != rarest:
            starts = _common(starts + word, keys[word]) - word
    return starts


def _common(some: Ints, others: Ints) -> Ints:
    """Return the numbers that are in both of two ascending arrays without repeats."""
    if len(some) > len(others):
        some, others = others, some
    if not len(some):
        return some
    places = np.searchsorted(others, some)
    places[places == len(others)] = 0
    found: Ints = some[others[places] == some]
    return found


def restricted(size: int, matches: Matches, within: Ints) -> Matches:
    """Return which places of *within* match, with their scores."""
    kept = contained(size, matches.documents, within)
    scores = None
    if matches.scores is not None:
        scores = scores_of(size, matches.documents, matches.scores, within[kept])
    return Matches(np.flatnonzero(kept), scores)


def divided(scores: Floats | None, factor: float) -> Floats | None:
    return scores if scores is None or not factor else scores / np.float32(factor)


def plus(scores: Floats | None, more: Floats) -> Floats:
    return more if scores is None else scores + more


def least(size: int, documents: Ints, parts: Iterable[tuple[Ints, Floats | None]]) -> Floats:
    """Return for each of *documents* the least of its values in *parts*, 0 where it is not in one."""
    least = np.full(len(documents), np.inf, np.float32)
    for among, values in parts:
        dense = np.zeros(size, np.float32)
        if values is not None:
            dense[among] = values
        np.minimum(least, dense[documents], out=least)
    return least
