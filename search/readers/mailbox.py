"""A mailbox (mbox): many mails in one file, read one after the other."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import BinaryIO, cast

from search.model.article import BadArticle
from search.readers.decompression import CutShort
from search.readers.mime import MAX_MAIL_BYTES
from search.readers.source import WITHIN, Member, Source

#: The line before each mail: who, and when it came, of which the day of the week, the month, the time and the year are
#: there. A line of a mail that begins so is written ">From ", but by some; "From Monday at 10:30" is none.
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_WEEKDAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_TIME = r"\d{1,2}:\d\d(?::\d\d)?"
_ZONE = r"(?: [A-Za-z+-][\w+-]{0,9}){0,2}"
_AS_USUAL = rf"{_WEEKDAY} {_MONTH} {{1,2}}\d{{1,2}} {_TIME}{_ZONE} \d{{4}}{_ZONE}"
_OTHERWISE = rf"{_WEEKDAY}, {{1,2}}\d{{1,2}} {_MONTH} \d{{4}} {_TIME}[^\n]{{0,200}}|\d{{4}}-\d\d-\d\d[T ]{_TIME}[^\n]{{0,200}}"
_THEN_HEADER = r"[ \t\r]{0,9}\n(?=[!-9;-~]{1,76}[ \t]*:)"
_LINE = rf"From [^\n]{{0,400}}?(?:{_AS_USUAL}(?: remote from [^\n]{{0,200}})?|{_OTHERWISE}){_THEN_HEADER}"
_FIRST = re.compile(_LINE, re.ASCII)
#: The line before is empty (RFC 4155); some programs leave it out, and then the line is as it usually is.
_NEXT = re.compile(
    rf"\n(?:From \S{{1,320}} {{1,2}}{_AS_USUAL}{_THEN_HEADER}|(?<=\n\n){_LINE}|(?<=\n\r\n){_LINE})".encode(),
    re.ASCII,
)
_LINE_BYTES = 1_000
_WRITTEN_SO = re.compile(rb"^>(>*From )", re.MULTILINE)
_PART_BYTES = 262_144


def sniff(head: str) -> bool:
    """Whether text that begins with *head* is a mailbox."""
    return _FIRST.match(head.replace("\r\n", "\n").lstrip("\ufeff\n")) is not None


def members(source: Source) -> Iterator[Member | BadArticle]:
    """Yield the mails, each with its number for a name."""
    for number, content in enumerate(_mails(source), 1):
        if content is None:
            size = MAX_MAIL_BYTES // 1_000_000
            path = f"{source.path}{WITHIN}{number}.eml"
            yield BadArticle(path, None, f"is larger than {size} MB, too large for one mail")
            continue
        text = _WRITTEN_SO.sub(rb"\1", content) if b"\n>" in content else content
        yield Member(f"{number}.eml", cast(BinaryIO, io.BytesIO(text)), suffix=".eml")


def _mails(source: Source) -> Iterator[bytes | None]:
    """Yield each mail with the line before it, None for one that is too large."""
    content = bytearray()
    searched = 0
    is_too_large = False
    fault: CutShort | None = None
    while True:
        try:
            part = source.stream.read1(_PART_BYTES)
        except CutShort as exc:
            fault, part = exc, b""
        content += part
        while found := _NEXT.search(content, max(0, searched - _LINE_BYTES)):
            end = found.start() + 1
            yield from _whole(content[:end], is_too_large)
            del content[:end]
            searched, is_too_large = 0, False
        searched = len(content)
        if not part:
            break
        if len(content) > MAX_MAIL_BYTES:
            is_too_large = True
            del content[:-_LINE_BYTES]
            searched = len(content)
    yield from _whole(content, is_too_large)
    if fault:
        raise fault


def _whole(content: bytearray, is_too_large: bool) -> Iterator[bytes | None]:
    if is_too_large:
        yield None
    elif content.strip():
        yield bytes(content)
