"""The command line: parse, call the service or the indexer, print. Data on stdout, messages on stderr.

Exit status as of grep: 0 found, 1 nothing found, 2 an error. Whatever a command needs is imported
inside it, so that `newssearch query` does not wait for the web server's libraries to load. One long
file, because click stays in it: most of it is options and help.
"""

from __future__ import annotations

import errno
import io
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from search import __version__
from search.model.article import ARTICLE_ID
from search.model.errors import EngineError, QueryError, RequestError, SearchError
from search.model.settings import SETTINGS, Settings

if TYPE_CHECKING:
    from search.engines.protocol import Engine, FacetRequest, Selection
    from search.ingest.run import IndexReport, Progress
    from search.present.terminal import Style
    from search.service.service import Question, ResultPage, SearchService

_FOUND, _NOTHING, _ERROR, _INTERRUPTED, _PIPE_CLOSED = 0, 1, 2, 130, 141

#: Seconds between two drawings of the progress bar.
_REDRAW_S = 0.1

#: Option of `query` that selects values of a facet.
_SELECTING = {
    "author": "Only articles by this author (repeatable: any of them)",
    "source": "Only articles of this source (repeatable)",
    "section": "Only articles of this section (repeatable)",
    "person": "Only articles that name this person (repeatable)",
    "org": "Only articles that name this organisation (repeatable)",
    "place": "Only articles that name this place (repeatable)",
    "lang": "Only articles in this language, such as en (repeatable)",
}

#: Options of `query` that are part of the question, which a way out may change.
_ASKED = {*_SELECTING, "start", "end", "match", "sort", "page"}

#: Why writing fails where standard output is a file: no room, over a quota or limit, a broken disk.
_CANNOT_WRITE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}

_Command = TypeVar("_Command", bound=Callable[..., Any])


class _Program(click.Group):
    """The group of all commands; turns what they raise into a message and an exit status."""

    def main(self, *args: Any, **options: Any) -> Any:
        try:
            return super().main(*args, **options)
        except OSError as exc:  # of --help and --version, which are answered before any command
            if not _is_of_output(exc):
                raise
            _give_up_output(exc)
            sys.exit(_ERROR)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
            return result
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except SearchError as exc:
            _tell(f"newssearch: {exc}")
            ctx.exit(_ERROR)
        except KeyboardInterrupt:
            _tell("newssearch: interrupted")
            ctx.exit(_INTERRUPTED)
        except BrokenPipeError:
            # Whoever read the output has seen enough.
            _silence_output()
            ctx.exit(_PIPE_CLOSED)
        except Exception as exc:
            if isinstance(exc, OSError) and _is_of_output(exc):
                _give_up_output(exc)
                ctx.exit(_ERROR)
            if os.environ.get("NEWSSEARCH_DEBUG"):
                raise
            _tell(
                f"newssearch: internal error ({type(exc).__name__}: {exc}); please report it with what "
                "NEWSSEARCH_DEBUG=1 shows"
            )
            ctx.exit(_ERROR)


def _is_of_output(error: OSError) -> bool:
    """Whether writing the answer failed; engine and indexer make errors of their own of theirs."""
    return error.filename is None and error.errno in _CANNOT_WRITE


def _give_up_output(error: OSError) -> None:
    _silence_output()
    _tell(f"newssearch: cannot write the answer: {error.strerror}")


def _silence_output() -> None:
    """Send what is still to be written nowhere: the flush at exit must not fail once more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _tell(message: str) -> None:
    """Print a message for the person, whatever it quotes."""
    from search.present.terminal import visible

    click.echo("\n".join(visible(line) for line in message.split("\n")), err=True)


class _QueryCommand(click.Command):
    """A command whose argument may begin with a minus of its own; hence it has no short options."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        given = list(args)
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as exc:
            name = exc.option_name
            if name.startswith("--"):
                raise
            import shlex

            whole = next((arg for arg in given if arg.startswith(name[:2])), name)
            raise click.UsageError(
                f"no such option: {whole}. To search without a word put -- before the query: "
                f"{ctx.command_path} -- {shlex.quote(whole)} ...",
                ctx,
            ) from exc


