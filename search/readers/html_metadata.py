"""Metadata of a news page. docs/readers.md explains which source wins."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urljoin, urlsplit

from lxml.etree import LxmlError
from lxml.html import HtmlElement

from search.model.article import Credit
from search.readers.html_bylines import BylineSources, Credited, credited
from search.readers.html_dates import DateSources, day_of_page
from search.readers.html_site import Site
from search.readers.html_tags import Tags
from search.readers.html_title import title_of
from search.readers.html_tree import Surroundings, text_of, words_of
from search.readers.ids import leads_to_article
from search.readers.json_ld import Graph, Node
from search.readers.published import Published
from search.readers.topics import distinct, topics_of
from search.text.spacing import single_spaced

_SECTION_METAS = ("article:section", "og:article:section", "parsely-section", "section", "category")
_SITE_METAS = ("og:site_name", "application-name", "twitter:app:name:iphone", "dc.publisher")
_TOPIC_METAS = ("article:tag", "og:article:tag", "news_keywords", "parsely-tags", "sailthru.tags")
_DESCRIPTION_METAS = ("og:description", "description", "twitter:description")

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?=$|[-_])")
#: What programs write in front of a page that they save.
_SAVED_FROM = re.compile(
    r"<!--\s*+saved from url=\(\d{1,5}\)(?P<browser>[^\s>]{1,2000})"
    r"|<!--\s*+Page saved with SingleFile\s++url:\s*+(?P<singlefile>\S{1,2000})"
    r"(?:\s++saved date:\s*+(?P<day>[^\r\n]{1,100}))?",
    re.IGNORECASE,
)
_SAVED_FROM_CHARS = 5_000
_MAX_NAME_CHARS = 200
_UNDATED: tuple[Published | None, str, str] = (None, "", "")


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a page says about its article; "" and () for missing values."""

    title: str = ""
    authors: tuple[str, ...] = ()
    credits: tuple[Credit, ...] = ()
    byline: str = ""
    published: Published | None = None
    published_from: str = ""
    #: What of its dates was not understood, for a person.
    date_remark: str = ""
    source: str = ""
    section: str = ""
    topics: tuple[str, ...] = ()
    language: str = ""
    url: str = ""
    #: Short texts on what the article says.
    descriptions: tuple[str, ...] = ()
    #: The whole text, as the page gives it to search engines; "" if it does not.
    given_text: str = ""


def read_metadata(
    root: HtmlElement, markup: str, day_order: str = ""
) -> tuple[Metadata, Surroundings]:
    """Return the metadata of the page at *root*, and what on it belongs to the article.

    *markup* is the text that the page was parsed from, *day_order* what a person said of 03/04/2024. Never raises: what cannot be read is missing.
    """
    page = _Page(root, markup, day_order)
    return page.metadata(), page.surroundings


_Value = TypeVar("_Value")


def _guarded(read: Callable[[], _Value], otherwise: _Value) -> _Value:
    """Return what *read* returns; *otherwise* if a page is odd in a way that nobody foresaw."""
    try:
        return read()
    except (ArithmeticError, AttributeError, LookupError, LxmlError, TypeError, ValueError, RecursionError):  # fmt: skip
        return otherwise


