"""What is compressed by gzip, bzip2, xz or zstandard, decompressed within bounds."""

from __future__ import annotations

import bz2
import io
import lzma
import re
import sys
import zlib
from typing import BinaryIO, cast

from search.readers.gzip_members import GzipMembers

#: Bytes at the start of a file that are read to find out its format.
HEAD_BYTES = 65_536
BUFFER_BYTES = 65_536

#: A compressed file may grow to this, and beyond it to a multiple of the bytes that were taken of it. Files of
#: articles grow 3 to 10 times, one of zeros 1,000 times.
_FREE_BYTES = 50_000_000
_MAX_GROWTH = 100

_COMPRESSED = re.compile(
    rb"(?P<gzip>\x1f\x8b)|(?P<bzip2>BZh[1-9]1AY&SY)|(?P<xz>\xfd7zXZ\x00)|(?P<zstandard>\x28\xb5\x2f\xfd)"
)
MAGIC_BYTES = 10
#: Of zstandard: what a stream may ask to remember.
_MAX_WINDOW_BYTES = 1 << 27
#: What is taken of it at once: it may grow to 100 MB before that is seen.
_ZSTANDARD_PART_BYTES = 4096


class CutShort(Exception):
    """The rest of a file could not be read; what came before is valid."""


class Growth:
    """How much a file on disk has grown when it was decompressed, all that lies in it together."""

    def __init__(self, bytes_on_disk: int = 0) -> None:
        #: Of the file, as far as it was read, and as far as it is known.
        self.bytes_taken = bytes_on_disk
        self._bytes_given = 0

    def add(self, bytes_given: int) -> None:
        """Note that so much was decompressed. Raises `CutShort` where that is too much."""
        self._bytes_given += bytes_given
        if self._bytes_given > _FREE_BYTES + _MAX_GROWTH * self.bytes_taken:
            raise CutShort(
                f"grows to more than {_MAX_GROWTH} times its size when it is decompressed, as no articles do;"
                " the rest was not read: if they are articles, decompress the file first"
            )


class Packed:
    """A compressed file that knows how much of it was taken."""

    def __init__(self, stream: io.BufferedIOBase, growth: Growth) -> None:
        self._stream = stream
        self._growth = growth

    def read(self, size: int = -1) -> bytes:
        part = self._stream.read(size)
        self._growth.bytes_taken += len(part)
        return part


class Bounded(io.RawIOBase):
    """A stream that turns every failure into `CutShort`, and growing without bounds when decompressed too."""

    def __init__(
        self, stream: io.BufferedIOBase, growth: Growth | None, taken: Growth | None = None
    ) -> None:
        self._stream = stream
        #: What is to know how much was taken of a stream whose size is not known.
        self._taken = taken
        #: None where nothing is decompressed.
        self._growth = growth
        self._head = b""

    def readable(self) -> bool:
        return True

    def read_head(self) -> bytes:
        """Return the first `HEAD_BYTES` without consuming them; fewer if a fault follows."""
        head = bytearray()
        while len(head) < HEAD_BYTES:
            try:
                part = self._next(HEAD_BYTES - len(head))
            except CutShort:
                if not head:
                    raise
                break  # reading after the head meets the fault again
            if not part:
                break
            head += part
        self._head = bytes(head)
        return self._head

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast(bytearray, buffer)).cast("B")
        if self._head:
            part, self._head = self._head[: len(view)], self._head[len(view) :]
        else:
            part = self._next(len(view))
        view[: len(part)] = part
        return len(part)

    def go_on(self, beginning: bytes) -> bool:
        """See `Source.go_on`."""
        members = getattr(self._stream, "raw", None)
        return isinstance(members, GzipMembers) and members.go_on(beginning)

    def _next(self, size: int) -> bytes:
        try:
            # read1 returns the available bytes; read would lose them if the next block is damaged.
            part = self._stream.read1(size)
        except EOFError as exc:
            raise CutShort("the compressed data ends too early; fetch the file again") from exc
        except _damages() as exc:
            raise CutShort(f"the compressed data is damaged ({exc}); fetch the file again") from exc
        except OSError as exc:
            raise CutShort(f"reading failed: {exc.strerror or exc}") from exc
        if self._taken:
            self._taken.bytes_taken += len(part)
        if self._growth:
            self._growth.add(len(part))
        return part


def compression_of(head: bytes) -> str:
    """Return how bytes that begin with *head* are compressed: "gzip", "bzip2", "xz" or "zstandard", else ""."""
    found = _COMPRESSED.match(head)
    return found.lastgroup or "" if found else ""


def decompressed(compression: str, stream: BinaryIO) -> io.BufferedIOBase:
    if compression == "gzip":
        return io.BufferedReader(GzipMembers(stream), BUFFER_BYTES)
    if compression == "bzip2":
        return bz2.BZ2File(stream)
    if compression == "xz":
        return lzma.LZMAFile(stream)
    return io.BufferedReader(_Zstandard(stream), BUFFER_BYTES)


class _Zstandard(io.RawIOBase):
    """What is compressed by zstandard, in one frame or several.

    The reader of the package takes data that ends too early for whole.
    """

    def __init__(self, stream: BinaryIO) -> None:
        import zstandard

        self._stream = stream
        self._new = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW_BYTES).decompressobj
        self._frame = self._new(write_size=BUFFER_BYTES)
        self._packed = b""
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast(bytearray, buffer)).cast("B")
        while not self._ready:
            self._packed = self._packed or self._stream.read(_ZSTANDARD_PART_BYTES)
            if not self._packed:
                if not self._frame.eof:
                    raise EOFError
                return 0
            if self._frame.eof:
                self._frame = self._new(write_size=BUFFER_BYTES)
            self._ready = memoryview(self._frame.decompress(self._packed))
            self._packed = self._frame.unused_data if self._frame.eof else b""
        part, self._ready = self._ready[: len(view)], self._ready[len(view) :]
        view[: len(part)] = part
        return len(part)


def _damages() -> tuple[type[Exception], ...]:
    """Return the errors of damaged compressed data; what was not imported has raised none."""
    known: list[type[Exception]] = [zlib.error, lzma.LZMAError]
    for module, name in (
        ("zstandard", "ZstdError"),
        ("zipfile", "BadZipFile"),
        ("tarfile", "TarError"),
    ):
        if module in sys.modules:
            known.append(getattr(sys.modules[module], name))
    return tuple(known)
