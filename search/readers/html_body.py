"""The text of an article on a page, with its paragraphs, without the rest of the page."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from itertools import islice

import trafilatura
from lxml.etree import XPath
from lxml.html import HtmlElement

from search.readers.byline import parse_byline
from search.readers.date_texts import dated_line
from search.readers.html_metadata import Metadata
from search.readers.html_tree import (
    COMMENTS,
    Surroundings,
    count_paragraphs,
    lines_of,
    text_of,
    words_of,
)

#: What stands in an article and is none of its text.
_PRUNED_TAGS = ("figure", "figcaption", "aside", "nav", "form", "button", "dialog")
#: Names in classes and ids of the same.
_PRUNED_NAMES = re.compile(
    rf"(?:^|[-_\s])(?:{COMMENTS}|related\w*|recommend\w*|newsletter\w*|promo\w*|teasers?|most-?(?:read|viewed|popular)"
    r"|read-?(?:more|next|also)|see-?also|up-?next|(?:more|latest)-?(?:news|stories|articles|posts|from|on)|outbrain|taboola"
    r"|author-?(?:bio|box|info|card|description|profile|details)\w*|about-?(?:the-?)?author|bio|captions?|breadcrumbs?|popular"
    r"|social(?:-?(?:share|media|links|icons))?|share(?:-?(?:bar|buttons?|tools|links))?|sign-?up)(?:$|[-_\s])",
    re.IGNORECASE,
)
_STANDFIRST = re.compile(
    r"(?:^|[-_\s])(?:stand-?first|dek|deck|subhead(?:line|ing)?|sub-?title|lead(?:-?(?:text|in))?|lede|intro(?:duction|-?text)?|excerpt"
    r"|(?:article-?)?summary|teaser-?text|vorspann|anriss|chapo|chapeau|sommario|occhiello|entradilla|bajada|perex|ingress|manchet)"
    r"(?:$|[-_\s])",
    re.IGNORECASE,
)
_MIN_STANDFIRST_CHARS = 40
_MAX_STANDFIRST_CHARS = 800
#: Characters of the words of two texts that are compared: descriptions are cut.
_COMPARED_CHARS = 60
_AFTER = XPath(
    "following::*[self::p or self::h2 or self::h3 or self::div or self::span or self::strong][position()<=40]"
)
#: A part of the page that has more of its paragraphs is not taken out, whatever it is called.
_MAX_PRUNED_SHARE = 0.25
#: After this many parts that are too large to be taken out the others are not looked at: to count the
#: paragraphs of nested parts takes time that grows with their square.
_MAX_TOO_LARGE = 20
#: A list with a larger share of its characters in links leads to other stories.
_MAX_LINKED_SHARE = 0.6
_MAX_LINKS = 500
_POINTERS = "-–—→>•») "
#: A link of a whole paragraph that is a sentence is one of the article's.
_SENTENCE = re.compile(r"[.!?…。！？][\"'”’»)\]]*$")
_MIN_SENTENCE_CHARS = 60
_FURNITURE = re.compile(
    r"\W*(?:advertisement|advert|anzeige|werbung|publicité|publicidad|pubblicità|реклама|advertentie|reklame|annonse"
    r"|read (?:more|also|next)|also read|more on this(?: story)?|related(?: (?:articles?|stories|topics|content))?"
    r"|recommended(?: stories)?|story continues(?: below(?: advertisement)?)?|continue reading|share(?: this)?(?: article| story)?"
    r"|(?:copy|save) (?:link|article)|listen to (?:this )?article|comments?|\d{1,5} comments?|print(?: this)?|e-?mail"
    r"|sign up|subscribe|mehr zum thema|lesen sie auch|zum thema|auch interessant|passer la publicité"
    r"|embed|(?:à )?lire aussi|lea también|leer más|leggi anche|lees ook|les også|läs också|weiterlesen|artikel teilen|teilen)\W*",
    re.IGNORECASE,
)
#: What leads to another story, with its headline: it has a link.
_LEADS = re.compile(
    r"\W*(?:sign up (?:for|to) .{1,80}|subscribe (?:for|to|now) ?.{0,80}|(?:(?:à )?lire aussi|zum artikel|lesen sie auch|read more|read also|lea también|leggi anche|lees ook|les også|läs också"
    r"|more)\s?:?\s[^.]{5,200})",
    re.IGNORECASE,
)
#: A heading over other stories.
_MORE = re.compile(
    r"(?:more|mehr|weitere) (?:from|on|themen|artikel|zum thema)\b[^.!?]{0,40}", re.IGNORECASE
)
#: A caption: it ends in who took the picture, a name or two.
_CAPTION = re.compile(
    r"(?i:image|images|photo|photos|foto|fotos|bild|bilder|picture|photograph)\s?:\s?[^.!?]{2,60}"
    r"|.{0,250}?(?:©|\b(?i:bild|foto|photo|image|credit|picture)s?\s?:)\s?(?:[A-ZÀ-Ý0-9][^\s.:]{0,20}[\s/,]{0,3}|(?:of|for|via|and|und|von|by|/)\s){1,7}"
)

_WORD = re.compile(r"\w")
#: How lines with a link begin that stand at the end of an article and are none of its text.
_TAIL = re.compile(
    r"\W{0,3}(?:follow (?:us|our|@|[^.]{2,60} on (?:twitter|facebook|google|instagram|x|whatsapp|tiktok))|join (?:us|our|the conversation)"
    r"|sign up (?:to|for|now|here)|subscribe (?:to|now|today|here)|got a (?:story|tip)|for (?:more|the latest) (?:news|stories|on|breaking|from|information)"
    r"|read more|more ?:|download (?:our|the [^.]{0,30}app)|get (?:daily|the latest)|fehler gefunden|wie hat ihnen|ihre meinung ist|click here|newsletter ?:"
    r"|(?:mehr|weitere) (?:themen|zu|zum|zur)\b|our website is the|suscríbete|abonnez-vous|iscriviti)",
    re.IGNORECASE,
)
#: How they begin without a link.
_NOTE = re.compile(
    r"\W{0,3}(?:(?:copyright|\(c\))\W{0,3}(?:\(c\)\W{0,3})?(?:19|20)\d\d\b|(?:copyright )?[©ⓒ]|all rights reserved"
    r"|this article (?:was|originally|first) (?:originally |first )?(?:published|appeared)|dieser artikel (?:ist|wurde|erschien) zuerst)",
    re.IGNORECASE,
)
#: Where a short line at the end says that the text is from.
_SOURCE = re.compile(
    r"\W{0,3}(?:(?:quelle|source|photos?|fotos?) ?:|mit (?:agentur)?material)", re.IGNORECASE
)
_MAX_SOURCE_CHARS = 60
_MAX_TAIL_CHARS = 400
_BY = re.compile(r"(?:by|von|par|door|av|af|di|por)\s+[^\W\d_a-z]", re.IGNORECASE)
_MAX_BYLINE_CHARS = 80
#: Words in small letters that a byline has: "and", "for", a role.
_MAX_SMALL_WORDS = 3
#: A line of that many words that is left out is said: shorter ones are buttons and labels.
_SAID_WORDS = 5
#: Share of the text that must be in the one for search engines, for that to decide on the rest.
_MIN_GIVEN_SHARE = 0.7
_MAX_HEADING_CHARS = 80
_MAX_KICKER_CHARS = 40
_MAX_LABEL_WORDS = 3
_MAX_HEAD_LINES = 4
_SENTENCE_ENDS = tuple('.!?:…”"')
#: Elements whose names may tell: those of all others are not asked for.
_LINES = frozenset(("p", "li", "div", "h2", "h3", "h4", "h5", "h6", "blockquote", "td"))
_MAX_LINKED = 5_000
_MAX_ARTICLES = 10
_MAX_CLIMBED = 6
_NAMED = ("div", "section", "p", "ul", "ol", "span", "li")


@dataclass(frozen=True, slots=True)
class Body:
    """The article's paragraphs joined by blank lines, "" if the page has none; and lines that were left out of them."""

    text: str = ""
    left_out: tuple[str, ...] = ()


