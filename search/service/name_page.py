"""All that the archive says of one name: when it is named, together with whom, by whom, and in which forms it is written.

A name is a value of a facet of names: a person, an organisation, a place, an author.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import tzinfo
from math import ceil
from typing import NamedTuple

from search.engines.protocol.engine import JoinedName, Searcher
from search.engines.protocol.facets import FacetCounts, FacetValue, facet_key
from search.engines.protocol.request import SearchRequest
from search.engines.protocol.result import EngineHit, SearchResult
from search.highlight.named import entities_of
from search.model.article import Document, Entity
from search.model.errors import QueryTimeout, RequestError
from search.model.fields import FieldTable
from search.model.histogram import INTERVALS, Histogram, HistogramRequest
from search.model.question import FacetRequest, Question, Selection
from search.query.tree import Everything, Or, Phrase, Query, Word
from search.service.answer import Hit
from search.service.joined_names import are_counted_elsewhere
from search.service.limits import Limits
from search.service.unknown_values import UnknownValue, near_values
from search.text.words import tokens

#: Articles that must name two together, and the share of all on the one, so that chance makes no company.
LEAST_TOGETHER = 3
LEAST_SHARE = 0.03
#: The fields that say who writes, and where.
_WHO_AND_WHERE = ("author", "source")


class Companion(NamedTuple):
    """Who or what is named together with a name: in how many articles with it, and in how many without it.

    ``times`` is its lift: how many times as often it is named in articles with the name as in the others. Where no
    other article has it, it is what it would be if one had. ``counts`` are the articles with both in each interval of the
    histogram of the page; none where there is none, and where there was no time to count them.
    """

    name: str
    together: int
    elsewhere: int
    times: float
    counts: tuple[int, ...] = ()


class Company(NamedTuple):
    """Those of one field who are named together with a name more often than elsewhere, the highest lift first.

    ``least`` is in how many articles with the name one must be to be compared.
    """

    field: str
    companions: tuple[Companion, ...]
    least: int


class Form(NamedTuple):
    """A way in which a name is written, and in how many articles."""

    text: str
    articles: int


class Forms(NamedTuple):
    """The most frequent ways in which a name is written in ``articles`` articles, the newest, and how many ``others``."""

    forms: tuple[Form, ...] = ()
    articles: int = 0
    others: int = 0


class NamePage(NamedTuple):
    """What there is about a name, in the spelling that most articles have.

    All of it is within the filters of ``question``, which does not select the name. ``articles`` is how many there are within these,
    with the name or without.
    """

    field: str
    name: str
    question: Question
    total: int
    articles: int
    newest: tuple[Hit, ...]
    histogram: Histogram | None
    #: Those named with it, by field; none of a field that has nobody.
    company: tuple[Company, ...]
    #: Who writes, and where; of an author only where.
    facets: Mapping[str, FacetCounts]
    forms: Forms
    notices: tuple[str, ...] = ()
    #: As of a `ResultPage`.
    stories: int | None = None
    #: Names that are counted under this one, and names that this one counts for, with the reasons.
    counts_also: tuple[JoinedName, ...] = ()
    counts_for: tuple[JoinedName, ...] = ()
    #: Whether the articles that count for another name are left out here.
    are_elsewhere: bool = False
    #: The oldest article with a date; None where none has one.
    first: EngineHit | None = None


class UnknownName(NamedTuple):
    """A name that no article has, and the values of its field that are most like it."""

    field: str
    name: str
    near: tuple[FacetValue, ...]

    def notice(self, fields: FieldTable) -> str:
        """Return who is not there, and who may be meant, in words."""
        selection = Selection(self.field, (self.name,))
        return UnknownValue(selection, fields[self.field].one, self.name, self.near).notice


class Asked(NamedTuple):
    """A name to say something of: within ``base``, which has the filters of ``question`` and matches all that these do."""

    field: str
    name: str
    question: Question
    base: SearchRequest
    zone: tzinfo
    facet_size: int


def name_page(
    engine: Searcher,
    asked: Asked,
    limits: Limits,
    clock: Callable[[], float],
    hits_of: Callable[[Sequence[EngineHit], Query, int], tuple[Hit, ...]],
) -> NamePage | UnknownName:
    """Return what there is about a name; *hits_of* marks a query in hits that are numbered from an offset on.

    What takes longer than ``limits.name_patience_s`` in all is left out, and a notice says so. Raises `RequestError` for a field that has no
    names, and for filters of one.
    """
    began = clock()
    _check(asked, engine)
    named = _Named(engine, limits, asked)
    found = named.found()
    name = named.spelling(found.facets[asked.field])
    if not found.total:
        selection = Selection(asked.field, (asked.name,))
        if not engine.count(SearchRequest(selections=(selection,))):
            near = near_values(engine, asked.field, asked.name, limits)
            return UnknownName(asked.field, asked.name, near)
    company: list[Company] = []
    forms = Forms()
    left_out = ""

    def has_time() -> bool:
        return clock() - began < limits.name_patience_s

    articles = engine.count(asked.base)
    try:
        for field in engine.fields.named if found.total else ():
            # Who else writes about a person says nothing of the person: only authors have fellow authors.
            is_compared = engine.fields[field].is_entity or field == asked.field
            if is_compared and (found_with := named.company(field, found, articles)):
                company.append(found_with)
            if not has_time():
                raise QueryTimeout
        forms = named.forms(has_time)
        for at, each in enumerate(company):
            company[at] = named.over_time(each, found.histogram, has_time)
    except QueryTimeout:
        left_out = "this took long, so not all that could be said is said here"
    newest = hits_of(found.hits, named.marks(name), 0)
    return NamePage(
        asked.field,
        name,
        asked.question,
        found.total,
        articles,
        newest,
        found.histogram,
        tuple(company),
        {f: found.facets[f] for f in _WHO_AND_WHERE if f in found.facets and f != asked.field},
        forms,
        (*found.notices, *([left_out] if left_out else [])),
        found.stories,
        named.counts_also,
        named.counts_for,
        bool(named.counts_for) and are_counted_elsewhere(engine, asked.field, asked.name),
        named.first() if found.total else None,
    )


def _check(asked: Asked, engine: Searcher) -> None:
    names = engine.fields.named
    if asked.field not in names:
        raise RequestError(f"{asked.field[:40]!r} has no names; choose one of {', '.join(names)}")
    question = asked.question
    chosen = (*question.selections, *question.excluded)
    for field in (*(each.field for each in chosen), *question.without):
        if field in names:
            raise RequestError(
                f"{field} does not narrow what is said of a name; search for both instead"
            )


class _Named:
    """The articles that have a name, and what they say of it."""

    def __init__(self, engine: Searcher, limits: Limits, asked: Asked) -> None:
        self._engine = engine
        self._limits = limits
        self._asked = asked
        self._field = asked.field
        self._base = asked.base
        key = facet_key(asked.name)
        joins = () if asked.base.as_written else engine.names_of(asked.field, asked.name)
        self.counts_also = tuple([join for join in joins if facet_key(join.counts_for) == key])
        self.counts_for = tuple([join for join in joins if facet_key(join.counts_for) != key])
        self._key = key
        #: The keys of the name and of all that are counted under it, or that it counts for.
        self._keys = {facet_key(name) for join in joins for name in (join.name, join.counts_for)}
        self._keys.add(key)
        #: The keys of the name and of all that are counted under it.
        self._counted = {key} | {facet_key(join.name) for join in self.counts_also}
        selection = Selection(asked.field, (asked.name,))
        self._request = self._base._replace(
            selections=(*self._base.selections, selection), sort="newest", facets_within=True
        )

    def found(self) -> SearchResult:
        """Return total, newest articles, one of each story, dates and facets."""
        limits, fields, asked = self._limits, self._engine.fields, self._asked
        sizes = dict.fromkeys(set(_WHO_AND_WHERE).intersection(fields.facets), asked.facet_size)
        sizes |= dict.fromkeys([row.name for row in fields.described(is_entity=True)], 0)
        sizes.setdefault(self._field, 0)
        compared = limits.compared_names
        return self._engine.search(
            self._request._replace(
                limit=limits.newest_named,
                group=True,
                facets=tuple([FacetRequest(f, size or compared) for f, size in sizes.items()]),
                histogram=HistogramRequest(INTERVALS[0], asked.zone, limits.name_bins),
            )
        )

    def spelling(self, counts: FacetCounts) -> str:
        """Return the name in the spelling that most articles have, given the counts of its field."""
        for value in counts.values:  # the most frequent first
            if value.count and facet_key(value.value) == self._key:
                return value.value
        spellings = [join.name for join in self.counts_for]  # one that is counted elsewhere
        return spellings[0] if spellings else self._asked.name

    def marks(self, name: str) -> Query:
        """Return the query that marks *name*, and the names that are counted under it, where an article has them."""
        names = [name, *(join.name for join in self.counts_also[: self._limits.marked_names])]
        trees = [tree for each in names if (tree := marked_as(self._field, each))]
        return Or(tuple(trees)) if len(trees) > 1 else trees[0] if trees else Everything()

    def company(self, field: str, found: SearchResult, articles: int) -> Company | None:
        """Return who of *field* is named in the articles *found* more often than in the others of *articles*.

        None where there is nobody, and where there are too few to compare.
        """
        total, counts = found.total, found.facets[field]
        least = max(LEAST_TOGETHER, ceil(LEAST_SHARE * total))
        together = {
            value.value: value.count
            for value in counts.values
            if value.count >= least
            and not (field == self._field and facet_key(value.value) in self._keys)
        }
        if not together or articles <= total:
            return None
        # A selected value is counted however rare it is, and the selection of its own field is left out: so this counts
        # all of them in one go.
        chosen = Selection(field, tuple(together))
        asked = self._base._replace(
            selections=(*self._base.selections, chosen), facets=(FacetRequest(field, 1),)
        )
        everywhere = {v.value: v.count for v in self._engine.facets(asked)[field].values}
        companions = []
        for name, number in together.items():
            elsewhere = max(0, everywhere.get(name, 0) - number)
            times = lift(number, total, elsewhere, articles - total)
            if times > 1:
                companions.append(Companion(name, number, elsewhere, times))
        if not companions:
            return None
        companions.sort(key=lambda each: (-each.times, -each.together, each.name))
        return Company(field, tuple(companions[: self._limits.companions]), least)

    def over_time(
        self, company: Company, histogram: Histogram | None, has_time: Callable[[], bool]
    ) -> Company:
        """Return *company* with how many articles have both in each interval of *histogram*. Raises `QueryTimeout`."""
        if histogram is None or not histogram.bins:
            return company
        wanted = HistogramRequest(histogram.interval, self._asked.zone)
        companions = []
        for each in company.companions:
            if not has_time():
                raise QueryTimeout
            found = self._engine.search(
                self._with(company.field, each.name)._replace(
                    limit=0, facets=(), group=False, histogram=wanted
                )
            ).histogram
            counts = {each.day: each.count for each in found.bins} if found else {}
            companions.append(
                each._replace(counts=tuple([counts.get(bin_.day, 0) for bin_ in histogram.bins]))
            )
        return company._replace(companions=tuple(companions))

    def _with(self, field: str, name: str) -> SearchRequest:
        """Return the request of the articles that have the name and another one of *field*.

        Two selections of one field would be alternatives, so there the name is asked for by its words.
        """
        other = Selection(field, (name,))
        if field != self._field:
            return self._request._replace(selections=(*self._request.selections, other))
        selections = (*self._base.selections, other)
        return self._request._replace(selections=selections, tree=self.marks(self._asked.name))

    def first(self) -> EngineHit | None:
        """Return the oldest article with a date, None where none has one."""
        request = self._request._replace(sort="oldest", limit=1, facets=(), group=False)
        hits = self._engine.search(request).hits
        return hits[0] if hits and hits[0].article.published is not None else None

    def forms(self, has_time: Callable[[], bool]) -> Forms:
        """Return how the name is written in the newest articles, as many of them as there is time for."""
        limit = self._limits.read_for_forms
        found = self._engine.search(self._request._replace(limit=limit, group=False, facets=()))
        counts: Counter[str] = Counter()
        read = 0
        for hit in found.hits:
            if not has_time():
                break
            counts.update(set(self._forms_in(hit.document)))
            read += 1
        ordered = sorted(counts.items(), key=lambda found: (-found[1], found[0]))
        shown = self._limits.forms
        return Forms(tuple([Form(*form) for form in ordered[:shown]]), read, len(ordered[shown:]))

    def _forms_in(self, document: Document) -> Iterator[str]:
        """Yield each way in which *document* writes the name."""
        fields = self._engine.fields
        if not fields[self._field].is_entity:
            values = fields[self._field].values_of(document)
            yield from (value for value in values if facet_key(value) in self._keys)
            return
        for entity in entities_of(document, self._field, fields):
            if facet_key(entity.name) in self._counted:
                yield from _written(document, entity)


def lift(together: int, total: int, elsewhere: int, rest: int) -> float:
    """Return how many times as large the share *together* of *total* is as the share *elsewhere* of *rest*.

    Where nobody is named elsewhere it is what it would be if one article of the rest did.
    """
    return (together / total) / (max(elsewhere, 1) / rest)


def marked_as(field: str, name: str) -> Query | None:
    """Return the query that marks *name* where an article has it, None for a name without a word."""
    forms = tuple(tokens(name).forms)
    if not forms:
        return None
    return Phrase(forms, 0, field, True) if len(forms) > 1 else Word(forms[0], field, True)


def _written(document: Document, entity: Entity) -> Iterator[str]:
    """Yield each way in which *document* writes *entity*; by its mentions where these are known."""
    if not entity.mentions:
        yield from (entity.name, *entity.forms)
        return
    text = document.article.tagged_text
    for start, end in entity.mentions:
        if form := " ".join(text[start:end].split()):
            yield form
