"""What stands around every page: links to the other pages, and what the index holds."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from flask import Flask, g

from search import __version__
from search.model.errors import EngineError
from search.model.settings import Settings
from search.present.dates import known_date
from search.service.service import SearchService
from web.links import Choice, rooted
from web.wording import as_date, counted, direction

#: The pages of the site in their order: the name of the route, the label, the path.
_PAGES = (
    ("trends", "Trends", "/trends"),
    ("saved", "Saved", "/saved"),
    ("help", "How to search", "/help"),
)


def add_to(app: Flask, service: SearchService, settings: Settings) -> None:
    """Give the templates of *app* what `templates/base.html` asks for."""

    zone = settings.zone()

    def site_pages(path: str) -> tuple[Choice, ...]:
        """Return the pages that this server has; that at *path* is the current one."""
        return tuple(
            Choice(label, rooted(url), path == url)
            for endpoint, label, url in _PAGES
            if endpoint in app.view_functions
        )

    def about_index() -> str:
        """Return how many articles there are, when the last came and which version answers; that alone where the index cannot be read."""
        version = f"newssearch {__version__}"
        if _is_engine_down():
            return version
        try:
            stats = service.stats()
        except EngineError:  # the page that says so has a foot too
            return version
        articles = counted(stats.articles, "article", "articles")
        if stats.last_added is None:
            return f"{articles} · {version}"
        day = known_date(stats.last_added, "day", zone)
        return f"{articles} · index of {day.words} · {version}"

    def placeholder() -> str:
        """Return two queries that the start page has found answers for, for an empty box."""
        try:
            found = () if _is_engine_down() else service.known_examples()
        except EngineError:  # the page that says so has a box too
            found = ()
        return " or ".join([each.text for each in found[:2]]) or "Words, “a phrase”, a name"

    # In the page: a request of its own would be a third of those that a page of results takes.
    drawing = Path(app.static_folder or "", "icon.svg").read_text("utf-8")

    app.jinja_env.filters["as_date"] = as_date
    app.jinja_env.globals.update(
        site_pages=site_pages,
        about_index=about_index,
        icon=f"data:image/svg+xml,{quote(drawing.strip(), safe=' =:/')}",
        addresses=app.view_functions,
        placeholder=placeholder,
        direction=direction,
    )


def _is_engine_down() -> bool:
    """Whether the page says that the index cannot be searched: to ask it once more may take as long as finding that out."""
    return bool(g.get("is_engine_down"))
