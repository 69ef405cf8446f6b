"""HTML pages of news sites: metadata and text of the article, without the rest of the page."""

from __future__ import annotations

import re
from collections.abc import Iterator

from search.model.article import Article, BadArticle
from search.readers.draft import guarded, make_article
from search.readers.source import Source, decode, encoding_of

#: A longer page is a dump, not an article; parsers take time that grows with the size of a page.
MAX_PAGE_BYTES = 10_000_000

_HTML_START = re.compile(
    r"\s*+(?:<\?xml[^>]{0,200}>\s*+)?+(?:<!--(?:(?!-->).){0,2000}+-->\s*+)*+"
    r"<(?:!doctype\s+html|html|head|body|article|meta|title|h1|main|div|p)\b",
    re.IGNORECASE | re.DOTALL,
)
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
#: Encodings of pages other than UTF-8 (https://encoding.spec.whatwg.org), without those that can be abused.
_LEGACY_CHARSET = re.compile(
    r"iso-?8859-?\d+|latin-?\d|windows-?125\d|cp125\d|koi8-[ru]|gb2312|gbk|gb18030|big5|big5-hkscs"
    r"|euc-(?:jp|kr)|shift[-_]?jis|ms932|cp932|ks_c_5601-1987|macintosh|mac-cyrillic|tis-620|cp874|windows-874",
    re.IGNORECASE,
)

#: A tag to its end, which a quoted ">" is not. It cannot fail after "<" and a name, so it takes linear time.
_TAG = re.compile(
    r"<([a-zA-Z]\w{0,20}+)(?:[^=>]++|=\s*+(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z))?+)*+(?:>|\Z)"
)
#: The parser compares each attribute of a tag with all others: hundreds of thousands take minutes.
_LONG_TAG_CHARS = 10_000
_MAX_ATTRIBUTES = 1_000


def sniff(head: str) -> bool:
    """Whether text that begins with *head* is HTML."""
    return _HTML_START.match(head) is not None


def read(source: Source) -> Iterator[Article | BadArticle]:
    """Yield the one article of a page; without a text (a paywall), its headline."""
    content = source.content(MAX_PAGE_BYTES)
    if len(content) > MAX_PAGE_BYTES:
        size = MAX_PAGE_BYTES // 1_000_000
        yield BadArticle(source.path, None, f"is larger than {size} MB, too large for one article")
        return
    yield guarded(source, None, lambda: _article(source, content))


def _article(source: Source, content: bytes) -> Article | BadArticle:
    # BeautifulSoup takes as long to import as a hundred articles take to index.
    from search.readers.html_body import read_body
    from search.readers.html_metadata import read_metadata

    markup = _TAG.sub(_without_attributes, decode_page(content))
    metadata = read_metadata(markup)
    body = read_body(markup, metadata.title)
    return make_article(
        source,
        None,
        title=metadata.title,
        body=body,
        authors=metadata.authors,
        byline=metadata.byline,
        published=metadata.published,
        published_from=metadata.published_from,
        publisher=metadata.source,
        section=metadata.section,
        language=metadata.language,
        url=metadata.url,
    )


def _without_attributes(tag: re.Match[str]) -> str:
    """Return the tag; without attributes if it has more than any page needs."""
    if len(tag[0]) > _LONG_TAG_CHARS and len(tag[0].split(None, _MAX_ATTRIBUTES)) > _MAX_ATTRIBUTES:
        return f"<{tag[1]}>"
    return tag[0]


def decode_page(content: bytes) -> str:
    """Return *content* as text: by its byte order mark, else as UTF-8, else in the charset that it declares."""
    if encoding_of(content) != "utf-8":
        return decode(content)
    try:
        return content.decode()
    except UnicodeDecodeError:
        declared = _CHARSET.search(content[:4096])
    name = declared[1].decode("ascii").lower() if declared else ""
    if not _LEGACY_CHARSET.fullmatch(name) or name in (
        "iso-8859-1",
        "iso8859-1",
        "latin1",
        "latin-1",
    ):
        return decode(content)  # pages that declare Latin-1 are in Windows-1252
    try:
        return decode(content, name)
    except LookupError:
        return decode(content)
