"""Serving the application by waitress, with bounds on what a client may hold and for how long.

A client owes us bytes (a request that has not arrived whole, an answer that it has not taken) or we
owe it an answer. Whoever owes for too long is let go, and who has owed longest goes first when there is
no room for a new connection. So at most ``threads`` and ``waiting`` requests are under way, and
everybody else is refused at once.
"""

from __future__ import annotations

import logging
import resource
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher, WSGITask

from search.model.settings import Settings
from web.addresses import listening_on
from web.app import REFUSED
from web.operations import HEALTH_PATH

_REPORT_SECONDS = 60
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerLimits:
    """What clients may have of the server. Connections exceed threads and waiting together.

    ``waiting`` requests wait for one of the ``threads``, each for at most ``wait_seconds``. A client has
    ``idle_seconds`` to begin a request or to take some of an answer, and from its first byte on
    ``head_seconds`` to send a request whole. ``finish_seconds`` bound how long a stop takes.
    """

    threads: int = 8
    waiting: int = 32
    wait_seconds: float = 5
    connections: int = 200
    idle_seconds: float = 10
    head_seconds: float = 10
    finish_seconds: float = 10
    # A request is an address and the headers of a browser; there is never a body.
    header_bytes: int = 64 * 1024
    body_bytes: int = 1024

    @classmethod
    def from_settings(cls, settings: Settings) -> ServerLimits:
        return cls(
            threads=settings.serve_threads,
            connections=settings.serve_connections,
            idle_seconds=settings.serve_idle_seconds,
        )


def serve(
    app: Any,
    host: str,
    port: int,
    *,
    limits: ServerLimits | None = None,
    ready: Callable[[str], None] = lambda url: None,
) -> None:
    """Answer requests to *app* (WSGI) on *host* and *port* until Ctrl-C or SIGTERM.

    What is under way is then answered; a second signal ends the process at once. *ready* is called with
    the URL once connections are taken; with port 0 that is how to learn the port. Raises `SettingError`
    where the address cannot be bound.
    """
    with (
        Server(app, listening_on(host, port), limits or ServerLimits()) as server,
        _stopped_by_signals(server),
    ):
        name = f"[{host}]" if ":" in host else host
        ready(f"http://{name}:{server.port}")
        server.run()


