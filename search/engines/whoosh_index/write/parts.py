"""Segments while a commit changes them: what is deleted and given, and several merged into one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from search.engines.whoosh_index.format.columns import MENDING, write_columns
from search.engines.whoosh_index.format.documents import GIVEN_COLUMNS
from search.engines.whoosh_index.segment.reader import SegmentName, SegmentReader
from search.engines.whoosh_index.write.build import segment_columns
from search.engines.whoosh_index.write.limits import WriteLimits
from search.engines.whoosh_index.write.merge import merged
from search.model.errors import IndexDamaged
from search.text.arrays import Ints, Numbers


@dataclass(slots=True, eq=False)
class Part:
    """A segment that is changed: its reader, which further documents go, and what it gives to documents.

    ``given`` has the columns of `GIVEN_COLUMNS` by name that a commit changes, but for the deleted ones.
    """

    reader: SegmentReader
    deleted: set[int] = field(default_factory=set)
    given: dict[str, Numbers] = field(default_factory=dict)

    def live_after(self) -> int:
        return self.reader.live_count - len(self.deleted)

    def kept(self) -> Ints:
        """Return the documents that stay."""
        documents = self.reader.live_documents()
        return documents[~np.isin(documents, list(self.deleted))] if self.deleted else documents

    def column(self, name: str) -> Numbers:
        """Return a column of `GIVEN_COLUMNS` as it will be."""
        if name in self.given:
            return self.given[name]
        numbers = self.reader.given(name).numbers()
        if name == "deleted":
            numbers[list(self.deleted)] = 1
        return numbers


def delete_repeated(parts: Sequence[Part]) -> None:
    """Of several documents with one id delete all but the last."""
    hashes = np.concatenate([np.zeros(0, np.uint64), *(part.reader.id_hashes for part in parts)])
    order = np.argsort(hashes, kind="stable")
    same = hashes[order][1:] == hashes[order][:-1]
    repeated = np.zeros(len(hashes), bool)
    repeated[order[1:]] |= same
    repeated[order[:-1]] |= same
    last: dict[str, tuple[Part, int]] = {}
    before = 0
    for part in parts:
        flags = repeated[before : before + len(part.reader)]
        before += len(part.reader)
        for document in np.flatnonzero(flags).tolist():
            if document in part.deleted:
                continue
            article_id = part.reader.ids[document]
            if article_id in last:
                earlier, number = last[article_id]
                earlier.deleted.add(number)
            last[article_id] = part, document


def write_merged(folder: Path, name: str, parts: Sequence[Part], limits: WriteLimits) -> Part:
    """Write what is left of *parts* as the segment *name*, and return that. Raises `IndexDamaged` and `EngineError`."""
    for part in parts:
        # Copying altered bytes under new checksums would hide the damage for good.
        if problems := part.reader.verify():
            raise IndexDamaged(f"{problems[0]}; {MENDING}")
    content = merged([part.reader for part in parts], [part.deleted for part in parts], limits)
    segment = SegmentName(name, len(content.ids), 0, 0)
    write_columns(folder / segment.segment_file(), segment.segment_of(), segment_columns(content))
    given = {
        column.name: np.concatenate([part.column(column.name)[part.kept()] for part in parts])
        for column in GIVEN_COLUMNS
        if column.merged == "copied"
    }
    return Part(SegmentReader(folder, segment, layout=parts[0].reader.layout), given=given)
