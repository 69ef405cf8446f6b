"""From a question to a request to an engine; what lies outside the limits is refused here."""

from __future__ import annotations

from datetime import tzinfo
from typing import TYPE_CHECKING, cast, get_args

from search.engines.protocol.request import SearchRequest
from search.model.errors import QueryError, RequestError, SettingError
from search.model.fields import YEAR, FieldTable
from search.model.question import AUTO, BARS, Match, Question, Rank, Selection, Sort
from search.model.settings import Settings
from search.query.context import ParseContext
from search.query.parser import parse_bound
from search.query.tree import Bound, Query, walk
from search.service.limits import Limits
from search.service.recency import recency_of

if TYPE_CHECKING:
    from search.model.histogram import HistogramRequest, Interval

#: The facet of which one value must not fill the first page.
_SOURCE = "source"

_MATCHES, _SORTS, _RANKS = get_args(Match), get_args(Sort), get_args(Rank)


def check(question: Question, limits: Limits, fields: FieldTable) -> None:
    """Raise `RequestError` where *question* asks for something unknown or beyond *limits*."""
    check_number("page", question.page, limits.page)
    if question.cursor and question.page > 1:
        raise RequestError(f"page {question.page} and a cursor: give one of them")
    if question.page_size:
        check_number("page size", question.page_size, limits.page_size)
    if question.significant:
        check_number("significant", question.significant, limits.significant)
    for facet in question.facets:
        _check_choice("facet", facet.field, fields.choices)
        check_number(f"size of facet {facet.field}", facet.size, limits.facet_size)
        check_text(facet.text, limits)
    for selection in question.selections:
        _check_choice("facet", selection.field, fields.choices)
    for field in question.without:
        _check_choice("facet", field, fields.choices)
    for out in question.excluded:
        _check_choice("facet", out.field, fields.choices)
    chosen = (*question.selections, *question.excluded)
    values = [value for selection in chosen for value in selection.values]
    if len(values) > limits.selected or sum(map(len, values)) > (
        limits.selected * limits.value_chars
    ):
        raise RequestError(
            f"too much is selected and excluded: at most {limits.selected} facet values"
        )
    _check_choice("match", question.match, _MATCHES)
    _check_choice("sort", question.sort, _SORTS)
    if question.rank:
        _check_choice("rank", question.rank, _RANKS)


def check_number(name: str, value: int, maximum: int) -> None:
    """Raise `RequestError` where *value* is not from 1 to *maximum*."""
    if not 1 <= value <= maximum:
        raise RequestError(f"{name} {value}: expected a whole number from 1 to {maximum:,}")


def check_text(text: str, limits: Limits) -> None:
    """Raise `RequestError` where *text*, the words that values of a facet are to have, is too long."""
    if len(text) > limits.facet_text_chars:
        raise RequestError(
            f"the words to look for in a facet have more than {limits.facet_text_chars:,} characters"
        )


def request_of(
    question: Question,
    tree: Query,
    context: ParseContext,
    limits: Limits,
    *,
    hits: int = 0,
    offset: int = 0,
    counted: tuple[Query, ...] = (),
    settings: Settings | None = None,
) -> SearchRequest:
    """Return the request that *question* makes, whose text reads as *tree*; what it leaves open is as in *settings*.

    Raises `RequestError` for a text that is no date, dates that end before they begin, and an unknown
    interval.
    """
    if names_years(question):
        from search.service.years import in_years  # few questions do

        tree = in_years(question, tree, context)
    start, end = _bounds("from", question.start, "to", question.end, context)
    added_from, added_to = _bounds(
        "added_from", question.added_from, "added_to", question.added_to, context
    )
    return SearchRequest(
        tree=tree,
        selections=_of_engine(question.selections),
        start=start,
        end=end,
        match=question.match,
        sort=question.sort,
        limit=hits,
        offset=offset,
        # Each field once, the last size it is asked for in.
        facets=tuple({f.field: f for f in question.facets if f.field != YEAR.name}.values()),
        histogram=_histogram(question.histogram, context.zone, limits),
        counted=counted,
        explain=question.explain,
        group=question.group,
        as_written=not question.joined,
        without=tuple([name for name in question.without if name != YEAR.name]),
        excluded=_of_engine(question.excluded),
        is_diverse=_is_diverse(question, tree, settings),
        added_from=added_from and added_from.instant,
        added_before=added_to and added_to.instant,
        recency=recency_of(question.recency or (settings.recency if settings else "")),
        rank=cast(Rank, question.rank or (settings.rank if settings else "plain")),
    )


def names_years(question: Question) -> bool:
    """Whether *question* chooses years, or leaves some out, which no engine knows as a facet."""
    chosen = (*question.selections, *question.excluded)
    return YEAR.name in question.without or any(each.field == YEAR.name for each in chosen)


def _of_engine(selections: tuple[Selection, ...]) -> tuple[Selection, ...]:
    return tuple([each for each in selections if each.values and each.field != YEAR.name])


def check_settings(settings: Settings) -> None:
    """Raise `SettingError` where *settings* have hits ranked in no way there is, or by a recency that is none."""
    if settings.rank not in _RANKS:
        raise SettingError(
            f"unknown rank {settings.rank[:40]!r}; choose one of {', '.join(_RANKS)}"
        )
    try:
        recency_of(settings.recency)
    except RequestError as exc:
        raise SettingError(str(exc)) from exc


def _is_diverse(question: Question, tree: Query, settings: Settings | None) -> bool:
    """Whether the first hits are to be of several sources: not where the question says of which."""
    wanted = question.diverse
    if wanted is None:
        wanted = settings is not None and bool(settings.diverse)
    names_source = any(s.field == _SOURCE for s in question.selections) or any(
        getattr(node, "field", None) == _SOURCE for node in walk(tree)
    )
    return wanted and question.sort == "relevance" and not names_source


def _bounds(
    of_first: str, first_day: str, of_last: str, last_day: str, context: ParseContext
) -> tuple[Bound | None, Bound | None]:
    """Return the half-open range of the days asked for under the names *of_first* and *of_last*."""
    start = _bound(of_first, first_day, context)
    end = _bound(of_last, last_day, context)
    first, after = start and start[0], end and end[1]
    if first is not None and after is not None and first >= after:
        raise RequestError(
            f"{of_first} {first_day} is after {of_last} {last_day}; give the earlier date first"
        )
    return first, after


def _bound(name: str, text: str, context: ParseContext) -> tuple[Bound, Bound] | None:
    if not text.strip():
        return None
    try:
        return parse_bound(text, context)
    except QueryError as exc:  # its position is in the date, not in the query
        raise RequestError(f"{name} {exc.message}") from exc


def _histogram(interval: str, zone: tzinfo, limits: Limits) -> HistogramRequest | None:
    if not interval:
        return None
    from search.model.histogram import INTERVALS, HistogramRequest  # few questions need it

    _check_choice("histogram", interval, (AUTO, BARS, *INTERVALS))
    if interval in (AUTO, BARS):
        most = limits.auto_bins if interval == AUTO else limits.bars
        return HistogramRequest(INTERVALS[0], zone, most)
    return HistogramRequest(cast("Interval", interval), zone)


def _check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        from search.model.nearest import did_you_mean

        said = f"unknown {name} {value[:40]!r}; choose one of {', '.join(choices)}"
        raise RequestError(said + did_you_mean(value, choices))
