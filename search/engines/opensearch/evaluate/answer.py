"""The answers to requests over one view: hits, facets, the histogram, and what is said of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from search.engines.opensearch.evaluate import hits as found_hits
from search.engines.opensearch.evaluate.clauses import Clause
from search.engines.opensearch.evaluate.copies import stories_of
from search.engines.opensearch.evaluate.facets import Asked, Facets, aggregation
from search.engines.opensearch.evaluate.filters import chosen_by_field
from search.engines.opensearch.evaluate.question import Question
from search.engines.opensearch.mapping import layout_of
from search.engines.opensearch.view import Asking, View, nothing
from search.engines.protocol.facets import FacetCounts
from search.engines.protocol.request import SearchRequest
from search.engines.protocol.result import (
    STORY_COPIES,
    AllHits,
    EngineHit,
    SearchResult,
    SignificantWords,
    SimilarArticles,
    Story,
)
from search.engines.protocol.rules import check
from search.model.fields import FieldTable
from search.query.tree import required_of

if TYPE_CHECKING:
    from search.engines.opensearch.evaluate.ranked import Ranking
    from search.engines.opensearch.vectors import IndexVectors
    from search.model.histogram import Histogram


class Answers:
    """Answers requests over one view."""

    def __init__(
        self,
        view: View,
        fields: FieldTable,
        max_expansions: int,
        vectors: Callable[[], IndexVectors],
        wants_native: bool = False,
    ) -> None:
        """*vectors* returns those of the index, for what is ranked by meaning; *wants_native*: see `Question`."""
        self._view = view
        self._fields = fields
        self._layout = layout_of(fields)
        self._max_expansions = max_expansions
        self._vectors = vectors
        self._wants_native = wants_native

    def question(self, request: SearchRequest, seen: Sequence[Clause] | None = None) -> Question:
        """Return *request* as the server is asked it. Raises `RequestError`."""
        return Question(
            self._view,
            request,
            self._layout,
            self._max_expansions,
            seen=seen,
            wants_native=self._wants_native,
        )

    def search(self, request: SearchRequest) -> SearchResult:
        """Return the whole answer."""
        question = self.question(request)
        ranking = self._ranking(question)
        answer = self._found(question, ranking)
        counted, total = answer.get("aggregations", {}), answer["hits"]["total"]["value"]
        if ranking is not None:
            ranking.take(total, counted.get("stories"))
        facets, histogram, ranked = self._view.together(
            self._facets(question, counted),
            self._histogram(question, counted),
            nothing() if ranking is None else ranking.page(answer),
        )
        hits = self._hits(question, found_hits.page(question, answer)) if ranked is None else ranked
        return SearchResult(
            total,
            hits,
            facets,
            question.notices + (ranking.notices if ranking else ()),
            question.counts,
            histogram,
            ranking.stories if ranking else None,
            ranking.moved if ranking else (),
            self._significant(question, total),
            ranking.weighed if ranking else (),
            counted["passed"]["doc_count"] if "passed" in counted else 0,
        )

    def _ranking(self, question: Question) -> Ranking | None:
        """Return what puts hits in another order than that of scores or dates, None where nothing does."""
        request = question.request
        is_plain = request.rank == "plain" and not request.is_diverse and request.recency is None
        if is_plain and not request.group:
            return None
        from search.engines.opensearch.evaluate.ranked import Ranking

        ranking = Ranking(question, self._vectors)
        return None if ranking.is_plain else ranking

    def _significant(self, question: Question, total: int) -> SignificantWords | None:
        if not question.request.significant:
            return None
        from search.engines.opensearch.evaluate.significant import significant

        return significant(question, total)

    def every(self, request: SearchRequest) -> AllHits:
        """Return all hits, which are asked for while they are read: the view has to stay open for so long."""
        plain = request._replace(
            limit=1, offset=0, facets=(), histogram=None, counted=(), significant=0
        )
        question = self.question(plain)
        if (ranking := self._ranking(question)) is not None:
            ranking = self._ranking(self.question(plain._replace(offset=request.offset)))
            assert ranking is not None  # noqa: S101
            answer = self._found(question, ranking)
            total = answer["hits"]["total"]["value"]
            ranking.take(total, answer.get("aggregations", {}).get("stories"))
            hits = ranking.every()
            return AllHits(total, hits, question.notices + ranking.notices, ranking.stories)
        answer = self._found(question)
        found = found_hits.after(question, question.place, skipping=request.offset)
        hits = (
            found_hits.as_hit(self._view, hit, self._fields, by_score=question.by_score)
            for hit in found
        )
        passed = answer.get("aggregations", {}).get("passed", {"doc_count": 0})["doc_count"]
        total = answer["hits"]["total"]["value"]
        return AllHits(total, hits, question.notices, passed=passed)

    def story(self, article_id: str) -> Story | None:
        """Return the other articles of an article's story, the oldest first; None where there are none."""
        question = self.question(SearchRequest(sort="oldest"))
        own = {"bool": {"filter": [{"term": {"id": article_id}}, *question.filters]}}
        fields = ["story", "kv.source"] if "source" in self._fields.facets else ["story"]
        body = {"query": own, "size": 1, "docvalue_fields": fields, "track_total_hits": False}
        hits = self._view.search(body)["hits"]["hits"]
        if not hits or not hits[0]["_source"].get("copied"):
            return None
        shown = {hits[0]["fields"]["story"][0]: hits[0]}
        found = self._view.known(stories_of(question, shown, STORY_COPIES))
        return found.get(hits[0]["_id"])

    def similar(self, article_id: str, limit: int) -> SimilarArticles | None:
        """Return the *limit* articles that are most like one; None where that is not seen."""
        from search.engines.opensearch.evaluate.similar import Similar

        return Similar(self._view, self._layout).answer(article_id, limit)

    def near(self, request: SearchRequest, limit: int) -> SearchResult:
        """Return articles near the meaning of *request* that its tree does not match."""
        from search.engines.opensearch.evaluate.near import near

        matching = self.question(_plain(request)._replace(meaning=request.meaning))
        insisted = self.question(_plain(request)._replace(tree=required_of(request.tree)))
        return near(matching, insisted, self._vectors(), limit)

    def count(self, request: SearchRequest) -> int:
        """Return how many articles are found."""
        question = self.question(_plain(request))
        body = {"query": question.query, "size": 0, "track_total_hits": True}
        total: int = self._view.search(body)["hits"]["total"]["value"]
        return total

    def facets(self, request: SearchRequest) -> Mapping[str, FacetCounts]:
        """Return the facets alone."""
        check(request, self._fields)
        plain = _plain(request)._replace(facets=request.facets, facets_within=request.facets_within)
        question = self.question(plain)
        counted = self._found(question).get("aggregations", {})
        return self._view.known(self._facets(question, counted))

    def ids(self, request: SearchRequest, seen: Sequence[Clause] | None = None) -> Iterator[str]:
        """Yield the id of every article found."""
        question = self.question(_plain(request), seen)
        return (hit["sort"][0] for hit in self._view.hits(question.query, False, 10_000))

    # One request for all that is counted at once

    def _found(self, question: Question, ranking: Ranking | None = None) -> dict[str, Any]:
        """Return the first answer: the total, the page of hits, and all that needs nothing else to be known."""
        request = question.request
        counted = {
            f"facet {number}": aggregation(asked)
            for number, asked in enumerate(self._asked(question))
        }
        narrowed = list(question.narrowed.values())
        body = found_hits.body_of(question) if ranking is None else ranking.body_of()
        body |= {"track_total_hits": True}
        # What is selected narrows the hits and not the facets, each of which says by itself what it counts.
        if counted and narrowed and not request.facets_within:
            body |= {"query": question.base, "post_filter": {"bool": {"filter": narrowed}}}
        else:
            body["query"] = question.query
        if request.histogram is not None:
            from search.engines.opensearch.evaluate.histogram import ends

            counted["ends"] = {"filter": {"bool": {"filter": narrowed}}, "aggs": ends()}
        if (passed := question.passed) is not None:
            counted["passed"] = {"filter": {"bool": {"filter": [passed, *narrowed]}}}
        if ranking is not None and request.group:
            counted["stories"] = ranking.aggregation(narrowed)
        if question.is_native:
            return self._apart(question, body, counted)
        return self._view.search(body | ({"aggs": counted} if counted else {}))

    def _apart(
        self, question: Question, body: Clause, counted: Mapping[str, Clause]
    ) -> dict[str, Any]:
        """Return the answer of `_found` where the cluster scores: who counts looks at all that is found, who scores need not."""
        hits = body | {"query": question.query, "track_total_hits": False}
        narrowed = hits.pop("post_filter", None)
        counts: Clause = {"size": 0, "track_total_hits": True, "query": body["query"]}
        counts |= {"aggs": dict(counted)} if counted else {}
        counts |= {"post_filter": narrowed} if narrowed else {}
        bodies = [counts, hits] if body["size"] else [counts]
        whole, *found = self._view.msearch(bodies, **question.how)
        whole["hits"]["hits"] = found[0]["hits"]["hits"] if found else []
        return whole

    def _asked(self, question: Question) -> list[Asked]:
        """Return what is asked of each facet: its own selection is left out unless the request has it in."""
        request, narrowed = question.request, question.narrowed
        chosen = chosen_by_field(request)
        return [
            Asked(
                each,
                [
                    clause
                    for field, clause in narrowed.items()
                    if request.facets_within or field != each.field
                ],
                chosen.get(each.field, {}),
                question.joined.get(each.field),
            )
            for each in request.facets
        ]

    def _facets(
        self, question: Question, counted: Mapping[str, Any]
    ) -> Asking[dict[str, FacetCounts]]:
        asked = self._asked(question)
        if not asked:
            return {}
        found = [counted[f"facet {number}"] for number in range(len(asked))]
        facets = Facets(self._view, question.statistics.seen, question.base)
        return (yield from facets.counts(asked, found))

    def _histogram(
        self, question: Question, counted: Mapping[str, Any]
    ) -> Asking[Histogram | None]:
        request = question.request
        if request.histogram is None:
            return None
        from search.engines.opensearch.evaluate.histogram import Bins

        bins = Bins(request.histogram, request.start, request.end, counted["ends"])
        if not (aggregations := bins.aggregations()):
            return bins.counted({})
        body = {"query": {"bool": {"filter": [question.query]}}, "size": 0, "aggs": aggregations}
        (answer,) = yield [body]
        return bins.counted(answer["aggregations"])

    def _hits(self, question: Question, found: Sequence[dict[str, Any]]) -> tuple[EngineHit, ...]:
        made_of = {}
        if question.request.explain and question.by_score:
            from search.engines.opensearch.evaluate.explaining import contributions

            made_of = contributions(question, [hit["sort"][-1] for hit in found])
        return tuple(
            found_hits.as_hit(
                self._view,
                hit,
                self._fields,
                by_score=question.by_score,
                contributions=made_of.get(hit["sort"][-1], ()),
            )
            for hit in found
        )


def _plain(request: SearchRequest) -> SearchRequest:
    """Return *request* without hits and all that is counted."""
    return request._replace(
        limit=0, offset=0, facets=(), histogram=None, counted=(), significant=0, rank="plain",
        sort="newest", group=False, after=None, explain=False,
    )  # fmt: skip
