"""Earlier revisions of articles that have changed: a SQLite database in the folder of an index, never searched.

A commit notes what it replaces before it is visible, with the number of its generation: what is of a later
generation than the index has was noted by a commit that never was. In the same way what is to be forgotten is only
marked until the commit is there. So neither a kill nor a power cut leaves a hole, a revision twice, or one of an
article that was deleted.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from search.engines.protocol.engine import Revision, RevisionCount
from search.engines.records import from_microseconds, to_microseconds
from search.engines.whoosh_index.format.columns import damaged, failed
from search.engines.whoosh_index.format.documents import WITHDRAWN
from search.engines.whoosh_index.format.stored import MAX_FRAME_BYTES, UNDATED, UNREADABLE, Records
from search.engines.whoosh_index.write.parts import Part
from search.model.article import Document
from search.model.errors import EngineError, IndexDamaged, IndexLocked
from search.model.fields import FieldTable

REVISIONS = "revisions.sqlite"
_DAMAGED = ".damaged"

#: "nsrv" in ASCII.
_APPLICATION = 0x6E737276
_VERSION = 1

#: ``generation`` is that of the commit that replaced the article, ``forgotten`` that of the commit by which the
#: revision goes; ``document`` is a frame of zstandard with a record of `Records`.
_SCHEMA = (
    "CREATE TABLE revision (article_id TEXT NOT NULL, number INTEGER NOT NULL, generation INTEGER NOT NULL,"
    " forgotten INTEGER, added INTEGER NOT NULL, replaced INTEGER NOT NULL, document BLOB NOT NULL,"
    " PRIMARY KEY (article_id, number))",
    "CREATE INDEX revision_forgotten ON revision (forgotten) WHERE forgotten IS NOT NULL",
    "CREATE INDEX revision_generation ON revision (generation)",
)

#: As those of the ledger; and what is deleted does not linger in the file.
_PRAGMAS = (
    "journal_mode = DELETE", "synchronous = EXTRA", "trusted_schema = OFF", "cell_size_check = ON",
    "secure_delete = ON",
)  # fmt: skip

#: How long somebody who asks waits for a commit.
_MAX_WAIT_S = 2.0

#: Revisions that are read in one go.
_ROWS_AT_ONCE = 1000


class Replaced(NamedTuple):
    """A new document, and the one that it takes the place of, whose article was another."""

    part: Part
    document: int
    old_part: Part
    old_document: int

    @property
    def article_id(self) -> str:
        return self.part.reader.ids[self.document]

    def is_withdrawn(self) -> bool:
        """Whether its publisher takes it back."""
        return _is_withdrawn(self.part, self.document)

    def was_withdrawn(self) -> bool:
        return _is_withdrawn(self.old_part, self.old_document)


def _is_withdrawn(part: Part, document: int) -> bool:
    return int(part.reader.column("visible_from")[document]) == WITHDRAWN


def note(
    folder: Path,
    generation: int,
    instant: int,
    replaced: Collection[Replaced],
    deleted_ids: Collection[str],
    most: int,
) -> None:
    """Note what the commit of *generation* replaces, and of what the revisions go with it.

    These are those of the articles that it deletes and of those that are withdrawn by it; and of each that is *replaced*
    those before the last *most*. Nothing of it counts before the commit does. Raises `EngineError`.
    """
    path = folder / REVISIONS
    kept = [each for each in replaced if most and not each.is_withdrawn()]
    gone = [*deleted_ids, *(each.article_id for each in replaced if each.is_withdrawn())]
    if not kept and not path.exists():
        return
    try:
        _note(path, generation, instant, kept, replaced, gone, most)
    except IndexDamaged as exc:
        import logging  # heavy, and hardly ever needed

        aside = path.with_name(REVISIONS + _DAMAGED)
        try:
            path.with_name(REVISIONS + "-journal").unlink(missing_ok=True)
            path.replace(aside)
        except OSError as error:
            raise failed(path, "renamed", error) from error
        logging.getLogger(__name__).warning(
            "%s; it is kept as %s, and revisions are kept anew", exc, aside
        )
        _note(path, generation, instant, kept, replaced, gone, most)


def _note(
    path: Path,
    generation: int,
    instant: int,
    kept: Iterable[Replaced],
    replaced: Iterable[Replaced],
    gone: Iterable[str],
    most: int,
) -> None:
    with _changing(path) as execute:
        # What commits have noted that never were, and what those have left that were.
        execute("DELETE FROM revision WHERE generation >= ?", [(generation,)])
        execute("DELETE FROM revision WHERE forgotten < ?", [(generation,)])
        execute("UPDATE revision SET forgotten = NULL WHERE forgotten NOTNULL", [()])
        execute("INSERT OR REPLACE INTO revision VALUES (?, ?, ?, NULL, ?, ?, ?)", _rows(kept, generation, instant))  # fmt: skip
        oldest = (
            (
                generation,
                each.article_id,
                each.old_part.reader.given("revision")[each.old_document] - most,
            )
            for each in replaced
        )
        execute("UPDATE revision SET forgotten = ? WHERE article_id = ? AND number <= ?", oldest)
        execute(
            "UPDATE revision SET forgotten = ? WHERE article_id = ?",
            ((generation, article_id) for article_id in gone),
        )


def _rows(
    kept: Iterable[Replaced], generation: int, instant: int
) -> Iterator[tuple[str, int, int, int, int, bytes]]:
    import zstandard

    compress = zstandard.ZstdCompressor().compress
    for each in kept:
        if each.was_withdrawn():
            continue
        reader, document = each.old_part.reader, each.old_document
        number, added = reader.given("revision")[document], reader.given("added")[document]
        record = compress(reader.articles.record(document))
        yield each.article_id, number, generation, added, instant, record


def tidy(folder: Path, generation: int) -> None:
    """Remove what goes with the commit of *generation*, which is there. Raises `EngineError`."""
    path = folder / REVISIONS
    if path.exists():
        with _changing(path) as execute:
            execute("DELETE FROM revision WHERE forgotten <= ?", [(generation,)])


def keep(folder: Path, kept: Iterable[Revision], generation: int, fields: FieldTable) -> None:
    """Keep revisions that come from another index as those of *generation*, which there is. Raises `EngineError`."""
    import zstandard

    compress, records = zstandard.ZstdCompressor().compress, Records(fields)
    rows = []
    for document, replaced in kept:
        added = UNDATED if document.added is None else to_microseconds(document.added)
        frame = compress(records.encode(document))
        identity = document.article_id, document.revision, generation
        rows.append((*identity, added, to_microseconds(replaced), frame))
    if rows:
        with _changing(folder / REVISIONS) as execute:
            execute("INSERT OR REPLACE INTO revision VALUES (?, ?, ?, NULL, ?, ?, ?)", rows)


def forget(folder: Path, article_ids: Iterable[str]) -> None:
    """Remove all revisions of articles. Raises `EngineError`."""
    path = folder / REVISIONS
    if path.exists():
        with _changing(path) as execute:
            execute("DELETE FROM revision WHERE article_id = ?", ((i,) for i in article_ids))


def revisions_of(
    folder: Path, document: Document, generation: int, fields: FieldTable
) -> tuple[Revision, ...]:
    """Return the kept revisions before that of *document*, which *generation* has, the oldest first.

    Raises `EngineError`.
    """
    path = folder / REVISIONS
    if not path.exists():
        return ()
    with _asking(path) as database:
        rows = database.execute(
            "SELECT number, added, replaced, document FROM revision WHERE article_id = ? AND number < ?"
            " AND generation <= ? AND (forgotten IS NULL OR forgotten > ?) ORDER BY number",
            (document.article_id, document.revision, generation, generation),
        ).fetchall()
    records = Records(fields)
    return tuple(_revision(path, records, *row) for row in rows)


def stored_revisions(folder: Path, generation: int, fields: FieldTable) -> Iterator[Revision]:
    """Yield all kept revisions that *generation* has. Raises `EngineError`."""
    path = folder / REVISIONS
    records = Records(fields)
    last = ("", -1)
    rows = _after(path, generation, last)
    while rows:
        for article_id, *row in rows:
            yield _revision(path, records, *row)
            last = article_id, row[0]
        rows = _after(path, generation, last)


def _after(path: Path, generation: int, last: tuple[str, int]) -> list[tuple[Any, ...]]:
    """Return the next rows after *last*, in the order of the primary key: a commit need not wait for all of them."""
    if not path.exists():
        return []
    with _asking(path) as database:
        return database.execute(
            "SELECT article_id, number, added, replaced, document FROM revision WHERE (article_id, number) > (?, ?)"
            " AND generation <= ? AND (forgotten IS NULL OR forgotten > ?)"
            " ORDER BY article_id, number LIMIT ?",
            (*last, generation, generation, _ROWS_AT_ONCE),
        ).fetchall()


def _revision(
    path: Path, records: Records, number: int, added: int, replaced: int, frame: bytes
) -> Revision:
    import zstandard

    try:
        if not 0 <= zstandard.frame_content_size(frame) <= MAX_FRAME_BYTES:
            raise ValueError("an absurd size")
        record = zstandard.ZstdDecompressor().decompress(frame)
        article, enrichment, provenance = records.decode(record)
        came = None if added == UNDATED else from_microseconds(added)
        document = Document(article, enrichment, came, number, packed_provenance=provenance)
        return Revision(document, from_microseconds(replaced))
    except (*UNREADABLE, zstandard.ZstdError) as exc:
        raise damaged(path, "a revision cannot be read") from exc


def count(folder: Path, generation: int) -> RevisionCount:
    """Return how many revisions there are, of how many articles, in how many bytes. Raises `EngineError`."""
    path = folder / REVISIONS
    if not path.exists():
        return RevisionCount(0, 0, 0)
    with _asking(path) as database:
        revisions, articles = database.execute(
            "SELECT count(*), count(DISTINCT article_id) FROM revision"
            " WHERE generation <= ? AND (forgotten IS NULL OR forgotten > ?)",
            (generation, generation),
        ).fetchone()
        return RevisionCount(revisions, articles, path.stat().st_size)


def remark_on(folder: Path) -> str:
    """Return what is wrong with the revisions in *folder*, "" where nothing is."""
    path = folder / REVISIONS
    if not path.exists():
        return ""
    try:
        with _asking(path) as database:
            found = str(database.execute("PRAGMA quick_check(1)").fetchone()[0])
    except EngineError as exc:
        return str(exc)
    return "" if found == "ok" else f"{path}: cannot be used ({found})"


class _Execute:
    """Executes a statement for each of some rows."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def __call__(self, statement: str, rows: Iterable[tuple[object, ...]]) -> None:
        self._database.executemany(statement, rows)


