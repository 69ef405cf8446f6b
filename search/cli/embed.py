"""`newssearch embed`: vectors of what articles mean, for ``rank=semantic``."""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

import click

from search.cli.options import open_index, settings_from, settings_options
from search.cli.output import INTERRUPTED, tell, tell_of_interrupt
from search.cli.progress import ProgressBar


@click.command()
@click.option("--quiet", "-q", is_flag=True, help="Print nothing but what went wrong")
@click.option(
    "--model",
    metavar="NAME",
    default="",
    help="Model that makes the vectors  [default: that of the index, else minilm]",
)
@settings_options("index", "lock_timeout_ms")
def embed(quiet: bool, model: str, **options: Any) -> None:
    """Make vectors of what articles mean, for --rank semantic.

    \b
    newssearch embed
    newssearch embed --index /srv/news

    Only articles without vectors get some: run it again after newssearch index. It takes long, some 25 passages of
    150 words a second on two cores, and commits as it goes: Ctrl-C keeps what was made, and the same command
    continues from there. It needs the extra: pip install 'newssearch[semantic]'
    """
    from search.ingest.embedding import embed_index
    from search.present.terminal.reports import embed_lines

    settings = settings_from(options)
    bar = ProgressBar(is_shown=sys.stderr.isatty() and not quiet)
    with open_index(settings) as engine:
        try:
            report = embed_index(
                engine,
                model,
                on_progress=lambda done, articles: bar.show(done / max(1, articles), done),
                on_interrupt=partial(tell_of_interrupt, "keeping what was made so far"),
            )
        finally:
            bar.clear()
    for line in () if quiet else embed_lines(report):
        click.echo(line)
    if report.is_interrupted:
        tell(
            "newssearch: interrupted; the vectors made so far are kept, and the same command continues from there"
        )
        sys.exit(INTERRUPTED)
