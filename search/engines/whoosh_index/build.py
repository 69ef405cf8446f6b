"""Making a segment's columns: from articles, or from segments that are merged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from search.article import Article
from search.engines.base import FACETS, facet_key
from search.engines.ranking import FIELD_WEIGHTS, POSITION_GAP
from search.engines.whoosh_index.columns import Array, Ints, StringColumn, narrowed
from search.engines.whoosh_index.layout import FAMILIES, TEXT_FIELDS, VALUES, Family, facet_values
from search.engines.whoosh_index.stored import UNDATED, article_columns, encode, to_microseconds
from search.text import tokens


@dataclass(slots=True)
class TokenStream:
    """The words of one family over many documents: parallel arrays, one item a word.

    ``form`` is the place in ``forms``. For every form, documents and positions ascend.
    """

    forms: list[str]
    form: Ints
    document: Ints
    position: Ints


@dataclass(slots=True)
class FacetStream:
    """The values of one facet over many documents: document *d* has the next ``counts[d]`` of ``values``.

    ``values`` are places in ``names``.
    """

    names: list[str]
    values: Ints
    counts: Ints


@dataclass(slots=True)
class SegmentContent:
    """All that a segment holds, before it is sorted into columns."""

    ids: list[str]
    dates: Ints
    #: Weighted number of words, as in docs/ranking.md.
    lengths: Ints
    #: For each document and text field the position where the field ends, gap included.
    ends: Ints
    families: dict[str, TokenStream]
    facets: dict[str, FacetStream]
    articles: Iterable[bytes]


@dataclass(slots=True)
class _FamilyWords:
    """Words of one family while articles are taken in: runs of neighbouring positions."""

    known: dict[str, int] = field(default_factory=dict)
    form: list[int] = field(default_factory=list)
    run_document: list[int] = field(default_factory=list)
    run_start: list[int] = field(default_factory=list)
    run_length: list[int] = field(default_factory=list)

    def add(self, document: int, start: int, text: str) -> int:
        """Take in the words of *text* from position *start* on; return how many."""
        forms = tokens(text).forms
        known = self.known
        for form in forms:
            number = known.get(form)
            if number is None:
                number = known[form] = len(known)
            self.form.append(number)
        self.run_document.append(document)
        self.run_start.append(start)
        self.run_length.append(len(forms))
        return len(forms)

    def stream(self) -> TokenStream:
        lengths = np.array(self.run_length, np.int64)
        before = np.cumsum(lengths) - lengths
        offset = np.array(self.run_start, np.int64) - before
        return TokenStream(
            list(self.known),
            np.array(self.form, np.int64),
            np.repeat(np.array(self.run_document, np.int64), lengths),
            np.repeat(offset, lengths) + np.arange(len(self.form)),
        )


class ContentBuilder:
    """Takes in articles one by one, and gives what a segment of them holds."""

    def __init__(self) -> None:
        self.words = 0
        self._ids: list[str] = []
        self._dates: list[int] = []
        self._lengths: list[int] = []
        self._ends: list[list[int]] = []
        self._families = {family.name: _FamilyWords() for family in FAMILIES}
        self._facet_known: dict[str, dict[str, int]] = {facet: {} for facet in FACETS}
        self._facet_values: dict[str, list[int]] = {facet: [] for facet in FACETS}
        self._facet_counts: dict[str, list[int]] = {facet: [] for facet in FACETS}
        self._articles: list[bytes] = []

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, article: Article) -> None:
        document = len(self._ids)
        self._ids.append(article.article_id)
        self._articles.append(encode(article))
        self._dates.append(
            UNDATED if article.published is None else to_microseconds(article.published)
        )
        for family in FAMILIES:
            self._add_words(document, family, article)
        for facet in FACETS:
            values = facet_values(article, facet)
            known = self._facet_known[facet]
            self._facet_values[facet].extend(
                known.setdefault(value, len(known)) for value in values
            )
            self._facet_counts[facet].append(len(values))

    def _add_words(self, document: int, family: Family, article: Article) -> None:
        words = self._families[family.name]
        position = length = 0
        ends: list[int] = []
        for name in family.fields:
            for value in VALUES[name](article):
                count = words.add(document, position, value)
                position += count + POSITION_GAP
                length += count * FIELD_WEIGHTS.get(name, 1)
                self.words += count
            ends.append(position)
        if family.fields == TEXT_FIELDS:
            self._ends.append(ends)
            self._lengths.append(length)

    def content(self) -> SegmentContent:
        return SegmentContent(
            ids=self._ids,
            dates=np.array(self._dates, np.int64),
            lengths=np.array(self._lengths, np.int64),
            ends=np.array(self._ends, np.int64).reshape(-1, len(TEXT_FIELDS)),
            families={name: words.stream() for name, words in self._families.items()},
            facets={
                facet: FacetStream(
                    list(self._facet_known[facet]),
                    np.array(self._facet_values[facet], np.int64),
                    np.array(self._facet_counts[facet], np.int64),
                )
                for facet in FACETS
            },
            articles=self._articles,
        )


def position_weights(ends: Ints, document: Ints, position: Ints) -> Ints:
    """Return what an occurrence at each (document, position) weighs: the weight of its field."""
    weights = [FIELD_WEIGHTS[name] for name in TEXT_FIELDS]
    result = np.full(len(position), weights[-1], np.int64)
    for column in range(len(weights) - 2, -1, -1):
        # Neighbouring fields of one weight need no comparison of their own.
        if weights[column] != weights[column + 1] or (result != weights[column]).any():
            result[position < ends[document, column]] = weights[column]
    return result


def document_columns(content: SegmentContent) -> dict[str, Array]:
    """Return the columns that describe documents: ids, dates, lengths, field ends, facets."""
    hashes = id_hashes(content.ids)
    order = np.argsort(hashes, kind="stable")
    columns: dict[str, Array] = {
        **StringColumn.columns("ids", content.ids),
        "id_hashes": hashes[order],
        "id_documents": narrowed(order),
        "dates": content.dates,
        "lengths": narrowed(content.lengths),
        "ends": narrowed(content.ends.reshape(-1)),
    }
    for name, facet in content.facets.items():
        columns |= _facet_columns("facet." + name, facet)
    return columns


def id_hashes(ids: Sequence[str]) -> Array:
    """Return a 64-bit hash of each id; equal ids have equal hashes on every machine."""
    from hashlib import blake2b

    joined = b"".join(blake2b(i.encode(), digest_size=8).digest() for i in ids)
    return np.frombuffer(joined, "<u8")


def _facet_columns(name: str, facet: FacetStream) -> dict[str, Array]:
    """Return the columns of one facet: values sorted by key, so that one key is one range of them."""
    keys = [facet_key(value) for value in facet.names]
    order = sorted(range(len(keys)), key=lambda i: (keys[i], facet.names[i]))
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    starts = np.zeros(len(facet.counts) + 1, np.int64)
    np.cumsum(facet.counts, out=starts[1:])
    return {
        **StringColumn.columns(name + ".values", (facet.names[i] for i in order)),
        **StringColumn.columns(name + ".keys", (keys[i] for i in order)),
        name + ".starts": narrowed(starts),
        name + ".ordinals": narrowed(place[facet.values]),
    }


def family_columns(family: Family, stream: TokenStream, ends: Ints | None) -> dict[str, Array]:
    """Return the dictionary and postings of one family.

    Terms are sorted by their bytes; the forms of one term lie together, so that the form of an
    occurrence is its term's first form plus a small code.
    """
    name = family.name
    stems = [family.stem(form) for form in stream.forms]
    form_order = sorted(range(len(stems)), key=lambda i: (stems[i], stream.forms[i]))
    terms = sorted(set(stems))  # by code point, which is also the order of UTF-8 bytes
    term_number = {term: number for number, term in enumerate(terms)}
    place_of_form = np.empty(len(form_order), np.int64)
    place_of_form[form_order] = np.arange(len(form_order))
    term_of_form = np.array([term_number[stems[i]] for i in form_order], np.int64)
    first_form = np.searchsorted(term_of_form, np.arange(len(terms) + 1))

    form = place_of_form[stream.form]
    order = np.argsort(term_of_form[form], kind="stable")
    form = form[order]
    term = term_of_form[form]
    document = stream.document[order]
    position = stream.position[order]

    new_posting = np.ones(len(form), bool)
    new_posting[1:] = (term[1:] != term[:-1]) | (document[1:] != document[:-1])
    posting_start = np.flatnonzero(new_posting)
    frequencies = np.diff(posting_start, append=len(form))
    if ends is None:
        weights = frequencies
    elif len(form):
        weights = np.add.reduceat(position_weights(ends, document, position), posting_start)
    else:
        weights = np.zeros(0, np.int64)

    forms = [stream.forms[i] for i in form_order]
    documents = int(document.max()) + 1 if len(document) else 1
    seen = np.unique(form * documents + document) // documents
    numbers = np.arange(len(terms) + 1)
    return {
        **StringColumn.columns(name + ".terms", terms),
        **StringColumn.columns(name + ".forms", forms),
        name + ".first_form": narrowed(first_form),
        name + ".form_frequency": narrowed(np.bincount(seen, minlength=len(forms))),
        name + ".form_order": narrowed(
            np.array(sorted(range(len(forms)), key=forms.__getitem__), np.int64)
        ),
        name + ".first_posting": narrowed(np.searchsorted(term[posting_start], numbers)),
        name + ".documents": narrowed(document[posting_start]),
        name + ".frequencies": narrowed(frequencies),
        name + ".weights": narrowed(weights),
        name + ".first_position": narrowed(np.searchsorted(term, numbers)),
        name + ".positions": narrowed(position),
        name + ".form_codes": narrowed(form - first_form[term] if len(form) else form),
    }


def segment_columns(content: SegmentContent) -> dict[str, dict[str, Array]]:
    """Return the columns of a whole segment by file extension."""
    words: dict[str, Array] = {}
    for family in FAMILIES:
        ends = content.ends if family.fields == TEXT_FIELDS else None
        words |= family_columns(family, content.families[family.name], ends)
    return {
        ".nsd": document_columns(content),
        ".nsw": words,
        ".nsa": article_columns(content.articles),
    }
