"""Opening a file: its format is chosen, its articles are read, whole or in blocks of lines."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import NamedTuple, TypeAlias, TypeVar

from search.model.article import Article, BadArticle
from search.model.errors import ReadError
from search.model.remark import Remark
from search.model.settings import Settings
from search.readers import records
from search.readers.decompression import CutShort
from search.readers.draft import unforeseen
from search.readers.encodings import encoding_named
from search.readers.formats import (
    FORMAT_NAMES,
    FORMATS,
    Format,
    container_reader_of,
    format_of,
    has_known_suffix,
    reader_of,
)
from search.readers.never_sources import is_about_files, is_of_saved_page
from search.readers.options import AS_FOUND, ReadingOptions
from search.readers.source import (
    WITHIN,
    Block,
    Limits,
    Member,
    Origin,
    PartRead,
    Source,
    has_more,
    member_source,
    open_source,
    refuse_binary,
    suffix_of,
)

#: What reading gives.
ReadItem: TypeAlias = Article | BadArticle | Remark


class ReadFrom(NamedTuple):
    """What the articles that follow come from: a file, or what lies in one, and the name of the format it is read by."""

    path: str
    reader: str
    #: Where it was fetched from, "" where nothing says it.
    url: str = ""


#: By which format blocks of lines are read.
READER_OF_BLOCKS = next(each.name for each in FORMATS if each.in_blocks)


def read(
    path: str | Path,
    *,
    options: ReadingOptions = AS_FOUND,
    settings: Settings | None = None,
) -> Iterator[ReadItem]:
    """Yield the articles of one file, or of standard input ("-"), in order.

    A record that is no article gives a `BadArticle`, and the rest goes on; a file that cannot be read to its
    end gives one last `BadArticle`, which is ``cut_short``. A `Remark` comes after the article that it is
    about, or at the end of the file.
    Raises `ReadError`, on the first step, if the file cannot be opened, is not text or is in no known format.
    """
    limits = Limits.of(settings or Settings())
    with opened(path, limits, options) as source:
        yield from source.articles()


@dataclass(frozen=True, slots=True)
class OpenSource:
    """An open file that can be read once: whole, or if it `has_blocks` in blocks of lines."""

    source: Source
    format: Format

    def articles(self) -> Iterator[ReadItem]:
        """Yield what `read` yields."""
        return (item for item in self.items() if not isinstance(item, ReadFrom))

    def items(self) -> Iterator[ReadItem | ReadFrom]:
        """Yield what `read` yields, and before the first item of each part of the file which it is."""
        return _items(self.source, self.format)

    def has_blocks(self) -> bool:
        """Whether it has a record a line, so that other processes can read its blocks by `read_block`."""
        return self.format.in_blocks and records.has_lines(self.source)

    def blocks(self) -> Iterator[Block | BadArticle | Remark]:
        """Yield the blocks in order, and what is to be said of the whole file.

        If the file ends too early, a last `BadArticle` is ``cut_short``.
        """
        yield from _to_its_end(self.source, self.source.blocks())
        yield from self.source.remarks.take()

    def has_more(self) -> bool:
        """Whether more of it, or its end, can be read without waiting."""
        return has_more(self.source.file)

    def bytes_read(self) -> int:
        """Return the bytes of the file on disk that were read so far, 0 if that is unknown."""
        try:
            return self.source.file.tell()
        except (OSError, ValueError):
            return 0

    def digest(self) -> str:
        """Return the digest of the file's bytes, see `Source.digest`. Raises OSError."""
        return self.source.digest()


def check_options(options: ReadingOptions) -> None:
    """Raise `ReadError` if there is no such reader or encoding."""
    reader, label = options.reader, options.encoding
    if reader is not None and reader not in FORMAT_NAMES:
        raise ReadError(f"unknown reader {reader!r}; choose one of {', '.join(FORMAT_NAMES)}")
    if label and encoding_named(label) is None:
        raise ReadError(
            f"unknown encoding {label!r}; try utf-8, windows-1252 (Western Europe), windows-1250 (Central"
            " Europe), windows-1251 or koi8-r (Cyrillic), gb18030, big5, shift_jis, euc-kr or another label"
            " of https://encoding.spec.whatwg.org"
        )


def said_by_name(path: str, limits: Limits, options: ReadingOptions) -> Hashable:
    """Return what the name of a file says of its articles, its format and its day: with the same bytes, all else is equal."""
    from search.readers.text import day_of_file  # rare, and its patterns take time to compile

    return suffix_of(path), day_of_file(Origin(path, limits, options))


@contextmanager
def opened(
    path: str | Path, limits: Limits, options: ReadingOptions = AS_FOUND
) -> Iterator[OpenSource]:
    """Open a file and choose its format, as `read` does. Raises `ReadError`."""
    check_options(options)
    with open_source(str(path), limits, options) as source:
        try:
            chosen = _chosen(source)
        except ReadError:
            raise
        except Exception as exc:
            raise ReadError(f"{path}: {unforeseen(exc)}") from exc
        yield OpenSource(source, chosen)


