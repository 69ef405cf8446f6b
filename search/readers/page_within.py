"""A page that is a part of something else, of a mail or a book: all its text, whether it looks like an article or not."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, NamedTuple, cast

from search.model.article import BadArticle
from search.readers.decompression import HEAD_BYTES
from search.readers.html import MAX_PAGE_BYTES, page_of
from search.readers.markup import plain
from search.readers.source import Source

if TYPE_CHECKING:
    from search.readers.html_metadata import Metadata

_HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)
_LETTER = re.compile(r"[^\W_]")
#: A share of the words of a page that its article must have; else it is one of several, and all the words count.
_MIN_SHARE = 0.5


class PageWithin(NamedTuple):
    """What is read of it; no more than its language is certain to be said of this page alone."""

    metadata: Metadata
    text: str
    markup: str
    #: What stands over the text on the page, and not in it.
    heading: str = ""
    #: The line there that says who wrote it.
    byline: str = ""

    def text_under(self, title: str, *, with_byline: bool = False) -> str:
        """Return the text with its heading, unless that is the *title*, and with its byline where that is wanted."""
        from search.readers.html_tree import words_of

        heading = "" if words_of(self.heading) == words_of(title) else self.heading
        byline = self.byline if with_byline else ""
        return "\n\n".join(filter(None, (heading, byline, self.text)))


def page_within(source: Source, content: bytes, charset: str = "") -> PageWithin | BadArticle:
    """Return what a page says that lies in *source*, or why it is too large for one article.

    The text is that of the article on it if that has most of the words; else all the text that is not hidden.
    What is remarked on it is remarked on *source*.
    """
    content = content[: MAX_PAGE_BYTES + 1]
    if len(content) > MAX_PAGE_BYTES:
        size = MAX_PAGE_BYTES // 1_000_000
        return BadArticle(source.path, None, f"is larger than {size} MB, too large for one article")
    stream = cast(io.BufferedReader, io.BufferedReader(io.BytesIO(content)))
    inner = Source(
        source.path, source.limits, source.options, head=content[:HEAD_BYTES], file=source.file,
        stream=stream, charset=charset,
    )  # fmt: skip
    page = page_of(inner, content)
    for remark in inner.remarks.take():
        source.remarks.say(None, remark.kind, remark.reason)
    if isinstance(page, BadArticle):
        return page
    everything = _everything(page.markup)
    is_most = _count_words(page.body.text) >= _MIN_SHARE * _count_words(everything)
    if not is_most:
        return PageWithin(page.metadata, everything, page.markup)
    lines, text = everything.split("\n\n"), page.body.text
    heading, byline = page.metadata.title, page.metadata.byline
    if heading not in lines or text.startswith(heading):
        heading = ""
    if byline not in lines or byline in text:
        byline = ""
    return PageWithin(page.metadata, text, page.markup, heading, byline)


def _everything(markup: str) -> str:
    """Return all the text of a page that is not hidden."""
    from lxml.html import tostring

    from search.readers.html_tree import parsed

    root = parsed(markup)
    if root is None:
        return ""
    for element in list(root.iter("*")):
        if element.getparent() is not None and _HIDDEN.search(element.get("style", "")):
            element.drop_tree()
    paragraphs = plain(tostring(root, encoding="unicode"), paragraphs=True).split("\n\n")
    return "\n\n".join(each for each in paragraphs if _LETTER.search(each))


def _count_words(text: str) -> int:
    return len(text.split())
