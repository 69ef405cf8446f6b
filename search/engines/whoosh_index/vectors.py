"""The vectors of the passages of the articles of an index: `HasVectors` and `KeepsVectors` of the engine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from search.engines.protocol.engine import VectorCount
from search.engines.whoosh_index.open_index import OpenIndex
from search.engines.whoosh_index.segment.vectors import Found, VectorFiles
from search.engines.whoosh_index.snapshot.vectors import Nearness
from search.model.article import Document

if TYPE_CHECKING:
    from search.text.arrays import Floats


class IndexVectors:
    """The vectors of one index, at any time those of its newest generation."""

    def __init__(self, index: OpenIndex, lock_timeout_ms: int) -> None:
        """*lock_timeout_ms* is how long to wait for another who writes."""
        self._index = index
        self._lock_timeout_ms = lock_timeout_ms
        self._known_files: VectorFiles | None = None
        self._known: Nearness | None = None

    def _files(self) -> VectorFiles:
        """Return the files of this moment."""
        found = self._known_files = VectorFiles(self._index.folder, self._known_files)
        return found

    def nearness(self, model: str) -> Nearness:
        """Return which documents of the newest generation have vectors of a *model*."""
        files, snapshot = self._files().of(model), self._index.current()
        known = self._known
        if known is None or known.snapshot is not snapshot or known.files != files:
            known = self._known = Nearness(snapshot, files)
        return known

    def models(self) -> Sequence[str]:
        """Return the labels of the models whose vectors there are, that of the newest last."""
        return self._files().models

    def count(self, model: str) -> VectorCount:
        """Return how many articles have vectors of a *model*."""
        with self._index.reading():
            nearness = self.nearness(model)
            live = nearness.snapshot.documents.live_numbers
            return VectorCount(len(live), int(np.count_nonzero(nearness.has(live))))

    def of(self, article_ids: Sequence[str], model: str) -> Mapping[str, Floats]:
        """Return a row for each passage of each of these articles that has vectors of a *model*, by id."""
        with self._index.reading():
            nearness = self.nearness(model)
            numbers = {i: nearness.snapshot.number_of(i) for i in article_ids}
            found = {i: n for i, n in numbers.items() if n is not None}
            documents = np.fromiter(found.values(), np.int64, len(found))
            is_known = nearness.has(documents)
            vectors, starts = nearness.vectors_of(documents)
            return {
                i: vectors[first:last]
                for i, known, first, last in zip(
                    found, is_known, starts[:-1].tolist(), starts[1:].tolist(), strict=True
                )
                if known
            }

    def missing(self, model: str) -> Iterator[Document]:
        """Yield every stored document that has no vectors of a *model*."""
        files = self._files().of(model)
        for segment in self._index.current().whole:
            found = Found(segment, files)
            for number in segment.live_documents().tolist():
                if found.files[number] < 0:
                    with self._index.reading():
                        document = segment.document_at(number)
                    yield document
            segment.release()

    def keep(self, model: str, vectors: Iterable[tuple[Document, Floats]]) -> None:
        """Keep vectors of the passages of documents."""
        from search.engines.whoosh_index.write.vectors import keep  # who asks need not load it

        keep(self._index.folder, model, vectors, self._lock_timeout_ms)

    def tidy(self, model: str | None = None) -> None:
        """Forget the vectors of what is no longer stored, and with a *model* those of all others."""
        if model is None and not self._files().by_number:
            return
        from search.engines.whoosh_index.write.vectors import tidy

        tidy(self._index.folder, self._index.current().whole, self._lock_timeout_ms, model)