def _settings_options(*names: str) -> Callable[[_Command], _Command]:
    """Add an option for each named setting; type, bounds and help come from the table."""

    def add(command: _Command) -> _Command:
        for setting in reversed([s for s in SETTINGS if s.name in names]):
            is_text = isinstance(setting.default, str)
            command = click.option(
                "--" + setting.name.replace("_", "-"),
                type=str if is_text else click.IntRange(setting.minimum, setting.maximum),
                metavar="TEXT" if is_text else "N",
                help=f"{setting.help}  [{setting.variable}; default: {setting.default if setting.default != '' else 'none'}]",
            )(command)
        return command

    return add


def _color_option(command: _Command) -> _Command:
    return click.option(
        "--color",
        type=click.Choice(["auto", "always", "never"]),
        default="auto",
        help="Colours: on a terminal without NO_COLOR (auto), always, or never",
    )(command)


def _settings(options: dict[str, Any]) -> Settings:
    """Take the settings out of a command's *options*: option, else environment, else default."""
    names = {setting.name for setting in SETTINGS}
    chosen = {name: options.pop(name) for name in list(options) if name in names}
    given = {name: value for name, value in chosen.items() if value is not None}
    return replace(Settings.from_environment(), **given)


@contextmanager
def _engine(settings: Settings, *, make: bool = False) -> Iterator[Engine]:
    from search.engines.registry import open_engine

    with closing(open_engine(settings.index, make=make, settings=settings)) as engine:
        yield engine


def _columns() -> int:
    """Return how many characters a line of the terminal has."""
    import shutil

    return shutil.get_terminal_size().columns


def _style(color: str, settings: Settings) -> Style:
    from search.present.terminal import Style

    is_terminal = sys.stdout.isatty()
    has_color = color == "always" or (
        color == "auto"
        and is_terminal
        and not os.environ.get("NO_COLOR")
        and os.environ.get("TERM") != "dumb"
    )
    if not is_terminal:
        return Style(settings.zone(), has_color)
    return Style.of_window(_columns(), has_color, settings.zone())


def _print(lines: Iterable[str], style: Style) -> None:
    for line in lines:
        click.echo(line, color=style.has_color)


def _print_json(value: object) -> None:
    import json

    from search.present.terminal import visible_json

    # Elsewhere than in UTF-8 not every letter can be written, but every letter can be escaped.
    is_utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    indent = 2 if sys.stdout.isatty() else None
    click.echo(visible_json(json.dumps(value, ensure_ascii=not is_utf8, indent=indent)))


def _text(arguments: Sequence[str]) -> str:
    """Return the words of the command line as one text; bytes that are no text become U+FFFD."""
    return " ".join(arguments).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


@click.group(
    cls=_Program,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="newssearch")
