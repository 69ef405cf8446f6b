"""`newssearch fetch`: feeds, sitemaps and pages of the web, into the index."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from search.cli.index import collection_named, print_report
from search.cli.options import settings_from, settings_options
from search.cli.output import INTERRUPTED, NOTHING, columns, print_json, tell, tell_of_interrupt
from search.cli.progress import ProgressBar

if TYPE_CHECKING:
    from search.fetch.feeds_file import Feed
    from search.fetch.report import FetchReport
    from search.ingest.run import IndexReport
    from search.model.settings import Settings

#: What programs for the web take as the address of a proxy; we take none.
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")


@click.command()
@click.argument("urls", metavar="[URL]...", nargs=-1)
@click.option(
    "--pages/--no-pages",
    default=None,
    help="Fetch the pages of all entries, or of none  [default: of entries without their full text]",
)
@click.option(
    "--max-pages",
    type=click.IntRange(min=0),
    metavar="N",
    help="Pages of each URL that are fetched at most; the next run goes on  [default: 100]",
)
@click.option(
    "--again", is_flag=True, help="Also ask for pages that were fetched before and are old"
)
@click.option(
    "--collection",
    metavar="NAME",
    default="",
    callback=collection_named,
    help="What the articles of the URLs are to be filtered and counted by",
)
@click.option(
    "--allow-private",
    is_flag=True,
    help="Also fetch from this computer and its network, which is refused otherwise",
)
@click.option("--json", "as_json", is_flag=True, help="Print one object that says what was done")
@click.option("--quiet", "-q", is_flag=True, help="Print only what went wrong")
@settings_options(
    "index",
    "feeds",
    "fetched",
    "fetch_contact",
    "authors",
    "hidden",
    "entities",
    "corrections",
    "jobs",
    "memory_mb",
    "batch_articles",
    "max_article_chars",
    "lock_timeout_ms",
)
def fetch(
    urls: tuple[str, ...],
    pages: bool | None,
    max_pages: int | None,
    again: bool,
    collection: str,
    allow_private: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Fetch feeds, sitemaps and pages of the web, and index what is new.

    \b
    newssearch fetch https://paper.example/rss
    newssearch fetch https://paper.example/news-sitemap.xml --max-pages 500
    newssearch fetch https://paper.example/2024/11/story.html
    newssearch fetch subscriptions.opml  feeds that a file lists
    newssearch fetch                     all that feeds.toml lists

    Sites are asked as their robots.txt allows, once a second each, and only for what is new. What was
    fetched is kept in web archives in INDEX.fetched, from which newssearch index can make the index anew.
    Ctrl-C stops and indexes what was fetched, a second Ctrl-C stops at once.
    """
    from search import __version__
    from search.engines.registry import location_of
    from search.enrich.tagger import label_of
    from search.fetch.client import Client
    from search.fetch.limits import FETCH_LIMITS
    from search.fetch.report import FetchOptions, FetchProgress
    from search.fetch.robots import PRODUCT
    from search.fetch.run import fetch as fetch_all
    from search.ingest.entities_file import read_corrections
    from search.ingest.hidden_file import read_takedowns
    from search.ingest.interrupts import Interrupt, interrupt_waits
    from search.ingest.limits import use_one_core
    from search.present.terminal.reports import fetch_progress_line
    from search.readers.author_names import read_author_names

    query_options = ("--index", options["index"]) if options["index"] else ()
    use_one_core()
    settings = settings_from(options)
    location = location_of(settings.index)
    feeds = _feeds(urls, collection, settings, location)
    # Faults in these are to be said before anything is fetched.
    read_author_names(settings.authors)
    label_of(settings.entities)
    if settings.hidden:
        read_takedowns(settings.hidden, settings.zone())
    if settings.corrections:
        read_corrections(settings.corrections, settings.zone())
    folder = Path(settings.fetched) if settings.fetched else _beside(location)
    contact = _contact(settings.fetch_contact)
    user_agent = f"{PRODUCT}/{__version__}" + (f" (+{contact})" if contact else "")
    bar = ProgressBar(is_shown=sys.stderr.isatty() and not quiet)
    report: FetchReport | None = None
    interrupt = Interrupt()

    def show(progress: FetchProgress) -> None:
        bar.draw(fetch_progress_line(progress, columns()))

    try:
        with interrupt_waits(
            partial(tell_of_interrupt, "indexing what was fetched so far")
        ) as interrupt:
            report = fetch_all(
                feeds,
                folder,
                Client(user_agent, allow_private=allow_private, limits=FETCH_LIMITS),
                user_agent=user_agent,
                options=FetchOptions(
                    pages, FETCH_LIMITS.max_pages if max_pages is None else max_pages, again
                ),
                limits=FETCH_LIMITS,
                on_progress=show,
                is_stopped=lambda: interrupt.is_pressed,
            )
    except KeyboardInterrupt:
        if report is None:  # the second one
            raise
    finally:
        bar.clear()
    _tell_of_proxies(report)
    if not as_json:
        _print_fetched(report, folder, quiet)
    indexed = _index(folder, settings, quiet or as_json)
    if as_json:
        print_json(_as_json(report, indexed))
    elif indexed is not None:
        print_report(indexed, quiet, query_options)
    if report.is_interrupted or (indexed is not None and indexed.is_interrupted):
        tell(
            "newssearch: interrupted; what was fetched is kept, and the same command continues from there"
        )
        sys.exit(INTERRUPTED)
    if not report.answered:
        sys.exit(NOTHING)


