"""What the first articles of a file are read as, and where each part comes from: for `index --dry-run`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from search.model.article import Article, BadArticle
from search.model.remark import Remark
from search.model.settings import Settings
from search.readers.formats import RecordReader, reader_of
from search.readers.keys import shown
from search.readers.opening import OpenSource, ReadFrom, opened
from search.readers.options import ReadingOptions
from search.readers.record import RecordReading
from search.readers.shapes import PARTS
from search.readers.source import Limits, Source


class Shown(NamedTuple):
    """One article, or why there is none; which key each part came from, and what gave nothing."""

    line: int | None
    article: Article | BadArticle
    #: Part -> the key it came from, of a record.
    origins: dict[str, str]
    #: Sentences on the keys that gave nothing, and what else was remarked.
    remarks: tuple[str, ...] = ()
    #: The known shape of a record, "" for none.
    shape: str = ""
    #: The file, or the part of an archive, that it is in: "dump.zip!/2024/a.txt".
    path: str = ""


def first_articles(
    path: str, options: ReadingOptions, settings: Settings, most: int
) -> Iterator[Shown]:
    """Yield the first *most* articles of the file at *path*. Raises `ReadError` as reading does."""
    with opened(path, Limits.of(settings), options) as source:
        reader = reader_of(source.format)
        if isinstance(reader, RecordReader):
            yield from islice(_of_records(source.source, reader), most)
        else:
            yield from islice(_of_others(source), most)


def _of_records(origin: Source, reader: RecordReader) -> Iterator[Shown]:
    for found in reader.records_of(origin):
        if isinstance(found, BadArticle):
            yield Shown(found.line, found, {}, path=origin.path)
            continue
        line, record = found
        reading = RecordReading(origin, line, record)
        origins = {part: shown(key) for part, key in reading.used.items() if part in PARTS}
        said = [
            remark.reason for remark in (*origin.remarks.take(), *origin.remarks.take_counted())
        ]
        yield Shown(line, reading.article, origins, tuple(said), reading.keys.shape, origin.path)


def _of_others(source: OpenSource) -> Iterator[Shown]:
    last: Article | BadArticle | None = None
    said: list[str] = []
    path = last_path = source.source.path
    for item in source.items():
        if isinstance(item, ReadFrom):
            path = item.path
        elif isinstance(item, Remark):
            said.append(item.reason)
        else:
            if last is not None:
                yield _shown(last, last_path, said)
            last, last_path, said = item, path, []
    if last is not None:
        yield _shown(last, last_path, said)


def _shown(article: Article | BadArticle, path: str, said: list[str]) -> Shown:
    if isinstance(article, BadArticle):
        return Shown(article.line, article, {}, tuple(said), path=path)
    origins = {"published": article.published_from} if article.published_from else {}
    return Shown(article.line, article, origins, tuple(said), path=path)
