"""Writing the files of vectors: a new one for each commit of them, and one of all when they are tidied."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np

from search.engines.records import to_microseconds
from search.engines.rescoring.nearness import as_stored
from search.engines.whoosh_index.format.columns import Column, write_columns
from search.engines.whoosh_index.format.stored import UNDATED
from search.engines.whoosh_index.segment.reader import SegmentReader, id_hashes
from search.engines.whoosh_index.segment.vectors import (
    Found,
    VectorFile,
    VectorFiles,
    file_of,
    lengths_of,
    numbers_in,
    vectors_path,
)
from search.engines.whoosh_index.write.commit import write_lock
from search.engines.whoosh_index.write.disk import sync_folder
from search.model.article import Document
from search.text.arrays import Array, Floats, Ints, narrowed, starts_of

#: Rows that are copied at once.
_ROWS_AT_ONCE = 4096


def keep(
    folder: Path, model: str, vectors: Iterable[tuple[Document, Floats]], timeout_ms: int
) -> int:
    """Keep for each document a vector of each of its passages, as the *model* with that label made them.

    Return of how many. Raises `IndexLocked` after *timeout_ms*, and `EngineError`.
    """
    pairs = list(vectors)
    if not pairs:
        return 0
    hashes = id_hashes([document.article_id for document, _ in pairs])
    order = np.argsort(hashes, kind="stable")
    added = [
        UNDATED if document.added is None else to_microseconds(document.added)
        for document, _ in pairs
    ]
    starts = starts_of(np.array([len(pairs[number][1]) for number in order.tolist()], np.int64))
    some = [as_stored(pairs[number][1]) for number in order.tolist() if len(pairs[number][1])]
    stored = np.concatenate(some) if some else np.zeros((0, 0), np.int8)
    lengths, sums = lengths_of(stored, starts)
    columns: list[tuple[str, Column]] = [
        ("ids", hashes[order]),
        ("added", np.array(added, np.int64)[order]),
        ("revisions", narrowed(np.array([document.revision for document, _ in pairs])[order])),
        ("starts", narrowed(starts)),
        ("lengths", lengths),
        ("sums", sums),
        ("vectors", stored.reshape(-1).view(np.uint8)),
    ]
    with write_lock(folder, timeout_ms):
        _write(folder, model, len(pairs), columns)
    return len(pairs)


def tidy(
    folder: Path, readers: Sequence[SegmentReader], timeout_ms: int, model: str | None = None
) -> None:
    """Make one file of all vectors of each model that documents of *readers* have; with *model*, those of others go.

    Raises `IndexLocked` after *timeout_ms*, and `EngineError`.
    """
    with write_lock(folder, timeout_ms):
        every = VectorFiles(folder)
        models = every.models if model is None else [model]
        files = {each: every.of(each) for each in models}
        used = {each: _used(files[each], readers) for each in models}
        size = sum(file.size for file in every.by_number.values())
        is_tidy = all(len(each) <= 1 for each in files.values())
        if is_tidy and sum(len(each.rows) for each in used.values()) == size:
            return
        for each in models:
            if len(used[each].rows):
                _write(folder, each, len(used[each].rows), _columns(files[each], used[each]))
        for number in every.by_number:
            with suppress(OSError):  # what is left over the next call removes
                vectors_path(folder, number).unlink(missing_ok=True)


class _Used(NamedTuple):
    """Rows that documents have, by the hash of the id: the number of the file, and the row there."""

    ids: Array
    files: Array
    rows: Array


def _used(files: list[VectorFile], readers: Sequence[SegmentReader]) -> _Used:
    hashes, numbers, rows = (
        [np.zeros(0, np.uint64)],
        [np.zeros(0, np.int32)],
        [np.zeros(0, np.int64)],
    )
    for reader in readers:
        found = Found(reader, files)
        live = reader.live_documents()
        live = live[found.files[live] >= 0]
        hashes.append(reader.id_hashes[live].astype(np.uint64))
        numbers.append(found.files[live])
        rows.append(found.rows[live])
    ids = np.concatenate(hashes)
    order = np.argsort(ids, kind="stable")
    return _Used(ids[order], np.concatenate(numbers)[order], np.concatenate(rows)[order])


def _columns(files: list[VectorFile], used: _Used) -> Iterator[tuple[str, Column]]:
    def gathered(name: str) -> Ints:
        result = np.zeros(len(used.rows), np.int64)
        for number, file in enumerate(files):
            own = used.files == number
            values = (
                file.widths(used.rows[own])
                if name == "widths"
                else getattr(file, name)[used.rows[own]]
            )
            result[own] = values
        return result

    yield "ids", used.ids
    yield "added", gathered("added")
    yield "revisions", narrowed(gathered("revisions"))
    yield "starts", narrowed(starts_of(gathered("widths")))
    yield "lengths", _copied(files, used, "lengths")
    yield "sums", gathered("sums").astype(np.uint32)
    yield "vectors", _copied(files, used, "vectors")


def _copied(files: list[VectorFile], used: _Used, name: str) -> Iterator[Array]:
    """Yield what is stored of each passage in a column, a part at a time."""
    kind = np.uint32 if name == "lengths" else np.uint8
    yield np.zeros(0, kind)
    for begin in range(0, len(used.rows), _ROWS_AT_ONCE):
        numbers = used.files[begin : begin + _ROWS_AT_ONCE]
        rows = used.rows[begin : begin + _ROWS_AT_ONCE]
        parts: list[Array] = [np.zeros(0, kind)] * len(rows)
        for number in np.unique(numbers).tolist():
            own = np.flatnonzero(numbers == number)
            found, starts = files[number].passages_of(rows[own], name)
            for at, (first, last) in zip(
                own.tolist(), itertools.pairwise(starts.tolist()), strict=True
            ):
                parts[at] = found[first:last].reshape(-1).view(kind)
        yield np.concatenate(parts)
        for file in files:
            file.columns.release()


def _write(folder: Path, model: str, documents: int, columns: Iterable[tuple[str, Column]]) -> None:
    number = max(numbers_in(folder), default=0) + 1
    path = vectors_path(folder, number)
    # Under a name that nobody reads until it is whole.
    temporary = path.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    try:
        write_columns(temporary, file_of(model, number, documents), columns)
        temporary.replace(path)
        sync_folder(folder)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
