"""What a query may go on as, while it is typed: for the box of the pages, and for browsers that have the engine among theirs."""

from __future__ import annotations

from flask import Flask, Response, json, request

from search.model.question import Question
from search.service.completions import MAX_CHARS
from search.service.naming import finds
from search.service.service import SearchService
from web import links
from web.parameters import reject_unknown


class Suggest:
    """The route `/suggest`, as OpenSearch Suggestions has it. It keeps no state."""

    def __init__(self, service: SearchService) -> None:
        self._service = service

    def add_to(self, app: Flask) -> None:
        app.add_url_rule("/suggest", "suggest", self.suggest)

    def suggest(self) -> Response:
        """Return the text typed, queries that it may become, what each finds, and where."""
        parameters = request.args.to_dict(flat=False)
        reject_unknown(parameters, ("q",))
        typed = request.args.get("q", "")
        most = self._service.limits.suggested
        found = self._service.completions(typed[: MAX_CHARS + 1], most)
        answer = [
            typed,
            [each.query for each in found],
            [finds(each) for each in found],
            [links.search_url(Question(text=each.query)) for each in found],
        ]
        body = json.dumps(answer, ensure_ascii=False)
        return Response(body, content_type="application/x-suggestions+json; charset=utf-8")
