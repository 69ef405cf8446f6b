"""What an index was made from: each source as it was when last read, so that only changes are read again.

A file of lines beside the index. It is replaced as a whole, never edited; where it is lost or damaged
everything is merely read once more.
"""

from __future__ import annotations

import glob
import hashlib
import json
import os
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from search.errors import EngineError

#: First line of the file. Another number means another meaning of the lines.
_HEADER = {"newssearch_sources": 1}


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """A source as it was when its last article was committed.

    ``path`` is absolute; ``digest`` is of its bytes (BLAKE2b, hex), "" while only some of its
    articles are in the index; ``how`` says which options it was read with.
    """

    path: str
    size_bytes: int
    mtime_ns: int
    digest: str
    how: str
    article_ids: tuple[str, ...]


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

    def records(self) -> Collection[SourceRecord]:
        """Return all records."""
        return self._records.values()

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

    def missing_below(self, paths: Iterable[str]) -> tuple[list[SourceRecord], Counter[str]]:
        """Return the records of sources in *paths* (folders, files, patterns) that are not there any more.

        A folder that still stands but is empty looks like a disk that is not mounted: what it held
        is left out, and counted by folder in the second value.
        """
        roots = [os.path.abspath(path) for path in paths]
        missing = []
        left_alone: Counter[str] = Counter()
        for record in self._records.values():
            is_below = any(_is_below(record.path, root) for root in roots)
            if not is_below or os.path.lexists(record.path):
                continue
            folder = _nearest_folder(record.path)
            if os.listdir(folder):
                missing.append(record)
            else:
                left_alone[folder] += 1
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
    ids = fields["article_ids"]
    if not (
        isinstance(path, str)
        and isinstance(digest, str)
        and isinstance(how, str)
        and isinstance(size_bytes, int)
        and isinstance(mtime_ns, int)
        and isinstance(ids, list)
        and all(isinstance(i, str) for i in ids)
    ):
        raise ValueError("a line of it is damaged")
    return SourceRecord(path, size_bytes, mtime_ns, digest, how, tuple(ids))


def _short(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return "a line of it is damaged" if not isinstance(error, ValueError) else str(error)[:100]


def digest_of(path: str) -> str:
    """Return the digest of the bytes of a file. Raises OSError."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def _is_below(path: str, root: str) -> bool:
    """Whether *path* is *root*, lies in it, or matches it as a pattern."""
    is_inside = path == root or path.startswith(root.rstrip(os.sep) + os.sep)
    return is_inside or (glob.has_magic(root) and fnmatchcase(path, root))


def _nearest_folder(path: str) -> str:
    """Return the closest folder above *path* that exists."""
    folder = os.path.dirname(path)
    while not os.path.isdir(folder) and folder != os.path.dirname(folder):
        folder = os.path.dirname(folder)
    return folder
