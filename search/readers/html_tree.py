"""A page as a tree, and where in it something stands: in the article, or in what is around it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from lxml.etree import ParserError, XPath, iterwalk
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from search.text.spacing import single_spaced

#: Characters of the text of one element that are looked at.
MAX_TEXT_CHARS = 10_000
#: Elements of one kind that are looked at.
MAX_ELEMENTS = 50

#: Names in classes and ids of what readers wrote.
COMMENTS = (
    r"comments?|commentlist|respond|disqus\w*|kommentar\w*|commentaires?|coment[aá]rios?|commenti|commento|reacties?|komentarz\w*"
    r"|komentar\w*|kommentit|коммент\w*|yorum\w*|댓글"
)
#: Names of what stands on a page beside its article.
_BESIDE = re.compile(
    rf"(?:^|[-_\s])(?:{COMMENTS}|related\w*|recommend\w*|discussion|widget-?area|widgets|top-?bar|weather|current-?date|sidebar|side-bar|rail"
    r"|most-?(?:read|viewed|popular|shared)|mostread|popular|trending|teasers?|promo\w*|newsletter"
    r"|read-?(?:more|next|also)|(?:more|latest|other|top)-?(?:news|stories|articles|posts|headlines|from|on)"
    r"|masthead|site-?header|nav|navbar|navigation|menu|breadcrumbs?|carousel|ticker|recirc\w*|cookie\w*"
    r"|outbrain|taboola|see-?also|up-?next)(?:$|[-_\s])",
    re.IGNORECASE,
)
_OF_AUTHOR = re.compile(r"author|byline|writer", re.IGNORECASE)
_BESIDE_TAGS = frozenset(("aside", "blockquote", "footer", "nav", "header"))
_CARD_HEADINGS = XPath("(.//h2|.//h3|.//h4|.//h5)[.//a[@href] or parent::a]")
#: The text of a card that shows another story; what has more is no card.
_MAX_CARD_CHARS = 800
_WORDS = re.compile(r"\w+")
#: Elements that begin and end a line.
_BLOCKS = frozenset(
    [
        "address",
        "article",
        "blockquote",
        "br",
        "dd",
        "div",
        "dl",
        "dt",
        "footer",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "li",
        "ol",
        "p",
        "section",
        "td",
        "tr",
        "ul",
    ]
)
_PARAGRAPHS = XPath("count(.//p)")


def parsed(markup: str) -> HtmlElement | None:
    """Return the root of the page, None if it has no element."""
    # Comments and instructions are no text, but would cut the text around them in pieces.
    parser = HTMLParser(
        encoding="utf-8",
        collect_ids=False,
        default_doctype=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return document_fromstring(markup.encode("utf-8", "replace"), parser=parser)
    except ParserError:
        return None


def count_paragraphs(element: HtmlElement) -> int:
    """Return the number of paragraphs in *element*."""
    return int(_PARAGRAPHS(element))


def text_of(element: HtmlElement, most: int = MAX_TEXT_CHARS) -> str:
    """Return the text in *element*, single-spaced, at most *most* characters of it."""
    pieces: list[str] = []
    for piece in element.itertext():
        pieces.append(piece[:most])
        most -= len(piece)
        if most <= 0:
            break
    return single_spaced(" ".join(pieces))


def lines_of(element: HtmlElement, most: int = MAX_TEXT_CHARS) -> str:
    """Return the text in *element*, a line for each block in it, of hardly more than *most* characters."""
    pieces: list[str] = []
    for event, each in iterwalk(element, events=("start", "end")):
        if each.tag in _BLOCKS and each is not element:
            pieces.append("\n")
        said = each.text if event == "start" else each.tail if each is not element else ""
        pieces.append(re.sub(r"\s+", " ", (said or "")[:most]))
        most -= len(pieces[-1])
        if most <= 0:
            break
    lines = (single_spaced(line) for line in "".join(pieces).split("\n"))
    return "\n".join(filter(None, lines))


def words_of(text: str) -> str:
    """Return the words of *text*, which two spellings of it have in common; soft hyphens do not count."""
    return " ".join(_WORDS.findall(text.replace("\N{SOFT HYPHEN}", "").casefold()))


class Surroundings:
    """Tells what belongs to the article of a page from what stands beside it.

    *heading* is the element of the article's own headline, None if the page has none.
    """

    def __init__(self, root: HtmlElement, heading: HtmlElement | None) -> None:
        self._paragraphs = count_paragraphs(root)
        self._known: dict[HtmlElement, bool] = {}
        self.heading = heading
        self.main = _main(root, heading)
        # Around the headline all is the article's: a page's wrapper may be called "related" too.
        self._own = set[HtmlElement]()
        for element in (heading, self.main):
            if element is not None:
                self._own.update((element, *element.iterancestors()))
        self._before = _before(heading, self.main)

    def is_beside(self, element: HtmlElement) -> bool:
        """Whether *element* stands in a header or above the article, in other stories, comments, another story's card."""
        climbed: list[HtmlElement] = []
        beside = False
        for node in (element, *element.iterancestors()):
            if node in self._own:
                break
            if node in self._known:
                beside = self._known[node]
                break
            climbed.append(node)
            if node in self._before or self._is_other(node):
                beside = True
                break
        self._known.update(dict.fromkeys(climbed, beside))
        return beside

    def own(self, elements: Iterator[HtmlElement] | list[HtmlElement]) -> list[HtmlElement]:
        """Return those of the first `MAX_ELEMENTS` *elements* that belong to the article."""
        found = []
        for element in elements:
            if not self.is_beside(element):
                found.append(element)
                if len(found) >= MAX_ELEMENTS:
                    break
        return found

    def _is_other(self, node: HtmlElement) -> bool:
        tag = node.tag
        if tag in _BESIDE_TAGS:
            return tag != "header" or self.main is None or self.main not in node.iterancestors()
        if tag == "article":
            return self.main is not None and not self._has_most(node)
        named = f"{node.get('class') or ''} {node.get('id') or ''}"
        if _BESIDE.search(named) and not _OF_AUTHOR.search(named):
            return not self._has_most(node)
        return tag in ("div", "li", "section", "a") and self._is_card(node)

    def _has_most(self, node: HtmlElement) -> bool:
        """Whether *node* has most of the paragraphs of the page, and must be the article."""
        return 2 * count_paragraphs(node) > self._paragraphs

    def _is_card(self, node: HtmlElement) -> bool:
        """Whether *node* shows another story: a linked heading, and little text."""
        return len(text_of(node, _MAX_CARD_CHARS + 1)) <= _MAX_CARD_CHARS and bool(
            _CARD_HEADINGS(node)
        )


def _before(heading: HtmlElement | None, main: HtmlElement | None) -> set[HtmlElement]:
    """Return what stands on the page before all that is around the article: there is the day of today."""
    before = set[HtmlElement]()
    if heading is None:
        return before
    around = {"body"} if main is None else set(main.iterancestors())
    for node in (heading, *heading.iterancestors()):
        parent = node.getparent()
        if (
            parent is not None
            and parent.tag != "html"
            and (parent in around or parent.tag in around)
        ):
            before.update(node.itersiblings(preceding=True))
    return before


def _main(root: HtmlElement, heading: HtmlElement | None) -> HtmlElement | None:
    """Return the element that holds the article: around its headline, else the one with most paragraphs."""
    if heading is not None:
        for node in heading.iterancestors("article", "main"):
            return node
    articles = list(islice(root.iter("article"), MAX_ELEMENTS))
    articles = articles or list(islice(root.iter("main"), 1))
    counted = [(count_paragraphs(each), each) for each in articles]
    most = max((count for count, _ in counted), default=0)
    return next((each for count, each in counted if count == most > 0), None)
