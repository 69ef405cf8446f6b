"""`newssearch query --batch FILE`: many queries, one answer: how much each finds, or what."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from io import TextIOWrapper
from typing import TYPE_CHECKING, TextIO

import click

from search.cli.options import open_index
from search.cli.output import ERROR, NOTHING, columns, tell
from search.model.errors import QueryError, RequestError

if TYPE_CHECKING:
    from search.model.question import Question
    from search.model.settings import Settings
    from search.service.answer import Hit, HitStream, ResultPage
    from search.service.service import SearchService

#: A line of the file that is longer than any query may be is read no further.
_MOST_CHARS = 200_000
#: Of a query in the table for people, in columns.
_QUERY_ROOM = 32


def ask_each(path: str, question: Question, settings: Settings, form: str, *, is_all: bool) -> None:
    """Ask *question* with the text of each line of the file at *path*, and print the answers in *form*.

    A query that cannot be read is named with its line, and the rest goes on; the exit status is 2 then.
    """
    from search.service.service import SearchService

    if form == "json":
        raise click.UsageError("--batch has no end for one object; use --format ndjson")
    found = refused = cut = 0
    writer = _Writer(form, settings)
    with ExitStack() as exits:
        file = _opened(path, exits)
        engine = exits.enter_context(open_index(settings))
        service = SearchService(engine, settings)
        question = question._replace(facets=(), histogram="")
        for number, text in _lines(file, path):
            asked = question._replace(text=text)
            try:
                answer = _answer(service, asked, is_all=is_all and form != "text")
                found += bool(answer.total)
                cut += writer.write(text, answer)
            except (QueryError, RequestError) as exc:
                refused += 1
                said = exc.message if isinstance(exc, QueryError) else str(exc)
                tell(f"newssearch: {path}:{number}: {said}: {text[:100]}")
    if cut:
        finds = "finds" if cut == 1 else "find"
        tell(f"note: {cut:,} of the queries {finds} more than is shown; --all has all")
    if refused:
        sys.exit(ERROR)
    if not found:
        sys.exit(NOTHING)


def _answer(service: SearchService, question: Question, *, is_all: bool) -> ResultPage | HitStream:
    return service.every(question) if is_all else service.search(question)


def _opened(path: str, exits: ExitStack) -> TextIO:
    # A byte order mark is no part of the first query.
    if path == "-":
        file = TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig")
        exits.callback(file.detach)  # it is not ours to close
        return file
    try:
        return exits.enter_context(open(path, encoding="utf-8-sig"))
    except (OSError, ValueError) as exc:
        raise RequestError(
            f"--batch {path}: {getattr(exc, 'strerror', None) or exc}; name a file of queries, one a line"
        ) from exc


def _lines(file: TextIO, path: str) -> Iterator[tuple[int, str]]:
    """Yield number and text of each line that is a query: not blank, and no comment after #."""
    number = 0
    try:
        while line := file.readline(_MOST_CHARS):
            number += 1
            if len(line) == _MOST_CHARS:
                raise RequestError(f"{path}:{number}: this line is too long for a query")
            if (text := line.strip()) and not text.startswith("#"):
                yield number, text
    except UnicodeDecodeError as exc:
        raise RequestError(f"{path}:{number + 1}: not UTF-8; save the file as UTF-8") from exc


class _Writer:
    """Writes the answers of many queries, one after another."""

    def __init__(self, form: str, settings: Settings) -> None:
        self._form = form
        self._zone = settings.zone()
        self._is_first = True

    def write(self, text: str, answer: ResultPage | HitStream) -> bool:
        """Write what *text* found; return whether it found more hits than were written."""
        if self._form == "text":
            self._write_row(text, answer)
            return False
        from search.cli.forms import write_lines

        count = 0
        for hit in answer.hits:
            count += 1
            write_lines([self._line(text, answer, hit)])
        if not count:
            write_lines([self._line(text, answer, None)])
        return count < answer.rows

    def _write_row(self, text: str, answer: ResultPage | HitStream) -> None:
        """Write how many articles there are, the query, and the first of them."""
        from search.cli.forms import write_lines
        from search.present.dates import known_date

        hit = next(iter(answer.hits), None)
        first = ""
        if hit is not None:
            article = hit.article
            date = ""
            if article.published is not None:
                date = known_date(article.published, article.published_precision, self._zone).short
            first = " ".join(filter(None, (date, article.title.strip() or article.article_id)))
        line = f"{answer.total:>8,}  {text:<{_QUERY_ROOM}}  {first}".rstrip()
        if sys.stdout.isatty():
            line = line[: max(_QUERY_ROOM, columns())]
        write_lines([line + "\n"])

    def _line(self, text: str, answer: ResultPage | HitStream, hit: Hit | None) -> str:
        """Return the line of a hit, or of a query that found none, in which nothing but query and total stands."""
        from search.cli.forms import csv_line, filled, hit_values_by_name, ndjson_line

        values: dict[str, object] = {"query": text, "total": answer.total}
        if self._form == "ids":
            return f"{text}\t{'' if hit is None else hit.article.article_id}\n"
        if self._form == "ndjson":
            from search.present.as_json import hit_as_json

            shown = {} if hit is None else hit_as_json(hit, answer, whole_paths=True)
            return ndjson_line(values | shown)
        if hit is not None:
            values = hit_values_by_name(hit, answer) | values
        if self._form != "csv":
            return filled(self._form, values)
        from search.present.as_csv import csv_columns, safe_cell

        names = ("query", "total", *csv_columns())
        heading = csv_line(names) if self._is_first else ""
        self._is_first = False
        return heading + csv_line(safe_cell(values.get(name)) for name in names)
