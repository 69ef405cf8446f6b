"""What an answer is: a list of addresses and articles, with what it lists, or a page."""

from __future__ import annotations

import json
import re
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from hashlib import blake2b
from html import unescape
from pathlib import Path
from typing import NamedTuple

from search.fetch.addresses import BadAddress, address_of
from search.fetch.limits import FetchLimits
from search.fetch.state import Entry
from search.model.article import Article, BadArticle
from search.model.errors import ReadError
from search.model.settings import Settings
from search.readers.address_lists import Listed, listed
from search.readers.dates import parse_date
from search.readers.draft import guarded
from search.readers.encodings import declared, encoding_named
from search.readers.formats import RecordReader, reader_of
from search.readers.opening import OpenSource, opened
from search.readers.options import ReadingOptions
from search.readers.record import Record, article_of
from search.readers.source import Limits

#: A text this long, in characters, is taken for the whole article, unless it ends as an extract does.
_FULL_CHARS = 1_500
_CUT_OFF = re.compile(
    r"(?:…|\.\.\.|\[(?:…|\.\.\.|&hellip;)\])\s*$|(?:read more|continue reading)\W{0,5}$", re.I
)

#: Keys of an entry's address, in RSS, Atom and JSON Feed.
_LINKS = ("link", "url", "external_url")
#: And of what it is called by its feed alone.
_OWN_IDS = ("guid", "id")
#: How a page names its feeds.
_LINK_ELEMENT = re.compile(rb"(?i)<link\s[^<>]{1,2000}>")
_IS_FEED = re.compile(
    rb"(?i)\btype\s{0,9}=\s{0,9}[\"']?application/(?:rss\+xml|atom\+xml|feed\+json)"
)
_HREF = re.compile(rb"(?i)\bhref\s{0,9}=\s{0,9}[\"']?([^\"'\s<>]{1,2000})")
_GZIP = b"\x1f\x8b"
_HEAD_BYTES = 65_536
_JSON_FEED = re.compile(rb'"version"\s{0,9}:\s{0,9}"https?:\\?/\\?/jsonfeed\.org')


class Listing(NamedTuple):
    """A feed, a sitemap or OPML."""

    entries: tuple[Entry, ...]
    #: How often something could not be read of it, and the first time why.
    faults: int = 0
    fault: str = ""


def listing_of(content: bytes, url: str, charset: str, limits: FetchLimits) -> Listing | None:
    """Return what *content*, which came from *url*, lists; None where it is a page or anything else."""
    content = _unpacked(content, limits.max_bytes)
    options = ReadingOptions()
    if charset and declared(content[:_HEAD_BYTES]) is None and encoding_named(charset):
        options = ReadingOptions(encoding=charset)
    with tempfile.TemporaryDirectory(prefix="newssearch-") as folder:
        path = Path(folder, "answer")
        path.write_bytes(content)
        try:
            with opened(path, Limits.of(Settings()), options) as source:
                if source.format.name == "addresses":
                    return _gathered(_of_addresses(source, url), limits)
                if source.format.name == "feed" or (
                    source.format.name == "records" and _JSON_FEED.search(content[:_HEAD_BYTES])
                ):
                    return _gathered(_of_feed(source, url), limits)
        except ReadError:
            pass  # no reader knows it, which is said when it is indexed
    return None


def feeds_of_page(content: bytes, url: str) -> list[str]:
    """Return the addresses of the feeds that a page, which came from *url*, names in its head."""
    found = []
    for element in _LINK_ELEMENT.findall(content[:_HEAD_BYTES]):
        if _IS_FEED.search(element) and (link := _HREF.search(element)):
            with suppress(BadAddress):
                found.append(address_of(unescape(link[1].decode("utf-8", "replace")), url).url)
    return list(dict.fromkeys(found))


def _unpacked(content: bytes, max_bytes: int) -> bytes:
    """Return *content* without gzip, in which sitemaps often come, as far as it may grow."""
    if not content.startswith(_GZIP):
        return content
    try:
        return zlib.decompressobj(31).decompress(content, max_bytes)
    except zlib.error:
        return content


def _gathered(found: Iterator[Entry | str], limits: FetchLimits) -> Listing:
    entries: dict[str, Entry] = {}
    faults, fault = 0, ""
    for each in found:
        if isinstance(each, Entry) and len(entries) < limits.max_entries:
            entries.setdefault(each.entry_id, each)
            continue
        if isinstance(each, Entry):
            each = f"lists more than {limits.max_entries:,} addresses; the rest was not looked at"
        faults, fault = faults + 1, fault or each
        if len(entries) == limits.max_entries:
            break
    return Listing(tuple(entries.values()), faults, fault)


def _of_addresses(source: OpenSource, base: str) -> Iterator[Entry | str]:
    for found in listed(source.source):
        if isinstance(found, BadArticle):
            yield found.reason
            continue
        try:
            url = address_of(found.url, base).url
        except BadAddress as exc:
            yield f"{found.url[:200]} {exc}"
            continue
        yield Entry(url, found.kind, url, _digest(url, found.dated, found.title), _seconds(found))


def _seconds(found: Listed) -> float | None:
    if not found.dated:
        return None
    date = parse_date(found.dated)
    return None if date is None else date.at.timestamp()


def _of_feed(source: OpenSource, base: str) -> Iterator[Entry | str]:
    reader = reader_of(source.format)
    if not isinstance(reader, RecordReader):
        return
    for found in reader.records_of(source.source):
        if isinstance(found, BadArticle):
            yield found.reason
            continue
        line, record = found
        article = guarded(source.source, line, article_of, source.source, line, record)
        source.source.remarks.take()  # said when it is indexed
        if isinstance(article, BadArticle):
            yield f"line {line}: {article.reason}"
        else:
            yield _entry(article, record, base)


def _entry(article: Article, record: Record, base: str) -> Entry:
    url = ""
    if article.url and not article.is_withdrawn:
        try:
            url = address_of(article.url, base).url
        except BadAddress:
            url = ""  # of the entry there is what the feed says
        # The record is read again without the address of its feed.
        record = {
            key: url if value == article.url and key in _LINKS else value
            for key, value in record.items()
        }
    published_s = None if article.published is None else article.published.timestamp()
    said = (
        article.title,
        article.body,
        article.url,
        str(article.published),
        str(article.is_withdrawn),
    )
    return Entry(
        article.article_id,
        "page",
        url,
        _digest(*said),
        published_s,
        len(article.body) >= _FULL_CHARS and not _CUT_OFF.search(article.body[-200:]),
        json.dumps(record, ensure_ascii=False, default=str),
    )


def in_place_of_page(entry: Entry) -> str:
    """Return the record of *entry* with the identity of its page, which takes its place when it can be fetched."""
    record = json.loads(entry.record)
    return json.dumps(
        {key: value for key, value in record.items() if key not in _OWN_IDS}, ensure_ascii=False
    )


def _digest(*texts: str) -> str:
    return blake2b("\0".join(texts).encode("utf-8", "replace"), digest_size=16).hexdigest()
