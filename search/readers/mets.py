"""METS of a scanned newspaper: which articles an issue has, and which blocks of its pages (in ALTO) are whose text."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from search.model.article import Article, BadArticle
from search.readers.alto import (
    MAX_BYTES,
    Page,
    TextBlock,
    pages_in,
    parsed,
    remark_on_confidence,
    text_of,
)
from search.readers.date_texts import dated_line
from search.readers.decompression import CutShort
from search.readers.draft import guarded
from search.readers.record import article_of
from search.readers.source import Source
from search.readers.xml_stream import local, root_of
from search.text.spacing import single_spaced

if TYPE_CHECKING:
    from lxml.etree import _Element

#: Pages that are kept while articles are made; an article goes on over few.
_MOST_PAGES = 12
_MAX_FILES = 5_000
_MAX_ARTICLES = 100_000
#: Types of divisions that are articles, and those that are none, as programs call them (METS leaves it open).
_ARTICLES = frozenset(
    ["article", "letter", "editorial", "review", "interview", "news", "newsitem", "story", "feuilleton", "chronicle", "obituary", "poem", "essay", "speech", "serial", "weather"]
)  # fmt: skip
_NO_ARTICLES = frozenset(["advertisement", "ad", "advertising", "advertisements", "illustration", "table", "masthead", "titlesection", "title_section", "cartoon", "map", "deathnotice", "death_notice", "notice", "publicationheader", "publisher", "imprint"])  # fmt: skip
_TITLES = frozenset(
    [
        "heading",
        "headline",
        "title",
        "article_title",
        "articletitle",
        "titles",
        "overline",
        "mainheadline",
    ]
)
_AUTHORS = frozenset(["author", "authors", "byline"])
_SECTION = "section"
#: Divisions in a section whose text is not the section's.
_OF_THEIR_OWN = _ARTICLES | _NO_ARTICLES | _TITLES | {_SECTION, "publishing_stmt"}
#: A label that names nothing: "Article 12".
_NUMBERED = re.compile(
    r"(?:article|artikel|artikkeli|articulo|artículo|text)?\W{0,3}\d{0,6}", re.IGNORECASE
)
#: Who in a description wrote the article, by the codes of libraries and in words.
_WRITERS = frozenset(("", "aut", "author", "cre", "creator", "jrn", "journalist", "crp"))
_TITLE_PARTS = ("{*}nonSort", "{*}title", "{*}subTitle")
_SCHEME = re.compile(r"(?:file:(?://)?)?(?:\./)*", re.IGNORECASE)


class _Said(NamedTuple):
    """What a description (MODS) says."""

    title: str = ""
    date: str = ""
    edition: str = ""
    language: str = ""
    names: tuple[str, ...] = ()


class _Area(NamedTuple):
    file: str
    begin: str
    end: str
    #: Whether it goes on with the paragraph of the one before, in another column or on another page.
    goes_on: bool = False


def sniff(head: str) -> bool:
    """Whether a text is METS."""
    return root_of(head).rpartition(":")[2] == "mets"


def read(source: Source) -> Iterator[Article | BadArticle]:
    """Yield the articles of an issue; a page each where it names none."""
    try:
        root = parsed(source.content(MAX_BYTES))
    except CutShort as exc:
        yield BadArticle(source.path, None, str(exc), cut_short=True)
        return
    if not source.is_as_on_disk:
        reason = "refers to the pages of an issue as files beside it, which are not reached here; unpack it into a folder"
        yield BadArticle(source.path, None, reason)
        return
    issue = _Issue(source, root)
    if not issue.files:
        yield BadArticle(source.path, None, "is METS that names no pages in ALTO")
        return
    if len(issue.files) > _MAX_FILES:
        reason = f"names more than {_MAX_FILES:,} pages in ALTO, as no issue has"
        yield BadArticle(source.path, None, reason)
        return
    yield from issue.articles()


class _Issue:
    """An issue of a newspaper."""

    def __init__(self, source: Source, root: _Element) -> None:
        self.source = source
        self.label = single_spaced(root.get("LABEL") or "")
        self.own_id = single_spaced(root.get("OBJID") or "")
        self.said = {each.get("ID", ""): _said(each) for each in root.iter("{*}dmdSec")}
        self.files = _files(root)
        self._maps = list(root.iter("{*}structMap"))
        self._page_numbers = self._numbers()
        self._pages: dict[str, Page | None] = {}
        self._lost: Counter[str] = Counter()

    def articles(self) -> Iterator[Article | BadArticle]:
        number = 0
        beside = Counter[str]()
        for division in self._divisions():
            kind = _kind(division)
            above = {_kind(each) for each in division.iterancestors("{*}div")}
            if above & (_ARTICLES | _NO_ARTICLES):
                continue  # a part of one
            if kind in _NO_ARTICLES:
                beside[kind] += 1
            # Of a section what stands in none of its articles.
            elif kind in _ARTICLES or (kind == _SECTION and _areas_of_text(division)):
                number += 1
                if number > _MAX_ARTICLES:
                    reason = f"has more than {_MAX_ARTICLES:,} articles; the rest was not read"
                    yield BadArticle(self.source.path, None, reason, cut_short=True)
                    break
                yield guarded(self.source, division.sourceline, self._article, division)
        if not number:
            for file in self.files:
                if (page := self._page(file)) and page.blocks:
                    yield guarded(self.source, None, self._whole_page, file, page)
        for kind, times in beside.items():
            if number:
                reason = f"{times:,} of the issue of type {kind!r} are no articles"
                self.source.remarks.say(None, "not read", reason)
        for reason, times in self._lost.items():
            self.source.remarks.say(None, "cut text", f"{reason} ({times:,} times)")

    def _divisions(self) -> Iterator[_Element]:
        """Yield the divisions of the logical structure, those of the physical one if it is the only one."""
        logical = [each for each in self._maps if (each.get("TYPE") or "").lower() == "logical"]
        for each in logical or self._maps:
            yield from each.iter("{*}div")

    def _article(self, division: _Element) -> Article | BadArticle:
        own = self._own(division)
        is_section = _kind(division) == _SECTION
        areas = list(dict.fromkeys(_areas_of_text(division) if is_section else _areas(division)))
        authors = self._areas_of(division, _AUTHORS)
        of_titles = self._areas_of(division, _TITLES)
        first = next(
            (n for n, area in enumerate(areas) if area not in authors | of_titles), len(areas)
        )
        titles = [area for area in areas[:first] if area in of_titles]
        # A title that was typed is right where the recognised one may not be; a label has its subtitle too.
        label = single_spaced(division.get("LABEL") or "")
        is_more = (
            label and not _NUMBERED.fullmatch(label) and own.title.casefold() in label.casefold()
        )
        title = (label if is_more else own.title) or single_spaced(text_of(self._blocks(titles)))
        body = self._blocks([area for area in areas if area not in titles and area not in authors])
        byline = text_of(self._blocks([area for area in areas if area in authors]))
        remark_on_confidence(self.source, body, repr(title[:60]))
        record = self._record(division, [area.file for area in areas])
        record |= {
            "title": title,
            "text": text_of(body),
            "language": own.language or record["language"],
        }
        record["authors"] = list(own.names) or single_spaced(byline)
        division_id = division.get("ID") or ""
        if self.own_id and division_id:
            record["id"] = f"{self.own_id}.{division_id}"
        if self.own_id.startswith(("http://", "https://")):
            record["url"] = self.own_id
        return article_of(self.source, division.sourceline, record)

    def _areas_of(self, division: _Element, kinds: frozenset[str]) -> frozenset[_Area]:
        """Return the areas of those parts of a division that are of one of *kinds*."""
        parts = (each for each in division.iter("{*}div") if _kind(each) in kinds)
        return frozenset(area for each in parts for area in _areas(each))

    def _whole_page(self, file: str, page: Page) -> Article | BadArticle:
        record = self._record(None, [file])
        number = self._page_numbers.get(file, page.number)
        title = ", ".join(filter(None, (str(record["source"]), str(record["date"]), f"page {number}" if number else "")))  # fmt: skip
        record |= {"title": title, "text": text_of(list(page.blocks.values()))}
        if self.own_id:
            record["id"] = f"{self.own_id}.{file}"
        remark_on_confidence(self.source, list(page.blocks.values()), title)
        return article_of(self.source, None, record)

    def _record(self, division: _Element | None, files: list[str]) -> dict[str, object]:
        """Return what all articles of the issue have, and which part and pages of it this one is on."""
        ancestors = list(division.iterancestors("{*}div")) if division is not None else []
        above = [self._own(each) for each in ancestors if _kind(each) != _SECTION]
        above += [each for each in self.said.values() if each.date]
        paper = next(
            (each.title for each in above if each.title and not dated_line(each.title)), ""
        )
        sections = [
            single_spaced(each.get("LABEL") or "") for each in ancestors if _kind(each) == _SECTION
        ]
        numbers = list(
            dict.fromkeys(filter(None, (self._page_numbers.get(file, "") for file in files)))
        )
        pages = (
            f"page {numbers[0]}"
            if len(numbers) == 1
            else f"pages {', '.join(numbers)}"
            if numbers
            else ""
        )
        edition = next((each.edition for each in above if each.edition), "")
        return {
            "source": paper or self.label,
            "date": next((each.date for each in above if each.date), ""),
            "section": ", ".join(filter(None, (*reversed(sections), edition, pages))),
            "language": next((each.language for each in above if each.language), ""),
        }

    def _own(self, division: _Element) -> _Said:
        """Return what the descriptions of a division say."""
        names = (division.get("DMDID") or "").split()
        said = [self.said[name] for name in names[:20] if name in self.said]
        if not said:
            return _Said()
        return _Said(*(next(filter(None, values), values[0]) for values in zip(*said, strict=True)))

    def _numbers(self) -> dict[str, str]:
        """Return the number of the page that each file is of."""
        found: dict[str, str] = {}
        for place, file in enumerate(self.files, 1):
            found[file] = str(place)
        for each in self._maps:
            for division in each.iter("{*}div"):
                if _kind(division) == "page":
                    number = str(division.get("ORDERLABEL") or division.get("ORDER") or "")
                    for area in _areas(division):
                        if area.file in found and number:
                            found[area.file] = single_spaced(number)[:20]
        return found

    def _blocks(self, areas: list[_Area]) -> list[TextBlock]:
        """Return the blocks that *areas* name, one for a paragraph that goes on in another column."""
        found: list[TextBlock] = []
        chars = 0
        for area in areas:
            if chars > self.source.limits.max_article_chars:
                break  # it is refused
            if area.file not in self.files:
                if area.begin:  # else perhaps a picture
                    self._lost[f"names blocks in a file that is no page: {area.file[:40]!r}"] += 1
                continue
            if (page := self._page(area.file)) is None:
                continue
            blocks = [page.blocks[name] for name in self._names(page, area)]
            if area.goes_on and found and blocks:
                before, after = found.pop(), blocks.pop(0)
                sign = "" if before.is_broken else " "
                text = f"{before.text}{sign}{after.text}".strip()
                confidences = before.confidences + after.confidences
                found.append(TextBlock(text, confidences, after.is_broken))
            found += blocks
            chars += sum(len(each.text) for each in blocks)
        self.source.growth.add(chars)  # many articles may name one page
        return found

    def _names(self, page: Page, area: _Area) -> list[str]:
        """Return the names of the blocks of an area: all of the page where it names none."""
        if not area.begin:
            return list(page.blocks)
        if area.begin in page.blocks:
            if area.end not in page.blocks:
                return [area.begin]
            names = list(page.blocks)
            begin = names.index(area.begin)
            return names[begin : max(begin, names.index(area.end)) + 1]
        inside = page.composed.get(area.begin, [])
        if not inside and "TB" in area.begin:
            self._lost[f"names blocks that are on no page, such as {area.begin[:40]!r}"] += 1
        return inside

    def _page(self, file: str) -> Page | None:
        """Return the page in the file of that id, None where it cannot be read."""
        if file in self._pages:
            return self._pages[file]
        page, why = _page_at(self.source.path, self.files[file])
        if why:
            self._lost[f"a page was not read: {self.files[file][:100]} {why}"] += 1
        if len(self._pages) >= _MOST_PAGES:
            self._pages.pop(next(iter(self._pages)))
        self._pages[file] = page
        return page


def _page_at(mets: str, address: str) -> tuple[Page | None, str]:
    """Return the page at an *address* that a METS names, or why there is none: only its own folder is read."""
    folder = os.path.realpath(os.path.dirname(os.path.abspath(mets)))
    name = _SCHEME.sub("", unquote(address), count=1)
    if os.path.isabs(name) or "://" in name or "\0" in name:
        return None, "is no file beside it"
    path = os.path.realpath(os.path.join(folder, name))
    if os.path.commonpath((folder, path)) != folder:
        return None, "lies outside its folder"
    try:
        if not os.path.isfile(path):
            return None, "is not there"
        with open(path, "rb") as file:
            content = file.read(MAX_BYTES + 1)
        pages = pages_in(content)
    except OSError as exc:
        return None, f"cannot be opened ({exc.strerror})"
    except CutShort as exc:
        return None, str(exc)
    blocks = {name: block for page in pages for name, block in page.blocks.items()}
    composed = {name: inside for page in pages for name, inside in page.composed.items()}
    return Page(pages[0].number if pages else "", blocks, composed), ""


def _kind(division: _Element) -> str:
    return (division.get("TYPE") or "").strip().lower()


def _areas(division: _Element) -> list[_Area]:
    """Return the areas of pages in a division and those in it, in their order."""
    return [area for each in division.iter("{*}fptr", "{*}area") for area in _area(each)]


def _areas_of_text(section: _Element) -> list[_Area]:
    """Return the areas of a section that belong to nothing else in it, without its heading."""
    found = []
    for each in section.iter("{*}fptr", "{*}area"):
        for around in each.iterancestors("{*}div"):
            if around is section:
                found += _area(each)
                break
            if _kind(around) in _OF_THEIR_OWN:
                break
    return found


def _area(pointer: _Element) -> list[_Area]:
    file = pointer.get("FILEID") or ""
    parent = pointer.getparent()
    if not file or parent is None:
        return []
    goes_on = local(parent) == "seq" and pointer.getprevious() is not None
    return [_Area(file, pointer.get("BEGIN") or "", pointer.get("END") or "", goes_on)]


def _files(root: _Element) -> dict[str, str]:
    """Return the addresses of the files that may be pages in ALTO, by their ids; one too many where it has more."""
    found: dict[str, str] = {}
    for file in root.iter("{*}file"):
        group = file.getparent()
        use = (
            " ".join(filter(None, (group.get("ID"), group.get("USE")))) if group is not None else ""
        )
        kind = file.get("MIMETYPE") or ""
        address = next((_address(each) for each in file.iter("{*}FLocat")), "")
        is_text = re.search(r"alto|text|ocr", f"{use} {address}", re.IGNORECASE) is not None
        if (
            address.lower().endswith(".xml")
            and (is_text or "xml" in kind)
            and len(found) <= _MAX_FILES
        ):
            found[file.get("ID") or address] = address
    return found


def _address(element: _Element) -> str:
    return next(
        (
            str(value)
            for key, value in element.attrib.items()
            if str(key).rpartition("}")[2] == "href"
        ),
        "",
    )


def _said(element: _Element) -> _Said:
    """Return what a description says in MODS, or in Dublin Core."""
    mods = next(element.iter("{*}mods"), element)
    title = date = edition = language = host = ""
    names: list[str] = []
    for each in mods.iter():
        if not isinstance(each.tag, str):
            continue
        name = local(each)
        text = single_spaced(each.text or "")
        related = next(each.iterancestors("{*}relatedItem"), None)
        if name == "titleInfo":
            parts = (
                single_spaced(part.text or "") for tag in _TITLE_PARTS for part in each.iter(tag)
            )
            whole = " ".join(filter(None, parts))
            if related is None:
                title = title or whole
            elif related.get("type") in ("host", "series", None):
                host = host or whole
        elif (
            name == "title"
            and each.getparent() is not None
            and local(each.getparent()) != "titleInfo"
        ):
            title = title or text  # of Dublin Core
        elif name in ("dateIssued", "date", "issued") and text and related is None:
            date = date or text
        elif name == "edition" or (name == "detail" and each.get("type") == "edition"):
            edition = edition or single_spaced(" ".join(each.itertext()))
        elif name in ("languageTerm", "language") and text:
            language = language or text
        elif name == "name" and related is None and len(names) < 50:
            names += filter(None, [_name(each)])
        elif name == "creator" and text and len(names) < 50:
            names.append(text)
    return _Said(title or host, date, edition, language, tuple(names))


def _name(element: _Element) -> str:
    """Return a name of MODS, given name first; "" of one who did not write."""
    roles = [single_spaced(each.text or "").lower() for each in element.iter("{*}roleTerm")]
    if roles and not any(role in _WRITERS for role in roles):
        return ""
    parts = {
        each.get("type") or "": single_spaced(each.text or "")
        for each in element.iter("{*}namePart")
    }
    whole = " ".join(filter(None, (parts.get("given", ""), parts.get("family", ""))))
    return (
        whole
        or parts.get("", "")
        or next((single_spaced(e.text or "") for e in element.iter("{*}displayForm")), "")
    )
