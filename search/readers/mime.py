"""The parts of a mail, or of a page saved as one: what each is, and its content decoded. All of it bounded.

The standard library's parser takes a mail line by line, makes an object of each part, and reads headers of any length
by rules whose time grows with their square; here only the headers that are asked for are read, by what the library
has for one header.
"""

from __future__ import annotations

import binascii
import quopri
import re
from collections.abc import Iterator
from email.header import decode_header
from email.message import Message
from functools import cached_property

from search.readers.encodings import WINDOWS_1252, decoded, encoding_named, encoding_of

#: Bounds of one mail. The largest that services deliver have 50 MB.
MAX_MAIL_BYTES = 50_000_000
_MAX_PARTS = 1_000
_MAX_LEVELS = 20
_MAX_LIKE_BOUNDARIES = 100_000
_MAX_HEADER_BYTES = 262_144
_MAX_VALUE_CHARS = 4_000

_HEADER_END = re.compile(rb"(?:\A|\n)\r?\n")
_FIELD = re.compile(rb"^([!-9;-~]{1,100})[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)", re.MULTILINE)
#: After the boundary.
_REST_OF_LINE = re.compile(rb"(--)?[ \t]{0,100}(?:\r?\n|\r?\Z)")
_FOLD = re.compile(r"\r?\n[ \t]+")
_BREAKS = re.compile(r"\s+")
_UU_BEGINS = re.compile(rb"^begin [0-7]{3,4} [^\n]*\n", re.MULTILINE)
_BASE64_JUNK = re.compile(rb"[^A-Za-z0-9+/]+")


class TooMuch(Exception):
    """A mail is beyond the bounds; what came before is valid."""


class Part:
    """One part: its headers, and where its content stands."""

    def __init__(
        self, content: bytes, start: int = 0, end: int | None = None, within: Part | None = None
    ) -> None:
        """Raises `TooMuch` where the headers do not end."""
        self._whole = content
        end = len(content) if end is None else end
        #: Of all that lies in the mail together.
        self._parts_left: Iterator[int] = within._parts_left if within else iter(range(_MAX_PARTS))
        most = min(end, start + _MAX_HEADER_BYTES)
        blank = _HEADER_END.search(content[start:most])
        if blank is None and most < end:
            size = _MAX_HEADER_BYTES // 1024
            raise TooMuch(f"has a header of more than {size} KB")
        header_end = start + blank.start() if blank else end
        self._start = start + blank.end() if blank else end
        self._end = end
        self._default_type = (
            "message/rfc822" if within and within.type == "multipart/digest" else "text/plain"
        )
        self._fields: dict[bytes, bytes] = {}
        for name, value in _FIELD.findall(content[start:header_end]):
            self._fields.setdefault(name.lower(), value)

    def raw(self, name: str) -> str:
        """Return the first header of that *name*, lower case, as it stands but on one line; "" where there is none."""
        value = self._fields.get(name.encode(), b"")[:_MAX_VALUE_CHARS]
        try:
            text = value.decode()
        except UnicodeDecodeError:
            text = decoded(value, WINDOWS_1252)[0]
        return _FOLD.sub(" ", text).strip()

    def header_names(self) -> str:
        """Return the names of all headers, each with a colon, on lines of their own."""
        return "".join(f"{name.decode()}:\n" for name in self._fields)

    def header(self, name: str) -> str:
        """Return the text of a header, with its encoded words decoded."""
        return words_decoded(self.raw(name))

    @cached_property
    def _told(self) -> Message:
        """What is read by the library: headers with parameters."""
        told = Message()
        for name in ("content-type", "content-disposition"):
            if value := self.raw(name):
                told[name] = value
        told.set_default_type(self._default_type)
        return told

    @cached_property
    def type(self) -> str:
        return self._told.get_content_type()

    #: Bytes that are not in its encoding, once its text was asked for.
    misfits = 0
    #: Whether it says that it has parts and has none.
    is_undivided = False

    def take_as_text(self) -> None:
        """Have it be a text, because it is not divided as its headers say."""
        self.is_undivided = True
        self.type = "text/plain"

    @property
    def charset(self) -> str:
        return self._parameter("charset")

    @property
    def filename(self) -> str:
        name = self._told.get_filename()
        return words_decoded(name) if name else ""

    @property
    def is_attached(self) -> bool:
        return self._told.get_content_disposition() == "attachment"

    def _parameter(self, name: str) -> str:
        value = self._told.get_param(name)
        return value[2] if isinstance(value, tuple) else str(value or "")

    def parts(self) -> Iterator[Part]:
        """Yield the parts of this one, none if it has none. Raises `TooMuch`."""
        boundary = self._parameter("boundary")
        if not self.type.startswith("multipart/") or not boundary:
            return
        begins = None
        for at, end, is_last in self._lines(b"--" + boundary.encode()):
            if begins is not None:
                yield self._part(begins, max(begins, at - 1))
            if is_last:
                return
            begins = end
        if begins is not None:  # the end is missing
            yield self._part(begins, self._end)

    def _lines(self, mark: bytes) -> Iterator[tuple[int, int, bool]]:
        """Yield where each line of *mark* begins and where the next line does, and whether it is the last."""
        at = self._start
        if not self._whole.startswith(mark, at):
            at = self._next_line(mark, at)
        for _ in range(_MAX_LIKE_BOUNDARIES):
            if at < 0:
                return
            if rest := _REST_OF_LINE.match(self._whole, at + len(mark), self._end):
                yield at, rest.end(), rest[1] is not None
            at = self._next_line(mark, at)
        raise TooMuch("has too many lines that begin like those between its parts")

    def _next_line(self, mark: bytes, start: int) -> int:
        """Return where the next line after *start* begins that begins with *mark*, -1 where there is none."""
        found = self._whole.find(b"\n" + mark, start, self._end)
        return found + 1 if found >= 0 else -1

    def _part(self, start: int, end: int) -> Part:
        if next(self._parts_left, None) is None:
            raise TooMuch(f"has more than {_MAX_PARTS:,} parts")
        return Part(self._whole, start, end, self)

    def main(self) -> Part:
        """Return the part that shows all others, as a page its pictures: this one if it has no parts."""
        parts = list(self.parts())
        start = self._parameter("start").strip("<>")
        named = (each for each in parts if start and each.raw("content-id").strip("<>") == start)
        pages = (each for each in parts if each.type in ("text/html", "application/xhtml+xml"))
        return next(named, None) or next(pages, None) or (parts[0] if parts else self)

    def content(self) -> bytes:
        """Return the content, decoded from the form it was sent in."""
        content = self._whole[self._start : self._end]
        encoding = self.raw("content-transfer-encoding").lower()
        if encoding == "quoted-printable":
            return quopri.decodestring(content)
        if encoding == "base64":
            return _from_base64(content)
        if encoding in ("x-uuencode", "uuencode", "x-uue"):
            return _from_uuencoded(content)
        return content

    def text(self) -> str:
        """Return the content as text, its lines ended by line feeds."""
        content = self.content()
        text, self.misfits = decoded(content, encoding_of(content, protocol=self.charset).encoding)
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        return self._unfolded(text) if self._parameter("format").lower() == "flowed" else text

    def _unfolded(self, text: str) -> str:
        """Return *text* without the line ends that a mail program put in (RFC 3676)."""
        is_spaced = self._parameter("delsp").lower() == "yes"
        parts: list[str] = []
        goes_on = True
        for line in text.split("\n"):
            kept = line.removeprefix(" ")
            begins = kept[:-1] if is_spaced and kept.endswith(" ") else kept
            if parts and (not goes_on or line.startswith(">")):
                parts.append("\n")
            parts.append(begins)
            goes_on = kept.endswith(" ") and kept != "-- " and not line.startswith(">")
        return "".join(parts)


