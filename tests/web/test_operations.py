"""Does it run, can it answer, how is it used, and who asked what: for who runs the server."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from search.engines.protocol.engine import Stats
from search.model.errors import IndexDamaged, SettingError
from search.model.settings import Settings
from search.service.service import SearchService
from tests.support.memory_engine import MemoryEngine
from tests.support.web_site import site
from web import create_app

SAMPLE = re.compile(r'newssearch_[a-z_]+(\{[a-z]+="[^"\\]*"(,[a-z]+="[^"\\]*")*\})? -?[0-9.e+]+')


class Broken(MemoryEngine):
    def stats(self) -> Stats:
        raise IndexDamaged("a file is damaged")


def broken():
    return create_app(SearchService(Broken())).test_client()


def test_a_server_whose_index_is_damaged_runs_and_is_not_ready() -> None:
    well, ill = site(), broken()

    assert [client.get("/healthz").status_code for client in (well, ill)] == [200, 200]
    assert (well.get("/readyz").status_code, well.get("/readyz").text) == (200, "ok\n")
    assert (ill.get("/readyz").status_code, ill.get("/readyz").text) == (503, "a file is damaged\n")


class TestMetrics:
    def test_every_line_is_in_the_form_of_prometheus(self):
        client = site()
        for path in ("/", "/search?q=grain", "/search?q=%22open", "/nowhere", "/api/v1/search"):
            client.get(path)
        response = client.get("/metrics")
        lines = response.text.splitlines()
        assert response.content_type == "text/plain; version=0.0.4; charset=utf-8"
        assert [
            x for x in lines if not SAMPLE.fullmatch(x) and x[:7] not in ("# HELP ", "# TYPE ")
        ] == []
        assert 'newssearch_requests_total{route="search",status="200"} 1' in lines
        assert 'newssearch_requests_total{route="search",status="400"} 1' in lines
        assert 'newssearch_requests_total{route="none",status="404"} 1' in lines
        assert 'newssearch_request_seconds_bucket{route="search",le="+Inf"} 2' in lines
        assert "newssearch_articles 28" in lines
        assert "newssearch_index_readable 1" in lines

    def test_requests_are_counted_by_how_long_they_took(self):
        seconds = iter(range(1000))
        engine = MemoryEngine()
        app = create_app(SearchService(engine), clock=lambda: next(seconds) * 0.3)
        client = app.test_client()
        client.get("/search")
        lines = client.get("/metrics").text
        assert 'bucket{route="search",le="0.25"} 0' in lines
        assert 'bucket{route="search",le="0.5"} 1' in lines
        assert 'seconds_sum{route="search"} 0.300000' in lines

    def test_a_damaged_index_is_said(self):
        assert "newssearch_index_readable 0" in broken().get("/metrics").text

    @pytest.mark.parametrize(
        ("settings", "environ", "headers", "status"),
        [
            ({}, {}, {}, 200),
            ({}, {"REMOTE_ADDR": "192.0.2.1"}, {}, 403),
            ({}, {}, {"X-Forwarded-For": "192.0.2.1"}, 403),
            ({"serve_metrics": 1}, {"REMOTE_ADDR": "192.0.2.1"}, {}, 200),
        ],
        ids=["here", "elsewhere", "through a proxy", "open"],
    )
    def test_they_are_for_this_computer(self, settings, environ, headers, status):
        client = site(settings=Settings(**settings))
        assert client.get("/metrics", environ_base=environ, headers=headers).status_code == status


class TestLog:
    def lines(
        self, tmp_path: Path, *requests: tuple[str, dict[str, str]], **settings: object
    ) -> list[str]:
        path = tmp_path / "access.log"
        client = site(settings=Settings(access_log=str(path), **settings))  # type: ignore[arg-type]
        for address, headers in requests:
            client.get(address, headers=headers, buffered=True).close()
        return path.read_text().splitlines()

    def test_a_line_says_who_asked_what_when_and_what_came_of_it(self, tmp_path):
        headers = {"Referer": "http://localhost/", "User-Agent": "Reader/1"}
        (line,) = self.lines(tmp_path, ("/search?q=gr%C3%BCn+x", headers))
        assert re.fullmatch(
            r"127\.0\.0\.1 - - \[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000\] "
            r'"GET /search\?q=gr%C3%BCn\+x HTTP/1\.1" 200 \d+ "http://localhost/" "Reader/1" \d+\.\d',
            line,
        )

    def test_files_and_failures_have_their_lines(self, tmp_path):
        lines = self.lines(
            tmp_path, ("/search.csv?q=grain", {}), ("/search?q=%22open", {}), ("/x", {})
        )
        assert [line.split('" ')[1].split()[0] for line in lines] == ["200", "400", "404"]

    def test_no_text_makes_another_line_or_field(self, tmp_path):
        hostile = {"User-Agent": 'a" 200 0 "b\\', "Referer": "é\x1b[31m"}
        (line,) = self.lines(tmp_path, ("/a%0A%22b?q=%0a", hostile))
        assert '"GET /a%0A%22b?q=%0a HTTP/1.1" 404' in line
        assert line.count('"') == 6
        assert line.isascii()
        assert line.isprintable()

    @pytest.mark.parametrize(
        ("proxy", "who"), [("127.0.0.1", "198.51.100.9 - ann"), ("", "127.0.0.1 - -")]
    )
    def test_a_proxy_that_is_believed_says_who_asks(self, tmp_path, proxy, who):
        headers = {"X-Forwarded-For": "198.51.100.9", "X-Forwarded-User": "ann"}
        (line,) = self.lines(tmp_path, ("/", headers), serve_proxy=proxy)
        assert line.startswith(who + " [")

    def test_the_name_of_a_key_is_logged_and_the_key_is_not(self, tmp_path):
        keys = tmp_path / "keys"
        keys.write_text("desk orchard-lantern-42\n")
        headers = {"X-Api-Key": "orchard-lantern-42"}
        (line,) = self.lines(tmp_path, ("/api/v1/search", headers), api_keys=str(keys))
        assert " - desk [" in line
        assert "orchard" not in line

    def test_a_log_that_was_moved_away_is_begun_anew(self, tmp_path):
        path = tmp_path / "access.log"
        client = site(settings=Settings(access_log=str(path)))
        client.get("/", buffered=True).close()
        path.rename(tmp_path / "access.log.1")
        client.get("/", buffered=True).close()
        assert len(path.read_text().splitlines()) == 1

    def test_a_log_that_cannot_be_written_is_refused(self, tmp_path):
        with pytest.raises(SettingError, match="access_log"):
            site(settings=Settings(access_log=str(tmp_path / "none" / "log")))
