"""`newssearch facets`: all values of a facet."""

from __future__ import annotations

import sys
from typing import Any

import click

from search.cli.options import open_index, settings_from, settings_options, text_of
from search.cli.output import NOTHING, print_csv, print_json, print_lines, query_errors, tell
from search.cli.searching import question_of, searching_options
from search.model.fields import FIELDS

_MOST_VALUES = 100_000


@click.command()
@click.argument("field", type=click.Choice(FIELDS.choices), metavar="FIELD")
@click.option(
    "--query",
    "query_text",
    default="",
    metavar="TEXT",
    help="Only of articles that this query finds",
)
@click.option("--find", default="", metavar="TEXT", help="Only values with words that begin so")
@click.option("--letter", default="", metavar="LETTER", help="Only values that begin with it")
@click.option("--by-name", is_flag=True, help="From A to Z  [default: most articles first]")
@click.option(
    "--limit",
    type=click.IntRange(1, _MOST_VALUES),
    default=100,
    metavar="N",
    help="Values on one page  [default: 100]",
)
@click.option("--page", type=click.IntRange(1), metavar="N", default=1, help="Which page, from 1")
@searching_options
@click.option("--json", "as_json", is_flag=True, help="One JSON object, described in docs/cli.md")
@click.option("--csv", "as_csv", is_flag=True, help="A row for each value, for spreadsheets")
@settings_options("index", "time_zone", "saved_searches")
def facets(
    field: str,
    query_text: str,
    find: str,
    letter: str,
    by_name: bool,
    limit: int,
    page: int,
    as_json: bool,
    as_csv: bool,
    **options: Any,
) -> None:
    """List all values of a facet, those that most articles have first.

    \b
    newssearch facets author
    newssearch facets place --query 'harbour strike' --from 2024
    newssearch facets person --find 'ron reag'
    newssearch facets source --by-name --csv
    newssearch facets year --by-name

    FIELD is a facet: author, source, person, org, place, section, topic, lang, collection or year.
    """
    if as_json and as_csv:
        raise click.UsageError("--json and --csv exclude each other; give one of them")
    from search.present.facet_values import facet_as_json, facet_csv_rows, facet_page_lines
    from search.service.facet_values import FacetAsked
    from search.service.service import SearchService

    settings = settings_from(options)
    question = question_of(text_of([query_text]), options)
    asked = FacetAsked(text_of([find]), letter.strip()[:1], by_name, page, limit)
    with open_index(settings) as engine, query_errors(question.text):
        found = SearchService(engine, settings).facet_values(question, field, asked)
    for notice in found.notices:
        tell(f"note: {notice}")
    if as_json:
        print_json(facet_as_json(found))
    elif as_csv:
        print_csv(facet_csv_rows(field, found))
    else:
        print_lines(facet_page_lines(field, found, FIELDS))
        if found.last_step > found.step:
            tell(
                f"page {found.step:,} of {found.last_step:,}; --page {found.step + 1} has the next, --limit {found.listed} all"
            )
    if not found.values:
        sys.exit(NOTHING)
