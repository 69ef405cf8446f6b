"""What an index run is to read: which input files have changed, and the tasks that they are read in."""

from __future__ import annotations

import os
import stat
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from search.engines.staging import Followed, InputFile, Ledger
from search.enrich.tagger import cost_of
from search.ingest.missing import Roots
from search.ingest.tasks import FileRead, ReadOptions, ReadTask, TaskRead, failure_of
from search.model.article import BadArticle
from search.model.errors import ReadError
from search.model.remark import Remark
from search.readers.opening import OpenSource, opened, said_by_name
from search.readers.source import Block, digest_of, suffix_of

#: Of a page of HTML a byte takes about five times as long.
_PAGE_FACTOR = 5
_PACKED_FACTOR = 3


#: Moved files that the ledger notes at once.
_FOLLOWED_TOGETHER = 10_000
#: Paths that are named to the ledger at once.
_EXPECTED_TOGETHER = 1000


class Survey(NamedTuple):
    """How many bytes the files have, and how much work they are, in bytes of plain records without entities."""

    size_bytes: int
    work: int


@dataclass(slots=True)
class Reading:
    """An input file being read."""

    #: Absolute, where it is a file.
    path: str
    #: As a person gave it.
    given: str
    size_bytes: int = 0
    mtime_ns: int = 0
    #: False for what cannot be read twice, such as standard input.
    has_ledger_entry: bool = False
    #: "" until it is read to its end.
    digest: str = ""
    #: The rest of it could not be read: it is recorded as one to be read again.
    is_cut_short: bool = False
    #: It could not be read at all: nothing is recorded.
    has_failed: bool = False
    refused: int = 0
    #: Its number in the run, once something was read of it.
    number: int | None = None
    #: Its tasks that were made and not yet read to their end, and whether there may be more.
    open_tasks: int = 0
    has_more_tasks: bool = True

    def is_finished(self) -> bool:
        return not self.open_tasks and not self.has_more_tasks