def leaves(path: tuple[Part, ...]) -> Iterator[tuple[Part, ...]]:
    """Yield each part within the last of *path* that has none itself, after those that it lies in, in order.

    Raises `TooMuch`.
    """
    part = path[-1]
    if not part.type.startswith("multipart/"):
        yield path
        return
    if len(path) > _MAX_LEVELS:
        raise TooMuch(f"has parts more than {_MAX_LEVELS} deep, one in another")
    has_parts = False
    for each in part.parts():
        has_parts = True
        yield from leaves((*path, each))
    if not has_parts:
        part.take_as_text()
        yield path


def words_decoded(text: str) -> str:
    """Return *text* with its encoded words (RFC 2047) decoded."""
    if "=?" in text:
        try:
            parts = decode_header(text)
        except (ValueError, binascii.Error):  # they are damaged
            parts = [(text, None)]
        text = "".join(
            part if isinstance(part, str) else _word(part, charset) for part, charset in parts
        )
    return _BREAKS.sub(" ", text).strip()


def _word(content: bytes, charset: str | None) -> str:
    named = encoding_named(charset) if charset else WINDOWS_1252
    return decoded(content, named or encoding_of(content).encoding)[0]


def _from_uuencoded(content: bytes) -> bytes:
    """Return the bytes that *content* stands for, as far as it goes; *content* itself where it is of another form."""
    begun = _UU_BEGINS.search(content)
    if begun is None:
        return content
    parts = []
    for line in content[begun.end() :].split(b"\n"):
        line = line.rstrip(b"\r")
        if line in (b"end", b"`", b""):
            break
        try:
            parts.append(binascii.a2b_uu(line))
        except binascii.Error:  # more signs at its end than it says, as some write
            try:
                parts.append(binascii.a2b_uu(line[: 1 + (((line[0] - 32) & 63) * 4 + 5) // 3]))
            except binascii.Error:
                break
    return b"".join(parts)


def _from_base64(content: bytes) -> bytes:
    """Return the bytes that *content* stands for, as far as it goes."""
    try:
        return binascii.a2b_base64(content)
    except binascii.Error:  # cut, or with its end in the middle
        letters = _BASE64_JUNK.sub(b"", content)
        return binascii.a2b_base64(letters[: len(letters) // 4 * 4])
