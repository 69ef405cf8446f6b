"""NewsML: the items of NewsML-G2 (``newsItem``) and of NewsML 1.x (``NewsItem``), one or many in a file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from search.model.article import Article, BadArticle
from search.readers import nitf
from search.readers.ids import is_counted
from search.readers.nitf import NO_END_SAID, as_iso, publisher
from search.readers.record import Record, articles_of_records
from search.readers.source import Origin, Source
from search.readers.xml_prose import captions, inline, prose
from search.readers.xml_stream import elements, line_of, local, root_of, text_in

if TYPE_CHECKING:
    from lxml.etree import _Element

_ROOTS = frozenset(
    ("newsitem", "newsmessage", "newsml", "packageitem", "conceptitem", "knowledgeitem", "planningitem", "catalogitem")
)  # fmt: skip
_ITEM = re.compile(r"<(?:[a-zA-Z][\w.-]{0,20}:)?(?:newsItem|NewsItem)[\s>]")
#: Roots of other formats.
_OTHERS = frozenset(("rss", "feed", "rdf", "html", "opml", "nitf"))
#: Elements of NewsML-G2 beside the items of news: lists of items, terms, plans.
_NO_NEWS = ("packageItem", "conceptItem", "knowledgeItem", "planningItem", "catalogItem")
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

#: Classes of items, and types of media, that are no texts.
_NO_TEXT = frozenset(
    ("picture", "photo", "graphic", "image", "video", "audio", "animation", "logo", "radio", "tv", "icon", "sound")
)  # fmt: skip
#: Types of subjects that are whom and what a text names, and not what it is about.
_NAMED = frozenset(("person", "organisation", "organization", "geoarea", "poi", "event", "object"))
#: Roles, by a part of them: headlines and bodies that stand beside the main one; who wrote.
_SIDE_ROLES = (
    "sub",
    "short",
    "seo",
    "social",
    "push",
    "overline",
    "kicker",
    "deck",
    "promo",
    "alternat",
)
_TEXTS = frozenset(("", "text", "content", "story", "article", "body"))
_SIDE_TEXTS = (
    "caption",
    "summary",
    "abstract",
    "sidebar",
    "factbox",
    "note",
    "related",
    "legend",
    "metadata",
    *_SIDE_ROLES,
)
_WRITING_ROLES = ("author", "reporter", "journalist", "byline", "wrote")
#: An address where a name may stand: "quay.example".
_HOST = re.compile(r"[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,8}")
#: Versions of items that are remembered of one file.
_MAX_VERSIONS = 200_000


def sniff(head: str) -> bool:
    """Whether text that begins with *head* is NewsML, or XML around items of it."""
    root = root_of(head).rpartition(":")[2].lower()
    return root in _ROOTS or (bool(root) and root not in _OTHERS and _ITEM.search(head) is not None)


def read(source: Source) -> Iterator[Article | BadArticle]:
    """Return an article an item of text; of items with one id, none that is older than one before it."""
    return articles_of_records(source, records_of(source))


def records_of(source: Source) -> Iterator[tuple[int | None, Record] | BadArticle]:
    """Yield the items as records whose keys are the names of NewsML, with their lines.

    What is no item of text, and earlier versions that come after later ones, are left out and counted.
    """
    head = source.head_text()
    versions: dict[int, int] = {}
    with source.text() as stream:
        if not sniff(head):
            yield BadArticle(source.path, None, "is no NewsML")
            return
        names = ("newsItem", "NewsItem", *_NO_NEWS)
        for found in elements(source, stream, root_of(head), names, "an item"):
            if isinstance(found, BadArticle):
                yield found
                continue
            line = line_of(found)
            item = _item(source, line, found)
            if item.why_none:
                source.remarks.count(line, "value not used", item.why_none)
            elif _is_latest(item, versions):
                yield line, item.record
            else:
                reason = "an item came before it that is a later version of it"
                source.remarks.count(line, "value not used", reason)


class _Item(NamedTuple):
    """What an element is: a record of an article, or why it is none."""

    record: dict[str, object]
    own_id: str = ""
    version: int = 0
    why_none: str = ""


def _item(source: Origin, line: int | None, element: _Element) -> _Item:
    name = local(element)
    if name == "newsItem":
        return _g2_item(source, line, element)
    if name == "NewsItem":
        return _newsml_1_item(source, line, element)
    return _Item({}, why_none=f"a {name} is no article")


def _is_latest(item: _Item, versions: dict[int, int]) -> bool:
    """Whether no later version of the item was read before."""
    if not item.own_id:
        return True
    key = hash(item.own_id)
    if item.version < versions.get(key, 0):
        return False
    if len(versions) >= _MAX_VERSIONS:
        versions.clear()
    versions[key] = item.version
    return True


# NewsML-G2


def _g2_item(source: Origin, line: int | None, item: _Element) -> _Item:
    meta = _child(item, "itemMeta")
    content_meta = _child(item, "contentMeta")
    rights = _child(item, "rightsInfo")
    kind = _code(_child(meta, "itemClass"))
    if kind.lower() in _NO_TEXT:
        return _Item({}, why_none=f"an item of class {kind[:40]!r} is no article")
    own_id = item.get("guid", "").strip()
    language = _code(_child(content_meta, "language"), "tag") or _language_around(item)
    found = _g2_content(source, line, item)
    headlines = _children(content_meta, "headline")
    main = [each for each in headlines if not _is_beside(each)]
    headline = (
        _text_in(main, language)
        or _text_in(_children(meta, "title"), language)
        or found.headline
        or _text_in(_children(content_meta, "slugline"), language)
    )
    byline = "; ".join(_all_in(_children(content_meta, "by"), language)) or found.byline
    status = _code(_child(meta, "pubStatus"))
    until = _date(meta, "embargoed")
    if not until and _child(meta, "embargoed") is not None:
        until = NO_END_SAID
    sources = (
        _party(_child(meta, "provider")), _party(_child(rights, "copyrightHolder")),
        _party(_child(content_meta, "infoSource")), _text(content_meta, "creditline"), _code(_child(meta, "provider")),
    )  # fmt: skip
    record: dict[str, object] = {
        "guid": f"guid:{own_id}" if is_counted(own_id) else own_id,
        "versionCreated": _date(meta, "versionCreated"),
        "firstCreated": _date(meta, "firstCreated"),
        "contentCreated": _date(content_meta, "contentCreated"),
        "headline": headline,
        "contentSet": found.body.removeprefix(f"{headline}\n\n"),
        "abstract": found.abstract,
        "description": _text_in(_children(content_meta, "description"), language),
        "byline": byline,
        "creator": [] if byline else _writers(content_meta),
        "provider": publisher(
            next((each for each in sources if each and not _HOST.fullmatch(each)), _first(sources))
        ),
        "service": _text(_child(meta, "service"), "name"),
        "language": language,
        "subject": list(_g2_subjects(content_meta, language)),
        "pubStatus": status,
        "embargoed": until,
    }
    return _Item(record, own_id, _number(item.get("version", "")))


class _Content(NamedTuple):
    """The text of an item, and what it says of itself."""

    body: str = ""
    headline: str = ""
    byline: str = ""
    abstract: str = ""


def _g2_content(source: Origin, line: int | None, item: _Element) -> _Content:
    """Return the text of an item: that in NITF or XHTML before one without markup."""
    content_set = _child(item, "contentSet")
    if content_set is None:
        return _Content()
    for inline_xml in _children(content_set, "inlineXML"):
        found = _markup(source, line, inline_xml)
        if found.body or found.headline:
            return found
    for data in _children(content_set, "inlineData"):
        kind = data.get("contenttype", "text/plain")
        if data.get("encoding"):
            source.remarks.count(
                line, "value not used", "inlineData in base64 or the like is not read"
            )
        elif kind.startswith("text/") or "html" in kind:
            return _Content(text_in(data).strip())
    if _children(content_set, "remoteContent"):
        reason = "its text is in another file (remoteContent), which is not fetched"
        source.remarks.count(line, "no words", reason)
    return _Content()


def _markup(source: Origin, line: int | None, holder: _Element) -> _Content:
    """Return the text of the NITF, XHTML or the like that *holder* has inside."""
    for inner in holder.iter("{*}nitf"):
        said = nitf.record_of(source, line, inner)
        return _Content(
            *(str(said[key] or "") for key in ("body.content", "hl1", "byline", "abstract"))
        )
    if captions(holder):
        source.remarks.count(
            line, "value not used", "a caption is no part of the text of an article"
        )
    inner = next(holder.iter("{*}body", "{*}body.content"), holder)
    if inner is holder and next(inner.iter("{*}p", "{*}div"), None) is None and len(holder):
        kind = local(next(holder.iterchildren("*"), holder))
        source.remarks.count(line, "value not used", f"inlineXML of {kind[:40]!r} is not read")
        return _Content()
    title = next(holder.iter("{*}title", "{*}h1"), None)
    return _Content(prose(inner), "" if title is None else inline(title))


def _writers(content_meta: _Element | None) -> list[str]:
    """Return the names of creators, and of contributors whose role is to write."""
    found = [
        # A literal of one word is a sign of somebody, or of the agency.
        _name(each) or (said if " " in (said := each.get("literal", "").strip()) else "")
        for each in _children(content_meta, "creator")
    ]
    for each in _children(content_meta, "contributor"):
        role = each.get("role", "").lower()
        if any(word in role for word in _WRITING_ROLES):
            found.append(_name(each))
    return list(filter(None, found))


def _g2_subjects(content_meta: _Element | None, language: str) -> Iterator[str]:
    """Yield the names of subjects in the language of the article, and keywords."""
    for subject in _children(content_meta, "subject"):
        kind = re.split(r"[:/]", subject.get("type") or subject.get("typeuri") or "")[-1]
        if kind.lower() not in _NAMED:
            yield _name(subject, language) or subject.get("literal", "")
    for keyword in _children(content_meta, "keyword"):
        yield inline(keyword)


def _is_beside(element: _Element) -> bool:
    role = re.split(r"[:/]", element.get("role") or element.get("roleuri") or "")[-1].lower()
    return any(part in role for part in _SIDE_ROLES)


def _party(element: _Element | None) -> str:
    """Return the name of an organisation."""
    return "" if element is None else _name(element) or element.get("literal", "").strip()


def _name(element: _Element, language: str = "") -> str:
    """Return the name of what an element stands for: in *language* where there is one in it, else the first."""
    return _text_in(_children(element, "name"), language)


def _code(element: _Element | None, attribute: str = "qcode") -> str:
    """Return the last part of a code ("stat:usable") or of its address."""
    if element is None:
        return ""
    code = element.get(attribute) or element.get("uri") or element.get("literal") or ""
    return code if attribute == "tag" else re.split(r"[:/#]", code.strip().rstrip("/"))[-1]


def _language_around(item: _Element) -> str:
    """Return the language that an item, or what it lies in, is in by ``xml:lang``."""
    inner: _Element | None = item
    while inner is not None:
        if language := inner.get(_LANG):
            return str(language)
        inner = inner.getparent()
    return ""


# NewsML 1.x


def _newsml_1_item(source: Origin, line: int | None, item: _Element) -> _Item:
    identifier = next(item.iter("{*}NewsIdentifier"), None)
    management = _child(item, "NewsManagement")
    ids = [_text(identifier, name) for name in ("ProviderId", "DateId", "NewsItemId")]
    own_id = f"urn:newsml:{':'.join(ids)}" if ids[2] else _public_id(identifier)
    texts = list(_texts(item))
    kinds = {each.get("FormalName", "").lower() for each in item.iter("{*}MediaType")}
    are_captions = all(
        "caption" in _role(each, item) or "legend" in _role(each, item) for each in texts
    )
    if are_captions and kinds & _NO_TEXT and kinds - {"text"} <= _NO_TEXT:
        return _Item({}, why_none="an item of pictures, films or sounds alone is no article")
    if _child(item, "Update") is not None and _child(item, "NewsComponent") is None:
        return _Item({}, why_none="an update of parts of an item is not read")
    if not texts and any(
        "text" in _formal(each, "MediaType").lower()
        for each in item.iter("{*}ContentItem")
        if each.get("Href")
    ):
        source.remarks.count(
            line, "no words", "its text is in another file (Href), which is not fetched"
        )
    main = texts[0] if texts else None
    if len(texts) > 1:
        reason = "a second text of an item is no part of its article"
        source.remarks.count(line, "value not used", reason)
    found = _Content() if main is None else _data(source, line, main)
    status = _formal(management, "Status")
    until = _until(management)
    if until and status.lower() == "withheld":
        status = "embargoed"
    if status.lower() == "embargoed" and not until:
        until = NO_END_SAID
    language = next((str(each.get("FormalName", "")) for each in item.iter("{*}Language")), "")
    language = language or _language_around(item)
    lines = _Lines(item, main, language)
    label = _text(_child(item, "Identification"), "NameLabel")
    keywords = [inline(each) for each in item.iter("{*}KeywordLine")]
    sources = (_party_1(item, "Provider"), _party_1(item, "Source"), lines.text("CreditLine"))
    record: dict[str, object] = {
        "NewsItemId": own_id,
        "ThisRevisionCreated": _date(management, "ThisRevisionCreated"),
        "FirstCreated": _date(management, "FirstCreated"),
        "HeadLine": lines.text("HeadLine") or found.headline or lines.text("SlugLine") or label,
        "DataContent": found.body,
        "abstract": found.abstract,
        "ByLine": "; ".join(lines.texts("ByLine")) or found.byline,
        "Provider": publisher(_first(sources)),
        "Language": language,
        "Topic": list(_topics(item, language)),
        # One line is a list of its own: "port, strike".
        "KeywordLine": keywords[0] if len(keywords) == 1 else keywords,
        "Keyword": list(_properties(item)),
        "pubStatus": status,
        "embargoed": until,
    }
    return _Item(record, own_id, _number(_text(identifier, "RevisionId")))


class _Lines:
    """What the lines around a text say: those next to it, else the first of the item."""

    __slots__ = ("_language", "_near")

    def __init__(self, item: _Element, main: _Element | None, language: str) -> None:
        self._language = language
        self._near: list[_Element] = []
        inner = main
        while inner is not None and inner is not item:
            self._near += _children(inner, "NewsLines")
            inner = inner.getparent()
        self._near += [each for each in item.iter("{*}NewsLines") if each not in self._near]

    def text(self, name: str) -> str:
        return _first(self.texts(name))

    def texts(self, name: str) -> list[str]:
        """Return what the lines of that name say, of the nearest lines that have any."""
        said = (_all_in(_children(each, name), self._language) for each in self._near)
        return next(filter(None, said), [])


def _texts(item: _Element) -> Iterator[_Element]:
    """Yield the contents that are texts: first those in the role of the main one, last those that stand beside it."""
    found: dict[int, list[_Element]] = {}
    for content in item.iter("{*}ContentItem"):
        kind = _formal(content, "MediaType").lower()
        if kind in _NO_TEXT or _child(content, "DataContent") is None:
            continue
        role = _role(content, item)
        found.setdefault(_rank(role), []).append(content)
    for rank in sorted(found):
        yield from found[rank]


def _rank(role: str) -> int:
    """Return how far a role is from that of the text of an article, 0 for it."""
    if role.startswith("main"):
        return 0
    if any(part in role for part in _SIDE_TEXTS):
        return 3
    return 1 if role in _TEXTS else 2


def _role(content: _Element, item: _Element) -> str:
    """Return the role of the innermost component around a content that has one."""
    inner: _Element | None = content
    while inner is not None and inner is not item:
        if role := _formal(inner, "Role"):
            return role.lower()
        inner = inner.getparent()
    return ""


def _data(source: Origin, line: int | None, content: _Element) -> _Content:
    data = _child(content, "DataContent")
    if data is None:
        return _Content()
    if (
        _child(content, "Encoding") is not None
        or next(data.iterchildren("{*}Encoding"), None) is not None
    ):
        source.remarks.count(line, "value not used", "a text in base64 or the like is not read")
        return _Content()
    if next(data.iterchildren("*"), None) is None:
        return _Content(text_in(data).strip())
    return _markup(source, line, data)


def _until(management: _Element | None) -> str:
    """Return when an item that is under an embargo becomes usable."""
    change = _child(management, "StatusWillChange")
    is_usable = _formal(change, "FutureStatus").lower() == "usable"
    return _date(change, "DateAndTime") if is_usable else ""


def _public_id(identifier: _Element | None) -> str:
    """Return the public identifier without its last part, the number of the revision."""
    whole = _text(identifier, "PublicIdentifier")
    revision = _text(identifier, "RevisionId")
    return whole.removesuffix(f":{revision}") if revision else whole


def _party_1(item: _Element, name: str) -> str:
    for holder in item.iter(f"{{*}}{name}"):
        for party in holder.iterchildren("{*}Party"):
            if formal := party.get("FormalName", "").strip():
                return str(formal)
    return ""


def _topics(item: _Element, language: str) -> Iterator[str]:
    """Yield the names of subjects that the item itself explains, in its language where they have one in it."""
    for topic in item.iter("{*}Topic"):
        if not _formal(topic, "TopicType").lower().startswith("subject"):
            continue
        names = [
            each
            for each in _children(topic, "Description")
            if each.get("Variant") in (None, "Name")
        ]
        wanted = language.lower().partition("-")[0]
        names.sort(key=lambda each: each.get(_LANG, "").lower().partition("-")[0] != wanted)
        yield _first_text(names)


def _properties(item: _Element) -> Iterator[str]:
    for each in item.iter("{*}Property"):
        if each.get("FormalName", "").lower() == "keyword":
            yield each.get("Value", "")


def _formal(element: _Element | None, name: str) -> str:
    child = _child(element, name)
    return "" if child is None else str(child.get("FormalName", "")).strip()


# Both


def _children(element: _Element | None, name: str) -> list[_Element]:
    return [] if element is None else list(element.iterchildren(f"{{*}}{name}"))


def _child(element: _Element | None, name: str) -> _Element | None:
    return None if element is None else next(element.iterchildren(f"{{*}}{name}"), None)


def _text(element: _Element | None, name: str) -> str:
    """Return the text of the first child of that name, in a line."""
    return _first_text(_children(element, name))


def _first(texts: Iterable[str]) -> str:
    return next(filter(None, texts), "")


def _first_text(found: list[_Element]) -> str:
    return _first(map(inline, found))


def _text_in(found: list[_Element], language: str) -> str:
    """Return the first text in *language*, else the first in none, else the first."""
    return _first(_all_in(found, language))


def _all_in(found: list[_Element], language: str) -> list[str]:
    """Return the texts in *language*, else those in none, else those in the language of the first."""
    if len(found) == 1:  # nearly always
        return list(filter(None, (inline(found[0]),)))
    texts: dict[str, list[str]] = {}
    for each in found:
        if text := inline(each):
            texts.setdefault(_main_part(each.get(_LANG, "")), []).append(text)
    if not texts:
        return []
    return texts.get(_main_part(language)) or texts.get("") or next(iter(texts.values()))


def _main_part(language: str) -> str:
    return language.lower().partition("-")[0]


def _date(element: _Element | None, name: str) -> str:
    return as_iso(_text(element, name))


def _number(version: str) -> int:
    return int(version) if version.isascii() and version.isdecimal() and len(version) < 20 else 0
