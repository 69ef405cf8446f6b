"""What a person should know of what was read although nothing was refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

#: Kinds of remarks -> what a summary says of several: a number goes before it.
REMARK_KINDS = {
    "key not used": "keys or columns were not used",
    "no words": "articles were kept without a title and a text",
    "value not used": "values were not used",
    "date": "dates were kept less exactly than written, or not at all",
    "day order": "dates can be read in two ways, day or month first (03/04/2024), and only what is certain was kept;"
    " --dates dmy or --dates mdy decides",
    "date in question": "dates contradict each other or lie in the future",
    "byline": "bylines were not understood",
    "language": "articles have no language that is known for certain",
    "encoding": "texts have bytes that are not in their encoding",
    "no text": "pages have no text of an article, only a title",
    "merged": "records were merged with others",
    "left out": "files were left out",
}


class Remark(NamedTuple):
    """Something that was left out, not understood, or kept less exactly than it was written.

    ``line`` counts from 1 and is None where the format has no lines, or the remark is about the file.
    ``reason`` says in one sentence what, why, and what can be done. ``times`` is how many cases it stands
    for: what is the same in many records of a file is said once.
    """

    path: str
    line: int | None
    #: One of `REMARK_KINDS`.
    kind: str
    reason: str
    times: int = 1


class Remarks:
    """Remarks on one file, or on one block of it, until they are taken."""

    __slots__ = ("_counted", "_path", "_said")

    def __init__(self, path: str) -> None:
        self._path = path
        self._said: list[Remark] = []
        self._counted: dict[tuple[str, str], Remark] = {}

    def say(self, line: int | None, kind: str, reason: str) -> None:
        """Remark on one case."""
        self._said.append(Remark(self._path, line, kind, reason))

    def count(
        self, line: int | None, kind: str, reason: str | Callable[[], str], name: str = ""
    ) -> None:
        """Remark on a case of many that are said once, with the first line: those of one *name*.

        Without it those that have the same *reason*. A function is called for the first case alone.
        """
        key = kind, name or str(reason)
        known = self._counted.get(key)
        if known is not None:
            self._counted[key] = known._replace(times=known.times + 1)
            return
        said = reason if isinstance(reason, str) else reason()
        self._counted[key] = Remark(self._path, line, kind, said)

    def take(self) -> list[Remark]:
        """Return what was said since the last call."""
        said, self._said = self._said, []
        return said

    def take_counted(self) -> list[Remark]:
        """Return what was counted."""
        counted, self._counted = list(self._counted.values()), {}
        return counted
