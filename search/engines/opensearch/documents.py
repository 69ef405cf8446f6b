"""What is kept of a document on the server, as JSON and back. `lines.py` says what else the server gets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields as attributes_of
from operator import attrgetter
from typing import Any
from zlib import crc32

from search.engines.records import (
    entities_as_lists,
    entities_of,
    from_microseconds,
    to_microseconds,
)
from search.model.article import (
    Article,
    Credit,
    Document,
    Enrichment,
    unchecked,
)
from search.model.fields import FIELDS, FieldTable

_INSTANTS = ("published", "embargoed_until")
_NOT_ENRICHED = Enrichment()
#: What is kept of an article, each with its default.
_ATTRIBUTES = [(each.name, each.default) for each in attributes_of(Article) if each.compare]
_values_of = attrgetter(*[name for name, _ in _ATTRIBUTES])


def document_of(source: Mapping[str, Any], fields: FieldTable = FIELDS) -> Document:
    """Return the document of a source as the server gives it back: `mapping.KEPT` of what it was sent.

    Where it has no ``added`` that is None: `View.document` knows it.
    """
    kept = source["doc"]
    added = source.get("added")
    return Document(
        _article_of(kept, fields.article),
        _enrichment_of(kept),
        None if added is None else from_microseconds(added),
        source.get("revision", 0),
        source.get("story", -1),
        kept.get("provenance", ""),
    )


# What is given back


def kept_of(document: Document) -> dict[str, Any]:
    """Return article, enrichment and provenance as a value for JSON; what is as by default is left out."""
    article, enrichment = document.article, document.enrichment
    kept: dict[str, Any] = {
        name: value
        for (name, default), value in zip(_ATTRIBUTES, _values_of(article), strict=True)
        if value is not default and value != default
    }
    for name in _INSTANTS:
        if name in kept:
            kept[name] = to_microseconds(kept[name])
    if enrichment.tagger or enrichment.entities:
        kept["enrichment"] = {"tagger": enrichment.tagger, **entities_as_lists(enrichment.entities)}
        if enrichment.as_found is not None:
            kept["enrichment"]["as_found"] = entities_as_lists(enrichment.as_found)
    if document.packed_provenance:
        kept["provenance"] = document.packed_provenance
    return kept


#: With the keys in order: what is read back may have them in another one.
_encode_kept = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), sort_keys=True, check_circular=False
).encode


def checksum_of(kept: Mapping[str, Any]) -> int:
    """Return the checksum of what `kept_of` gives, whatever the order of its keys is by now."""
    return crc32(_encode_kept(kept).encode())


def _article_of(kept: Mapping[str, Any], make: type[Article]) -> Article:
    values = {name: kept[name] for name, _ in _ATTRIBUTES if name in kept}
    for name, value in values.items():
        if name in _INSTANTS:
            values[name] = from_microseconds(value)
        elif name == "credits":
            values[name] = tuple([Credit(*each) for each in value])
        elif isinstance(value, list):
            values[name] = tuple(value)
    return unchecked(make, values)


def _enrichment_of(kept: Mapping[str, Any]) -> Enrichment:
    found = kept.get("enrichment")
    if found is None:
        return _NOT_ENRICHED
    as_found = found.get("as_found")
    return Enrichment(
        entities_of(found), found["tagger"], None if as_found is None else entities_of(as_found)
    )
