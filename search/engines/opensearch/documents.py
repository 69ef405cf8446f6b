"""A document as the server gets it, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields as attributes_of
from functools import lru_cache
from typing import Any, NamedTuple
from zlib import crc32

from search.engines.opensearch.mapping import (
    FORMS,
    KEYS,
    REST,
    SPELLINGS,
    STEMS,
    TEXTS,
    VOCABULARY,
    bounded,
    language_term,
    layout_of,
)
from search.engines.opensearch.weighted import weighted_words
from search.engines.opensearch.wording import WORDING, Worded, is_long, of_name, stems_of_name
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
from search.text.stems import stem_language

_INSTANTS = ("published", "embargoed_until")
_NOT_ENRICHED = Enrichment()
#: What is kept of an article, each with its default.
_ATTRIBUTES = [(each.name, each.default) for each in attributes_of(Article) if each.compare]


def lines_of(
    documents: Sequence[Document],
    more: Sequence[Mapping[str, Any]] = (),
    fields: FieldTable = FIELDS,
    *,
    is_native: bool = False,
) -> list[bytes]:
    """Return what the server is sent for each of *documents*, as JSON in one line; each may have *more* fields.

    With *is_native* it is sent what it needs to score by itself, too.

    ``added``, ``revision`` and ``story`` are there where the document has them: otherwise publishing gives them.
    """
    makes = _makes(fields)
    texts = [makes.texts_of(document) for document in documents]
    long = dict.fromkeys((each.language, text) for each in texts for text in each.long)
    worded = dict(zip(long, WORDING.of_texts(list(long)), strict=True))
    lines = []
    for number, (document, own) in enumerate(zip(documents, texts, strict=True)):
        kept = _encode_kept(kept_of(document))
        source = _source_of(document, own, makes)
        words = _words_of(own, worded, makes, source)
        source["sum"] = crc32(kept.encode())
        if is_native:
            source.update(weighted_words(words, makes.layout))
        if more:
            source.update(more[number])
        # What is kept is made into JSON once, for its checksum, and words need nothing but signs between them.
        parts = [f'"doc":{kept}', *[f'"{name}":{_listed(each)}' for name, each in words.items()]]
        lines.append(f"{{{','.join(parts)},{_encode_source(source)[1:]}".encode())
    return lines


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


_encode_source = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
#: With the keys in order: what is read back may have them in another one.
_encode_kept = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


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


# What is indexed


class _Texts(NamedTuple):
    """The texts of one document that have words."""

    language: str
    #: The values of each field.
    values: Mapping[str, Sequence[str]]
    #: For each row of `_Makes.searched` those that are not blank, and what only a query for a field searches by the name of that.
    searched: Sequence[Sequence[str]]
    by_field: Mapping[str, Sequence[str]]
    #: Those that are not to be remembered.
    long: Sequence[str]


class _Row(NamedTuple):
    """A field that a bare word searches: its name, what a word of it weighs, and which field of the index has it."""

    name: str
    weight: int
    field: str
    #: Whether its values are names, which come again and again.
    has_names: bool


class _Makes:
    """What takes documents apart, by a field table."""

    def __init__(self, fields: FieldTable) -> None:
        self.layout = layout_of(fields)
        self.has_languages = "lang" in fields.facets
        self.searched = [
            _Row(
                row.name,
                row.weight,
                self.layout.field_of[row.name],
                row.name not in fields.stemmed,
            )
            for row in fields.searched
        ]
        rows = [row for row in fields if row.is_facet or row.kind in ("text", "names", "filter")]
        self._values = [(row.name, row.values_getter()) for row in rows]
        #: Of entities also the other forms of their names.
        self._texts = [(row.name, row.texts_getter()) for row in rows if row.is_entity]
        self._by_field = [(row.name, row.is_entity) for row in rows if row.name in fields.texts]

    def texts_of(self, document: Document) -> _Texts:
        """Return the texts of a document."""
        by_field, searched = {}, []
        long: list[str] = []
        values = {name: values_of(document) for name, values_of in self._values}
        for row in self.searched:
            own = [each for each in values[row.name] if each and not each.isspace()]
            searched.append(own)
            long += own if not row.has_names else [each for each in own if is_long(each)]
        every = values | {name: texts_of(document) for name, texts_of in self._texts}
        for name, is_known in self._by_field:
            if texts := every[name]:
                by_field[name] = with_known_forms(texts) if is_known else texts
        for name, members in self.layout.fields.groups.items():
            if texts := tuple(dict.fromkeys([text for each in members for text in every[each]])):
                by_field[name] = with_known_forms(texts)
        for texts in by_field.values():
            long += [text for text in texts if is_long(text)]
        language = stem_language(document.article.language)
        return _Texts(language, values, searched, by_field, long)


@lru_cache(maxsize=8)
def _makes(fields: FieldTable) -> _Makes:
    return _Makes(fields)


def _source_of(
    document: Document,
    texts: _Texts,
    makes: _Makes,
) -> dict[str, Any]:
    """Return all but words and what is kept."""
    article = document.article
    source: dict[str, Any] = {"id": article.article_id}
    _add_facets(source, texts, makes)
    if article.published is not None:
        _add_date(source, article)
    if article.embargoed_until is not None:
        source["embargoed_until"] = to_microseconds(article.embargoed_until)
    if article.is_withdrawn:
        source["withdrawn"] = True
    language = article.language.strip() if makes.has_languages else ""
    source["tagged"] = bounded(f"{document.enrichment.tagger}\t{language}")
    if document.added is not None:
        source["added"] = to_microseconds(document.added)
    if document.revision:
        source["revision"] = document.revision
    if document.story >= 0:
        source["story"] = document.story
    return source


def _words_of(
    texts: _Texts,
    worded: Mapping[tuple[str, str], Worded],
    makes: _Makes,
    source: dict[str, Any],
) -> dict[str, list[str]]:
    """Return forms and stems of all that is searched, and the distinct forms of each field.

    *worded* has the words of long texts; how many they are is added to *source*.
    """
    made: dict[str, list[str]] = {}
    language, layout = texts.language, makes.layout
    source["stems"] = language_term(language)
    length = 0
    distinct: dict[str, set[str]] = {}
    for row, values in zip(makes.searched, texts.searched, strict=True):
        own = distinct.setdefault(row.field, set())
        for text in values:
            if row.has_names and not is_long(text):
                words, stems = of_name(text), stems_of_name(language, text)
            else:
                words, stems = worded[language, text]
            if words.length:
                length += row.weight * words.length
                own.update(words.distinct)
                made.setdefault(FORMS + row.field, []).append(words.forms)
                made.setdefault(STEMS + row.field, []).append(stems)
    source["wl"] = length
    main = distinct[layout.main]
    rest = set[str]().union(*distinct.values()) - main
    vocabularies = {name: distinct[name] for name in layout.fields.stemmed} | {REST: rest}
    for name, own_texts in texts.by_field.items():
        every = [
            worded[language, text].words if is_long(text) else of_name(text) for text in own_texts
        ]
        if found := [words.forms for words in every if words.length]:
            made[TEXTS + name] = found
            vocabularies[name] = set[str]().union(*[words.distinct for words in every])
    for name, forms in vocabularies.items():
        if forms:
            made[VOCABULARY + name] = list(forms)
    return made


def _listed(words: Sequence[str]) -> str:
    """Return words as a list in JSON."""
    joined = '","'.join(words)
    has_signs = joined.count('"') > 2 * (len(words) - 1) or "\\" in joined
    if has_signs or not joined.isprintable():
        return _encode_source(words)
    return f'["{joined}"]'


def _add_facets(source: dict[str, Any], texts: _Texts, makes: _Makes) -> None:
    for name in makes.layout.fields.facets:
        terms = [
            _terms(value) if is_long(value) else _terms_of(value)
            for value in texts.values[name]
            if value and not value.isspace()
        ]
        if terms:
            source[KEYS + name] = list(dict.fromkeys([key for key, _ in terms]))
            source[SPELLINGS + name] = [spelling for _, spelling in terms]


def _terms(value: str) -> tuple[str, str]:
    """Return the key of a value of a facet, and the term of how it is spelt."""
    key = bounded(facet_key(value))
    return key, spelling_term(key, value)


_terms_of = lru_cache(maxsize=50_000)(_terms)


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
