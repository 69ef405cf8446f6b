"""Hits as a feed, for feed readers: Atom (RFC 4287) and RSS 2.0."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

from search.model.article import Article

if TYPE_CHECKING:
    from search.highlight.marked import Marked
    from search.model.article import Document


class FeedHead(NamedTuple):
    """What a feed says of itself; ``address`` is its own URL, ``page`` that of the same for people."""

    title: str
    address: str
    page: str
    #: Returns the URL of the page of an article.
    article_url: Callable[[str], str]


class Entry(NamedTuple):
    """An article of a feed, and the words of it that are shown."""

    document: Document
    snippet: Marked


#: What XML 1.0 cannot hold.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: Dates that are known less exactly are left out: no feed can say "in 1987".
_EXACT = ("day", "minute", "second")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def atom(head: FeedHead, entries: Iterable[Entry]) -> str:
    """Return *entries*, in their order, as an Atom feed."""
    shown = list(entries)
    updated = max((_changed(entry.document) for entry in shown), default=_EPOCH)
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom">',
        _element("id", _identifier("?" + urlsplit(head.page).query)),
        _element("title", head.title),
        _element("updated", _instant(updated)),
        f'<link rel="self" type="application/atom+xml" href="{_text(head.address)}"/>',
        f'<link rel="alternate" type="text/html" href="{_text(head.page)}"/>',
        _element("generator", "newssearch"),
    ]
    for entry in shown:
        lines += ["<entry>", *_atom_parts(head, entry), "</entry>"]
    return "\n".join([*lines, "</feed>", ""])


def _atom_parts(head: FeedHead, entry: Entry) -> Iterator[str]:
    document, article = entry.document, entry.document.article
    yield _element("id", _identifier(article.article_id))
    yield _element("title", _title(article))
    yield f'<link rel="alternate" type="text/html" href="{_text(head.article_url(article.article_id))}"/>'
    if (published := _published(article)) is not None:
        yield _element("published", _instant(published))
    yield _element("updated", _instant(_changed(document)))
    # An entry without an author must be in a feed that has one.
    for name in article.authors or (article.source or "unknown",):
        yield f"<author>{_element('name', name)}</author>"
    for topic in article.topics:
        yield f'<category term="{_text(topic)}"/>'
    yield _element("summary", entry.snippet.text)


def rss(head: FeedHead, entries: Iterable[Entry]) -> str:
    """Return *entries*, in their order, as an RSS feed."""
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/">',
        "<channel>",
        _element("title", head.title),
        _element("link", head.page),
        _element("description", head.title),
        f'<atom:link rel="self" type="application/rss+xml" href="{_text(head.address)}"/>',
        _element("generator", "newssearch"),
    ]
    for entry in entries:
        lines += ["<item>", *_rss_parts(head, entry), "</item>"]
    return "\n".join([*lines, "</channel>", "</rss>", ""])


def _rss_parts(head: FeedHead, entry: Entry) -> Iterator[str]:
    article = entry.document.article
    yield _element("title", _title(article))
    yield _element("link", head.article_url(article.article_id))
    yield f'<guid isPermaLink="false">{_identifier(article.article_id)}</guid>'
    if (published := _published(article)) is not None:
        yield _element("pubDate", format_datetime(published, usegmt=True))
    for name in article.authors:
        yield _element("dc:creator", name)
    for topic in article.topics:
        yield _element("category", topic)
    # Readers take it as HTML.
    yield _element("description", escape(_clean(entry.snippet.text)))


def _element(name: str, text: str) -> str:
    return f"<{name}>{_text(text)}</{name}>"


def _text(text: str) -> str:
    return escape(_clean(text))


def _clean(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)


def _title(article: Article) -> str:
    return " ".join(article.title.split()) or "(untitled)"


def _identifier(text: str) -> str:
    """Return what names an article or feed wherever this server stands."""
    return uuid5(NAMESPACE_URL, f"newssearch:{text}").urn


def _published(article: Article) -> datetime | None:
    return article.published if article.published_precision in _EXACT else None


def _changed(document: Document) -> datetime:
    """Return when an article came or was changed last."""
    return document.added or document.article.published or _EPOCH


def _instant(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")
