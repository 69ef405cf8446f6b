"""Articles into an index: read, find entities, add in batches; only what has changed; a report of it all.

Longer than most files: what a run has read, committed and given up is one state, kept in one class.
"""

from __future__ import annotations

import glob
import operator
import os
import signal
import stat
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Literal

from search.article import Article, BadArticle, Entities
from search.engines.base import Engine
from search.errors import ReadError
from search.ledger import Ledger, SourceRecord, digest_of, sole_run
from search.readers import read, reader_names, sources
from search.settings import Settings

#: How entities are found: by the rules of `search.entities`, or not at all.
EntityMode = Literal["rules", "none"]

#: Name of the file beside an index that says what it was made from.
LEDGER_NAME = "sources.jsonl"

#: Characters of title and body after which a batch is committed, however few articles it holds.
MAX_BATCH_CHARS = 64_000_000

#: Refusals and duplicate ids that a report names; all of them are counted.
MAX_NAMED = 100

#: Seconds between two saves of the ledger in a long run. What a killed process did since the last
#: one is read again, and found to be in the index.
_SAVE_EVERY_S = 30.0

_Outcome = Literal["added", "replaced", "unchanged"]

#: All of an article but its entities.
_without_entities = operator.attrgetter(*(f.name for f in fields(Article) if f.name != "entities"))


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is. Bytes are of whole sources as they lie on disk, those on standard input not counted."""

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
    engine: Engine,
    ledger_path: Path,
    *,
    settings: Settings | None = None,
    entities: EntityMode = "rules",
    reader: str | None = None,
    force: bool = False,
    delete_missing: bool = False,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> IndexReport:
    """Bring *engine* up to date with the files, folders and patterns of *paths* ("-": standard input).

    A source that is as it was when last read is skipped, unless *force*. Of one that changed, the
    articles that are no longer in it are deleted, unless another source has them or a part of it
    could not be read. With *delete_missing* so are the articles of sources below *paths* that are no
    longer there, as far as that can be told (`Ledger.missing_below`). One commit a batch; Ctrl-C ends
    the run early and keeps what was committed.

    Raises `ReadError` where one of *paths* stands for nothing or there is no such *reader*,
    `IndexLocked` where another run goes on beyond ``settings.lock_timeout_ms``, and `EngineError`.
    """
    chosen = [str(path) for path in paths]
    check_paths(chosen)
    if reader is not None and reader not in reader_names():
        raise ReadError(f"there is no reader {reader!r}; choose {', '.join(reader_names())}")
    settings = settings or Settings()
    with sole_run(ledger_path, settings.lock_timeout_ms):
        ledger = Ledger(ledger_path)
        run = _Run(engine, ledger, settings, entities, reader, force, on_progress)
        try:
            run.read_all(chosen)
            if delete_missing:
                run.delete_missing(chosen)
            run.read_again()
        except KeyboardInterrupt:
            run.is_interrupted = True
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


@dataclass(slots=True)
class _Reading:
    """A source being read; ``committed`` of its ids are in the index for sure."""

    path: str
    size_bytes: int = 0
    mtime_ns: int = 0
    #: "" for what cannot be read twice, such as standard input: it is not recorded.
    digest: str = ""
    #: The rest of it could not be read: it is recorded as one to be read again.
    is_cut_short: bool = False
    refused: int = 0
    ids: dict[str, None] = field(default_factory=dict)
    committed: int = 0


class _Run:
    """One run of `index_sources`: what it has read, what waits for the next commit, what it counts."""

    def __init__(
        self,
        engine: Engine,
        ledger: Ledger,
        settings: Settings,
        entities: EntityMode,
        reader: str | None,
        force: bool,
        on_progress: Callable[[Progress], None],
    ) -> None:
        self.is_interrupted = False
        self._engine = engine
        self._ledger = ledger
        self._settings = settings
        self._wants_entities = entities == "rules"
        self._reader = reader
        self._force = force
        self._on_progress = on_progress
        # All that decides what a source gives: where it is another, unchanged sources are read too.
        self._how = (
            f"reader {reader or 'auto'}, entities {entities}, max_file_mb {settings.max_file_mb}, "
            f"max_article_chars {settings.max_article_chars}"
        )
        self._notices = [ledger.notice] if ledger.notice else []
        self._index_was_empty = engine.stats().articles == 0
        if self._index_was_empty and len(ledger):
            self._notices.append("the index is empty; every source is read again")
            ledger.clear()
        # Of the batch: what to commit, how to count it then, and the sources that it completes.
        self._batch: dict[str, tuple[Article, _Outcome]] = {}
        self._batch_chars = 0
        self._readings: list[_Reading] = []
        self._saved_at = time.monotonic()
        # Of the run.
        self._outcomes: dict[str, _Outcome] = {}
        #: Absolute path -> the path as given and the record of each source that was skipped.
        self._skipped: dict[str, tuple[str, SourceRecord]] = {}
        #: Paths, as given, of skipped sources that are to be read all the same.
        self._again: dict[str, None] = {}
        #: Absolute paths that could not be read or listed.
        self._unread: set[str] = set()
        self._sources_read = 0
        self._deleted = 0
        self._refused: list[BadArticle] = []
        self._refused_total = 0
        self._duplicate_ids: list[str] = []
        self._duplicates = 0
        self._articles_read = 0

    # Reading

    def read_all(self, paths: Iterable[str]) -> None:
        found = [str(path) for path in sources(paths)]
        sizes = [_size(path) for path in found]
        total = sum(sizes)
        done = 0
        for number, (path, size) in enumerate(zip(found, sizes, strict=True)):

            def tell(at: int = number, path: str = path, done: int = done) -> None:
                self._on_progress(Progress(path, at, len(found), done, total, self._articles_read))

            tell()
            self._read_source(path, tell)
            done += size
        self._commit()
        if found:
            self._on_progress(
                Progress("", len(found), len(found), done, total, self._articles_read)
            )
        else:
            self._notices.append("no files that a reader knows in " + ", ".join(paths))

    def read_again(self) -> None:
        """Read the skipped sources that have what another gave up: the index may hold its version."""
        while self._again:
            again, self._again = list(self._again), {}
            for path in again:
                self._skipped.pop(os.path.abspath(path), None)
                self._read_source(path, lambda: None)
            self._commit()

    def _read_source(self, path: str, tell: Callable[[], None]) -> None:
        reading: _Reading | None = _Reading(path)
        try:
            reading = self._begin(path)
            if reading is None:
                return
            self._sources_read += 1
            self._readings.append(reading)
            for item in read(
                path,
                reader=self._reader,
                max_file_mb=self._settings.max_file_mb,
                max_article_chars=self._settings.max_article_chars,
            ):
                if isinstance(item, BadArticle):
                    self._refuse(reading, item)
                    continue
                self._take(reading, item)
                tell()
        except (ReadError, OSError) as exc:
            # Not recorded: the articles that it had stay, and it is tried again next time.
            reading = reading or _Reading(path)
            reading.digest = ""
            self._unread.add(os.path.abspath(path))
            message = str(exc) if isinstance(exc, ReadError) else exc.strerror or str(exc)
            self._refuse(reading, BadArticle(path, None, message.removeprefix(f"{path}: ")))

    def _begin(self, path: str) -> _Reading | None:
        """Return what is to be read, None where it is as it was. Raises OSError."""
        if path == "-":
            return _Reading(path)
        # Taken before reading: what is written meanwhile makes a later time, and is read next time.
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            return _Reading(path)
        absolute = os.path.abspath(path)
        known = self._ledger.get(absolute)
        comparable = (
            known is not None
            and not self._force
            and known.digest != ""
            and known.how == self._how
            and known.size_bytes == status.st_size
        )
        if known is not None and comparable and known.mtime_ns == status.st_mtime_ns:
            self._skipped[absolute] = path, known
            return None
        digest = digest_of(path)
        if known is not None and comparable and known.digest == digest:
            self._ledger.put(replace(known, mtime_ns=status.st_mtime_ns))
            self._skipped[absolute] = path, known
            return None
        return _Reading(absolute, status.st_size, status.st_mtime_ns, digest)

    def _refuse(self, reading: _Reading, bad: BadArticle) -> None:
        reading.refused += 1
        reading.is_cut_short |= bad.cut_short
        self._refused_total += 1
        if len(self._refused) < MAX_NAMED:
            self._refused.append(bad)

    def _take(self, reading: _Reading, article: Article) -> None:
        """Put *article* into the batch, unless the index has it."""
        article_id = article.article_id
        self._articles_read += 1
        reading.ids[article_id] = None
        earlier = self._outcomes.get(article_id)
        if earlier is not None or article_id in self._batch:
            self._duplicates += 1
            if len(self._duplicate_ids) < MAX_NAMED:
                self._duplicate_ids.append(article_id)
        is_new = self._index_was_empty and earlier is None
        before = None if is_new else self._engine.get(article_id)
        article, is_same = self._compared(article, before)
        if earlier is None or earlier == "unchanged":
            outcome: _Outcome = "replaced" if before is not None else "added"
        else:
            outcome = earlier  # this run has committed it: what it was before that is what counts
        if is_same:
            self._batch.pop(article_id, None)
            self._outcomes[article_id] = (
                outcome if earlier in ("added", "replaced") else "unchanged"
            )
            return
        self._batch[article_id] = article, outcome
        self._batch_chars += len(article.title) + len(article.body)
        if (
            len(self._batch) >= self._settings.batch_articles
            or self._batch_chars >= MAX_BATCH_CHARS
        ):
            self._commit(unfinished=reading)

    def _compared(self, article: Article, before: Article | None) -> tuple[Article, bool]:
        """Return *article* with its entities, and whether it is what the index has."""
        is_same = before is not None and _without_entities(article) == _without_entities(before)
        if before is not None and is_same and not self._force:
            # Finding entities takes the most time; where they were found once they are not again.
            has_what_is_wanted = bool(before.entities) == self._wants_entities
            if has_what_is_wanted and not article.entities:
                return before, True
        if self._wants_entities and not article.entities:
            article = replace(article, entities=_extract(article))
        return article, is_same and before is not None and article.entities == before.entities

    # Committing

    def _commit(self, unfinished: _Reading | None = None) -> None:
        """Commit the batch and record the sources that are complete with it."""
        with _interrupt_waits():
            self._commit_now(unfinished)

    def _commit_now(self, unfinished: _Reading | None) -> None:
        if self._batch:
            self._engine.add(article for article, _ in self._batch.values())
            self._outcomes.update({i: outcome for i, (_, outcome) in self._batch.items()})
            self._batch.clear()
            self._batch_chars = 0
        finished = [reading for reading in self._readings if reading is not unfinished]
        self._delete_vanished(finished)
        for reading in self._readings:
            reading.committed = len(reading.ids)
        for reading in finished:
            if reading.digest:
                digest = "" if reading.is_cut_short else reading.digest
                self._ledger.put(self._record(reading, digest))
        self._readings = [] if unfinished is None else [unfinished]
        if time.monotonic() - self._saved_at > _SAVE_EVERY_S:
            self._ledger.save()
            self._saved_at = time.monotonic()

    def _record(self, reading: _Reading, digest: str) -> SourceRecord:
        ids = list(reading.ids)[: reading.committed]
        known = self._ledger.get(reading.path)
        if known is not None and (reading.refused or not digest):
            ids = list(dict.fromkeys((*ids, *known.article_ids)))
        size_bytes, mtime_ns = reading.size_bytes, reading.mtime_ns
        return SourceRecord(
            reading.path, size_bytes, mtime_ns, digest, self._how, tuple(ids), reading.refused
        )

    def _delete_vanished(self, finished: Iterable[_Reading]) -> None:
        """Delete the articles that sources had when last read and have no longer."""
        given_up: dict[str, list[str]] = {}
        for reading in finished:
            known = self._ledger.get(reading.path) if reading.digest else None
            if known is not None and not reading.refused:
                given_up[known.path] = [i for i in known.article_ids if i not in reading.ids]
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
            if record.path in self._skipped:
                self._again[self._skipped[record.path][0]] = None

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
        for reading in self._readings:
            if reading.digest and reading.committed:
                self._ledger.put(self._record(reading, digest=""))
        self._ledger.save()

    def report(self) -> IndexReport:
        counts = Counter(self._outcomes.values())
        skipped = [record for _, record in self._skipped.values()]
        return IndexReport(
            sources_read=self._sources_read,
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


def _extract(article: Article) -> Entities:
    from search.entities import extract  # heavy; and not needed to leave entities out

    return extract(article)


def _size(path: str) -> int:
    try:
        return 0 if path == "-" else os.stat(path).st_size
    except OSError:
        return 0


def ledger_path(index: str) -> Path:
    """Return where the ledger of the index named *index* is: in its folder."""
    name, colon, place = index.partition(":")
    return Path(place if colon and name == "whoosh" else index) / LEDGER_NAME


@contextmanager
def _interrupt_waits() -> Iterator[None]:
    """Let Ctrl-C wait for the end of the block, so that what is committed is also counted.

    A second one does not wait. Nothing is changed outside the main thread, where Python hears of no
    signal, and where the signal is handled in another way than Python's own.
    """
    before = signal.getsignal(signal.SIGINT)
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or before is not signal.default_int_handler:
        yield
        return
    pressed = False

    def remember(*_: object) -> None:
        nonlocal pressed
        if pressed:
            raise KeyboardInterrupt
        pressed = True

    signal.signal(signal.SIGINT, remember)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if pressed:
        raise KeyboardInterrupt