def main() -> None:
    """Search news articles: ranked, highlighted, with facets.

    \b
    newssearch index articles/            make or update an index of a folder
    newssearch query Blinken NATO         search it
    newssearch query '"firm response"'    exactly these words in a row
    newssearch serve                      the same in a browser

    Exit status: 0 found, 1 nothing found, 2 error.
    """
    _spare_threads()
    if sys.stdout is None:
        raise RequestError("standard output is closed, so there is nowhere to write the answer")
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a letter shall show its number, not stop us.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _spare_threads() -> None:
    """Keep OpenBLAS, which numpy loads, to one thread, unless the environment says otherwise.

    It would start one a core at once, which takes longer than the rest of numpy's import; and nothing
    here multiplies matrices.
    """
    if not {"OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "OMP_NUM_THREADS"} & os.environ.keys():
        os.environ["OPENBLAS_NUM_THREADS"] = "1"


# index


@main.command()
@click.argument("paths", metavar="[PATH]...", nargs=-1)
@click.option("--samples", is_flag=True, help="Index the sample articles that newssearch brings")
@click.option(
    "--delete-missing", is_flag=True, help="Delete the articles of files below PATH that are gone"
)
@click.option("--force", is_flag=True, help="Read unchanged files as well")
@click.option(
    "--entities",
    type=click.Choice(["rules", "none"]),
    default="rules",
    help="Find people, organisations and places by rules, or leave them out  [default: rules]",
)
@click.option("--reader", help="Read every PATH as text, html or records, whatever it looks like")
@click.option("--quiet", "-q", is_flag=True, help="Print nothing but what went wrong")
@_settings_options(
    "index",
    "jobs",
    "memory_mb",
    "batch_articles",
    "max_article_chars",
    "max_file_mb",
    "lock_timeout_ms",
)
def index(paths: tuple[str, ...], samples: bool, quiet: bool, **options: Any) -> None:
    """Index the articles in files, folders and patterns; - reads standard input.

    \b
    newssearch index articles/ feed.jsonl.gz
    newssearch index 'archive/2024-*.json'
    zcat dump.jsonl.gz | newssearch index -
    newssearch index articles/ --delete-missing    also forget files that are gone
    newssearch index --samples                     sample articles, to try it out

    Files that have not changed since the last time are skipped; of those that have, the articles are
    replaced. Ctrl-C commits what was read so far, a second one stops at once. What could not be read is
    listed with the reason.
    """
    from search.cli.samples import samples_folder
    from search.engines.registry import open_engine
    from search.ingest.run import check_paths, index_sources, ledger_path

    if samples:
        paths = (*paths, str(samples_folder()))
    if not paths:
        raise click.UsageError("give the PATH of your articles, or --samples for sample articles")
    settings = _settings(options)
    check_paths(paths)  # before an index is made for what is not there
    bar = _ProgressBar(is_shown=sys.stderr.isatty() and not quiet)
    with _engine(settings, make=True) as engine:
        try:
            report = index_sources(
                paths,
                engine,
                ledger_path(settings.index),
                settings=settings,
                on_progress=bar.update,
                on_interrupt=_tell_of_interrupt,
                opener=partial(open_engine, settings.index),
                **options,
            )
        finally:
            bar.clear()
    _report(report, quiet)


def _tell_of_interrupt() -> None:
    """Say at once that Ctrl-C was heard; called amid anything, so not through a stream of Python's."""
    said = "newssearch: interrupted; committing what was read so far, Ctrl-C again stops at once\n"
    wipe = "\r\x1b[K" if sys.stderr.isatty() else ""
    with suppress(OSError):
        os.write(2, (wipe + said).encode())


def _report(report: IndexReport, quiet: bool) -> None:
    from search.present.terminal import remark_lines, report_lines

    for line in () if quiet else report_lines(report):
        click.echo(line)
    for line in remark_lines(report):
        click.echo(line, err=True)
    if report.is_interrupted:
        _tell(
            "newssearch: interrupted; what was committed is kept, the same command goes on from there"
        )
        sys.exit(_INTERRUPTED)
    if not report.added + report.replaced + report.unchanged + report.deleted:
        sys.exit(_NOTHING)


class _ProgressBar:
    """A line at the bottom of the terminal that is drawn over and over, and wiped in the end."""

    def __init__(self, is_shown: bool) -> None:
        self._is_shown = is_shown
        self._drawn_at = 0.0

    def update(self, progress: Progress) -> None:
        from search.present.terminal import progress_line

        now = time.monotonic()
        if not self._is_shown or now - self._drawn_at < _REDRAW_S:
            return
        self._drawn_at = now
        share = progress.bytes_done / progress.bytes_total if progress.bytes_total else 0.0
        line = progress_line(share, progress.articles, progress.source, _columns())
        click.echo(f"\r\x1b[K{line}", nl=False, err=True, color=True)

    def clear(self) -> None:
        if self._drawn_at:
            click.echo("\r\x1b[K", nl=False, err=True, color=True)


# query


def _selecting_options(command: _Command) -> _Command:
    for field, help_text in reversed(_SELECTING.items()):
        command = click.option(f"--{field}", multiple=True, metavar="NAME", help=help_text)(command)
    return command


@main.command(cls=_QueryCommand, context_settings={"help_option_names": ["--help"]})
@click.argument("text", metavar="[TEXT]...", nargs=-1)
@_selecting_options
@click.option(
    "--from",
    "start",
    default="",
    metavar="DATE",
    help="Published on this day or later: 2024-11, 2024-11-13, P7D, today",
)
@click.option("--to", "end", default="", metavar="DATE", help="Published on this day or earlier")
@click.option(
    "--match",
    type=click.Choice(["all", "most", "any"]),
    default="all",
    help="How many of the words must be there: all, three quarters, or one  [default: all]",
)
@click.option(
    "--sort",
    type=click.Choice(["relevance", "newest", "oldest"]),
    default="relevance",
    help="Order of the articles  [default: relevance]",
)
@click.option(
    "--limit",
    type=click.IntRange(1, 100),
    metavar="N",
    help="Articles on one page  [NEWSSEARCH_PAGE_SIZE; default: 10]",
)
@click.option("--page", type=click.IntRange(1), metavar="N", default=1, help="Which page, from 1")
@click.option(
    "--facet",
    "facets",
    multiple=True,
    metavar="FIELD[:N]",
    help=f"Count the values of {', '.join(_SELECTING)}; show the first N (repeatable)",
)
@click.option(
    "--histogram",
    type=click.Choice(["auto", "day", "week", "month", "year", "decade", "century"]),
    help="Count the articles found by date; auto: the finest of these that gives at most 31 counts",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object, described in docs/api.md")
@click.option("--csv", "as_csv", is_flag=True, help="A row for each article, for spreadsheets")
@click.option("--ids", "as_ids", is_flag=True, help="Nothing but the ids, a line each")
@click.option("--explain", is_flag=True, help="Tell what each part of the query adds to each score")
@_color_option
@_settings_options("index", "time_zone", "saved_searches", "facet_size", "snippet_max_chars")
def query(text: tuple[str, ...], color: str, **options: Any) -> None:
    """Search the index. Without TEXT, or with * alone: every article, newest first.

    \b
    newssearch query Blinken NATO
    newssearch query '"firm response"' --facet author:20
    newssearch query opec --histogram month
    newssearch query 'kyiv -trump date:2024-11' --author "Simon Lewis"
    newssearch query --json oil --from 1987-03-01 --to 1987-03-31
    newssearch query -- -opec oil          a query that begins with a minus

    All words must be there, in any form; quoted words exactly so. Also: OR, brackets, -without,
    wild*, title:word, author:"A Name", date:2024-11. docs/query-language.md has it all.
    """
    from search.service.service import SearchService

    output = _output(options)
    settings = _settings(options)
    question = _question(_text(text), options, settings)
    style = _style(color, settings)
    with _engine(settings) as engine:
        page = _asked(SearchService(engine, settings), question)
    for notice in page.notices:
        _tell(f"note: {notice}")
    if output == "--json":
        from search.present.exports import page_as_json

        _print_json(page_as_json(page))
    elif output == "--csv":
        _print_csv(page)
    elif output == "--ids":
        _print((hit.article.article_id for hit in page.hits), style)
    else:
        _print_page(page, style, bool(options["facets"]))
    if page.total == 0:
        sys.exit(_NOTHING)


def _output(options: dict[str, Any]) -> str:
    """Return the option that names the form of the answer, "" for the one to read.

    Raises `click.UsageError` for two of them, and for what the chosen one cannot show.
    """
    forms = ("--json", "--csv", "--ids")
    chosen = [form for form in forms if options.pop(form.replace("--", "as_"))]
    if len(chosen) > 1:
        raise click.UsageError(f"{' and '.join(chosen)} exclude each other; give one of them")
    output = chosen[0] if chosen else ""
    for name, option in (("facet", "facets"), ("histogram", "histogram"), ("explain", "explain")):
        if options[option] and output in ("--csv", "--ids"):
            raise click.UsageError(f"{output} has no room for what --{name} asks for; use --json")
    return output


def _kept_options() -> list[str]:
    """Return the options of the command line that no way out changes, as words of a command."""
    context = click.get_current_context()
    words = []
    for option in context.command.params:
        name = option.name or ""
        value = context.params.get(name)
        is_given = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        if not isinstance(option, click.Option) or not is_given or name in _ASKED:
            continue
        if option.is_flag:
            words += [option.opts[0]]
        elif value != option.default:
            values: Sequence[Any] = value if option.multiple else [value]  # type: ignore[assignment]
            words += [word for one in values for word in (option.opts[0], _text([str(one)]))]
    return words


def _asked(service: SearchService, question: Question) -> ResultPage:
    """Return the answer; where the query is malformed show the place in it."""
    from search.present.terminal import error_lines

    try:
        return service.search(question)
    except QueryError as exc:
        _tell("newssearch: " + "\n".join((exc.message, *error_lines(question.text, exc))))
        sys.exit(_ERROR)


def _question(text: str, options: dict[str, Any], settings: Settings) -> Question:
    from search.engines.protocol import FacetRequest, Selection
    from search.service.service import Question

    # Authors are what people look for beside the hits, so they are counted without being asked for.
    facets = tuple(_facet(value, settings) for value in options["facets"])
    selections: tuple[Selection, ...] = tuple(
        Selection(field, tuple(_text([value]) for value in options[field]))
        for field in _SELECTING
        if options[field]
    )
    return Question(
        text=text,
        selections=selections,
        facets=facets or (FacetRequest("author", settings.facet_size),),
        page_size=options["limit"] or 0,
        histogram=options["histogram"] or "",
        **{name: options[name] for name in ("start", "end", "match", "sort", "page", "explain")},
    )


def _facet(value: str, settings: Settings) -> FacetRequest:
    from search.engines.protocol import FacetRequest

    field, colon, size = value.partition(":")
    if not colon:
        return FacetRequest(field, settings.facet_size)
    if not (size.isascii() and size.isdigit()) or len(size) > 9:
        raise RequestError(f"--facet {value}: expected a number after the colon, as in author:20")
    return FacetRequest(field, int(size))


def _print_page(page: ResultPage, style: Style, has_asked_facets: bool) -> None:
    """Print hits, facets and histogram; how it was read, the count and ways out go to stderr."""
    from search.present.terminal import command_for, page_lines, read_as_line, summary

    if line := read_as_line(page):
        click.echo(line, err=True)
    click.echo(summary(page), err=True)
    fields = tuple(facet.field for facet in page.question.facets)
    is_wanted = has_asked_facets or (style.width is not None and page.total)
    # A selected value keeps its table even at 0: it says what to take back.
    shown = tuple(f for f in dict.fromkeys(fields) if is_wanted and _has_rows(page, f))
    if page.hits or shown or (page.histogram and page.total):
        click.echo("", err=True)
    _print(page_lines(page, style, shown), style)
    if page.suggestions:
        click.echo("\nyou could try:", err=True)
    for suggestion in page.suggestions:
        command = command_for(suggestion.question, _kept_options())
        _tell(f"{suggestion.total:>8,}  {suggestion.text}: {command}")


def _has_rows(page: ResultPage, facet: str) -> bool:
    return bool(page.total or page.facets[facet].values)


def _print_csv(page: ResultPage) -> None:
    import csv

    from search.present.exports import CSV_COLUMNS, csv_rows
    from search.present.terminal import visible

    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(CSV_COLUMNS)
    is_terminal = sys.stdout.isatty()  # elsewhere the characters are the article's own
    for row in csv_rows(page):
        rows.writerow(visible(str(cell)) if is_terminal else cell for cell in row)


# show, delete, stats, doctor, serve


@main.command()
@click.argument("article_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, described in docs/api.md")
@click.option("--query", "text", default="", metavar="TEXT", help="Mark the words of this query")
@_color_option
@_settings_options("index", "time_zone", "saved_searches")
def show(article_id: str, as_json: bool, text: str, color: str, **options: Any) -> None:
    """Print the article ID in full.

    \b
    newssearch show reut-1234
    newssearch show reut-1234 --query "crude oil"
    newssearch show reut-1234 --json
    """
    from search.present.exports import article_as_json
    from search.present.terminal import article_lines, error_lines
    from search.service.service import SearchService

    settings = _settings(options)
    style = _style(color, settings)
    text = _text([text])
    with _engine(settings) as engine:
        try:
            is_id = ARTICLE_ID.fullmatch(article_id)
            found = SearchService(engine, settings).article(article_id, text) if is_id else None
        except QueryError as exc:
            _tell("newssearch: " + "\n".join((exc.message, *error_lines(text, exc))))
            sys.exit(_ERROR)
    if found is None:
        _tell(f"newssearch: no article {_text([article_id])}")
        sys.exit(_NOTHING)
    for notice in found.notices:
        _tell(f"note: {notice}")
    if as_json:
        _print_json(article_as_json(found.article))
    else:
        _print(article_lines(found, style), style)


@main.command()
@click.argument("article_ids", metavar="ID...", nargs=-1, required=True)
@_settings_options("index", "lock_timeout_ms")
def delete(article_ids: tuple[str, ...], **options: Any) -> None:
    """Delete articles from the index. The files they came from are not touched.

    \b
    newssearch delete reut-1234 reut-1235
    newssearch query --ids --limit 100 author:nobody | xargs newssearch delete

    An article comes back when its file is read again: changed, or with index --force.
    """
    settings = _settings(options)
    with _engine(settings) as engine:
        wanted = list(dict.fromkeys(article_ids))
        absent = [i for i in wanted if not ARTICLE_ID.fullmatch(i) or engine.get(i) is None]
        deleted = engine.delete(article_id for article_id in wanted if article_id not in absent)
    for article_id in absent:
        _tell(f"newssearch: no article {_text([article_id])}")
    click.echo(f"{deleted:,} deleted")
    if not deleted:
        sys.exit(_NOTHING)


@main.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object")
@_settings_options("index", "time_zone")
def stats(as_json: bool, **options: Any) -> None:
    """Tell how much the index holds.

    \b
    newssearch stats
    newssearch stats --json
    """
    from search.present.exports import stats_as_json
    from search.present.terminal import stats_lines

    settings = _settings(options)
    style = _style("never", settings)
    with _engine(settings) as engine:
        found = engine.stats()
    if as_json:
        _print_json(stats_as_json(found))
    else:
        _print(stats_lines(found, style), style)


@main.command()
@_settings_options("index")
def doctor(**options: Any) -> None:
    """Check every file of the index against its checksum and name what is damaged.

    \b
    newssearch doctor

    Tells beside that whether the inner loops of the engine are compiled here, or slower ones in use.
    Exit status 2 where something is damaged. An index can always be made again from its articles.
    """
    settings = _settings(options)
    with _engine(settings) as engine:
        verify = getattr(engine, "verify", None)
        if verify is None:
            raise RequestError(f"index {settings.index}: its engine keeps no checksums to compare")
        problems: tuple[str, ...] = verify()
        if not problems:
            try:
                articles = engine.stats().articles
            except EngineError as exc:  # what no checksum shows
                problems = (str(exc),)
        loops = getattr(engine, "loops", None)
    for problem in problems:
        click.echo(problem)
    if problems:
        _tell(
            "newssearch: the index is damaged; make it again: remove its folder, then newssearch index PATH"
        )
        sys.exit(_ERROR)
    click.echo(f"the index is sound: {articles:,} articles")
    if loops is not None:
        click.echo(loops())


@main.command()
@_settings_options(
    "index", "host", "port", "time_zone", "saved_searches", "page_size", "facet_size"
)
def serve(**options: Any) -> None:
    """Serve the web page and the JSON API until Ctrl-C.

    \b
    newssearch serve
    newssearch serve --port 8080

    Only this computer can reach it unless --host says otherwise; whoever can reach it can read all.
    """
    from search.service.service import SearchService
    from web import create_app
    from web import serve as serve_app

    settings = _settings(options)
    with _engine(settings) as engine:
        app = create_app(SearchService(engine, settings), settings)
        serve_app(
            app,
            settings.host,
            settings.port,
            ready=lambda url: click.echo(f"Serving on {url} - Ctrl-C ends it", err=True),
        )