def _feeds(urls: Sequence[str], collection: str, settings: Settings, location: str) -> list[Feed]:
    """Return what is to be fetched: the addresses given, else what feeds.toml lists. Raises `UsageError`, `SettingError`."""
    from search.fetch.addresses import BadAddress, address_of
    from search.fetch.feeds_file import NAME, Feed, read_feeds

    if urls:
        feeds = []
        for url in urls:
            if os.path.isfile(url):
                feeds.append(Feed(os.path.abspath(url), collection, path=url))
                continue
            try:
                feeds.append(Feed(address_of(url).url, collection))
            except BadAddress as exc:
                if ":" in url:
                    raise click.UsageError(f"{url} {exc}") from exc
                raise click.UsageError(
                    f"{url} is no file here and {exc}; is https://{url} meant?"
                ) from exc
        return feeds
    if collection:
        raise click.UsageError("--collection is for a URL; in feeds.toml each feed says its own")
    if settings.feeds:
        return read_feeds(Path(settings.feeds))
    beside = Path(location).parent / NAME
    for path in (beside, Path(NAME)):
        if path.exists():
            return read_feeds(path)
    raise click.UsageError(
        f"give the URL of a feed, sitemap or page, or list them in {NAME} (there is none beside {location})"
    )


def _beside(location: str) -> Path:
    """Return the folder for what is fetched for the index at *location*."""
    path = Path(os.path.normpath(location))
    if path.name in ("", ".."):
        path = Path(os.path.abspath(location))
    return path.with_name(f"{path.name}.fetched")


def _contact(said: str) -> str:
    """Return the address that is sent to sites. Raises `SettingError` for what cannot stand in a request."""
    from search.model.errors import SettingError

    if not (said.isascii() and said.isprintable()) or set("()<> ") & set(said) or len(said) > 200:
        raise SettingError(
            f"fetch_contact {said!r}: give a mail or web address without blanks, such as desk@paper.example"
        )
    return said


def _tell_of_proxies(report: FetchReport) -> None:
    if named := [name for name in (*_PROXIES, *map(str.upper, _PROXIES)) if os.environ.get(name)]:
        report.notes.append(f"{named[0]} is set and was not used: sites are asked without a proxy")


def _print_fetched(report: FetchReport, folder: Path, quiet: bool) -> None:
    from search.present.terminal.reports import fetch_lines, fetch_remark_lines

    width = columns() if sys.stderr.isatty() else None
    if not quiet:
        for line in fetch_lines(report, str(folder), width):
            click.echo(line, err=True)
    for line in fetch_remark_lines(report, width, only_wrong=quiet):
        click.echo(line, err=True)


def _index(folder: Path, settings: Settings, quiet: bool) -> IndexReport | None:
    """Index what is kept in *folder*, but for what was indexed before; None where nothing is kept."""
    from search.engines.registry import open_staging
    from search.fetch.archive import kept_files
    from search.ingest.run import index_files
    from search.readers.author_names import read_author_names
    from search.readers.options import ReadingOptions

    if not (paths := kept_files(folder)):
        return None
    bar = ProgressBar(is_shown=sys.stderr.isatty() and not quiet)
    opener = partial(open_staging, settings.index)
    with closing(opener(make=True, settings=settings)) as engine:
        try:
            return index_files(
                paths,
                engine,
                settings=settings,
                on_progress=bar.update,
                on_interrupt=partial(tell_of_interrupt, "committing what was read so far"),
                opener=opener,
                reading=ReadingOptions(authors=read_author_names(settings.authors)),
            )
        finally:
            bar.clear()


def _as_json(report: FetchReport, indexed: IndexReport | None) -> dict[str, object]:
    return {
        "lists": report.lists,
        "lists_unchanged": report.lists_unchanged,
        "pages": report.pages,
        "pages_unchanged": report.pages_unchanged,
        "entries": report.entries,
        "left": report.left,
        "lists_left": report.lists_left,
        "refused": [{"url": url, "reason": reason} for url, reason in report.refused],
        "notes": report.notes,
        "files": [str(path) for path in report.paths],
        "is_interrupted": report.is_interrupted,
        "indexed": {
            name: getattr(indexed, attribute, 0)
            for name, attribute in (
                ("added", "added"),
                ("changed", "changed"),
                ("unchanged", "unchanged"),
                ("deleted", "deleted"),
                ("refused", "refused_total"),
            )
        },
    }
