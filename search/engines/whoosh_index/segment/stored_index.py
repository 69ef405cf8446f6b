"""The documents of an index whatever its fields: all that `newssearch rebuild` needs of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from search.engines.whoosh_index.format.columns import damaged
from search.engines.whoosh_index.segment.reader import SegmentReader
from search.engines.whoosh_index.segment.toc import latest_generation, read_toc
from search.model.article import Document


class StoredIndex:
    """The documents of the newest generation of an index: their number, and all of them in order of storage.

    Unlike `WhooshEngine` it opens an index that was written for another field table.
    """

    def __init__(self, folder: Path) -> None:
        """Open the index. Raises `IndexMissing`, `IndexDamaged`, and `IndexOutdated` for another format."""
        toc = read_toc(folder, latest_generation(folder))
        try:
            self._segments = [_AnyFields(folder, name) for name in toc.segments]
        except FileNotFoundError as exc:
            raise damaged(exc.filename, "missing") from exc

    def __len__(self) -> int:
        return sum(segment.live_count for segment in self._segments)

    def __iter__(self) -> Iterator[Document]:
        """Yield the documents. Raises `IndexDamaged` where one cannot be read."""
        for segment in self._segments:
            for number in segment.live_documents().tolist():
                yield segment.document_at(number)
            segment.release()


class _AnyFields(SegmentReader):
    """A segment of which only stored documents are read."""

    def _check_fields(self) -> None:
        """Check nothing: words, facets and lengths may be those of other fields."""
