"""Reading the articles of an index of format 2, which newssearch wrote before: `newssearch rebuild` needs them.

Nothing else reads that format. Once no such index is left this module can go.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from search.engines.records import entities_of
from search.engines.whoosh_index.format.columns import MAGIC, ColumnFile, FileOf, damaged
from search.engines.whoosh_index.format.stored import LENGTHS, StoredArticles
from search.engines.whoosh_index.segment.toc import latest_generation, read_states
from search.model.article import Article, Document, Enrichment
from search.model.errors import EngineError
from search.model.fields import FIELDS

#: Magic, version, bytes and checksum of the header, which stands before the columns.
_PREAMBLE = struct.Struct("<10sHII")
_VERSION = 2
#: Bytes of the head and of the title of an article.
_LENGTHS = struct.Struct("<II")


class OldIndex:
    """The documents of an index of format 2: their number, and all of them in order of storage.

    What a tagger found is kept, though the index does not know which tagger it was.
    """

    def __init__(self, folder: Path) -> None:
        """Open the newest generation. Raises `IndexMissing`, `IndexDamaged`, and `EngineError` for another format."""
        states, _ = read_states(folder, latest_generation(folder))
        if not all("deletion_number" in state for state in states.values()):
            raise EngineError(f"{folder}: not an index of format {_VERSION}")
        try:
            self._segments = [_Segment(folder, *named) for named in states.items()]
        except FileNotFoundError as exc:
            raise damaged(exc.filename, "missing") from exc

    def __len__(self) -> int:
        return sum(len(segment.live) for segment in self._segments)

    def __iter__(self) -> Iterator[Document]:
        """Yield the documents. Raises `IndexDamaged` where one cannot be read."""
        for segment in self._segments:
            for number in segment.live:
                article, enrichment, _ = segment.articles[number]
                yield Document(article, enrichment)
            segment.file.release()


class _Segment:
    """The stored articles of a segment, and the numbers of the live ones."""

    def __init__(self, folder: Path, name: str, state: dict[str, Any]) -> None:
        numbers = [state.get(key) for key in ("documents", "deleted", "deletion_number")]
        if not all(type(number) is int and number >= 0 for number in numbers):
            raise damaged(folder, f"holds no numbers for segment {name}")
        self.file = _OldColumnFile(folder / f"{name}.nsa")
        self.articles = _OldArticles(self.file, FIELDS)
        documents = np.arange(len(self.file["articles.dictionary"]))
        if number := state["deletion_number"]:
            deleted = _OldColumnFile(folder / f"{name}.{int(number)}.nsx")["deleted"]
            documents = documents[deleted == 0] if len(deleted) == len(documents) else documents[:0]
        self.live: list[int] = documents.tolist()
        if len(self.live) != state["documents"] - state["deleted"]:
            raise damaged(self.file.path, "holds other articles than the table of contents says")


class _OldColumnFile(ColumnFile):
    """A column file of format 2."""

    def _read_header(self) -> tuple[FileOf, int, dict[str, Any]]:
        content = self._content
        if len(content) < _PREAMBLE.size:
            raise damaged(self.path, "cut short")
        magic, version, length, checksum = _PREAMBLE.unpack_from(content)
        start = _PREAMBLE.size + length
        header = content[_PREAMBLE.size : start]
        if (magic, version) != (MAGIC, _VERSION) or zlib.crc32(header) != checksum:
            raise damaged(self.path, f"not a column file of format {_VERSION}")
        try:
            fields = json.loads(header)
            placed = {
                name: (dtype, start + at, size, crc)
                for name, dtype, at, size, crc in fields["columns"]
            }
            expected = start + int(fields["bytes"])
        except (LookupError, TypeError, ValueError) as exc:
            raise damaged(self.path, "its header says what none of ours does") from exc
        if len(content) != expected:
            raise damaged(self.path, f"{len(content)} bytes, expected {expected}")
        return FileOf("", "", 0, 0), len(content), placed


class _OldArticles(StoredArticles):
    """The stored articles of a segment, as format 2 has them."""

    def __getitem__(self, document: int) -> tuple[Article, Enrichment, str]:
        with self._reading():
            text = self._unpacked(document)
            head_bytes, title_bytes = _LENGTHS.unpack_from(text)
            head = json.loads(text[_LENGTHS.size : _LENGTHS.size + head_bytes])
            article, nothing, _ = self._records.decode(
                LENGTHS.pack(0, head_bytes, title_bytes) + text[_LENGTHS.size :]
            )
            return article, Enrichment(entities_of(head)) if "people" in head else nothing, ""
