"""A server that answers like a cluster of OpenSearch as far as a test says: with TLS, users, and each failure there is."""

from __future__ import annotations

import json
import ssl
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any, NamedTuple

from tests.support.waiting import PATIENCE_SECONDS

#: A certificate for the name localhost, which is its own authority, and its key.
CERTIFICATE = Path(__file__).with_name("localhost.pem")
#: What to answer with: nothing, until the test is over.
SILENCE = None

Answer = tuple[int, object]


class Asked(NamedTuple):
    """One request."""

    method: str
    path: str
    body: bytes
    #: As it was sent, "" for none.
    authorization: str


def basic(user: str, password: str) -> str:
    """Return how a request says a user and password."""
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


class ClusterStub:
    """What the server answers, and what it was asked."""

    def __init__(self, port: int, scheme: str) -> None:
        self._port, self._scheme = port, scheme
        self.asked: list[Asked] = []
        #: What each request has to say of who asks; others are answered 401.
        self.authorization = ""
        #: Gives the answer to a request: status and what is sent as JSON, or `SILENCE`.
        self.answer: Callable[[Asked], Answer | None] = lambda _: (200, {})
        self.is_over = Event()

    def url(self, host: str = "localhost") -> str:
        return f"{self._scheme}://{host}:{self._port}"

    def answers(self, *answers: Answer | None) -> None:
        """Give these answers, one to each request, and the last to all that follow."""
        left = list(answers)
        self.answer = lambda _: left.pop(0) if len(left) > 1 else left[0]


def error(kind: str, reason: str, **more: object) -> dict[str, Any]:
    """Return an error as OpenSearch words it."""
    said = {"type": kind, "reason": reason, **more}
    return {"error": {"root_cause": [said], **said}}


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        stub = self.server.stub
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        asked = Asked(self.command, self.path, body, self.headers.get("authorization") or "")
        stub.asked.append(asked)
        answer: Answer | None
        if stub.authorization and asked.authorization != stub.authorization:
            answer = 401, "Unauthorized"
        else:
            answer = stub.answer(asked)
        if answer is SILENCE:
            stub.is_over.wait(PATIENCE_SECONDS)
            self.close_connection = True
            return
        status, said = answer
        content = (said if isinstance(said, str) else json.dumps(said)).encode()
        self.send_response(status)
        kind = "application/json"
        if isinstance(said, str):
            kind = "text/html" if said.startswith("<") else "text/plain"
        self.send_header("content-type", f"{kind}; charset=UTF-8")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_POST = do_PUT = do_DELETE = do_HEAD = do_GET  # names that the library asks for

    def log_message(self, format: str, *args: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    stub: ClusterStub

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # a client that refuses the certificate, or had enough


@contextmanager
def cluster_stub(*, is_encrypted: bool = False) -> Iterator[ClusterStub]:
    """Serve at a free port of this machine."""
    server = _Server(("127.0.0.1", 0), _Request)
    server.stub = stub = ClusterStub(server.server_address[1], "https" if is_encrypted else "http")
    if is_encrypted:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
        # The handshake is made by the thread of the request: a client that waits with it holds nobody up.
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        stub.is_over.set()
        server.shutdown()
        server.server_close()
        thread.join(PATIENCE_SECONDS)