@contextmanager
def _stopped_by_signals(server: Server) -> Iterator[None]:
    def stop(number: int, frame: object) -> None:
        for each in before:
            signal.signal(each, signal.SIG_DFL)
        server.stop()

    # A signal that whoever started us has switched off stays so: Ctrl-C is not for background jobs.
    is_main = threading.current_thread() is threading.main_thread()
    before = {
        number: handler
        for number in (signal.SIGINT, signal.SIGTERM)
        if is_main and (handler := signal.getsignal(number)) is not signal.SIG_IGN
    }
    for number in before:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Request(WSGITask):
    def get_environment(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environment()
        environ[REFUSED] = self.channel.is_refused
        return environ


class _Connection(HTTPChannel):
    """One connection, and since when its client owes us bytes."""

    task_class = _Request
    #: When the first byte of the request came that is still arriving.
    begun: float | None = None
    #: When the last answer was ready, before the first one when the connection was opened.
    answered: float = 0
    #: When the client last had taken all there was of an answer, and got more.
    offered: float = 0
    is_refused = False

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self.answered = time.time()
        super().__init__(*arguments, **named)

    def received(self, data: bytes) -> bool:
        # Blank lines before a request count as its beginning, so that nobody can send them for ever.
        if self.begun is None:
            self.begun = time.time()
        return bool(super().received(data))

    def service(self) -> None:
        # Before too: the loop may look after the answer and before the line that follows it.
        self.answered = time.time()
        super().service()
        self.answered = time.time()

    def write_soon(self, data: Any) -> int:
        if not self.total_outbufs_len:
            self.offered = time.time()
        return int(super().write_soon(data))

    # Nobody sends urgent data to a web server, and waitress would log each turn that it is there.
    def handle_expt(self) -> None:
        self.handle_close()

    @property
    def is_owed(self) -> bool:
        """Whether we owe the client an answer."""
        return bool(self.requests)

    @property
    def owes_since(self) -> float:
        """When it became the client's turn: a byte now and then makes it no later."""
        return self.answered if self.begun is None else self.begun

    def is_overdue(self, now: float, limits: ServerLimits) -> bool:
        if self.is_owed and not self.total_outbufs_len:
            return False
        if self.is_owed:  # a file that is still being made: who takes none of it needs no more
            return bool(now - max(self.last_activity, self.offered) > limits.idle_seconds)
        if self.begun is not None:
            return now - self.begun > limits.head_seconds
        return bool(now - self.last_activity > limits.idle_seconds)


class _Threads(ThreadedTaskDispatcher):
    """Threads that answer requests, the oldest first."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.set_thread_count(count)

    def waiting(self) -> int:
        """Return how many requests no thread is free for."""
        with self.lock:
            free: int = len(self.threads) - self.stop_count - self.active_count
            return max(0, len(self.queue) - free)

    # Waitress logs each request that waits.
    def add_task(self, task: _Connection) -> None:
        with self.lock:
            self.queue.append(task)
            self.queue_cv.notify()

    def take_back(self, before: float) -> list[_Connection]:
        """Return what no thread has begun and what came earlier than *before*; none will begin it."""
        taken = []
        with self.lock:
            while self.queue and self.queue[0].last_activity < before:
                taken.append(self.queue.popleft())
        return taken


class Server(TcpWSGIServer):
    """Answers on a socket from `run` until `stop`; a context manager that closes both."""

    channel_class = _Connection

    def __init__(self, app: Any, listening: socket.socket, limits: ServerLimits) -> None:
        self._limits = limits
        # The index needs files too.
        most_files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.most_connections = (
            limits.connections
            if most_files == resource.RLIM_INFINITY
            else min(limits.connections, most_files // 2)
        )
        # One turn of the loop takes at most this long.
        shortest = min(limits.idle_seconds, limits.head_seconds, limits.wait_seconds)
        self._turn_seconds = min(max(0.05, shortest), 1)
        self._is_stopping = False
        # Gives the answers that take no time: that we run, and that no thread is free.
        self._desk = _Threads(1)
        self._closed = self._refused = 0
        self._reported = 0.0
        super().__init__(
            app,
            {},
            _sock=listening,
            dispatcher=_Threads(limits.threads),
            adj=Adjustments(
                sockets=[listening],
                ident=None,
                max_request_header_size=limits.header_bytes,
                max_request_body_size=limits.body_bytes,
                # `web.proxy` says whose are believed.
                clear_untrusted_proxy_headers=False,
                # What is above it makes a thread wait for its client.
                outbuf_high_watermark=2**62,
            ),
            sockinfo=(listening.family, listening.type, listening.proto, listening.getsockname()),
            bind_socket=False,
        )

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *error: object) -> None:
        for threads in (self.task_dispatcher, self._desk):
            threads.shutdown(timeout=1)
        for connection in self._connections():
            connection.handle_close()
        wasyncore.close_all(self._map)

    @property
    def port(self) -> int:
        return int(self.effective_port)

    def stop(self) -> None:
        """End `run` once what is under way is answered. For any thread, and for signals."""
        self._is_stopping = True
        self.pull_trigger()

    def run(self) -> None:
        while not self._is_stopping:
            self._turn()
        wasyncore.dispatcher.close(self)  # nobody can connect any more
        end = time.time() + self._limits.finish_seconds
        while self._under_way() and time.time() < end:
            self._turn()
        self._reported = 0
        self._report(time.time())

    def _under_way(self) -> bool:
        """Close every connection on which nothing is under way; return whether one is left."""
        for connection in self._connections():
            if not connection.is_owed and not connection.total_outbufs_len:
                connection.handle_close()
        return bool(self.active_channels)

    def _connections(self) -> list[_Connection]:
        return list(self.active_channels.values())

    def _turn(self) -> None:
        """Let go who owes for too long, refuse who waited for too long, read and write what is there."""
        now = time.time()
        for connection in self._connections():
            if connection.is_overdue(now, self._limits):
                connection.handle_close()
        for connection in self.task_dispatcher.take_back(now - self._limits.wait_seconds):
            self._refuse(connection)
        self._report(now)
        # poll, because select cannot watch a file of number 1,024 or above.
        wasyncore.loop(self._turn_seconds, use_poll=True, map=self._map, count=1)

    def readable(self) -> bool:
        """Return whether there is or can be made room for a new connection."""
        return bool(self.accepting) and (
            len(self.active_channels) < self.most_connections or self._longest_owing() is not None
        )

    def handle_accept(self) -> None:
        connections = len(self.active_channels)
        if connections < self.most_connections:
            super().handle_accept()
        # Full, or nothing came of it, because the process has no file handle left.
        if len(self.active_channels) == connections and (owing := self._longest_owing()):
            self._closed += 1
            owing.handle_close()

    def _longest_owing(self) -> _Connection | None:
        owing = [connection for connection in self._connections() if not connection.is_owed]
        return min(owing, key=lambda connection: connection.owes_since, default=None)

    def add_task(self, task: _Connection) -> None:
        """Have the request answered that has arrived whole on *task*."""
        task.begun = None
        request = task.requests[0]
        if task.total_outbufs_len:
            # Sent before the last answer was taken: one at a time, or answers pile up here.
            task.requests.clear()
            task.close_when_flushed = True
        elif request.error or request.path == HEALTH_PATH:
            task.is_refused = False
            self._desk.add_task(task)
        elif self.task_dispatcher.waiting() < self._limits.waiting:
            task.is_refused = False
            self.task_dispatcher.add_task(task)
        else:
            self._refuse(task)

    def _refuse(self, connection: _Connection) -> None:
        self._refused += 1
        connection.is_refused = True
        self._desk.add_task(connection)

    def _report(self, now: float) -> None:
        if (self._closed or self._refused) and now - self._reported > _REPORT_SECONDS:
            _logger.warning(
                "At the limit. Requests refused: %d; connections closed to make room: %d",
                self._refused,
                self._closed,
            )
            self._reported = now
            self._closed = self._refused = 0
