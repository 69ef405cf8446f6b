"""`newssearch query`: search the index and print the answer."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, get_args

import click
from click.core import ParameterSource

from search.cli.options import (
    color_option,
    diverse_option,
    open_index,
    settings_from,
    settings_options,
    source_of,
    text_of,
)
from search.cli.output import (
    NOTHING,
    print_below,
    print_json,
    print_lines,
    query_errors,
    style_of,
    tell,
)
from search.cli.searching import SEARCHING, QueryCommand, question_of, searching_options
from search.model.fields import FIELDS
from search.model.question import FacetRequest, Question, Sort
from search.model.settings import SETTINGS, Settings
from search.service.limits import Limits

if TYPE_CHECKING:
    from search.present.terminal.lines import Style
    from search.service.answer import ResultPage

#: Options that are part of the question: a suggested command has values of its own for them.
_QUESTION_OPTIONS = {*SEARCHING, "no_synonyms", "sort", "page", "joined"}

#: Parameters of the command alone that a question has under the same name.
_ASKED = ("sort", "page", "explain", "group", "joined", "diverse")

#: `--limit` is an option for this setting, under the name that other programs have for it.
[_PAGE_SIZE] = [setting for setting in SETTINGS if setting.name == "page_size"]


@click.command(cls=QueryCommand, context_settings={"help_option_names": ["--help"]})
@click.argument("text", metavar="[TEXT]...", nargs=-1)
@searching_options
@click.option(
    "--sort",
    type=click.Choice(get_args(Sort)),
    default="relevance",
    help="Order of the articles  [default: relevance]",
)
@click.option(
    "--limit",
    type=click.IntRange(_PAGE_SIZE.minimum, _PAGE_SIZE.maximum),
    metavar="N",
    help=f"Articles on one page  {source_of(_PAGE_SIZE)}",
)
@click.option("--page", type=click.IntRange(1), metavar="N", default=1, help="Which page, from 1")
@click.option(
    "--facet",
    "facets",
    multiple=True,
    metavar="FIELD[:N[:TEXT]]",
    help=f"Count the values of {', '.join(FIELDS.choices)}; show the first N, of those with words that begin "
    "like TEXT (repeatable)",
)
@click.option(
    "--histogram",
    type=click.Choice(["auto", "day", "week", "month", "year", "decade", "century"]),
    help="Count the articles found by date; auto: the finest of these with at most 31 counts",
)
@click.option(
    "--group/--no-group",
    default=None,
    help="One row a story, with where else it is, or one an article  [default: a story, but in lists for programs]",
)
@click.option(
    "--joined/--no-joined",
    default=True,
    help="Names of one person, organisation or place as one, or as articles have them  [default: as one]",
)
@diverse_option("; off in lists for programs")
@click.option(
    "--no-synonyms",
    is_flag=True,
    help="Only the words that are asked for, without those that the file of --synonyms has for them",
)
@click.option(
    "--significant",
    is_flag=True,
    help="Show the words that the articles found have more often than others",
)
@click.option(
    "--format",
    "form",
    metavar="FORM",
    help="text; json: one object; ndjson: an object a line; csv; ids; or a template: '{published} {title}'",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object, described in docs/api.md")
@click.option("--csv", "as_csv", is_flag=True, help="A row for each article, for spreadsheets")
@click.option("--ids", "as_ids", is_flag=True, help="Only the ids, one a line")
@click.option("--all", "is_all", is_flag=True, help="Every article found, however many there are")
@click.option(
    "--open",
    "opened",
    type=click.IntRange(1, Limits().page),
    metavar="N",
    help="Show the Nth article found in full, its matches marked",
)
@click.option(
    "--batch",
    type=click.Path(),
    metavar="FILE",
    help="Ask each line of FILE, - for standard input: a table of how much each finds, or with --format its articles",
)
@click.option("--explain", is_flag=True, help="Show what each part of the query adds to each score")
@color_option
@settings_options(
    "index",
    "time_zone",
    "saved_searches",
    "synonyms",
    "rank",
    "recency",
    "facet_size",
    "snippet_max_chars",
)
def query(text: tuple[str, ...], color: str, **options: Any) -> None:
    """Search the index. Without TEXT, or with * alone: every article, newest first.

    \b
    newssearch query Blinken NATO
    newssearch query '"firm response"' --facet author:20
    newssearch query opec --histogram month
    newssearch query 'kyiv -trump date:2024-11' --author "Simon Lewis"
    newssearch query oil --from 1987-03 --to 1987-03 --format '{published} {title}'
    newssearch query oil --open 3          the third article found, in full
    newssearch query oil --all --csv > oil.csv
    newssearch query --batch names.txt     how much each line of a file finds
    newssearch query -- -opec oil          a query that begins with a minus

    All words must occur, in any form; quoted words exactly as typed. Also: OR, brackets, -without,
    wild*, title:word, author:"A Name", date:2024-11. docs/query-language.md has the whole language.
    """
    form = _form(options)
    is_list = form not in ("text", "json")
    is_all, opened, batch = (options.pop(name) for name in ("is_all", "opened", "batch"))
    _check_extent(options, form, is_all, opened, batch, text)
    if options["group"] is None:
        # Who pipes ids into another program means all articles, not one of each story.
        options["group"] = not is_list
    if options["diverse"] is None and is_list:
        options["diverse"] = False  # a list for other programs
    diverse = options.pop("diverse")  # a setting, too, but of two values
    settings = settings_from(options)
    question = _question(text_of(text), options | {"diverse": diverse}, settings)
    style = style_of(color, settings)
    if batch is not None:
        from search.cli.batch import ask_each

        ask_each(batch, question, settings, form, is_all=is_all)
    elif opened is not None:
        _open(opened, question, settings, style, as_json=form == "json")
    elif is_all:
        _print_all(form, question, settings, style)
    else:
        _print_one_page(form, question, settings, style, bool(options["facets"]))


def _print_one_page(
    form: str, question: Question, settings: Settings, style: Style, has_asked_facets: bool
) -> None:
    from search.present.terminal.pages import rest_said, summary
    from search.service.naming import moved_of
    from search.service.service import SearchService

    with open_index(settings) as engine, query_errors(question.text):
        page = SearchService(engine, settings).search(question)
    notices = list(page.notices)
    if page.moved:
        notices.append(f"{moved_of(page)}; --no-diverse lists them as they rank")
    notes = [f"note: {notice}" for notice in notices]
    if form == "text":
        _print_page(page, notes, style, has_asked_facets)
        if not page.hits:
            sys.exit(NOTHING)
        return
    for note in notes:
        tell(note)
    if form == "json":
        from search.present.as_json import page_as_json

        print_json(page_as_json(page, whole_paths=True))
    else:
        from search.cli.forms import print_hits

        print_hits(form, page.hits, page)
    if page.hits:
        if rest := rest_said(page):
            tell(f"note: {rest}")
        return
    if page.total:
        tell(f"newssearch: {summary(page)}")
    sys.exit(NOTHING)


def _print_all(form: str, question: Question, settings: Settings, style: Style) -> None:
    """Print every hit, one after the other: what is held of each is little."""
    from search.service.service import SearchService

    with open_index(settings) as engine, query_errors(question.text):
        found = SearchService(engine, settings).every(question)
        notes = [f"note: {notice}" for notice in found.notices]
        if form == "text":
            from search.present.terminal.pages import hit_lines
            from search.service.naming import total_of

            above = (*notes, total_of(found))
            print_below(above, hit_lines(found.hits, style), style.has_color)
        else:
            from search.cli.forms import print_hits

            for note in notes:
                tell(note)
            print_hits(form, found.hits, found)
    if not found.total:
        sys.exit(NOTHING)


def _open(
    number: int, question: Question, settings: Settings, style: Style, *, as_json: bool
) -> None:
    """Print the hit of that *number*, from 1, in full."""
    from search.present.as_json import document_as_json
    from search.present.terminal.pages import article_lines
    from search.service.naming import total_of
    from search.service.service import SearchService

    size = question.page_size or settings.page_size
    question = question._replace(page=-(-number // size), facets=(), histogram="")
    with open_index(settings) as engine, query_errors(question.text):
        service = SearchService(engine, settings)
        page = service.search(question)
        hit = next((hit for hit in page.hits if hit.rank == number), None)
        found = service.article(hit.article.article_id, question.text) if hit else None
    if found is None:
        tell(f"newssearch: there is no article {number:,}: the query finds {total_of(page)}")
        sys.exit(NOTHING)
    if as_json:
        print_json(document_as_json(found.document, whole_paths=True, story=found.story))
    else:
        print_lines(article_lines(found, style), style.has_color)


def _form(options: dict[str, Any]) -> str:
    """Return the form of the answer, one of `search.cli.forms`: "text" where nothing asks for another.

    Raises `click.UsageError` for two options that ask for one, and for an option that the form cannot show.
    """
    given = options.pop("form")
    forms = ("--json", "--csv", "--ids")
    chosen = [form for form in forms if options.pop(form.replace("--", "as_"))]
    chosen += [] if given is None else ["--format"]
    if len(chosen) > 1:
        raise click.UsageError(f"{' and '.join(chosen)} exclude each other; give one of them")
    if given is not None:
        from search.cli.forms import form_of

        form = form_of(text_of([given]))
    else:
        form = chosen[0].removeprefix("--") if chosen else "text"
    for name, option in _COUNTED:
        if options[option] and form not in ("text", "json"):
            raise click.UsageError(f"{form} cannot show what --{name} asks for; use --json")
    return form


#: Options that ask for something beside hits, and their parameters.
_COUNTED = (
    ("facet", "facets"),
    ("histogram", "histogram"),
    ("explain", "explain"),
    ("significant", "significant"),
)


def _check_extent(
    options: dict[str, Any],
    form: str,
    is_all: bool,
    opened: int | None,
    batch: str | None,
    text: Sequence[str],
) -> None:
    """Raise `click.UsageError` where options say in two ways which of the hits are shown, or as what."""
    many = [("--all", is_all), ("--open", opened is not None), ("--batch", batch is not None)]
    given = [name for name, is_given in many if is_given]
    if opened is not None and len(given) > 1:
        raise click.UsageError(f"{' and '.join(given)} exclude each other; give one of them")
    if is_all and (options["limit"] or options["page"] > 1):
        raise click.UsageError("--all has every article; leave out --limit and --page")
    if is_all and form == "json":
        raise click.UsageError("--all has no end for one object; use --format ndjson")
    if opened is not None and form not in ("text", "json"):
        raise click.UsageError("--open shows one article, as text or with --json")
    if batch is not None and text:
        raise click.UsageError("--batch has the queries; leave out TEXT")
    for name, option in _COUNTED:
        if given and options[option]:
            raise click.UsageError(f"{given[0]} cannot show what --{name} asks for")


def _kept_options() -> list[str]:
    """Return the options given that are no part of the question, as words of a command."""
    context = click.get_current_context()
    words = []
    for option in context.command.params:
        name = option.name or ""
        value = context.params.get(name)
        is_given = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        if not isinstance(option, click.Option) or not is_given or name in _QUESTION_OPTIONS:
            continue
        if option.is_flag:
            words += [(option.opts if value else option.secondary_opts)[0]]
        elif value != option.default:
            values: Sequence[Any] = value if option.multiple else [value]  # type: ignore[assignment]
            for given in values:
                words += [option.opts[0], text_of([str(given)])]
    return words


def _question(text: str, options: dict[str, Any], settings: Settings) -> Question:
    from search.service.facet_request import facet_request

    # Authors are counted without being asked for: next to the hits, they are what people look for.
    facets = tuple(facet_request(value, settings.facet_size) for value in options["facets"])
    return question_of(text, options)._replace(
        facets=facets or (FacetRequest("author", settings.facet_size),),
        page_size=options["limit"] or 0,
        histogram=options["histogram"] or "",
        synonyms=not options["no_synonyms"],
        significant=min(settings.facet_size, Limits().significant) if options["significant"] else 0,
        **{name: options[name] for name in _ASKED},
    )


def _print_page(
    page: ResultPage, notes: Sequence[str], style: Style, has_asked_facets: bool
) -> None:
    """Print hits, facets and histogram to stdout; *notes*, how the query was read, total and suggestions to stderr."""
    from search.present.terminal.pages import page_lines, summary
    from search.present.terminal.questions import command_for, read_as_line

    above = [*notes, *filter(None, [read_as_line(page)]), summary(page)]
    fields = tuple(facet.field for facet in page.question.facets)
    is_wanted = has_asked_facets or (style.width is not None and page.total)
    # A table with a selected value is shown even at 0 hits: it says what to take back.
    shown = tuple(f for f in dict.fromkeys(fields) if is_wanted and _has_rows(page, f))
    if page.hits or shown or (page.histogram and page.total):
        above.append("")
    print_below(above, page_lines(page, style, shown), style.has_color)
    meant = (page.meant,) if page.meant else ()
    for heading, suggestions in (
        ("did you mean", meant),
        ("see also", page.beyond),
        ("you could try", page.suggestions),
    ):
        if suggestions:
            click.echo(f"\n{heading}:", err=True)
        for suggestion in suggestions:
            command = command_for(suggestion.question, _kept_options())
            tell(f"{suggestion.total:>8,}  {suggestion.text}: {command}")


def _has_rows(page: ResultPage, facet: str) -> bool:
    return bool(page.total or page.facets[facet].values)
