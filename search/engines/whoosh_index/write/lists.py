"""Posting lists as columns: made, put one after another, and joined list by list."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from search.engines.whoosh_index.format.codes import FREQUENCY_OF_CODE, encode_codes
from search.engines.whoosh_index.format.constants import ESCAPE
from search.text.arrays import Array, Numbers, indices_of, narrowed, starts_of

if TYPE_CHECKING:
    from numpy.typing import DTypeLike


@dataclass(slots=True)
class Exceptions:
    """The postings whose code is `ESCAPE`, ascending, and their true numbers."""

    postings: Numbers
    frequencies: Numbers
    weights: Numbers

    def of(self, postings: Numbers) -> Exceptions:
        """Return those of *postings*, each of which is one."""
        at = np.searchsorted(self.postings, postings)
        return Exceptions(postings, self.frequencies[at], self.weights[at])

    def columns(self, name: str) -> dict[str, Array]:
        return {
            name + ".exceptions.postings": narrowed(self.postings),
            name + ".exceptions.frequencies": narrowed(self.frequencies),
            name + ".exceptions.weights": narrowed(self.weights),
        }


@dataclass(slots=True)
class Lists:
    """Posting lists one after another: ``counts[i]`` postings of word *i*, documents ascending."""

    counts: Numbers
    documents: Numbers
    codes: Numbers
    exceptions: Exceptions

    @classmethod
    def of(
        cls, counts: Numbers, documents: Numbers, frequencies: Numbers, weights: Numbers
    ) -> Lists:
        codes = encode_codes(frequencies, weights)
        at = np.flatnonzero(codes == ESCAPE)
        return cls(
            counts,
            documents.astype(np.uint16, copy=False),
            codes,
            Exceptions(at, frequencies[at], weights[at]),
        )

    def frequencies(self) -> Numbers:
        """Return the true frequency of each posting."""
        frequencies: Numbers = FREQUENCY_OF_CODE[self.codes]
        frequencies[self.exceptions.postings] = self.exceptions.frequencies
        return frequencies

    def columns(self, name: str) -> dict[str, Array]:
        return {
            name + ".first_posting": narrowed(starts_of(self.counts)),
            name + ".documents": self.documents,
            name + ".codes": self.codes,
            **self.exceptions.columns(name),
        }


def joined_lists(first: int, last: int, parts: Sequence[tuple[Numbers, Lists]]) -> Lists:
    """Return a list for every form number from *first* up to *last*.

    Each part has lists for some of them; their documents follow those of the part before.
    """
    counts = np.zeros(last - first, np.int64)
    for numbers, lists in parts:
        counts[numbers - first] += lists.counts
    starts = starts_of(counts)
    next_posting = starts[:-1].copy()
    documents, codes = np.empty(starts[-1], np.uint16), np.empty(starts[-1], np.uint8)
    exceptions = []
    for numbers, lists in parts:
        places = indices_of(next_posting[numbers - first], lists.counts)
        documents[places] = lists.documents
        codes[places] = lists.codes
        next_posting[numbers - first] += lists.counts
        exceptions.append(places[lists.exceptions.postings])
    at = np.concatenate([np.zeros(0, np.int64), *exceptions])
    order = np.argsort(at)
    true = (
        np.concatenate([np.zeros(0, np.int64), *column])[order]
        for column in (
            [lists.exceptions.frequencies for _, lists in parts],
            [lists.exceptions.weights for _, lists in parts],
        )
    )
    return Lists(counts, documents, codes, Exceptions(at[order], *true))


def joined_positions(
    first: int, last: int, parts: Sequence[tuple[Numbers, Numbers, Numbers]], dtype: DTypeLike
) -> Numbers:
    """Return the positions of every form number from *first* up to *last* as *dtype*.

    Each part has numbers, how many positions each of them has, and these.
    """
    counts = np.zeros(last - first, np.int64)
    for numbers, own, _ in parts:
        counts[numbers - first] += own
    starts = starts_of(counts)
    next_position = starts[:-1].copy()
    joined = np.empty(starts[-1], dtype)
    for numbers, own, positions in parts:
        joined[indices_of(next_position[numbers - first], own)] = positions
        next_position[numbers - first] += own
    return joined


def concatenated_lists(parts: list[Lists]) -> Lists:
    """Return the lists of *parts*, of other forms each, one part after another; they are used up."""
    postings = sum(len(part.documents) for part in parts)
    documents, codes = np.empty(postings, np.uint16), np.empty(postings, np.uint8)
    counts: list[Numbers] = [np.zeros(0, np.int64)]
    exceptions: list[tuple[Numbers, Numbers, Numbers]] = [(np.zeros(0, np.int64),) * 3]
    at = 0
    parts.reverse()
    while parts:
        part = parts.pop()
        end = at + len(part.documents)
        documents[at:end], codes[at:end] = part.documents, part.codes
        counts.append(part.counts)
        odd = part.exceptions
        exceptions.append((odd.postings + at, odd.frequencies, odd.weights))
        at = end
    return Lists(
        np.concatenate(counts),
        documents,
        codes,
        Exceptions(*(np.concatenate(column) for column in zip(*exceptions, strict=True))),
    )


def slices(sizes: Numbers, most: int) -> list[tuple[int, int]]:
    """Return runs of items as (first, last + 1), each of about *most* in size, or of one item."""
    if not len(sizes):
        return []
    edges = np.flatnonzero(np.diff(np.cumsum(sizes) // most)) + 1
    return list(itertools.pairwise([0, *edges.tolist(), len(sizes)]))
