"""The embedded engine: answers requests over snapshots of a Whoosh index with columnar segments.

A little over 400 lines, because the engine and the answer to one request know each other's parts.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from search.article import Article
from search.engines.base import (
    FACETS,
    Contribution,
    EngineHit,
    FacetCounts,
    FacetRequest,
    FacetValue,
    Prepared,
    SearchRequest,
    SearchResult,
    Selection,
    Stats,
    facet_key,
)
from search.engines.whoosh_index.batch import WordTable
from search.engines.whoosh_index.build import ContentBuilder
from search.engines.whoosh_index.columns import Bools, Floats, Ints
from search.engines.whoosh_index.commit import commit, create
from search.engines.whoosh_index.evaluate import Evaluation, is_scored
from search.engines.whoosh_index.expand import expand_fuzzy
from search.engines.whoosh_index.layout import MAX_DOCUMENTS
from search.engines.whoosh_index.matches import Matches, all_of
from search.engines.whoosh_index.preparation import Preparation
from search.engines.whoosh_index.segment import SegmentReader
from search.engines.whoosh_index.snapshot import Snapshot
from search.engines.whoosh_index.stored import UNDATED, Trained
from search.engines.whoosh_index.toc import latest_generation
from search.errors import IndexDamaged, IndexLocked, RequestError
from search.query import And, DateRange, Group, Query
from search.text import fold, within_edits

#: Bytes that a segment's builder may hold, for each megabyte that adding may take.
_HELD_PER_MB = 500_000

MAX_EXPANSIONS = 1024
LOCK_TIMEOUT_MS = 10_000
MEMORY_MB = 512


class WhooshEngine:
    """The engine over one folder. Implements `search.engines.base.Engine`."""

    def __init__(
        self,
        folder: str | Path,
        *,
        make: bool = False,
        max_expansions: int = MAX_EXPANSIONS,
        lock_timeout_ms: int = LOCK_TIMEOUT_MS,
        memory_mb: int = MEMORY_MB,
    ) -> None:
        """Open the index in *folder*; with *make*, create an empty one where there is none.

        *memory_mb* is what adding may hold in memory; with less, segments are smaller and more.

        Raises `IndexMissing`, `IndexDamaged`, or `EngineError` where the folder cannot be used.
        """
        self.folder = Path(folder)
        self._max_expansions = max_expansions
        self._lock_timeout_ms = lock_timeout_ms
        self._segment_bytes = memory_mb * _HELD_PER_MB
        self._opening = threading.Lock()
        self._adding = threading.Lock()
        #: Words seen by earlier adds of this engine, so that they need not be analysed again.
        self._words: WordTable | None = None
        self._trained: Trained | None = None
        #: What was prepared here and is not published yet, as far as is known.
        self._prepared: list[Preparation] = []
        if make:
            create(self.folder, lock_timeout_ms)
        self._snapshot: Snapshot | None = Snapshot.open(self.folder)

    def close(self) -> None:
        """Let go of the files. They stay mapped until running answers are done.

        What was prepared and not published is lost.
        """
        self._snapshot = None
        with self._adding:
            for preparation in self._prepared:
                preparation.close()
            self._prepared = []

    def _current(self) -> Snapshot:
        """Return the newest generation, opening it if there is one since the last call."""
        snapshot = self._snapshot
        if snapshot is None or latest_generation(self.folder) != snapshot.generation:
            with self._opening:
                # Another thread may have opened it while this one waited.
                snapshot = self._snapshot
                if snapshot is None or latest_generation(self.folder) != snapshot.generation:
                    snapshot = self._snapshot = Snapshot.open(self.folder, snapshot)
        return snapshot

    # Changing

    def add(self, articles: Iterable[Article]) -> int:
        """Add or replace *articles* in one commit; return how many distinct ones."""
        return self.publish([self.prepare(articles)])

    def prepare(self, articles: Iterable[Article]) -> Prepared:
        """Write *articles* as segments that no reader sees yet. Raises `EngineError`.

        What is held in memory for it does not grow with their number.
        """
        preparation: Preparation | None = None
        with self._adding:
            try:
                builder = self._builder()
                for article in articles:
                    builder.add(article)
                    if builder.held_bytes >= self._segment_bytes or len(builder) == MAX_DOCUMENTS:
                        preparation = self._written(builder, preparation)
                        builder = self._builder()
                if len(builder):
                    preparation = self._written(builder, preparation)
            except BaseException:
                if preparation is not None:
                    preparation.close()
                raise
            if preparation is None:
                return Prepared("", (), 0)
            self._prepared = [kept for kept in self._prepared if not kept.is_gone()]
            self._prepared.append(preparation)
        return Prepared(preparation.place, tuple(preparation.ids), preparation.documents)

    def _written(self, builder: ContentBuilder, preparation: Preparation | None) -> Preparation:
        """Write what *builder* holds, and remember what serves the next one too."""
        preparation = preparation or Preparation(self.folder)
        try:
            preparation.write(builder.content())
        except BaseException:
            preparation.close()
            raise
        self._trained = builder.trained
        return preparation

    def _builder(self) -> ContentBuilder:
        if self._words is None or self._words.held_bytes > self._segment_bytes // 3:
            self._words = WordTable()
        return ContentBuilder(self._words, self._trained)

    def publish(self, prepared: Sequence[Prepared], deleted_ids: Iterable[str] = ()) -> int:
        """Make what was prepared visible in one commit; return how many distinct articles that are."""
        written = [part for part in prepared if part.documents]
        ids = list(dict.fromkeys(i for part in written for i in part.article_ids))
        gone = list(dict.fromkeys(deleted_ids))
        if written or gone:
            places = [part.place for part in written]
            try:
                commit(self.folder, places, ids, gone, self._lock_timeout_ms)
            except IndexLocked:
                raise  # to be tried again
            except BaseException:
                self._let_go(places)
                raise
            self._let_go(places)
        return len(ids)

    def _let_go(self, places: Sequence[str]) -> None:
        """Remove what this engine has prepared at *places*."""
        with self._adding:
            for preparation in self._prepared:
                if preparation.place in places:
                    preparation.close()
            self._prepared = [kept for kept in self._prepared if kept.place not in places]

    def delete(self, article_ids: Iterable[str]) -> int:
        """Delete in one commit; return how many of the ids there were."""
        ids = list(dict.fromkeys(article_ids))
        return commit(self.folder, (), (), ids, self._lock_timeout_ms) if ids else 0

    # Asking

    def get(self, article_id: str) -> Article | None:
        """Return the article exactly as it was added, or None."""
        with self._reading():
            return self._current().find(article_id)

    def search(self, request: SearchRequest) -> SearchResult:
        """Answer *request* from one generation of the index."""
        _check(request)
        with self._reading():
            answer = _Answer(self._current(), request, self._max_expansions)
            hits = answer.hits()
            facets = answer.facets()
            counts = tuple(map(answer.evaluation.count, request.counted))
            return SearchResult(
                answer.total, hits, facets, tuple(answer.evaluation.notices), counts
            )

    def count(self, request: SearchRequest) -> int:
        """Return the exact number of documents that *request* matches."""
        _check(request)
        with self._reading():
            return _Answer(self._current(), request, self._max_expansions).total

    def facets(self, request: SearchRequest) -> Mapping[str, FacetCounts]:
        """Return only the facets that *request* asks for."""
        _check(request)
        with self._reading():
            return _Answer(self._current(), request, self._max_expansions).facets()

    def spellings(self, form: str, limit: int = 3) -> tuple[str, ...]:
        """Return indexed words within two edits of *form*: fewest edits, then most articles, first."""
        wanted = fold(form)
        frequency: dict[str, int] = {}
        with self._reading():
            for segment in self._current().segments:
                reader = segment.family("text")
                numbers = np.array(expand_fuzzy(wanted, 2)(reader), np.int64)
                counts = reader.frequencies(numbers, None)
                for number, count in zip(numbers.tolist(), counts.tolist(), strict=True):
                    found = reader.forms[number]
                    frequency[found] = frequency.get(found, 0) + count
        ranked = sorted(
            (word for word, count in frequency.items() if count and word != wanted),
            key=lambda word: (not within_edits(wanted, word, 1), -frequency[word], word),
        )
        return tuple(ranked[:limit])

    def stats(self) -> Stats:
        """Return what the index holds."""
        with self._reading():
            return self._current().stats

    def verify(self) -> tuple[str, ...]:
        """Read every byte; return a sentence for each part of a file that fails its checksum."""
        return tuple(p for segment in self._current().segments for p in segment.verify())

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Where something fails that must not, say so of the index if it is the index's fault."""
        try:
            yield
        except (ArithmeticError, AssertionError, LookupError, TypeError, ValueError) as exc:
            if problems := self.verify():
                raise IndexDamaged(
                    f"{problems[0]}; restore the file, or delete the folder and index again"
                ) from exc
            raise


