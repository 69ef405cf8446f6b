"""The options that say which articles are meant, and the question that they make: for all commands that search."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import click

from search.cli.options import Command, text_of
from search.model.fields import FIELDS, FieldTable
from search.model.question import Match, Question, Selection

#: Parameters of `searching_options` that a question has under the same name.
_SAME = ("without", "start", "end", "added_from", "added_to", "match")
#: All parameters of `searching_options`.
SEARCHING = (*FIELDS.choices, "exclude", *_SAME)


class QueryCommand(click.Command):
    """A command whose argument may begin with a minus, so it has no short option but a lone ``-h``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        given = list(args)
        if "-h" in given[: given.index("--") if "--" in given else None]:
            args = ["--help"]
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


def selecting_options(fields: FieldTable) -> Callable[[Command], Command]:
    """Add an option for each facet: ``--author NAME`` and its like."""

    def add(command: Command) -> Command:
        for name in reversed(fields.choices):
            text = f"{fields[name].help} (repeatable: any of them)"
            command = click.option(f"--{name}", multiple=True, metavar="NAME", help=text)(command)
        return command

    return add


_WITHOUT = click.option(
    "--without",
    multiple=True,
    type=click.Choice(FIELDS.choices),
    metavar="FIELD",
    help=f"Only articles that have none: {', '.join(FIELDS.choices)} (repeatable: none of them)",
)

_START = click.option(
    "--from",
    "start",
    default="",
    metavar="DATE",
    help="Published on this day or later: 2024-11, 2024-11-13, P7D, today",
)
_END = click.option(
    "--to", "end", default="", metavar="DATE", help="Published on this day or earlier"
)
_ADDED_FROM = click.option(
    "--added-from",
    default="",
    metavar="DATE",
    help="Came into the index on this day or later, or at this time: 2026-11-29T06:12",
)
_ADDED_TO = click.option(
    "--added-to", default="", metavar="DATE", help="Came into the index on this day or earlier"
)
_MATCH = click.option(
    "--match",
    type=click.Choice(get_args(Match)),
    default="all",
    help="How many of the words must be there: all, three quarters, or one  [default: all]",
)
_EXCLUDE = click.option(
    "--exclude",
    multiple=True,
    metavar="FIELD:VALUE",
    help="Only articles without this value: place:Brussels (repeatable: without any of them)",
)


def searching_options(command: Command) -> Command:
    """Add the options that decide, with a query, which articles are found."""
    dates = _START(_END(_ADDED_FROM(_ADDED_TO(_MATCH(command)))))
    return selecting_options(FIELDS)(_EXCLUDE(_WITHOUT(dates)))


def question_of(text: str, options: dict[str, Any]) -> Question:
    """Return the question that *text* and the options of `searching_options` ask.

    Raises `click.UsageError` where ``--exclude`` has no facet before its value.
    """
    return Question(
        text=text,
        selections=selections_of(FIELDS, options),
        excluded=_excluded_of(FIELDS, options),
        **{name: options[name] for name in _SAME},
    )


def selections_of(fields: FieldTable, options: dict[str, Any]) -> tuple[Selection, ...]:
    """Return what the options of `selecting_options` select."""
    return tuple(
        Selection(field, tuple(text_of([value]) for value in options[field]))
        for field in fields.choices
        if options[field]
    )


def _excluded_of(fields: FieldTable, options: dict[str, Any]) -> tuple[Selection, ...]:
    """Return what the option ``--exclude`` leaves out. Raises `click.UsageError` where a value has no facet before it."""
    chosen: dict[str, list[str]] = {}
    for given in options["exclude"]:
        field, _, value = text_of([given]).partition(":")
        if field not in fields.choices or not value.strip():
            raise click.UsageError(
                f"--exclude {field[:40]}: write a facet, a colon and a value, as in place:Brussels; "
                f"facets are {', '.join(fields.choices)}"
            )
        chosen.setdefault(field, []).append(value.strip())
    return tuple(
        Selection(field, tuple(chosen[field])) for field in fields.choices if field in chosen
    )
