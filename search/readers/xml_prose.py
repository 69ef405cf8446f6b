"""The paragraphs in an element of NITF or XHTML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from search.readers.xml_stream import local_name

if TYPE_CHECKING:
    from lxml.etree import _Element

#: Elements in a line of text; all others are paragraphs or hold some.
_INLINE = frozenset(
    """a abbr acronym b bdi bdo big cite city chron classifier classifer code copyrite country currency del dfn em event
    font frac frac-num frac-den function i ins kbd lang location money num object.title org person postaddr pronounce q
    region s samp small span state strike strong sub sublocation sup time tt u var virtloc""".split()  # noqa: SIM905
)
#: Of pictures, films and programs; notes to editors.
_UNSEEN = frozenset(
    ("media", "media-caption", "media-producer", "figure", "img", "script", "style", "head", "object", "noscript", "template", "iframe")
)  # fmt: skip
_TYPED_BLANK = re.compile(r"\n[ \t\r\f]*+\n\s*+")
_LINE = re.compile(r"[ \t\r\f]*\n[ \t\r\f]*")


def prose(element: _Element) -> str:
    """Return the text of *element*: blocks as paragraphs with a blank line between them, a table a line a row.

    White space is single, but for lines in ``pre``. Text without any element keeps the blank lines that it has.
    Pictures and what is said of them are left out.
    """
    if len(element) == 0:
        return "\n\n".join(_typed(element.text or ""))
    return "\n\n".join(filter(None, _paragraphs(element)))


def inline(element: _Element) -> str:
    """Return the text of *element* in a line."""
    if len(element) == 0:
        return " ".join((element.text or "").split())
    parts: list[str] = []
    _gather(element, parts)
    return " ".join("".join(parts).replace("\0", " ").split())


def captions(element: _Element) -> int:
    """Return how many captions of pictures and films are in *element*."""
    return sum(1 for each in element.iter("{*}media-caption", "{*}figcaption") if inline(each))


def _typed(text: str) -> Iterator[str]:
    """Yield the paragraphs of a text that has no elements: between blank lines."""
    for block in _TYPED_BLANK.split(text.strip()):
        if words := " ".join(block.split()):
            yield words


def _paragraphs(element: _Element) -> Iterator[str]:
    """Yield the paragraphs of an element that has others in it."""
    line: list[str] = [element.text or ""]
    for child in element:
        name = _name(child)
        if name == "p" and len(child) == 0:  # nearly always
            if len(line) > 1 or not line[0].isspace():
                yield _line(line)
            yield " ".join((child.text or "").split())
            line = []
        elif name in _INLINE or not name:
            _gather(child, line)
        elif name == "br":
            line.append("\0")
        elif name not in _UNSEEN:
            if len(line) > 1 or not line[0].isspace():
                yield _line(line)
            line = []
            if name == "pre":
                yield _LINE.sub("\n", "".join(child.itertext())).strip()
            elif name in ("table", "nitf-table"):
                yield "\n".join(filter(None, _rows(child)))
            else:
                yield from _paragraphs(child)
        line.append(child.tail or "")
    yield _line(line)


def _rows(table: _Element) -> Iterator[str]:
    for row in table.iter("{*}tr", "{*}caption", "{*}hl2", "{*}nitf-table-row"):
        if _name(row) in ("tr", "nitf-table-row"):
            yield " | ".join(filter(None, (inline(cell) for cell in row)))
        else:
            yield inline(row)


def _line(parts: list[str]) -> str:
    text = "".join(parts)
    if "\0" not in text:
        return " ".join(text.split())
    return "\n".join(filter(None, (" ".join(line.split()) for line in text.split("\0"))))


def _gather(element: _Element, parts: list[str]) -> None:
    """Add the text of an element in a line, but for what is not seen."""
    parts.append(element.text or "")
    for child in element:
        name = _name(child)
        if name == "br":
            parts.append("\0")
        elif name not in _UNSEEN:
            _gather(child, parts)
        parts.append(child.tail or "")


def _name(element: _Element) -> str:
    """Return the name in lower case; "" of a reference to an entity."""
    tag = element.tag
    return _lower(tag) if isinstance(tag, str) else ""


@lru_cache(maxsize=256)
def _lower(tag: str) -> str:
    return local_name(tag).lower()