def read_body(root: HtmlElement, metadata: Metadata, surroundings: Surroundings) -> Body:
    """Return the text of the article.

    *root* is changed: what is no text of the article is taken out of it. The standfirst, the sentence between
    headline and text, is found by its class or by the descriptions that the page has of its article.
    """
    # It logs every page without text, which the reader reports already.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    standfirst = _standfirst(surroundings, metadata.descriptions)
    linked = _linked(root)
    _prune(root, surroundings)
    _settle_links(root, surroundings)
    text = trafilatura.extract(
        root, include_comments=False, include_tables=True, with_metadata=False
    )
    lines = (line.strip() for line in (text or "").split("\n"))
    if not text:
        return Body(metadata.given_text)  # a program would show it
    whole = [line for line in lines if line]
    if len(whole) == 1:
        whole = _parted(whole[0], root)
    paragraphs = _without_furniture(whole, metadata.byline, linked)
    if metadata.given_text:
        paragraphs = _only_given(paragraphs, metadata.given_text)
    shown = "" if surroundings.heading is None else text_of(surroundings.heading)
    paragraphs = _without_headline(
        paragraphs, [metadata.title, shown], metadata.section, metadata.byline
    )
    kept = {metadata.title, shown, *paragraphs}
    left_out = [
        line
        for line in whole
        if len(line.split()) >= _SAID_WORDS
        and line not in kept
        and not _is_byline(line, metadata.byline)
        and dated_line(line) is None
    ]
    if standfirst and words_of(standfirst)[:_COMPARED_CHARS] not in words_of(
        " ".join(paragraphs[:4])
    ):
        paragraphs.insert(0, standfirst)
    return Body("\n\n".join(paragraphs), tuple(left_out))


