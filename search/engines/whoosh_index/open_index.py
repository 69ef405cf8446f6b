"""The generation of an index that answers, and what is at fault where it cannot."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from search.engines.whoosh_index.format.layout import Layout
from search.engines.whoosh_index.format.stored import now_in_microseconds
from search.engines.whoosh_index.segment.toc import latest_generation, toc_path
from search.engines.whoosh_index.snapshot.snapshot import Snapshot
from search.model.errors import EngineError, IndexDamaged

if TYPE_CHECKING:
    from search.engines.whoosh_index.segment.check import Suspects

#: What altered bytes can lead to.
FAULTS = (ArithmeticError, AssertionError, LookupError, TypeError, ValueError)

#: Nanoseconds after which a folder that has not changed will not change without a new time.
_SETTLED_NS = 1_000_000_000

#: No generation.
_NOTHING = (-1, 0, 0)


class OpenIndex:
    """The index in a folder, of which the newest generation is open."""

    def __init__(self, folder: Path, layout: Layout, *, joins_names: bool) -> None:
        """Open nothing yet: `current` does."""
        self.folder = folder
        self._path = str(folder)  # asked for at each query
        self._layout = layout
        self._joins_names = joins_names
        self._opening = threading.Lock()
        #: When the folder last changed, in nanoseconds, and its newest generation (see `_newest`).
        self._seen = (0, _NOTHING)
        #: The generation that ``_snapshot`` is.
        self._opened = _NOTHING
        self._snapshot: Snapshot | None = None

    def close(self) -> None:
        """Let go of the files. They stay mapped until running answers are done."""
        self._snapshot = None

    def current(self) -> Snapshot:
        """Return the newest generation, opening it if there is one since the last call."""
        newest = self._newest()
        if newest == self._opened:
            snapshot = self._snapshot
            if snapshot is not None and (
                snapshot.is_until is None or now_in_microseconds() < snapshot.is_until
            ):
                return snapshot
        with self._opening:
            # Another thread may have opened it while this one waited.
            newest = self._newest()
            snapshot = self._snapshot
            if snapshot is None or newest != self._opened:
                snapshot = self._snapshot = Snapshot.open(
                    self.folder, snapshot, self._layout, joins_names=self._joins_names
                )
                # Last, so that who finds it equal finds the snapshot too.
                self._opened = newest if newest[0] == snapshot.generation else _NOTHING
            elif snapshot.is_until is not None and snapshot.is_until <= now_in_microseconds():
                snapshot = self._snapshot = snapshot.seen_now()
        return snapshot

    def name(self) -> str:
        """Return a word for what answers now: the generation, which file it is, and until when nothing else of it becomes visible."""
        snapshot = self.current()
        _, file, changed = self._opened
        return f"{snapshot.generation}-{file:x}-{changed:x}-{snapshot.is_until or 0:x}"

    def _newest(self) -> tuple[int, int, int]:
        """Return the newest generation and which file it is; the folder is listed only where it has changed.

        The number alone does not tell: who deletes an index and makes another begins at 0 again.
        """
        try:
            changed = os.stat(self._path).st_mtime_ns
        except OSError:
            return latest_generation(self.folder), 0, 0  # says what is wrong
        seen, newest = self._seen
        if seen != changed:
            generation = latest_generation(self.folder)
            try:
                status = os.stat(toc_path(self.folder, generation))
            except OSError:  # a commit has removed it meanwhile
                return generation, 0, 0
            newest = generation, status.st_ino, status.st_mtime_ns
            # The clock of a file system ticks in milliseconds: what has just changed may change again in
            # the same tick.
            if time.time_ns() - changed > _SETTLED_NS:
                self._seen = changed, newest
        return newest

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Run what reads the index; where it fails as it must not, say so of the index if that is, or may be, at fault.

        Raises `IndexDamaged`, and `EngineError` where it cannot be told.
        """
        try:
            yield
        except FAULTS as exc:
            self.blame(exc)
            raise

    @cached_property
    def _suspects(self) -> Suspects:
        from search.engines.whoosh_index.segment.check import Suspects

        return Suspects()

    def blame(self, exc: Exception) -> None:
        """Where something failed that must not, say so of the index if that is, or may be, at fault.

        Its files are checked in the background, once: a fault of ours must not make each request read it all.
        """
        snapshot = self._snapshot
        files = (
            [file for segment in snapshot.segments for file in segment.files] if snapshot else []
        )
        if snapshot and snapshot.joined.file:
            files.append(snapshot.joined.file)
        problem = self._suspects.problem_of(files)
        if problem is None:
            raise EngineError(
                f"{self.folder}: this cannot be answered ({type(exc).__name__}: {exc}); newssearch doctor tells "
                "whether a file of the index is damaged. If none is, please report it"
            ) from exc
        if problem:
            raise IndexDamaged(problem) from exc
