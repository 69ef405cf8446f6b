"""Column files: named arrays in one memory-mapped file, with a magic, a version and checksums.

The layout is described byte by byte in docs/index-format.md. No pickles: a column is plain
little-endian numbers, the header is JSON.
"""

from __future__ import annotations

import itertools
import json
import mmap
import os
import struct
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from search.model.errors import EngineError, IndexDamaged
from search.text.arrays import Array, Numbers, narrowed, starts_of
from search.text.strings import Strings

#: What is written as a column: an array, or parts of one type that are made when their turn comes.
Column = Array | Iterable[Array]

#: As in PNG, the odd bytes show a file that a transfer mangled: high bit, line ends, end of file.
MAGIC = b"\x89NSCOL\r\n\x1a\n"
VERSION = 2
#: Column starts are multiples of this many bytes, a cache line.
ALIGNMENT = 64
#: What to do where a file is missing, cut short or altered.
MENDING = "restore the file from a backup, or delete the index folder and index again"
#: Numbers a column may hold; others are refused when a file is read.
_DTYPES = {"u1": "<u1", "u2": "<u2", "u4": "<u4", "u8": "<u8", "i8": "<i8"}
#: Read at once to be checked.
_READ_BYTES = 8 << 20
#: More than the header needs for a column beside its name, and for what it says of all.
_DESCRIPTION_BYTES = 80
_FIXED = struct.Struct("<10sHII")  # magic, version, bytes of header, checksum of header


def write_columns(path: Path, columns: Mapping[str, Column]) -> None:
    """Write *columns* to a new file and wait until it is on disk. Raises `EngineError`.

    The header, which stands before the columns, is written when they are, into room left for it.
    """
    room = sum(len(name) + _DESCRIPTION_BYTES for name in columns) + _DESCRIPTION_BYTES
    room += -(_FIXED.size + room) % ALIGNMENT
    placed: list[tuple[str, str, int, int, int]] = []
    at = 0
    try:
        with path.open("xb") as file:
            file.write(bytes(_FIXED.size + room))
            for name, column in columns.items():
                dtype, size, checksum = "", 0, 0
                for part in (column,) if isinstance(column, np.ndarray) else column:
                    dtype = part.dtype.str[1:]
                    body = part.astype(part.dtype.newbyteorder("<"), copy=False)
                    raw = np.ascontiguousarray(body).view(np.uint8).data
                    file.write(raw)
                    checksum = zlib.crc32(raw, checksum)
                    size += len(raw)
                padding = bytes(-size % ALIGNMENT)
                file.write(padding)
                placed.append((name, dtype, at, size, zlib.crc32(padding, checksum)))
                at += size + len(padding)
            header = json.dumps({"columns": placed, "bytes": at}, separators=(",", ":")).encode()
            header = header.ljust(room)
            file.seek(0)
            file.write(_FIXED.pack(MAGIC, VERSION, len(header), zlib.crc32(header)))
            file.write(header)
            file.flush()
            os.fsync(file.fileno())
    except OSError as exc:
        raise EngineError(f"{path}: cannot be written: {exc.strerror}") from exc


def damaged(path: object, problem: str) -> IndexDamaged:
    """Return the error that says of the file at *path* what its *problem* is, and what to do."""
    return IndexDamaged(f"{path}: {problem}; {MENDING}")


