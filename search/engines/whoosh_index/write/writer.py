"""Adding and deleting: articles into segments that wait, and what waits into the index."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from search.engines.protocol import Prepared
from search.engines.whoosh_index.format.layout import MAX_DOCUMENTS
from search.engines.whoosh_index.format.stored import Trained
from search.engines.whoosh_index.write.build import ContentBuilder
from search.engines.whoosh_index.write.commit import commit
from search.engines.whoosh_index.write.staging import Preparation
from search.model.article import Document
from search.model.errors import IndexLocked
from search.text.batch import WordTable

#: Bytes that a segment's builder may hold, for each megabyte that adding may take: the rest is Python's
#: and numpy's own, and room to sort and write in (peak of resident memory for 100,000 articles of
#: benchmarks.speed_corpus: 264 MB where 256 were given, 432 of 512). And what it may hold at least.
_HELD_PER_MB = 500_000
_LEAST_HELD = 8_000_000


class IndexWriter:
    """Changes the index in one folder; from any thread, one preparation at a time."""

    def __init__(self, folder: Path, lock_timeout_ms: int, memory_mb: int) -> None:
        self.folder = folder
        self._lock_timeout_ms = lock_timeout_ms
        self._segment_bytes = max(memory_mb * _HELD_PER_MB, _LEAST_HELD)
        self._preparing = threading.Lock()
        #: Words seen by earlier adds of this engine, so that they need not be analysed again.
        self._words: WordTable | None = None
        self._trained: Trained | None = None
        #: What was prepared here and is not published yet, as far as is known; changed under the lock.
        self._prepared: list[Preparation] = []
        self._noting = threading.Lock()

    def close(self) -> None:
        """Remove what was prepared and not published."""
        with self._noting:
            for preparation in self._prepared:
                preparation.close()
            self._prepared = []

    def prepare(self, documents: Iterable[Document]) -> Prepared:
        """Write *documents* as segments that no reader sees yet. Raises `EngineError`.

        Their ids are held in memory until they are published, and of all else as much as one segment takes.
        """
        preparation: Preparation | None = None
        with self._preparing:
            try:
                builder = self._builder()
                for document in documents:
                    builder.add(document)
                    if builder.held_bytes >= self._segment_bytes or len(builder) == MAX_DOCUMENTS:
                        preparation = self._written(builder, preparation)
                        builder = self._builder()
                if len(builder):
                    preparation = self._written(builder, preparation)
                if preparation is not None:
                    del builder  # its memory is wanted for merging
                    preparation.finish()
            except BaseException:
                if preparation is not None:
                    preparation.close()
                # Ctrl-C may have come while a word was being noted.
                self._words = None
                raise
        if preparation is None:
            return Prepared("", (), 0)
        with self._noting:
            self._prepared = [kept for kept in self._prepared if not kept.is_gone()]
            self._prepared.append(preparation)
        return Prepared(preparation.place, tuple(preparation.ids), preparation.documents)

    def _written(self, builder: ContentBuilder, preparation: Preparation | None) -> Preparation:
        """Write what *builder* holds, and remember what serves the next one too."""
        preparation = preparation or Preparation(self.folder)
        try:
            preparation.write(builder.content())
        except BaseException:
            preparation.close()
            raise
        self._trained = builder.trained
        return preparation

    def _builder(self) -> ContentBuilder:
        if self._words is None or self._words.held_bytes > self._segment_bytes // 3:
            self._words = WordTable()
        return ContentBuilder(self._words, self._trained)

    def publish(self, prepared: Sequence[Prepared], deleted_ids: Iterable[str] = ()) -> int:
        """Make what was prepared visible in one commit; return how many distinct articles that are."""
        written = [part for part in prepared if part.documents]
        ids = list(dict.fromkeys(i for part in written for i in part.published_ids()))
        gone = list(dict.fromkeys(deleted_ids))
        if written or gone:
            places = {part.place: part.left_out for part in written}
            try:
                commit(self.folder, places, ids, gone, self._lock_timeout_ms)
            except IndexLocked:
                raise  # to be tried again
            except BaseException:
                self._let_go(places)
                raise
            self._let_go(places)
        return len(ids)

    def _let_go(self, places: Collection[str]) -> None:
        """Remove what this engine has prepared at *places*."""
        with self._noting:
            for preparation in self._prepared:
                if preparation.place in places:
                    preparation.close()
            self._prepared = [kept for kept in self._prepared if kept.place not in places]

    def delete(self, article_ids: Iterable[str]) -> int:
        """Delete in one commit; return how many of the ids there were."""
        ids = list(dict.fromkeys(article_ids))
        return commit(self.folder, {}, (), ids, self._lock_timeout_ms) if ids else 0
