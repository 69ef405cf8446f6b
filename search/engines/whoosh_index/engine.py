"""The embedded engine: answers requests over snapshots of a Whoosh index with columnar segments."""

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
    SearchRequest,
    SearchResult,
    Selection,
    Stats,
    facet_key,
)
from search.engines.whoosh_index.batch import WordTable
from search.engines.whoosh_index.build import ContentBuilder, SegmentContent
from search.engines.whoosh_index.columns import Bools, Floats, Ints
from search.engines.whoosh_index.commit import commit, create
from search.engines.whoosh_index.evaluate import Evaluation, Matches, is_scored
from search.engines.whoosh_index.expand import expand_fuzzy
from search.engines.whoosh_index.snapshot import Snapshot
from search.engines.whoosh_index.stored import UNDATED
from search.engines.whoosh_index.toc import latest_generation
from search.errors import IndexDamaged, RequestError
from search.query import And, DateRange, Group, Query
from search.text import fold, within_edits

#: Characters taken in before a segment is closed and the next begun; bounds what an add holds in memory.
_SEGMENT_CHARS = 64_000_000

#: Distinct forms remembered between two adds before starting over; bounds the memory of a long run.
_REMEMBERED_FORMS = 2_000_000

MAX_EXPANSIONS = 1024
LOCK_TIMEOUT_MS = 10_000


class WhooshEngine:
    """The engine over one folder. Implements `search.engines.base.Engine`."""

    def __init__(
        self,
        folder: str | Path,
        *,
        make: bool = False,
        max_expansions: int = MAX_EXPANSIONS,
        lock_timeout_ms: int = LOCK_TIMEOUT_MS,
    ) -> None:
        """Open the index in *folder*; with *make*, create an empty one where there is none.

        Raises `IndexMissing`, `IndexDamaged`, or `EngineError` where the folder cannot be used.
        """
        self.folder = Path(folder)
        self._max_expansions = max_expansions
        self._lock_timeout_ms = lock_timeout_ms
        self._opening = threading.Lock()
        self._adding = threading.Lock()
        #: Words seen by earlier adds of this engine, so that they need not be analysed again.
        self._words: WordTable | None = None
        if make:
            create(self.folder, lock_timeout_ms)
        self._snapshot: Snapshot | None = Snapshot.open(self.folder)

    def close(self) -> None:
        """Let go of the files. They stay mapped until running answers are done."""
        self._snapshot = None

    def _current(self) -> Snapshot:
        """Return the newest generation, opening it if there is one since the last call."""
        snapshot = self._snapshot
        if snapshot is None or latest_generation(self.folder) != snapshot.generation:
            with self._opening:
                snapshot = self._snapshot = Snapshot.open(self.folder, self._snapshot)
        return snapshot

    # Changing

    def add(self, articles: Iterable[Article]) -> int:
        """Add or replace *articles* in one commit; return how many distinct ones."""
        newest = {article.article_id: article for article in articles}
        if not newest:
            return 0
        contents = self._contents(newest.values())
        commit(self.folder, contents, newest, self._lock_timeout_ms)
        return len(newest)

    def _contents(self, articles: Iterable[Article]) -> list[SegmentContent]:
        contents: list[SegmentContent] = []
        with self._adding:
            if self._words is None or len(self._words.forms) > _REMEMBERED_FORMS:
                self._words = WordTable()
            builder = ContentBuilder(self._words)
            for article in articles:
                builder.add(article)
                if builder.chars >= _SEGMENT_CHARS:
                    contents.append(builder.content())
                    builder = ContentBuilder(self._words)
            if len(builder):
                contents.append(builder.content())
        return contents

    def delete(self, article_ids: Iterable[str]) -> int:
        """Delete in one commit; return how many of the ids there were."""
        ids = list(dict.fromkeys(article_ids))
        return commit(self.folder, (), ids, self._lock_timeout_ms) if ids else 0

    # Asking

    def get(self, article_id: str) -> Article | None:
        """Return the article exactly as it was added, or None."""
        with _reading(self.folder):
            return self._current().find(article_id)

    def search(self, request: SearchRequest) -> SearchResult:
        """Answer *request* from one generation of the index."""
        _check(request)
        with _reading(self.folder):
            answer = _Answer(self._current(), request, self._max_expansions)
            hits = answer.hits()
            facets = answer.facets()
            return SearchResult(answer.total, hits, facets, tuple(answer.evaluation.notices))

    def count(self, request: SearchRequest) -> int:
        """Return the exact number of documents that *request* matches."""
        _check(request)
        with _reading(self.folder):
            return _Answer(self._current(), request, self._max_expansions).total

    def facets(self, request: SearchRequest) -> Mapping[str, FacetCounts]:
        """Return only the facets that *request* asks for."""
        _check(request)
        with _reading(self.folder):
            return _Answer(self._current(), request, self._max_expansions).facets()

    def spellings(self, form: str, limit: int = 3) -> tuple[str, ...]:
        """Return indexed words within two edits of *form*: fewest edits, then most articles, first."""
        wanted = fold(form)
        frequency: dict[str, int] = {}
        with _reading(self.folder):
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
        with _reading(self.folder):
            return self._current().stats()

    def verify(self) -> tuple[str, ...]:
        """Read every byte; return a sentence for each part of a file that fails its checksum."""
        with _reading(self.folder):
            return tuple(p for segment in self._current().segments for p in segment.verify())


