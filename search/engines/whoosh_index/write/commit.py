"""Changing the index: new segments, deletions, merges, all made visible by one table of contents."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from search.engines.whoosh_index.format.columns import damaged, write_columns
from search.engines.whoosh_index.format.layout import FULL_DOCUMENTS, MAX_DOCUMENTS
from search.engines.whoosh_index.segment.reader import SegmentName, SegmentReader, id_hashes
from search.engines.whoosh_index.segment.toc import INDEX_NAME, Toc, latest_generation, read_toc
from search.engines.whoosh_index.write.parts import Part, delete_repeated, write_merged
from search.engines.whoosh_index.write.staging import remove_abandoned, take
from search.engines.whoosh_index.write.toc import remove_unused, sync_folder, write_toc
from search.model.errors import EngineError, IndexLocked, IndexMissing

#: Until they make a full one segments of about one size are merged so many at a time: what comes in
#: small commits is rewritten once each time its segment is so many times as large.
MERGE_FACTOR = 8
#: A segment of so many bytes is full whatever it holds, and none larger is made of several: a commit
#: that merges must come to an end, and a merge holds a quarter of this in memory.
MAX_MERGED_BYTES = 1 << 30
#: A segment is rewritten once this part of it is deleted.
MAX_DELETED = 0.3
_LOCK_POLL_MS = 20


@contextmanager
def write_lock(folder: Path, timeout_ms: int) -> Iterator[None]:
    """Hold the lock that Whoosh's own writer takes too. Raises `IndexLocked` after *timeout_ms*."""
    from whoosh.util.filelock import FileLock

    lock = FileLock(str(folder / f"{INDEX_NAME}_WRITELOCK"))
    give_up = time.monotonic() + timeout_ms / 1000
    try:
        while not lock.acquire():
            if time.monotonic() >= give_up:
                raise IndexLocked(
                    f"{folder}: another process is writing to the index and did not finish within "
                    f"{timeout_ms} ms; try again, or raise NEWSSEARCH_LOCK_TIMEOUT_MS"
                )
            time.sleep(_LOCK_POLL_MS / 1000)
    except OSError as exc:
        raise EngineError(f"{folder}: cannot be locked: {exc.strerror}") from exc
    try:
        yield
    finally:
        lock.release()


def create(folder: Path, timeout_ms: int) -> None:
    """Make an empty index in *folder* unless there is one. Raises `EngineError`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise EngineError(f"{folder}: cannot be made: {exc.strerror}") from exc
    with write_lock(folder, timeout_ms):
        try:
            latest_generation(folder)
        except IndexMissing:
            write_toc(folder, 0, ())
            _is_kept(folder, 0)


def commit(
    folder: Path,
    places: Mapping[str, Collection[str]],
    article_ids: Sequence[str],
    deleted_ids: Iterable[str],
    timeout_ms: int,
) -> int:
    """Add the segments prepared at *places*, whose articles have *article_ids*, and delete older ones.

    Those are the articles with the same ids, of several that are new all but the last, and those of
    *deleted_ids*. Return how many there were of *deleted_ids*. Of the articles of a place those are
    left out whose ids it stands for; they are not among *article_ids*.

    All of it becomes visible at once, or nothing does. Raises `EngineError`; the index is then what
    it was, and the lock is free. After `IndexLocked` the prepared segments are what they were too.
    What is visible is committed, even where the disk does not say that it would survive a power cut:
    then that is logged, and the generation before is kept beside it.
    """
    with write_lock(folder, timeout_ms):
        try:
            return _committed(folder, places, article_ids, list(deleted_ids))
        except FileNotFoundError as exc:
            raise damaged(exc.filename, "missing") from exc
        except OSError as exc:
            raise EngineError(f"{folder}: cannot be written: {exc.strerror or exc}") from exc


def _committed(
    folder: Path,
    places: Mapping[str, Collection[str]],
    article_ids: Sequence[str],
    deleted_ids: Sequence[str],
) -> int:
    toc = read_toc(folder, latest_generation(folder))
    # What a killed process left may have the name of what this commit is to write. Before it goes, the
    # generation that does without it has to be on disk.
    sync_folder(folder)
    remove_unused(folder, toc)
    parts = [Part(SegmentReader(folder, name)) for name in toc.segments]
    count = _delete(parts, deleted_ids)
    _delete(parts, article_ids)
    generation = toc.generation + 1
    try:
        added: list[Part] = []
        for place, left_out in places.items():
            taken = [Part(SegmentReader(folder, name)) for name in take(folder, place)]
            _delete(taken, list(left_out))
            added += taken
        delete_repeated(added)
        parts = [part for part in _merge(folder, parts + added) if part.live_after()]
        names = [_settle(folder, part, generation) for part in parts]
        sync_folder(folder)
        write_toc(folder, generation, names)
    except BaseException:
        # Whatever happened, and be it Ctrl-C: once the new table of contents is there, it counts.
        if latest_generation(folder) == toc.generation:
            remove_unused(folder, toc)
        raise
    if _is_kept(folder, generation):
        with suppress(OSError):  # what is left over the next commit removes
            remove_unused(folder, Toc(generation, tuple(names)))
    with suppress(OSError):
        remove_abandoned(folder)
    return count


def _is_kept(folder: Path, generation: int) -> bool:
    """Return whether a generation that is visible will survive a power cut; log where that is in doubt.

    Raises nothing: who was told of an error would take the commit for undone.
    """
    try:
        sync_folder(folder)
    except OSError as exc:
        import logging  # heavy, and hardly ever needed

        logging.getLogger(__name__).warning(
            "%s: generation %d is committed, but the disk does not confirm it (%s): a power cut may undo "
            "it; check the disk, and after a power cut run the same command again",
            folder,
            generation,
            exc.strerror or exc,
        )
        return False
    return True


def _delete(parts: Sequence[Part], ids: Sequence[str]) -> int:
    """Delete the articles with these *ids*, all different; return how many there were."""
    hashes = id_hashes(ids)
    before = sum(len(part.deleted) for part in parts)
    for part in parts:
        part.deleted.update(part.reader.documents_of(ids, hashes).tolist())
    return sum(len(part.deleted) for part in parts) - before


def _settle(folder: Path, part: Part, generation: int) -> SegmentName:
    """Write what a commit deletes from a segment; return the segment's new entry."""
    name = part.reader.name
    if not part.deleted:
        return name
    flags = np.zeros(name.documents, np.uint8)
    if part.reader.live is not None:
        flags[~part.reader.live] = 1
    flags[list(part.deleted)] = 1
    settled = replace(name, deleted=int(flags.sum()), deletion_number=generation)
    write_columns(folder / settled.deletions_file(), {"deleted": flags})
    return settled


