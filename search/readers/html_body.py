"""The text of an article on a page, with its paragraphs, without the rest of the page."""

from __future__ import annotations

import logging
import re

import trafilatura
from lxml.html import HtmlElement

from search.readers.html_tree import Surroundings, text_of, words_of

#: What stands in an article and is none of its text.
_PRUNED_TAGS = ("figure", "figcaption", "aside", "nav", "form", "button", "dialog")
#: A part of the page that has more of its paragraphs is not taken out, whatever it is called.
_MAX_PRUNED_SHARE = 0.25
#: A link of a whole paragraph that is a sentence is one of the article's.
_SENTENCE = re.compile(r"[.!?…。！？][\"'”’»)\]]*$")
_MIN_SENTENCE_CHARS = 60
_FURNITURE = re.compile(
    r"\W*(?:advertisement|advert|anzeige|werbung|publicité|publicidad|pubblicità|реклама|advertentie|reklame|annonse"
    r"|read (?:more|also|next)|also read|more on this(?: story)?|related(?: (?:articles?|stories|topics|content))?"
    r"|recommended(?: stories)?|story continues(?: below(?: advertisement)?)?|continue reading|share(?: this)?(?: article| story)?"
    r"|(?:copy|save) (?:link|article)|listen to (?:this )?article|comments?|\d{1,5} comments?|print(?: this)?|e-?mail"
    r"|sign up(?: (?:for|to) .{1,80})?|subscribe(?: (?:for|to|now) ?.{0,80})?|mehr zum thema|lesen sie auch|zum thema|lire aussi"
    r"|à lire aussi|lea también|leer más|leggi anche|lees ook|les også|läs också|weiterlesen|artikel teilen|teilen)\W*",
    re.IGNORECASE,
)


def read_body(root: HtmlElement, title: str, surroundings: Surroundings, given: str = "") -> str:
    """Return the article's paragraphs joined by blank lines, "" if the page has none.

    *root* is changed: what is no text of the article is taken out of it. *given* is the text as the
    page gives it to search engines, which counts where the page itself shows none.
    """
    # It logs every page without text, which the reader reports already.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    _prune(root, surroundings)
    _unlink_sentences(root)
    text = trafilatura.extract(
        root, include_comments=False, include_tables=True, with_metadata=False
    )
    lines = (line.strip() for line in (text or "").split("\n"))
    paragraphs = [line for line in lines if line and not _FURNITURE.fullmatch(line)]
    if paragraphs and words_of(paragraphs[0]) == words_of(title):
        del paragraphs[0]
    return "\n\n".join(paragraphs)


def _prune(root: HtmlElement, surroundings: Surroundings) -> None:
    """Take out of the tree what is no text of the article, unless it has much of the page's text."""
    most = _MAX_PRUNED_SHARE * sum(1 for _ in root.iter("p"))
    heading = surroundings.heading
    kept = set() if heading is None else {heading, *heading.iterancestors()}
    for element in list(root.iter(*_PRUNED_TAGS)):
        if element.getparent() is None:
            continue
        if element not in kept and sum(1 for _ in element.iter("p")) <= most:
            element.drop_tree()
        else:
            element.tag = "div"  # trafilatura leaves all of these out


def _unlink_sentences(root: HtmlElement) -> None:
    """Make text of links that are whole paragraphs and sentences: else they would be taken for teasers."""
    for link in list(root.iter("a")):
        paragraph = next(link.iterancestors("p"), None)
        if paragraph is None:
            continue
        text = text_of(link)
        if (
            len(text) >= _MIN_SENTENCE_CHARS
            and _SENTENCE.search(text)
            and text == text_of(paragraph)
        ):
            link.drop_tag()
