"""Records: JSON, JSON Lines and CSV, with the keys that are usual in news."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import TextIO

from search.model.article import Article, BadArticle
from search.model.errors import ReadError
from search.readers.byline import Byline, parse_byline, parse_names
from search.readers.csv_rows import Row, delimiter_of, read_rows
from search.readers.date_fields import published_in
from search.readers.draft import guarded, make_article
from search.readers.encodings import UTF_8, decoded, is_utf8
from search.readers.json_stream import (
    Value,
    is_blank,
    lines_of,
    parse_line,
    read_either,
    read_lines,
    shows_lines,
    too_long,
)
from search.readers.source import Block, Origin, Source, misread, suffix_of

_LINES_SUFFIXES = (".jsonl", ".ndjson")  # always one value a line

#: The keys of each part of an article, best first, without case, spaces, "_", "-", ":" and ".".
KEYS = {
    "id": "id _id articleid guid uuid docid documentid newid",
    "title": "title headline name heading articletitle webtitle",
    "authors": "authors author byline bylines creator creators dccreator rawauthor rawbyline writer"
    " writers reporter reporters journalist",
    "byline": "rawauthor rawbyline byline bylineoriginal",
    "date": "published publishedat publishedon publishdate publisheddate publicationdate pubdate date"
    " datepublished firstpublished firstpublicationdate webpublicationdate datetime dateandtime"
    " timestamp time created createdat creationdate dcdate issued",
    "body": "text body content article articlebody articletext fulltext fullcontent maintext bodytext"
    " story contents contentencoded description summary abstract lead excerpt snippet",
    "url": "url link weburl articleurl canonicalurl sourceurl permalink href uri",
    "source": "source publisher publication site sitename newspaper outlet agency provider feed",
    "section": "section category sectionname topic topics categories sections desk newsdesk",
    "language": "language lang locale inlanguage",
}

#: Part of an article -> keys of a record, best first.
_KeysOfParts = Mapping[str, tuple[str, ...]]

#: Records have the same keys again and again, and matching keys takes longer than parsing JSON.
_known_keys: dict[tuple[str, ...], _KeysOfParts] = {}
_MAX_KEPT = 256
_MAX_KEPT_CHARS = 4000

_NOISE = re.compile(r"[\s_.:-]+")
_JSON_START = re.compile(r"\s*(?:\[\s*(?:[\[{\]]|\Z)|\{\s*(?:[\"}]|\Z))")
#: Keys under which a nested value has its name or text: {"name": ...}, {"rendered": ...}.
_INNER = ("name", "title", "rendered", "text", "value", "content", "label", "term", "$t", "#text", "$oid", "@value")  # fmt: skip


def sniff(head: str) -> bool:
    """Whether text that begins with *head* is JSON, or CSV whose first row names parts of an article."""
    if _JSON_START.match(head):
        return True
    header = _header(head)
    names = [name for name in header if _part_of(name)]
    return len(names) > 1 and len(header) > 1 and _has_text_column(header)


def read(source: Source) -> Iterator[Article | BadArticle]:
    """Yield an article a record. Raises `ReadError` for a CSV whose first row names no text."""
    if has_lines(source):
        for block in source.blocks():
            yield from read_block(source, block)
        return
    head = source.head_text()
    limits = source.limits
    with source.text() as stream:
        if not head.strip():
            yield BadArticle(source.path, None, "holds no records")
            return
        if _JSON_START.match(head) or not _may_be_csv(source, head):
            if suffix_of(source.path) in _LINES_SUFFIXES:
                values = read_lines(stream, limits.max_record_chars)
            else:
                values = read_either(stream, limits.max_record_chars, _has_text_column)
            for value in values:
                yield guarded(source, value.line, partial(_from_value, source, value))
        else:
            yield from _from_csv(source, stream, delimiter_of(_first_line(head), _is_known))


def has_lines(source: Source) -> bool:
    """Whether *source* has a record a line, so that each of its `Source.blocks` can be read by itself."""
    head = source.head_text()
    if not head.strip():
        return False
    if suffix_of(source.path) in _LINES_SUFFIXES:
        return True
    is_json = _JSON_START.match(head) or not _may_be_csv(source, head)
    return bool(is_json) and shows_lines(head, _has_text_column)


def read_block(origin: Origin, block: Block) -> Iterator[Article | BadArticle]:
    """Yield an article a line, as `read` does."""
    max_chars = origin.limits.max_record_chars
    text, misfits = decoded(block.content, UTF_8)
    if misfits:
        for number, content in enumerate(block.content.splitlines(), block.first_line):
            if not is_utf8(content):
                origin.remarks.count(number, "encoding", misread(UTF_8))
    for number, line in enumerate(lines_of(text), block.first_line):
        if len(line) >= max_chars:
            yield BadArticle(origin.path, number, too_long(max_chars))
        elif not is_blank(line):
            for value in parse_line(line, number):
                yield guarded(origin, number, partial(_from_value, origin, value))


def _may_be_csv(source: Source, head: str) -> bool:
    return suffix_of(source.path) not in (".json", *_LINES_SUFFIXES)


def _from_value(source: Origin, value: Value) -> Article | BadArticle:
    if value.problem:
        return BadArticle(source.path, value.line, value.problem, value.cut_short)
    if not isinstance(value.value, dict):
        kind = type(value.value).__name__
        return BadArticle(
            source.path, value.line, f"is not an object with keys, but of type {kind}"
        )
    return article_of(source, value.line, value.value)


def _from_csv(source: Source, stream: TextIO, delimiter: str) -> Iterator[Article | BadArticle]:
    rows = read_rows(stream, delimiter, source.limits.max_record_chars)
    header = next(rows, Row(1))
    names = tuple(name.strip("\ufeff") for name in header.cells)
    if not _has_text_column(names):
        raise ReadError(
            f"{source.path}: no column is named title, headline, text, body or the like;"
            " the first row must name the columns"
        )
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
            record = dict(zip(names, row.cells, strict=False))
            yield guarded(source, row.line, partial(article_of, source, row.line, record))


def article_of(
    source: Origin, line: int | None, record: Mapping[str, object]
) -> Article | BadArticle:
    """Return the article that *record* holds. Title, body and a list of authors are unchanged."""
    keys = _keys_of_parts(tuple(record))
    publisher = _first_text(record, keys["source"]).strip()
    byline, parsed = _authors(record, keys, publisher)
    published, published_from = published_in(
        source, line, [(key, record[key]) for key in keys["date"]]
    )
    return make_article(
        source,
        line,
        title=_first_text(record, keys["title"]),
        body=_first_text(record, keys["body"], paragraphs=True),
        authors=parsed.authors,
        credits=parsed.credits,
        byline=byline,
        published=published,
        published_from=published_from,
        publisher=publisher or parsed.agency,
        section=_first_text(record, keys["section"]).strip(),
        language=_first_text(record, keys["language"]).strip(),
        url=_first_text(record, keys["url"]).strip(),
        own_id=_first_text(record, keys["id"]).strip(),
    )


def _keys_of_parts(keys: tuple[str, ...]) -> _KeysOfParts:
    """Return for each part of an article those of a record's *keys* that stand for it, best first."""
    known = _known_keys.get(keys)
    if known is None:
        by_name: dict[str, str] = {}
        for key in keys:
            by_name.setdefault(_NOISE.sub("", key).lower(), key)
        known = {
            part: tuple(by_name[name] for name in names.split() if name in by_name)
            for part, names in KEYS.items()
        }
        if len("".join(keys)) <= _MAX_KEPT_CHARS:
            if len(_known_keys) >= _MAX_KEPT:
                _known_keys.clear()
            _known_keys[keys] = known
    return known


