"""Work that another process does while this one goes on: what a commit finds out of what nobody changes meanwhile."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

#: Asks Linux to end a process with the one that forked it off (prctl(2)).
_PR_SET_PDEATHSIG = 1


@contextmanager
def aside(work: Callable[[], Any]) -> Iterator[Callable[[], Any]]:
    """Yield what waits for the result of *work*, as JSON has it, and returns that.

    A process forked off from this one works it out meanwhile, where there are two cores and no other thread; where it fails,
    or cannot be forked off, the work is done here once it is asked for, and what it raises is raised. It changes nothing outside of
    its memory, hears nothing of Ctrl-C, and is gone at the end of the block.
    """
    number, reading = _forked(work) if _pays() else (0, -1)
    if not number:
        yield work
        return
    is_gone = False

    def result() -> Any:
        nonlocal is_gone
        with os.fdopen(reading, "rb", closefd=False) as pipe:
            said = pipe.read()
        _, status = os.waitpid(number, 0)
        is_gone = True
        return json.loads(said) if status == 0 else work()

    try:
        yield result
    finally:
        os.close(reading)
        if not is_gone:
            with suppress(ProcessLookupError, ChildProcessError):
                os.kill(number, signal.SIGKILL)
                os.waitpid(number, 0)


def _pays() -> bool:
    """Whether there is another core, and whether it is safe to fork: where there are other threads, it is not."""
    try:
        return len(os.sched_getaffinity(0)) > 1 and len(os.listdir("/proc/self/task")) == 1
    except (AttributeError, OSError):  # nobody says so
        return False


def _forked(work: Callable[[], Any]) -> tuple[int, int]:
    """Fork off a process that writes the result of *work*; return its number, 0 where there can be none, and where to read it."""
    reading, writing = os.pipe()
    parent = os.getpid()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    number = 0
    try:
        number = os.fork()
        if not number:
            _work(work, writing, parent)
    except OSError:  # too many processes, too little memory
        os.close(reading)
        return 0, -1
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        os.close(writing)
    return number, reading


def _work(work: Callable[[], Any], writing: int, parent: int) -> None:
    """Be the other process, which shares open files with the first one: nothing of them is touched, or tidied up."""
    status = 1
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        _end_with(parent)
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(json.dumps(work()).encode())
        status = 0
    finally:
        os._exit(status)


def _end_with(parent: int) -> None:
    """Have this process end when *parent* does, however that ends: it holds the lock of the index too."""
    import ctypes

    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
