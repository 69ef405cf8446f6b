"""From files to articles: which reader reads what, and what is read from a folder."""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Protocol, TypeVar, cast

from search.model.article import Article, BadArticle
from search.model.errors import ReadError
from search.readers import records
from search.readers.draft import unforeseen
from search.readers.source import (
    Block,
    CutShort,
    Limits,
    Origin,
    Source,
    has_more,
    open_source,
    suffix_of,
)

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
    limits = Limits(max_file_mb * 1_000_000, max_article_chars)
    with opened(path, limits, reader) as source:
        yield from source.articles()


@dataclass(frozen=True, slots=True)
class OpenSource:
    """A source that is open to be read once: whole, or in blocks of lines where it `has_blocks`."""

    source: Source
    reader: Reader

    def articles(self) -> Iterator[Article | BadArticle]:
        """Yield what `read` yields."""
        return _to_its_end(self.source, self.reader.read(self.source))

    def has_blocks(self) -> bool:
        """Whether it has a record a line, so that `read_block` can read its blocks apart, anywhere."""
        return self.reader is cast(Reader, records) and records.has_lines(self.source)

    def blocks(self) -> Iterator[Block | BadArticle]:
        """Yield the blocks in order; where the source ends too early a `BadArticle`, ``cut_short``."""
        return _to_its_end(self.source, self.source.blocks())

    def has_more(self) -> bool:
        """Whether there is more to be read, or an end, without waiting for it."""
        return has_more(self.source.file)

    def bytes_read(self) -> int:
        """Return how far reading is in the file on disk, 0 where that cannot be told."""
        try:
            return self.source.file.tell()
        except (OSError, ValueError):
            return 0


@contextmanager
def opened(path: str | Path, limits: Limits, reader: str | None = None) -> Iterator[OpenSource]:
    """Open what `read` would read. Raises `ReadError`."""
    if reader is not None and reader not in _READERS:
        raise ReadError(f"there is no reader {reader!r}; choose {', '.join(_READERS)}")
    with open_source(str(path), limits) as source:
        try:
            chosen = _reader(reader) if reader else _reader_of(source)
        except Exception as exc:
            raise ReadError(f"{path}: {unforeseen(exc)}") from exc
        yield OpenSource(source, chosen)


def read_block(path: str, limits: Limits, block: Block) -> Iterator[Article | BadArticle]:
    """Yield an article, or a `BadArticle`, for each line of a block of the source at *path*."""
    origin = Origin(path, limits)
    return _to_its_end(origin, records.read_block(origin, block))


_Item = TypeVar("_Item")


def _to_its_end(origin: Origin, items: Iterator[_Item]) -> Iterator[_Item | BadArticle]:
    """Yield *items*, and where they cannot go on a `BadArticle` that says why."""
    try:
        yield from items
    except ReadError:
        raise
    except CutShort as exc:
        yield BadArticle(origin.path, None, str(exc), cut_short=True)
    except Exception as exc:  # one source must not end a whole run
        yield BadArticle(origin.path, None, unforeseen(exc), cut_short=True)


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