@contextmanager
def _reading(folder: Path) -> Iterator[None]:
    """Turn what altered columns make numpy and json raise into an error about the index."""
    try:
        yield
    except (IndexError, KeyError, ValueError, TypeError, OverflowError) as exc:
        raise IndexDamaged(
            f"{folder}: its files contradict each other ({type(exc).__name__}: {exc}); "
            f"newssearch doctor --index {folder} names the damaged one"
        ) from exc


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
        self.evaluation = Evaluation(snapshot, request.match, max_expansions)
        self._matches = self._of_tree()
        self._selected = {
            selection.field: [
                s.facet(selection.field).documents_with(selection.values) for s in snapshot.segments
            ]
            for selection in _joined(request)
        }
        self._documents = self._filtered(leaving_out=None)
        self.total = sum(int(np.count_nonzero(documents)) for documents in self._documents)

    def _of_tree(self) -> list[Matches]:
        found = self.evaluation.matches(self.request.tree)
        if self.request.start is None and self.request.end is None:
            return found
        dated = self.evaluation.matches(DateRange(self.request.start, self.request.end))
        return [
            Matches(matches.documents & inside.documents, matches.scores)
            for matches, inside in zip(found, dated, strict=True)
        ]

    def _filtered(self, leaving_out: str | None) -> list[Bools]:
        """Return the documents that match and are in every selection but that of one field."""
        documents = [matches.documents for matches in self._matches]
        for field, flags in self._selected.items():
            if field != leaving_out:
                documents = [d & f for d, f in zip(documents, flags, strict=True)]
        return documents

    # Hits

    def hits(self) -> tuple[EngineHit, ...]:
        """Return the page of hits that the request asks for."""
        request = self.request
        if not request.limit or request.offset >= self.total:
            return ()
        by_score = request.sort == "relevance" and is_scored(request.tree)
        ranked = self._ranked(by_score, request.offset + request.limit)[request.offset :]
        hits = []
        for segment_number, document, score in ranked:
            article = self.snapshot.segments[segment_number].article(document)
            explained = request.explain and by_score
            contributions = self._explained(segment_number, document) if explained else ()
            hits.append(EngineHit(article, score, contributions))
        return tuple(hits)

    def _ranked(self, by_score: bool, wanted: int) -> list[tuple[int, int, float]]:
        """Return (segment, document, score) of the first *wanted* hits in order."""
        segment_parts, document_parts, score_parts, date_parts = [], [], [], []
        for number, (segment, documents) in enumerate(
            zip(self.snapshot.segments, self._documents, strict=True)
        ):
            found = np.flatnonzero(documents)
            scores = self._matches[number].scores
            segment_parts.append(np.full(len(found), number))
            document_parts.append(found)
            score_parts.append(
                np.zeros(len(found)) if scores is None or not by_score else scores[found]
            )
            date_parts.append(segment.dates[found])
        scores, dates = np.concatenate(score_parts), np.concatenate(date_parts)
        order = _first(scores, _date_order(dates, self.request.sort), wanted)
        segments = np.concatenate(segment_parts)[order].tolist()
        documents = np.concatenate(document_parts)[order].tolist()
        # The last tie is broken by id, which only those still in the running need be read for.
        keyed = [
            (-score, date, self.snapshot.segments[s].ids[d], s, d)
            for score, date, s, d in zip(
                scores[order].tolist(),
                _date_order(dates, self.request.sort)[order].tolist(),
                segments,
                documents,
                strict=True,
            )
        ]
        keyed.sort()
        return [(s, d, -score) for score, _, _, s, d in keyed[:wanted]]

    def _explained(self, segment: int, document: int) -> tuple[Contribution, ...]:
        """Return what each top-level clause adds to a hit's score, and what is left for neighbours."""
        from search.query import render

        tree = self.request.tree
        clauses: Sequence[Query] = tree.children if isinstance(tree, And | Group) else (tree,)
        parts = []
        for clause in clauses:
            scores = self.evaluation.matches(clause)[segment].scores
            if scores is not None and scores[document]:
                parts.append(Contribution(render(clause), float(scores[document])))
        whole = self._matches[segment].scores
        rest = (0.0 if whole is None else float(whole[document])) - sum(
            part.score for part in parts
        )
        if rest > 1e-9:
            parts.append(Contribution("neighbouring words", rest))
        return tuple(parts)

    # Facets

    def facets(self) -> dict[str, FacetCounts]:
        """Return the counts of each facet asked for, its own selection left out."""
        return {wanted.field: self._facet(wanted) for wanted in self.request.facets}

    def _facet(self, wanted: FacetRequest) -> FacetCounts:
        own = wanted.field in self._selected
        documents = self._filtered(leaving_out=wanted.field) if own else self._documents
        counts: dict[str, int] = {}
        missing = 0
        for segment, matching in zip(self.snapshot.segments, documents, strict=True):
            reader = segment.facet(wanted.field)
            found = reader.counts(matching)
            missing += int(np.count_nonzero(matching & ~reader.documents_with_any()))
            for ordinal in np.flatnonzero(found).tolist():
                value = reader.values[ordinal]
                counts[value] = counts.get(value, 0) + int(found[ordinal])
        chosen = self._chosen_values(wanted.field, counts)
        ranked = sorted(counts, key=lambda value: (-counts[value], value))
        shown = ranked[: wanted.size] + [
            value for value in ranked[wanted.size :] if value in chosen
        ]
        shown += sorted(chosen - set(shown))
        values = tuple(FacetValue(value, counts.get(value, 0), value in chosen) for value in shown)
        other = sum(counts.values()) - sum(value.count for value in values)
        return FacetCounts(values, other, missing)

    def _chosen_values(self, field: str, counts: Mapping[str, int]) -> set[str]:
        """Return the facet values that the request selects, as they are written in the index.

        One that no article has stays as it was asked for, so that it can be taken back.
        """
        chosen: set[str] = set()
        for selection in _joined(self.request):
            if selection.field != field:
                continue
            for asked in selection.values:
                written = {
                    segment.facet(field).values[ordinal]
                    for segment in self.snapshot.segments
                    for ordinal in segment.facet(field).ordinals_of(asked)
                }
                counted = {value for value in written if value in counts}
                chosen |= counted or set(sorted(written)[:1]) or {asked}
        return chosen


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


def _first(scores: Floats, dates: Ints, wanted: int) -> Ints:
    """Return the places of all that may be among the first *wanted*, by score, then by date order."""
    places = np.arange(len(scores))
    if len(places) <= wanted:
        return places
    threshold = np.partition(scores, len(scores) - wanted)[len(scores) - wanted]
    above = np.flatnonzero(scores > threshold)
    level = np.flatnonzero(scores == threshold)
    missing = wanted - len(above)
    if len(level) > missing:
        latest = np.partition(dates[level], missing - 1)[missing - 1]
        level = level[dates[level] <= latest]
    return np.concatenate([above, level])
