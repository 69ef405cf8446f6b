"""The pages of one article: what it says, what differs from a copy of it, and what it was before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask, abort, render_template, request

from search.highlight.named import entities_of
from search.model.article import ARTICLE_ID, Document, Entity
from search.model.errors import EngineError, QueryError
from search.model.fields import Field, FieldTable
from search.model.question import Question
from search.model.settings import Settings
from search.present.provenance import provenance_of, read_from
from search.service.answer import MarkedArticle
from search.service.difference import MAX_WORDS, Difference
from search.service.naming import label_of
from search.service.service import SearchService
from web import links
from web.parameters import question_from, switch

#: Fields that an article page shows elsewhere: below the title, or in a row of another form.
_SHOWN_ELSEWHERE = {"author", "source", "section", "url"}


#: Similar articles on the page of an article.
_SIMILAR = 5


@dataclass(frozen=True, slots=True)
class AboutRow:
    """What an article has in a field; if ``is_facet``, each value links to a search for it."""

    label: str
    field: str
    values: tuple[str, ...]
    is_facet: bool
    #: The values with their mentions and forms, where they are entities.
    entities: tuple[Entity, ...] = ()


class ArticlePages:
    """The routes of articles. They answer from the service and keep no state."""

    def __init__(self, service: SearchService, settings: Settings) -> None:
        self._service = service
        self._fields = service.fields
        self._facet_size = settings.facet_size
        self._zone = settings.zone()
        self._whole_paths = bool(settings.show_paths)

    def add_to(self, app: Flask) -> None:
        app.add_url_rule("/article/<article_id>", "article", self.article)
        app.add_url_rule("/article/<article_id>/compare/<other_id>", "compare", self.compare)
        app.add_url_rule("/article/<article_id>/revisions/<int:number>", "revision", self.revision)

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
