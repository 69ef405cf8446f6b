"""What is found out while something else is done."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Ahead(Generic[T]):
    """What is found out by another thread while this one does something else."""

    def __init__(self, find: Callable[[], T]) -> None:
        self._find = find
        self._found: list[T] = []
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._found.append(self._find())
        except BaseException as exc:  # `result` raises it
            self._failure = exc

    def result(self) -> T:
        """Return it as soon as it is found. Raises what finding it raised."""
        self._thread.join()
        if self._failure is not None:
            raise self._failure
        return self._found[0]

    def found(self) -> T | None:
        """Return it where it is found by now; None as long as it is not, and where finding it failed."""
        return self._found[0] if self._found else None
