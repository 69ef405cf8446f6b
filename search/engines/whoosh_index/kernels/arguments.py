"""What the kernels take: the columns of a segment, posting runs, and the penalties of lengths."""

from __future__ import annotations

from bisect import bisect_left
from typing import NamedTuple

import numpy as np

from search.engines.whoosh_index.format.constants import FREQUENCY_MASK
from search.text.arrays import Bools, Floats, Ints, Numbers, UInt8s, UInt16s


class ListColumns(NamedTuple):
    """The columns of posting lists: one item a posting, then the exceptions (docs/index-format.md)."""

    documents: UInt16s
    codes: UInt8s
    exceptional: Numbers
    frequencies: Numbers
    weights: Numbers


class TermLists(NamedTuple):
    """Some posting lists of one segment."""

    lists: ListColumns
    #: Where each list starts, and one more.
    starts: Numbers
    #: Which lists are meant, the term of each, ascending, and its idf.
    which: Ints
    terms: Ints
    idfs: Floats
    #: 1 for each document that is meant, 0 for others; None where all are.
    kept: UInt8s | None


class WordColumns(NamedTuple):
    """The columns of the words of one segment, as docs/index-format.md names them."""

    #: The number that the segment's first document has in the snapshot.
    base: int
    forms: UInt8s
    form_starts: Numbers
    form_keys: Numbers
    form_lists: ListColumns
    first_posting: Numbers
    positions: Numbers
    first_position: Numbers
    stems: UInt8s
    stem_starts: Numbers
    stem_keys: Numbers
    stem_lists: ListColumns
    first_stem_posting: Numbers
    first_form: Numbers
    forms_of_stems: Numbers


class StemColumns(NamedTuple):
    """The columns of the stems of one language in one segment."""

    #: The number that the first of them has as a term.
    first: int
    strings: UInt8s
    starts: Numbers
    first_posting: Numbers
    first_form: Numbers
    forms: Numbers


class ForwardColumns(NamedTuple):
    """The forward column of one segment, and the columns of what its terms stand for."""

    #: The number that the segment's first document has in the snapshot, and how many it has.
    base: int
    documents: int
    starts: Numbers
    steps: UInt16s
    weights: UInt8s
    forms: UInt8s
    form_starts: Numbers
    first_posting: Numbers
    #: Languages in the order of their numbers as terms.
    stems: tuple[StemColumns, ...]


class LanguageWords(NamedTuple):
    """The words of all segments that have stems of one language."""

    #: Its number, -1 where all documents are in it; whether words have stems in it; the words, segment by segment.
    language: int
    has_stems: bool
    segments: tuple[WordColumns, ...]


class FeedbackColumns(NamedTuple):
    """What `feedback` reads of a snapshot."""

    forward: tuple[ForwardColumns, ...]
    words: tuple[LanguageWords, ...]
    penalties: Penalties
    #: Of each document whether it is not deleted; None where none is.
    live: Bools | None
    #: The language of each document; None where all are in one.
    languages: Numbers | None
    #: How many documents are not deleted.
    documents: int


class PostingRun(NamedTuple):
    """Postings in a row of one segment: postings ``first`` up to ``last`` of some lists.

    ``base`` is the number that the segment's first document has in the snapshot. ``positions`` holds the
    positions of all forms, those of the run from ``position`` on; it is None for lists of stems.
    """

    base: int
    lists: ListColumns
    first: int
    last: int
    positions: Numbers | None = None
    position: int = 0

    def exceptions(self) -> slice:
        """Return which of the exceptions are of postings of this run."""
        numbers = self.lists.exceptional.data
        first = bisect_left(numbers, self.first)
        return slice(first, bisect_left(numbers, self.last, first))

    def frequencies(self) -> Ints:
        """Return how often the word of each posting is in its document."""
        codes = self.lists.codes[self.first : self.last]
        frequencies = (codes & FREQUENCY_MASK).astype(np.int64)
        frequencies += 1
        exceptions = self.exceptions()
        at = self.lists.exceptional[exceptions].astype(np.int64) - self.first
        frequencies[at] = self.lists.frequencies[exceptions]
        return frequencies


class Penalties(NamedTuple):
    """What the length of each document makes of BM25's denominator: ``base + scale * length``.

    The lengths themselves are kept, not the products: in 16 bits they are half of what has to be read.
    """

    lengths: Numbers
    scale: float
    base: float
    #: The penalty of the shortest document.
    least: float


#: The postings of a word: its runs, one a segment; or its documents and the weight of the word in each, None
#: where the weights do not matter.
RunsOrArrays = list[PostingRun] | tuple[Ints, Floats | None]

#: A set to be united with others: documents and their scores, None where these add nothing; or a word, its
#: penalties and its factor, as `scored` takes them.
UnionPart = tuple[Ints, Floats | None] | tuple[list[PostingRun], Penalties, float]
