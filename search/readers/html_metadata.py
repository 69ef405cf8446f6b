"""Metadata of a news page. docs/readers.md explains which tag wins."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, cast
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup
from bs4.element import Tag
from bs4.filter import ElementFilter

from search.readers.agency import agency_in_any_case, agency_named
from search.readers.byline import parse_byline
from search.readers.dates import Published, parse_date
from search.readers.ids import leads_to_article
from search.readers.json_ld import Graph, Node
from search.text.spacing import single_spaced

_TITLE_METAS = ("og:title", "twitter:title", "dc.title", "dcterms.title", "parsely-title", "sailthru.title")  # fmt: skip
_AUTHOR_METAS = (
    "article:author", "author", "parsely-author", "sailthru.author", "byl", "dc.creator",
    "dcterms.creator", "citation_author", "og:article:author", "article:author_name", "twitter:data1",
)  # fmt: skip
_DATE_METAS = (
    "article:published_time", "og:article:published_time", "og:published_time", "article:published",
    "datepublished", "parsely-pub-date", "sailthru.date", "publishdate", "publish-date", "pubdate",
    "publication_date", "dc.date.issued", "dcterms.created", "dcterms.date", "dc.date", "date",
    "cxenseparse:recs:publishtime", "last-published", "citation_publication_date", "created",
)  # fmt: skip
_SECTION_METAS = ("article:section", "og:article:section", "parsely-section", "section", "category")
_SITE_METAS = ("og:site_name", "application-name", "twitter:app:name:iphone", "dc.publisher")

_BYLINE_CLASS = re.compile(
    r"(?:^|[-_ ])(?:byline|authors?|author-?name|writer)(?:$|[-_ ])", re.IGNORECASE
)
_DATE_CLASS = re.compile(
    r"(?:^|[-_ ])(?:publish\w*|pub-?date|dateline|timestamp|date)(?:$|[-_ ])", re.IGNORECASE
)
_URL_DATE = re.compile(
    r"/((?:19|20)\d\d)[/_-]?(0[1-9]|1[0-2])[/_-]?(0[1-9]|[12]\d|3[01])(?=[/_.-]|$)"
)
_TITLE_BREAK = re.compile(r"\s+[|–—»·•:-]+\s+|\s*[|｜]\s*")
_WORDS = re.compile(r"\w+")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?=$|[-_])")

#: Tags of each kind and metas that are kept, and characters of the text of one: hundreds of thousands
#: of tags, or deeply nested ones, take the parser minutes.
_MAX_TAGS = 50
_MAX_METAS = 1_000
_MAX_TAG_CHARS = 10_000
#: Nodes inside the tag of an author that are searched for the name.
_MAX_INSIDE = 100
#: More authors by links than this are a list of the paper's columnists.
_MAX_LINKED_AUTHORS = 4
_MAX_TITLE_CHARS = 1000


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a page says about its article; "" and () for missing values."""

    title: str = ""
    authors: tuple[str, ...] = ()
    byline: str = ""
    published: Published | None = None
    published_from: str = ""
    source: str = ""
    section: str = ""
    language: str = ""
    url: str = ""


def read_metadata(markup: str) -> Metadata:
    """Return the metadata of the page *markup*. Never raises."""
    # The signature asks for a SoupStrainer, the manual for any ElementFilter.
    wanted = cast(Any, _Wanted())
    with warnings.catch_warnings():
        # It warns about XHTML and about pages that look like a file name; both are fine.
        warnings.simplefilter("ignore")
        soup = BeautifulSoup(markup, "lxml", parse_only=wanted)
    return _Page(soup).metadata()


class _Wanted(ElementFilter):
    """Keeps the tags that have metadata; keeping all tags takes three times as long."""

    def __init__(self) -> None:
        super().__init__()
        self._counts = Counter[str]()

    def allow_tag_creation(
        self, nsprefix: str | None, name: str, attrs: Mapping[str, str] | None
    ) -> bool:
        kinds = _kinds(name, attrs or {})
        self._counts.update(kinds)
        return any(self._counts[kind] <= _most(kind) for kind in kinds)

    def allow_string_creation(self, string: str) -> bool:
        return False


