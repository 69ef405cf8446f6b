"""Books and issues of papers in EPUB: each part with a text is an article, as newspapers give one to each."""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote

from search.model.article import Article, BadArticle
from search.readers import zip_archive
from search.readers.byline import parse_byline
from search.readers.decompression import CutShort
from search.readers.draft import guarded
from search.readers.html import MAX_PAGE_BYTES
from search.readers.record import article_of
from search.readers.source import WITHIN, PartRead, Source

if TYPE_CHECKING:
    from lxml.etree import _Element

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
#: What the library raises of an archive, or of a file in one, that is damaged.
_DAMAGES = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, OSError, NotImplementedError)
_MAX_INDEX_BYTES = 10_000_000
_MAX_PARTS = 10_000
_PAGES = ("application/xhtml+xml", "text/html", "application/x-dtbncx+xml")
#: Of fewer words a cover or a half-title is made.
_FEW_WORDS = 12
#: Programs that make issues of what they fetch from a paper.
_PROGRAMS = ("calibre", "pandoc", "sigil")
#: An element with an id.
_ID = re.compile(rb"<[a-zA-Z][^<>]{0,500}?\s(?:id|name)\s{0,3}=\s{0,3}[\"']([^\"'<>]{1,200})[\"']")
#: The day of an issue after its name.
_DAY = re.compile(r"\s*[\[(][^\[\]()]{4,40}[\])]\s*$")
_FETCHED = re.compile(
    r"downloaded by\s*(?:<[^<>]{1,200}>\s*)?calibre\s*(?:</[^<>]{1,20}>\s*)?from\s*<a\b[^<>]{0,500}?href=\"(https?://[^\"\s]{1,2000})\"",
    re.IGNORECASE,
)
_NOTE = re.compile(r"(?:^|\n\n)This article was downloaded by\s+calibre\s+from[^\n]*", re.IGNORECASE)  # fmt: skip


@dataclass(slots=True)
class _Book:
    """What an EPUB says of itself."""

    publisher: str = ""
    date: str = ""
    language: str = ""
    author: str = ""
    #: Paths in the archive, in the order of reading.
    parts: list[str] = field(default_factory=list)
    titles: dict[str, str] = field(default_factory=dict)
    #: Of parts in which the table of contents names places: id of each -> its title.
    places: dict[str, dict[str, str]] = field(default_factory=dict)


def members(source: Source) -> Iterator[PartRead | BadArticle]:
    """Yield an article for each part that has a text. Raises `CutShort` where the archive is damaged."""
    with source.in_any_order() as file:
        try:
            archive = zip_archive.opened(file)
        except _DAMAGES as exc:
            raise CutShort(f"the archive is damaged ({exc}); fetch the file again") from exc
        with archive:
            yield from _articles(source, archive)


def _articles(source: Source, archive: zipfile.ZipFile) -> Iterator[PartRead | BadArticle]:
    names = set(archive.namelist())
    book = _opened(source, archive, names)
    if isinstance(book, BadArticle):
        yield book
        return
    locked = _locked(source, archive, names)
    if len(book.parts) > _MAX_PARTS:
        yield BadArticle(source.path, None, f"has more than {_MAX_PARTS:,} parts; the rest was not read")  # fmt: skip
    for path in book.parts[:_MAX_PARTS]:
        where = f"{source.path}{WITHIN}{path}"
        if path not in names:
            yield BadArticle(where, None, "is named by the book and does not lie in it")
        elif path in locked or archive.getinfo(path).flag_bits & 1:
            yield BadArticle(where, None, "is encrypted (DRM); no reader can open it")
        else:
            yield from _articles_of(source, archive, book, path)


def _articles_of(
    source: Source, archive: zipfile.ZipFile, book: _Book, path: str
) -> Iterator[PartRead | BadArticle]:
    """Yield the article of a part, or those of one in which the table of contents names several and not the whole."""
    where = f"{source.path}{WITHIN}{path}"
    try:
        content = _content(source, archive, path, MAX_PAGE_BYTES)
    except _DAMAGES as exc:
        yield BadArticle(where, None, f"is damaged in its archive ({exc}); fetch the file again")
        return
    for place, title, piece in _pieces(book, path, content):
        mark = f"#{place}" if place else ""
        if found := _article(source, book, piece, title):
            if isinstance(found, BadArticle):
                yield found._replace(path=where + mark)
            else:
                yield PartRead(path + mark, found)


def _pieces(book: _Book, path: str, content: bytes) -> Iterator[tuple[str, str, bytes]]:
    """Yield the id, the title and the content of each article in a part, which is mostly one."""
    places = book.places.get(path, {})
    if path in book.titles or len(places) < 2 or len(content) > MAX_PAGE_BYTES:
        yield "", book.titles.get(path, next(iter(places.values()), "")), content
        return
    found = {each[1].decode("utf-8", "replace"): each.start() for each in _ID.finditer(content)}
    begins = sorted((found[place], place) for place in places if place in found)
    ends = [at for at, _ in begins[1:]] + [len(content)]
    for number, ((begin, place), end) in enumerate(zip(begins, ends, strict=True)):
        yield place, places[place], content[begin if number else 0 : end]
    if not begins:
        yield "", "", content


