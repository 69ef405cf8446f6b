"""Records: JSON, JSON Lines and CSV, with the keys that are usual in news."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import TextIO, TypeAlias

from search.model.article import Article, BadArticle
from search.model.errors import ReadError
from search.readers.csv_rows import (
    MAX_COLUMNS,
    MAX_LINES_ABOVE,
    Row,
    layout_of,
    lines_after,
    read_rows,
)
from search.readers.draft import guarded
from search.readers.encodings import UTF_8, decoded, is_utf8
from search.readers.json_stream import (
    WRAPPERS,
    Value,
    lines_of,
    object_of,
    parse_line,
    read_either,
    read_lines,
    shows_lines,
    too_long,
    wrapped_list,
)
from search.readers.keys import Mapped
from search.readers.nested import is_table, records_within
from search.readers.ninjs import why_no_article
from search.readers.record import Record, article_of, has_text, is_article, likely_part
from search.readers.shapes import NO_ARTICLES, bare, part_of
from search.readers.source import Block, Origin, Source, misread, suffix_of
from search.readers.values import is_null

_LINES_SUFFIXES = (".jsonl", ".ndjson")  # always one value a line

#: A record and the line that it begins on.
NumberedRecord: TypeAlias = tuple[int | None, Record]

_JSON_START = re.compile(r"\s*(?:\[\s*(?:[\[{\]]|\Z)|\{\s*(?:[\"}]|\Z))")


def sniff(head: str) -> bool:
    """Whether text that begins with *head* is JSON, or CSV whose first row names parts of an article."""
    if _JSON_START.match(head):
        return True
    header = _header(head)
    names = [name for name in header if part_of(name)]
    return len(names) > 1 and len(header) > 1 and has_text(names)


def read(source: Source) -> Iterator[Article | BadArticle]:
    """Yield an article a record. Raises `ReadError` for a table of which no column is known to be a text."""
    return _articles(source, records_of(source))


def records_of(source: Source) -> Iterator[NumberedRecord | BadArticle]:
    """Yield the records that `read` makes articles of, with their lines. Raises `ReadError` as it does."""
    if has_lines(source):
        for block in source.blocks():
            yield from _records_of_block(source, block)
        return
    head = source.head_text()
    limits = source.limits
    with source.text() as stream:
        if not head.strip():
            yield BadArticle(source.path, None, "holds no records")
            return
        if _is_json(source, head):
            if suffix_of(source.path) in _LINES_SUFFIXES:
                values = read_lines(stream, limits.max_record_chars)
            else:
                values = read_either(stream, limits.max_record_chars, has_text)
            for value in values:
                yield from _records_in(source, value)
        else:
            yield from _rows_of(source, stream, head)


def has_lines(source: Source) -> bool:
    """Whether *source* has a record a line, so that each of its `Source.blocks` can be read by itself."""
    head = source.head_text()
    if not head.strip():
        return False
    if suffix_of(source.path) in _LINES_SUFFIXES:
        return True
    return _is_json(source, head) and shows_lines(head, has_text)


def read_block(origin: Origin, block: Block) -> Iterator[Article | BadArticle]:
    """Yield an article a line, as `read` does."""
    return _articles(origin, _records_of_block(origin, block))


def _articles(
    origin: Origin, records: Iterator[NumberedRecord | BadArticle]
) -> Iterator[Article | BadArticle]:
    for found in records:
        if isinstance(found, BadArticle):
            yield found
            continue
        line, record = found
        if "type" in record and (why := why_no_article(record)):
            origin.remarks.count(line, "value not used", why)
        else:
            yield guarded(origin, line, article_of, origin, line, record)


def _records_of_block(origin: Origin, block: Block) -> Iterator[NumberedRecord | BadArticle]:
    max_chars = origin.limits.max_record_chars
    if block.is_too_long:
        yield BadArticle(origin.path, block.first_line, too_long(max_chars))
        return
    text, misfits = decoded(block.content, UTF_8)
    if misfits:
        for number, content in enumerate(block.content.splitlines(), block.first_line):
            if not is_utf8(content):
                origin.remarks.count(number, "encoding", misread(UTF_8))
    for number, line in lines_of(text, block.first_line):
        if len(line) >= max_chars:
            yield BadArticle(origin.path, number, too_long(max_chars))
        else:
            record = object_of(line)
            if (
                record is not None
                and "@type" not in record
                and is_article(record, origin.options.mapped)
            ):
                yield number, record  # nearly always
                continue
            for value in parse_line(line, number):
                yield from _records_in(origin, value)


def _is_json(source: Source, head: str) -> bool:
    """Whether *source*, which begins with *head*, is JSON by its name or beginning; else it is a table."""
    is_named_so = suffix_of(source.path) in (".json", *_LINES_SUFFIXES)
    return is_named_so or _JSON_START.match(head) is not None


def _records_in(source: Origin, value: Value) -> Iterator[NumberedRecord | BadArticle]:
    """Yield the record that *value* is, or those of the list that it has around them."""
    if value.problem:
        yield BadArticle(source.path, value.line, value.problem, value.cut_short)
    elif not isinstance(value.value, dict):
        kind = type(value.value).__name__
        reason = f"is not an object with keys, but of type {kind}"
        yield BadArticle(source.path, value.line, reason)
    elif (other := str(value.value.get("@type"))) in NO_ARTICLES:
        reason = f"an object of type {other!r} is no article"
        source.remarks.count(value.line, "value not used", reason)
    elif is_article(value.value, source.options.mapped) and not is_table(value.value):
        yield value.line, _with_feed(value.value, value.around)
    elif any(value.value.get(key) == [] for key in WRAPPERS):
        return  # an answer with an empty list of articles
    elif listed := wrapped_list(value.value) or records_within(value.value):
        for each in listed:
            yield from _records_in(source, Value(value.line, each))
    else:
        yield value.line, value.value


def _with_feed(record: dict[str, object], around: Mapping[str, object] | None) -> dict[str, object]:
    """Return *record* with what a JSON Feed says of all its items: its title, language and authors."""
    if not around or "jsonfeed.org" not in str(around.get("version")):
        return record
    said = {"feed_title": "title", "language": "language", "authors": "authors"}
    return {**{key: around[name] for key, name in said.items() if name in around}, **record}


def _rows_of(source: Source, stream: TextIO, head: str) -> Iterator[NumberedRecord | BadArticle]:
    mapped = source.options.mapped
    chosen = {bare(key) for _, key in mapped}
    layout = layout_of(head, lambda name: bare(name) in chosen or part_of(name) != "")
    rows = read_rows(stream, layout, source.limits.max_record_chars)
    header = next(rows, Row(1))
    if len(header.cells) > MAX_COLUMNS:
        raise ReadError(f"{source.path}: the first row names more than {MAX_COLUMNS:,} columns")
    above = [header]
    while not _names_columns(above[-1], mapped) and len(above) <= MAX_LINES_ABOVE:
        if (row := next(rows, None)) is None:
            break
        above.append(row)
    if len(above) > 1 and _names_columns(above[-1], mapped):
        header = above[-1]
        reason = "is above the names of the columns"
        for row in above[:-1]:
            source.remarks.count(row.line, "value not used", reason)
    else:
        rows = chain(above[1:], rows)
    names = _told_apart(header.cells)
    if not has_text(names, mapped):
        numbers = tuple(map(str, range(1, len(names) + 1)))
        if not has_text(numbers, tuple(each for each in mapped if each[1].isdecimal())):
            raise ReadError(f"{source.path}: {_without_names(names)}")
        names = numbers
        rows = chain([header], rows)
    for row in rows:
        if row.problem:
            yield BadArticle(source.path, row.line, row.problem)
        elif len(row.cells) > len(names) and any(row.cells[len(names) :]):
            yield BadArticle(
                source.path,
                row.line,
                f"has {len(row.cells)} cells under {len(names)} names;"
                " put quotation marks around text that holds the delimiter",
            )
        else:
            cells = ["" if is_null(cell) else cell for cell in row.cells]
            yield row.line, dict(zip(names, cells, strict=False))


def _names_columns(row: Row, mapped: Mapped) -> bool:
    """Whether *row* names a title or a text, and another part."""
    known = [name for name in row.cells if part_of(name) or any(key == name for _, key in mapped)]
    return len(known) > 1 and has_text(row.cells, mapped)


def _without_names(first: tuple[str, ...]) -> str:
    """Return why a table is refused whose *first* row names no text, and what can be done."""
    found = ", ".join(repr(name[:60]) for name in first[:12])
    reason = (
        f"no column is named title, headline, text, body or the like, but {found};"
        " the first row must name the columns, and --map title=NAME says which one it is"
    )
    numbers: dict[str, int] = {}
    for number, cell in enumerate(first[:50], 1):
        if part := likely_part(cell):
            numbers.setdefault(part, number)
    if not numbers.keys() & {"title", "body"} or len(numbers) < 2:
        numbers = {"title": 1, "body": 2} if len(first) > 1 else {"title": 1}
    said = " ".join(f"--map {part}={number}" for part, number in numbers.items())
    return f"{reason}; if there is no such row, the numbers of the columns do: {said}"


def _told_apart(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names of columns, the second of the same name with a number."""
    counts: dict[str, int] = {}
    found = []
    for name in names:
        name = name.strip("\ufeff")
        counts[name] = counts.get(name, 0) + 1
        found.append(f"{name} ({counts[name]})" if counts[name] > 1 else name)
    return tuple(found)


def _header(head: str) -> list[str]:
    layout = layout_of(head, lambda name: part_of(name) != "")
    line = next(lines_after(head, layout), "")
    return [name.strip(' "') for name in line.split(layout.delimiter)]
