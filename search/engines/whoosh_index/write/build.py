"""Making a segment's columns: from articles, or from segments that are merged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from search.engines.protocol.facets import facet_key
from search.engines.ranking import POSITION_GAP
from search.engines.records import to_microseconds
from search.engines.whoosh_index import kernels
from search.engines.whoosh_index.format.columns import Column, StringColumn
from search.engines.whoosh_index.format.documents import DOCUMENT_COLUMNS
from search.engines.whoosh_index.format.layout import LAYOUT, FacetStream, Family, Layout
from search.engines.whoosh_index.format.stored import UNDATED, PackedArticles, Records
from search.engines.whoosh_index.segment.reader import id_hashes
from search.engines.whoosh_index.segment.story_keys import story_keys
from search.engines.whoosh_index.write.limits import WRITE_LIMITS, WriteLimits
from search.engines.whoosh_index.write.lists import joined_lists, joined_positions
from search.engines.whoosh_index.write.packing import Packer, Trained
from search.engines.whoosh_index.write.values import FieldValues, entity_values, united
from search.engines.whoosh_index.write.words import (
    BatchWords,
    StemsOfForms,
    batch_words,
    dictionary_in_languages,
    dictionary_of,
    word_columns,
)
from search.model.article import Document
from search.text.arrays import Array, Ints, Numbers, indices_of, narrowed, starts_of
from search.text.batch import WordTable
from search.text.sketches import Sketches, no_sketches
from search.text.stems import LANGUAGES
from search.text.strings import Strings
from search.text.words import WORD_RULES


@dataclass(slots=True)
class SegmentContent:
    """All that a segment holds, before it is sorted into columns."""

    layout: Layout
    ids: Strings
    id_hashes: Array
    #: By name, those of `DOCUMENT_COLUMNS` that are copied when segments are merged.
    columns: dict[str, Numbers]
    #: Yields the columns of the words of all families, once.
    words: Callable[[], Iterator[tuple[str, Column]]]
    facets: dict[str, FacetStream]
    #: By facet of entities, in which ways they are written (`Layout.forms`).
    forms: dict[str, FacetStream]
    articles: PackedArticles


@dataclass(slots=True)
class _LaidOut:
    """Words of some documents, each document's weighted length, and the ends of its fields."""

    words: BatchWords
    lengths: Numbers
    ends: Numbers


def _laid_out(
    layout: Layout,
    family: Family,
    form: Numbers,
    counts: Ints,
    value_counts: Numbers,
    first_document: int,
) -> _LaidOut:
    """Put words into their positions: value *i* has the next ``counts[i]`` of *form*.

    For each document and field of the family in turn *value_counts* says how many values it has.
    """
    fields = len(family.fields)
    documents = len(value_counts) // fields
    owner = np.repeat(np.arange(len(value_counts)), value_counts)
    words = np.bincount(owner, counts, len(value_counts)).astype(np.int64)
    taken = (words + value_counts * POSITION_GAP).reshape(documents, fields)
    ends = np.cumsum(taken, axis=1)
    weights = np.array([layout.fields.weights.get(name, 1) for name in family.fields])
    # A value begins where those of its document before it end.
    document = owner // fields
    before = np.cumsum(counts + POSITION_GAP) - (counts + POSITION_GAP)
    found = batch_words(
        form,
        counts,
        document,
        before - starts_of(ends[:, -1])[document],
        ends if family is layout.text else None,
        first_document,
        layout,
    )
    return _LaidOut(found, words.reshape(documents, fields) @ weights, ends)


#: What an article takes while it waits for that, in addition to its bytes.
_WAITING_BYTES = 1000


_MADE_OF_DOCUMENTS = tuple(
    (column.name, column.of_document) for column in DOCUMENT_COLUMNS if column.of_document
)


