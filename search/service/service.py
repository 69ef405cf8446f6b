"""Text and filters in, a page of ranked, highlighted, faceted hits out: what all front ends call."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from search.engines.protocol.engine import Searcher, Stats, Stays
from search.engines.protocol.request import SearchRequest
from search.engines.protocol.result import EngineHit, SearchResult, WeighedWord
from search.highlight.highlighter import Highlighter, mark_article
from search.highlight.marked import Marked
from search.model.errors import QueryError, QueryTimeout, RequestError
from search.model.fields import YEAR
from search.model.question import AUTO, BARS, FacetRequest, Question
from search.model.settings import Settings
from search.query.context import ParseContext
from search.query.tree import Everything, Query, clauses, with_required
from search.service.advice import Adviser, Answered
from search.service.answer import (
    Comparison,
    Hit,
    HitStream,
    HomePage,
    MarkedArticle,
    Matching,
    ResultPage,
)
from search.service.cursor import Cursor, cursor_of, fingerprint, outlives_changes, short
from search.service.limits import Limits
from search.service.naming import coarser_interval
from search.service.reading import QuestionReader
from search.service.request import (
    check,
    check_number,
    check_settings,
    check_text,
    request_of,
)

if TYPE_CHECKING:
    from search.engines.protocol.facets import FacetCounts
    from search.model.article import Document
    from search.query.parser import Parsed
    from search.service.completions import Completion
    from search.service.elsewhere import Elsewhere
    from search.service.examples import Example
    from search.service.facet_values import FacetAsked, FacetPage
    from search.service.history import History
    from search.service.name_page import NamePage, UnknownName
    from search.service.names import NamesPage
    from search.service.query_help import HelpPart
    from search.service.rising import RisingPage
    from search.service.significant import Significant
    from search.service.similar import SimilarPage
    from search.service.standing import Standing
    from search.service.trends import TrendsPage

#: Articles on the front page.
_HOME_ARTICLES = 10
#: Articles of all that match that are named.
_NAMED = 5


class SearchService:
    """Answers questions from one engine; from any thread, as the engine."""

    def __init__(
        self,
        engine: Searcher,
        settings: Settings | None = None,
        *,
        limits: Limits | None = None,
        now: Callable[[], datetime] | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """*now* returns the current time, aware; "today" and "P7D" in queries count from it.

        *clock* returns seconds that only ever grow; what an answer takes is measured by it.

        Raises `SettingError` where the time zone does not exist, and where `rank` is no way to rank.
        """
        self._engine = engine
        #: The table that the documents of the engine follow.
        self.fields = engine.fields
        self._settings = settings or Settings()
        #: What can be asked for.
        self.limits = limits or Limits()
        check_settings(self._settings)
        self._reader = QuestionReader(engine, self._settings, now)
        self._clock = clock
        self._adviser = Adviser(
            engine,
            self._reader,
            self.limits,
            clock,
            has_synonyms=bool(self._settings.synonyms),
        )
        #: What rose when somebody last asked, and what this was the answer to.
        self._risen: tuple[tuple[object, ...], RisingPage | None] | None = None
        #: Examples of the front page, and what the index held when they were found.
        self._examples: tuple[Stats, tuple[Example, ...]] | None = None

    def search(self, question: Question) -> ResultPage:
        """Answer *question*.

        Raises `QueryError` where its text is malformed, `RequestError` where it asks for something
        unknown or out of bounds (a facet, a page or size, dates that end before they begin),
        `SettingError` where the file of saved searches is needed and cannot be used, `EngineError`.
        """
        engine = self._engine
        if isinstance(engine, Stays):
            return engine.of_one_state(lambda: self._answered(question))
        return self._answered(question)

    def _answered(self, question: Question) -> ResultPage:
        began = self._clock()
        check(question, self.limits, self.fields)
        page_size = question.page_size or self._settings.page_size
        start = self._start(question)
        context, parsed, tree = self._read(question, start.now)
        offset = start.passed or (question.page - 1) * page_size
        parts = clauses(tree)
        request = request_of(
            question,
            tree,
            context,
            self.limits,
            hits=page_size,
            offset=offset,
            counted=parts,
            settings=self._settings,
        )
        request = self._with_meaning(_from_place(request, start), parsed.tree)
        since = self._clock()  # a model may have been loaded
        result, significant = self._searched(question, request)
        if question.cursor:
            self._check_unchanged(start)
            offset = result.passed if start.place else offset
        notices = (*parsed.notices, *result.notices)
        near, more = self._near(request, question, tree)
        notices += more
        if result.histogram and question.histogram not in (AUTO, BARS, result.histogram.interval):
            notices += (coarser_interval(question.histogram, result.histogram.interval),)
        read_as = self._reader.read_as(question, tree, result.counts)
        advised = self._adviser.advice(
            Answered(question, parsed.tree, context, request, result), read_as, since
        )
        notices += advised.notices
        return ResultPage(
            question=question,
            read_as=read_as,
            notices=notices,
            total=result.total,
            page=offset // page_size + 1 if question.cursor else question.page,
            page_size=page_size,
            hits=self._hits(result.hits, tree, offset),
            facets=self._with_years(question, result, request, tree, context),
            histogram=result.histogram,
            suggestions=advised.suggestions,
            meant=advised.meant,
            beyond=advised.beyond,
            stories=result.stories,
            moved=result.moved,
            near=near,
            significant=significant,
            weighed=self._weighed(request, result),
            next_cursor=_next_cursor(question, start, result, offset),
            took_ms=(self._clock() - began) * 1000,
        )

    def every(self, question: Question) -> HitStream:
        """Answer *question* with all its hits, from its cursor on where it has one, in the order of `search`.

        They are found before this returns, of one generation of the index, and unpacked and marked one by one as they
        are asked for: what is held of each of the others are a few numbers. Pages, and what a question wants to be
        counted, are ignored. Raises as `search`.
        """
        check(question, self.limits, self.fields)
        start = self._start(question)
        context, parsed, tree = self._read(question, start.now)
        plain = question._replace(facets=(), histogram="")
        request = request_of(
            plain, tree, context, self.limits, offset=start.passed, settings=self._settings
        )
        request = self._with_meaning(_from_place(request, start), parsed.tree)
        found = self._engine.every(request)
        offset = start.passed
        if question.cursor:
            self._check_unchanged(start)
            offset = found.passed if start.place else offset
        hits = self._marked_hits(found.hits, tree, offset)
        notices = (*parsed.notices, *found.notices)
        return HitStream(question, found.total, hits, start, notices, found.stories)

    def state(self) -> str:
        """Return a word that is the same, in other processes too, as long as the same questions have the same answers.

        But for days that are counted from today, and what depends on settings.
        """
        return " ".join([self._engine.generation(), *self._reader.files()])

    def _read(
        self, question: Question, now: datetime | None = None, *, with_synonyms: bool = True
    ) -> tuple[ParseContext, Parsed, Query]:
        """Return by what the text of *question* is read, what it reads as, and the tree of that with its synonyms.

        Days count from *now*, which is aware, else from the present. Raises `QueryError` where the text is malformed, `SettingError`.
        """
        context = self._reader.context()
        if now is not None:
            context = context._replace(now=now)
        parsed, tree = self._reader.read(
            question.text, context, question if with_synonyms else None
        )
        return context, parsed, tree

    def _start(self, question: Question) -> Cursor:
        """Return where the answer to *question* starts. Raises `RequestError` and `CursorOutdated` for its cursor."""
        settings = self._settings
        own = fingerprint(
            question, settings.rank, settings.diverse, settings.recency, settings.time_zone
        )
        now = self._reader.context().now or datetime.now(UTC)
        start = Cursor(own, short(self.state()), now)
        if not question.cursor:
            return start
        given = cursor_of(question.cursor)
        given.check(start, outlives=outlives_changes(question))
        return given._replace(state=start.state)

    def _check_unchanged(self, start: Cursor) -> None:
        """Raise `CursorOutdated` where the index has changed since *start* was made, and that matters to it."""
        now = start._replace(state=short(self.state()))
        start.check(now, outlives=start.place is not None)

    def _with_meaning(self, request: SearchRequest, tree: Query) -> SearchRequest:
        """Return *request* with what the words of *tree* mean, where it is to be ranked by that. Raises `RequestError`."""
        if request.rank != "semantic":
            return request
        from search.service.meaning import with_meaning  # few questions need it

        return with_meaning(self._engine, request, tree)

    def _near(
        self, request: SearchRequest, question: Question, tree: Query
    ) -> tuple[tuple[Hit, ...], tuple[str, ...]]:
        """Return what is near in meaning and does not match, for the first page, and notices."""
        if request.meaning is None or question.page > 1 or question.cursor:
            return (), ()
        from search.service.meaning import near_in_meaning

        try:
            found = near_in_meaning(self._engine, request)
        except QueryTimeout:  # this question is answered all the same
            return (), ("this search took long, so articles near in meaning were not looked for",)
        return self._hits(found.hits, tree, 0), found.notices

    def _weighed(self, request: SearchRequest, result: SearchResult) -> tuple[WeighedWord, ...]:
        """Return the words that the first hits gave, as articles write them."""
        if not result.weighed:
            return ()
        from search.service.written import written_by  # few ask

        words = [each.word for each in result.weighed]
        written = written_by(self._engine, request, result.hits, words)
        return tuple(each._replace(word=written[each.word]) for each in result.weighed)

    def _searched(
        self, question: Question, request: SearchRequest
    ) -> tuple[SearchResult, Significant | None]:
        """Return what the engine finds, and the significant words of it where *question* asks for them."""
        if not question.significant:
            return self._engine.search(request), None
        from search.service.significant import NOT_KNOWN, SPARE, significant_of  # few ask

        request = request._replace(significant=question.significant + SPARE)
        result = self._engine.search(request)
        if result.significant is None:
            return result._replace(notices=(*result.notices, NOT_KNOWN)), None
        return result, significant_of(self._engine, self.fields, question, request, result)

    def _with_years(
        self,
        question: Question,
        result: SearchResult,
        request: SearchRequest,
        tree: Query,
        context: ParseContext,
    ) -> Mapping[str, FacetCounts]:
        """Return the facets of *result*, and the years where *question*, whose text reads as *tree*, asks for them."""
        wanted = [facet for facet in question.facets if facet.field == YEAR.name]
        if not wanted:
            return result.facets
        from search.service.years import counted_years, tells_years, uncounted, year_counts

        facet, apart, found = wanted[-1], uncounted(question), result.histogram
        if apart == question and found is not None and tells_years(found):
            years = year_counts(found, facet)
        else:
            if apart != question:
                request = request_of(apart, tree, context, self.limits, settings=self._settings)
            years = counted_years(self._engine, request, context.zone, facet, question.selections)
        return {**result.facets, YEAR.name: years}

    def ranking(self, question: Question, depth: int) -> tuple[tuple[str, float], ...]:
        """Return id and score of the first *depth* hits, best first, whatever the page.

        For measuring and for piping: nothing is counted, marked or grouped. Raises as `search`.
        """
        check(question, self.limits, self.fields)
        check_number("depth", depth, self.limits.ranked)
        context, parsed, tree = self._read(question)
        request = request_of(
            question, tree, context, self.limits, hits=depth, settings=self._settings
        )
        request = self._with_meaning(request, parsed.tree)
        found = self._engine.search(request._replace(facets=(), histogram=None, group=False))
        return tuple((hit.article.article_id, hit.score) for hit in found.hits)

    def matching(self, question: Question) -> Matching:
        """Return all articles that *question* finds, whatever its page, order and grouping, without synonyms. Raises as `search`."""
        check(question, self.limits, self.fields)
        context, parsed, tree = self._read(question, with_synonyms=False)
        request = request_of(
            question, tree, context, self.limits, hits=_NAMED, settings=self._settings
        )
        request = self._with_meaning(request, parsed.tree)
        found = self._engine.search(request._replace(facets=(), histogram=None, group=False))
        ids = tuple(self._engine.ids(request))
        articles = tuple(hit.article for hit in found.hits)
        return Matching(ids, articles, (*parsed.notices, *found.notices))

    def names(
        self,
        question: Question,
        fields: Sequence[str],
        part: str = "",
        *,
        as_written: bool = False,
    ) -> NamesPage:
        """Return the names in *fields*, of entities, of the articles that *question* finds and *part* is a part of.

        With *as_written* each as articles have it, else under the name that it counts for. Page and size are those of the question. Raises as `search`.
        """
        from search.service.names import names_page  # few questions need it

        check(question, self.limits, self.fields)
        context, parsed, tree = self._read(question, with_synonyms=False)
        request = request_of(question, tree, context, self.limits)
        request = request._replace(as_written=as_written)
        size = question.page_size or self._settings.page_size
        page = names_page(self._engine, request, fields, part, question.page, size)
        notices = (*parsed.notices, *page.notices)
        if not page.total:
            from search.service.joined_names import not_looked_for

            notices += not_looked_for(self._engine)
        return page._replace(notices=notices)

    def facet_values(self, question: Question, field: str, asked: FacetAsked) -> FacetPage:
        """Return a page of all values of the facet *field* that the articles have which *question* finds. Raises as `search`."""
        from search.service.facet_values import MOST_VALUES, facet_page  # few questions need it

        check(question, self.limits, self.fields)
        check_text(asked.text, self.limits)
        context, parsed, tree = self._read(question)
        request = request_of(question, tree, context, self.limits)
        counts = None
        if field == YEAR.name:
            from search.service.years import counted_years, uncounted

            every = FacetRequest(field, MOST_VALUES, asked.text)
            apart = request_of(uncounted(question), tree, context, self.limits)
            counts = counted_years(self._engine, apart, context.zone, every, question.selections)
        page = facet_page(self._engine, request, field, asked, counts)
        return page._replace(notices=(*parsed.notices, *page.notices))

    def help_parts(self) -> tuple[HelpPart, ...]:
        """Return the query language by examples that the index answers. Raises `EngineError`."""
        from search.service.query_help import help_parts  # few questions need it

        return help_parts(self._engine, self.home(), self._reader.context())

    def completions(self, text: str, limit: int = 10) -> tuple[Completion, ...]:
        """Return queries that *text*, which a person is typing, may go on as, each with how many articles it finds.

        What cannot be read yet has none. Raises `EngineError`.
        """
        from search.service.completions import completed  # few questions need it

        return tuple(completed(self._engine, text, limit, self._count))

    def _count(self, text: str) -> int:
        """Return how many articles the query *text* finds, 0 where it cannot be read."""
        question, context = Question(text), self._reader.context()
        try:
            _, tree = self._reader.read(text, context, question)
        except QueryError:
            return 0
        return self._engine.count(request_of(question, tree, context, self.limits))

    def article(
        self,
        article_id: str,
        query: str = "",
        revision: int | None = None,
        *,
        synonyms: bool = True,
    ) -> MarkedArticle | None:
        """Return an article with the words of *query* marked, with their *synonyms*; None where there is no such article.

        With *revision* as it was then; None, too, where that is not kept.

        Raises `QueryError` where *query* is malformed.
        """
        asked = Question(query, synonyms=synonyms)
        parsed, tree = self._reader.read(query, self._reader.context(), asked)
        if revision is None:
            document = self._engine.get(article_id)
        else:
            history = self.history(article_id)
            document = None if history is None else history.of(revision)
        if document is None:
            return None
        title, paragraphs = mark_article(document, tree, self.fields)
        story = self._engine.story(article_id) if revision is None else None
        return MarkedArticle(document, title, paragraphs, parsed.notices, story)

    def standing(self, article_id: str, question: Question) -> Standing | None:
        """Return where an article stands on the page of the answer to *question*, None where it is not there. Raises as `search`."""
        from search.service.standing import standing  # few questions need it

        check(question, self.limits, self.fields)
        context, parsed, tree = self._read(question)
        request = request_of(question, tree, context, self.limits, settings=self._settings)
        request = self._with_meaning(request, parsed.tree)
        size = question.page_size or self._settings.page_size
        return standing(self._engine, request, article_id, question.page, size)

    def elsewhere(self, document: Document, most: int = 10) -> Elsewhere:
        """Return in how many articles the first *most* names of each kind of *document* are, and what else its authors wrote."""
        from search.service.elsewhere import elsewhere_of  # few questions need it

        return elsewhere_of(self._engine, document, most)

    def trends(
        self, texts: Sequence[str], question: Question | None = None, interval: str = AUTO
    ) -> TrendsPage:
        """Return how many articles each of some queries finds in each *interval*, beside all articles there are.

        Of *question* only filters and dates count, for all of them. Raises `RequestError` for one of *texts* that is malformed, for
        more than ``limits.trends`` of them and for an unknown interval, and as `search`.
        """
        from search.service.trends import interval_wanted, trends_page  # few questions need it

        question = (question or Question())._replace(text="", page=1)
        check(question, self.limits, self.fields)
        if len(texts) > self.limits.trends:
            raise RequestError(f"{len(texts)} queries: at most {self.limits.trends} are compared")
        context = self._reader.context()
        base = request_of(question, Everything(), context, self.limits)
        asked = []
        for text in texts:
            try:
                parsed, tree = self._reader.read(text, context, question)
            except QueryError as exc:  # its position is in one of several texts
                raise RequestError(f"{text[:60]!r} cannot be read: {exc.message}") from exc
            tree = with_required(tree, clauses(base.tree))  # the years chosen
            asked.append((text, base._replace(tree=tree), parsed.notices))
        wanted = interval_wanted(interval, context.zone, self.limits.trend_bins)
        return trends_page(self._engine, question, base, asked, wanted)

    def rising(
        self, question: Question | None = None, *, only_kept: bool = False
    ) -> RisingPage | None:
        """Return what the last seven days have more often than the year before them, within the filters of *question*.

        The last day is that of the newest article, at most today. None where no article has a date, and
        with *only_kept* also where nobody asked for it since the index changed. Raises as `search`.
        """
        from search.service.rising import rising_page  # few questions need it

        question = (question or Question())._replace(text="", start="", page=1)
        check(question, self.limits, self.fields)
        context = self._reader.context()
        base = request_of(question, Everything(), context, self.limits)
        today = self._today(context)

        # It takes a hundred questions to the engine, and many people see the same page of it.
        key = (self._engine.generation(), question, base, today)
        if self._risen is not None and self._risen[0] == key:
            return self._risen[1]
        if only_kept:
            return None

        def read(text: str) -> Query:
            return self._reader.read(text, context)[1]

        found = rising_page(
            self._engine, question, base, today, context.zone, read, self.limits.rising
        )
        self._risen = key, found
        return found

    def last_day(self) -> date | None:
        """Return the day of the newest article up to today, None where none has a date. Raises `EngineError`."""
        from search.service.days import last_day  # few questions need it

        context = self._reader.context()
        base = request_of(Question(), Everything(), context, self.limits)
        return last_day(self._engine, base, self._today(context), context.zone)

    def by_day(self, question: Question, first: date, last: date) -> tuple[int, ...]:
        """Return how many articles *question* finds on each day from *first* to *last*. Raises as `search`."""
        from search.service.days import counted_by_day  # few questions need it

        check(question, self.limits, self.fields)
        context, _, tree = self._read(question)
        request = request_of(question, tree, context, self.limits)
        return counted_by_day(self._engine, request, first, last, context.zone)

    @staticmethod
    def _today(context: ParseContext) -> date:
        from search.model.histogram import day_at

        return day_at(context.now or datetime.now(UTC), context.zone)

    def similar(self, article_id: str, limit: int = 10) -> SimilarPage | None:
        """Return at most *limit* articles that are like one, None where it does not exist. Raises `RequestError` for a limit."""
        from search.service.similar import similar_page  # few questions need it

        check_number("limit", limit, self.limits.similar)
        document = self._engine.get(article_id)
        return None if document is None else similar_page(self._engine, document, limit)

    def compare(self, article_id: str, other_id: str) -> Comparison | None:
        """Return what differs between two articles, None where one of them does not exist."""
        first, second = self._engine.get(article_id), self._engine.get(other_id)
        return None if first is None or second is None else self.compared(first, second)

    def compared(self, first: Document, second: Document) -> Comparison:
        """Return what differs between two documents."""
        from search.service.difference import count_words, difference  # few questions need it

        one, two = first.article, second.article
        return Comparison(
            first,
            second,
            (count_words(one.body), count_words(two.body)),
            difference(one.title, two.title),
            difference(one.body, two.body),
        )

    def history(self, article_id: str) -> History | None:
        """Return an article and what it was before it changed, None where there is no such article."""
        from search.service.history import history_of  # few questions need it

        document = self._engine.get(article_id)
        return None if document is None else history_of(document, self._engine, self.fields)

    def name_page(
        self, field: str, name: str, question: Question | None = None
    ) -> NamePage | UnknownName:
        """Return what there is about *name*, a value of the facet of names *field*, within the filters of *question*.

        Of the question only filters count, and none may be of a facet of names. Raises `RequestError` where it has others, and as `search`.
        """
        from search.service.name_page import Asked, name_page  # few questions need it

        question = question or Question()
        check(question, self.limits, self.fields)
        context = self._reader.context()
        base = request_of(question, Everything(), context, self.limits)
        asked = Asked(field, name, question, base, context.zone, self._settings.facet_size)
        return name_page(self._engine, asked, self.limits, self._clock, self._hits)

    def home(self) -> HomePage:
        """Return what the front page shows. Raises `EngineError`."""
        from search.service.examples import examples  # few pages need them

        context = self._reader.context()
        facets = tuple(FacetRequest(name, self._settings.facet_size) for name in self.fields.facets)
        asked = Question(sort="newest", facets=facets, histogram=BARS)
        request = request_of(asked, Everything(), context, self.limits, hits=_HOME_ARTICLES)
        found = self._engine.search(request)
        stats = self._engine.stats()
        known = self._examples
        if known is None or known[0] != stats:  # the index has changed
            tried = examples(self._engine, found.hits, found.facets, context)
            self._examples = known = stats, tried
        return HomePage(found.hits, found.facets, stats, found.histogram, known[1])

    def known_examples(self) -> tuple[Example, ...]:
        """Return the queries that `home` last found, or none where the index has changed since. Raises `EngineError`.

        It searches for nothing: a page that refuses a request has a box too.
        """
        known = self._examples
        return known[1] if known is not None and known[0] == self._engine.stats() else ()

    def stats(self) -> Stats:
        """Return what the index holds. Raises `EngineError`."""
        return self._engine.stats()

    def _hits(self, found: Sequence[EngineHit], tree: Query, offset: int) -> tuple[Hit, ...]:
        return tuple(self._marked_hits(found, tree, offset))

    def _marked_hits(self, found: Iterable[EngineHit], tree: Query, offset: int) -> Iterator[Hit]:
        highlighter = Highlighter(tree, fields=self.fields)
        max_chars = self._settings.snippet_max_chars
        for rank, hit in enumerate(found, offset + 1):
            article = hit.article
            mentioned = highlighter.mentioned(hit.document)
            in_title, in_body = mentioned or (None, None)
            language = article.language
            marks = highlighter.marks(article.title, "title", in_title, language)
            title = Marked(article.title, marks)
            snippet = highlighter.snippet(article.body, max_chars, in_body, language)
            yield Hit(rank, hit.score, hit.document, title, snippet, hit.contributions, hit.story)


def _from_place(request: SearchRequest, start: Cursor) -> SearchRequest:
    """Return *request* as one that goes on from the place of *start*, if it has one."""
    return request._replace(offset=0, after=start.place) if start.place else request


def _next_cursor(question: Question, start: Cursor, result: SearchResult, offset: int) -> str:
    """Return where to go on after the hits of *result*, the first of which comes after *offset* others."""
    rank = offset + len(result.hits)
    rows = result.total if result.stories is None else result.stories
    if not result.hits or rank >= rows:
        return ""
    last = result.hits[-1].article
    return start.after(rank, last, outlives=outlives_changes(question)).encoded()
