"""A document as the server gets it: a line of JSON, put together of parts of which most were made for a document before."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple, TypeVar
from zlib import crc32

from search.engines.opensearch.documents import kept_of
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
)
from search.engines.opensearch.weighted import weighted_words
from search.engines.opensearch.wording import WORDING, Found, Wanted, as_json
from search.engines.protocol.facets import facet_key
from search.engines.records import to_microseconds
from search.model.article import PRECISIONS, Article, Document
from search.model.fields import FIELDS, FieldTable
from search.text.known_names import with_known_forms
from search.text.stems import stem_language
from search.text.words import forms_of

T = TypeVar("T")

#: Longer texts seldom come again.
_NAME_CHARS = 80
#: How many names there are of which something is remembered, at most.
_MOST_NAMES = 50_000


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
    from search.engines.opensearch.wire import packed, packed_in_order

    makes, wanted = _makes(fields), Wanted()
    texts = [makes.texts_of(document, wanted) for document in documents]
    found = WORDING.found(wanted)
    lines = []
    for number, (document, own) in enumerate(zip(documents, texts, strict=True)):
        kept = packed_in_order(kept_of(document))
        source = _source_of(document, own.language, makes)
        source["sum"] = crc32(kept)
        searched, source["wl"] = _searched_words(own, found)
        if is_native:
            source.update(weighted_words(_unquoted(searched), makes.layout))
        if more:
            source.update(more[number])
        parts = [b'"%s":[%s]' % (name, b",".join(each)) for name, each in searched.items()]
        _add_texts(parts, own, found)
        _add_vocabularies(parts, own, found)
        parts += own.parts
        parts.append(b"")
        lines.append(b'{"doc":%s,%s%s' % (kept, b",".join(parts), packed(source)[1:]))
    return lines


class _Row(NamedTuple):
    """A field that a bare word searches: its name, what a word of it weighs, and the fields of the index that have forms and stems."""

    name: str
    weight: int
    forms: bytes
    stems: bytes
    #: Whether its values are names: their different words are sent with those of other names.
    has_names: bool


class _Texts(NamedTuple):
    """The texts of one document that have words, by their numbers in `Wanted`."""

    language: str
    #: Of each field that a bare word searches.
    searched: Sequence[tuple[_Row, Sequence[int]]]
    #: What a query for a field or group searches, by the field of the index that has its forms.
    texts: Sequence[tuple[bytes, Sequence[int]]]
    #: The fields of vocabularies, and the number of each.
    vocabularies: Sequence[tuple[bytes, int]]
    #: Parts of the line that are known already.
    parts: Sequence[bytes]


class Remembered(dict[str, T]):
    """What is made of short texts, which come again and again; all is forgotten where they are too many."""

    def __init__(self, make: Callable[[str], T]) -> None:
        self._make = make

    def __missing__(self, text: str) -> T:
        if len(self) >= _MOST_NAMES:
            self.clear()
        made = self[text] = self._make(text)
        return made


class _Makes:
    """What takes documents apart, by a field table."""

    def __init__(self, fields: FieldTable) -> None:
        self.layout: Layout = layout_of(fields)
        self.has_languages = "lang" in fields.facets
        self._searched = [
            _Row(
                row.name,
                row.weight,
                (FORMS + self.layout.field_of[row.name]).encode(),
                (STEMS + self.layout.field_of[row.name]).encode(),
                row.name not in fields.stemmed,
            )
            for row in fields.searched
        ]
        rows = [row for row in fields if row.is_facet or row.kind in ("text", "names", "filter")]
        self._values = [(row.name, row.values_getter()) for row in rows]
        #: Of entities also the other forms of their names.
        self._texts = [
            (row.name, row.texts_getter())
            for row in rows
            if row.is_entity and row.name in fields.texts
        ]
        self._groups = list(fields.groups.items())
        entities = {name for name, _ in self._texts}
        #: The fields whose texts are their values, and of those whose values come again and again what is made of each.
        self._plain = [
            (row.name, Remembered(partial(self._made_of, row.name)) if row.is_facet else None)
            for row in rows
            if row.name not in entities and (row.name in fields.texts or row.is_facet)
        ]
        self._facets_apart = [row.name for row in rows if row.is_facet and row.name in entities]
        self._is_searched = frozenset(fields.texts)
        self._is_facet = frozenset(fields.facets)
        names = [*fields.stemmed, REST, *fields.texts]
        self._vocabularies = {name: (VOCABULARY + name).encode() for name in names}
        self._forms = {name: (TEXTS + name).encode() for name in fields.texts}

    def texts_of(self, document: Document, wanted: Wanted) -> _Texts:
        """Return the texts of a document, and what is known of it; the words of them are *wanted* then."""
        values = {name: values_of(document) for name, values_of in self._values}
        language = stem_language(document.article.language)
        vocabularies: list[tuple[bytes, int]] = []
        searched = self._searched_of(values, language, vocabularies, wanted)
        texts: list[tuple[bytes, Sequence[int]]] = []
        parts: list[bytes] = []
        number_of = wanted.texts.__getitem__

        def add_texts(name: str, own: Sequence[str]) -> None:
            numbers = list(map(number_of, own))
            texts.append((self._forms[name], numbers))
            vocabularies.append((self._vocabularies[name], wanted.add_vocabulary(numbers)))

        every: Mapping[str, tuple[str, ...]] = values
        if document.enrichment.entities:
            of_entities = {name: own for name, of in self._texts if (own := of(document))}
            for name, own in of_entities.items():
                add_texts(name, with_known_forms(own))
            every = {**values, **of_entities}
        for name, members in self._groups:
            if own := tuple([text for each in members for text in every[each]]):
                add_texts(name, with_known_forms(tuple(dict.fromkeys(own))))
        for name, made in self._plain:
            if not (own := values[name]):
                continue
            if made is not None and len(own) == 1 and len(own[0]) <= _NAME_CHARS:
                if part := made[own[0]]:
                    parts.append(part)
                continue
            if name in self._is_searched:
                add_texts(name, own)
            if name in self._is_facet:
                _add_facet(parts, name, own)
        for name in self._facets_apart:
            if own := values[name]:
                _add_facet(parts, name, own)
        return _Texts(language, searched, texts, vocabularies, parts)

    def _searched_of(
        self,
        values: Mapping[str, Sequence[str]],
        language: str,
        vocabularies: list[tuple[bytes, int]],
        wanted: Wanted,
    ) -> list[tuple[_Row, Sequence[int]]]:
        """Return the texts that a bare word searches, and add their *vocabularies*."""
        searched: list[tuple[_Row, Sequence[int]]] = []
        main: Sequence[int] = ()
        of_main, beside = None, list[int]()
        stemmed = wanted.stemmed.setdefault(language, set())
        for row in self._searched:
            if not (own := values[row.name]):
                continue
            numbers = list(map(wanted.texts.__getitem__, own))
            stemmed.update(numbers)
            searched.append((row, numbers))
            if not row.has_names:
                vocabulary = wanted.add_vocabulary(numbers)
                vocabularies.append((self._vocabularies[row.name], vocabulary))
                if row.name == self.layout.main:
                    main, of_main = numbers, vocabulary
                    continue
            beside += numbers
        if beside:
            number = wanted.add_vocabulary([*main, *beside], of_main)
            vocabularies.append((self._vocabularies[REST], number))
        return searched

    def _made_of(self, name: str, text: str) -> bytes:
        """Return what the line has of a field of which all texts are this one, and which is not long."""
        parts: list[bytes] = []
        if name in self._is_searched and (forms := forms_of(text)):
            known = [as_json(form) for form in dict.fromkeys(forms)]
            part = f'"{TEXTS}{name}":[{as_json(" ".join(forms))}],"{VOCABULARY}{name}":[{",".join(known)}]'
            parts.append(part.encode())
        if name in self._is_facet:
            _add_facet(parts, name, [text])
        return b",".join(parts)


@lru_cache(maxsize=8)
def _makes(fields: FieldTable) -> _Makes:
    return _Makes(fields)


def _source_of(document: Document, language: str, makes: _Makes) -> dict[str, Any]:
    """Return all but words, facets and what is kept."""
    article = document.article
    source: dict[str, Any] = {"id": article.article_id, "stems": language_term(language)}
    if article.published is not None:
        _add_date(source, article)
    if article.embargoed_until is not None:
        source["embargoed_until"] = to_microseconds(article.embargoed_until)
    if article.is_withdrawn:
        source["withdrawn"] = True
    said = article.language.strip() if makes.has_languages else ""
    source["tagged"] = bounded(f"{document.enrichment.tagger}\t{said}")
    if document.added is not None:
        source["added"] = to_microseconds(document.added)
    if document.revision:
        source["revision"] = document.revision
    if document.story >= 0:
        source["story"] = document.story
    return source


def _add_date(source: dict[str, Any], article: Article) -> None:
    assert article.published is not None  # noqa: S101
    published = to_microseconds(article.published)
    source["published"] = published
    source["published_s"] = published // 1_000_000
    source["precision"] = PRECISIONS.index(article.published_precision)
    if article.published_precision in ("year", "month", "day"):
        source["day"] = article.published.toordinal()


# Words


def _searched_words(texts: _Texts, found: Found) -> tuple[dict[bytes, list[bytes]], int]:
    """Return the forms and stems of all that is searched, by the fields of the index that have them, and their weighted number."""
    made: dict[bytes, list[bytes]] = {}
    length = 0
    forms, lengths, stems = found.forms, found.lengths, found.stems[texts.language]
    for row, numbers in texts.searched:
        own = [number for number in numbers if lengths[number]]
        if not own:
            continue
        length += row.weight * sum([lengths[number] for number in own])
        if row.forms not in made:
            made[row.forms], made[row.stems] = [], []
        made[row.forms] += [forms[number] for number in own]
        made[row.stems] += [stems[number] for number in own]
    return made, length


def _add_texts(parts: list[bytes], texts: _Texts, found: Found) -> None:
    """Add the words of texts that only a query for a field or group searches."""
    forms = found.forms
    for name, numbers in texts.texts:
        if own := b",".join([words for number in numbers if (words := forms[number])]):
            parts.append(b'"%s":[%s]' % (name, own))


def _add_vocabularies(parts: list[bytes], texts: _Texts, found: Found) -> None:
    """Add the different forms of fields."""
    for name, number in texts.vocabularies:
        if forms := found.vocabularies[number]:
            parts.append(b'"%s":%s' % (name, forms))


def _unquoted(made: Mapping[bytes, Sequence[bytes]]) -> dict[str, list[str]]:
    return {name.decode(): [json.loads(each) for each in listed] for name, listed in made.items()}


# Facets


def _add_facet(parts: list[bytes], name: str, values: Sequence[str]) -> None:
    terms = [
        _TERMS[value] if len(value) <= _NAME_CHARS else _terms(value)
        for value in values
        if value and not value.isspace()
    ]
    if terms:
        keys = ",".join(dict.fromkeys([key for key, _ in terms]))
        spelt = ",".join([spelling for _, spelling in terms])
        parts.append(f'"{KEYS}{name}":[{keys}],"{SPELLINGS}{name}":[{spelt}]'.encode())


def _terms(value: str) -> tuple[str, str]:
    """Return the key of a value of a facet, and the term of how it is spelt, as JSON."""
    key = bounded(facet_key(value))
    return as_json(key), as_json(f"{key}\n{bounded(value)}")


_TERMS = Remembered(_terms)
