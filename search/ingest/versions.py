"""Which version of an article the index is to hold, where an index run reads several of one id."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from search.ingest.tasks import STAGED, Outcome
from search.model.errors import EngineError


class Place(NamedTuple):
    """Where a version was read: the number of its file in the run, its line (0: unknown), a checksum of its title."""

    file: int = 0
    line: int = 0
    title: int = 0


class _Version(NamedTuple):
    """A version that was read in the batch: in which read task, by which worker, and what it is to the index."""

    task: int
    worker: int
    outcome: Outcome
    place: Place


class Met(NamedTuple):
    """The version of an id that a run had before it read another; it counts no more if that one ``is_later``."""

    place: Place
    is_later: bool


_NOWHERE = Place()

#: What is added to the number of a task for a withdrawn version: more than any run has tasks.
_WITHDRAWN = 1 << 40


class Versions:
    """The last version of each id, over all workers and batches of one index run.

    Invariant: after each commit the index holds, of every id, the version that comes last in reading order among
    all those read so far - the one of the read task with the highest number, in it the last - although workers
    are in several tasks at once and a batch may commit a later task before an earlier one is read to its end.
    """

    def __init__(self) -> None:
        #: Of the batch, the last version of each id, unless one that comes later is committed.
        self._batch: dict[str, _Version] = {}
        #: Ids with several versions, of which those staged in this batch may not be the last.
        self._contested: set[str] = set()
        self._has_committed = False
        # Of the batches before. A database without a name is in memory while it is small, else in a
        # temporary file that goes with the process.
        with _writing():
            self._committed = sqlite3.connect("", isolation_level=None)
            self._committed.executescript(
                "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -16384;"
                "CREATE TABLE version (article_id TEXT PRIMARY KEY, task INTEGER, outcome INTEGER, file INTEGER,"
                " line INTEGER, title INTEGER) WITHOUT ROWID"
            )

    def __contains__(self, article_id: str) -> bool:
        """Whether the run has read a version of the id."""
        return self._last(article_id) is not None

    def read(
        self,
        article_id: str,
        task: int,
        worker: int,
        outcome: Outcome,
        place: Place = _NOWHERE,
        *,
        is_withdrawn: bool = False,
    ) -> Met | None:
        """Note a version that *worker* has read in *task*; return the last one that the run had read, if any.

        Versions of one task are noted in the order in which they were read. *outcome* is what the version is
        to the index as the last batch left it; one that is UNCHANGED was not staged. One that *is_withdrawn* comes
        after all that are not.
        """
        if is_withdrawn:
            task += _WITHDRAWN
        last = self._last(article_id)
        if last is not None:
            self._contested.add(article_id)
            if last[0] > task:
                return Met(last[1], is_later=False)
        self._batch[article_id] = _Version(task, worker, outcome, place)
        return None if last is None else Met(last[1], is_later=True)

    def hide(self, article_id: str, worker: int) -> Place | None:
        """Note that a rule hides the version that *worker* has staged in this batch; return where it was read.

        None where another version of the id comes later.
        """
        if not self._is_of(worker, article_id):
            return None
        version = self._batch[article_id]
        self._batch[article_id] = version._replace(outcome=Outcome.HIDDEN)
        self._contested.add(article_id)
        return version.place

    def is_unchanged(self, article_id: str) -> bool:
        """Whether the batch has read what the index had, so that nothing is staged."""
        version = self._batch.get(article_id)
        return version is not None and version.outcome is Outcome.UNCHANGED

    def take_back(self, article_id: str) -> Place | None:
        """Note that the index has a kill notice for an article by now; return where the batch read one that does not count so."""
        version = self._batch.get(article_id)
        if version is None or version.outcome not in STAGED or version.task >= _WITHDRAWN:
            return None
        self._batch[article_id] = version._replace(outcome=Outcome.UNCHANGED)
        self._contested.add(article_id)
        return version.place

    def withdrawn(self) -> list[str]:
        """Return the ids of the batch whose last version is a kill notice that is to be published."""
        return [
            article_id
            for article_id, version in self._batch.items()
            if version.task >= _WITHDRAWN and version.outcome in STAGED
        ]

    def hidden(self) -> list[str]:
        """Return the ids of the batch of which a rule hides the last version."""
        return [i for i, version in self._batch.items() if version.outcome is Outcome.HIDDEN]

    def left_out(self, worker: int) -> frozenset[str]:
        """Return the ids of which no version that *worker* has staged in this batch is to be published."""
        return frozenset(i for i in self._contested if not self._is_of(worker, i))

    def commit(self) -> None:
        """Begin the next batch: the last versions of this one are in the index."""
        with _writing():
            self._committed.execute("BEGIN")
            self._committed.executemany(
                "INSERT INTO version VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (article_id) DO UPDATE"
                # What the article was to the index before the run is what counts.
                " SET task = excluded.task, outcome = max(outcome, excluded.outcome),"
                " file = excluded.file, line = excluded.line, title = excluded.title",
                ((i, v.task, int(v.outcome), *v.place) for i, v in sorted(self._batch.items())),
            )
            self._committed.execute("COMMIT")
        self._has_committed = self._has_committed or bool(self._batch)
        self._batch.clear()
        self._contested.clear()

    def outcomes(self) -> Counter[Outcome]:
        """Return how many ids of the batches that were committed had which outcome."""
        rows = self._committed.execute("SELECT outcome, count(*) FROM version GROUP BY outcome")
        return Counter({Outcome(outcome): count for outcome, count in rows})

    def close(self) -> None:
        """Let go of the temporary file."""
        self._committed.close()

    def _last(self, article_id: str) -> tuple[int, Place] | None:
        """Return the task and the place of the last version, None where the run has read none."""
        if (version := self._batch.get(article_id)) is not None:
            return version.task, version.place
        if not self._has_committed:
            return None
        row = self._committed.execute(
            "SELECT task, file, line, title FROM version WHERE article_id = ?", (article_id,)
        ).fetchone()
        return None if row is None else (row[0], Place(*row[1:]))

    def _is_of(self, worker: int, article_id: str) -> bool:
        """Whether the last version was staged by *worker* in this batch."""
        version = self._batch.get(article_id)
        return version is not None and version.worker == worker and version.outcome in STAGED


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as exc:
        raise EngineError(
            f"what was read cannot be noted in the folder for temporary files: {exc}; "
            "make room there, or name another folder in TMPDIR"
        ) from exc
