"""Which articles are copies of which: the numbers of stories that a commit gives.

All articles have one order: by date, then by the hash of the id. A *copy* joins the story of its *original*, the one
earlier article that is most like it; stories are never merged. So which articles are together depends on
the articles alone, and not on the order in which they came, on batches or on workers. Where an article comes
that is earlier than articles of the index that are like it, the stories of these are found anew.

Candidates share two fingerprints of their sketches and are at most two days apart; what the sketches say of them is
only an estimate, so the words of the most likely ones are compared.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from search.engines.whoosh_index.format.columns import damaged
from search.engines.whoosh_index.format.stored import UNDATED
from search.engines.whoosh_index.segment.story_keys import (
    beside,
    buckets_of,
    of_keys,
    slots_of,
)
from search.engines.whoosh_index.write.given import Earlier
from search.engines.whoosh_index.write.limits import WriteLimits
from search.engines.whoosh_index.write.parts import Part
from search.text.arrays import (
    Array,
    Bools,
    Ints,
    Numbers,
    UInt64s,
    distinct,
    indices_of,
    starts_of,
)
from search.text.batch import WordTable
from search.text.sketches import NO_NUMBER, NO_SHINGLE, shingles_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Shares = NDArray[np.float64]
else:
    Shares = np.ndarray

#: A copy is at most this much later than its original.
MAX_APART_US = 2 * 24 * 3600 * 1_000_000
#: Of the documents of a bucket only this many, the earliest, are candidates.
MAX_BUCKET = 64
#: A fingerprint that stands beside more different first fingerprints before an article is boilerplate to it.
MAX_FIRST = 24
#: Fingerprints that two sketches share at least.
MIN_SHARED = 2
#: Candidates of one article, the most like it, whose words are compared.
MAX_COMPARED = 8
#: Of a text only this much is compared, from its start on.
_COMPARED_BYTES = 200_000
#: Pairs of documents in one bucket that are held at once.
_PAIRS_AT_ONCE = 2_000_000
#: Pairs whose sketches are compared at once.
_ESTIMATED_AT_ONCE = 1 << 16
#: Pairs whose words are compared at once, and bytes of texts whose words are found at once.
_COMPARED_AT_ONCE = 512
_BYTES_AT_ONCE = 8_000_000


class Bounds(NamedTuple):
    """From where on two texts are copies: by the share of common shingles, of all and of those of the shorter text."""

    jaccard: float
    #: Where the names agree, and where they do not disagree.
    jaccard_of_same_names: float
    containment: float
    #: Of texts below `SHORT_SHINGLES`, and of articles without a date.
    strict_jaccard: float
    #: Of texts below `SHORT_SHINGLES`.
    strict_containment: float
    #: The share of the numbers of the text with fewer that the other has too.
    numbers: float


#: What sketches have to say, and what the words have to say then.
ESTIMATED = Bounds(
    jaccard=0.15,
    jaccard_of_same_names=0.15,
    containment=0.25,
    strict_jaccard=0.5,
    strict_containment=0.6,
    numbers=0.0,
)
EXACT = Bounds(
    jaccard=0.35,
    jaccard_of_same_names=0.28,
    containment=0.55,
    strict_jaccard=0.8,
    strict_containment=0.9,
    numbers=0.75,
)
SHORT_SHINGLES = 20
#: Fewer shingles are found in any text.
MIN_CONTAINED = 10
#: Where this share of the words are numbers, as in tables, this share of them has to agree.
MANY_NUMBERS = 0.25
MANY_NUMBERS_AGREE = 0.9
#: This share of the words with a capital, of the text with fewer of them, if it has a few, is in the other too: they are names, mostly.
NAMES_AGREE = 0.5
FEW_NAMES = 3
#: Texts are of the same names where this share of them does.
SAME_NAMES = 0.8
#: But where more of the words begin with one this says nothing.
MANY_CAPITALS = 0.6


class Likeness(NamedTuple):
    """Of pairs of texts: common shingles as a share of all, and of those of the shorter text; common numbers likewise."""

    jaccard: Shares
    containment: Shares
    numbers: Shares
    #: Likewise common names, 0.5 where the texts have few.
    names: Shares
    #: How many shingles the shorter text has.
    least: Numbers

    def are_copies(self, bounds: Bounds, is_undated: Bools) -> Bools:
        jaccard, contained = self.jaccard, self.containment
        is_short = self.least < SHORT_SHINGLES
        of_same_names = self.names >= SAME_NAMES
        least_jaccard = np.where(of_same_names, bounds.jaccard_of_same_names, bounds.jaccard)
        least_jaccard[is_short | is_undated] = bounds.strict_jaccard
        least_contained = np.where(is_short, bounds.strict_containment, bounds.containment)
        is_inside = (contained >= least_contained) & (self.least >= MIN_CONTAINED) & ~is_undated
        is_alike = (jaccard >= least_jaccard) | is_inside
        is_other = (self.numbers < bounds.numbers) | (self.names < NAMES_AGREE)
        found: Bools = is_alike & ~is_other
        return found


class Pairs(NamedTuple):
    """Pairs of documents: a possible copy, and the earlier one that it may be of."""

    copies: Ints
    originals: Ints

    def where(self, chosen: Array | slice) -> Pairs:
        return Pairs(self.copies[chosen], self.originals[chosen])


class _Documents:
    """All documents of several parts under numbers of their own, those of one part after those of the other."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self.parts = parts
        self.bases = starts_of(np.array([len(part.reader) for part in parts], np.int64))
        self._id_hashes: dict[int, Array] = {}
        self.is_live = np.ones(self.bases[-1], bool)
        for base, part in zip(self.bases[:-1].tolist(), parts, strict=True):
            if part.reader.live is not None:
                self.is_live[base : base + len(part.reader)] = part.reader.live
            self.is_live[[base + number for number in part.deleted]] = False

    def base(self, part: Part) -> int:
        """Return the number of the first document of *part*."""
        return int(self.bases[self.parts.index(part)])

    def located(self, documents: Ints) -> Iterable[tuple[int, Ints, Ints]]:
        """Yield parts, the places of *documents* that are in each, and their numbers there."""
        of_part = np.searchsorted(self.bases, documents, "right") - 1
        for number in distinct(of_part).tolist():
            at = np.flatnonzero(of_part == number)
            yield number, at, documents[at] - self.bases[number]

    def column(self, name: str, documents: Ints) -> Numbers:
        """Return what *documents* have in a column of `DOCUMENT_COLUMNS`."""
        found: Numbers | None = None
        for number, at, local in self.located(documents):
            numbers = self.parts[number].reader.column(name)[local]
            if found is None:
                found = np.empty((len(documents), *numbers.shape[1:]), np.int64)
            found[at] = numbers
        return np.zeros(0, np.int64) if found is None else found

    def id_hashes(self, documents: Ints) -> UInt64s:
        found = np.empty(len(documents), np.uint64)
        for number, at, local in self.located(documents):
            if number not in self._id_hashes:
                self._id_hashes[number] = self.parts[number].reader.id_hashes
            found[at] = self._id_hashes[number][local]
        return found

    def in_order(self, documents: Ints) -> Ints:
        """Return *documents* from the earliest to the latest."""
        order = np.lexsort((documents, self.id_hashes(documents), self.column("dates", documents)))
        return documents[order]

    def is_before(self, first: Ints, second: Ints) -> Bools:
        """Return which of *first* are earlier than the one of *second* at the same place."""
        first_dates, second_dates = self.column("dates", first), self.column("dates", second)
        first_ids, second_ids = self.id_hashes(first), self.id_hashes(second)
        same_id = (first_ids == second_ids) & (first < second)
        same_date = (first_dates == second_dates) & ((first_ids < second_ids) | same_id)
        found: Bools = (first_dates < second_dates) | same_date
        return found

    def bodies(self, documents: Ints) -> list[bytes]:
        found = [b""] * len(documents)
        for number, at, local in self.located(documents):
            articles = self.parts[number].reader.articles
            for place, document in zip(at.tolist(), local.tolist(), strict=True):
                found[place] = articles.body(document)
        return found


