"""A writer that is killed before each of its writes to a cluster, in turn."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from itertools import count
from typing import TypeVar

from search.engines.opensearch.connection import Connection

T = TypeVar("T")


def before_writes(call: Callable[[], None]) -> Callable[..., object]:
    """Return `Connection.request` that calls *call* before each request that changes something."""
    request = Connection.request

    def noted(self: Connection, method: str, path: str, *more: object, **options: object) -> object:
        is_question = method in ("GET", "HEAD") or "_search" in path or path.endswith("_refresh")
        if not is_question:
            call()
        return request(self, method, path, *more, **options)  # type: ignore[arg-type]

    return noted


def states_after_kills(
    prepare: Callable[[], object], work: Callable[[], object], state: Callable[[], T]
) -> list[T]:
    """Return the *state* after *work* that was killed before its first write, its second and so on, and after whole work.

    Before each *prepare* is called; the work is done by processes of their own.
    """
    states = []
    for step in count(1):
        prepare()
        was_killed = _killed_at(step, work)
        states.append(state())
        if not was_killed:
            break
    return states


def _killed_at(step: int, work: Callable[[], object]) -> bool:
    """Do *work* in a process that is killed before its write number *step*; return whether it was."""
    child = os.fork()
    if not child:
        status = 1
        try:
            writes = count(1)

            def end() -> None:
                if next(writes) == step:
                    os.kill(os.getpid(), signal.SIGKILL)

            Connection.request = before_writes(end)  # type: ignore[method-assign, assignment]
            work()
            status = 0
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)
