"""The ledger of earlier versions: a file of JSON lines, which `ledger` takes over."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from search.engines.staging import InputFile

NAME = "sources.jsonl"
_LOCK = "sources.lock"
#: What a process that was killed while it wrote has left.
_LEFT_OVER = re.compile(r"\.sources\.jsonl\.[0-9]+")
_HEADER = {"newssearch_sources": 2}

#: What reading raises where the file is damaged, or made to do harm.
UNUSABLE = (
    OSError, ValueError, TypeError, KeyError, OverflowError, RecursionError, MemoryError,
)  # fmt: skip


def read(path: Path) -> Iterator[tuple[InputFile, list[str]]]:
    """Yield each input file with the ids of its articles. Raises one of `UNUSABLE`."""
    if path.exists() and not path.is_file():  # a pipe would be waited for
        raise ValueError("it is not a file")
    with path.open(encoding="utf-8") as file:
        if json.loads(file.readline() or "null") != _HEADER:
            raise ValueError("written by another version, or not by newssearch")
        for line in file:
            yield _record(json.loads(line))


def reason(error: Exception | MemoryError) -> str:
    """Return why the file cannot be used, in words for a person."""
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    is_said = type(error) is ValueError
    return str(error) if is_said else "a line of it is damaged"


def remove(folder: Path) -> None:
    """Remove the file, and what else its writers left in the *folder*. Raises OSError."""
    for path in folder.iterdir():
        if path.name in (NAME, _LOCK) or _LEFT_OVER.fullmatch(path.name):
            path.unlink(missing_ok=True)


def _record(fields: dict[str, object]) -> tuple[InputFile, list[str]]:
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
    # Which version of the tagger found the entities nobody knows.
    file = InputFile(
        path=path,
        size_bytes=size_bytes,
        mtime_ns=mtime_ns,
        digest=digest,
        how=re.sub(r"entities (?:rules|none), ", "", how),
        tagger="",
        refused=refused,
        is_current=digest != "",
    )
    return file, ids
