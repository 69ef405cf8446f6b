"""The JSON API, version 1: what docs/api.md promises."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, abort, jsonify, request

from search.model.article import ARTICLE_ID
from search.model.settings import Settings
from search.present.as_json import (
    document_as_json,
    history_as_json,
    hit_keys,
    page_as_json,
    similar_as_json,
)
from search.service.answer import ResultPage
from search.service.service import SearchService
from web.links import rooted
from web.parameters import (
    CURSOR,
    KEYS,
    cursor_from,
    keys_from,
    limit_from,
    parameters_of,
    question_from,
    reject_unknown,
)


class Api:
    """The routes under /api/v1."""

    def __init__(self, service: SearchService, settings: Settings) -> None:
        self._service = service
        self._facet_size = settings.facet_size
        self._whole_paths = bool(settings.show_paths)

    def add_to(self, app: Flask) -> None:
        app.add_url_rule("/api/v1/search", "api_search", self.search)
        app.add_url_rule("/api/v1/articles/<article_id>", "api_article", self.article)
        app.add_url_rule("/api/v1/articles/<article_id>/similar", "api_similar", self.similar)
        app.add_url_rule("/api/v1/articles/<article_id>/revisions", "api_revisions", self.revisions)
        app.add_url_rule(
            "/api/v1/articles/<article_id>/revisions/<int:number>", "api_revision", self.revision
        )

    def search(self) -> Response:
        parameters = request.args.to_dict(flat=False)
        reject_unknown(parameters, (*parameters_of(self._service.fields), CURSOR, KEYS))
        keys = keys_from(parameters, hit_keys(self._service.fields))
        question = question_from(
            parameters, self._facet_size, self._service.limits, self._service.fields
        )
        page = self._service.search(question._replace(cursor=cursor_from(parameters)))
        answer = page_as_json(page, self._service.fields, whole_paths=self._whole_paths)
        response = jsonify(with_keys(answer, keys) if KEYS in parameters else answer)
        response.headers["Link"] = links_of(page)
        return response

    def article(self, article_id: str) -> Response:
        reject_unknown(request.args, ())
        found = self._service.article(article_id) if ARTICLE_ID.fullmatch(article_id) else None
        if found is None:
            abort(404)
        return jsonify(
            document_as_json(
                found.document,
                self._service.fields,
                whole_paths=self._whole_paths,
                story=found.story,
            )
        )

    def similar(self, article_id: str) -> Response:
        parameters = request.args.to_dict(flat=False)
        reject_unknown(parameters, ("limit",))
        limit = limit_from(parameters, self._service.limits.similar)
        found = (
            self._service.similar(article_id, limit) if ARTICLE_ID.fullmatch(article_id) else None
        )
        if found is None:
            abort(404)
        return jsonify(similar_as_json(found, self._service.fields, whole_paths=self._whole_paths))

    def revisions(self, article_id: str) -> Response:
        reject_unknown(request.args, ())
        found = self._service.history(article_id) if ARTICLE_ID.fullmatch(article_id) else None
        if found is None:
            abort(404)
        return jsonify(history_as_json(found, whole_paths=self._whole_paths))

    def revision(self, article_id: str, number: int) -> Response:
        reject_unknown(request.args, ())
        found = self._service.history(article_id) if ARTICLE_ID.fullmatch(article_id) else None
        document = found and found.of(number)
        if document is None:
            abort(404)
        return jsonify(
            document_as_json(document, self._service.fields, whole_paths=self._whole_paths)
        )


def with_keys(answer: dict[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    """Return the *answer* that a page of hits is as JSON, whose hits have these *keys* alone."""
    cut = {
        name: [{key: hit[key] for key in keys} for hit in answer[name]]
        for name in ("hits", "near")
        if name in answer
    }
    return answer | cut


def links_of(page: ResultPage) -> str:
    """Return the header Link (RFC 8288) of a page of hits: where the first, the one before and the next are."""
    asked = [each for each in request.args.items(multi=True) if each[0] not in ("page", CURSOR)]
    places: list[tuple[str, list[tuple[str, str]]]] = [("first", [])]
    if page.question.page > 1:
        before = min(page.question.page, page.last_page + 1) - 1
        places.append(("prev", [("page", str(before))] if before > 1 else []))
    if page.next_cursor:
        places.append(("next", [(CURSOR, page.next_cursor)]))
    path = rooted(request.path)
    addresses = [(rel, urlencode([*asked, *place])) for rel, place in places]
    return ", ".join(f'<{path}{"?" * bool(query)}{query}>; rel="{rel}"' for rel, query in addresses)
