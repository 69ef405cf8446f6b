"""Changing the index: new segments, deletions, merges, all made visible by one table of contents."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np

from search.engines.joining.joins import Join
from search.engines.protocol.engine import Revision
from search.engines.staging import Given
from search.engines.whoosh_index.format.columns import damaged, failed, write_columns
from search.engines.whoosh_index.format.documents import GIVEN_COLUMNS, GivenColumn
from search.engines.whoosh_index.format.layout import LAYOUT, Layout
from search.engines.whoosh_index.format.stored import now_in_microseconds
from search.engines.whoosh_index.segment.joined import write_joined
from search.engines.whoosh_index.segment.reader import SegmentName, SegmentReader, id_hashes
from search.engines.whoosh_index.segment.toc import (
    INDEX_NAME,
    Toc,
    generations_in,
    latest_generation,
    read_toc,
)
from search.engines.whoosh_index.write import revisions
from search.engines.whoosh_index.write.aside import aside
from search.engines.whoosh_index.write.disk import (
    lock,
    make_folder,
    read_text,
    sync_folder,
    write_whole,
)
from search.engines.whoosh_index.write.given import give, instant_after
from search.engines.whoosh_index.write.limits import WRITE_LIMITS, WriteLimits
from search.engines.whoosh_index.write.names import joins_in
from search.engines.whoosh_index.write.parts import Part, delete_repeated, write_merged
from search.engines.whoosh_index.write.staging import remove_abandoned, take
from search.engines.whoosh_index.write.stories import give_stories
from search.engines.whoosh_index.write.toc import remove_unused, write_toc
from search.model.errors import EngineError, IndexLocked, IndexMissing
from search.model.fields import FieldTable


@contextmanager
def write_lock(folder: Path, timeout_ms: int) -> Iterator[None]:
    """Hold the lock that Whoosh's own writer takes too. Raises `IndexLocked` after *timeout_ms*."""
    path = folder / f"{INDEX_NAME}_WRITELOCK"
    try:
        held = lock(path, timeout_ms)
    except OSError as exc:
        raise failed(folder, "locked", exc) from exc
    if held is None:
        raise IndexLocked(
            f"{folder}: another process is writing to the index and did not finish within "
            f"{timeout_ms} ms; try again, or raise NEWSSEARCH_LOCK_TIMEOUT_MS"
        )
    with held:
        yield


def keep_text(folder: Path, name: str, text: str, before: str | None, timeout_ms: int) -> bool:
    """Write the file *name* in *folder*, for good; return False where *before* is given and it is another by now.

    Raises `IndexLocked` after *timeout_ms*, and `EngineError`.
    """
    with write_lock(folder, timeout_ms):
        if before is not None and read_text(folder, name) != before:
            return False
        try:
            write_whole(folder / name, text.encode())
            sync_folder(folder)
        except OSError as exc:
            raise failed(folder / name, "written", exc) from exc
    return True


def create(folder: Path, timeout_ms: int) -> None:
    """Make an empty index in *folder* unless there is one. Raises `EngineError`."""
    try:
        parents = make_folder(folder)
    except OSError as exc:
        raise failed(folder, "made", exc) from exc
    with write_lock(folder, timeout_ms):
        try:
            latest_generation(folder)
        except IndexMissing:
            write_toc(folder, Toc(0, ()))
            is_kept(folder, 0, parents)


def commit(
    folder: Path,
    staged: Mapping[str, Collection[str]],
    article_ids: Sequence[str],
    deleted_ids: Iterable[str],
    given: Mapping[str, Given],
    timeout_ms: int,
    layout: Layout = LAYOUT,
    limits: WriteLimits = WRITE_LIMITS,
    kept_revisions: int = 0,
) -> int:
    """Add staged segments, delete older documents; return how many of *deleted_ids* the index had.

    *staged* has for each location the ids that are left out of it; *article_ids* are the others. Deleted are
    the documents of *deleted_ids*, older ones with *article_ids*, and of several new ones with one id all but
    the last. Of each article that is replaced by another the last *kept_revisions* are kept aside. The ids in *given* get what that says in place of what a commit gives.

    All of it becomes visible at once, or nothing does. Raises `EngineError`; the index is then what it was, and
    the lock is free. After `IndexLocked` the staged segments are what they were too. What is visible is
    committed, even if the disk does not confirm that it would survive a power cut: then the log says so, and
    the generation before is kept too.
    """
    with write_lock(folder, timeout_ms):
        try:
            return _committed(
                folder,
                staged,
                article_ids,
                list(deleted_ids),
                given,
                layout,
                limits,
                kept_revisions,
            )
        except FileNotFoundError as exc:
            raise damaged(exc.filename, "missing") from exc
        except OSError as exc:
            raise failed(folder, "written", exc) from exc