class _Page:
    """The tags of a page that have metadata."""

    def __init__(self, root: HtmlElement, markup: str, day_order: str) -> None:
        self._day_order = day_order
        self._root = root
        self._tags = Tags(root)
        self._graph = _guarded(lambda: Graph(self._tags.json_ld()), Graph(()))
        self._saved_from, self._saved_on = _saved(markup[:_SAVED_FROM_CHARS])
        self._url = _guarded(self._canonical, "")
        self._node: Node = _guarded(lambda: self._graph.article(self._url), {})
        if _guarded(self._is_of_another_story, False):
            self._node = {}
        if not self._url:
            self._url = _guarded(self._address_in_node, "") or self._saved_from
        self._host = _guarded(lambda: (urlsplit(self._url).hostname or "").removeprefix("www."), "")
        self._name = _guarded(self._site_name, "")
        self._site = Site((self._name, self._said("publisher")), self._host)
        section = _guarded(self._section, "")
        self._title, heading = _guarded(
            lambda: title_of(self._tags, self._graph, self._node, self._site, section), ("", None)
        )
        self.surroundings = Surroundings(root, heading)

    def metadata(self) -> Metadata:
        credits = _guarded(self._credited, Credited())
        dated = _guarded(self._dated, _UNDATED)
        return Metadata(
            title=self._title,
            authors=credits.authors,
            credits=credits.credits,
            byline=credits.byline,
            published=dated[0],
            published_from=dated[1],
            date_remark=dated[2],
            source=self._name or credits.agency or self._host,
            section=_guarded(self._section, ""),
            topics=_guarded(self._topics, ()),
            language=_guarded(self._language, ""),
            url=self._url,
            given_text=_guarded(lambda: self._said("articleBody"), ""),
            descriptions=_guarded(self._descriptions, ()),
        )

    def _said(self, key: str) -> str:
        return self._graph.text(self._node.get(key))

    def _canonical(self) -> str:
        candidates = [str(tag.get("href") or "") for tag in self._tags.canonical[:5]]
        shared = self._tags.meta("og:url")
        for candidate in (*candidates, shared, self._tags.meta("twitter:url")):
            if url := _address(candidate, shared or self._saved_from):
                return url
        return ""

    def _address_in_node(self) -> str:
        candidates = (self._said("url"), self._said("mainEntityOfPage"))
        return next(filter(None, (_address(each) for each in candidates)), "")

    def _is_of_another_story(self) -> bool:
        """Whether the node has another address than the page, and a headline that shares no word with the titles of the page."""
        address = _compared(self._said("url") or self._said("mainEntityOfPage"))
        if not self._url or not address or address == _compared(self._url):
            return False
        said = set(words_of(self._said("headline")).split())
        shown = [
            *map(text_of, (*self._tags.titles[:5], *self._tags.headings[:5])),
            self._tags.meta("og:title"),
        ]
        words = {word for text in shown for word in words_of(text).split()}
        return bool(said and words) and said.isdisjoint(words)

    def _site_name(self) -> str:
        said = self._graph.text(self._node.get("publisher"))
        site = self._tags.meta("og:site_name") or ("" if said.startswith("http") else said)
        return (site or self._tags.meta(*_SITE_METAS))[:_MAX_NAME_CHARS]

    def _section(self) -> str:
        return self._said("articleSection") or self._tags.meta(*_SECTION_METAS)

    def _topics(self) -> tuple[str, ...]:
        """Return the keywords of the JSON-LD and of the metas, each once."""
        topics = list(topics_of(self._node.get("keywords")))
        for name in _TOPIC_METAS:
            # A meta for each topic may have commas in it; one for all has them between topics.
            found = self._tags.metas(name)
            topics += found if len(found) > 1 else topics_of("".join(found))
        return distinct(topics)

    def _descriptions(self) -> tuple[str, ...]:
        said = (self._said("description"), *(self._tags.meta(name) for name in _DESCRIPTION_METAS))
        return tuple(dict.fromkeys(filter(None, said)))

    def _language(self) -> str:
        for text in (
            self._root.get("lang") or self._root.get("xml:lang") or "",
            self._tags.meta("og:locale"),
            self._said("inLanguage"),
            self._tags.meta("content-language"),
        ):
            if match := _LANGUAGE.match(text.strip()):
                return match[0].lower()
        return ""

    def _credited(self) -> Credited:
        sources = BylineSources(self._tags, self._graph, self._node, self.surroundings, self._site)
        return credited(sources)

    def _dated(self) -> tuple[Published | None, str, str]:
        sources = DateSources(
            self._tags,
            self._graph,
            self._node,
            self.surroundings,
            self._url,
            self._saved_on,
            self._day_order,
        )
        return day_of_page(sources)


def _saved(beginning: str) -> tuple[str, str]:
    """Return the address that a page was saved from, and the day, as its comment says; "" where it does not."""
    match = _SAVED_FROM.search(beginning)
    if match is None:
        return "", ""
    return _address(match["browser"] or match["singlefile"]), single_spaced(match["day"] or "")


def _compared(url: str) -> str:
    """Return of an address what two spellings of it have in common, "" if it is none."""
    parts = urlsplit(url)
    return (
        (parts.hostname or "").removeprefix("www.") + parts.path.rstrip("/") if parts.scheme else ""
    )


def _address(candidate: str, base: str = "") -> str:
    """Return the address of an article that *candidate* is, "" if it is none."""
    try:
        url = urljoin(base, candidate.strip()) if candidate.strip() else ""
        scheme = urlsplit(url).scheme
    except ValueError:
        return ""
    return url if scheme in ("http", "https") and leads_to_article(url) else ""
