"""The server under clients that hold on to it: sockets to a real one, with small limits handed in."""

from __future__ import annotations

import json
import resource
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from email.message import Message
from http.client import parse_headers
from threading import Event, Thread
from typing import NamedTuple

import pytest

from search.model.errors import SettingError
from search.model.settings import Settings
from tests.support.slow_site import SlowEngine, slow_app
from tests.support.waiting import PATIENCE_SECONDS, wait_until
from tests.support.web_page import Page
from tests.support.web_site import site
from web import ServerLimits, serve
from web.addresses import listening_on
from web.server import Server

#: Larger than the buffers that systems keep between two sockets, and than those of waitress.
BIG_BYTES = 24 * 2**20
BIG_REQUEST = b"GET /big HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


class Answer(NamedTuple):
    status: int
    headers: Message
    body: bytes


class Client:
    """One connection to a server, at the level of bytes."""

    def __init__(self, port):
        self.socket = socket.socket()
        self.socket.settimeout(PATIENCE_SECONDS)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.connect(("127.0.0.1", port))
        self.incoming = self.socket.makefile("rb")

    def send(self, data):
        self.socket.sendall(data)
        return self

    def ask(self, path, host="127.0.0.1"):
        return self.send(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())

    def answer(self):
        """Read the next answer."""
        status = int(self.incoming.readline().split()[1])
        headers = parse_headers(self.incoming)
        return Answer(status, headers, self.incoming.read(int(headers["Content-Length"])))

    def is_let_go(self):
        """Wait for what comes next; return whether it is the end of the connection."""
        try:
            return self.incoming.read(1) == b""
        except ConnectionResetError:
            return True

    def close(self):
        self.incoming.close()
        self.socket.close()

    def drip(self, data):
        """Send *data* again and again until the server ends the connection."""
        try:
            self.socket.settimeout(0.05)
            while True:
                self.socket.sendall(data)
                try:
                    if not self.socket.recv(1):
                        return
                except TimeoutError:
                    continue
        except (ConnectionResetError, BrokenPipeError):
            return


def quick_app(environ, start_response):
    """Answer with the path, or with very much where that is /big."""
    path = environ["PATH_INFO"]
    body = b"x" * BIG_BYTES if path == "/big" else path.encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]


@contextmanager
def running(app, **limits):
    """Give a server that answers in another thread, and stop it afterwards."""
    limits = ServerLimits(**{"finish_seconds": 0} | limits)
    with Server(app, listening_on("127.0.0.1", 0), limits) as server:
        thread = Thread(target=server.run)
        thread.start()
        try:
            yield server
        finally:
            server.stop()
            thread.join()


@pytest.fixture
def connect():
    """A function that connects to a server; what it connected is closed at the end."""
    with ExitStack() as stack:

        def connected(server):
            client = Client(getattr(server, "port", server))
            stack.callback(client.close)
            return client

        yield connected


def owes_a_request(client):
    return client


def owes_half_a_request(client):
    return client.send(b"GET / HTTP/1.1\r\nHost: 127")


