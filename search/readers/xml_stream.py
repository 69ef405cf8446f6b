"""XML of any length, an element at a time: what formats of XML have in common, and how it is bounded.

No entity that a file declares is expanded, no DTD is loaded, nothing is fetched, and nothing is kept of what was
yielded.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import lru_cache
from html.entities import html5
from typing import TYPE_CHECKING, Any, Protocol

from search.model.article import BadArticle
from search.readers.source import Origin

if TYPE_CHECKING:
    from lxml.etree import XMLPullParser, _Element

#: What may stand before the first element.
PROLOG = (
    r"\ufeff?\s*+(?:<\?[^<>]{0,2000}>\s*+|<!--(?:[^-]|-(?!->)){0,4000}+-->\s*+"
    r"|<!DOCTYPE[^<>\[]{0,2000}(?:\[[^\]]{0,20000}\]\s*+)?>\s*+){0,20}+"
)
_ROOT = re.compile(PROLOG + r"<(?P<root>[^\s<>/!?]{1,200})")
_DECLARATION = re.compile(r"\ufeff?\s*+<\?xml\s[^<>]{0,2000}\?>")
_CHUNK_CHARS = 65_536
#: More have no article; an element takes 300 bytes and 15 us.
MAX_ELEMENTS = 50_000
#: Names that HTML knows and XML does not, which are decoded later, and prefixes that nobody declared.
_HARMLESS = frozenset(
    ("ERR_UNDECLARED_ENTITY", "WAR_UNDECLARED_ENTITY", "NS_ERR_UNDEFINED_NAMESPACE")
)


class Text(Protocol):
    """A stream of decoded text."""

    def read(self, size: int, /) -> str: ...


def root_of(head: str) -> str:
    """Return the name of the first element of XML that begins with *head*, with its prefix; "" where it is no XML."""
    found = _ROOT.match(head)
    return found["root"] if found else ""


def elements(
    source: Origin, stream: Text, root: str, names: Collection[str], what: str
) -> Iterator[_Element | BadArticle]:
    """Yield each whole element of XML that has one of *names*, without prefix, and lies in no other that has.

    *root* is what `root_of` says of the head, and *what* names one of the elements in a sentence ("an entry"). With
    the next step an element and all that stands before it is gone; until then its ancestors, and what stands
    before them, are there. An element that uses an entity of the file's own is refused. A last `BadArticle`
    is ``cut_short``: the text is damaged, or has an element beyond the bounds. Several documents one after
    another, each with its declaration, are read as one.
    """
    if not root:
        reason = "is no XML, or has its first element after more than 64 KB of declarations"
        yield BadArticle(source.path, None, reason)
        return
    documents = _Documents(stream, root)
    while True:
        yield from _elements(source, documents, root, names, what)
        if not documents.has_next():
            return


class _Documents:
    """A text of several documents, of which one is read at a time."""

    __slots__ = ("_begins", "_end", "_has_ended", "_kept", "_lines", "_stream", "line")

    def __init__(self, stream: Text, root: str) -> None:
        self._stream = stream
        self._end = f"</{root}"
        #: Where the next begins: nothing else may stand after the end of the one before.
        self._begins = re.compile(rf"{re.escape(self._end)}\s{{0,200}}+>\s{{0,200}}+(?=<\?xml\s)")
        self._kept = ""
        self._has_ended = False
        #: Lines before the one that is read, and those in it so far.
        self.line = 0
        self._lines = 0

    def read(self, size: int, /) -> str:
        if self._has_ended:
            return ""
        text = self._kept
        self._kept = ""
        while chunk := self._stream.read(size):
            text += chunk
            at = text.rfind(self._end, -1_000)
            if at < 0:
                at = text.rfind("<", -len(self._end))
            if self._begins.search(text):
                break
            if at != 0:  # else more is needed to know what begins here
                if at > 0:
                    text, self._kept = text[:at], text[at:]
                break
        if found := self._begins.search(text):
            self._has_ended = True
            self._kept = text[found.end() :]
            text = text[: found.end()]
        self._lines += text.count("\n")
        return text

    def has_next(self) -> bool:
        """Whether the document that was read has ended, and another begins."""
        had_ended, self._has_ended = self._has_ended, False
        self.line += self._lines
        self._lines = 0
        return had_ended


def _elements(
    source: Origin, stream: _Documents, root: str, names: Collection[str], what: str
) -> Iterator[_Element | BadArticle]:
    """Yield what `elements` yields of one document."""
    parser = _parser(root, names)
    max_chars = source.limits.max_record_chars
    since = 0  # characters after the last element
    brackets = 0  # and how many tags these may have
    checked = MAX_ELEMENTS  # the elements are counted when there are more
    top: _Element | None = None
    unbound = ""  # the prefix of the first element, where nobody declared it
    declared: frozenset[str] | None = None
    is_first = True
    while chunk := stream.read(_CHUNK_CHARS):
        if is_first and (declaration := _DECLARATION.match(chunk)):
            # The encoding that it names is that of the file, and blanks before it are a fault in XML.
            chunk = "\n" * declaration[0].count("\n") + chunk[declaration.end() :]
        is_first = False
        parser.feed(chunk)
        length, opened = len(chunk), chunk.count("<")
        since += length
        brackets += opened
        for event, element in parser.read_events():
            if top is None:
                top = element
                unbound = _unbound(element)
                if stream.line:
                    element.getroottree().docinfo.URL = str(stream.line)
            if event == "start" or local(element) not in names or _is_inside(element, names):
                continue
            if brackets > MAX_ELEMENTS and _has_more(element):
                yield _too_many(source, what)
                return
            if declared is None:
                declared = _declared(element)
            if unbound:
                _unbind(element, unbound)
            if declared and (entity := _used(element, declared)):
                reason = f"uses &{entity[:60]};, an entity that the file declares itself; none is expanded"
                yield BadArticle(source.path, line_of(element), reason)
            else:
                yield element
            _forget(element)
            since, brackets = length, opened  # of which some stand before it
            checked = MAX_ELEMENTS
        if brackets > checked and top is not None:
            checked = brackets + MAX_ELEMENTS // 2
            if _has_more(top):
                yield _too_many(source, what)
                return
        if since > max_chars:
            reason = f"has {what} longer than {max_chars:,} characters; the rest was not read"
            yield BadArticle(source.path, None, reason, cut_short=True)
            return
    yield from _at_end(source, parser)


def local(element: _Element) -> str:
    """Return the name of *element* without its namespace, or the prefix that nobody declared."""
    return local_name(str(element.tag))


@lru_cache(maxsize=256)
def local_name(tag: str) -> str:
    """Return what `local` says of an element with that *tag*."""
    return tag.rpartition("}")[2].rpartition(":")[2]


def line_of(element: _Element) -> int | None:
    """Return the line in which *element* begins, counted from 1."""
    line: int | None = element.sourceline
    before = (
        element.getroottree().docinfo.URL
    )  # of a document after others, how many lines these have
    return line + int(before) if line and before else line


def text_in(element: _Element) -> str:
    """Return all text in *element*, with white space as it stands."""
    return "".join(element.itertext())


def _parser(root: str, names: Collection[str]) -> XMLPullParser[Any]:
    from lxml import etree

    prefix, _, root = root.rpartition(":")
    tags = [f"{{*}}{name}" for name in {*names, root}]
    if prefix:  # perhaps nobody declared it
        tags += [f"{prefix}:{name}" for name in {*names, root}]
    return etree.XMLPullParser(
        ("start", "end"), tag=tags, resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True,
        remove_pis=True, recover=True, huge_tree=False,
    )  # fmt: skip


def _unbound(element: _Element) -> str:
    tag = str(element.tag)
    return "" if tag.startswith("{") or ":" not in tag else tag.rpartition(":")[0] + ":"


def _unbind(element: _Element, prefix: str) -> None:
    """Take *prefix*, which stands for nothing, from the names in *element*."""
    for each in element.iter("*"):
        tag = str(each.tag)
        if tag.startswith(prefix):
            each.tag = tag.removeprefix(prefix)


def _is_inside(element: _Element, names: Collection[str]) -> bool:
    return any(local(each) in names for each in element.iterancestors())


def _declared(element: _Element) -> frozenset[str]:
    """Return the entities that the file declares, but for those that HTML knows."""
    dtd = element.getroottree().docinfo.internalDTD
    if dtd is None:
        return frozenset()
    names = (str(entity.name) for entity in dtd.iterentities())
    return frozenset([name for name in names if f"{name};" not in html5])


def _used(element: _Element, declared: frozenset[str]) -> str:
    """Return the name of one of the *declared* entities that stands in *element*, "" where none does."""
    from lxml import etree

    for entity in element.iter(etree.Entity):
        if (name := str(entity.name)) in declared:
            return name
    return ""


def _has_more(element: _Element) -> bool:
    return any(number >= MAX_ELEMENTS for number, _ in enumerate(element.iter()))


def _too_many(source: Origin, what: str) -> BadArticle:
    reason = f"has {what} of more than {MAX_ELEMENTS:,} elements; the rest was not read"
    return BadArticle(source.path, None, reason, cut_short=True)


def _at_end(source: Origin, parser: XMLPullParser[Any]) -> Iterator[BadArticle]:
    from lxml import etree

    try:
        parser.close()
    except etree.XMLSyntaxError as exc:
        reason = f"ends too early or is damaged ({exc.msg})"
        yield BadArticle(source.path, exc.lineno or None, reason, cut_short=True)
        return
    faults = [each for each in parser.feed_error_log if each.type_name not in _HARMLESS]
    if faults:
        fault = faults[0]
        said = fault.message.strip()
        if "amplification" in said:
            said = "its entities grow without end"
        reason = f"is damaged XML ({said}); what could be read was read"
        yield BadArticle(source.path, fault.line, reason, cut_short=True)


def _forget(element: _Element) -> None:
    """Let go of an element and of all that stands before it, and before those that it lies in."""
    element.clear()
    inner: _Element = element
    while (parent := inner.getparent()) is not None:
        while inner.getprevious() is not None:
            del parent[0]
        inner = parent
