"""NITF 3.x, the format of the IPTC for news texts: an article an element, and many in a file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from search.model.article import Article, BadArticle
from search.readers.agency import agency_named
from search.readers.ids import is_counted
from search.readers.record import Record, articles_of_records
from search.readers.source import Origin, Source
from search.readers.xml_prose import captions, inline, prose
from search.readers.xml_stream import elements, line_of, local, local_name, root_of

if TYPE_CHECKING:
    from lxml.etree import _Element

#: Roots of other formats, which may have NITF inside.
_OTHERS = frozenset(("newsmessage", "newsitem", "newsml", "rss", "feed", "rdf", "html", "opml"))
_NITF = re.compile(r"<(?:[a-zA-Z][\w.-]{0,20}:)?nitf[\s>]")
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)?(?:\.\d+)?([+-]\d\d:?\d\d|Z)?)?")
#: Paths in their own indexes of those who classify by them, and what a text is by its form.
_NO_TOPICS = ("taxonomic_classifier", "types_of_material")
_CAPTION = "a caption is no part of the text of an article"
#: What stands for the end of an embargo that says none.
NO_END_SAID = "without an end"
_NOTE = "a note to editors is no part of the text of an article"
#: Elements that are read as a whole, and notes to editors, which have a body of their own.
_WITHIN = frozenset(("body.content", "abstract", "tagline", "byline", "note"))


def sniff(head: str) -> bool:
    """Whether text that begins with *head* is NITF, or XML around several articles in it."""
    root = root_of(head).rpartition(":")[2].lower()
    return root == "nitf" or (bool(root) and root not in _OTHERS and _NITF.search(head) is not None)


def read(source: Source) -> Iterator[Article | BadArticle]:
    """Return an article an element ``nitf``."""
    return articles_of_records(source, records_of(source))


def records_of(source: Source) -> Iterator[tuple[int | None, Record] | BadArticle]:
    """Yield the articles as records whose keys are the names of NITF, with their lines."""
    head = source.head_text()
    with source.text() as stream:
        if not sniff(head):
            yield BadArticle(source.path, None, "is no NITF")
            return
        for found in elements(source, stream, root_of(head), ("nitf",), "an article"):
            if isinstance(found, BadArticle):
                yield found
            else:
                line = line_of(found)
                yield line, record_of(source, line, found)


def record_of(source: Origin, line: int | None, nitf: _Element) -> dict[str, object]:
    """Return what an element ``nitf`` says, under the names that it has there. Captions are remarked on."""
    said = _Said(nitf)
    content = said.first("body.content")
    if content is not None and captions(content):
        source.remarks.count(line, "value not used", _CAPTION)
    if said.all("note"):
        source.remarks.count(line, "value not used", _NOTE)
    for note in [] if content is None else list(content.iter("{*}note")):
        if note.get("type", "").lower() == "npa":
            source.remarks.count(line, "value not used", _NOTE)
            note.clear(keep_tail=True)
    texts = [prose(each) for each in _contents(content)]
    if (tagline := said.first("tagline")) is not None:
        texts.append(prose(tagline))
    abstract = said.first("abstract")
    issued = said.norm("date.issue")
    status = said.value("docdata", "management-status")
    release = said.norm("date.release")
    if not release and "embargo" in said.value("ed-msg", "msg-type").lower():
        release = as_iso(said.value("ed-msg", "info")) or NO_END_SAID
    if not release and status.lower() == "embargoed":
        release = NO_END_SAID
    sources = (
        said.value("pubdata", "name"), said.text("distributor"), said.value("doc.copyright", "holder"), said.text("rights.owner"),
        said.value("doc-id", "regsrc"),
    )  # fmt: skip
    return {
        "hl1": said.text("hl1") or said.text("hedline") or said.text("title"),
        "body.content": "\n\n".join(filter(None, texts)),
        "abstract": "" if abstract is None else prose(abstract),
        "byline": _byline(said.all("byline")),
        "date.issue": issued,
        "date.publication": as_iso(said.value("pubdata", "date.publication")),
        "story.date": said.norm("story.date"),
        "date.release": release,
        "management-status": status,
        "doc-id": _own_id(said, issued),
        "distributor": publisher(next(filter(None, sources), "")),
        "position.section": said.value("pubdata", "position.section") or said.meta("online_sections").partition(";")[0],
        "lang": _language(nitf) or said.value("body", "{http://www.w3.org/XML/1998/namespace}lang"),
        "ex-ref": said.value("pubdata", "ex-ref"),
        "subjects": list(_subjects(said)),
    }  # fmt: skip


def as_iso(date: str) -> str:
    """Return a date as NITF and NewsML write it, 20240517T100000Z, in the usual form; any other as it is."""
    found = _COMPACT.fullmatch(date.strip())
    if found is None:
        return date
    year, month, day, hour, minute, second, zone = found.groups()
    seconds = f":{second}" if second else ""
    time = f"T{hour}:{minute}{seconds}{zone or ''}" if hour else ""
    return f"{year}-{month}-{day}{time}"


@lru_cache(maxsize=256)
def publisher(name: str) -> str:
    """Return the name of an agency under which it is counted; any other as it is."""
    return agency_named(name) or name


class _Said:
    """The elements of an article by their names, outside of its text."""

    __slots__ = ("_elements",)

    def __init__(self, nitf: _Element) -> None:
        self._elements: dict[str, list[_Element]] = {}
        self._gather(nitf)

    def _gather(self, element: _Element) -> None:
        for child in element.iterchildren("*"):
            name = local_name(child.tag)
            if name in self._elements:
                self._elements[name].append(child)
            else:
                self._elements[name] = [child]
            if name not in _WITHIN:
                self._gather(child)

    def all(self, name: str) -> list[_Element]:
        return self._elements.get(name, [])

    def first(self, name: str) -> _Element | None:
        return next(iter(self._elements.get(name, ())), None)

    def text(self, name: str) -> str:
        return next(filter(None, map(inline, self.all(name))), "")

    def value(self, name: str, attribute: str) -> str:
        values = (each.get(attribute, "").strip() for each in self.all(name))
        return next(filter(None, values), "")

    def norm(self, name: str) -> str:
        """Return the date that an element has, as an attribute or as its text."""
        return as_iso(self.value(name, "norm") or self.text(name))

    def meta(self, name: str) -> str:
        values = (each.get("content", "") for each in self.all("meta") if each.get("name") == name)
        return next(values, "")


def _contents(content: _Element | None) -> list[_Element]:
    """Return what of the content is the text: not a block that gives its beginning once more."""
    if content is None:
        return []
    blocks = {each.get("class", ""): each for each in content.iterchildren("{*}block")}
    if "lead_paragraph" in blocks and "full_text" in blocks:
        return [blocks["full_text"]]
    return [content]


def _byline(bylines: list[_Element]) -> str:
    """Return the bylines in a line: those as printed, where there is also one as an index has it."""
    printed = [each for each in bylines if each.get("class") != "normalized_byline"]
    return "; ".join(filter(None, map(_names_in, printed or bylines)))


def _names_in(byline: _Element) -> str:
    """Return what a byline says, with a comma before what somebody is, and between persons."""
    parts = [byline.text or ""]
    has_person = is_joined = False
    for child in byline:
        if isinstance(child.tag, str):
            name = local(child)
            if name in ("byttl", "location") or (name == "person" and has_person and not is_joined):
                parts.append(", ")
            has_person = has_person or name == "person"
            parts.append(" " if name == "person" else "")
            parts.append(inline(child))
        parts.append(child.tail or "")
        is_joined = bool((child.tail or "").strip())
    text = " ".join("".join(parts).split())
    return text.replace(" ,", ",").replace(",,", ",").removeprefix(", ")


def _own_id(said: _Said, issued: str) -> str:
    """Return the id of an article, the same for all that its source sends of it later."""
    by = said.value("doc-id", "regsrc")
    own = said.value("doc-id", "id-string")
    if own:
        return own if not is_counted(own) else f"{by or 'nitf'}:{own}"
    key = said.value("du-key", "key")  # which is used anew every day
    return f"{by or 'nitf'}:{key}:{issued[:10]}" if key and issued else ""


def _language(nitf: _Element) -> str:
    return nitf.get("{http://www.w3.org/XML/1998/namespace}lang") or nitf.get("baselang") or ""


def _subjects(said: _Said) -> Iterator[str]:
    for each in said.all("tobject.subject"):
        names = (each.get(f"tobject.subject.{part}") for part in ("detail", "matter", "type"))
        yield next(filter(None, names), "")
    for each in said.all("keyword"):
        yield each.get("key", "")
    for each in said.all("classifier"):
        if each.get("type") not in _NO_TOPICS:
            yield inline(each) or each.get("value", "")