class ContentBuilder:
    """Takes in documents one by one, and gives what a segment of them holds.

    What it holds until then is compressed articles, and words as they will lie in the columns.
    """

    def __init__(
        self,
        table: WordTable,
        trained: Trained | None = None,
        layout: Layout = LAYOUT,
        limits: WriteLimits = WRITE_LIMITS,
    ) -> None:
        """Take in articles whose words *table* numbers; it may know words from before.

        They are compressed with what was *trained* before, where that is given and not used up.
        """
        self._table = table
        self._layout = layout
        self._limits = limits
        self._records = Records(layout.fields, kernels.entities_as_json)
        self._waiting: list[Document] = []
        self._encoded: list[bytes] = []
        self._waiting_bytes = 0
        self._ids: list[str] = []
        self._dates: list[int] = []
        #: The numbers that are made of single documents, by column.
        self._of_document: dict[str, list[int]] = {name: [] for name, _ in _MADE_OF_DOCUMENTS}
        self._lengths: list[Numbers] = [np.zeros(0, np.int64)]
        self._ends: list[Numbers] = [np.zeros((0, len(layout.text_fields)), np.int64)]
        self._sketches: list[Sketches] = [no_sketches(0)]
        self._batches: list[BatchWords] = []
        self._values = {name: FieldValues() for name in layout.valued}
        #: The texts of families that hold other words than those of values.
        self._texts = {name: FieldValues() for name in layout.texts}
        self._forms = {name: FieldValues() for name in layout.forms}
        self._articles = Packer(limits, trained)
        self._batch_bytes = 0
        #: About how much memory is held for what was taken in, the table of words included.
        self.held_bytes = 0

    def __len__(self) -> int:
        """Return the number of articles taken in."""
        return len(self._ids) + len(self._waiting)

    @property
    def trained(self) -> Trained | None:
        return self._articles.trained

    def add(self, document: Document) -> None:
        encoded = self._records.encode(document)
        self._waiting.append(document)
        self._encoded.append(encoded)
        self._waiting_bytes += len(encoded) + _WAITING_BYTES
        if self._waiting_bytes >= self._limits.batch_bytes:
            self._take()

    def _take(self) -> None:
        """Find the words of the articles that wait, and pack them."""
        documents = self._waiting
        first_document = len(self._ids)
        self._ids += [document.article.article_id for document in documents]
        self._dates += [
            UNDATED if published is None else to_microseconds(published)
            for published in [document.article.published for document in documents]
        ]
        for name, number_of in _MADE_OF_DOCUMENTS:
            self._of_document[name] += map(number_of, documents)
        self._articles.extend(self._encoded)
        kinds = self._layout.entities
        entities = dict(zip(kinds, entity_values(documents, tuple(kinds.values())), strict=True))
        of_field: dict[str, list[Sequence[str]]] = {
            name: [*entities[name].names] if name in entities else list(map(values_of, documents))
            for name, values_of in self._layout.values.items()
        }
        for name, field in self._values.items():
            field.extend(of_field[name])
        for name, field in self._texts.items():
            members = self._layout.united.get(name, ())
            if members and all(member in entities for member in members):
                field.extend([*united([entities[member] for member in members])])
            elif name in entities:
                field.extend([*entities[name].texts])
            else:
                field.extend(list(map(self._layout.texts[name], documents)))
        for name, field in self._forms.items():
            field.extend([*entities[name].forms])
        texts: list[str] = []
        value_counts: list[int] = []
        of_text = [of_field[name] for name in self._layout.text_fields]
        for of_document in zip(*of_text, strict=True):
            for values in of_document:
                texts += values
                value_counts.append(len(values))
        form, counts = self._table.numbers([text.encode() for text in texts])
        text = _laid_out(
            self._layout,
            self._layout.text,
            form,
            counts,
            np.array(value_counts, np.int64),
            first_document,
        )
        self._batches.append(text.words)
        self._lengths.append(text.lengths)
        self._ends.append(text.ends)
        self._sketches.append(self._sketched(form, counts, value_counts))
        self._batch_bytes += text.words.held_bytes + text.lengths.nbytes + text.ends.nbytes
        self._waiting, self._encoded, self._waiting_bytes = [], [], 0
        self.held_bytes = (
            self._batch_bytes
            + self._articles.held_bytes
            + sum(
                field.held_bytes
                for fields in (self._values, self._texts, self._forms)
                for field in fields.values()
            )
            + _DOCUMENT_BYTES * len(self._ids)
            + self._table.held_bytes
        )

    def _sketched(self, form: Numbers, counts: Numbers, value_counts: list[int]) -> Sketches:
        """Return the sketches of the bodies among texts, whose words are the next of *counts* of *form*."""
        fields = self._layout.text_fields
        documents = len(value_counts) // len(fields)
        if not self._limits.stories or "body" not in fields:
            return no_sketches(documents)
        edges = starts_of(counts)[starts_of(np.array(value_counts, np.int64))]
        first = np.arange(documents) * len(fields) + fields.index("body")
        widths = edges[first + 1] - edges[first]
        words = self._table.hashes()[form[indices_of(edges[first], widths)]]
        return Sketches(*kernels.sketches(words, widths))

    def content(self) -> SegmentContent:
        """Return what was taken in. The builder is of no use after that."""
        if self._waiting:
            self._take()
        values = {name: values.stream() for name, values in self._values.items()}
        texts = {name: texts.stream() for name, texts in self._texts.items()}
        return SegmentContent(
            layout=self._layout,
            ids=Strings.of(self._ids),
            id_hashes=id_hashes(self._ids),
            columns={
                "dates": np.array(self._dates, np.int64),
                **{name: np.array(given, np.int64) for name, given in self._of_document.items()},
                "lengths": np.concatenate(self._lengths),
                "word_rules": np.full(len(self._ids), WORD_RULES),
                "ends": np.concatenate(self._ends),
                **{
                    f"sketch.{name}": np.concatenate([getattr(s, name) for s in self._sketches])
                    for name in Sketches._fields
                },
            },
            words=partial(
                _word_columns,
                self._layout,
                self._limits,
                self._batches,
                values | texts,
                self._table,
                np.array(self._of_document["stem_language"], np.uint8),
            ),
            facets={facet: values[facet] for facet in self._layout.facets},
            forms={name: values.stream() for name, values in self._forms.items()},
            articles=self._articles.packed(),
        )


