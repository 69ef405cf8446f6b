"""What is said of a command line that cannot be understood: one sentence, the nearest name, and where to read on."""

from __future__ import annotations

import re
from collections.abc import Sequence

import click

from search.model.nearest import did_you_mean, nearest

_QUOTED = re.compile(r"'([^']*)'")


class NoSuchCommand(click.UsageError):
    """There is no such command."""


def no_such_command(
    ctx: click.Context, name: str, names: Sequence[str], words: Sequence[str]
) -> NoSuchCommand:
    """Return the error on a first word *name* that is none of *names*; *words* are all that was typed."""
    if name.startswith("-"):
        return NoSuchCommand(
            f"no such option: {name}; options come after the command, as in newssearch query --limit 20",
            ctx,
        )
    hint = did_you_mean(name, names)
    if not hint:
        import shlex

        hint = f"; to search for it: newssearch query {shlex.join(words)}"
    return NoSuchCommand(f"no such command: {name}{hint}", ctx)


def said_of(exc: click.ClickException) -> str:
    """Return what to say of an error that click found, without "newssearch: " before it."""
    if isinstance(exc, click.exceptions.NoArgsIsHelpError) and exc.ctx is not None:
        return "give a command\n" + exc.ctx.get_help()
    message = _message(exc).strip().rstrip(".")
    if not isinstance(exc, click.UsageError):
        return message
    context = exc.ctx
    name = _typed(context) if context else "newssearch"
    return f"{message}\n{name} --help says more"


def _typed(context: click.Context) -> str:
    """Return a command as a person types it."""
    words = []
    at: click.Context | None = context
    while at is not None and at.parent is not None:
        words.append(at.info_name or "")
        at = at.parent
    return " ".join(["newssearch", *reversed(words)])


def _message(exc: click.ClickException) -> str:
    if isinstance(exc, click.NoSuchOption) and exc.option_name.startswith("--"):
        names = [] if exc.ctx is None else options_of(exc.ctx.command)
        return f"no such option: {exc.option_name}{did_you_mean(exc.option_name, names)}"
    if isinstance(exc, click.BadParameter) and not isinstance(exc, click.MissingParameter):
        return _of_value(exc)
    message = exc.format_message()
    return message[:1].lower() + message[1:]


def options_of(command: click.Command) -> list[str]:
    return [
        name
        for option in command.params
        for name in (*option.opts, *option.secondary_opts)
        if name.startswith("--")
    ]


def _of_value(exc: click.BadParameter) -> str:
    """Return what is wrong with the value of a parameter."""
    param = exc.param
    what = ""
    if param is not None:
        is_option = isinstance(param, click.Option)
        what = max(param.opts, key=len) if is_option else param.make_metavar(exc.ctx or _no_context)
    message = exc.message.strip().rstrip(".")
    choices = (
        param.type.choices if param is not None and isinstance(param.type, click.Choice) else ()
    )
    if choices and (typed := _QUOTED.match(message)):
        names = list(map(str, choices))
        found = nearest(typed[1], names)
        message += f"; did you mean {found}?" if found else ""
    return f"{what}: {message}" if what else message


_no_context = click.Context(click.Command("newssearch"))
