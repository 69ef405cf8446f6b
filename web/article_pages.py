"""The pages of one article: what it says, what differs from a copy of it, and what it was before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from flask import Flask, Response, abort, jsonify, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from search.engines.protocol.result import Copy
from search.highlight.marked import Marked
from search.highlight.named import entities_of
from search.model.article import ARTICLE_ID, Document, Entity
from search.model.errors import EngineError, QueryError
from search.model.fields import Field, FieldTable
from search.model.question import Question
from search.model.settings import Settings
from search.present import cite
from search.present.as_json import document_as_json
from search.present.provenance import provenance_of, read_from
from search.service.answer import MarkedArticle
from search.service.difference import MAX_WORDS, Difference
from search.service.naming import label_of
from search.service.service import SearchService
from web import links, wording
from web.parameters import question_from, switch

if TYPE_CHECKING:
    from search.service.elsewhere import Elsewhere
    from search.service.standing import Standing

#: Fields that an article page shows elsewhere: below the title, or in a row of another form.
_SHOWN_ELSEWHERE = {"author", "source", "section", "url"}


#: Similar articles on the page of an article.
_SIMILAR = 5
#: Names of each kind that are counted in the archive; the others are folded away.
_NAMES = 8
#: What the end of an address of an article gives it as.
_FORMS = ("json", "jsonld", "bib")


@dataclass(frozen=True, slots=True)
class AboutRow:
    """What an article has in a field; if ``is_facet``, each value links to a search for it."""

    label: str
    field: str
    values: tuple[str, ...]
    is_facet: bool


class NamedHere(NamedTuple):
    """Someone or something that an article names, and in how many articles of the archive it is; None where that is not known."""

    entity: Entity
    articles: int | None


class Kind(NamedTuple):
    """The entities of one field that an article names: the first of them, and the others, which are not counted."""

    row: Field
    first: tuple[NamedHere, ...]
    others: tuple[Entity, ...]


class Step(NamedTuple):
    """A link to the hit before or after an article."""

    rel: str
    label: str
    url: str


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
        app.jinja_env.globals.update(
            article_file=links.article_file,
            host_of=wording.host_of,
            selected_url=links.selected_url,
        )
        app.add_url_rule("/article/<article_id>/compare/<other_id>", "compare", self.compare)
        app.add_url_rule("/article/<article_id>/revisions/<int:number>", "revision", self.revision)

    def article(self, article_id: str) -> AnyResponse | str:
        if not ARTICLE_ID.fullmatch(article_id):
            abort(404)
        parameters = request.args.to_dict(flat=False)
        question = question_from(parameters, self._facet_size, self._service.limits, self._fields)
        with_names = switch(parameters, "names", default="off")
        is_hit = question != Question() or "page" in parameters
        notices: tuple[str, ...] = ()
        is_readable = True
        try:
            found = self._service.article(article_id, question.text, synonyms=question.synonyms)
        except QueryError as exc:  # a broken query in the address still leads to the article
            notices = (f"No words are marked: {exc.message}",)
            found = self._service.article(article_id)
            is_readable = False
        if found is None:
            return self._as_file(article_id)
        history = similar = standing = elsewhere = None
        try:
            if is_readable and is_hit:
                standing = self._service.standing(article_id, question)
            elsewhere = self._service.elsewhere(found.document, _NAMES)
        except EngineError as exc:  # the article itself is there
            notices += (f"What is around it cannot be shown: {exc}",)
        try:
            if found.document.revision:
                history = self._service.history(article_id)
        except EngineError as exc:
            notices += (f"What it was before cannot be shown: {exc}",)
        try:
            similar = self._service.similar(article_id, _SIMILAR)
        except EngineError as exc:  # late, say
            notices += (f"Similar articles cannot be shown: {exc}",)
        provenance = provenance_of(found.document, whole_paths=self._whole_paths)
        paragraphs, marks = _numbered(found)
        return render_template(
            "article.html",
            found=found,
            paragraphs=paragraphs,
            marks=marks,
            about=tuple(_about(found.document, self._fields)),
            called=lambda field, value: wording.value_label(self._fields[field], value),
            entities=tuple(_named(found.document, elsewhere, self._fields)),
            by_authors=elsewhere.by_authors if elsewhere else (),
            story=_in_order(found),
            history=history,
            similar=similar,
            cited=cite.as_text(found.article, self._zone),
            bibtex=cite.as_bibtex(found.article, self._zone),
            json_ld=cite.as_json_ld(found.article, self._zone),
            read_from=read_from(provenance, self._zone, on_a_page=True) if provenance else "",
            fetched_from=provenance.url if provenance else "",
            notices=notices + found.notices,
            question=question,
            kinds=_kinds(found, self._fields),
            with_names=with_names,
            name_choices=links.name_choices(
                article_id, question, with_names=with_names, is_hit=is_hit
            ),
            back_url=links.search_url(question) if is_hit else "",
            standing=standing,
            steps=_steps(standing, question, with_names=with_names) if standing else (),
        )

    def _as_file(self, name: str) -> AnyResponse:
        """Return the article in the form that the end of *name* stands for; 404 where there is none."""
        article_id, dot, form = name.rpartition(".")
        found = self._service.article(article_id) if dot and form in _FORMS else None
        if found is None:
            abort(404)
        article = found.article
        if form == "bib":
            response = Response(cite.as_bibtex(article, self._zone), mimetype="text/x-bibtex")
            response.headers["Content-Disposition"] = f'inline; filename="{article_id}.bib"'
            return response
        if form == "jsonld":
            response = jsonify(cite.as_json_ld(article, self._zone))
            response.mimetype = "application/ld+json"
            return response
        return jsonify(
            document_as_json(
                found.document, self._fields, whole_paths=self._whole_paths, story=found.story
            )
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


def _numbered(found: MarkedArticle) -> tuple[tuple[tuple[Marked, int], ...], int]:
    """Return the paragraphs, each with the number of its first mark, and how many marks they have."""
    numbered = []
    marks = 0
    for paragraph in found.paragraphs:
        numbered.append((paragraph, marks + 1))
        marks += len(paragraph.marks)
    return tuple(numbered), marks


def _named(document: Document, elsewhere: Elsewhere | None, fields: FieldTable) -> Iterator[Kind]:
    """Yield the entities of an article by kind."""
    for row in fields.described(is_entity=True):
        if entities := entities_of(document, row.name, fields):
            counts = elsewhere.names.get(row.name, {}) if elsewhere else {}
            first = entities if len(entities) <= _NAMES + 1 else entities[:_NAMES]
            yield Kind(
                row,
                tuple([NamedHere(entity, counts.get(entity.name)) for entity in first]),
                entities[len(first) :],
            )


def _in_order(found: MarkedArticle) -> tuple[Copy, ...]:
    """Return the articles of the story of one, itself among them, the oldest first and those without a date last."""
    if found.story is None:
        return ()
    copies = [*found.story.copies, Copy.of(found.document)]
    return tuple(sorted(copies, key=lambda copy: (not copy.published, *(copy.published or ())[:1])))


def _steps(standing: Standing, question: Question, *, with_names: bool) -> tuple[Step, ...]:
    """Return the links to the hits before and after an article, each to the page of results that it is on."""
    return tuple(
        Step(
            rel,
            label,
            links.article_url(
                other, question._replace(page=page), with_names=with_names, is_hit=True
            ),
        )
        for rel, label, other, page in (
            ("prev", "Previous", standing.before, standing.page_before),
            ("next", "Next", standing.after, standing.page_after),
        )
        if other
    )


def _about(document: Document, fields: FieldTable) -> Iterator[AboutRow]:
    """Yield the fields of an article that are not empty and are shown nowhere else."""
    for row in fields.described(is_entity=False):
        values = row.values_of(document)
        if values and row.name not in _SHOWN_ELSEWHERE:
            yield AboutRow(label_of(row, document.article), row.name, values, row.is_facet)


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
