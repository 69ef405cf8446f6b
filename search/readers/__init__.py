"""From files to articles: which reader reads what, and what is read from a folder."""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from search.article import Article, BadArticle
from search.errors import ReadError
from search.readers.draft import unforeseen
from search.readers.source import CutShort, Limits, Source, open_source, suffix_of

#: The modules of the readers, in the order in which they are asked whether a content is theirs; the
#: last one takes everything. A new reader is a module like these and a line here.
_READERS = ("html", "records", "text")

_WILD = frozenset("*?[")


class Reader(Protocol):
    """What a module of a reader holds: one format, bytes in, articles out."""

    NAME: str
    #: Lower case, with the full stop, without ".gz".
    SUFFIXES: tuple[str, ...]

    def sniff(self, head: str) -> bool:
        """Whether a text that begins with *head* is in this format."""

    def read(self, source: Source) -> Iterator[Article | BadArticle]:
        """Yield the articles of *source*, a `BadArticle` for each that is none."""


def reader_names() -> tuple[str, ...]:
    """Return the names that `read` takes as its reader."""
    return _READERS


def read(
    path: str | Path,
    *,
    reader: str | None = None,
    max_file_mb: int = 4096,
    max_article_chars: int = 5_000_000,
) -> Iterator[Article | BadArticle]:
    """Yield the articles of one file, or of standard input ("-"), in order.

    *reader* is one of `reader_names`; None chooses by the suffix, else by the content. A record that
    is no article gives a `BadArticle`, and the rest goes on; a file that cannot be read to its end
    gives one last `BadArticle`, which is ``cut_short``.
    Raises `ReadError`, on the first step, where the file cannot be opened or is nothing to read.
    """
    if reader is not None and reader not in _READERS:
        raise ReadError(f"there is no reader {reader!r}; choose {', '.join(_READERS)}")
    name = str(path)
    with open_source(name, Limits(max_file_mb * 1_000_000, max_article_chars)) as source:
        try:
            chosen = _reader(reader) if reader else _reader_of(source)
            yield from chosen.read(source)
        except ReadError:
            raise
        except CutShort as exc:
            yield BadArticle(name, None, str(exc), cut_short=True)
        except Exception as exc:  # one source must not end a whole run
            yield BadArticle(name, None, unforeseen(exc), cut_short=True)


def sources(paths: Iterable[str | Path]) -> Iterator[Path]:
    """Yield the files that *paths* stand for, each once: files, folders, patterns, "-".

    Folders are walked to the bottom in sorted order. From a folder or a pattern come only files
    whose suffix a reader knows; hidden ones are left out, and links to folders are not followed. A
    file named in full is yielded whatever it is. Nothing is raised here: what cannot be found,
    listed or entered is yielded, and `read` says what is wrong with it.
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
                # "**" has matched what is inside as well, unless it ends the pattern
                if "**" not in path.parts[:-1]:
                    yield from _walk(match)
            elif names_suffix or _is_known(match):
                yield match
    else:
        yield path


def _matches(pattern: Path) -> list[Path]:
    """Return what *pattern* matches, sorted.

    `glob` alone would follow links for "**", and two that lead back would keep it busy for ever.
    """
    parts = list(pattern.parts)
    while parts and parts[-1] == "**":
        parts.pop()  # all that is inside: the folder itself, which is walked
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
    """Yield *top* and each folder below with the names of its files; hidden ones are left out."""
    for parent, folders, names in os.walk(top, onerror=unlisted.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield parent, sorted(name for name in names if not name.startswith("."))


def _walk(folder: Path) -> Iterator[Path]:
    unlisted: list[OSError] = []
    for parent, names in _folders(folder, unlisted):
        for name in names:
            path = Path(parent, name)
            if _is_known(path) and _may_be_file(path):
                yield path
    for error in unlisted:
        yield Path(error.filename)


def _may_be_file(path: Path) -> bool:
    """Whether *path* is a file, or cannot be asked (a folder not to be entered, a link to nothing)."""
    try:
        # A pipe or device in a folder would be waited for without end.
        return stat.S_ISREG(os.stat(path).st_mode)
    except OSError:
        return True


def _is_known(path: Path) -> bool:
    return any(suffix_of(str(path)) in _reader(name).SUFFIXES for name in _READERS)


def _reader(name: str) -> Reader:
    return cast(Reader, import_module(f"search.readers.{name}"))


def _reader_of(source: Source) -> Reader:
    readers = [_reader(name) for name in _READERS]
    suffix = suffix_of(source.path)
    by_suffix = (each for each in readers if suffix in each.SUFFIXES)
    head = source.head_text()
    by_content = (each for each in readers if each.sniff(head))
    return next(by_suffix, None) or next(by_content)