@contextmanager
def _changing(path: Path) -> Iterator[_Execute]:
    """Change all or nothing; it is on disk at the end. For who holds the lock of the index."""
    try:
        # Made here, for SQLite would not let a group write that may write to the rest of the index.
        path.open("ab").close()
    except OSError as exc:
        raise failed(path, "written", exc) from exc
    with _reported(path), closing(sqlite3.connect(path, isolation_level=None)) as database:
        for pragma in _PRAGMAS:
            database.execute(f"PRAGMA {pragma}")
        database.execute("BEGIN IMMEDIATE")
        try:
            _check(database)
            yield _Execute(database)
            database.execute("COMMIT")
        except BaseException:
            if database.in_transaction:
                database.execute("ROLLBACK")
            raise


def _check(database: sqlite3.Connection) -> None:
    """Make the tables of an empty database; raise `sqlite3.DatabaseError` for one that is none of ours."""
    if not database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        for statement in _SCHEMA:
            database.execute(statement)
        database.execute(f"PRAGMA application_id = {_APPLICATION}")
        database.execute(f"PRAGMA user_version = {_VERSION}")
    found = [database.execute(f"PRAGMA {n}").fetchone()[0] for n in ("application_id", "user_version")]  # fmt: skip
    if found != [_APPLICATION, _VERSION]:
        raise sqlite3.DatabaseError("written by another version, or not by newssearch")


@contextmanager
def _asking(path: Path) -> Iterator[sqlite3.Connection]:
    # Who may not write to it asks all the same; who may also ends what a killed process has begun.
    uri = path.absolute().as_uri() + "?mode=rw"
    with (
        _reported(path),
        closing(sqlite3.connect(uri, uri=True, timeout=_MAX_WAIT_S)) as database,
    ):
        database.execute("PRAGMA trusted_schema = OFF")
        _check(database)
        yield database


@contextmanager
def _reported(path: Path) -> Iterator[None]:
    """Raise an `EngineError` where SQLite fails."""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise  # a fault of ours
    except sqlite3.Error as exc:
        # There is no code where we, or Python, find something amiss.
        code = getattr(exc, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise IndexLocked(f"{path}: another program has it open; try again") from exc
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise IndexDamaged(f"{path} cannot be used ({exc})") from exc
        raise EngineError(f"{path} cannot be read or written: {exc}") from exc
