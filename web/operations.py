"""What who runs the server asks it: does it run, can it answer, how is it used; and the log of requests."""

from __future__ import annotations

import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import Flask, Response, g, request
from werkzeug.exceptions import Forbidden

from search import __version__
from search.model.errors import SearchError, SettingError
from search.model.settings import Settings
from search.service.service import SearchService
from web.addresses import is_loopback

if TYPE_CHECKING:
    from search.engines.protocol.engine import Stats

#: The server answers it whatever else is under way: it must not need the index.
HEALTH_PATH = "/healthz"

#: Seconds up to which requests are counted together.
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
#: What a field of a log line in quotes must not have.
_NO_LOG = re.compile(r"[^ !#-\[\]-~]")


class Measures:
    """How many requests there were and how long they took, by route; routes are few, so this is bounded."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._answered: Counter[tuple[str, int]] = Counter()
        self._in_bucket: Counter[tuple[str, float]] = Counter()
        self._seconds: Counter[str] = Counter()

    def count(self, route: str, status: int, seconds: float) -> None:
        """Count a request that was answered."""
        bucket = next((most for most in _BUCKETS if seconds <= most), float("inf"))
        with self._lock:
            self._answered[route, status] += 1
            self._in_bucket[route, bucket] += 1
            self._seconds[route] += seconds  # type: ignore[assignment]

    def lines(self) -> Iterator[str]:
        """Yield all of it in the form of Prometheus."""
        with self._lock:
            answered = sorted(self._answered.items())
            in_bucket, seconds = dict(self._in_bucket), dict(self._seconds)
        yield from _head("requests_total", "counter", "Requests answered.")
        for (route, status), count in answered:
            yield f'newssearch_requests_total{{route="{route}",status="{status}"}} {count}'
        yield from _head(
            "request_seconds", "histogram", "How long answers took until they were made."
        )
        for route in sorted(seconds):
            passed = 0
            for most in (*_BUCKETS, float("inf")):
                passed += in_bucket.get((route, most), 0)
                name = "+Inf" if most == float("inf") else f"{most:g}"
                yield f'newssearch_request_seconds_bucket{{route="{route}",le="{name}"}} {passed}'
            yield f'newssearch_request_seconds_sum{{route="{route}"}} {seconds[route]:.6f}'
            yield f'newssearch_request_seconds_count{{route="{route}"}} {passed}'


class Operations:
    """The routes /healthz, /readyz and /metrics, and what is kept of every request."""

    def __init__(
        self, service: SearchService, settings: Settings, clock: Callable[[], float]
    ) -> None:
        """Raises `SettingError` where the log cannot be written."""
        self._service = service
        self._shows_metrics = bool(settings.serve_metrics)
        self._clock = clock
        self._measures = Measures()
        self._started = time.time()
        self._log = _log_of(settings.access_log)

    def add_to(self, app: Flask) -> None:
        app.add_url_rule(HEALTH_PATH, "health", self.health)
        app.add_url_rule("/readyz", "ready", self.ready)
        app.add_url_rule("/metrics", "metrics", self.metrics)
        app.before_request(self._begin)
        app.after_request(self._end)

    def health(self) -> Response:
        """Answer without asking the index: whether the server runs."""
        return Response("ok\n", mimetype="text/plain")

    def ready(self) -> Response:
        """Answer whether the index can be searched."""
        try:
            self._service.stats()
        except SearchError as exc:
            return Response(f"{exc}\n", status=503, mimetype="text/plain")
        return Response("ok\n", mimetype="text/plain")

    def metrics(self) -> Response:
        """Return counts of requests, and what the index holds, to this computer, or to all where that is set."""
        is_here = (
            is_loopback(request.remote_addr or "") and "X-Forwarded-For" not in request.headers
        )
        if not self._shows_metrics and not is_here:
            raise Forbidden(
                "Only the computer of the server sees this; see the setting serve_metrics."
            )
        return Response("\n".join([*self._lines(), ""]), content_type=_METRICS_TYPE)

    def _lines(self) -> Iterator[str]:
        yield from _head("info", "gauge", "Which version answers.")
        yield f'newssearch_info{{version="{__version__}"}} 1'
        yield from _value(
            "start_time_seconds", "When the server started, in seconds since 1970.", self._started
        )
        yield from self._measures.lines()
        try:
            stats = self._service.stats()
        except SearchError:
            yield from _value("index_readable", "Whether the index can be searched.", 0)
            return
        yield from _value("index_readable", "Whether the index can be searched.", 1)
        yield from _of_index(stats)

    def _begin(self) -> None:
        g.began = self._clock()

    def _end(self, response: Response) -> Response:
        route = request.endpoint or "none"
        self._measures.count(route, response.status_code, self._clock() - g.began)
        if self._log is not None:
            log, line = self._log, _start_of_line()
            status, began, clock = response.status_code, g.began, self._clock
            size = response.headers.get("Content-Length", "-")
            after = f"{_field(request.referrer)} {_field(request.user_agent.string)}"

            def write() -> None:
                took = (clock() - began) * 1000
                said = f"{line} {status} {size} {after} {took:.1f}"
                log(said)

            response.call_on_close(write)
        return response


def _of_index(stats: Stats) -> Iterator[str]:
    yield from _value("articles", "Articles that can be found.", stats.articles)
    yield from _value("index_bytes", "Size of the index.", stats.size_bytes)
    yield from _value("index_segments", "Segments of the index.", stats.segments)
    if stats.newest is not None:
        newest = stats.newest.published.timestamp()
        yield from _value(
            "newest_article_seconds", "Date of the newest article, in seconds since 1970.", newest
        )


def _head(name: str, kind: str, text: str) -> Iterator[str]:
    yield f"# HELP newssearch_{name} {text}"
    yield f"# TYPE newssearch_{name} {kind}"


def _value(name: str, text: str, value: float) -> Iterator[str]:
    yield from _head(name, "gauge", text)
    yield f"newssearch_{name} {value:.16g}"


def _log_of(target: str) -> Callable[[str], None] | None:
    """Return what writes a line to *target*: a path, or "-" for the error stream; None for "".

    The file is opened for each line, so that it can be moved away at any time.
    """
    if not target:
        return None
    if target == "-":
        return lambda line: print(line, file=sys.stderr, flush=True)

    def write(line: str) -> None:
        try:
            with Path(target).open("a", encoding="ascii") as file:
                file.write(line + "\n")
        except OSError as exc:  # the answer is made; a full disk must not undo it
            print(f"access_log: {target}: {exc.strerror}: {line}", file=sys.stderr, flush=True)

    try:
        Path(target).open("a").close()
    except OSError as exc:
        raise SettingError(f"access_log: {target} cannot be written: {exc.strerror}") from exc
    return write


def _start_of_line() -> str:
    """Return the combined format of web servers up to the request: address, who asks, when, what."""
    user = g.get("key_name") or request.remote_user or "-"
    now = datetime.now(UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")
    path = quote(request.path, safe="/~:@!$&'()*+,;=-._")
    query = request.query_string.decode("latin-1")
    asked = f"{request.method} {path}{'?' * bool(query)}{query} {request.environ.get('SERVER_PROTOCOL', '')}"
    return (
        f"{request.remote_addr or '-'} - {_escaped(user).replace(' ', '_')} [{now}] {_field(asked)}"
    )


def _field(text: str | None) -> str:
    return f'"{_escaped(text or "-")}"'


def _escaped(text: str) -> str:
    """Return *text* as printable ASCII without quotes, so that a line of the log stays one."""
    return _NO_LOG.sub(
        lambda found: (
            found[0].encode("unicode_escape").decode()
            if found[0] not in '"\\'
            else f"\\x{ord(found[0]):02x}"
        ),
        text,
    )
