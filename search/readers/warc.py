"""Web archives (WARC, and the older ARC): each page in one is read as if it had been saved by itself.

Where a record begins and ends is found here, because lengths lie and members of gzip are damaged; what is in it,
warcio says.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, cast
from urllib.parse import urlsplit

from search.model.article import BadArticle
from search.readers.content_types import charset_of, kind_of, suffix_for
from search.readers.decompression import CutShort
from search.readers.draft import unforeseen
from search.readers.encodings import control_count
from search.readers.source import WITHIN, Member, Source
from search.text.spacing import single_spaced

if TYPE_CHECKING:
    from warcio.recordloader import ArcWarcRecordLoader
    from warcio.statusandheaders import StatusAndHeaders

_BEGINNING = b"WARC/"
#: Longer headers of a record, or of the answer in it, are none.
_MAX_HEADER_BYTES = 65_536
#: A larger page is not read; a larger record is skipped.
_MAX_BLOCK_BYTES = 20_000_000
#: What `deflate` may grow to; gzip is bounded where it is decompressed.
_MAX_INFLATED_BYTES = 50_000_000
_PART_BYTES = 1_000_000
#: Records of a wrong length or header; of more the file is no web archive.
_MAX_WRONG = 1_000

_WARC_HEADER = re.compile(rb"WARC/[01]\.\d{1,2}[ \t]*\r?\n")
_ARC_HEADER = re.compile(
    rb"[a-z]{2,12}:[^\r\n]{1,8000} [^ \r\n]{1,60} \d{14} [^ \r\n]{1,200} \d{1,15}\r?\n"
)
#: Where a record begins after another; nothing else in a file looks like it.
_NEXT = re.compile(rb"(?:\A|(?<=\n))WARC/[01]\.\d{1,2}[ \t]*\r?\n[A-Za-z][\w-]{1,40}:")
_NEXT_BYTES = 80
_HEADER_END = re.compile(rb"\r?\n\r?\n")
_FIELD = rb"(?im)^%s[ \t]*:[ \t]*([^\r\n]*?)[ \t]*\r?$"
_TYPE = re.compile(_FIELD % b"WARC-Type")
_LENGTH = re.compile(_FIELD % b"Content-Length")
_URI = re.compile(_FIELD % b"WARC-Target-URI")
_CONTENT_TYPE = re.compile(_FIELD % b"Content-Type")
_SEGMENT = re.compile(_FIELD % b"WARC-Segment-Number")
_TRUNCATED = re.compile(_FIELD % b"WARC-Truncated")
#: A field of our own: `newssearch fetch` notes in it to which collection a page belongs.
COLLECTION_FIELD = "Newssearch-Collection"
_COLLECTION = re.compile(_FIELD % COLLECTION_FIELD.encode())
_MAX_COLLECTION_CHARS = 200

_READ_TYPES = ("response", "resource")
#: Schemes of what a crawler adds to its pages: names it looked up, its own log, pictures of pages.
_WHERE_PAGES_ARE = ("http", "https", "ftp", "file")
_SAID_OF_TYPES = {
    "revisit": "a record of type 'revisit' says that a page had not changed since another visit, and does not hold it",
    "conversion": "a record of type 'conversion' holds a page without its markup",
    "continuation": "a record of type 'continuation' holds a part of a page that was cut in segments",
}
_WITH_PAGE = ("200", "203")
#: Encodings that are seen by how the bytes begin, when the page is opened.
_SEEN_IN_BYTES = ("", "identity", "gzip", "x-gzip", "zstd")


class _Record(NamedTuple):
    #: As it stands in the file, with the empty line after it.
    header: bytes
    #: If it is too large, only its beginning.
    block: bytes = b""
    is_too_large: bool = False
    is_arc: bool = False

    def type(self) -> str:
        if self.is_arc:
            return "warcinfo" if self.header.startswith(b"filedesc:") else "response"
        return _field(_TYPE, self.header).lower()

    def uri(self) -> str:
        if self.is_arc:
            return self.header.rsplit(b" ", 4)[0].decode("utf-8", "replace")
        return _field(_URI, self.header).strip("<>")

    def content_type(self) -> str:
        if self.is_arc:
            return self.header.split()[-2].decode("utf-8", "replace")
        return _field(_CONTENT_TYPE, self.header)


def _field(pattern: re.Pattern[bytes], header: bytes) -> str:
    found = pattern.search(header)
    return found[1].decode("utf-8", "replace") if found else ""


def members(source: Source) -> Iterator[Member | BadArticle]:
    """Yield the pages, feeds and other texts that were answered, in the order of the archive.

    Of a damaged file that is compressed record by record, what follows the damage is read too. Raises
    `CutShort` where nothing can be told to follow it.
    """
    records = _Records(source)
    while True:
        try:
            record = records.next()
        except CutShort as exc:
            if not source.go_on(_BEGINNING):
                raise
            records.forget()
            reason = f"a record is damaged ({exc}); what follows it was read"
            yield BadArticle(source.path, None, reason, cut_short=True)
            continue
        if record is None:
            return
        if isinstance(record, BadArticle):
            yield record
            continue
        try:
            found = _member(source, record)
        except Exception as exc:  # one page must not end a whole archive
            found = BadArticle(_path(source, record), None, unforeseen(exc))
        if found is not None:
            yield found


def _path(source: Source, record: _Record) -> str:
    return f"{source.path}{WITHIN}{record.uri()}"


def _member(source: Source, record: _Record) -> Member | BadArticle | None:
    """Return what *record* holds, None where that is nothing to read, which a remark says."""
    why, found = _page(record)
    if found is None:
        if why:
            source.remarks.count(None, "not read", why)
        return None
    if record.is_too_large:
        size = _MAX_BLOCK_BYTES // 1_000_000
        return BadArticle(_path(source, record), None, f"is larger than {size} MB")
    if _SEGMENT.search(record.header):
        reason = "was cut in segments, which are not put together here; have its archive written anew without them"
        return BadArticle(_path(source, record), None, reason)
    if cause := _field(_TRUNCATED, record.header):
        reason = f"{record.uri()[:200]} was cut when it was fetched ({cause[:40]}); it was read as far as it goes"
        source.remarks.say(None, "cut text", reason)
    return found


def _page(record: _Record) -> tuple[str, Member | None]:
    """Return what *record* holds, or why that is nothing to read."""
    kind = record.type()
    if kind not in _READ_TYPES:
        if kind == "warcinfo":
            return "", None
        return _SAID_OF_TYPES.get(kind, f"a record of type {kind[:40]!r} holds no page"), None
    uri = record.uri()
    scheme = uri.partition(":")[0].lower()
    if scheme not in _WHERE_PAGES_ARE:
        return f"what a crawler notes under {scheme[:20]}: is no page", None
    is_fetched = scheme in ("http", "https")
    if is_fetched and record.block.startswith(b"HTTP/"):
        status, content_type, encoding, content = _answer(record, uri)
        if status not in _WITH_PAGE:
            return f"an answer with the status {status[:3]} is no page", None
    else:
        encoding, content_type, content = "", record.content_type(), record.block
    name = urlsplit(uri).path if uri.isascii() else uri
    suffix = suffix_for(content_type, name, content)
    if not suffix:
        return f"no reader knows what is of the type {kind_of(content_type)}", None
    if name == "/robots.txt":
        return "rules for crawlers (robots.txt) are no page", None
    if encoding == "deflate":
        content = _inflated(content)
    elif encoding not in _SEEN_IN_BYTES and control_count(content[:_MAX_HEADER_BYTES]):
        return f"no reader knows what is compressed by {encoding[:40]}", None
    if not content:
        return "an answer without content is no page", None
    stream = cast(BinaryIO, io.BytesIO(content))
    url = uri if is_fetched else ""
    collection = single_spaced(_field(_COLLECTION, record.header))
    if len(collection) > _MAX_COLLECTION_CHARS or not collection.isprintable():
        collection = ""
    return "", Member(uri, stream, url, charset_of(content_type), suffix, collection)


def _answer(record: _Record, uri: str) -> tuple[str, str, str, bytes]:
    """Return status, type and encoding of an answer to HTTP, and its content, which is in that encoding."""
    block = record.block
    if not _HEADER_END.search(block, 0, _MAX_HEADER_BYTES):
        return "unknown", "", "", b""
    stream = io.BytesIO(block)
    loader = _loader()
    headers = loader.load_http_headers("response", uri, stream, len(block))
    if headers is None:
        return "unknown", "", "", b""
    encoding = (headers.get_header("content-encoding") or "").strip().lower()
    headers.remove_header("content-encoding")
    return (
        headers.get_statuscode(),
        headers.get_header("content-type") or "",
        encoding,
        _content(stream, headers),
    )


@cache
def _loader() -> ArcWarcRecordLoader:
    from warcio.recordloader import ArcWarcRecordLoader

    return ArcWarcRecordLoader(verify_http=False)


def _content(stream: io.BytesIO, headers: StatusAndHeaders) -> bytes:
    """Return what follows the headers of an answer, of which the chunks are put together."""
    from warcio.recordloader import ArcWarcRecord

    answer = ArcWarcRecord("warc", "response", None, stream, headers, "", None)
    return cast(bytes, answer.content_stream().read())


def _inflated(content: bytes) -> bytes:
    """Return what `deflate` compressed, with or without the header that it should have."""
    for bits in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
        try:
            return zlib.decompressobj(bits).decompress(content, _MAX_INFLATED_BYTES)
        except zlib.error:
            continue
    return content  # which was inflated when it was archived


class _Records:
    """The records of a source, each whole in memory if it is not too large."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._ahead = b""
        self._at = 0
        #: Why no more can be read.
        self._fault: CutShort | None = None
        self._wrong = 0

    def next(self) -> _Record | BadArticle | None:
        """Return the next record, None at the end; a refusal of what is none. Raises `CutShort`."""
        while (start := self._peek(_MAX_HEADER_BYTES)).startswith((b"\r", b"\n")):
            self._at += len(start) - len(start.lstrip(b"\r\n"))
        if not start:
            if self._fault:
                raise self._fault
            return None
        if _WARC_HEADER.match(start):
            end = _HEADER_END.search(start)
            if end is None:
                return self._without_end(len(start))
            header = start[: end.end()]
            if _NEXT.search(header, 1):
                return self._to_next("a record is cut in its header")
            length = _field(_LENGTH, header)
            if not (length.isascii() and length.isdigit() and len(length) < 16):
                return self._to_next(f"a record has no length, but {length[:40]!r}")
            record = _Record(header)
        elif arc := _ARC_HEADER.match(start):
            record = _Record(arc[0], is_arc=True)
            length = arc[0].split()[-1].decode()
        else:
            return self._to_next("what stands where a record should begin is none")
        self._at += len(record.header)
        return self._with_block(record, int(length))

    def forget(self) -> None:
        """Forget what was read ahead, and that no more could be read."""
        self._ahead, self._at, self._fault = b"", 0, None

    def _without_end(self, length: int) -> BadArticle:
        if length < _MAX_HEADER_BYTES:
            raise self._cut()
        return self._to_next(f"a record has a header of more than {_MAX_HEADER_BYTES // 1024} KB")

    def _cut(self) -> CutShort:
        return self._fault or CutShort("ends in the middle of a record; fetch the file again")

    def _with_block(self, record: _Record, length: int) -> _Record:
        """Return *record* with its block, which says of itself that it has *length* bytes."""
        if length > _MAX_BLOCK_BYTES:
            return self._skipped(record, length)
        block = self._peek(length)
        self._at += len(block)
        if len(block) == length and self._is_after_record():
            return record._replace(block=block)
        # Another record begins in the block, or some way after it.
        self._ahead, self._at = block + self._ahead[self._at :], 0
        for most in (_PART_BYTES, _MAX_BLOCK_BYTES):
            start = self._peek(most)
            if found := _NEXT.search(start):
                return self._ended(record, start[: found.start()])
        if len(start) == _MAX_BLOCK_BYTES:
            return self._skipped(record, length)
        self._at += len(start)
        if len(start) <= length or self._fault:
            raise self._cut()
        return record._replace(block=start)

    def _is_after_record(self) -> bool:
        """Whether a record ends here: the next one begins, or the file ends, if need be by a fault of what is next."""
        after = self._peek(_MAX_HEADER_BYTES)
        start = after.lstrip(b"\r\n")
        if self._fault and not start:
            is_unchecked = "incorrect data check" in str(self._fault)
            return len(after) >= len(b"\r\n\r\n") and not is_unchecked
        return start.startswith(_BEGINNING) or not start or bool(_ARC_HEADER.match(start))

    def _ended(self, record: _Record, block: bytes) -> _Record:
        """Return *record* with what stands before the next one, its length being wrong."""
        self._at += len(block)
        self._count_wrong()
        self._source.remarks.count(
            None,
            "value not used",
            "the length of a record is wrong; it was read to the beginning of the next one",
        )
        return record._replace(block=block)

    def _skipped(self, record: _Record, length: int) -> _Record:
        """Return the beginning of a large record, of which the rest is skipped: to its end, or to where another begins."""
        start = self._peek(_MAX_HEADER_BYTES)
        record = record._replace(block=start, is_too_large=True)
        while length > 0:
            part = self._peek(min(length, _PART_BYTES))
            if found := _NEXT.search(part):
                self._ended(record, part[: found.start()])
                break
            if len(part) < min(length, _PART_BYTES):
                self._at += len(part)
                raise self._cut()
            # The beginning of one may be cut.
            step = len(part) if len(part) == length else len(part) - _NEXT_BYTES
            self._at += step
            length -= step
        return record

    def _to_next(self, reason: str) -> BadArticle:
        """Go to where the next record begins, or to the end, and return why."""
        self._count_wrong()
        self._at += 1
        while part := self._peek(_PART_BYTES):
            if found := _NEXT.search(part):
                self._at += found.start()
                break
            self._at += len(part) if len(part) < _PART_BYTES else len(part) - _NEXT_BYTES
        reason = f"{reason}; what follows it was read"
        return BadArticle(self._source.path, None, reason, cut_short=True)

    def _count_wrong(self) -> None:
        self._wrong += 1
        if self._wrong > _MAX_WRONG:
            raise CutShort(f"{_MAX_WRONG:,} records are damaged; the rest was not read")

    def _peek(self, wanted: int) -> bytes:
        """Return the next *wanted* bytes without consuming them, fewer at the end and before a fault."""
        there = len(self._ahead) - self._at
        if there < wanted and not self._fault:
            parts = [self._ahead[self._at :]]
            try:
                while there < wanted and (part := self._source.stream.read1(_MAX_HEADER_BYTES)):
                    parts.append(part)
                    there += len(part)
            except CutShort as exc:
                self._fault = exc
            self._ahead, self._at = b"".join(parts), 0
        return self._ahead[self._at : self._at + wanted]
