"""Our segments as Whoosh sees them, so that its own searcher runs over them.

newssearch itself never comes this way: `evaluate` reads the columns. What is here opens the index to
whatever speaks Whoosh, and to the tests that compare both. Whoosh calls these methods by name; their
contracts are those of ``whoosh.codec.base``.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from whoosh.codec.base import Codec, FieldCursor, PerDocumentReader, Segment, TermsReader
from whoosh.columns import ColumnReader
from whoosh.matching import ListMatcher
from whoosh.reading import TermInfo

from search.engines.records import from_microseconds
from search.engines.whoosh_index.format.constants import POSITION_BITS, POSITION_MASK
from search.engines.whoosh_index.format.layout import LAYOUT
from search.engines.whoosh_index.format.stored import UNDATED
from search.engines.whoosh_index.schema import VIEWS, View, index_schema
from search.engines.whoosh_index.segment.reader import SegmentName, SegmentReader
from search.engines.whoosh_index.snapshot.postings import (
    Occurrences,
    Postings,
    WeightedDocuments,
    are_inside,
    inside,
    sorted_keys,
    weighted_documents,
)
from search.engines.whoosh_index.snapshot.snapshot import Snapshot
from search.engines.whoosh_index.snapshot.words import Part
from search.model.errors import EngineError
from search.text.arrays import Ints


class ColumnSegment(Segment):
    """What Whoosh's table of contents keeps of one of our segments: its name and three numbers."""

    indexname: str
    segid: str
    documents: int
    deleted: int
    generation: int

    @classmethod
    def of(cls, name: SegmentName) -> ColumnSegment:
        indexname, _, segid = name.name.partition("_")
        segment = cls(indexname)
        segment.segid = segid
        segment.documents = name.documents
        segment.deleted = name.deleted
        segment.generation = name.generation
        return segment

    def name(self) -> SegmentName:
        return SegmentName(
            f"{self.indexname}_{self.segid}", self.documents, self.deleted, self.generation
        )

    def segment_id(self) -> str:
        # Whoosh's own looks for an attribute "name" of an old class first.
        return f"{self.indexname}_{self.segid}"

    def codec(self) -> ColumnCodec:
        return ColumnCodec()

    def doc_count_all(self) -> int:
        return self.documents

    def deleted_count(self) -> int:
        return self.deleted

    def should_assemble(self) -> bool:
        return False

    def delete_document(self, docnum: int, delete: bool = True) -> None:
        raise EngineError("delete articles with newssearch delete, not through Whoosh")


class ColumnCodec(Codec):
    """Opens our segments; they are written by `commit` alone."""

    def terms_reader(self, storage: Any, segment: ColumnSegment) -> ColumnTerms:
        return ColumnTerms(SegmentReader(Path(storage.folder), segment.name()))

    def per_document_reader(self, storage: Any, segment: ColumnSegment) -> ColumnDocuments:
        return ColumnDocuments(SegmentReader(Path(storage.folder), segment.name()))


#: Terms whose postings are kept for the next call.
_REMEMBERED_TERMS = 16


