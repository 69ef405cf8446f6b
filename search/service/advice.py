"""What is to be said beside the hits of an answer: other spellings, ways out of an empty one, names that are counted as one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from search.engines.protocol.engine import Searcher
from search.engines.protocol.request import SearchRequest
from search.engines.protocol.result import SearchResult
from search.model.errors import QueryTimeout
from search.model.question import Question
from search.query.context import ParseContext
from search.query.tree import Query, clauses
from search.service.answer import Clause, OfNames, Suggestion
from search.service.limits import Limits
from search.service.reading import QuestionReader

if TYPE_CHECKING:
    from search.service.suggestions import WaysOut


class Answered(NamedTuple):
    """A question, the tree that its text reads as, without synonyms, the request that it makes, and what that found."""

    question: Question
    tree: Query
    context: ParseContext
    request: SearchRequest
    result: SearchResult


class Advised(NamedTuple):
    """Notices for an answer, and other searches: ways out, what may be meant, and what names or synonyms make of it."""

    notices: tuple[str, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    meant: Suggestion | None = None
    beyond: tuple[Suggestion, ...] = ()


class Adviser:
    """Says what there is beside answers, by further questions to the engine. It keeps no state."""

    def __init__(
        self,
        engine: Searcher,
        reader: QuestionReader,
        limits: Limits,
        clock: Callable[[], float],
        *,
        has_synonyms: bool,
    ) -> None:
        """*clock* returns seconds that only ever grow; *has_synonyms* says whether there is a file of them."""
        self._engine = engine
        self._reader = reader
        self._limits = limits
        self._clock = clock
        self._has_synonyms = has_synonyms

    def advice(self, asked: Answered, read_as: Sequence[Clause], since: float) -> Advised:
        """Return what is to be said of an answer that was asked for when the clock said *since*, and whose clauses are *read_as*.

        What takes too long is left out, and a notice says so.
        """
        question, result = asked.question, asked.result
        notices: tuple[str, ...] = ()
        suggestions: tuple[Suggestion, ...] = ()
        if question.selections or question.excluded or not result.total:
            more, suggestions = self._ways_out(asked, since + self._limits.patience_s)
            notices += more
        meant = None
        if 0 < result.total < self._limits.few and question.page == 1 and not question.cursor:
            more, meant = self._meant(asked)
            notices += more
        of_names = OfNames()
        if question.selections or ":" in question.text:
            of_names = self._of_names(asked)
            notices += of_names.notices
            if not result.total:
                notices += self._not_looked_for(asked)
        beyond = of_names.beyond
        if result.total and any(clause.synonyms for clause in read_as):
            apart = self._without_synonyms(asked)
            beyond += (apart,) if apart.total != result.total else ()
        return Advised(notices, suggestions, meant, beyond)

    def _ways(self, context: ParseContext) -> WaysOut:
        from search.service.suggestions import WaysOut  # few answers need it

        return WaysOut(
            self._engine, context, self._limits, self._reader.spellings, self._reader.with_synonyms
        )

    def _ways_out(
        self, asked: Answered, deadline: float
    ) -> tuple[tuple[str, ...], tuple[Suggestion, ...]]:
        """Return notices about values that no article has, and where nothing was found other questions."""
        from search.service.unknown_values import unknown_values

        question, result = asked.question, asked.result
        # Where something was found, the one value of a selection exists.
        doubtful = [s for s in question.selections if not result.total or len(s.values) > 1]
        ways = self._ways(asked.context)
        notices: list[str] = []
        suggestions: list[Suggestion] = []
        try:
            unknown = unknown_values(self._engine, doubtful, self._limits)
            notices += [value.notice for value in unknown]
            left_out = unknown_values(self._engine, question.excluded, self._limits)
            notices += [value.notice for value in left_out]
            if not result.total:
                steps = ways.steps(question, self._plain(asked), result.counts, unknown)
                for way in ways.tried(question, steps, lambda: self._clock() <= deadline):
                    suggestions.append(way)  # one by one: those before a timeout stay
        except QueryTimeout:  # of another question; this one is answered
            ways.is_late = True
        if ways.is_late:
            notices.append("this search took long, so not every other way to ask was looked for")
        return tuple(notices), tuple(suggestions)

    def _meant(self, asked: Answered) -> tuple[tuple[str, ...], Suggestion | None]:
        """Return what may be meant by a question that finds few articles, and notices."""
        ways, tree, result = self._ways(asked.context), self._plain(asked), asked.result
        try:
            return (), ways.meant(asked.question, tree, result.counts, result.total)
        except QueryTimeout:  # of another question; this one is answered
            return ("this search took long, so other spellings were not looked for",), None

    def _plain(self, asked: Answered) -> Query:
        """Return the tree with the words in a row that have synonyms as one clause, as they are counted."""
        if not self._has_synonyms:
            return asked.tree
        from search.query.synonyms import without_synonyms

        return without_synonyms(self._reader.with_synonyms(asked.tree, asked.question).tree)

    def _of_names(self, asked: Answered) -> OfNames:
        """Return what is to be said of names that are counted as one."""
        from search.service.joined_names import of_names  # few questions name anyone

        try:
            return of_names(self._engine, asked.question, asked.request, clauses(asked.tree))
        except QueryTimeout:  # of another question; this one is answered
            return OfNames(("this search took long, so it was not looked up which names are one",))

    def _not_looked_for(self, asked: Answered) -> tuple[str, ...]:
        """Return a sentence where the question asks for names, and no tagger has looked for them in some articles."""
        from search.service.joined_names import asks_for_names, not_looked_for

        is_asked = asks_for_names(self._engine, asked.question, asked.request.counted)
        return not_looked_for(self._engine) if is_asked else ()

    def _without_synonyms(self, asked: Answered) -> Suggestion:
        """Return the question without synonyms."""
        from search.query.synonyms import without_synonyms

        request = asked.request
        total = self._engine.count(request._replace(tree=without_synonyms(request.tree)))
        apart = asked.question._replace(synonyms=False, page=1)
        return Suggestion("the same without synonyms", apart, total)
