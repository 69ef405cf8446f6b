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
from search.readers.xml_stream import elements, local, root_of

if TYPE_CHECKING:
    from lxml.etree import _Element

_START = re.compile(r"(?:rss|feed|rdf:RDF|\w{1,20}:feed)")
_ENTRIES = ("item", "entry")
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
_MAY_HAVE_MARKUP = ("content", "summary", "title", "rights", "subtitle")


def sniff(head: str) -> bool:
    """Whether text that begins with *head* is a feed."""
    return _START.fullmatch(root_of(head)) is not None


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
    An entry that is longer than a record may be ends the reading.
    """
    with source.text() as stream:
        head = source.head_text()
        if not sniff(head):
            reason = "is no RSS, Atom or WordPress export, the XML that is read; --reader html reads a page"
            yield BadArticle(source.path, None, reason)
            return
        of_channel: dict[str, object] = {}
        for entry in elements(source, stream, root_of(head), _ENTRIES, "an entry"):
            if isinstance(entry, BadArticle):
                yield entry
            else:
                of_channel.update(_channel_before(entry))
                yield from _entry(source, entry, of_channel)


def _channel_before(entry: _Element) -> Iterator[tuple[str, str]]:
    """Yield what the channel says of itself before *entry*, and after the entry before it."""
    for each in entry.itersiblings(preceding=True):
        name = local(each)
        # In RSS 1.0 the channel stands before the entries, elsewhere around them.
        for said in each.iterchildren("*") if name == "channel" else (each,):
            if (name := local(said)) in _OF_CHANNEL:
                yield _OF_CHANNEL[name], said.text or ""


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
