"""HTML pages of news sites: metadata and text of the article, without the rest of the page."""

from __future__ import annotations

import re
from collections.abc import Iterator

from search.model.article import Article, BadArticle
from search.readers.draft import guarded, make_article
from search.readers.encodings import decoded, encoding_of
from search.readers.source import Source

#: A longer page is a dump, not an article; parsers take time that grows with the size of a page.
MAX_PAGE_BYTES = 10_000_000

_HTML_START = re.compile(
    r"\s*+(?:<\?xml[^>]{0,200}>\s*+)?+(?:<!--(?:(?!-->).){0,2000}+-->\s*+)*+"
    r"<(?:!doctype\s+html|html|head|body|article|meta|title|h1|main|div|p)\b",
    re.IGNORECASE | re.DOTALL,
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
    # lxml and trafilatura take as long to import as a hundred articles take to index.
    from search.readers.html_body import read_body
    from search.readers.html_metadata import Metadata, read_metadata
    from search.readers.html_tree import parsed

    found = encoding_of(content, source.options.encoding)
    text, misfits = decoded(content, found.encoding)
    source.remark_on_encoding(found, misfits)
    markup = _TAG.sub(_without_attributes, text)
    root = parsed(markup)
    metadata, body = Metadata(), ""
    if root is not None:
        metadata, surroundings = read_metadata(root, markup, source.options.day_order)
        body = read_body(root, metadata, surroundings)
    article = make_article(
        source,
        None,
        title=metadata.title,
        body=body,
        authors=metadata.authors,
        credits=metadata.credits,
        byline=metadata.byline,
        published=metadata.published,
        published_from=metadata.published_from,
        publisher=metadata.source,
        section=metadata.section,
        topics=metadata.topics,
        language=metadata.language,
        url=metadata.url,
    )
    if isinstance(article, Article):
        if metadata.date_remark:
            is_ambiguous = metadata.published is not None and metadata.published.is_ambiguous
            kind = "day order" if is_ambiguous else "date"
            source.remarks.say(None, kind, f"the page {metadata.date_remark}")
        if not body:
            source.remarks.say(
                None, "no text", "the page has no text of an article; its title is kept"
            )
    return article


def _without_attributes(tag: re.Match[str]) -> str:
    """Return the tag; without attributes if it has more than any page needs."""
    if len(tag[0]) > _LONG_TAG_CHARS and len(tag[0].split(None, _MAX_ATTRIBUTES)) > _MAX_ATTRIBUTES:
        return f"<{tag[1]}>"
    return tag[0]
