"""The distributed engine: answers requests over an index of an OpenSearch cluster. Each method is in a room of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from search.engines.opensearch.connection import NOBODY, Connection, Credentials
from search.engines.opensearch.control import Control
from search.engines.opensearch.indexes import door_of, physical_name
from search.engines.opensearch.leases import Leases
from search.engines.opensearch.ledger import ClusterLedger, files_of, ledger_index
from search.engines.opensearch.location import Location, location_of
from search.engines.opensearch.manifest import Manifest
from search.engines.opensearch.mapping import index_body
from search.engines.opensearch.opening import Views
from search.engines.opensearch.questions import AnswersQuestions
from search.engines.opensearch.revisions import Revisions, revisions_index
from search.engines.opensearch.scoring import can_score, kept_for, said, scoring_of, wants_native
from search.engines.opensearch.view import View
from search.engines.opensearch.volumes import Volumes, erase_documents, parted_by, rest_of
from search.engines.opensearch.write import Rooms, Target
from search.engines.opensearch.writer import IndexWriter
from search.engines.protocol.engine import Revision, RevisionCount, Stats, VectorCount
from search.engines.staging import Given, Ledger, Staged, StagingHandle
from search.model.article import Document
from search.model.errors import IndexMissing
from search.model.fields import FIELDS, FieldTable
from search.model.settings import Settings

if TYPE_CHECKING:
    from search.engines.opensearch.publish import Publication
    from search.engines.opensearch.vectors import IndexVectors
    from search.text.arrays import Floats

T = TypeVar("T")
_DEFAULTS = Settings()


class OpenSearchEngine(AnswersQuestions):
    """The engine over one index of a cluster: an `Engine` of `search.engines.protocol.engine`, and `Staging`."""

    def __init__(
        self,
        location: Location,
        credentials: Credentials = NOBODY,
        *,
        make: bool = False,
        settings: Settings = _DEFAULTS,
        fields: FieldTable = FIELDS,
    ) -> None:
        """Open the index; with *make*, make an empty one where there is none.

        Raises `IndexMissing`, `SettingError`, and `EngineError` where the cluster cannot be used.
        """
        self.fields = fields
        self.settings = settings
        wants_native(settings)  # whatever is asked first
        self.connection = Connection(location, credentials)
        self.control = Control(self.connection, location.name)
        self.views = Views(self.connection, self.control)
        self.leases = Leases(self.control)
        parted_by(settings.opensearch_volumes)
        self._revisions = Revisions(self.control, settings.kept_revisions, fields)
        self._target = Target(
            self.connection,
            self.control,
            self.views,
            self.leases,
            fields,
            settings.lock_timeout_ms,
            volumes_of(self.connection, settings, fields),
            self._rooms(),
        )
        self._writer = IndexWriter(self._target)
        if make:
            self._make()
        self.control.manifest()

    def _rooms(self) -> Rooms:
        """Return who has a part in a publication."""
        settings = self.settings
        stories = (_give_stories,) if settings.stories else ()
        names = (_renew_names,) if settings.joined_names else ()
        return Rooms(
            extra_of=extra_of,
            before_commit=(*stories, self._revisions.note),
            after_commit=(*names, self._revisions.tidy, _forget_vectors),
        )

    def _make(self) -> None:
        """Make an empty index unless there is one."""
        made: list[Manifest] = []

        def first() -> Manifest:
            self.connection.version()
            # A name of its own: another process may be making it too, or has died in the middle of it.
            name = physical_name(self.control.name, 1)
            made.append(make_index(self.connection, name, self.settings, self.fields))
            return made[0]

        if not self.control.make(first) and made:
            erase_documents(self.connection, made[0])

    def renew_names(self) -> None:
        """Find anew which names are one. For who holds the lock of the writer."""
        if self.settings.joined_names:
            from search.engines.opensearch.names import renew

            renew(self._target)

    def close(self) -> None:
        """Close all connections. What was staged and not published is lost."""
        self._writer.close()
        self.leases.close()
        self.views.forget()
        self.connection.close()

    def reading(self) -> AbstractContextManager[View]:
        """Open a view of the newest generation."""
        return self.views.reading()

    def of_one_state(self, ask: Callable[[], T]) -> T:
        """Return what *ask* returns, which asks all of one generation, the newest; it is called again where that has changed."""
        return self.views.of_one(ask)

    def answering(self, ask: Callable[[View], T], *, is_query: bool = True) -> T:
        """Return what *ask* makes of a view, within the time of a query where it *is_query*; asked anew where nodes are lost."""
        return self.views.answering(ask, self.settings.query_timeout_ms if is_query else 0)

    # Changing: writer.py

    def add(self, documents: Iterable[Document]) -> int:
        """Add or replace *documents* in one commit; return how many distinct ones."""
        return self._writer.add(documents)

    def stage(self) -> StagingHandle:
        """Return a handle that writes documents which nobody sees yet."""
        return self._writer.stage()

    def publish(
        self,
        staged: Sequence[Staged],
        deleted_ids: Iterable[str] = (),
        given: Mapping[str, Given] | None = None,
    ) -> int:
        """Make what was staged visible in one commit; return how many distinct documents that are."""
        return self._writer.publish(staged, deleted_ids, given)

    def delete(self, article_ids: Iterable[str]) -> int:
        """Delete in one commit; return how many of the ids there were."""
        return self._writer.delete(article_ids)

    @contextmanager
    def staged(self, staged: Staged) -> Iterator[View]:
        """Open a view of what is staged alone, which nobody sees yet."""
        batch = int(staged.location.rpartition("@")[2])
        self.connection.refresh(self.control.manifest().physical)
        with self.views.point() as point:
            yield View(point, batches=[batch])

    # Vectors: vectors.py

    @cached_property
    def _vectors(self) -> IndexVectors:
        from search.engines.opensearch.vectors import IndexVectors

        return IndexVectors(self.views, self.control)

    def vector_models(self) -> Sequence[str]:
        """Return the labels of the models whose vectors there are, that of the newest last."""
        return self._vectors.models()

    def count_vectors(self, model: str) -> VectorCount:
        """Return how many articles have vectors of a *model*. It looks at all of them."""
        with self.reading() as view:
            return self._vectors.count(view, model)

    def vectors(self, article_ids: Sequence[str], model: str) -> Mapping[str, Floats]:
        """Return a row for each passage of each of these articles that has vectors of a *model*, by id."""
        return self.answering(
            lambda view: self._vectors.of(view, article_ids, model), is_query=False
        )

    def without_vectors(self, model: str) -> Iterator[Document]:
        """Yield every stored document that has no vectors of a *model*."""
        return self._vectors.missing(model)

    def keep_vectors(self, model: str, vectors: Iterable[tuple[Document, Floats]]) -> None:
        """Keep vectors of the passages of documents."""
        self._vectors.keep(model, vectors)

    def tidy_vectors(self, model: str) -> None:
        """Forget the vectors of other models, and those of what is no longer stored."""
        self._vectors.tidy(model)

    # Documents as they are: stored.py

    def get(self, article_id: str) -> Document | None:
        """Return the document with the article exactly as it was added, or None."""
        from search.engines.opensearch.stored import find

        return self.answering(
            lambda view: find(view, article_id, view.visible, self.fields), is_query=False
        )

    def stored(self, article_id: str) -> Document | None:
        """Return the document with that id, seen or not, or None."""
        from search.engines.opensearch.stored import find

        return self.answering(
            lambda view: find(view, article_id, view.stored, self.fields), is_query=False
        )

    def stored_of(self, article_ids: Sequence[str]) -> dict[str, Document]:
        """Return the documents with these ids, by id, seen or not."""
        from search.engines.opensearch.write import stored_of

        found = self.answering(lambda view: stored_of(view, article_ids), is_query=False)
        return {article_id: earlier.document for article_id, earlier in found.items()}

    def documents(self) -> Iterator[Document]:
        """Yield every document of one generation, by id."""
        from search.engines.opensearch.stored import in_turn

        return in_turn(self.views, lambda view: view.visible, self.fields)

    def stored_documents(self) -> Iterator[Document]:
        """Yield every document of one generation, by id, seen or not."""
        from search.engines.opensearch.stored import in_turn

        return in_turn(self.views, lambda view: view.stored, self.fields)

    def generation(self) -> str:
        """Return the number of the generation, and until when nothing else of it becomes visible."""
        return self.answering(lambda view: view.generation, is_query=False)

    def stats(self) -> Stats:
        """Return what the index holds."""
        from search.engines.opensearch.stored import stats

        found = self.answering(lambda view: stats(view, self.fields), is_query=False)
        return found._replace(scoring=scoring_of(self.settings, self.control.known()))

    def verify(self) -> tuple[str, ...]:
        """Read every document; return a sentence for each that is damaged."""
        from search.engines.opensearch.check import verify

        return verify(self.connection, self.views, self.fields)

    def remarks(self) -> tuple[str, ...]:
        """Return sentences on the cluster, and on how safely it keeps the index."""
        from search.engines.opensearch.check import remarks

        manifest = self.control.manifest()
        return (
            *remarks(self.connection, manifest.physical, self.stats().volumes),
            said(self.settings, manifest),
        )

    # What is kept beside the documents: ledger.py, texts.py, revisions.py

    def ledger(self, *, waits: bool = True, shares: bool = False) -> Ledger:
        """Return the ledger of the index."""
        timeout_ms = self.settings.lock_timeout_ms
        return ClusterLedger(self.control, self.leases, timeout_ms, waits=waits, shares=shares)

    def files_of(self, article_id: str) -> tuple[str, ...]:
        """Return the paths of the input files that an article is in now."""
        return files_of(self.control, article_id)

    def text(self, name: str) -> str:
        """Return the text that the index keeps under *name*, "" where there is none."""
        from search.engines.opensearch.texts import text

        return text(self.control, name)

    def keep_text(self, name: str, text: str, *, before: str | None = None) -> bool:
        """Keep *text* under *name*, where that has the text *before* or this is None; return whether."""
        from search.engines.opensearch.texts import keep_text

        return keep_text(self.control, name, text, before)

    def revisions(self, article_id: str) -> tuple[Revision, ...]:
        """Return the earlier revisions of an article that are kept and may be seen, the oldest first."""
        return self.answering(lambda view: self._revisions.of(view, article_id), is_query=False)

    def stored_revisions(self) -> Iterator[Revision]:
        """Yield every revision that is kept, seen or not."""
        return self._revisions.every()

    def count_revisions(self) -> RevisionCount:
        """Return how many revisions are kept."""
        return self._revisions.count()

    def keep_revisions(self, revisions: Iterable[Revision]) -> None:
        """Keep revisions that come from another index."""
        self._revisions.keep(revisions)

    def forget_revisions(self, article_ids: Iterable[str]) -> None:
        """Forget all that was kept of the earlier revisions of articles."""
        self._revisions.forget(article_ids)


def _give_stories(publication: Publication) -> None:
    from search.engines.opensearch.stories import give

    give(publication)


def _renew_names(publication: Publication) -> None:
    from search.engines.opensearch.names import renew

    renew(publication.target)


def _forget_vectors(publication: Publication) -> None:
    if publication.deleted:
        from search.engines.opensearch.vectors import forget_deleted

        forget_deleted(publication)


def extra_of(documents: Sequence[Document], batch: int) -> list[dict[str, Any]]:
    """Return what the sources of *documents* of one bulk request have for stories and for names."""
    from search.engines.opensearch.names import name_fields
    from search.engines.opensearch.sketches import story_fields

    stories = story_fields(documents, batch)
    return [own | name_fields(document) for own, document in zip(stories, documents, strict=True)]


def open_location(location: str, *, make: bool, settings: Settings) -> OpenSearchEngine:
    """Open the index at *location*, for `search.engines.registry`."""
    return OpenSearchEngine(
        location_of(location), credentials_of(settings), make=make, settings=settings
    )


def verify_location(location: str, settings: Settings) -> tuple[str, ...]:
    """Check the index at *location*, for `search.engines.registry`. Raises `EngineError` where the cluster cannot be asked."""
    with closing(open_location(location, make=False, settings=settings)) as engine:
        return engine.verify()


def make_index(
    connection: Connection, name: str, settings: Settings, fields: FieldTable = FIELDS
) -> Manifest:
    """Make an empty index for documents, or the first of its volumes; return the first manifest for it."""
    kept = kept_for({}, is_native=wants_native(settings))
    manifest = Manifest(name, volumes_by=parted_by(settings.opensearch_volumes), kept=kept)
    if manifest.volumes_by:
        volumes_of(connection, settings, fields).make(manifest, [rest_of(manifest)])
    else:
        body = {**_body_of(manifest, settings, fields), "aliases": {door_of(name): {}}}
        connection.request("PUT", f"/{name}", body)
    return manifest


def volumes_of(connection: Connection, settings: Settings, fields: FieldTable) -> Volumes:
    """Return what makes volumes: with shards and copies by the settings of who does."""
    return Volumes(connection, lambda manifest: _body_of(manifest, settings, fields))


def _body_of(manifest: Manifest, settings: Settings, fields: FieldTable) -> dict[str, Any]:
    return index_body(
        fields,
        shards=settings.opensearch_shards,
        replicas=settings.opensearch_replicas,
        is_native=can_score(manifest),
    )


def credentials_of(settings: Settings) -> Credentials:
    """Return who asks, as the settings say."""
    return Credentials(
        settings.opensearch_user,
        settings.opensearch_password,
        settings.opensearch_api_key,
        settings.opensearch_ca,
    )


def erase(location: Location, credentials: Credentials = NOBODY) -> None:
    """Erase an index with all that belongs to it, for good, if it is there. Raises `EngineError`."""

    with closing(Connection(location, credentials)) as connection:
        control = Control(connection, location.name)
        with suppress(IndexMissing):
            erase_documents(connection, control.manifest())
            control.erase_all()
        erase_beside(control)


def erase_beside(control: Control) -> None:
    """Erase what is kept of an index in others beside it: ledger, revisions, vectors."""
    from search.engines.opensearch.vectors import vectors_index  # it loads numpy

    for index_of in (ledger_index, revisions_index, vectors_index):
        index_of(control).erase()
