"""Putting the documents of one index in the place of all those of another, in one commit."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from search.engines.whoosh_index.format.columns import failed
from search.engines.whoosh_index.format.layout import LAYOUT, Layout
from search.engines.whoosh_index.format.stored import now_in_microseconds
from search.engines.whoosh_index.segment.joined import joined_path, write_joined
from search.engines.whoosh_index.segment.reader import SegmentReader
from search.engines.whoosh_index.segment.toc import Toc, latest_generation, read_states, read_toc
from search.engines.whoosh_index.write.commit import is_kept, write_lock
from search.engines.whoosh_index.write.disk import sync_folder
from search.engines.whoosh_index.write.names import joins_in
from search.engines.whoosh_index.write.parts import Part
from search.engines.whoosh_index.write.toc import remove_unused, write_toc
from search.model.errors import EngineError


def replace_all(
    folder: Path,
    other: Path,
    expected: int,
    timeout_ms: int,
    joined_names: bool = True,
    layout: Layout = LAYOUT,
) -> bool:
    """Let the index in *folder* have the segments of the one in *other*, and no others; find which of its *joined_names* are one.

    Return False, and change nothing, where its newest generation is not the *expected* one. What it had may be
    of an older format. The other index stays what it was, for readers and for the next try, as long as the file
    system can give a file a second name. Raises `IndexLocked` and `EngineError`; the index is then what it was.
    """
    with write_lock(folder, timeout_ms):
        newest = latest_generation(folder)
        if newest != expected:
            return False
        try:
            _replace(folder, other, newest, layout, joined_names)
        except OSError as exc:
            raise failed(folder, "written", exc) from exc
        return True


def _replace(folder: Path, other: Path, newest: int, layout: Layout, joined_names: bool) -> None:
    taken = read_toc(other, latest_generation(other))
    states, instant = read_states(folder, newest)
    if any(segment.name in states for segment in taken.segments):
        raise EngineError(f"{other}: its segments are in use in {folder} already; remove it")
    # Later than all of the other index too: its files are named after its generations.
    generation = max(newest, taken.generation) + 1
    new = Toc(generation, taken.segments, max(instant, taken.instant))
    placed: list[Path] = []
    try:
        for segment in taken.segments:
            for name in segment.files():
                placed.append(folder / name)
                _give_second_name(other / name, folder / name)
        if joined_names:
            parts = [Part(SegmentReader(folder, name, layout=layout)) for name in taken.segments]
            joins = joins_in(folder, parts, layout, now_in_microseconds())
            write_joined(folder, generation, joins)
        sync_folder(folder)
        write_toc(folder, new)
    except BaseException:
        # Whatever happened, and be it Ctrl-C: once the new table of contents is there, it counts.
        if latest_generation(folder) == newest:
            for path in (*placed, joined_path(folder, generation)):
                path.unlink(missing_ok=True)
        raise
    if is_kept(folder, new.generation):
        with suppress(OSError):  # what is left over the next commit removes
            remove_unused(folder, new)


def _give_second_name(path: Path, name: Path) -> None:
    name.unlink(missing_ok=True)  # left by a process that was killed here
    try:
        os.link(path, name)
    except OSError:  # some file systems cannot
        path.rename(name)
