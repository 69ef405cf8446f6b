"""`newssearch help`: the query language by examples, and the help of a command."""

from __future__ import annotations

from typing import Any

import click

from search.cli.options import open_index, settings_from, settings_options
from search.cli.output import print_lines, tell
from search.model.errors import IndexMissing, RequestError
from search.model.nearest import did_you_mean

#: What can be explained beside the commands.
_QUERY = "query"


@click.command()
@click.argument("topic", default="")
@settings_options("index", "time_zone", "saved_searches")
def help(topic: str, **options: Any) -> None:
    """Explain the query language by examples of the index, or a command.

    \b
    newssearch help query          how to write a query, with what each example finds in your index
    newssearch help index          the same as newssearch index --help
    """
    context = click.get_current_context()
    group = context.parent
    assert group is not None  # noqa: S101
    if topic == _QUERY:
        _explain_queries(options)
        return
    command: click.Command | None = group.command
    if topic:
        from search.cli.main import COMMANDS, main

        command = main.get_command(group, topic)
        if command is None:
            hint = did_you_mean(topic, COMMANDS) or "; newssearch help lists the commands"
            raise RequestError(f"no help on {topic[:40]!r}{hint}")
        context = click.Context(command, group, topic)
        click.echo(command.get_help(context))
        return
    click.echo(group.get_help())


def _explain_queries(options: dict[str, Any]) -> None:
    from search.present.query_help import help_lines
    from search.service.query_help import help_forms
    from search.service.service import SearchService

    settings = settings_from(options)
    try:
        with open_index(settings) as engine:
            parts = SearchService(engine, settings).help_parts()
    except IndexMissing as exc:
        tell(f"note: {exc}; so the examples are forms, in capitals what to put your own words for")
        parts = help_forms()
    print_lines(help_lines(parts))
