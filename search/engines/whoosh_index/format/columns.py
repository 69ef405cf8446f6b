"""Column files: named arrays in one file, with a magic, a version, checksums, and what the file is of.

The layout is described byte by byte in docs/index-format.md. No pickles: a column is plain
little-endian numbers, the header is JSON.
"""

from __future__ import annotations

import errno
import itertools
import json
import mmap
import os
import struct
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from search.model.errors import EngineError, IndexDamaged, IndexOutdated
from search.text.arrays import Array, Numbers, narrowed, starts_of
from search.text.strings import Strings

#: What is written as a column: an array, or parts of one type that are made when their turn comes.
Column = Array | Iterable[Array]

#: As in PNG, the odd bytes show a file that a transfer mangled: high bit, line ends, end of file.
MAGIC = b"\x89NSCOL\r\n\x1a\n"
VERSION = 3
#: Columns start at multiples of this number of bytes, a cache line; the first one follows the preamble.
ALIGNMENT = 64
#: What to do where a file is missing, cut short or altered.
MENDING = "restore the file from a backup, or delete the index folder and index again"
#: Numbers a column may hold; others are refused when a file is read.
_DTYPES = {name: np.dtype("<" + name) for name in ("u1", "u2", "u4", "u8", "i8")}
#: Read at once to be checked.
_READ_BYTES = 8 << 20
#: Magic, version, start, bytes and checksum of the header; zeros up to the first column.
PREAMBLE = struct.Struct("<10sHQII")


class FileOf(NamedTuple):
    """What a column file belongs to, as its header says; in the place of another file it is refused.

    ``generation`` is that of the commit that wrote the file, 0 where no commit did.
    """

    kind: str
    segment: str
    generation: int
    documents: int

    def __str__(self) -> str:
        when = f" of generation {self.generation}" if self.generation else ""
        return f"{self.kind} {self.segment}{when} with {self.documents} documents"


def write_columns(path: Path, of: FileOf, columns: Iterable[tuple[str, Column]]) -> None:
    """Write *columns* to a new file and wait until it is on disk. Raises `EngineError`.

    Each column is made when the one before it is written. The header, which says where they are, follows
    them; the preamble, which says where the header is, is written last.
    """
    placed: list[tuple[str, str, int, int, int]] = []
    at = ALIGNMENT
    try:
        with path.open("xb") as file:
            file.write(bytes(ALIGNMENT))
            for name, column in columns:
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
            fields = {
                "kind": of.kind,
                "segment": of.segment,
                "generation": of.generation,
                "documents": of.documents,
                "columns": placed,
            }
            header = json.dumps(fields, separators=(",", ":")).encode()
            file.write(header)
            file.seek(0)
            file.write(PREAMBLE.pack(MAGIC, VERSION, at, len(header), zlib.crc32(header)))
            file.flush()
            os.fsync(file.fileno())
    except OSError as exc:
        raise failed(path, "written", exc) from exc


def damaged(path: object, problem: str) -> IndexDamaged:
    """Return the error that says of the file at *path* what its *problem* is, and what to do."""
    return IndexDamaged(f"{path}: {problem}; {MENDING}")


def rebuild_hint(folder: object) -> str:
    """Return what to do about the index in *folder* where it was written by another newssearch."""
    return f"make it anew out of its own articles with: newssearch rebuild --index {folder}"


def failed(path: object, what: str, exc: OSError) -> EngineError:
    """Return the error for a file or folder that cannot be *what* ("written", "locked"), and what to do."""
    reason, remedy = _SHORTAGES.get(exc.errno or 0, ("", ""))
    if reason:
        return EngineError(
            f"{path}: cannot be {what}: {reason}; {remedy}. The index is not damaged"
        )
    return EngineError(f"{path}: cannot be {what}: {exc.strerror or exc}")


def unreadable(path: object, exc: OSError) -> EngineError:
    """Return the error for a file or folder that could not be opened, mapped or read, and what to do.

    Only what the disk may be to blame for is damage; too few file handles and too little memory are not.
    """
    if exc.errno in _SHORTAGES:
        return failed(path, "read", exc)
    if isinstance(exc, PermissionError):
        return EngineError(f"{path}: this user may not read it; grant the right to")
    return damaged(path, f"cannot be read: {exc.strerror}")


_HANDLES = "too many files are open", "allow more (ulimit -n) or close other programs"
_MEMORY = (
    "too little memory or address space",
    "allow more (ulimit -v, vm.max_map_count) or close other programs",
)
#: What the system may have run out of, and what to do then.
_SHORTAGES = {errno.EMFILE: _HANDLES, errno.ENFILE: _HANDLES, errno.ENOMEM: _MEMORY}


#: Name of the type, start, bytes and checksum of a column, as the header has them.
_Placed = tuple[str, int, int, int]


