"""Text and filters in, a page of ranked, highlighted, faceted hits out: what all front ends call.

A little over 400 lines: a quarter of them are the values that go in and come out.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, NamedTuple, cast, get_args

from search.engines.protocol import (
    FACETS,
    Contribution,
    Engine,
    EngineHit,
    FacetCounts,
    FacetRequest,
    Match,
    SearchRequest,
    SearchResult,
    Selection,
    Sort,
    Stats,
)
from search.highlight.snippets import Highlighter, Marked, mark_article
from search.model.article import Article, Document
from search.model.errors import QueryError, RequestError
from search.model.fields import FIELDS
from search.model.settings import Settings
from search.query.context import ParseContext
from search.query.parser import parse, parse_bound
from search.query.render import render
from search.query.saved import SavedSearches
from search.query.tree import Query, clauses

if TYPE_CHECKING:
    from search.model.histogram import Histogram, HistogramRequest, Interval
    from search.service.suggestions import Step, UnknownValue

__all__ = [
    "Clause",
    "Hit",
    "HomePage",
    "MarkedArticle",
    "Question",
    "ResultPage",
    "SearchService",
    "Suggestion",
]

#: Bounds of what can be asked for. A page past the last one is empty, with the true total, however
#: far past; this bound is only there to have the number of the last hit fit into 64 bits.
MAX_PAGE = 10**15
MAX_PAGE_SIZE = 100
#: Most hits of a `SearchService.ranking`.
MAX_RANKED = 10_000
MAX_FACET_SIZE = 1000

#: The `Question.histogram` that takes the finest interval which gives no more bins than a page has room
#: for: each day of a month.
AUTO = "auto"
AUTO_BINS = 31

#: Values that all selections of a question may have together, in characters too.
MAX_SELECTED = 100
MAX_VALUE_CHARS = 1000

#: Ways out of an empty answer that are shown, how many of one kind, and how many are tried: each is
#: a question of its own to the engine. After so many seconds in all no further one is tried.
MAX_SUGGESTIONS = 5
_MAX_OF_A_KIND = 2
MAX_TRIED = 12
_MAX_TRIED_OF_A_KIND = 3
PATIENCE_SECONDS = 1.0

_HOME_ARTICLES = 10

_MATCHES, _SORTS = get_args(Match), get_args(Sort)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a person asks, as it came from box, command line or URL.

    ``start`` and ``end`` are days or instants as typed ("2024-11", "2024-11-13", "yesterday"), both
    inclusive, "" for no bound. Pages count from 1. ``page_size`` 0 is the configured size.
    ``histogram`` is "day", "month" or another of `search.model.histogram.INTERVALS`, `AUTO`, or "" for none.
    """

    text: str = ""
    selections: tuple[Selection, ...] = ()
    start: str = ""
    end: str = ""
    match: Match = "all"
    sort: Sort = "relevance"
    page: int = 1
    page_size: int = 0
    facets: tuple[FacetRequest, ...] = ()
    histogram: str = ""
    explain: bool = False


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause of the query as it was read, in the query language, and how many articles it alone matches."""

    text: str
    count: int


class Suggestion(NamedTuple):
    """A way out of an empty answer: what it does, in words; the question to ask; how many it finds."""

    text: str
    question: Question
    total: int


class Hit(NamedTuple):
    """One result: rank from 1 over all pages, score, the document, what to mark in title and snippet."""

    rank: int
    score: float
    document: Document
    title: Marked
    snippet: Marked
    contributions: tuple[Contribution, ...] = ()

    @property
    def article(self) -> Article:
        return self.document.article


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultPage:
    """The answer to a `Question`. ``total`` is exact; a page past the end has no hits and the true total."""

    question: Question
    read_as: tuple[Clause, ...]
    notices: tuple[str, ...]
    total: int
    page: int
    page_size: int
    took_ms: float
    hits: tuple[Hit, ...]
    facets: Mapping[str, FacetCounts]
    #: Only where the question asks for one.
    histogram: Histogram | None = None
    #: Only where nothing was found.
    suggestions: tuple[Suggestion, ...] = ()

    @property
    def last_page(self) -> int:
        """Return the number of the last page that has hits, 0 where nothing was found."""
        return -(-self.total // self.page_size)


class MarkedArticle(NamedTuple):
    """An article with a query's words marked in its title and in each of its paragraphs."""

    document: Document
    title: Marked
    paragraphs: tuple[Marked, ...]
    notices: tuple[str, ...] = ()

    @property
    def article(self) -> Article:
        return self.document.article


class HomePage(NamedTuple):
    """What there is before anything is asked: newest articles, every facet, what the index holds."""

    newest: tuple[Article, ...]
    facets: Mapping[str, FacetCounts]
    stats: Stats


