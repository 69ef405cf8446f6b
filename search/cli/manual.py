"""The manual page, newssearch(1), made from the help of the commands: `setup.py` puts it into the wheel."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click

from search import __version__
from search.cli.main import COMMANDS, main
from search.model.settings import SETTINGS
from search.model.settings_files import FILE_NAME

_EXIT = (("0", "found, or done"), ("1", "nothing found, or nothing to do"), ("2", "an error"), ("130", "stopped by Ctrl-C"))  # fmt: skip


def man_page() -> str:
    """Return the page in the language of man(7)."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield f'.TH NEWSSEARCH 1 "" "newssearch {__version__}"'
    yield from (".SH NAME", "newssearch \\- full\\-text search over news articles")
    yield from (".SH SYNOPSIS", ".B newssearch", "\\fICOMMAND\\fR [\\fIOPTION\\fR]... [\\fIARGUMENT\\fR]...")  # fmt: skip
    yield ".SH DESCRIPTION"
    yield from _help(main.help or "")
    # With its settings: click remembers the names of the option for help that a command was first asked for with.
    context = click.Context(main, info_name="newssearch", **main.context_settings)
    yield from _options(context)
    yield ".SH COMMANDS"
    for name in COMMANDS:
        command = main.get_command(context, name)
        assert command is not None  # noqa: S101
        yield from _command(name, command, context)
    yield ".SH FILES"
    yield from _item(FILE_NAME, "settings of a project, in the folder where newssearch is called or the nearest above it")  # fmt: skip
    yield from _item(f"~/.config/newssearch/{FILE_NAME}", "settings of a person")
    yield ".SH ENVIRONMENT"
    for setting in SETTINGS:
        yield from _item(setting.variable, f"{setting.help} [{setting.default or 'none'}]")
    yield from _item("NO_COLOR", "set to anything: no colours")
    yield from _item("PAGER", "what shows an answer that is longer than the window")
    yield ".SH EXIT STATUS"
    for status, meaning in _EXIT:
        yield from _item(status, meaning)


def _command(name: str, command: click.Command, parent: click.Context) -> Iterator[str]:
    if isinstance(command, click.Group):
        for each in command.list_commands(parent):
            below = command.get_command(parent, each)
            if below is not None:
                yield from _command(f"{name} {each}", below, parent)
        return
    context = click.Context(command, info_name=name, parent=parent, **command.context_settings)
    yield f".SS {_plain(' '.join(['newssearch', name, *command.collect_usage_pieces(context)]))}"
    yield from _help(command.help or "")
    yield from _options(context)


def _options(context: click.Context) -> Iterator[str]:
    for param in context.command.get_params(context):
        record = param.get_help_record(context) if isinstance(param, click.Option) else None
        if record is not None:
            yield from _item(*record)


def _item(term: str, meaning: str) -> Iterator[str]:
    yield from (".TP", f"\\fB{_plain(term)}\\fR", _plain(" ".join(meaning.split())))


def _help(text: str) -> Iterator[str]:
    """Yield the paragraphs of a help text; those after a \\b keep their lines."""
    for paragraph in re.split(r"\n[ \t]*\n", text.strip()):
        lines = [line.strip() for line in paragraph.split("\n")]
        yield ".PP"
        if lines and lines[0] == "\b":
            yield from (".nf", *map(_plain, lines[1:]), ".fi")
        else:
            yield _plain(" ".join(lines))


def _plain(text: str) -> str:
    """Return *text* so that troff prints it as it is."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{text}" if text.startswith((".", "'")) else text


if __name__ == "__main__":
    click.echo(man_page(), nl=False)
