"""Which articles may be copies of which: those whose sketches share two fingerprints, at most two days apart.

A bucket has the documents of a slot of days that share a fingerprint (`buckets.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from search.engines.stories.buckets import UNDATED, beside, buckets_of, slots_of
from search.engines.stories.documents import Pairs, StoryDocuments, in_order
from search.engines.stories.likeness import ESTIMATED, Shares, estimated
from search.text.arrays import Bools, Ints, UInt64s, distinct, indices_of
from search.text.sketches import NO_SHINGLE

#: A copy is at most this much later than its original.
MAX_APART_US = 2 * 24 * 3600 * 1_000_000
#: Of the documents of a bucket only this many, the earliest, are candidates.
MAX_BUCKET = 64
#: A fingerprint that stands beside more different first fingerprints before an article is boilerplate to it.
MAX_FIRST = 24
#: Fingerprints that two sketches share at least.
MIN_SHARED = 2
#: Pairs of documents in one bucket that are held at once.
_PAIRS_AT_ONCE = 2_000_000
#: Pairs whose sketches are compared at once.
_ESTIMATED_AT_ONCE = 1 << 16


class Candidates:
    """Finds pairs of *documents* that look alike."""

    def __init__(self, documents: StoryDocuments) -> None:
        self._documents = documents

    def pairs(self, sought: Ints, own: Ints) -> Pairs:
        """Return pairs that have one of *sought* and look alike, each once.

        Where the copy is one of *own* the pair is found from there.
        """
        documents = self._documents
        if not len(sought):
            return Pairs(sought, sought)
        dates = documents.column("dates", sought)
        shingles = documents.column("sketch.shingles", sought)
        slots = slots_of(dates)
        has = shingles != NO_SHINGLE
        wanted = [buckets_of(beside(slots, side), shingles)[has] for side in (-1, 0, 1)]
        buckets = self._buckets(distinct(np.concatenate(wanted)))
        count = len(documents)
        ordered = in_order(documents, distinct(buckets.documents))
        place = np.full(count, -1)
        place[ordered] = np.arange(len(ordered))
        date_at = documents.column("dates", ordered)
        buckets = self._in_order(buckets, place)
        is_own = np.zeros(count, bool)
        is_own[own] = True
        owners = np.repeat(sought, has.sum(axis=1))
        stretches = _Stretches(buckets, ~is_own[buckets.documents])
        before, at, after = map(buckets.find, wanted)
        is_undated = np.repeat(dates == UNDATED, has.sum(axis=1))
        sides = stretches.of(owners, before, at, after, is_undated)
        widths: Ints = np.sum([side.widths for side in sides], axis=0)
        found = []
        for share in _shares(owners, widths):
            one = np.concatenate([np.repeat(owners[share], side.widths[share]) for side in sides])
            other = np.concatenate([side.documents(share) for side in sides])
            is_original = np.repeat(
                [side.is_of_originals for side in sides],
                [side.widths[share].sum() for side in sides],
            )
            copies, originals = np.where(is_original, one, other), np.where(is_original, other, one)
            later, earlier = place[copies], place[originals]
            keep = (earlier < later) & (date_at[later] - date_at[earlier] <= MAX_APART_US)
            # Of those that share as many fingerprints one is the same as that many places before.
            codes = np.sort(Pairs(copies[keep], originals[keep]).codes(count))
            again = codes[MIN_SHARED - 1 :]
            codes = distinct(again[again == codes[: 1 - MIN_SHARED]])
            pairs = Pairs(*np.divmod(codes, count))
            found.append(pairs.where(self.estimated(pairs)[0]))
        return Pairs(*map(np.concatenate, zip(*found, strict=True)))

    def _in_order(self, buckets: _Buckets, place: Ints) -> _Buckets:
        """Return *buckets* with the documents of large ones in the order of their *place*, and what is boilerplate there."""
        is_large = buckets.widths > MAX_FIRST
        entries = indices_of(buckets.starts[:-1][is_large], buckets.widths[is_large])
        if not len(entries):
            return buckets
        bucket = np.repeat(np.flatnonzero(is_large), buckets.widths[is_large])
        order = np.lexsort((place[buckets.documents[entries]], bucket))
        documents = buckets.documents[entries[order]]
        every = buckets.documents.copy()
        every[entries] = documents
        known = distinct(documents)
        first_of = self._documents.column("sketch.shingles", known)[:, 0]
        firsts = first_of[np.searchsorted(known, documents)]
        # Stable: of equal ones the earliest comes first.
        grouped = np.lexsort((firsts, bucket))
        is_new = np.ones(len(grouped), bool)
        is_new[1:] = (np.diff(firsts[grouped]) != 0) | (np.diff(bucket[grouped]) != 0)
        is_first = np.zeros(len(grouped), bool)
        is_first[grouped[is_new]] = True
        different = np.cumsum(is_first)
        ends = np.cumsum(buckets.widths[is_large])
        before_bucket = np.append(0, different[ends[:-1] - 1])
        may_be_copies = buckets.may_be_copies.copy()
        before = different - is_first - np.repeat(before_bucket, buckets.widths[is_large])
        may_be_copies[entries] = before <= MAX_FIRST
        is_boilerplate = buckets.is_boilerplate.copy()
        is_boilerplate[is_large] = different[ends - 1] - before_bucket > MAX_FIRST
        return buckets._replace(
            documents=every, may_be_copies=may_be_copies, is_boilerplate=is_boilerplate
        )

    def _buckets(self, wanted: UInt64s) -> _Buckets:
        """Return the *wanted* buckets, ascending, with the live documents in them."""
        every_key, every_document = self._documents.in_buckets(wanted)
        order = np.argsort(every_key, kind="stable")
        every_key = every_key[order]
        is_new = np.ones(len(every_key), bool)
        np.not_equal(every_key[1:], every_key[:-1], out=is_new[1:])
        starts = np.append(np.flatnonzero(is_new), len(every_key))
        return _Buckets(
            every_key[starts[:-1]],
            starts,
            np.diff(starts),
            every_document[order],
            np.ones(len(order), bool),
            np.zeros(len(starts) - 1, bool),
        )

    def estimated(self, pairs: Pairs) -> tuple[Bools, Shares]:
        """Return which of *pairs* look alike by their sketches, and the share of their shingles that is common."""
        found = np.zeros(len(pairs.copies), bool)
        jaccard = np.zeros(len(found))
        for at in range(0, len(found), _ESTIMATED_AT_ONCE):
            some = slice(at, at + _ESTIMATED_AT_ONCE)
            likeness = estimated(pairs.where(some), self._documents.column)
            dates = self._documents.column("dates", pairs.copies[some])
            found[some] = likeness.are_copies(ESTIMATED, dates == UNDATED)
            jaccard[some] = likeness.jaccard
        return found, jaccard


class _Buckets(NamedTuple):
    """Documents by slot and fingerprint: bucket *i* has ``documents[starts[i] : starts[i + 1]]``.

    In those of more than `MAX_FIRST` documents the earliest comes first.
    """

    keys: UInt64s
    starts: Ints
    widths: Ints
    documents: Ints
    #: Of each place in ``documents``: whether the fingerprint is no boilerplate before that document.
    may_be_copies: Bools
    #: Of each bucket: whether it is boilerplate after all of its documents.
    is_boilerplate: Bools

    def find(self, keys: UInt64s) -> Ints:
        """Return the number of the bucket of each key, -1 where there is none."""
        if not len(self.keys):
            return np.full(len(keys), -1)
        at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[at] == keys, at, -1)


class _Side(NamedTuple):
    """For each of some documents a stretch of others, which are all possible originals of it, or all possible copies."""

    members: Ints
    starts: Ints
    widths: Ints
    is_of_originals: bool

    def documents(self, share: slice) -> Ints:
        return self.members[indices_of(self.starts[share], self.widths[share])]


class _Stretches:
    """Where in buckets the possible originals and copies of a document lie.

    The originals are among the first `MAX_BUCKET`; copies are looked for among those that *are_sought* from there.
    """

    def __init__(self, buckets: _Buckets, are_sought: Bools) -> None:
        self._buckets = buckets
        inside = np.flatnonzero(are_sought & buckets.may_be_copies)
        outside = np.flatnonzero(are_sought)
        self._lists = [
            (buckets.documents[every], np.searchsorted(every, buckets.starts))
            for every in (inside, outside)
        ]

    def of(
        self, owners: Ints, before: Ints, own: Ints, after: Ints, is_undated: Bools
    ) -> list[_Side]:
        """Return the stretches for *owners* in the bucket of each, and in those one slot before and after; -1 is none.

        Those without a date are beside no other slot.
        """
        buckets = self._buckets
        rank, may_be_copy = self._ranks(owners, own)
        is_among_first = rank < MAX_BUCKET
        is_before = (before >= 0) & ~is_undated & ~buckets.is_boilerplate[before]
        is_after = (after >= 0) & ~is_undated & is_among_first & ~buckets.is_boilerplate[own]
        return [
            self._originals(before, is_before),
            self._originals(own, may_be_copy),
            self._copies(own, is_among_first, 0),
            self._copies(after, is_after, 1),
        ]

    def _originals(self, which: Ints, use: Bools) -> _Side:
        widths = np.where(use, np.minimum(self._buckets.widths[which], MAX_BUCKET), 0)
        return _Side(self._buckets.documents, self._buckets.starts[which], widths, True)

    def _copies(self, which: Ints, use: Bools, of_list: int) -> _Side:
        members, starts = self._lists[of_list]
        widths = np.where(use, starts[which + 1] - starts[which], 0)
        return _Side(members, starts[which], widths, False)

    def _ranks(self, owners: Ints, own: Ints) -> tuple[Ints, Bools]:
        """Return which place each of *owners* has in its *own* bucket, and whether it may be a copy there.

        0 in a bucket that is not large.
        """
        buckets, rank, may_be_copy = (
            self._buckets,
            np.zeros(len(own), np.int64),
            np.ones(len(own), bool),
        )
        is_large = buckets.widths > MAX_FIRST
        asked = np.flatnonzero(is_large[own])
        if len(asked):
            count = int(buckets.documents.max()) + 1
            entries = indices_of(buckets.starts[:-1][is_large], buckets.widths[is_large])
            bucket = np.repeat(np.flatnonzero(is_large), buckets.widths[is_large])
            codes = bucket * count + buckets.documents[entries]
            order = np.argsort(codes, kind="stable")
            at = entries[order[np.searchsorted(codes[order], own[asked] * count + owners[asked])]]
            rank[asked] = at - buckets.starts[own[asked]]
            may_be_copy[asked] = buckets.may_be_copies[at]
        return rank, may_be_copy


def _shares(owners: Ints, widths: Ints) -> Iterable[slice]:
    """Yield stretches of *owners*, of which equal ones stand together and stay so, with some `_PAIRS_AT_ONCE` pairs each."""
    ends = np.append(np.flatnonzero(np.diff(owners)) + 1, len(owners))
    totals = np.cumsum(widths)
    first = done = 0
    while first < len(owners):
        # The last end that keeps the pairs few enough, and at least the next one.
        fits = int(np.searchsorted(totals[ends - 1], done + _PAIRS_AT_ONCE, "right")) - 1
        after = int(np.searchsorted(ends, first, "right"))
        last = int(ends[max(fits, after)])
        yield slice(first, last)
        first, done = last, int(totals[last - 1])
