"""The ledger of an index: a SQLite database in its folder. See `search.engines.staging.Ledger`.

It is no part of the index: where it is lost or damaged, every input file is merely read once more.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from search.engines.staging import Followed, InputFile, NotShared
from search.engines.whoosh_index.format.columns import failed
from search.engines.whoosh_index.segment.toc import latest_generation
from search.engines.whoosh_index.write import old_ledger
from search.engines.whoosh_index.write.commit import confirmed_generation
from search.engines.whoosh_index.write.disk import lock
from search.model.errors import EngineError, IndexLocked

LEDGER = "ledger.sqlite"
_LOCK = "ledger.lock"
#: Added to the name of a ledger that cannot be used.
_DAMAGED = ".damaged"

#: "NSLG", and the version of the tables.
_APPLICATION, _VERSION = 0x4E534C47, 1

#: ``generation`` is NULL where a file is not current; ``run`` is the last one that found the article there.
_SCHEMA = (
    "CREATE TABLE run (number INTEGER NOT NULL)",
    "CREATE TABLE file (number INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE,"
    " size_bytes INTEGER NOT NULL DEFAULT 0, mtime_ns INTEGER NOT NULL DEFAULT 0,"
    " digest TEXT NOT NULL DEFAULT '', how TEXT NOT NULL DEFAULT '', tagger TEXT NOT NULL DEFAULT '',"
    " refused INTEGER NOT NULL DEFAULT 0, articles INTEGER NOT NULL DEFAULT 0, generation INTEGER)",
    "CREATE TABLE claim (article_id TEXT NOT NULL, file INTEGER NOT NULL, run INTEGER NOT NULL,"
    " PRIMARY KEY (article_id, file)) WITHOUT ROWID",
    "CREATE INDEX claim_of_file ON claim (file)",
    # Last: an earlier version has all but this.
    "CREATE INDEX file_of_bytes ON file (size_bytes, digest)",
)

#: Rows that are read in one go.
_ROWS_AT_ONCE = 1000

_COLUMNS = "path, size_bytes, mtime_ns, digest, how, tagger, refused, articles, generation"

_CLAIMANTS = "SELECT path FROM claim JOIN file ON number = file WHERE article_id = ?"

#: A commit is on disk before the next step; no journal mode that some file system cannot do; nothing in the
#: file is run, whoever wrote it.
_PRAGMAS = (
    "journal_mode = DELETE", "synchronous = EXTRA", "cache_size = -16384", "trusted_schema = OFF",
    "cell_size_check = ON",
)  # fmt: skip


def remark_on(folder: Path) -> str:
    """Return what is wrong with the ledger in *folder*; "" where nothing is, there is none, or it is being changed."""
    path = folder / LEDGER
    if not path.exists():
        return ""
    try:
        with closing(sqlite3.connect(path.absolute().as_uri() + "?mode=ro", uri=True)) as database:
            found = str(database.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.Error as exc:
        if _code_of(exc) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return ""
        found = str(exc)
    if found == "ok":
        return ""
    return (
        f"{path}: cannot be used ({found}); the next newssearch index reads every input file again"
    )


def files_of(folder: Path, article_id: str) -> tuple[str, ...]:
    """Return the paths of the files that claim an article, without a lock; () where the ledger cannot be asked."""
    try:
        uri = (folder / LEDGER).absolute().as_uri() + "?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=0)) as database:
            rows = database.execute(_CLAIMANTS, (article_id,)).fetchall()
    except sqlite3.Error:
        return ()
    return tuple(os.fsdecode(path) for (path,) in rows)


def _code_of(exc: sqlite3.Error) -> int:
    """Return the lower byte of the code; there is none where Python itself finds something amiss with a value."""
    return getattr(exc, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF


class SqliteLedger(NotShared):
    """The ledger in the folder of an index. Implements `search.engines.staging.Ledger`."""

    def __init__(self, folder: Path, lock_timeout_ms: int, *, waits: bool = True) -> None:
        """Where another run has it, it *waits* for that or is refused at once."""
        self._waits = waits
        self.notices: list[str] = []
        self._folder = folder
        self._path = folder / LEDGER
        self._lock_timeout_ms = lock_timeout_ms
        self._database: sqlite3.Connection
        self._run = 0
        self._is_unusable = False
        self._exits = ExitStack()

    def __enter__(self) -> SqliteLedger:
        with ExitStack() as exits:
            exits.enter_context(self._lock())
            self._open()
            exits.callback(self._close)
            self._take_over()
            self._exits = exits.pop_all()
        return self

    def __exit__(self, *exc: object) -> None:
        self._exits.close()

    def __len__(self) -> int:
        with self._reported():
            return int(self._value("SELECT count(*) FROM file"))

    def get(self, path: str) -> InputFile | None:
        """Return the input file at an absolute *path*, None where there is none."""
        with self._reported():
            row = self._database.execute(
                f"SELECT {_COLUMNS} FROM file WHERE path = ?",  # noqa: S608  # a constant
                (os.fsencode(path),),
            ).fetchone()
            return None if row is None else _file(row)

    def expect(self, paths: Sequence[str]) -> None:
        """Do nothing: a file is found in no time."""

    def files(self) -> Iterator[InputFile]:
        """Yield all input files."""
        with self._reported():
            yield from map(_file, self._database.execute(f"SELECT {_COLUMNS} FROM file"))  # noqa: S608

    def claim(self, claims: Mapping[str, Collection[str]]) -> None:
        """Note, before they are published, the articles that the index will have because of files."""
        with self._changing():
            for path, article_ids in claims.items():
                number = self._number(path)
                self._database.execute(
                    "UPDATE file SET generation = NULL WHERE number = ?", (number,)
                )
                self._claim(number, article_ids)

    def not_renewed(self, paths: Collection[str]) -> dict[str, list[str]]:
        """Return the ids that files have claimed in earlier runs, and not in this one."""
        query = (
            "SELECT article_id FROM claim WHERE run < ?"
            " AND file = (SELECT number FROM file WHERE path = ?)"
        )
        found: dict[str, list[str]] = {}
        with self._reported():
            for path in paths:
                rows = self._database.execute(query, (self._run, os.fsencode(path)))
                if ids := [article_id for (article_id,) in rows]:
                    found[path] = ids
        return found

    def claimants(self, article_ids: Collection[str]) -> dict[str, list[str]]:
        """Return the paths of the files that claim articles."""
        found: dict[str, list[str]] = {}
        with self._reported():
            for article_id in article_ids:
                rows = self._database.execute(_CLAIMANTS, (article_id,))
                if paths := [os.fsdecode(path) for (path,) in rows]:
                    found[article_id] = paths
        return found

    def record(
        self, files: Iterable[InputFile], given_up: Mapping[str, Iterable[str]] | None = None
    ) -> None:
        """Record files in the place of what was recorded for their paths, without claims *given_up*."""
        generation = confirmed_generation(self._folder)
        with self._changing():
            for file in files:
                number = self._number(file.path)
                self._database.executemany(
                    "DELETE FROM claim WHERE article_id = ? AND file = ?",
                    ((i, number) for i in (given_up or {}).get(file.path, ())),
                )
                self._record(number, file, generation)

    def has_size(self, size_bytes: int) -> bool:
        """Whether a file of that size is known."""
        with self._reported():
            query = "SELECT 1 FROM file WHERE size_bytes = ? LIMIT 1"
            return self._database.execute(query, (size_bytes,)).fetchone() is not None

    def with_digest(self, size_bytes: int, digest: str) -> Iterator[InputFile]:
        """Yield the files of that size whose bytes have the *digest*."""
        query = (
            f"SELECT number, {_COLUMNS} FROM file WHERE size_bytes = ? AND digest = ? AND number > ?"  # noqa: S608
            " ORDER BY number LIMIT ?"
        )
        last = -1
        while True:
            # A page at a time: what is noted meanwhile waits for nobody.
            with self._reported():
                asked = size_bytes, digest, last, _ROWS_AT_ONCE
                rows = self._database.execute(query, asked).fetchall()
                files = [_file(row[1:]) for row in rows]
            yield from files
            if len(rows) < _ROWS_AT_ONCE:
                return
            last = rows[-1][0]

    def follow(self, followed: Iterable[Followed]) -> None:
        """Note files that were moved or copied: at the new path they are what they were at the known one."""
        with self._changing():
            for known_path, file, is_copy in followed:
                raw, known = os.fsencode(file.path), os.fsencode(known_path)
                if not is_copy:
                    self._database.execute(
                        "UPDATE file SET path = ?, mtime_ns = ? WHERE path = ?",
                        (raw, file.mtime_ns, known),
                    )
                    continue
                columns = _COLUMNS.removeprefix("path, ").replace("mtime_ns", "?")
                self._database.execute(
                    f"INSERT INTO file ({_COLUMNS}) SELECT ?, {columns} FROM file WHERE path = ?",  # noqa: S608
                    (raw, file.mtime_ns, known),
                )
                self._database.execute(
                    "INSERT INTO claim SELECT article_id, ?, run FROM claim"
                    " WHERE file = (SELECT number FROM file WHERE path = ?)",
                    (self._number(file.path), known),
                )

    def read_again(self, paths: Iterable[str]) -> None:
        """Note that files are not current."""
        with self._changing():
            self._database.executemany(
                "UPDATE file SET generation = NULL WHERE path = ?",
                ((os.fsencode(path),) for path in paths),
            )

    def tagged_by(self, tagger: str) -> None:
        """Note that the articles of all files were given to *tagger*."""
        with self._changing():
            self._database.execute("UPDATE file SET tagger = ?", (tagger,))

    def disclaim(self, article_ids: Iterable[str]) -> None:
        """Note that the index does not have these articles, whatever file has them."""
        with self._changing():
            numbers: set[int] = set()
            for article_id in article_ids:
                of_it = (article_id,)
                rows = self._database.execute("SELECT file FROM claim WHERE article_id = ?", of_it)
                numbers.update(number for (number,) in rows)
                self._database.execute("DELETE FROM claim WHERE article_id = ?", of_it)
            self._database.executemany(
                "UPDATE file SET articles = min(articles, (SELECT count(*) FROM claim WHERE file = number))"
                " WHERE number = ?",
                ((number,) for number in numbers),
            )

    def remove(self, paths: Iterable[str]) -> None:
        """Forget files and their claims."""
        with self._changing():
            for path in paths:
                number = self._number(path)
                self._database.execute("DELETE FROM claim WHERE file = ?", (number,))
                self._database.execute("DELETE FROM file WHERE number = ?", (number,))

    def clear(self) -> bool:
        """Forget everything; it always can."""
        with self._changing():
            self._database.execute("DELETE FROM claim")
            self._database.execute("DELETE FROM file")
        return True

    # Rows

    def _value(self, query: str) -> Any:
        return self._database.execute(query).fetchone()[0]

    def _number(self, path: str) -> int:
        """Return the number of the file at *path*; a new file gets one."""
        raw = os.fsencode(path)
        self._database.execute("INSERT OR IGNORE INTO file (path) VALUES (?)", (raw,))
        found = self._database.execute("SELECT number FROM file WHERE path = ?", (raw,)).fetchone()
        return int(found[0])

    def _claim(self, number: int, article_ids: Iterable[str]) -> None:
        self._database.executemany(
            "INSERT INTO claim VALUES (?, ?, ?) ON CONFLICT (article_id, file)"
            " DO UPDATE SET run = excluded.run",
            ((i, number, self._run) for i in sorted(set(article_ids))),
        )

    def _record(self, number: int, file: InputFile, generation: int | None) -> None:
        self._database.execute(
            "UPDATE file SET size_bytes = ?, mtime_ns = ?, digest = ?, how = ?, tagger = ?, refused = ?,"
            " generation = ?, articles = (SELECT count(*) FROM claim WHERE file = ?) WHERE number = ?",
            (file.size_bytes, file.mtime_ns, file.digest, file.how, file.tagger, file.refused,
             generation if file.is_current else None, number, number),
        )  # fmt: skip

    # The database

    def _lock(self) -> BinaryIO:
        try:
            held = lock(self._folder / _LOCK, self._lock_timeout_ms if self._waits else 0)
        except OSError as exc:
            raise failed(self._folder, "locked", exc) from exc
        if held is None:
            raise IndexLocked(
                f"{self._folder}: another run of newssearch index is at work on it and did not finish "
                f"within {self._lock_timeout_ms} ms; try again, or raise NEWSSEARCH_LOCK_TIMEOUT_MS"
            )
        return held

    def _open(self) -> None:
        """Open the database, or put aside what is none of ours and make a new one."""
        try:
            self._connect()
        except EngineError as exc:
            if not self._is_unusable:
                raise
            self._put_aside()
            self.notices.append(str(exc))
            self._connect()

    def _close(self) -> None:
        self._database.close()
        if self._is_unusable:
            self._put_aside()

    def _connect(self) -> None:
        if self._path.exists() and not self._path.is_file():
            raise EngineError(
                f"{self._path}: is not a file; remove it and run the same command again"
            )
        try:
            # Made here, for SQLite would not let a group write that may write to the rest of the index.
            self._path.open("ab").close()
        except OSError as exc:
            raise failed(self._path, "written", exc) from exc
        with self._reported():
            self._database = sqlite3.connect(
                self._path, timeout=self._lock_timeout_ms / 1000, isolation_level=None
            )
        try:
            with self._reported():
                for pragma in _PRAGMAS:
                    self._database.execute(f"PRAGMA {pragma}")
            with self._changing():
                self._begin_run()
        except BaseException:
            self._database.close()
            raise

    def _begin_run(self) -> None:
        """Check what the database holds, and believe no more of it than the index has."""
        execute = self._database.execute
        schema = tuple(
            sql for (sql,) in execute("SELECT sql FROM sqlite_master WHERE sql NOT NULL")
        )
        if schema == _SCHEMA[:-1]:
            execute(_SCHEMA[-1])
            schema = _SCHEMA
        if not schema:
            for statement in _SCHEMA:
                execute(statement)
            execute("INSERT INTO run VALUES (0)")
            execute(f"PRAGMA application_id = {_APPLICATION}")
            execute(f"PRAGMA user_version = {_VERSION}")
        elif (
            self._value("PRAGMA application_id") != _APPLICATION
            or self._value("PRAGMA user_version") != _VERSION
            or schema != _SCHEMA
        ):
            raise sqlite3.DatabaseError("written by another version, or not by newssearch")
        execute("UPDATE run SET number = number + 1")
        self._run = int(self._value("SELECT number FROM run"))
        execute(
            "UPDATE file SET generation = NULL WHERE generation > ?",
            (latest_generation(self._folder),),
        )

    def _put_aside(self) -> None:
        try:
            # First, or it would be taken for that of the next database.
            self._path.with_name(LEDGER + "-journal").unlink(missing_ok=True)
            self._path.replace(self._path.with_name(LEDGER + _DAMAGED))
        except OSError as exc:
            raise failed(self._path, "renamed", exc) from exc
        self._is_unusable = False

    def _take_over(self) -> None:
        """Take over what an earlier version of newssearch has kept in files of lines, once."""
        old = self._folder / old_ledger.NAME
        if old.exists() and not len(self):
            generation = confirmed_generation(self._folder)
            try:
                with self._changing():
                    for file, article_ids in old_ledger.read(old):
                        number = self._number(file.path)
                        self._claim(number, article_ids)
                        self._record(number, file, generation)
            except old_ledger.UNUSABLE as exc:
                reason = old_ledger.reason(exc)
                self.notices.append(
                    f"{old} cannot be used ({reason}); every input file is read again"
                )
        with suppress(OSError):  # left for the next time
            old_ledger.remove(self._folder)

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Change all or nothing."""
        with self._reported():
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._database.execute("COMMIT")
            except BaseException:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise

    @contextmanager
    def _reported(self) -> Iterator[None]:
        """Raise an `EngineError` where SQLite fails."""
        try:
            yield
        except sqlite3.ProgrammingError:
            raise  # a fault of ours
        except sqlite3.Error as exc:
            code = _code_of(exc)
            if code == sqlite3.SQLITE_CANTOPEN:
                raise EngineError(
                    f"{self._path}: cannot be opened ({exc}); if too many files are open, allow more "
                    "(ulimit -n) or close other programs. The index is not damaged"
                ) from exc
            if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise IndexLocked(
                    f"{self._path}: another program has it open and did not let go of it within "
                    f"{self._lock_timeout_ms} ms; try again, or raise NEWSSEARCH_LOCK_TIMEOUT_MS"
                ) from exc
            if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
                self._is_unusable = True
                raise EngineError(
                    f"{self._path} cannot be used ({exc}); it is kept as {LEDGER}{_DAMAGED}, and every "
                    "input file is read again"
                ) from exc
            raise EngineError(
                f"{self._path} cannot be read or written: {exc}; what is in the index stays"
            ) from exc


def _file(row: tuple[Any, ...]) -> InputFile:
    path, size_bytes, mtime_ns, digest, how, tagger, refused, articles, generation = row
    if (
        not isinstance(path, bytes)
        or not all(isinstance(text, str) for text in (digest, how, tagger))
        or not all(isinstance(n, int) for n in (size_bytes, mtime_ns, refused, articles))
    ):
        raise sqlite3.DatabaseError("a row of it is damaged")
    return InputFile(
        path=os.fsdecode(path),
        size_bytes=size_bytes,
        mtime_ns=mtime_ns,
        digest=digest,
        how=how,
        tagger=tagger,
        refused=refused,
        articles=articles,
        is_current=generation is not None,
    )