def give_stories(
    before: Sequence[Part],
    added: Sequence[Part],
    replaced: Mapping[Part, Mapping[int, Earlier]],
    limits: WriteLimits,
) -> None:
    """Give each document of *added* its story, and documents of *before* another where they are copies of these.

    *replaced* has, for documents of *added*, which one of *before* each replaces. One whose article is the same keeps
    its story. One whose article has changed keeps it too if it is no copy of another now, and still like
    what it was before.
    """
    if added:
        _Stories(before, added, replaced).give(is_wanted=limits.stories)


class _Stories:
    def __init__(
        self,
        before: Sequence[Part],
        added: Sequence[Part],
        replaced: Mapping[Part, Mapping[int, Earlier]],
    ) -> None:
        self._documents = _Documents([*before, *added])
        first = len(before)
        self._first_new = int(self._documents.bases[first])
        self._next = max((part.reader.given("story").largest for part in before), default=-1) + 1
        labels = [part.reader.given("story").numbers() for part in before]
        labels += [np.full(len(part.reader), -1) for part in added]
        #: The story of each document, as far as it is known; -1 elsewhere.
        self._labels = np.concatenate([np.zeros(0, np.int64), *labels])
        #: Whether a document has its story already.
        self._is_settled = np.arange(len(self._labels)) < self._first_new
        self._take_over(replaced)
        self._given = self._labels.copy()

    def _take_over(self, replaced: Mapping[Part, Mapping[int, Earlier]]) -> None:
        """Give documents the story of what they replace."""
        changed, before = [], []
        for part, every in replaced.items():
            base = self._documents.base(part)
            for document, earlier in every.items():
                old = self._documents.base(earlier.part) + earlier.document
                if earlier.is_same:
                    self._labels[base + document] = self._labels[old]
                    self._is_settled[base + document] = self._labels[old] >= 0
                elif self._labels[old] >= 0:
                    changed.append(base + document)
                    before.append(old)
        pairs = Pairs(np.array(changed, np.int64), np.array(before, np.int64))
        if changed:
            alike = compared(pairs, self._documents.bodies).are_copies(
                EXACT, np.zeros(len(changed), bool)
            )
            pairs = pairs.where(alike)
            self._labels[pairs.copies] = self._labels[pairs.originals]

    def give(self, *, is_wanted: bool) -> None:
        documents = self._documents
        new = np.flatnonzero(documents.is_live & ~self._is_settled)
        if not is_wanted:
            self._note()
            return
        sought = new[documents.column("sketch.shingle_counts", new) > 0]
        found = self._candidates(sought, sought)
        # Articles of the index that may be copies of new ones: their stories are found anew.
        again = np.setdiff1d(found.copies, sought)
        stories = np.unique(self._labels[again])
        stories = stories[stories >= 0]
        if len(again):
            settled = np.flatnonzero(documents.is_live & self._is_settled)
            members = settled[np.isin(self._labels[settled], stories)]
            again = np.union1d(members, again)
            more = self._candidates(again, again)
            found = Pairs(
                np.concatenate([found.copies, more.copies]),
                np.concatenate([found.originals, more.originals]),
            )
            codes = _codes(found, len(self._labels))
            found = found.where(np.unique(codes, return_index=True)[1])
            found = found.where(np.isin(found.copies, np.concatenate([sought, again])))
        self._decide(self._originals(found), again)
        # Whoever has none is the first of its story.
        without = new[self._given[new] < 0]
        self._given[without] = np.arange(self._next, self._next + len(without))
        self._note()

    # Candidates

    def _candidates(self, sought: Ints, own: Ints) -> Pairs:
        """Return pairs that have one of *sought* and look alike, each once.

        Where the copy is one of *own* the pair is found from there.
        """
        documents, count = self._documents, len(self._labels)
        if not len(sought):
            return Pairs(sought, sought)
        dates = documents.column("dates", sought)
        shingles = documents.column("sketch.shingles", sought)
        slots = slots_of(dates)
        has = shingles != NO_SHINGLE
        wanted = [buckets_of(beside(slots, side), shingles)[has] for side in (-1, 0, 1)]
        buckets = self._buckets(distinct(np.concatenate(wanted)))
        in_order = documents.in_order(distinct(buckets.documents))
        place = np.full(count, -1)
        place[in_order] = np.arange(len(in_order))
        date_at = documents.column("dates", in_order)
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
            codes = np.sort(_codes(Pairs(copies[keep], originals[keep]), count))
            again = codes[MIN_SHARED - 1 :]
            codes = distinct(again[again == codes[: 1 - MIN_SHARED]])
            pairs = Pairs(*np.divmod(codes, count))
            found.append(pairs.where(self._estimated(pairs)[0]))
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
        keys, found = [np.zeros(0, np.uint64)], [np.zeros(0, np.int64)]
        mask = np.zeros(1 << 22, bool) if len(wanted) > 50_000 else None
        if mask is not None:
            mask[(wanted & np.uint64(len(mask) - 1)).astype(np.int64)] = True
        bases = self._documents.bases[:-1].tolist()
        for base, part in zip(bases, self._documents.parts, strict=True):
            columns = part.reader.columns
            if "sketch.keys" not in columns or not len(columns["sketch.keys"]):
                continue
            every: UInt64s = columns["sketch.keys"]  # type: ignore[assignment]
            if mask is None:
                shift = np.uint64(16)
                first = np.searchsorted(every, wanted << shift)
                last = np.searchsorted(every, (wanted + np.uint64(1)) << shift)
                every = every[indices_of(first, last - first)]
            bucket, document = of_keys(every)
            if mask is not None:
                some = mask[(bucket & np.uint64(len(mask) - 1)).astype(np.int64)]
                bucket, document = bucket[some], document[some]
                at = np.minimum(np.searchsorted(wanted, bucket), len(wanted) - 1)
                is_wanted = wanted[at] == bucket
                bucket, document = bucket[is_wanted], document[is_wanted]
            if document.max(initial=0) >= len(part.reader):
                raise damaged(columns.path, "column sketch.keys does not fit the documents")
            document = document + base
            live = self._documents.is_live[document]
            keys.append(bucket[live])
            found.append(document[live])
        every_key, every_document = np.concatenate(keys), np.concatenate(found)
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

    def _estimated(self, pairs: Pairs) -> tuple[Bools, Shares]:
        """Return which of *pairs* look alike by their sketches, and the share of their shingles that is common."""
        found = np.zeros(len(pairs.copies), bool)
        jaccard = np.zeros(len(found))
        for at in range(0, len(found), _ESTIMATED_AT_ONCE):
            some = slice(at, at + _ESTIMATED_AT_ONCE)
            likeness = self._estimate(pairs.where(some))
            dates = self._documents.column("dates", pairs.copies[some])
            found[some] = likeness.are_copies(ESTIMATED, dates == UNDATED)
            jaccard[some] = likeness.jaccard
        return found, jaccard

    def _estimate(self, pairs: Pairs) -> Likeness:
        def both(name: str) -> tuple[Numbers, Numbers]:
            column = self._documents.column
            return column(f"sketch.{name}", pairs.copies), column(f"sketch.{name}", pairs.originals)

        jaccard, containment, least = _estimated_shares(
            *both("shingles"), *both("shingle_counts"), NO_SHINGLE
        )
        _, numbers, fewest = _estimated_shares(*both("numbers"), *both("number_counts"), NO_NUMBER)
        numbers[fewest == 0] = 1.0
        return Likeness(jaccard, containment, numbers, np.full(len(least), NAMES_AGREE), least)

    # Deciding

    def _originals(self, pairs: Pairs) -> dict[int, int]:
        """Return the original of each copy among *pairs*: of those whose words are compared the most like it."""
        documents = self._documents
        if not len(pairs.copies):
            return {}
        _, estimated = self._estimated(pairs)
        dates = documents.column("dates", pairs.originals)
        ids = documents.id_hashes(pairs.originals)
        order = np.lexsort((ids, dates, -estimated, pairs.copies))
        pairs = pairs.where(order)
        is_first = np.ones(len(order), bool)
        np.not_equal(pairs.copies[1:], pairs.copies[:-1], out=is_first[1:])
        first = np.flatnonzero(is_first)
        rank = np.arange(len(order)) - np.repeat(first, np.diff(np.append(first, len(order))))
        pairs = pairs.where(rank < MAX_COMPARED)
        exact = compared(pairs, documents.bodies)
        is_undated = documents.column("dates", pairs.copies) == UNDATED
        is_copy = exact.are_copies(EXACT, is_undated)
        pairs, jaccard = pairs.where(is_copy), exact.jaccard[is_copy]
        dates = documents.column("dates", pairs.originals)
        ids = documents.id_hashes(pairs.originals)
        best = np.lexsort((ids, dates, -jaccard, pairs.copies))[::-1]
        return dict(zip(pairs.copies[best].tolist(), pairs.originals[best].tolist(), strict=True))

    def _decide(self, originals: Mapping[int, int], again: Ints) -> None:
        """Give copies the story of their original; *again* are those of the index that are looked at anew."""
        looked_at = np.union1d(np.array([*originals.keys(), *originals.values()], np.int64), again)
        # A new article without an original takes on the story of its first copy, if that is left to nobody.
        heirs: dict[int, list[int]] = {}
        is_again = set(again.tolist())
        in_order = self._documents.in_order(looked_at).tolist()
        for document in in_order:
            if document in originals and document in is_again:
                heirs.setdefault(originals[document], []).append(document)
        taken: set[int] = set()
        for document in in_order:
            if document in originals:
                story = int(self._given[originals[document]])
            else:
                story = int(self._labels[document])
                if story < 0 and not self._is_settled[document]:
                    left = [int(self._labels[heir]) for heir in heirs.get(document, ())]
                    story = next((s for s in left if s >= 0 and s not in taken), -1)
                if story < 0:
                    story = self._next
                    self._next += 1
            self._given[document] = story
            taken.add(story)

    def _note(self) -> None:
        """Put what was decided into the parts that it changes."""
        bases = self._documents.bases.tolist()
        for (first, last), part in zip(pairwise(bases), self._documents.parts, strict=True):
            given = self._given[first:last]
            if first >= self._first_new or (given != self._labels[first:last]).any():
                part.given["story"] = given


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


