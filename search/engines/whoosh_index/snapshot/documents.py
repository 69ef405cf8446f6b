"""All documents of one generation, numbered through its segments: who is deleted, dates, lengths, field ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np

from search.engines.ranking import K1, B
from search.engines.whoosh_index.format.documents import is_day
from search.engines.whoosh_index.format.layout import Layout
from search.engines.whoosh_index.format.stored import UNDATED
from search.engines.whoosh_index.kernels.arguments import Penalties
from search.engines.whoosh_index.segment.reader import SegmentReader
from search.engines.whoosh_index.snapshot.stories import Stories
from search.text.arrays import Bools, Ints, Numbers
from search.text.stems import LANGUAGES
from search.text.words import WORD_RULES


class Documents:
    """The documents of some segments as arrays, deleted ones included; never changes.

    Segment *s* has the numbers from ``bases[s]`` on. An array is put together when it is first asked for:
    few questions need all of them.
    """

    def __init__(self, segments: Sequence[SegmentReader], layout: Layout) -> None:
        self.layout = layout
        self._segments = segments
        self.sizes = [len(segment) for segment in segments]
        self.bases: list[int] = []
        #: The number of documents, deleted ones included.
        self.size = 0
        for size in self.sizes:
            self.bases.append(self.size)
            self.size += size
        self.live_count = sum(segment.live_count for segment in segments)
        self._field_ends: dict[int, Ints] = {}

    @cached_property
    def live(self) -> Bools | None:
        """For each document whether it is not deleted; None where none is deleted."""
        if self.live_count == self.size:
            return None
        return np.concatenate(
            [np.ones(len(s), bool) if s.live is None else s.live for s in self._segments]
        )

    @cached_property
    def live_numbers(self) -> Ints:
        """All live documents."""
        return np.arange(self.size) if self.live is None else np.flatnonzero(self.live)

    @cached_property
    def dates(self) -> Ints:
        """For each document its instant in microseconds, see `search.engines.whoosh_index.format.stored`."""
        return np.concatenate([np.zeros(0, np.int64), *(s.dates for s in self._segments)])

    @cached_property
    def added(self) -> Ints:
        """For each document when it came or began to be seen, in microseconds; `UNDATED` where that is not known."""
        columns = [
            np.maximum(s.given("added").numbers(), s.column("visible_from")) for s in self._segments
        ]
        return np.concatenate([np.zeros(0, np.int64), *columns])

    @cached_property
    def newest(self) -> int:
        """The instant of the newest live document, `UNDATED` where none has a date."""
        return int(self.dates.take(self.live_numbers).max(initial=UNDATED))

    @cached_property
    def precisions(self) -> Numbers:
        """For each document how exactly its date is known, see `search.engines.whoosh_index.format.documents`."""
        return np.concatenate([np.zeros(0, np.uint8), *(s.precisions for s in self._segments)])

    @cached_property
    def known_to_day(self) -> Bools | None:
        """For each document whether no more than the day is known of its date; None where that is so of none."""
        found = is_day(self.precisions)
        return found if found.any() else None

    @cached_property
    def stem_languages(self) -> Numbers | None:
        """For each document the language of its stems, by number; None where all are English."""
        if not any("stem_language" in segment.columns for segment in self._segments):
            return None
        columns = [segment.column("stem_language").astype(np.uint8) for segment in self._segments]
        return np.concatenate(columns)

    @cached_property
    def languages(self) -> tuple[int, ...]:
        """The languages of stems, by number, ascending."""
        if self.stem_languages is None:
            return (0,)
        counts = np.bincount(self.stem_languages)
        return tuple(np.flatnonzero(counts).tolist())

    @cached_property
    def language_counts(self) -> dict[str, int]:
        """How many live documents have the stems of each language."""
        if self.stem_languages is None:
            return {LANGUAGES[0]: self.live_count}
        counts = np.bincount(self.stem_languages.take(self.live_numbers)).tolist()
        return {LANGUAGES[number]: count for number, count in enumerate(counts) if count}

    @cached_property
    def stories(self) -> Stories | None:
        """Which documents are of one story; None where the index does not know of any."""
        numbers = np.concatenate([np.zeros(0, np.int64), *(s.stories for s in self._segments)])
        found = Stories(numbers, self.live_numbers)
        return found if found.known else None

    @property
    def has_stories(self) -> bool:
        """Whether ``stories`` are put together already."""
        return "stories" in vars(self)

    @cached_property
    def average_length(self) -> float:
        """The mean weighted number of words of a live document; 1 where there is no word at all."""
        total = sum(
            int(s.lengths.sum() if s.live is None else s.lengths[s.live].sum())
            for s in self._segments
        )
        return total / self.live_count if total else 1.0

    @cached_property
    def penalties(self) -> Penalties:
        """What the lengths of all documents cost them."""
        lengths = np.concatenate([np.zeros(0, np.uint16), *(s.lengths for s in self._segments)])
        scale, base = K1 * B / self.average_length, K1 * (1 - B)
        least = base + scale * int(lengths.min()) if len(lengths) else base
        # A hair less: the products are rounded one by one.
        return Penalties(lengths, scale, base, least * (1 - 1e-6))

    @cached_property
    def remark_on_words(self) -> str:
        """A sentence where words of live documents were found by older rules, else ""."""
        older = 0
        for segment in self._segments:
            is_older = segment.column("word_rules") < WORD_RULES
            older += int((is_older if segment.live is None else is_older & segment.live).sum())
        return (
            f"{older:,} of the articles were indexed by older rules of what a word is, so that some may be missed; "
            "newssearch rebuild mends that"
            if older
            else ""
        )

    def field_ends(self, column: int) -> Ints:
        """Return for each document the position at which text field number *column* ends."""
        ends = self._field_ends.get(column)
        if ends is None:
            ends = np.concatenate(
                [np.zeros(0, np.int64), *(s.ends[:, column] for s in self._segments)]
            )
            self._field_ends[column] = ends
        return ends

    def spans(self, size: int) -> Iterator[tuple[int, int]]:
        """Yield all documents as ranges of whole segments: as few segments as reach *size* documents."""
        first = last = 0
        for own in self.sizes:
            last += own
            if last - first >= size:
                yield first, last
                first = last
        if first < last:
            yield first, last
