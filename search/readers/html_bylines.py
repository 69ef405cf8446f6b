"""The authors of an article on a page, from the kinds of bylines that pages have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice, pairwise

from lxml.etree import XPath
from lxml.html import HtmlElement

from search.model.article import Credit
from search.readers.agency import agency_in_any_case, agency_named
from search.readers.byline import parse_byline
from search.readers.html_site import Site
from search.readers.html_tags import Tags
from search.readers.html_tree import Surroundings, lines_of, text_of, words_of
from search.readers.json_ld import Graph, Node
from search.text.spacing import single_spaced

_AUTHOR_METAS = (
    "article:author", "author", "parsely-author", "sailthru.author", "byl", "dc.creator",
    "dcterms.creator", "citation_author", "og:article:author", "article:author_name",
)  # fmt: skip
_BYLINE_CLASS = re.compile(
    r"(?:^|[-_ ])(?:byline\w*|authors?|author-?names?|writer|autor(?:en)?|auteurs?|autore)(?:$|[-_ ])",
    re.IGNORECASE,
)
_AUTHOR_PAGE = re.compile(
    r"/(?:authors?|autor(?:en|es|e|i)?|auteurs?|staff|profiles?|people|journalists?|reporters?|columnists?"
    r"|contributors?|redaktion|by)/[^/]",
    re.IGNORECASE,
)
#: How a line begins that is a byline.
_BEGINS = re.compile(
    r"\s*+(?:(?:reported|written|story|words|text|report|(?:posted|submitted|published|created|veröffentlicht|publié)(?:\s[^.!?]{3,40}?)?)\s+)?"
    r"(?:by|von|par|door|av|af|di|por|от|автор|autor(?:in)?"
    r"|text)\b\s*+:?\s*+",
    re.IGNORECASE,
)
#: What a card says in front of a byline.
_IS_LABEL = re.compile(
    r"(?:written )?by|authors?|autor(?:en|es|i|zy)?|geschrieben von|verfasst von|von|écrit par|auteurs?|escrito por"
    r"|scritto da|door|geschreven door|skrevet av|skriven av|автор|написано|作者|投稿者|글쓴이",
    re.IGNORECASE,
)
#: Texts in a byline that lead elsewhere.
_LEADS_ELSEWHERE = re.compile(
    r"(?i)\b(?:view|see|read|show) (?:all|more|full|other)\b.*|\bfollow(?:\s+(?:me|us|on|the)\b.*|(?=\s|$))"
    r"|\b(?:share|tweet|e-?mail|comments?)\b.*|\b(?:all|more) (?:articles|posts|stories|by|from)\b.*"
)
#: More authors than this in links are a list of the paper's columnists.
_MAX_LINKED_AUTHORS = 4
_MAX_INSIDE = 100
_MAX_BYLINE_CHARS = 200
#: Texts after the headline among which its byline is looked for.
_NEAR = 40
_AFTER = XPath(
    "following::text()[normalize-space()][not(parent::script or parent::style)]"
    f"[position()<={_NEAR}]"
)
_PARAGRAPHS_AFTER = XPath("following::p[normalize-space()][position()<=60]")
_LINKS_NEAR = XPath("following::a[@href][position()<=15]")
#: Full names alone: two to four capitalised words each, between commas or slashes.
_NAMES = re.compile(
    r"(?:[^\W\d_][\w.'’-]*+\s++){1,3}[^\W\d_][\w'’-]*+(?:\s*+[,/;&]\s*+(?:[^\W\d_][\w.'’-]*+\s++){1,3}[^\W\d_][\w'’-]*+){0,4}"
)
#: Lines after the headline among which one of names alone is looked for, and what a text has more than it.
_FIRST_LINES = 6
_LEAD_CHARS = 60
#: A longer text is a paragraph: there the article begins.
_PARAGRAPH_CHARS = 220


@dataclass(frozen=True, slots=True)
class Credited:
    """The authors, the byline that they were taken from, the agency that it names, and who else is credited."""

    authors: tuple[str, ...] = ()
    byline: str = ""
    agency: str = ""
    credits: tuple[Credit, ...] = ()


@dataclass(frozen=True, slots=True)
class BylineSources:
    """All that the authors of a page are looked for in."""

    tags: Tags
    graph: Graph
    node: Node
    surroundings: Surroundings
    site: Site


def credited(sources: BylineSources) -> Credited:
    """Return the authors of the first kind of byline that has one, and who else is credited.

    If a kind in the article has the same names and others, all are authors. Of a page without an author
    the organisations that it names instead are credited: they are no authors, but what the page says.
    """
    agency = ""
    organisations: dict[str, list[Credit]] = {}
    best = Credited()
    for texts, is_near in _kinds(sources):
        found = _named(texts, sources.site)
        agency = agency or found.agency
        for role, named in _organisations(texts, sources).items():
            organisations.setdefault(role, named)
        folded = {name.casefold() for name in found.authors}
        has_more = is_near and folded > {name.casefold() for name in best.authors}
        if found.authors and (has_more or not best.authors):
            best = found
        elif found.credits and not best.credits:
            best = replace(best, credits=found.credits)
    node = sources.node
    contributors = sources.graph.contributors(node.get("author") or node.get("creator"))
    said = [each.name for each in contributors if each.is_organisation]
    for role, named in _organisations(said, sources).items():
        organisations.setdefault(role, named)
    agency = agency or next(filter(None, (parse_byline(name).agency for name in said)), "")
    if best.authors:
        return replace(best, agency=agency)
    # The paper is often named as the author of what it has from an agency.
    others = organisations.get("agency") or organisations.get("organisation") or []
    byline = best.byline or ", ".join(credit.name for credit in others)
    return Credited((), byline, agency, (*best.credits, *others))


def _named(texts: list[str], site: Site) -> Credited:
    """Return what *texts* say, which are the bylines of one kind."""
    agency = ""
    names: dict[str, str] = {}
    credits: dict[Credit, None] = {}
    for text in texts:
        parsed = parse_byline(
            _LEADS_ELSEWHERE.sub("", text),
            lone_names=False,
            publisher=next(filter(None, site.names), ""),
            address=site.host,
        )
        agency = agency or parsed.agency
        credits.update(dict.fromkeys(parsed.credits))
        for name in parsed.authors:
            if not site.has_part(name):
                names.setdefault(name.casefold(), name)
    byline = ", ".join(dict.fromkeys(map(single_spaced, texts)))
    others = tuple([credit for credit in credits if credit.name.casefold() not in names])
    return Credited(tuple(names.values()), byline, agency, others)


def _organisations(texts: list[str], sources: BylineSources) -> dict[str, list[Credit]]:
    """Return the agencies, the paper and other organisations that *texts* name, by their role."""
    contributors = sources.graph.contributors(sources.node.get("author"))
    said = {each.name for each in contributors if each.is_organisation}
    found: dict[str, list[Credit]] = {}
    for text in dict.fromkeys(texts):
        if _is_agency(text):
            found.setdefault("agency", []).append(Credit(text, "agency"))
        elif (text in said or sources.site.is_named(text)) and not text.startswith("@"):
            found.setdefault("organisation", []).append(Credit(text, "organisation"))
    return found


def _kinds(sources: BylineSources) -> Iterator[tuple[list[str], bool]]:
    """Yield the texts of each kind of byline, best kind first, and whether it stands in the article."""
    graph, node, tags = sources.graph, sources.node, sources.tags
    contributors = list(graph.contributors(node.get("author") or node.get("creator")))
    yield [each.name for each in contributors if not each.is_organisation], False
    for name in _AUTHOR_METAS:
        yield [text for text in tags.metas(name) if not _is_address(text)], False
    yield list(_labelled(tags)), False
    own = sources.surroundings.own
    marked = [_name_in(element) for element in own(tags.with_property("author", "creator"))]
    yield _few(marked), True
    yield _few(_by_address(own(tags.with_rel("author")))), True
    classed = (_without_biography(element) for element in own(tags.with_class(_BYLINE_CLASS))[:20])
    yield [text for text in classed if 3 < len(text) < _MAX_BYLINE_CHARS][:1], True
    heading = sources.surroundings.heading
    if heading is not None:
        links = (link for link in _LINKS_NEAR(heading) if _AUTHOR_PAGE.search(link.get("href")))
        yield _few(_by_address(own(links))), True
        yield _lines_near(heading, sources.surroundings)[:1], True
        yield _names_alone(heading, sources.surroundings), True


def _labelled(tags: Tags) -> Iterator[str]:
    """Yield the values of the metas for cards that are labelled as a byline."""
    for number in "12":
        if _IS_LABEL.fullmatch(tags.meta(f"twitter:label{number}")):
            yield tags.meta(f"twitter:data{number}")
    yield from tags.metas("twitter:misc:written by")


def _is_address(text: str) -> bool:
    return re.match(r"https?:|www\.|/", text) is not None


def _is_agency(name: str) -> bool:
    return bool(agency_named(name) or agency_in_any_case(name))


def _few(texts: list[str]) -> list[str]:
    """Return *texts*, none if they are so many that they are a list of the paper's columnists."""
    return texts if len(set(map(words_of, texts)) - {""}) <= _MAX_LINKED_AUTHORS else []


