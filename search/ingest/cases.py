"""The cases of an index run: what was refused, left out, kept less exactly. Counted, a few named, all written."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import NamedTuple, TextIO

from search.model.article import BadArticle
from search.model.errors import EngineError, ReadError
from search.model.remark import REFUSED, Remark
from search.readers.never_sources import begins_as_report

#: Reasons of a kind that are known from each other while they are counted; each takes some 100 bytes.
_TOLD_APART = 10_000


class Cases(NamedTuple):
    """The cases of one kind."""

    #: How many there are.
    times: int
    #: How many reasons they have that differ from each other; no more than 10,000 are counted.
    reasons: int
    #: The first of each reason, with how often it was given, of the first few reasons.
    examples: tuple[Remark, ...]


class CaseCount:
    """Counts cases by kind. Memory does not grow with their number, but for `_TOLD_APART` reasons a kind."""

    def __init__(self, examples: int) -> None:
        """*examples* is how many reasons of each kind are named."""
        self._most = examples
        self._times = Counter[str]()
        self._reasons: dict[str, set[int]] = {}
        self._examples: dict[str, dict[str, Remark]] = {}

    def add(self, remark: Remark) -> None:
        """Count one case, or as many as it stands for."""
        kind = remark.kind
        self._times[kind] += remark.times
        named = self._examples.setdefault(kind, {})
        known = named.get(remark.reason)
        if known is not None:
            named[remark.reason] = known._replace(times=known.times + remark.times)
            return
        reasons = self._reasons.setdefault(kind, set())
        if len(reasons) < _TOLD_APART:
            reasons.add(hash(remark.reason))
        if len(named) < self._most:
            named[remark.reason] = remark

    def by_kind(self) -> dict[str, Cases]:
        """Return the cases of each kind, in the order in which the kinds were first met."""
        return {
            kind: Cases(times, len(self._reasons[kind]), tuple(self._examples[kind].values()))
            for kind, times in self._times.items()
        }


class CaseFile:
    """The file of `newssearch index --report`: an object a line for each case, written while the run goes on.

    ``file``, ``line`` (null where there is none), ``kind``, ``reason``, and ``times``: what is the same in many
    records of a file may be one line, with the first of them.
    """

    def __init__(self, path: str | Path) -> None:
        """Begin the report anew. Raises `ReadError` where that cannot be, or the file there is no report."""
        self.path = str(path)
        if self.path == "-":
            raise ReadError("-: the report needs the name of a file, such as /dev/stdout")
        try:
            if os.path.isfile(path) and os.path.getsize(path) and not begins_as_report(path):
                raise ReadError(
                    f"{path}: is there and no report of newssearch index, so it is not overwritten;"
                    " give --report another name"
                )
            self._file: TextIO = open(path, "w", encoding="utf-8", newline="\n")  # noqa: SIM115
        except OSError as exc:
            raise ReadError(f"{path}: the report cannot be written: {exc.strerror}") from exc

    def __enter__(self) -> CaseFile:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def write(self, remark: Remark) -> None:
        """Add a case. Raises `EngineError` where the disk is full, for example."""
        try:  # not by a context manager, which takes longer than to write
            self._file.write(_line(remark))
        except OSError as exc:
            raise self._failed(exc) from exc

    def flush(self) -> None:
        """Have others see what was written. Raises `EngineError`."""
        try:
            self._file.flush()
        except OSError as exc:
            raise self._failed(exc) from exc

    def close(self) -> None:
        """Write the rest and close the file. Raises `EngineError`."""
        try:
            self._file.close()
        except OSError as exc:
            raise self._failed(exc) from exc

    def _failed(self, error: OSError) -> EngineError:
        return EngineError(
            f"{self.path}: the report cannot be written: {error.strerror}; what was committed is kept"
        )


def refusal(bad: BadArticle) -> Remark:
    """Return the case of a record or file that was refused."""
    return Remark(bad.path, bad.line, REFUSED, bad.reason)


def _line(remark: Remark) -> str:
    value = {
        "file": remark.path,
        "line": remark.line,
        "kind": remark.kind,
        "reason": remark.reason,
        "times": remark.times,
    }
    line = json.dumps(value, ensure_ascii=False)
    # Escaped are bytes of a name that are no UTF-8, what could steer a terminal, and what some take for a line end.
    return (line if line.isprintable() else json.dumps(value)) + "\n"
