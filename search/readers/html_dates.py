"""The day an article on a page was published: where pages say it, and never the day of a change."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from lxml.etree import XPath
from lxml.html import HtmlElement

from search.readers.date_texts import is_in_prose
from search.readers.dates import day_in_name, parse_date
from search.readers.html_tags import Tags
from search.readers.html_tree import Surroundings, text_of
from search.readers.json_ld import Graph, Node
from search.readers.published import Published
from search.text.spacing import single_spaced

_DATE_METAS = (
    "article:published_time", "og:article:published_time", "og:published_time", "article:published",
    "datepublished", "parsely-pub-date", "sailthru.date", "publishdate", "publish-date", "pubdate",
    "publication_date", "dc.date.issued", "dc:date", "dcterms.created", "dcterms.date", "dc.date", "date",
    "cxenseparse:recs:publishtime", "last-published", "citation_publication_date", "created",
)  # fmt: skip
_DATE_CLASS = re.compile(
    r"(?:^|[-_ ])(?:publish\w*|posted(?:-?on)?|pub-?date|dateline|timestamp|(?:entry-|post-|article-)?date(?:time)?"
    r"|time|datum|fecha|publi[ée]\w*|data|veröffentlicht\w*)(?:$|[-_ ])",
    re.IGNORECASE,
)
#: Words of what was changed later, in names of classes and in texts.
_CHANGE = re.compile(
    r"modif|updat|last-?edit|revis|aktualisier|geändert|mis à jour|mise à jour|actuali[sz]|atualiza|aggiornat"
    r"|bijgewerkt|gewijzigd|oppdater|opdater|uppdater|обновл|измен|zaktualiz|aktualizov|更新|수정|güncel",
    re.IGNORECASE,
)
#: Words for what was not changed, after which the day may follow.
_PUBLISHED = re.compile(
    r"\b(?:publish(?:ed)?|posted|veröffentlicht|erschienen|erstellt|publié\w*|publicad[oa]|pubblicat[oa]|gepubliceerd|publisert|publicerad"
    r"|udgivet|опубликован\w*)\b",
    re.IGNORECASE,
)
#: A day that a program on the page is given: "datePublished": "...", "first-publication": "...".
_IN_SCRIPT = re.compile(
    r"[\"'](?!last)(?:[\w-]{0,12}(?<![a-z]))?(?:date)?_?publi(?:sh(?:ed)?|cation)[\w-]{0,12}[\"']\s{0,5}:\s{0,5}"
    r"[\"'](\d[^\"'\n]{5,38})[\"']",
    re.IGNORECASE,
)
_MAX_SCRIPT_CHARS = 200_000
_MAX_SCRIPTS = 40
#: Texts around a headline in which a day may stand.
_AROUND = XPath(
    "preceding::text()[normalize-space()][not(parent::script or parent::style)][position()<=12]"
    "|following::text()[normalize-space()][not(parent::script or parent::style)][position()<=40]"
)
_HAS_DAY = re.compile(r"\d")
_MAX_DATE_CHARS = 90
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EXACT = frozenset(("day", "minute", "second"))


@dataclass(frozen=True, slots=True)
class DateSources:
    """All that the day of a page is looked for in.

    ``saved_on`` is when a program saved the page, or "", and ``day_order`` what a person said of 03/04/2024, or "".
    """

    tags: Tags
    graph: Graph
    node: Node
    surroundings: Surroundings
    url: str
    saved_on: str
    day_order: str = ""


def day_of_page(sources: DateSources) -> tuple[Published | None, str, str]:
    """Return the first day that can be read, where it was found, and a remark for a person ("").

    A date that is not exact to the day counts only where no exact one follows.
    """
    vague: tuple[Published, str, str] | None = None
    for text, where in _dates(sources):
        published = parse_date(text, sources.day_order)
        if published is None:
            continue
        if published.at == _EPOCH and published.precision == "second":
            continue  # a program had no day
        if published.precision in _EXACT:
            return published, where, published.loss and f"is dated {text[:40]!r}: {published.loss}"
        if vague is None:
            kept = published.loss or f"only the {published.precision} is certain"
            vague = published, where, f"is dated {text[:40]!r}: {kept}"
    if vague is not None:
        return vague
    if sources.saved_on and (saved := parse_date(sources.saved_on)):
        said = "names no day of publication; the day on which it was saved stands for it"
        return saved, "the day the page was saved", said
    return None, "", "names no day of publication that could be read"


def _dates(sources: DateSources) -> Iterator[tuple[str, str]]:
    graph, node, tags = sources.graph, sources.node, sources.tags
    own = sources.surroundings.own
    yield graph.text(node.get("datePublished")), "json-ld datePublished"
    for name in _DATE_METAS:
        for text in tags.metas(name):
            yield text, f"meta {name}"
    for element in own(tags.with_property("datepublished")):
        yield from ((text, "itemprop datePublished") for text in _said(element))
    yield graph.text(node.get("dateCreated") or node.get("uploadDate")), "json-ld dateCreated"
    for element in own(tags.with_property("datecreated", "date", "published", "issued")):
        yield from ((text, "property of a date") for text in _said(element))
    if day := day_in_name(sources.url):
        yield day.isoformat(), "url"
    times = own(tags.times)
    for element in sorted(times[:20], key=_is_unmarked):
        if not _is_change(element):
            yield from ((text, "time") for text in _said(element))
    for element in own(tags.with_class(_DATE_CLASS))[:20]:
        if not _is_change(element):
            yield from ((text, "text of a date") for text in _said(element))
    heading = sources.surroundings.heading
    if heading is not None:
        yield from ((text, "text beside the headline") for text in _around(heading, sources))
    yield from ((text, "script") for text in _in_scripts(tags))


def _in_scripts(tags: Tags) -> Iterator[str]:
    """Yield the day that the programs of the page are given, if it is but one."""
    texts = [
        match[1]
        for script in tags.scripts[:_MAX_SCRIPTS]
        if "ld+json"
        not in (script.get("type") or "").lower()  # where it may be that of another story
        for match in _IN_SCRIPT.finditer((script.text or "")[:_MAX_SCRIPT_CHARS])
    ]
    days = {published.at.date() for text in texts[:_MAX_SCRIPTS] if (published := parse_date(text))}
    if len(days) == 1:
        yield from texts[:_MAX_SCRIPTS]


def _said(element: HtmlElement) -> Iterator[str]:
    """Yield what an element may say about a day: the attributes for programs first."""
    for name in ("datetime", "content", "data-utc-time", "data-datetime", "data-date", "title"):
        if said := single_spaced(element.get(name) or ""):
            yield said
    yield before_change(text_of(element, _MAX_DATE_CHARS * 2))


def before_change(text: str) -> str:
    """Return *text* up to where it tells of a change, or what it says of publication; "" if it is too long for a date."""
    if match := _CHANGE.search(text):
        later = _PUBLISHED.search(text, match.end())
        before = text[: match.start()]
        text = text[later.end() :] if later and not _HAS_DAY.search(before) else before
    return text if len(text) <= _MAX_DATE_CHARS else ""


def _is_unmarked(element: HtmlElement) -> bool:
    named = " ".join(element.get(name) or "" for name in ("class", "itemprop")).lower()
    return not (element.get("pubdate") is not None or "publish" in named)


def _is_change(element: HtmlElement) -> bool:
    """Whether *element* tells the day of a change: by its own names, or by the word before it."""
    names = " ".join(element.get(name) or "" for name in ("class", "itemprop", "property", "id"))
    if _CHANGE.search(names):
        return "publish" not in names.lower()
    before = element.getprevious()
    parent = element.getparent()
    text = (parent.text if parent is not None else "") if before is None else before.tail
    text = single_spaced(text or "")
    if not text and before is not None:
        text = text_of(before, 40)
    match = _CHANGE.search(text[-30:])
    return match is not None and not re.search(r"\d", text[-30:][match.start() :])


def _around(heading: HtmlElement, sources: DateSources) -> Iterator[str]:
    """Yield the short texts around the headline that may be a day."""
    for piece in _AROUND(heading):
        text = single_spaced(piece)
        if not _HAS_DAY.search(text) or len(text) > _MAX_DATE_CHARS:
            continue
        parent = piece.getparent() if piece.is_text else piece.getparent().getparent()
        if parent is None or sources.surroundings.is_beside(parent):
            continue
        text = before_change(text)
        published = parse_date(text)
        if published and published.precision in _EXACT and not is_in_prose(text):
            yield text
