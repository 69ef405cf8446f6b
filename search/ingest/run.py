"""An index run: articles out of input files into an index, only what has changed, and a report of it.

It takes a read task, has it read here or by a worker, and notes what was found; what was staged meanwhile
is published in batches, each in one commit (`search.ingest.publishing`).
"""

from __future__ import annotations

import glob
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from search.engines.staging import Ledger, Staged, StagingEngine
from search.enrich.corrections import Corrections
from search.enrich.tagger import label_of, languages_of
from search.ingest.cases import CaseCount, CaseFile, Cases, refusal
from search.ingest.correcting import (
    APPLIED,
    NONE_CORRECTED,
    CorrectionCount,
    apply_corrections,
    keep_corrections,
    rules_given_up,
)
from search.ingest.entities_file import RULES as CORRECTIONS
from search.ingest.entities_file import corrections_in_force, corrections_of
from search.ingest.hidden_file import RULES, Rule, Takedowns, takedowns_in_force
from search.ingest.interrupts import Interrupt, interrupt_waits
from search.ingest.limits import RUN_LIMITS, RunLimits, collected_seldom
from search.ingest.plan import Found, Plan, Reading, size_of
from search.ingest.publishing import Publishing
from search.ingest.tagging import not_looked_for
from search.ingest.takedowns import (
    Applied,
    apply_added,
    apply_takedowns,
    counted_by_rule,
    no_longer_in_force,
    revisions_said,
)
from search.ingest.tasks import (
    TAKEN_BACK,
    Finish,
    Outcome,
    ReadOn,
    ReadOptions,
    Request,
    TaskRead,
    TaskReader,
)
from search.ingest.versions import Met, Place, Versions
from search.model.article import BadArticle, located
from search.model.errors import EngineError, ReadError
from search.model.remark import REFUSED, Remark
from search.model.settings import Settings
from search.readers.input_files import LeftOut, input_files
from search.readers.opening import check_options
from search.readers.options import AS_FOUND, ReadingOptions
from search.readers.source import WITHIN, Limits

if TYPE_CHECKING:
    from search.ingest.workers import EngineOpener, Workers

OUT_OF_MEMORY = (
    "memory ran out; what was committed is kept, and the same command goes on from there, with fewer "
    "--jobs or a smaller --memory-mb"
)

#: Kinds of files left out that are counted apart.
_MOST_SUFFIXES = 1000
#: Files, and files in archives, that cases on articles of one id name; of more the archives are named.
_MOST_NUMBERED = 200_000

_EMPTIED = "the index is empty; every input file is read again"

#: Seconds between two looks whether other runs have read what they hold, at first and at most.
_LOOK_AGAIN_S, _LOOK_AT_MOST_S = 0.1, 2.0

