"""ALTO: the text of a scanned page as it was recognised (versions 1 to 4, of the Library of Congress)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from search.model.article import Article, BadArticle
from search.readers.decompression import CutShort
from search.readers.draft import guarded, make_article
from search.readers.source import Origin, Source
from search.readers.text import day_of_file
from search.readers.xml_stream import local, root_of
from search.text.spacing import single_spaced

if TYPE_CHECKING:
    from lxml.etree import _Element

#: A page of a broadsheet in small print has a quarter of it.
MAX_BYTES = 30_000_000
#: Of a page; the fullest has some hundred.
_MAX_BLOCKS = 20_000
#: Mean confidence of the words below which a text is hard to read.
LOW_CONFIDENCE = 0.6
#: Files that may be the METS of a page, and bytes that are looked at in one.
_MOST_METS = 20
_MAX_METS_BYTES = 30_000_000


class TextBlock(NamedTuple):
    """A block of a page: a paragraph, a headline, a caption."""

    text: str
    #: Confidence of its words from 0 to 1, where the program says it.
    confidences: tuple[float, ...] = ()
    #: Whether its last word goes on in the next block.
    is_broken: bool = False


class Page(NamedTuple):
    """A page of a newspaper."""

    number: str
    #: By their ids, in the order of the page.
    blocks: dict[str, TextBlock]
    #: The ids of the blocks in a composed block, or in the whole page, by its id.
    composed: dict[str, list[str]]


def sniff(head: str) -> bool:
    """Whether a text is a page in ALTO."""
    return root_of(head).rpartition(":")[2] == "alto"


def read(source: Source) -> Iterator[Article | BadArticle]:
    """Yield an article a page; none where the METS beside it says which articles stand on the page."""
    content = source.content(MAX_BYTES)
    if mets := _mets_of(source.path) if source.is_as_on_disk else "":
        source.remarks.say(
            None, "not read", f"is a page of {mets}, which says where its articles begin and end"
        )
        return
    try:
        pages = pages_in(content)
    except CutShort as exc:
        yield BadArticle(source.path, None, str(exc), cut_short=True)
        return
    if not any(page.blocks for page in pages):
        yield BadArticle(source.path, None, "has no recognised text")
        return
    for page in pages:
        if page.blocks:
            yield guarded(source, None, _article, source, page)


def _article(source: Source, page: Page) -> Article | BadArticle:
    blocks = list(page.blocks.values())
    remark_on_confidence(source, blocks, f"page {page.number}" if page.number else "the page")
    published, published_from = day_of_file(source)
    return make_article(
        source,
        None,
        title="",
        body=text_of(blocks),
        published=published,
        published_from=published_from,
        section=f"page {page.number}" if page.number else "",
    )


def remark_on_confidence(source: Origin, blocks: list[TextBlock], where: str) -> None:
    """Remark where the words of *blocks* were recognised with little confidence."""
    confidences = [each for block in blocks for each in block.confidences]
    if confidences and (mean := sum(confidences) / len(confidences)) < LOW_CONFIDENCE:
        reason = f"the words of {where} were recognised with a confidence of {mean:.0%} on the mean"
        source.remarks.say(None, "recognised", reason)


def text_of(blocks: list[TextBlock]) -> str:
    """Return the text of *blocks* as paragraphs; a word that goes on in the next block is joined to it."""
    parts: list[str] = []
    is_broken = True
    for block in filter(lambda each: each.text, blocks):
        if parts and not is_broken:
            parts.append("\n\n")
        parts.append(block.text)
        is_broken = block.is_broken
    return "".join(parts)


def parsed(content: bytes) -> _Element:
    """Return the root of the XML *content*. Raises `CutShort` where it is damaged, or declares entities."""
    from lxml import etree

    if len(content) > MAX_BYTES:
        raise CutShort(f"is longer than {MAX_BYTES:,} bytes, as no page or issue is")
    if b"<!ENTITY" in content[:100_000]:
        raise CutShort("declares entities of its own, which are never expanded")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True)  # fmt: skip
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as exc:
        raise CutShort(f"is damaged XML ({exc.msg})") from exc


def pages_in(content: bytes) -> list[Page]:
    """Return the pages of an ALTO file. Raises `CutShort` where it is damaged, or larger than any page."""
    root = parsed(content)
    return [_page(each) for each in root.iter("{*}Page")]


def _page(element: _Element) -> Page:
    number = element.get("PRINTED_IMG_NR") or element.get("PHYSICAL_IMG_NR") or ""
    blocks: dict[str, TextBlock] = {}
    composed: dict[str, list[str]] = {}
    for block in element.iter("{*}TextBlock"):
        if len(blocks) >= _MAX_BLOCKS:
            raise CutShort(f"has a page of more than {_MAX_BLOCKS:,} blocks of text, as none has")
        name = block.get("ID") or f"block {len(blocks)}"
        if name in blocks:  # two of one name would be one
            name = f"{name} {len(blocks)}"
        blocks[name] = _block(block)
        for each in block.iterancestors("{*}ComposedBlock", "{*}Page"):
            if around := each.get("ID"):
                composed.setdefault(around, []).append(name)
    return Page(single_spaced(number)[:20].lstrip("0"), blocks, composed)


def _block(element: _Element) -> TextBlock:
    """Return the text of a block, its lines joined and its broken words whole."""
    text: list[str] = []
    confidences: list[float] = []
    is_broken = False
    for line in element.iter("{*}TextLine"):
        if text and not is_broken:
            text.append(" ")
        is_broken = False
        before = None
        for child in line:
            name = local(child)
            if name == "SP":
                text.append(" ")
            elif name == "String":
                before = child
                text.append(_word(child))
                if (confidence := _confidence(child.get("WC"))) is not None:
                    confidences.append(confidence)
            elif name == "HYP" and before is not None:
                is_broken = not before.get("SUBS_CONTENT")
    return TextBlock(single_spaced("".join(text)), tuple(confidences), is_broken)


def _word(element: _Element) -> str:
    """Return a word, or the whole of one that a line end breaks in the place of its first half."""
    whole = str(element.get("SUBS_CONTENT") or "")
    kind = str(element.get("SUBS_TYPE") or "").lower()
    if whole and kind == "hyppart1":
        return whole
    if whole and kind == "hyppart2":
        return ""
    return str(element.get("CONTENT") or "")


def _confidence(said: str | None) -> float | None:
    try:
        value = float(said) if said else None
    except ValueError:
        return None
    return value if value is not None and 0 <= value <= 1 else None


def _mets_of(path: str) -> str:
    """Return the METS that names the ALTO file at *path*, in its folder or the one above; "" where none does."""
    folder, name = os.path.split(os.path.abspath(path))
    for place in (folder, os.path.dirname(folder)):
        for mets in _mets_in(place):
            if name in _files_named_in(mets, _stamp(mets)):
                return mets
    return ""


def _stamp(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0


@lru_cache(maxsize=16)
def _mets_in(folder: str) -> tuple[str, ...]:
    try:
        names = sorted(
            name
            for name in os.listdir(folder)
            if "mets" in name.lower() and name.lower().endswith(".xml")
        )
    except OSError:
        return ()
    return tuple(os.path.join(folder, name) for name in names[:_MOST_METS])


@lru_cache(maxsize=4)
def _files_named_in(path: str, stamp: int) -> frozenset[str]:
    """Return the names of the files that a METS refers to."""
    try:
        with open(path, "rb") as file:
            content = file.read(_MAX_METS_BYTES)
    except OSError:
        return frozenset()
    found = re.findall(rb"href\s*=\s*[\"']([^\"'<>]{1,2000})[\"']", content)
    return frozenset(each.decode("utf-8", "replace").rpartition("/")[2] for each in found)
