"""How much of the news was about it: queries over time as a page, a chart and a table; and what rises."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from flask import Flask, Response, jsonify, render_template, request

from search.model.errors import EngineError, RequestError
from search.model.fields import FieldTable
from search.model.histogram import INTERVALS
from search.model.question import AUTO, Question, Selection
from search.model.settings import Settings
from search.present.as_csv import safe_cell
from search.present.as_json import trends_as_json
from search.service.rising import Rising, RisingPage
from search.service.service import SearchService
from search.service.trends import Trend, TrendsPage
from web import charts, links, wording
from web.band import span_of
from web.chips import filters_of
from web.parameters import NOT, WITHOUT, Parameters, question_from, reject_unknown

#: The parameter that says what is counted by.
_BY = "by"
#: What narrows all articles, or says how queries are read, but for facets.
_KEPT = (WITHOUT, "from", "to", "added_from", "added_to", "joined", "synonyms", "match")
#: Intervals of which each is a link, and a row of the table; where there are more the CSV has them.
_LINKED = 150
#: Intervals that can be chosen; the others of `INTERVALS` are for archives of many centuries.
_CHOICES = INTERVALS[:5]
#: Characters of a query at the end of its line.
_LABEL_CHARS = 14


def trends_parameters(fields: FieldTable) -> tuple[str, ...]:
    """Return the names of what `/trends` takes."""
    choices = fields.choices
    return ("q", _BY, *choices, *(NOT + name for name in choices), *_KEPT)


class Bar(NamedTuple):
    """Interval ``at`` of ``of``: its words, how many articles a query finds in it, their share, and the address of these, "" for none."""

    at: int
    of: int
    label: str
    count: int  # type: ignore[assignment]  # hides the method of tuples
    share: str
    url: str
    #: All articles of it.
    articles: int


class Shown(NamedTuple):
    """A query as the page shows it: paths of line and bars, ``bars`` one by one, and where it had the largest share."""

    text: str
    number: int
    url: str
    total: int
    share: str
    line: str
    path: str
    bars: tuple[Bar, ...]
    most: Bar | None
    highest: Bar | None
    #: Its name at the end of the line, and where that is, in percent from the top.
    end: charts.Label | None


class Trends:
    """The routes of trends. They answer from the service and keep no state."""

    def __init__(self, service: SearchService, settings: Settings) -> None:
        self._service = service
        self._fields = service.fields
        self._facet_size = settings.facet_size

    def add_to(self, app: Flask) -> None:
        app.add_url_rule("/trends", "trends", self.page)
        app.add_url_rule("/trends.csv", "trends_csv", self.csv)
        app.add_url_rule("/trends.json", "trends_json", self.json)
        app.add_url_rule("/trends.svg", "trends_svg", self.svg)

    def page(self) -> str:
        found, question, texts, interval = self._found()
        rising, notices = None, found.notices
        try:
            rising = self._service.rising(question)
        except EngineError as exc:  # the rest is there
            notices += (f"What rises cannot be shown: {exc}",)
        return render_template(
            "trends.html",
            question=Question(),
            asked=question,
            page=found,
            notices=notices + tuple(n for trend in found.trends for n in trend.notices),
            inputs=[*texts, *[""] * (self._service.limits.trends - len(texts))],
            kept=links.kept_by_form(question),
            by=interval,
            months=[f"{day:%Y-%m}" for day in found.days[:1] + found.days[-1:]],
            has_rows=len(found.days) <= _LINKED,
            intervals=self._choices(found, texts, question, interval),
            chips=filters_of(
                question,
                self._fields,
                lambda without: links.trends_url(texts, without, interval),
            ),
            csv_url=links.trends_url(texts, question, interval, form="csv"),
            json_url=links.trends_url(texts, question, interval, form="json"),
            svg_url=links.trends_url(texts, question, interval, form="svg"),
            rising=rising,
            rises=_rises(rising, self._fields.named) if rising else (),
            named_most=_named_most(rising, self._service) if rising else (),
            **_drawn(found),
        )

    def csv(self) -> Response:
        """Return a row for each interval: its first day, all articles, and for each query its articles and their share."""
        found, *_ = self._found()
        out = io.StringIO(newline="")
        writer = csv.writer(out)
        heads = [head for t in found.trends for head in (t.text, f"{t.text} (share)")]
        writer.writerow([safe_cell(cell) for cell in (found.interval, "articles", *heads)])
        shares = [found.shares(trend) for trend in found.trends]
        for at, day in enumerate(found.days):
            row: list[object] = [day.isoformat(), found.articles[at]]
            for trend, share in zip(found.trends, shares, strict=True):
                each = share[at]
                row += [trend.counts[at], "" if each is None else f"{each:.6f}"]
            writer.writerow(row)
        response = Response(out.getvalue(), mimetype="text/csv")
        response.headers["Content-Disposition"] = 'attachment; filename="trends.csv"'
        return response

    def json(self) -> Response:
        """Return the numbers of `csv` for programs, to which unknown parameters are an error."""
        reject_unknown(request.args, trends_parameters(self._fields))
        found, *_ = self._found()
        return jsonify(trends_as_json(found))

    def svg(self) -> Response:
        found, *_ = self._found()
        image = render_template("trends.svg", page=found, **_drawn(found))
        return Response(image, mimetype="image/svg+xml")

    def _found(self) -> tuple[TrendsPage, Question, list[str], str]:
        """Return what the address asks for: the answer, the filters, the queries, what is counted by."""
        parameters = request.args.to_dict(flat=False)
        texts = [text.strip() for text in parameters.pop("q", []) if text.strip()]
        interval = _interval(parameters)
        kept = trends_parameters(self._fields)
        question = question_from(
            {name: values for name, values in parameters.items() if name in kept},
            self._facet_size,
            self._service.limits,
            self._fields,
        )
        return self._service.trends(texts, question, interval), question, texts, interval

    def _choices(
        self, found: TrendsPage, texts: Sequence[str], question: Question, interval: str
    ) -> list[links.Choice]:
        return [
            links.Choice(each, links.trends_url(texts, question, each), each == found.interval)
            for each in _CHOICES
        ]


def _interval(parameters: Parameters) -> str:
    values = parameters.get(_BY, ())
    if len(values) > 1:
        raise RequestError(f"{_BY} is given {len(values)} times; give it once")
    return values[0] if values and values[0] else AUTO


def _drawn(page: TrendsPage) -> dict[str, object]:
    """Return what the charts of *page* are drawn by."""
    shares = [page.shares(trend) for trend in page.trends]
    top = max((s for each in shares for s in each if s is not None), default=0.0)
    highest, steps = charts.scale(top)
    places = charts.ends([charts.last_of(each, highest) for each in shares])
    shown = []
    for number, (trend, share) in enumerate(zip(page.trends, shares, strict=True), 1):
        text = trend.text
        short = text if len(text) <= _LABEL_CHARS else text[: _LABEL_CHARS - 1].rstrip() + "…"
        place = places[number - 1]
        shown.append(
            Shown(
                text,
                number,
                links.search_url(page.question, text=text),
                trend.total,
                wording.share(trend.total, page.total) if page.total else "",
                charts.line(share, highest),
                charts.bars(trend.counts, max(trend.counts, default=0) or 1),
                tuple(_bars(page, trend.text, trend.counts)),
                _most(page, trend),
                _highest(page, trend, share),
                None if place is None else charts.Label(place, short),
            )
        )
    peak = max(shown, key=lambda each: _value(page, each), default=None)
    return {
        "shown": tuple(shown),
        "all_path": charts.bars(page.articles, max(page.articles, default=0) or 1),
        "all_bars": tuple(_bars(page, "", page.articles)),
        "all_most": _most(page, Trend("", page.articles, 0)),
        "axis": charts.axis(page.days),
        "steps": [charts.Label(100 - 100 * s / highest, wording.percent(s)) for s in steps],
        "peak": _peak(page, peak, shares, highest) if peak else None,
    }


def _value(page: TrendsPage, shown: Shown) -> float:
    shares = page.shares(page.trends[shown.number - 1])
    return max((share for share in shares if share is not None), default=0.0)


class Peak(NamedTuple):
    """The highest point of all lines: where it is in percent, which line, and what to say there."""

    x: float
    y: float
    number: int
    text: str


def _peak(
    page: TrendsPage, shown: Shown, shares: Sequence[Sequence[float | None]], highest: float
) -> Peak | None:
    if shown.highest is None:
        return None
    own = [share or 0.0 for share in shares[shown.number - 1]]
    at = own.index(max(own))
    return Peak(
        round(100 * (at + 0.5) / len(own), 2),
        round(100 - 100 * own[at] / highest, 2),
        shown.number,
        f"{shown.highest.label}: {shown.highest.share} of {shown.highest.articles:,}",
    )


def _bars(page: TrendsPage, text: str, counts: Sequence[int]) -> Iterator[Bar]:
    if len(page.days) <= _LINKED:
        for at in range(len(page.days)):
            yield _bar(page, text, counts, at)


def _bar(page: TrendsPage, text: str, counts: Sequence[int], at: int) -> Bar:
    """Return interval *at*; its address finds what it counts."""
    question, day = page.question, page.days[at]
    span = span_of(question, page.interval, day, is_first=at == 0, is_last=at == len(page.days) - 1)
    url = ""
    if span and counts[at]:
        url = links.search_url(question, text=text, start=span[0], end=span[1])
    share = wording.share(counts[at], page.articles[at]) if page.articles[at] else ""
    label = wording.shown_interval(page.interval, day)
    return Bar(at, len(page.days), label, counts[at], share, url, page.articles[at])


def _most(page: TrendsPage, trend: Trend) -> Bar | None:
    """Return the interval with the most articles, None where nothing is found."""
    if not trend.total:
        return None
    return _bar(page, trend.text, trend.counts, trend.counts.index(max(trend.counts)))


def _highest(page: TrendsPage, trend: Trend, shares: Sequence[float | None]) -> Bar | None:
    """Return the interval with the largest share, None where nothing is found."""
    if not trend.total:
        return None
    own = [share or 0.0 for share in shares]
    return _bar(page, trend.text, trend.counts, own.index(max(own)))


class Rise(NamedTuple):
    """A word or name that rises, where it leads, and the numbers in words."""

    rising: Rising
    url: str
    times: str
    said: str


def _rises(page: RisingPage, named: Sequence[str]) -> tuple[tuple[str, tuple[Rise, ...]], ...]:
    """Return what rises under its heading."""
    return tuple(
        (heading, tuple([_rise(page, each) for each in rising]))
        for heading, rising in (("Names", page.names), ("Words", page.words))
        if rising
    )


def risen(page: RisingPage, most: int) -> tuple[Rise, ...]:
    """Return the *most* unlikely of what rises, names and words."""
    found = sorted((*page.names, *page.words), key=lambda each: each.weight, reverse=True)
    return tuple(_rise(page, each) for each in found[:most])


def _rise(page: RisingPage, rising: Rising) -> Rise:
    days = {"start": page.first.isoformat(), "end": page.last.isoformat(), "sort": "newest"}
    if rising.field:
        chosen = (*page.question.selections, Selection(rising.field, (rising.text,)))
        url = links.search_url(page.question, selections=chosen, **days)
    else:
        url = links.search_url(page.question, text=rising.text, **days)
    usually = "never before" if rising.is_new else f"usually {rising.usually:,.1f}"
    times = "new" if rising.is_new else f"× {wording.times(rising.times)}"
    return Rise(rising, url, times, f"{rising.articles:,} in these days, {usually}")


def _named_most(page: RisingPage, service: SearchService) -> tuple[tuple[str, int, str], ...]:
    """Return who is named most in the last days, with how many articles, and the page of the name."""
    fields = [row.name for row in service.fields.described(is_entity=True)]
    return tuple(
        (value.value, value.count, links.name_url(fields[0], value.value))
        for value in page.most_named[:5]
    )
