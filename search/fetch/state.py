"""What is remembered from one run to the next: what was seen where, and how to ask whether it has changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from search.model.errors import ReadError

_VERSION = 1
_TABLES = """
CREATE TABLE address (
    url TEXT PRIMARY KEY, etag TEXT NOT NULL, modified TEXT NOT NULL, digest TEXT NOT NULL,
    first_s REAL NOT NULL, asked_s REAL NOT NULL, wait_until_s REAL NOT NULL, is_list INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE entry (
    list_url TEXT NOT NULL, entry_id TEXT NOT NULL, position INTEGER NOT NULL, kind TEXT NOT NULL,
    url TEXT NOT NULL, digest TEXT NOT NULL, published_s REAL, is_full INTEGER NOT NULL, record TEXT NOT NULL,
    asked TEXT NOT NULL DEFAULT '', kept TEXT NOT NULL DEFAULT '', is_listed INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (list_url, entry_id)
) WITHOUT ROWID;
"""


class Known(NamedTuple):
    """What is known of an address. Times are seconds since 1970."""

    etag: str = ""
    modified: str = ""
    #: Of the content that was kept last, "" if none was.
    digest: str = ""
    first_s: float = 0.0
    asked_s: float = 0.0
    #: Until when its site wants to be left alone.
    wait_until_s: float = 0.0
    is_list: bool = False


class Entry(NamedTuple):
    """What a feed or sitemap lists."""

    #: What tells it from others of its list.
    entry_id: str
    #: "page", "feed" or "sitemap".
    kind: str
    #: Where it leads, "" if nowhere.
    url: str
    #: Changes with what the list says of it.
    digest: str
    #: Seconds since 1970, None where it has no date.
    published_s: float | None = None
    #: Whether the list has the whole text.
    is_full: bool = False
    #: An article's keys and values as JSON, "" in lists that hold no articles.
    record: str = ""
    #: The digest with which its page was asked for last.
    asked: str = ""
    #: The digest with which its record was kept last.
    kept: str = ""


class State:
    """The file of it. Each change is there for good when the method returns."""

    def __init__(self, path: Path) -> None:
        """Open or make the file at *path*. Raises `ReadError`."""
        self._path = path
        try:
            self._file = sqlite3.connect(path, isolation_level=None)
            self._file.execute("PRAGMA journal_mode = WAL")
            self._file.execute("PRAGMA synchronous = NORMAL")
            version = self._file.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                self._file.executescript(
                    f"BEGIN; {_TABLES} PRAGMA user_version = {_VERSION}; COMMIT"
                )
        except sqlite3.Error as exc:
            raise ReadError(
                f"{path}: is damaged ({exc}); remove it, and everything is asked for again"
            ) from exc
        if version not in (0, _VERSION):
            self._file.close()
            raise ReadError(
                f"{path}: is of another version of newssearch; remove it, and everything is asked for again"
            )

    def close(self) -> None:
        self._file.close()

    def known(self, url: str) -> Known | None:
        row = self._file.execute(
            "SELECT etag, modified, digest, first_s, asked_s, wait_until_s, is_list FROM address WHERE url = ?",
            (url,),
        ).fetchone()
        return None if row is None else Known._make(row)

    def asked(self, url: str, at_s: float, *, wait_until_s: float = 0.0) -> None:
        """Note that *url* was asked for."""
        self._file.execute(
            "INSERT INTO address VALUES (?, '', '', '', ?, ?, ?, 0) ON CONFLICT (url) DO UPDATE SET"
            " asked_s = excluded.asked_s, wait_until_s = excluded.wait_until_s",
            (url, at_s, at_s, wait_until_s),
        )

    def answered(self, url: str, *, etag: str, modified: str, digest: str, is_list: bool) -> None:
        """Note what was kept of *url*, which was asked for."""
        self._file.execute(
            "UPDATE address SET etag = ?, modified = ?, digest = ?, is_list = ? WHERE url = ?",
            (etag, modified, digest, is_list, url),
        )

    def listed(self, list_url: str, entries: Iterable[Entry]) -> None:
        """Note the entries that a list has now. Of those before, what was not asked for yet stays."""
        with self._file:
            self._file.execute("BEGIN")
            self._file.execute("UPDATE entry SET is_listed = 0 WHERE list_url = ?", (list_url,))
            self._file.executemany(
                "INSERT INTO entry (list_url, position, entry_id, kind, url, digest, published_s, is_full, record)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (list_url, entry_id) DO UPDATE SET"
                " position = excluded.position, url = excluded.url, digest = excluded.digest, is_listed = 1,"
                " published_s = excluded.published_s, is_full = excluded.is_full, record = excluded.record",
                ((list_url, position, *entry[:7]) for position, entry in enumerate(entries)),
            )
            self._file.execute(
                "DELETE FROM entry WHERE list_url = ? AND NOT is_listed AND (asked = digest OR kept = digest)",
                (list_url,),
            )

    def entries(self, list_url: str) -> list[Entry]:
        """Return what a list holds, newest first, what has no date in its order."""
        rows = self._file.execute(
            "SELECT entry_id, kind, url, digest, published_s, is_full, record, asked, kept FROM entry"
            " WHERE list_url = ? ORDER BY published_s DESC NULLS LAST, position",
            (list_url,),
        )
        return [Entry._make(row) for row in rows]

    def note_asked(self, list_url: str, entry: Entry) -> None:
        """Note that the page of *entry* was asked for."""
        self._note("asked", list_url, entry)

    def note_kept(self, list_url: str, entries: Iterable[Entry]) -> None:
        """Note that the records of *entries* were kept."""
        with self._file:
            self._file.execute("BEGIN")
            for entry in entries:
                self._note("kept", list_url, entry)

    def _note(self, column: str, list_url: str, entry: Entry) -> None:
        self._file.execute(
            f"UPDATE entry SET {column} = ? WHERE list_url = ? AND entry_id = ?",  # noqa: S608  # one of two names
            (entry.digest, list_url, entry.entry_id),
        )
