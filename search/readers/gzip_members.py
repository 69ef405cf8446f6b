"""What gzip has compressed, a member after the other; after a damaged one it can go on with the next."""

from __future__ import annotations

import io
import re
import zlib
from collections import deque
from typing import BinaryIO, cast

_START = re.compile(rb"\x1f\x8b\x08[\x00-\x1f]")
_PART_BYTES = io.DEFAULT_BUFFER_SIZE
#: Parts that are kept of a member: the inflating of a damaged one may have gone beyond its end.
_KEPT_PARTS = 128
#: What is inflated of a place to see whether a member begins there, and how often that is tried.
_TRIED_BYTES = 4096
_MAX_TRIALS = 10_000
_WITH_GZIP_HEADER = 31


class GzipMembers(io.RawIOBase):
    """The content of all members. Raises `zlib.error` where one is damaged, `EOFError` where the last one is cut."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._inner = zlib.decompressobj(_WITH_GZIP_HEADER)
        self._packed = b""
        #: Of the member that is read, what was taken of it, but for its beginning if it is long.
        self._kept: deque[bytes] = deque(maxlen=_KEPT_PARTS)
        self._is_begun = False
        #: Raised again by every attempt to read on.
        self._fault: EOFError | zlib.error | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast(bytearray, buffer)).cast("B")
        if self._fault:
            raise self._fault
        while True:
            if self._inner.eof:
                self._begin(self._inner.unused_data)
            if not self._packed and not self._take():
                if not self._is_begun:
                    return 0
                self._fault = EOFError()
                raise self._fault
            if not self._is_begun:  # between members zeros may stand
                self._packed = self._packed.lstrip(b"\0")
                self._kept[-1] = self._packed
                self._is_begun = bool(self._packed)
                continue
            try:
                part = self._inner.decompress(self._packed, len(view))
            except zlib.error as exc:
                self._fault = exc
                raise
            self._packed = self._inner.unconsumed_tail
            if part:
                view[: len(part)] = part
                return len(part)

    def _take(self) -> bool:
        """Read on; return whether there was more."""
        self._packed = self._stream.read(_PART_BYTES)
        if self._packed:
            self._kept.append(self._packed)
        return bool(self._packed)

    def _begin(self, packed: bytes) -> None:
        """Begin a member, or the zeros before one, with *packed*, which was taken already."""
        self._inner = zlib.decompressobj(_WITH_GZIP_HEADER)
        self._packed = packed
        self._is_begun = False
        self._fault = None
        self._kept.clear()
        if packed:
            self._kept.append(packed)

    def go_on(self, beginning: bytes) -> bool:
        """Go on, after damage, where a member begins whose content begins with *beginning*.

        Return whether there is one. It is searched for from the beginning of the damaged member, as far as that is kept.
        """
        if not self._fault:
            return False
        packed = b"".join(self._kept)
        at = 1
        trials = 0
        is_at_end = False
        while True:
            found = _START.search(packed, at)
            at = found.start() if found else max(at, len(packed) - 3)
            if not is_at_end and len(packed) - at < _TRIED_BYTES:
                more = self._stream.read(16 * _PART_BYTES)
                is_at_end = not more
                packed, at = packed[at:] + more, 0
                continue
            if not found or trials == _MAX_TRIALS:
                return False
            trials += 1
            if _begins_with(packed[at : at + _TRIED_BYTES], beginning):
                self._begin(packed[at:])
                return True
            at += 1


def _begins_with(packed: bytes, beginning: bytes) -> bool:
    try:
        inflated = zlib.decompressobj(_WITH_GZIP_HEADER).decompress(packed, len(beginning))
    except zlib.error:
        return False
    return inflated == beginning
