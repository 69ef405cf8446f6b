"""Segments written before they count: in a folder below the index's, until a commit moves them out.

Neither readers nor writers look into such a folder, so it takes no lock of the index to fill one.
What a process leaves that dies is removed by a later commit, which can tell by the folder's
own lock file: the system lets go of that when the process ends, however it ends.
"""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from search.engines.whoosh_index.format.columns import ColumnFile, failed, write_columns
from search.engines.whoosh_index.format.layout import LAYOUT, Layout
from search.engines.whoosh_index.segment.reader import SegmentName, SegmentReader
from search.engines.whoosh_index.segment.toc import INDEX_NAME
from search.engines.whoosh_index.write.build import SegmentContent, segment_columns
from search.engines.whoosh_index.write.disk import lock, sync_folder
from search.engines.whoosh_index.write.limits import WRITE_LIMITS, WriteLimits
from search.engines.whoosh_index.write.parts import Part, delete_repeated, write_merged
from search.model.errors import EngineError

_PREFIX = "staging-"
_FOLDER = re.compile(_PREFIX + "[0-9a-f]{16}")
#: The folder, and the names of its segments in order.
_LOCATION = re.compile(
    rf"({_FOLDER.pattern}):({INDEX_NAME}_[0-9a-z]+(?:\+{INDEX_NAME}_[0-9a-z]+)*)"
)
_LOCK = "lock"
_ATTEMPTS = 20


class StagingFolder:
    """A new folder for segments, this process's own until `close`."""

    def __init__(
        self, index: Path, layout: Layout = LAYOUT, limits: WriteLimits = WRITE_LIMITS
    ) -> None:
        """It will lie below that of the *index*; nothing is made before `make`."""
        #: The ids of all articles written, each once, and how many were written.
        self.ids: dict[str, None] = {}
        self.documents = 0
        self._layout = layout
        self._limits = limits
        self._segments: list[SegmentName] = []
        self._names = 0
        self._index = index
        self.folder = _named(index)
        self._lock: BinaryIO | None = None

    def make(self) -> None:
        """Make the folder. Raises `EngineError`; whatever is raised, and whenever, `close` leaves nothing of it."""
        try:
            for _ in range(_ATTEMPTS):
                self.folder.mkdir()
                # A commit may take the folder for an abandoned one until it is locked.
                with suppress(FileNotFoundError):
                    self._lock = lock(self.folder / _LOCK)
                    if self._lock is not None:
                        if (self.folder / _LOCK).exists():
                            return
                        self._lock.close()
                self.folder = _named(self._index)
        except OSError as exc:
            raise failed(self._index, "written", exc) from exc
        raise EngineError(f"{self._index}: no folder below it can be locked")

    @property
    def location(self) -> str:
        """The folder and the segments in it, for `take`."""
        return f"{self.folder.name}:{'+'.join(segment.name for segment in self._segments)}"

    def write(self, content: SegmentContent) -> None:
        """Write one more segment and wait until it is on disk. Raises `EngineError`."""
        segment = SegmentName(self._next_name(), len(content.ids), 0, 0)
        write_columns(
            self.folder / segment.segment_file(), segment.segment_of(), segment_columns(content)
        )
        ids = content.ids.all()
        self.ids |= dict.fromkeys(ids)
        self.documents += len(ids)
        self._segments.append(segment)

    def _next_name(self) -> str:
        self._names += 1
        return f"{INDEX_NAME}_{self.folder.name.removeprefix(_PREFIX)}{self._names:04}"

    def finish(self) -> None:
        """Make full segments of several that follow each other, so that the commit need not.

        Raises `EngineError`.
        """
        left, self._segments = self._segments, []
        try:
            while left:
                group = [left.pop(0)]
                documents = group[0].documents
                while left and documents + left[0].documents <= self._limits.max_documents:
                    documents += left[0].documents
                    group.append(left.pop(0))
                if len(group) > 1 and documents >= self._limits.full_documents:
                    group = [self._merged(group)]
                self._segments += group
            sync_folder(self.folder)
        except OSError as exc:
            raise failed(self.folder, "written", exc) from exc

    def _merged(self, segments: Sequence[SegmentName]) -> SegmentName:
        parts = [
            Part(SegmentReader(self.folder, segment, layout=self._layout)) for segment in segments
        ]
        delete_repeated(parts)
        merged = write_merged(self.folder, self._next_name(), parts, self._limits).reader.name
        for segment in segments:
            for file in segment.files():
                (self.folder / file).unlink()
        return merged

    def is_gone(self) -> bool:
        """Whether a commit has taken all that was in the folder, which was made."""
        return self._lock is not None and not self.folder.exists()

    def close(self) -> None:
        """Remove the folder and what is left in it; calling it twice is harmless."""
        shutil.rmtree(self.folder, ignore_errors=True)
        if self._lock is not None:
            self._lock.close()


def _named(index: Path) -> Path:
    return index / (_PREFIX + secrets.token_hex(8))


def readers_of(index: Path, location: str, layout: Layout = LAYOUT) -> list[SegmentReader]:
    """Return the segments staged at *location* for reading, in order; of several documents with one id only the last.

    Raises `EngineError` where they are gone.
    """
    match = _LOCATION.fullmatch(location)
    if match is None:
        raise EngineError(f"{location!r} does not name staged segments")
    folder = index / match[1]
    parts = []
    for name in match[2].split("+"):
        path = folder / SegmentName(name, 0, 0, 0).segment_file()
        try:
            documents = ColumnFile(path).of.documents
            segment = SegmentName(name, documents, 0, 0)
            parts.append(Part(SegmentReader(folder, segment, layout=layout)))
        except FileNotFoundError as exc:
            raise EngineError(_gone(path)) from exc
    delete_repeated(parts)
    return [part.reader.without(part.deleted) for part in parts]


def _gone(staged: Path) -> str:
    return (
        f"{staged}: gone before it was committed (was the folder removed, or the process "
        "ended that wrote it?); the index is as it was, run newssearch index again"
    )


def take(index: Path, location: str) -> list[SegmentName]:
    """Move the segments staged at *location* into the folder of the *index*; return them in order.

    Raises `EngineError` where they are gone, and OSError.
    """
    match = _LOCATION.fullmatch(location)
    if match is None:
        raise EngineError(f"{location!r} does not name staged segments")
    folder, names = index / match[1], match[2].split("+")
    segments: list[SegmentName] = []
    for name in names:
        staged = folder / SegmentName(name, 0, 0, 0).segment_file()
        try:
            staged.rename(index / staged.name)
        except FileNotFoundError as exc:
            raise EngineError(_gone(staged)) from exc
        documents = ColumnFile(index / staged.name).of.documents
        segments.append(SegmentName(name, documents, 0, 0))
    shutil.rmtree(folder, ignore_errors=True)
    return segments


def remove_abandoned(index: Path) -> None:
    """Delete the folders of processes that are gone. What cannot be deleted is left to the next time."""
    for folder in index.glob(_PREFIX + "*"):
        if folder.is_symlink() or not _FOLDER.fullmatch(folder.name):
            continue
        with suppress(OSError):
            held = lock(folder / _LOCK)
            if held is not None:
                with held:
                    shutil.rmtree(folder, ignore_errors=True)
