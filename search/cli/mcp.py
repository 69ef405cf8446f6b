"""`newssearch mcp`: the index as tools for an assistant."""

from __future__ import annotations

from typing import Any

import click

from search.cli.options import open_index, settings_from, settings_options
from search.model.errors import RequestError
from search.model.installing import command_for


@click.command()
@settings_options("index", "time_zone", "saved_searches", "synonyms", "rank")
def mcp(**options: Any) -> None:
    """Answer an assistant that speaks the Model Context Protocol, on standard input and output.

    \b
    newssearch mcp
    newssearch mcp --index archive/index

    An assistant starts this itself; docs/assistants.md says how to tell it. It can only read.
    """
    try:
        import mcp as _  # noqa: F401
    except ImportError as exc:
        raise RequestError(
            f"the protocol's package is not installed; {command_for('mcp')}"
        ) from exc
    from search.assistant.server import run
    from search.assistant.tools import Tools
    from search.service.service import SearchService

    settings = settings_from(options)
    with open_index(settings) as engine:
        run(Tools(SearchService(engine, settings)))
