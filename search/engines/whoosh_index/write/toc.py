"""Writing the table of contents: a generation is there whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from search.engines.whoosh_index.format.columns import ColumnFile, failed
from search.engines.whoosh_index.segment.joined import JOINED_FILE
from search.engines.whoosh_index.segment.reader import SegmentName
from search.engines.whoosh_index.segment.toc import (
    INDEX_NAME,
    SEGMENT_FILE,
    TOC_FILE,
    Toc,
    toc_path,
    with_trailer,
)
from search.engines.whoosh_index.write.disk import write_whole
from search.text.stems import LANGUAGES


def write_toc(folder: Path, toc: Toc) -> None:
    """Write a generation so that it is there whole or not at all.

    It survives a power cut once the folder is synced. Raises `EngineError`; the index is then what it was.
    """
    from whoosh.filedb.filestore import RamStorage
    from whoosh.index import TOC

    from search.engines.whoosh_index.codec import ColumnSegment
    from search.engines.whoosh_index.schema import index_schema

    storage = RamStorage()
    pickled = [ColumnSegment.of(segment) for segment in toc.segments]
    schema = index_schema(_main_language(folder, toc.segments))
    TOC(schema, pickled, toc.generation).write(storage, INDEX_NAME)
    path = toc_path(folder, toc.generation)
    try:
        write_whole(path, with_trailer(storage.files[path.name], toc.instant))
    except OSError as exc:
        raise failed(path, "written", exc) from exc


def _main_language(folder: Path, segments: Sequence[SegmentName]) -> str:
    """Return the language that most documents of *segments* have the stems of."""
    counts = np.zeros(len(LANGUAGES), np.int64)
    for segment in segments:
        file = ColumnFile(folder / segment.segment_file(), segment.segment_of())
        if "stem_language" in file:
            counts += np.bincount(file["stem_language"], minlength=len(LANGUAGES))
        else:
            counts[0] += segment.documents
    return LANGUAGES[int(counts.argmax())]


def remove_unused(folder: Path, toc: Toc) -> None:
    """Delete files of generations before *toc* and of segments that it does not name.

    A file that a reader has mapped stays readable to that reader until it lets go.
    """
    used = {name for segment in toc.segments for name in segment.files()}
    for path in folder.iterdir():
        name = path.name
        match = TOC_FILE.fullmatch(name)
        old_toc = match is not None and int(match[1]) < toc.generation
        unused = SEGMENT_FILE.fullmatch(name) is not None and name not in used
        joined = JOINED_FILE.fullmatch(name)
        unused = unused or (joined is not None and int(joined[1]) != toc.generation)
        if old_toc or unused or (name.startswith(f"_{INDEX_NAME}_") and name.endswith(".new")):
            # Left for the next commit where the system holds on to an open file.
            try:
                path.unlink(missing_ok=True)
            except OSError:
                continue
