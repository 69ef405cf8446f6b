"""One generation of the index opened for reading: its segments as one numbered space of documents.

What is needed of all documents (dates, lengths, facets) is put together once a generation, when first asked
for.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from search.engines.protocol.engine import Stats, Tagged
from search.engines.protocol.result import PublicationDate
from search.engines.records import from_microseconds
from search.engines.whoosh_index.format.columns import damaged
from search.engines.whoosh_index.format.documents import PRECISION_NAMES, TAGGER_UNKNOWN, WITHDRAWN
from search.engines.whoosh_index.format.layout import LAYOUT, Layout
from search.engines.whoosh_index.format.stored import UNDATED, now_in_microseconds
from search.engines.whoosh_index.kernels.arguments import FeedbackColumns, ForwardColumns
from search.engines.whoosh_index.segment.forward import ForwardTerms
from search.engines.whoosh_index.segment.joined import NOT_JOINED, JoinedNames
from search.engines.whoosh_index.segment.reader import SegmentName, SegmentReader, id_hashes
from search.engines.whoosh_index.segment.toc import latest_generation, read_toc
from search.engines.whoosh_index.snapshot.documents import Documents
from search.engines.whoosh_index.snapshot.expansions import Expansions
from search.engines.whoosh_index.snapshot.facets import (
    NO_VALUES,
    FacetTable,
    FacetValues,
    JoinedFacetTable,
)
from search.engines.whoosh_index.snapshot.words import Words
from search.model.article import Document
from search.text.arrays import Ints

#: How often to start over when a writer removes a generation while it is being opened.
_ATTEMPTS = 20


def _opened(
    folder: Path, name: SegmentName, before: SegmentReader | None, layout: Layout
) -> SegmentReader:
    """Open a segment, sharing what it has in common with what it was *before*."""
    if before is not None and before.name == name:
        return before
    return SegmentReader(folder, name, before, layout)


class Snapshot:
    """An immutable view of one generation, shared by threads; scores depend on nothing outside it."""

    def __init__(
        self,
        generation: int,
        segments: Sequence[SegmentReader],
        layout: Layout = LAYOUT,
        facet_values: Mapping[str, FacetValues] | None = None,
        instant: int | None = None,
        joined: JoinedNames = NOT_JOINED,
    ) -> None:
        """*facet_values* are those that an earlier snapshot knew, by facet.

        It has the documents that are visible at *instant*, in microseconds; None is now. *joined* says which
        names are counted under others.
        """
        self.generation = generation
        self.joined = joined
        instant = now_in_microseconds() if instant is None else instant
        #: With the documents that are not visible too.
        self.whole = tuple(segments)
        self.segments = tuple(segment.seen_at(instant) for segment in self.whole)
        self.layout = layout
        hidden = [segment.hidden_until(instant) for segment in self.whole]
        #: How many documents are never visible, and how many will be.
        self.withdrawn = sum(int(np.count_nonzero(until == WITHDRAWN)) for until in hidden)
        self.embargoed = sum(map(len, hidden)) - self.withdrawn
        #: When the next of these is visible, in microseconds, so that this snapshot is out of date; None is never.
        self.is_until = (
            min((int(until.min()) for until in hidden if len(until)), default=None)
            if self.embargoed
            else None
        )
        self.documents = Documents(self.segments, layout)
        self.words = Words(self.segments, self.documents)
        self.expansions = Expansions()
        self._facets: dict[str, FacetTable] = {}
        #: Those of them in which names are joined.
        self._joined_facets: dict[str, FacetTable] = {}
        #: Until the table of the facet is made.
        self._values_before = dict(facet_values or {})
        self._making_facets = threading.Lock()

    @classmethod
    def open(
        cls,
        folder: Path,
        before: Snapshot | None = None,
        layout: Layout = LAYOUT,
        *,
        joins_names: bool = True,
    ) -> Snapshot:
        """Open the newest generation of *folder*, sharing what it has in common with *before*.

        Without *joins_names* names are counted as articles have them.

        Raises `IndexMissing` and `IndexDamaged`.
        """
        opened = {} if before is None else {s.name.name: s for s in before.whole}
        missing = ""
        for _ in range(_ATTEMPTS):
            generation = latest_generation(folder)
            try:
                toc = read_toc(folder, generation)
                segments = [
                    _opened(folder, name, opened.get(name.name), layout) for name in toc.segments
                ]
                joined = JoinedNames.open(folder, generation, layout) if joins_names else NOT_JOINED
            except FileNotFoundError as exc:
                # A commit in between removed the generation; a newer one must be there then.
                missing = str(exc.filename)
                if latest_generation(folder) == generation:
                    break
            else:
                known = None if before is None else before.facet_values()
                return cls(generation, segments, layout, known, None, joined)
        raise damaged(missing, "missing")

    def unhidden(self) -> Snapshot:
        """Return the same generation with what is not visible too."""
        hides = any("visible_from" in segment.columns for segment in self.whole)
        if not hides:
            return self
        values, instant = self.facet_values(), WITHDRAWN
        return Snapshot(self.generation, self.whole, self.layout, values, instant, self.joined)

    def seen_now(self) -> Snapshot:
        """Return the same generation with what has become visible since."""
        values = self.facet_values()
        return Snapshot(self.generation, self.whole, self.layout, values, None, self.joined)

    # Words

    @cached_property
    def has_forward(self) -> bool:
        """Whether it is known of every document which words it is heaviest in."""
        return all(segment.forward is not None for segment in self.segments)

    @cached_property
    def forward_columns(self) -> tuple[ForwardColumns, ...]:
        """The forward columns of all segments that have one, and the columns of what their terms stand for."""
        return tuple(
            segment.family("text").forward_columns(base, len(segment), segment.forward)
            for base, segment in zip(self.documents.bases, self.segments, strict=True)
            if segment.forward is not None
        )

    @cached_property
    def feedback_columns(self) -> FeedbackColumns:
        """What words that documents have in common are found and scored by."""
        documents = self.documents
        has_several = len(documents.languages) > 1
        return FeedbackColumns(
            self.forward_columns,
            self.words.by_language,
            documents.penalties,
            documents.live,
            documents.stem_languages if has_several else None,
            documents.live_count,
        )

    def terms_of(self, documents: Ints) -> Iterator[tuple[SegmentReader, Ints, ForwardTerms]]:
        """Yield for each segment that has any of *documents* which of them these are, as indices, and their terms.

        Of a segment that was written without, nothing.
        """
        bases = self.documents.bases
        own = np.searchsorted(bases, documents, "right") - 1
        for number, segment in enumerate(self.segments):
            at = np.flatnonzero(own == number)
            if len(at) and segment.forward is not None:
                yield segment, at, segment.forward.of(documents.take(at) - bases[number])

    def forms_of_term(self, stem: str) -> set[str]:
        """Return all forms of *stem*."""
        families = [segment.family("text") for segment in self.segments]
        return {form for family in families for form in family.forms_of_term(stem)}

    def surface_of(self, stem: str) -> str:
        """Return the form of *stem* that most live documents have, of equal ones the first; itself where nothing has it."""
        forms = self.forms_of_term(stem)
        if len(forms) < 2:
            return next(iter(forms), stem)
        return min(forms, key=lambda form: (-self.words.of_form("text", form).size, form))

    # Articles

    def segment_of(self, document: int) -> tuple[SegmentReader, int]:
        """Return the segment that a document is in, and its number there."""
        bases = self.documents.bases
        number = bisect_right(bases, document) - 1
        return self.segments[number], document - bases[number]

    def document_at(self, number: int) -> Document:
        segment, local = self.segment_of(number)
        return segment.document_at(local)

    def article_id(self, document: int) -> str:
        segment, local = self.segment_of(document)
        return segment.ids[local]

    def find(self, article_id: str) -> Document | None:
        """Return the live document with that id, or None."""
        number = self.number_of(article_id)
        return None if number is None else self.document_at(number)

    def stored(self, article_id: str) -> Document | None:
        """Return the same, or the one that is not visible."""
        ids = [article_id]
        hashes = id_hashes(ids)
        for segment in reversed(self.whole):
            for _, document in segment.found(ids, hashes):
                return segment.document_at(document)
        return None

    def number_of(self, article_id: str) -> int | None:
        """Return the number of the live document with that id, or None."""
        ids = [article_id]
        hashes = id_hashes(ids)
        for base, segment in zip(
            reversed(self.documents.bases), reversed(self.segments), strict=True
        ):
            for _, document in segment.found(ids, hashes):
                return base + document
        return None

    @cached_property
    def stats(self) -> Stats:
        """What the index holds; no dictionary is read for it."""
        oldest, newest = self._ends_of_dates()
        documents = self.documents
        last = int(documents.added.take(documents.live_numbers).max(initial=UNDATED))
        return Stats(
            articles=self.documents.live_count,
            segments=len(self.segments),
            size_bytes=sum(segment.size_bytes() for segment in self.segments),
            oldest=oldest,
            newest=newest,
            facet_values={
                facet: int(np.count_nonzero(self.facet(facet).live_counts))
                for facet in self.layout.facets
            },
            withdrawn=self.withdrawn,
            embargoed=self.embargoed,
            tagged=self._tagged(),
            last_added=from_microseconds(last) if last != UNDATED else None,
        )

    def _tagged(self) -> tuple[Tagged, ...]:
        """Return how many live documents each tagger has looked at, by language."""
        live = self.documents.live_numbers
        if not len(live):
            return ()
        languages = np.full(len(live), -1)
        values: Sequence[str] = ()
        if "lang" in self.layout.facets:
            values, languages = self.facet("lang").values, self.facet("lang").first_ordinals(live)
        columns = [np.zeros(0, np.uint32), *(s.column("taggers") for s in self.segments)]
        taggers = np.concatenate(columns).take(live).astype(np.int64)
        # A document of each tagger says its name.
        numbers, firsts = np.unique(taggers, return_index=True)
        names = {
            number: None if number == TAGGER_UNKNOWN else self.document_at(first).enrichment.tagger
            for number, first in zip(numbers.tolist(), live[firsts].tolist(), strict=True)
        }
        pairs, counts = np.unique(np.stack([taggers, languages]), axis=1, return_counts=True)
        found = [
            Tagged(names[tagger], values[language] if language >= 0 else "", count)
            for tagger, language, count in zip(*pairs.tolist(), counts.tolist(), strict=True)
        ]
        return tuple(sorted(found, key=lambda t: (-t.articles, t.tagger or "", t.language)))

    def _ends_of_dates(self) -> Iterator[PublicationDate | None]:
        """Yield the least and the greatest date of a live document, of equal ones the most exact; None of none."""
        live = self.documents.live_numbers
        dates = self.documents.dates.take(live)
        dated = dates[dates != UNDATED]
        for end in (dated.min(), dated.max()) if len(dated) else ():
            exactest = self.documents.precisions.take(live[dates == end]).max()
            # A segment without precisions has instants.
            precision = PRECISION_NAMES.get(int(exactest)) or "second"
            yield PublicationDate(from_microseconds(int(end)), precision)
        if not len(dated):
            yield from (None, None)

    def count_terms(self) -> int:
        """Return how many different stems there are; every dictionary is read for it."""
        return sum(map(self.words.count_stems, self.documents.languages))

    # Facets

    def has_facet(self, name: str, *, as_written: bool = False) -> bool:
        """Whether the table that `facet` gives is there already."""
        return name in (self._facets if as_written else self._joined_facets)

    def facet(self, name: str, *, as_written: bool = False) -> FacetTable:
        """Return the values of a facet over all segments; the first time its table is made.

        Names are joined, unless they are wanted *as_written*.
        """
        tables = self._facets if as_written else self._joined_facets
        table = tables.get(name)
        if table is not None:
            return table
        with self._making_facets:
            if name not in self._facets:
                before = self._values_before.get(name, NO_VALUES)
                live = self.documents.live
                self._facets[name] = FacetTable(self.segments, name, live, before)
                self._values_before.pop(name, None)
            if name not in tables:
                written, joins = self._facets[name], self.joined.of(name)
                tables[name] = (
                    JoinedFacetTable(written, joins, self.documents) if joins else written
                )
            return tables[name]

    def facet_values(self) -> dict[str, FacetValues]:
        """Return what is known of the values of facets, for a later snapshot."""
        with self._making_facets:
            made = {name: table.known for name, table in self._facets.items()}
            return self._values_before | made
