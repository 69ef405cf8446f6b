"""Segments while they are changed: what goes of them, and several made one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from search.engines.whoosh_index.format.columns import MENDING, write_columns
from search.engines.whoosh_index.segment.reader import SegmentName, SegmentReader
from search.engines.whoosh_index.write.build import segment_columns
from search.engines.whoosh_index.write.merge import merged
from search.model.errors import IndexDamaged


@dataclass(slots=True)
class Part:
    """A segment that is changed: its reader, and which further documents go."""

    reader: SegmentReader
    deleted: set[int] = field(default_factory=set)

    def live_after(self) -> int:
        return self.reader.live_count - len(self.deleted)


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


def write_merged(folder: Path, name: str, parts: Sequence[Part]) -> SegmentName:
    """Write what is left of *parts* as the segment *name*. Raises `IndexDamaged` and `EngineError`."""
    for part in parts:
        # Copying altered bytes under new checksums would hide the damage for good.
        if problems := part.reader.verify():
            raise IndexDamaged(f"{problems[0]}; {MENDING}")
    content = merged([part.reader for part in parts], [part.deleted for part in parts])
    for extension, columns in segment_columns(content):
        write_columns(folder / (name + extension), columns)
        for part in parts:
            part.reader.release()
    return SegmentName(name, len(content.ids), 0, 0)
