"""`newssearch export` and `newssearch import`: whole documents, from an index to another."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from search.cli.options import settings_from, settings_options, text_of
from search.cli.output import ERROR, INTERRUPTED, NOTHING, query_errors, tell, tell_of_interrupt
from search.cli.progress import ProgressBar
from search.cli.searching import QueryCommand, question_of, searching_options
from search.model.question import Question

if TYPE_CHECKING:
    from search.engines.protocol.engine import Engine
    from search.model.article import Document
    from search.model.settings import Settings


@click.command(cls=QueryCommand, context_settings={"help_option_names": ["--help"]})
@click.argument("text", metavar="[TEXT]...", nargs=-1)
@searching_options
@settings_options("index", "time_zone", "saved_searches")
def export(text: tuple[str, ...], **options: Any) -> None:
    """Write whole documents to standard output, a line of JSON each: all, or those that a query finds.

    \b
    newssearch export > news.ndjson
    newssearch export | zstd > news.ndjson.zst
    newssearch export --source "Coast Post" --from 2024 > coast.ndjson

    All that is known of each is in it: text, names with each mention, when it came, where it was read, what it was
    before it changed, rules of hidden.toml and entities.toml. newssearch import makes the same index of it.
    docs/formats.md describes the lines.
    """
    from search.engines.registry import open_staging
    from search.ingest.exchange import Exported, exported_lines, left_behind

    settings = settings_from(options)
    question = question_of(text_of(text), options)
    is_all = question == Question(text="")
    with closing(open_staging(settings.index, settings=settings)) as engine:
        documents = None if is_all else _found(engine, settings, question)
        if sys.stdout.isatty():
            tell("note: newssearch export > FILE writes into a file")
        counts = Exported()
        out = sys.stdout.buffer
        for line in exported_lines(engine, documents, counts):
            out.write(line.encode())
            out.write(b"\n")
        out.flush()
        if note := left_behind(engine):
            tell(f"note: {note}")
    said = f"{counts.documents:,} {'document' if counts.documents == 1 else 'documents'}"
    if counts.revisions:
        said += f" and {_revisions(counts.revisions)}"
    tell(f"{said} exported")
    if not counts.documents:
        sys.exit(NOTHING)


def _revisions(number: int) -> str:
    return "1 earlier revision" if number == 1 else f"{number:,} earlier revisions"


def _found(engine: Engine, settings: Settings, question: Question) -> Iterator[Document]:
    """Return the documents that a query finds; of them no more than their ids are held in memory."""
    from search.service.service import SearchService

    with query_errors(question.text):
        found = SearchService(engine, settings).matching(question)
    for notice in found.notices:
        tell(f"note: {notice}")
    return (document for i in found.ids if (document := engine.get(i)) is not None)


@click.command("import")
@click.argument("path", metavar="FILE", default="-")
@click.option("--quiet", "-q", is_flag=True, help="Print only what went wrong")
@settings_options(
    "index", "hidden", "corrections", "memory_mb", "batch_articles", "lock_timeout_ms"
)
def import_(path: str, quiet: bool, **options: Any) -> None:
    """Put what newssearch export wrote into an index, which is made where there is none.

    \b
    newssearch import news.ndjson --index other
    newssearch import news.ndjson.zst
    newssearch export | ssh archive newssearch import -

    A document takes the place of what the index has under its id; the same one is left alone, so the
    command can be given again after an interruption. Without FILE, or with -, standard input is read.
    """
    from search.engines.registry import open_staging
    from search.ingest.exchange import import_documents, opened_export

    settings = settings_from(options)
    bar = ProgressBar(is_shown=sys.stderr.isatty() and not quiet)
    with ExitStack() as exits:
        # First: what is no export makes no index.
        exported = exits.enter_context(opened_export(path, settings))
        opened = open_staging(settings.index, make=True, settings=settings)
        engine = exits.enter_context(closing(opened))
        try:
            report = import_documents(
                engine,
                exported,
                settings,
                on_progress=lambda done: bar.draw(f"{done:,} documents"),
                on_interrupt=partial(tell_of_interrupt, "keeping what was read so far"),
            )
        finally:
            bar.clear()
    for notice in report.notices:
        tell(f"note: {notice}")
    for bad in report.bad:
        tell(f"refused: {bad}")
    if report.refused > len(report.bad):
        tell(f"refused: {report.refused - len(report.bad):,} more")
    if report.is_cut_short and not report.is_interrupted:
        tell(
            "newssearch: the file is cut short: its last line, which says how many documents it has, is missing; "
            "what came before is in the index"
        )
    if not quiet:
        counts = ("added", "replaced", "unchanged", "hidden", "refused")
        click.echo(", ".join(f"{getattr(report, name):,} {name}" for name in counts))
        if report.revisions:
            tell(f"{_revisions(report.revisions)} kept")
    if report.revisions_left_out:
        tell(
            f"note: {_revisions(report.revisions_left_out)} not kept: a rule hides them, or their article is not in the index as it was exported"
        )
    if report.is_interrupted:
        tell("newssearch: interrupted; what was read is in the index, and the same command goes on")
        sys.exit(INTERRUPTED)
    if report.is_cut_short:
        sys.exit(ERROR)
    if not report.documents:
        sys.exit(NOTHING)
