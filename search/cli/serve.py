"""`newssearch serve`: the web page and the JSON API."""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

import click

from search.cli.options import diverse_option, open_index, settings_from, settings_options
from search.cli.output import ERROR, NOTHING, tell


@click.command()
@click.option(
    "--get",
    "address",
    metavar="PATH",
    help="Print what the server would answer to a request for PATH, such as '/search.json?q=oil', and serve nothing",
)
@diverse_option()
@settings_options(
    "index",
    "host",
    "port",
    "time_zone",
    "saved_searches",
    "synonyms",
    "rank",
    "recency",
    "page_size",
    "facet_size",
)
def serve(address: str | None, **options: Any) -> None:
    """Serve the web page and the JSON API until Ctrl-C.

    \b
    newssearch serve
    newssearch serve --port 8080
    newssearch serve --get '/api/v1/search?q=oil'

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
        if address is not None:
            _get(app, address)
            return
        serve_app(
            app,
            settings.host,
            settings.port,
            limits=ServerLimits.from_settings(settings),
            ready=lambda url: click.echo(f"Serving on {url} - press Ctrl-C to stop", err=True),
        )


def _get(app: Any, address: str) -> None:
    """Print the body of the answer to a request for *address*; what is no 200 is said, and decides the exit status."""
    if not address.startswith("/"):
        raise click.UsageError("--get takes a path, as in '/search?q=oil'")
    with app.test_client() as client, client.get(address, buffered=False) as response:
        for part in response.iter_encoded():
            sys.stdout.buffer.write(part)
        sys.stdout.buffer.flush()
        if location := response.headers.get("Location"):
            tell(f"newssearch: {response.status}, goes on at {location}")
        elif response.status_code != 200:
            tell(f"newssearch: {response.status}")
        if response.status_code >= 400:
            sys.exit(NOTHING if response.status_code == 404 else ERROR)
