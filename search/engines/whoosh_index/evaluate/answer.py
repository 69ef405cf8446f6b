"""The answer to one request over one snapshot: what matches, the page of hits, facets, the histogram."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from search.engines.protocol import (
    Contribution,
    EngineHit,
    FacetCounts,
    FacetValue,
    SearchRequest,
    facet_key,
)
from search.engines.whoosh_index import kernels
from search.engines.whoosh_index.evaluate.evaluation import Evaluation, has_neighbours, is_scored
from search.engines.whoosh_index.evaluate.sets import Filtered, Listed, Matches, all_of, highest
from search.engines.whoosh_index.format.stored import UNDATED
from search.engines.whoosh_index.snapshot.snapshot import Snapshot
from search.model.question import FacetRequest, Selection
from search.query.tree import And, DateRange, Group, Query
from search.text.arrays import Floats, Ints

if TYPE_CHECKING:
    from search.model.histogram import Histogram

#: Scores are sums of 32-bit numbers; less than this is what rounding leaves.
_ROUNDING = 1e-4
#: Documents scored beside those wanted, so that a second round is seldom needed.
_SPARE = 40
#: So few documents are all scored in full at once, which takes fewer steps than bounds and then scores.
_FEW = 4000


class Answer:
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
        self._filters: dict[str, Matches] = {}
        if request.start is not None or request.end is not None:
            self._filters[""] = self.evaluation.matches(DateRange(request.start, request.end))
        for selection in _joined(request):
            flags = snapshot.facet(selection.field).documents_with(selection.values)
            self._filters[selection.field] = Filtered(snapshot.documents.live_numbers, flags.take)
        self._of_tree = self.evaluation.matches(request.tree)
        self._found = self._matches(None)

    def _matches(self, leaving_out: str | None) -> Matches:
        """Return what matches the tree and all filters but the selection of one field."""
        found = self._of_tree
        filters = [f for field, f in self._filters.items() if field != leaving_out]
        if not filters:
            return found
        documents, numbers = all_of([found, *filters])
        if not found.is_scored or numbers[0] is None:
            return Listed(documents)
        return Listed(documents, found.scores_of(documents, numbers[0]))

    @property
    def total(self) -> int:
        return self._found.count

    # Hits

    def hits(self) -> tuple[EngineHit, ...]:
        """Return the page of hits that the request asks for."""
        request = self.request
        if not request.limit or request.offset >= self.total:
            return ()
        ranked = self._ranked(request.offset + request.limit)[request.offset :]
        document_at = self.snapshot.document_at
        if request.explain and self._by_score:
            return tuple(
                EngineHit(partial(document_at, document), score, self._explained(document, score))
                for document, score in ranked
            )
        return tuple(
            [EngineHit(partial(document_at, document), score) for document, score in ranked]
        )

    def _ranked(self, wanted: int) -> list[tuple[int, float]]:
        """Return document and score of the first *wanted* hits in order."""
        if self._by_score:
            documents, scores = self._best(min(wanted, self.total))
            return _first(self.snapshot, documents, scores, self.request.sort, wanted)
        return _first(self.snapshot, self._found.documents, None, self.request.sort, wanted)

    def _best(self, wanted: int) -> tuple[Ints, Floats]:
        """Return documents that hold the *wanted* best, ascending, and their scores.

        Those with the highest bounds are scored first; whatever has a bound below the score that
        the last of the wanted then has cannot be among them.
        """
        found, tree, exactly = self._found, self.request.tree, self.evaluation.exactly
        if found.count <= _FEW and (true := found.true_scores()) is not None:
            scores, bounds = true
            return self._with_neighbours(found.documents, scores, bounds, wanted)
        documents, bound = found.best(wanted + _SPARE)
        if len(documents) == found.count:
            return documents, exactly(tree, documents)
        # What neighbours add is the dearest part of a score: without it scores are a bound from below.
        is_incomplete = has_neighbours(tree)
        scores = exactly(tree, documents, neighbours=not is_incomplete)
        least = highest(scores, wanted)[1] * (1 - _ROUNDING)
        if least < bound:
            documents = found.at_least(least)
        if least < bound or is_incomplete:
            scores = exactly(tree, documents)
        return documents, scores

    def _with_neighbours(
        self, documents: Ints, scores: Floats, bounds: Floats | None, wanted: int
    ) -> tuple[Ints, Floats]:
        """Return what `_best` does, given all scores but for neighbours, and what they are at most with these."""
        tree = self.request.tree
        if bounds is None or not isinstance(tree, And | Group):
            return documents, scores
        if len(documents) > wanted:
            least = highest(scores, wanted)[1] * (1 - _ROUNDING)
            at = (bounds >= least).nonzero()[0]
            documents, scores = documents.take(at), scores.take(at)
        self.evaluation.add_neighbours(tree.children, scores, documents)
        return documents, scores

    def _explained(self, document: int, score: float) -> tuple[Contribution, ...]:
        """Return what each top-level clause adds to a hit's score, and what is left for neighbours."""
        from search.query.render import render

        tree = self.request.tree
        clauses: Sequence[Query] = tree.children if isinstance(tree, And | Group) else (tree,)
        parts = []
        for clause in clauses:
            found = self.evaluation.matches(clause)
            one = np.array([document])
            if not found.is_scored or not len(found.find(one)[0]):
                continue
            if added := float(self.evaluation.exactly(clause, one)[0]):
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
        own = wanted.field in self._filters
        documents = (self._matches(wanted.field) if own else self._found).documents
        table = self.snapshot.facet(wanted.field)
        counts = table.counts(documents)
        ranked = _most(counts, wanted.size)
        values = table.values
        chosen = self._chosen(wanted.field) if own else {}
        places = {place for found in chosen.values() for place in found}
        shown = [*ranked, *sorted(p for p in places.difference(ranked) if counts[p])]
        found = [FacetValue(values[place], int(counts[place]), place in places) for place in shown]
        found.sort(key=lambda value: (-value.count, value.value))
        # What is selected is shown though nothing has it, so that it can be taken back.
        found += sorted(
            (
                FacetValue(values[those[0]] if those else asked, 0, True)
                for asked, those in chosen.items()
                if not counts[those].any()
            ),
            key=lambda value: value.value,
        )
        other = int(counts.sum()) - sum([value.count for value in found])
        return FacetCounts(tuple(found), other, table.missing(documents))

    def _chosen(self, field: str) -> dict[str, list[int]]:
        """Return for each value that the request selects the places of the values that it means."""
        table = self.snapshot.facet(field)
        asked: dict[str, str] = {}
        for selection in _joined(self.request):
            for value in selection.values if selection.field == field else ():
                asked.setdefault(facet_key(value), value)
        return {value: table.selected(value) for value in asked.values()}

    # Histogram

    def histogram(self) -> Histogram | None:
        """Return the number of documents found in each interval of time, if the request asks for it."""
        request = self.request
        if request.histogram is None:
            return None
        from search.engines.whoosh_index.evaluate.histogram import histogram

        dates = self.snapshot.documents.dates.take(self._found.documents)
        return histogram(dates, request.histogram, request.start, request.end)