def owes_a_body(client):
    return client.send(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\nhalf")


def owes_what_follows_blank_lines(client):
    return client.send(b"\r\n\r\n")


def owes_another_request(client):
    client.ask("/").answer()
    return client


def owes_taking_the_answer(client):
    return client.ask("/big")


OWING = [
    owes_a_request,
    owes_half_a_request,
    owes_a_body,
    owes_what_follows_blank_lines,
    owes_another_request,
    owes_taking_the_answer,
]


class TestManyConnections:
    @pytest.mark.parametrize("owing", OWING)
    def test_those_that_wait_for_their_client_keep_nobody_out(self, connect, owing):
        with running(quick_app, connections=4, idle_seconds=600, head_seconds=600) as server:
            holders = [owing(connect(server)) for _ in range(10)]
            assert connect(server).ask("/new").answer().body == b"/new"
            assert len(server.active_channels) <= 4
            assert len(holders) == 10

    def test_who_has_owed_longest_goes_first(self, connect):
        with running(quick_app, connections=3, idle_seconds=600) as server:
            first, second, third = (owes_another_request(connect(server)) for _ in range(3))
            first.ask("/again").answer()
            assert connect(server).ask("/").answer().status == 200
            assert second.is_let_go()
            assert first.ask("/first").answer().body == b"/first"
            assert third.ask("/third").answer().body == b"/third"

    def test_a_byte_now_and_then_does_not_put_off_the_turn(self, connect):
        with running(quick_app, connections=2, idle_seconds=600, head_seconds=600) as server:
            dripping = connect(server).send(b"GET / HT")
            wait_until(lambda: any(c.begun for c in server.active_channels.values()))
            idle = owes_another_request(connect(server))
            dripping.send(b"TP/1.1\r\n")
            assert connect(server).ask("/").answer().status == 200
            assert dripping.is_let_go()
            assert idle.ask("/idle").answer().body == b"/idle"

    def test_none_is_let_go_that_is_owed_an_answer(self, connect):
        engine = SlowEngine()
        with running(slow_app(engine), connections=3, threads=2) as server:
            asking = [connect(server).ask("/api/v1/search") for _ in range(2)]
            for _ in asking:
                engine.wait_until_begun()
            for _ in range(5):
                owes_a_request(connect(server))
            assert connect(server).ask("/healthz").answer().status == 200
            engine.let_go.set()
            assert [client.answer().status for client in asking] == [200, 200]


class TestSlowClients:
    @pytest.mark.parametrize("owing", OWING[:-1])
    def test_who_owes_too_long_is_let_go(self, connect, owing):
        with running(quick_app, idle_seconds=1, head_seconds=1) as server:
            assert owing(connect(server)).is_let_go()

    def test_so_is_who_takes_nothing_of_an_answer(self, connect):
        with running(quick_app, idle_seconds=1) as server:
            client = connect(server).ask("/big")
            wait_until(lambda: server.active_channels)
            wait_until(lambda: not server.active_channels)
            assert client.incoming.read(15) == b"HTTP/1.1 200 OK"

    def test_so_is_who_takes_nothing_of_an_answer_that_is_still_made(self, connect):
        ended = Event()

        def app(environ, start_response):
            def parts():
                try:
                    while not ended.wait(0.01):
                        yield b"x" * 2**18
                finally:
                    ended.set()

            start_response("200 OK", [("Content-Type", "text/plain")])
            return parts()

        with running(app, idle_seconds=1) as server:
            connect(server).ask("/file")
            assert ended.wait(PATIENCE_SECONDS)

    @pytest.mark.parametrize("data", [b"X-A: b\r\n", b"\r\n\r\n", b"\r\n\r\n "])
    def test_dripping_does_not_put_off_the_end(self, connect, data):
        with running(quick_app, idle_seconds=600, head_seconds=1) as server:
            connect(server).send(b"GET / HTTP/1.1\r\n" if data[:1] == b"X" else b"").drip(data)

    def test_one_that_is_quick_stays_connected(self, connect):
        with running(quick_app, idle_seconds=600, head_seconds=600) as server:
            client = connect(server)
            assert [client.ask(f"/{n}").answer().body for n in range(9)] == [
                f"/{n}".encode() for n in range(9)
            ]

    def test_requests_sent_at_once_are_answered_in_turn(self, connect):
        with running(quick_app) as server:
            client = connect(server).ask("/1").ask("/2").ask("/3")
            assert [client.answer().body for _ in range(3)] == [b"/1", b"/2", b"/3"]

    def test_many_big_answers_that_nobody_takes_hold_no_thread(self, connect):
        with running(quick_app, threads=1, wait_seconds=600, idle_seconds=600) as server:
            holding = connect(server).send(BIG_REQUEST * 5)
            assert holding.incoming.read(4) == b"HTTP"
            assert connect(server).ask("/other").answer().body == b"/other"

    def test_an_answer_is_not_made_before_the_last_one_is_taken(self, connect):
        asked = []

        def app(environ, start_response):
            asked.append(environ["PATH_INFO"])
            return quick_app(environ, start_response)

        with running(app, threads=1, idle_seconds=600) as server:
            connect(server).send(BIG_REQUEST * 5)
            wait_until(lambda: asked)
            wait_until(lambda: not any(c.is_owed for c in server.active_channels.values()))
        assert asked == ["/big"]

    def test_urgent_data_ends_a_connection(self, connect, caplog):
        with running(quick_app) as server:
            client = owes_another_request(connect(server))
            client.socket.send(b"!", socket.MSG_OOB)
            assert client.is_let_go()
        assert caplog.text == ""


class TestTooManyQuestions:
    @pytest.fixture
    def engine(self):
        return SlowEngine()

    @pytest.fixture
    def busy(self, engine, connect):
        """A server with one thread at work and one request that waits for it."""
        with running(slow_app(engine), threads=1, waiting=1, wait_seconds=600) as server:
            server.asking = [connect(server).ask("/search?q=nato")]
            engine.wait_until_begun()
            server.asking.append(connect(server).ask("/api/v1/search?q=nato"))
            yield server
            engine.let_go.set()

    def test_one_more_is_refused_at_once_with_a_page(self, busy, connect):
        answer = connect(busy).ask("/search?q=grain").answer()
        assert (answer.status, answer.headers["Retry-After"]) == (503, "2")
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        page = Page(answer.body.decode())
        assert page.texts("h1") == ["Too many questions at once"]
        assert page.attributes("input", "value")[0] == "grain"

    def test_one_more_is_refused_at_once_with_an_object(self, busy, connect):
        answer = connect(busy).ask("/api/v1/search").answer()
        assert (answer.status, answer.headers["Retry-After"]) == (503, "2")
        assert json.loads(answer.body)["error"]["code"] == "too-busy"

    def test_health_is_answered(self, busy, connect):
        for _ in range(3):
            assert connect(busy).ask("/healthz").answer().body == b"ok\n"

    def test_those_before_are_answered(self, busy, connect, engine):
        assert connect(busy).ask("/").answer().status == 503
        engine.let_go.set()
        assert [client.answer().status for client in busy.asking] == [200, 200]

    def test_who_was_refused_can_ask_again(self, busy, connect, engine):
        client = connect(busy)
        assert client.ask("/api/v1/search").answer().status == 503
        engine.let_go.set()
        assert [earlier.answer().status for earlier in busy.asking] == [200, 200]
        assert client.ask("/api/v1/search").answer().status == 200

    def test_who_waits_too_long_is_refused(self, engine, connect):
        with running(slow_app(engine), threads=1, wait_seconds=1) as server:
            first = connect(server).ask("/search")
            engine.wait_until_begun()
            assert connect(server).ask("/search").answer().status == 503
            engine.let_go.set()
            assert first.answer().status == 200

    def test_the_log_says_so(self, busy, connect, caplog):
        assert connect(busy).ask("/").answer().status == 503
        wait_until(lambda: "Requests refused: 1;" in caplog.text)


class TestBadRequests:
    @pytest.mark.parametrize(
        "host",
        [".", "..", "a..b", "a" * 64, "a" * 64 + ".example", ".example:80", "[", "a b", "\xff", ""],
    )
    @pytest.mark.parametrize("bound", ["127.0.0.1", "0.0.0.0"])
    def test_a_host_that_is_none_is_refused_with_a_page(self, connect, host, bound):
        app = site(settings=Settings(host=bound)).application
        with running(app) as server:
            request = f"GET /search HTTP/1.1\r\nHost: {host}\r\n\r\n".encode("latin-1")
            answer = connect(server).send(request).answer()
        if bound == "0.0.0.0" and host in ("[", "a b", "\xff", ""):  # Werkzeug takes them for names
            assert answer.status == 200
        else:
            assert answer.status == 400
            assert Page(answer.body.decode()).texts("h1") == ["That request cannot be read"]

    @pytest.mark.parametrize(
        ("request_bytes", "status"),
        [
            (b"GET / HTTP/1.1\r\n" + b"X: " + b"a" * 70_000, 431),
            (b"GET / HTTP/1.1\r\nContent-Length: 5000\r\n\r\n", 413),
            (b"nonsense\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\nTransfer-Encoding: rot13\r\n\r\n", 501),
        ],
        ids=["header", "body", "line", "encoding"],
    )
    def test_what_is_no_request_is_refused_though_all_threads_are_busy(
        self, connect, request_bytes, status
    ):
        engine = SlowEngine()
        with running(slow_app(engine), threads=1) as server:
            asking = connect(server).ask("/search")
            engine.wait_until_begun()
            assert connect(server).send(request_bytes).answer().status == status
            engine.let_go.set()
            assert asking.answer().status == 200


@pytest.fixture
def slow_process(checkout):
    """The slow site in a process of its own, its URL read."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.slow_site"],
        cwd=checkout,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    process.port = int(process.stdout.readline().rpartition(":")[2])
    yield process
    process.kill()
    process.communicate()


def is_refused(port):
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except ConnectionRefusedError:
        return True
    except ConnectionResetError:  # it stopped listening just then: the next try is refused
        return False
    return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
class TestStop:
    def test_what_is_under_way_is_finished(self, slow_process, connect, number):
        asking = connect(slow_process).ask("/api/v1/search?q=nato")
        assert slow_process.stdout.readline() == "begun\n"
        idle = connect(slow_process).ask("/healthz")
        assert idle.answer().status == 200
        half = owes_half_a_request(connect(slow_process))

        slow_process.send_signal(number)
        wait_until(lambda: is_refused(slow_process.port))
        assert idle.is_let_go()
        assert half.is_let_go()
        slow_process.stdin.write("\n")
        slow_process.stdin.flush()

        assert json.loads(asking.answer().body)["total"] == 2
        assert asking.is_let_go()
        assert slow_process.wait(PATIENCE_SECONDS) == 0
        assert slow_process.stderr.read() == ""

    def test_a_second_one_stops_at_once(self, slow_process, connect, number):
        connect(slow_process).ask("/search")
        assert slow_process.stdout.readline() == "begun\n"
        slow_process.send_signal(number)
        wait_until(lambda: is_refused(slow_process.port))
        slow_process.send_signal(number)
        assert slow_process.wait(PATIENCE_SECONDS) == -number


def test_a_stop_does_not_wait_for_a_thread_for_ever(connect, caplog):
    engine = SlowEngine()
    with running(slow_app(engine)) as server:
        client = connect(server).ask("/search")
        engine.wait_until_begun()
    assert client.is_let_go()
    assert "1 thread(s) still running" in caplog.text
    engine.let_go.set()


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="limits of another process: Linux")
def test_a_process_without_file_handles_makes_room(slow_process, connect):
    resource.prlimit(slow_process.pid, resource.RLIMIT_NOFILE, (32, 32))
    holders = [owes_a_request(connect(slow_process)) for _ in range(60)]
    assert connect(slow_process).ask("/healthz").answer().status == 200
    assert len(holders) == 60


def test_connections_leave_half_of_the_file_handles_to_the_index():
    handles, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    with running(quick_app, connections=10**9) as server:
        assert server.most_connections == handles // 2


def test_settings_say_what_clients_may_have():
    settings = Settings(serve_threads=3, serve_connections=400, serve_idle_seconds=5)
    limits = ServerLimits.from_settings(settings)
    assert (limits.threads, limits.connections, limits.idle_seconds) == (3, 400, 5)


def test_the_defaults_are_those_of_the_settings():
    assert ServerLimits.from_settings(Settings()) == ServerLimits()


class TestServe:
    def test_it_does_not_say_what_it_runs_on(self, connect):
        with running(site().application) as server:
            assert "Server" not in connect(server).ask("/").answer().headers

    def test_a_busy_port_is_reported_with_the_way_out(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            with pytest.raises(SettingError, match=f"port {port} is in use.*--port"):
                serve(quick_app, "127.0.0.1", port)

    @pytest.mark.parametrize("host", ["192.0.2.1", "no such host"])
    def test_an_address_of_another_machine_is_reported(self, host):
        with pytest.raises(SettingError, match="--host"):
            serve(quick_app, host, 0)
