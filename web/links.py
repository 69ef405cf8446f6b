"""Between a `Question` and a URL: the parameters of a request in, every link of the pages out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote, urlencode

from search.engines.protocol import FacetCounts, facet_key
from search.model.errors import RequestError
from search.model.fields import FIELDS, FieldTable
from search.model.question import FacetRequest, Match, Question, Selection, Sort
from search.service.facet_request import facet_request
from search.service.limits import Limits
from web import wording

if TYPE_CHECKING:
    from search.model.histogram import Histogram


def parameters_of(fields: FieldTable = FIELDS) -> tuple[str, ...]:
    """Return the names of the query strings of the pages and the API: all that `question_from` reads."""
    filters = ("from", "to", "match", "sort", "page", "page_size", "facet", "histogram")
    return ("q", *fields.facets, *filters)


#: Values shown of a facet that a person asked to see more of.
MORE_VALUES = 100

SORT_NAMES: Mapping[Sort, str] = {
    "relevance": "Relevance",
    "newest": "Newest first",
    "oldest": "Oldest first",
}
MATCH_NAMES: Mapping[Match, str] = {"all": "All words", "most": "Most words", "any": "Any word"}

#: The first date that no query can hold (docs/query-language.md).
_AFTER_LAST_YEAR = "9999"

_NUMBER = re.compile(r"[1-9][0-9]{0,15}")

#: The parameters of a request: each name with its values in the order given.
Parameters = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to see the same results: its label, its URL, and whether it is the one seen now."""

    label: str
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Filter:
    """A narrowing in force, in words, and the URL without it."""

    name: str
    value: str
    url_without: str


@dataclass(frozen=True, slots=True)
class FacetLink:
    """A facet value; ``url`` adds it to the search, or takes it out where it is selected."""

    value: str
    count: int
    url: str
    is_selected: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """A facet as the page lists it; ``more_url`` shows more values, "" where these are all."""

    field: str
    one: str
    many: str
    values: tuple[FacetLink, ...]
    other: int
    missing: int
    more_url: str


@dataclass(frozen=True, slots=True)
class DateLink:
    """A stretch of time and the articles found in it; ``url`` narrows the search to it, "" where none is there.

    ``share`` is the count in percent of the largest.
    """

    label: str
    count: int
    share: float
    url: str


@dataclass(frozen=True, slots=True)
class PageLink:
    """A page of results by number; number 0 stands for pages left out."""

    number: int
    url: str = ""
    is_current: bool = False


def question_from(
    parameters: Parameters,
    facet_size: int,
    limits: Limits | None = None,
    fields: FieldTable = FIELDS,
) -> Question:
    """Return the question that a request's parameters ask; those it does not know are passed over.

    *facet_size* is the size of a facet asked for without one. Raises `RequestError` for a parameter
    that is one thing and given twice, for a number that is none or beyond *limits*, and for an unknown
    facet; the rest is for the service to judge.
    """
    limits = limits or Limits()
    selections = tuple(
        Selection(field, values)
        for field in fields.facets
        if (values := tuple(dict.fromkeys(v for v in parameters.get(field, ()) if v.strip())))
    )
    return Question(
        text=_single(parameters, "q"),
        selections=selections,
        start=_single(parameters, "from").strip(),
        end=_single(parameters, "to").strip(),
        # The service refuses what is none of the choices.
        match=cast(Match, _single(parameters, "match") or "all"),
        sort=cast(Sort, _single(parameters, "sort") or "relevance"),
        page=_number("page", _single(parameters, "page"), limits.page) or 1,
        page_size=_number("page_size", _single(parameters, "page_size"), limits.page_size),
        facets=_facets(parameters.get("facet", ()), facet_size, limits, fields),
        histogram=_single(parameters, "histogram"),
    )


def reject_unknown(parameters: Iterable[str], known: Sequence[str]) -> None:
    """Raise `RequestError` where one of *parameters* is not *known*, naming those that are."""
    for name in parameters:
        if name not in known:
            there_are = f"there are {', '.join(known)}" if known else "there are none here"
            raise RequestError(f"no parameter {name[:40]!r}; {there_are}")


def _single(parameters: Parameters, name: str) -> str:
    values = parameters.get(name, ())
    if len(values) > 1:
        raise RequestError(f"{name} is given {len(values)} times; give it once")
    return values[0] if values else ""


def _number(name: str, value: str, maximum: int) -> int:
    """Return the number that *value* of parameter *name* is, 0 where it is empty."""
    if not value:
        return 0
    if not _NUMBER.fullmatch(value) or int(value) > maximum:
        raise RequestError(f"{name}={value[:40]!r}: expected a whole number from 1 to {maximum:,}")
    return int(value)


def _facets(
    values: Iterable[str], default_size: int, limits: Limits, fields: FieldTable
) -> tuple[FacetRequest, ...]:
    """Return the facets asked for; of several requests for one facet the last counts."""
    requests = [facet_request(value, default_size, limits, fields) for value in values]
    return tuple({request.field: request for request in requests}.values())


def _pairs(question: Question) -> list[tuple[str, str]]:
    """Return the parameters that ask *question*, without those at their default."""
    plain = Question()
    pairs = [("q", question.text)] if question.text else []
    pairs += narrowing(question)
    pairs += [
        (name, str(value))
        for name, value, default in (
            ("match", question.match, plain.match),
            ("sort", question.sort, plain.sort),
            ("page", question.page, plain.page),
            ("page_size", question.page_size, plain.page_size),
            ("histogram", question.histogram, plain.histogram),
        )
        if value != default
    ]
    return pairs + [("facet", f"{facet.field}:{facet.size}") for facet in question.facets]