class ColumnTerms(TermsReader):
    """Terms and postings of every field in `VIEWS`, and of id and date."""

    def __init__(self, segment: SegmentReader) -> None:
        self._segment = segment
        self._snapshot = Snapshot(0, [segment])
        self._schema = index_schema()
        self._lexicons: dict[str, list[bytes]] = {}
        # Whoosh asks whether there is a term, how frequent it is, and where, each by itself.
        self._occurrences = lru_cache(_REMEMBERED_TERMS)(self._looked_up)

    @cached_property
    def _values(self) -> dict[str, dict[bytes, list[int]]]:
        """Documents by term for the two fields that are values, not words; made when first asked for."""
        terms: dict[str, dict[bytes, list[int]]] = {"id": {}, "date": {}}
        for document, value in enumerate(self._segment.ids.all()):
            if self._segment.live is not None and not self._segment.live[document]:
                continue
            date = int(self._segment.dates[document])
            values = {"id": value, "date": None if date == UNDATED else _naive(date)}
            for field, value_of in values.items():
                if value_of is not None:
                    for term, *_ in self._schema[field].index(value_of):
                        terms[field].setdefault(term, []).append(document)
        return terms

    def _looked_up(self, fieldname: str, text: bytes) -> Occurrences:
        if fieldname in self._values_fields:
            documents = np.array(self._values[fieldname].get(text, ()), np.int64)
            return WeightedDocuments(documents, np.ones(len(documents), np.float32))
        view = VIEWS[fieldname]
        if view.fields is not None:
            return weighted_documents(
                self._snapshot.documents, self._keys(fieldname, text), view.family
            )
        words = self._snapshot.words
        if view.stemmed:
            return words.united(words.of_stem(text.decode()), lambda found: found)
        return words.of_form(view.family, text.decode())

    _values_fields = ("id", "date")

    def _keys(self, fieldname: str, text: bytes) -> Ints:
        view = VIEWS[fieldname]
        word = text.decode()
        words = self._snapshot.words
        parts = (
            words.of_stem(word, with_positions=True)
            if view.stemmed
            else [Part(words.of_form(view.family, word))]
        )
        found = []
        for postings, languages in parts:
            own = sorted_keys(self._snapshot.documents, postings.runs)
            found.append(own[words.are_in(own >> POSITION_BITS, languages)])
        keys = np.sort(np.concatenate(found))
        return keys if view.fields is None else inside(self._snapshot.documents, keys, view.fields)

    def _counted_from_field(self, fieldname: str, keys: Ints) -> Ints:
        """Return occurrences with positions that count from the start of the field, where it is one."""
        fields = VIEWS[fieldname].fields
        if fields is None or len(fields) > 1 or fields[0] == LAYOUT.text_fields[0]:
            return keys
        starts = self._snapshot.documents.field_ends(LAYOUT.text_fields.index(fields[0]) - 1)
        return keys - starts.take(keys >> POSITION_BITS)

    def _lexicon(self, fieldname: str) -> list[bytes]:
        lexicon = self._lexicons.get(fieldname)
        if lexicon is None:
            if fieldname in self._values_fields:
                lexicon = sorted(self._values[fieldname])
            else:
                lexicon = sorted({word.encode() for word in self._words_in(VIEWS[fieldname])})
            self._lexicons[fieldname] = lexicon
        return lexicon

    def _words_in(self, view: View) -> Iterator[str]:
        """Yield the stems or forms that occur in the fields of a view, in live documents; some stems again."""
        reader = self._segment.family(view.family)
        every = Postings(self._snapshot.documents, [reader.run_of_forms(0, 0, len(reader.forms))])
        starts = np.asarray(reader.form_lists.first_posting).astype(np.int64)
        owners = every.owners(np.arange(len(reader.forms)), starts)
        documents = every.documents
        if view.fields is not None:
            kept = are_inside(self._snapshot.documents, every.keys(), view.fields)
            frequencies = every.frequencies()
            owners = owners.repeat(frequencies)[kept]
            documents = documents.repeat(frequencies)[kept]
        numbers = self._snapshot.documents.stem_languages
        for language in self._snapshot.documents.languages if view.stemmed else (None,):
            used = np.zeros(len(reader.forms), bool)
            if language is None or numbers is None:
                used[owners] = True
            else:
                used[owners[numbers.take(documents) == language]] = True
            if language is not None and (not language or self._segment.has_stems(language)):
                stems = reader.stems(language)
                for number in range(len(stems.strings)):
                    if used[stems.forms_of(number)].any():
                        yield stems.strings[number]
                used[stems.forms] = False
            yield from (reader.forms[number] for number in np.flatnonzero(used).tolist())

    def __contains__(self, term: tuple[str, bytes]) -> bool:
        fieldname, _text = term
        return fieldname in self.indexed_field_names() and bool(self._occurrences(*term).size)

    def indexed_field_names(self) -> list[str]:
        return sorted([*VIEWS, *self._values_fields])

    def terms(self) -> Iterator[tuple[str, bytes]]:
        for fieldname in self.indexed_field_names():
            yield from self.terms_from(fieldname, b"")

    def terms_from(self, fieldname: str, prefix: bytes) -> Iterator[tuple[str, bytes]]:
        lexicon = self._lexicon(fieldname)
        for text in lexicon[bisect_left(lexicon, prefix) :]:
            yield fieldname, text

    def items(self) -> Iterator[tuple[tuple[str, bytes], TermInfo]]:
        for term in self.terms():
            yield term, self.term_info(*term)

    def items_from(
        self, fieldname: str, prefix: bytes
    ) -> Iterator[tuple[tuple[str, bytes], TermInfo]]:
        for term in self.terms_from(fieldname, prefix):
            yield term, self.term_info(*term)

    def term_info(self, fieldname: str, text: bytes) -> TermInfo:
        if fieldname not in self.indexed_field_names():
            raise KeyError(fieldname)
        found = self._occurrences(fieldname, text)
        if not len(found.documents):
            raise KeyError((fieldname, text))
        lengths = self._segment.lengths[found.documents]
        return TermInfo(
            weight=float(found.weights.sum()),
            df=len(found.documents),
            minlength=int(lengths.min()),
            maxlength=int(lengths.max()),
            maxweight=float(found.weights.max()),
            minid=int(found.documents[0]),
            maxid=int(found.documents[-1]),
        )

    def matcher(self, fieldname: str, text: bytes, format_: Any, scorer: Any = None) -> ListMatcher:
        found = self._occurrences(fieldname, text)
        # Not None: a stock writer that takes our postings over wants bytes.
        values: Sequence[bytes] = [b""] * len(found.documents)
        if fieldname not in self._values_fields:
            keys = self._counted_from_field(fieldname, self._keys(fieldname, text))
            values = _EncodedPositions(keys, found.documents, format_)
        return ListMatcher(
            found.documents.tolist(),
            found.weights.astype(float).tolist(),
            values,
            format_,
            scorer,
            term=(fieldname, text),
            terminfo=self.term_info(fieldname, text),
        )

    def cursor(self, fieldname: str, fieldobj: Any) -> ColumnCursor:
        return ColumnCursor([fieldobj.from_bytes(text) for text in self._lexicon(fieldname)])


