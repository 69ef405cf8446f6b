"""What a run of the indexer is to read: which sources have changed, and the parts that they are read in."""

from __future__ import annotations

import os
import stat
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from search.ingest.ledger import Ledger, SourceRecord, digest_of
from search.ingest.tasks import Part, Piece, ReadOptions, SourceRead, failure_of
from search.model.article import BadArticle
from search.model.errors import ReadError
from search.readers.opening import OpenSource, opened
from search.readers.source import Block, suffix_of

#: Sources from this size on are cut into blocks of lines, where they have lines; smaller ones are
#: handed out together, up to this size and number.
_CUT_BYTES = 1_000_000
_MAX_TOGETHER = 64

#: With entities, or of a page of HTML, a byte takes about five times as long.
_DEAR_FACTOR = 5
_PACKED_FACTOR = 3


@dataclass(slots=True)
class Reading:
    """A source being read; ``committed`` of its ids are in the index for sure."""

    #: Absolute, where it is a file.
    path: str
    #: As a person gave it.
    given: str
    size_bytes: int = 0
    mtime_ns: int = 0
    #: "" for what cannot be read twice, such as standard input: it is not recorded.
    digest: str = ""
    #: The rest of it could not be read: it is recorded as one to be read again.
    is_cut_short: bool = False
    refused: int = 0
    #: In the order in which they were told; an id may be there twice.
    article_ids: list[str] = field(default_factory=list)
    committed: int = 0
    #: Its parts that were made and not yet read to their end, and whether there may be more.
    open_parts: int = 0
    has_more_parts: bool = True

    def is_finished(self) -> bool:
        return not self.open_parts and not self.has_more_parts