def _merge(folder: Path, parts: list[Part]) -> list[Part]:
    """Merge until there is nothing left to merge."""
    from whoosh.codec.base import Segment

    while True:
        chosen = _to_merge(parts)
        if not chosen:
            return parts
        name = write_merged(folder, f"{INDEX_NAME}_{Segment(INDEX_NAME).segid}", chosen)
        at = parts.index(chosen[0])
        parts = [part for part in parts if part not in chosen]
        parts.insert(at, Part(SegmentReader(folder, name)))


def _to_merge(parts: Sequence[Part]) -> list[Part]:
    """Return the parts to make one segment of next, in order; none where there is nothing to do."""
    smaller = [part for part in parts if part.live_after() and not _is_full(part)]
    # The largest first, with what has room beside them.
    largest = _fitting(sorted(smaller, key=Part.live_after, reverse=True))
    if len(largest) > 1 and sum(part.live_after() for part in largest) >= FULL_DOCUMENTS:
        return [part for part in parts if part in largest]
    levels: dict[int, list[Part]] = {}
    for part in smaller:
        levels.setdefault(_level(part), []).append(part)
    for level, group in sorted(levels.items()):
        # What is smaller still comes along, for it costs little and every segment costs every query.
        chosen = _fitting([*group, *(part for part in smaller if _level(part) < level)])
        if len(group) >= MERGE_FACTOR and len(chosen) > 1:
            return [part for part in parts if part in chosen]
    for part in parts:
        gone = part.reader.name.documents - part.live_after()
        if part.live_after() and gone > MAX_DELETED * part.reader.name.documents:
            return [part]
    return []


def _is_full(part: Part) -> bool:
    is_large = part.reader.size_bytes() >= MAX_MERGED_BYTES
    return is_large or part.live_after() >= FULL_DOCUMENTS


def _level(part: Part) -> int:
    level = 0
    size = part.live_after()
    while size >= MERGE_FACTOR:
        size //= MERGE_FACTOR
        level += 1
    return level


def _fitting(parts: Sequence[Part]) -> list[Part]:
    """Return those of *parts* that have room in one segment, taken in turn."""
    fitting: list[Part] = []
    documents = size = 0
    for part in parts:
        more, bytes_more = part.live_after(), part.reader.size_bytes()
        if documents + more <= MAX_DOCUMENTS and size + bytes_more <= MAX_MERGED_BYTES:
            documents += more
            size += bytes_more
            fitting.append(part)
    return fitting
