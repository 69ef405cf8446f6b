"""Which words and names the last days of an archive have more often than the year before them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta, tzinfo
from math import log
from typing import NamedTuple

from search.engines.protocol.engine import Searcher
from search.engines.protocol.facets import FacetValue, facet_key
from search.engines.protocol.request import SearchRequest
from search.model.question import FacetRequest, Question, Selection
from search.query.render import render
from search.query.tree import Query, Word, clauses, with_required
from search.service.days import bound_at, days_before, last_day
from search.service.written import written_in

#: The days that are looked at, and those before them that they are compared with.
DAYS = 7
DAYS_BEFORE = 365
#: Articles of the last days in which one must be, so that chance makes no news, and how many times as often as before.
LEAST_ARTICLES = 3
LEAST_TIMES = 2.0
#: Letters of a word that says something: shorter ones are abbreviations of tables, most of all.
_LEAST_LETTERS = 3
#: Words of which it is asked how often they were, names of each field, and articles whose spelling counts.
_WORDS = 50
_NAMES = 30
_READ = 20


class Rising(NamedTuple):
    """A word, or a name in ``field``: in how many ``articles`` of the last days, and ``usually`` in as many days before.

    ``usually`` is what its share of the articles of the year before makes of those of the last days; ``times`` is how many times as often
    it is now. Of one that was in none it is what it would be if one had had it, and ``is_new`` says so.
    """

    text: str
    field: str
    articles: int
    usually: float
    times: float
    is_new: bool

    @property
    def weight(self) -> float:
        """Return how unlikely it is that chance made it rise: the logarithm of a ratio of likelihoods (Poisson)."""
        return self.articles * log(self.times) - self.articles + self.articles / self.times


class RisingPage(NamedTuple):
    """What rises in the days from ``first`` to ``last``, the most unlikely first, and who is named there most.

    They have ``articles``, and the year before them ``articles_before``. All within the filters of ``question``.
    """

    question: Question
    first: date
    last: date
    articles: int
    articles_before: int
    words: tuple[Rising, ...]
    names: tuple[Rising, ...]
    most_named: tuple[FacetValue, ...]


def rising_page(
    engine: Searcher,
    question: Question,
    base: SearchRequest,
    today: date,
    zone: tzinfo,
    read: Callable[[str], Query],
    most: int,
) -> RisingPage | None:
    """Return at most *most* words and names that rise in the last days of what *base* finds; None where nothing has a date.

    The last day is that of the newest article, or *today* where that comes first, so that a date in the future does not hide
    the present. *read* reads the text of a query.
    """
    last = last_day(engine, base, today, zone)
    if last is None:
        return None
    first = days_before(last, DAYS - 1)
    before = days_before(first, DAYS_BEFORE)
    now_ = base._replace(start=bound_at(first, zone), end=bound_at(last + timedelta(days=1), zone))
    then = base._replace(start=bound_at(before, zone), end=now_.start)
    rises = _Rises(engine, now_, then)
    names, most_named = rises.names(most)
    words = rises.words(read, {part for each in names for part in facet_key(each.text).split()})
    return RisingPage(
        question,
        first,
        last,
        rises.articles,
        rises.articles_before,
        tuple(words[:most]),
        tuple(names[:most]),
        most_named,
    )


class _Rises:
    """Compares the articles of two requests, those of the last days and those of the year before."""

    def __init__(self, engine: Searcher, now_: SearchRequest, then: SearchRequest) -> None:
        self._engine = engine
        self._now = now_
        self._then = then
        self.articles = engine.count(now_)
        self.articles_before = engine.count(then)

    def words(self, read: Callable[[str], Query], left_out: set[str]) -> list[Rising]:
        """Return the words that rise, the most unlikely first, without those *left_out*."""
        found = self._engine.search(
            self._now._replace(limit=_READ, sort="newest", group=True, significant=_WORDS)
        )
        words = [each.word for each in found.significant.words] if found.significant else []
        words = [
            word
            for word in words
            if word not in left_out and sum(map(str.isalpha, word)) >= _LEAST_LETTERS
        ]
        texts = [text for hit in found.hits for text in (hit.article.title, hit.article.body)]
        written = written_in(texts, words)
        counts = []
        for word in words:
            tree = with_required(read(render(Word(word))), clauses(self._now.tree))
            counts.append(
                (
                    written[word],
                    self._engine.count(self._now._replace(tree=tree)),
                    self._engine.count(self._then._replace(tree=tree)),
                )
            )
        return self._risen("", counts)

    def names(self, most: int) -> tuple[list[Rising], tuple[FacetValue, ...]]:
        """Return the entities that rise, the most unlikely first, and the first *most* people by how many articles name them."""
        fields = [row.name for row in self._engine.fields.described(is_entity=True)]
        found = self._engine.facets(
            self._now._replace(facets=tuple([FacetRequest(field, _NAMES) for field in fields]))
        )
        risen: list[Rising] = []
        for field in fields:
            now_ = {v.value: v.count for v in found[field].values if v.count >= LEAST_ARTICLES}
            if not now_:
                continue
            # A selected value is counted however rare it is, and the selection of its own field is left out.
            selections = (*self._then.selections, Selection(field, tuple(now_)))
            asked = self._then._replace(selections=selections, facets=(FacetRequest(field, 1),))
            then = {v.value: v.count for v in self._engine.facets(asked)[field].values}
            risen += self._risen(field, [(n, c, then.get(n, 0)) for n, c in now_.items()])
        most_named = found[fields[0]].values[:most] if fields else ()
        return sorted(risen, key=lambda each: -each.weight), most_named

    def _risen(self, field: str, counts: Sequence[tuple[str, int, int]]) -> list[Rising]:
        """Return those of *counts*, of texts now and before, that rise."""
        risen = []
        for text, now_, before in counts:
            usually = before * self.articles / self.articles_before if self.articles_before else 0
            least = self.articles / self.articles_before if self.articles_before else 0
            if now_ < LEAST_ARTICLES or not least:
                continue
            times = now_ / max(usually, least)
            if times >= LEAST_TIMES:
                risen.append(Rising(text, field, now_, usually, times, not before))
        return sorted(risen, key=lambda each: (-each.weight, each.text))
