"""The JSON-LD of a page: its article node, with references followed to a limited depth."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from search.text.spacing import single_spaced

#: https://schema.org/Article and its kin, best first; other types are no articles.
ARTICLE_TYPES = (
    "NewsArticle", "ReportageNewsArticle", "AnalysisNewsArticle", "BackgroundNewsArticle",
    "OpinionNewsArticle", "ReviewNewsArticle", "AskPublicNewsArticle", "LiveBlogPosting", "Report",
    "Article", "BlogPosting", "ScholarlyArticle", "SocialMediaPosting", "TechArticle",
)  # fmt: skip

_MAX_DEPTH = 12
_MAX_NODES = 5_000
#: Names of a list, and candidates for the article of the page, that are looked at.
_MAX_LIST = 50
_MAX_ARTICLES = 100
#: Keys that have other articles, or parts of this one.
_OTHERS = frozenset(
    (
        "liveBlogUpdate",
        "itemListElement",
        "hasPart",
        "isPartOf",
        "mentions",
        "citation",
        "relatedLink",
        "about",
        "comment",
        "mainEntity",
        "significantLink",
    )
)
_ORGANISATION_TYPES = frozenset(("Organization", "NewsMediaOrganization", "Corporation"))
_NAME_PARTS = ("givenName", "additionalName", "familyName")
_CONTROLS = re.compile(r"[\x00-\x1f]+")
_WRAPPING = ("<!--", "-->", "//", "<![CDATA[", "]]>", "/*", "*/")

Node = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Contributor:
    """An author as in the JSON-LD; the name may be a whole byline."""

    name: str
    is_organisation: bool


class Graph:
    """All nodes of a page's JSON-LD scripts. Nothing is raised: invalid JSON is ignored."""

    def __init__(self, scripts: Iterable[str]) -> None:
        self._by_id: dict[str, Node] = {}
        self._articles: list[tuple[int, int, Node]] = []
        self._left = _MAX_NODES
        for script in scripts:
            self._collect(_loads(script))

    def _collect(self, root: object) -> None:
        queue: list[tuple[object, int]] = [(root, 0)]
        for value, depth in queue:  # grows while it is walked: breadth first, shallow nodes first
            if self._left <= 0:
                return
            self._left -= 1
            if isinstance(value, dict):
                self._add(value, depth)
                inside = [v for k, v in value.items() if k not in _OTHERS]
            elif isinstance(value, list):
                inside = value
            else:
                continue
            if depth < _MAX_DEPTH:
                queue.extend((v, depth + 1) for v in inside if isinstance(v, dict | list))

    def _add(self, node: Node, depth: int) -> None:
        identifier = node.get("@id")
        # An id without a visible character could lead through nodes that refer to each other without
        # end: no text in them would end the search.
        if (
            isinstance(identifier, str)
            and len(node) > len(self._by_id.get(identifier, ()))
            and self.text(identifier)
        ):
            self._by_id[identifier] = node
        ranks = [ARTICLE_TYPES.index(kind) for kind in _types(node) if kind in ARTICLE_TYPES]
        if ranks and len(self._articles) < _MAX_ARTICLES:
            self._articles.append((depth, min(ranks), node))

    def article(self, canonical_url: str) -> Node:
        """Return the node of the page's article, empty if there is none."""

        def badness(entry: tuple[int, int, Node]) -> tuple[bool, bool, int, int]:
            depth, rank, node = entry
            urls = {self.text(node.get(key)) for key in ("url", "mainEntityOfPage", "@id")}
            return "headline" not in node, canonical_url not in urls, depth, rank

        return min(self._articles, key=badness)[2] if self._articles else {}

    def text(self, value: object, depth: int = 0) -> str:
        """Return the text of a value: itself, its name or address, or the first of a list."""
        if isinstance(value, str):
            try:
                return single_spaced(html.unescape(value))
            except ValueError:  # a character's number of thousands of digits
                return single_spaced(value)
        if depth >= _MAX_DEPTH:
            return ""
        if isinstance(value, list):
            return next(
                filter(None, (self.text(each, depth + 1) for each in value[:_MAX_LIST])), ""
            )
        if isinstance(value, dict):
            node = self._resolved(value)
            texts = (
                self.text(node.get(key), depth + 1) for key in ("name", "@value", "url", "@id")
            )
            return next(filter(None, texts), "")
        return ""

    def contributors(self, value: object, depth: int = 0) -> Iterator[Contributor]:
        """Yield the authors that the value of ``author`` names."""
        if isinstance(value, list) and depth < _MAX_DEPTH:
            for each in value[:_MAX_LIST]:
                yield from self.contributors(each, depth + 1)
        elif isinstance(value, str) and not value.startswith(("http:", "https:")):
            yield Contributor(self.text(value), False)
        elif isinstance(value, dict):
            node = self._resolved(value)
            is_organisation = not _ORGANISATION_TYPES.isdisjoint(_types(node))
            full_name = " ".join(filter(None, map(self.text, map(node.get, _NAME_PARTS))))
            names = node.get("name") or full_name
            for name in names[:_MAX_LIST] if isinstance(names, list) else [names]:
                if isinstance(name, str):
                    yield Contributor(self.text(name), is_organisation)

    def _resolved(self, node: Node) -> Node:
        identifier = node.get("@id")
        if "name" in node or not isinstance(identifier, str):
            return node
        return self._by_id.get(identifier, node)


def _types(node: Node) -> list[str]:
    kinds = node.get("@type")
    listed = kinds if isinstance(kinds, list) else [kinds]
    return [re.split("[/#:]", kind)[-1] for kind in listed if isinstance(kind, str)]


def _loads(script: str) -> object:
    """Return what *script* holds, None if it cannot be parsed. Raw line ends in strings are accepted."""
    text = _CONTROLS.sub(" ", script).strip(" ;")
    for wrapping in _WRAPPING * 2:
        text = text.removeprefix(wrapping).removesuffix(wrapping).strip(" ;")
    for attempt in (text, re.sub(r",\s*([\]}])", r"\1", text)):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None
