"""A file of settings that a person writes in TOML: read within bounds, and what is wrong with it said."""

from __future__ import annotations

import json
import re
from typing import Any

from search.model.errors import SettingError

_WHERE = re.compile(r"\(at line (\d+), column (\d+)\)|\(at end of document\)")


def toml_text(path: str, what: str, max_bytes: int, consequence: str = "") -> str:
    """Return the text of the file at *path*.

    *what* says for a person what is in it, *consequence* what follows where it cannot be used. Raises `SettingError`,
    which says what to do.
    """
    after = f"; {consequence}" if consequence else ""
    try:
        with open(path, "rb") as file:
            content = file.read(max_bytes + 1)
    except OSError as exc:
        raise SettingError(f"{what} {path}: {exc.strerror}{after}") from exc
    except ValueError as exc:  # a NUL in the path
        raise SettingError(f"{what} {path!r}: {exc}{after}") from exc
    if len(content) > max_bytes:
        raise SettingError(f"{what} {path}: larger than {max_bytes:,} bytes; is it the right file?")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = content.count(b"\n", 0, exc.start) + 1
        raise SettingError(f"{path}:{line}: not UTF-8; save the file as UTF-8") from exc


def toml_table(text: str, path: str, sample: str) -> dict[str, Any]:
    """Return what the *text* of the file at *path* says.

    Raises `SettingError` with line, column and *sample*, which says what something in the file looks like.
    """
    import tomllib  # few runs have such a file

    try:
        return tomllib.loads(text)
    except RecursionError as exc:
        raise SettingError(f"{path}: lists in lists, too deep to be read; {sample}") from exc
    except ValueError as exc:  # a number of thousands of digits is no TOMLDecodeError
        said = str(exc)
        where = _WHERE.search(said)
        line = f":{where[1] or len(text.splitlines()) or 1}" if where else ""
        column = f" (column {where[2]})" if where and where[2] else ""
        what = (said[: where.start()] if where else said).strip().rstrip(".") or "not TOML"
        raise SettingError(f"{path}{line}: {what[0].lower()}{what[1:]}{column}; {sample}") from exc


def toml_string(text: str) -> str:
    """Return *text* as a basic string of TOML."""
    # JSON escapes what TOML has to have escaped, but for DEL.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
