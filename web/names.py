"""The pages of names: of a person, an organisation, a place, an author; and the same as JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from flask import Flask, Response, abort, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from search.model.article import Article
from search.model.errors import RequestError
from search.model.question import Question, Selection
from search.model.settings import Settings
from search.present.as_json import name_page_as_json
from search.present.dates import known_day
from search.present.names import rule_as_json
from search.service.name_page import NamePage, UnknownName
from search.service.service import SearchService
from web import band, charts, filters, links, wording
from web.band import DateLink, dates_of
from web.chips import filters_of
from web.facets import facet, facet_url
from web.parameters import NAME, NOT, WITHOUT, Parameters, name_from, question_from, reject_unknown

if TYPE_CHECKING:
    from search.enrich.corrections import Corrections, Rule

#: What narrows a page beside facets, and whether names that are one are counted so.
_OTHER_FILTERS = (WITHOUT, "from", "to", "added_from", "added_to", "joined")

#: The colours of names in the text of an article, by number.
_COLOURS = {"org": 2, "place": 3}


class Names:
    """The routes of every field of names, `/person/Jane%20Roe` and so on. They keep no state."""

    def __init__(
        self,
        service: SearchService,
        settings: Settings,
        corrections: Callable[[], Corrections] | None = None,
    ) -> None:
        self._service = service
        self._corrections = corrections
        self._fields = service.fields
        self._facet_size = settings.facet_size
        self._whole_paths = bool(settings.show_paths)
        self._zone = settings.zone()

    def add_to(self, app: Flask) -> None:
        app.jinja_env.globals["day_of"] = self._day_of
        for field in self._fields.named:
            for path in (f"/{field}", f"/{field}/<path:name>"):
                defaults = {"field": field}
                app.add_url_rule(path, "name", self.page, defaults=defaults)
                app.add_url_rule(f"/api/v1{path}", "api_name", self.json, defaults=defaults)

    def page(self, field: str, name: str | None = None) -> AnyResponse | str | tuple[str, int]:
        parameters = request.args.to_dict(flat=False)
        is_path = name is not None
        name = name_from(parameters) if name is None else name
        if not name.strip():
            # There is no page of nobody; all names are a facet.
            return redirect(facet_url(Question(), field))
        question = self._filters(parameters)
        found = self._service.name_page(field, name, question)
        if isinstance(found, UnknownName):
            return render_template(
                "unknown_name.html",
                question=Question(),
                row=self._fields[field],
                found=found,
                rules=self._rules(found),
                words_url=links.search_url(Question(text=wording.quoted(name))),
            ), 404
        if found.name != name or is_path != links.is_path_part(name):
            return redirect(links.name_url(field, found.name, question))
        return self._shown(found)

    def json(self, field: str, name: str | None = None) -> Response:
        parameters = request.args.to_dict(flat=False)
        narrowing = self._fields.narrowing
        known = (*narrowing, *(NOT + name for name in narrowing), *_OTHER_FILTERS)
        reject_unknown(parameters, known if name is not None else (NAME, *known))
        name = name_from(parameters) if name is None else name
        if not name.strip():
            raise RequestError("name: give the name to ask for")
        question = self._filters(parameters)
        found = self._service.name_page(field, name, question)
        if isinstance(found, UnknownName):
            abort(404, found.notice(self._fields))
        answer = name_page_as_json(found, self._fields, whole_paths=self._whole_paths)
        answer["corrections"] = [rule_as_json(rule) for rule in self._rules(found)]
        return jsonify(answer)

    def _day_of(self, article: Article) -> str:
        """Return the day on which an article was published, as exactly as it is known."""
        if article.published is None:
            return "undated"
        return known_day(article.published, article.published_precision, self._zone).words

    def _rules(self, page: NamePage | UnknownName) -> tuple[Rule, ...]:
        """Return the corrections that say something of a name."""
        row = self._fields[page.field]
        if self._corrections is None or not row.is_entity:
            return ()
        return self._corrections().about(row.key, page.name)

    def _filters(self, parameters: Parameters) -> Question:
        """Return the question that has the filters of an address, and nothing else."""
        narrowing = {
            name: values
            for name, values in parameters.items()
            if name.removeprefix(NOT) in (*self._fields.choices, *_OTHER_FILTERS)
        }
        return question_from(narrowing, self._facet_size, self._service.limits, self._fields)

    def _shown(self, page: NamePage) -> str:
        question, field = page.question, page.field
        selected = question._replace(
            selections=(*question.selections, Selection(field, (page.name,)))
        )
        chips = filters_of(
            question, self._fields, lambda without: links.name_url(field, page.name, without)
        )
        dates = dates_of(selected, page.histogram) if page.histogram else ()
        return render_template(
            "name.html",
            page=page,
            rules=self._rules(page),
            row=self._fields[field],
            rows=self._fields,
            question=Question(),
            selected=selected,
            file_url=links.file_url,
            newest_first=selected._replace(sort="newest"),
            narrowed=question,
            search_url=links.search_url(selected, sort="newest"),
            chips=chips,
            without_filters=links.name_url(field, page.name),
            both_url=lambda other, name: links.search_url(
                filters.select(selected, other, name, self._fields), sort="newest"
            ),
            apart_url=links.name_url(field, page.name, question._replace(joined=False)),
            address=_address(field, page.name),
            all_dates_url=links.name_url(field, page.name, question._replace(start="", end="")),
            json_url=links.name_url(field, page.name, question, api=True),
            dates=dates,
            only_date=band.only_date_of(page.histogram),
            **_drawn(page, dates),
            share_url=links.trends_url([_as_query(field, page.name)], question),
            facets=[
                facet(selected, name, counts, page.total, self._fields)
                for name, counts in page.facets.items()
                if counts.values
            ],
        )


def _drawn(page: NamePage, dates: Sequence[DateLink]) -> dict[str, object]:
    """Return what the timeline and the small charts of those named together are drawn by: all on one axis of time."""
    bins = page.histogram.bins if page.histogram else ()
    counts = [each.count for each in bins]
    return {
        "path": charts.bars(counts, max(counts, default=0) or 1),
        "bars": [
            {"at": at, "of": len(dates), "label": each.label, "count": each.count, "url": each.url}
            for at, each in enumerate(dates)
        ],
        "axis": charts.axis([each.day for each in bins]),
        "spark_colour": lambda field: _COLOURS.get(field, 1),
        "spark": lambda each: charts.bars(each.counts, max(each.counts, default=0) or 1),
    }


def _address(field: str, name: str) -> tuple[str, list[tuple[str, str]]]:
    """Return path and parameters of the page of a name."""
    path, parameters = links.name_address(field, name)
    return path, list(parameters)


def _as_query(field: str, name: str) -> str:
    """Return the query that finds a name, for pages that take queries alone."""
    return f"{field}:{wording.quoted(name)}"
