"""An index made anew out of its own documents: another index of the cluster, until the manifest names that one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, suppress

from search.engines.opensearch.connection import Connection, Credentials
from search.engines.opensearch.control import Control
from search.engines.opensearch.engine import (
    OpenSearchEngine,
    credentials_of,
    erase_beside,
    make_index,
)
from search.engines.opensearch.indexes import is_there, physical_name, physical_names
from search.engines.opensearch.location import REBUILT, Location, location_of
from search.engines.opensearch.manifest import Manifest
from search.engines.opensearch.publish import WRITER
from search.engines.opensearch.scoring import can_score, kept_for
from search.engines.opensearch.volumes import erase_documents, erase_volumes
from search.engines.protocol.engine import Revision
from search.model.article import Document
from search.model.errors import EngineError, IndexMissing
from search.model.settings import Settings


class ClusterRebuild:
    """The rebuilding of an index of a cluster. Implements `search.engines.staging.Rebuild`."""

    def __init__(self, location: Location, credentials: Credentials, settings: Settings) -> None:
        self.notices: list[str] = []
        self._location = location
        self._beside = location._replace(name=location.name + REBUILT)
        self._credentials = credentials
        self._settings = settings
        #: The manifest of what `documents` has gone over.
        self._begun: Manifest | None = None
        self._exits = ExitStack()

    def __enter__(self) -> ClusterRebuild:
        with ExitStack() as exits:
            self._old = OpenSearchEngine(self._location, self._credentials, settings=self._settings)
            exits.callback(self._old.close)
            # Its lock keeps index runs and other rebuilds away.
            self.ledger = exits.enter_context(self._old.ledger())
            self.new = self._open_new()
            exits.callback(self.new.close)
            self._exits = exits.pop_all()
        return self

    def __exit__(self, *exc: object) -> None:
        self._exits.close()

    def __len__(self) -> int:
        stats = self._old.stats()
        return stats.articles + stats.withdrawn + stats.embargoed

    def documents(self) -> Iterator[Document]:
        """Yield all documents of the newest generation of the old index."""
        self._begun = self._old.control.manifest()
        return self._old.stored_documents()

    def text(self, name: str) -> str:
        """Return the text that the index keeps under *name*; it goes with the name of the index."""
        return self._old.text(name)

    def keep_text(self, name: str, text: str, *, before: str | None = None) -> bool:
        """Keep *text* under *name*."""
        return self._old.keep_text(name, text, before=before)

    def stored_revisions(self) -> Iterator[Revision]:
        """Yield every earlier revision that is kept."""
        return self._old.stored_revisions()

    def forget_revisions(self, article_ids: Iterable[str]) -> None:
        """Forget all that was kept of the earlier revisions of articles."""
        self._old.forget_revisions(article_ids)

    def needed_bytes(self) -> int:
        """Return how much more disk the new index will take at most: all copies of it, and room to merge one."""
        old, whole = _store_bytes(self._old)
        _, made = _store_bytes(self.new)
        return max(0, whole - made) + old

    def free_bytes(self) -> int:
        """Return how much disk is free on all nodes."""
        params = {"filter_path": "nodes.*.fs.total.available_in_bytes"}
        found = self._old.connection.request("GET", "/_nodes/stats/fs", None, params)
        return sum(node["fs"]["total"]["available_in_bytes"] for node in found["nodes"].values())

    def replace(self) -> bool:
        """Have the manifest name the new index, or return False where the old one has changed meanwhile."""
        begun, made = self._begun, self.new.control.manifest()
        if begun is None:
            raise ValueError("nothing was made of the documents")
        old = self._old
        has_changed = False

        def swapped(manifest: Manifest) -> Manifest | None:
            nonlocal has_changed
            if manifest.physical == made.physical:
                return None  # it was written, and the answer was lost
            before = begun.physical, begun.generation
            has_changed = (manifest.physical, manifest.generation) != before
            if has_changed:
                return None
            # What the index keeps beside its documents stays: leases, and which names are one until that is found anew.
            return made._replace(
                generation=manifest.generation + 1,
                instant=max(manifest.instant, made.instant),
                pending={},
                leases=manifest.leases,
                kept=kept_for(manifest.kept, is_native=can_score(made)),
            )

        # Who publishes waits; what others have staged for the old index is refused then.
        with old.leases.lock(WRITER, self._settings.lock_timeout_ms):
            self._take_over(made)
            old.control.change(swapped)
            if has_changed:
                return False
            old.renew_names()
        self.new.close()
        with suppress(EngineError):
            # What is left the next rebuild removes.
            erase_documents(old.connection, begun)
            _forget(self._beside, old.connection)
        return True

    def _take_over(self, made: Manifest) -> None:
        """Keep for the index what its new manifest refers to."""
        keys = [f"published.{made.physical}.{page}" for page in range(made.pages)]
        for key in (*keys, *made.replaced_lists):
            kept = self.new.control.get(key)
            if kept is not None:
                self._old.control.put(key, kept.value, self._old.control.get(key))

    def _open_new(self) -> OpenSearchEngine:
        """Open what an earlier try has made, if there is something, else make an empty index."""
        old = self._old
        connection, control = old.connection, Control(old.connection, self._beside.name)
        physical = old.control.manifest().physical
        with suppress(IndexMissing):
            made = control.manifest().physical
            # Its process was killed before it tidied up; or somebody has erased it.
            if made == physical or not is_there(connection, made):
                _forget(self._beside, connection)
        number = int(physical.removeprefix(f"{self._location.name}-").partition("-")[0])
        control.make(
            lambda: make_index(
                connection, physical_name(self._location.name, number + 1), self._settings
            )
        )
        self._tidy(physical, control.manifest().physical)
        # Which names are one is found once, when the new index is in the place of the old one.
        settings = self._settings._replace(joined_names=0)
        return OpenSearchEngine(self._beside, self._credentials, settings=settings)

    def _tidy(self, *used: str) -> None:
        """Erase what earlier tries, or their end, have left of documents that nobody uses any more."""
        name, connection = self._location.name, self._old.connection
        params = {"h": "index", "format": "json"}
        found = connection.request("GET", f"/_cat/indices/{name}-*", None, params)["answer"]
        ours = physical_names(name)
        made = [(row["index"], ours.fullmatch(row["index"])) for row in found]
        erase_volumes(connection, [index for index, its in made if its and its[1] not in used])


def open_rebuild(location: str, settings: Settings) -> ClusterRebuild:
    """Return the rebuilding of the index at *location*. Raises `IndexMissing` and `EngineError`."""
    return ClusterRebuild(location_of(location), credentials_of(settings), settings)


def _forget(beside: Location, connection: Connection) -> None:
    """Keep nothing of what was made but the documents: they are those of the index by now, or gone."""
    control = Control(connection, beside.name)
    control.erase_all()
    erase_beside(control)


def _store_bytes(engine: OpenSearchEngine) -> tuple[int, int]:
    """Return how much disk the first copies of the documents take, and all copies."""
    path = f"/{engine.control.manifest().physical}/_stats/store"
    found = engine.connection.request("GET", path, None, {"filter_path": "_all.*.store"})["_all"]
    return (
        found["primaries"]["store"]["size_in_bytes"],
        found["total"]["store"]["size_in_bytes"],
    )
