"""Publishing: what was staged counts, and what it takes the place of does not, by one write of the manifest.

Before that write nothing is seen, after it everything; where the process ends before it, the index is as it was.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from search.engines.opensearch.connection import erase_item
from search.engines.opensearch.keys import article_of, key_of
from search.engines.opensearch.manifest import Manifest
from search.engines.opensearch.view import Clause, Point, View, page_of
from search.engines.opensearch.volumes import erase_volumes, rest_of
from search.engines.opensearch.write import (
    BULK_DOCUMENTS,
    OF_ANOTHER_INDEX,
    SENDERS,
    Earlier,
    Sent,
    Target,
    as_after,
    asked_anew,
    erase_batches,
    erase_found,
    give_up,
    stored_of,
    write,
)
from search.engines.records import to_microseconds
from search.engines.staging import Given, Staged
from search.model.article import Document
from search.model.errors import EngineError

#: The lock of who changes what is seen.
WRITER = "writer"
#: Documents erased by one request.
_AT_ONCE = 5000
#: Keys in one list: OpenSearch takes 65,536 in one clause.
_IN_LIST = 20_000
#: Keys of replaced documents that stand in the manifest, which each question reads; more are a document of their own.
_REPLACED_INLINE = 200
#: Batches whose instants stand in the manifest; half of them go into a page where there are more.
_PUBLISHED_INLINE = 200
#: Articles that are looked up by one request.
_FEW = 1000
#: Microseconds for which a list is kept once all in it is erased: no question takes that long, nor does reading all documents.
_LISTS_KEPT_US = 86_400_000_000
#: What is read of a document to know what takes its place.
_HEAD = ["revision", "added", "revises", "doc.is_withdrawn"]


class Replaced(NamedTuple):
    """A stored document that a staged one takes the place of, and whether its article is the same."""

    key: str
    is_same: bool


class Changed(NamedTuple):
    """A stored document that another article takes the place of, and whether its publisher took that back."""

    document: Document
    is_withdrawn: bool


class Publication:
    """What is about to be committed, for the rooms that have a part in it. The lock of the writer is held."""

    def __init__(
        self,
        target: Target,
        manifest: Manifest,
        staged: Sequence[Staged],
        deleted_ids: Sequence[str],
        given: Mapping[str, Given],
    ) -> None:
        self.target = target
        self.manifest = manifest
        #: When all this comes, in microseconds since 1970: later than all before.
        known = [manifest.instant, *(to_microseconds(each.added) for each in given.values())]
        self.instant = max(time.time_ns() // 1000, max(known) + 1)
        self.deleted_ids = deleted_ids
        #: The batches in order, and for each article the one whose document counts.
        self.batches: list[int] = []
        self.batch_of: dict[str, int] = {}
        #: By article, where there was one that counts: seen or not.
        self.replaced: dict[str, Replaced] = {}
        self.changed: list[Changed] = []
        #: Those of `deleted_ids` that are stored.
        self.deleted: list[str] = []
        #: The volumes that there will be, and those that go with all that is in them.
        self.volumes: tuple[str, ...] = ()
        self.retired: tuple[str, ...] = ()
        self._given = given
        #: Keys of what will not count, in a dict for their order.
        self._hidden: dict[str, None] = {}
        #: Keys of what was written into the batches though it was not staged.
        self._carried: set[str] = set()
        self._is_rewritten = False
        self._latest_embargo = 0
        #: How many of the hidden keys are in lists.
        self._listed = 0
        for part in staged:
            batch = self._batch(part)
            self.batches.append(batch)
            for article_id in part.article_ids:
                if article_id in part.left_out:
                    self._hidden[key_of(article_id, batch)] = None
                    continue
                if article_id in self.batch_of:
                    self._hidden[key_of(article_id, self.batch_of[article_id])] = None
                self.batch_of[article_id] = batch

    def _batch(self, part: Staged) -> int:
        physical, _, number = part.location.rpartition("@")
        if physical != self.manifest.physical or int(number) not in self.manifest.pending:
            raise EngineError(
                f"{part.location!r}: gone before it was committed (did the process end that wrote it?); the index is as "
                "it was, run newssearch index again"
            )
        return int(number)

    # What the rooms ask and change

    @property
    def pending(self) -> list[Clause]:
        """The filters that find what is staged, whether it will count or not."""
        return [{"terms": {"batch": self.batches}}]

    def after(self, point: Point) -> View:
        """Return a view of *point*, opened meanwhile, in which counts what will count after the commit."""
        return View(point, manifest=self._after(point.manifest))

    def rewrite(self, view: View, fields: Mapping[str, Mapping[str, Any]]) -> None:
        """Give documents, by their keys, these fields of their sources, and keep the others as *view* sees them.

        A staged one is written anew. One that counts already gets a successor in the last batch, with the same instant and
        revision, so that the commit is for all of them.
        """
        with ThreadPoolExecutor(SENDERS) as senders:
            for _ in senders.map(
                lambda keys: self._rewrite_some(view, keys, fields), self._in_parts(fields)
            ):
                pass

    def _in_parts(self, keys: Collection[str]) -> list[list[str]]:
        """Return *keys* of documents in parts of one batch each, few enough: the disks of all nodes are waited for with each part."""
        by_batch: dict[int, list[str]] = {}
        for key in keys:
            by_batch.setdefault(self._batch_for(article_of(key)), []).append(key)
        at_once = min(BULK_DOCUMENTS, -(-len(keys) // SENDERS))
        parts = []
        for own in by_batch.values():
            count = max(-(-len(own) // BULK_DOCUMENTS), round(len(own) / at_once), 1)
            parts += [own[number::count] for number in range(count)]
        return parts

    def _rewrite_some(
        self, view: View, keys: Sequence[str], fields: Mapping[str, Mapping[str, Any]]
    ) -> None:
        sent = []
        for hit in view.hits({"bool": {"filter": [{"terms": {"_id": keys}}]}}):
            source = hit["_source"]
            if source["batch"] not in self.batches:
                self._hidden[hit["_id"]] = None
                self._carried.add(key_of(article_of(hit["_id"]), self.batches[-1]))
            sent.append(Sent(view.document(source), source.get("revises", ""), fields[hit["_id"]]))
        self._put(sent)

    def _put(self, documents: Sequence[Sent]) -> None:
        """Write documents into their batches."""
        by_batch: dict[int, list[Sent]] = {}
        for sent in documents:
            by_batch.setdefault(self._batch_for(sent.document.article_id), []).append(sent)
        for batch, own in by_batch.items():
            write(self.target, self.manifest, batch, own)
        self._is_rewritten = self._is_rewritten or bool(by_batch)

    def _batch_for(self, article_id: str) -> int:
        return self.batch_of.get(article_id, self.batches[-1])

    # Preparing

    def prepare(self) -> None:
        """Find what is replaced and deleted; give each document its instant and revision.

        It can be asked again where it, or what follows, has lost a node. Raises `EngineError`.
        """
        target = self.target
        self.replaced, self.changed = {}, []
        target.connection.refresh(self.manifest.physical)
        with target.views.point(self.manifest) as point:
            view = View(point)
            staged = View(point, manifest=self._after(point.manifest), batches=self.batches)
            there, told = self._heads(view, staged)
            if self.manifest.volumes_by:
                self.retired = self._emptied(view, there.values())
                self.volumes = tuple(v for v in point.volumes if v not in self.retired)
            self._hidden |= dict.fromkeys(
                hit["_id"] for hit in there.values() if hit["_index"] not in self.retired
            )
            self.deleted = [i for i in self.deleted_ids if i in there]
            wrong = [i for i in self.batch_of if not self._is_right(i, there.get(i), told.get(i))]
            self._correct(view, staged, wrong, there)
            self._note(view, there, told, set(wrong))
        self.refresh()

    def _emptied(self, view: View, gone: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
        """Return the volumes in which nothing stays that counts or is about to, once the hits that are *gone* do not count.

        One in which there was nothing is left to who may be about to write there, as long as something is pending.
        """
        volumes = view.point.volumes
        counted = {"terms": {"field": "_index", "size": len(volumes)}}
        body = {"size": 0, "track_total_hits": False, "aggs": {"volumes": counted}}
        buckets = view.search(body)["aggregations"]["volumes"]["buckets"]
        stored = {bucket["key"]: bucket["doc_count"] for bucket in buckets}
        going = Counter(hit["_index"] for hit in gone)
        is_alone = view.manifest.pending.keys() <= set(self.batches)
        return tuple(
            volume
            for volume in volumes
            if volume != rest_of(self.manifest)
            and stored.get(volume, 0) == going[volume]
            and (going[volume] or is_alone)
        )

    def _heads(
        self, view: View, staged: View
    ) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
        """Return by id the hits of what is stored, and what the staged documents say that keep something.

        Raises `EngineError` where a staged document is not there.
        """
        ids = list(dict.fromkeys((*self.batch_of, *self.deleted_ids)))
        of_ids = {"bool": {"filter": [{"terms": {"id": ids}}, *view.stored]}}
        keeping = {"bool": {"filter": [*staged.stored, {"exists": {"field": "revises"}}]}}
        all_staged = {
            "size": 1,
            "query": {"bool": {"filter": staged.stored}},
            "sort": [{"embargoed_until": {"order": "desc", "missing": 0}}],
            "_source": False,
            "track_total_hits": True,
        }
        if not self.batches:
            hits: Iterator[dict[str, Any]] = view.with_ids(ids, view.stored, _HEAD)
            return {article_of(hit["_id"]): hit for hit in hits}, {}
        if len(ids) <= _FEW:  # one request does
            bodies = [all_staged, page_of(of_ids, _HEAD, _FEW), page_of(keeping, _HEAD, _FEW)]
            counted, *found = staged.msearch(bodies)
            hits, kept = (iter(answer["hits"]["hits"]) for answer in found)
        else:
            counted = staged.search(all_staged)
            hits = view.with_ids(ids, view.stored, _HEAD)
            kept = staged.hits(keeping, _HEAD)
        total = counted["hits"]["total"]["value"]
        if total != len(self.batch_of) + len(self._carried):
            raise EngineError(
                f"of {len(self.batch_of):,} articles that were sent {total:,} are there; nothing is published, "
                "run the same command again"
            )
        if total:
            self._latest_embargo = max(0, counted["hits"]["hits"][0]["sort"][0])
        return (
            {article_of(hit["_id"]): hit for hit in hits},
            {article_of(hit["_id"]): hit["_source"] for hit in kept},
        )

    def _is_right(
        self, article_id: str, earlier: dict[str, Any] | None, told: dict[str, Any] | None
    ) -> bool:
        """Whether a staged document has what its publication gives it."""
        said = told or {}
        if given := self._given.get(article_id):
            own = said.get("added"), said.get("revision", 0)
            return own == (to_microseconds(given.added), given.revision)
        return said.get("revises") == (earlier["_id"] if earlier else None)

    def _correct(
        self,
        view: View,
        staged: View,
        article_ids: Sequence[str],
        there: Mapping[str, dict[str, Any]],
    ) -> None:
        """Write anew the documents that have not what they are given: an article came or went since they were sent."""
        for first in range(0, len(article_ids), BULK_DOCUMENTS):
            some = article_ids[first : first + BULK_DOCUMENTS]
            earlier = stored_of(view, [i for i in some if i in there])
            corrected = []
            for hit in staged.with_ids(some, staged.stored):
                document = staged.document(hit["_source"])
                old = earlier.get(document.article_id)
                given = self._given.get(document.article_id)
                if given is not None:
                    document = document._replace(added=given.added, revision=given.revision)
                    corrected.append(Sent(document, old.key if old else OF_ANOTHER_INDEX))
                else:
                    corrected.append(as_after(document._replace(added=None), old))
                if old is not None:
                    self._replace(old, document)
            self._put(corrected)

    def _replace(self, old: Earlier, document: Document) -> None:
        article = document.article
        is_same = old.document.article == article
        self.replaced[document.article_id] = Replaced(old.key, is_same)
        if not is_same and document.article_id not in self._given:
            self.changed.append(Changed(old.document, article.is_withdrawn))

    def _note(
        self,
        view: View,
        there: Mapping[str, dict[str, Any]],
        told: Mapping[str, dict[str, Any]],
        seen: set[str],
    ) -> None:
        """Note what the other documents replace: those that were made in knowledge of it."""
        changed = []
        for article_id, old in there.items():
            if article_id not in self.batch_of or article_id in seen:
                continue
            own, before = told[article_id], old["_source"]
            is_same = own.get("revision", 0) == before.get("revision", 0)
            self.replaced[article_id] = Replaced(old["_id"], is_same)
            if not is_same and article_id not in self._given:
                changed.append(article_id)
        for document in stored_of(view, changed).values():
            is_withdrawn = "doc" in told[document.document.article_id]
            self.changed.append(Changed(document.document, is_withdrawn))

    # Committing

    def refresh(self) -> None:
        """Let searches find what was rewritten. Raises `EngineError`."""
        if self._is_rewritten:
            self.target.connection.refresh(self.manifest.physical)
            self._is_rewritten = False

    def commit(self) -> None:
        """Make all of it count by one write. Raises `EngineError`, where nothing is changed."""
        target = self.target

        def committed(manifest: Manifest) -> Manifest | None:
            if manifest.instant == self.instant and manifest.generation > self.manifest.generation:
                return None  # it was written, and the answer was lost
            lost = not target.leases.has(manifest, WRITER)
            if lost or any(batch not in manifest.pending for batch in self.batches):
                raise EngineError(
                    f"index {target.control.name}: this process was stopped for so long that another one took over; "
                    "the index is as it was, run the same command again"
                )
            return self._after(manifest)._replace(
                generation=manifest.generation + 1,
                instant=self.instant,
                volumes=self.volumes,
                published=(
                    *manifest.published,
                    *((batch, self.instant) for batch in self.batches),
                ),
                embargoed_until=max(manifest.embargoed_until, self._latest_embargo),
            )

        target.control.change(committed)
        for batch in self.batches:
            target.leases.give_up(batch)

    def _after(self, manifest: Manifest) -> Manifest:
        """Return *manifest* with what is staged, and without what that takes the place of."""
        pending = {b: lease for b, lease in manifest.pending.items() if b not in self.batches}
        lists = self._lists() if len(self._hidden) > _REPLACED_INLINE else []
        inline = () if lists else tuple(self._hidden)
        return manifest._replace(
            pending=pending,
            retired=(*manifest.retired, *self.retired),
            replaced=(*manifest.replaced, *inline),
            replaced_lists=(*manifest.replaced_lists, *lists),
        )

    def _lists(self) -> list[str]:
        """Keep the keys of what is replaced in documents of their own; return the keys of these."""
        keys = list(self._hidden)
        names = [
            f"replaced.{self.manifest.physical}.{self.instant}.{first}"
            for first in range(0, len(keys), _IN_LIST)
        ]
        # There are only ever more of them: lists that were full are as they are to be.
        for number in range(
            self._listed // _IN_LIST, len(names) if self._listed < len(keys) else 0
        ):
            value = {"keys": keys[number * _IN_LIST : (number + 1) * _IN_LIST]}
            self.target.control.put(names[number], value, self.target.control.get(names[number]))
        self._listed = len(keys)
        return names


def published(
    target: Target,
    staged: Sequence[Staged],
    deleted_ids: Sequence[str],
    given: Mapping[str, Given],
) -> Publication:
    """Commit what is *staged* and delete older documents; return what was published. Raises `IndexLocked`, `EngineError`."""
    with target.leases.lock(WRITER, target.lock_timeout_ms) as manifest:
        if (
            manifest.replaced
            or manifest.replaced_lists
            or manifest.retired
            or _is_left(manifest, target.control.now())
        ):
            manifest = tidy(target)
        publication = Publication(target, manifest, staged, deleted_ids, given)
        asked_anew(target, lambda: _prepare(publication))
        is_changed = bool(publication.batch_of or publication.deleted)
        if is_changed:
            publication.commit()
        else:
            for batch in publication.batches:
                give_up(target, batch)
        # Also where nothing has changed: which names people have parted may have.
        for room in target.rooms.after_commit:
            _finish(publication, room)
        if is_changed:
            tidy(target, is_last=True)
    return publication


def _prepare(publication: Publication) -> None:
    """Do all that comes before the commit."""
    publication.prepare()
    if publication.batch_of or publication.deleted:
        for room in publication.target.rooms.before_commit:
            room(publication)
        publication.refresh()


def _finish(publication: Publication, room: Callable[[Publication], None]) -> None:
    """Have a room do what it does after the commit, which nothing undoes."""
    try:
        asked_anew(publication.target, lambda: room(publication))
    except EngineError as exc:
        logging.getLogger(__name__).warning(
            "index %s: it is committed, but what follows was not done (%s); the next commit does it",
            publication.target.control.name,
            exc,
        )


def tidy(target: Target, *, is_last: bool = False) -> Manifest:
    """Erase what does not count any more: what was replaced, and what processes left that have ended.

    The lock of the writer is held; where this *is_last*, it is given back by the same write. What cannot be erased stays out
    of all answers, and is erased next time. Returned is the manifest in force.
    """
    manifest = target.control.known()
    now = target.control.now()
    if _is_left(manifest, now):
        manifest = target.control.change(lambda known: _without_the_ended(known, now))
    page = 0
    try:
        erase_volumes(target.connection, manifest.retired)
        if manifest.dead:
            erase_batches(target, manifest.physical, manifest.dead)
        keys = list(_replaced_keys(target, manifest))
        for first in range(0, len(keys), _AT_ONCE):
            _erase(target, manifest, keys[first : first + _AT_ONCE])
        page = _new_page(target, manifest)
        now_us = time.time_ns() // 1000
        forgotten = [
            key for key, instant in manifest.old_lists if now_us - instant > _LISTS_KEPT_US
        ]
        for key in forgotten:
            target.control.erase(key)
    except EngineError:
        return manifest

    def tidied(now: Manifest) -> Manifest | None:
        erased = set(manifest.replaced)
        lists = manifest.replaced_lists
        old = [(key, instant) for key, instant in now.old_lists if key not in forgotten]
        changed = now._replace(
            replaced=tuple(key for key in now.replaced if key not in erased),
            replaced_lists=tuple(key for key in now.replaced_lists if key not in lists),
            retired=tuple(volume for volume in now.retired if volume not in manifest.retired),
            old_lists=(*old, *((key, now_us) for key in lists)),
        )
        if page:
            changed = changed._replace(published=now.published[page:], pages=now.pages + 1)
        if is_last:
            changed = target.leases.without(changed, WRITER) or changed
        return None if changed == now else changed

    try:
        return target.control.change(tidied)
    except EngineError:
        return manifest


def _erase(target: Target, manifest: Manifest, keys: Sequence[str]) -> None:
    """Erase documents that do not count any more. Raises `EngineError`."""
    if manifest.volumes_by:  # a key does not say in which volume it is
        erase_found(target, manifest.physical, {"terms": {"_id": list(keys)}})
    else:
        items = [erase_item(key) for key in keys]
        target.connection.bulk(manifest.physical, items, refresh=True)


def _is_left(manifest: Manifest, now: float) -> bool:
    """Whether something is there of batches that nobody will publish; *now* as `Lease.is_over` takes it."""
    return bool(manifest.dead) or any(lease.is_over(now) for lease in manifest.pending.values())


def _without_the_ended(manifest: Manifest, now: float) -> Manifest | None:
    """Return *manifest* with the batches given up whose processes have ended; None where there are none."""
    ended = [batch for batch, lease in manifest.pending.items() if lease.is_over(now)]
    if not ended:
        return None
    pending = {b: lease for b, lease in manifest.pending.items() if b not in ended}
    return manifest._replace(pending=pending, dead=(*manifest.dead, *ended))


def _replaced_keys(target: Target, manifest: Manifest) -> Iterator[str]:
    yield from manifest.replaced
    for key in manifest.replaced_lists:
        kept = target.control.get(key)
        if kept is not None:
            yield from kept.value["keys"]


def _new_page(target: Target, manifest: Manifest) -> int:
    """Keep the instants of the first batches in a document of their own where they are many; return of how many."""
    if len(manifest.published) <= _PUBLISHED_INLINE:
        return 0
    page = manifest.published[: _PUBLISHED_INLINE // 2]
    key = f"published.{manifest.physical}.{manifest.pages}"
    target.control.put(key, {"published": page}, target.control.get(key))
    return len(page)