def _most(counts: Ints, size: int) -> list[int]:
    """Return the places of the *size* largest counts above 0, of equal ones the first."""
    places, least = highest(counts, size)
    if not least:
        places = counts.nonzero()[0]
    order = (-counts.take(places)).argsort(kind="stable")
    found: list[int] = places.take(order[:size]).tolist()
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


def _up_to(keys: Ints | Floats, size: int) -> tuple[Ints, Ints]:
    """Return the places of the keys below the least of which there are *size*, and of those equal to it."""
    last = keys.max() if len(keys) <= size else np.partition(keys, size - 1)[size - 1]
    return np.flatnonzero(keys < last), np.flatnonzero(keys == last)


def _first(
    snapshot: Snapshot, documents: Ints, scores: Floats | None, sort: str, wanted: int
) -> list[tuple[int, float]]:
    """Return the first *wanted* of *documents* in order, with their scores.

    By score descending, equals by date as *sort* says, then by id: dates and ids are read only of
    those that are still in the running.
    """
    # Ids do not matter where no two are equal.
    if scores is not None and sort != "oldest":
        best = kernels.top(documents, scores, snapshot.documents.dates, wanted)
        if best is not None:
            return best
    places = np.arange(len(documents))
    chosen: list[Ints] = []
    missing = wanted
    for is_date in (False, True):
        if is_date:
            keys: Ints | Floats = _date_order(
                snapshot.documents.dates.take(documents.take(places)), sort
            )
        elif scores is not None:
            keys = -scores
        else:
            continue
        below, equal = _up_to(keys, missing)
        chosen.append(places.take(below))
        missing -= len(below)
        places = places.take(equal)
        if len(places) <= missing:
            break
    chosen.append(
        places if len(places) <= missing else _by_id(snapshot, documents, places, missing)
    )
    found = np.concatenate(chosen)
    numbers = documents.take(found)
    dates = _date_order(snapshot.documents.dates.take(numbers), sort).tolist()
    kept = [0.0] * len(found) if scores is None else (-scores.take(found)).tolist()
    rows = list(zip(kept, dates, numbers.tolist(), strict=True))
    if len({row[:2] for row in rows}) < len(rows):
        rows.sort(key=lambda row: (*row[:2], snapshot.article_id(row[2])))
    else:
        rows.sort()
    return [(document, -score) for score, _, document in rows]


def _by_id(snapshot: Snapshot, documents: Ints, places: Ints, wanted: int) -> Ints:
    """Return those of *places* whose documents have the *wanted* first ids."""
    tied = documents.take(places)
    kept: list[Ints] = []
    for number, segment in enumerate(snapshot.segments):
        first, last = tied.searchsorted(
            (
                snapshot.documents.bases[number],
                snapshot.documents.bases[number] + snapshot.documents.sizes[number],
            )
        )
        ranks = segment.id_ranks[tied[first:last] - snapshot.documents.bases[number]]
        if len(ranks) > wanted:
            kept.append(first + np.argpartition(ranks, wanted)[:wanted])
        else:
            kept.append(np.arange(first, last))
    found: list[int] = np.concatenate(kept).tolist()
    found.sort(key=lambda at: snapshot.article_id(int(tied[at])))
    return places.take(found[:wanted])
