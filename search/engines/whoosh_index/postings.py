"""Where a word occurs in a whole snapshot: posting lists of its segments, read as one.

Documents are numbered through all segments of a snapshot, so that what is done with them is one call
of numpy, however the index is cut: segment s has the numbers from ``bases[s]`` on.

At 100,000 articles a query takes some hundred calls, each of which costs half a microsecond before it does
anything: hence properties with a slot instead of ``cached_property`` (which takes a lock), ``take`` and
``nonzero`` instead of the functions that wrap them, and nothing computed that is not asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from search.engines.ranking import FIELD_WEIGHTS
from search.engines.whoosh_index.codes import FREQUENCY_BITS, FREQUENCY_MASK
from search.engines.whoosh_index.columns import Bools, Floats, Ints, Numbers, UInt8s, runs
from search.engines.whoosh_index.family import FamilyReader, Lists
from search.engines.whoosh_index.layout import TEXT_FIELDS

if TYPE_CHECKING:
    from search.engines.whoosh_index.snapshot import Snapshot

#: An occurrence as one number, ordered by document and then position: document << 32 | position.
POSITION_BITS = 32
POSITION_MASK = (1 << POSITION_BITS) - 1

_NO_DOCUMENTS = np.zeros(0, np.int64)
_NO_CODES = np.zeros(0, np.uint8)


class Run(NamedTuple):
    """Neighbouring postings of one segment: postings ``first`` to ``last`` of *lists*.

    Of forms also where their positions start; ``family`` is None for lists of stems, which have none.
    """

    segment: int
    lists: Lists
    first: int
    last: int
    family: FamilyReader | None = None
    position: int = 0


def run_of_forms(segment: int, family: FamilyReader, first: int, last: int) -> Run:
    """Return the postings of the forms *first* to *last* of one segment."""
    lists = family.form_lists
    starts = lists.first_posting
    return Run(segment, lists, starts[first], starts[last], family, family.first_position[first])


class Postings:
    """Postings of one word, deleted documents left out.

    They ascend by document where there is one run a segment; else run by run.
    """

    __slots__ = ("_codes", "_documents", "_ends", "_exceptions", "_kept", "_mixed", "_runs", "_snapshot", "_weights", "size")  # fmt: skip

    def __init__(self, snapshot: Snapshot, found: Sequence[Run], *, mixed: bool = False) -> None:
        """*mixed* tells that a segment has several runs, or a run several lists."""
        self._snapshot = snapshot
        self._runs = found
        self._mixed = mixed
        self._documents: Ints | None = None
        self._codes: UInt8s | None = None
        self._weights: Floats | None = None
        self._ends: tuple[Numbers, Ints] | None = None
        self._exceptions: tuple[Ints, Ints, Ints] | None = None
        #: The places of the postings of live documents, None where all are live.
        self._kept: Ints | None = None
        #: The number of postings.
        self.size = 0
        for run in found:
            self.size += run.last - run.first
        if snapshot.live is not None:
            self._kept = snapshot.live.take(self._raw_documents()).nonzero()[0]
            self.size = len(self._kept)

    @property
    def documents(self) -> Ints:
        """The documents that hold the word."""
        if self._documents is None:
            documents = self._raw_documents()
            self._documents = documents if self._kept is None else documents.take(self._kept)
        return self._documents

    def _raw_documents(self) -> Ints:
        bases = self._snapshot.bases
        size = 0
        for run in self._runs:
            size += run.last - run.first
        documents = np.empty(size, np.int64)
        at = 0
        for segment, lists, first, last, *_ in self._runs:
            part = documents[at : at + last - first]
            part[:] = lists.documents[first:last]
            if segment:
                part += bases[segment]
            at += last - first
        return documents

    def _raw_codes(self) -> UInt8s:
        parts = [lists.codes[first:last] for _, lists, first, last, *_ in self._runs]
        if len(parts) == 1:
            return parts[0]
        return np.concatenate(parts) if parts else _NO_CODES

    def _all_codes(self) -> UInt8s:
        """For each document the code of its frequencies, see `search.engines.whoosh_index.codes`."""
        if self._codes is None:
            codes = self._raw_codes()
            self._codes = codes if self._kept is None else codes.take(self._kept)
        return self._codes

    @property
    def weights(self) -> Floats:
        """For each document the weighted frequency of the word."""
        if self._weights is None:
            self._weights = _weights_of(self._all_codes())
            places, _, true = self._true_numbers()
            if len(places):
                self._weights[places] = true
        return self._weights

    def weights_at(self, places: Ints) -> Floats:
        """Return the weighted frequencies at some *places* of ``documents``."""
        if self._weights is not None or len(self._true_numbers()[0]):
            return self.weights.take(places)
        return _weights_of(self._all_codes().take(places))

    def title_extras(self) -> Floats:
        """Return for each document what occurrences in the title weigh more than others."""
        extras = (self._all_codes() >> FREQUENCY_BITS).astype(np.float32)
        places, frequencies, weights = self._true_numbers()
        extras[places] = weights - frequencies
        return extras

    def _true_numbers(self) -> tuple[Ints, Ints, Ints]:
        """Return the places of exceptions among the documents, their true frequencies and weights."""
        if self._exceptions is None:
            self._exceptions = self._raw_exceptions()
            places, frequencies, weights = self._exceptions
            if len(places) and self._kept is not None:
                at = self._kept.searchsorted(places)
                found = (self._kept.take(at, mode="clip") == places) if len(self._kept) else at < 0
                self._exceptions = at[found], frequencies[found], weights[found]
        return self._exceptions

    def _raw_exceptions(self) -> tuple[Ints, Ints, Ints]:
        found = []
        at = 0
        for _, lists, first, last, *_ in self._runs:
            part = lists.exceptions_within(first, last)
            if part is not None:
                found.append((part[0] + (at - first), part[1], part[2]))
            at += last - first
        if not found:
            return _NONE
        if len(found) == 1:
            return found[0]
        places, frequencies, weights = zip(*found, strict=True)
        return np.concatenate(places), np.concatenate(frequencies), np.concatenate(weights)

    # Positions

    def _position_ends(self) -> tuple[Numbers, Ints]:
        """Return frequencies, and where the positions of each posting end, deleted ones included."""
        if self._ends is None:
            frequencies: Numbers = self._raw_codes() & FREQUENCY_MASK
            frequencies += 1
            places, true, _ = self._raw_exceptions()
            if len(places):
                frequencies = frequencies.astype(np.int64)
                frequencies[places] = true
            self._ends = frequencies, frequencies.cumsum(dtype=np.int64)
        return self._ends

    def frequencies(self) -> Ints:
        """Return how often the word is in each document."""
        frequencies = self._position_ends()[0].astype(np.int64)
        return frequencies if self._kept is None else frequencies.take(self._kept)

    def owners(self, forms: Ints) -> Ints:
        """Return for each document the form that it holds; *forms* of one segment are all that there are."""
        starts = np.asarray(self._runs[0].lists.first_posting).astype(np.int64)
        owners = forms.repeat(starts[forms + 1] - starts[forms])
        return owners if self._kept is None else owners.take(self._kept)

    def keys(self, places: Ints | None = None) -> Ints:
        """Return each occurrence as document << 32 | position, in order of the postings.

        Of the postings at *places*, which ascend, or of all. Only for lists of forms.
        """
        if self._kept is not None:
            places = self._kept if places is None else self._kept.take(places)
        frequencies, ends = self._position_ends()
        documents = self._raw_documents() if self._kept is not None else self.documents
        if places is None:
            positions = self._positions(None, ends)
        else:
            frequencies = frequencies.take(places).astype(np.int64)
            starts = ends.take(places)
            starts -= frequencies
            positions = self._positions(runs(starts, frequencies), ends)
            documents = documents.take(places)
        keys = (documents << POSITION_BITS).repeat(frequencies)
        keys |= positions
        return keys

    def _positions(self, wanted: Ints | None, ends: Ints) -> Numbers:
        """Return the positions at *wanted* places, which ascend through all runs, or all."""
        parts = []
        at = posting = 0
        first = 0
        for _, _, start, end, family, position in self._runs:
            assert family is not None  # noqa: S101
            posting += end - start
            behind = int(ends[posting - 1]) if end > start else at
            if wanted is None:
                parts.append(family.positions[position : position + behind - at])
            else:
                last = len(wanted) if posting == len(ends) else int(wanted.searchsorted(behind))
                parts.append(family.positions.take(wanted[first:last] + (position - at)))
                first = last
            at = behind
        if len(parts) == 1:
            return parts[0]
        return np.concatenate(parts) if parts else _NO_POSITIONS

    @property
    def has_positions(self) -> bool:
        """Whether all of these are lists of forms, so that positions can be asked for."""
        return all(run.family is not None for run in self._runs)

    def keys_within(self, documents: Ints) -> Ints:
        """Return the occurrences in those of *documents* that hold the word, ascending."""
        flags = self._snapshot.blank_flags()
        try:
            flags[documents] = True
            places = flags.take(self.documents).nonzero()[0]
        finally:
            flags[documents] = False
        keys = self.keys(places)
        if self._mixed:
            keys.sort()
        return keys

    def sorted_keys(self) -> Ints:
        """Return all occurrences, ascending."""
        keys = self.keys()
        if self._mixed:
            keys.sort()
        return keys


_NONE = (_NO_DOCUMENTS, _NO_DOCUMENTS, _NO_DOCUMENTS)
_NO_POSITIONS = np.zeros(0, np.uint16)


def _weights_of(codes: UInt8s) -> Floats:
    """Return the weighted frequencies that *codes* stand for; a third of the time of a table of 256."""
    weights = codes & FREQUENCY_MASK
    weights += codes >> FREQUENCY_BITS
    weights += 1
    return weights.astype(np.float32)


class Weighed:
    """What `Postings` are, of words whose occurrences had to be looked at one by one."""

    __slots__ = ("documents", "size", "weights")

    def __init__(self, documents: Ints, weights: Floats) -> None:
        self.documents = documents
        self.weights = weights
        self.size = len(documents)

    has_positions = False

    def weights_at(self, places: Ints) -> Floats:
        return self.weights.take(places)


#: Where a word occurs, however that was found out.
Occurrences = Postings | Weighed

#: Adding weights into an array over all documents beats sorting where these are at most so many times as many.
_SPARSE = 64


def united(snapshot: Snapshot, postings: Postings) -> Weighed:
    """Return postings of several forms as if these were one word."""
    documents, weights = postings.documents, postings.weights
    if len(documents) * _SPARSE < snapshot.size:
        order = documents.argsort(kind="stable")
        documents, weights = documents.take(order), weights.take(order)
        starts = np.diff(documents, prepend=-1).nonzero()[0]
        if not len(starts):
            return Weighed(documents, weights)
        return Weighed(documents.take(starts), np.add.reduceat(weights, starts))
    spread = np.bincount(documents, weights, snapshot.size)
    documents = spread.nonzero()[0]
    return Weighed(documents, spread.take(documents).astype(np.float32))


def inside(snapshot: Snapshot, keys: Ints, fields: Sequence[str]) -> Ints:
    """Return those of the occurrences *keys* that are in one of the text fields *fields*."""
    return keys[are_inside(snapshot, keys, fields)]


def are_inside(snapshot: Snapshot, keys: Ints, fields: Sequence[str]) -> Bools:
    """Return for each occurrence whether it is in one of the text fields *fields*."""
    documents, positions = keys >> POSITION_BITS, keys & POSITION_MASK
    found: Bools | None = None
    for name in fields:
        column = TEXT_FIELDS.index(name)
        within = positions < snapshot.field_ends(column).take(documents)
        if column:
            within &= positions >= snapshot.field_ends(column - 1).take(documents)
        found = within if found is None else found | within
    return np.zeros(len(keys), bool) if found is None else found


def weighed(snapshot: Snapshot, keys: Ints, family: str) -> Weighed:
    """Return the weighted frequency of ascending occurrences in each of their documents."""
    documents = keys >> POSITION_BITS
    if not len(documents):
        return Weighed(documents, np.zeros(0, np.float32))
    is_first = np.empty(len(documents), bool)
    is_first[0] = True
    np.not_equal(documents[1:], documents[:-1], out=is_first[1:])
    starts = is_first.nonzero()[0]
    if family == "text":
        weights = _position_weights(snapshot, documents, keys & POSITION_MASK)
        return Weighed(documents.take(starts), np.add.reduceat(weights, starts))
    frequencies = np.diff(starts, append=len(keys))
    return Weighed(documents.take(starts), frequencies.astype(np.float32))


#: Text fields, from the last on, that weigh otherwise than one behind them, and their weights.
_WEIGHTS = [FIELD_WEIGHTS[name] for name in TEXT_FIELDS]
_SPECIAL = [
    (column, _WEIGHTS[column])
    for column in range(len(_WEIGHTS) - 2, -1, -1)
    if any(weight != _WEIGHTS[column] for weight in _WEIGHTS[column + 1 :])
]


def _position_weights(snapshot: Snapshot, documents: Ints, positions: Ints) -> Floats:
    """Return what an occurrence at each place weighs: the weight of its field."""
    result = np.full(len(positions), _WEIGHTS[-1], np.float32)
    for column, weight in _SPECIAL:
        result[positions < snapshot.field_ends(column).take(documents)] = weight
    return result
