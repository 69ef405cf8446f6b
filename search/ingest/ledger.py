"""What an index was made from: each source as it was when last read, so that only changes are read again.

A file of lines beside the index. It is replaced as a whole, never edited; where it is lost or damaged
everything is merely read once more.
"""

from __future__ import annotations

import fcntl
import glob
import hashlib
import json
import os
import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import BinaryIO

from search.model.errors import EngineError, IndexLocked

#: First line of the file. Another number means another meaning of the lines.
_HEADER = {"newssearch_sources": 2}

_LOCK_POLL_S = 0.02


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """A source as it was when its last article was committed.

    ``path`` is absolute; ``digest`` is of its bytes (BLAKE2b, hex), "" where it is to be read again
    although it has not changed; ``how`` says which options it was read with; ``refused`` counts the
    records of it that were no articles.
    """

    path: str
    size_bytes: int
    mtime_ns: int
    digest: str
    how: str
    article_ids: tuple[str, ...]
    refused: int = 0


class Ledger:
    """The records of all sources of one index, in memory; `save` writes them.

    ``notice`` tells a person that the file was of no use, "" where all is well.
    """

    def __init__(self, path: Path) -> None:
        """Read the file at *path*; where there is none there are no records."""
        self.path = path
        self.notice = ""
        self._records: dict[str, SourceRecord] = {}
        self._claims: Counter[str] | None = None
        self._is_saved = True
        try:
            self._records = {record.path: record for record in _read(path)}
        except FileNotFoundError:
            pass
        except (OSError, ValueError, TypeError, KeyError) as exc:
            self.notice = f"{path} cannot be used ({_short(exc)}); every source is read again"

    def __len__(self) -> int:
        return len(self._records)

    def get(self, path: str) -> SourceRecord | None:
        """Return the record of the source at an absolute *path*, None where there is none."""
        return self._records.get(path)

    def put(self, record: SourceRecord) -> None:
        """Record a source in the place of what was recorded for its path."""
        self.remove(record.path)
        self._records[record.path] = record
        if self._claims is not None:
            self._claims.update(record.article_ids)

    def remove(self, path: str) -> None:
        """Forget the source at *path*, if it is known."""
        record = self._records.pop(path, None)
        if record is not None and self._claims is not None:
            self._claims.subtract(record.article_ids)
        self._is_saved = False

    def clear(self) -> None:
        """Forget all sources."""
        self._records.clear()
        self._claims = None
        self._is_saved = False

    def unclaimed(self, given_up: Iterable[str]) -> list[str]:
        """Return the ids that no source has left; each one in *given_up* is one source giving it up."""
        if self._claims is None:
            self._claims = Counter(i for r in self._records.values() for i in r.article_ids)
        claims = self._claims
        return [i for i, sources in Counter(given_up).items() if claims[i] <= sources]

    def claimants(self, article_ids: Collection[str]) -> list[SourceRecord]:
        """Return the records of the sources that have one of *article_ids*."""
        wanted = frozenset(article_ids)
        if not wanted:
            return []
        return [r for r in self._records.values() if not wanted.isdisjoint(r.article_ids)]

    def missing_below(
        self, paths: Iterable[str], unread: Collection[str] = ()
    ) -> tuple[list[SourceRecord], Counter[str]]:
        """Return the records of sources in *paths* (folders, files, patterns) that are not there any more.

        What may be there all the same is left out, and counted in the second value by the reason, in
        words: what cannot be looked at; what lay below one of *unread* (absolute), below a folder
        that is empty now, cannot be listed or is a link to nothing; and all that was in a path
        below which no source with an article is left. An unmounted disk looks like each of these.
        """
        roots = _Roots(paths)
        left_alone: Counter[str] = Counter()
        gone: list[tuple[SourceRecord, list[str]]] = []
        with_articles: set[str] = set()
        for record in self._records.values():
            above = roots.above(record.path)
            if not above:
                continue
            try:
                os.lstat(record.path)
            except (FileNotFoundError, NotADirectoryError):
                gone.append((record, above))
            except OSError as exc:
                folder = os.path.dirname(record.path)
                left_alone[f"{folder} cannot be looked into ({exc.strerror})"] += 1
            else:
                if record.article_ids:  # a note left on a mount point is no archive
                    with_articles.update(above)
        missing = []
        why_doubtful = cache(_why_doubtful)
        for record, above in gone:
            refused = [path for path in _with_parents(record.path) if path in unread]
            bare = [root for root in above if root not in with_articles]
            if refused:
                left_alone[f"{refused[0]} could not be read this time"] += 1
            elif why := why_doubtful(os.path.dirname(record.path)):
                left_alone[why] += 1
            elif bare:
                left_alone[
                    f"nothing that was read from {bare[0]} is there any more, nor other articles"
                ] += 1
            else:
                missing.append(record)
        return missing, left_alone

    def save(self) -> None:
        """Write what has changed since the last time. Raises `EngineError`; the old file then stays."""
        if self._is_saved:
            return
        temporary = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        try:
            try:
                with temporary.open("w", encoding="utf-8") as file:
                    file.write(json.dumps(_HEADER) + "\n")
                    file.writelines(_line(record) for record in self._records.values())
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(temporary, self.path)
            finally:
                temporary.unlink(missing_ok=True)
        except OSError as exc:
            raise EngineError(
                f"{self.path} cannot be written: {exc.strerror}; what is in the index stays"
            ) from exc
        self._is_saved = True


