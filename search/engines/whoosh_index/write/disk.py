"""What has to be on disk, and which process may write: folders synced, files written whole, locks."""

from __future__ import annotations

import errno
import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from search.model.errors import EngineError

_LOCK_POLL_S = 0.02


def sync_folder(folder: Path) -> None:
    """Wait until the names in *folder* are on disk, where the system can say so. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as exc:
        if exc.errno not in (errno.EINVAL, errno.ENOTSUP):  # some network file systems cannot
            raise
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> list[Path]:
    """Make *folder* and those above it that are missing; return which are to be synced to keep them. Raises OSError."""
    missing = [path for path in folder.absolute().parents if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return [path.parent for path in (folder.absolute(), *missing)]


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all. Raises OSError.

    It survives a power cut once its folder is synced.
    """
    temporary = path.with_suffix(".new")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def read_text(folder: Path, name: str) -> str:
    """Return the text of the file *name* in the *folder* of an index, "" where there is none. Raises `EngineError`."""
    try:
        return (folder / name).read_text("utf-8-sig")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as exc:
        raise EngineError(f"{folder / name}: cannot be read ({exc}); repair or remove it") from exc


def lock(path: Path, timeout_ms: int = 0) -> BinaryIO | None:
    """Return the file at *path*, made where there is none, locked as Whoosh locks it.

    It is free once the file is closed or the process ends, however it does. None where another holder did
    not let go of it within *timeout_ms*. Raises OSError.
    """
    give_up = time.monotonic() + timeout_ms / 1000
    file = path.open("ab")
    try:
        while True:
            with suppress(BlockingIOError):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return file
            if time.monotonic() >= give_up:
                file.close()
                return None
            time.sleep(_LOCK_POLL_S)
    except BaseException:
        file.close()
        raise
