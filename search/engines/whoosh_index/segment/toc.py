"""The table of contents: Whoosh's own file, written whole or not at all, read without running code.

Whoosh 2.7.4 keeps the schema and the list of segments as pickles in ``_MAIN_<generation>.toc``. A
pickle can name any function to be called, so an index from a stranger could run code. We read the
segments through an unpickler that knows one class and turns it into a plain value, and skip the
schema, which reading does not need. What Whoosh reads is followed by the commit's instant and a checksum.
"""

from __future__ import annotations

import io
import os
import pickle  # read only through `_SegmentsUnpickler`
import re
import struct
import zlib
from itertools import starmap
from pathlib import Path
from typing import Any, NamedTuple

from search.engines.whoosh_index.format.columns import VERSION, damaged, rebuild_hint, unreadable
from search.engines.whoosh_index.segment.reader import SegmentName
from search.model.errors import IndexDamaged, IndexMissing, IndexOutdated

INDEX_NAME = "MAIN"
TOC_FILE = re.compile(rf"_{INDEX_NAME}_([0-9]+)\.toc")
SEGMENT_FILE = re.compile(rf"({INDEX_NAME}_[0-9a-z]+)\.[A-Za-z0-9_.]+")
#: Sizes of int, long and float on the machine, -12345, and the version of the format.
_SIZES = (4, 8, 4)
_BYTE_ORDER_MARK = -12345
_WHOOSH_VERSION = -111
#: A table of contents is a few kilobytes; nothing of this size is one.
_MAX_BYTES = 64 << 20


class Toc(NamedTuple):
    """One generation of the index: its number, which only grows, and its segments in order.

    ``instant`` is that of its commit, in microseconds since 1970, or one before where it is not known. It
    only grows, as generations do: what a commit gives to documents as the time they came is never earlier.
    """

    generation: int
    segments: tuple[SegmentName, ...]
    instant: int = 0


def latest_generation(folder: Path) -> int:
    """Return the number of the newest generation in *folder*. Raises `IndexMissing`."""
    return generations_in(folder)[-1]


def generations_in(folder: Path) -> list[int]:
    """Return the numbers of the generations in *folder*, ascending. Raises `IndexMissing`."""
    try:
        with os.scandir(folder) as entries:
            found = [int(m[1]) for entry in entries if (m := TOC_FILE.fullmatch(entry.name))]
    except (FileNotFoundError, NotADirectoryError):
        found = []
    except OSError as exc:
        raise unreadable(folder, exc) from exc
    if not found:
        # What stands before a colon would be taken for the name of an engine.
        named = f"./{folder}" if ":" in str(folder) and not folder.is_absolute() else folder
        raise IndexMissing(
            f"no index in {folder}; make one with: newssearch index PATH --index {named}"
        )
    return sorted(found)


def toc_path(folder: Path, generation: int) -> Path:
    """Return where the table of contents of a generation lies."""
    return folder / f"_{INDEX_NAME}_{generation}.toc"


def read_toc(folder: Path, generation: int) -> Toc:
    """Read one generation.

    Raises FileNotFoundError where it is gone; `IndexDamaged`, which says what to do, where it is cut
    short, altered, or holds what an index does not need; `IndexOutdated` where an older newssearch wrote
    it; and `EngineError` where it cannot be read.
    """
    states, instant = read_states(folder, generation)
    path = toc_path(folder, generation)
    if any("generation" not in state for state in states.values()):
        raise IndexOutdated(
            f"{folder}: the index is of an older format than {VERSION}, which this newssearch reads; "
            f"{rebuild_hint(folder)}"
        )
    try:
        return Toc(generation, tuple(starmap(_named, states.items())), instant)
    except _Altered as exc:
        raise damaged(path, str(exc)) from exc


def read_states(folder: Path, generation: int) -> tuple[dict[str, dict[str, Any]], int]:
    """Return what a generation says of each segment, by name, of whatever format, and its instant.

    Raises what `read_toc` does but `IndexOutdated`.
    """
    path = toc_path(folder, generation)
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES)
    except FileNotFoundError:
        raise
    except OSError as exc:
        raise unreadable(path, exc) from exc
    try:
        body, instant = _checked(content)
        return _by_name(_parse(body, generation)), instant
    except _Foreign as exc:
        raise IndexDamaged(f"{path}: {exc}") from exc
    except _Altered as exc:
        raise damaged(path, str(exc)) from exc
    except Exception as exc:  # whatever a mangled pickle raises, which can be anything
        raise damaged(path, f"not a readable table of contents ({type(exc).__name__})") from exc


#: Follows what Whoosh reads, which ignores it: a mark, the instant of the commit, the CRC-32 of all before.
TRAILER = struct.Struct("<8sqI")
TRAILER_MARK = b"NSCOMMIT"
_CRC_BYTES = 4
#: What format 2 had there: a mark and a checksum.
_OLD_TRAILER_MARK, _OLD_TRAILER_BYTES = b"NSTOCSUM", 12


def with_trailer(content: bytes, instant: int) -> bytes:
    """Return *content*, which Whoosh reads, followed by our trailer."""
    checked = content + TRAILER.pack(TRAILER_MARK, instant, 0)[:-_CRC_BYTES]
    return checked + zlib.crc32(checked).to_bytes(_CRC_BYTES, "little")


def _checked(content: bytes) -> tuple[bytes, int]:
    """Return *content* without its trailer, and the instant in that.

    The trailer may be missing, as stock Whoosh does not write it: then the instant is 0.
    """
    if content[-_OLD_TRAILER_BYTES:].startswith(_OLD_TRAILER_MARK):
        return content[:-_OLD_TRAILER_BYTES], 0
    body, trailer = content[: -TRAILER.size], content[-TRAILER.size :]
    if len(trailer) < TRAILER.size or not trailer.startswith(TRAILER_MARK):
        return content, 0
    _, instant, checksum = TRAILER.unpack(trailer)
    if zlib.crc32(content[:-_CRC_BYTES]) != checksum:
        raise _Altered("fails its checksum")
    return body, instant


def _parse(content: bytes, generation: int) -> list[dict[str, Any]]:
    stream = io.BytesIO(content)
    sizes = tuple(_varint(stream) for _ in range(3))
    mark, version = _int(stream), _int(stream)
    if sizes != _SIZES or mark != _BYTE_ORDER_MARK or version != _WHOOSH_VERSION:
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
    if stream.read(1):
        raise _Altered("goes on after its end")
    return [segment.state for segment in segments]


def _named(name: str, state: dict[str, Any]) -> SegmentName:
    """Return what *state*, the attributes of the segment *name*, says of it."""
    numbers: list[Any] = [state.get(key) for key in ("documents", "deleted", "generation")]
    if not all(type(number) is int and number >= 0 for number in numbers) or not numbers[-1]:
        raise _Altered(f"holds no numbers for segment {name}")
    return SegmentName(name, *numbers)


def _by_name(states: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the attributes of each segment by its name, as its files have it."""
    named = {}
    for state in states:
        name = f"{state.get('indexname')}_{state.get('segid')}"
        if not SEGMENT_FILE.fullmatch(name + ".x"):
            raise _Altered(f"names a segment {name!r}")
        if name in named:
            raise _Altered(f"names segment {name} twice")
        named[name] = state
    return named


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
        self.state: dict[str, Any] = state


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
