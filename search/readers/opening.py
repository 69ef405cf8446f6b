"""Opening a file: its format is chosen, its articles are read, whole or in blocks of lines."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from search.model.article import Article, BadArticle
from search.model.errors import ReadError
from search.model.settings import Settings
from search.readers import records
from search.readers.draft import unforeseen
from search.readers.formats import FORMAT_NAMES, FORMATS, Format, format_of, reader_of
from search.readers.source import Block, CutShort, Limits, Origin, Source, has_more, open_source


def read(
    path: str | Path,
    *,
    reader: str | None = None,
    settings: Settings | None = None,
) -> Iterator[Article | BadArticle]:
    """Yield the articles of one file, or of standard input ("-"), in order.

    *reader* is one of `FORMAT_NAMES`; None chooses by the suffix, else by the content. A record that
    is no article gives a `BadArticle`, and the rest goes on; a file that cannot be read to its end
    gives one last `BadArticle`, which is ``cut_short``.
    Raises `ReadError`, on the first step, where the file cannot be opened or is nothing to read.
    """
    limits = Limits.of(settings or Settings())
    with opened(path, limits, reader) as source:
        yield from source.articles()


@dataclass(frozen=True, slots=True)
class OpenSource:
    """A source that is open to be read once: whole, or in blocks of lines where it `has_blocks`."""

    source: Source
    format: Format

    def articles(self) -> Iterator[Article | BadArticle]:
        """Yield what `read` yields."""
        return _to_its_end(self.source, reader_of(self.format).read(self.source))

    def has_blocks(self) -> bool:
        """Whether it has a record a line, so that `read_block` can read its blocks apart, anywhere."""
        return self.format.in_blocks and records.has_lines(self.source)

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


def check_reader(name: str) -> None:
    """Raise `ReadError` where *name* is none of `FORMAT_NAMES`."""
    if name not in FORMAT_NAMES:
        raise ReadError(f"unknown reader {name!r}; choose one of {', '.join(FORMAT_NAMES)}")


@contextmanager
def opened(path: str | Path, limits: Limits, reader: str | None = None) -> Iterator[OpenSource]:
    """Open what `read` would read. Raises `ReadError`."""
    if reader is not None:
        check_reader(reader)
    with open_source(str(path), limits) as source:
        try:
            chosen = FORMATS[FORMAT_NAMES.index(reader)] if reader else format_of(source)
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
