"""What every response carries, which requests are refused, and what a failure shows."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest

import web
from search.model.errors import EngineError, QueryTimeout, SettingError
from search.model.settings import Settings
from search.service.service import SearchService
from tests.support.memory_engine import MemoryEngine
from tests.support.web_page import Page, page_at
from tests.support.web_site import (
    SUMMIT,
    site,
)
from web import create_app
from web.addresses import is_loopback


class BrokenEngine(MemoryEngine):
    """An engine whose index is gone."""

    def __init__(self, error):
        super().__init__()
        self.error = error

    def search(self, request):
        raise self.error


def test_the_style_sheet_is_small(client):
    with client.get("/static/style.css") as answer:
        assert len(answer.data) <= 16_384


class TestFailures:
    @pytest.mark.parametrize("path", ["/search", "/article/summit", "/api/v1/search"])
    @pytest.mark.parametrize("facet", ["foo:5", "foo", "author:0", "author:x"])
    def test_an_unknown_facet_is_an_error(self, client, path, facet):
        assert client.get(f"{path}?facet={facet}").status_code == 400

    def test_a_query_error_marks_the_place_and_keeps_text_and_filters(self, client):
        page = page_at(client, "/search?q=nato+%22firm&author=Anna+Weiss", 400)
        assert page.attributes("input", "value")[0] == 'nato "firm'
        assert "Anna Weiss" in page.attributes("input", "value")
        assert page.raw_text("p", class_="query").rstrip() == 'nato "firm'
        assert page.texts("mark")[0].startswith('"')
        assert 'This quote is never closed; add a second " or remove it.' in page.texts("p")

    def test_a_bad_parameter_says_what_there_is(self, client):
        page = page_at(client, "/search?q=nato&sort=best", 400)
        assert "relevance, newest, oldest" in page.texts("p")[0]
        assert page.attributes("input", "value")[0] == "nato"

    def test_an_unknown_page_has_a_way_back(self, client):
        assert page_at(client, "/nowhere", 404).link("To the start page") == "/"

    @pytest.mark.parametrize("method", ["post", "put", "delete", "patch", "options"])
    @pytest.mark.parametrize("url", ["/", "/search", "/nowhere", "/static/style.css"])
    def test_only_reading_is_possible(self, client, method, url):
        response = getattr(client, method)(url, data=b"q=x")
        assert response.status_code == 405
        assert response.headers["Allow"] == "GET, HEAD"

    @pytest.mark.parametrize("url", ["/", "/search?q=nato", "/article/summit", "/api/v1/search"])
    def test_head_answers_like_get_without_a_body(self, client, url):
        response = client.head(url)
        assert (response.status_code, response.data) == (200, b"")

    @pytest.mark.parametrize("prefix", ["", "/api/v1"], ids=["page", "api"])
    def test_a_fault_of_ours_shows_no_detail(self, prefix, caplog):
        app = create_app(SearchService(BrokenEngine(ZeroDivisionError("secret"))))
        response = app.test_client().get(f"{prefix}/search?q=nato")
        assert response.status_code == 500
        assert "secret" not in response.text
        assert "secret" in caplog.text

    @pytest.mark.parametrize(
        ("error", "code", "heading"),
        [
            (
                EngineError("words.bin is cut short"),
                "engine-error",
                "The index cannot be searched now",
            ),
            (QueryTimeout("too long: words.bin"), "query-timeout", "That takes too long to find"),
        ],
        ids=["broken", "slow"],
    )
    def test_a_fault_of_the_index_says_so(self, error, code, heading, caplog):
        client = create_app(SearchService(BrokenEngine(error))).test_client()
        page = page_at(client, "/search?q=nato", 503)
        assert page.texts("h1") == [heading]
        assert str(error) in page.texts("p")
        answer = client.get("/api/v1/search?q=nato")
        assert answer.status_code == 503
        assert answer.get_json() == {"error": {"code": code, "message": str(error)}}
        assert str(error) in caplog.text

    def test_an_index_that_is_gone_is_asked_once_for_a_page(self):
        asked = []

        class Gone(MemoryEngine):
            def search(self, request):
                asked.append("search")
                raise EngineError("nobody answers")

            def stats(self):
                asked.append("stats")
                raise EngineError("nobody answers")

        client = create_app(SearchService(Gone())).test_client()
        page_at(client, "/search?q=nato", 503)
        assert len(asked) == 1

    def test_an_unknown_time_zone_is_reported_at_the_start(self):
        settings = Settings(time_zone="Nowhere/Land")
        with pytest.raises(SettingError, match="Nowhere/Land"):
            site(settings=settings)


class TestStyle:
    SHEET = (Path(web.__file__).parent / "static" / "style.css").read_text()

    def test_every_class_of_the_sheet_is_used(self):
        root = Path(web.__file__).parent
        pages = [*root.parent.glob("templates/*"), *root.glob("*.py"), root / "static" / "keys.js"]
        words = set(
            re.findall(r"[\w-]+", " ".join(page.read_text() for page in pages if page.is_file()))
        )
        rules = re.sub(r"/\*.*?\*/", "", self.SHEET, flags=re.DOTALL)
        styled = set(re.findall(r"\.([a-z][\w-]*)", re.sub(r"\{[^{}]*\}", "", rules)))
        # Lines and bars of a chart have a letter and the number of the query.
        assert {name for name in styled - words if not re.fullmatch(r"[blt][1-4]", name)} == set()


class TestHeaders:
    @pytest.mark.parametrize(
        "url",
        ["/", "/search?q=%22", "/nowhere", "/static/style.css", "/api/v1/search", "/api/v1/x"],
    )
    def test_every_response_forbids_what_no_page_needs(self, client, url):
        headers = client.get(url, buffered=True).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "script-src 'self';" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "Set-Cookie" not in headers

    @pytest.mark.parametrize(
        "url", ["/", "/search?q=nato", "/article/summit", "/search?q=%22", "/search?q=zebra"]
    )
    def test_pages_hold_nothing_that_the_policy_forbids(self, client, url):
        page = Page(client.get(url).text)
        tags = {tag for tag, _, _ in page.elements}
        names = {name for _, has, _ in page.elements for name in has}
        assert not tags & {"style", "iframe", "img", "object", "base"}
        scripts = [has for tag, has, _ in page.elements if tag == "script"]
        # A block of data is no script: the policy does not ask about it, and no browser runs it.
        of_ours = [has for has in scripts if has.get("type") != "application/ld+json"]
        assert [has.get("src") for has in of_ours] == ["/static/keys.js"]
        assert not [name for name in names if name == "style" or name.startswith("on")]

    @pytest.mark.parametrize(
        ("bound", "host", "status"),
        [
            ("127.0.0.1", "127.0.0.1:8000", 200),
            ("127.0.0.1", "LOCALHOST", 200),
            ("127.0.0.1", "[::1]:8000", 200),
            ("127.0.0.5", "127.0.0.5:1", 200),
            ("::1", "[::1]", 200),
            ("127.0.0.1", "evil.example", 400),
            ("127.0.0.1", "127.0.0.1.evil.example:8000", 400),
            ("127.0.0.1", "localhost.evil.example", 400),
            ("127.0.0.1", "[", 400),
            ("127.0.0.1", "a b", 400),
            ("localhost", "evil.example", 400),
            ("127.1", "evil.example", 400),
            ("127.1", "127.1:8000", 200),
            ("0x7f.1", "evil.example", 400),
            ("::ffff:127.0.0.1", "evil.example", 400),
            ("0.0.0.0", "archive.example", 200),
            ("192.0.2.7", "archive.example", 200),
        ],
    )
    def test_on_this_machine_only_its_own_names_are_answered(self, bound, host, status):
        client = site([SUMMIT], Settings(host=bound))
        response = client.get("/", headers={"Host": host})
        assert response.status_code == status
        assert "Content-Security-Policy" in response.headers


@pytest.mark.parametrize(
    ("address", "expected"),
    [("127.0.1.1", True), ("::1", True), ("::ffff:127.0.0.1", True), ("192.0.2.7", False)],
)
def test_a_name_is_the_machine_that_it_stands_for(address, expected):
    def look_up(host, port, type):
        assert host == "archive.internal"
        return [(socket.AF_INET, type, 6, "", (address, port))]

    assert is_loopback("archive.internal", look_up) is expected
