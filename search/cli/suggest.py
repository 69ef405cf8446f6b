"""`newssearch suggest`: how a query may go on."""

from __future__ import annotations

import sys
from typing import Any

import click

from search.cli.options import open_index, settings_from, settings_options, text_of
from search.cli.output import NOTHING, print_json, print_lines, tell


@click.command()
@click.argument("text", metavar="TEXT...", nargs=-1, required=True)
@click.option(
    "--limit",
    type=click.IntRange(1, 50),
    default=10,
    metavar="N",
    help="Most suggestions  [default: 10]",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object, described in docs/cli.md")
@settings_options("index", "time_zone", "saved_searches", "synonyms")
def suggest(text: tuple[str, ...], limit: int, as_json: bool, **options: Any) -> None:
    """Say how a query may go on: words, authors and entities of the index.

    \b
    newssearch suggest ukr
    newssearch suggest 'harbour str'
    newssearch suggest 'person:rea' --json

    Each line is a query that finds something, after the number of articles that it finds.
    """
    from search.present.facet_values import completion_lines, completions_as_json
    from search.service.service import SearchService

    settings = settings_from(options)
    typed = text_of(text)
    with open_index(settings) as engine:
        found = SearchService(engine, settings).completions(typed, limit)
    if as_json:
        print_json(completions_as_json(typed, found))
    else:
        print_lines(completion_lines(found))
    if not found:
        if not as_json:
            tell("nothing in the index goes on so; give two letters or more of a word or name")
        sys.exit(NOTHING)