_Item = TypeVar("_Item")


def _chosen(source: Source) -> Format:
    """Return the format that a person named, or the one that *source* is in. Raises `ReadError`.

    What is named is that of the files in an archive, and not of the archive, unless it is one.
    """
    named = source.options.reader
    if named is None:
        return format_of(source)
    chosen = FORMATS[FORMAT_NAMES.index(named)]
    if chosen.needs == "members" and source.depth:
        return format_of(source)
    if not chosen.magic:
        found = next((e for e in FORMATS if e.magic and re.match(e.magic, source.head)), None)
        if found is not None and found.needs == "members":
            return found
        refuse_binary(source)
    return chosen


def _items(source: Source, chosen: Format) -> Iterator[ReadItem | ReadFrom]:
    """Yield what a source holds in its format, and in those of what lies in it."""
    items: Iterator[ReadItem | ReadFrom]
    if chosen.needs == "members":
        members = _of_members(source, container_reader_of(chosen).members(source), chosen)
        items = _to_its_end(source, members, _MAX_REFUSED_IN_CONTAINER)
    else:
        items = _to_its_end(source, reader_of(chosen).read(source))
    read_from = ReadFrom(source.path, chosen.name, source.url)
    return chain((read_from,), _with_remarks(source, items))


def _of_members(
    container: Source, members: Iterator[Member | PartRead | Article | BadArticle], chosen: Format
) -> Iterator[ReadItem | ReadFrom]:
    """Yield what lies in each of *members*; one that cannot be read is refused, and the rest goes on."""
    for member in members:
        if isinstance(member, PartRead):
            yield ReadFrom(f"{container.path}{WITHIN}{member.name}", chosen.name, container.url)
            yield member.article
            continue
        if not isinstance(member, Member):
            yield member
            continue
        if reason := why_left_out(member):
            container.remarks.count(None, "not read", reason)
            continue
        try:
            source = member_source(container, member)
            yield from _items(source, _chosen(source))
        except ReadError as exc:
            path = f"{container.path}{WITHIN}{member.name}"
            yield BadArticle(path, None, str(exc).removeprefix(f"{path}: "))


def why_left_out(member: Member) -> str:
    """Return why *member* is not read, as one like it in a folder would not be; "" where it is."""
    if member.suffix:
        return ""
    folders = Path(member.name).parts
    if "__MACOSX" in folders or any(part.startswith(".") for part in folders if part.strip(".")):
        return "is hidden in an archive; unpack it and give its path to have it read"
    if any(map(is_of_saved_page, folders[:-1])):
        return "lies in a folder that a browser saves with a page"
    if folders and is_about_files(folders[-1]):
        return "tells of its folder, by its name"
    if not has_known_suffix(member.name):
        return f"no reader knows {Path(member.name).suffix.lower() or 'files without a suffix'}"
    return ""


def read_block(
    path: str, limits: Limits, block: Block, options: ReadingOptions = AS_FOUND
) -> Iterator[ReadItem]:
    """Yield what `read` yields for each line of a block of the source at *path*."""
    origin = Origin(path, limits, options)
    return _with_remarks(
        origin, _to_its_end(origin, records.read_block(origin, block), _MAX_REFUSED_IN_BLOCK)
    )


def _with_remarks(
    origin: Origin, items: Iterator[_Item | BadArticle]
) -> Iterator[_Item | BadArticle | Remark]:
    """Yield *items*, after each what was remarked on it, and at the end what was counted."""
    remarks = origin.remarks
    for item in items:
        yield item
        if said := remarks.take():
            yield from said
    yield from remarks.take()
    yield from remarks.take_counted()


#: Refusals in a row after which a file is no file of articles, or a block of it no block of them.
_MAX_REFUSED = 10_000
_MAX_REFUSED_IN_BLOCK = 2_000
#: Files of an archive have nothing in common.
_MAX_REFUSED_IN_CONTAINER = 100_000


def _to_its_end(
    origin: Origin, items: Iterator[_Item], max_refused: int = _MAX_REFUSED
) -> Iterator[_Item | BadArticle]:
    """Yield *items*; if they end with an error, or no article comes any more, a last `BadArticle` that says why."""
    refused = 0
    try:
        for item in items:
            yield item
            if isinstance(item, BadArticle):
                refused += 1
            elif not isinstance(item, ReadFrom):
                refused = 0
            if refused == max_refused:
                raise CutShort(
                    f"{refused:,} records in a row are no articles; those that follow, up to a megabyte or"
                    " to the end of the file, were not read"
                )
    except ReadError:
        raise
    except CutShort as exc:
        yield BadArticle(origin.path, None, str(exc), cut_short=True)
    except Exception as exc:  # one file must not end a whole run
        yield BadArticle(origin.path, None, unforeseen(exc), cut_short=True)
