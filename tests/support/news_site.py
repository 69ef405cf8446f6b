"""A real HTTP server on 127.0.0.1, whose pages answer as a test says, however badly."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

from tests.support.waiting import PATIENCE_SECONDS


class Asked(BaseHTTPRequestHandler):
    """A request, to be answered by a page."""

    server: _Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.site.asked.append(
            (self.headers["Host"].partition(":")[0] + self.path, self.headers)
        )
        page = self.server.site.pages.get(self.path)
        if page is None:
            self.answer(404, "nothing here")
        elif isinstance(page, str):
            self.answer(200, page)
        else:
            with suppress(BrokenPipeError, ConnectionResetError):  # the client had enough
                page(self)
        self.close_connection = True

    def answer(self, status: int, content: str | bytes = b"", **headers: str) -> None:
        """Send a whole answer; an underscore in the name of a header is a dash."""
        content = content.encode() if isinstance(content, str) else content
        self.send_response(status)
        said = {
            "Content_Type": "text/html; charset=utf-8",
            "Content_Length": str(len(content)),
            **headers,
        }
        for name, value in said.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def raw(self, content: bytes) -> None:
        """Send bytes as they are."""
        self.wfile.write(content)
        self.wfile.flush()

    def wait(self) -> None:
        """Send nothing more until the site is closed."""
        self.server.site.is_over.wait(PATIENCE_SECONDS)

    def log_message(self, format: str, *args: object) -> None:
        pass


Page = str | Callable[[Asked], None]


class Site:
    """What the server answers, and what it was asked."""

    def __init__(self) -> None:
        #: Path -> the text of a page, or what answers.
        self.pages: dict[str, Page] = {}
        #: Host and path of each request, with its headers.
        self.asked: list[tuple[str, Message]] = []
        self.is_over = Event()
        self.port = 0

    def url(self, path: str, host: str = "news.test", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    def paths(self) -> list[str]:
        """Return what was asked for of the first host, but for robots.txt."""
        return [
            what.removeprefix("news.test")
            for what, _ in self.asked
            if not what.endswith("/robots.txt")
        ]

    def dial(self, ip: str, port: int, timeout_s: float) -> socket.socket:
        """Connect to this site instead of *ip*."""
        return socket.create_connection(("127.0.0.1", self.port), timeout_s)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    site: Site

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # a client that refuses a certificate


@contextmanager
def serving(certificate: str = "") -> Iterator[Site]:
    """Serve a site, with TLS where there is the file of a *certificate* and its key."""
    server = _Server(("127.0.0.1", 0), Asked)
    server.site = site = Site()
    site.port = server.server_address[1]
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.is_over.set()
        server.shutdown()
        server.server_close()
        thread.join(PATIENCE_SECONDS)


def page(title: str, text: str = "") -> str:
    """Return a page of a news site."""
    text = (
        text
        or f"{title}, said the harbour master of Oststrand, and nobody on the pier wanted to disagree with her."
    )
    return (
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>{title}</title></head>"
        f"<body><article><h1>{title}</h1><p>{text}</p><p>{text} The ferry left at noon.</p></article></body></html>"
    )


def feed(*entries: str, title: str = "Harbour News") -> str:
    """Return an RSS feed of *entries*."""
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"'
        ' xmlns:content="http://purl.org/rss/1.0/modules/content/">'
        f"<channel><title>{title}</title>{''.join(entries)}</channel></rss>"
    )


def entry(link: str, title: str = "", text: str = "A ferry came.", full: str = "") -> str:
    """Return an entry of a feed."""
    content = f"<content:encoded>{full}</content:encoded>" if full else ""
    return f"<item><title>{title or link}</title><link>{link}</link><description>{text}</description>{content}</item>"
