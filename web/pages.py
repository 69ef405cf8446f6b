"""The pages for people: home, results, article."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from flask import Flask, abort, render_template, request

from search.highlight.named import entities_of
from search.model.article import ARTICLE_ID, Article, Document, Entity
from search.model.errors import EngineError, QueryError
from search.model.fields import Field, FieldTable
from search.model.question import AUTO, FacetRequest, Question
from search.model.settings import Settings
from search.present.dates import KnownDate, known_date, known_day
from search.present.provenance import provenance_of, read_from
from search.service.answer import MarkedArticle, ResultPage
from search.service.difference import MAX_WORDS, Difference
from search.service.naming import label_of
from search.service.service import SearchService
from web import links, wording
from web.parameters import question_from, switch

#: Fields that an article page shows elsewhere: below the title, or in a row of another form.
_SHOWN_ELSEWHERE = {"author", "source", "section", "url"}


#: Similar articles on the page of an article.
_SIMILAR = 5


@dataclass(frozen=True, slots=True)
class ArticleHead:
    """When an article was published, and its URL, "" if that must not be a link."""

    date: KnownDate | None
    url: str


@dataclass(frozen=True, slots=True)
class AboutRow:
    """What an article has in a field; if ``is_facet``, each value links to a search for it."""

    label: str
    field: str
    values: tuple[str, ...]
    is_facet: bool
    #: The values with their mentions and forms, where they are entities.
    entities: tuple[Entity, ...] = ()


class Pages:
    """The HTML routes. They answer from the service and keep no state."""

    def __init__(self, service: SearchService, settings: Settings) -> None:
        self._service = service
        self._fields = service.fields
        # Without the language: most indexes have a single one.
        self._facets = tuple(name for name in self._fields.facets if name != "lang")
        self._facet_size = settings.facet_size
        self._zone = settings.zone()
        self._whole_paths = bool(settings.show_paths)

    def add_to(self, app: Flask) -> None:
        app.add_url_rule("/", "home", self.home)
        app.add_url_rule("/search", "search", self.search)
        app.add_url_rule("/article/<article_id>", "article", self.article)
        app.add_url_rule("/article/<article_id>/compare/<other_id>", "compare", self.compare)
        app.add_url_rule("/article/<article_id>/revisions/<int:number>", "revision", self.revision)
        app.jinja_env.globals["head"] = self._head
        app.jinja_env.globals["when"] = self._when

    def home(self) -> str:
        home = self._service.home()
        facets = [
            links.facet(Question(), field, home.facets[field], self._fields)
            for field in self._facets
            if field in home.facets and home.facets[field].values
        ]
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
        facets = tuple(larger.get(f, FacetRequest(f, self._facet_size)) for f in self._facets)
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
            facets=[
                links.facet(asked, field, page.facets[field], self._fields)
                for field in self._facets
                if page.facets[field].values or (field in larger and larger[field].text)
            ],
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

    def article(self, article_id: str) -> str:
        if not ARTICLE_ID.fullmatch(article_id):
            abort(404)
        parameters = request.args.to_dict(flat=False)
        question = question_from(parameters, self._facet_size, self._service.limits, self._fields)
        with_names = switch(parameters, "names", default="off")
        notices: tuple[str, ...] = ()
        try:
            found = self._service.article(article_id, question.text, synonyms=question.synonyms)
        except QueryError as exc:
            # A link with a malformed query still shows its article.
            notices = (f"No words are marked: {exc.message}",)
            found = self._service.article(article_id)
        if found is None:
            abort(404)
        history = None
        try:
            if found.document.revision:
                history = self._service.history(article_id)
        except EngineError as exc:  # the article itself is there
            notices += (f"What it was before cannot be shown: {exc}",)
        similar = None
        try:
            similar = self._service.similar(article_id, _SIMILAR)
        except EngineError as exc:  # late, say; the article itself is there
            notices += (f"Similar articles cannot be shown: {exc}",)
        provenance = provenance_of(found.document, whole_paths=self._whole_paths)
        return render_template(
            "article.html",
            found=found,
            about=_about(found.document, self._fields),
            history=history,
            similar=similar,
            read_from=read_from(provenance, self._zone, on_a_page=True) if provenance else "",
            fetched_from=provenance.url if provenance else "",
            notices=notices + found.notices,
            question=question,
            kinds=_kinds(found, self._fields),
            with_names=with_names,
            name_choices=links.name_choices(article_id, question, with_names=with_names),
            back_url=links.search_url(question) if question != Question() else "",
        )

    def compare(self, article_id: str, other_id: str) -> str:
        if not (ARTICLE_ID.fullmatch(article_id) and ARTICLE_ID.fullmatch(other_id)):
            abort(404)
        question = question_from(
            request.args.to_dict(flat=False), self._facet_size, self._service.limits, self._fields
        )
        found = self._service.compare(article_id, other_id)
        if found is None:
            abort(404)
        return render_template(
            "compare.html", found=found, question=question, notices=_limits_met(found.body)
        )

    def revision(self, article_id: str, number: int) -> str:
        """Show what an article was, and what changed then."""
        history = self._service.history(article_id) if ARTICLE_ID.fullmatch(article_id) else None
        before = history and history.of(number)
        if history is None or before is None or number == history.document.revision:
            abort(404)
        found = self._service.compared(before, history.after(number))
        return render_template(
            "revision.html",
            question=Question(),
            history=history,
            found=found,
            number=number,
            notices=_limits_met(found.body),
        )

    def _when(self, instant: datetime | None) -> KnownDate | None:
        return None if instant is None else known_date(instant, "second", self._zone)

    def _head(self, article: Article) -> ArticleHead:
        date = None
        if article.published is not None:
            date = known_date(article.published, article.published_precision, self._zone)
        return ArticleHead(date, article.url if wording.is_web_address(article.url) else "")


def _about(document: Document, fields: FieldTable) -> Iterator[AboutRow]:
    """Yield the fields of an article that are not empty, entities first."""
    for row in (*fields.described(is_entity=True), *fields.described(is_entity=False)):
        values = row.values_of(document)
        if values and row.name not in _SHOWN_ELSEWHERE:
            entities = entities_of(document, row.name, fields) if row.is_entity else ()
            label = label_of(row, document.article)
            yield AboutRow(label, row.name, values, row.is_facet, entities)


def _kinds(found: MarkedArticle, fields: FieldTable) -> tuple[Field, ...]:
    """Return the fields of which the text of an article names an entity."""
    named = {name.field for part in (found.title, *found.paragraphs) for name in part.names}
    return tuple([row for row in fields.described(is_entity=True) if row.name in named])


def _limits_met(found: Difference) -> tuple[str, ...]:
    """Return a sentence for each limit that a comparison met."""
    said = {
        f"Only the first {MAX_WORDS:,} words of each text are compared.": found.is_cut,
        "Whole paragraphs are compared, as the texts repeat few words very often.": found.is_rough,
    }
    return tuple(sentence for sentence, is_met in said.items() if is_met)


def _is_group_useful(page: ResultPage) -> bool:
    """Whether it can make a difference whether a row is a story or an article."""
    return not page.question.group or page.stories not in (None, page.total)


def _is_match_useful(page: ResultPage) -> bool:
    """Whether it can make a difference how many words must occur."""
    return len(page.read_as) > 1 or page.question.match != "all"
