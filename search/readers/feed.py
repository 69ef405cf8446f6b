"""Feeds: RSS, Atom, and the exports of WordPress (WXR), an entry at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from search.model.article import Article, BadArticle
from search.readers.draft import guarded
from search.readers.record import Record, article_of
from search.readers.shapes import UNPUBLISHED
from search.readers.source import Source

if TYPE_CHECKING:
    from lxml.etree import _Element

_START = re.compile(
    r"\ufeff?\s*+(?:<\?[^<>]{0,2000}>\s*+|<!--[^<>]{0,2000}-->\s*+|<!DOCTYPE[^<>\[]{0,2000}>\s*+){0,20}+"
    r"<(?:rss|feed|rdf:RDF|\w{1,20}:feed)[\s>]"
)
_ENTRIES = ("item", "entry")
#: More are no entry of a feed; an element takes 300 bytes and 15 us.
_MAX_ELEMENTS = 50_000
_CHUNK_CHARS = 65_536

#: Entries of a WordPress export that are no articles: pictures, menus, earlier versions.
_ARTICLE_TYPES = ("post", "page")
#: What it says of an entry that others say better, or that is no part of an article.
_UNTOLD = frozenset(
    ("wp:post_id", "wp:post_date", "wp:post_date_gmt", "wp:post_type", "wp:status", "wp:post_parent", "wp:menu_order",
     "wp:post_modified", "wp:post_modified_gmt", "wp:comment_status", "wp:ping_status", "wp:is_sticky", "wp:post_password", "wp:post_name")
)  # fmt: skip
#: What is the same for all entries: tag of the channel -> key of a record.
_OF_CHANNEL = {"title": "feed title", "language": "language"}
#: A feed has its topics under this name, be it one.
_RENAMED = {"category": "categories"}
#: Names that HTML knows and XML does not, which are decoded later, and prefixes that nobody declared.
_HARMLESS = ("ERR_UNDECLARED_ENTITY", "WAR_UNDECLARED_ENTITY", "NS_ERR_UNDEFINED_NAMESPACE")
_MAY_HAVE_MARKUP = ("content", "summary", "title", "rights", "subtitle")


def sniff(head: str) -> bool:
    """Whether text that begins with *head* is a feed."""
    return _START.match(head) is not None


def read(source: Source) -> Iterator[Article | BadArticle]:
    """Yield an article an entry."""
    for found in records_of(source):
        if isinstance(found, BadArticle):
            yield found
        else:
            line, record = found
            yield guarded(source, line, article_of, source, line, record)


def records_of(source: Source) -> Iterator[tuple[int | None, Record] | BadArticle]:
    """Yield the entries as records, with their lines.

    No entity that the file declares is expanded, and nothing is fetched. An entry that is longer than
    a record may be ends the reading.
    """
    from lxml import etree

    parser = etree.XMLPullParser(
        ("end",), resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True,
        remove_pis=True, recover=True, huge_tree=False,
    )  # fmt: skip
    of_channel: dict[str, object] = {}
    max_chars = source.limits.max_record_chars
    since = 0  # characters after the last entry
    elements = 0  # that ended after it
    with source.text() as stream:
        if not sniff(source.head_text()):
            reason = "is no RSS, Atom or WordPress export, the XML that is read; --reader html reads a page"
            yield BadArticle(source.path, None, reason)
            return
        while chunk := stream.read(_CHUNK_CHARS):
            parser.feed(chunk)
            since += len(chunk)
            for _, element in parser.read_events():
                elements += 1
                name = _name(element).rpartition(":")[2]
                if name in _ENTRIES and elements <= _MAX_ELEMENTS:
                    yield from _entry(source, element, of_channel)
                    _forget(element)
                    since = elements = 0
                elif name in _OF_CHANNEL and _is_of_channel(element):
                    of_channel[_OF_CHANNEL[name]] = element.text or ""
            if elements > _MAX_ELEMENTS:
                reason = (
                    f"has an entry of more than {_MAX_ELEMENTS:,} elements; the rest was not read"
                )
                yield BadArticle(source.path, None, reason, cut_short=True)
                return
            if since > max_chars:
                reason = f"has an entry longer than {max_chars:,} characters; the rest was not read"
                yield BadArticle(source.path, None, reason, cut_short=True)
                return
    try:
        parser.close()
    except etree.XMLSyntaxError as exc:
        yield BadArticle(
            source.path, None, f"ends too early or is damaged ({exc.msg})", cut_short=True
        )
        return
    faults = [each for each in parser.feed_error_log if each.type_name not in _HARMLESS]
    if faults:
        fault = faults[0]
        reason = f"is damaged XML ({fault.message.strip()}); what could be read was read"
        yield BadArticle(source.path, fault.line, reason, cut_short=True)


def _entry(
    source: Source, element: _Element, of_channel: Record
) -> Iterator[tuple[int | None, Record]]:
    line = element.sourceline
    record = _record(element)
    kind = record.get("wp:post_type", "post")
    if kind not in _ARTICLE_TYPES:
        source.remarks.count(
            line, "value not used", f"an entry of type {str(kind)[:40]!r} is no article"
        )
        return
    state = str(record.get("wp:status", ""))
    if state in UNPUBLISHED:
        reason = f"an entry whose status is {state!r} was never published"
        source.remarks.count(line, "value not used", reason)
        return
    yield (
        line,
        {**of_channel, **{key: value for key, value in record.items() if key not in _UNTOLD}},
    )


def _record(element: _Element) -> dict[str, object]:
    """Return what an entry has under the names of its elements; a list for what it has several times."""
    record: dict[str, object] = {}
    for child in element.iterchildren("*"):
        name = _name(child)
        value = _value(child, name)
        name = _RENAMED.get(name, name)
        if name == "link" and child.get("rel", "alternate") != "alternate":
            continue  # Atom's links to comments and pictures
        if name not in record:
            record[name] = value
        elif isinstance(before := record[name], list):
            before.append(value)
        else:
            record[name] = [before, value]
    return record


def _value(element: _Element, name: str) -> object:
    from lxml import etree

    text = "".join(element.itertext()).strip()
    has_elements = next(element.iterchildren("*"), None) is not None
    if has_elements and element.get("type") == "xhtml" and name in _MAY_HAVE_MARKUP:
        return "".join(
            etree.tostring(child, encoding="unicode", method="html") for child in element
        )
    if has_elements and text:
        return {
            _name(child): "".join(child.itertext()).strip() for child in element.iterchildren("*")
        }
    return text or element.get("href") or element.get("term") or element.get("url") or ""


def _name(element: _Element) -> str:
    """Return the name with the prefix of its vocabulary, but for those of Atom and RSS themselves."""
    name = str(element.tag).rpartition("}")[2]
    is_own = element.prefix in (None, "atom", "rss")
    return name if is_own else f"{element.prefix}:{name}"


def _is_of_channel(element: _Element) -> bool:
    parent = element.getparent()
    return parent is not None and _name(parent).rpartition(":")[2] in ("channel", "feed")


def _forget(element: _Element) -> None:
    """Let go of an entry and of all that stands before it."""
    element.clear()
    parent = element.getparent()
    if parent is not None:
        while element.getprevious() is not None:
            del parent[0]
