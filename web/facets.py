"""Facets on the pages: which are shown and in which order, their values with links, and all values of one on a page of its own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from flask import Flask, abort, render_template, request

from search.engines.protocol.facets import FacetCounts, FacetValue, facet_key
from search.model.fields import FIELDS, YEAR, Field, FieldTable
from search.model.question import FacetRequest, Question
from search.model.settings import Settings
from search.service.facet_values import ByName, FacetAsked, FacetPage
from search.service.naming import more_values, without_value
from search.service.service import SearchService
from web import filters, links, wording
from web.chips import filters_of
from web.parameters import (
    FIND,
    LETTER,
    NOT,
    ORDER,
    STEP,
    WITHOUT,
    facet_asked,
    narrowing,
    parameters_for,
    question_from,
)

if TYPE_CHECKING:
    from search.model.histogram import Histogram


class FacetLink(NamedTuple):
    """A facet value; ``url`` adds it to the question, or takes it back if it is selected or left out.

    ``share`` is how much of the articles found have it, in percent. ``out_url`` leaves articles with it out, "" where that says nothing new.
    """

    value: str
    label: str
    #: Hides the method of tuples.
    count: int  # type: ignore[assignment]
    share: float
    url: str
    is_selected: bool
    out_url: str
    is_left_out: bool = False


@dataclass(frozen=True, slots=True)
class Facet:
    """A facet as a page lists it: what is selected or left out first, then the most frequent values.

    ``more`` and ``missing`` are in words, "" where there is nothing to say: "87 more places", "9 without a place".
    """

    field: str
    one: str
    many: str
    values: tuple[FacetLink, ...]
    more: str
    more_url: str
    missing: str
    #: Adds to the question what has no value, or removes that if it is chosen.
    missing_url: str
    is_missing_chosen: bool
    #: What was looked for among the values.
    text: str = ""
    #: Leads back to all of them.
    all_url: str = ""


def facets_of(
    question: Question,
    found: Mapping[str, FacetCounts],
    total: int,
    fields: FieldTable = FIELDS,
    always: Collection[str] = (),
) -> tuple[Facet, ...]:
    """Return the facets *found* for *question*, which *total* articles answer, that are of use there, or are among those to *always* show.

    What the question narrows comes first, then what covers most of the articles.
    """
    chosen = {s.field for s in (*question.selections, *question.excluded)} | set(question.without)
    order = {name: number for number, name in enumerate(fields.choices)}
    useful = [
        field
        for field, counts in found.items()
        if field in chosen or field in always or is_useful(counts, total)
    ]
    useful.sort(key=lambda field: (field not in chosen, found[field].missing, order[field]))
    more = links.UrlsWith(question, fields)
    return tuple([facet(question, field, found[field], total, fields, more) for field in useful])


def with_years(
    found: Mapping[str, FacetCounts],
    histogram: Histogram | None,
    shown: int,
) -> Mapping[str, FacetCounts]:
    """Return the facets *found* with the years of *histogram*, the *shown* fullest, where it tells years apart and they are not counted yet."""
    from search.service.years import tells_years, year_counts

    if YEAR.name in found or histogram is None or not tells_years(histogram):
        return found
    years = year_counts(histogram, FacetRequest(YEAR.name, shown))
    # One year alone says no more than the dates do.
    return {**found, YEAR.name: years} if years.distinct > 1 else found


def is_useful(counts: FacetCounts, total: int) -> bool:
    """Whether some value of a facet narrows the *total* articles found."""
    return any(0 < value.count < total for value in counts.values) or counts.more > 0


def facet(
    question: Question,
    field: str,
    counts: FacetCounts,
    total: int,
    fields: FieldTable = FIELDS,
    more: links.UrlsWith | None = None,
) -> Facet:
    """Return facet *field* of the answer to *question*, *total* articles, with a link for each of its values.

    *more* gives URLs of *question*, for all of its facets.
    """
    row, more = fields[field], more or links.UrlsWith(question, fields)
    is_chosen = field in question.without
    text = next((f.text for f in question.facets if f.field == field), "")
    has_missing = counts.missing > 0 or is_chosen
    others = counts.more
    missing_url = ""
    if is_chosen:
        missing_url = links.search_url(filters.deselect_missing(question, field))
    elif has_missing:
        missing_url = more.of(WITHOUT)(field)
    return Facet(
        field,
        row.one,
        row.many,
        value_links(question, field, counts.values, total, fields, more),
        more_values(others, row) if others else "",
        facet_url(question, field, FacetAsked(text=text)) if others else "",
        without_value(counts.missing, row) if has_missing else "",
        missing_url,
        is_chosen,
        text,
        links.search_url(_all_of(question, field)) if text else "",
    )


def _all_of(question: Question, field: str) -> Question:
    """Return *question* with *field* as a page shows it by itself."""
    return question._replace(facets=tuple(f for f in question.facets if f.field != field))


def value_links(
    question: Question,
    field: str,
    values: Collection[FacetValue],
    total: int,
    fields: FieldTable = FIELDS,
    more: links.UrlsWith | None = None,
) -> tuple[FacetLink, ...]:
    """Return a link for each of the *values* of a facet, those in force first; *more* gives URLs of *question*."""
    row = fields[field]
    # More than all where those with another value of the facet were found.
    whole = max([total, *[value.count for value in values]])
    out = [value for each in question.excluded if each.field == field for value in each.values]
    are_out = [_left_out(question, row, value) for value in out]
    url_with, url_without = _urls(question, field, fields, more)
    own = []
    for value in values:
        text = value.value
        if value.selected:
            url, out_url = links.search_url(filters.deselect(question, field, text)), ""
        else:
            url, out_url = url_with(text), url_without(text)
        share = round(100 * value.count / whole, 1) if whole else 0.0
        label = wording.value_label(row, text)
        own.append(FacetLink(text, label, value.count, share, url, value.selected, out_url))
    selected = [link for link in own if link.is_selected]
    return (*selected, *are_out, *(link for link in own if not link.is_selected))


def _urls(
    question: Question, field: str, fields: FieldTable, more: links.UrlsWith | None
) -> tuple[Callable[[str], str], Callable[[str], str]]:
    """Return what gives the URL of *question* with a value of *field* selected, and with one left out."""
    for each in (*question.selections, *question.excluded):
        if each.field == field:  # the value may be among these, in other letters
            return (
                lambda value: links.search_url(filters.select(question, field, value, fields)),
                lambda value: links.search_url(filters.leave_out(question, field, value, fields)),
            )
    more = more or links.UrlsWith(question, fields)
    return more.of(field), more.of(NOT + field)


def _left_out(question: Question, row: Field, value: str) -> FacetLink:
    url = links.search_url(filters.take_back(question, row.name, value))
    label = wording.value_label(row, value)
    return FacetLink(value, label, 0, 0.0, url, False, "", is_left_out=True)


def facet_url(question: Question, field: str, asked: FacetAsked | None = None) -> str:
    """Return the URL of the page of all values of a facet, for the articles that *question* finds."""
    asked = asked or FacetAsked()
    pairs = parameters_for(question._replace(page=1, page_size=0, facets=(), histogram=""))
    pairs += [
        (name, value)
        for name, value in (
            (FIND, asked.text),
            (LETTER, asked.letter),
            (ORDER, "name" if asked.by_name else ""),
            (STEP, str(asked.step) if asked.step > 1 else ""),
        )
        if value
    ]
    query = links.query_of(pairs)
    return links.rooted(f"/facet/{field}" + ("?" + query if query else ""))


class Facets:
    """The page of all values of a facet. It answers from the service and keeps no state."""

    def __init__(self, service: SearchService, settings: Settings) -> None:
        self._service = service
        self._fields = service.fields
        self._facet_size = settings.facet_size

    def add_to(self, app: Flask) -> None:
        app.add_url_rule("/facet/<field>", "facet", self.facet)

    def facet(self, field: str) -> str:
        if field not in self._fields.choices:
            abort(404)
        parameters = request.args.to_dict(flat=False)
        limits = self._service.limits
        question = question_from(parameters, self._facet_size, limits, self._fields)
        asked = facet_asked(parameters, limits)
        page = self._service.facet_values(question, field, asked)
        row = self._fields[field]
        return render_template(
            "facet.html",
            question=question,
            asked=asked,
            page=page,
            row=row,
            values=value_links(question, field, page.values, page.total, self._fields),
            narrowed=question._replace(facets=(), page=1),
            chips=filters_of(question, self._fields),
            all_articles_url=facet_url(Question(text=question.text), field),
            kept=[*([("q", question.text)] if question.text else ()), *narrowing(question)],
            address=links.rooted(f"/facet/{field}"),
            back_url=links.search_url(question, page=1),
            orders=_orders(question, field, asked),
            letters=_letters(question, field, asked, page),
            all_url=facet_url(question, field, asked._replace(text="", letter="", step=1)),
            steps=links.page_links(Question(page=page.step), page.last_step),
            step_url=lambda step: facet_url(question, field, asked._replace(step=step)),
            missing=without_value(page.missing, row) if page.missing else "",
            missing_url=links.search_url(filters.select_missing(question, field)),
        )


def _orders(question: Question, field: str, asked: FacetAsked) -> tuple[links.Choice, ...]:
    return tuple(
        links.Choice(
            label,
            facet_url(question, field, asked._replace(by_name=by_name, letter="", step=1)),
            by_name == asked.is_by_name,
        )
        for by_name, label in ((False, "Most articles first"), (True, "A–Z"))
    )


def _letters(
    question: Question, field: str, asked: FacetAsked, page: FacetPage
) -> tuple[tuple[ByName, links.Choice], ...]:
    """Return the letters that values begin with; none where there is one, or all values are on the page."""
    if len(page.letters) < 2 or (page.last_step == 1 and not asked.letter):
        return ()
    return tuple(
        (
            each,
            links.Choice(
                each.letter,
                facet_url(question, field, asked._replace(letter=each.letter, step=1)),
                facet_key(each.letter) == facet_key(asked.letter),
            ),
        )
        for each in page.letters
    )