#: What a document takes in addition to its words, values and article: id, numbers, and room for sorting them.
_DOCUMENT_BYTES = 550


def _word_columns(
    layout: Layout,
    limits: WriteLimits,
    batches: list[BatchWords],
    texts: dict[str, FacetStream],
    table: WordTable,
    languages: Numbers,
) -> Iterator[tuple[str, Column]]:
    """Yield the columns of all families; *batches* are those of the text, and are used up.

    *texts* has what the others hold; *languages* is as in `word_columns`.
    """
    for family in layout.families:
        is_text = family is layout.text
        if not is_text:
            batches = [_words_of_values(layout, family, texts[family.name], table)]
        columns = _columns_of(family.name, batches, table, limits, languages)
        yield from columns.items()


def _words_of_values(
    layout: Layout, family: Family, stream: FacetStream, table: WordTable
) -> BatchWords:
    """Return the words of a family, finding those of each distinct value once."""
    form, counts = table.numbers([name.encode() for name in stream.names])
    widths = counts[stream.values]
    every = form[indices_of(starts_of(counts)[stream.values], widths)]
    return _laid_out(layout, family, every, widths, stream.counts, 0).words


def _columns_of(
    family: str,
    batches: list[BatchWords],
    table: WordTable,
    limits: WriteLimits,
    languages: Numbers,
) -> dict[str, Column]:
    """Return the columns of *batches*, whose forms are numbers of *table*."""
    has_stems = family == "text"
    is_used = np.zeros(len(table), bool)
    for batch in batches:
        is_used[batch.forms] = True
    used = np.flatnonzero(is_used)
    forms = table.forms().take(used)
    if not (has_stems and languages.any()):
        stem_of = np.full(len(used), -1)
        stems = Strings.of(())
        if has_stems:
            stems, stem_of = _chosen(*table.stems(), used)
        dictionary, number = dictionary_of(forms, stems, stem_of)
    else:
        dictionary, number = dictionary_in_languages(
            forms, _stems_in_languages(batches, table, used, languages)
        )
    numbers = np.zeros(len(table), np.int32)
    numbers[used] = number
    for batch in batches:
        batch.forms = numbers[batch.forms]
    counts = np.zeros(len(used), np.int64)
    for batch in batches:
        counts[batch.forms] += batch.position_counts
    lists = joined_lists(0, len(used), [batch.given_lists() for batch in batches])
    positions = _positions(batches, len(used))
    return word_columns(family, dictionary, lists, counts, positions, limits, languages)