def _parted(line: str, root: HtmlElement) -> list[str]:
    """Return the lines of the text that trafilatura made one *line* of, as it does with a short article."""
    words = words_of(line).replace(" ", "")
    for element in islice(root.iter("article"), _MAX_ARTICLES):
        if words_of(text_of(element)).replace(" ", "") == words:
            return [each for each in lines_of(element).split("\n") if each]
    return [line]


def _linked(root: HtmlElement) -> set[str]:
    """Return how the blocks begin that have a link in them, see `words_of`."""
    blocks: dict[HtmlElement, None] = {}
    for link in islice(root.iter("a"), _MAX_LINKED):
        for node in islice(link.iterancestors(), _MAX_CLIMBED):
            if node.tag in _LINES:
                blocks[node] = None
                break
    return {words_of(text_of(each, _MAX_TAIL_CHARS))[:_COMPARED_CHARS] for each in blocks}


def _standfirst(surroundings: Surroundings, descriptions: tuple[str, ...]) -> str:
    """Return the standfirst that the page shows after its headline, "" if it shows none."""
    if surroundings.heading is None:
        return ""
    described = [
        begun for text in descriptions if len(begun := words_of(text)) >= _MIN_STANDFIRST_CHARS
    ]
    for element in _AFTER(surroundings.heading):
        if surroundings.is_beside(element):
            continue
        text = text_of(element, _MAX_STANDFIRST_CHARS + 1)
        if not _MIN_STANDFIRST_CHARS <= len(text) <= _MAX_STANDFIRST_CHARS:
            continue
        begun = words_of(text)[:_COMPARED_CHARS]
        if _STANDFIRST.search(element.get("class") or "") or any(
            each.startswith(begun) for each in described
        ):
            return text
    return ""


def _prune(root: HtmlElement, surroundings: Surroundings) -> None:
    """Take out of the tree what is no text of the article, unless it has much of the page's text."""
    most = _MAX_PRUNED_SHARE * count_paragraphs(root)
    heading = surroundings.heading
    kept = {root}
    for element in (heading, surroundings.main):
        if element is not None:
            kept.update((element, *element.iterancestors()))
    for element in list(root.iter(*_PRUNED_TAGS)):
        if element.getparent() is None:
            continue
        if element not in kept and count_paragraphs(element) <= most:
            element.drop_tree()
        else:
            element.tag = "div"  # trafilatura leaves all of these out
    too_large = 0
    for element in list(root.iter(*_NAMED)):
        named = f"{element.get('class') or ''} {element.get('id') or ''}"
        if len(named) < 2 or element in kept or not _PRUNED_NAMES.search(named):
            continue
        if element.getparent() is None:
            continue
        if count_paragraphs(element) <= most:
            element.drop_tree()
        elif (too_large := too_large + 1) >= _MAX_TOO_LARGE:
            break
    if surroundings.main is not None:
        for element in list(root.iter("article")):
            if (
                element not in kept
                and surroundings.is_beside(element)
                and count_paragraphs(element) <= most
            ):
                element.drop_tree()
    for element in list(root.iter("ul", "ol")):
        if element.getparent() is not None and _is_of_links(element):
            element.drop_tree()


def _is_of_links(element: HtmlElement) -> bool:
    """Whether a list leads to other stories and says nothing itself."""
    linked = sum(len(text_of(link)) for link in islice(element.iter("a"), _MAX_LINKS))
    return linked > _MAX_LINKED_SHARE * len(text_of(element))


def _settle_links(root: HtmlElement, surroundings: Surroundings) -> None:
    """Make text of links that are whole paragraphs and sentences, and drop other paragraphs that are one link."""
    for block in list(root.iter("p", "h2", "h3", "h4", "h5")):
        links = list(islice(block.iter("a"), 2))
        if len(links) != 1 or block is surroundings.heading or block.getparent() is None:
            continue
        text = text_of(links[0])
        if not text or text.lstrip(_POINTERS) != text_of(block).lstrip(_POINTERS):
            continue
        if len(text) >= _MIN_SENTENCE_CHARS and _SENTENCE.search(text) and block.tag == "p":
            links[0].drop_tag()
        else:
            block.drop_tree()


