"""Saved searches: a plain file of lines ``name: query``, used as ``search:name`` inside a query."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

from search.model.errors import SettingError

#: Larger than any list that people keep by hand.
MAX_FILE_BYTES = 1_000_000

_NAME = re.compile(r"[\w-]{1,64}")


class SavedSearches(Mapping[str, str]):
    """The saved searches of the file at *path*, read when the first is asked for; none where it is "".

    Whatever asks for one raises as `read_saved`.
    """

    def __init__(self, path: str) -> None:
        self._path = path

    @cached_property
    def _texts(self) -> dict[str, str]:
        return read_saved(self._path) if self._path else {}

    def __getitem__(self, name: str) -> str:
        return self._texts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


def read_saved(path: str | Path) -> dict[str, str]:
    """Return the query text of each name. Blank lines and lines that begin with # are skipped.

    Raises `SettingError` where the file cannot be read, and for a line without a name, without a
    query, or with a name that an earlier line has.
    """
    try:
        content = _content(Path(path))
    except OSError as exc:
        raise SettingError(f"saved searches {path}: {exc.strerror}") from exc
    except UnicodeDecodeError as exc:
        raise SettingError(f"saved searches {path}: not UTF-8; save the file as UTF-8") from exc
    found: dict[str, str] = {}
    for number, line in enumerate(content.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, _, query = (part.strip() for part in line.partition(":"))
        where = f"saved searches {path}:{number}"
        if not _NAME.fullmatch(name) or not query:
            raise SettingError(
                f"{where}: expected name: query, the name of letters, digits, _ and -"
            )
        if name in found:
            raise SettingError(f"{where}: {name!r} stands in two lines; rename one of them")
        found[name] = query
    return found


def _content(path: Path) -> str:
    with path.open("rb") as file:
        content = file.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise SettingError(f"saved searches {path}: larger than {MAX_FILE_BYTES:,} bytes")
    return content.decode("utf-8-sig")
