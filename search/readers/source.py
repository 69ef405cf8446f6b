"""An input file as a bounded stream: opened, decompressed and decoded, whatever is in it."""

from __future__ import annotations

import codecs
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
from search.readers.options import AS_FOUND, ReadingOptions

#: Bytes at the start of a file that are read to find out its format.
HEAD_BYTES = 65_536

#: Bytes in a block of lines.
BLOCK_BYTES = 1_000_000

_BUFFER_BYTES = 65_536
_BAD_BYTES = "newssearch-bad-bytes"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_KNOWN_BINARY = re.compile(
    rb"%PDF-|PK\x03\x04|\x89PNG|\xff\xd8\xff|GIF8|\x7fELF|\xd0\xcf\x11\xe0|\x1f\x8b|BZh|\xfd7zXZ|\x28\xb5\x2f\xfd"
)
#: Bytes that plain text does not need, NUL among them; a few of them are accepted.
_CONTROL_BYTES = bytes(set(range(32)) - set(b"\t\n\v\f\r\b\x1b"))
_SURROGATE_BYTES = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")


class CutShort(Exception):
    """The rest of a file could not be read; what came before is valid."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The largest file, decompressed, and the longest article and record that are read; the size of a block."""

    max_file_bytes: int
    max_article_chars: int
    #: Of a line or a JSON value.
    max_record_chars: int
    block_bytes: int

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        return cls(
            settings.max_file_mb * 1_000_000,
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

    Of a line that is too long for any record a block holds the beginning, without a line end.
    """

    first_line: int
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Source(Origin):
    """An open source. Its content can be taken once, as `text`, `content` or `blocks`.

    ``head`` is the first `HEAD_BYTES` after decompression, still there to be read.
    """

    head: bytes
    stream: io.BufferedReader
    #: The file on disk, which decompression reads ahead of what it gives.
    file: BinaryIO

    @property
    def encoding(self) -> str:
        return encoding_of(self.head)

    def digest(self) -> str:
        """Return the `digest_of` the file on disk, of which the rest is read for it; "" for standard input."""
        raw = getattr(self.file, "raw", None)
        return raw.digest() if isinstance(raw, _Hashed) else ""

    def head_text(self) -> str:
        """Return ``head`` decoded, without its byte order mark."""
        return decode(self.head)

    def text(self) -> TextIO:
        """Return the decoded text. Line ends are unchanged; no byte is lost (see `decode`)."""
        errors = _error_handler()
        return io.TextIOWrapper(self.stream, encoding=self.encoding, errors=errors, newline="")

    def content(self, max_bytes: int) -> bytes:
        """Return the whole content, or its first *max_bytes* + 1 bytes if it is longer."""
        parts = []
        wanted = max_bytes + 1
        while wanted > 0 and (part := self.stream.read1(min(wanted, _BUFFER_BYTES))):
            parts.append(part)
            wanted -= len(part)
        return b"".join(parts)

    def blocks(self) -> Iterator[Block]:
        """Yield the lines in blocks of about ``limits.block_bytes``. Only of text in UTF-8.

        Lines end as in `text`: at a line feed, a carriage return, or both. Raises `CutShort` after
        the last line before the fault.
        """
        max_line_bytes = 4 * self.limits.max_record_chars
        begun = bytearray()
        line = 1
        is_at_end = False
        while not is_at_end:
            searched = len(begun)
            try:
                is_at_end = self._fill(begun)
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
            elif len(begun) > max_line_bytes:
                yield Block(line, bytes(begun[:max_line_bytes]))
                line += 1
                begun = self._after_line()

    def _fill(self, begun: bytearray) -> bool:
        """Add the available bytes, at most a block, to *begun*; return whether that was the end."""
        wanted = len(begun) + self.limits.block_bytes
        while len(begun) < wanted:
            part = self.stream.read1(self.limits.block_bytes)
            if not part:
                return True
            begun += part
            if not has_more(self.file):
                return False
        return False

    def _after_line(self) -> bytearray:
        """Skip the rest of a line; return the bytes that were read after it."""
        while part := self.stream.read1(self.limits.block_bytes):
            ends = [at for at in (part.find(b"\n"), part.find(b"\r")) if at >= 0]
            if ends:
                end = min(ends) + 1
                if part[end - 1 :] == b"\r":  # perhaps the first half of an end
                    part += self.stream.read1(1)
                if part[end - 1 : end + 1] == b"\r\n":
                    end += 1
                return bytearray(part[end:])
        return bytearray()


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
    end = content.rfind(b"\n", searched) + 1
    # At the very end a carriage return may be half of a line end.
    return end or content.rfind(b"\r", searched, len(content) - 1) + 1


def _count_lines(content: bytes) -> int:
    """Return the number of line ends."""
    count = content.count(b"\n")
    if b"\r" in content:
        count += content.count(b"\r") - content.count(b"\r\n")
    return count


def encoding_of(head: bytes) -> str:
    """Return the encoding: by a byte order mark or the NULs of UTF-16 text, else UTF-8."""
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    halves = {
        "utf-16-be": head[0:4096:2],
        "utf-16-le": head[1:4096:2],
    }  # where Latin text has its NULs
    for name, half in halves.items():
        other = halves["utf-16-le" if name == "utf-16-be" else "utf-16-be"]
        if half.count(0) > 0.4 * len(half) and _control_count(other) < 0.1 * len(other):
            return name
    return "utf-8"


def _control_count(content: bytes) -> int:
    return len(content) - len(content.translate(None, _CONTROL_BYTES))


def decode(content: bytes, encoding: str | None = None) -> str:
    """Return *content* as text, in *encoding* or the one found by `encoding_of`.

    A byte that does not fit is read as Windows-1252, which it nearly always is; half a
    surrogate pair becomes U+FFFD.
    """
    return content.decode(encoding or encoding_of(content), _error_handler())


def _error_handler() -> str:
    try:
        codecs.lookup_error(_BAD_BYTES)
    except LookupError:
        codecs.register_error(_BAD_BYTES, _bad_bytes)
    return _BAD_BYTES


def _bad_bytes(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    at = error.start
    if not error.encoding.startswith("utf-8"):
        return "\N{REPLACEMENT CHARACTER}", max(error.end, at + 1)
    if _SURROGATE_BYTES.match(error.object, at):
        return "\N{REPLACEMENT CHARACTER}", at + 3
    byte = error.object[at : at + 1]
    try:
        return byte.decode("cp1252"), at + 1
    except UnicodeDecodeError:  # the five bytes that Windows-1252 leaves open
        return byte.decode("latin-1"), at + 1


class _Bounded(io.RawIOBase):
    """A stream that counts the bytes read and turns every failure into `CutShort`."""

    def __init__(self, stream: io.BufferedIOBase, limits: Limits) -> None:
        self._stream = stream
        self._limits = limits
        self._left = limits.max_file_bytes
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
            part = self._stream.read1(min(size, self._left) or 1)
        except EOFError as exc:
            raise CutShort("the compressed data ends too early; fetch the file again") from exc
        except (gzip.BadGzipFile, zlib.error) as exc:
            raise CutShort(f"the compressed data is damaged ({exc}); fetch the file again") from exc
        except OSError as exc:
            raise CutShort(f"reading failed: {exc.strerror or exc}") from exc
        self._left -= len(part)
        if self._left < 0:
            megabytes = self._limits.max_file_bytes // 1_000_000
            raise CutShort(
                f"holds more than {megabytes} MB once decompressed; the rest was not read:"
                " split the file or raise max_file_mb"
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
    content: io.BufferedIOBase = (
        gzip.GzipFile(fileobj=buffered) if magic == b"\x1f\x8b" else buffered
    )
    bounded = _Bounded(content, limits)
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
    is_text = encoding_of(head) != "utf-8" or _control_count(head) <= 8 + 0.02 * len(head)
    if _KNOWN_BINARY.match(head) or not is_text:
        raise ReadError(f"{path}: is not text; convert it to text, HTML, JSON or CSV first")


def suffix_of(path: str) -> str:
    """Return the suffix that tells the format, lower case: ".jsonl" for "a.JSONL.gz"."""
    name = Path(path)
    if name.suffix.lower() == ".gz":
        name = name.with_suffix("")
    return name.suffix.lower()