def _line(record: SourceRecord) -> str:
    fields = {
        "path": record.path,
        "size_bytes": record.size_bytes,
        "mtime_ns": record.mtime_ns,
        "digest": record.digest,
        "how": record.how,
        "article_ids": record.article_ids,
        "refused": record.refused,
    }
    # ASCII, because a path may hold bytes that are no text (PEP 383).
    return json.dumps(fields) + "\n"


def _read(path: Path) -> list[SourceRecord]:
    with path.open(encoding="utf-8") as file:
        if json.loads(file.readline() or "null") != _HEADER:
            raise ValueError("written by another version, or not by newssearch")
        return [_record(json.loads(line)) for line in file]


def _record(fields: dict[str, object]) -> SourceRecord:
    path, digest, how = (fields[name] for name in ("path", "digest", "how"))
    size_bytes, mtime_ns = fields["size_bytes"], fields["mtime_ns"]
    ids, refused = fields["article_ids"], fields["refused"]
    if not (
        isinstance(path, str)
        and isinstance(digest, str)
        and isinstance(how, str)
        and isinstance(size_bytes, int)
        and isinstance(mtime_ns, int)
        and isinstance(refused, int)
        and isinstance(ids, list)
        and all(isinstance(i, str) for i in ids)
    ):
        raise ValueError("a line of it is damaged")
    return SourceRecord(path, size_bytes, mtime_ns, digest, how, tuple(ids), refused)


def _short(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return "a line of it is damaged" if not isinstance(error, ValueError) else str(error)[:100]


def digest_of(path: str) -> str:
    """Return the digest of the bytes of a file. Raises OSError."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


@contextmanager
def sole_run(ledger_path: Path, timeout_ms: int) -> Iterator[None]:
    """Hold the lock of the ledger at *ledger_path*, so that one run at a time reads and writes it.

    A ledger read before another run saves its own does not know what that one has claimed. Who only
    searches does not need the lock. Raises `IndexLocked` after *timeout_ms*, and `EngineError`.
    """
    path = ledger_path.with_suffix(".lock")
    give_up = time.monotonic() + timeout_ms / 1000
    try:
        # Never removed: were it, two runs could each lock a file of that name.
        file = path.open("ab")
    except OSError as exc:
        raise EngineError(f"{path}: cannot be locked: {exc.strerror}") from exc
    with file:
        while not _lock(file, path):
            if time.monotonic() >= give_up:
                raise IndexLocked(
                    f"{path.parent}: another run of newssearch index is at work on it and did not finish "
                    f"within {timeout_ms} ms; try again, or raise NEWSSEARCH_LOCK_TIMEOUT_MS"
                )
            time.sleep(_LOCK_POLL_S)
        yield


def _lock(file: BinaryIO, path: Path) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as exc:
        raise EngineError(f"{path}: cannot be locked: {exc.strerror}") from exc
    return True


class _Roots:
    """The folders, files and patterns that a run was given."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._named: set[str] = set()
        self._patterns: list[str] = []
        for path in paths:
            root = os.path.abspath(path)
            # What is there by that name is meant, also where its name looks like a pattern.
            is_pattern = glob.has_magic(root) and not os.path.exists(root)
            if is_pattern:
                self._patterns.append(root)
            else:
                self._named.add(root)

    def above(self, path: str) -> list[str]:
        """Return those that *path* is, lies in, or is found by."""
        named = [parent for parent in _with_parents(path) if parent in self._named]
        return named + [pattern for pattern in self._patterns if _is_found(path, pattern)]


def _with_parents(path: str) -> Iterator[str]:
    """Yield *path*, the folder it is in, the one above, up to the root."""
    yield path
    while (parent := os.path.dirname(path)) != path:
        yield parent
        path = parent


def _is_found(path: str, pattern: str) -> bool:
    """Whether *pattern* finds *path* or a folder above it, by the rules of `glob`.

    ``*`` stays within one name, ``**`` stands for any number of folders, and neither finds what
    begins with a full stop.
    """
    names = path.split(os.sep)
    reached = {0}  # how many of the names the pattern so far can stand for
    for part in pattern.split(os.sep):
        if part == "**":
            end = min(reached)
            while end < len(names) and not names[end].startswith("."):
                end += 1
                reached.add(end)
        else:
            reached = {n + 1 for n in reached if n < len(names) and _is_name(names[n], part)}
        if not reached:
            return False
    return True


def _is_name(name: str, part: str) -> bool:
    is_hidden = name.startswith(".") and not part.startswith(".")
    return not is_hidden and fnmatchcase(name, part)


def _why_doubtful(folder: str) -> str:
    """Return why what was in *folder* may be there all the same; "" where it is gone."""
    for path in _with_parents(folder):
        if not os.path.lexists(path):
            continue
        if os.path.islink(path) and not os.path.exists(path):
            return f"{path} is a link to nothing now"
        try:
            with os.scandir(path) as entries:
                return "" if any(entries) else f"{path} is empty now"
        except NotADirectoryError:
            return ""
        except OSError as exc:
            return f"{path} cannot be listed ({exc.strerror})"
    return ""