def _committed(
    folder: Path,
    staged: Mapping[str, Collection[str]],
    article_ids: Sequence[str],
    deleted_ids: Sequence[str],
    given: Mapping[str, Given],
    layout: Layout,
    limits: WriteLimits,
    kept_revisions: int,
) -> int:
    toc = read_toc(folder, latest_generation(folder))
    # What a killed process left may have the name of what this commit is to write. Before it goes, the
    # generation that does without it has to be on disk.
    sync_folder(folder)
    remove_unused(folder, toc)
    parts = [Part(SegmentReader(folder, name, layout=layout)) for name in toc.segments]
    deleted = _delete(parts, deleted_ids)
    replaced = _delete(parts, article_ids)
    instant = instant_after(toc, parts, given)
    generation = toc.generation + 1
    try:
        added: list[Part] = []
        for location, left_out in staged.items():
            taken = [
                Part(SegmentReader(folder, name, layout=layout)) for name in take(folder, location)
            ]
            _delete(taken, list(left_out))
            added += taken
        delete_repeated(added)
        with _joined_meanwhile(folder, [*parts, *added], layout, limits) as joined:
            earlier = give(added, replaced, given, instant)
            give_stories(parts, added, earlier, limits)
            changed = [
                revisions.Replaced(part, document, old.part, old.document)
                for part, documents in earlier.items()
                for document, old in documents.items()
                if not old.is_same
            ]
            revisions.note(folder, generation, instant, changed, deleted_ids, kept_revisions)
            parts = [part for part in _merge(folder, parts + added, limits) if part.live_after()]
            if limits.joined_names:
                write_joined(folder, generation, joined(parts))
        new = Toc(generation, tuple(_settle(folder, part, generation) for part in parts), instant)
        sync_folder(folder)
        write_toc(folder, new)
    except BaseException:
        # Whatever happened, and be it Ctrl-C: once the new table of contents is there, it counts.
        if latest_generation(folder) == toc.generation:
            remove_unused(folder, toc)
        raise
    if is_kept(folder, generation):
        with suppress(OSError):  # what is left over the next commit removes
            remove_unused(folder, new)
        if changed or deleted_ids:
            with suppress(EngineError):  # as above; and nobody is shown it
                revisions.tidy(folder, generation)
    with suppress(OSError):
        remove_abandoned(folder)
    return len(deleted)


@contextmanager
def _joined_meanwhile(
    folder: Path, parts: Sequence[Part], layout: Layout, limits: WriteLimits
) -> Iterator[Callable[[Sequence[Part]], Mapping[str, Sequence[Join]]]]:
    """Yield what says which names of the documents that stay in some parts are one.

    Where there are many in *parts*, and these are not merged, another process finds that out from now on.
    """

    def found(of: Sequence[Part]) -> dict[str, list[Join]]:
        return joins_in(folder, of, layout, now_in_microseconds())

    documents = sum(part.live_after() for part in parts)
    if not limits.joined_names or documents < limits.aside_documents or _to_merge(parts, limits):
        yield found
        return
    kept = [part for part in parts if part.live_after()]
    with aside(lambda: found(kept)) as rows_of:

        def of_rows(of: Sequence[Part]) -> dict[str, list[Join]]:
            if list(of) != kept:
                return found(of)
            return {facet: [Join(*row) for row in rows] for facet, rows in rows_of().items()}

        yield of_rows


def forget_revisions(folder: Path, article_ids: Iterable[str], timeout_ms: int) -> None:
    """Forget all that was kept of the earlier revisions of articles. Raises `EngineError`."""
    with write_lock(folder, timeout_ms):
        revisions.forget(folder, article_ids)


def keep_revisions(
    folder: Path, kept: Iterable[Revision], fields: FieldTable, timeout_ms: int
) -> None:
    """Keep revisions of articles that come from another index. Raises `IndexLocked` and `EngineError`."""
    with write_lock(folder, timeout_ms):
        revisions.keep(folder, kept, latest_generation(folder), fields)


