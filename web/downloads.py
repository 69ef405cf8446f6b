"""Hits as files and feeds: /search.json, .ndjson, .csv, .rss and .atom, with the parameters of /search."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from functools import partial
from threading import BoundedSemaphore
from urllib.parse import quote, urlsplit

from flask import Flask, Response, request
from werkzeug.exceptions import ServiceUnavailable

from search.model.question import Question
from search.model.settings import Settings
from search.present.as_csv import csv_columns, hit_rows
from search.present.as_json import hit_as_json, hit_keys, page_as_json
from search.service.answer import HitStream
from search.service.request import check
from search.service.service import SearchService
from web import filters, links
from web.api import with_keys
from web.parameters import (
    CURSOR,
    KEYS,
    cursor_from,
    keys_from,
    parameters_of,
    question_from,
    reject_unknown,
    switch,
)

#: Entries of a feed where nothing else is asked.
_FEED_ENTRIES = 50
#: Bytes of a file that are sent at once.
_SENT = 1 << 15
#: When to ask again, in seconds, where too many files are under way.
_RETRY_SECONDS = 10
#: What stands before the first column so that spreadsheets take a file as UTF-8.
_BYTE_ORDER_MARK = "\ufeff"
_BOM = "bom"

_NO_FILE_NAME = re.compile(r"[^a-z0-9]+")


class Downloads:
    """The routes of files and feeds."""

    def __init__(self, service: SearchService, settings: Settings) -> None:
        self._service = service
        self._fields = service.fields
        self._facet_size = settings.facet_size
        self._whole_paths = bool(settings.show_paths)
        # A file of all hits keeps a thread for seconds; the others are for who searches.
        self._under_way = BoundedSemaphore(max(1, settings.serve_threads // 2))

    def add_to(self, app: Flask) -> None:
        for ending, answer in (
            ("json", self.json),
            ("ndjson", self.ndjson),
            ("csv", self.csv),
            ("rss", self.rss),
            ("atom", self.atom),
        ):
            app.add_url_rule(f"/search.{ending}", f"search_{ending}", answer)
        app.jinja_env.globals["file_url"] = links.file_url

    def json(self) -> Response:
        """Return one page of hits, as the API does."""
        page = self._service.search(self._question(KEYS))
        answer = page_as_json(page, self._fields, whole_paths=self._whole_paths)
        keys = self._keys()
        return _json(with_keys(answer, keys) if keys else answer)

    def ndjson(self) -> Response:
        """Return all hits, a line each."""
        question, keys = self._question(KEYS, is_list=True), self._keys()

        def lines(found: HitStream) -> Iterator[str]:
            for each in found.hits:
                hit = hit_as_json(each, found, self._fields, self._whole_paths)
                shown = {key: hit[key] for key in keys} if keys else hit
                yield json.dumps(shown, ensure_ascii=False) + "\n"

        return self._file(question, lines, "application/x-ndjson", "ndjson")

    def csv(self) -> Response:
        """Return all hits, a row each."""
        question = self._question(_BOM, is_list=True)
        has_mark = switch(request.args.to_dict(flat=False), _BOM, default="off")
        return self._file(question, partial(self._rows, has_mark=has_mark), "text/csv", "csv")

    def atom(self) -> Response:
        """Return the newest hits as an Atom feed."""
        from search.present.as_feed import atom

        return self._feed(atom, "atom")

    def rss(self) -> Response:
        """Return the newest hits as an RSS feed."""
        from search.present.as_feed import rss

        return self._feed(rss, "rss")

    def _question(self, *more: str, is_list: bool = False) -> Question:
        """Return what is asked; *more* are further parameters. In a list a row is an article, in the order of its rank, unless more is asked."""
        parameters = request.args.to_dict(flat=False)
        reject_unknown(parameters, (*parameters_of(self._fields), CURSOR, *more))
        question = question_from(parameters, self._facet_size, self._service.limits, self._fields)
        question = question._replace(cursor=cursor_from(parameters))
        if is_list:
            is_grouped = switch(parameters, "group", default="off")
            question = question._replace(group=is_grouped, diverse=bool(question.diverse))
        return question

    def _keys(self) -> tuple[str, ...]:
        """Return the keys of a hit that are asked for, () where nothing is said."""
        parameters = request.args.to_dict(flat=False)
        return keys_from(parameters, hit_keys(self._fields)) if KEYS in parameters else ()

    def _rows(self, found: HitStream, *, has_mark: bool) -> Iterator[str]:
        line = io.StringIO()
        writer = csv.writer(line)
        line.write(_BYTE_ORDER_MARK if has_mark else "")
        writer.writerow(csv_columns(self._fields))
        for row in hit_rows(found.hits, found, self._fields, whole_paths=self._whole_paths):
            yield line.getvalue()
            line.seek(0)
            line.truncate()
            writer.writerow(row)
        yield line.getvalue()

    def _file(
        self,
        question: Question,
        parts_of: Callable[[HitStream], Iterable[str]],
        kind: str,
        ending: str,
    ) -> Response:
        """Return all hits of *question* as a file whose parts are sent as they are made, unless too many files are."""
        if not self._under_way.acquire(blocking=False):
            raise ServiceUnavailable(
                "Too many files are being made. Ask again in a few seconds.",
                retry_after=_RETRY_SECONDS,
            )
        with ExitStack() as exits:
            exits.callback(self._under_way.release)
            found = self._service.every(question)
            under_way = exits.pop_all()
        response = Response(_in_blocks(parts_of(found), under_way), mimetype=kind)
        # It may be closed before the first block is asked for.
        response.call_on_close(under_way.close)
        name = _NO_FILE_NAME.sub("-", found.question.text.lower()).strip("-")[:60].strip("-")
        response.headers["Content-Disposition"] = (
            f'attachment; filename="{name or "articles"}.{ending}"'
        )
        response.headers["X-Total-Count"] = str(found.rows)
        # A file has no place for them.
        for notice in found.notices:
            response.headers.add("X-Notice", quote(notice, safe=" \"'()*,-./:;<=>?[]_"))
        return response

    def _feed(self, make: Callable[..., str], ending: str) -> Response:
        from search.present.as_feed import Entry, FeedHead

        question = self._question()
        check(
            question, self._service.limits, self._fields
        )  # its order, too, which feeds do not follow
        asked = question.page_size
        question = question._replace(
            sort="newest",
            page=1,
            cursor="",
            page_size=asked or _FEED_ENTRIES,
            facets=(),
            histogram="",
        )
        page = self._service.search(question)
        head = FeedHead(
            filters.title_of(question, self._fields),
            absolute(links.file_url(question._replace(page_size=asked), ending)),
            absolute(links.search_url(question, page_size=0)),
            lambda article_id: absolute(links.article_url(article_id)),
        )
        text = make(head, [Entry(hit.document, hit.snippet) for hit in page.hits])
        return Response(text, mimetype=f"application/{ending}+xml")


def absolute(address: str) -> str:
    """Return *address*, which begins with "/", with scheme and host of the request."""
    parts = urlsplit(request.host_url)
    return f"{parts.scheme}://{parts.netloc}{address}"


def _json(value: object) -> Response:
    return Response(json.dumps(value, ensure_ascii=False) + "\n", mimetype="application/json")


def _in_blocks(parts: Iterable[str], under_way: ExitStack) -> Iterator[bytes]:
    """Yield *parts* as UTF-8, many at once, and close *under_way*; what cannot be written so is replaced."""
    with under_way:
        yield from _blocks(parts)


def _blocks(parts: Iterable[str]) -> Iterator[bytes]:
    block: list[bytes] = []
    size = 0
    for part in parts:
        block.append(part.encode("utf-8", "replace"))
        size += len(block[-1])
        if size >= _SENT:
            yield b"".join(block)
            block, size = [], 0
    if block:
        yield b"".join(block)
