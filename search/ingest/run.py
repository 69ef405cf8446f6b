"""Articles into an index: read, find entities, commit in batches; only what has changed; a report of it all.

What is to be read is handed out in parts, to this process or to several beside it; what they tell is
counted here, and what they have prepared is committed here.

Longer than most files: what a run has read, committed and given up is one state, kept in one class.
"""

from __future__ import annotations

import glob
import os
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from search.engines.protocol import Prepared, SearchRequest, StagingEngine
from search.ingest.ledger import Ledger, SourceRecord, sole_run
from search.ingest.plan import Plan, Reading, Told, size_of
from search.ingest.tasks import (
    CHANGED,
    MAX_NAMED,
    NEW,
    SAME,
    Finish,
    Order,
    PartReader,
    Piece,
    ReadOn,
    ReadOptions,
)
from search.model.article import BadArticle
from search.model.errors import ReadError
from search.model.settings import Settings
from search.readers.input_files import input_files
from search.readers.opening import check_reader
from search.readers.source import Limits

if TYPE_CHECKING:
    from search.ingest.workers import EngineOpener, Processes

#: How entities are found: by the rules of `search.enrich.entities.rules`, or not at all.
EntityMode = Literal["rules", "none"]

#: Name of the file beside an index that says what it was made from.
LEDGER_NAME = "sources.jsonl"

#: A batch ends after so many seconds, however few articles it holds: more is not to be lost.
BATCH_S = 30.0

#: Most processes that are started unless more are asked for.
MAX_JOBS = 8

#: Seconds between two saves of the ledger in a long run. What a killed process did since the last
#: one is read again, and found to be in the index.
_SAVE_EVERY_S = 30.0

#: To start processes pays from so many bytes of plain records on. Two of them take a second and a half
#: more of processor time than one: to start, and to learn the same words.
_WORK_FOR_PROCESSES = 40_000_000

