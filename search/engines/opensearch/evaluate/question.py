"""A request as the server is asked it: what matches and scores, what narrows it, in which order hits come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from search.engines.opensearch.evaluate.clauses import Clause
from search.engines.opensearch.evaluate.compiling import Compiler, unscored_words
from search.engines.opensearch.evaluate.filters import between, left_out, narrowed, with_keys
from search.engines.opensearch.evaluate.joined import Joined, joined_facets
from search.engines.opensearch.evaluate.native import NativeCompiler
from search.engines.opensearch.evaluate.statistics import Statistics
from search.engines.opensearch.mapping import Layout
from search.engines.opensearch.scoring import BY_CLUSTER, NOT_BY_CLUSTER, can_score
from search.engines.opensearch.view import View
from search.engines.protocol.request import SearchRequest
from search.engines.protocol.rules import check, is_scored
from search.engines.records import to_microseconds

#: What an undated article is sorted by: the server's own number for what is missing and comes last.
_LAST = {"desc": -(1 << 63), "asc": (1 << 63) - 1}


class Question:
    """One request over one view."""

    def __init__(
        self,
        view: View,
        request: SearchRequest,
        layout: Layout,
        max_expansions: int,
        *,
        seen: Sequence[Clause] | None = None,
        wants_native: bool = False,
    ) -> None:
        """*seen* are the filters of the articles that count, None: those that anybody may see.

        With *wants_native* the cluster scores, where the index has what that needs. Raises `RequestError` for what no engine can answer.
        """
        check(request, layout.fields)
        self.view = view
        self.request = request
        rows = layout.fields if not request.as_written and seen is None else ()
        #: The joins of facets in which a name counts for another.
        self.joined: Mapping[str, Joined] = joined_facets(view, rows) if rows else {}
        self.layout = layout
        self._max_expansions = max_expansions
        self._wants_native = wants_native
        self.statistics = Statistics(view, layout, seen)
        #: Whether scores decide, not dates.
        self.by_score = (
            request.limit > 0
            and request.sort == "relevance"
            and is_scored(request.tree, layout.filters)
        )
        #: Whether the cluster scores, and may pass over what does not come among the first hits.
        self.is_native = wants_native and self.by_score and can_score(view.manifest)
        #: Bare words that score nothing.
        self.stop_words: frozenset[str] = frozenset()
        #: How many articles each clause of `SearchRequest.counted` matches on its own.
        self.counts: tuple[int, ...] = ()
        #: Sentences for the person who asked.
        self.notices: tuple[str, ...] = ()
        #: What the tree matches, and what it scores.
        self.tree: Clause = self.statistics.complete(self._made)
        #: By facet, what its own selection finds.
        self.narrowed: Mapping[str, Clause] = narrowed(request, self._choosing)

    def _made(self) -> Clause:
        if self.by_score:
            self.stop_words = unscored_words(self.request, self.layout, self.statistics)
        tree = self.compiler().query(self.request.tree)
        self.notices = tuple(self.statistics.vocabulary.notices)
        if self._wants_native and self.by_score and not self.is_native:
            self.notices += (NOT_BY_CLUSTER,)
        elif self.is_native and self.request.explain:
            self.notices += (BY_CLUSTER,)
        plain = self.compiler(is_scored=False)
        self.counts = tuple(
            [self.statistics.count(plain.query(clause)) for clause in self.request.counted]
        )
        return tree

    def compiler(self, *, is_scored: bool | None = None) -> Compiler:
        """Return what makes a query of a part of the tree; unless said otherwise it scores if scores decide."""
        make = NativeCompiler if self.is_native else Compiler
        return make(
            self.layout,
            self.statistics,
            self.request.match,
            self._max_expansions,
            is_scored=self.by_score if is_scored is None else is_scored,
            stop_words=self.stop_words,
        )

    def search(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answer to a search whose hits are scored."""
        return self.view.search(body, **self.how)

    @property
    def how(self) -> dict[str, str]:
        """How scores are to be reckoned, as a parameter of searches."""
        # By the frequencies of all parts of the index: else scores differ by where an article is.
        return {"search_type": "dfs_query_then_fetch"} if self.is_native else {}

    def _choosing(self, field: str, keys: Sequence[str]) -> Clause:
        joined = self.joined.get(field)
        return with_keys(field, keys) if joined is None else joined.choosing(keys)

    @property
    def filters(self) -> list[Clause]:
        """What every article found fits, beside tree and selections."""
        request = self.request
        found = list(self.statistics.seen)
        if request.start is not None or request.end is not None:
            found.append(between(request.start, request.end, self.view))
        if request.added_from is not None or request.added_before is not None:
            instants = (request.added_from, request.added_before)
            first, before = (None if i is None else to_microseconds(i) for i in instants)
            found.append(self.view.added_between(first, before))
        if excluded := left_out(request, self._choosing):
            found.append({"bool": {"must_not": excluded}})
        return found

    @property
    def base(self) -> Clause:
        """What is found without the selections; it scores what the tree does."""
        return {"bool": {"must": [self.tree], "filter": self.filters}}

    @property
    def query(self) -> Clause:
        """All that the request finds; it scores what the tree does."""
        return {"bool": {"must": [self.tree], "filter": [*self.filters, *self.narrowed.values()]}}

    @property
    def order(self) -> list[dict[str, Any]]:
        """The order of hits, as the server sorts them: no two are equal in it."""
        direction = "asc" if self.request.sort == "oldest" else "desc"
        by_date = {"published": {"order": direction, "missing": "_last"}}
        return [*([{"_score": "desc"}] if self.by_score else []), by_date, {"id": "asc"}]

    @property
    def place(self) -> list[Any]:
        """The values of the place after which hits are asked for, as `order` sorts; none where that is not asked."""
        place = self.request.after
        if place is None:
            return []
        if place.published is None:
            return [_LAST["asc" if self.request.sort == "oldest" else "desc"], place.article_id]
        return [to_microseconds(place.published), place.article_id]

    @property
    def passed(self) -> Clause | None:
        """What finds the articles up to that place; None where that is not asked."""
        place = self.request.after
        if place is None:
            return None
        up_to = {"range": {"id": {"lte": place.article_id}}}
        dated = {"exists": {"field": "published"}}
        if place.published is None:
            undated = {"bool": {"must_not": [dated], "filter": [up_to]}}
            return {"bool": {"should": [dated, undated]}}
        instant = to_microseconds(place.published)
        before = {"lt" if self.request.sort == "oldest" else "gt": instant}
        same = {"bool": {"filter": [{"term": {"published": instant}}, up_to]}}
        return {"bool": {"should": [{"range": {"published": before}}, same]}}
