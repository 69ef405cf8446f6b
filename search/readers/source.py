"""An input file as a bounded stream: opened, decompressed and decoded, whatever is in it."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import re
import select
import stat
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from search.model.errors import ReadError
from search.model.remark import Remarks
from search.model.settings import Settings
from search.readers.encodings import (
    UTF_8,
    Decoder,
    Encoding,
    FoundEncoding,
    control_count,
    decoded,
    encoding_of,
    is_utf8,
    marked,
)
from search.readers.options import AS_FOUND, ReadingOptions

#: Bytes at the start of a file that are read to find out its format.
HEAD_BYTES = 65_536

#: Bytes in a block of lines.
BLOCK_BYTES = 1_000_000

_BUFFER_BYTES = 65_536

#: A compressed file may grow to this, and beyond it to a multiple of the bytes that were taken of it. Files of
#: articles grow 3 to 10 times, one of zeros 1,000 times.
_FREE_BYTES = 50_000_000
_MAX_GROWTH = 100

#: The bytes of UTF-8 that do not begin a character.
_CONTINUATION = re.compile(rb"[\x80-\xbf]+")
_KNOWN_BINARY = re.compile(
    rb"%PDF-|PK\x03\x04|\x89PNG|\xff\xd8\xff|GIF8|\x7fELF|\xd0\xcf\x11\xe0|\x1f\x8b|BZh|\xfd7zXZ|\x28\xb5\x2f\xfd"
)


class CutShort(Exception):
    """The rest of a file could not be read; what came before is valid."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The longest article and record that are read; the size of a block."""

    max_article_chars: int
    #: Of a line or a JSON value.
    max_record_chars: int
    block_bytes: int

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        return cls(
            settings.max_article_chars,
            6 * settings.max_article_chars + 1_000_000,  # an escaped character takes six: \u00e9
            BLOCK_BYTES,
        )


@dataclass(frozen=True, slots=True)
class Origin:
    """The file an article comes from, what a person said about it, and the limits."""

    path: str
    limits: Limits
    options: ReadingOptions = AS_FOUND
    #: What a reader has to say besides its articles.
    remarks: Remarks = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "remarks", Remarks(self.path))


@dataclass(frozen=True, slots=True)
class Block:
    """Some whole lines of a source, as bytes; ``first_line`` is the number of the first, from 1.

    Of a line that is too long for any record a block has nothing but the number.
    """

    first_line: int
    content: bytes
    is_too_long: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Source(Origin):
    """An open source. Its content can be taken once, as `text`, `content` or `blocks`.

    ``head`` is the first `HEAD_BYTES` after decompression, still there to be read.
    """

    head: bytes
    stream: io.BufferedReader
    #: The file on disk, which decompression reads ahead of what it gives.
    file: BinaryIO
    #: The encoding, as far as ``head`` tells it.
    found: FoundEncoding = field(init=False)

    def __post_init__(self) -> None:
        Origin.__post_init__(self)
        object.__setattr__(self, "found", encoding_of(self.head, self.options.encoding))

    def digest(self) -> str:
        """Return the `digest_of` the file on disk, of which the rest is read for it; "" for standard input."""
        raw = getattr(self.file, "raw", None)
        return raw.digest() if isinstance(raw, _Hashed) else ""

    def remark_on_encoding(self, found: FoundEncoding, misfits: int) -> None:
        """Remark on the text, read to its end, of which *misfits* bytes are not in its encoding."""
        name = found.encoding.name
        if found.how == "guessed":
            self.remarks.say(
                None,
                "encoding",
                f"is not UTF-8 and does not name its encoding; it was read as {name}, which its letters"
                " suggest: if that is wrong, name the right one by --encoding",
            )
        if (
            found.how == "said"
            and name != "utf-8"
            and not self.head.isascii()
            and is_utf8(self.head)
        ):
            reason = f"looks like UTF-8, and was read as {name}, because --encoding says so"
            self.remarks.say(None, "encoding", reason)
        if misfits:
            self.remarks.say(None, "encoding", f"{misfits:,} {misread(found.encoding)}")

    def head_text(self) -> str:
        """Return ``head`` decoded, without its byte order mark."""
        return decoded(self.head, self.found.encoding)[0]

    def text(self) -> TextIO:
        """Return the decoded text. Line ends are unchanged, and no byte is lost in silence (see `decoded`)."""
        text = io.TextIOWrapper(self._in_utf8(), encoding="utf-8", newline="")
        # An eighth of it otherwise, each with its own calls.
        text._CHUNK_SIZE = _BUFFER_BYTES  # type: ignore[attr-defined]
        return text

    def _in_utf8(self) -> io.BufferedReader:
        """Return the stream in UTF-8, whatever it is in; at its end it is remarked what did not fit."""
        return io.BufferedReader(_InUtf8(self), _BUFFER_BYTES)

    def content(self, max_bytes: int) -> bytes:
        """Return the whole content, or its first *max_bytes* + 1 bytes if it is longer."""
        parts = []
        wanted = max_bytes + 1
        while wanted > 0 and (part := self.stream.read1(min(wanted, _BUFFER_BYTES))):
            parts.append(part)
            wanted -= len(part)
        return b"".join(parts)

    def blocks(self) -> Iterator[Block]:
        """Yield the lines in blocks of about ``limits.block_bytes``, in UTF-8.

        Of a text in UTF-8 they are as they stand, with what does not fit; another is decoded here.

        Lines end as in `text`: at a line feed, a carriage return, or both. Raises `CutShort` after
        the last line before the fault.
        """
        max_chars = self.limits.max_record_chars
        stream = self.stream if self.found.encoding is UTF_8 else self._in_utf8()
        begun = bytearray()
        chars = 0  # of a line that does not end in what was read
        line = 1
        is_at_end = False
        searched = 0  # where no line ends, but perhaps at the last byte
        while not is_at_end:
            try:
                is_at_end = self._fill(stream, begun)
            except CutShort:
                if end := _end_of_lines(begun, searched):
                    yield Block(line, bytes(begun[:end]))
                raise
            end = len(begun) if is_at_end else _end_of_lines(begun, searched)
            if end:
                content = bytes(memoryview(begun)[:end])
                yield Block(line, content)
                line += _count_lines(content)
                del begun[:end]
                chars, searched = 0, len(begun)
                continue
            chars += len(_CONTINUATION.sub(b"", begun[searched:]))
            searched = len(begun)
            if chars > max_chars:
                yield Block(line, b"", is_too_long=True)
                line += 1
                begun = self._after_line(stream, bytes(begun[-1:]))
                chars = searched = 0

    def _fill(self, stream: io.BufferedReader, begun: bytearray) -> bool:
        """Add the available bytes, at most a block, to *begun*; return whether that was the end."""
        wanted = len(begun) + self.limits.block_bytes
        while len(begun) < wanted:
            part = stream.read1(self.limits.block_bytes)
            if not part:
                return True
            begun += part
            if not has_more(self.file):
                return False
        return False

    def _after_line(self, stream: io.BufferedReader, part: bytes) -> bytearray:
        """Skip the rest of a line, of which *part* was read last; return the bytes that were read after it."""
        while part:
            ends = [at for at in (part.find(b"\n"), part.find(b"\r")) if at >= 0]
            if ends:
                end = min(ends) + 1
                if part[end - 1 :] == b"\r":  # perhaps the first half of an end
                    part += stream.read1(1)
                if part[end - 1 : end + 1] == b"\r\n":
                    end += 1
                return bytearray(part[end:])
            part = stream.read1(self.limits.block_bytes)
        return bytearray()


