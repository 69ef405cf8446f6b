"""One segment opened for reading: its columns, and what commits gave to its documents."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from copy import copy
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np

from search.engines.records import from_microseconds
from search.engines.whoosh_index.format.columns import (
    ColumnFile,
    FileOf,
    StringColumn,
    damaged,
    rebuild_hint,
)
from search.engines.whoosh_index.format.documents import (
    DOCUMENT_COLUMNS,
    GIVEN_COLUMNS,
    GivenColumn,
)
from search.engines.whoosh_index.format.layout import LAYOUT, Layout, stems_column
from search.engines.whoosh_index.format.stored import UNDATED, StoredArticles
from search.engines.whoosh_index.segment.facets import FacetReader, ValuesReader
from search.engines.whoosh_index.segment.family import FamilyReader
from search.engines.whoosh_index.segment.forward import FORWARD, ForwardReader
from search.model.article import Document
from search.model.errors import IndexOutdated
from search.text.arrays import Array, Bools, Ints, Numbers
from search.text.stems import ENGLISH, stem_language

_COLUMNS = {column.name: column for column in DOCUMENT_COLUMNS}


def id_hashes(ids: Sequence[str]) -> Array:
    """Return a 64-bit hash of each id; equal ids have equal hashes on every machine."""
    from hashlib import blake2b

    joined = b"".join(blake2b(i.encode(), digest_size=8).digest() for i in ids)
    return np.frombuffer(joined, "<u8")


class SegmentName(NamedTuple):
    """What the table of contents knows of a segment.

    ``generation`` is that whose commit last gave something to the segment's documents, 0 where it has not
    been committed yet.
    """

    name: str
    documents: int
    deleted: int
    generation: int

    def segment_file(self) -> str:
        return f"{self.name}.nss"

    def given_file(self) -> str:
        return f"{self.name}.{self.generation}.nsg"

    def files(self) -> list[str]:
        return (
            [self.segment_file(), self.given_file()] if self.generation else [self.segment_file()]
        )

    def segment_of(self) -> FileOf:
        """What the segment's file is of."""
        return FileOf("segment", self.name, 0, self.documents)

    def given_of(self) -> FileOf:
        """What the file is of that holds what was given to the documents."""
        return FileOf("given", self.name, self.generation, self.documents)


