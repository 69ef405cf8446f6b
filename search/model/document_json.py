"""A document as a value for JSON and back, with nothing lost: the lines of `newssearch export`, docs/formats.md.

The keys are the attributes of `Article` and `Document`, so what is added to these is exported too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from search.model.article import (
    ENTITY_KINDS,
    Article,
    Credit,
    Document,
    Enrichment,
    Entities,
    Entity,
    Mention,
    Provenance,
)

#: Attributes of an article that have another key, and those that are not stored.
_KEYS = {"article_id": "id", "is_withdrawn": "withdrawn"}
_NOT_STORED = {"line"}
_LAST_YEAR = 9000
#: Attribute -> key, in the order of a line.
_OF_ARTICLE = {
    each.name: _KEYS.get(each.name, each.name)
    for each in fields(Article)
    if each.name not in _NOT_STORED
}
_LISTS = {"authors", "authors_as_read", "topics"}
_INSTANTS = {"published", "embargoed_until"}
_MOST = 2**31
#: Engines number stories as they like: on a cluster by 63 bits, so that writers need not ask each other.
_MOST_STORIES = 2**63


def document_as_line(document: Document) -> dict[str, Any]:
    """Return all that is known of a document as a value for `json.dumps`."""
    article, enrichment = document.article, document.enrichment
    line: dict[str, Any] = {}
    for name, key in _OF_ARTICLE.items():
        value = getattr(article, name)
        if name in _INSTANTS:
            value = _as_text(value)
        elif name == "credits":
            value = [credit._asdict() for credit in value]
        line[key] = value
    provenance = document.provenance
    found = enrichment.as_found
    return line | {
        "tagger": enrichment.tagger,
        "entities": _entities_as_json(enrichment.entities),
        "entities_as_found": None if found is None else _entities_as_json(found),
        "added": _as_text(document.added),
        "revision": document.revision,
        "story": document.story,
        "provenance": None
        if provenance is None
        else {**provenance._asdict(), "read_at": _as_text(provenance.read_at)},
    }


def document_of_line(line: object) -> Document:
    """Return the document of a value that `document_as_line` gave. Raises ValueError, which says what is wrong with it.

    Keys that are missing are as by default; there must be an id, a title and a body. What nobody knows of is refused:
    it would be lost.
    """
    if not isinstance(line, Mapping):
        raise ValueError("is no JSON object")
    left = dict(line)
    values: dict[str, Any] = {}
    for name, key in _OF_ARTICLE.items():
        if key in left:
            values[name] = _READ.get(name, _text)(left.pop(key), key)
    if missing := {"article_id", "title", "body"} - values.keys():
        raise ValueError(f"has no {min(_OF_ARTICLE[name] for name in missing)}")
    article = Article(**values)
    length = len(article.tagged_text)
    entities = _entities(left.pop("entities", {}), "entities", length)
    found = left.pop("entities_as_found", None)
    enrichment = Enrichment(
        entities,
        _text(left.pop("tagger", ""), "tagger"),
        None if found is None else _entities(found, "entities_as_found", length),
    )
    document = Document(
        article,
        enrichment,
        _added(left.pop("added", None)),
        _number(left.pop("revision", 0), "revision"),
        _number(left.pop("story", -1), "story", -1, _MOST_STORIES),
        _provenance(left.pop("provenance", None)),
    )
    if left:
        raise ValueError(f"has a key {min(left)!r} that this version does not know")
    return document


def _as_text(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat().replace("+00:00", "Z")


def _entities_as_json(entities: Entities) -> dict[str, Any]:
    return {
        kind: [
            {"name": each.name, "mentions": list(map(list, each.mentions)), "forms": each.forms}
            for each in getattr(entities, kind)
        ]
        for kind in ENTITY_KINDS
    }


def _text(value: object, key: str) -> str:
    if not isinstance(value, str) or ("\0" in value and key != "body"):
        raise ValueError(f"{key} is no text")
    return value


def _texts(value: object, key: str) -> tuple[str, ...]:
    return tuple(_text(each, key) for each in _list(value, key))


def _list(value: object, key: str) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"{key} is no list")
    return value


def _object(value: object, key: str, names: tuple[str, ...]) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or not value.keys() <= set(names):
        raise ValueError(f"{key} is no object of {', '.join(names)}")
    return value


def _truth(value: object, key: str) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{key} is neither true nor false")
    return value


def _number(value: object, key: str, least: int = 0, before: int = _MOST) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value < before:
        raise ValueError(f"{key} is no whole number from {least}")
    return value


def instant_of(value: object, key: str) -> datetime | None:
    """Return the instant, aware UTC, that a *value* under *key* is; None where it is None. Raises ValueError."""
    if value is None:
        return None
    try:
        instant = datetime.fromisoformat(_text(value, key))
        return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as exc:
        raise ValueError(f"{key} is no instant such as 2024-05-17T09:30:00Z") from exc


def _added(value: object) -> datetime | None:
    """Return when a document came; what comes after it comes later, so it cannot be at the end of time."""
    added = instant_of(value, "added")
    if added is not None and added.year > _LAST_YEAR:
        raise ValueError(f"added is later than the year {_LAST_YEAR}")
    return added


def _credits(value: object, key: str) -> tuple[Credit, ...]:
    objects = [_object(each, key, Credit._fields) for each in _list(value, key)]
    return tuple(Credit(*(_text(each.get(n, ""), key) for n in Credit._fields)) for each in objects)


def _entities(value: object, key: str, length: int) -> Entities:
    kinds = _object(value, key, ENTITY_KINDS)
    return Entities(
        **{kind: tuple(_entity(e, key, length) for e in _list(kinds[kind], key)) for kind in kinds}
    )


def _entity(value: object, key: str, length: int) -> Entity:
    found = _object(value, key, Entity._fields)
    mentions = []
    for each in _list(found.get("mentions", []), key):
        start, end = (_number(at, key) for at in _list(each, key)[:2] + [None] * (2 - len(each)))
        if len(each) != 2 or not start < end <= length:
            raise ValueError(f"{key} has a mention that is not in the text: {each}")
        mentions.append(Mention(start, end))
    name = _text(found.get("name"), key)
    return Entity(name, tuple(mentions), _texts(found.get("forms", []), key))


def _provenance(value: object) -> str:
    if value is None:
        return ""
    key = "provenance"
    found = _object(value, key, Provenance._fields)
    line = found.get("line")
    texts = {name: _text(found.get(name, ""), key) for name in ("file", "member", "url", "reader")}
    for text in texts.values():
        text.encode()  # a lone surrogate is a ValueError
    return Provenance(
        **texts,
        line=None if line is None else _number(line, key),
        read_at=instant_of(found.get("read_at"), key),
    ).packed()


#: Attribute of an article -> what reads its value; a text where nothing is named.
_READ: dict[str, Callable[[object, str], Any]] = {
    **dict.fromkeys(_LISTS, _texts),
    **dict.fromkeys(_INSTANTS, instant_of),
    "credits": _credits,
    "is_withdrawn": _truth,
}
