"""An input file as a bounded stream: opened, decompressed and decoded, whatever is in it."""

from __future__ import annotations

import hashlib
import io
import os
import re
import select
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TextIO, cast

from search.model.article import Article
from search.model.errors import ReadError
from search.model.remark import Remarks
from search.model.settings import Settings
from search.readers.decompression import (
    BUFFER_BYTES,
    MAGIC_BYTES,
    Bounded,
    CutShort,
    Growth,
    Packed,
    compression_of,
    decompressed,
)
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

#: Bytes in a block of lines.
BLOCK_BYTES = 1_000_000

#: The bytes of UTF-8 that do not begin a character.
_CONTINUATION = re.compile(rb"[\x80-\xbf]+")
_KNOWN_BINARY = re.compile(rb"%PDF-|PK\x03\x04|\x89PNG|\xff\xd8\xff|GIF8|\x7fELF")
#: What Word, Excel and Outlook wrote before 2007, and write of a document with a password.
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"


#: SOH, a header, STX.
_WIRE_MESSAGE = re.compile(rb"[\x00\x16\s]{0,100}+\x01[^\x01-\x03]{3,300}+\x02")
#: Between the path of a container and the name of what lies in it.
WITHIN = "!/"
#: A container in a container, and so on.
MAX_DEPTH = 4
#: What is kept of a stream in memory, and beyond that on disk, to be read in any order.
_SPOOLED_BYTES = 32_000_000


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
    #: Where it was fetched from, as a web archive or a mail says it; an article that says none of its own has this.
    url: str = ""
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

    def parted(self, size_bytes: int) -> Iterator[Block]:
        """Yield the same lines in blocks of at least *size_bytes*, but for the last; in one where no line ends with a line feed."""
        line, first = self.first_line, 0
        while True:
            end = self.content.find(b"\n", first + size_bytes - 1) + 1 or len(self.content)
            part = self.content[first:end]
            yield Block(line, part, self.is_too_long)
            if end == len(self.content):
                return
            line, first = line + _count_lines(part), end


class Member(NamedTuple):
    """What lies in a container: a file of an archive, a page of a web archive, a part of a mail."""

    #: As the container has it; a path in it, with "/", or an address.
    name: str
    #: Read once, before the next member.
    stream: BinaryIO
    url: str = ""
    #: See `Source`.
    charset: str = ""
    suffix: str = ""
    #: What its articles can be told from others by, where the options of the run say nothing of it.
    collection: str = ""


class PartRead(NamedTuple):
    """What was read of a part of a container whose parts are no files of their own, as those of a book."""

    #: As `Member.name`.
    name: str
    article: Article


@dataclass(frozen=True, slots=True, kw_only=True)
class Source(Origin):
    """An open source. Its content can be taken once, as `text`, `content`, `blocks` or `in_any_order`.

    ``head`` is the first `HEAD_BYTES` after decompression, still there to be read.
    """

    head: bytes
    stream: io.BufferedReader
    #: The file on disk, which decompression reads ahead of what it gives.
    file: BinaryIO
    growth: Growth = field(default_factory=lambda: Growth())
    #: Whether its bytes are those of the regular file at ``path``.
    is_as_on_disk: bool = False
    #: How many containers it lies in, one in another.
    depth: int = 0
    #: The encoding that the protocol said which it came by, "" if none did.
    charset: str = ""
    #: What tells its format where its name does not: ".html", "" for its name.
    suffix: str = ""
    #: The encoding, as far as ``head`` tells it.
    found: FoundEncoding = field(init=False)

    def __post_init__(self) -> None:
        Origin.__post_init__(self)
        found = encoding_of(self.head, self.options.encoding, self.charset)
        object.__setattr__(self, "found", found)

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
        text._CHUNK_SIZE = BUFFER_BYTES  # type: ignore[attr-defined]
        return text

    def _in_utf8(self) -> io.BufferedReader:
        """Return the stream in UTF-8, whatever it is in; at its end it is remarked what did not fit."""
        return io.BufferedReader(_InUtf8(self), BUFFER_BYTES)

    def content(self, max_bytes: int) -> bytes:
        """Return the whole content, or its first *max_bytes* + 1 bytes if it is longer."""
        parts = []
        wanted = max_bytes + 1
        while wanted > 0 and (part := self.stream.read1(min(wanted, BUFFER_BYTES))):
            parts.append(part)
            wanted -= len(part)
        return b"".join(parts)

    def in_any_order(self) -> BinaryIO:
        """Return the content as a file in which to seek, which the caller closes.

        Raises `CutShort` if it cannot be read to its end.
        """
        if self.is_as_on_disk:
            return open(self.path, "rb")
        spooled = tempfile.SpooledTemporaryFile(_SPOOLED_BYTES)  # noqa: SIM115
        while part := self.stream.read1(BUFFER_BYTES):
            spooled.write(part)
        spooled.seek(0)
        return cast(BinaryIO, spooled)

    def go_on(self, beginning: bytes) -> bool:
        """Go on after damage where a member of the gzip file begins that begins with *beginning*.

        Return whether there is one. Files of other compressions cannot be read on.
        """
        bounded = self.stream.raw
        return isinstance(bounded, Bounded) and bounded.go_on(beginning)

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
            part = self._source.stream.read1(BUFFER_BYTES)
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