def _chosen(every: Strings, of_form: Numbers, used: Numbers) -> tuple[Strings, Numbers]:
    """Return the stems of the forms *used*, and for each which of them is its own, -1 where it is its own stem."""
    stem_of = np.full(len(used), -1)
    other = np.flatnonzero(of_form[used] >= 0)
    stem_of[other] = np.arange(len(other))
    return every.take(of_form[used[other]]), stem_of


def _stems_in_languages(
    batches: Sequence[BatchWords], table: WordTable, used: Numbers, languages: Numbers
) -> dict[int, StemsOfForms]:
    """Return for each language which of the forms *used* its documents have, and their stems in it."""
    found: dict[int, StemsOfForms] = {}
    for language in np.unique(languages).tolist():
        if not LANGUAGES[language]:
            continue
        kept = languages == language
        has = np.zeros(len(table), bool)
        for batch in batches:
            form = np.repeat(batch.forms, batch.lists.counts)
            has[form[kept[batch.lists.documents]]] = True
        which = np.flatnonzero(has[used])
        every, of_form = table.stems_in(LANGUAGES[language], used[which])
        found[language] = (which, *_chosen(every, of_form, np.arange(len(which))))
    return found


def _positions(batches: list[BatchWords], forms: int) -> Iterator[Numbers]:
    """Give the positions of all forms when they are wanted; *batches* are let go of then."""
    dtype = max((batch.positions.dtype for batch in batches), key=lambda dtype: dtype.itemsize)
    given = [(batch.forms, batch.position_counts, batch.positions) for batch in batches]
    batches.clear()
    yield joined_positions(0, forms, given, dtype)


def document_columns(content: SegmentContent) -> Iterator[tuple[str, Column]]:
    """Yield the columns that describe documents: ids, those of `DOCUMENT_COLUMNS`, facets."""
    order = np.argsort(content.id_hashes, kind="stable")
    ranks = np.empty(len(content.ids), np.int64)
    ranks[content.ids.order()[0]] = np.arange(len(content.ids))
    yield from StringColumn.columns("fields", content.layout.written).items()
    yield from content.ids.columns("ids").items()
    yield "id_hashes", content.id_hashes[order]
    yield "id_documents", narrowed(order)
    numbers = {**content.columns, "id_ranks": ranks}
    for column in DOCUMENT_COLUMNS:
        own = numbers[column.name]
        if not column.is_optional or (own != column.lacking).any():
            yield column.name, column.stored(own)
    yield "sketch.keys", story_keys(numbers["dates"], numbers["sketch.shingles"])
    for name, facet in content.facets.items():
        yield from _facet_columns("facet." + name, facet).items()
    for name, forms in content.forms.items():
        if forms.names:
            yield from StringColumn.columns(f"forms.{name}.values", forms.names).items()
            yield f"forms.{name}.starts", narrowed(starts_of(forms.counts))
            yield f"forms.{name}.ordinals", narrowed(forms.values)


def _facet_columns(name: str, facet: FacetStream) -> dict[str, Array]:
    """Return the columns of one facet: values sorted by key, so that one key is one range of them."""
    keys = list(map(facet_key, facet.names))
    order = sorted(range(len(keys)), key=list(zip(keys, facet.names, strict=True)).__getitem__)
    ordinal = np.empty(len(order), np.int64)
    ordinal[order] = np.arange(len(order))
    return {
        **StringColumn.columns(name + ".values", (facet.names[i] for i in order)),
        **StringColumn.columns(name + ".keys", (keys[i] for i in order)),
        name + ".starts": narrowed(starts_of(facet.counts)),
        name + ".ordinals": narrowed(ordinal[facet.values]),
    }


def segment_columns(content: SegmentContent) -> Iterator[tuple[str, Column]]:
    """Yield the columns of a segment, each to be written before the next.

    Articles come first, for they are let go of then, and words need room.
    """
    yield from content.articles.columns().items()
    yield from document_columns(content)
    yield from content.words()
