"""Which process holds something: its computer or container, its number there, and when it began."""

from __future__ import annotations

import os
import socket
from functools import cache


@cache
def _computer() -> str:
    """Return what tells this computer, or container, from others."""
    try:
        space = str(os.stat("/proc/self/ns/pid").st_ino)
    except OSError:
        space = ""
    return f"{socket.gethostname()}/{space}"


def _started(pid: int) -> str | None:
    """Return when a process of this computer began, in its own count; None where there is none, "" where nobody knows."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            # The name of the program stands in brackets before, and may have blanks and brackets itself.
            fields = file.read().rpartition(")")[2].split()
            return None if fields[0] == "Z" else fields[19]
    except FileNotFoundError:
        return None if os.path.isdir("/proc/self") else ""
    except (OSError, IndexError):
        return ""


def this_process() -> str:
    """Return what tells this process from all others, for a lease."""
    return f"{_computer()}/{os.getpid()}/{_started(os.getpid()) or ''}"


def is_gone(owner: str) -> bool:
    """Whether *owner* was a process of this computer that has ended; False where nobody here can know."""
    computer, _, process = owner.partition("#")[0].rpartition("/")[0].rpartition("/")
    started = owner.partition("#")[0].rpartition("/")[2]
    if computer != _computer() or not process.isdecimal():
        return False
    now = _started(int(process))
    return now is None or bool(now and started and now != started)
