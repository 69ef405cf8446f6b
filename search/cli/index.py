"""`newssearch index`: make or update an index from files and folders."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from search.cli.options import settings_from, settings_options
from search.cli.output import INTERRUPTED, NOTHING, columns, tell, tell_of_interrupt
from search.cli.progress import ProgressBar
from search.readers.formats import FORMAT_NAMES
from search.text.spacing import single_spaced

if TYPE_CHECKING:
    from search.ingest.hidden_file import Takedowns
    from search.ingest.run import IndexReport
    from search.model.article import Article
    from search.model.settings import Settings
    from search.readers.options import ReadingOptions


#: What ``--dry-run`` shows: articles of each file, and files.
_SHOWN_ARTICLES = 3
_SHOWN_FILES = 20

#: Characters of the name of a collection.
_MAX_COLLECTION_CHARS = 200


def collection_named(context: click.Context, option: click.Parameter, name: str) -> str:
    """Return the name with single blanks. Raises `click.BadParameter` for one that cannot be stored."""
    name = single_spaced(name)
    if len(name) > _MAX_COLLECTION_CHARS or not name.isprintable():
        raise click.BadParameter(
            f"give a name of letters, at most {_MAX_COLLECTION_CHARS} characters long"
        )
    return name


def _mapped(
    context: click.Context, option: click.Parameter, said: tuple[str, ...]
) -> tuple[tuple[str, str], ...]:
    """Return the parts and keys. Raises `click.BadParameter` for what is no part of an article."""
    if not said:
        return ()
    from search.readers.record import check_mapped

    try:
        return check_mapped(said)
    except ValueError as exc:
        raise click.BadParameter(str(exc)) from exc


@click.command()
@click.argument("paths", metavar="[PATH]...", nargs=-1)
@click.option("--samples", is_flag=True, help="Index the sample articles that come with newssearch")
@click.option(
    "--delete-missing",
    is_flag=True,
    help="Also delete the articles of files that were below PATH and are gone",
)
@click.option("--force", is_flag=True, help="Read unchanged files too")
@click.option(
    "--reader",
    metavar="NAME",
    help=f"Read every PATH as one of {', '.join(FORMAT_NAMES)}, whatever it looks like",
)
@click.option(
    "--encoding",
    metavar="LABEL",
    default="",
    help="Encoding of all files that have no byte order mark, such as windows-1250 or shift_jis",
)
@click.option(
    "--collection",
    metavar="NAME",
    default="",
    callback=collection_named,
    help="What the articles of this run are to be filtered and counted by, such as 'dump of 2024'",
)
@click.option(
    "--dates",
    type=click.Choice(["dmy", "mdy"]),
    help="What 03/04/2024 is: day or month first  [default: as the other dates of the column tell]",
)
@click.option(
    "--report",
    "case_path",
    metavar="FILE.jsonl",
    help="Write each case of what was refused, left out or not understood to a file, an object a line",
)
@click.option(
    "--map",
    "mapped",
    metavar="PART=KEY",
    multiple=True,
    callback=_mapped,
    help="Which key or column of records is which part of an article, such as title=Titel; may be repeated",
)
@click.option(
    "--dry-run",
    is_flag=True,
    help="Index nothing: show what the first articles of each file are read as",
)
@click.option("--quiet", "-q", is_flag=True, help="Print only what went wrong")
@settings_options(
    "index",
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
def index(
    paths: tuple[str, ...],
    samples: bool,
    quiet: bool,
    reader: str | None,
    encoding: str,
    collection: str,
    dates: str | None,
    case_path: str | None,
    mapped: tuple[tuple[str, str], ...],
    dry_run: bool,
    **options: Any,
) -> None:
    """Index the articles in files, folders and patterns; - reads standard input.

    \b
    newssearch index articles/ feed.jsonl.gz
    newssearch index 'archive/2024-*.json'
    zcat dump.jsonl.gz | newssearch index -
    newssearch index articles/ --delete-missing    also forget files that are gone
    newssearch index table.csv --map title=Titel --dry-run
    newssearch index --samples                     sample articles, to try it out

    Files that have not changed since the last run are skipped. Ctrl-C commits what was read so far, a
    second Ctrl-C stops at once. What was not read or not understood is counted with a few examples;
    --report has it all.
    """
    from search.cli.samples import sample_files
    from search.engines.registry import open_staging
    from search.enrich.tagger import label_of
    from search.ingest.cases import CaseFile
    from search.ingest.entities_file import read_corrections
    from search.ingest.hidden_file import read_takedowns
    from search.ingest.limits import use_one_core
    from search.ingest.run import check_paths, index_files
    from search.readers.author_names import read_author_names
    from search.readers.options import ReadingOptions

    if samples:
        paths = (*paths, *sample_files())
    if not paths:
        raise click.UsageError("give the PATH of your articles, or --samples for sample articles")
    query_options = ("--index", options["index"]) if options["index"] else ()
    use_one_core()
    settings = settings_from(options)
    authors = read_author_names(settings.authors)
    takedowns = read_takedowns(settings.hidden, settings.zone()) if settings.hidden else None
    corrections = (
        read_corrections(settings.corrections, settings.zone()) if settings.corrections else None
    )
    check_paths(paths)  # before an index is made: a mistyped PATH leaves none
    label_of(settings.entities)  # nor does a mistyped tagger
    reading = ReadingOptions(
        reader=reader,
        mapped=mapped,
        encoding=encoding,
        day_order=dates or "",
        collection=collection,
        authors=authors,
    )
    if dry_run and case_path is not None:
        raise click.UsageError("--dry-run writes no --report; give one of them")
    if dry_run:
        with _rules(takedowns, settings) as hidden_by:
            _show_first(paths, reading, settings, hidden_by)
        return
    bar = ProgressBar(is_shown=sys.stderr.isatty() and not quiet)
    opener = partial(open_staging, settings.index)
    with (
        CaseFile(case_path) if case_path is not None else nullcontext() as case_file,
        closing(opener(make=True, settings=settings)) as engine,
    ):
        try:
            report = index_files(
                paths,
                engine,
                settings=settings,
                on_progress=bar.update,
                on_interrupt=partial(tell_of_interrupt, "committing what was read so far"),
                opener=opener,
                reading=reading,
                case_file=case_file,
                takedowns=takedowns,
                corrections=corrections,
                **options,
            )
        finally:
            bar.clear()
    print_report(report, quiet, query_options)
    if report.is_interrupted:
        tell(
            "newssearch: interrupted; what was committed is kept, and the same command continues from there"
        )
        sys.exit(INTERRUPTED)
    done = report.added + report.changed + report.retagged + report.unchanged + report.deleted
    if not done + report.hidden:
        sys.exit(NOTHING)


@contextmanager
def _rules(takedowns: Takedowns | None, settings: Settings) -> Iterator[Callable[[Article], str]]:
    """Hand out what says by which rule an article is hidden, of *takedowns*, or of those that the index keeps if there is one."""
    from tempfile import TemporaryDirectory

    from search.engines.registry import open_staging
    from search.ingest.hidden_file import NO_TAKEDOWNS, takedowns_in_force
    from search.ingest.takedowns import hidden_among
    from search.model.article import Document
    from search.model.errors import EngineError, IndexMissing

    if takedowns is None:
        takedowns = NO_TAKEDOWNS
        try:
            with closing(open_staging(settings.index, settings=settings)) as engine:
                takedowns = takedowns_in_force(engine, settings)
        except IndexMissing:
            pass
        except EngineError as exc:
            tell(f"note: what rules of the index hide is not said here: {exc}")
    if not takedowns:
        yield lambda article: ""
        return
    for notice in takedowns.notices:
        tell(f"note: {notice}")
    # Queries are asked of an index of its own: nothing is to be staged in one that exists, and none is to be made.
    with (
        TemporaryDirectory(prefix="newssearch-") as folder,
        closing(open_staging(f"{folder}/index", make=True)) as engine,
    ):

        def said(article: Article) -> str:
            found = hidden_among([Document(article)], engine, takedowns)
            return found[0].said() if found else ""

        yield said


def _show_first(
    paths: tuple[str, ...],
    reading: ReadingOptions,
    settings: Settings,
    hidden_by: Callable[[Article], str],
) -> None:
    """Print what the first articles of each file are read as; index nothing."""
    from search.model.article import Article
    from search.model.errors import ReadError
    from search.present.terminal.dry_run import article_lines
    from search.present.terminal.reports import left_out_lines
    from search.readers.dry_run import first_articles
    from search.readers.input_files import LeftOut, input_files
    from search.readers.opening import check_options

    check_options(reading)
    files = 0
    files_left_out, folders_left_out = Counter[str](), Counter[str]()

    def leave_out(left_out: LeftOut) -> None:
        (folders_left_out if left_out.is_folder else files_left_out)[left_out.what] += 1

    for path in map(str, input_files(paths, leave_out)):
        files += 1
        if files > _SHOWN_FILES:
            continue
        try:
            for each in first_articles(path, reading, settings, _SHOWN_ARTICLES):
                hidden = hidden_by(each.article) if isinstance(each.article, Article) else ""
                for line in article_lines(each, hidden):
                    click.echo(line)
        except ReadError as exc:
            tell(f"refused: {exc}")
    for line in left_out_lines(files_left_out, folders_left_out):
        click.echo(line, err=True)
    if not files:
        tell(f"newssearch: no files that a reader knows in {', '.join(paths)}")
        sys.exit(NOTHING)
    more = f", of {files:,} files the first {_SHOWN_FILES}" if files > _SHOWN_FILES else ""
    tell(
        f"newssearch: shown were the first {_SHOWN_ARTICLES} articles of each file{more};"
        " nothing was indexed. The same command without --dry-run indexes them all"
    )


def print_report(report: IndexReport, quiet: bool, query_options: Sequence[str]) -> None:
    """Print what an index run did: counts on standard output, what else there is to say on standard error."""
    from search.present.terminal.reports import next_lines, remark_lines, report_lines

    width = columns() if sys.stdout.isatty() else None
    for line in () if quiet else report_lines(report, width):
        click.echo(line)
    sys.stdout.flush()  # what comes next is on standard error, and follows it on a terminal
    error_width = columns() if sys.stderr.isatty() else None
    for line in remark_lines(report, error_width, only_wrong=quiet):
        click.echo(line, err=True)
    if not quiet and not report.is_interrupted:
        for line in next_lines(report, query_options, width):
            click.echo(line)
