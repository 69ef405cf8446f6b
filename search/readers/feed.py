"""Feeds: RSS, Atom, and the exports of WordPress (WXR), an entry at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from search.model.article import Article, BadArticle
from search.readers.record import Record, articles_of_records
from search.readers.shapes import UNPUBLISHED
from search.readers.source import Source
from search.readers.xml_stream import Text, elements, line_of, local, root_of, text_in

if TYPE_CHECKING:
    from lxml.etree import _Element

_START = re.compile(r"(?:rss|feed|rdf:RDF|\w{1,20}:(?:feed|RDF))")
_ENTRIES = ("item", "entry")

#: Namespace of a vocabulary -> the prefix under which its names are known; "" for those of feeds themselves.
_PREFIXES = {
    "": "",
    "http://www.w3.org/2005/Atom": "",
    "http://purl.org/atom/ns#": "",
    "http://purl.org/rss/1.0/": "",
    "http://my.netscape.com/rdf/simple/0.9/": "",
    "http://channel.netscape.com/rdf/simple/0.9/": "",
    "http://my.netscape.com/publish/formats/rss-0.91.dtd": "",
    "http://backend.userland.com/rss2": "",
    "http://blogs.law.harvard.edu/tech/rss": "",
    "http://purl.org/dc/elements/1.1/": "dc:",
    "http://purl.org/dc/elements/1.0/": "dc:",
    "http://purl.org/dc/terms/": "dc:",
    "http://purl.org/rss/1.0/modules/content/": "content:",
    "http://search.yahoo.com/mrss/": "media:",
    "http://search.yahoo.com/mrss": "media:",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes:",
    "http://www.w3.org/2007/app": "app:",
    "http://purl.org/atom/app#": "app:",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner:",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf:",
}
_XML = "{http://www.w3.org/XML/1998/namespace}"
_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
#: Prefixes of feeds themselves that nobody declared.
_OWN = ("atom", "rss", "a")

#: Entries of a WordPress export that are no articles: pictures, menus, earlier versions.
_ARTICLE_TYPES = ("post", "page")
#: What it says of an entry that others say better, or that is no part of an article; pictures and sounds.
_UNTOLD = frozenset(
    ("wp:post_id", "wp:post_date", "wp:post_date_gmt", "wp:post_type", "wp:status", "wp:post_parent", "wp:menu_order",
     "wp:post_modified", "wp:post_modified_gmt", "wp:comment_status", "wp:ping_status", "wp:is_sticky", "wp:post_password", "wp:post_name",
     "enclosure", "comments", "media:content", "media:group", "media:thumbnail", "itunes:image", "itunes:duration", "itunes:explicit")
)  # fmt: skip
#: What is the same for all entries: tag of the channel -> key of a record.
_OF_CHANNEL = {"title": "feed title", "language": "language", "dc:language": "language"}
#: A feed has its topics under this name, be it one.
_RENAMED = {"category": "categories"}
#: Elements of which each is one topic, whatever signs it has: "Roe, Jane".
_TOPICS = ("categories", "dc:subject")
#: What counts where an entry says nothing better: name -> the name of what is better.
_SPARE = {
    "itunes:author": "author",
    "itunes:summary": "description",
    "media:keywords": "keywords",
    "media:description": "description",
}
_TEXTS = ("content", "content:encoded", "summary", "description")
#: What is said of a film or a sound that an entry is, as those of video services are.
_MEDIA_SAYS = "{http://search.yahoo.com/mrss/}description"
_MAY_HAVE_MARKUP = (
    "content",
    "summary",
    "title",
    "rights",
    "subtitle",
    "description",
    "content:encoded",
)
#: What XML has no sign for, and feeds are full of: a lone "&" or "<", which the rules for HTML read as they are.
_LONE = re.compile(r"&(?!#?\w{1,32};)|<(?=[\s\d=])")
_TAIL_CHARS = 40
#: Element, one in it -> the key that it stands for.
_OF_AP = (
    ("apnm:NewsManagement", "apnm:PublishingStatus", "pubStatus"),
    ("apcm:ContentMetadata", "apcm:ByLine", "author"),
)


def sniff(head: str) -> bool:
    """Whether text that begins with *head* is a feed."""
    return _START.fullmatch(root_of(head)) is not None


def read(source: Source) -> Iterator[Article | BadArticle]:
    """Return an article an entry."""
    return articles_of_records(source, records_of(source))


def records_of(source: Source) -> Iterator[tuple[int | None, Record] | BadArticle]:
    """Yield the entries as records, with their lines.

    An entry that is longer than a record may be ends the reading.
    """
    with source.text() as stream:
        head = source.head_text()
        if not sniff(head):
            reason = (
                "is no RSS, Atom, WordPress export, NITF, NewsML, OPML or sitemap, the XML that is read;"
                " --reader html reads a page"
            )
            yield BadArticle(source.path, None, reason)
            return
        channel = _Channel(source)
        for entry in elements(source, _Mended(stream), root_of(head), _ENTRIES, "an entry"):
            if isinstance(entry, BadArticle):
                yield entry
            else:
                channel.look_before(entry)
                yield from _entry(source, entry, channel)


class _Mended:
    """A text of which each lone "&" or "<" is written as XML has it."""

    __slots__ = ("_kept", "_stream")

    def __init__(self, stream: Text) -> None:
        self._stream = stream
        self._kept = ""

    def read(self, size: int, /) -> str:
        chunk = self._stream.read(size)
        text = self._kept + chunk
        self._kept = ""
        if chunk:  # what may end in the next chunk waits for it
            at = max(text.rfind("&", -_TAIL_CHARS), text.rfind("<", -1))
            if at >= 0:
                text, self._kept = text[:at], text[at:]
                if not text:
                    return self.read(size)
        return _LONE.sub(_written, text) if "&" in text or "<" in text else text


def _written(sign: re.Match[str]) -> str:
    return "&amp;" if sign[0] == "&" else "&lt;"


class _Channel:
    """What a feed says of itself, for its entries."""

    __slots__ = ("base", "said")

    def __init__(self, source: Source) -> None:
        #: The address that those of entries may be relative to.
        self.base = source.url
        self.said: dict[str, object] = {"feed title": "", "language": ""}

    def look_before(self, entry: _Element) -> None:
        """Note what the channel says before *entry*, and after the entry before it."""
        for each in entry.itersiblings("*", preceding=True):
            # In RSS 1.0 the channel stands before the entries, elsewhere around them.
            for said in each.iterchildren("*") if local(each) == "channel" else (each,):
                name = _name(said)
                if name in _OF_CHANNEL:
                    self.said[_OF_CHANNEL[name]] = said.text or ""
                elif name == "link" and not self.base:
                    self.base = (said.text or said.get("href") or "").strip()
                elif name == "author":  # of all entries of Atom that name none
                    self.said["feed author"] = _value(said, name)


def _entry(
    source: Source, element: _Element, channel: _Channel
) -> Iterator[tuple[int | None, Record]]:
    line = line_of(element)
    record = _record(element)
    kind = record.get("wp:post_type", "post")
    if kind not in _ARTICLE_TYPES:
        source.remarks.count(
            line, "value not used", f"an entry of type {str(kind)[:40]!r} is no article"
        )
        return
    state = str(record.get("wp:status", "")) or _state(record)
    if state in UNPUBLISHED:
        reason = f"an entry whose status is {state!r} was never published"
        source.remarks.count(line, "value not used", reason)
        return
    of_channel = channel.said
    if "feed author" in of_channel:
        of_channel = {key: value for key, value in of_channel.items() if key != "feed author"}
        if not any(name in record for name in ("author", "dc:creator")):
            record["author"] = channel.said["feed author"]
    own = record.pop("dc:language", "")
    if language := own or _language(element):
        record["language"] = language
    link = record.get("link") or element.get(_ABOUT) or ""
    if isinstance(link, str) and link and "://" not in link[:40]:
        record["link"] = _absolute(element, channel.base, link)
    elif link:
        record["link"] = link
    yield (
        line,
        {**of_channel, **{key: value for key, value in record.items() if key not in _UNTOLD}},
    )


def _state(record: dict[str, object]) -> str:
    """Return "draft" of an entry of Atom that says so, as exports of Blogger do; else ""."""
    control = record.get("app:control")
    said = control.get("app:draft") if isinstance(control, dict) else ""
    return "draft" if said == "yes" or record.get("blogger:status") == "DRAFT" else ""


def _record(element: _Element) -> dict[str, object]:
    """Return what an entry has under the names of its elements; a list for what it has several times."""
    record: dict[str, object] = {}
    guid = of_film = ""
    for child in element.iterchildren("*"):
        name = _name(child)
        if name == "link" and child.get("rel", "alternate") != "alternate":
            continue  # Atom's links to comments and pictures
        if name == "category":
            value: object = child.get("label") or _value(child, name)
        else:
            value = _value(child, name)
        if name == "media:group":
            of_film = next(filter(None, map(text_in, child.iterchildren(_MEDIA_SAYS))), "")
        if name == "guid" and child.get("isPermaLink", "true") == "true":
            guid = str(value)
        name = _RENAMED.get(name, name)
        if name not in record:
            record[name] = value
        elif isinstance(before := record[name], list):
            before.append(value)
        else:
            record[name] = [before, value]
    if of_film and not any(map(record.get, _TEXTS)):
        record["description"] = of_film.strip()
    for name in _TOPICS:
        if (value := record.get(name)) and not isinstance(value, list):
            record[name] = [value]
    # AP says in its feeds what was killed, and who wrote.
    for holder, part, key in _OF_AP:
        if isinstance(said := record.get(holder), dict) and (value := said.get(part)):
            record[key] = value
    if original := record.pop("feedburner:origLink", ""):
        record["link"] = original
    elif guid.startswith("http") and not record.get("link"):
        record["link"] = guid
    for name, better in _SPARE.items():
        if name in record:
            value = record.pop(name)
            if not record.get(better):
                record[better] = value
    return record


def _value(element: _Element, name: str) -> object:
    if len(element) == 0:
        text = (element.text or "").strip()
        return text or element.get("href") or element.get("term") or element.get("url") or ""
    text = "".join(element.itertext()).strip()
    children = list(element.iterchildren("*"))
    if children and (nitf := next(element.iter("{*}body.content"), None)) is not None:
        from search.readers.xml_prose import prose

        return prose(nitf)
    if children and name in _MAY_HAVE_MARKUP:  # of Atom's type xhtml, or of RSS that is not escaped
        from lxml import etree

        inner = (etree.tostring(child, encoding="unicode", method="html") for child in element)
        return escape(element.text or "", quote=False) + "".join(inner)
    if children and text:
        return {_name(child): "".join(child.itertext()).strip() for child in children}
    return text or element.get("href") or element.get("term") or element.get("url") or ""


def _name(element: _Element) -> str:
    """Return the name with the usual prefix of its vocabulary, but for those of feeds themselves."""
    tag = str(element.tag)
    if (name := _usual_name(tag)) is not None:
        return name
    name = tag.rpartition("}")[2]
    return f"{element.prefix}:{name}" if element.prefix else name


@lru_cache(maxsize=1024)
def _usual_name(tag: str) -> str | None:
    """Return the name of a known vocabulary or of none, None for that of another."""
    namespace, sign, name = tag.rpartition("}")
    if sign:
        known = _PREFIXES.get(namespace.removeprefix("{"))
        return None if known is None else f"{known}{name}"
    before, _, last = name.rpartition(":")  # a prefix that nobody declared
    return last if before in _OWN else name


def _language(element: _Element) -> str:
    """Return the language that an entry, or what is around it, is in by ``xml:lang``."""
    inner: _Element | None = element
    while inner is not None:
        if language := inner.get(f"{_XML}lang"):
            return str(language)
        inner = inner.getparent()
    return ""


def _absolute(element: _Element, base: str, link: str) -> str:
    """Return *link* as an address, if what is around it says what it is relative to."""
    bases = []
    inner: _Element | None = element
    while inner is not None:
        if said := inner.get(f"{_XML}base"):
            bases.append(str(said))
        inner = inner.getparent()
    try:
        for each in reversed(bases):
            base = urljoin(base, each)
        joined = urljoin(base, link)
    except ValueError:
        return link
    return joined if joined.startswith(("http://", "https://")) else link