def _check(request: SearchRequest) -> None:
    """Raise `RequestError` for a facet or selection that there is not."""
    for name in [*(f.field for f in request.facets), *(s.field for s in request.selections)]:
        if name not in FACETS:
            raise RequestError(f"no facet {name!r}; there are: {', '.join(FACETS)}")
    if request.limit < 0 or request.offset < 0:
        raise RequestError(
            f"limit {request.limit} and offset {request.offset} must not be negative"
        )


class _Answer:
    """One request over one snapshot, its parts made when asked for."""

    def __init__(self, snapshot: Snapshot, request: SearchRequest, max_expansions: int) -> None:
        self.snapshot = snapshot
        self.request = request
        self._by_score = (
            request.limit > 0 and request.sort == "relevance" and is_scored(request.tree)
        )
        self.evaluation = Evaluation(
            snapshot, request.match, max_expansions, is_scored=self._by_score
        )
        self._matches = self._of_tree()
        self._selected = {
            selection.field: [
                s.facet(selection.field).documents_with(selection.values) for s in snapshot.segments
            ]
            for selection in _joined(request)
        }
        self._found = [
            matches
            if kept is None
            else Matches(
                matches.documents[kept], None if matches.scores is None else matches.scores[kept]
            )
            for matches, kept in zip(self._matches, self._kept(None), strict=True)
        ]
        self.total = sum(len(found.documents) for found in self._found)

    def _of_tree(self) -> list[Matches]:
        found = self.evaluation.matches(self.request.tree)
        if self.request.start is None and self.request.end is None:
            return found
        dated = self.evaluation.matches(DateRange(self.request.start, self.request.end))
        return [
            all_of(len(segment), (matches, inside))
            for segment, matches, inside in zip(self.snapshot.segments, found, dated, strict=True)
        ]

    def _kept(self, leaving_out: str | None) -> list[Bools | None]:
        """Return for each segment which matches are in every selection but that of one field."""
        kept: list[Bools | None] = [None] * len(self._matches)
        for field, flags in self._selected.items():
            if field != leaving_out:
                for number, matches in enumerate(self._matches):
                    chosen = flags[number][matches.documents]
                    before = kept[number]
                    kept[number] = chosen if before is None else before & chosen
        return kept

    def _documents(self, leaving_out: str | None) -> list[Ints]:
        return [
            matches.documents if kept is None else matches.documents[kept]
            for matches, kept in zip(self._matches, self._kept(leaving_out), strict=True)
        ]

    # Hits

    def hits(self) -> tuple[EngineHit, ...]:
        """Return the page of hits that the request asks for."""
        request = self.request
        if not request.limit or request.offset >= self.total:
            return ()
        ranked = self._ranked(request.offset + request.limit)[request.offset :]
        hits = []
        for number, document, score in ranked:
            article = self.snapshot.segments[number].article(document)
            explained = request.explain and self._by_score
            contributions = self._explained(number, document, score) if explained else ()
            hits.append(EngineHit(article, score, contributions))
        return tuple(hits)

    def _ranked(self, wanted: int) -> list[tuple[int, int, float]]:
        """Return (segment, document, score) of the first *wanted* hits in order."""
        scored = (
            self._best(wanted) if self._by_score else [(f.documents, None) for f in self._found]
        )
        candidates: list[tuple[float, int, str, int, int]] = []
        for number, (segment, (among, scores)) in enumerate(
            zip(self.snapshot.segments, scored, strict=True)
        ):
            places = _first(scores, segment, among, self.request.sort, wanted)
            documents = among[places]
            kept = np.zeros(len(places)) if scores is None else scores[places]
            dates = _date_order(segment.dates[documents], self.request.sort)
            # The last tie is broken by id, which only those still in the running need be read for.
            candidates += (
                (-score, date, segment.ids[document], number, document)
                for score, date, document in zip(
                    kept.tolist(), dates.tolist(), documents.tolist(), strict=True
                )
            )
        candidates.sort()
        return [(number, document, -score) for score, _, _, number, document in candidates[:wanted]]

    def _best(self, wanted: int) -> list[tuple[Ints, Floats]]:
        """Return by segment documents that hold the *wanted* best, and their scores.

        Those with the highest bounds are scored first; whatever has a bound below the score that
        the last of the wanted then has cannot be among them.
        """
        tree = self.request.tree
        bounds = [
            np.zeros(len(f.documents), np.float32) if f.scores is None else f.scores
            for f in self._found
        ]
        first = [
            f.documents[_highest(b, wanted + _SPARE)]
            for f, b in zip(self._found, bounds, strict=True)
        ]
        scores = self.evaluation.exactly(tree, first)
        every = np.concatenate(scores)
        if len(every) == self.total:
            return list(zip(first, scores, strict=True))
        least = np.partition(every, len(every) - wanted)[len(every) - wanted] * (1 - _ROUNDING)
        able = [f.documents[b >= least] for f, b in zip(self._found, bounds, strict=True)]
        if all(len(a) <= len(f) and _within(a, f) for a, f in zip(able, first, strict=True)):
            return list(zip(first, scores, strict=True))
        return list(zip(able, self.evaluation.exactly(tree, able), strict=True))

    def _explained(self, number: int, document: int, score: float) -> tuple[Contribution, ...]:
        """Return what each top-level clause adds to a hit's score, and what is left for neighbours."""
        from search.query import render

        tree = self.request.tree
        clauses: Sequence[Query] = tree.children if isinstance(tree, And | Group) else (tree,)
        within = [np.zeros(0, np.int64) for _ in self.snapshot.segments]
        within[number] = np.array([document])
        parts = []
        for clause in clauses:
            if added := float(self.evaluation.exactly(clause, within)[number][0]):
                parts.append(Contribution(render(clause), added))
        rest = score - sum(part.score for part in parts)
        if rest > _ROUNDING:
            parts.append(Contribution("neighbouring words", rest))
        return tuple(parts)

    # Facets

    def facets(self) -> dict[str, FacetCounts]:
        """Return the counts of each facet asked for, its own selection left out."""
        return {wanted.field: self._facet(wanted) for wanted in self.request.facets}

    def _facet(self, wanted: FacetRequest) -> FacetCounts:
        own = wanted.field in self._selected
        documents = self._documents(wanted.field) if own else [f.documents for f in self._found]
        table = self.snapshot.facet(wanted.field)
        counts = table.counts(documents)
        ranked = _most(counts, wanted.size)
        chosen, unknown = self._chosen_values(wanted.field)
        beyond = [(table.values[place], int(counts[place])) for place in chosen - set(ranked)]
        beyond += [(value, 0) for value in unknown]
        beyond.sort(key=lambda found: (-found[1], found[0]))
        values = [
            FacetValue(table.values[place], int(counts[place]), place in chosen) for place in ranked
        ]
        values += [FacetValue(value, count, True) for value, count in beyond]
        other = int(counts.sum()) - sum(value.count for value in values)
        return FacetCounts(tuple(values), other, table.missing(documents))

    def _chosen_values(self, field: str) -> tuple[set[int], set[str]]:
        """Return the places of the facet values that the request selects.

        And those asked for that no article has any more, so that they can be taken back.
        """
        chosen: set[int] = set()
        unknown: set[str] = set()
        table = self.snapshot.facet(field)
        for selection in _joined(self.request):
            for asked in selection.values if selection.field == field else ():
                places = table.selected(asked)
                chosen.update(places)
                if not places:
                    unknown.add(asked)
        return chosen, unknown


