"""The settings in force: option, else variable, else the file of the project, else that of the person, else the default.

A settings file is ``newssearch.toml``: a line for each setting, by the names of the table in `settings.py`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import NamedTuple

from search.model.errors import SettingError
from search.model.settings import SETTINGS, Setting, Settings

#: What a settings file is called.
FILE_NAME = "newssearch.toml"
_MAX_BYTES = 100_000
#: The bit of a file's mode by which everybody may read it.
_FOR_OTHERS = 0o004
_SAMPLE = 'a setting looks like page_size = 20 or index = "news"'

#: What an index may have before its folder: the name of an engine and a colon.
_PREFIX = re.compile(r"[a-z_]{2,20}:")
#: What an index has there that is no folder.
_ADDRESS = re.compile(r"[a-z_]{2,20}:https?://|https?://")


class Value(NamedTuple):
    """The value of a setting, and where it comes from: an option, a variable, a file with its line, or "default"."""

    value: int | str
    origin: str


class InForce(NamedTuple):
    """Each setting by name, the settings files that were read, the strongest first, and a sentence for each that was not."""

    values: dict[str, Value]
    files: tuple[str, ...]
    passed_over: tuple[str, ...]

    @property
    def settings(self) -> Settings:
        return Settings(**{name: found.value for name, found in self.values.items()})  # type: ignore[arg-type]


def in_force(
    options: Mapping[str, int | str] | None = None,
    environment: Mapping[str, str] | None = None,
    folder: str | None = None,
) -> InForce:
    """Return the settings of a command with these *options*, by name, that was called in *folder*.

    Without them it is the environment of this process, and the folder that it works in. Raises `SettingError`, which names
    the variable, or the file and its line.
    """
    variables = os.environ if environment is None else environment
    values = {setting.name: Value(setting.default, "default") for setting in SETTINGS}
    read, passed_over = [], []
    for path in _paths(variables, folder):  # the weakest first
        try:
            told = _distrusted(path)
        except OSError as exc:
            if not os.path.lexists(path):
                continue
            raise SettingError(f"settings file {path}: {exc.strerror}") from exc
        if told:
            passed_over.append(told)
            continue
        values |= _read(path, folder)
        read.append(path)
    for setting in SETTINGS:
        if text := variables.get(setting.variable):
            values[setting.name] = Value(setting.parse(text), setting.variable)
        if options and setting.name in options:
            values[setting.name] = Value(options[setting.name], setting.option)
    return InForce(values, tuple(reversed(read)), tuple(passed_over))


def _paths(variables: Mapping[str, str], folder: str | None) -> list[str]:
    """Return where the file of the person and that of the project are, or would be."""
    home = variables.get("HOME") or ""
    config = variables.get("XDG_CONFIG_HOME") or ""
    if not os.path.isabs(config):  # the rule of XDG: others are ignored
        config = os.path.join(home, ".config") if os.path.isabs(home) else ""
    paths = [os.path.join(config, "newssearch", FILE_NAME)] if config else []
    try:
        here = os.path.abspath(folder or os.getcwd())
    except OSError:  # a folder that was deleted
        return paths
    while True:
        path = os.path.join(here, FILE_NAME)
        if os.path.lexists(path):
            return [*paths, path]
        above = os.path.dirname(here)
        if above == here:
            return paths
        here = above


def _distrusted(path: str) -> str:
    """Return why the settings file at *path* is not read, or "" where it is. Raises `OSError` where there is none.

    In a folder where everybody may write, anybody could say for others which index is asked, or which articles are hidden.
    """
    file, folder = os.stat(path), os.stat(os.path.dirname(path))
    is_ours = file.st_uid in (0, getattr(os, "geteuid", lambda: file.st_uid)())
    for_all = 0o002
    if file.st_mode & for_all:
        return f"{path} is not read: everybody may write to it; chmod o-w {path}"
    if folder.st_mode & for_all and not is_ours:
        return f"{path} is not read: it is another person's, in a folder where everybody may write"
    return ""


def _read(path: str, folder: str | None) -> dict[str, Value]:
    """Return what the file at *path* says. Raises `SettingError` with path and line."""
    from search.model.nearest import did_you_mean
    from search.model.toml_file import toml_table, toml_text

    text = toml_text(path, "settings file", _MAX_BYTES)
    rows = {setting.name: setting for setting in SETTINGS}
    found = {}
    for name, value in toml_table(text, path, _SAMPLE).items():
        where = _place(text, path, name)
        if name not in rows:
            hint = did_you_mean(name.replace("-", "_"), rows)
            raise SettingError(f"{where}: no setting is called {name}{hint or f'; {_SAMPLE}'}")
        found[name] = Value(_checked(rows[name], value, where, path, folder), where)
        if rows[name].is_secret and os.stat(path).st_mode & _FOR_OTHERS:
            raise SettingError(
                f"{where}: everybody may read the file with {name}; chmod o-r {path}"
            )
    return found


def _place(text: str, path: str, name: str) -> str:
    """Return the path, and the line where *name* is set, as far as it can be told."""
    line = re.search(rf"^[ \t]*[\[\"']*{re.escape(name)}\b", text, re.MULTILINE)
    return f"{path}:{text.count(chr(10), 0, line.start()) + 1}" if line else path


def _checked(
    setting: Setting, value: object, where: str, path: str, folder: str | None
) -> int | str:
    said = f"{where}: {setting.name} = {'...' if setting.is_secret else str(value)[:40]!r}"
    if isinstance(setting.default, str):
        if not isinstance(value, str) or "\0" in value or not setting.takes(value):
            raise SettingError(f"{said}: {setting.expected}")
        return _from_folder(value, os.path.dirname(path), folder) if setting.is_path else value
    if isinstance(value, bool) and setting.maximum == 1:
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise SettingError(f"{said}: {setting.expected}")
    if not setting.minimum <= value <= setting.maximum:
        raise SettingError(f"{said}: {setting.expected}")
    return value


def _from_folder(value: str, beside: str, folder: str | None) -> str:
    """Return a path that a file in *beside* says, as a command in *folder* has to call it.

    What names no file but a stream ("-"), a variable ("env:NAME") or a cluster stays.
    """
    if value == "-" or value.startswith("env:") or _ADDRESS.match(value):
        return value
    prefix = _PREFIX.match(value)
    before, rest = (prefix.group(), value[prefix.end() :]) if prefix else ("", value)
    if not rest:
        return value
    rest = os.path.expanduser(rest)
    if os.path.isabs(rest) or beside == os.path.abspath(folder or os.getcwd()):
        return before + rest
    return before + os.path.normpath(os.path.join(beside, rest))