def _without_furniture(paragraphs: list[str], byline: str, linked: set[str]) -> list[str]:
    """Return *paragraphs* without what pages put before, between and after those of the article.

    What could be a paragraph is taken for such only where it is a *linked* one.
    """

    def has_link(line: str) -> bool:
        return len(line) <= _MAX_KICKER_CHARS or words_of(line)[:_COMPARED_CHARS] in linked

    kept = [
        line
        for line in paragraphs
        if _WORD.search(line)
        and not _FURNITURE.fullmatch(line)
        and not _CAPTION.fullmatch(line)
        and not _MORE.fullmatch(line)
        and not (_LEADS.fullmatch(line) and has_link(line))
    ]
    while kept and len(line := kept[-1]) <= _MAX_TAIL_CHARS:
        is_source = len(line) <= _MAX_SOURCE_CHARS and _SOURCE.match(line)
        if not is_source and not _NOTE.match(line) and not (_TAIL.match(line) and has_link(line)):
            break
        del kept[-1]
    while kept and _is_byline(kept[0], byline):
        del kept[0]
    return kept


def _without_headline(
    paragraphs: list[str], titles: list[str], section: str, byline: str
) -> list[str]:
    """Return *paragraphs* without the headline at their beginning, its kicker, and the day."""
    wholes = [words for title in titles if (words := words_of(title))]
    at = 0
    for number, line in enumerate(paragraphs[:_MAX_HEAD_LINES], start=1):
        words = words_of(line)
        is_title = any(
            words in whole or (whole in words and len(words) - len(whole) <= _MAX_KICKER_CHARS)
            for whole in wholes
        )
        if (is_title and len(line) <= _MAX_TAIL_CHARS) or (
            number == at + 1
            and (
                words == words_of(section)
                or dated_line(line)
                or _is_label(line)
                or _is_byline(line, byline)
            )
        ):
            at = number
        elif len(line) > _MAX_KICKER_CHARS or line.endswith(_SENTENCE_ENDS):
            break
    # Where only such lines are, they are the text.
    has_text = any(len(line) > _MAX_KICKER_CHARS for line in paragraphs[at:])
    return paragraphs[at:] if has_text else paragraphs


def _is_label(line: str) -> bool:
    """Whether a line is a kicker or a label, and no sentence."""
    return (
        len(line) <= _MAX_KICKER_CHARS
        and len(line.split()) <= _MAX_LABEL_WORDS
        and not line.endswith((*_SENTENCE_ENDS, "。"))
        and "," not in line
    )


def _is_byline(line: str, byline: str) -> bool:
    if len(line) > _MAX_BYLINE_CHARS or line.endswith((".", "!", "?", ":")):
        return False
    words = words_of(line)
    if not words or f" {words} " in f" {words_of(byline)} ":
        return bool(words)
    small = sum(map(str.islower, line.split()[1:]))
    return (
        _BY.match(line) is not None
        and small <= _MAX_SMALL_WORDS
        and bool(parse_byline(line).authors)
    )


def _is_in(line: str, joined: str) -> bool:
    """Whether *joined*, words without blanks, has the beginning, the middle or the end of *line*."""
    words = words_of(line).replace(" ", "")
    middle = len(words) // 2
    starts = (0, max(0, middle - _COMPARED_CHARS // 2), max(0, len(words) - _COMPARED_CHARS // 2))
    return any(words[at : at + _COMPARED_CHARS // 2] in joined for at in starts)


def _only_given(paragraphs: list[str], given: str) -> list[str]:
    """Return *paragraphs* without those that are not in *given*, the text as the page gives it to search engines.

    They are all kept if that is another text, or only the beginning of this one. It often lacks what stands
    before its first paragraph, and headings: a short line stays if a paragraph follows it.
    """
    text = words_of(given).replace(" ", "")
    is_given = [_is_in(line, text) for line in paragraphs]
    chars = sum(map(len, paragraphs))
    common = sum(len(line) for line, said in zip(paragraphs, is_given, strict=True) if said)
    if common < _MIN_GIVEN_SHARE * chars:
        return paragraphs
    first = is_given.index(True)
    kept: list[str] = []
    for at in reversed(range(len(paragraphs))):
        line = paragraphs[at]
        is_heading = kept and len(line) <= _MAX_HEADING_CHARS
        if is_given[at] or is_heading or (at < first and len(line) >= _MIN_STANDFIRST_CHARS):
            kept.append(line)
    return kept[::-1]