def _codes(pairs: Pairs, documents: int) -> Ints:
    return pairs.copies * documents + pairs.originals


def _estimated_shares(
    left: Numbers, right: Numbers, left_count: Numbers, right_count: Numbers, none: int
) -> tuple[Shares, Shares, Numbers]:
    """Return the estimated shares of common values, of all and of the smaller side, and how many that has.

    *left* and *right* are the least values of both sides, a row a pair, *none* after the last.
    """
    kept = left.shape[1]
    both = np.sort(np.concatenate([left, right], axis=1), axis=1)
    is_again = np.zeros(both.shape, bool)
    is_again[:, 1:] = both[:, 1:] == both[:, :-1]
    is_value = both != none
    rank = np.cumsum(~is_again & is_value, axis=1)
    among_least = is_value & (rank <= kept)
    shared = (is_again & among_least).sum(axis=1)
    least = (~is_again & among_least).sum(axis=1)
    jaccard = shared / np.maximum(least, 1)
    smaller = np.minimum(left_count, right_count)
    common = jaccard * (left_count + right_count) / (1 + jaccard)
    return jaccard, np.minimum(1.0, common / np.maximum(smaller, 1)), smaller


# The words themselves

#: Shingles are marked in a table of this number of places: one of a thousand is taken for another.
_PLACES = 1 << 20


