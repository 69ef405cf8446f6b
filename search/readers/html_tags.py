"""The tags of a page that can have metadata, found in few walks through the tree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from lxml.html import HtmlElement

from search.readers.html_tree import MAX_ELEMENTS
from search.readers.json_ld import is_placeholder
from search.text.spacing import single_spaced

_MAX_METAS = 1_000
#: Elements that may have a byline or a date: hundreds of thousands of them are no page's.
_MAX_MARKED = 2_000

#: What the classes have that say of an element that it holds a byline or a date.
_MARKING = re.compile(
    r"author|byline|writer|publi|posted|pubdate|dateline|timestamp|date|time|datum|fecha|data|veröff|autor|auteur|redakt",
    re.IGNORECASE,
)


def _marked(root: HtmlElement) -> Iterator[HtmlElement]:
    """Yield the elements that have an attribute which can say what they are."""
    # A question of XPath takes ten times as long.
    for element in root.iter("*"):
        said = element.attrib
        if not said:
            continue
        get = said.get
        if (
            get("itemprop") is not None
            or get("rel") is not None
            or get("property") is not None
            or get("data-utc-time") is not None
            or ((named := get("class")) and _MARKING.search(named))
        ):
            yield element


class Tags:
    """The elements of a page by what they may say; at most `MAX_ELEMENTS` of each kind."""

    def __init__(self, root: HtmlElement) -> None:
        self.root = root
        self.titles: list[HtmlElement] = []
        self.headings: list[HtmlElement] = []
        self.times: list[HtmlElement] = []
        self.canonical: list[HtmlElement] = []
        self.scripts: list[HtmlElement] = []
        self._metas: dict[str, list[str]] = {}
        metas = 0
        by_name = {
            "title": self.titles,
            "h1": self.headings,
            "time": self.times,
            "abbr": self.times,
        }
        for element in root.iter("title", "meta", "h1", "time", "abbr", "script", "link"):
            name = element.tag
            if name == "meta":
                metas += 1
                if metas <= _MAX_METAS:
                    self._add_meta(element)
            elif name == "script":
                self.scripts.append(element)
            elif name == "link":
                if "canonical" in (element.get("rel") or "").lower().split():
                    self.canonical.append(element)
            elif len(by_name[name]) < _MAX_MARKED:
                by_name[name].append(element)
        self.marked = list(islice(_marked(root), _MAX_MARKED))

    def _add_meta(self, element: HtmlElement) -> None:
        # One of an itemprop is a part of what stands around it, and is looked at there.
        name = element.get("property") or element.get("name") or element.get("http-equiv") or ""
        content = single_spaced(element.get("content") or "")
        if name and content and not is_placeholder(content):
            contents = self._metas.setdefault(name.strip().lower(), [])
            if len(contents) < MAX_ELEMENTS:
                contents.append(content)

    def meta(self, *names: str) -> str:
        """Return the first value of the first of the metas *names* that has one, else ""."""
        return next((self._metas[name][0] for name in names if name in self._metas), "")

    def metas(self, name: str) -> list[str]:
        """Return all values of the meta *name*."""
        return self._metas.get(name, [])

    def json_ld(self) -> Iterator[str]:
        """Yield the texts of the JSON-LD scripts."""
        for element in self.scripts:
            if "ld+json" in (element.get("type") or "").lower():
                yield element.text or ""

    def with_property(self, *names: str) -> Iterator[HtmlElement]:
        """Yield the elements whose itemprop or property is one of *names*, in lower case without a prefix."""
        for element in self.marked:
            said = f"{element.get('itemprop') or ''} {element.get('property') or ''}".lower()
            if any(each.rpartition(":")[2] in names for each in said.split()):
                yield element

    def with_rel(self, name: str) -> Iterator[HtmlElement]:
        """Yield the links whose rel has *name*."""
        for element in self.marked:
            if element.tag == "a" and name in (element.get("rel") or "").lower().split():
                yield element

    def with_class(self, pattern: re.Pattern[str]) -> Iterator[HtmlElement]:
        """Yield the elements of a class that *pattern* finds."""
        for element in self.marked:
            if element.tag not in ("html", "body") and pattern.search(element.get("class") or ""):
                yield element
