"""Where a word occurs in a whole snapshot: posting lists of its segments, read as one.

Documents are numbered through all segments of a snapshot, so that what is done with them is one call
of numpy, however the index is cut: segment s has the numbers from ``bases[s]`` on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from search.engines.ranking import FIELD_WEIGHTS
from search.engines.whoosh_index.codes import FREQUENCY_OF_CODE, WEIGHT_OF_CODE
from search.engines.whoosh_index.columns import Bools, Floats, Ints, runs
from search.engines.whoosh_index.family import FamilyReader, Lists
from search.engines.whoosh_index.layout import TEXT_FIELDS

if TYPE_CHECKING:
    from search.engines.whoosh_index.snapshot import Snapshot

#: An occurrence as one number, ordered by document and then position: document << 32 | position.
POSITION_BITS = 32
POSITION_MASK = (1 << POSITION_BITS) - 1

_WEIGHTS = WEIGHT_OF_CODE.astype(np.float32)
#: Of a code: what occurrences in the title weigh more than others, the only field that does.
_EXTRAS = (WEIGHT_OF_CODE - FREQUENCY_OF_CODE).astype(np.float32)

#: Looking numbers up in a sorted array by bisection beats marking all of the array where they are this
#: much fewer (of 50,000 in 100,000 documents: 50,000 looked up 0.18 ms marked, 2.0 bisected; 3,000
#: looked up 0.12 and 0.09 ms; 1,000 looked up 0.10 and 0.04).
MUCH_FEWER = 16


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring postings of one segment: postings ``first`` to ``last`` of *lists*."""

    segment: int
    lists: Lists
    first: int
    last: int


class Postings:
    """The postings of one word, ascending by document, deleted documents left out."""

    def __init__(self, snapshot: Snapshot, found: Sequence[Run]) -> None:
        self._snapshot = snapshot
        self._runs = found
        self.size = sum([run.last - run.first for run in found])
        if snapshot.live is not None:
            self.size = len(self.documents)

    @cached_property
    def _raw_documents(self) -> Ints:
        runs, bases = self._runs, self._snapshot.bases
        if len(runs) == 1:
            run = runs[0]
            return np.add(
                run.lists.documents[run.first : run.last], bases[run.segment], dtype=np.int64
            )
        documents = np.empty(sum([run.last - run.first for run in runs]), np.int64)
        at = 0
        for run in runs:
            end = at + run.last - run.first
            part = run.lists.documents[run.first : run.last]
            np.add(part, bases[run.segment], out=documents[at:end], dtype=np.int64)
            at = end
        return documents

    @cached_property
    def _kept(self) -> Ints | None:
        """The places of the postings of live documents, None where all are."""
        live = self._snapshot.live
        return None if live is None else np.flatnonzero(live.take(self._raw_documents))

    @cached_property
    def documents(self) -> Ints:
        """The documents that hold the word."""
        kept = self._kept
        return self._raw_documents if kept is None else self._raw_documents.take(kept)

    @cached_property
    def codes(self) -> NDArray[np.uint8]:
        """For each document the code of its frequencies, see `search.engines.whoosh_index.words`."""
        parts = [run.lists.codes[run.first : run.last] for run in self._runs]
        codes = parts[0] if len(parts) == 1 else np.concatenate([_NO_CODES, *parts])
        return codes if self._kept is None else codes.take(self._kept)

    @cached_property
    def has_exceptions(self) -> bool:
        return any(
            len(run.lists.exceptions.postings)
            and (part := run.lists.exceptions.within(run.first, run.last)).start < part.stop
            for run in self._runs
        )

    @cached_property
    def weights(self) -> Floats:
        """For each document the weighted frequency of the word."""
        weights = _WEIGHTS.take(self.codes)
        if self.has_exceptions:
            places, _, true = self._exceptions
            weights[places] = true
        return weights

    @cached_property
    def title_weights(self) -> Floats:
        """For each document what occurrences in the title weigh more than others."""
        extras = _EXTRAS.take(self.codes)
        if self.has_exceptions:
            places, frequencies, weights = self._exceptions
            extras[places] = weights - frequencies
        return extras

    @cached_property
    def _exceptions(self) -> tuple[Ints, Ints, Ints]:
        """Return places among the documents, and the true frequencies and weights there."""
        places, frequencies, weights = [], [], []
        at = 0
        for run in self._runs:
            exceptions = run.lists.exceptions
            part = exceptions.within(run.first, run.last)
            places.append(exceptions.postings[part].astype(np.int64) + (at - run.first))
            frequencies.append(exceptions.frequencies[part].astype(np.int64))
            weights.append(exceptions.weights[part].astype(np.int64))
            at += run.last - run.first
        place, frequency, weight = map(np.concatenate, (places, frequencies, weights))
        if self._kept is not None:
            at_kept = np.searchsorted(self._kept, place)
            at_kept[at_kept == len(self._kept)] = 0
            found = self._kept.take(at_kept) == place if len(self._kept) else place < 0
            place, frequency, weight = at_kept[found], frequency[found], weight[found]
        return place, frequency, weight

    def weights_at(self, places: Ints) -> Floats:
        """Return the weighted frequencies at some *places* of ``documents``."""
        if self.has_exceptions:
            return self.weights.take(places)
        return _WEIGHTS.take(self.codes.take(places))


