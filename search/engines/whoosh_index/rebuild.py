"""An index made anew out of its own documents: in a folder below its own, until it takes the old one's place."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

from search.engines.protocol.engine import Revision
from search.engines.whoosh_index.engine import (
    WhooshEngine,
    open_folder,
    stored_documents,
)
from search.engines.whoosh_index.segment.toc import (
    SEGMENT_FILE,
    latest_generation,
    read_states,
    read_toc,
)
from search.engines.whoosh_index.write.commit import forget_revisions, keep_text
from search.engines.whoosh_index.write.disk import read_text
from search.engines.whoosh_index.write.ledger import SqliteLedger
from search.engines.whoosh_index.write.limits import WRITE_LIMITS
from search.engines.whoosh_index.write.replace import replace_all
from search.engines.whoosh_index.write.revisions import stored_revisions
from search.model.article import Document
from search.model.errors import EngineError
from search.model.fields import FIELDS
from search.model.settings import Settings

#: Below the folder of the index, and so on the same file system.
REBUILD = "rebuild"


class FolderRebuild:
    """The rebuilding of the index in a folder. Implements `search.engines.staging.Rebuild`."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.notices: list[str] = []
        self._folder = folder
        self._beside = folder / REBUILD
        self._settings = settings
        #: The one that `documents` has gone over.
        self._generation = latest_generation(folder)
        self._exits = ExitStack()

    def __enter__(self) -> FolderRebuild:
        with ExitStack() as exits:
            # Its lock keeps index runs and other rebuilds away.
            self.ledger = SqliteLedger(self._folder, self._settings.lock_timeout_ms)
            exits.enter_context(self.ledger)
            self.new = self._open_new()
            exits.callback(self.new.close)
            self._exits = exits.pop_all()
        return self

    def __exit__(self, *exc: object) -> None:
        self._exits.close()

    def __len__(self) -> int:
        return len(stored_documents(self._folder))

    def documents(self) -> Iterator[Document]:
        """Yield all documents of the newest generation of the old index."""
        self._generation = latest_generation(self._folder)
        return iter(stored_documents(self._folder))

    def text(self, name: str) -> str:
        """Return what the file *name* in the folder of the index holds, "" where there is none."""
        return read_text(self._folder, name)

    def keep_text(self, name: str, text: str, *, before: str | None = None) -> bool:
        """Write the file *name* there: the new segments come into the same folder."""
        return keep_text(self._folder, name, text, before, self._settings.lock_timeout_ms)

    def stored_revisions(self) -> Iterator[Revision]:
        """Yield every earlier revision that is kept."""
        return stored_revisions(self._folder, latest_generation(self._folder), FIELDS)

    def forget_revisions(self, article_ids: Iterable[str]) -> None:
        """Forget all that was kept of the earlier revisions of articles."""
        forget_revisions(self._folder, article_ids, self._settings.lock_timeout_ms)

    def needed_bytes(self) -> int:
        """Return how much more disk the new index will take at most: about as much as the old, and room to merge."""
        size = _segment_bytes(self._folder)
        return max(0, size - _segment_bytes(self._beside)) + min(
            size, WRITE_LIMITS.max_merged_bytes
        )

    def free_bytes(self) -> int:
        """Return how much disk is free."""
        return shutil.disk_usage(self._folder).free

    def replace(self) -> bool:
        """Put the new index in the place of the old one, or return False where that has changed meanwhile."""
        timeout_ms = self._settings.lock_timeout_ms
        joined_names = bool(self._settings.joined_names)
        made = self._folder, self._beside, self._generation
        if not replace_all(*made, timeout_ms, joined_names):
            return False
        self.new.close()
        shutil.rmtree(self._beside, ignore_errors=True)  # what is left the next rebuild removes
        return True

    def _open_new(self) -> WhooshEngine:
        """Open what an earlier try has made, if that is of use, else make an empty index."""
        if self._has_replaced():
            shutil.rmtree(self._beside, ignore_errors=True)
        try:
            return self._checked()
        except EngineError as exc:
            self.notices.append(f"what an earlier newssearch rebuild has made is begun anew: {exc}")
            shutil.rmtree(self._beside, ignore_errors=True)
            return self._checked()

    def _checked(self) -> WhooshEngine:
        engine = open_folder(str(self._beside), make=True, settings=self._settings)
        if problems := engine.verify():
            engine.close()
            raise EngineError(problems[0])
        return engine

    def _has_replaced(self) -> bool:
        """Whether what lies beside is the index already: its process was killed before it tidied up."""
        try:
            made = read_toc(self._beside, latest_generation(self._beside))
            states, _ = read_states(self._folder, latest_generation(self._folder))
        except (EngineError, FileNotFoundError):
            return False
        # One is enough: the index may have merged others since.
        return any(segment.name in states for segment in made.segments)


def open_rebuild(location: str, settings: Settings) -> FolderRebuild:
    """Return the rebuilding of the index in the folder *location*. Raises `IndexMissing` and `EngineError`."""
    return FolderRebuild(Path(location), settings)


def _segment_bytes(folder: Path) -> int:
    try:
        return sum(
            path.stat().st_size for path in folder.iterdir() if SEGMENT_FILE.fullmatch(path.name)
        )
    except OSError:
        return 0
