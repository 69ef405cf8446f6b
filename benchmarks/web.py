"""How fast pages of results are served, next to Datasette: ``python -m benchmarks.web --docs N``.

Both serve the same articles on the same processors and answer the same queries in turns: ours a page of results with all facets, Datasette
the page of a table with full-text search (SQLite FTS5) and its facet of authors. One connection gives the time of a page, `_CLIENTS`
connections how many pages a second there are. The figures are in docs/performance.md.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from benchmarks.speed import tell, work_folder
from benchmarks.speed_corpus import REAL_ARTICLES, Corpus, read_real, records, write_corpus
from benchmarks.speed_queries import Sample, Wanted, draw, newssearch_text

#: Classes of queries that both understand.
CLASSES = ("frequent_word", "mid_word", "and_2", "phrase")

_CLIENTS = 4
_NEWSSEARCH = [sys.executable, "-c", "from search.cli.main import main; main()"]
#: How long a server may take to answer the first time, and a page.
_START_S = 60
_PAGE_S = 120


def build_database(corpus: Path, path: Path) -> None:
    """Make the database that Datasette serves: a table of articles, and an FTS5 table of titles and bodies."""
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            "CREATE TABLE articles (id TEXT, title TEXT, authors TEXT, source TEXT, published TEXT, body TEXT)"
        )
        database.executemany(
            "INSERT INTO articles VALUES (?, ?, ?, ?, ?, ?)",
            (
                (
                    r["id"],
                    r["title"],
                    json.dumps(r["authors"]),
                    r["source"],
                    r["published"],
                    r["body"],
                )
                for r in records(corpus)
            ),
        )
        database.execute(
            "CREATE VIRTUAL TABLE articles_fts USING fts5(title, body, tokenize='porter', content='articles')"
        )
        database.execute("INSERT INTO articles_fts(articles_fts) VALUES ('rebuild')")
        database.execute("CREATE INDEX by_source ON articles(source)")


def newssearch_path(wanted: Wanted) -> str:
    return "/search?" + urlencode({"q": newssearch_text(wanted)})


def datasette_path(wanted: Wanted) -> str:
    words = " ".join(f'"{word}"' for word in wanted.words)
    text = f'"{" ".join(wanted.words)}"' if wanted.kind == "phrase" else words
    asked = {"_search": text, "_searchmode": "raw", "_facet_array": "authors", "_size": "10"}
    return "/articles/articles?" + urlencode(asked)


class Site:
    """A served site, and what its pages took."""

    def __init__(self, address: str, paths: Sequence[str]) -> None:
        parts = urlsplit(address)
        self.host, self.port = parts.hostname or "", parts.port or 0
        self.paths = paths
        self.taken: list[float] = []
        self.rates: list[float] = []

    def connect(self) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=_PAGE_S)
        connection.connect()
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def ask(self, connection: http.client.HTTPConnection, path: str) -> bytes:
        """Return the page at *path*. Stops the program where there is none."""
        connection.request("GET", path, headers={"Accept": "text/html"})
        answer = connection.getresponse()
        page = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status}\n{page[:500]!r}")
        return page

    def measure_pages(self) -> None:
        """Ask for each page once, over one connection."""
        with closing(self.connect()) as connection:
            for path in self.paths:
                began = time.perf_counter()
                self.ask(connection, path)
                self.taken.append(1000 * (time.perf_counter() - began))

    def measure_rate(self, seconds: float) -> None:
        """Ask for pages over several connections at once, for about *seconds*."""
        end = time.perf_counter() + seconds
        counts = [0] * _CLIENTS

        def ask(number: int) -> None:
            with closing(self.connect()) as connection:
                place = number * len(self.paths) // _CLIENTS
                while time.perf_counter() < end:
                    self.ask(connection, self.paths[place % len(self.paths)])
                    counts[number] += 1
                    place += 1

        began = time.perf_counter()
        clients = [threading.Thread(target=ask, args=(n,)) for n in range(_CLIENTS)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        self.rates.append(sum(counts) / (time.perf_counter() - began))

    def figures(self) -> dict[str, float]:
        ordered = sorted(self.taken)
        return {
            "median_ms": statistics.median(ordered),
            "p95_ms": ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))],
            "pages_per_s": statistics.median(self.rates),
        }


@contextmanager
def served(command: Sequence[str], port: int) -> Iterator[str]:
    """Start a server, give its address once it answers, and stop it."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    threading.Thread(target=lambda: process.stderr and process.stderr.read(), daemon=True).start()
    address = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + _START_S
        while True:
            try:
                with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as asked:
                    asked.request("GET", "/")
                    asked.getresponse().read()
                break
            except OSError as exc:
                if process.poll() is not None or time.monotonic() > end:
                    raise SystemExit(f"{' '.join(command)}: does not answer: {exc}") from exc
                time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait()