def confirmed_generation(folder: Path) -> int | None:
    """Return the newest generation if the disk confirms that it survives a power cut, else None.

    A commit that was not confirmed has kept the generation before, next to its own: that syncing works now does
    not mean that nothing was lost when it failed.
    """
    *before, newest = generations_in(folder)
    return newest if not before and is_kept(folder, newest) else None


def is_kept(folder: Path, generation: int, parents: Sequence[Path] = ()) -> bool:
    """Return whether a generation that is visible will survive a power cut; log where that is in doubt.

    *parents* are folders that have to survive too.

    Raises nothing: an error would mean that the commit is undone.
    """
    try:
        for synced in (folder, *parents):
            sync_folder(synced)
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


def _delete(parts: Sequence[Part], ids: Sequence[str]) -> dict[str, tuple[Part, int]]:
    """Delete the documents with these *ids*, all different; return part and number of each that was found."""
    hashes = id_hashes(ids)
    found: dict[str, tuple[Part, int]] = {}
    for part in parts:
        for number, document in part.reader.found(ids, hashes):
            part.deleted.add(document)
            found[ids[number]] = part, document
    return found


def _settle(folder: Path, part: Part, generation: int) -> SegmentName:
    """Write what a commit gives to the documents of a segment; return the segment's new entry."""
    name = part.reader.name
    if not part.deleted and not part.given:
        return name
    given = [(column, part.column(column.name)) for column in GIVEN_COLUMNS]
    deleted = int(np.count_nonzero(part.column("deleted")))
    settled = name._replace(deleted=deleted, generation=generation)
    columns = (c for column, numbers in given for c in GivenColumn.columns(column, numbers))
    write_columns(folder / settled.given_file(), settled.given_of(), columns)
    return settled


def _merge(folder: Path, parts: list[Part], limits: WriteLimits) -> list[Part]:
    """Merge until there is nothing left to merge."""
    from whoosh.codec.base import Segment

    while True:
        chosen = _to_merge(parts, limits)
        if not chosen:
            return parts
        merged = write_merged(folder, f"{INDEX_NAME}_{Segment(INDEX_NAME).segid}", chosen, limits)
        at = parts.index(chosen[0])
        parts = [part for part in parts if part not in chosen]
        parts.insert(at, merged)


def _to_merge(parts: Sequence[Part], limits: WriteLimits) -> list[Part]:
    """Return the parts to make one segment of next, in order; none if nothing is to be merged."""
    smaller = [part for part in parts if part.live_after() and not _is_full(part, limits)]
    # The largest first, with those that still fit.
    largest = _fitting(sorted(smaller, key=Part.live_after, reverse=True), limits)
    if len(largest) > 1 and sum(part.live_after() for part in largest) >= limits.full_documents:
        return [part for part in parts if part in largest]
    levels: dict[int, list[Part]] = {}
    for part in smaller:
        levels.setdefault(_level(part, limits), []).append(part)
    for level, group in sorted(levels.items()):
        # What is smaller still comes along, for it costs little and every segment costs every query.
        chosen = _fitting(
            [*group, *(part for part in smaller if _level(part, limits) < level)], limits
        )
        if len(group) >= limits.merge_factor and len(chosen) > 1:
            return [part for part in parts if part in chosen]
    for part in parts:
        gone = part.reader.name.documents - part.live_after()
        if part.live_after() and gone > limits.max_deleted * part.reader.name.documents:
            return [part]
    return []


def _is_full(part: Part, limits: WriteLimits) -> bool:
    is_large = part.reader.size_bytes() >= limits.max_merged_bytes
    return is_large or part.live_after() >= limits.full_documents


def _level(part: Part, limits: WriteLimits) -> int:
    level = 0
    size = part.live_after()
    while size >= limits.merge_factor:
        size //= limits.merge_factor
        level += 1
    return level


def _fitting(parts: Sequence[Part], limits: WriteLimits) -> list[Part]:
    """Return those of *parts* that have room in one segment, taken in turn."""
    fitting: list[Part] = []
    documents = size = 0
    for part in parts:
        more, bytes_more = part.live_after(), part.reader.size_bytes()
        if (
            documents + more <= limits.max_documents
            and size + bytes_more <= limits.max_merged_bytes
        ):
            documents += more
            size += bytes_more
            fitting.append(part)
    return fitting