def compared(pairs: Pairs, bodies: Callable[[Ints], list[bytes]]) -> Likeness:
    """Return the likeness of the texts of *pairs*, of which *bodies* gives those of documents."""
    shares = np.zeros((4, len(pairs.copies)))
    least = np.zeros(len(pairs.copies), np.int64)
    table = WordTable()
    marks = np.zeros(_PLACES, bool)
    # Pairs of documents that lie near each other are compared together.
    for at in range(0, len(least), _COMPARED_AT_ONCE):
        some = slice(at, at + _COMPARED_AT_ONCE)
        chunk = pairs.where(some)
        which, numbers = np.unique(np.concatenate(chunk), return_inverse=True)
        # Most copies are the same to the letter.
        different: dict[bytes, int] = {}
        text_of = [different.setdefault(_start(body), len(different)) for body in bodies(which)]
        texts = _texts(list(different), table)
        for place, (left, right) in enumerate(numbers.reshape(2, -1).T.tolist()):
            found = _likeness(texts[text_of[left]], texts[text_of[right]], marks)
            shares[:, at + place] = found[:4]
            least[at + place] = found[4]
    return Likeness(shares[0], shares[1], shares[2], shares[3], least)


def _start(body: bytes) -> bytes:
    """Return what of *body* is compared."""
    if len(body) <= _COMPARED_BYTES:
        return body
    return body[:_COMPARED_BYTES].decode(errors="ignore").encode()


