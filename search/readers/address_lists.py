"""Files that list addresses and hold no articles: OPML (feeds), sitemaps (pages), and indexes of sitemaps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from search.model.article import Article, BadArticle
from search.readers.source import Source
from search.readers.xml_stream import elements, local, root_of, text_in

if TYPE_CHECKING:
    from lxml.etree import _Element

#: First element -> the elements that have addresses, and what these lead to.
_KINDS = {"opml": ("outline", "feed"), "urlset": ("url", "page"), "sitemapindex": ("sitemap", "sitemap")}  # fmt: skip


class Listed(NamedTuple):
    """An address, and what the list says of it; "" where it says nothing."""

    url: str
    #: "feed", "page", "sitemap", or "list": another OPML.
    kind: str
    title: str = ""
    #: When the page was published, or the sitemap last changed, as it is written there.
    dated: str = ""


def sniff(head: str) -> bool:
    """Whether text that begins with *head* is OPML or a sitemap."""
    return _root(head) in _KINDS


def read(source: Source) -> Iterator[Article | BadArticle]:
    """Yield no article, and remark on what the file lists."""
    counts = Counter[str]()
    kind = _KINDS.get(_root(source.head_text()), ("", ""))[1]
    for found in listed(source):
        if isinstance(found, BadArticle):
            yield found
        else:
            counts[found.kind] += 1
    if kind:
        counts[kind] += 0
        counts = counts if len(counts) == 1 else +counts  # only those that it has
        listed_are = " and ".join(f"{count:,} {what}{'s' * (count != 1)}" for what, count in counts.items())  # fmt: skip
        reason = f"holds no articles, but the addresses of {listed_are}; newssearch fetch {source.path} reads them"
        source.remarks.say(None, "not read", reason)


def listed(source: Source) -> Iterator[Listed | BadArticle]:
    """Yield the addresses that a source lists, in its order; a last `BadArticle` where it is damaged or none."""
    head = source.head_text()
    element, kind = _KINDS.get(_root(head), ("", ""))
    with source.text() as stream:
        if not element:
            yield BadArticle(source.path, None, "is no OPML and no sitemap")
            return
        for found in elements(source, stream, root_of(head), (element,), f"an element {element!r}"):
            if isinstance(found, BadArticle):
                yield found
            elif kind == "feed":
                yield from _feeds(source, found)
            else:
                yield from _page(found, kind)


def _root(head: str) -> str:
    return root_of(head).rpartition(":")[2].lower()


def _feeds(source: Source, outline: _Element) -> Iterator[Listed]:
    """Yield the feeds, and other lists, of an outline and of those inside it; folders have no address."""
    for each in outline.iter():
        said = {str(name).lower(): str(value).strip() for name, value in each.attrib.items()}
        url, kind = said.get("url", ""), said.get("type", "").lower()
        if feed := said.get("xmlurl") or (url if kind in ("rss", "atom") else ""):
            yield Listed(feed, "feed", said.get("title") or said.get("text", ""))
        elif url and (kind == "include" or (kind == "link" and url.lower().endswith(".opml"))):
            yield Listed(url, "list", said.get("text", ""))
        elif url or said.get("htmlurl"):
            source.remarks.count(
                None, "not read", "an outline that links to a page, and to no feed"
            )


def _page(element: _Element, kind: str) -> Iterator[Listed]:
    said: dict[str, str] = {}
    for child in element.iterchildren("*"):
        # Beside them may stand pictures and films, which have a "loc" and a title too.
        for each in child.iterchildren("*") if local(child) == "news" else (child,):
            said.setdefault(local(each), text_in(each).strip())
    if url := said.get("loc", ""):
        dated = said.get("publication_date") or said.get("lastmod", "")
        yield Listed(url, kind, said.get("title", ""), dated)
