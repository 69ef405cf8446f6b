"""Adding and deleting: documents into segments that wait, and what waits into the index."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from search.engines.protocol.engine import Revision
from search.engines.staging import Given, Staged
from search.engines.whoosh_index.format.layout import LAYOUT, Layout
from search.engines.whoosh_index.write.build import ContentBuilder
from search.engines.whoosh_index.write.commit import commit, forget_revisions, keep_revisions
from search.engines.whoosh_index.write.limits import WRITE_LIMITS, WriteLimits
from search.engines.whoosh_index.write.packing import Trained
from search.engines.whoosh_index.write.staging import StagingFolder
from search.model.article import Document
from search.model.errors import IndexLocked
from search.text.batch import WordTable


class IndexWriter:
    """Changes the index in one folder; from any thread."""

    def __init__(
        self,
        folder: Path,
        lock_timeout_ms: int,
        memory_mb: int,
        layout: Layout = LAYOUT,
        limits: WriteLimits = WRITE_LIMITS,
        kept_revisions: int = 0,
    ) -> None:
        self.folder = folder
        self.layout = layout
        self.limits = limits
        self._kept_revisions = kept_revisions
        self.segment_bytes = max(memory_mb * limits.held_per_mb, limits.least_held)
        self._lock_timeout_ms = lock_timeout_ms
        #: Guards what follows.
        self._noting = threading.Lock()
        #: What earlier documents have taught, while no handle has it: their words, so that they need not be
        #: analysed again, and how to compress.
        self._words: WordTable | None = None
        self._trained: Trained | None = None
        #: What was staged here and is not published yet, as far as is known.
        self._folders: list[StagingFolder] = []

    def close(self) -> None:
        """Remove what was staged and not published."""
        with self._noting:
            for folder in self._folders:
                folder.close()
            self._folders = []

    def add(self, documents: Iterable[Document]) -> int:
        """Add or replace *documents* in one commit; return how many distinct ones."""
        handle = self.stage()
        try:
            for document in documents:
                handle.add(document)
            return self.publish([handle.finish()])
        finally:
            handle.discard()

    def stage(self) -> SegmentStaging:
        """Return a handle that writes segments which no reader sees yet."""
        return SegmentStaging(self)

    def publish(
        self,
        staged: Sequence[Staged],
        deleted_ids: Iterable[str] = (),
        given: Mapping[str, Given] | None = None,
    ) -> int:
        """Make what was staged visible in one commit; return how many distinct documents that are."""
        written = [part for part in staged if part.documents]
        ids = list(dict.fromkeys(i for part in written for i in part.published_ids()))
        gone = list(dict.fromkeys(deleted_ids))
        if written or gone:
            locations = {part.location: part.left_out for part in written}
            try:
                commit(
                    self.folder,
                    locations,
                    ids,
                    gone,
                    given or {},
                    self._lock_timeout_ms,
                    self.layout,
                    self.limits,
                    self._kept_revisions,
                )
            except IndexLocked:
                raise  # to be tried again
            except BaseException:
                self._let_go(locations)
                raise
            self._let_go(locations)
        return len(ids)

    def delete(self, article_ids: Iterable[str]) -> int:
        """Delete in one commit; return how many of the ids there were."""
        ids = list(dict.fromkeys(article_ids))
        return (
            commit(self.folder, {}, (), ids, {}, self._lock_timeout_ms, self.layout, self.limits)
            if ids
            else 0
        )

    def keep_revisions(self, revisions: Iterable[Revision]) -> None:
        """Keep revisions that come from another index."""
        keep_revisions(self.folder, revisions, self.layout.fields, self._lock_timeout_ms)

    def forget_revisions(self, article_ids: Iterable[str]) -> None:
        """Forget all that was kept of the earlier revisions of articles."""
        forget_revisions(self.folder, article_ids, self._lock_timeout_ms)

    def lend(self) -> tuple[WordTable | None, Trained | None]:
        """Hand out what earlier documents have taught; the words to one borrower at a time."""
        with self._noting:
            words, self._words = self._words, None
            return words, self._trained

    def give_back(self, words: WordTable | None, trained: Trained | None) -> None:
        """Take what a borrower knows now, for the next one."""
        with self._noting:
            self._words = words
            self._trained = trained

    def new_folder(self) -> StagingFolder:
        """Make a folder for segments that wait. Raises `EngineError`."""
        folder = StagingFolder(self.folder, self.layout, self.limits)
        with self._noting:
            self._folders = [kept for kept in self._folders if not kept.is_gone()]
            # First, as a process that is to end may be stopped anywhere.
            self._folders.append(folder)
        folder.make()
        return folder

    def _let_go(self, locations: Collection[str]) -> None:
        """Remove what this engine has staged at *locations*."""
        with self._noting:
            for folder in self._folders:
                if folder.location in locations:
                    folder.close()
            self._folders = [kept for kept in self._folders if kept.location not in locations]


class SegmentStaging:
    """Documents on their way into segments that wait. Implements `search.engines.staging.StagingHandle`.

    As much is held in memory as one segment takes, and the ids of all.
    """

    def __init__(self, writer: IndexWriter) -> None:
        self._writer = writer
        self._words, self._trained = writer.lend()
        self._folder: StagingFolder | None = None
        self._builder: ContentBuilder | None = None

    def add(self, document: Document) -> None:
        """Take one more document. Raises `EngineError`; where anything is raised, all is discarded."""
        try:
            builder = self._builder = self._builder or self._new_builder()
            builder.add(document)
            if (
                builder.held_bytes >= self._writer.segment_bytes
                or len(builder) == self._writer.limits.written_documents
            ):
                self._write(builder)
        except BaseException:
            self.discard()
            raise

    def finish(self) -> Staged:
        """Return what was added. Raises as `add`."""
        try:
            if self._builder is not None:
                self._write(self._builder)
            if self._folder is not None:
                self._folder.finish()
        except BaseException:
            self.discard()
            raise
        self._writer.give_back(self._words, self._trained)
        self._words = None
        folder = self._folder
        return (
            Staged(folder.location, tuple(folder.ids), folder.documents)
            if folder
            else Staged("", (), 0)
        )

    def discard(self) -> None:
        """Remove what was written, unless a commit has taken it."""
        # Not given back: Ctrl-C may have come while a word was being noted.
        self._words = None
        self._builder = None
        if self._folder is not None:
            self._folder.close()

    def _new_builder(self) -> ContentBuilder:
        if self._words is None or self._words.held_bytes > self._writer.segment_bytes // 3:
            self._words = WordTable()
        return ContentBuilder(self._words, self._trained, self._writer.layout, self._writer.limits)

    def _write(self, builder: ContentBuilder) -> None:
        """Write what *builder* holds as a segment, and remember what serves the next one too."""
        if self._folder is None:
            self._folder = self._writer.new_folder()
        self._folder.write(builder.content())
        self._trained = builder.trained
        self._builder = None  # its memory is wanted for what comes next
