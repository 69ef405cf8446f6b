"""Topics: single subjects out of the many forms in which records and pages list keywords, tags and categories."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping

from search.readers.markup import plain
from search.readers.values import NULLS, list_of
from search.text.spacing import single_spaced

#: No article needs more, and no topic is longer: what is, is a text.
MAX_TOPICS = 100
MAX_TOPIC_CHARS = 200
#: Characters of a text of topics that are read, and how deep lists are nested.
_MAX_TEXT_CHARS = 20_000
_MAX_DEPTH = 4

#: Words that stand for nothing where a program wrote down a missing value.
_NOTHING = NULLS | {"na", "-", "--"}
#: Where an object has the name of a subject, best first. "qcode" and "code" are better than no topic.
_NAMES = (
    "name", "prefLabel", "label", "webTitle", "title", "term", "tag", "rendered", "text", "value", "literal",
    "$t", "#text", "_", "@value", "keyword", "slug", "qcode", "code",
)  # fmt: skip
#: Kinds of keywords at the New York Times, where "name" is the kind and "value" the subject.
_KINDS = frozenset(
    ("subject", "persons", "glocations", "organizations", "creative_works", "des", "org", "per", "geo", "ttl")
)  # fmt: skip
#: Types of tags at the Guardian that are not what an article is about.
_OTHER_TYPES = frozenset(
    ("contributor", "tone", "type", "publication", "newspaper-book", "newspaper-book-section", "tracking")
)  # fmt: skip
#: What readers of feeds note of an article, and the folder that a person keeps its feed in.
_LABEL = re.compile(r"user/[^/]+/label/")
_STATE = re.compile(r"user/[^/]+/(?:state|source)/")

_HASHTAGS = re.compile(r"\s*(?:#[^\s#,;|]++\s*+)++")
_STRONG = re.compile(r"[;|\r\n\t；]")
_WEAK = re.compile(r"[,，、،]")
_QUOTES = "\"'“”„«»‚‘’ "


def topics_of(value: object) -> tuple[str, ...]:
    """Return the single topics that *value*, of a record or a page, lists; each once.

    It may be a text ("Politics, Europe"), a list of texts or of objects that have a name, as IPTC, ninjs, Guardian,
    WordPress and JSON-LD have them, a list in lists, or a list that a program wrote down as text. In a text,
    semicolons, bars and line ends part topics; only where there are none do commas.
    """
    return distinct(_topics(value, 0))


def distinct(topics: Iterable[str]) -> tuple[str, ...]:
    """Return *topics* with single blanks, without those that say nothing, and of equal ones but for case the first."""
    found: dict[str, str] = {}
    for topic in topics:
        cleaned = single_spaced(topic)
        key = cleaned.casefold()
        if cleaned and key not in _NOTHING:
            found.setdefault(key, cleaned)
    return tuple(found.values())


def _topics(value: object, depth: int) -> Iterator[str]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, str):
        yield from _in_text(value) if depth == 0 else _single(value)
    elif isinstance(value, Mapping):
        yield from _in_object(value, depth)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _topics(each, depth + 1)


def _in_text(text: str) -> Iterator[str]:
    """Yield the topics of a text that may hold several."""
    text = html.unescape(plain(text[:_MAX_TEXT_CHARS])).strip()
    if (listed := list_of(text)) is not None:
        yield from _topics(listed, 1)
        return
    if text.startswith("{"):
        try:
            yield from _topics(json.loads(text), 1)
            return
        except (ValueError, RecursionError):
            pass
    if _HASHTAGS.fullmatch(text):
        parts = text.replace("#", " ").split()
    else:
        parts = (_STRONG if _STRONG.search(text) else _WEAK).split(text)
    for part in parts:
        yield from _single(part)


def _single(text: str) -> Iterator[str]:
    """Yield the one topic of a text, none where that is a mark that a program made."""
    topic = html.unescape(plain(text)).strip(_QUOTES).removeprefix("#")
    if (label := _LABEL.match(topic)) is not None:
        topic = topic[label.end() :]
    if topic and not _STATE.match(topic):
        yield topic


def _in_object(value: Mapping[object, object], depth: int) -> Iterator[str]:
    kind = value.get("type")
    if isinstance(kind, str) and kind in _OTHER_TYPES and "webTitle" in value:
        return
    names: tuple[str, ...] = _NAMES
    if isinstance(kind := value.get("name"), str) and kind in _KINDS and value.get("value"):
        names = ("value",)
    for name in names:
        inner = value.get(name)
        if isinstance(inner, str) and inner.strip():
            yield from _single(inner)
            return
        if isinstance(inner, Mapping | list | tuple) and inner:
            yield from _topics(inner, depth + 1)
            return
    # An object of objects or lists: {"people": ["Ann Lee"], "places": ["Riga"]}.
    for inner in value.values():
        if isinstance(inner, Mapping | list | tuple):
            yield from _topics(inner, depth + 1)
