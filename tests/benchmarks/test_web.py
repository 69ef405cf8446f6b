"""What the benchmark of pages asks for, and how it counts."""

from __future__ import annotations

import json
import sqlite3
import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from benchmarks.speed_queries import Wanted
from benchmarks.web import Site, build_database, datasette_path, newssearch_path, table

ARTICLES = (
    {"id": "a", "title": "Grain prices", "authors": ["Ann Lee"], "source": "X",
     "published": "2020-01-01T00:00:00Z", "body": "Prices of grain rise."},
    {"id": "b", "title": "Oil", "authors": ["Ann Lee", "Bo Ek"], "source": "X",
     "published": "2020-01-02T00:00:00Z", "body": "Oil falls."},
)  # fmt: skip


def test_the_database_has_every_article_and_its_words(tmp_path):
    corpus = tmp_path / "corpus.jsonl"
    corpus.write_text("\n".join(map(json.dumps, ARTICLES)) + "\n")
    build_database(corpus, tmp_path / "articles.db")
    with closing(sqlite3.connect(tmp_path / "articles.db")) as database:
        found = database.execute(
            "SELECT id, authors FROM articles WHERE rowid IN "
            "(SELECT rowid FROM articles_fts WHERE articles_fts MATCH 'price')"
        )
        assert found.fetchall() == [("a", '["Ann Lee"]')]


@pytest.mark.parametrize(
    ("wanted", "ours", "theirs"),
    [
        (Wanted("all", ("grain", "oil")), "q=grain+oil", "_search=%22grain%22+%22oil%22&"),
        (Wanted("phrase", ("grain", "oil")), "q=%22grain+oil%22", "_search=%22grain+oil%22&"),
    ],
)
def test_both_are_asked_the_same(wanted, ours, theirs):
    assert newssearch_path(wanted) == f"/search?{ours}"
    assert theirs in datasette_path(wanted)


class Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        status, page = (200, b"page") if self.path == "/there" else (404, b"missing")
        self.send_response(status)
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def address():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_every_page_is_timed_and_counted(address):
    site = Site(address, ["/there"] * 3)
    site.measure_pages()
    site.measure_rate(0.05)
    figures = site.figures()
    assert len(site.taken) == 3
    assert figures["pages_per_s"] > 0
    result = {"docs": 2, "queries": 3, "newssearch": figures, "datasette": figures}
    assert "1.0 times the pages of Datasette" in table(result)


def test_a_page_that_is_not_there_ends_the_run(address):
    with pytest.raises(SystemExit, match="/nowhere: 404"):
        Site(address, ["/nowhere"]).measure_pages()