class _InUtf8(io.RawIOBase):
    """A source decoded and encoded anew in UTF-8, which is what all that cuts lines understands."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._decoder = Decoder(source.found.encoding)
        self._ready = b""
        self._is_at_end = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast(bytearray, buffer)).cast("B")
        while not self._ready and not self._is_at_end:
            part = self._source.stream.read1(_BUFFER_BYTES)
            self._is_at_end = not part
            self._ready = self._decoder.in_utf8(part, is_last=not part)
            if not part:
                self._source.remark_on_encoding(self._source.found, self._decoder.misfits)
        part, self._ready = self._ready[: len(view)], self._ready[len(view) :]
        view[: len(part)] = part
        return len(part)


class _Hashed(io.RawIOBase):
    """A file that is hashed while it is read, once from its beginning to its end."""

    def __init__(self, path: str) -> None:
        self._file = io.FileIO(path)
        self._hash = _new_hash()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int | None:
        view = memoryview(cast(bytearray, buffer)).cast("B")
        count = self._file.readinto(view)
        self._hash.update(view[:count])
        return count

    def fileno(self) -> int:
        return self._file.fileno()

    def tell(self) -> int:
        return self._file.tell()

    def close(self) -> None:
        self._file.close()
        super().close()

    def digest(self) -> str:
        while part := self._file.read(BLOCK_BYTES):
            self._hash.update(part)
        return self._hash.hexdigest()


def digest_of(path: str) -> str:
    """Return the digest of the bytes of a file (BLAKE2b, hex). Raises OSError."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, _new_hash).hexdigest()


def _new_hash() -> hashlib.blake2b:
    return hashlib.blake2b(digest_size=16)


def has_more(file: BinaryIO) -> bool:
    """Whether reading would not wait, so that whoever writes lines into a pipe sees them handled at once."""
    try:
        return bool(select.select([file], [], [], 0)[0])
    except (OSError, ValueError):  # not a file of the system, or one that cannot be polled
        return True


def _end_of_lines(content: bytearray, searched: int) -> int:
    """Return the end of the last whole line of *content*, 0 if there is none; before *searched* none ends."""
    # The last byte that was searched may be a carriage return.
    searched = max(0, searched - 1)
    # At the very end a carriage return may be half of a line end.
    return max(content.rfind(b"\n", searched), content.rfind(b"\r", searched, len(content) - 1)) + 1