class _Text(NamedTuple):
    """The different shingles and numbers of a text, by hash, and its words with a capital."""

    shingles: Ints
    numbers: frozenset[int]
    number_share: float
    names: frozenset[bytes]


def _texts(bodies: Sequence[bytes], table: WordTable) -> list[_Text]:
    found: list[_Text] = []
    first = size = 0
    for last, body in enumerate(bodies, 1):
        size += len(body)
        if size >= _BYTES_AT_ONCE or last == len(bodies):
            form, counts = table.numbers(bodies[first:last])
            words = table.hashes()[form]
            hashes, edges = shingles_of(words, counts)
            places = (hashes & np.uint64(_PLACES - 1)).astype(np.int64)
            starts = starts_of(counts)
            is_number = (words & np.uint64(1)).astype(bool)
            for number, (start, end) in enumerate(pairwise(starts.tolist())):
                own = words[start:end][is_number[start:end]]
                found.append(
                    _Text(
                        distinct(places[edges[number] : edges[number + 1]]),
                        frozenset(own.tolist()),
                        len(own) / max(1, end - start),
                        _names(bodies[first + number], end - start),
                    )
                )
            first, size = last, 0
    return found


_CAPITALISED = re.compile(rb"\b[A-Z][A-Za-z\x80-\xff]+")


