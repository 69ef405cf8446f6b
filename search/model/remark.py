"""What a person should know of what was read although nothing was refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

#: The kind of what was refused, which a reader gives as a `BadArticle`.
REFUSED = "refused"

#: Kinds of remarks -> what a summary says of one " | " of several: a number goes before it.
REMARK_KINDS = {
    "left out": "file was left out | files were left out",
    "not read": "file, or part of one, holds no article and was left out | files, or parts of files, hold no articles and were left out",
    "hidden": "article is hidden by a rule | articles are hidden by rules",
    "embargo": "article is hidden, as it is not known when its embargo ends | articles are hidden, as it is not known when their embargoes end",
    "withdrawn": "article stays hidden, as its publisher took it back | articles stay hidden, as their publishers took them back",
    "same id": "article took the place of another that had its id | articles took the place of others that had their ids",
    "again": "article came again under its id, and the last one stays | articles came again under their ids, of which the last one stays",
    "key not used": "key or column was not used | keys or columns were not used",
    "no words": "article was kept without a title and a text | articles were kept without a title and a text",
    "value not used": "value was not used | values were not used",
    "date": "date is missing, or was kept less exactly than written | dates are missing, or were kept less exactly than written",
    "day order": "date can be read in two ways, day or month first (03/04/2024), and only what is certain was kept;"
    " --dates dmy or --dates mdy decides | dates can be read in two ways, day or month first (03/04/2024), and only"
    " what is certain was kept; --dates dmy or --dates mdy decides",
    "date in question": "date contradicts another or lies in the future | dates contradict each other or lie in the future",
    "byline": "byline was not understood | bylines were not understood",
    "language": "article has no language that is known for certain | articles have no language that is known for certain",
    "names": "article is in a language in which names are not looked for | articles are in languages in which names are not looked for",
    "encoding": "text is in an encoding that was guessed, or has bytes that are not in its own | texts are in an encoding that was guessed, or have bytes that are not in their own",
    "no text": "page has no text of an article, only a title | pages have no text of an article, only a title",
    "recognised": "text was recognised in a picture with little confidence | texts were recognised in pictures with little confidence",
    "cut text": "text is only a beginning, as its service gives it | texts are only beginnings, as their service gives them",
    "not its text": "text was read without lines that were taken for no part of its article | texts were read without lines that were taken for no part of their articles",
}  # fmt: skip


def counted(kind: str, number: int) -> str:
    """Return *number* and what a summary says of that many cases of *kind*."""
    words = REMARK_KINDS.get(kind, kind).split(" | ")
    return f"{number:,} {words[0] if number == 1 else words[-1]}"


#: Remarks on one file that are kept before they are taken.
MOST_KEPT = 1000


#: Longest reason, in characters: it may quote a key or value of any length.
MAX_REASON_CHARS = 1000


def shortened(text: str, most: int = MAX_REASON_CHARS) -> str:
    """Return *text*, of which no more than *most* characters are left, the last of them an ellipsis."""
    return text if len(text) <= most else text[: most - 1] + "…"


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
    """Remarks on one file, or on one block of it, until they are taken.

    They take no more memory than `MOST_KEPT` of each: what is said of more cases without an article between them,
    and what is counted for more reasons, is given earlier or counted by kind. The number of cases stays right.
    """

    __slots__ = ("_counted", "_full", "_path", "_said", "_times")

    def __init__(self, path: str) -> None:
        self._path = path
        self._said: list[Remark] = []
        #: By kind and name, the first case, and how many there are.
        self._counted: dict[tuple[str, str], Remark] = {}
        self._times: dict[tuple[str, str], int] = {}
        #: Counted for many reasons: to be taken soon, and counted anew.
        self._full: list[Remark] = []

    def say(self, line: int | None, kind: str, reason: str) -> None:
        """Remark on one case."""
        if len(self._said) < MOST_KEPT:
            self._said.append(Remark(self._path, line, kind, shortened(reason)))
        else:
            self.count(line, kind, "and others like those before, which are not named singly")

    def count(
        self, line: int | None, kind: str, reason: str | Callable[[], str], name: str = ""
    ) -> None:
        """Remark on a case of many that are said once, with the first line: those of one *name*.

        Without it those that have the same *reason*. A function is called for the first case alone.
        """
        key = kind, name or str(reason)
        if len(key[1]) > MAX_REASON_CHARS:
            key = kind, shortened(key[1])
        known = self._times.get(key)
        if known is None and len(self._counted) >= MOST_KEPT:
            if len(self._full) < MOST_KEPT:
                self._full += self.take_counted()
            else:  # nobody takes them
                reason = "and others for more reasons, which are not named singly"
                key = kind, reason
                known = self._times.get(key)
        if known is not None:
            self._times[key] = known + 1
            return
        said = reason if isinstance(reason, str) else reason()
        self._counted[key] = Remark(self._path, line, kind, shortened(said))
        self._times[key] = 1

    def take(self) -> list[Remark]:
        """Return what was said since the last call."""
        if not self._said and not self._full:
            return []
        said = self._said + self._full
        self._said, self._full = [], []
        return said

    def take_counted(self) -> list[Remark]:
        """Return what was counted."""
        times = self._times.values()
        counted = [
            first._replace(times=number)
            for first, number in zip(self._counted.values(), times, strict=True)
        ]
        self._counted, self._times = {}, {}
        return counted
