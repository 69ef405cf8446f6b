"""Adding and deleting: documents into batches that nobody sees yet. `publish.py` makes them count."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence, Set
from concurrent.futures import Future, ThreadPoolExecutor
from sys import intern
from typing import Any, NamedTuple, TypeVar

from search.engines.opensearch.connection import Connection, Unanswered, erase_item, put_item
from search.engines.opensearch.control import Control
from search.engines.opensearch.indexes import add_door, door_of
from search.engines.opensearch.keys import article_of, key_of
from search.engines.opensearch.leases import Leases
from search.engines.opensearch.lines import lines_of
from search.engines.opensearch.manifest import Manifest
from search.engines.opensearch.opening import Views
from search.engines.opensearch.scoring import can_score
from search.engines.opensearch.view import View
from search.engines.opensearch.volumes import Volumes, volume_of
from search.engines.staging import Staged
from search.model.article import Document
from search.model.errors import EngineError, IndexMissing
from search.model.fields import FieldTable

T = TypeVar("T")

#: What one bulk request has at most: larger ones are no quicker, and take memory of each node.
BULK_DOCUMENTS, BULK_BYTES = 500, 8 << 20
#: Bulk requests of one batch, or publication, that are made and sent at the same time.
SENDERS = 2
#: Seconds for which a lost node, or a cluster without a manager, holds up a writer before that gives up.
LOST_S = 60.0
_PAUSE_S = 0.5
#: Batches that are erased and still kept out of sight.
_BURIED = 100
#: Seconds that erasing by a query may take.
_ERASING_S = 600.0
#: What a document keeps of one with the same article: of which story that is.
_KEPT = ("story", "copied")
#: What `revises` says of a document that came with an instant of its own and takes no other's place.
OF_ANOTHER_INDEX = "another index"


class Rooms(NamedTuple):
    """What other rooms have a part in when documents come and go."""

    #: Given documents of one bulk request and their batch: further fields of the source of each.
    extra_of: Callable[[Sequence[Document], int], Sequence[Mapping[str, Any]]] = (
        lambda documents, batch: [{}] * len(documents)
    )
    #: Called with the `publish.Publication` in order, with the lock held: all that they write counts with the commit.
    before_commit: tuple[Callable[[Any], None], ...] = ()
    #: Called in order after it, with the lock held; what fails here undoes nothing.
    after_commit: tuple[Callable[[Any], None], ...] = ()


class Target(NamedTuple):
    """What all that writes needs: where, as whom, and who has a part in it."""

    connection: Connection
    control: Control
    views: Views
    leases: Leases
    fields: FieldTable
    lock_timeout_ms: int
    volumes: Volumes
    rooms: Rooms = Rooms()


class Earlier(NamedTuple):
    """A stored document that another one takes the place of, its key, and what a successor with the same article keeps."""

    key: str
    document: Document
    kept: Mapping[str, Any]


class Sent(NamedTuple):
    """A document as it is written, what `revises` says of the one whose place it takes, and other fields of its source."""

    document: Document
    revises: str = ""
    fields: Mapping[str, Any] = {}


def write(
    target: Target,
    manifest: Manifest,
    batch: int,
    documents: Sequence[Sent],
    moved: Sequence[tuple[str, str]] = (),
) -> None:
    """Write *documents* into a batch, each into its volume; erase what was *moved*, by volume and key. Raises `EngineError`."""
    items, connection = _items_of(target, manifest, batch, documents), target.connection
    if not manifest.volumes_by:
        _send(connection, manifest.physical, items)
        return
    items += [erase_item(key, door_of(volume)) for volume, key in moved]
    volumes = {volume_of(manifest, sent.document.article.published) for sent in documents}
    target.volumes.make(manifest, volumes)
    try:
        connection.bulk(manifest.physical, items, require_alias=True)
    except IndexMissing:
        # Another process has retired one of them since it was made here.
        target.volumes.forget()
        target.volumes.make(manifest, volumes)
        connection.bulk(manifest.physical, items, require_alias=True)


def _send(connection: Connection, index: str, items: Sequence[bytes]) -> None:
    """Write into an index that is no volume."""
    try:
        connection.bulk(door_of(index), items, require_alias=True)
    except IndexMissing:
        add_door(connection, index)
        connection.bulk(door_of(index), items, require_alias=True)


def _items_of(
    target: Target, manifest: Manifest, batch: int, documents: Sequence[Sent]
) -> list[bytes]:
    plain = [each.document for each in documents]
    extras = target.rooms.extra_of(plain, batch)
    more = []
    for (_, revises, fields), extra in zip(documents, extras, strict=True):
        own = {**extra, "batch": batch, **fields}
        more.append(own | {"revises": revises} if revises else own)
    is_native = can_score(manifest)
    lines = lines_of(plain, more, target.fields, is_native=is_native)
    doors = [
        door_of(volume_of(manifest, document.article.published)) if manifest.volumes_by else ""
        for document in plain
    ]
    return [
        put_item(key_of(document.article_id, batch), line, door)
        for document, line, door in zip(plain, lines, doors, strict=True)
    ]


def as_after(document: Document, earlier: Earlier | None) -> Sent:
    """Return *document* as it is in the place of *earlier*."""
    if earlier is None:
        if document.added is not None:
            return Sent(document, OF_ANOTHER_INDEX)
        return Sent(document._replace(revision=0) if document.revision else document)
    before = earlier.document
    if before.article == document.article:
        same = document._replace(added=before.added, revision=before.revision)
        return Sent(same, earlier.key, earlier.kept)
    changed = document._replace(added=None, revision=before.revision + 1)
    return Sent(changed, earlier.key)


def stored_of(view: View, article_ids: Sequence[str]) -> dict[str, Earlier]:
    """Return the documents that are stored under ids, seen or not."""
    found = {}
    for hit in view.with_ids(article_ids, view.stored):
        source = hit["_source"]
        kept = {name: source[name] for name in _KEPT if name in source}
        found[article_of(hit["_id"])] = Earlier(hit["_id"], view.document(source), kept)
    return found


def asked_anew(target: Target, ask: Callable[[], T]) -> T:
    """Return what *ask* returns; it is asked anew for `LOST_S` seconds where nodes are lost. Raises what it raises then."""
    end = time.monotonic() + LOST_S
    while True:
        try:
            return ask()
        except Unanswered:
            target.views.forget()
            if time.monotonic() > end:
                raise
        time.sleep(_PAUSE_S)


class Batch:
    """Documents on their way into a batch that nobody sees yet. Implements `search.engines.staging.StagingHandle`.

    What is held are the documents of a few bulk requests, and the ids of all.
    """

    def __init__(self, target: Target) -> None:
        self._target = target
        self._number: int | None = None
        #: That in force when the batch was begun.
        self._manifest: Manifest | None = None
        self._documents: list[Document] = []
        self._bytes = 0
        self._ids: dict[str, None] = {}
        #: By article, the volume into which it was sent, where there are volumes.
        self._volumes: dict[str, str] = {}
        self._count = 0
        self._senders: ThreadPoolExecutor | None = None
        #: What is being sent, the oldest first, with the ids in it.
        self._sent: list[tuple[Future[None], Set[str]]] = []

    def add(self, document: Document) -> None:
        """Take one more document. Raises `EngineError`; where anything is raised, all is discarded."""
        try:
            self._documents.append(document)
            self._ids[document.article_id] = None
            self._count += 1
            # Forms, stems and the text itself.
            self._bytes += 4 * len(document.article.body) + 1000
            if len(self._documents) >= BULK_DOCUMENTS or self._bytes >= BULK_BYTES:
                self._send()
        except BaseException:
            self.discard()
            raise

    def finish(self) -> Staged:
        """Return what was added. Raises as `add`."""
        try:
            self._send()
            while self._sent:
                self._wait()
        except BaseException:
            self.discard()
            raise
        self._end_senders()
        location = "" if self._manifest is None else f"{self._manifest.physical}@{self._number}"
        return Staged(location, tuple(self._ids), self._count)

    def discard(self) -> None:
        """Erase what was written, unless it is published. Calling it twice is harmless."""
        self._documents = []
        self._end_senders()
        if self._number is not None:
            number, self._number = self._number, None
            if self._target.leases.holds(number):
                give_up(self._target, number)

    def _send(self) -> None:
        """Have what was added sent by another thread: the cluster takes longer for it than we do."""
        if not self._documents:
            return
        documents, self._documents, self._bytes = self._documents, [], 0
        if self._number is None or self._manifest is None:
            self._manifest, self._number = self._target.leases.new_batch()
        # Of several with one id only the last is sent: those on their way at the same time have no order.
        last = {document.article_id: document for document in documents}
        while len(self._sent) == SENDERS or any(ids & last.keys() for _, ids in self._sent):
            self._wait()
        self._target.leases.check()
        self._senders = self._senders or ThreadPoolExecutor(SENDERS)
        moved = self._moved(self._manifest, self._number, last)
        documents = list(last.values())
        sent = self._senders.submit(self._bulk, self._manifest, self._number, documents, moved)
        self._sent.append((sent, last.keys()))

    def _moved(
        self, manifest: Manifest, number: int, documents: Mapping[str, Document]
    ) -> list[tuple[str, str]]:
        """Return the volumes and keys of what was sent before of the same articles with dates of other volumes."""
        moved = []
        for article_id, document in documents.items() if manifest.volumes_by else ():
            volume = intern(volume_of(manifest, document.article.published))
            before = self._volumes.get(article_id, volume)
            if before != volume:
                moved.append((before, key_of(article_id, number)))
            self._volumes[article_id] = volume
        return moved

    def _bulk(
        self,
        manifest: Manifest,
        number: int,
        documents: Sequence[Document],
        moved: Sequence[tuple[str, str]],
    ) -> None:
        """Send documents, each with what it keeps of the one that it will replace."""
        ids = [document.article_id for document in documents]
        there = asked_anew(self._target, lambda: self._stored(ids))
        sent = [as_after(document, there.get(document.article_id)) for document in documents]
        write(self._target, manifest, number, sent, moved)

    def _stored(self, article_ids: Sequence[str]) -> dict[str, Earlier]:
        """Return what is stored under ids."""
        with self._target.views.reading() as view:
            return stored_of(view, article_ids)

    def _wait(self) -> None:
        """Wait for the oldest of what is being sent. Raises what that has raised."""
        sent, _ = self._sent.pop(0)
        sent.result()

    def _end_senders(self) -> None:
        self._sent = []
        senders, self._senders = self._senders, None
        if senders is not None:
            senders.shutdown(wait=True, cancel_futures=True)


def give_up(target: Target, batch: int) -> None:
    """Erase a batch, unless it is published. What cannot be erased now is erased by a later publication."""
    target.leases.give_up(batch)

    def die(manifest: Manifest) -> Manifest | None:
        if batch not in manifest.pending:
            return None
        pending = {other: lease for other, lease in manifest.pending.items() if other != batch}
        return manifest._replace(pending=pending, dead=(*manifest.dead, batch))

    try:
        manifest = target.control.change(die)
        if batch in manifest.dead:
            erase_batches(target, manifest.physical, [batch])
    except EngineError:
        pass  # its lease ends


def erase_batches(target: Target, physical: str, batches: Sequence[int]) -> None:
    """Erase all that was written of batches that are dead. Raises `EngineError`."""
    target.connection.refresh(physical)  # what cannot be found yet is not erased
    erase_found(target, physical, {"terms": {"batch": list(batches)}})

    def bury(manifest: Manifest) -> Manifest:
        dead = tuple(batch for batch in manifest.dead if batch not in batches)
        # A process that was stopped in the middle of a request may still send it: some stay out of sight.
        buried = (*manifest.buried, *batches)[-_BURIED:]
        return manifest._replace(dead=dead, buried=buried)

    target.control.change(bury)


def erase_found(target: Target, physical: str, query: Mapping[str, Any]) -> None:
    """Erase all that a query finds. Raises `EngineError`."""
    answer = target.connection.request(
        "POST",
        f"/{physical}/_delete_by_query",
        {"query": query},
        {"conflicts": "proceed", "refresh": True},
        timeout_s=_ERASING_S,
    )
    if answer.get("failures"):
        raise EngineError(f"what does not count of {physical} could not be erased; try again later")
