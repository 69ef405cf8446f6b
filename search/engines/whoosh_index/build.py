"""Making a segment's columns: from articles, or from segments that are merged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from search.article import Article
from search.engines.base import FACETS, facet_key
from search.engines.ranking import FIELD_WEIGHTS, POSITION_GAP
from search.engines.whoosh_index.batch import WordTable
from search.engines.whoosh_index.columns import (
    Array,
    Ints,
    StringColumn,
    narrowed,
    starts_of,
)
from search.engines.whoosh_index.layout import (
    FAMILIES,
    TEXT_FIELDS,
    VALUES,
    FacetStream,
    Family,
    facet_values,
)
from search.engines.whoosh_index.stored import (
    UNDATED,
    PackedArticles,
    encode,
    pack,
    to_microseconds,
)
from search.engines.whoosh_index.strings import Strings
from search.engines.whoosh_index.words import dictionary_of, join, part_of, word_columns


@dataclass(slots=True)
class SegmentContent:
    """All that a segment holds, before it is sorted into columns."""

    ids: list[str]
    dates: Ints
    #: Weighted number of words, as in docs/ranking.md.
    lengths: Ints
    #: For each document and text field the position where the field ends, gap included.
    ends: Ints
    #: The columns of the words of all families.
    words: dict[str, Array]
    facets: dict[str, FacetStream]
    articles: PackedArticles


@dataclass(slots=True)
class _LaidOut:
    """The words of one family, each document's weighted length, and the ends of its fields."""

    columns: dict[str, Array]
    lengths: Ints
    ends: Ints


@dataclass(slots=True)
class _FamilyWords:
    """Texts of one family while articles are taken in; their words are found all at once."""

    texts: list[str] = field(default_factory=list)
    document: list[int] = field(default_factory=list)
    column: list[int] = field(default_factory=list)

    def laid_out(self, family: Family, documents: int, table: WordTable) -> _LaidOut:
        """Put the words into their positions."""
        form, counts = table.numbers(self.texts)
        used = np.flatnonzero(np.bincount(form, minlength=len(table.forms)))
        number_in_stream = np.zeros(len(table.forms), np.int64)
        number_in_stream[used] = np.arange(len(used))
        document = np.array(self.document, np.int64)
        column = np.array(self.column, np.int64)
        after = np.cumsum(counts + POSITION_GAP)
        before = after - counts - POSITION_GAP
        first_text = np.searchsorted(document, np.arange(documents + 1))
        base = np.concatenate([before, [after[-1] if len(after) else 0]])[first_text]
        start = before - base[document]
        words_before = np.cumsum(counts) - counts
        forms = [table.forms[number] for number in used.tolist()]
        stems = [family.stem(word) for word in forms]
        dictionary, place = dictionary_of(
            Strings.of(forms),
            Strings.of(stems),
            np.array(
                [-1 if s == f else n for n, (s, f) in enumerate(zip(stems, forms, strict=True))],
                np.int64,
            ),
        )
        weights = np.array([FIELD_WEIGHTS.get(name, 1) for name in family.fields])
        lengths = np.bincount(document, counts * weights[column], documents).astype(np.int64)
        fields = len(family.fields)
        taken = np.bincount(document * fields + column, counts + POSITION_GAP, documents * fields)
        ends = np.cumsum(taken.reshape(documents, fields), axis=1).astype(np.int64)
        part = part_of(
            place[number_in_stream[form]],
            np.repeat(document, counts),
            np.repeat(start - words_before, counts) + np.arange(len(form)),
            ends if family.fields == TEXT_FIELDS else None,
        )
        columns = word_columns(family.name, dictionary, join([part], len(forms)))
        return _LaidOut(columns, lengths, ends)


class ContentBuilder:
    """Takes in articles one by one, and gives what a segment of them holds."""

    def __init__(self, table: WordTable) -> None:
        """Take in articles whose words *table* numbers; it may know words from before."""
        self._table = table
        #: Characters taken in, a measure of the memory held.
        self.chars = 0
        self._ids: list[str] = []
        self._dates: list[int] = []
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
            words = self._families[family.name]
            for column, name in enumerate(family.fields):
                for value in VALUES[name](article):
                    words.texts.append(value)
                    words.document.append(document)
                    words.column.append(column)
                    self.chars += len(value)
        for facet in FACETS:
            values = facet_values(article, facet)
            known = self._facet_known[facet]
            self._facet_values[facet].extend(
                known.setdefault(value, len(known)) for value in values
            )
            self._facet_counts[facet].append(len(values))

    def content(self) -> SegmentContent:
        documents = len(self._ids)
        laid_out = {
            f.name: self._families[f.name].laid_out(f, documents, self._table) for f in FAMILIES
        }
        text = laid_out["text"]
        return SegmentContent(
            ids=self._ids,
            dates=np.array(self._dates, np.int64),
            lengths=text.lengths,
            ends=text.ends,
            words={n: column for part in laid_out.values() for n, column in part.columns.items()},
            facets={
                facet: FacetStream(
                    list(self._facet_known[facet]),
                    np.array(self._facet_values[facet], np.int64),
                    np.array(self._facet_counts[facet], np.int64),
                )
                for facet in FACETS
            },
            articles=pack(self._articles),
        )


def document_columns(content: SegmentContent) -> dict[str, Array]:
    """Return the columns that describe documents: ids, dates, lengths, field ends, facets."""
    hashes = id_hashes(content.ids)
    order = np.argsort(hashes, kind="stable")
    columns: dict[str, Array] = {
        **StringColumn.columns("ids", content.ids),
        "id_hashes": hashes[order],
        "id_documents": narrowed(order),
        "id_ranks": narrowed(_ranks(content.ids)),
        "dates": content.dates,
        "lengths": narrowed(content.lengths),
        "ends": narrowed(content.ends.reshape(-1)),
    }
    for name, facet in content.facets.items():
        columns |= _facet_columns("facet." + name, facet)
    return columns


def _ranks(ids: Sequence[str]) -> Ints:
    ranks = np.empty(len(ids), np.int64)
    ranks[sorted(range(len(ids)), key=ids.__getitem__)] = np.arange(len(ids))
    return ranks


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
    return {
        **StringColumn.columns(name + ".values", (facet.names[i] for i in order)),
        **StringColumn.columns(name + ".keys", (keys[i] for i in order)),
        name + ".starts": narrowed(starts_of(facet.counts)),
        name + ".ordinals": narrowed(place[facet.values]),
    }


def segment_columns(content: SegmentContent) -> dict[str, dict[str, Array]]:
    """Return the columns of a whole segment by file extension."""
    return {
        ".nsd": document_columns(content),
        ".nsw": content.words,
        ".nsa": content.articles.columns(),
    }