def _part_of(name: str) -> str:
    bare = _NOISE.sub("", name.strip("\ufeff")).lower()
    return next((part for part, names in KEYS.items() if bare in names.split()), "")


def _is_known(name: str) -> bool:
    return _part_of(name) != ""


def _has_text_column(names: Iterable[str]) -> bool:
    return any(_part_of(name) in ("title", "body") for name in names)


def _first_line(head: str) -> str:
    return re.split(r"[\r\n]", head.lstrip("\r\n"), maxsplit=1)[0]


def _header(head: str) -> list[str]:
    line = _first_line(head)
    return [name.strip(' "') for name in line.split(delimiter_of(line, _is_known))]


def _first_text(
    record: Mapping[str, object], keys: tuple[str, ...], *, paragraphs: bool = False
) -> str:
    """Return the first text under *keys* that is not empty, unchanged."""
    for key in keys:
        if text := _text(record[key], paragraphs):
            return text
    return ""


def _text(value: object, paragraphs: bool = False) -> str:
    """Return the text of a value: the digits of a number, the name of an object, the first text of a list.

    With *paragraphs*, a list of texts becomes one text, each of them a paragraph.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, int | float):
        try:
            return str(value)
        except ValueError:  # an integer of thousands of digits
            return ""
    if isinstance(value, dict):
        inner = (value[key] for key in _INNER if isinstance(value.get(key), str))
        return next(filter(None, inner), "")
    if isinstance(value, list):
        texts = [text for each in value if not isinstance(each, list) and (text := _text(each))]
        return "\n\n".join(texts) if paragraphs else next(iter(texts), "")
    return ""


def _authors(
    record: Mapping[str, object], keys: _KeysOfParts, publisher: str
) -> tuple[str, Byline]:
    """Return the raw byline, and what it or the list of authors says.

    A list of names is used as it is, but for elements that are no names; a text is taken apart.
    """
    lines = (record[key] for key in keys["byline"])
    byline = next((v for v in lines if isinstance(v, str) and v.strip()), "")
    for key in keys["authors"]:
        value = record[key]
        if isinstance(value, str) and value.strip():
            return byline or value, parse_byline(value, publisher=publisher)
        elements = value if isinstance(value, list) else [value] if isinstance(value, dict) else []
        names = tuple([name for each in elements if (name := _text(each).strip())])
        if names:
            found = parse_names(names, publisher=publisher)
            raw = byline or ("; ".join(names) if found.authors != names else "")
            agency = found.agency or parse_byline(byline).agency
            return raw, replace(found, agency=agency)
    return byline, Byline()