class _EncodedPositions(Sequence[bytes]):
    """The positions of one word in each of its documents, encoded when asked for."""

    def __init__(self, keys: Ints, documents: Ints, format_: Any) -> None:
        self._positions = keys & POSITION_MASK
        self._starts = np.searchsorted(keys >> POSITION_BITS, documents, "left")
        self._ends = np.searchsorted(keys >> POSITION_BITS, documents, "right")
        self._format = format_

    def __len__(self) -> int:
        return len(self._starts)

    def __getitem__(self, index: Any) -> Any:
        positions = self._positions[self._starts[index] : self._ends[index]]
        return self._format.encode(positions.tolist())


class ColumnCursor(FieldCursor):
    """Walks the sorted words of one field; Whoosh's fuzzy search needs it."""

    def __init__(self, words: list[str]) -> None:
        self._words = words
        self._at = 0

    def first(self) -> str | None:
        self._at = 0
        return self.text()

    def find(self, string: str) -> str | None:
        self._at = bisect_left(self._words, string)
        return self.text()

    def next(self) -> str | None:
        self._at += 1
        return self.text()

    def text(self) -> str | None:
        return self._words[self._at] if self.is_valid() else None

    def is_valid(self) -> bool:
        return self._at < len(self._words)


class ColumnDocuments(PerDocumentReader):
    """What Whoosh asks of single documents."""

    def __init__(self, segment: SegmentReader) -> None:
        self._segment = segment

    def doc_count(self) -> int:
        return self._segment.live_count

    def doc_count_all(self) -> int:
        return len(self._segment)

    def has_deletions(self) -> bool:
        return self._segment.live is not None

    def is_deleted(self, docnum: int) -> bool:
        # Whoosh's matcher of a negation asks for the number after the last document, too.
        live = self._segment.live
        return live is not None and docnum < len(live) and not live[docnum]

    def deleted_docs(self) -> list[int]:
        live = self._segment.live
        return [] if live is None else np.flatnonzero(~live).tolist()

    def supports_columns(self) -> bool:
        return True

    def has_column(self, fieldname: str) -> bool:
        return fieldname == "date"

    def column_reader(self, fieldname: str, column: Any) -> DateColumn:
        return DateColumn(self._segment.dates, column.default_value())

    def doc_field_length(self, docnum: int, fieldname: str, default: int = 0) -> int:
        return int(self._segment.lengths[docnum]) if self._is_text(fieldname) else default

    def field_length(self, fieldname: str) -> int:
        """Return the sum over the live documents, as all that Whoosh asks for is of these alone."""
        return self._live_length if self._is_text(fieldname) else 0

    @cached_property
    def _live_length(self) -> int:
        return int(self._segment.lengths[self._segment.live_documents()].sum())

    def min_field_length(self, fieldname: str) -> int:
        return int(self._segment.lengths.min()) if self._is_text(fieldname) else 0

    def max_field_length(self, fieldname: str) -> int:
        return int(self._segment.lengths.max()) if self._is_text(fieldname) else 0

    def _is_text(self, fieldname: str) -> bool:
        return fieldname in VIEWS and VIEWS[fieldname].family not in LAYOUT.filters

    def stored_fields(self, docnum: int) -> dict[str, object]:
        document = self._segment.document_at(docnum)
        published = document.article.published
        fields: dict[str, object] = {
            "id": document.article_id,
            "date": None if published is None else published.replace(tzinfo=None),
        }
        for row in LAYOUT.fields.queried:
            values = LAYOUT.values[row.name](document)
            fields[row.key] = list(values) if row.is_listed else "".join(values)
        return fields


class DateColumn(ColumnReader):
    """Publication instants as Whoosh's DATETIME column numbers them."""

    def __init__(self, dates: Ints, default: int) -> None:
        self._dates = dates
        self._default = default
        self._number = index_schema()["date"].prepare_datetime

    def __getitem__(self, docnum: int) -> int:
        date = int(self._dates[docnum])
        number: int = self._default if date == UNDATED else self._number(_naive(date))
        return number

    def __len__(self) -> int:
        return len(self._dates)


def _naive(microseconds: int) -> datetime:
    """Return a date column's value as Whoosh wants instants: UTC without saying so."""
    return from_microseconds(microseconds).replace(tzinfo=None)
