"""The table of contents: Whoosh's own file, written whole or not at all, read without running code.

Whoosh 2.7.4 keeps the schema and the list of segments as pickles in ``_MAIN_<generation>.toc``. A
pickle can name any function to be called, so an index from a stranger could run code. We read the
segments through an unpickler that knows one class and turns it into a plain value, and skip the
schema, which reading does not need. Behind what Whoosh reads we put a checksum of it.
"""

from __future__ import annotations

import io
import os
import pickle  # read only through `_SegmentsUnpickler`
import re
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from search.engines.whoosh_index.format.columns import damaged
from search.engines.whoosh_index.segment.reader import SegmentName
from search.model.errors import EngineError, IndexDamaged, IndexMissing

if TYPE_CHECKING:
    pass

INDEX_NAME = "MAIN"
TOC_FILE = re.compile(rf"_{INDEX_NAME}_([0-9]+)\.toc")
SEGMENT_FILE = re.compile(rf"({INDEX_NAME}_[0-9a-z]+)\.[A-Za-z0-9_.]+")
#: Sizes of int, long and float on the machine, -12345, and the version of the format.
_SIZES = (4, 8, 4)
_BYTE_ORDER_MARK = -12345
_VERSION = -111
#: A table of contents is a few kilobytes; nothing of this size is one.
_MAX_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Toc:
    """One generation of the index: its number, which only grows, and its segments in order."""

    generation: int
    segments: tuple[SegmentName, ...]


def latest_generation(folder: Path) -> int:
    """Return the number of the newest generation in *folder*. Raises `IndexMissing`."""
    newest = -1
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if match := TOC_FILE.fullmatch(entry.name):
                    newest = max(newest, int(match[1]))
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as exc:
        raise EngineError(f"{folder}: cannot be read: {exc.strerror}") from exc
    if newest < 0:
        raise IndexMissing(
            f"no index in {folder}; make one with: newssearch index PATH --index {folder}"
        )
    return newest


def toc_path(folder: Path, generation: int) -> Path:
    """Return where the table of contents of a generation lies."""
    return folder / f"_{INDEX_NAME}_{generation}.toc"


def read_toc(folder: Path, generation: int) -> Toc:
    """Read one generation.

    Raises FileNotFoundError where it is gone, and `IndexDamaged`, which says what to do, where it is
    cut short, altered, or holds what an index does not need; `EngineError` where it cannot be read.
    """
    path = toc_path(folder, generation)
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES)
    except FileNotFoundError:
        raise
    except OSError as exc:
        raise EngineError(f"{path}: cannot be read: {exc.strerror}") from exc
    try:
        return _parse(_checked(content), generation)
    except _Foreign as exc:
        raise IndexDamaged(f"{path}: {exc}") from exc
    except _Altered as exc:
        raise damaged(path, str(exc)) from exc
    except Exception as exc:  # whatever a mangled pickle raises, which can be anything
        raise damaged(path, f"not a readable table of contents ({type(exc).__name__})") from exc


#: Follows what Whoosh reads, which ignores it: this mark, and the CRC-32 of all before the mark.
TRAILER = struct.Struct("<8sI")
TRAILER_MARK = b"NSTOCSUM"


def _checked(content: bytes) -> bytes:
    """Return *content* without its trailer, which stock Whoosh does not write and may be missing."""
    body, trailer = content[: -TRAILER.size], content[-TRAILER.size :]
    if len(trailer) < TRAILER.size or not trailer.startswith(TRAILER_MARK):
        return content
    if TRAILER.unpack(trailer)[1] != zlib.crc32(body):
        raise _Altered("fails its checksum")
    return body


def _parse(content: bytes, generation: int) -> Toc:
    stream = io.BytesIO(content)
    sizes = tuple(_varint(stream) for _ in range(3))
    mark, version = _int(stream), _int(stream)
    if sizes != _SIZES or mark != _BYTE_ORDER_MARK or version != _VERSION:
        raise _Foreign(
            "written by another version of Whoosh or on another kind of machine; index the articles "
            "again here, into another folder"
        )
    for _ in range(3):
        _varint(stream)  # release of Whoosh
    stream.seek(_varint(stream), io.SEEK_CUR)  # the schema
    if _int(stream) != generation:
        raise _Altered("holds another generation than its name says")
    _int(stream)
    segments = _SegmentsUnpickler(stream).load()
    if not isinstance(segments, list) or not all(isinstance(s, _Plain) for s in segments):
        raise _Altered("does not hold a list of segments")
    return Toc(generation, tuple(segment.named() for segment in segments))


def _int(stream: io.BytesIO) -> int:
    number: int = struct.unpack("!i", stream.read(4))[0]
    return number


def _varint(stream: io.BytesIO) -> int:
    result = shift = 0
    while shift < 63:
        byte = stream.read(1)[0]
        result |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return result
        shift += 7
    raise _Altered("holds a number that never ends")


class _Foreign(Exception):
    """The file holds something that is not ours to read; says what to do."""


class _Altered(Exception):
    """The file holds what none of ours does."""


class _Plain:
    """Stands in for our segment class while unpickling: takes its attributes and runs nothing."""

    def __setstate__(self, state: object) -> None:
        if not isinstance(state, dict):
            raise _Altered("holds a segment without attributes")
        self._state = state

    def named(self) -> SegmentName:
        state = self._state
        name = f"{state['indexname']}_{state['segid']}"
        if not SEGMENT_FILE.fullmatch(name + ".x"):
            raise _Altered(f"names a segment {name!r}")
        numbers = [state[key] for key in ("documents", "deleted", "deletion_number")]
        if not all(type(number) is int and number >= 0 for number in numbers):
            raise _Altered(f"holds no numbers for segment {name}")
        return SegmentName(name, *numbers)


class _SegmentsUnpickler(pickle.Unpickler):
    """Knows our segment class, and nothing else."""

    def find_class(self, module: str, name: str) -> type:
        if (module, name) == ("search.engines.whoosh_index.codec", "ColumnSegment"):
            return _Plain
        if module.startswith("whoosh.codec.") and name.endswith("Segment"):
            raise _Foreign(
                "has segments that stock Whoosh wrote, and newssearch reads only its own; search it "
                "with Whoosh, or index the articles again into another folder"
            )
        raise _Foreign(f"asks for {module}.{name}, which no index needs; do not open it elsewhere")
