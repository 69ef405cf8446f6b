"""Hits as files and feeds: all of them, with the parameters of the page, safe to open."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from html import unescape

import feedparser
import pytest
from flask.testing import FlaskClient

from search.model.settings import Settings
from tests.support.copied_story import COPIED, by_name
from tests.support.documents import document
from tests.support.web_site import ARTICLES, SUMMIT, site

HOSTILE = document(
    "hostile",
    '=HYPERLINK("http://evil.example")',
    "+gold <b>&amp;</b> ]]> \x00\x0b\ufffe silver",
    authors=("-Ann", "@Bob"),
    topics=('"><script>',),
)


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return site((*ARTICLES, *COPIED, HOSTILE), story_of=by_name)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize(
    "asked",
    ["q=grain", "q=grain&sort=oldest&author=Anna+Weiss", "from=2024-10-05&to=2024-10-20", "q=nato&match=any", "q=zzz"],
)  # fmt: skip
def test_files_have_every_hit_in_the_order_of_the_page(client: FlaskClient, asked: str) -> None:
    api = client.get(f"/api/v1/search?{asked}&group=off&diverse=off&page_size=100").get_json()
    want = [hit["id"] for hit in api["hits"]]
    lines = client.get(f"/search.ndjson?{asked}")
    table = client.get(f"/search.csv?{asked}")

    assert [json.loads(line)["id"] for line in lines.text.splitlines()] == want
    assert [row["id"] for row in rows(table.text)] == want
    assert {r.headers["X-Total-Count"] for r in (lines, table)} == {str(len(want))}


def test_a_line_of_json_is_a_hit_of_the_api(client: FlaskClient) -> None:
    (line,) = client.get("/search.ndjson?q=blinken&group=on").text.splitlines()
    (hit,) = client.get("/api/v1/search?q=blinken").get_json()["hits"]

    assert json.loads(line) == hit


def test_a_page_as_json_is_that_of_the_api(client: FlaskClient) -> None:
    asked = "q=grain&page=2&page_size=4&facet=author:3"
    file, api = (
        client.get(f"/{path}?{asked}").get_json() for path in ("search.json", "api/v1/search")
    )

    varying = dict.fromkeys(["took_ms", "next_cursor"])
    assert file | varying == api | varying


def test_rows_are_stories_where_that_is_asked(client: FlaskClient) -> None:
    articles, stories = (
        rows(client.get(f"/search.csv?q=storm{group}").text) for group in ("", "&group=on")
    )

    assert (len(articles), len(stories)) == (10, 3)
    assert sum(int(row["story_articles"]) for row in stories) == 10


def test_a_cursor_goes_on_after_a_row(client: FlaskClient) -> None:
    asked = "q=grain&sort=newest&group=off&diverse=off"
    cursor = client.get(f"/api/v1/search?{asked}&page_size=7").get_json()["next_cursor"]
    rest = rows(client.get(f"/search.csv?{asked}&cursor={cursor}").text)

    assert [row["rank"] for row in rest] == [str(n) for n in range(8, 27)]


@pytest.mark.parametrize("bom", ["", "&bom=off", "&bom=on"])
def test_a_byte_order_mark_is_there_on_request(client: FlaskClient, bom: str) -> None:
    response = client.get(f"/search.csv?q=grain{bom}")

    assert response.data.startswith(b"\xef\xbb\xbf") == (bom == "&bom=on")
    assert response.mimetype == "text/csv"
    assert response.data.removeprefix(b"\xef\xbb\xbf").startswith(b"rank,score,id,title,")


def test_nothing_in_a_table_is_a_formula(client: FlaskClient) -> None:
    (row,) = rows(client.get("/search.csv?q=silver").text)

    assert row["title"] == '\'=HYPERLINK("http://evil.example")'
    assert (row["authors"], row["snippet"][:2]) == ("'-Ann; @Bob", "'+")


@pytest.mark.parametrize(
    ("asked", "name"),
    [("q=NATO+in+Br%C3%BCssel", "nato-in-br-ssel"), ("", "articles"), ("q=%22%0d%0aSet-Cookie:%20a%22", "set-cookie-a")],
)  # fmt: skip
def test_a_file_has_a_name(client: FlaskClient, asked: str, name: str) -> None:
    header = client.get(f"/search.csv?{asked}").headers["Content-Disposition"]

    assert header == f'attachment; filename="{name}.csv"'


def test_notices_come_with_a_file(client: FlaskClient) -> None:
    notice = client.get("/api/v1/search?q=nato+or+grain").get_json()["notices"][0]

    assert notice in client.get("/search.csv?q=nato+or+grain").headers.getlist("X-Notice")


@pytest.mark.parametrize("ending", ["json", "ndjson", "csv", "atom", "rss"])
@pytest.mark.parametrize(
    ("asked", "code"),
    [("q=%22open", "open-quote"), ("colour=x", "bad-request"), ("sort=best", "bad-request"), ("page_size=101", "bad-request")],
    ids=["query", "parameter", "order", "size"],
)  # fmt: skip
def test_a_failure_is_an_object(client: FlaskClient, ending: str, asked: str, code: str) -> None:
    response = client.get(f"/search.{ending}?{asked}")

    assert (response.status_code, response.get_json()["error"]["code"]) == (400, code)


def test_more_files_than_half_of_the_threads_are_refused() -> None:
    client = site(settings=Settings(serve_threads=4))
    started = [client.get("/search.csv?q=grain", buffered=False) for _ in range(2)]
    refused = client.get("/search.ndjson")
    page = client.get("/search?q=grain")
    for response in started:
        response.close()

    assert (refused.status_code, refused.get_json()["error"]["code"]) == (503, "too-busy")
    assert int(refused.headers["Retry-After"]) > 0
    assert page.status_code == 200
    assert client.get("/search.ndjson").status_code == 200


def test_a_question_that_cannot_be_answered_takes_no_place_of_a_file() -> None:
    client = site(settings=Settings(serve_threads=2))
    assert [client.get("/search.csv?q=%22open").status_code for _ in range(2)] == [400, 400]
    assert client.get("/search.csv").status_code == 200


@pytest.mark.parametrize("kind", ["atom", "rss"])
class TestFeeds:
    def feed(self, client: FlaskClient, kind: str, asked: str) -> feedparser.FeedParserDict:
        response = client.get(f"/search.{kind}?{asked}")
        assert response.mimetype == f"application/{kind}+xml"
        feed = feedparser.parse(response.data)
        assert not feed.bozo
        return feed

    def test_the_newest_hits_come_first(self, client, kind):
        feed = self.feed(client, kind, "q=grain&sort=oldest&page=3")
        want = client.get("/api/v1/search?q=grain&sort=newest&page_size=100").get_json()["hits"]
        assert [entry.title for entry in feed.entries] == [hit["title"] for hit in want]
        assert [datetime(*entry.published_parsed[:3]).day for entry in feed.entries[:3]] == [
            12,
            25,
            24,
        ]

    def test_an_entry_says_what_the_article_is(self, client, kind):
        feed = self.feed(client, kind, "q=blinken")
        (entry,) = feed.entries
        assert entry.title == SUMMIT.article.title
        assert entry.link == "http://localhost/article/summit"
        assert {author.name for author in entry.authors} >= {SUMMIT.article.authors[0]}
        assert "firm response" in entry.summary
        assert entry.id.startswith("urn:uuid:")

    def test_the_feed_says_what_it_is(self, client, kind):
        feed = self.feed(client, kind, "q=nato&source=Reuters").feed
        assert feed.title == "nato · source: Reuters"
        links = {link.rel: link.href for link in feed.links}
        assert links["self"] == f"http://localhost/search.{kind}?q=nato&source=Reuters&sort=newest"
        assert links["alternate"] == "http://localhost/search?q=nato&source=Reuters&sort=newest"

    def test_entries_are_as_many_as_asked_and_the_same_wherever_it_stands(self, client, kind):
        feed = self.feed(client, kind, "q=grain&page_size=3")
        other = client.get(f"/search.{kind}?q=grain&page_size=3", headers={"Host": "127.0.0.1"})
        assert len(feed.entries) == 3
        moved = feedparser.parse(other.data)
        ids = [entry.id for entry in moved.entries]
        assert ids == [entry.id for entry in feed.entries]
        assert moved.feed.get("id") == feed.feed.get("id")

    def test_no_text_breaks_out(self, client, kind):
        (entry,) = self.feed(client, kind, "q=silver").entries
        assert entry.title == HOSTILE.article.title
        assert [tag.term for tag in entry.tags] == ['"><script>']
        text = entry.summary if kind == "atom" else unescape(entry.summary)
        assert ("<b>" in entry.summary) == (kind == "atom")  # that of the other is HTML
        assert text.startswith("+gold <b>&amp;</b> ]]>")

    def test_a_date_that_is_not_known_to_the_day_is_left_out(self, kind):
        year = datetime(1987, 1, 1, tzinfo=UTC)
        old = document("old", "Old", published=year, published_precision="year")
        (entry,) = self.feed(site([old]), kind, "").entries
        assert "published" not in entry

    def test_the_page_leads_to_its_feed(self, client, kind):
        page = client.get("/search?q=nato&source=Reuters").text
        link = f'type="application/{kind}+xml" title="nato ({ {"atom": "Atom", "rss": "RSS"}[kind] })" href="/search.{kind}?q=nato&amp;source=Reuters"'
        assert f'<link rel="alternate" {link}>' in page
