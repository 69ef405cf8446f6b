"""`newssearch save` and `saved`: searches with names."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from search.cli.options import color_option, open_index, settings_from, settings_options, text_of
from search.cli.output import NOTHING, print_json_line, print_lines, query_errors, style_of, tell
from search.cli.searching import question_of, searching_options
from search.model.errors import QueryError, RequestError
from search.model.fields import FIELDS
from search.model.question import Question
from search.query.saved import DEFAULT_FILE, SavedSearch, path_of

if TYPE_CHECKING:
    from search.model.settings import Settings

#: What an address or a command can say that no saved search keeps.
_KEPT = ("text", "selections", "excluded", "without", "start", "end", "match", "sort")


@click.command()
@click.argument("name")
@click.argument("text", metavar="[ADDRESS | TEXT...]", nargs=-1)
@searching_options
@click.option("--replace", is_flag=True, help="Put it in the place of the one that has this name")
@settings_options("saved_searches")
def save(name: str, text: tuple[str, ...], *, replace: bool, **options: Any) -> None:
    """Save a search under a NAME, from the address of a page or as for query.

    \b
    newssearch save "Night ferry" 'http://127.0.0.1:8000/search?q=ferry&place=Odesa'
    newssearch save "Night ferry" 'ferry (night OR fog)' --place Odesa
    newssearch save "Night ferry" ferry --replace

    It is written to searches.toml, see docs/saved.md.
    """
    from search.query.saved_file import save_search

    typed = text_of(text)
    is_address = "/search?" in typed or typed.startswith(("http://", "https://"))
    question = _question_at(typed) if is_address else question_of(typed, options)
    settings = settings_from(options)
    _check(question)
    search = SavedSearch(" ".join(text_of([name]).split()), _kept(question))
    path = settings.saved_searches or DEFAULT_FILE
    save_search(path, search, replace=replace)
    tell(f"saved in {path}; newssearch query search:{search.key} asks it")


def _question_at(address: str) -> Question:
    """Return the question of the page at *address*. Raises `RequestError`."""
    from urllib.parse import parse_qs, urlsplit

    from web.parameters import parameters_of, question_from, reject_unknown

    try:
        parts = urlsplit(address)
    except ValueError as exc:
        raise RequestError(f"{address[:200]}: not an address: {exc}") from exc
    if not parts.path.rstrip("/").endswith("/search"):
        raise RequestError(
            f"{address[:200]}: not the address of a page of results; it has /search in it"
        )
    found = parse_qs(parts.query, keep_blank_values=True)
    reject_unknown([n for n in found if not n.startswith("find_")], parameters_of(FIELDS))
    return question_from(found, 10)


def _check(question: Question) -> None:
    """Raise an error where nobody could ask *question*."""
    from search.query.parser import parse
    from search.query.saved import text_of as saved_text

    with query_errors(question.text):
        try:
            parse(question.text)
        except QueryError as exc:
            if exc.kind != "unknown-search":  # it may be saved later
                raise
    try:
        parse(saved_text(question).filters)
    except QueryError as exc:
        raise RequestError(exc.message) from exc


def _kept(question: Question) -> Question:
    """Return what a saved search keeps of *question*; say what it does not."""
    plain = Question()
    kept = plain._replace(**{name: getattr(question, name) for name in _KEPT})
    ignored = ("page", "page_size", "facets", "histogram", "explain", "significant", "cursor")
    changed = [
        name
        for name in Question._fields
        if name not in (*_KEPT, *ignored) and getattr(question, name) != getattr(plain, name)
    ]
    if changed:
        tell(f"note: not kept: {', '.join(changed)}; these are ways to look at a search")
    return kept


@click.command()
@click.option(
    "--json", "as_json", is_flag=True, help="A JSON object for each, described in docs/saved.md"
)
@color_option
@settings_options("index", "time_zone", "saved_searches")
def saved(as_json: bool, color: str, **options: Any) -> None:
    """List the saved searches: how many articles each finds, and how many came since yesterday.

    \b
    newssearch saved
    newssearch saved --json
    """
    from datetime import datetime

    from search.present.saved import row_as_json, saved_lines
    from search.service.service import SearchService
    from search.service.watching import saved_page

    settings = settings_from(options)
    searches = saved_searches(settings)
    if not searches:
        sys.exit(NOTHING)
    with open_index(settings) as engine:
        service = SearchService(engine, settings)
        page = saved_page(service, searches, datetime.now(settings.zone()))
    if as_json:
        for row in page.rows:
            print_json_line(row_as_json(row, page.since))
    else:
        style = style_of(color, settings)
        print_lines(saved_lines(page, style), style.has_color)
    if page.more:
        tell(f"note: {page.more:,} more are in {path_of(settings)}")


def saved_searches(settings: Settings) -> tuple[SavedSearch, ...]:
    """Return the saved searches; say where there are none. Raises `SettingError`."""
    from search.query.saved_file import read_saved

    path = path_of(settings)
    found = read_saved(path) if path else ()
    if not found:
        tell(
            f"newssearch: no search is saved in {path or DEFAULT_FILE}; newssearch save NAME ADDRESS saves one"
        )
    return found