_NO_CODES = np.zeros(0, np.uint8)


class Weighed:
    """What `Postings` are, of words whose occurrences had to be looked at one by one."""

    def __init__(self, documents: Ints, weights: Floats) -> None:
        self.documents = documents
        self.weights = weights
        self.size = len(documents)

    def weights_at(self, places: Ints) -> Floats:
        return self.weights.take(places)


#: Where a word occurs, however that was found out.
Occurrences = Postings | Weighed


@dataclass(frozen=True, slots=True)
class FormRun:
    """The postings and positions of neighbouring forms, ``first`` to ``last``, in one segment."""

    segment: int
    family: FamilyReader
    first: int
    last: int

    def postings(self) -> slice:
        """Return which postings of the segment's lists of forms these are."""
        first_posting = self.family.form_lists.first_posting
        return slice(first_posting[self.first], first_posting[self.last])

    def keys(self, snapshot: Snapshot, within: Ints | None) -> Ints:
        """Return each occurrence as document << 32 | position, ascending within a form.

        *within*, which ascends, may name the only documents of the snapshot that matter.
        """
        lists = self.family.form_lists
        part = self.postings()
        base = snapshot.bases[self.segment]
        local = lists.documents[part]
        chosen: Ints | None = None
        if within is not None:
            is_sorted = self.last - self.first == 1
            chosen = _places_within(local, within, base, snapshot.sizes[self.segment], is_sorted)
            if not len(chosen):
                return chosen
        frequencies = FREQUENCY_OF_CODE.take(lists.codes[part])
        if len(lists.exceptions.postings):
            exceptions = lists.exceptions.within(part.start, part.stop)
            if exceptions.start < exceptions.stop:
                places = lists.exceptions.postings[exceptions].astype(np.int64) - part.start
                frequencies[places] = lists.exceptions.frequencies[exceptions]
        start, end = self.family.first_position[self.first], self.family.first_position[self.last]
        if chosen is None or 2 * len(chosen) > len(local):
            positions = self.family.positions[start:end]
        else:
            starts = np.cumsum(frequencies)
            starts -= frequencies
            frequencies = frequencies.take(chosen)
            positions = self.family.positions.take(runs(starts.take(chosen) + start, frequencies))
            local = local.take(chosen)
        documents = np.add(local, base, dtype=np.int64)
        documents <<= POSITION_BITS
        keys = np.repeat(documents, frequencies)
        keys |= positions
        return keys


def _places_within(
    local: NDArray[np.uint16], within: Ints, base: int, size: int, is_sorted: bool
) -> Ints:
    """Return the places in *local* of the documents that are *within*, which has *base* added."""
    first, last = within.searchsorted((base, base + size))
    wanted = within[first:last]
    if is_sorted and len(wanted) * MUCH_FEWER < len(local):
        low = (wanted - base).astype(np.uint16)
        at = local.searchsorted(low)
        return at[local.take(at, mode="clip") == low]
    flags = np.zeros(size, bool)
    flags[wanted - base] = True
    return np.flatnonzero(flags.take(local))


