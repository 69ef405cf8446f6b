"""`newssearch entities`: which people, organisations and places the index has, and what a file of corrections would change."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from search.cli.options import (
    Command,
    color_option,
    open_index,
    settings_from,
    settings_options,
    source_of,
    text_of,
)
from search.cli.output import (
    NOTHING,
    print_csv,
    print_json,
    print_lines,
    query_errors,
    style_of,
    tell,
)
from search.cli.searching import selections_of
from search.model.fields import FIELDS
from search.model.settings import SETTINGS, Settings

if TYPE_CHECKING:
    from search.service.names import NamesPage

_KINDS = tuple(row.name for row in FIELDS if row.is_entity)
#: Facets that narrow: one of entities leaves itself out of its own counts.
_FILTERS = tuple(name for name in FIELDS.choices if name not in _KINDS)
[_PAGE_SIZE] = [setting for setting in SETTINGS if setting.name == "page_size"]
_MOST_NAMES_OF_PAGE = 1000


def _filters(command: Command) -> Command:
    """Add an option for each facet that narrows: ``--author NAME`` and its like."""
    for name in reversed(_FILTERS):
        text = f"{FIELDS[name].help} (repeatable: any of them)"
        command = click.option(f"--{name}", multiple=True, metavar="NAME", help=text)(command)
    return command


@click.command()
@click.argument("text", metavar="[TEXT]...", nargs=-1)
@click.option(
    "--kind",
    "kinds",
    type=click.Choice(_KINDS),
    multiple=True,
    help="Only this kind (repeatable)  [default: all]",
)
@click.option(
    "--query", "query_text", default="", metavar="TEXT", help="Only articles that this query finds"
)
@_filters
@click.option(
    "--from", "start", default="", metavar="DATE", help="Published on this day or later: 2024-11"
)
@click.option("--to", "end", default="", metavar="DATE", help="Published on this day or earlier")
@click.option(
    "--limit",
    type=click.IntRange(1, _MOST_NAMES_OF_PAGE),
    metavar="N",
    help=f"Names on one page  {source_of(_PAGE_SIZE)}",
)
@click.option("--page", type=click.IntRange(1), metavar="N", default=1, help="Which page, from 1")
@click.option(
    "--as-written",
    is_flag=True,
    help="Count each name as articles have it, not under the name that it counts for",
)
@click.option(
    "--check",
    metavar="FILE",
    help="List nothing: say what the corrections in FILE would change, and change nothing",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object, described in docs/cli.md")
@click.option("--csv", "as_csv", is_flag=True, help="A row for each name, for spreadsheets")
@color_option
@settings_options("index", "time_zone", "saved_searches")
def entities(
    text: tuple[str, ...],
    kinds: tuple[str, ...],
    query_text: str,
    as_written: bool,
    check: str | None,
    as_json: bool,
    as_csv: bool,
    color: str,
    **options: Any,
) -> None:
    """List people, organisations and places, those that most articles name first.

    \b
    newssearch entities
    newssearch entities reagan --kind person
    newssearch entities --kind org --source Reuters --from 1987-03 --limit 50
    newssearch entities opec --json
    newssearch entities --check entities.toml      what a file of corrections would change

    TEXT is a part of the name, or of a form in which it is written. The forms shown are those in the newest articles of
    each name. What is wrong can be corrected by rules, see docs/entities.md.
    """
    if as_json and as_csv:
        raise click.UsageError("--json and --csv exclude each other; give one of them")
    index_options = ("--index", options["index"]) if options["index"] else ()
    settings = settings_from(options)
    if check is not None:
        others = (text, kinds, query_text, as_csv, as_written, options["start"], options["end"])
        if any(others) or any(options[name] for name in _FILTERS):
            raise click.UsageError("--check looks at all articles; it goes with --json alone")
        _check(check, settings, as_json, index_options)
        return
    from search.cli.index_care import kept_corrections
    from search.model.question import Question
    from search.present.names import csv_rows, names_as_json, names_lines
    from search.service.limits import Limits
    from search.service.service import SearchService

    question = Question(
        text=text_of([query_text]),
        selections=selections_of(FIELDS, {name: options.get(name, ()) for name in FIELDS.choices}),
        start=options["start"],
        end=options["end"],
        page=options["page"],
        page_size=options["limit"] or 0,
    )
    style = style_of(color, settings)
    part = text_of(text)
    with open_index(settings) as engine, query_errors(question.text):
        service = SearchService(engine, settings, limits=Limits(page_size=_MOST_NAMES_OF_PAGE))
        page = service.names(question, kinds or _KINDS, part, as_written=as_written)
        corrections = kept_corrections(engine, settings)
    for notice in page.notices:
        tell(f"note: {notice}")
    if as_json:
        print_json(names_as_json(page, corrections, FIELDS))
    elif as_csv:
        print_csv(csv_rows(page, corrections, FIELDS))
    else:
        print_lines(names_lines(page, corrections, FIELDS, style), style.has_color)
    tell(_said(page))
    if not page.names:
        sys.exit(NOTHING)


def _said(page: NamesPage) -> str:
    """Return how many names there are and which of them are shown."""
    if not page.total:
        return "newssearch: no names"
    names = "1 name" if page.total == 1 else f"{page.total:,} names"
    first = (page.page - 1) * page.page_size + 1
    if not page.names:
        last = -(-page.total // page.page_size)
        return f"newssearch: {names}; page {page.page:,} is after the last, {last:,}"
    if page.total == len(page.names):
        return names
    more = f"; --page {page.page + 1} has more" * (first + len(page.names) <= page.total)
    return f"{names}, here {first:,} to {first + len(page.names) - 1:,}{more}"


def _check(path: str, settings: Settings, as_json: bool, index_options: Sequence[str]) -> None:
    """Print what the corrections in the file at *path* would change."""
    from search.cli.progress import ProgressBar
    from search.ingest.correcting import check_corrections
    from search.ingest.entities_file import read_corrections
    from search.present.names import check_as_json, check_lines

    corrections = read_corrections(path, settings.zone())
    bar = ProgressBar(is_shown=sys.stderr.isatty())
    with open_index(settings) as engine:
        articles = max(1, engine.stats().articles)
        try:
            found = check_corrections(
                engine.documents(), corrections, lambda done: bar.show(done / articles, done)
            )
        finally:
            with suppress(OSError):
                bar.clear()
    if as_json:
        print_json(check_as_json(found, FIELDS))
    else:
        print_lines(check_lines(found, path, FIELDS, index_options))
    if not found.changed and not any(count for _, count in found.by_rule):
        sys.exit(NOTHING)