class ColumnFile:
    """A column file opened for reading; columns are views into the map, made when first asked for."""

    def __init__(self, path: Path) -> None:
        """Open *path*, reading only its header.

        Raises FileNotFoundError where there is none, and `IndexDamaged`, which says what to do, for a
        file that is cut short, of another format or version, or whose header fails its checksum;
        `EngineError` for one that this user may not read.
        """
        self.path = path
        try:
            with path.open("rb") as file:
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except FileNotFoundError:
            raise
        except PermissionError as exc:
            raise EngineError(f"{path}: this user may not read it; grant the right to") from exc
        except OSError as exc:
            raise damaged(path, f"cannot be read: {exc.strerror}") from exc
        except ValueError as exc:  # a map of an empty file
            raise damaged(path, "cut short") from exc
        if len(self._map) < _FIXED.size:
            raise damaged(path, "cut short")
        magic, version, length, checksum = _FIXED.unpack_from(self._map)
        if magic != MAGIC:
            raise damaged(path, "not a column file of newssearch")
        if version > VERSION:
            raise IndexDamaged(
                f"{path}: format {version}, and this newssearch reads format {VERSION}; upgrade newssearch"
            )
        if version != VERSION:
            raise IndexDamaged(
                f"{path}: format {version}, and this newssearch reads format {VERSION}; "
                "delete the index folder and index again"
            )
        header = self._map[_FIXED.size : _FIXED.size + length]
        if zlib.crc32(header) != checksum:
            raise damaged(path, "its header fails its checksum")
        described = json.loads(header)
        self._start = _FIXED.size + length
        if len(self._map) != self._start + described["bytes"]:
            expected = self._start + described["bytes"]
            raise damaged(path, f"{len(self._map)} bytes, expected {expected}")
        self._placed: dict[str, tuple[str, int, int, int]] = {
            name: (_DTYPES[dtype], at, size, crc)
            for name, dtype, at, size, crc in described["columns"]
        }
        self._opened: dict[str, Numbers] = {}

    def __getitem__(self, name: str) -> Numbers:
        """Return the column *name*, read-only. Raises KeyError where there is none."""
        column = self._opened.get(name)
        if column is None:
            dtype, at, size, _ = self._placed[name]
            count = size // np.dtype(dtype).itemsize
            column = np.frombuffer(self._map, dtype, count, self._start + at)
            self._opened[name] = column
        return column

    def bytes_of(self, name: str) -> memoryview:
        """Return the raw bytes of column *name*, for text and compressed blocks."""
        _, at, size, _ = self._placed[name]
        return memoryview(self._map)[self._start + at : self._start + at + size]

    def size_bytes(self) -> int:
        return len(self._map)

    def verify(self) -> list[str]:
        """Return a sentence for each column whose bytes fail their checksum."""
        return [
            f"{self.path}: column {name} fails its checksum"
            for name, (_, at, size, crc) in self._placed.items()
            if self._checksum(self._start + at, size + -size % ALIGNMENT) != crc
        ]

    def _checksum(self, start: int, size: int) -> int:
        checksum = 0
        for at in range(start, start + size, _READ_BYTES):
            end = min(at + _READ_BYTES, start + size)
            checksum = zlib.crc32(memoryview(self._map)[at:end], checksum)
            self.release()
        return checksum

    def release(self) -> None:
        """Count no memory for what was read so far; it is there again when it is read again."""
        if hasattr(mmap, "MADV_DONTNEED"):
            self._map.madvise(mmap.MADV_DONTNEED)


class StringColumn:
    """A list of strings in two columns: their UTF-8 bytes one after another, and where each starts."""

    def __init__(self, file: ColumnFile, name: str) -> None:
        self._bytes = file.bytes_of(name + ".bytes")
        # Numbers out of a memoryview are Python's own, out of an array they take ten times as long.
        self._starts = file[name + ".starts"].data

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __getitem__(self, index: int) -> str:
        return str(self.raw(index), "utf-8")

    def raw(self, index: int) -> bytes:
        return self._bytes[self._starts[index] : self._starts[index + 1]].tobytes()

    def all(self) -> list[str]:
        """Return every string; costs as much as it is long."""
        text = bytes(self._bytes)
        ends = self._starts.tolist()
        return [text[a:b].decode() for a, b in itertools.pairwise(ends)]

    def range_of(self, text: str) -> range:
        """Return the places of all strings equal to *text* in a sorted column."""
        wanted = text.encode()
        first = bisect_left(range(len(self)), wanted, key=self.raw)
        return range(first, bisect_right(range(len(self)), wanted, first, key=self.raw))

    @staticmethod
    def columns(name: str, strings: Iterable[str]) -> dict[str, Array]:
        """Return the two columns that hold *strings*, to be written under *name*."""
        return bytes_columns(name, [s.encode() for s in strings])


def bytes_columns(name: str, parts: Sequence[bytes]) -> dict[str, Array]:
    """Return the two columns of a `StringColumn` that hold *parts*."""
    return {
        name + ".bytes": np.frombuffer(b"".join(parts), np.uint8),
        name + ".starts": narrowed(starts_of(np.array([len(part) for part in parts], np.int64))),
    }


def read_strings(file: ColumnFile, name: str) -> Strings:
    """Return the strings that lie in *file* under *name*, as arrays."""
    return Strings(file[name + ".bytes"], file[name + ".starts"].astype(np.int64))
