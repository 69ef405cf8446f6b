"""The columns of documents: numbers that each document has, one row of a table for each column.

A row says what stands for its column in an index that was written without it, so that a new column needs no
new format.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple
from zlib import crc32

import numpy as np

from search.engines.joining.joins import NO_MONTH, month_of
from search.engines.records import to_microseconds
from search.engines.whoosh_index.format.columns import ColumnFile, damaged
from search.engines.whoosh_index.format.layout import Layout
from search.engines.whoosh_index.format.stored import UNDATED
from search.model.article import Article, Document
from search.text.arrays import Array, Bools, Ints, Numbers, narrowed
from search.text.sketches import NO_NUMBER, NO_SHINGLE, SKETCH_NUMBERS, SKETCH_SHINGLES
from search.text.stems import language_number


class DocumentColumn(NamedTuple):
    """One row: a column with one number a document, or several: ``width``, or one for each text field.

    Signed ones have 64 bits, others the smallest unsigned type that holds the largest of a segment.
    ``merged`` says what becomes of it when segments are merged: copied for the documents that stay,
    remade out of the other columns, or dropped, which leaves ``lacking``. That stands for the numbers of
    a segment without the column; None means that every segment has it. ``of_document`` makes the number of a
    document; by it the column is made when a segment without it is merged. ``is_own`` means that nearly each
    document has a number of its own, from -1 on.
    """

    name: str
    signed: bool = False
    width: int = 1
    per_text_field: bool = False
    merged: Literal["copied", "remade", "dropped"] = "copied"
    lacking: int | None = None
    of_document: Callable[[Document], int] | None = None
    is_own: bool = False
    #: Whether a segment lacks it, and nothing is missing, where all its documents have ``lacking``.
    is_optional: bool = False

    @property
    def has_rows(self) -> bool:
        """Whether a document has several numbers."""
        return self.per_text_field or self.width > 1

    def width_in(self, layout: Layout) -> int:
        """Return how many numbers a document has in a segment of that *layout*."""
        return len(layout.text_fields) if self.per_text_field else self.width

    def stored(self, numbers: Numbers) -> Array:
        """Return *numbers* as they lie in a file."""
        return (
            numbers.reshape(-1).astype(np.int64) if self.signed else narrowed(numbers.reshape(-1))
        )


#: The number of each precision in an index; 0 is that of undated articles.
PRECISION_NUMBERS = {"": 0, "year": 1, "month": 2, "day": 3, "minute": 4, "second": 5}
PRECISION_NAMES = {number: name for name, number in PRECISION_NUMBERS.items()}


def _precision_number(document: Document) -> int:
    return PRECISION_NUMBERS[document.article.published_precision]


#: The number in the column ``taggers`` where a segment was written without it.
TAGGER_UNKNOWN = 1


def tagger_number(document: Document) -> int:
    """Return what tells the tagger that has looked for names in *document*; 0 where none has. Its name is in the document."""
    return crc32(document.enrichment.tagger.encode())


def _stem_language(document: Document) -> int:
    return language_number(document.article.language)


#: The number in the column ``visible_from`` of an article that its publisher took back: nobody ever sees it.
WITHDRAWN = int(np.iinfo(np.int64).max)


def _visible_from(document: Document) -> int:
    return visible_from(document.article)


def visible_from(article: Article) -> int:
    """Return the instant from which on anybody sees *article*, in microseconds, `UNDATED` where that is always."""
    if article.is_withdrawn:
        return WITHDRAWN
    return UNDATED if article.embargoed_until is None else to_microseconds(article.embargoed_until)


def is_day(precisions: Numbers) -> Bools:
    """Return of each number of a precision whether it is that of a day, month or year."""
    found: Bools = (precisions > PRECISION_NUMBERS[""]) & (precisions < PRECISION_NUMBERS["minute"])
    return found


def months_of(dates: Ints, precisions: Numbers) -> Ints:
    """Return the month (`search.engines.joining.joins.month_of`) of each date, in UTC; `NO_MONTH` where it is not known."""
    known = (dates != UNDATED) & (precisions != PRECISION_NUMBERS["year"])
    months = np.where(known, dates, 0).astype("datetime64[us]").astype("datetime64[M]")
    found: Ints = np.where(known, months.astype(np.int64) + month_of(1970, 1), NO_MONTH)
    return found


#: What follows from the articles of a segment; in the segment's file.
DOCUMENT_COLUMNS = (
    DocumentColumn("dates", signed=True),
    #: How exactly the date is known. Where that is lacking, dates are taken for instants.
    DocumentColumn("precisions", lacking=0, of_document=_precision_number),
    #: Weighted number of words, as in docs/ranking.md.
    DocumentColumn("lengths"),
    #: The position at which each text field ends, gap included.
    DocumentColumn("ends", per_text_field=True),
    #: The rank of the document's id among the ids in order.
    DocumentColumn("id_ranks", merged="remade"),
    #: The instant from which on anybody sees the document, in microseconds; `WITHDRAWN` is never.
    DocumentColumn(
        "visible_from", signed=True, lacking=UNDATED, of_document=_visible_from, is_optional=True
    ),
    #: Which tagger has looked for names: `tagger_number`.
    DocumentColumn("taggers", lacking=TAGGER_UNKNOWN, of_document=tagger_number),
    #: The language that its stems are of, by number in `search.text.stems.LANGUAGES`; 0 is English.
    DocumentColumn("stem_language", lacking=0, of_document=_stem_language, is_optional=True),
    #: By which rules its words were found: `search.text.words.WORD_RULES`.
    DocumentColumn("word_rules", lacking=1),
    #: By which copies of an article are found: see `search.text.sketches`. Without them it has none.
    DocumentColumn("sketch.shingles", width=SKETCH_SHINGLES, lacking=NO_SHINGLE),
    DocumentColumn("sketch.numbers", width=SKETCH_NUMBERS, lacking=NO_NUMBER),
    DocumentColumn("sketch.shingle_counts", lacking=0),
    DocumentColumn("sketch.number_counts", lacking=0),
)

#: What a commit gives to documents; in a small file that a later commit may replace.
GIVEN_COLUMNS = (
    DocumentColumn("deleted", merged="dropped", lacking=0),
    #: When the article came into the index, in microseconds.
    DocumentColumn("added", signed=True, lacking=UNDATED),
    #: How often the article has changed since.
    DocumentColumn("revision", lacking=0),
    #: The number of the story that the article is a copy of; -1 where nobody has looked: it is then its own.
    DocumentColumn("story", lacking=-1, is_own=True),
)


class GivenColumn:
    """A column of `GIVEN_COLUMNS`.

    Commits give the same to many documents, so few numbers are distinct, but where the column says that each
    document has its own.
    """

    def __init__(self, file: ColumnFile | None, column: DocumentColumn, documents: int) -> None:
        """Read it from *file*; where that is None, or lacks it, it is what its row says.

        Raises `IndexDamaged` unless it has a number for each document.
        """
        self._documents = documents
        self._values = np.array([column.lacking])
        self._ordinals: Numbers = np.zeros(0, np.uint8)
        self._own: Numbers | None = None
        stored = column.name if column.is_own else f"{column.name}.values"
        self.is_lacking = file is None or stored not in file
        if file is None or self.is_lacking:
            return
        if column.is_own:
            self._own = file[column.name]
            if len(self._own) != documents:
                raise damaged(file.path, f"column {column.name} does not fit the documents")
            return
        self._values = file[f"{column.name}.values"].astype(np.int64)
        self._ordinals = file[f"{column.name}.ordinals"]
        several = len(self._ordinals)
        if several != (0 if len(self._values) == 1 else documents) or (
            several and int(self._ordinals.max()) >= len(self._values)
        ):
            raise damaged(file.path, f"column {column.name} does not fit the documents")

    def __getitem__(self, document: int) -> int:
        if self._own is not None:
            return int(self._own[document]) - 1
        return int(self._values[self.ordinal(document)])

    @property
    def values(self) -> Ints:
        """The distinct numbers; not of a column whose documents have their own."""
        return self._values

    def ordinal(self, document: int) -> int:
        """Return which of ``values`` a document has."""
        return int(self._ordinals[document]) if len(self._ordinals) else 0

    def numbers(self) -> Ints:
        """Return the number of each document."""
        if self._own is not None:
            return self._own.astype(np.int64) - 1
        if len(self._ordinals):
            return self._values[self._ordinals]
        return np.full(self._documents, self._values[0])

    @property
    def largest(self) -> int:
        if self._own is not None:
            return int(self._own.max(initial=0)) - 1
        return int(self._values.max())

    @staticmethod
    def columns(column: DocumentColumn, numbers: Numbers) -> Iterator[tuple[str, Array]]:
        """Yield what holds the *numbers* of each document in *column*.

        That is the distinct numbers, and which of them each document has; the latter is empty if only one exists.
        Where each has its own it is that and 1.
        """
        name = column.name
        if column.is_own:
            yield name, narrowed(numbers + 1)
            return
        values, ordinals = np.unique(numbers, return_inverse=True)
        yield f"{name}.values", values.astype(np.int64)
        yield f"{name}.ordinals", narrowed(ordinals if len(values) > 1 else ordinals[:0])