class SearchService:
    """Answers questions from one engine; from any thread, as the engine."""

    def __init__(
        self,
        engine: Engine,
        settings: Settings | None = None,
        *,
        now: Callable[[], datetime] | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """*now* returns the current time, aware; "today" and "P7D" in queries count from it.

        *clock* returns seconds that only ever grow; what an answer takes is measured by it.

        Raises `SettingError` where the time zone does not exist.
        """
        self._engine = engine
        self._settings = settings or Settings()
        self._now = now
        self._clock = clock
        self._context = ParseContext(
            zone=self._settings.zone(),
            max_chars=self._settings.max_query_chars,
            max_clauses=self._settings.max_clauses,
            max_expanding=self._settings.max_expanding,
            max_depth=self._settings.max_depth,
        )

    def search(self, question: Question) -> ResultPage:
        """Answer *question*.

        Raises `QueryError` where its text is malformed, `RequestError` where it asks for what there is
        not (an unknown facet, a page or size out of bounds, dates that end before they begin),
        `SettingError` where the file of saved searches is needed and cannot be used, `EngineError`.
        """
        began = self._clock()
        page_size = self._checked_page_size(question)
        context = self._context_now()
        parsed = parse(question.text, context)
        tree = parsed.tree
        offset = (question.page - 1) * page_size
        parts = clauses(tree)
        request = _request(question, tree, context, page_size, offset, parts)
        result = self._engine.search(request)
        notices = (*parsed.notices, *result.notices)
        if result.histogram and question.histogram not in (AUTO, result.histogram.interval):
            notices += (_interval_notice(question.histogram, result.histogram.interval),)
        suggestions: tuple[Suggestion, ...] = ()
        if question.selections or not result.total:
            more, suggestions = self._ways_out(question, tree, result, began + PATIENCE_SECONDS)
            notices += more
        return ResultPage(
            question=question,
            read_as=tuple(map(Clause, map(render, parts), result.counts)),
            notices=notices,
            total=result.total,
            page=question.page,
            page_size=page_size,
            hits=self._hits(result.hits, tree, offset),
            facets=result.facets,
            histogram=result.histogram,
            suggestions=suggestions,
            took_ms=(self._clock() - began) * 1000,
        )

    def ranking(self, question: Question, depth: int) -> tuple[tuple[str, float], ...]:
        """Return id and score of the first *depth* hits, best first, whatever the page.

        For measuring and for piping: nothing is counted or marked. Raises as `search`.
        """
        self._checked_page_size(question)
        _check_number("depth", depth, MAX_RANKED)
        context = self._context_now()
        request = _request(question, parse(question.text, context).tree, context, depth)
        found = self._engine.search(replace(request, facets=(), histogram=None))
        return tuple((hit.article.article_id, hit.score) for hit in found.hits)

    def article(self, article_id: str, query: str = "") -> MarkedArticle | None:
        """Return an article with the words of *query* marked, None where there is no such article.

        Raises `QueryError` where *query* is malformed.
        """
        parsed = parse(query, self._context_now())
        document = self._engine.get(article_id)
        if document is None:
            return None
        title, paragraphs = mark_article(document.article, parsed.tree)
        return MarkedArticle(document, title, paragraphs, parsed.notices)

    def home(self) -> HomePage:
        """Return what the front page shows."""
        size = self._settings.facet_size
        facets = tuple(FacetRequest(name, size) for name in FACETS)
        request = SearchRequest(sort="newest", limit=_HOME_ARTICLES, facets=facets)
        found = self._engine.search(request)
        newest = tuple(hit.article for hit in found.hits)
        return HomePage(newest, found.facets, self._engine.stats())

    # From question to request

    def _checked_page_size(self, question: Question) -> int:
        """Return the number of hits wanted. Raises `RequestError` for all that is out of bounds."""
        page_size = question.page_size or self._settings.page_size
        _check_number("page", question.page, MAX_PAGE)
        _check_number("page size", page_size, MAX_PAGE_SIZE)
        for facet in question.facets:
            _check_choice("facet", facet.field, FACETS)
            _check_number(f"size of facet {facet.field}", facet.size, MAX_FACET_SIZE)
        values = [value for selection in question.selections for value in selection.values]
        for selection in question.selections:
            _check_choice("facet", selection.field, FACETS)
        if len(values) > MAX_SELECTED or sum(map(len, values)) > MAX_SELECTED * MAX_VALUE_CHARS:
            raise RequestError(f"too much is selected: at most {MAX_SELECTED} facet values")
        _check_choice("match", question.match, _MATCHES)
        _check_choice("sort", question.sort, _SORTS)
        return page_size

    def _context_now(self) -> ParseContext:
        """Return what one question is read by."""
        context, path = self._context, self._settings.saved_searches
        if self._now is not None:
            context = replace(context, now=self._now())
        # Read another time for each question: a person edits the file while the page is served.
        return replace(context, saved=SavedSearches(path)) if path else context

    # From result to page

    def _hits(self, found: Sequence[EngineHit], tree: Query, offset: int) -> tuple[Hit, ...]:
        highlighter = Highlighter(tree)
        max_chars = self._settings.snippet_max_chars
        hits = []
        for rank, hit in enumerate(found, offset + 1):
            article = hit.article
            title = Marked(article.title, highlighter.marks(article.title, "title"))
            snippet = highlighter.snippet(article.body, max_chars)
            hits.append(Hit(rank, hit.score, hit.document, title, snippet, hit.contributions))
        return tuple(hits)

    def _ways_out(
        self, question: Question, tree: Query, result: SearchResult, deadline: float
    ) -> tuple[tuple[str, ...], tuple[Suggestion, ...]]:
        """Return what to say of values that no article has, and where nothing was found other questions."""
        from search.service.suggestions import ladder, unknown_values  # few answers need it

        # Where something was found, the one value of a selection exists.
        doubtful = [s for s in question.selections if not result.total or len(s.values) > 1]
        unknown = unknown_values(self._engine, doubtful)
        suggestions: tuple[Suggestion, ...] = ()
        late: tuple[str, ...] = ()
        if not result.total:
            groups = ladder(question, tree, result.counts, unknown, self._engine)
            suggestions, late = self._suggestions(question, groups, deadline)
        return (*map(_value_notice, unknown), *late), suggestions

    def _suggestions(
        self, question: Question, groups: Iterator[tuple[Step, ...]], deadline: float
    ) -> tuple[tuple[Suggestion, ...], tuple[str, ...]]:
        """Return those steps of *groups* that find something; a notice where the deadline cut in."""
        found: list[Suggestion] = []
        tried = {question}
        late = ("this search took long, so not every other way to ask was looked for",)
        # Asked before the first group, as that looks up words already.
        while self._clock() <= deadline:
            steps = next(groups, None)
            if steps is None or len(found) >= MAX_SUGGESTIONS or len(tried) > MAX_TRIED:
                return tuple(found[:MAX_SUGGESTIONS]), ()
            of_a_kind = []
            for step in steps[:_MAX_TRIED_OF_A_KIND]:
                if step.question in tried or len(tried) > MAX_TRIED or self._clock() > deadline:
                    continue
                tried.add(step.question)
                if total := self._total(step.question):
                    of_a_kind.append(Suggestion(step.text, step.question, total))
            found += sorted(of_a_kind, key=lambda s: -s.total)[:_MAX_OF_A_KIND]
        return tuple(found[:MAX_SUGGESTIONS]), late

    def _total(self, question: Question) -> int:
        context = self._context_now()
        try:
            tree = parse(question.text, context).tree
        except QueryError:  # rendered, a query can be longer than it was typed, and than allowed
            return 0
        return self._engine.count(_request(question, tree, context))


def _request(
    question: Question,
    tree: Query,
    context: ParseContext,
    limit: int = 0,
    offset: int = 0,
    counted: tuple[Query, ...] = (),
) -> SearchRequest:
    start, end = _bounds(question, context)
    return SearchRequest(
        tree=tree,
        selections=tuple([s for s in question.selections if s.values]),
        start=start,
        end=end,
        match=question.match,
        sort=question.sort,
        limit=limit,
        offset=offset,
        # Each field once, the last size it is asked for in.
        facets=tuple({facet.field: facet for facet in question.facets}.values()),
        histogram=_histogram(question.histogram, context.zone),
        counted=counted,
        explain=question.explain,
    )


def _bounds(question: Question, context: ParseContext) -> tuple[datetime | None, datetime | None]:
    """Return the half-open instants of the days asked for."""
    start = _bound("from", question.start, context)
    end = _bound("to", question.end, context)
    first, after = start and start[0], end and end[1]
    if first is not None and after is not None and first >= after:
        raise RequestError(
            f"from {question.start} is after to {question.end}; give the earlier date first"
        )
    return first, after


def _histogram(interval: str, zone: tzinfo) -> HistogramRequest | None:
    if not interval:
        return None
    from search.model.histogram import INTERVALS, HistogramRequest  # few questions need it

    _check_choice("histogram", interval, (AUTO, *INTERVALS))
    if interval == AUTO:
        return HistogramRequest(INTERVALS[0], zone, AUTO_BINS)
    return HistogramRequest(cast("Interval", interval), zone)


def _interval_notice(asked: str, interval: str) -> str:
    from search.model.histogram import MAX_BINS

    return f"counted by {interval}: by {asked} there would be more than {MAX_BINS:,} counts"


def _value_notice(unknown: UnknownValue) -> str:
    meant = " or ".join(f"{found.value} ({found.count:,})" for found in unknown.near)
    notice = f"no {FIELDS[unknown.selection.field].one} is called {unknown.value!r}"
    return notice + (f"; did you mean {meant}?" if meant else "")


def _check_number(name: str, value: int, maximum: int) -> None:
    if not 1 <= value <= maximum:
        raise RequestError(f"{name} {value}: expected a whole number from 1 to {maximum:,}")


def _check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise RequestError(f"no {name} {value[:40]!r}; there are {', '.join(choices)}")


def _bound(name: str, text: str, context: ParseContext) -> tuple[datetime, datetime] | None:
    if not text.strip():
        return None
    try:
        return parse_bound(text, context)
    except QueryError as exc:  # its position is in the date, not in the query
        raise RequestError(f"{name} {exc.message}") from exc
