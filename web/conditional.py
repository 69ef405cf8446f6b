"""Answers that a client has already: the same as long as the index is, without being made again."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Flask, Response, g, request

from search import __version__
from search.model.settings import Settings
from search.service.cursor import short
from search.service.service import SearchService

#: The routes whose answers depend on nothing but the address, the settings, the index, the files that it is asked by, and the hour.
_ENDPOINTS = frozenset(
    {
        "api_search",
        "api_article",
        "api_similar",
        "api_revisions",
        "api_revision",
        "search_json",
        "search_ndjson",
        "search_csv",
        "search_rss",
        "search_atom",
    }
)


class Conditional:
    """Gives answers a tag, and none to who has that of the moment."""

    def __init__(self, service: SearchService, settings: Settings) -> None:
        self._service = service
        self._made_of = short(repr((settings, __version__)))

    def add_to(self, app: Flask) -> None:
        app.before_request(self.check)
        app.after_request(self.add_tag)

    def check(self) -> Response | None:
        """Answer 304 where the client has the answer; the tag is that of the index before it is asked."""
        if request.endpoint not in _ENDPOINTS:
            return None
        hour = datetime.now(UTC).strftime("%Y%m%d%H")  # days may be counted from now
        g.tag = short(f"{self._service.state()} {self._made_of} {hour} {request.url}")
        if request.if_none_match.contains_weak(g.tag):
            return Response(status=304)
        return None

    def add_tag(self, response: Response) -> Response:
        if response.status_code in (200, 304) and (tag := g.get("tag")):
            response.set_etag(tag, weak=True)
        return response