def narrowing(question: Question) -> list[tuple[str, str]]:
    """Return the parameters of the filters in force: facet values and dates."""
    pairs = [(s.field, value) for s in question.selections for value in s.values]
    return pairs + [(n, v) for n, v in (("from", question.start), ("to", question.end)) if v]


def kept_by_form(question: Question) -> list[tuple[str, str]]:
    """Return what a new search from the results keeps unseen: facet values, match and sort."""
    kept = replace(
        question, text="", start="", end="", page=1, page_size=0, facets=(), histogram=""
    )
    return _pairs(kept)


def search_url(question: Question, **changes: Any) -> str:
    """Return the URL of the page that answers *question* with *changes* (fields of `Question`)."""
    query = urlencode(_pairs(replace(question, **changes)))
    return "/search" + ("?" + query if query else "")


def article_url(article_id: str, question: Question | None = None) -> str:
    """Return the URL of an article; *question* is marked there and is where its way back leads."""
    query = urlencode(_pairs(question)) if question else ""
    return f"/article/{quote(article_id)}" + ("?" + query if query else "")


def value_url(field: str, value: str) -> str:
    """Return the URL of all articles that have *value* in facet *field*."""
    return search_url(Question(selections=(Selection(field, (value,)),)))


def without_value(question: Question, field: str, value: str) -> Question:
    """Return *question*, at page 1, with no selection in *field* that means *value*."""
    key = facet_key(value)
    selections = []
    for selection in question.selections:
        values = selection.values
        if selection.field == field:
            values = tuple(v for v in values if facet_key(v) != key)
        if values:
            selections.append(Selection(selection.field, values))
    return replace(question, selections=tuple(selections), page=1)


def with_value(question: Question, field: str, value: str, fields: FieldTable = FIELDS) -> Question:
    """Return *question*, at page 1, with *value* selected in *field* beside what is selected there."""
    chosen = {s.field: s.values for s in without_value(question, field, value).selections}
    chosen[field] = (*chosen.get(field, ()), value)
    selections = tuple(Selection(name, chosen[name]) for name in fields.facets if name in chosen)
    return replace(question, selections=selections, page=1)


def filters(question: Question, fields: FieldTable = FIELDS) -> tuple[Filter, ...]:
    """Return every narrowing of *question*, in the order of the parameters."""
    found = [
        Filter(fields[s.field].one, value, search_url(without_value(question, s.field, value)))
        for s in question.selections
        for value in s.values
    ]
    if question.start:
        found.append(Filter("from", question.start, search_url(question, start="", page=1)))
    if question.end:
        found.append(Filter("to", question.end, search_url(question, end="", page=1)))
    return tuple(found)


def without_filters(question: Question) -> str:
    """Return the URL of *question* over all articles."""
    return search_url(question, selections=(), start="", end="", page=1)


def facet(
    question: Question, field: str, counts: FacetCounts, fields: FieldTable = FIELDS
) -> Facet:
    """Return facet *field* of the answer to *question* with a link for each of its values."""
    name = fields[field]
    values = tuple(
        FacetLink(
            value.value,
            value.count,
            search_url(
                without_value(question, field, value.value)
                if value.selected
                else with_value(question, field, value.value, fields)
            ),
            value.selected,
        )
        for value in counts.values
    )
    more_url = ""
    if counts.other and len(values) < MORE_VALUES:
        others = tuple(f for f in question.facets if f.field != field)
        more_url = search_url(question, facets=(*others, FacetRequest(field, MORE_VALUES)))
    return Facet(field, name.one, name.many, values, counts.other, counts.missing, more_url)


def dates(question: Question, histogram: Histogram) -> tuple[DateLink, ...]:
    """Return the bins of *histogram*, which answers *question*; nothing where one holds all.

    What a link finds is what it counts: the first and the last bin may be cut by the bounds of the question,
    which then stay as they were typed.
    """
    from search.model.histogram import days_of

    bins = histogram.bins
    if len(bins) < 2:
        return ()
    most = max(1, *[one.count for one in bins])
    links = []
    for one in bins:
        start, end = days_of(histogram.interval, one.day)
        label = wording.shown_interval(histogram.interval, one.day)
        is_link = one.count > 0 and end < _AFTER_LAST_YEAR
        # 2024-11 of 2024 begins with it, of 2024-11-13 it does not.
        if one is bins[0] and not start.startswith(question.start):
            start = question.start
        if one is bins[-1] and not end.startswith(question.end):
            end = question.end
        url = search_url(question, start=start, end=end, page=1) if is_link else ""
        links.append(DateLink(label, one.count, round(100 * one.count / most, 1), url))
    return tuple(links)


def sort_choices(question: Question) -> tuple[Choice, ...]:
    """Return the orders of the results."""
    return tuple(
        Choice(label, search_url(question, sort=sort, page=1), sort == question.sort)
        for sort, label in SORT_NAMES.items()
    )


def match_choices(question: Question) -> tuple[Choice, ...]:
    """Return how many of the words must be there."""
    return tuple(
        Choice(label, search_url(question, match=match, page=1), match == question.match)
        for match, label in MATCH_NAMES.items()
    )


def page_links(question: Question, last: int) -> tuple[PageLink, ...]:
    """Return the first, the last and the pages around this one, with gaps (number 0) between."""
    current = question.page
    numbers = [n for n in (1, current - 1, current, current + 1, last) if 1 <= n <= last]
    links: list[PageLink] = []
    before = 0
    for number in sorted(set(numbers)):
        if number - before == 2:  # a gap of one page takes as much room as the page
            links.append(PageLink(number - 1, search_url(question, page=number - 1)))
        elif number - before > 2:
            links.append(PageLink(0))
        links.append(PageLink(number, search_url(question, page=number), number == current))
        before = number
    return tuple(links)