class SegmentReader:
    """Reads one immutable segment. Safe to use from several threads."""

    def __init__(
        self,
        folder: Path,
        name: SegmentName,
        before: SegmentReader | None = None,
        layout: Layout = LAYOUT,
    ) -> None:
        """Open the segment's files; those of *before*, the segment as it was earlier, are shared.

        Raises FileNotFoundError; `IndexDamaged` where a file is another one than *name* says or its columns do
        not have a number for each document; and `IndexOutdated` where it was written for other fields.
        """
        self.name = name
        self.layout = layout
        if before is None:
            self.columns = ColumnFile(folder / name.segment_file(), name.segment_of())
            self._check_lengths()
        else:
            self.columns = before.columns
            self.columns.check_is(name.segment_of())
        #: What the segment is read from.
        self.files = [self.columns]
        given = None
        if name.generation:
            given = ColumnFile(folder / name.given_file(), name.given_of(), whole=True)
            self.files.append(given)
        self._given = {c.name: GivenColumn(given, c, name.documents) for c in GIVEN_COLUMNS}
        self.live: Bools | None = None
        deleted = self._given["deleted"].numbers()
        # Totals come from the one, answers from the other.
        if given is not None and int(np.count_nonzero(deleted)) != name.deleted:
            raise damaged(given.path, "deletes other articles than the table of contents says")
        if name.deleted:
            self.live = deleted == 0
        #: The number of documents that are not deleted, and, in what `seen_at` returns, that are seen.
        self.live_count = name.documents - name.deleted
        self._families: dict[str, FamilyReader] = {}

    def _check_lengths(self) -> None:
        """Raise `IndexDamaged` unless there is a number for each document in every column of documents."""
        documents = self.name.documents
        check = self.columns.check_length
        for name in ("id_hashes", "id_documents", "articles.dictionary"):
            check(name, documents)
        for name in ("ids.starts", "articles.starts"):
            check(name, documents + 1)
        self._check_fields()

    def _check_fields(self) -> None:
        """Check what depends on the field table. Raises `IndexOutdated` for another one, and `IndexDamaged`."""
        layout, check = self.layout, self.columns.check_length
        # As altered they would name the wrong remedy.
        self.columns.check_bytes("fields.bytes", "fields.starts")
        written = StringColumn(self.columns, "fields").all()
        missing = [name for name in layout.written if name not in written]
        if missing:
            raise IndexOutdated(
                f"{self.columns.path}: written for other fields than this newssearch has ({missing[0]}); "
                f"{rebuild_hint(self.columns.path.parent)}"
            )
        for column in DOCUMENT_COLUMNS:
            if column.lacking is None or column.name in self.columns:
                check(column.name, self.name.documents * column.width_in(layout))
        if f"{FORWARD}.starts" in self.columns:
            check(f"{FORWARD}.starts", self.name.documents + 1)
        for facet in layout.facets:
            check(f"facet.{facet}.starts", self.name.documents + 1)
        for facet in layout.forms:
            if f"forms.{facet}.starts" in self.columns:
                check(f"forms.{facet}.starts", self.name.documents + 1)

    def __len__(self) -> int:
        """Return the number of documents, deleted ones included."""
        return self.name.documents

    def seen_at(self, instant: int) -> SegmentReader:
        """Return the segment for which documents that are not visible at *instant*, in microseconds, are deleted ones."""
        if "visible_from" not in self.columns:
            return self
        return self._only(self.column("visible_from") <= instant)

    def without(self, documents: Collection[int]) -> SegmentReader:
        """Return the segment for which these *documents* are deleted too."""
        if not documents:
            return self
        kept = np.ones(len(self), bool)
        kept[list(documents)] = False
        return self._only(kept)

    def _only(self, kept: Bools) -> SegmentReader:
        other = copy(self)
        other.live = kept if self.live is None else kept & self.live
        other.live_count = int(np.count_nonzero(other.live))
        return other

    def hidden_until(self, instant: int) -> Ints:
        """Return from when on each document is visible that is not yet at *instant*, in microseconds."""
        if "visible_from" not in self.columns:
            return np.zeros(0, np.int64)
        until = self.column("visible_from")
        if self.live is not None:
            until = until[self.live]
        return until[until > instant].astype(np.int64)

    def column(self, name: str) -> Numbers:
        """Return the numbers of each document in a column of `DOCUMENT_COLUMNS`.

        Where the segment lacks it they are what the column's row says.
        """
        column = _COLUMNS[name]
        if column.lacking is not None and name not in self.columns:
            shape = len(self) if column.width == 1 else (len(self), column.width)
            return np.full(shape, column.lacking)
        numbers = self.columns[name]
        return numbers.reshape(len(self), -1) if column.has_rows else numbers

    def given(self, name: str) -> GivenColumn:
        """Return a column of `GIVEN_COLUMNS`."""
        return self._given[name]

    def lacking(self) -> Iterator[str]:
        """Yield the names of the columns that the segment was written without."""
        yield from (
            c.name for c in DOCUMENT_COLUMNS if not (c.is_optional or c.name in self.columns)
        )
        if self.forward is None:
            yield FORWARD
        if self._lacks_stems():
            yield "stem_language"
        if self.name.generation:
            yield from (name for name, column in self._given.items() if column.is_lacking)

    def _lacks_stems(self) -> bool:
        """Whether all documents have English stems, those in other languages too."""
        if "stem_language" in self.columns or "lang" not in self.layout.facets:
            return False
        return any(stem_language(value) != ENGLISH for value in self.facet("lang").values.all())

    @property
    def dates(self) -> Ints:
        return self.column("dates")  # type: ignore[return-value]

    @property
    def precisions(self) -> Numbers:
        """For each document how exactly its date is known (`PRECISION_NUMBERS`)."""
        return self.column("precisions")

    @property
    def stories(self) -> Ints:
        """The number of the story that each document is of, -1 where that is not known."""
        return self._given["story"].numbers()

    @property
    def lengths(self) -> Array:
        """The weighted number of words of each document."""
        return self.column("lengths")

    @property
    def ends(self) -> Array:
        """For each document and text field the position where the field ends."""
        return self.column("ends")

    @cached_property
    def ids(self) -> StringColumn:
        return StringColumn(self.columns, "ids")

    @property
    def id_ranks(self) -> Array:
        """For each document the rank of its id among the ids in order."""
        return self.column("id_ranks")

    @cached_property
    def articles(self) -> StoredArticles:
        return StoredArticles(self.columns, self.layout.fields)

    def live_documents(self) -> Ints:
        return np.arange(len(self)) if self.live is None else np.flatnonzero(self.live)

    def document_at(self, number: int) -> Document:
        """Return a document as it was added, and what commits gave to it."""
        article, enrichment, provenance = self.articles[number]
        given = self._given_to_all
        story = self._given["story"][number]
        if given is None:
            added = self._instants[self._given["added"].ordinal(number)]
            given = added, self._revisions[self._given["revision"].ordinal(number)]
        return Document(article, enrichment, *given, story, provenance)

    @cached_property
    def _given_to_all(self) -> tuple[datetime | None, int] | None:
        """When each document was added and how often its article has changed, None where they differ."""
        is_same = len(self._instants) == len(self._revisions) == 1
        return (self._instants[0], self._revisions[0]) if is_same else None

    @cached_property
    def _instants(self) -> list[datetime | None]:
        """The distinct instants at which documents were added."""
        values = self._given["added"].values.tolist()
        return [None if value == UNDATED else from_microseconds(value) for value in values]

    @cached_property
    def _revisions(self) -> list[int]:
        revisions: list[int] = self._given["revision"].values.tolist()
        return revisions

    def size_bytes(self) -> int:
        return sum(file.size_bytes() for file in self.files)

    def release(self) -> None:
        """Count no memory for what was read of the files so far."""
        for file in self.files:
            file.release()

    def verify(self) -> list[str]:
        """Return a sentence for each part that fails its checksum."""
        return [problem for file in self.files for problem in file.verify()]

    @property
    def id_hashes(self) -> Array:
        """For each document the hash of its id."""
        hashes = np.empty(len(self), np.uint64)
        hashes[self.columns["id_documents"]] = self.columns["id_hashes"]
        return hashes

    def found(self, ids: Sequence[str], hashes: Array) -> Iterator[tuple[int, int]]:
        """Yield (index of *ids*, document) of each live document that has one of *ids*.

        *hashes* are the `id_hashes` of these.
        """
        known, documents = self.columns["id_hashes"], self.columns["id_documents"]
        first = np.searchsorted(known, hashes, "left")
        last = np.searchsorted(known, hashes, "right")
        for number in np.flatnonzero(first < last).tolist():
            for document in documents[first[number] : last[number]].tolist():
                is_live = self.live is None or self.live[document]
                if is_live and self.ids[document] == ids[number]:
                    yield number, document

    def has_stems(self, language: int) -> bool:
        """Whether the text has documents with stems of a language, by number, other than English."""
        return stems_column(self.layout.text.name, language) + ".forms" in self.columns

    def family(self, name: str) -> FamilyReader:
        family = self._families.get(name)
        if family is None:
            family = self._families[name] = FamilyReader(self.columns, name)
        return family

    @cached_property
    def forward(self) -> ForwardReader | None:
        """Which words each document is heaviest in; None where the segment was written without."""
        return ForwardReader(self.columns) if f"{FORWARD}.starts" in self.columns else None

    @cached_property
    def _facets(self) -> dict[str, FacetReader]:
        return {facet: FacetReader(self.columns, facet) for facet in self.layout.facets}

    def facet(self, name: str) -> FacetReader:
        return self._facets[name]

    def forms(self, name: str) -> ValuesReader | None:
        """Return in which ways the entities of a facet are written (`Layout.forms`); None where it does not know of any."""
        if f"forms.{name}.starts" not in self.columns:
            return None
        return ValuesReader(self.columns, f"forms.{name}")
