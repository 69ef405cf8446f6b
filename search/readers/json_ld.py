"""The JSON-LD of a page: its article node, with references followed to a limited depth."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from search.readers.markup import plain
from search.text.spacing import single_spaced

#: https://schema.org/Article and its kin, best first; other types are no articles.
ARTICLE_TYPES = (
    "NewsArticle", "ReportageNewsArticle", "AnalysisNewsArticle", "BackgroundNewsArticle",
    "OpinionNewsArticle", "ReviewNewsArticle", "AskPublicNewsArticle", "LiveBlogPosting", "Report",
    "Article", "BlogPosting", "ScholarlyArticle", "SocialMediaPosting", "TechArticle",
)  # fmt: skip

_MAX_DEPTH = 12
_MAX_NODES = 5_000
#: What a longer script holds is not one article.
_MAX_SCRIPT_CHARS = 1_000_000
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
#: Nodes of a page that say who wrote it and when, where no article is named.
_PAGE_TYPES = frozenset(("WebPage", "ItemPage", "CreativeWork", "VideoObject", "WebContent"))
_SAID_OF_PAGE = (
    "headline",
    "datePublished",
    "author",
    "creator",
    "inLanguage",
    "publisher",
    "keywords",
)
_ORGANISATION_TYPES = frozenset(("Organization", "NewsMediaOrganization", "Corporation"))
_NAME_PARTS = ("givenName", "additionalName", "familyName")
_CONTROLS = re.compile(r"[\x00-\x1f]+")
_WRAPPING = ("<!--", "-->", "//", "<![CDATA[", "]]>", "/*", "*/")
_DECODER = json.JSONDecoder(strict=False)
#: Markup that is parsed whole; the time that takes grows with its tags.
_MAX_PARSED_CHARS = 50_000
_BLOCKS = ("p", "br", "div", "li", "h1", "h2", "h3", "h4", "blockquote", "tr")
_LOOSE_COMMA = re.compile(r",\s*+([\]}])")
_QUOTE_OR_ESCAPE = re.compile(r'\\.?|"')
_ESCAPABLE = frozenset('"\\/bfnrtu')
_AFTER_STRING = re.compile(
    r'\s*+(?::|[\]}]\s*+(?:[\]},]|\Z)|,\s*+(?:"[^"]{0,80}+"\s*+:|["{\[]|-?\d|true|false|null)|\Z)'
)

#: What a template leaves where it has no value.
_PLACEHOLDER = re.compile(
    r"\{\{.*\}\}|\$\{.*\}|\{%.*%\}|%[A-Z_]+%|(?:undefined|null)(?: (?:undefined|null))*"
)

Node = Mapping[str, object]


def is_placeholder(text: str) -> bool:
    """Whether *text* is what a template leaves where it has no value."""
    return _PLACEHOLDER.fullmatch(text) is not None


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
        self._pages: list[tuple[int, int, Node]] = []
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
        elif len(self._pages) < _MAX_ARTICLES and not _PAGE_TYPES.isdisjoint(_types(node)):
            self._pages.append((depth, 0, node))

    def article(self, canonical_url: str) -> Node:
        """Return what is said of the page's article, empty if there is nothing.

        What its node leaves out, the node of the page may say: who wrote it, and when.
        """

        def badness(entry: tuple[int, int, Node]) -> tuple[bool, bool, int, int]:
            depth, rank, node = entry
            urls = {self.text(node.get(key)) for key in ("url", "mainEntityOfPage", "@id")}
            return "headline" not in node, canonical_url not in urls, depth, rank

        found = min(self._articles, key=badness)[2] if self._articles else {}
        page = min(self._pages, key=badness)[2] if self._pages else {}
        missing = {key: page[key] for key in _SAID_OF_PAGE if key in page and not found.get(key)}
        return {**found, **missing}

    def text(self, value: object, depth: int = 0) -> str:
        """Return the text of a value: itself, its name or address, or the first of a list."""
        if isinstance(value, str):
            return _without_markup(value)
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

    def texts(self, value: object) -> list[str]:
        """Return the texts of a value that may be a list."""
        values = value[:_MAX_LIST] if isinstance(value, list) else [value]
        return [text for each in values if (text := self.text(each))]

    def contributors(self, value: object, depth: int = 0) -> Iterator[Contributor]:
        """Yield the authors that the value of ``author`` names."""
        if isinstance(value, list) and depth < _MAX_DEPTH:
            for each in value[:_MAX_LIST]:
                yield from self.contributors(each, depth + 1)
        elif isinstance(value, str) and not value.startswith(("http:", "https:")):
            yield Contributor(self.text(value), False)
        elif isinstance(value, dict):
            node = self._resolved(value)
            kinds = _types(node)
            is_organisation = "Person" not in kinds and not _ORGANISATION_TYPES.isdisjoint(kinds)
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


def _text_of_markup(text: str) -> str:
    if len(text) > _MAX_PARSED_CHARS:
        return plain(text)
    from bs4 import BeautifulSoup

    parsed = BeautifulSoup(text, "html.parser")
    for block in parsed.find_all(_BLOCKS):
        block.insert_before(" ")
        block.insert_after(" ")
    return parsed.get_text()


def _without_markup(text: str) -> str:
    """Return *text* without tags, its character references decoded, also those that were encoded twice."""
    for _ in range(2):
        if "&" not in text:
            break
        try:
            text = html.unescape(text)
        except ValueError:  # a character's number of thousands of digits
            break
    if "<" in text and plain(text) != text:
        text = _text_of_markup(text)  # an editor's field: "<em>Iris</em> sails again"
    text = single_spaced(text)
    return "" if is_placeholder(text) else text


def _loads(script: str) -> object:
    """Return what *script* holds, None if nothing can be read.

    Accepted are raw line ends in strings, commas before a bracket, quotation marks of a text that are not
    escaped, and a script that was encoded as HTML; of what is damaged otherwise, single values.
    """
    if len(script) > _MAX_SCRIPT_CHARS:
        return None
    text = _CONTROLS.sub(" ", script).strip(" ;")
    for wrapping in _WRAPPING * 2:
        text = text.removeprefix(wrapping).removesuffix(wrapping).strip(" ;")
    if not text:
        return None
    if not text.startswith(("{", "[")) or re.match(r"[{\[\s]{0,20}&", text):
        text = _unescaped(text)
    for mend in (str, _without_loose_commas, _with_escaped_quotes):
        text = mend(text)
        try:
            # What follows a complete value is another one, or the rest of one that was pasted over.
            return _DECODER.raw_decode(text)[0]
        except (ValueError, RecursionError):
            continue
    return _single_values(text)


def _unescaped(text: str) -> str:
    try:
        return html.unescape(text).strip(" ;")
    except ValueError:
        return text


def _without_loose_commas(text: str) -> str:
    return _LOOSE_COMMA.sub(r"\1", text)


def _with_escaped_quotes(text: str) -> str:
    """Return *text* with a backslash before each quotation mark that does not end its string.

    One ends it if what follows can only follow a string: a colon after a key; a bracket; a comma and
    the beginning of another key or value. A backslash that escapes nothing in JSON is dropped.
    """
    pieces: list[str] = []
    is_inside = False
    done = 0
    for match in _QUOTE_OR_ESCAPE.finditer(text):
        if match[0] != '"':
            if is_inside and match[0][1:2] not in _ESCAPABLE:
                pieces += text[done : match.start()], match[0][1:]
                done = match.end()
            continue
        if not is_inside:
            is_inside = True
        elif _AFTER_STRING.match(text, match.end()):
            is_inside = False
        else:
            pieces += text[done : match.start()], '\\"'
            done = match.end()
    return "".join((*pieces, text[done:]))


def _single_values(text: str) -> object:
    """Return an article with the headline, day and authors that stand in *text*, None if it has none."""
    if not re.search(r'"@type"\s{0,5}:\s{0,5}\[?\s{0,5}"\w{0,30}(?:Article|Posting|Report)"', text):
        return None
    node: dict[str, object] = {}
    for key in ("headline", "datePublished", "url"):
        if match := re.search(rf'"{key}"\s{{0,5}}:\s{{0,5}}"((?:[^"\\]|\\.){{1,500}}+)"', text):
            node[key] = _string(match[1])
    if match := re.search(r'"author"\s{0,5}:', text):
        # Up to the end of the list or object that holds them.
        said = re.split(r"\}\s*,\s*\"|\]", text[match.end() : match.end() + 2_000], maxsplit=1)[0]
        said = re.sub(r'^\s*+"', '"name": "', said)  # a name and nothing else
        names = re.findall(r'"name"\s{0,5}:\s{0,5}"((?:[^"\\]|\\.){1,200}+)"', said)
        node["author"] = [_string(name) for name in names]
    return {"@type": "Article", **node} if node else None


def _string(escaped: str) -> str:
    try:
        return str(json.loads(f'"{escaped}"', strict=False))
    except ValueError:
        return escaped