def _count_lines(content: bytes) -> int:
    """Return the number of line ends."""
    # A fifth of the time of counting bytes, where lines are as long as records.
    count = len(io.BytesIO(content).readlines()) - (content[-1:] not in (b"", b"\n"))
    if b"\r" in content:
        count += content.count(b"\r") - content.count(b"\r\n")
    return count


def misread(encoding: Encoding) -> str:
    """Return what became of bytes that are not in *encoding*, to be said after their number."""
    if encoding is UTF_8:
        return "bytes are not UTF-8, and were read as Windows-1252; --encoding names another"
    return f"bytes are not {encoding.name}, and are shown as \N{REPLACEMENT CHARACTER}"


class _Packed:
    """A compressed file that knows how much of it was taken."""

    def __init__(self, stream: io.BufferedIOBase) -> None:
        self._stream = stream
        self.bytes_taken = 0

    def read(self, size: int = -1) -> bytes:
        part = self._stream.read(size)
        self.bytes_taken += len(part)
        return part


class _Bounded(io.RawIOBase):
    """A stream that turns every failure into `CutShort`, and growing without bounds when decompressed too."""

    def __init__(self, stream: io.BufferedIOBase, packed: _Packed | None) -> None:
        self._stream = stream
        self._packed = packed
        self._bytes_given = 0
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

    def _next(self, size: int) -> bytes:
        try:
            # read1 returns the available bytes; read would lose them if the next block is damaged.
            part = self._stream.read1(size)
        except EOFError as exc:
            raise CutShort("the compressed data ends too early; fetch the file again") from exc
        except (gzip.BadGzipFile, zlib.error) as exc:
            raise CutShort(f"the compressed data is damaged ({exc}); fetch the file again") from exc
        except OSError as exc:
            raise CutShort(f"reading failed: {exc.strerror or exc}") from exc
        self._bytes_given += len(part)
        if (
            self._packed
            and self._bytes_given > _FREE_BYTES + _MAX_GROWTH * self._packed.bytes_taken
        ):
            raise CutShort(
                f"grows to more than {_MAX_GROWTH} times its size when it is decompressed, as no articles do;"
                " the rest was not read: if they are articles, decompress the file first"
            )
        return part


@contextmanager
def open_source(path: str, limits: Limits, options: ReadingOptions = AS_FOUND) -> Iterator[Source]:
    """Open *path*, "-" being standard input; gzip is decompressed.

    Raises `ReadError` if it cannot be opened or is not text.
    """
    if path == "-":
        yield _source(path, sys.stdin.buffer, limits, options)  # not closed: it is not ours
        return
    try:
        mode = os.stat(path).st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode) or stat.S_ISDIR(mode)):
            raise ReadError(
                f"{path}: is a device or a socket, and not a file; - reads standard input"
            )
        stream = io.BufferedReader(_Hashed(path))
    except IsADirectoryError as exc:
        raise ReadError(f"{path}: is a folder that could not be listed") from exc
    except FileNotFoundError as exc:
        raise ReadError(f"{path}: there is no such file or folder") from exc
    except (OSError, ValueError) as exc:
        raise ReadError(f"{path}: {getattr(exc, 'strerror', None) or exc}") from exc
    with stream:
        yield _source(path, stream, limits, options)


def _source(path: str, stream: BinaryIO, limits: Limits, options: ReadingOptions) -> Source:
    buffered = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(stream)  # type: ignore[type-var]
    try:
        magic = buffered.peek(2)[:2]
    except OSError as exc:
        raise ReadError(f"{path}: {exc.strerror or exc}") from exc
    packed = _Packed(buffered) if magic == b"\x1f\x8b" else None
    content: io.BufferedIOBase = (
        gzip.GzipFile(fileobj=cast(BinaryIO, packed)) if packed else buffered
    )
    bounded = _Bounded(content, packed)
    try:
        head = bounded.read_head()
    except CutShort as exc:
        raise ReadError(f"{path}: {exc}") from exc
    _refuse_binary(path, head)
    return Source(
        path,
        limits,
        options,
        head=head,
        stream=io.BufferedReader(bounded, _BUFFER_BYTES),
        file=stream,
    )


def _refuse_binary(path: str, head: bytes) -> None:
    # Noise has one such byte in ten, text hardly any, but a short text may have a few.
    is_text = marked(head) or control_count(head) <= 8 + 0.02 * len(head)
    if _KNOWN_BINARY.match(head) or not is_text:
        raise ReadError(f"{path}: is not text; convert it to text, HTML, JSON or CSV first")


def suffix_of(path: str) -> str:
    """Return the suffix that tells the format, lower case: ".jsonl" for "a.JSONL.gz"."""
    name = Path(path)
    if name.suffix.lower() == ".gz":
        name = name.with_suffix("")
    return name.suffix.lower()
