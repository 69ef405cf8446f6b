"""`newssearch copy`: an index into another one, of any engine."""

from __future__ import annotations

import sys
from contextlib import closing
from functools import partial
from typing import Any

import click

from search.cli.options import settings_from, settings_options
from search.cli.output import ERROR, INTERRUPTED, tell, tell_of_interrupt
from search.cli.progress import ProgressBar


@click.command()
@click.option("--from", "source", metavar="INDEX", required=True, help="The index to copy")
@click.option(
    "--to", "target", metavar="INDEX", required=True, help="Where to; made where there is none"
)
@click.option("--quiet", "-q", is_flag=True, help="Print only what went wrong")
@settings_options("memory_mb", "batch_articles", "lock_timeout_ms")
def copy(source: str, target: str, quiet: bool, **options: Any) -> None:
    """Copy an index into another one, of the same engine or another.

    \b
    newssearch copy --from index --to opensearch:https://search1:9200/news
    newssearch copy --from opensearch:https://search1:9200/news --to /srv/news

    With all that is known of each article: when it came, names, earlier revisions, vectors; the rules of hidden.toml
    and entities.toml; and which input files were read, so that newssearch index reads none of them again. At the
    end all of it is read again on both sides and compared: exit status 2 if anything differs.

    After Ctrl-C, or anything else that ended it, the same command goes on. What has changed in the first index since a
    copy is brought up to date by another one. Nothing is deleted: what only the second index has is named.
    """
    from search.engines.registry import is_same_index, open_staging
    from search.ingest.copying import copy_index
    from search.model.errors import RequestError
    from search.present.terminal.reports import copy_lines

    settings = settings_from(options)
    if is_same_index(source, target):
        raise RequestError(f"{source} and {target} are the same index")
    bar = ProgressBar(is_shown=sys.stderr.isatty() and not quiet)
    with (
        # First: where there is nothing to copy none is made.
        closing(open_staging(source, settings=settings)) as old,
        closing(open_staging(target, make=True, settings=settings)) as new,
    ):
        try:
            report = copy_index(
                old,
                new,
                settings,
                on_progress=lambda what, done, total: bar.draw(
                    f"{what}: {done:,} of {total:,} ({100 * done // max(total, done, 1)} %)"
                ),
                on_interrupt=partial(tell_of_interrupt, "keeping what was copied so far"),
            )
        finally:
            bar.clear()
    for line in () if quiet else copy_lines(report):
        click.echo(line)
    if report.is_interrupted:
        tell(
            "newssearch: interrupted; what was copied is there, and the same command goes on from there"
        )
        sys.exit(INTERRUPTED)
    for difference in report.differences:
        tell(f"different: {difference}")
    if report.differences:
        sys.exit(ERROR)
