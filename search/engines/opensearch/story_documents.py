"""The documents of a cluster among which stories are found: those that are to be published, and what the index has that may be like them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any

import numpy as np

from search.engines.opensearch.keys import article_of, columns_of, key_of, keyed
from search.engines.opensearch.pages import hits_of
from search.engines.opensearch.publish import Publication
from search.engines.opensearch.sketches import as_words, own_story, stored_sketches
from search.engines.opensearch.view import Clause, Point
from search.engines.stories.buckets import (
    FINGERPRINT_BITS,
    SLOT_US,
    SLOTS,
    UNDATED,
    UNDATED_SLOT,
    buckets_of,
    slots_of,
)
from search.text.arrays import Array, Bools, Ints, Numbers, UInt64s, distinct, indices_of
from search.text.sketches import NO_SHINGLE

#: Hits that are asked for at once, fingerprints that stand in one clause, and questions in one request.
_AT_ONCE = 5_000
_WORDS_AT_ONCE = 20_000
_BODIES_AT_ONCE = 500
#: Has a hit say whether it is copied, which is in no column.
_COPIED: Clause = {"term": {"copied": {"value": True, "_name": "copied"}}}
#: Stretches of time that are asked about apart.
_STRETCHES = 8


class IndexDocuments:
    """A `search.engines.stories.documents.StoryDocuments` of what is published, and of so much of the index as was asked for.

    What goes with the publication is known only where it was asked for as such, and is not live.
    """

    def __init__(self, publication: Publication, point: Point) -> None:
        """*point* was opened after all that is published was written and could be found."""
        self._publication = publication
        self.view = view = publication.after(point)
        self._stored: list[Clause] = [*view.stored, {"bool": {"must_not": publication.pending}}]
        #: By document number: the key in the cluster.
        self.keys: list[str] = []
        self._numbers: dict[str, int] = {}
        self._dates: Ints = np.zeros(0, np.int64)
        self._sketches: Array = stored_sketches([])
        #: The story that each has in the cluster now, and whether that says that others have it too.
        self.own: Ints = np.zeros(0, np.int64)
        self.copied: Bools = np.zeros(0, bool)
        #: The story of each as far as it is known; -1 elsewhere. Whether it is known for good.
        self.labels: Ints = np.zeros(0, np.int64)
        self.settled: Bools = np.zeros(0, bool)
        #: Whether it counts, and whether it did before.
        self.is_live: Bools = np.zeros(0, bool)
        self.is_stored: Bools = np.zeros(0, bool)
        self._take(self._hits([*view.stored, *publication.pending]), is_stored=False)

    def __len__(self) -> int:
        return len(self.keys)

    def fetch_replaced(self) -> list[tuple[int, int, bool]]:
        """Return which document replaces which one of the index, by number, and whether their articles are the same."""
        replaced = self._publication.replaced
        keys = [each.key for each in replaced.values()]
        for first in range(0, len(keys), _AT_ONCE):
            some: Clause = {"terms": {"_id": keys[first : first + _AT_ONCE]}}
            self._take(self._hits([some]), is_stored=True, is_live=False)
        batch_of = self._publication.batch_of
        pairs = [
            (key_of(article_id, batch_of[article_id]), key, is_same)
            for article_id, (key, is_same) in replaced.items()
        ]
        numbers = self._numbers
        return [
            (numbers[key], numbers[old], is_same)
            for key, old, is_same in pairs
            if key in numbers and old in numbers
        ]

    def _take(
        self, hits: Iterable[Mapping[str, Any]], *, is_stored: bool, is_live: bool = True
    ) -> None:
        new = []
        for hit in hits:
            if hit["_id"] not in self._numbers:
                self._numbers[hit["_id"]] = len(self._numbers)
                new.append(hit)
        if not new:
            return
        self.keys += [hit["_id"] for hit in new]

        def more(before: Array, values: Iterable[Any]) -> Any:
            return np.append(before, np.fromiter(values, before.dtype, len(new)))

        fields = [hit["fields"] for hit in new]
        stories = [each["story"][0] for each in fields]
        self._dates = more(self._dates, (each.get("published", [UNDATED])[0] for each in fields))
        sketches = stored_sketches([each.get("sk", [""])[0] for each in fields])
        self._sketches = np.concatenate([self._sketches, sketches])
        self.own = more(self.own, stories)
        self.copied = more(self.copied, ("copied" in hit.get("matched_queries", ()) for hit in new))
        self.labels = more(self.labels, stories if is_stored else (-1 for _ in new))
        self.settled = more(self.settled, (is_stored for _ in new))
        self.is_stored = more(self.is_stored, (is_stored for _ in new))
        self.is_live = more(self.is_live, (is_live for _ in new))

    def _hits(
        self, filters: Sequence[Clause], first: Sequence[dict[str, Any]] | None = None
    ) -> list[dict[str, Any]]:
        """Return all hits that fit *filters*, with what is asked of them here; *first* is their first page, where it is known."""
        return keyed(list(hits_of(self.view.search, self._body(filters), first)))

    @staticmethod
    def _body(filters: Sequence[Clause]) -> dict[str, Any]:
        return {
            "query": {"bool": {"filter": list(filters), "should": [_COPIED]}},
            "size": _AT_ONCE,
            "sort": [{"id": "asc"}, {"batch": "asc"}],
            "track_total_hits": False,
            **columns_of("published", "story", "sk"),
        }

    def column(self, name: str, documents: Ints) -> Numbers:
        if name == "dates":
            return self._dates[documents]
        found: Numbers = self._sketches[name.partition(".")[2]][documents].astype(np.int64)  # type: ignore[call-overload]
        return found

    def id_hashes(self, documents: Ints) -> UInt64s:
        ids = [article_of(self.keys[number]).encode() for number in documents.tolist()]
        joined = b"".join(blake2b(each, digest_size=8).digest() for each in ids)
        return np.frombuffer(joined, "<u8").astype(np.uint64)

    def bodies(self, documents: Ints) -> list[bytes]:
        found: dict[str, bytes] = {}
        keys = [self.keys[number] for number in documents.tolist()]
        for first in range(0, len(keys), _BODIES_AT_ONCE):
            some = keys[first : first + _BODIES_AT_ONCE]
            body = {
                "query": {"terms": {"_id": some}},
                "size": len(some),
                "_source": ["doc.body"],
                "track_total_hits": False,
            }
            for hit in self.view.search(body)["hits"]["hits"]:
                text = hit["_source"].get("doc", {}).get("body", "")
                found[hit["_id"]] = text.encode()
        return [found.get(key, b"") for key in keys]

    def in_buckets(self, wanted: UInt64s) -> tuple[UInt64s, Ints]:
        filters = [[*self._stored, query] for query in self._queries(wanted)]
        answers = self.view.msearch([self._body(each) for each in filters])
        for own, answer in zip(filters, answers, strict=True):
            self._take(self._hits(own, answer["hits"]["hits"]), is_stored=True)
        live = np.flatnonzero(self.is_live)
        shingles = self.column("sketch.shingles", live)
        has = shingles != NO_SHINGLE
        buckets = buckets_of(slots_of(self._dates[live]), shingles)[has]
        documents = np.repeat(live, has.sum(axis=1))
        if not len(wanted):
            return buckets[:0], documents[:0]
        order = np.argsort(buckets, kind="stable")  # those of one bucket ascend, as they did
        buckets, documents = buckets[order], documents[order]
        at = np.minimum(np.searchsorted(wanted, buckets), len(wanted) - 1)
        is_kept = wanted[at] == buckets
        is_kept[1:] &= (buckets[1:] != buckets[:-1]) | (documents[1:] != documents[:-1])
        return buckets[is_kept], documents[is_kept]

    def _queries(self, wanted: UInt64s) -> Iterator[Clause]:
        """Yield the filters of all that is in *wanted* buckets, and of little else."""
        slots = (wanted >> np.uint64(FINGERPRINT_BITS)).astype(np.int64)
        fingerprints = wanted & np.uint64((1 << FINGERPRINT_BITS) - 1)
        undated = slots == UNDATED_SLOT
        if undated.any():
            for words in _in_parts(distinct(fingerprints[undated])):
                no_date: Clause = {"bool": {"must_not": [{"exists": {"field": "published"}}]}}
                yield {"bool": {"filter": [{"terms": {"fp": words}}, no_date]}}
        slots, at = self._real(slots[~undated])
        fingerprints = fingerprints[~undated][at]
        # A text is wanted in its own slot and those beside it, so that a fingerprint has a few slots in a row.
        order = np.lexsort((slots, fingerprints))
        slots, fingerprints = slots[order], fingerprints[order]
        is_new = np.ones(len(slots), bool)
        is_new[1:] = (np.diff(slots) > 1) | (fingerprints[1:] != fingerprints[:-1])
        firsts = np.flatnonzero(is_new)
        lasts = np.append(firsts[1:], len(slots)) - 1
        # Articles of one batch are of a few days, or of an archive: then stretches of it are asked about together.
        by_time = np.argsort(slots[firsts], kind="stable")
        for part in np.array_split(by_time, _STRETCHES):
            if not len(part):
                continue
            first, last = int(slots[firsts[part]].min()), int(slots[lasts[part]].max())
            bounds = {"gte": first * SLOT_US, "lt": (last + 1) * SLOT_US}
            for words in _in_parts(distinct(fingerprints[firsts[part]])):
                dated: Clause = {"range": {"published": bounds}}
                yield {"bool": {"filter": [{"terms": {"fp": words}}, dated]}}

    def _real(self, slots: Ints) -> tuple[Ints, Ints]:
        """Return which slots since 1970 *slots* are, which begin anew after `SLOTS`, and of which place among them each is.

        They are at a document that is known, or beside it.
        """
        dated = self._dates[self._dates != UNDATED] // SLOT_US
        near = distinct(np.concatenate([dated - 1, dated, dated + 1]))
        # Of several that are 22 years apart all are looked at.
        near = near[np.argsort(near % SLOTS, kind="stable")]
        first = np.searchsorted(near % SLOTS, slots)
        widths = np.searchsorted(near % SLOTS, slots, "right") - first
        return near[indices_of(first, widths)], np.repeat(np.arange(len(slots)), widths)

    def of_stories(self, stories: Ints) -> Ints:
        for first in range(0, len(stories), _AT_ONCE):
            some: Clause = {"terms": {"story": stories[first : first + _AT_ONCE].tolist()}}
            self._take(self._hits([*self._stored, some]), is_stored=True)
        return np.flatnonzero(self.is_live & self.settled & np.isin(self.labels, stories))

    def stories(self, documents: Ints) -> Ints:
        return self.labels[documents]

    def is_settled(self, documents: Ints) -> Bools:
        return self.settled[documents]

    def new_stories(self, documents: Ints) -> Ints:
        keys = [self.keys[number].rpartition("@") for number in documents.tolist()]
        stories = [own_story(article_id, int(batch)) for article_id, _, batch in keys]
        return np.array(stories, np.int64)


def _in_parts(fingerprints: UInt64s) -> Iterator[list[str]]:
    """Yield *fingerprints* as words, in parts that fit into one clause."""
    for first in range(0, len(fingerprints), _WORDS_AT_ONCE):
        yield as_words(fingerprints[first : first + _WORDS_AT_ONCE])
