"""One segment opened for reading: its columns and its deletions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from search.engines.protocol import FACETS
from search.engines.whoosh_index.format.columns import ColumnFile, StringColumn, damaged
from search.engines.whoosh_index.format.layout import TEXT_FIELDS
from search.engines.whoosh_index.format.stored import StoredArticles
from search.engines.whoosh_index.segment.facets import FacetReader
from search.engines.whoosh_index.segment.family import FamilyReader
from search.model.article import Document
from search.text.arrays import Array, Bools, Ints

#: Extensions of a segment's files, and of its deletions.
EXTENSIONS = (".nsd", ".nsw", ".nsa")
DELETIONS = ".nsx"


def id_hashes(ids: Sequence[str]) -> Array:
    """Return a 64-bit hash of each id; equal ids have equal hashes on every machine."""
    from hashlib import blake2b

    joined = b"".join(blake2b(i.encode(), digest_size=8).digest() for i in ids)
    return np.frombuffer(joined, "<u8")


@dataclass(frozen=True, slots=True)
class SegmentName:
    """What the table of contents knows of a segment.

    ``deletion_number`` 0 means that nothing is deleted, n that deletions are in ``NAME.n.nsx``.
    """

    name: str
    documents: int
    deleted: int
    deletion_number: int

    def deletions_file(self) -> str:
        return f"{self.name}.{self.deletion_number}{DELETIONS}"

    def files(self) -> list[str]:
        files = [self.name + extension for extension in EXTENSIONS]
        return [*files, self.deletions_file()] if self.deletion_number else files


class SegmentReader:
    """Reads one immutable segment. Safe to use from several threads."""

    def __init__(self, folder: Path, name: SegmentName) -> None:
        """Open the segment's files. Raises FileNotFoundError and `IndexDamaged`."""
        self.name = name
        self._documents, self.words, self._articles = (
            ColumnFile(folder / (name.name + extension)) for extension in EXTENSIONS
        )
        self._files = [self._documents, self.words, self._articles]
        self._families: dict[str, FamilyReader] = {}
        self.live: Bools | None = None
        if name.deletion_number:
            deletions = ColumnFile(folder / name.deletions_file())
            self._files.append(deletions)
            self.live = deletions["deleted"] == 0
            # Totals come from the one, answers from the other.
            there = len(self.live), int(np.count_nonzero(self.live))
            if there != (name.documents, self.live_count):
                raise damaged(
                    deletions.path, "deletes other articles than the table of contents says"
                )

    def __len__(self) -> int:
        """Return the number of documents, deleted ones included."""
        return self.name.documents

    @property
    def live_count(self) -> int:
        return self.name.documents - self.name.deleted

    @property
    def dates(self) -> Ints:
        return self._documents["dates"]  # type: ignore[return-value]

    @property
    def lengths(self) -> Array:
        """The weighted number of words of each document."""
        return self._documents["lengths"]

    @property
    def ends(self) -> Array:
        """For each document and text field the position where the field ends."""
        return self._documents["ends"].reshape(-1, len(TEXT_FIELDS))

    @cached_property
    def ids(self) -> StringColumn:
        return StringColumn(self._documents, "ids")

    @property
    def id_ranks(self) -> Array:
        """For each document the place of its id among the ids in order."""
        return self._documents["id_ranks"]

    @cached_property
    def articles(self) -> StoredArticles:
        return StoredArticles(self._articles)

    @property
    def documents(self) -> ColumnFile:
        """The columns that describe documents as they lie in the file."""
        return self._documents

    def live_documents(self) -> Ints:
        return np.arange(len(self)) if self.live is None else np.flatnonzero(self.live)

    def document_at(self, number: int) -> Document:
        return Document(*self.articles[number])

    def size_bytes(self) -> int:
        return sum(file.size_bytes() for file in self._files)

    def release(self) -> None:
        """Count no memory for what was read of the files so far."""
        for file in self._files:
            file.release()

    def verify(self) -> list[str]:
        """Return a sentence for each part that fails its checksum."""
        return [problem for file in self._files for problem in file.verify()]

    @property
    def id_hashes(self) -> Array:
        """For each document the hash of its id."""
        hashes = np.empty(len(self), np.uint64)
        hashes[self._documents["id_documents"]] = self._documents["id_hashes"]
        return hashes

    def documents_of(self, ids: Sequence[str], wanted: Array | None = None) -> Ints:
        """Return the numbers of the live documents that have one of *ids*, whose hashes are *wanted*."""
        hashes = self._documents["id_hashes"]
        numbers = self._documents["id_documents"]
        wanted = id_hashes(ids) if wanted is None else wanted
        first = np.searchsorted(hashes, wanted, "left")
        last = np.searchsorted(hashes, wanted, "right")
        found: list[int] = []
        for place in np.flatnonzero(first < last).tolist():
            for at in range(int(first[place]), int(last[place])):
                document = int(numbers[at])
                if self.ids[document] == ids[place] and (self.live is None or self.live[document]):
                    found.append(document)
        return np.array(found, np.int64)

    def family(self, name: str) -> FamilyReader:
        family = self._families.get(name)
        if family is None:
            family = self._families[name] = FamilyReader(self.words, name)
        return family

    @cached_property
    def _facets(self) -> dict[str, FacetReader]:
        return {facet: FacetReader(self._documents, facet) for facet in FACETS}

    def facet(self, name: str) -> FacetReader:
        return self._facets[name]