def _kinds(name: str, attributes: Mapping[str, object]) -> list[str]:
    """Return the kinds of metadata that a tag may have, none for most tags."""
    said = {key: _joined(attributes.get(key)) for key in ("rel", "class", "itemprop", "type")}
    properties = said["itemprop"].split()
    kinds = {
        name: name in ("title", "meta", "h1", "time"),
        "script": name == "script" and "ld+json" in said["type"].lower(),
        "canonical": name == "link" and "canonical" in said["rel"].lower().split(),
        "itemprop author": name != "meta" and "author" in properties,
        "itemprop datePublished": "datePublished" in properties,
        "rel author": name == "a" and "author" in said["rel"].split(),
        "byline": name != "body" and _BYLINE_CLASS.search(said["class"]),
        "date": name != "body" and _DATE_CLASS.search(said["class"]),
    }
    return [kind for kind, is_so in kinds.items() if is_so]


def _joined(value: object) -> str:
    """Return the value of an attribute; of some the parser makes a list."""
    return " ".join(map(str, value)) if isinstance(value, list) else str(value or "")


def _most(kind: str) -> int:
    return _MAX_METAS if kind == "meta" else _MAX_TAGS


def _tags_by_kind(soup: BeautifulSoup) -> dict[str, list[Tag]]:
    """Return the first tags of each kind. In one walk: a search for each kind would walk through all tags."""
    found: dict[str, list[Tag]] = {}
    for tag in soup.descendants:
        if isinstance(tag, Tag):
            for kind in _kinds(tag.name, tag.attrs):
                tags = found.setdefault(kind, [])
                if len(tags) < _most(kind):
                    tags.append(tag)
    return found


def _text(tag: Tag) -> str:
    """Return the text in *tag*, at most `_MAX_TAG_CHARS` of it."""
    pieces: list[str] = []
    left = _MAX_TAG_CHARS
    for piece in tag.strings:
        pieces.append(piece[:left])
        left -= len(piece)
        if left <= 0:
            break
    return single_spaced(" ".join(pieces))


def _key(text: str) -> str:
    """Return the words of a title, which two spellings of it have in common."""
    return " ".join(_WORDS.findall(text.casefold()))


