"""`newssearch serve`: the web page and the JSON API."""

from __future__ import annotations

from functools import partial
from typing import Any

import click

from search.cli.options import open_index, settings_from, settings_options


@click.command()
@settings_options(
    "index",
    "host",
    "port",
    "time_zone",
    "saved_searches",
    "synonyms",
    "rank",
    "page_size",
    "facet_size",
)
def serve(**options: Any) -> None:
    """Serve the web page and the JSON API until Ctrl-C.

    \b
    newssearch serve
    newssearch serve --port 8080

    Only this computer can reach it unless --host says otherwise. Whoever can reach it can read all articles.
    """
    from search.cli.index_care import kept_corrections
    from search.service.service import SearchService
    from web import ServerLimits, create_app
    from web import serve as serve_app

    settings = settings_from(options)
    with open_index(settings) as engine:
        # Asked for anew, as a rebuild may change them while the pages are served.
        corrections = partial(kept_corrections, engine, settings)
        app = create_app(SearchService(engine, settings), settings, corrections)
        serve_app(
            app,
            settings.host,
            settings.port,
            limits=ServerLimits.from_settings(settings),
            ready=lambda url: click.echo(f"Serving on {url} - press Ctrl-C to stop", err=True),
        )
