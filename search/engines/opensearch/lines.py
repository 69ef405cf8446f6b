"""A document as the server gets it: a line of JSON, put together of parts of which most were made for a document before."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple
from zlib import crc32

from search.engines.opensearch.documents import kept_as_json
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
from search.engines.opensearch.wording import (
    WORDING,
    Remembered,
    Worded,
    Words,
    as_json,
    is_long,
    of_name,
    stems_of_name,
)
from search.engines.protocol.facets import facet_key
from search.engines.records import to_microseconds
from search.model.article import PRECISIONS, Article, Document
from search.model.fields import FIELDS, FieldTable
from search.text.known_names import with_known_forms
from search.text.stems import stem_language

#: Words that are found out for many texts at once, by language and text.
_Found = Mapping[tuple[str, str], Worded]


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
    long = list(dict.fromkeys([(each.language, text) for each in texts for text in each.long]))
    found = dict(zip(long, WORDING.of_texts(long), strict=True))
    lines = []
    for number, (document, own) in enumerate(zip(documents, texts, strict=True)):
        kept = kept_as_json(document)
        source = _source_of(document, own.language, makes)
        source["sum"] = crc32(kept.encode())
        parts = [f'"doc":{kept}']
        searched = _add_words(parts, source, own, found, makes)
        _add_facets(parts, own.values, makes)
        if is_native:
            source.update(weighted_words(_unquoted(searched), makes.layout))
        if more:
            source.update(more[number])
        lines.append(f"{{{','.join(parts)},{_encode(source)[1:]}".encode())
    return lines


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


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
        self.layout: Layout = layout_of(fields)
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
        self.stemmed = fields.stemmed
        self.facets = fields.facets
        rows = [row for row in fields if row.is_facet or row.kind in ("text", "names", "filter")]
        self._values = [(row.name, row.values_getter()) for row in rows]
        #: Of entities also the other forms of their names.
        self._texts = [(row.name, row.texts_getter()) for row in rows if row.is_entity]
        self._by_field = [(row.name, row.is_entity) for row in rows if row.name in fields.texts]
        self._groups = list(fields.groups.items())

    def texts_of(self, document: Document) -> _Texts:
        """Return the texts of a document."""
        values = {name: values_of(document) for name, values_of in self._values}
        searched = []
        long: list[str] = []
        for row in self.searched:
            own = values[row.name]
            if own:
                own = tuple([each for each in own if each and not each.isspace()])
                if not row.has_names:
                    long += own
            searched.append(own)
        every = values
        if document.enrichment.entities:
            every = values | {name: texts_of(document) for name, texts_of in self._texts}
        by_field = {}
        for name, is_known in self._by_field:
            if texts := every[name]:
                by_field[name] = with_known_forms(texts) if is_known else texts
        for name, members in self._groups:
            if texts := tuple(dict.fromkeys([text for each in members for text in every[each]])):
                by_field[name] = with_known_forms(texts)
        # All names that are searched are among those.
        long += [text for texts in by_field.values() for text in texts if is_long(text)]
        return _Texts(stem_language(document.article.language), values, searched, by_field, long)


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


#: Of texts that are not long: their words, and by language the terms of their stems.
_WORDS: Remembered[Words] = Remembered(of_name)
_STEMS: Remembered[Remembered[str]] = Remembered(
    lambda language: Remembered(partial(stems_of_name, language))
)


def _add_words(
    parts: list[str], source: dict[str, Any], texts: _Texts, found: _Found, makes: _Makes
) -> dict[str, list[str]]:
    """Add forms and stems of all that is searched, and the distinct forms of each field; return forms and stems by field.

    *found* has the words of long texts; how many they are is added to *source*.
    """
    language, main = texts.language, makes.layout.main
    stems_of = _STEMS[language]
    length = 0
    made: dict[str, list[str]] = {}
    distinct: dict[str, set[str]] = {}
    for row, values in zip(makes.searched, texts.searched, strict=True):
        for text in values:
            if row.has_names and not is_long(text):
                words, stems = _WORDS[text], stems_of[text]
            else:
                words, stems = found[language, text]
            if words.length:
                field = row.field
                length += row.weight * words.length
                if field in distinct:
                    distinct[field].update(words.distinct)
                    made[FORMS + field].append(words.forms)
                    made[STEMS + field].append(stems)
                else:
                    distinct[field] = set(words.distinct)
                    made[FORMS + field], made[STEMS + field] = [words.forms], [stems]
    source["wl"] = length
    parts += [f'"{name}":[{",".join(each)}]' for name, each in made.items()]
    rest = set[str]().union(*distinct.values())
    rest.difference_update(distinct.get(main, ()))
    if rest:
        parts.append(f'"{VOCABULARY}{REST}":[{",".join(rest)}]')
    for name in makes.stemmed:
        if name in distinct:
            parts.append(f'"{VOCABULARY}{name}":[{",".join(distinct[name])}]')
    for name, own in texts.by_field.items():
        every = [_WORDS[text] if not is_long(text) else found[language, text].words for text in own]
        if forms := [words.forms for words in every if words.length]:
            parts.append(f'"{TEXTS}{name}":[{",".join(forms)}]')
            known = {form for words in every for form in words.distinct}
            parts.append(f'"{VOCABULARY}{name}":[{",".join(known)}]')
    return made


def _unquoted(made: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    return {name: [json.loads(each) for each in listed] for name, listed in made.items()}


# Facets


def _add_facets(parts: list[str], values: Mapping[str, Sequence[str]], makes: _Makes) -> None:
    for name in makes.facets:
        if own := values[name]:
            terms = [
                _TERMS[value] if not is_long(value) else _terms(value)
                for value in own
                if value and not value.isspace()
            ]
            if terms:
                keys = dict.fromkeys([key for key, _ in terms])
                parts.append(f'"{KEYS}{name}":[{",".join(keys)}]')
                spelt = ",".join([spelling for _, spelling in terms])
                parts.append(f'"{SPELLINGS}{name}":[{spelt}]')


def _terms(value: str) -> tuple[str, str]:
    """Return the key of a value of a facet, and the term of how it is spelt, as JSON."""
    key = bounded(facet_key(value))
    return as_json(key), as_json(f"{key}\n{bounded(value)}")


_TERMS = Remembered(_terms)
