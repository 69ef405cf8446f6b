"""The pages for people: home and results."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from flask import Flask, render_template, request

from search.model.article import Article
from search.model.question import AUTO, FacetRequest, Question
from search.model.settings import Settings
from search.present.dates import KnownDate, known_date, known_day
from search.service.answer import ResultPage
from search.service.service import SearchService
from web import links, wording
from web.facets import facets_of
from web.parameters import question_from


@dataclass(frozen=True, slots=True)
class ArticleHead:
    """When an article was published, and its URL, "" if that must not be a link."""

    date: KnownDate | None
    url: str


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
        app.jinja_env.globals["head"] = self._head
        app.jinja_env.globals["when"] = self._when

    def home(self) -> str:
        home = self._service.home()
        facets = facets_of(Question(), home.facets, home.stats.articles, self._fields)
        days = [
            known_day(*date, self._zone)
            for date in (home.stats.oldest, home.stats.newest)
            if date is not None
        ]
        return render_template(
            "home.html", question=Question(), home=home, facets=facets, days=days
        )

    def search(self) -> str:
        asked = question_from(
            request.args.to_dict(flat=False), self._facet_size, self._service.limits, self._fields
        )
        larger = {facet.field: facet for facet in asked.facets}
        facets = tuple(
            larger.get(f, FacetRequest(f, self._facet_size)) for f in self._fields.facets
        )
        histogram = asked.histogram or AUTO
        page = self._service.search(asked._replace(facets=facets, page_size=0, histogram=histogram))
        url_of = partial(
            links.search_url, facets=asked.facets, histogram=asked.histogram, page=1, page_size=0
        )
        return render_template(
            "search.html",
            question=asked,
            page=page,
            filters=links.filters(asked, self._fields),
            without_filters=links.without_filters(asked),
            facets=facets_of(asked, page.facets, page.total, self._fields, larger),
            dates=links.dates(asked, page.histogram) if page.histogram else (),
            undated=page.histogram.undated if page.histogram else 0,
            undated_url=links.undated_url(asked),
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
            suggestions=[(other, url_of(other.question)) for other in page.suggestions],
            beyond=[(other, url_of(other.question)) for other in page.beyond],
        )

    def _when(self, instant: datetime | None) -> KnownDate | None:
        return None if instant is None else known_date(instant, "second", self._zone)

    def _head(self, article: Article) -> ArticleHead:
        date = None
        if article.published is not None:
            date = known_date(article.published, article.published_precision, self._zone)
        return ArticleHead(date, article.url if wording.is_web_address(article.url) else "")


def _is_group_useful(page: ResultPage) -> bool:
    """Whether it can make a difference whether a row is a story or an article."""
    return not page.question.group or page.stories not in (None, page.total)


def _is_match_useful(page: ResultPage) -> bool:
    """Whether it can make a difference how many words must occur."""
    return len(page.read_as) > 1 or page.question.match != "all"
