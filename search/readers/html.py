"""HTML pages of news sites: metadata and text of the article, without the rest of the page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from search.model.article import Article, BadArticle
from search.readers.draft import guarded, make_article
from search.readers.encodings import decoded, encoding_of
from search.readers.source import Source

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from search.readers.html_body import Body
    from search.readers.html_metadata import Metadata

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
_MAX_ATTRIBUTES = 250
_MANY_ATTRIBUTES = 50
_ATTRIBUTE = re.compile(r"[^\s=/>\"'<]++(?:\s*+=\s*+(?:\"[^\"]*+\"?|'[^']*+'?|[^\s>]*+))?+")

# Bounds on a page, ten times what the largest of the measured pages has (docs/readers.md). A parsed element takes
# 2 kB and 40 us; what looks for the text of an article goes over all of the text several times.
_MAX_TAGS = 40_000
_MAX_ATTRIBUTES_IN_ALL = 200_000
_MAX_TEXT_CHARS = 1_000_000
_NO_TEXT_TAGS = frozenset(("script", "style"))


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
    yield guarded(source, None, _article, source, content)


class Page(NamedTuple):
    """What is read of a page."""

    metadata: Metadata
    body: Body
    #: Its markup in text, with the attributes that are read.
    markup: str


def page_of(source: Source, content: bytes) -> Page | BadArticle:
    """Return what the page says that has this *content*, or why it is too large for one article."""
    # lxml and trafilatura take as long to import as a hundred articles take to index.
    from search.readers.html_body import Body, read_body
    from search.readers.html_metadata import Metadata, read_metadata
    from search.readers.html_tree import parsed

    found = encoding_of(content, source.options.encoding, source.charset)
    text, misfits = decoded(content, found.encoding)
    source.remark_on_encoding(found, misfits)
    tags = _Tags()
    markup = _TAG.sub(tags.bounded, text)
    if tags.are_too_many():
        return BadArticle(
            source.path, None, f"has more than {_MAX_TAGS:,} tags, too many for one article"
        )
    root = parsed(markup)
    if root is None:
        return Page(Metadata(), Body(), markup)
    if len(markup) > _MAX_TEXT_CHARS and _text_chars(root) > _MAX_TEXT_CHARS:
        return BadArticle(
            source.path,
            None,
            f"has more than {_MAX_TEXT_CHARS:,} characters of text, too many for one article",
        )
    metadata, surroundings = read_metadata(root, markup, source.options.day_order)
    return Page(metadata, read_body(root, metadata, surroundings), markup)


def _article(source: Source, content: bytes) -> Article | BadArticle:
    from search.readers.html_tree import words_of

    page = page_of(source, content)
    if isinstance(page, BadArticle):
        return page
    metadata, body = page.metadata, page.body
    article = make_article(
        source,
        None,
        title=metadata.title,
        body=body.text,
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
        if body.left_out:
            lines = "a line" if len(body.left_out) == 1 else f"{len(body.left_out)} lines"
            source.remarks.say(
                None,
                "not its text",
                f"{lines} left out as no text of the article: {body.left_out[0][:100]!r}",
            )
        if words_of(body.text) in ("", words_of(metadata.title)):
            source.remarks.say(
                None, "no text", "the page has no text of an article; its title is kept"
            )
    return article


def _text_chars(root: HtmlElement) -> int:
    """Return the number of characters of text, without scripts and styles."""
    return sum(
        len(each.tail or "") + (0 if each.tag in _NO_TEXT_TAGS else len(each.text or ""))
        for each in root.iter()
    )


class _Tags:
    """Counts the tags of a page, and takes away attributes that would cost too much."""

    def __init__(self) -> None:
        self._tags = 0
        self._attributes = 0

    def bounded(self, tag: re.Match[str]) -> str:
        """Return the tag, without attributes if it or the page has more than any needs; "" after too many tags."""
        self._tags += 1
        if self.are_too_many():
            return ""
        text = tag[0]
        # Not less than it has: each has a blank or a slash before it, or the sign of the one before it.
        count = len(text.split()) + text.count("/") + text.count("=")
        if count > _MANY_ATTRIBUTES:
            count = len(_ATTRIBUTE.findall(text))
        self._attributes += count
        if count > _MAX_ATTRIBUTES or self._attributes > _MAX_ATTRIBUTES_IN_ALL:
            return f"<{tag[1]}>"
        return text

    def are_too_many(self) -> bool:
        return self._tags > _MAX_TAGS