@dataclass(slots=True)
class _OpenPart:
    """A part that waits, or is being read. ``untold`` is what came of it and was not passed on yet."""

    readings: list[Reading]
    size_bytes: int
    #: Bytes of plain records that would take as long to read.
    work: int = 0
    bytes_read: int = 0
    untold: list[tuple[int, Piece]] = field(default_factory=list)
    is_read: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What a process found in a source, and in which part."""

    reading: Reading
    found: SourceRead
    part: int
    process: int


class Plan:
    """The parts of a run, made when they are asked for, and how far each is."""

    def __init__(
        self, ledger: Ledger, options: ReadOptions, how: str, tell: Callable[[], None]
    ) -> None:
        """*how* is what `SourceRecord.how` will say; *tell* is called before each source."""
        self._ledger = ledger
        self._options = options
        self._how = how
        self._tell = tell
        self._parts: Iterator[Part] = iter(())
        self._made = 0
        self._waiting: deque[Part] = deque()
        self._open: dict[int, _OpenPart] = {}
        #: Standard input, while it is being cut.
        self._pipe: OpenSource | None = None
        #: The sources that are being read.
        self.readings: list[Reading] = []
        #: Absolute path -> the path as given and the record of each source that was skipped.
        self.skipped: dict[str, tuple[str, SourceRecord]] = {}
        # How far it is.
        self.source = ""
        self.sources_read = 0
        self.sources_done = 0
        self.bytes_done = 0
        self.work_done = 0

    def expected_work(self, paths: Iterable[str]) -> int:
        """Return how much there is to do for *paths*, as far as can be told without reading.

        The unit is the byte of plain records that are read without entities.
        """
        work = 0
        for path in paths:
            try:
                status = os.stat(path)
            except OSError:
                continue
            known = self._comparable(os.path.abspath(path), status)
            is_same = known is not None and known.mtime_ns == status.st_mtime_ns
            if path != "-" and stat.S_ISREG(status.st_mode) and not is_same:
                work += self._work(path, status.st_size)
        return work

    def start(self, paths: Iterable[str]) -> None:
        """Plan to read the sources at *paths*, in their order."""
        self._parts = self._parts_of(paths)

    def next_part(self) -> Part | None:
        """Return the part that is to be read next, None where there is none left."""
        return self._waiting[0] if self._waiting or self._make_one() else None

    def is_ready(self) -> bool:
        """Whether `next_part` would not have to wait for somebody who writes into a pipe."""
        return bool(self._waiting) or self._can_make()

    def look_ahead(self, count: int) -> bool:
        """Make one part unless *count* are waiting; return whether there is one more."""
        return len(self._waiting) < count and self._can_make() and self._make_one()

    def take(self) -> Part:
        """Return `next_part` and have it wait no longer."""
        part = self._waiting.popleft()
        self.work_done += self._open[part.number].work
        return part

    def read(self, process: int, piece: Piece) -> None:
        """Note what *process* tells of a part."""
        part = self._open[piece.part]
        part.untold.append((process, piece))
        part.is_read = piece.is_last
        bytes_read = part.size_bytes if piece.is_last else min(piece.bytes_read, part.size_bytes)
        self.bytes_done += bytes_read - part.bytes_read
        part.bytes_read = bytes_read
        if piece.sources:
            self.source = part.readings[piece.sources[-1].place].given

    def told(self, *, everything: bool = False) -> Iterator[Told]:
        """Yield what was read and not yielded before, in the order of the parts.

        Nothing comes of parts behind one that is still being read, unless *everything* is wanted.
        """
        for number, part in list(self._open.items()):
            for process, piece in part.untold:
                for found in piece.sources:
                    yield Told(part.readings[found.place], found, number, process)
            part.untold.clear()
            if part.is_read:
                del self._open[number]
                for reading in part.readings:
                    reading.open_parts -= 1
                    self.sources_done += reading.is_finished()
            elif not everything:
                return

    def first_open(self) -> int | None:
        """Return the number of the first part that is not read to its end."""
        return min(self._open, default=None)

    # Making parts

    def _can_make(self) -> bool:
        return self._pipe is None or self._pipe.has_more()

    def _make_one(self) -> bool:
        part = next(self._parts, None)
        if part is not None:
            self._waiting.append(part)
        return part is not None

    def _parts_of(self, paths: Iterable[str]) -> Iterator[Part]:
        together: list[Reading] = []
        size_bytes = 0
        for path in paths:
            self.source = path
            self._tell()
            reading = self._begin(path)
            if reading is None:
                continue
            if path != "-" and reading.size_bytes < _CUT_BYTES:
                together.append(reading)
                size_bytes += reading.size_bytes
                if size_bytes < _CUT_BYTES and len(together) < _MAX_TOGETHER:
                    continue
                reading = None
            if together:
                yield self._whole(together)
                together, size_bytes = [], 0
            if reading is not None:
                yield from self._cut(reading)
        if together:
            yield self._whole(together)

    def _begin(self, path: str) -> Reading | None:
        """Return what is to be read at *path*, None where it is as it was or cannot be read."""
        try:
            reading = self._changed(path)
        except OSError as exc:
            self._fail(Reading(path, path), exc)
            return None
        if reading is None:
            self.sources_done += 1
            self.bytes_done += size_of(path)
            return None
        self.sources_read += 1
        self.readings.append(reading)
        return reading

    def _changed(self, path: str) -> Reading | None:
        if path == "-":
            return Reading(path, path)
        # Taken before reading: what is written meanwhile makes a later time, and is read next time.
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            return Reading(path, path)
        absolute = os.path.abspath(path)
        known = self._comparable(absolute, status)
        if known is not None and known.mtime_ns == status.st_mtime_ns:
            self.skipped[absolute] = path, known
            return None
        digest = digest_of(path)
        if known is not None and known.digest == digest:
            self._ledger.put(replace(known, mtime_ns=status.st_mtime_ns))
            self.skipped[absolute] = path, known
            return None
        return Reading(absolute, path, status.st_size, status.st_mtime_ns, digest)

    def _comparable(self, absolute: str, status: os.stat_result) -> SourceRecord | None:
        """Return the record of a source that may be as it was when it was last read."""
        known = self._ledger.get(absolute)
        if known is None or self._options.force or known.digest == "" or known.how != self._how:
            return None
        return known if known.size_bytes == status.st_size else None

    def _cut(self, reading: Reading) -> Iterator[Part]:
        """Yield the parts of a large source: blocks of its lines where it has lines, else the whole of it."""
        at = 0
        try:
            with opened(reading.given, self._options.limits, self._options.reader) as source:
                if not source.has_blocks():
                    # Standard input cannot be opened by another process, and not once more by this one.
                    yield self._whole([reading], source if reading.given == "-" else None)
                    return
                self._pipe = source if reading.given == "-" else None
                for block in source.blocks():
                    if isinstance(block, Block):
                        before, at = at, source.bytes_read()
                        yield self._part([reading], at - before, block=block)
                    else:
                        self._refuse(reading, block)
        except (ReadError, OSError) as exc:
            self._fail(reading, exc)
        self._pipe = None
        self._end(reading)

    def _whole(self, readings: list[Reading], source: OpenSource | None = None) -> Part:
        part = self._part(readings, sum(reading.size_bytes for reading in readings), source=source)
        for reading in readings:
            self._end(reading)
        return part

    def _part(
        self,
        readings: list[Reading],
        size_bytes: int,
        *,
        block: Block | None = None,
        source: OpenSource | None = None,
    ) -> Part:
        number = self._made
        self._made += 1
        if block is not None:
            work = self._work("", len(block.content))
        else:
            work = sum(self._work(reading.given, reading.size_bytes) for reading in readings)
        self._open[number] = _OpenPart(readings, size_bytes, work)
        for reading in readings:
            reading.open_parts += 1
        return Part(number, tuple(reading.given for reading in readings), block, source)

    def _end(self, reading: Reading) -> None:
        reading.has_more_parts = False
        self.sources_done += reading.is_finished()

    def _work(self, name: str, size_bytes: int) -> int:
        if name.lower().endswith(".gz"):
            size_bytes *= _PACKED_FACTOR
        is_dear = self._options.wants_entities or "htm" in suffix_of(name)
        return size_bytes * (_DEAR_FACTOR if is_dear else 1)

    def _fail(self, reading: Reading, error: ReadError | OSError) -> None:
        self._note(reading, SourceRead(0, failure=failure_of(reading.given, error)))

    def _refuse(self, reading: Reading, bad: BadArticle) -> None:
        found = SourceRead(0, refused=[bad], refused_total=1, is_cut_short=bad.cut_short)
        self._note(reading, found)

    def _note(self, reading: Reading, found: SourceRead) -> None:
        """Have it told in the order of the parts, as what a process found."""
        part = self._part([reading], 0)
        self._open[part.number].untold.append((0, Piece(part.number, [found])))
        self._open[part.number].is_read = True


def size_of(path: str) -> int:
    """Return the size of a file on disk, 0 where it cannot be told."""
    try:
        return 0 if path == "-" else os.stat(path).st_size
    except OSError:
        return 0
