"""The pages for people: home and results."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import partial

from flask import Flask, render_template, request

from search.engines.protocol.facets import FacetCounts
from search.model.article import Article
from search.model.fields import YEAR
from search.model.question import BARS, FacetRequest, Question
from search.model.settings import Settings
from search.present.dates import KnownDate, known_date, known_day
from search.service.answer import ResultPage
from search.service.request import names_years
from search.service.service import SearchService
from web import band, links
from web.chips import chips_of
from web.facets import facets_of, with_years
from web.parameters import parameters_for, question_from
from web.trends import risen

#: Facets that the front page has a card of, as far as there are any, and values on each.
_CARDS = ("person", "org", "place")
_CARD_VALUES = 5
#: What rises on the front page.
_RISES = 5
#: Characters of the line under a title on the front page.
_LINE_CHARS = 130


class Pages:
    """The HTML routes. They answer from the service and keep no state."""

    def __init__(self, service: SearchService, settings: Settings) -> None:
        self._service = service
        self._fields = service.fields
        self._facet_size = settings.facet_size
        self._zone = settings.zone()

    def add_to(self, app: Flask) -> None:
        app.add_url_rule("/", "home", self.home)
        app.add_url_rule("/search", "search", self.search)
        app.jinja_env.globals["when"] = self._when

    def home(self) -> str:
        home = self._service.home()
        cards = {
            field: _cut(home.facets[field])
            for field in _CARDS
            if field in home.facets and home.facets[field].values
        }
        ends = [
            known_day(*end, self._zone) for end in (home.stats.oldest, home.stats.newest) if end
        ]
        # Asked for anew it takes longer than this page may; who opens the trends pays for it.
        rising = self._service.rising(only_kept=True)
        return render_template(
            "home.html",
            rising=rising,
            rises=risen(rising, _RISES) if rising else (),
            question=Question(),
            home=home,
            bars=band.bars_of(Question(), home.histogram) if home.histogram else None,
            undated_url=links.undated_url(Question()),
            cards=facets_of(Question(), cards, home.stats.articles, self._fields),
            ends=ends,
            first_line=_first_line,
        )

    def search(self) -> str:
        asked = question_from(
            request.args.to_dict(flat=False), self._facet_size, self._service.limits, self._fields
        )
        larger = {facet.field: facet for facet in asked.facets}
        facets = tuple(
            larger.get(f, FacetRequest(f, self._facet_size)) for f in self._counted(asked, larger)
        )
        histogram = asked.histogram or BARS
        page = self._service.search(asked._replace(facets=facets, page_size=0, histogram=histogram))
        bars = band.bars_of(asked, page.histogram) if page.histogram else None
        if not page.total and (asked.start or asked.end):
            bars = self._around(asked)
        url_of = partial(
            links.search_url, facets=asked.facets, histogram=asked.histogram, page=1, page_size=0
        )
        return render_template(
            "search.html",
            question=asked,
            page=page,
            chips=chips_of(asked, page, self._service.stats().articles, self._fields),
            facets=facets_of(
                asked,
                with_years(page.facets, page.histogram, self._facet_size),
                page.total,
                self._fields,
                larger,
            ),
            bars=bars,
            only_date=band.only_date_of(page.histogram) if page.total > 1 else "",
            steps=band.steps_of(asked),
            undated=page.histogram.undated if page.histogram else 0,
            undated_url=links.undated_url(asked),
            all_dates_url=links.search_url(asked, start="", end="", page=1),
            kept_by_dates=parameters_for(asked._replace(start="", end="", page=1)),
            sorts=links.sort_choices(asked),
            groups=links.group_choices(asked) if _is_group_useful(page) else (),
            # Where nobody has asked for it, it may not be to be had.
            ranks=links.rank_choices(asked) if asked.rank == "semantic" else (),
            matches=links.match_choices(asked) if _is_match_useful(page) else (),
            pages=links.page_links(asked, page.last_page),
            page_url=lambda number: links.search_url(asked, page=number),
            significant=[
                (each, url_of(each.question))
                for each in (page.significant.words if page.significant else ())
            ],
            significant_url=links.search_url(
                asked,
                significant=0
                if asked.significant
                else min(self._facet_size, self._service.limits.significant),
            ),
            undiverse_url=links.search_url(asked, diverse=False, page=1),
            meant_url=url_of(page.meant.question) if page.meant else "",
            suggestions=[(other, url_of(other.question)) for other in page.suggestions],
            beyond=[(other, url_of(other.question)) for other in page.beyond],
        )

    def _counted(self, asked: Question, larger: Collection[str]) -> tuple[str, ...]:
        """Return the facets to be counted; years where they are asked for, as what the bars say of them costs nothing."""
        is_asked = YEAR.name in larger or names_years(asked)
        return self._fields.choices if is_asked else self._fields.facets

    def _around(self, asked: Question) -> band.Bars | None:
        """Return what *asked* finds at other dates, for where there is nothing at its own."""
        everywhen = asked._replace(start="", end="", facets=(), significant=0, page=1, page_size=1)
        found = self._service.search(everywhen._replace(histogram=asked.histogram or BARS))
        return band.around_of(asked, found.histogram) if found.histogram else None

    def _when(self, instant: datetime | None) -> KnownDate | None:
        return None if instant is None else known_date(instant, "second", self._zone)

    def published(self, article: Article) -> KnownDate | None:
        """Return when *article* was published, None where that is not known."""
        if article.published is None:
            return None
        return known_date(article.published, article.published_precision, self._zone)


def _cut(counts: FacetCounts) -> FacetCounts:
    """Return a facet with the values that a card has room for."""
    return counts._replace(values=counts.values[:_CARD_VALUES], missing=0)


def _first_line(article: Article) -> str:
    """Return how the text of an article begins, cut between words."""
    # A part of it is enough: a text can be megabytes.
    text = " ".join(article.body[: 4 * _LINE_CHARS].split())
    if len(text) <= _LINE_CHARS:
        return text
    return (
        text[: text.rfind(" ", 0, _LINE_CHARS) + 1].rstrip(" .,;:–-") + "…"
        if " " in text[:_LINE_CHARS]
        else text[:_LINE_CHARS] + "…"
    )


def _is_group_useful(page: ResultPage) -> bool:
    """Whether it can make a difference whether a row is a story or an article."""
    return not page.question.group or page.stories not in (None, page.total)


def _is_match_useful(page: ResultPage) -> bool:
    """Whether it can make a difference how many words must occur."""
    return len(page.read_as) > 1 or page.question.match != "all"
