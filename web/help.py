"""How to search: the query language by examples of this very index, keys, and what programs can ask for."""

from __future__ import annotations

from flask import Flask, render_template

from search.model.question import Question
from search.service.service import SearchService
from web import links


class Help:
    """The route `/help`. It keeps no state."""

    def __init__(self, service: SearchService) -> None:
        self._service = service

    def add_to(self, app: Flask) -> None:
        app.add_url_rule("/help", "help", self.help)

    def help(self) -> str:
        return render_template(
            "help.html",
            question=Question(),
            parts=self._service.help_parts(),
            url_of=lambda query: links.search_url(Question(text=query)),
        )
