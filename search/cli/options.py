"""Options that several commands share, and what follows from them: settings, text, the index."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from search.cli.output import tell
from search.model.errors import SettingError
from search.model.settings import SETTINGS, Setting, Settings
from search.model.settings_files import Value, in_force

if TYPE_CHECKING:
    from search.engines.protocol.engine import Engine

Command = TypeVar("Command", bound=Callable[..., Any])


def settings_options(*names: str) -> Callable[[Command], Command]:
    """Add an option for each named setting; type, bounds and help come from the table."""

    def add(command: Command) -> Command:
        for setting in reversed([s for s in SETTINGS if s.name in names]):
            is_text = isinstance(setting.default, str)
            command = click.option(
                setting.option,
                type=str if is_text else click.IntRange(setting.minimum, setting.maximum),
                metavar="TEXT" if is_text else "N",
                help=f"{setting.help}  {source_of(setting)}",
            )(command)
        return command

    return add


def diverse_option(also: str = "") -> Callable[[Command], Command]:
    """Add the switch for the setting `diverse`; its help ends with *also*."""
    [setting] = [setting for setting in SETTINGS if setting.name == "diverse"]
    return click.option(
        "--diverse/--no-diverse",
        default=None,
        help="At most two articles of one source, and one of a story, among the first ten, or as they rank  "
        f"{source_of(setting)}{also}",
    )


def source_of(setting: Setting) -> str:
    """Return where *setting* comes from if no option gives it, for a help text."""
    return f"[{setting.variable}; default: {'none' if setting.default == '' else setting.default}]"


def color_option(command: Command) -> Command:
    return click.option(
        "--color",
        type=click.Choice(["auto", "always", "never"]),
        default="auto",
        help="Colours: on a terminal without NO_COLOR (auto), always, or never",
    )(command)


def settings_from(options: dict[str, Any]) -> Settings:
    """Remove the settings from a command's *options* and return those in force: what no option gives is from elsewhere."""
    names = {setting.name for setting in SETTINGS}
    chosen = {name: options.pop(name) for name in list(options) if name in names}
    found = in_force({name: value for name, value in chosen.items() if value is not None})
    for told in found.passed_over:
        tell(f"note: {told}")
    for name in _JUDGED:
        _judge(name, found.values[name])
    return found.settings


#: Settings whose text only those can judge who use it.
_JUDGED = ("time_zone", "rank", "recency")


def _judge(name: str, value: Value) -> None:
    """Raise `SettingError` where the *value* of a setting cannot be used; it says where that comes from."""
    if value.origin == "default":
        return
    from search.service.request import check_settings  # few settings are given

    alone = Settings(**{name: value.value})  # type: ignore[arg-type]
    try:
        alone.zone()
        check_settings(alone)
    except SettingError as exc:
        raise SettingError(f"{value.origin}: {exc}") from exc


@contextmanager
def open_index(settings: Settings) -> Iterator[Engine]:
    from search.engines.registry import open_engine

    with closing(open_engine(settings.index, settings=settings)) as engine:
        yield engine


def text_of(arguments: Sequence[str]) -> str:
    """Return the words of the command line as one text; bytes that are not UTF-8 become U+FFFD."""
    return " ".join(arguments).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
