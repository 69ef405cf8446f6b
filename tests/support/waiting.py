"""Waiting for something to happen, instead of for some time to pass."""

from __future__ import annotations

import time
from collections.abc import Callable

#: Longer than any machine needs; what takes so long has failed.
PATIENCE_SECONDS = 60


def wait_until(holds: Callable[[], object]) -> None:
    """Return as soon as *holds* gives something true; fail where it never does."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)
