"""A document as the server gets it: a line of JSON, put together of parts of which most were made for a document before."""

from __future__ import annotations

import itertools
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple
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
from search.engines.opensearch.wording import (
    NAME_CHARS,
    WORDING,
    Remembered,
    Worded,
    Words,
    as_json,
    of_name,
    stemmed_name,
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
    from search.engines.opensearch.wire import packed, packed_in_order

    makes = _makes(fields)
    texts = [makes.texts_of(document) for document in documents]
    makes.learn(texts)
    long = list(dict.fromkeys([(each.language, text) for each in texts for text in each.long]))
    found = dict(zip(long, WORDING.of_texts(long), strict=True))
    lines = []
    for number, (document, own) in enumerate(zip(documents, texts, strict=True)):
        kept = packed_in_order(kept_of(document))
        source = _source_of(document, own.language, makes)
        source["sum"] = crc32(kept)
        parts: list[str] = []
        searched = _add_words(parts, source, own, found, makes)
        makes.add_plain(parts, own, found)
        for name in makes.facets_apart:
            if values := own.values[name]:
                _add_facet(parts, name, values)
        if is_native:
            source.update(weighted_words(_unquoted(searched), makes.layout))
        if more:
            source.update(more[number])
        parts.append("")
        lines.append(b'{"doc":%s,%s%s' % (kept, ",".join(parts).encode(), packed(source)[1:]))
    return lines


class _Texts(NamedTuple):
    """The texts of one document that have words."""

    language: str
    #: The values of each field.
    values: Mapping[str, Sequence[str]]
    #: What a query for a field or group searches, by the name of that, where it is not each of its values alone.
    texts: Mapping[str, Sequence[str]]
    #: Those that are not to be remembered, and whether names are among them.
    long: Sequence[str]
    has_long_names: bool


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
        #: The fields whose texts are their values, and what is made of each of these.
        self.plain = [
            (row.name, Remembered(partial(self.made_of, row.name)))
            for row in rows
            if row.name not in entities and (row.name in fields.texts or row.is_facet)
        ]
        self.facets_apart = [row.name for row in rows if row.is_facet and row.name in entities]
        self._is_searched = frozenset(fields.texts)
        self._is_facet = frozenset(fields.facets)

    def texts_of(self, document: Document) -> _Texts:
        """Return the texts of a document."""
        values = {name: values_of(document) for name, values_of in self._values}
        long: list[str] = []
        for row in self.searched:
            if not row.has_names:
                long += [each for each in values[row.name] if each and not each.isspace()]
        texts: dict[str, tuple[str, ...]] = {}
        every: Mapping[str, tuple[str, ...]] = values
        if document.enrichment.entities:
            for name, texts_of in self._texts:
                if own := texts_of(document):
                    texts[name] = own
            every = {**values, **texts}
        for name, members in self._groups:
            if own := tuple([text for each in members for text in every[each]]):
                texts[name] = tuple(dict.fromkeys(own))
        for name, own in texts.items():
            texts[name] = with_known_forms(own)
        prose = len(long)
        for own in texts.values():
            long += [text for text in own if len(text) > NAME_CHARS]
        for name, _ in self.plain:
            if (own := values[name]) and max(map(len, own)) > NAME_CHARS:
                long += [text for text in own if len(text) > NAME_CHARS]
        language = stem_language(document.article.language)
        return _Texts(language, values, texts, long, len(long) > prose)

    def learn(self, texts: Sequence[_Texts]) -> None:
        """Have the words of those names of documents that are new found at once: one by one it takes ten times as long."""
        stemmed: dict[str, set[str]] = {}
        others: set[str] = set()
        for each in texts:
            names = stemmed.setdefault(each.language, set())
            for row in self.searched:
                if row.has_names:
                    names.update(each.values[row.name])
            others.update(*each.texts.values(), *[each.values[name] for name, _ in self.plain])
        for language, names in stemmed.items():
            _STEMMED[language].learn(names, partial(WORDING.of_stemmed_names, language))
        _WORDS.learn(others, WORDING.of_names)

    def made_of(self, name: str, text: str) -> str:
        """Return what the line has of a field of which all texts are this one, and which is not long."""
        parts: list[str] = []
        if name in self._is_searched:
            _add_texts(parts, name, [_WORDS[text]])
        if name in self._is_facet:
            _add_facet(parts, name, [text])
        return ",".join(parts)

    def add_plain(self, parts: list[str], texts: _Texts, found: _Found) -> None:
        """Add what the line has of the fields whose texts are their values."""
        for name, made in self.plain:
            own = texts.values[name]
            if not own:
                continue
            if len(own) == 1 and len(own[0]) <= NAME_CHARS:
                if part := made[own[0]]:
                    parts.append(part)
                continue
            if name in self._is_searched:
                _add_texts(parts, name, _words_of(own, texts, found))
            if name in self._is_facet:
                _add_facet(parts, name, own)


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


#: Of texts that are not long: their words, and by language these with the terms of their stems.
_WORDS: Remembered[Words] = Remembered(of_name)
_STEMMED: Remembered[Remembered[Worded]] = Remembered(
    lambda language: Remembered(lambda text: stemmed_name(language, _WORDS[text]))
)


def _add_words(
    parts: list[str], source: dict[str, Any], texts: _Texts, found: _Found, makes: _Makes
) -> dict[str, list[str]]:
    """Add forms and stems of all that is searched, and the distinct forms of each field; return forms and stems by field.

    *found* has the words of long texts; how many they are is added to *source*.
    """
    language, values = texts.language, texts.values
    known = _STEMMED[language]
    length = 0
    made: dict[str, list[str]] = {}
    main: Collection[str] = ()
    rest: list[Collection[str]] = []
    for name, weight, field, has_names in makes.searched:
        if not (own := values[name]):
            continue
        if not has_names:
            every = [found[language, text] for text in own if text and not text.isspace()]
        elif texts.has_long_names:
            every = [
                known[text] if len(text) <= NAME_CHARS else found[language, text] for text in own
            ]
        else:
            every = [known[text] for text in own]
        if not every:
            continue
        forms, lengths, distinct, stems = zip(*every, strict=True)
        if not (total := sum(lengths)):
            continue
        length += weight * total
        made.setdefault(FORMS + field, []).extend(filter(None, forms))
        made.setdefault(STEMS + field, []).extend(filter(None, stems))
        if has_names:
            rest += distinct
            continue
        words = distinct[0] if len(distinct) == 1 else _once(distinct)
        parts.append(_vocabulary(name, words))
        if name == makes.layout.main:
            main = words
        else:
            rest.append(words)
    source["wl"] = length
    parts += [f'"{name}":[{",".join(each)}]' for name, each in made.items()]
    if beside := [form for form in _once(rest) if form not in main]:
        parts.append(_vocabulary(REST, beside))
    for name, own in texts.texts.items():
        _add_texts(parts, name, _words_of(own, texts, found))
    return made


def _words_of(own: Sequence[str], texts: _Texts, found: _Found) -> Sequence[Words | Worded]:
    """Return the words of each of *own* of the *texts* of a document."""
    if not texts.has_long_names:
        return [_WORDS[text] for text in own]
    language = texts.language
    return [_WORDS[text] if len(text) <= NAME_CHARS else found[language, text] for text in own]


def _add_texts(parts: list[str], name: str, every: Sequence[Words | Worded]) -> None:
    """Add the words of texts that only a query for a field or group searches."""
    if forms := ",".join([words.forms for words in every if words.length]):
        known = _once([words.distinct for words in every])
        parts.append(f'"{TEXTS}{name}":[{forms}],{_vocabulary(name, known)}')


def _once(every: Sequence[Collection[str]]) -> Collection[str]:
    """Return the forms of several texts, each once."""
    return dict.fromkeys(itertools.chain.from_iterable(every))


def _vocabulary(name: str, forms: Iterable[str]) -> str:
    """Return what the line has of the distinct *forms* of a field."""
    listed = '","'.join(forms)
    return f'"{VOCABULARY}{name}":["{listed}"]'


def _unquoted(made: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    return {name: [json.loads(each) for each in listed] for name, listed in made.items()}


# Facets


def _add_facet(parts: list[str], name: str, values: Sequence[str]) -> None:
    terms = [
        _TERMS[value] if len(value) <= NAME_CHARS else _terms(value)
        for value in values
        if value and not value.isspace()
    ]
    if terms:
        keys = ",".join(dict.fromkeys([key for key, _ in terms]))
        spelt = ",".join([spelling for _, spelling in terms])
        parts.append(f'"{KEYS}{name}":[{keys}],"{SPELLINGS}{name}":[{spelt}]')


def _terms(value: str) -> tuple[str, str]:
    """Return the key of a value of a facet, and the term of how it is spelt, as JSON."""
    key = bounded(facet_key(value))
    return as_json(key), as_json(f"{key}\n{bounded(value)}")


_TERMS = Remembered(_terms)