@contextmanager
def open_source(path: str, limits: Limits, options: ReadingOptions = AS_FOUND) -> Iterator[Source]:
    """Open *path*, "-" being standard input; what is compressed by gzip, bzip2, xz or zstandard is decompressed.

    Raises `ReadError` if it cannot be opened.
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
        compression = compression_of(buffered.peek(MAGIC_BYTES)[:MAGIC_BYTES])
    except OSError as exc:
        raise ReadError(f"{path}: {exc.strerror or exc}") from exc
    growth = Growth(0 if compression else _size_of(stream))
    content: io.BufferedIOBase = buffered
    if compression:
        content = decompressed(compression, cast(BinaryIO, Packed(buffered, growth)))
        bounded = Bounded(content, growth)
    else:
        bounded = Bounded(content, None, None if growth.bytes_taken else growth)
    origin = Origin(path, limits, options)
    is_as_on_disk = not compression and path != "-" and os.path.isfile(path)
    return _opened(path, bounded, origin, file=stream, growth=growth, is_as_on_disk=is_as_on_disk)


def member_source(container: Source, member: Member) -> Source:
    """Return *member* of *container* as a source of its own, decompressed if it is compressed.

    Raises `ReadError` where it lies in too many containers, one in another, or cannot be read.
    """
    path = f"{container.path}{WITHIN}{member.name}"
    if container.depth == MAX_DEPTH:
        raise ReadError(
            f"{path}: lies in {MAX_DEPTH + 1} files, one in another, and {MAX_DEPTH} are opened at most; unpack it"
        )
    raw = io.BufferedReader(Bounded(cast(io.BufferedIOBase, member.stream), container.growth))
    try:
        compression = compression_of(raw.peek(MAGIC_BYTES)[:MAGIC_BYTES])
    except CutShort as exc:
        raise ReadError(f"{path}: {exc}") from exc
    content = decompressed(compression, cast(BinaryIO, raw)) if compression else raw
    options = container.options
    if member.collection and not options.collection:
        options = options._replace(collection=member.collection)
    origin = Origin(path, container.limits, options, member.url)
    return _opened(
        path, Bounded(content, container.growth if compression else None), origin, file=container.file,
        growth=container.growth, depth=container.depth + 1, charset=member.charset, suffix=member.suffix,
    )  # fmt: skip


def _opened(path: str, bounded: Bounded, origin: Origin, **more: Any) -> Source:
    try:
        head = bounded.read_head()
    except CutShort as exc:
        raise ReadError(f"{path}: {exc}") from exc
    stream: io.BufferedReader = io.BufferedReader(bounded, BUFFER_BYTES)
    return Source(path, origin.limits, origin.options, origin.url, head=head, stream=stream, **more)


def _size_of(stream: BinaryIO) -> int:
    try:
        return os.fstat(stream.fileno()).st_size
    except (OSError, ValueError):
        return 0


def refuse_binary(source: Source) -> None:
    """Raise `ReadError` where *source* is not text."""
    if source.head.startswith(_OLD_OFFICE):
        raise ReadError(
            f"{source.path}: is a document of an old form of Office (.doc, .xls, .msg), or has a password; save it as"
            " .docx or HTML without one"
        )
    if _WIRE_MESSAGE.match(source.head):
        raise ReadError(
            f"{source.path}: is a message of a wire in IPTC 7901 or ANPA 1312, whose text every agency orders in its own"
            " way; ask it for NITF, NewsML or ninjs, or save the text without its control characters"
        )
    # Noise has one such byte in ten, text hardly any, but a short text may have a few.
    head = source.head
    is_text = marked(head) or control_count(head) <= 8 + 0.02 * len(head)
    if _KNOWN_BINARY.match(head) or not is_text:
        raise ReadError(f"{source.path}: is not text; convert it to text, HTML, JSON or CSV first")


_COMPRESSIONS = (".gz", ".bz2", ".xz", ".zst")
#: Short for ".tar" and a compression.
_PACKED_TARS = (".tgz", ".tbz", ".tbz2", ".txz", ".tzst")


def suffix_of(path: str) -> str:
    """Return the suffix that tells the format, lower case: ".jsonl" for "a.JSONL.gz", ".tar" for "a.tgz"."""
    name = Path(path)
    if name.suffix.lower() in _COMPRESSIONS:
        name = name.with_suffix("")
    suffix = name.suffix.lower()
    return ".tar" if suffix in _PACKED_TARS else suffix
