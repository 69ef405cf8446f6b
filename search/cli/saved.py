"""`newssearch save`, `saved` and `watch`: searches with names, and what is new in them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from search.cli.options import color_option, open_index, settings_from, settings_options, text_of
from search.cli.output import (
    ERROR,
    NOTHING,
    print_json_line,
    print_lines,
    query_errors,
    style_of,
    tell,
)
from search.cli.searching import question_of, searching_options
from search.model.errors import QueryError, RequestError, SearchError
from search.model.fields import FIELDS
from search.model.question import Question
from search.query.saved import DEFAULT_FILE, SavedSearch, key_of, path_of

if TYPE_CHECKING:
    from datetime import datetime

    from search.model.settings import Settings
    from search.present.terminal.lines import Style
    from search.service.service import SearchService

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
    searches = _searches(settings)
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


def _searches(settings: Settings) -> tuple[SavedSearch, ...]:
    """Return the saved searches; say where there are none. Raises `SettingError`."""
    from search.query.saved_file import read_saved

    path = path_of(settings)
    found = read_saved(path) if path else ()
    if not found:
        tell(
            f"newssearch: no search is saved in {path or DEFAULT_FILE}; newssearch save NAME ADDRESS saves one"
        )
    return found


@click.command()
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("--all", "all_of_them", is_flag=True, help="All saved searches")
@click.option(
    "--since",
    default="",
    metavar="DATE",
    help="What came on this day or later, or since this time, whatever was printed before",
)
@click.option("--dry-run", is_flag=True, help="Print what is new, and print it again the next time")
@click.option("--json", "as_json", is_flag=True, help="A JSON object for each article, one a line")
@click.option("--ids", "as_ids", is_flag=True, help="Only the ids, one a line")
@color_option
@settings_options("index", "time_zone", "saved_searches", "synonyms", "snippet_max_chars")
def watch(
    names: tuple[str, ...],
    *,
    all_of_them: bool,
    since: str,
    dry_run: bool,
    as_json: bool,
    as_ids: bool,
    color: str,
    **options: Any,
) -> None:
    """Print only what is new in saved searches since the last time.

    \b
    newssearch watch night-ferry
    newssearch watch --all
    newssearch watch --all --since yesterday --dry-run
    newssearch watch --all --json | mail -E -s News me@example.org

    New is what came into the index or changed there. The first time nothing is printed: what is there is old.

    Exit status: 0 something new, 1 nothing new, 2 error.
    """
    if as_json and as_ids:
        raise click.UsageError("--json and --ids exclude each other; give one of them")
    if bool(names) == all_of_them:
        raise click.UsageError("give the names of saved searches, or --all")
    settings = settings_from(options)
    searches = _searches(settings)
    if not searches:
        sys.exit(NOTHING if all_of_them else ERROR)
    chosen = searches if all_of_them else _chosen(searches, names)
    style = style_of(color, settings)
    form = "json" if as_json else "ids" if as_ids else ""
    sys.exit(_watch(settings, chosen, since, form, style, keeps=not dry_run and not since))


def _chosen(searches: Sequence[SavedSearch], names: Sequence[str]) -> list[SavedSearch]:
    """Return those of *searches* that have *names*. Raises `RequestError`."""
    by_key = {search.key: search for search in searches}
    found = {}
    for name in names:
        key = key_of(text_of([name]).removeprefix("search:"))
        if key not in by_key:
            from search.model.nearest import did_you_mean

            hint = did_you_mean(key, by_key) or f"; choose from {', '.join(by_key)}"
            raise RequestError(f"no saved search is called {key[:64]!r}{hint}")
        found[key] = by_key[key]
    return list(found.values())


def _watch(
    settings: Settings,
    searches: Sequence[SavedSearch],
    since: str,
    form: str,
    style: Style,
    *,
    keeps: bool,
) -> int:
    """Print what is new in *searches*, and keep that it was, where that is asked for; return the exit status."""
    from search.engines.registry import index_name
    from search.service.service import SearchService
    from search.service.watching import BEGINNING, Watched

    watched = Watched(path_of(settings), index_name(settings.index))
    cursors = watched.cursors()
    status = NOTHING
    with open_index(settings) as engine:
        service = SearchService(engine, settings)
        # Asked before the searches: what comes meanwhile is new the next time.
        until = service.stats().last_added or BEGINNING
        after_all = _instant_before(since, settings) if since else None
        for search in searches:
            after = after_all or cursors.get(search.key)
            try:
                if after is None:
                    _say_begins(service, search)
                elif after < until:
                    is_new = _print_new(service, search, after, until, form, style)
                    status = 0 if is_new and status == NOTHING else status
            except SearchError as exc:
                tell(f"newssearch: {search.name}: {exc}")
                status = ERROR
                continue
            if keeps:
                sys.stdout.flush()  # before it is kept that it was printed
                watched.keep({search.key: max(until, after or until)})
    return status


def _instant_before(since: str, settings: Settings) -> datetime:
    """Return the instant before the one that *since* names. Raises `RequestError`."""
    from datetime import UTC, datetime, timedelta

    from search.query.context import ParseContext
    from search.query.parser import parse_bound

    context = ParseContext(zone=settings.zone(), now=datetime.now(UTC))
    try:
        return parse_bound(since, context)[0].instant - timedelta(microseconds=1)
    except QueryError as exc:
        raise RequestError(f"--since {exc.message}") from exc


def _say_begins(service: SearchService, search: SavedSearch) -> None:
    from search.service.naming import total_of

    page = service.search(search.question._replace(page_size=1, group=False))
    match = "matches" if page.total == 1 else "match"
    tell(f"note: {search.name} is watched from now on; {total_of(page)} {match} already")


def _print_new(
    service: SearchService,
    search: SavedSearch,
    after: datetime,
    until: datetime,
    form: str,
    style: Style,
) -> bool:
    """Print what is new in *search*; return whether anything is."""
    from search.present.as_json import hit_as_json
    from search.present.terminal.pages import hit_lines
    from search.service.watching import what_came

    if form:  # programs get each article, people each story
        search = search._replace(question=search.question._replace(group=False))
    found = what_came(service, search, after, until)
    for notice in found.notices:
        tell(f"note: {search.name}: {notice}")
    if not found.total:
        return False
    if not form:
        stories = ""
        if found.stories not in (None, found.total):
            stories = " in 1 story" if found.stories == 1 else f" in {found.stories:,} stories"
        print_lines([f"{search.name}: {found.total:,} new{stories}", ""], style.has_color)
    if form == "json":
        for hit in found.hits:
            print_json_line({"search": search.name, **hit_as_json(hit, found, whole_paths=True)})
    elif form == "ids":
        print_lines(hit.article.article_id for hit in found.hits)
    else:
        print_lines(hit_lines(found.hits, style), style.has_color)
        print_lines([""])
    return True
