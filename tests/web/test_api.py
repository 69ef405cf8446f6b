"""The JSON API: shapes, parameters, failures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.web_site import (
    SUMMIT,
    site,
)


class TestApi:
    def test_search_answers_in_the_promised_shape(self, client):
        answer = client.get("/api/v1/search?q=blinken+nato&facet=author:1&facet=source").get_json()
        assert list(answer) == [
            "query", "read_as", "notices", "total", "stories", "page", "page_size", "took_ms", "next_cursor", "hits", "facets",
        ]  # fmt: skip
        assert (answer["query"], answer["total"], answer["page"]) == ("blinken nato", 1, 1)
        (hit,) = answer["hits"]
        assert (hit["rank"], hit["id"], hit["authors"]) == (
            1,
            "summit",
            list(SUMMIT.article.authors),
        )
        marks = [hit["snippet"]["text"][a:b] for a, b in hit["snippet"]["marks"]]
        assert "NATO" in marks
        assert answer["facets"]["author"] == {
            "values": [{"value": "Olena Harmash", "count": 1, "selected": False}],
            "distinct": 2,
            "other": 1,
            "missing": 0,
        }
        assert set(answer["facets"]) == {"author", "source"}

    def test_parameters_narrow_sort_and_page(self, client):
        url = (
            "/api/v1/search?q=grain&author=Anna+Weiss&to=2024-10-20&sort=oldest&page=2&page_size=4"
        )
        answer = client.get(url).get_json()
        assert (answer["total"], answer["page"], answer["page_size"]) == (10, 2, 4)
        assert [hit["id"] for hit in answer["hits"]] == [f"grain-{n}" for n in (10, 12, 14, 16)]

    def test_a_cursor_leads_to_the_next_page(self, client):
        url = "/api/v1/search?q=grain&sort=oldest&page_size=9"
        ids, cursor = [], ""
        for _ in range(3):
            answer = client.get(url + f"&cursor={cursor}" * bool(cursor)).get_json()
            ids += [hit["id"] for hit in answer["hits"]]
            cursor = answer["next_cursor"]
        whole = client.get("/api/v1/search?q=grain&sort=oldest&page_size=100").get_json()
        assert ids == [hit["id"] for hit in whole["hits"]]
        assert (answer["page"], cursor) == (3, None)

    def test_counts_by_date(self, client):
        answer = client.get("/api/v1/search?histogram=month").get_json()
        assert [(b["from"], b["count"]) for b in answer["histogram"]["bins"]] == [
            ("2024-10", 25),
            ("2024-11", 2),
        ]
        assert answer["histogram"]["undated"] == 1

    def test_article(self, client):
        answer = client.get("/api/v1/articles/summit").get_json()
        assert (answer["id"], answer["title"], answer["body"]) == (
            "summit",
            SUMMIT.article.title,
            SUMMIT.article.body,
        )

    @pytest.mark.parametrize(
        ("url", "status", "code", "says"),
        [
            ("search?q=%22firm", 400, "open-quote", ""),
            ("search?query=x", 400, "bad-request", "'query'"),
            ("search?q=a&q=b", 400, "bad-request", "2 times"),
            ("search?page=0", 400, "bad-request", "page"),
            ("search?page=x", 400, "bad-request", "page"),
            ("search?page=" + "9" * 5000, 400, "bad-request", "page"),
            ("search?cursor=x", 400, "bad-request", "cursor cannot be read"),
            ("search?page_size=101", 400, "bad-request", "100"),
            ("search?sort=best", 400, "bad-request", "relevance, newest, oldest"),
            ("search?histogram=hour", 400, "bad-request", "auto, bars, day, week"),
            ("search?histogram=day&histogram=day", 400, "bad-request", "2 times"),
            ("search?match=some", 400, "bad-request", "all, most, any"),
            ("search?facet=colour", 400, "bad-request", "author"),
            ("search?page=" + str(10**15 + 1), 400, "bad-request", "1 to 1,000,000,000,000,000"),
            ("search?page_size=0", 400, "bad-request", "1 to 100"),
            ("search?facet=author:0", 400, "bad-request", "1 to 1,000"),
            ("search?facet=author:many", 400, "bad-request", "1 to 1,000"),
            ("search?facet=author:1001", 400, "bad-request", "1,000"),
            ("search?" + "&".join(f"author={n}" for n in range(101)), 400, "bad-request", "100"),
            ("articles/absent", 404, "not-found", ""),
            ("articles/summit?q=x", 400, "bad-request", "'q'"),
            ("nothing", 404, "not-found", ""),
            ("search?q=" + "x" * 40_000, 414, "uri-too-long", ""),
        ],
        ids=lambda value: value[:30] if isinstance(value, str) else str(value),
    )
    def test_failures_have_one_shape(self, client, url, status, code, says):
        response = client.get(f"/api/v1/{url}")
        error = response.get_json()["error"]
        assert (response.status_code, error["code"]) == (status, code)
        assert says in error["message"]

    def test_a_query_error_tells_the_place(self, client):
        error = client.get("/api/v1/search?q=nato+%22firm").get_json()["error"]
        start, end = error["position"]
        assert 5 <= start < end <= 11

    def test_letters_are_not_escaped(self):
        client = site([SUMMIT._replace(article=replace(SUMMIT.article, title="Zürich 東京"))])
        assert "Zürich 東京" in client.get("/api/v1/articles/summit").text

    def test_health(self, client):
        assert client.get("/healthz").text == "ok\n"