def _name_in(element: HtmlElement) -> str:
    """Return what an element says who is an author: its ``content``, the name in it, its text."""
    inner = next(
        (each for each in islice(element.iter(), _MAX_INSIDE) if each.get("itemprop") == "name"),
        element,
    )
    return single_spaced(inner.get("content") or "") or text_of(inner)


def _without_biography(element: HtmlElement) -> str:
    """Return the text of an element, only the name if a text follows that begins with it: "Jane Doe Jane Doe covers ..."."""
    lines = lines_of(element).split("\n")
    is_repeated = len(lines) > 1 and lines[1].startswith(lines[0]) and len(lines[1]) > len(lines[0])
    return lines[0] if is_repeated else text_of(element)


def _by_address(links: list[HtmlElement]) -> list[str]:
    """Return the first text with a letter of the links to each address: the next lead to "more of" somebody."""
    texts: dict[str, str] = {}
    for at, link in enumerate(links):
        if text := text_of(link, _MAX_BYLINE_CHARS):
            texts.setdefault(link.get("href") or str(at), text)
    return list(texts.values())


def _names_alone(heading: HtmlElement, surroundings: Surroundings) -> list[str]:
    """Return the line of names and nothing else right before the first long paragraph, if the text names none of them.

    Who is named again is whom the text or a picture is about. A single name counts in other type only: two words with
    capitals may be a label as well.
    """
    paragraphs = _PARAGRAPHS_AFTER(heading)
    for paragraph, after in pairwise(paragraphs[: _FIRST_LINES + 1]):
        line = text_of(paragraph, _PARAGRAPH_CHARS + 1)
        if len(line) > _PARAGRAPH_CHARS:
            break
        if _NAMES.fullmatch(line) is None or paragraph.getnext() is not after:
            continue
        names = parse_byline(line, lone_names=False).authors
        is_marked = len(names) > 1 or any(text_of(each) == line for each in paragraph[:1])
        is_all = words_of(" ".join(names)) == words_of(line)
        if not (names and is_marked and is_all) or surroundings.is_beside(paragraph):
            continue
        others = (text_of(each) for each in paragraphs if each is not paragraph)
        said = set(words_of(" ".join(others)).split())
        is_told_of = any(words_of(name).split()[-1] in said for name in names)
        is_before_text = len(text_of(after)) > len(line) + _LEAD_CHARS
        return [line] if is_before_text and not is_told_of else []
    return []


def _lines_near(heading: HtmlElement, surroundings: Surroundings) -> list[str]:
    """Return the lines between headline and first paragraph that begin as bylines do."""
    lines: list[str] = []
    for piece in _AFTER(heading):
        if len(piece) > _PARAGRAPH_CHARS:
            break
        if not _BEGINS.match(piece):
            continue
        parent = piece.getparent() if piece.is_text else piece.getparent().getparent()
        if parent is None or surroundings.is_beside(parent):
            continue
        is_alone = text_of(parent, _MAX_BYLINE_CHARS) == single_spaced(piece)
        if _BEGINS.fullmatch(piece) and is_alone and parent.getparent() is not None:
            parent = parent.getparent()  # the name stands in the next element
        text = text_of(parent, _MAX_BYLINE_CHARS + 1)
        line = text[max(text.find(single_spaced(piece)), 0) :]
        if len(line) <= _MAX_BYLINE_CHARS and not line.endswith((".", "!", "?")):
            lines.append(line)
    return lines
