"""From files to articles: which reader reads what, and what is read from a folder."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from search.article import Article, BadArticle
from search.errors import ReadError
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
    is no article, and the end of a file that is damaged, gives a `BadArticle`, and the rest goes on.
    Raises `ReadError`, on the first step, where the file cannot be opened or is nothing to read.
    """
    if reader is not None and reader not in _READERS:
        raise ReadError(f"there is no reader {reader!r}; choose {', '.join(_READERS)}")
    name = str(path)
    with open_source(name, Limits(max_file_mb * 1_000_000, max_article_chars)) as source:
        chosen = _reader(reader) if reader else _reader_of(source)
        try:
            yield from chosen.read(source)
        except CutShort as exc:
            yield BadArticle(name, None, str(exc), cut_short=True)


def sources(paths: Iterable[str | Path]) -> Iterator[Path]:
    """Yield the files that *paths* stand for, each once: files, folders, patterns, "-".

    Folders are walked to the bottom in sorted order. From a folder or a pattern come only files
    whose suffix a reader knows; hidden ones are left out, and links to folders are not followed. A
    file named in full is yielded whatever it is. Nothing is raised here: what cannot be found or
    listed is yielded, and `read` says what is wrong with it.
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
    elif _WILD & set(str(path)) and (matches := sorted(glob.glob(str(path), recursive=True))):
        names_suffix = path.suffix != "" and not _WILD & set(path.suffix)
        for match in map(Path, matches):
            if match.is_dir():
                if "**" not in path.parts:  # "**" has matched what is inside as well
                    yield from _walk(match)
            elif names_suffix or _is_known(match):
                yield match
    else:
        yield path


def _walk(folder: Path) -> Iterator[Path]:
    unlisted: list[OSError] = []
    for parent, folders, names in os.walk(folder, onerror=unlisted.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(parent, name)
            # A pipe or device in a folder would be waited for without end.
            if not name.startswith(".") and _is_known(path) and path.is_file():
                yield path
    for error in unlisted:
        yield Path(error.filename)


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