_Outcome = Literal["added", "replaced", "unchanged"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is. Bytes are those of files as they lie on disk; standard input is not counted."""

    source: str
    sources_done: int
    sources: int
    bytes_done: int
    bytes_total: int
    articles: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexReport:
    """What a run did. Articles are counted once, by id, under what became of them.

    ``unchanged`` counts also the articles of sources that were skipped. ``refused`` and
    ``duplicate_ids`` name the first `MAX_NAMED`; ``refused_total`` and ``duplicates`` count all.
    ``refused_earlier`` counts what was refused of sources that were skipped. A duplicate is an
    article whose id an earlier one of the same run had; the later one stays.
    """

    sources_read: int
    sources_unchanged: int
    added: int
    replaced: int
    unchanged: int
    deleted: int
    refused: tuple[BadArticle, ...]
    refused_total: int
    refused_earlier: int
    duplicate_ids: tuple[str, ...]
    duplicates: int
    notices: tuple[str, ...]
    #: Ended by Ctrl-C; what is counted here is committed.
    is_interrupted: bool


def index_sources(
    paths: Iterable[str | Path],
    engine: StagingEngine,
    ledger_path: Path,
    *,
    settings: Settings | None = None,
    entities: EntityMode = "rules",
    reader: str | None = None,
    force: bool = False,
    delete_missing: bool = False,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    on_interrupt: Callable[[], None] = lambda: None,
    opener: EngineOpener | None = None,
) -> IndexReport:
    """Bring *engine* up to date with the files, folders and patterns of *paths* ("-": standard input).

    A source that is as it was when last read is skipped, unless *force*. Of one that changed, the
    articles that are no longer in it are deleted, unless another source has them or a part of it
    could not be read. With *delete_missing* so are the articles of sources below *paths* that are no
    longer there, as far as that can be told (`Ledger.missing_below`). One commit a batch; Ctrl-C ends
    the run early and keeps what was committed.

    *opener* opens the engine of the same index in another process. With it, ``settings.jobs``
    processes do the reading where there is enough to read; what they do, and what is told of it, is
    the same.

    Raises `ReadError` where one of *paths* stands for nothing or there is no such *reader*,
    `IndexLocked` where another run goes on beyond ``settings.lock_timeout_ms``, and `EngineError`.
    """
    chosen = [str(path) for path in paths]
    check_paths(chosen)
    if reader is not None:
        check_reader(reader)
    settings = settings or Settings()
    with sole_run(ledger_path, settings.lock_timeout_ms):
        ledger = Ledger(ledger_path)
        run = _Run(
            engine, ledger, settings, entities, reader, force, on_progress, on_interrupt, opener
        )
        try:
            run.read_all(chosen)
            if delete_missing:
                run.delete_missing(chosen)
            run.read_again()
        except KeyboardInterrupt:
            run.is_interrupted = True
        finally:
            try:
                run.close()
            finally:
                run.save()
    return run.report()


def check_paths(paths: Iterable[str]) -> None:
    """Raise `ReadError` where a path stands for nothing: a slip of the pen is no empty folder."""
    for path in paths:
        if path == "-" or os.path.exists(path):
            continue
        if os.path.islink(path):
            raise ReadError(f"{path}: is a link to what is not there (a disk that is not mounted?)")
        if not glob.has_magic(path):
            raise ReadError(f"{path}: there is no such file or folder")
        if next(glob.iglob(path, recursive=True), None) is None:
            raise ReadError(f"{path}: no file matches this pattern")


@dataclass(frozen=True, slots=True)
class _Seen:
    """Where an article of the batch was seen last, and what it is to the index (`NEW` and the like)."""

    flag: int
    part: int
    process: int


class _Run:
    """One run of `index_sources`: what it has read, what waits for the next commit, what it counts."""

    def __init__(
        self,
        engine: StagingEngine,
        ledger: Ledger,
        settings: Settings,
        entities: EntityMode,
        reader: str | None,
        force: bool,
        on_progress: Callable[[Progress], None],
        on_interrupt: Callable[[], None],
        opener: EngineOpener | None,
    ) -> None:
        self.is_interrupted = False
        self._engine = engine
        self._ledger = ledger
        self._settings = settings
        self._force = force
        self._on_progress = on_progress
        self._on_interrupt = on_interrupt
        # All that decides what a source gives: where it is another, unchanged sources are read too.
        self._how = (
            f"reader {reader or 'auto'}, entities {entities}, max_file_mb {settings.max_file_mb}, "
            f"max_article_chars {settings.max_article_chars}"
        )
        self._notices = [ledger.notice] if ledger.notice else []
        index_was_empty = engine.count(SearchRequest()) == 0
        if index_was_empty and len(ledger):
            self._notices.append("the index is empty; every source is read again")
            ledger.clear()
        self._options = ReadOptions(
            limits=Limits.of(settings),
            reader=reader,
            wants_entities=entities == "rules",
            force=force,
            looks_up=not index_was_empty,
        )
        # Who reads.
        self._opener = opener
        self._jobs = _jobs(settings) if opener is not None else 1
        self._here = PartReader(engine, self._options)
        self._has_begun_here = False
        self._processes: Processes | None = None
        self._plan = Plan(ledger, self._options, self._how, self._tell_progress)
        # Of the batch.
        self._ends_at = 0.0
        self._written = 0
        self._interrupt = _Interrupt()
        self._seen: dict[str, _Seen] = {}
        #: Ids seen twice in the batch, or again after they were committed from a later part.
        self._repeated: set[str] = set()
        #: Id -> part, of what was committed from parts after one that is still being read.
        self._ahead: dict[str, int] = {}
        self._saved_at = time.monotonic()
        # Of the run.
        self._outcomes: dict[str, _Outcome] = {}
        #: Paths, as given, of skipped sources that are to be read all the same.
        self._again: dict[str, None] = {}
        #: Absolute paths that could not be read or listed.
        self._unread: set[str] = set()
        self._deleted = 0
        self._refused: list[BadArticle] = []
        self._refused_total = 0
        self._duplicate_ids: list[str] = []
        self._duplicates = 0
        # How far it is.
        self._sources_found = 0
        self._bytes_total = 0
        self._articles_read = 0

    def close(self) -> None:
        """End the processes that read; what they have not handed in is lost."""
        if self._processes is not None:
            self._processes.close()

    # Reading

    def read_all(self, paths: Iterable[str]) -> None:
        found = [str(path) for path in input_files(paths)]
        if not found:
            self._notices.append("no files that a reader knows in " + ", ".join(paths))
            return
        self._sources_found = len(found)
        self._bytes_total = sum(map(size_of, found))
        self._plan.source = found[0]
        self._tell_progress()
        if self._pays(self._plan.expected_work(found)):
            self._start_processes()
        self._read(found)
        self._on_progress(
            Progress(
                "",
                len(found),
                len(found),
                self._bytes_total,
                self._bytes_total,
                self._articles_read,
            )
        )

    def read_again(self) -> None:
        """Read the skipped sources that have what another gave up: the index may hold its version."""
        while self._again:
            again, self._again = list(self._again), {}
            for path in again:
                self._plan.skipped.pop(os.path.abspath(path), None)
            self._read(again)

    def _read(self, paths: Iterable[str]) -> None:
        """Read the sources at *paths*, in batches of which each ends with a commit."""
        paths = list(paths)
        can_wait = all(path != "-" and os.path.isfile(path) for path in paths)
        self._plan.start(paths)
        while self._has_begun() or self._plan.next_part() is not None:
            if self._pays(self._plan.work_done):  # there was more than could be told before
                self._start_processes()
            waits = _interrupt_waits(self._on_interrupt) if can_wait else nullcontext(_Interrupt())
            with waits as self._interrupt:
                self._commit(self._batch())
        self._commit([])

    def _batch(self) -> list[tuple[int, Prepared]]:
        """Read a batch; return what is prepared of it, each with the number of the process that did."""
        self._ends_at = time.monotonic() + BATCH_S
        self._written = 0
        beside = self._processes
        if beside is None or self._is_here_next(beside):
            return self._batch_here()
        return self._batch_beside(beside)

    def _has_begun(self) -> bool:
        beside = self._processes is not None and self._processes.has_begun()
        return self._has_begun_here or beside

    def _is_here_next(self, beside: Processes) -> bool:
        """Whether only this process can go on: what is next can be read here alone."""
        if self._has_begun_here or beside.has_begun():
            return self._has_begun_here
        part = self._plan.next_part()
        return part is not None and part.source is not None

    def _batch_here(self) -> list[tuple[int, Prepared]]:
        """Read a batch in this process."""

        def next_order(has_begun: bool) -> Order:
            order = self._order_here(has_begun)
            self._has_begun_here = has_begun or isinstance(order, ReadOn)
            return order

        def answer(piece: Piece) -> Order:
            self._take(0, piece)
            return next_order(not piece.is_last)

        order = next_order(self._has_begun_here)
        return [(0, self._engine.prepare(self._here.batch(order, answer)))]

    def _batch_beside(self, processes: Processes) -> list[tuple[int, Prepared]]:
        """Have the other processes read a batch."""
        return processes.batch(
            self._order_beside, self._take, lambda: self._plan.look_ahead(self._jobs)
        )

    def _order_here(self, has_begun: bool) -> Order:
        """Return what this process is to read next, given whether it *has_begun* a part."""
        left = self._left()
        if not left or (not has_begun and self._pays(self._plan.work_done)):
            return Finish()
        if has_begun:
            return ReadOn(None, left)
        part = self._plan.next_part()
        if part is None or (self._processes is not None and part.source is None):
            return Finish()
        return ReadOn(self._plan.take(), left)

    def _order_beside(self, has_begun: bool) -> Order | None:
        """Return what another process is to do next; None where that cannot be told yet."""
        left = self._left()
        if not left:
            return Finish()
        most = -(-left // self._jobs)
        if has_begun:
            return ReadOn(None, most)
        if not self._plan.is_ready():
            return None
        part = self._plan.next_part()
        if part is None or part.source is not None:
            return Finish()
        return ReadOn(self._plan.take(), most)

    def _left(self) -> int:
        """Return how many more articles the batch takes, 0 where it is full or its time is over."""
        if self._interrupt.is_pressed or time.monotonic() >= self._ends_at:
            return 0
        return max(0, self._settings.batch_articles - self._written)

    def _take(self, process: int, piece: Piece) -> None:
        """Take what *process* tells of a part."""
        self._plan.read(process, piece)
        self._written += piece.written
        self._articles_read += piece.articles
        for told in self._plan.told():
            self._count(told)
        self._tell_progress()

    def _pays(self, work: int) -> bool:
        """Whether processes are to be started for so much work."""
        return self._processes is None and self._jobs > 1 and work >= _WORK_FOR_PROCESSES

    def _start_processes(self) -> None:
        from search.ingest.workers import Processes

        share = replace(self._settings, memory_mb=max(1, self._settings.memory_mb // self._jobs))
        if self._opener is not None:
            self._processes = Processes(self._jobs, self._opener, share, self._options)

    def _tell_progress(self) -> None:
        plan = self._plan
        self._on_progress(
            Progress(
                plan.source,
                plan.sources_done,
                self._sources_found,
                plan.bytes_done,
                self._bytes_total,
                self._articles_read,
            )
        )

    def _count(self, told: Told) -> None:
        reading, found = told.reading, told.found
        if found.failure:
            # Not recorded: the articles that it had stay, and it is tried again next time.
            reading.digest = ""
            self._unread.add(os.path.abspath(reading.given))
            found.refused.append(BadArticle(reading.given, None, found.failure))
            found.refused_total += 1
        reading.refused += found.refused_total
        reading.is_cut_short |= found.is_cut_short
        self._refused_total += found.refused_total
        self._refused += found.refused[: MAX_NAMED - len(self._refused)]
        reading.article_ids += found.article_ids
        seen, outcomes = self._seen, self._outcomes
        as_flagged = [_Seen(flag, told.part, told.process) for flag in (NEW, CHANGED, SAME)]
        for article_id, flag in zip(found.article_ids, found.flags, strict=True):
            if article_id in seen or article_id in outcomes:
                self._duplicates += 1
                if len(self._duplicate_ids) < MAX_NAMED:
                    self._duplicate_ids.append(article_id)
                self._repeated.add(article_id)
                if self._ahead.get(article_id, -1) > told.part:
                    continue  # a later one is in the index already
            seen[article_id] = as_flagged[flag]

    # Committing

    def _commit(self, prepared: list[tuple[int, Prepared]]) -> None:
        """Commit what was *prepared*, each by a process, and record the sources that are complete with it."""
        with _interrupt_waits():
            for told in self._plan.told(everything=True):
                self._count(told)
            self._publish(prepared)
            readings = self._plan.readings
            finished = [reading for reading in readings if reading.is_finished()]
            self._delete_vanished(finished)
            for reading in readings:
                reading.committed = len(reading.article_ids)
            for reading in finished:
                if reading.digest:
                    digest = "" if reading.is_cut_short else reading.digest
                    self._ledger.put(self._record(reading, digest))
            self._plan.readings = [reading for reading in readings if not reading.is_finished()]
            if time.monotonic() - self._saved_at > _SAVE_EVERY_S:
                self._ledger.save()
                self._saved_at = time.monotonic()

    def _publish(self, prepared: list[tuple[int, Prepared]]) -> None:
        written = [self._without_earlier(process, each) for process, each in sorted(prepared)]
        if any(each.documents for each in written):
            self._engine.publish(written)
        for article_id, seen in self._seen.items():
            outcome = self._outcomes.get(article_id, "unchanged")
            if outcome == "unchanged" and seen.flag != SAME:
                outcome = "added" if seen.flag == NEW else "replaced"
            # Otherwise this run has committed it: what it was before that is what counts.
            self._outcomes[article_id] = outcome
        first = self._plan.first_open()
        if first is None:
            self._ahead.clear()
        else:
            self._ahead |= {i: seen.part for i, seen in self._seen.items() if seen.part > first}
        self._seen.clear()
        self._repeated.clear()

    def _without_earlier(self, process: int, prepared: Prepared) -> Prepared:
        """Leave out of what *process* has prepared the articles that are not the last with their ids.

        A later one may be with another process, or in the index, to which it was the same.
        """
        lost = (i for i in self._repeated if not self._is_last(i, process))
        return replace(prepared, left_out=frozenset(lost)) if self._repeated else prepared

    def _is_last(self, article_id: str, process: int) -> bool:
        seen = self._seen.get(article_id)
        return seen is not None and seen.flag != SAME and seen.process == process

    def _record(self, reading: Reading, digest: str) -> SourceRecord:
        ids = list(dict.fromkeys(reading.article_ids[: reading.committed]))
        known = self._ledger.get(reading.path)
        if known is not None and (reading.refused or not digest):
            ids = list(dict.fromkeys((*ids, *known.article_ids)))
        size_bytes, mtime_ns = reading.size_bytes, reading.mtime_ns
        return SourceRecord(
            reading.path, size_bytes, mtime_ns, digest, self._how, tuple(ids), reading.refused
        )

    def _delete_vanished(self, finished: Iterable[Reading]) -> None:
        """Delete the articles that sources had when last read and have no longer."""
        given_up: dict[str, list[str]] = {}
        for reading in finished:
            known = self._ledger.get(reading.path) if reading.digest else None
            if known is not None and not reading.refused:
                has = set(reading.article_ids)
                given_up[known.path] = [i for i in known.article_ids if i not in has]
        self._give_up(given_up)

    def _give_up(self, given_up: Mapping[str, list[str]]) -> None:
        """Delete those of the articles, by the source that gives them up, that no other has.

        Of the others the index may hold the version of the source that has them no longer: unless
        this run has read them elsewhere, those that have them are to be read again.
        """
        ids = [i for ids in given_up.values() for i in ids if i not in self._outcomes]
        if not ids:
            return
        orphans = self._ledger.unclaimed(ids)
        if orphans:
            self._deleted += self._engine.delete(orphans)
        for record in self._ledger.claimants(set(ids).difference(orphans)):
            if record.path in given_up:
                continue
            self._ledger.put(replace(record, digest=""))
            if record.path in self._plan.skipped:
                self._again[self._plan.skipped[record.path][0]] = None

    def delete_missing(self, paths: Iterable[str]) -> None:
        """Delete the articles of the sources below *paths* that are no longer there."""
        missing, left_alone = self._ledger.missing_below(
            (path for path in paths if path != "-"), self._unread
        )
        self._give_up({record.path: list(record.article_ids) for record in missing})
        for record in missing:
            self._ledger.remove(record.path)
        self._notices += [
            f"{why}; the articles of {count} source(s) there were not deleted"
            for why, count in left_alone.items()
        ]
        if left_alone:
            self._notices.append(
                "is a disk not mounted? Where a folder and all that was in it are to go, remove it and "
                "name a folder above it that still holds articles"
            )

    # The end

    def save(self) -> None:
        """Write the ledger; sources of which only a part is in the index are recorded as such."""
        for reading in self._plan.readings:
            if reading.digest and reading.committed:
                self._ledger.put(self._record(reading, digest=""))
        self._ledger.save()

    def report(self) -> IndexReport:
        counts = Counter(self._outcomes.values())
        skipped = [record for _, record in self._plan.skipped.values()]
        return IndexReport(
            sources_read=self._plan.sources_read,
            sources_unchanged=len(skipped),
            added=counts["added"],
            replaced=counts["replaced"],
            unchanged=counts["unchanged"] + sum(len(record.article_ids) for record in skipped),
            deleted=self._deleted,
            refused=tuple(self._refused),
            refused_total=self._refused_total,
            refused_earlier=sum(record.refused for record in skipped),
            duplicate_ids=tuple(self._duplicate_ids),
            duplicates=self._duplicates,
            notices=tuple(self._notices),
            is_interrupted=self.is_interrupted,
        )


def _jobs(settings: Settings) -> int:
    """Return how many processes are to read: as many as the settings say, or one a core."""
    if not sys.executable:  # a Python inside another program
        return 1
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # macOS
        cores = os.cpu_count() or 1
    return settings.jobs or min(cores, MAX_JOBS)


def ledger_path(index: str) -> Path:
    """Return where the ledger of the index named *index* is: in its folder."""
    name, colon, place = index.partition(":")
    return Path(place if colon and name == "whoosh" else index) / LEDGER_NAME


@dataclass(slots=True)
class _Interrupt:
    """Whether Ctrl-C was pressed and waits."""

    is_pressed: bool = False


@contextmanager
def _interrupt_waits(on_interrupt: Callable[[], None] = lambda: None) -> Iterator[_Interrupt]:
    """Let Ctrl-C wait for the end of the block, so that what is committed is also counted.

    Yields what tells whether one waits; *on_interrupt* is called when the first one comes. A second one
    does not wait. Nothing is changed outside the main thread, where Python hears of no signal, and
    where the signal is handled in another way than Python's own - or by such a block around this one.
    """
    before = signal.getsignal(signal.SIGINT)
    is_main = threading.current_thread() is threading.main_thread()
    interrupt = _Interrupt()
    if not is_main or before is not signal.default_int_handler:
        yield interrupt
        return

    def remember(*_: object) -> None:
        if interrupt.is_pressed:
            raise KeyboardInterrupt
        interrupt.is_pressed = True
        on_interrupt()

    signal.signal(signal.SIGINT, remember)
    try:
        yield interrupt
    finally:
        signal.signal(signal.SIGINT, before)
    if interrupt.is_pressed:
        raise KeyboardInterrupt
