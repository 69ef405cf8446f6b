"""A document as the server gets it, and back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields as attributes_of
from functools import cache, lru_cache
from itertools import chain
from typing import Any
from zlib import crc32

from search.engines.opensearch.mapping import (
    FORMS,
    KEYS,
    REST,
    SPELLINGS,
    STEMS,
    TEXTS,
    VOCABULARY,
    Layout,
    bounded,
    language_term,
    layout_of,
    stem_token,
)
from search.engines.protocol.facets import facet_key
from search.engines.records import (
    entities_as_lists,
    entities_of,
    from_microseconds,
    to_microseconds,
)
from search.model.article import (
    PRECISIONS,
    Article,
    Credit,
    Document,
    Enrichment,
    unchecked,
)
from search.model.fields import FIELDS, FieldTable
from search.text.known_names import with_known_forms
from search.text.stems import stem, stem_language
from search.text.words import forms_of

_INSTANTS = ("published", "embargoed_until")
_NOT_ENRICHED = Enrichment()
#: What is kept of an article, each with its default.
_ATTRIBUTES = [(each.name, each.default) for each in attributes_of(Article) if each.compare]


def sources_of(documents: Iterable[Document], fields: FieldTable = FIELDS) -> list[dict[str, Any]]:
    """Return what the server is sent for each of *documents*.

    ``added``, ``revision`` and ``story`` are there where the document has them: otherwise publishing gives them.
    """
    layout = layout_of(fields)
    return [_source_of(document, layout) for document in documents]


def source_of(document: Document, fields: FieldTable = FIELDS) -> dict[str, Any]:
    """Return what `sources_of` does of one document."""
    return _source_of(document, layout_of(fields))


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
    kept: dict[str, Any] = {}
    for name, default in _ATTRIBUTES:
        value = getattr(article, name)
        if value != default:
            kept[name] = to_microseconds(value) if name in _INSTANTS else value
    if enrichment.tagger or enrichment.entities:
        kept["enrichment"] = {"tagger": enrichment.tagger, **entities_as_lists(enrichment.entities)}
        if enrichment.as_found is not None:
            kept["enrichment"]["as_found"] = entities_as_lists(enrichment.as_found)
    if document.packed_provenance:
        kept["provenance"] = document.packed_provenance
    return kept


def checksum_of(kept: Mapping[str, Any]) -> int:
    """Return the checksum of what `kept_of` gives, whatever the order of its keys is by now."""
    text = json.dumps(kept, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return crc32(text.encode())


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


# What is indexed


def _source_of(document: Document, layout: Layout) -> dict[str, Any]:
    article = document.article
    kept = kept_of(document)
    source: dict[str, Any] = {"id": article.article_id, "doc": kept, "sum": checksum_of(kept)}
    _add_words(source, document, layout)
    _add_facets(source, document, layout.fields)
    if article.published is not None:
        _add_date(source, article)
    if article.embargoed_until is not None:
        source["embargoed_until"] = to_microseconds(article.embargoed_until)
    if article.is_withdrawn:
        source["withdrawn"] = True
    has_languages = "lang" in layout.fields.facets
    language = article.language.strip() if has_languages else ""
    source["tagged"] = bounded(f"{document.enrichment.tagger}\t{language}")
    if document.added is not None:
        source["added"] = to_microseconds(document.added)
    if document.revision:
        source["revision"] = document.revision
    if document.story >= 0:
        source["story"] = document.story
    return source


def _add_words(source: dict[str, Any], document: Document, layout: Layout) -> None:
    """Add forms and stems of all that is searched, and the distinct forms of each field."""
    fields = layout.fields
    language = stem_language(document.article.language)
    source["stems"] = language_term(language)
    stem_of = _stem_tokens(language).__getitem__
    length = 0
    distinct: dict[str, set[str]] = {}
    for row in fields.searched:
        name = layout.field_of[row.name]
        values = [_forms(text) for text in row.values_of(document) if text.strip()]
        length += row.weight * sum(map(len, values))
        distinct.setdefault(name, set()).update(chain.from_iterable(values))
        for forms in filter(None, values):
            source.setdefault(FORMS + name, []).append(" ".join(forms))
            source.setdefault(STEMS + name, []).append(" ".join(map(stem_of, forms)))
    source["wl"] = length
    main = distinct[layout.main]
    rest = set[str]().union(*distinct.values()) - main
    vocabularies = {name: distinct[name] for name in fields.stemmed} | {REST: rest}
    for name, texts in _texts(document, fields):
        values = [forms for text in texts if (forms := _forms(text))]
        if values:
            source[TEXTS + name] = [" ".join(forms) for forms in values]
            vocabularies[name] = set(chain.from_iterable(values))
    for name, words in vocabularies.items():
        if words:
            source[VOCABULARY + name] = list(words)


#: Longer texts seldom come again.
_NAME_CHARS = 80


def _forms(text: str) -> Sequence[str]:
    """Return the forms of a text."""
    return _forms_of_name(text) if len(text) <= _NAME_CHARS else forms_of(text)


#: A name comes again and again: in an article for each field that has it, and in the next article.
_forms_of_name = lru_cache(maxsize=50_000)(forms_of)


class _StemTokens(dict[str, str]):
    """The term of the stem of each form that was asked for: words come again in the next article."""

    #: Longer forms are seldom words, and more than these are not of one language.
    _LONGEST, _MOST = 40, 200_000

    def __init__(self, language: str) -> None:
        self._language = language

    def __missing__(self, form: str) -> str:
        token = stem_token(self._language, stem(form, self._language))
        if len(form) <= self._LONGEST:
            if len(self) >= self._MOST:
                self.clear()
            self[form] = token
        return token


@cache
def _stem_tokens(language: str) -> _StemTokens:
    return _StemTokens(language)


def _texts(document: Document, fields: FieldTable) -> Iterable[tuple[str, Sequence[str]]]:
    """Yield the texts that only a query for a field searches, by its name."""
    for name, texts_of in fields.texts.items():
        texts = texts_of(document)
        if texts and (name in fields.groups or fields[name].is_entity):
            texts = with_known_forms(texts)
        if texts:
            yield name, texts


def _add_facets(source: dict[str, Any], document: Document, fields: FieldTable) -> None:
    for name in fields.facets:
        values = [value for value in fields[name].values_of(document) if value.strip()]
        if values:
            keys = [bounded(facet_key(value)) for value in values]
            source[KEYS + name] = list(dict.fromkeys(keys))
            source[SPELLINGS + name] = [
                spelling_term(key, value) for key, value in zip(keys, values, strict=True)
            ]


def spelling_term(key: str, value: str) -> str:
    """Return the term of a value of a facet as it is spelt, *key* being its bounded key."""
    return f"{key}\n{bounded(value)}"


def _add_date(source: dict[str, Any], article: Article) -> None:
    assert article.published is not None  # noqa: S101
    published = to_microseconds(article.published)
    source["published"] = published
    source["published_s"] = published // 1_000_000
    source["precision"] = PRECISIONS.index(article.published_precision)
    if article.published_precision in ("year", "month", "day"):
        source["day"] = article.published.toordinal()
