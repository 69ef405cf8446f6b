"""`newssearch watch`: what is new in saved searches since the last time."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from search.cli.options import color_option, open_index, settings_from, settings_options, text_of
from search.cli.output import ERROR, NOTHING, print_json_line, print_lines, style_of, tell
from search.cli.saved import saved_searches
from search.model.errors import QueryError, RequestError, SearchError
from search.query.saved import SavedSearch, key_of, path_of

if TYPE_CHECKING:
    from datetime import datetime

    from search.model.settings import Settings
    from search.present.terminal.lines import Style
    from search.service.service import SearchService


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
    searches = saved_searches(settings)
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
    from search.engines.registry import index_name, is_same_index
    from search.service.service import SearchService
    from search.service.watching import BEGINNING, Watched

    watched = Watched(path_of(settings), index_name(settings.index), is_same_index)
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
