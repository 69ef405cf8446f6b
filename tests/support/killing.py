"""Work that is killed, or fails, at any of its steps."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes cannot be forked here")
#: Python 3.12 warns of the threads that numpy's linear algebra starts, which has no part in this.
may_fork = pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")


def run_up_to(step: int, folder: Path, work: Callable[[], None]) -> bool:
    """Run *work* in a fork that is killed at its step number *step*; return whether it was.

    A step is whatever is about to happen to a file or folder in *folder*, to any lock, or by a statement of
    SQL.
    """
    child = os.fork()
    if not child:
        try:
            _be_killed_at(step, str(folder))
            work()
        finally:
            os._exit(0 if sys.exc_info()[0] is None else 1)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0
    return False


def _be_killed_at(step: int, folder: str) -> None:
    left = step

    def count() -> None:
        nonlocal left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

    at_each_step(count, folder, with_locks=True)


def at_each_step(call: Callable[[], None], folder: str, *, with_locks: bool) -> None:
    """Call *call* before each thing that is done to a file or folder in *folder*, to a lock or a database."""

    def see(event: str, arguments: tuple[Any, ...]) -> None:
        if (event == "fcntl.flock" and with_locks) or (
            event in ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir")
            and str(arguments[0]).startswith(folder)
        ):
            call()

    sys.addaudithook(see)
    connect = sqlite3.connect

    def traced(*arguments: Any, **options: Any) -> sqlite3.Connection:
        database: sqlite3.Connection = connect(*arguments, **options)
        database.set_trace_callback(lambda _: call())
        return database

    sqlite3.connect = traced
    # Nothing here outlives a power cut, and it takes most of the time.
    os.fsync = lambda _: call()