def _names(body: bytes, words: int) -> frozenset[bytes]:
    """Return the different words of *body* with a capital; none where that is nothing special among *words* of them."""
    found = _CAPITALISED.findall(body)
    if len(found) > MANY_CAPITALS * words:
        return _NO_NAMES
    return frozenset([name.lower() for name in set(found)])


_NO_NAMES: frozenset[bytes] = frozenset()


def _likeness(left: _Text, right: _Text, marks: Bools) -> tuple[float, float, float, float, int]:
    if left is right:
        return 1.0, 1.0, 1.0, 1.0, len(left.shingles)
    marks[left.shingles] = True
    common = int(np.count_nonzero(marks[right.shingles]))
    marks[left.shingles] = False
    lefts, rights = len(left.shingles), len(right.shingles)
    least = min(lefts, rights)
    fewest = min(len(left.numbers), len(right.numbers))
    agree = len(left.numbers & right.numbers) / fewest if fewest else 1.0
    if min(left.number_share, right.number_share) >= MANY_NUMBERS and agree < MANY_NUMBERS_AGREE:
        agree = 0.0
    fewest = min(len(left.names), len(right.names))
    names = len(left.names & right.names) / fewest if fewest >= FEW_NAMES else NAMES_AGREE
    jaccard = common / max(1, lefts + rights - common)
    return jaccard, common / max(1, least), agree, names, least
