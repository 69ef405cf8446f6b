"""Whether the files of an index are what they were written as: all of them, or those that led to a fault."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from search.engines.whoosh_index.format.columns import MENDING, ColumnFile
from search.engines.whoosh_index.format.layout import LAYOUT, Layout
from search.engines.whoosh_index.segment.joined import JoinedNames
from search.engines.whoosh_index.segment.reader import SegmentName, SegmentReader
from search.engines.whoosh_index.segment.toc import latest_generation, read_toc
from search.engines.whoosh_index.segment.vectors import VectorFiles
from search.model.errors import IndexDamaged

#: How often to start over when a commit removes the generation that is being opened.
_ATTEMPTS = 20


def problems_of(folder: Path, layout: Layout = LAYOUT) -> tuple[str, ...]:
    """Read every byte of the newest generation; return a sentence for each fault of a file.

    Raises `IndexMissing`, `IndexOutdated`, and `EngineError` where the files cannot be read for another
    reason than damage.
    """
    for _ in range(_ATTEMPTS):
        generation = latest_generation(folder)
        try:
            segments = read_toc(folder, generation).segments
        except IndexDamaged as exc:
            return (str(exc),)
        except FileNotFoundError:
            continue
        files: list[ColumnFile] = []
        found = [p for segment in segments for p in _opened(folder, segment, layout, files)]
        try:
            joined = JoinedNames.open(folder, generation, layout).file
            files += [joined] if joined else []
        except IndexDamaged as exc:
            found.append(str(exc))
        try:
            files += [file.columns for file in VectorFiles(folder).by_number.values()]
        except IndexDamaged as exc:
            found.append(str(exc))
        # A file is missing also where a commit has removed it in between.
        if latest_generation(folder) == generation:
            return (*found, *(problem for file in files for problem in file.verify()))
    return (f"{folder}: changed too often to be checked; try again",)


def _opened(
    folder: Path, segment: SegmentName, layout: Layout, files: list[ColumnFile]
) -> Iterator[str]:
    """Open the files of a segment and append them to *files*; yield what is wrong with them."""
    opened = []
    for name, of in zip(segment.files(), (segment.segment_of(), segment.given_of()), strict=False):
        try:
            opened.append(ColumnFile(folder / name, of, whole=of.generation > 0))
        except FileNotFoundError:
            yield f"{folder / name}: missing"
        except IndexDamaged as exc:
            yield str(exc)
    if len(opened) == len(segment.files()):
        try:
            SegmentReader(folder, segment, layout=layout)
        except (FileNotFoundError, IndexDamaged) as exc:
            yield str(exc)
    files += opened


class Suspects:
    """Checks the files that a fault may come from: each once, in a thread that no request waits for."""

    def __init__(self) -> None:
        self._changing = threading.Lock()
        self._found: dict[Path, list[str]] = {}
        self._thread: threading.Thread | None = None

    def problem_of(self, files: Sequence[ColumnFile]) -> str | None:
        """Return what is wrong with *files*, "" where nothing is; None while they are being checked."""
        with self._changing:
            if problems := [p for file in files for p in self._found.get(file.path, ())]:
                return f"{problems[0]}; {MENDING}"
            unknown = [file for file in files if file.path not in self._found]
            if not unknown:
                return ""
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(
                    target=self._check, args=(unknown,), name="newssearch-check", daemon=True
                )
                self._thread.start()
            return None

    def _check(self, files: Sequence[ColumnFile]) -> None:
        for file in files:
            problems = file.verify()
            with self._changing:
                self._found[file.path] = problems