def _article(
    source: Source, book: _Book, content: bytes, title: str
) -> Article | BadArticle | None:
    from search.readers.page_within import page_within  # with lxml and trafilatura

    page = page_within(source, content)
    if isinstance(page, BadArticle):
        return page
    if len(page.text.split()) < _FEW_WORDS:
        source.remarks.count(None, "not read", "a part of a book without a text, such as its cover")
        return None
    told = page.metadata
    fetched = _FETCHED.search(page.markup)
    title = title or told.title
    text = _NOTE.sub("", page.text_under(title))
    record = {
        "title": title,
        "author": told.byline or list(told.authors) or book.author,
        "date": told.published.at.isoformat() if told.published else book.date,
        "source": book.publisher,
        "language": told.language or book.language,
        "url": told.url or (fetched[1] if fetched else ""),
        "body": text.removeprefix(f"{title}\n\n"),
    }
    return guarded(source, None, article_of, source, None, {k: v for k, v in record.items() if v})


def _content(source: Source, archive: zipfile.ZipFile, path: str, most: int) -> bytes:
    """Return the beginning of a file in the archive, one byte more than *most* at most."""
    with archive.open(path) as stream:
        content = stream.read(most + 1)
    source.growth.add(len(content))
    return content


def _xml(source: Source, archive: zipfile.ZipFile, path: str) -> _Element | None:
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        content = _content(source, archive, path, _MAX_INDEX_BYTES)
    except _DAMAGES:
        return None
    if len(content) > _MAX_INDEX_BYTES:
        return None
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError:
        return None


def _opened(source: Source, archive: zipfile.ZipFile, names: set[str]) -> _Book | BadArticle:
    """Return what the book says of itself, or why that cannot be read."""
    container = _xml(source, archive, _CONTAINER) if _CONTAINER in names else None
    roots = container.iterfind(".//{*}rootfile") if container is not None else ()
    path = next((each.get("full-path", "") for each in roots), "")
    package = _xml(source, archive, path) if path in names else None
    if package is None:
        return BadArticle(source.path, None, "is an EPUB that does not say which parts it has")
    book = _Book()
    _read_metadata(book, package)
    files = {
        item.get("id", ""): (_within(path, item.get("href", "")), item)
        for item in package.iterfind("{*}manifest/{*}item")
    }
    contents = {
        where
        for where, item in files.values()
        if "nav" in item.get("properties", "").split()
        or item.get("media-type") == "application/x-dtbncx+xml"
    }
    for reference in package.iterfind("{*}spine/{*}itemref"):
        where, item = files.get(reference.get("idref", ""), ("", None))
        if item is None:
            source.remarks.count(
                None, "not read", "a part of a book that its list of files does not name"
            )
        elif item.get("media-type") not in _PAGES:
            source.remarks.count(
                None,
                "not read",
                f"a part of a book of the type {item.get('media-type')}, which is no page",
            )
        elif where not in contents:
            book.parts.append(where)
    for where in sorted(contents & names):
        if (tree := _xml(source, archive, where)) is not None:
            _read_titles(book, tree, where)
    book.parts = list(dict.fromkeys(book.parts))
    return book


def _within(path: str, reference: str) -> str:
    """Return the path of what a file at *path* refers to."""
    return posixpath.normpath(
        posixpath.join(posixpath.dirname(path), unquote(reference.partition("#")[0]))
    )


def _read_metadata(book: _Book, package: _Element) -> None:
    said: dict[str, list[str]] = {}
    for element in package.iterfind("{*}metadata//{http://purl.org/dc/elements/1.1/}*"):
        event = next((value for key, value in element.attrib.items() if str(key).endswith("event")), "")  # fmt: skip
        if event not in ("modification", "creation", "conversion"):
            said.setdefault(str(element.tag).rpartition("}")[2], []).append(_text(element))
    first = {name: next(filter(None, texts), "") for name, texts in said.items()}
    publisher = first.get("publisher", "")
    is_program = publisher.lower().startswith(_PROGRAMS)
    book.publisher = publisher if publisher and not is_program else _DAY.sub("", first.get("title", ""))  # fmt: skip
    book.date = first.get("date", "")
    book.language = first.get("language", "")
    author = first.get("creator", "")
    if author.lower() not in (*_PROGRAMS, book.publisher.lower()) and parse_byline(author).authors:
        book.author = author


def _read_titles(book: _Book, tree: _Element, where: str) -> None:
    """Take the titles of parts, and of places in them, from a table of contents."""
    for point in tree.iter("{*}navPoint"):
        label, content = point.find("{*}navLabel/{*}text"), point.find("{*}content")
        if label is not None and content is not None:
            _name(book, where, content.get("src", ""), _text(label))
    for link in tree.iterfind(".//{*}nav//{*}a"):
        _name(book, where, link.get("href", ""), _text(link))


def _name(book: _Book, where: str, reference: str, title: str) -> None:
    path, place = _within(where, reference), unquote(reference.partition("#")[2])
    if title and not place:
        book.titles.setdefault(path, title)
    elif title:
        book.places.setdefault(path, {}).setdefault(place, title)


def _text(element: _Element) -> str:
    return " ".join("".join(element.itertext()).split())


def _locked(source: Source, archive: zipfile.ZipFile, names: set[str]) -> set[str]:
    """Return the paths of what is encrypted; a font usually is."""
    tree = _xml(source, archive, _ENCRYPTION) if _ENCRYPTION in names else None
    if tree is None:
        return set()
    return {unquote(each.get("URI", "")) for each in tree.iterfind(".//{*}CipherReference")}