def all_keys(snapshot: Snapshot, found: Sequence[FormRun], within: Ints | None = None) -> Ints:
    """Return every live occurrence of the forms *found* as document << 32 | position, ascending.

    Occurrences outside the documents *within* may be left out.
    """
    parts = [run.keys(snapshot, within) for run in found]
    if not parts:
        return np.zeros(0, np.int64)
    keys = parts[0] if len(parts) == 1 else np.concatenate(parts)
    if _are_mixed(found):
        keys.sort()
    if snapshot.live is not None:
        keys = keys[snapshot.live.take(keys >> POSITION_BITS)]
    return keys


def _are_mixed(found: Sequence[FormRun]) -> bool:
    """Whether documents of several forms have to be put in order."""
    several = any(run.last - run.first > 1 for run in found)
    return several or any(a.segment == b.segment for a, b in pairwise(found))


def all_postings(snapshot: Snapshot, found: Sequence[FormRun]) -> Weighed:
    """Return the live documents that hold any of the forms *found*, as if these were one word."""
    documents, weights = [np.zeros(0, np.int64)], [np.zeros(0, np.float32)]
    for run in found:
        part = run.postings()
        postings = Postings(
            snapshot, [Run(run.segment, run.family.form_lists, part.start, part.stop)]
        )
        documents.append(postings.documents)
        weights.append(postings.weights)
    every, weight = np.concatenate(documents), np.concatenate(weights)
    if len(every) * MUCH_FEWER < snapshot.size:
        order = np.argsort(every, kind="stable")
        every, weight = every.take(order), weight.take(order)
        starts = np.flatnonzero(np.diff(every, prepend=-1))
        if not len(starts):
            return Weighed(every, weight)
        return Weighed(every.take(starts), np.add.reduceat(weight, starts))
    spread = np.bincount(every, weight, snapshot.size)
    every = np.flatnonzero(spread)
    return Weighed(every, spread.take(every).astype(np.float32))


def inside(snapshot: Snapshot, keys: Ints, fields: Sequence[str]) -> Ints:
    """Return those of the occurrences *keys* that are in one of the text fields *fields*."""
    return keys[are_inside(snapshot, keys, fields)]


def are_inside(snapshot: Snapshot, keys: Ints, fields: Sequence[str]) -> Bools:
    """Return for each occurrence whether it is in one of the text fields *fields*."""
    documents, positions = keys >> POSITION_BITS, keys & POSITION_MASK
    found = np.zeros(len(keys), bool)
    for name in fields:
        column = TEXT_FIELDS.index(name)
        within = positions < snapshot.field_ends(column).take(documents)
        if column:
            within &= positions >= snapshot.field_ends(column - 1).take(documents)
        found |= within
    return found


def weighed(snapshot: Snapshot, keys: Ints, family: str) -> Weighed:
    """Return the weighted frequency of ascending occurrences in each of their documents."""
    documents = keys >> POSITION_BITS
    starts = np.flatnonzero(np.diff(documents, prepend=-1))
    if not len(starts):
        return Weighed(documents, np.zeros(0, np.float32))
    if family != "text":
        frequencies = np.diff(starts, append=len(keys))
        return Weighed(documents.take(starts), frequencies.astype(np.float32))
    weights = _position_weights(snapshot, documents, keys & POSITION_MASK)
    return Weighed(documents.take(starts), np.add.reduceat(weights, starts))


def _position_weights(snapshot: Snapshot, documents: Ints, positions: Ints) -> Floats:
    """Return what an occurrence at each place weighs: the weight of its field."""
    weights = [FIELD_WEIGHTS[name] for name in TEXT_FIELDS]
    result = np.full(len(positions), weights[-1], np.float32)
    for column in range(len(weights) - 2, -1, -1):
        # Fields that weigh as all behind them need no comparison of their own.
        if any(weight != weights[column] for weight in weights[column + 1 :]):
            result[positions < snapshot.field_ends(column).take(documents)] = weights[column]
    return result
