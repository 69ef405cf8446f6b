"""`newssearch show` and `newssearch similar`: one article, by its id, and those that are like it."""

from __future__ import annotations

import sys
from typing import Any

import click

from search.cli.options import color_option, open_index, settings_from, settings_options, text_of
from search.cli.output import NOTHING, print_json, print_lines, query_errors, style_of, tell
from search.model.article import ARTICLE_ID


@click.command()
@click.argument("article_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, described in docs/api.md")
@click.option("--query", "text", default="", metavar="TEXT", help="Mark the words of this query")
@click.option("--names", is_flag=True, help="Say of each name in the text what it is the name of")
@click.option("--revisions", "lists", is_flag=True, help="What the article was before it changed")
@click.option(
    "--revision", type=click.IntRange(0), metavar="N", help="The article as it was then, from 0"
)
@click.option(
    "--cite",
    "cited",
    type=click.Choice(("text", "bibtex")),
    help="Only how to cite it: a line of text, or an entry of BibTeX",
)
@color_option
@settings_options("index", "time_zone", "saved_searches", "synonyms")
def show(
    article_id: str,
    as_json: bool,
    text: str,
    names: bool,
    lists: bool,
    revision: int | None,
    cited: str | None,
    color: str,
    **options: Any,
) -> None:
    """Print one article in full.

    \b
    newssearch show reut-1234
    newssearch show reut-1234 --query "crude oil"
    newssearch show reut-1234 --names          people, organisations and places in the text
    newssearch show reut-1234 --json
    newssearch show reut-1234 --revisions      when it changed, and what changed
    newssearch show reut-1234 --revision 0     as it was at first
    newssearch show reut-1234 --cite bibtex

    Earlier revisions are kept beside the index and never searched.
    """
    from search.engines.protocol.engine import KnowsFiles
    from search.present.as_json import document_as_json, history_as_json
    from search.present.terminal.pages import article_lines, history_lines
    from search.service.service import SearchService

    if lists and (revision is not None or text or names):
        raise click.UsageError(
            "--revisions lists revisions; it takes no --revision, no --query and no --names"
        )
    if cited and (as_json or lists or names or text):
        raise click.UsageError("--cite prints a citation alone; it goes with --revision only")
    if names and as_json:
        raise click.UsageError("--json has the names in any case; leave out --names")

    settings = settings_from(options)
    style = style_of(color, settings)
    text = text_of([text])
    with open_index(settings) as engine, query_errors(text):
        is_id = ARTICLE_ID.fullmatch(article_id) is not None
        service = SearchService(engine, settings)
        history = service.history(article_id) if is_id and lists else None
        found = service.article(article_id, text, revision) if is_id and not lists else None
        files = engine.files_of(article_id) if isinstance(engine, KnowsFiles) and is_id else ()
        is_known = is_id and engine.get(article_id) is not None
    if not is_known:
        tell(f"newssearch: no article has the id {text_of([article_id])}")
        sys.exit(NOTHING)
    if history is not None:
        if as_json:
            print_json(history_as_json(history, whole_paths=True))
        else:
            print_lines(history_lines(history, style), style.has_color)
        return
    if found is None:
        tell(f"newssearch: revision {revision} of {article_id} is not kept; --revisions lists them")
        sys.exit(NOTHING)
    for notice in found.notices:
        tell(f"note: {notice}")
    if cited:
        from search.present import cite

        form = cite.as_text if cited == "text" else cite.as_bibtex
        print_lines(form(found.article, settings.zone()).splitlines(), style.has_color)
    elif as_json:
        print_json(document_as_json(found.document, whole_paths=True, story=found.story))
    else:
        print_lines(article_lines(found, style, files=files, with_names=names), style.has_color)


@click.command()
@click.argument("article_id", metavar="ID")
@click.option(
    "--limit",
    type=click.IntRange(1, 100),
    default=10,
    metavar="N",
    help="Articles at most  [default: 10]",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object, described in docs/api.md")
@click.option("--ids", "as_ids", is_flag=True, help="Only the ids, one a line")
@color_option
@settings_options("index", "time_zone")
def similar(
    article_id: str, limit: int, as_json: bool, as_ids: bool, color: str, **options: Any
) -> None:
    """Print the articles that are most like one: those that share the words it is about.

    \b
    newssearch similar reut-1234
    newssearch similar reut-1234 --limit 3
    newssearch similar reut-1234 --json
    newssearch similar reut-1234 --ids | xargs -n 1 newssearch show

    Its own copies are left out, and of every other story one article is shown.
    """
    from search.present.as_json import similar_as_json
    from search.present.terminal.pages import similar_lines
    from search.service.service import SearchService

    if as_json and as_ids:
        raise click.UsageError("--json and --ids exclude each other; give one of them")
    settings = settings_from(options)
    style = style_of(color, settings)
    with open_index(settings) as engine:
        is_id = ARTICLE_ID.fullmatch(article_id) is not None
        found = SearchService(engine, settings).similar(article_id, limit) if is_id else None
        if found is None:
            tell(f"newssearch: no article has the id {text_of([article_id])}")
            sys.exit(NOTHING)
        for notice in found.notices:
            tell(f"note: {notice}")
        if as_json:
            print_json(similar_as_json(found, whole_paths=True))
        elif as_ids:
            print_lines(each.article.article_id for each in found.articles)
        else:
            print_lines(similar_lines(found, style), style.has_color)
    if not found.articles:
        if not found.notices:
            tell(f"newssearch: no article is like {article_id}")
        sys.exit(NOTHING)
