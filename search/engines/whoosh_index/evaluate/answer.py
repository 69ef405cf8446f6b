"""The answer to one request over one snapshot: what matches, the page of hits, facets, the histogram."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC
from functools import cached_property, partial
from itertools import chain, islice
from typing import TYPE_CHECKING

import numpy as np

from search.engines.protocol.facets import FacetCounts, facet_key
from search.engines.protocol.request import SearchRequest
from search.engines.protocol.result import (
    HIT_COPIES,
    STORY_COPIES,
    Contribution,
    EngineHit,
    Moved,
    SignificantWords,
    Story,
    WeighedWord,
    not_known,
)
from search.engines.protocol.rules import is_scored
from search.engines.ranking import SIGNIFICANT_ARTICLES
from search.engines.records import to_microseconds
from search.engines.rescoring.diversity import LOOKED_AT
from search.engines.rescoring.feedback import scored_words
from search.engines.rescoring.rescorer import RESCORED, Rescorer, in_order
from search.engines.whoosh_index import kernels
from search.engines.whoosh_index.evaluate.arrangement import Arrangement
from search.engines.whoosh_index.evaluate.copies import stories_of
from search.engines.whoosh_index.evaluate.counts import facet_counts
from search.engines.whoosh_index.evaluate.evaluation import Evaluation, unscored_words
from search.engines.whoosh_index.evaluate.feedback import Feedback
from search.engines.whoosh_index.evaluate.limits import Deadline, Limits
from search.engines.whoosh_index.evaluate.order import (
    ROUNDING,
    all_in_order,
    as_rows,
    count_up_to,
    first_of_stories,
    firsts_of_all,
    page,
    page_of_stories,
)
from search.engines.whoosh_index.evaluate.sets import (
    DocumentSet,
    Filter,
    ScoredList,
    WordSet,
    intersected,
)
from search.engines.whoosh_index.evaluate.values import facet_table
from search.engines.whoosh_index.format.stored import UNDATED
from search.engines.whoosh_index.snapshot.facets import FacetTable
from search.engines.whoosh_index.snapshot.snapshot import Snapshot
from search.engines.whoosh_index.snapshot.stories import Stories
from search.model.question import FacetRequest, Selection
from search.query.tree import And, DateRange, Group, Query
from search.text.arrays import Bools, Floats, Ints

if TYPE_CHECKING:
    from search.engines.whoosh_index.snapshot.vectors import Nearness
    from search.model.histogram import Histogram

#: Hits that can have another order than that of scores, and those made at once where all are asked for.
_OTHER_ORDER = max(RESCORED, LOOKED_AT)
_PART = 100
#: Documents looked at for a page of stories beyond those that an even spread of copies takes.
_SPARE_COPIES = 6


_NO_FORWARD = not_known("the words of the first hits do not count")


class Answer:
    """One request over one snapshot, its parts made when asked for."""

    def __init__(
        self,
        snapshot: Snapshot,
        request: SearchRequest,
        limits: Limits,
        deadline: Deadline,
        nearness: Nearness | None = None,
    ) -> None:
        """Evaluate *request*; that and every part raises `QueryTimeout` at the *deadline*.

        *nearness* has the vectors of the snapshot, where the request is to be ranked by meaning.
        """
        self.snapshot = snapshot
        self.request = request
        self._limits = limits
        self._nearness = nearness
        self._deadline = deadline
        self._by_score = (
            request.limit > 0
            and request.sort == "relevance"
            and is_scored(request.tree, snapshot.layout.filters)
        )
        self._unscored: frozenset[str] = frozenset()
        if self._by_score:
            self._unscored = unscored_words(snapshot, request)
        self._evaluation = Evaluation(
            snapshot,
            request.match,
            limits,
            deadline,
            is_scored=self._by_score,
            unscored=self._unscored,
        )
        self._filters: dict[str, DocumentSet] = {}
        if request.start is not None or request.end is not None:
            self._filters[""] = self._evaluation.matches(DateRange(request.start, request.end))
        if request.added_from is not None or request.added_before is not None:
            self._filters["added"] = _added_between(snapshot, request)
        for selection in _by_field(request) if request.selections or request.without else ():
            table = self._table(selection.field)
            flags = table.documents_with(selection.values)
            if selection.field in request.without:
                flags |= ~table.has_value
            self._filters[selection.field] = Filter(snapshot.documents.live_numbers, flags.take)
        for number, out in enumerate(request.excluded):
            values = [value for value in out.values if facet_key(value)]
            flags = ~self._table(out.field).documents_with(values)
            self._filters[f"not {number}"] = Filter(snapshot.documents.live_numbers, flags.take)
        self._of_tree = self._evaluation.matches(request.tree)
        self._found = self._matches(None)
        self._stories: Stories | None = None
        self._feedback: Feedback | None = None
        self._rescorer = self._chosen_rescorer() if request.rank != "plain" else None
        #: What was added to the scores of the first documents, once they are rescored.
        self._added: dict[int, float] = {}
        #: How many of the documents found are there beside another of their story.
        self._copies = 0
        #: What `hits` moved after the first ones, and the share of its score that each document keeps.
        self.moved: tuple[Moved, ...] = ()
        self._shares: Mapping[int, float] = {}
        if request.group:
            self._stories = self._known_stories()
            self._copies = self._count_copies()

    def _matches(self, leaving_out: str | None) -> DocumentSet:
        """Return what matches the tree and all filters but the selection of one field."""
        found = self._of_tree
        if not self._filters:  # nearly always
            return found
        filters = [f for field, f in self._filters.items() if field != leaving_out]
        if not filters:
            return found
        documents, numbers = intersected([found, *filters], self._deadline)
        if not found.is_scored or numbers[0] is None:
            return ScoredList(documents)
        return ScoredList(documents, found.bounds_of(documents, numbers[0]))

    @property
    def total(self) -> int:
        return self._found.count

    @property
    def stories(self) -> int | None:
        """How many stories the documents found are of; None where that is not asked or not known."""
        return None if self._stories is None else self.total - self._copies

    @property
    def documents(self) -> Ints:
        """All documents found."""
        return self._found.documents

    @property
    def notices(self) -> tuple[str, ...]:
        """Sentences for the person who asked: which bound bit."""
        notices = tuple(self._evaluation.notices)
        if self.request.rank != "plain" and not self.snapshot.has_forward:
            notices += (_NO_FORWARD,)
        if remark := self.snapshot.documents.remark_on_words:
            notices += (remark,)
        if self.request.rank == "semantic":
            notices += self._notices_of_meaning()
        if self._stories is not None and self._stories.unknown:
            notices += (
                f"{self._stories.unknown:,} articles of the index are not grouped into stories; "
                "newssearch rebuild does that",
            )
        return notices

    def count_of(self, tree: Query) -> int:
        """Return how many documents *tree* matches, filters left out."""
        return self._evaluation.matches(tree).count

    # Hits

    def hits(self) -> tuple[EngineHit, ...]:
        """Return the page of hits that the request asks for."""
        request = self.request
        rows = self.total - self._copies
        offset = request.offset + self.passed
        if not request.limit or offset >= rows:
            return ()
        return self._as_hits(self._page(offset, min(offset + request.limit, rows)))

    def every(self) -> Iterator[EngineHit]:
        """Return all hits from the offset on; they are found and put in order now, and unpacked when asked for."""
        request = self.request
        rows, offset = self.total - self._copies, request.offset + self.passed
        first: list[tuple[int, float]] = []
        if self._by_score and offset < (end := min(rows, _OTHER_ORDER)):
            first = self._page(offset, end)
        found = all_in_order(self.snapshot, *self._in_running(self.total), request.sort)
        self._deadline.check()
        if self._copies and self._stories is not None:
            found = firsts_of_all(found, self._stories.groups)
        later = islice(found, offset + len(first), None)
        return self._in_parts(chain(first, later))

    def _in_parts(self, ranked: Iterator[tuple[int, float]]) -> Iterator[EngineHit]:
        # The time of a request is that to find hits; what is done of each is bounded, and who reads them may be slow.
        self._deadline.lift()
        while part := list(islice(ranked, _PART)):
            yield from self._as_hits(part)

    @cached_property
    def passed(self) -> int:
        """How many hits the request leaves out that come before a place."""
        place = self.request.after
        if place is None:
            return 0
        instant = UNDATED if place.published is None else to_microseconds(place.published)
        found, sort = self._found.documents, self.request.sort
        return count_up_to(self.snapshot, found, sort, instant, place.article_id)

    def _as_hits(self, ranked: list[tuple[int, float]]) -> tuple[EngineHit, ...]:
        stories, copies = self._stories, {}
        if self._copies and stories is not None:
            copies = self._copies_of([document for document, _ in ranked], stories, HIT_COPIES)
        document_at, explains = self.snapshot.document_at, self.request.explain and self._by_score
        return tuple(
            [
                EngineHit(
                    partial(document_at, document),
                    score,
                    self._explained(document, score) if explains else (),
                    copies.get(document),
                )
                for document, score in ranked
            ]
        )

    def _page(self, offset: int, end: int) -> list[tuple[int, float]]:
        """Return document and score of the hits from *offset* up to *end*, in the order asked for.

        Only that of the first hits is another than the order of scores, so that pages are parts of one list.
        """
        arrangement = Arrangement(self.snapshot, self.request, partial(self._table, "source"))
        if not self._by_score or offset >= arrangement.depth:
            return self._rows(offset, end)
        rows = self.total - self._copies
        ranked = self._rows(0, min(rows, max(end, arrangement.depth)))
        # Where hits are grouped there is one of each story.
        stories = None if self.request.group else self._known_stories()
        ranked = arrangement.arranged(ranked, stories)
        self.moved, self._shares = arrangement.moved, arrangement.shares
        return ranked[offset:end]

    def _rows(self, offset: int, end: int) -> list[tuple[int, float]]:
        """Return document and score of the hits from *offset* up to *end*, in the order of scores or dates."""
        if self._rescorer is None:
            return self._in_first_order(offset, end)
        documents, scores = self._rescored(self._rescorer)
        ranked = as_rows(documents[offset:end], scores[offset:end])
        if end > len(documents):
            # Whatever their order is, the first documents are of as many stories, so that the others follow.
            ranked += self._in_first_order(max(offset, len(documents)), end)
        return ranked

    def _in_first_order(self, offset: int, end: int) -> list[tuple[int, float]]:
        """Return what `_rows` does where nothing is rescored."""
        if self._copies:
            return self._rows_of_stories(offset, end)
        return as_rows(*self._ranked(offset, end))

    def _ranked(self, offset: int, end: int) -> tuple[Ints, Floats]:
        """Return documents and scores of the same hits, of whatever stories they are."""
        documents, scores = self._in_running(end)
        return page(self.snapshot, documents, scores, self.request.sort, offset, end)

    # Rescoring

    def _chosen_rescorer(self) -> Rescorer | None:
        """Return what the request asks to have the first documents rescored by, None where nothing does."""
        if not self._by_score or not (words := scored_words(self.request.tree, self._unscored)):
            return None
        feedback, has_forward = Feedback(self.snapshot, words), self.snapshot.has_forward
        self._feedback = feedback
        if self.request.rank == "feedback":
            return feedback if has_forward else None
        if self._nearness is None or self.request.meaning is None:
            return None
        from search.engines.whoosh_index.evaluate.semantic import Semantic  # few ask for it

        vector = self.request.meaning.vector
        return Semantic(self._nearness, vector, feedback, has_forward=has_forward)

    def _notices_of_meaning(self) -> tuple[str, ...]:
        """Return sentences on what was not ranked by meaning."""
        if not self._by_score:
            return ()
        from search.engines.rescoring.nearness import NOT_BY_MEANING, lacking_notice

        if self._rescorer is None:
            return (NOT_BY_MEANING,)
        assert self._nearness is not None  # noqa: S101
        found = self._found.documents
        lacking = len(found) - int(np.count_nonzero(self._nearness.has(found)))
        return (lacking_notice(lacking, len(found)),) if lacking else ()

    def _rescored(self, rescorer: Rescorer) -> tuple[Ints, Floats]:
        """Return the first `RESCORED` documents in their new order, of stories the best ones, and their new scores."""
        documents, scores = self._ranked(0, min(RESCORED, self.total))
        added = rescorer.added(documents, scores)
        self._deadline.check()
        scores = scores + added
        order = in_order(scores)
        if self.request.explain:
            self._added = dict(as_rows(documents, added))
        if self._copies and self._stories is not None:
            order = order.take(first_of_stories(self._stories, documents.take(order)))
        return documents.take(order), scores.take(order)

    # Stories

    def _known_stories(self) -> Stories | None:
        documents = self.snapshot.documents
        if not documents.has_stories:
            with self._deadline.paused():
                return documents.stories
        return documents.stories

    def _count_copies(self) -> int:
        stories = self._stories
        if stories is None or not len(stories.documents):
            return 0
        grouped, found = stories.documents, self._found
        if found.count == self.snapshot.documents.live_count:
            return stories.copies_among(grouped)
        return stories.copies_among(found.documents)

    def _rows_of_stories(self, offset: int, end: int) -> list[tuple[int, float]]:
        """Return what `_in_first_order` does, each the best document of its story."""
        request, total = self.request, self.total
        stories = self._stories
        assert stories is not None  # noqa: S101
        # As many more as there are copies among all.
        looked_at = end + end * self._copies // (total - self._copies) + _SPARE_COPIES
        ranked = None
        while ranked is None:
            looked_at = min(looked_at, total)
            documents, scores = self._in_running(looked_at)
            ranked = page_of_stories(
                self.snapshot,
                stories,
                documents,
                scores,
                request.sort,
                offset,
                end,
                looked_at,
                is_all=looked_at == total,
            )
            looked_at *= 4
        return ranked

    def _copies_of(self, shown: list[int], stories: Stories, most: int) -> dict[int, Story]:
        """Return for those of the documents *shown* of whose story others are found what these are, *most* of each."""
        groups = stories.groups.take(shown).tolist()
        shown_of = {group: document for group, document in zip(groups, shown, strict=True) if group}
        if not shown_of:
            return {}
        members = stories.members(np.array(list(shown_of)))
        members = members.take(self._found.find(members)[0])
        are_shown = set(shown)
        others = members.compress([member not in are_shown for member in members.tolist()])
        if not len(others):
            return {}
        scores = self._evaluation.exactly(self.request.tree, others) if self._by_score else None
        sources = self._table("source") if "source" in self.snapshot.layout.facets else None
        return stories_of(
            self.snapshot, stories, shown_of, others, scores, self.request.sort, sources, most
        )

    def story_of(self, document: int) -> Story | None:
        """Return the documents found that are of the story of *document*, itself left out; None where there are none."""
        stories = self._stories
        if stories is None:
            return None
        return self._copies_of([document], stories, STORY_COPIES).get(document)

    def _in_running(self, wanted: int) -> tuple[Ints, Floats | None]:
        """Return documents that hold the *wanted* best, ascending, and their scores if these decide."""
        scores: Floats | None = None
        if self._by_score:
            documents, scores = self._best(wanted)
        else:
            documents = self._found.documents
        self._deadline.check()
        return documents, scores

    def _best(self, wanted: int) -> tuple[Ints, Floats]:
        """Return documents that hold the *wanted* best, ascending, and their scores.

        Those with the highest bounds are scored first; whatever has a bound below the score that
        the last of the wanted then has cannot be among them.
        """
        found, tree, exactly = self._found, self.request.tree, self._evaluation.exactly
        if (
            found.count <= self._limits.few_documents
            and (exact := found.exact_scores()) is not None
        ):
            return self._with_neighbours(found.documents, *exact, wanted)
        if isinstance(found, WordSet) and (best := found.best_exactly(wanted)) is not None:
            return best
        documents, bound = found.best(wanted + self._limits.spare_documents)
        if len(documents) == found.count:
            return documents, exactly(tree, documents)
        # What neighbours add costs most: without it scores are lower bounds.
        is_incomplete = self._evaluation.has_neighbours(tree)
        scores = exactly(tree, documents, neighbours=not is_incomplete)
        least = kernels.highest(scores, wanted)[1] * (1 - ROUNDING)
        if least < bound:
            documents = found.at_least(least)
        if least < bound or is_incomplete:
            scores = exactly(tree, documents)
        return documents, scores

    def _with_neighbours(
        self, documents: Ints, scores: Floats, bounds: Floats | None, wanted: int
    ) -> tuple[Ints, Floats]:
        """Return what `_best` does, given all scores without neighbours, and their upper bounds with these."""
        tree = self.request.tree
        if bounds is None or not isinstance(tree, And | Group):
            return documents, scores
        if len(documents) > wanted:
            least = kernels.highest(scores, wanted)[1] * (1 - ROUNDING)
            at = (bounds >= least).nonzero()[0]
            documents, scores = documents.take(at), scores.take(at)
        self._evaluation.add_neighbours(tree.children, scores, documents)
        return documents, scores

    def _explained(self, document: int, score: float) -> tuple[Contribution, ...]:
        """Return what a hit's *score* is made of."""
        from search.engines.whoosh_index.evaluate.explanation import explained  # few ask for it

        share, added = self._shares.get(document, 1.0), self._added.get(document, 0.0)
        return explained(self._evaluation, self.request, document, score, share, added)

    def weighed(self) -> tuple[WeighedWord, ...]:
        """Return the words that `hits` took up from the first hits, the heaviest first; nothing where that is not asked."""
        if not self.request.explain or self._feedback is None:
            return ()
        words = sorted(self._feedback.taken_up, key=lambda word: (-word[1], word[0]))
        return tuple([WeighedWord(self.snapshot.surface_of(stem), share) for stem, share in words])

    def significant(self) -> SignificantWords | None:
        """Return the words that were found more often than elsewhere; None where that is not asked or not known."""
        if not self.request.significant or not self.snapshot.has_forward:
            return None
        from search.engines.whoosh_index.evaluate.significant import significant

        most = SIGNIFICANT_ARTICLES
        first = found = self._found.documents
        if len(found) > most:
            first = np.sort(self._ranked(0, most)[0])
        return significant(self.snapshot, self.request, first, found)

    # Facets

    def facets(self) -> dict[str, FacetCounts]:
        """Return the counts of each facet asked for, its own selection left out unless the request has it in."""
        return {wanted.field: self._facet(wanted) for wanted in self.request.facets}

    def _facet(self, wanted: FacetRequest) -> FacetCounts:
        self._deadline.check()
        own = wanted.field in self._filters
        leaves_out = own and not self.request.facets_within
        documents = (self._matches(wanted.field) if leaves_out else self._found).documents
        chosen = self._chosen(wanted.field) if own else {}
        return facet_counts(self._table(wanted.field), documents, wanted, chosen)

    def _chosen(self, field: str) -> dict[str, list[int]]:
        """Return for each value that the request selects the ordinals of the values that it means."""
        table = self._table(field)
        asked: dict[str, str] = {}
        for selection in _by_field(self.request):
            for value in selection.values if selection.field == field else ():
                asked.setdefault(facet_key(value), value)
        return {value: table.selected(value) for value in asked.values()}

    def _table(self, field: str) -> FacetTable:
        return facet_table(self.snapshot, field, self._deadline, as_written=self.request.as_written)

    # Histogram

    def histogram(self) -> Histogram | None:
        """Return the number of documents found in each interval of time, if the request asks for it."""
        request = self.request
        if request.histogram is None:
            return None
        from search.engines.whoosh_index.evaluate.histogram import histogram

        documents, found = self.snapshot.documents, self._found.documents
        # Days of UTC begin at the instants that stand for them.
        known_to_day = None if request.histogram.zone is UTC else documents.known_to_day
        return histogram(
            documents.dates.take(found),
            None if known_to_day is None else known_to_day.take(found),
            request.histogram,
            request.start,
            request.end,
            self._limits,
            self._deadline,
        )


def _added_between(snapshot: Snapshot, request: SearchRequest) -> Filter:
    """Return the documents that came when *request* says."""
    added = snapshot.documents.added
    # Of what is not known the number is below all others.
    first = UNDATED + 1 if request.added_from is None else to_microseconds(request.added_from)
    end = None if request.added_before is None else to_microseconds(request.added_before)

    def is_inside(documents: Ints) -> Bools:
        found = added.take(documents)
        inside: Bools = found >= first
        if end is not None:
            inside &= found < end
        return inside

    return Filter(snapshot.documents.live_numbers, is_inside)


def _by_field(request: SearchRequest) -> list[Selection]:
    """Return the selections, those of one field as one, blank values left out; without values those of `SearchRequest.without`."""
    values: dict[str, list[str]] = {}
    for selection in request.selections:
        values.setdefault(selection.field, []).extend(v for v in selection.values if facet_key(v))
    chosen = {field: tuple(found) for field, found in values.items() if found}
    return [Selection(*each) for each in (dict.fromkeys(request.without, ()) | chosen).items()]
