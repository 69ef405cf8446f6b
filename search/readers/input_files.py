"""Which files a command line stands for: files, folders, patterns, standard input."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from search.readers.formats import has_known_suffix

_WILD = frozenset("*?[")


def input_files(paths: Iterable[str | Path]) -> Iterator[Path]:
    """Yield the files that *paths* stand for, each once: files, folders, patterns, "-".

    Folders are walked to the bottom in sorted order. From a folder or a pattern come only files
    whose suffix is in the table of formats; hidden ones are left out, and links to folders are not
    followed. A file named in full is yielded whatever it is. Nothing is raised here: what cannot be
    found, listed or entered is yielded, and so is a pipe or device; opening it says what is wrong with it.
    """
    seen: set[str] = set()
    for path in paths:
        for found in _expanded(Path(path)):
            key = os.path.abspath(found)
            if key not in seen:
                seen.add(key)
                yield found


def _expanded(path: Path) -> Iterator[Path]:
    if str(path) == "-" or os.path.isfile(path):
        yield path
    elif os.path.isdir(path):
        yield from _walk(path)
    elif _WILD & set(str(path)) and (matches := _matches(path)):
        names_suffix = path.suffix != "" and not _WILD & set(path.suffix)
        for match in matches:
            if os.path.isdir(match):
                # "**" has matched the content too, unless it ends the pattern
                if "**" not in path.parts[:-1]:
                    yield from _walk(match)
            elif names_suffix or has_known_suffix(str(match)):
                yield match
    else:
        yield path


def _matches(pattern: Path) -> list[Path]:
    """Return what *pattern* matches, sorted.

    `glob` follows links for "**", and would follow two links that lead back without end.
    """
    parts = list(pattern.parts)
    while parts and parts[-1] == "**":
        parts.pop()  # its whole content: the folder itself, which is walked
    found = {""}
    for part in parts:
        if part == "**":
            walks = (_folders(each or os.curdir, []) for each in found)
            found = {parent for walk in walks for parent, _ in walk}
        else:
            within = (os.path.join(glob.escape(each), part) for each in found)
            found = {match for each in within for match in glob.glob(each)}
    return sorted(map(Path, found))


def _folders(top: str | Path, unlisted: list[OSError]) -> Iterator[tuple[str, list[str]]]:
    """Yield *top* and each folder below with the names of its files; without hidden ones."""
    for parent, folders, names in os.walk(top, onerror=unlisted.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield parent, sorted(name for name in names if not name.startswith("."))


def _walk(folder: Path) -> Iterator[Path]:
    unlisted: list[OSError] = []
    for parent, names in _folders(folder, unlisted):
        for name in names:
            path = Path(parent, name)
            if has_known_suffix(str(path)):
                yield path
    for error in unlisted:
        yield Path(error.filename)
