"""Records: JSON, JSON Lines and CSV, whose keys are mapped by the names that are usual in news."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import TextIO

from search.article import Article, BadArticle
from search.errors import ReadError
from search.readers.byline import parse_byline
from search.readers.csv_rows import Row, delimiter_of, read_rows
from search.readers.dates import Published, parse_date
from search.readers.draft import guarded, make_article
from search.readers.json_stream import Value, read_either, read_lines
from search.readers.source import Source, suffix_of

NAME = "records"
_LINES_SUFFIXES = (".jsonl", ".ndjson")  # one value a line, whatever they look like
SUFFIXES = (".json", *_LINES_SUFFIXES, ".csv", ".tsv")

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

_NOISE = re.compile(r"[\s_.:-]+")
_JSON_START = re.compile(r"\s*(?:\[\s*(?:[\[{\]]|\Z)|\{\s*(?:[\"}]|\Z))")
#: Keys under which a nested value says its name or text: {"name": ...}, {"rendered": ...}.
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


def _may_be_csv(source: Source, head: str) -> bool:
    return suffix_of(source.path) not in (".json", *_LINES_SUFFIXES)


def _from_value(source: Source, value: Value) -> Article | BadArticle:
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
    source: Source, line: int | None, record: Mapping[str, object]
) -> Article | BadArticle:
    """Return the article that *record* holds. Title, body and a list of authors stay to the letter."""
    parts = _parts(record)
    body = _first_text(parts["body"], paragraphs=True)
    authors, byline, agency = _authors(parts)
    published, published_from = _published(parts["date"])
    return make_article(
        source,
        line,
        title=_first_text(parts["title"]),
        body=body,
        authors=authors,
        byline=byline,
        published=published,
        published_from=published_from,
        publisher=_first_text(parts["source"]).strip() or agency,
        section=_first_text(parts["section"]).strip(),
        language=_first_text(parts["language"]).strip(),
        url=_first_text(parts["url"]).strip(),
        own_id=_first_text(parts["id"]).strip(),
    )


def _parts(record: Mapping[str, object]) -> dict[str, list[tuple[str, object]]]:
    """Return for each part of an article the (key, value) pairs of *record* for it, best first."""
    by_name: dict[str, tuple[str, object]] = {}
    for key, value in record.items():
        by_name.setdefault(_NOISE.sub("", str(key)).lower(), (str(key), value))
    return {
        part: [by_name[name] for name in names.split() if name in by_name]
        for part, names in KEYS.items()
    }


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


def _first_text(pairs: list[tuple[str, object]], *, paragraphs: bool = False) -> str:
    """Return the first text that is not empty, to the letter."""
    return next((text for _, value in pairs if (text := _text(value, paragraphs))), "")


def _text(value: object, paragraphs: bool = False) -> str:
    """Return the text of a value: of a number its digits, of an object its name, of a list the first.

    With *paragraphs* a list of texts is a text of so many paragraphs.
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


def _authors(parts: Mapping[str, list[tuple[str, object]]]) -> tuple[tuple[str, ...], str, str]:
    """Return the authors, the raw byline and the agency that the byline names.

    A list of names is taken as it is; a text is taken apart.
    """
    byline = next((v for _, v in parts["byline"] if isinstance(v, str) and v.strip()), "")
    for _, value in parts["authors"]:
        if isinstance(value, list):
            names = tuple(filter(None, (_text(each).strip() for each in value)))
        elif isinstance(value, dict):
            names = tuple(filter(None, [_text(value).strip()]))
        elif isinstance(value, str) and value.strip():
            parsed = parse_byline(value)
            return parsed.authors, byline or value, parsed.agency
        else:
            names = ()
        if names:
            return names, byline, parse_byline(byline).agency
    return (), byline, ""


def _published(pairs: list[tuple[str, object]]) -> tuple[Published | None, str]:
    """Return the first date that can be read, and which field it stood in."""
    for key, value in pairs:
        inner = value.get("$date") if isinstance(value, dict) else value  # MongoDB's export
        if published := parse_date(inner):
            return published, f"field '{key}'"
    return None, ""