class ColumnFile:
    """A column file opened for reading; columns are views into it, made when first asked for."""

    def __init__(self, path: Path, of: FileOf | None = None, *, whole: bool = False) -> None:
        """Open *path*, which must be the file *of* if that is given; only its header is read.

        It is mapped, which keeps a file handle; or, with *whole*, read into memory, which keeps none.

        Raises FileNotFoundError where there is none; `IndexDamaged`, which says what to do, for a file that
        is cut short, of another format, whose header fails its checksum, or that is another one;
        `EngineError` for one that this user may not read, or cannot because file handles or memory have run out.
        """
        self.path = path
        try:
            with path.open("rb") as file:
                self._content: mmap.mmap | bytes = (
                    file.read() if whole else mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
                )
        except FileNotFoundError:
            raise
        except OSError as exc:
            raise unreadable(path, exc) from exc
        except ValueError as exc:  # a map of an empty file
            raise damaged(path, "cut short") from exc
        #: What the file is of, as its header says.
        self.of, self._end, self._placed = self._read_header()
        if of is not None:
            self.check_is(of)
        self._opened: dict[str, Numbers] = {}

    def _read_header(self) -> tuple[FileOf, int, dict[str, _Placed]]:
        """Return what the file is of, where the columns end, and where each of them is."""
        path, size = self.path, len(self._content)
        if size < ALIGNMENT:
            raise damaged(path, "cut short")
        magic, version, start, length, checksum = PREAMBLE.unpack_from(self._content)
        if magic != MAGIC:
            raise damaged(path, "not a column file of newssearch")
        if version != VERSION:
            what = f"{path}: format {version}, and this newssearch reads format {VERSION}"
            if version > VERSION:
                raise IndexOutdated(f"{what}; upgrade newssearch")
            raise IndexOutdated(f"{what}; {rebuild_hint(path.parent)}")
        if size != start + length:
            raise damaged(path, f"{size} bytes, expected {start + length}")
        header = self._content[start:]
        if zlib.crc32(header) != checksum or any(self._content[PREAMBLE.size : ALIGNMENT]):
            raise damaged(path, "its header fails its checksum")
        try:
            fields = json.loads(header)
            of = FileOf(*(fields[name] for name in ("kind", "segment", "generation", "documents")))
            placed = {
                name: (dtype, at, size, crc) for name, dtype, at, size, crc in fields["columns"]
            }
        except (LookupError, TypeError, ValueError) as exc:
            raise damaged(path, "its header is not one of ours") from exc
        return of, start, placed

    def check_is(self, of: FileOf) -> None:
        """Raise `IndexDamaged` unless this is the file *of*."""
        if self.of != of:
            raise damaged(self.path, f"is of {self.of}, and the table of contents names {of}")

    def __contains__(self, name: str) -> bool:
        """Whether there is a column *name*."""
        return name in self._placed

    def _place(self, name: str) -> tuple[np.dtype[np.integer[Any]], int, int, int]:
        """Return type, start, bytes and checksum of column *name*. Raises `IndexDamaged`."""
        try:
            type_name, at, size, crc = self._placed[name]
            dtype = _DTYPES[type_name]
            if ALIGNMENT <= at <= at + size <= self._end and size % dtype.itemsize == 0:
                return dtype, at, size, crc
        except (KeyError, TypeError) as exc:
            raise damaged(self.path, f"has no column {name}") from exc
        raise damaged(self.path, f"column {name} is not within the file")

    def __getitem__(self, name: str) -> Numbers:
        """Return the column *name*, read-only. Raises `IndexDamaged` where there is none."""
        column = self._opened.get(name)
        if column is None:
            dtype, at, size, _ = self._place(name)
            column = np.frombuffer(self._content, dtype, size // dtype.itemsize, at)
            self._opened[name] = column
        return column

    def check_length(self, name: str, expected: int) -> None:
        """Raise `IndexDamaged` unless the column *name* has *expected* numbers."""
        dtype, _, size, _ = self._place(name)
        if size != expected * dtype.itemsize:
            raise damaged(
                self.path,
                f"column {name} has {size // dtype.itemsize} numbers, expected {expected}",
            )

    def bytes_of(self, name: str) -> memoryview:
        """Return the raw bytes of column *name*, for text and compressed blocks."""
        _, at, size, _ = self._place(name)
        return memoryview(self._content)[at : at + size]

    def size_bytes(self) -> int:
        return len(self._content)

    def check_bytes(self, *names: str) -> None:
        """Raise `IndexDamaged` unless the bytes of the columns *names* have their checksums."""
        for name in names:
            if self._is_altered(name):
                raise damaged(self.path, f"column {name} fails its checksum")

    def verify(self) -> list[str]:
        """Return a sentence for each column whose bytes fail their checksum."""
        return [
            f"{self.path}: column {name} fails its checksum"
            for name in self._placed
            if self._is_altered(name)
        ]

    def _is_altered(self, name: str) -> bool:
        _, at, size, crc = self._place(name)
        return self._checksum(at, size + -size % ALIGNMENT) != crc

    def _checksum(self, start: int, size: int) -> int:
        checksum = 0
        for at in range(start, start + size, _READ_BYTES):
            end = min(at + _READ_BYTES, start + size)
            checksum = zlib.crc32(memoryview(self._content)[at:end], checksum)
            self.release()
        return checksum

    def release(self) -> None:
        """Count no memory for what was read so far; it is there again when it is read again."""
        if isinstance(self._content, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
            self._content.madvise(mmap.MADV_DONTNEED)


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

    def hashes(self) -> Numbers:
        """Return of every string a number of 64 bits, equal where strings are; it means nothing in another process."""
        text = bytes(self._bytes)
        ends = self._starts.tolist()
        found = (hash(text[a:b]) for a, b in itertools.pairwise(ends))
        return np.fromiter(found, np.int64, len(self))

    def range_of(self, text: str) -> range:
        """Return the indices of all strings equal to *text* in a sorted column."""
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
