"""A site whose searches wait until they are let go; run as a module it serves itself.

``python -m tests.support.slow_site`` prints its URL, then "begun" for each search that has begun, and
lets all searches go when it reads a line.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from threading import Event, Semaphore, Thread

from flask import Flask

from search.engines.protocol.request import SearchRequest
from search.engines.protocol.result import SearchResult
from search.service.service import SearchService
from tests.support.memory_engine import MemoryEngine
from tests.support.waiting import PATIENCE_SECONDS
from tests.support.web_site import ARTICLES
from web import create_app, serve


class SlowEngine(MemoryEngine):
    """Holds the articles of the small site, and every search until `let_go` is set."""

    def __init__(self, on_begun: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        self.add(ARTICLES)
        self.let_go = Event()
        self._on_begun = on_begun
        self._begun = Semaphore(0)

    def search(self, request: SearchRequest) -> SearchResult:
        self._begun.release()
        self._on_begun()
        assert self.let_go.wait(PATIENCE_SECONDS), "nobody let the search go"
        return super().search(request)

    def wait_until_begun(self) -> None:
        """Wait for the next search to begin."""
        assert self._begun.acquire(timeout=PATIENCE_SECONDS), "no search has begun"


def slow_app(engine: SlowEngine) -> Flask:
    return create_app(SearchService(engine))


def main() -> None:
    # Ctrl-C is to work also where whatever runs the tests ignores it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    engine = SlowEngine(lambda: print("begun", flush=True))

    def let_go() -> None:
        sys.stdin.readline()
        engine.let_go.set()

    Thread(target=let_go, daemon=True).start()
    serve(slow_app(engine), "127.0.0.1", 0, ready=lambda url: print(url, flush=True))


if __name__ == "__main__":
    main()
