"""Our query tree as queries of Whoosh, so that its own searcher can be asked what the engine is asked.

Stock queries decide what matches. Where the ranking of docs/ranking.md is not a sum over words, a wrapper
scores what a stock matcher has found, out of the spans and weights that this gives. Some stock queries mean
something else than ours and are narrowed or replaced: slop counts between two words, not in all;
`whoosh.query.FuzzyTerm` knows no swapped neighbours; `whoosh.query.Not` finds deleted documents, too, where
these are the last of a segment; ``minmatch`` of `whoosh.query.Or` is not implemented.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any

import whoosh.query as w
from whoosh.matching import ListMatcher, Matcher, WrappingMatcher
from whoosh.query.compound import DefaultOr
from whoosh.query.spans import SpanNear2
from whoosh.query.wrappers import WrappingQuery

from search.engines import ranking
from search.engines.whoosh_index.schema import VIEWS
from search.engines.whoosh_index.weighting import (
    UNSCORED,
    average_length,
    is_scored,
    saturated,
)
from search.model.fields import FIELDS
from search.model.question import Match
from search.query.tree import (
    And,
    Bound,
    DateRange,
    Either,
    Everything,
    Fuzzy,
    Group,
    HasValue,
    Near,
    Not,
    Or,
    Phrase,
    Query,
    Synonyms,
    Wildcard,
    Word,
    is_required,
)
from search.text.stems import stem
from search.text.words import within_edits
from tests.support.memory_engine import neighbours

#: Field of a query -> field of Whoosh. Those with stems have "_exact" added where the form itself is asked for.
STEMMED = {None: "text", "title": "title", "body": "body"}
NAMES = {
    "author": "authors", "person": "people", "org": "organisations", "place": "places",
    "entity": "entities", "source": "source", "section": "section", "topic": "topics", "collection": "collection", "lang": "language", "url": "url",
}  # fmt: skip


def view(field: str | None, exact: bool) -> str:
    if field in STEMMED:
        return STEMMED[field] + ("_exact" if exact else "")
    return NAMES[field]


def term(form: str, field: str | None, exact: bool, boost: float = 1.0) -> w.Term:
    """Return what finds a form, or with *exact* unset any form of its stem."""
    name = view(field, exact)
    return w.Term(name, stem(form) if VIEWS[name].stemmed else form, boost)


class Compiler:
    """Makes a query of Whoosh of a tree, under one `SearchRequest.match` and one bound of expansions."""

    def __init__(
        self,
        match: Match = "all",
        max_expansions: int = 1024,
        unscored: Collection[str] = (),
    ) -> None:
        self.match = match
        self.max_expansions = max_expansions
        #: The bare words that only match.
        self.unscored = unscored

    def query(self, tree: Query) -> w.Query:
        match tree:
            case Word(form, field, exact):
                return self.word(form, field, exact)
            case Phrase(forms, slop, field, exact):
                terms = [term(form, field, exact) for form in forms]
                return Row(terms, slop)
            case Near(left, right, distance, field):
                pair = [term(word.form, field, word.exact) for word in (left, right)]
                return Pair(pair, distance)
            case Wildcard(pattern, field):
                return OneWord(w.Wildcard(view(field, True), pattern), self.max_expansions)
            case Fuzzy(form, edits, field):
                return OneWord(
                    WithinEdits(view(field, True), form, maxdist=edits), self.max_expansions
                )
            case DateRange(start, end):
                return Unscored(dates(start, end))
            case HasValue(name):
                return Unscored(w.Every(view(name, True)))
            case Everything():
                return Unscored(w.Every())
            case Not(child):
                return Rest(self.query(child))
            case And(children):
                return self.with_neighbours(w.And([*map(self.query, children)]), children)
            case Or(children):
                return w.Or([*map(self.query, children)])
            case Synonyms((asked, *others)):
                weighed = [Boosted(self.query(other), ranking.SYNONYM_WEIGHT) for other in others]
                return w.DisjunctionMax([self.query(asked), *weighed])
            case Either(children):
                return w.DisjunctionMax([*map(self.query, children)])
            case Group(children):
                return self.with_neighbours(self.group(children), children)
        raise AssertionError(f"unknown node {tree!r}")

    def word(self, form: str, field: str | None, exact: bool) -> w.Query:
        if exact or field not in STEMMED:
            return term(form, field, True)
        if field is None and form in self.unscored:
            return Unscored(term(form, field, False))
        boosted = term(form, field, True, ranking.EXACT_WEIGHT)
        return w.AndMaybe(term(form, field, False), boosted)

    def group(self, children: tuple[Query, ...]) -> w.Query:
        required = [self.query(child) for child in children if is_required(child)]
        optional = [self.query(child) for child in children if not is_required(child)]
        if optional and self.match == "all":
            required += optional
        elif optional:
            share = 0.75 if self.match == "most" else 0
            required.append(AtLeast(optional, max(1, math.ceil(share * len(optional)))))
        return w.And(required)

    def with_neighbours(self, query: w.Query, children: tuple[Query, ...]) -> w.Query:
        for pair in neighbours(children, self.unscored):
            row = Row([term(form, None, False) for form in pair.forms], 0)
            query = w.AndMaybe(query, Boosted(row, ranking.PAIR_WEIGHT))
        return query


def dates(start: Bound | None, end: Bound | None) -> w.Query:
    """Return what finds the dates from *start* on and before *end*; Whoosh wants them without a zone.

    It compares instants, so it means what we do of days in UTC only.
    """
    if start is None and end is None:
        return w.Every("date")
    bounds = [
        None if bound is None else bound.instant.replace(tzinfo=None) for bound in (start, end)
    ]
    return w.DateRange("date", *bounds, endexcl=end is not None)


class Boosted(WrappingQuery):
    """A query whose scores count so much. Stock queries of spans take no boost."""

    def __init__(self, child: w.Query, boost: float) -> None:
        super().__init__(child)
        self.boost = boost

    def matcher(self, searcher: Any, context: Any = None) -> Matcher:
        return WrappingMatcher(self.child.matcher(searcher, context), self.boost)


class Unscored(Boosted):
    """A filter. A stock `whoosh.query.ConstantScoreQuery` keeps scores where its documents come one by one."""

    def __init__(self, child: w.Query) -> None:
        super().__init__(child, UNSCORED)


class Rest(WrappingQuery):
    """All live documents that a query does not match."""

    def matcher(self, searcher: Any, context: Any = None) -> Matcher:
        found = {matcher.id() for matcher in active(self.child.matcher(searcher, context))}
        others = set(searcher.reader().all_doc_ids()) - found
        return listed(dict.fromkeys(others, UNSCORED))


class AtLeast(w.Query):
    """Documents that at least a number of several queries match."""

    def __init__(self, children: list[w.Query], needed: int) -> None:
        self.queries = children
        self.needed = needed

    def estimate_size(self, reader: Any) -> int:
        return reader.doc_count()

    def matcher(self, searcher: Any, context: Any = None) -> Matcher:
        votes: Counter[int] = Counter()
        scores: Counter[int] = Counter()
        for query in self.queries:
            for found in active(query.matcher(searcher, context)):
                votes[found.id()] += 1
                scores[found.id()] += found.score()
        return listed({d: scores[d] for d, count in votes.items() if count >= self.needed})


class AsOneTerm(w.Query):
    """Documents of a stock query, scored as if what it finds were one word."""

    #: The field of Whoosh that is searched.
    fieldname: str

    def found(self, searcher: Any) -> dict[int, float]:
        """Return the weighted number of occurrences in each document of one segment."""
        raise NotImplementedError

    def idf(self, searcher: Any) -> float:
        raise NotImplementedError

    def estimate_size(self, reader: Any) -> int:
        return reader.doc_count()

    def matcher(self, searcher: Any, context: Any = None) -> Matcher:
        found = self.found(searcher)
        if not is_scored(self.fieldname):
            return listed(dict.fromkeys(found, UNSCORED))
        idf, average = self.idf(searcher), average_length(searcher)
        length = searcher.doc_field_length
        return listed(
            {
                document: idf * saturated(weight, length(document, self.fieldname), average)
                for document, weight in found.items()
            }
        )


class Spans(AsOneTerm):
    """Words near each other. An occurrence is where its first word is, and weighs what that weighs."""

    def __init__(self, words: list[w.Term], stock: w.Query) -> None:
        self.words = words
        self.stock = stock
        self.fieldname = words[0].fieldname

    def idf(self, searcher: Any) -> float:
        return sum(searcher.get_parent().idf(word.fieldname, word.text) for word in self.words)

    def starts(self, matcher: Any) -> set[int]:
        """Return the positions of the first word in the document that a matcher is at."""
        raise NotImplementedError

    def found(self, searcher: Any) -> dict[int, float]:
        in_titles = self._in_titles(searcher)
        found = {}
        for matcher in active(self.stock.matcher(searcher, searcher.context(needs_current=True))):
            starts = self.starts(matcher)
            if starts:
                titles = len(starts & in_titles.get(matcher.id(), set()))
                weights = FIELDS.weights
                found[matcher.id()] = titles * weights["title"] + (len(starts) - titles)
        return found

    def _in_titles(self, searcher: Any) -> dict[int, set[int]]:
        """Return where the first word is in titles, whose occurrences weigh more."""
        if not self.fieldname.startswith(("text", "title")):
            return {}
        fieldname = self.fieldname.replace("text", "title")
        matcher = w.Term(fieldname, self.words[0].text).matcher(searcher)
        return {found.id(): set(found.value_as("positions")) for found in active(matcher)}


class Row(Spans):
    """Words in this order with at most a number of others between them in all; the stock query counts them for each gap."""

    def __init__(self, words: list[w.Term], slop: int) -> None:
        super().__init__(words, SpanNear2(words, slop=slop + 1, ordered=True))
        self.width = len(words) + slop

    def starts(self, matcher: Any) -> set[int]:
        return {span.start for span in matcher.spans() if span.end - span.start < self.width}


class Pair(Spans):
    """Two words in either order. A stock span does not tell which end is which word."""

    def __init__(self, words: list[w.Term], distance: int) -> None:
        super().__init__(words, SpanNear2(words, slop=distance, ordered=False))

    def starts(self, matcher: Any) -> set[int]:
        left, right = ({span.start for span in word.spans()} for word in matcher.ms)
        ends = [pair for s in matcher.spans() for pair in ((s.start, s.end), (s.end, s.start))]
        return {start for start, end in ends if start in left and end in right}


class OneWord(AsOneTerm):
    """All words that a stock query stands for as one word, of too many the most frequent."""

    def __init__(self, stock: w.MultiTerm, most: int) -> None:
        self.stock = stock
        self.most = most
        self.fieldname = stock.fieldname

    def words(self, searcher: Any) -> w.Query:
        reader = searcher.get_parent().reader()
        words = [text.decode() for text in self.stock._btexts(reader)]
        words.sort(key=lambda word: (-reader.doc_frequency(self.fieldname, word), word))
        return DefaultOr([w.Term(self.fieldname, word) for word in words[: self.most]])

    def found(self, searcher: Any) -> dict[int, float]:
        matcher = self.words(searcher).matcher(searcher, searcher.context(needs_current=True))
        return {found.id(): found.weight() for found in active(matcher)}

    def idf(self, searcher: Any) -> float:
        parent = searcher.get_parent()
        frequency = sum(len(self.found(leaf)) for leaf, _ in parent.leaf_searchers())
        return ranking.idf(parent.doc_count(), frequency) if frequency else 0.0


class WithinEdits(w.FuzzyTerm):
    """The stock query with swapped neighbours as one edit."""

    def _btexts(self, reader: Any) -> Iterator[bytes]:
        for text in reader.lexicon(self.fieldname):
            if within_edits(self.text, text.decode(), self.maxdist):
                yield text


def active(matcher: Matcher) -> Iterator[Matcher]:
    """Yield a matcher at each of its documents."""
    while matcher.is_active():
        yield matcher
        matcher.next()


def listed(scores: dict[int, float]) -> Matcher:
    documents = sorted(scores)
    return ListMatcher(documents, [scores[document] for document in documents])