#: Scores are sums of 32-bit numbers; less than this is what rounding leaves.
_ROUNDING = 1e-4


#: Documents scored beside those wanted, so that a second round is seldom needed.
_SPARE = 40


def _highest(bounds: Floats, size: int) -> Ints:
    """Return the places of the *size* highest bounds, ascending."""
    if len(bounds) <= size:
        return np.arange(len(bounds))
    return np.sort(np.argpartition(bounds, len(bounds) - size)[len(bounds) - size :])


def _within(documents: Ints, among: Ints) -> bool:
    places = np.searchsorted(among, documents)
    return bool((places < len(among)).all() and (among[places] == documents).all())


def _most(counts: Ints, size: int) -> list[int]:
    """Return the places of the *size* largest counts above 0, of equal ones the first."""
    places = np.flatnonzero(counts)
    if len(places) > size:
        least = np.partition(counts[places], len(places) - size)[len(places) - size]
        places = places[counts[places] >= least]
    order = np.argsort(-counts[places], kind="stable")
    found: list[int] = places[order][:size].tolist()
    return found


def _joined(request: SearchRequest) -> list[Selection]:
    """Return the selections, those of one field as one, blank values left out."""
    values: dict[str, list[str]] = {}
    for selection in request.selections:
        values.setdefault(selection.field, []).extend(v for v in selection.values if facet_key(v))
    return [Selection(field, tuple(chosen)) for field, chosen in values.items() if chosen]


def _date_order(dates: Ints, sort: str) -> Ints:
    """Return numbers that ascend in the order dates are shown in, undated last."""
    last = np.iinfo(np.int64).max
    order = dates if sort == "oldest" else -np.maximum(dates, UNDATED + 1)
    return np.where(dates == UNDATED, last, order)


def _first(
    scores: Floats | None, segment: SegmentReader, documents: Ints, sort: str, wanted: int
) -> Ints:
    """Return the places of all *documents* that may be among the first *wanted*, in no order."""
    places = np.arange(len(documents))
    if len(places) <= wanted:
        return places
    above = places[:0]
    if scores is not None:
        threshold = np.partition(scores, len(scores) - wanted)[len(scores) - wanted]
        above = np.flatnonzero(scores > threshold)
        places = np.flatnonzero(scores == threshold)
    for is_date in (True, False):
        missing = wanted - len(above)
        if len(places) <= missing:
            break
        tied = documents[places]
        values = _date_order(segment.dates[tied], sort) if is_date else segment.id_ranks[tied]
        last = np.partition(values, missing - 1)[missing - 1]
        above = np.concatenate([above, places[values < last]])
        places = places[values == last]
    return np.concatenate([above, places])