def free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def measure(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Return the figures of both sites."""
    corpus, index, database = folder / "corpus.jsonl", folder / "index", folder / "articles.db"
    tell(f"growing {options.docs:,} articles")
    sample = Sample()
    for record in write_corpus(Corpus(read_real(options.articles), options.docs), corpus):
        sample.look_at(record)
    drawn = draw(sample, options.queries_per_class, ())
    queries = [wanted for name in CLASSES for wanted in drawn[name]]
    tell("indexing with newssearch")
    arguments = [
        "index",
        str(corpus),
        "--index",
        str(index),
        "--quiet",
        "--entities",
        options.entities,
    ]
    subprocess.run([*_NEWSSEARCH, *arguments], check=True)
    tell("filling SQLite")
    build_database(corpus, database)
    ports = free_port(), free_port()
    ours = [*_NEWSSEARCH, "serve", "--index", str(index), "--port", str(ports[0])]
    theirs = [datasette(), "serve", str(database), "--port", str(ports[1])]
    # Datasette counts and facets for at most 200 ms a page, else it leaves them out: here it may do all of its work.
    for name in ("sql_time_limit_ms", "facet_time_limit_ms", "facet_suggest_time_limit_ms"):
        theirs += ["--setting", name, "60000"]
    theirs += ["--setting", "suggest_facets", "off"]
    with ExitStack() as stack:
        sites = {
            "newssearch": Site(
                stack.enter_context(served(ours, ports[0])), list(map(newssearch_path, queries))
            ),
            "datasette": Site(
                stack.enter_context(served(theirs, ports[1])), list(map(datasette_path, queries))
            ),
        }
        for name, site in sites.items():
            tell(f"warming {name}")
            site.measure_pages()
            site.taken.clear()
        for number in range(options.repetitions):
            tell(f"asking, {number + 1} of {options.repetitions}")
            for site in sites.values():
                site.measure_pages()
            for site in sites.values():
                site.measure_rate(options.seconds)
    result: dict[str, Any] = {"docs": options.docs, "queries": len(queries)}
    return result | {name: site.figures() for name, site in sites.items()}


def datasette() -> str:
    """Return the program. Stops where it is not installed."""
    beside = Path(sys.executable).with_name("datasette")
    found = str(beside) if beside.exists() else shutil.which("datasette")
    if not found:
        raise SystemExit("datasette is not installed: pip install newssearch[bench]")
    return found


def table(result: dict[str, Any]) -> str:
    lines = [f"{result['docs']:,} articles, {result['queries']} queries", ""]
    lines.append(f"{'':12}{'median ms':>12}{'p95 ms':>12}{'pages/s':>12}")
    for name in ("newssearch", "datasette"):
        found = result[name]
        lines.append(
            f"{name:12}{found['median_ms']:>12.2f}{found['p95_ms']:>12.2f}{found['pages_per_s']:>12.1f}"
        )
    ratio = result["newssearch"]["pages_per_s"] / result["datasette"]["pages_per_s"]
    return "\n".join([*lines, "", f"{ratio:.1f} times the pages of Datasette"])


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.web",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--docs", type=int, default=100_000, metavar="N", help="articles to grow [100000]")
    add("--json", type=Path, metavar="FILE", help="write the figures there too")
    add("--queries-per-class", type=int, default=10, metavar="N")
    add("--repetitions", type=int, default=5, metavar="N", help="of all queries [5]")
    add("--seconds", type=float, default=5.0, metavar="S", help="of many connections at once [5]")
    add("--entities", default="fast", help="what finds names in our index: fast or none [fast]")
    add("--cores", type=int, default=2, metavar="N", help="processors for all of it [2]")
    add("--keep", type=Path, metavar="DIR", help="leave corpus and indexes there")
    add("--articles", type=Path, default=REAL_ARTICLES, metavar="FILE", help="to grow from")
    options = parser.parse_args(arguments)
    if not options.articles.exists():
        parser.error(f"{options.articles} is not there; name articles to grow from with --articles")
    if options.docs < 100:
        parser.error("--docs: at least 100, of fewer no words can be drawn")
    datasette()
    if hasattr(os, "sched_setaffinity"):  # the servers inherit it
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: options.cores])
    with work_folder(options.keep) as folder:
        result = measure(options, folder)
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    print(table(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