@dataclass(slots=True)
class _OpenTask:
    """A task that waits, or is being read. ``unsaid`` is what was read of it and not passed on yet."""

    readings: list[Reading]
    size_bytes: int
    #: Bytes of plain records that would take as long to read.
    work: int = 0
    bytes_read: int = 0
    unsaid: list[tuple[int, TaskRead]] = field(default_factory=list)
    is_read: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What a worker found in an input file, and in which task."""

    reading: Reading
    read: FileRead
    task: int
    worker: int


class _SameBytes:
    """The known files of one content, each looked at once, however many files have that content now."""

    def __init__(
        self,
        known: Iterator[InputFile],
        said_by_name: Callable[[str], Hashable],
        may_be_gone: Callable[[str], bool],
    ) -> None:
        self._known = known
        self._said_by_name = said_by_name
        self._may_be_gone = may_be_gone
        # By what their names say: those that are gone, and one of which another file is a copy.
        self._gone: dict[Hashable, deque[InputFile]] = {}
        self._copied: dict[Hashable, InputFile] = {}

    def source_of(self, said: Hashable) -> tuple[InputFile, bool] | None:
        """Return the file that one whose name *said* this was before, or is a copy of, and whether it is a copy."""
        if gone := self._gone.get(said):
            return gone.popleft(), False
        for known in self._known:
            of_known = self._said_by_name(known.path)
            if not self._may_be_gone(known.path) or os.path.lexists(known.path):
                self._copied.setdefault(of_known, known)
            elif of_known != said:
                self._gone.setdefault(of_known, deque()).append(known)
            else:
                self._copied.setdefault(said, known)
                return known, False
        return (self._copied[said], True) if said in self._copied else None


class Plan:
    """The tasks of a run, made when they are asked for, and how far each is."""

    def __init__(
        self,
        ledger: Ledger,
        options: ReadOptions,
        named: Iterable[str],
        on_file: Callable[[], None],
    ) -> None:
        """*named* are the paths that a person gave; *on_file* is called before each input file."""
        self._ledger = ledger
        self._options = options
        self._how = options.how(), options.tagger
        paths = list(named)
        self._named = set(map(os.path.abspath, paths))
        self._roots = Roots(path for path in paths if path != "-")
        self._on_file = on_file
        self._tasks: Iterator[ReadTask] = iter(())
        self._made = 0
        self._waiting: deque[ReadTask] = deque()
        self._open: dict[int, _OpenTask] = {}
        #: Standard input, while it is being cut.
        self._pipe: OpenSource | None = None
        #: The files that other runs were reading when it was their turn, as given.
        self.elsewhere: list[str] = []
        #: The input files that are being read.
        self.readings: list[Reading] = []
        #: Absolute path -> the path as given and the entry of each file that was skipped.
        self.skipped: dict[str, tuple[str, InputFile]] = {}
        #: The path as given and the size of those of them that a survey found, until it is their turn.
        self._unchanged: dict[str, int] = {}
        #: Of these, the files that have another time and the same bytes, as they are to be recorded.
        self.touched: list[InputFile] = []
        #: Files that were moved or copied, and need not be read.
        self.files_followed = 0
        #: The known files of some contents, by their size and digest.
        self._same: dict[tuple[int, str], _SameBytes] = {}
        # How far it is.
        self.file = ""
        self.files_read = 0
        self.files_done = 0
        self.bytes_done = 0
        self.work_done = 0

    def survey(self, paths: Iterable[str]) -> Survey:
        """Return how much there is to do for *paths*, as far as their stat tells; first follow files that were moved.

        A file that is not known and has the size of one that is known is hashed: where bytes and all else that its
        articles depend on are those of the other, the ledger notes that it was moved or copied, and it need not be
        read. That comes before anything is read, which may change what is known.
        """
        size_bytes = work = 0
        followed: dict[str, Followed] = {}
        knows_some = len(self._ledger) > 0
        for path in self._expected(paths) if knows_some else paths:
            try:
                status = os.stat(path)
            except OSError:
                continue
            if path == "-" or not stat.S_ISREG(status.st_mode):
                continue
            size_bytes += status.st_size
            absolute = os.path.abspath(path)
            entry = self._ledger.get(absolute) if knows_some else None
            if entry is None and knows_some and self._is_moved(absolute, status, followed):
                if len(followed) == _FOLLOWED_TOGETHER:
                    self._follow(followed)
                continue
            known = self._comparable(entry, status)
            if known is not None and known.mtime_ns == status.st_mtime_ns:
                self.skipped[absolute] = path, known
                self._unchanged[path] = status.st_size
            else:
                work += self._work(path, status.st_size)
        self._follow(followed)
        return Survey(size_bytes, work)

    def _expected(self, paths: Iterable[str]) -> Iterator[str]:
        """Yield *paths*, after telling the ledger of the next ones."""
        left = iter(paths)
        while some := list(islice(left, _EXPECTED_TOGETHER)):
            self._ledger.expect([os.path.abspath(path) for path in some if path != "-"])
            yield from some

    def _is_moved(
        self, absolute: str, status: os.stat_result, followed: dict[str, Followed]
    ) -> bool:
        """Whether a file that is not known is one that is, moved or copied; then that is noted in *followed*."""
        size = status.st_size
        if self._options.force or not size or not self._ledger.has_size(size):
            return False
        try:
            digest = digest_of(absolute)
        except OSError:  # said when it is to be read
            return False
        key = size, digest
        if (same := self._same.get(key)) is None:
            known = (f for f in self._ledger.with_digest(*key) if self._comparable(f, status))
            same = self._same[key] = _SameBytes(known, self._said_by_name, self._may_be_gone)
        found = same.source_of(self._said_by_name(absolute))
        if found is None:
            return False
        known_file, is_copy = found
        moved = followed.get(known_file.path)
        file = known_file._replace(path=absolute, mtime_ns=status.st_mtime_ns)
        at = known_file.path if moved is None else moved.file.path
        followed[absolute if is_copy else known_file.path] = Followed(at, file, is_copy)
        self.files_followed += 1
        return True

    def _may_be_gone(self, path: str) -> bool:
        """Whether a known file that is not there is gone: one of another machine is not missed where that is not given."""
        return not self._ledger.is_shared or bool(self._roots.above(path))

    def _said_by_name(self, path: str) -> Hashable:
        return said_by_name(path, self._options.limits, self._options.reading)

    def _follow(self, followed: dict[str, Followed]) -> None:
        self._same.clear()
        if followed:
            self._ledger.follow(followed.values())
            followed.clear()

    def is_unchanged(self, absolute: str) -> bool:
        """Whether the stat of a file says that it is as it was when it was last read."""
        try:
            status = os.stat(absolute)
        except OSError:
            return False
        known = self._comparable(self._ledger.get(absolute), status)
        return known is not None and known.mtime_ns == status.st_mtime_ns

    def start(self, paths: Iterable[str]) -> None:
        """Plan to read the input files at *paths*, in their order."""
        self._tasks = self._tasks_of(list(paths))

    def next_task(self) -> ReadTask | None:
        """Return the task that is to be read next, None where there is none left."""
        return self._waiting[0] if self._waiting or self._make_one() else None

    def is_ready(self) -> bool:
        """Whether `next_task` would not have to wait for somebody who writes into a pipe."""
        return bool(self._waiting) or self._can_make()

    def look_ahead(self, count: int) -> bool:
        """Make one task unless *count* are waiting; return whether there is one more."""
        return len(self._waiting) < count and self._can_make() and self._make_one()

    def take(self) -> ReadTask:
        """Return `next_task` and have it wait no longer."""
        task = self._waiting.popleft()
        self.work_done += self._open[task.number].work
        return task

    def read(self, worker: int, read: TaskRead) -> None:
        """Note what *worker* has read of a task."""
        task = self._open[read.task]
        task.unsaid.append((worker, read))
        task.is_read = read.is_last
        bytes_read = task.size_bytes if read.is_last else min(read.bytes_read, task.size_bytes)
        self.bytes_done += bytes_read - task.bytes_read
        task.bytes_read = bytes_read
        if read.files:
            self.file = task.readings[read.files[-1].index].given

    def found(self, *, everything: bool = False) -> Iterator[Found]:
        """Yield what was read and not yielded before, in reading order.

        Nothing comes of tasks after one that is still being read, unless *everything* is wanted.
        """
        for number, task in list(self._open.items()):
            for worker, read in task.unsaid:
                for file in read.files:
                    yield Found(task.readings[file.index], file, number, worker)
            task.unsaid.clear()
            if task.is_read:
                del self._open[number]
                for reading in task.readings:
                    reading.open_tasks -= 1
                    self.files_done += reading.is_finished()
            elif not everything:
                return

    # Making tasks

    def _can_make(self) -> bool:
        return self._pipe is None or self._pipe.has_more()

    def _make_one(self) -> bool:
        task = next(self._tasks, None)
        if task is not None:
            self._waiting.append(task)
        return task is not None

    def _tasks_of(self, paths: Sequence[str]) -> Iterator[ReadTask]:
        limits = self._options.run_limits
        together: list[Reading] = []
        size_bytes = 0
        for path in self._expected(paths):
            self.file = path
            self._on_file()
            reading = self._begin(path)
            if reading is None:
                continue
            if path != "-" and reading.size_bytes < limits.cut_bytes:
                together.append(reading)
                size_bytes += reading.size_bytes
                if size_bytes < limits.cut_bytes and len(together) < limits.files_together:
                    continue
                reading = None
            if held := self._held(together):
                yield self._whole(held)
            together, size_bytes = [], 0
            if reading is not None and self._held([reading]):
                yield from self._cut(reading, is_last=path == paths[-1])
        if held := self._held(together):
            yield self._whole(held)

    def _held(self, readings: Sequence[Reading]) -> list[Reading]:
        """Return those of *readings* that this run is to read: what other runs read, or have read by now, it is not."""
        held = list(readings)
        if self._ledger.is_shared:
            known = [reading.path for reading in readings if reading.has_ledger_entry]
            others = self._ledger.hold(known) if known else set()
            self.elsewhere += [each.given for each in readings if each.path in others]
            mine = [reading for reading in readings if reading.path not in others]
            self._ledger.expect([path for path in known if path not in others])
            held = [reading for reading in mine if not self._is_done(reading)]
            self._ledger.let_go([reading.path for reading in mine if reading not in held])
        self.files_read += len(held)
        self.readings += held
        return held

    def _is_done(self, reading: Reading) -> bool:
        """Whether another run has read the same of a file by now."""
        known = self._ledger.get(reading.path) if reading.has_ledger_entry else None
        if known is None or not self._is_comparable(known, reading.size_bytes):
            return False
        if known.mtime_ns != reading.mtime_ns:
            return False
        self.skipped[reading.path] = reading.given, known
        self.files_done += 1
        self.bytes_done += reading.size_bytes
        return True

    def _begin(self, path: str) -> Reading | None:
        """Return what may be to read at *path*, None where it is as it was or cannot be read."""
        if (size_bytes := self._unchanged.pop(path, None)) is not None:
            self.files_done += 1
            self.bytes_done += size_bytes
            return None
        try:
            reading = self._changed(path)
        except (ReadError, OSError) as exc:
            self._fail(Reading(path, path), exc)
            return None
        if reading is None:
            self.files_done += 1
            self.bytes_done += self.skipped[os.path.abspath(path)][1].size_bytes
            return None
        return reading

    def _changed(self, path: str) -> Reading | None:
        if path == "-":
            return Reading(path, path)
        # Taken before reading: what is written meanwhile makes a later time, and is read next time.
        status = os.stat(path)
        absolute = os.path.abspath(path)
        if stat.S_ISFIFO(status.st_mode) and absolute not in self._named:
            raise ReadError("is a pipe, which may never end; name it in full to have it read")
        if not stat.S_ISREG(status.st_mode):
            return Reading(path, path)
        known = self._comparable(self._ledger.get(absolute), status)
        if known is not None and self._is_as_it_was(known, status):
            self.skipped[absolute] = path, known
            return None
        return Reading(absolute, path, status.st_size, status.st_mtime_ns, has_ledger_entry=True)

    def _comparable(self, known: InputFile | None, status: os.stat_result) -> InputFile | None:
        """Return the entry of a file if it may be as it was when it was last read."""
        if known is None or self._options.force:
            return None
        return known if self._is_comparable(known, status.st_size) else None

    def _is_comparable(self, known: InputFile, size_bytes: int) -> bool:
        is_read_so = known.is_current and (known.how, known.tagger) == self._how
        return is_read_so and known.size_bytes == size_bytes

    def _is_as_it_was(self, known: InputFile, status: os.stat_result) -> bool:
        if known.mtime_ns == status.st_mtime_ns:
            return True
        # Copied or written once more with the same bytes: to hash a file is much cheaper than to read it.
        if not known.digest or digest_of(known.path) != known.digest:
            return False
        self.touched.append(known._replace(mtime_ns=status.st_mtime_ns))
        return True

    def _cut(self, reading: Reading, *, is_last: bool) -> Iterator[ReadTask]:
        """Yield the tasks of a large file: blocks of its lines where it has lines, else the whole of it.

        The end of the last file is cut into smaller ones, so that all workers are done at about the same time.
        """
        at = 0
        limits = self._options.run_limits
        try:
            with opened(reading.given, self._options.limits, self._options.reading) as source:
                if not source.has_blocks():
                    # Standard input cannot be opened by another process, and not once more by this one.
                    yield self._whole([reading], source if reading.given == "-" else None)
                    return
                self._pipe = source if reading.given == "-" else None
                is_whole = True
                for block in source.blocks():
                    if isinstance(block, Block):
                        before, at = at, source.bytes_read()
                        is_end = is_last and 0 <= reading.size_bytes - at < limits.last_bytes
                        parts = list(block.parted(limits.last_block_bytes)) if is_end else [block]
                        last = parts.pop()
                        for part in parts:
                            yield self._task([reading], 0, block=part)
                        yield self._task([reading], at - before, block=last)
                    elif isinstance(block, Remark):
                        self._note(reading, FileRead(0, remarks=[block]))
                    else:
                        is_whole = False
                        self._refuse(reading, block)
                reading.digest = source.digest() if is_whole else ""
        except (ReadError, OSError) as exc:
            self._fail(reading, exc)
        self._pipe = None
        self._end(reading)

    def _whole(self, readings: list[Reading], source: OpenSource | None = None) -> ReadTask:
        task = self._task(readings, sum(reading.size_bytes for reading in readings), source=source)
        for reading in readings:
            self._end(reading)
        return task

    def _task(
        self,
        readings: list[Reading],
        size_bytes: int,
        *,
        block: Block | None = None,
        source: OpenSource | None = None,
    ) -> ReadTask:
        number = self._made
        self._made += 1
        if block is not None:
            work = self._work("", len(block.content))
        else:
            work = sum(self._work(reading.given, reading.size_bytes) for reading in readings)
        self._open[number] = _OpenTask(readings, size_bytes, work)
        for reading in readings:
            reading.open_tasks += 1
        return ReadTask(number, tuple(reading.given for reading in readings), block, source)

    def _end(self, reading: Reading) -> None:
        reading.has_more_tasks = False
        self.files_done += reading.is_finished()

    def _work(self, name: str, size_bytes: int) -> int:
        if name.lower().endswith(".gz"):
            size_bytes *= _PACKED_FACTOR
        of_page = _PAGE_FACTOR if "htm" in suffix_of(name) else 1
        return size_bytes * max(of_page, cost_of(self._options.tagger))

    def _fail(self, reading: Reading, error: ReadError | OSError) -> None:
        self._note(reading, FileRead(0, failure=failure_of(reading.given, error)))

    def _refuse(self, reading: Reading, bad: BadArticle) -> None:
        read = FileRead(0, refused=[bad], is_cut_short=bad.cut_short)
        self._note(reading, read)

    def _note(self, reading: Reading, read: FileRead) -> None:
        """Have it found in reading order, like what a worker read."""
        number = self._task([reading], 0).number
        self._open[number].unsaid.append((0, TaskRead(number, [read])))
        self._open[number].is_read = True


def size_of(path: str) -> int:
    """Return the size of a file on disk, 0 where it cannot be told."""
    try:
        return 0 if path == "-" else os.stat(path).st_size
    except OSError:
        return 0