class _Page:
    """The tags of a page that have metadata."""

    def __init__(self, soup: BeautifulSoup) -> None:
        self._tags = _tags_by_kind(soup)
        self._metas: dict[str, list[str]] = {}
        for tag in self._of("meta"):
            name = tag.get("property") or tag.get("name") or tag.get("http-equiv") or ""
            content = single_spaced(str(tag.get("content") or ""))
            contents = self._metas.setdefault(str(name).lower(), [])
            if content and len(contents) < _MAX_TAGS:
                contents.append(content)
        graph_scripts = (tag.string or tag.get_text() for tag in self._of("script"))
        self._graph = Graph(graph_scripts)
        self._url = self._canonical()
        self._node: Node = self._graph.article(self._url)

    def metadata(self) -> Metadata:
        authors, byline, agency = self._authors()
        published, published_from = self._published()
        site = self._site()
        return Metadata(
            title=self._title(site),
            authors=authors,
            byline=byline,
            published=published,
            published_from=published_from,
            source=site or agency or (urlsplit(self._url).hostname or "").removeprefix("www."),
            section=self._said("articleSection") or self._meta(*_SECTION_METAS),
            language=self._language(),
            url=self._url,
        )

    def _meta(self, *names: str) -> str:
        return next((self._metas[name][0] for name in names if name in self._metas), "")

    def _said(self, key: str) -> str:
        return self._graph.text(self._node.get(key))

    def _texts(self, name: str) -> Iterator[str]:
        return filter(None, map(_text, self._of(name)))

    def _of(self, kind: str) -> list[Tag]:
        return self._tags.get(kind, [])

    def _canonical(self) -> str:
        candidates = [str(tag.get("href") or "") for tag in self._of("canonical")[:5]]
        for candidate in (*candidates, self._meta("og:url"), self._meta("twitter:url")):
            try:
                url = urljoin(self._meta("og:url"), candidate.strip())
                scheme = urlsplit(url).scheme
            except ValueError:
                continue
            if scheme in ("http", "https") and leads_to_article(url):
                return url
        return ""

    def _site(self) -> str:
        said = self._graph.text(self._node.get("publisher"))
        site = self._meta("og:site_name") or ("" if said.startswith("http") else said)
        return (site or self._meta(*_SITE_METAS))[:200]

    def _is_site(self, name: str) -> bool:
        """Whether *name* is the paper's and not a person's."""
        joined = _key(name).replace(" ", "")
        host = (urlsplit(self._url).hostname or "").replace("-", "")
        return joined in _key(self._site()).replace(" ", "") or joined in host

    def _language(self) -> str:
        for text in (
            self._meta("og:locale"),
            self._said("inLanguage"),
            self._meta("content-language"),
        ):
            if match := _LANGUAGE.match(text):
                return match[0].lower()
        return ""

    # Title

    def _title(self, site: str) -> str:
        window = next(self._texts("title"), "")
        metas = [self._metas[name][0] for name in _TITLE_METAS if name in self._metas]
        headline = self._said("headline") or self._said("name")
        shared = metas[0] if metas else ""
        if headline and shared and _key(headline) == _key(window) != _key(shared):
            headline = ""  # repeats the title of the window; og:title is from an editor
        heading = self._heading(f"{window} {shared}", site)
        candidates = [text for text in (headline, heading, *metas, window) if text]
        title = candidates[0] if candidates else ""
        return self._without_site(title, site, candidates[1:])[:_MAX_TITLE_CHARS]

    def _heading(self, titles: str, site: str) -> str:
        """Return the h1 that shares most words with *titles*, the other titles of the page."""
        words = set(_key(titles).split())
        headings = [text for text in self._texts("h1") if _key(text) != _key(site)]

        def shared(text: str) -> float:
            own = set(_key(text).split())
            return len(own & words) / (len(own) + 1)

        return max(headings, key=shared, default="")

    def _without_site(self, title: str, site: str, titles: list[str]) -> str:
        """Return *title* without a tail that is the name of the site, or that is in no other of *titles*."""
        breaks = list(_TITLE_BREAK.finditer(title))
        if not breaks:
            return title
        left, tail = title[: breaks[-1].start()], _key(title[breaks[-1].end() :])
        host = (urlsplit(self._url).hostname or "").removeprefix("www.").split(".")[0]
        names = {_key(site), _key(host), _key(site).replace(" ", "")} - {""}
        is_site = any(name == tail or (len(name) > 3 and name in tail) for name in names)
        if left and (is_site or _key(left) in set(map(_key, titles))):
            return left.strip()
        return title

    # Authors

    def _authors(self) -> tuple[tuple[str, ...], str, str]:
        """Return the authors, the byline they were taken from, and the agency in it."""
        agency = ""
        for texts in self._bylines():
            names: dict[str, str] = {}
            for text in texts:
                parsed = parse_byline(text, lone_names=False)
                agency = agency or parsed.agency
                for name in parsed.authors:
                    if not self._is_site(name):
                        names.setdefault(name.casefold(), name)
            if names:
                return tuple(names.values()), ", ".join(dict.fromkeys(texts)), agency
        return (), "", agency

    def _bylines(self) -> Iterator[list[str]]:
        """Yield the texts of each kind of byline, best kind first."""
        contributors = list(self._graph.contributors(self._node.get("author")))
        yield [c.name for c in contributors if not c.is_organisation]
        for name in _AUTHOR_METAS:
            yield [
                text for text in self._metas.get(name, ()) if not re.match(r"https?:|www\.|/", text)
            ]
        yield [self._name_in(tag) for tag in self._of("itemprop author")]
        linked = [_text(tag) for tag in self._of("rel author")]
        yield linked if len(set(linked)) <= _MAX_LINKED_AUTHORS else []
        texts = map(_text, self._of("byline")[:20])
        yield [text for text in texts if 3 < len(text) < 200][:1]
        yield [c.name for c in contributors if c.is_organisation and self._is_agency(c.name)]

    @staticmethod
    def _is_agency(name: str) -> bool:
        return bool(agency_named(name) or agency_in_any_case(name))

    @staticmethod
    def _name_in(tag: Tag) -> str:
        inside = (each for each in islice(tag.descendants, _MAX_INSIDE) if isinstance(each, Tag))
        inner = next((each for each in inside if each.get("itemprop") == "name"), tag)
        return single_spaced(str(inner.get("content") or "")) or _text(inner)

    # Date

    def _published(self) -> tuple[Published | None, str]:
        """Return the first date that can be read, and where it was found."""
        for text, where in self._dates():
            if published := parse_date(text):
                return published, where
        return None, ""

    def _dates(self) -> Iterator[tuple[str, str]]:
        yield self._said("datePublished"), "json-ld datePublished"
        for name in _DATE_METAS:
            for text in self._metas.get(name, ()):
                yield text, f"meta {name}"
        for tag in self._of("itemprop datePublished"):
            yield self._date_in(tag), "itemprop datePublished"
        if match := _URL_DATE.search(self._url):
            yield "-".join(match.groups()), "url"
        for tag in self._of("time")[:20]:
            yield self._date_in(tag), "time"
        for tag in self._of("date")[:20]:
            yield _text(tag)[:100], "text of a date"

    @staticmethod
    def _date_in(tag: Tag) -> str:
        said = tag.get("datetime") or tag.get("content")
        return single_spaced(str(said)) if said else _text(tag)
