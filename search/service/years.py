"""The years of dates as a facet: choosing them as date ranges of a query tree, and counting them by a histogram.

Which year an article is of depends on the time zone of the person who asks. So no document holds it and no engine knows the
facet: a year finds what ``date:2024`` finds, and every engine that has date ranges and a histogram has it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import tzinfo
from itertools import pairwise

from search.engines.protocol.engine import Searcher
from search.engines.protocol.facets import FacetCounts, FacetValue
from search.engines.protocol.request import SearchRequest
from search.model.errors import RequestError
from search.model.fields import YEAR
from search.model.histogram import Histogram, HistogramRequest
from search.model.question import FacetRequest, Question, Selection
from search.query.context import ParseContext
from search.query.parser import parse_bound
from search.query.tree import Bound, DateRange, Not, Query, with_required

_YEAR = re.compile(r"\s*([0-9]{4})\s*", re.ASCII)
#: The last year that a date can have; a query can name the one before it.
_LAST = 9999
#: Years that one histogram is asked for where an archive is of more: it has room for a thousand.
_STEP = 1000


def year_of(value: str) -> int:
    """Return the year that *value* is. Raises `RequestError` where it is none of 0001 to 9999, in four digits."""
    match = _YEAR.fullmatch(value)
    year = int(match[1]) if match else 0
    if not 1 <= year <= _LAST:
        raise RequestError(
            f"{YEAR.name} {value[:40]!r}: expected a year in four digits, as in 1987"
        )
    return year


def in_years(question: Question, tree: Query, context: ParseContext) -> Query:
    """Return *tree* with the years that *question* chooses, leaves out, or asks to be missing. Raises `RequestError`."""
    chosen = _years(question.selections)
    required = _chosen(chosen, YEAR.name in question.without, context)
    return with_required(tree, [*required, *_left_out(question, context)])


def _years(selections: Iterable[Selection]) -> list[int]:
    values = [value for each in selections if each.field == YEAR.name for value in each.values]
    return sorted({year_of(value) for value in values if value.strip()})


def _chosen(years: Sequence[int], undated: bool, context: ParseContext) -> Iterator[Query]:
    """Yield what holds of articles of one of *years*, or without a date where *undated*; nothing where neither is asked for."""
    if not years:
        if undated:
            yield Not(DateRange(None, None))
        return
    # A union of ranges, as what is between them is left out: each clause is one that a person insists on.
    bounds = [_bounds(year, context) for year in years]
    first, last = bounds[0][0], bounds[-1][1]
    if undated:
        yield Not(DateRange(None, first))
        if last is not None:
            yield Not(DateRange(last, None))
    else:
        yield DateRange(first, last)
    for (_, end), (start, _) in pairwise(bounds):
        if end is not None and end < start:
            yield Not(DateRange(end, start))


def _left_out(question: Question, context: ParseContext) -> Iterator[Query]:
    for year in _years(question.excluded):
        yield Not(DateRange(*_bounds(year, context)))


def _bounds(year: int, context: ParseContext) -> tuple[Bound, Bound | None]:
    """Return where *year* begins and the next does, which the last one has not."""
    if year == _LAST:
        return parse_bound(f"{year - 1:04}", context)[1], None
    return parse_bound(f"{year:04}", context)


def uncounted(question: Question) -> Question:
    """Return *question* as the facet of years is counted: without the years that it chooses."""
    kept = tuple([each for each in question.selections if each.field != YEAR.name])
    without = tuple([name for name in question.without if name != YEAR.name])
    return question._replace(selections=kept, without=without)


def tells_years(histogram: Histogram | None) -> bool:
    """Whether each bin of *histogram* is of one year."""
    return histogram is not None and histogram.interval in ("day", "month", "year")


def year_counts(
    histogram: Histogram, wanted: FacetRequest, selections: Iterable[Selection] = ()
) -> FacetCounts:
    """Return the years of *histogram*, which `tells_years`, as the facet *wanted*, those of *selections* as selected."""
    counts: Counter[int] = Counter()
    for each in histogram.bins:
        counts[each.day.year] += each.count
    return _facet(counts, histogram.undated, wanted, selections)


def counted_years(
    engine: Searcher,
    request: SearchRequest,
    zone: tzinfo,
    wanted: FacetRequest,
    selections: Iterable[Selection] = (),
) -> FacetCounts:
    """Return the years of the articles that *request* finds as the facet *wanted*. Raises as `Searcher.search`."""
    whole = _by_year(engine, request, zone)
    if tells_years(whole):
        return year_counts(whole, wanted, selections)
    counts: Counter[int] = Counter()
    for first in range(0, 10_000, _STEP):
        context = ParseContext(zone=zone)
        start = _bounds(first, context)[0] if first else None
        end = _bounds(first + _STEP, context)[0] if first + _STEP < _LAST else None
        part = DateRange(start, end)
        narrowed = request._replace(tree=with_required(request.tree, [part]))
        for each in _by_year(engine, narrowed, zone).bins:
            counts[each.day.year] += each.count
    return _facet(counts, whole.undated, wanted, selections)


def _by_year(engine: Searcher, request: SearchRequest, zone: tzinfo) -> Histogram:
    found = engine.search(
        request._replace(
            limit=0,
            offset=0,
            after=None,
            facets=(),
            counted=(),
            histogram=HistogramRequest("year", zone),
            group=False,
            significant=0,
            meaning=None,
            rank="plain",
        )
    )
    return found.histogram or Histogram("year", (), 0)


def _facet(
    counts: Counter[int], undated: int, wanted: FacetRequest, selections: Iterable[Selection]
) -> FacetCounts:
    chosen = set(_years(selections))
    words = wanted.text.split()
    listed = [
        (year, count)
        for year, count in counts.items()
        if count and (not words or all(f"{year:04}".startswith(word) for word in words))
    ]
    ranked = sorted(listed, key=lambda each: (-each[1], each[0]))
    shown = ranked[: wanted.size]
    named = {year for year, _ in shown}
    shown += [(year, counts[year]) for year in sorted(chosen - named)]
    shown.sort(key=lambda each: (-each[1], each[0]))
    values = tuple(FacetValue(f"{year:04}", count, year in chosen) for year, count in shown)
    of_all = {year for year, _ in listed} | {year for year in chosen if counts[year]}
    other = sum(counts[year] for year in of_all) - sum(count for _, count in shown)
    return FacetCounts(values, other, undated, len(of_all))
