"""`newssearch rebuild`: make the index anew out of its own articles."""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

import click

from search.cli.options import settings_from, settings_options
from search.cli.output import INTERRUPTED, tell, tell_of_interrupt
from search.cli.progress import ProgressBar


@click.command()
@click.option("--quiet", "-q", is_flag=True, help="Print nothing but what went wrong")
@settings_options(
    "index",
    "authors",
    "hidden",
    "corrections",
    "entities",
    "memory_mb",
    "batch_articles",
    "lock_timeout_ms",
)
def rebuild(quiet: bool, **options: Any) -> None:
    """Make the index anew out of its own articles, after an update of newssearch.

    \b
    newssearch rebuild
    newssearch rebuild --index /srv/news
    newssearch rebuild --authors authors.toml    count names as one author, or apart again
    newssearch rebuild --corrections entities.toml    correct what was found, or no longer

    Authors are taken out of the bylines, languages, entities and words found again, as this version does it; input
    files are not read. The new index takes the place of the old one when it is complete, and until then
    the old one answers. It needs about as much disk again. Ctrl-C keeps what was made, and the same
    command continues from there.
    """
    from search.engines.registry import open_rebuild
    from search.ingest.entities_file import read_corrections
    from search.ingest.hidden_file import read_takedowns
    from search.ingest.limits import use_one_core
    from search.ingest.rebuild import rebuild_index
    from search.present.terminal.reports import rebuild_lines, rebuild_needs_line, rebuild_remarks
    from search.readers.author_names import read_author_names

    use_one_core()
    settings = settings_from(options)
    takedowns = read_takedowns(settings.hidden, settings.zone()) if settings.hidden else None
    corrections = (
        read_corrections(settings.corrections, settings.zone()) if settings.corrections else None
    )
    bar = ProgressBar(is_shown=sys.stderr.isatty() and not quiet)
    try:
        report = rebuild_index(
            open_rebuild(settings.index, settings),
            settings=settings,
            authors=read_author_names(settings.authors),
            takedowns=takedowns,
            corrections=corrections,
            on_start=lambda needs: None if quiet else tell(rebuild_needs_line(needs)),
            on_progress=lambda done, articles: bar.show(done / max(1, articles), done),
            on_interrupt=partial(tell_of_interrupt, "keeping what was made so far"),
        )
    finally:
        bar.clear()
    for line in rebuild_remarks(report):
        tell(line)
    if report.is_interrupted:
        tell(
            "newssearch: interrupted; the index is as it was, what was made of the new one is kept, and the "
            "same command continues from there"
        )
        sys.exit(INTERRUPTED)
    for line in () if quiet else rebuild_lines(report):
        click.echo(line)