#: The number of this process, where it reads itself.
HERE = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is. Bytes are those of files as they lie on disk; standard input is not counted."""

    file: str
    files_done: int
    files: int
    bytes_done: int
    bytes_total: int
    articles: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexReport:
    """What a run did. Articles are counted once, by id, under what became of them.

    ``retagged`` counts those of which only the entities are different; ``unchanged`` counts the articles of
    skipped files too, one that several of these have as often. ``refused`` and ``duplicate_ids`` name the first `RunLimits.named`;
    ``refused_total`` and ``duplicates`` count all. ``refused_earlier`` counts what was refused of files
    that were skipped. A duplicate is an article whose id an earlier one of the same run had; the later
    one stays. ``left_out`` and ``left_out_folders`` count the files and folders of the paths that are no
    sources, by suffix or by what they are (`search.readers.input_files`).
    """

    files_read: int
    files_unchanged: int
    added: int
    changed: int
    retagged: int
    unchanged: int
    deleted: int
    refused: tuple[BadArticle, ...]
    refused_total: int
    refused_earlier: int
    duplicate_ids: tuple[str, ...]
    duplicates: int
    left_out: Mapping[str, int]
    left_out_folders: Mapping[str, int]
    #: By the kind of `Remark`; those of ``refused`` are here too.
    cases: Mapping[str, Cases]
    #: Where all cases were written, "" if nowhere.
    case_file: str
    notices: tuple[str, ...]
    #: How many articles rules hid: not added, or deleted; and how many each of them, in order.
    hidden: int
    hidden_by: tuple[tuple[Rule, int], ...]
    #: Of the articles read, how many are stored and not seen: withdrawn by their publisher, and embargoed.
    withdrawn: int
    embargoed: int
    #: In which languages names are looked for, empty where in all, or none are; and in how many of the articles read they
    #: are not for that, by language.
    languages: frozenset[str] = frozenset()
    without_names: Mapping[str, int] = field(default_factory=dict)
    #: What people corrected of the entities.
    corrections: CorrectionCount = NONE_CORRECTED
    #: Of the unchanged ones, those that stand elsewhere than when they were read, moved or copied.
    files_followed: int = 0
    #: Ended by Ctrl-C; what is counted here is committed.
    is_interrupted: bool
    seconds: float = field(compare=False)

    @property
    def remarks(self) -> Mapping[str, int]:
        """Kind of remark -> how many cases there were; without what was refused."""
        return {kind: cases.times for kind, cases in self.cases.items() if kind != REFUSED}


def index_files(
    paths: Iterable[str | Path],
    engine: StagingEngine,
    *,
    settings: Settings | None = None,
    entities: str | None = None,
    reading: ReadingOptions = AS_FOUND,
    force: bool = False,
    delete_missing: bool = False,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    on_interrupt: Callable[[], None] = lambda: None,
    opener: EngineOpener | None = None,
    case_file: CaseFile | None = None,
    takedowns: Takedowns | None = None,
    corrections: Corrections | None = None,
    limits: RunLimits = RUN_LIMITS,
) -> IndexReport:
    """Bring *engine* up to date with the files, folders and patterns of *paths* ("-": standard input).

    A file that is as it was when last read is skipped, unless *force*. Of one that changed, the
    articles that are no longer in it are deleted, unless another file has them or some of it
    could not be read. With *delete_missing* so are the articles of files below *paths* that are no
    longer there, as far as that is certain (`search.ingest.missing`). One commit a batch; Ctrl-C ends
    the run early and keeps what was committed.

    *opener* opens the engine of the same index in another process. With it, ``settings.jobs`` workers
    do the reading where there is enough to read; index and report are the same.

    *entities* says what finds the entities; None stands for ``settings.entities``.

    All that was refused, left out or kept less exactly is written to *case_file*, as it is met.

    What *takedowns* hide is not added, and is deleted where the index has it, before anything is read; the index
    keeps them. None stands for those of ``settings.hidden``, else for those that it has kept. So it is with
    *corrections* of entities: the articles that the index has already are corrected at the end of the run.

    Raises `ReadError` where one of *paths* stands for nothing, or the reader or encoding is unknown,
    `TaggerError` where what finds the entities is unknown, not installed or damaged, `IndexLocked` where another run takes longer than ``settings.lock_timeout_ms``, and `EngineError`.
    """
    started = time.monotonic()
    chosen = [str(path) for path in paths]
    check_paths(chosen)
    check_options(reading)
    settings = settings or Settings()
    tagger = label_of(settings.entities if entities is None else entities)
    with (
        engine.ledger(shares=True) as ledger,
        closing(Versions()) as versions,
        collected_seldom(),
    ):
        is_given = takedowns is not None or bool(settings.hidden)
        are_kept = corrections is None and not settings.corrections
        with ledger.committing():
            if takedowns is None:
                takedowns = takedowns_in_force(engine, settings)
            if corrections is None:
                corrections = corrections_in_force(engine, settings)
            replaced = no_longer_in_force(engine, takedowns, settings) if is_given else ()
            replaced += () if are_kept else rules_given_up(engine, corrections, settings)
            hidden = apply_takedowns(engine, takedowns, is_given=is_given)
            if hidden.articles:
                ledger.disclaim(hidden.articles)
            keep_corrections(engine, corrections)
            # Not before: another run may have filled it.
            is_empty = next(engine.stored_documents(), None) is None
            if is_empty and engine.text(APPLIED) != corrections.digest:
                # All that there will be is corrected when it is read.
                engine.keep_text(APPLIED, corrections.digest)
            is_cleared = is_empty and len(ledger) > 0 and ledger.clear()
        options = ReadOptions(
            limits=replace(Limits.of(settings), block_bytes=limits.block_bytes),
            reading=reading,
            tagger=tagger,
            force=force,
            looks_up=not is_empty or ledger.is_shared,
            run_limits=limits,
            takedowns=takedowns,
            corrections=corrections,
        )
        run = _Run(
            engine,
            ledger,
            versions,
            settings,
            options,
            chosen,
            on_progress,
            on_interrupt,
            opener,
            case_file,
        )
        run.note_hidden(hidden, (*([_EMPTIED] if is_cleared else ()), *replaced))
        try:
            run.read_all()
            if delete_missing:
                run.delete_missing()
            run.read_again()
            run.correct(are_kept=are_kept)
        except KeyboardInterrupt:
            run.is_interrupted = True
        except MemoryError as exc:
            raise EngineError(OUT_OF_MEMORY) from exc
        finally:
            run.close()
        with ledger.committing():
            added = apply_added(engine, takedowns, settings)
            if added.articles:
                ledger.disclaim(added.articles)
        run.note_hidden(added)
        return run.report(time.monotonic() - started)


def check_paths(paths: Iterable[str]) -> None:
    """Raise `ReadError` where a path stands for nothing: a mistyped path is no empty folder."""
    for path in paths:
        if path == "-" or os.path.exists(path):
            continue
        if os.path.islink(path):
            raise ReadError(f"{path}: is a broken link (is a disk not mounted?)")
        if not glob.has_magic(path):
            raise ReadError(f"{path}: there is no such file or folder")
        if next(glob.iglob(path, recursive=True), None) is None:
            raise ReadError(f"{path}: no file matches this pattern")


class _Run:
    """One index run: what it has read, what waits for the next commit, what it counts."""

    def __init__(
        self,
        engine: StagingEngine,
        ledger: Ledger,
        versions: Versions,
        settings: Settings,
        options: ReadOptions,
        paths: Sequence[str],
        on_progress: Callable[[Progress], None],
        on_interrupt: Callable[[], None],
        opener: EngineOpener | None,
        case_file: CaseFile | None,
    ) -> None:
        self.is_interrupted = False
        self._engine = engine
        self._ledger = ledger
        self._versions = versions
        self._settings = settings
        self._options = options
        self._limits = options.run_limits
        self._paths = paths
        self._on_progress = on_progress
        self._on_interrupt = on_interrupt
        self._notices = [*ledger.notices, *options.takedowns.notices]
        # Who reads.
        self._opener = opener
        self._jobs = _jobs(settings, self._limits) if opener is not None else 1
        self._here = TaskReader(engine, options)
        self._has_begun_here = False
        self._workers: Workers | None = None
        self._plan = Plan(ledger, options, paths, self._show_progress)
        self._publishing = Publishing(
            engine, ledger, versions, options, self._plan, self._note_taken_back
        )
        # Of the batch.
        self._ends_at = 0.0
        self._staged = 0
        self._cases_read = 0
        self._interrupt = Interrupt()
        # Of the run.
        #: Absolute paths that could not be read or listed.
        self._unread: set[str] = set()
        #: How many articles of the index rules named before anything was read; how often each rule, by number.
        self._hidden_before = 0
        self._hidden_by = Counter[int]()
        self._corrected = Counter[int]()
        self._corrections = NONE_CORRECTED
        self._withdrawn = 0
        self._embargoed = 0
        self._languages = languages_of(options.tagger) if options.tagger else frozenset[str]()
        self._without_names = Counter[str]()
        self._refused: list[BadArticle] = []
        self._refused_total = 0
        self._duplicate_ids: list[str] = []
        self._duplicates = 0
        self._cases = CaseCount(self._limits.examples)
        self._case_file = case_file
        self._left_out = Counter[str]()
        self._left_out_folders = Counter[str]()
        #: The path as given of each file of which something was read, by its number.
        self._given: list[str] = []
        # How far it is.
        self._files_found = 0
        self._bytes_total = 0
        self._articles_read = 0

    def note_hidden(self, applied: Applied, notices: Iterable[str] = ()) -> None:
        """Note what was deleted before the run reads anything, or after it, since rules name it."""
        hidden = applied.articles
        self._notices += [*notices, *revisions_said(applied.revisions)]
        self._hidden_before += len(hidden)
        self._hidden_by.update(rule.number for rule in hidden.values())
        for article_id, rule in hidden.items():
            self._case(
                Remark(RULES, rule.line, "hidden", f"{article_id} is {rule.said()}; deleted")
            )

    def close(self) -> None:
        """End the workers; what was staged and not published is lost."""
        self._here.discard()
        if self._workers is not None:
            self._workers.close()

    # Reading

    def read_all(self) -> None:
        report = "" if self._case_file is None else self._case_file.path
        is_known = self._plan.is_unchanged
        found = [str(path) for path in input_files(self._paths, self._leave_out, report, is_known)]
        if not found:
            self._notices.append("no files that a reader knows in " + ", ".join(self._paths))
            return
        self._files_found = len(found)
        survey = self._plan.survey(found)
        self._bytes_total = survey.size_bytes
        self._plan.file = found[0]
        self._show_progress()
        if self._pays(survey.work):
            self._start_workers()
        self._read(found)
        self._read_elsewhere()
        files, size_bytes = len(found), self._bytes_total
        self._on_progress(Progress("", files, files, size_bytes, size_bytes, self._articles_read))

    def _read_elsewhere(self) -> None:
        """Wait for what other runs read, and read what they have not read to its end."""
        pause_s = _LOOK_AGAIN_S
        while self._plan.elsewhere:
            left, self._plan.elsewhere = self._plan.elsewhere, []
            held = self._ledger.held_elsewhere([os.path.abspath(path) for path in left])
            free = [path for path in left if os.path.abspath(path) not in held]
            self._read(free)
            self._plan.elsewhere += [path for path in left if os.path.abspath(path) in held]
            if free:
                pause_s = _LOOK_AGAIN_S
            else:
                time.sleep(pause_s)
                pause_s = min(2 * pause_s, _LOOK_AT_MOST_S)

    def read_again(self) -> None:
        """Read the skipped files that have what another gave up: the index may hold its version."""
        while again := self._publishing.take_again():
            for path in again:
                self._plan.skipped.pop(os.path.abspath(path), None)
            self._files_found += len(again)
            self._bytes_total += sum(map(size_of, again))
            self._read(again)
            self._read_elsewhere()

    def _read(self, paths: Iterable[str]) -> None:
        """Read the input files at *paths*, in batches of which each ends with a commit."""
        paths = list(paths)
        can_wait = all(path != "-" and os.path.isfile(path) for path in paths)
        self._plan.start(paths)
        while self._has_begun() or self._plan.next_task() is not None:
            if self._pays(self._plan.work_done):  # there is more than was expected
                self._start_workers()
            waits = interrupt_waits(self._on_interrupt) if can_wait else nullcontext(Interrupt())
            with waits as self._interrupt:
                self._commit(self._batch())
        self._commit({})

    def _batch(self) -> dict[int, Staged]:
        """Read a batch; return what each worker has staged, by its number."""
        self._ends_at = time.monotonic() + self._limits.batch_s
        self._publishing.begin()
        self._staged = self._cases_read = 0
        workers = self._workers
        if workers is not None and not self._is_here_next(workers):
            return workers.batch(
                self._next_request, self._take, lambda: self._plan.look_ahead(self._jobs)
            )
        while (request := self._next_request_here()) is not None:
            read = self._here.read(request)
            self._has_begun_here = not read.is_last
            self._take(HERE, read)
        staged = self._here.finish()
        return {} if staged is None else {HERE: staged}

    def _has_begun(self) -> bool:
        return self._has_begun_here or (self._workers is not None and self._workers.has_begun())

    def _is_here_next(self, workers: Workers) -> bool:
        """Whether only this process can go on: what is next can be read here alone."""
        if self._has_begun_here or workers.has_begun():
            return self._has_begun_here
        task = self._plan.next_task()
        return task is not None and task.source is not None

    def _next_request_here(self) -> ReadOn | None:
        """Return what this process is to read next, None where it is to finish the batch."""
        left = self._left()
        if not left:
            return None
        if self._has_begun_here:
            return ReadOn(None, left)
        if self._pays(self._plan.work_done):
            return None
        task = self._plan.next_task()
        if task is None or (self._workers is not None and task.source is None):
            return None
        return ReadOn(self._plan.take(), left)

    def _next_request(self, has_begun: bool) -> Request | None:
        """Return what a worker is to do next; None where that cannot be said yet."""
        left = self._left()
        if not left:
            return Finish()
        most = -(-left // self._jobs)
        if has_begun:
            return ReadOn(None, most)
        if not self._plan.is_ready():
            return None
        task = self._plan.next_task()
        if task is None or task.source is not None:
            return Finish()
        return ReadOn(self._plan.take(), most)

    def _left(self) -> int:
        """Return how many more articles the batch takes, 0 where it is full or its time is over."""
        if self._cases_read >= self._limits.batch_cases:
            return 0
        if self._interrupt.is_pressed or time.monotonic() >= self._ends_at:
            return 0
        return max(0, self._settings.batch_articles - self._staged)

    def _take(self, worker: int, read: TaskRead) -> None:
        """Note what *worker* has read."""
        self._plan.read(worker, read)
        self._staged += read.staged
        self._cases_read += read.cases
        self._articles_read += read.articles
        for found in self._plan.found():
            self._note(found)
        self._show_progress()

    def _pays(self, work: int) -> bool:
        """Whether workers are to be started for that much work."""
        return self._workers is None and self._jobs > 1 and work >= self._limits.work_for_workers

    def _start_workers(self) -> None:
        from search.ingest.workers import Workers

        share = self._settings._replace(memory_mb=max(1, self._settings.memory_mb // self._jobs))
        if self._opener is not None:
            self._workers = Workers(self._jobs, self._opener, share, self._options)

    def _show_progress(self) -> None:
        plan = self._plan
        self._on_progress(
            Progress(
                plan.file,
                plan.files_done,
                self._files_found,
                plan.bytes_done,
                self._bytes_total,
                self._articles_read,
            )
        )

    def _note(self, found: Found) -> None:
        reading, read = found.reading, found.read
        if read.failure:
            # Not recorded: the articles that it had stay, and it is tried again next time.
            reading.has_failed = True
            self._unread.add(os.path.abspath(reading.given))
            read.refused.append(BadArticle(reading.given, None, read.failure))
        reading.refused += len(read.refused)
        reading.is_cut_short |= read.is_cut_short
        self._refused_total += len(read.refused)
        self._refused += read.refused[: self._limits.named - len(self._refused)]
        for bad in read.refused:
            self._case(refusal(bad))
        for remark in read.remarks:
            self._case(remark)
        reading.digest = read.digest or reading.digest
        if reading.has_ledger_entry and read.article_ids:
            self._publishing.claim(
                reading.path,
                [i for at, i in enumerate(read.article_ids) if at not in read.hidden],
            )
        if reading.number is None:
            reading.number = self._numbered(reading.given)
        self._corrected.update(read.corrected)
        self._withdrawn += len(read.withdrawn)
        self._embargoed += read.embargoed
        for language, (articles, line) in read.without_names.items():
            self._without_names[language] += articles
            reason = not_looked_for(self._languages, language)
            self._case(Remark(reading.given, line, "names", reason, articles))
        rows = zip(read.article_ids, read.outcomes, read.lines, read.titles, strict=True)
        members = iter([*read.members, (len(read.article_ids), "")])
        number, (next_member, member) = reading.number, next(members)
        for at, (article_id, outcome, line, title) in enumerate(rows):
            if at == next_member:
                number = self._number_within(reading, member)
                next_member, member = next(members)
            place = Place(number, line, title)
            met = self._versions.read(
                article_id,
                found.task,
                found.worker,
                Outcome(outcome),
                place,
                is_withdrawn=at in read.withdrawn,
            )
            if at in read.hidden:
                self._note_rule(
                    article_id, self._options.takedowns.rules[read.hidden[at] - 1], place
                )
            if met is not None:
                self._note_duplicate(article_id, place, met)
            elif article_id in read.retitled:
                self._note_retitled(article_id, read.retitled[article_id], place, reading)

    def _numbered(self, given: str) -> int:
        """Return a number by which cases find *given* again, a file or what lies in one."""
        self._given.append(given)
        return len(self._given) - 1

    def _number_within(self, reading: Reading, member: str) -> int:
        """Return the number of what lies in the file of *reading*; that of the file where many are numbered."""
        assert reading.number is not None  # noqa: S101
        if not member or len(self._given) >= _MOST_NUMBERED:
            return reading.number
        return self._numbered(f"{reading.given}{WITHIN}{member}")

    def _note_rule(self, article_id: str, rule: Rule, place: Place) -> None:
        """Note that *rule* hides an article that was read."""
        self._hidden_by[rule.number] += 1
        reason = f"{article_id} is {rule.said()}"
        self._case(Remark(self._given[place.file], place.line or None, "hidden", reason))

    def _note_taken_back(self, place: Place) -> None:
        """Note that another run has brought a kill notice for an article since it was read at *place*."""
        self._case(Remark(self._given[place.file], place.line or None, "withdrawn", TAKEN_BACK))

    def _note_duplicate(self, article_id: str, place: Place, met: Met) -> None:
        """Note that the run has read two articles of one id."""
        self._duplicates += 1
        if len(self._duplicate_ids) < self._limits.named:
            self._duplicate_ids.append(article_id)
        first, last = (met.place, place) if met.is_later else (place, met.place)
        where = located(self._given[first.file], first.line)
        if first.title == last.title:
            reason = f"has the id {article_id} and the title of {where}, and takes its place"
        else:
            reason = f"has the id {article_id} that another article has, {where}; only this one is in the index"
        kind = "again" if first.title == last.title else "same id"
        self._case(Remark(self._given[last.file], last.line or None, kind, reason))

    def _note_retitled(self, article_id: str, title: str, place: Place, reading: Reading) -> None:
        """Note an article of another title than the index had, if that is another file's."""
        claimants = self._ledger.claimants([article_id]).get(article_id, [])
        if reading.path in claimants:
            return
        # A file that is gone was moved, perhaps.
        if others := [path for path in claimants if os.path.exists(path)]:
            reason = (
                f"has the id {article_id} that another article has, {title!r} of {located(others[0])}; "
                "only this one is in the index now"
            )
            self._case(Remark(self._given[place.file], place.line or None, "same id", reason))

    def _leave_out(self, left_out: LeftOut) -> None:
        counts = self._left_out_folders if left_out.is_folder else self._left_out
        is_told_apart = left_out.what in counts or len(counts) < _MOST_SUFFIXES
        counts[left_out.what if is_told_apart else "of other kinds"] += 1
        self._case(Remark(left_out.path, None, "left out", left_out.reason))

    def _case(self, case: Remark) -> None:
        """Count a case, and write it to the file of the cases."""
        self._cases.add(case)
        if self._case_file is not None:
            self._case_file.write(case)

    # Committing

    def _commit(self, staged: Mapping[int, Staged]) -> None:
        """Publish what the workers have *staged*, and record the files that are complete with it."""
        with interrupt_waits():
            for found in self._plan.found(everything=True):
                self._note(found)
            if self._options.takedowns.queries:
                for article_id, rule, place in self._publishing.hide_staged(staged):
                    self._note_rule(article_id, rule, place)
            self._publishing.publish(staged)
            if self._case_file is not None:
                self._case_file.flush()

    def delete_missing(self) -> None:
        """Delete the articles of the input files below the paths of the run that are no longer there."""
        left_alone = self._publishing.delete_missing(
            [path for path in self._paths if path != "-"], self._unread
        )
        self._notices += [
            f"{why}; the articles of {count} file(s) in it were kept"
            for why, count in left_alone.items()
        ]
        if left_alone:
            self._notices.append(
                "is a disk not mounted? Where a folder and all that was in it are to go, remove it and "
                "name a folder above it that still holds articles"
            )

    # The end

    def correct(self, *, are_kept: bool) -> None:
        """Correct the articles that the index had by the rules that are in force now."""
        corrections, takedowns = self._options.corrections, self._options.takedowns
        most = self._settings.batch_articles

        @cache
        def articles() -> int:
            # It takes as long as a hundred articles, and mostly there is nothing left to correct.
            return max(1, self._engine.stats().articles)

        with self._ledger.committing():
            if (text := self._engine.text(CORRECTIONS)) != corrections.text:
                # Another run has brought them since.
                corrections = corrections_of(text, CORRECTIONS, self._settings.zone())
            done = apply_corrections(
                self._engine,
                corrections,
                takedowns,
                most,
                lambda n: self._on_progress(
                    Progress(CORRECTIONS, self._files_found, self._files_found, n, articles(), n)
                ),
            )
        if done is None:
            self._corrections = CorrectionCount.of(corrections, self._corrected, are_kept=are_kept)
            return
        self._corrections = CorrectionCount.of(
            corrections, done.by_rule, is_of_all=True, articles=done.articles, are_kept=are_kept
        )
        self.note_hidden(Applied(dict(done.hidden), {}))

    def report(self, seconds: float) -> IndexReport:
        options, counts = self._options, self._versions.outcomes()
        skipped = [file for _, file in self._plan.skipped.values()]
        return IndexReport(
            files_read=self._plan.files_read,
            files_unchanged=len(skipped),
            files_followed=self._plan.files_followed,
            added=counts[Outcome.ADDED],
            changed=counts[Outcome.CHANGED],
            retagged=counts[Outcome.RETAGGED],
            unchanged=counts[Outcome.UNCHANGED] + sum(file.articles for file in skipped),
            deleted=self._publishing.deleted,
            refused=tuple(self._refused),
            refused_total=self._refused_total,
            refused_earlier=sum(file.refused for file in skipped),
            duplicate_ids=tuple(self._duplicate_ids),
            duplicates=self._duplicates,
            left_out=dict(self._left_out),
            left_out_folders=dict(self._left_out_folders),
            cases=self._cases.by_kind(),
            case_file="" if self._case_file is None else self._case_file.path,
            notices=tuple(self._notices),
            hidden=self._hidden_before + counts[Outcome.HIDDEN],
            hidden_by=counted_by_rule(options.takedowns, self._hidden_by),
            withdrawn=self._withdrawn,
            embargoed=self._embargoed,
            languages=self._languages,
            without_names=dict(self._without_names),
            corrections=self._corrections,
            is_interrupted=self.is_interrupted,
            seconds=seconds,
        )


def _jobs(settings: Settings, limits: RunLimits) -> int:
    """Return how many workers are to read: as many as the settings say, or one a core."""
    if not sys.executable:  # a Python inside another program
        return 1
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # macOS
        cores = os.cpu_count() or 1
    return settings.jobs or min(cores, limits.max_jobs)
