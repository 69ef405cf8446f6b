"""The pages and the JSON API: what a person sees, what a program gets, and what every response carries."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.model.errors import EngineError, QueryTimeout, RequestError, SettingError
from search.model.fields import FIELDS
from search.model.question import FacetRequest, Question, Selection
from search.model.settings import Settings
from search.service.service import SearchService
from tests.support.documents import document
from tests.support.memory_engine import MemoryEngine
from tests.support.web_site import ARTICLES, BARE, GRAIN, PORT, SUMMIT, Page, site
from web import create_app, links, wording
from web.parameters import question_from
from web.server import is_loopback


@pytest.fixture(scope="module")
def client():
    return site()


def page_at(client, url, status=200):
    response = client.get(url)
    assert response.status_code == status, response.text
    return Page(response.text)


def parameters_of(url):
    return parse_qs(urlsplit(url).query)


class BrokenEngine(MemoryEngine):
    """An engine whose index is gone."""

    def __init__(self, error):
        super().__init__()
        self.error = error

    def search(self, request):
        raise self.error


class TestHome:
    def test_newest_articles_come_first_with_their_dates(self, client):
        page = page_at(client, "/")
        assert page.texts("h3")[:3] == [
            SUMMIT.article.title,
            "Port of Odesa reopens",
            "Grain report 25",
        ]
        assert page.texts("time", datetime="2024-11-13")

    def test_an_author_links_to_the_articles_of_that_author(self, client):
        url = page_at(client, "/").link("Anna Weiss")
        assert parameters_of(url) == {"author": ["Anna Weiss"]}
        assert page_at(client, url).texts("p", role="status") == ["12 articles"]

    @pytest.mark.parametrize(
        ("name", "field"),
        [("Antony Blinken", "person"), ("NATO", "org"), ("Odesa", "place")],
        ids=["person", "organisation", "place"],
    )
    def test_an_entity_links_to_its_articles(self, client, name, field):
        assert parameters_of(page_at(client, "/").link(f"{name}, ")) == {field: [name]}

    def test_an_empty_index_says_how_to_fill_it(self):
        page = page_at(site([]), "/")
        assert "newssearch index" in page.texts("main")[0]


class TestResults:
    def test_hit_shows_title_byline_date_source_and_marks(self, client):
        page = page_at(client, "/search?q=blinken+nato")
        assert page.texts("p", role="status") == ["1 article"]
        assert page.texts("ol", class_="hits") == [
            f"{SUMMIT.article.title} Olena Harmash and Simon Lewis 13 November 2024 Reuters "
            + page.texts("p", class_="snippet")[0]
        ]
        assert {"Blinken", "NATO"} <= set(page.texts("mark"))

    def test_hit_links_to_the_article_with_the_search_that_found_it(self, client):
        url = page_at(client, "/search?q=grain&sort=oldest&page=2").link("Grain report 11")
        assert urlsplit(url).path == "/article/grain-11"
        back = page_at(client, url).link("Back to the results")
        assert parameters_of(back) == {"q": ["grain"], "sort": ["oldest"], "page": ["2"]}

    def test_clauses_are_shown_with_their_own_counts(self, client):
        page = page_at(client, "/search?q=nato+brussels")
        read = page.texts("div", class_="read")[0]
        assert read == "Read as nato, alone 2 brussels, alone 1"

    def test_notices_are_shown(self, client):
        page = page_at(client, "/search?q=note:grain")
        assert "note" in page.texts("ul", class_="notices")[0]

    def test_no_words_and_no_filters_show_everything_newest_first(self, client):
        page = page_at(client, "/search")
        assert page.texts("p", role="status") == [f"{len(ARTICLES)} articles"]
        assert page.texts("ol", class_="hits")[0].startswith(SUMMIT.article.title)

    def test_an_article_without_title_can_be_opened(self):
        assert page_at(site([BARE]), "/search").link("(untitled)") == "/article/bare"

    def test_sort_links_keep_the_search_and_start_at_page_1(self, client):
        page = page_at(client, "/search?q=grain&page=2")
        assert parameters_of(page.link("Oldest first")) == {"q": ["grain"], "sort": ["oldest"]}
        oldest = page_at(client, page.link("Oldest first"))
        assert oldest.texts("ol", class_="hits")[0].startswith("Grain report 1 ")
        assert oldest.texts("a", aria_current="true")[0] == "Oldest first"

    def test_match_links_are_there_when_there_are_several_words(self, client):
        page = page_at(client, "/search?q=grain+report")
        assert parameters_of(page.link("Any word"))["match"] == ["any"]
        assert "Any word" not in page_at(client, "/search?q=grain").texts("a")

    def test_dates_bound_the_results_and_stay_in_the_form(self, client):
        page = page_at(client, "/search?q=grain&from=2024-10-03&to=2024-10")
        assert page.texts("p", role="status") == ["23 articles"]
        assert page.attributes("input", "value")[:3] == ["grain", "2024-10-03", "2024-10"]
        # A date field cannot hold a month and would lose it.
        assert page.attributes("input", "type")[1:3] == ["date", "text"]

    def test_unknown_parameters_are_passed_over(self, client):
        page_at(client, "/search?q=grain&utm_source=elsewhere")

    def test_a_new_search_keeps_the_filters(self, client):
        page = page_at(client, "/search?q=grain&author=Anna+Weiss&sort=oldest")
        hidden = [has for tag, has, _ in page.elements if has.get("type") == "hidden"]
        assert [(h["name"], h["value"]) for h in hidden] == [
            ("author", "Anna Weiss"),
            ("sort", "oldest"),
        ]


class TestFacets:
    def test_author_is_the_first_facet(self, client):
        page = page_at(client, "/search?q=grain")
        headings = page.texts("section", class_="facet")
        assert headings[0].startswith("Authors Pavel Polityuk, 14 articles 14 Anna Weiss")

    def test_selecting_a_value_narrows_and_selecting_another_widens(self, client):
        page = page_at(client, "/search?q=grain&page=2")
        page = page_at(client, page.link("Anna Weiss, 12 articles"))
        assert page.texts("p", role="status") == ["12 articles"]
        page = page_at(client, page.link("Pavel Polityuk, 14 articles"))
        assert page.texts("p", role="status") == ["26 articles"]

    @pytest.mark.parametrize("typed", ["Anna Weiss", "anna  WEISS ", "ánna weiss"])
    def test_a_selected_value_is_taken_out_however_it_was_typed(self, client, typed):
        page = Page(client.get("/search", query_string={"q": "grain", "author": typed}).text)
        assert parameters_of(page.link("Remove author Anna Weiss")) == {"q": ["grain"]}
        assert parameters_of(page.link("Remove filter author:")) == {"q": ["grain"]}

    def test_articles_without_a_value_are_told(self, client):
        page = page_at(client, "/search")
        assert "1 without author" in page.texts("p", class_="rest")[0]

    def test_other_values_are_told_and_can_be_shown(self):
        client = site(settings=Settings(facet_size=1))
        page = page_at(client, "/search?q=grain")
        assert "12 under other authors" in page.texts("p", class_="rest")[0]
        more = page_at(client, page.link("More authors").partition("#")[0])
        assert "Anna Weiss, 12 articles 12" in more.texts("a")
        assert "More authors" not in more.texts("a")

    def test_all_filters_can_be_removed_at_once(self, client):
        page = page_at(client, "/search?q=grain&author=Anna+Weiss&source=Reuters&from=2024")
        assert parameters_of(page.link("Remove all filters")) == {"q": ["grain"]}


class TestDates:
    def test_found_articles_are_counted_by_date(self, client):
        page = page_at(client, "/search?q=grain&histogram=month")
        (section,) = page.texts("section", id="facet-date")
        assert section == "Dates October 2024, 25 articles 25 November 2024, 1 article 1"
        assert page.attributes("rect", "width") == ["100.0%", "4.0%"]

    def test_choosing_one_narrows_and_counts_more_finely(self, client):
        page = page_at(client, "/search?histogram=auto")
        assert page.texts("p", class_="rest")[-1] == "1 without date"
        page = page_at(client, page.link("Week of 14 Oct 2024, 7 articles"))
        assert page.texts("p", role="status") == ["7 articles"]
        page = page_at(client, page.link("17 October 2024, 1 article"))
        assert page.texts("h2")[0] == "Grain report 17"
        assert page.texts("section", id="facet-date") == []

    @pytest.mark.parametrize("interval", ["day", "week", "month"])
    @pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Kiritimati"])
    @pytest.mark.parametrize(
        "bounds",
        [
            "",
            "&from=2024-10-03",
            "&to=2024-11-12",
            "&from=2024-10-03&to=2024-11-11",
            "&from=2024&to=2024",
            "&from=2024-10-02T12:00&to=2024-11-12T22:30Z",
            "&q=date:2024-10-10..2024-11-13",
            "&from=P900D&to=today",
        ],
    )
    def test_a_link_finds_what_it_counts(self, interval, zone, bounds):
        client = site(settings=Settings(time_zone=zone))
        page = page_at(client, f"/search?histogram={interval}{bounds}")
        at = [has.get("id") for _, has, _ in page.elements].index("facet-date")
        links_of_dates = [
            (" ".join("".join(inside).split()), has["href"])
            for tag, has, inside in page.elements[at:]
            if tag == "a" and "href" in has
        ]
        counted = [text.rpartition(" ")[2] for text, _ in links_of_dates]
        found = [page_at(client, url).texts("p", role="status")[0] for _, url in links_of_dates]
        assert counted == [text.split()[0] for text in found]

    def test_an_empty_stretch_is_no_link(self, client):
        page = page_at(client, "/search?q=grain&from=2024-09-30&to=2024-10-02")
        (section,) = page.texts("section", id="facet-date")
        assert section.startswith(
            "Dates 30 September 2024, no articles 0 1 October 2024, 1 article 1"
        )
        assert "30 September 2024, no articles 0" in page.texts("a")
        assert [url for url in page.attributes("a", "href") if "to=2024-09-30" in url] == []

    def test_the_year_that_no_query_can_name_is_no_link(self):
        never = datetime(9999, 12, 31, tzinfo=UTC)
        client = site(
            [
                SUMMIT,
                replace(
                    PORT, article=replace(PORT.article, published=never, published_precision="day")
                ),
            ]
        )
        page = page_at(client, "/search")
        (section,) = page.texts("section", id="facet-date")
        assert section.startswith("Dates 2000–2099, 1 article 1 2100–2199, no articles 0")
        assert section.endswith("9900–9999, 1 article 1")
        assert [url for url in page.attributes("a", "href") if "9999" in url] == []

    @pytest.mark.parametrize(
        ("interval", "day", "expected"),
        [
            ("day", date(2024, 11, 3), "3 November 2024"),
            ("week", date(2024, 12, 30), "Week of 30 Dec 2024"),
            ("month", date(987, 1, 1), "January 987"),
            ("year", date(1, 1, 1), "1"),
            ("decade", date(1, 1, 1), "1–9"),
            ("decade", date(1980, 1, 1), "1980–1989"),
            ("century", date(1900, 1, 1), "1900–1999"),
        ],
    )
    def test_stretches_of_time_in_words(self, interval, day, expected):
        assert wording.shown_interval(interval, day) == expected


class TestPages:
    def test_pagination_names_pages_and_marks_the_current(self, client):
        page = page_at(client, "/search?q=grain&page=2")
        assert page.texts("p", role="status") == ["26 articles, page 2 of 3"]
        assert page.texts("a", aria_current="page") == ["2"]
        assert parameters_of(page.link("Next page"))["page"] == ["3"]
        assert "page" not in parameters_of(page.link("Previous page"))
        assert page.attributes("ol", "start") == ["11"]

    @pytest.mark.parametrize("number", [999_999_999_999, 10**15])
    def test_a_page_far_past_the_end_does_too(self, client, number):
        page = page_at(client, f"/search?q=grain&page={number}")
        assert page.texts("p", role="status") == ["26 articles"]
        assert (
            f"Page {number:,} is past the last: 26 articles fill 3 pages" in page.texts("main")[0]
        )
        assert parameters_of(page.link("Go to the last page"))["page"] == ["3"]
        answer = client.get(f"/api/v1/search?q=grain&page={number}").get_json()
        assert (answer["total"], answer["page"], answer["hits"]) == (26, number, [])

    def test_a_page_past_the_end_tells_the_total_and_leads_back(self, client):
        page = page_at(client, "/search?q=grain&page=77")
        assert page.texts("p", role="status") == ["26 articles"]
        assert "Page 77 is past the last" in page.texts("main")[0]
        assert parameters_of(page.link("Go to the last page"))["page"] == ["3"]

    @pytest.mark.parametrize(
        ("current", "last", "numbers"),
        [
            (1, 1, [1]),
            (2, 3, [1, 2, 3]),
            (1, 9, [1, 2, 0, 9]),
            (4, 9, [1, 2, 3, 4, 5, 0, 9]),
            (6, 12, [1, 0, 5, 6, 7, 0, 12]),
            (12, 12, [1, 0, 11, 12]),
            (99, 3, [1, 2, 3]),
        ],
    )
    def test_pages_around_the_current_one(self, current, last, numbers):
        found = links.page_links(Question(page=current), last)
        assert [link.number for link in found] == numbers


class TestNothingFound:
    def test_ways_out_are_links_with_their_counts(self, client):
        page = page_at(client, "/search?q=grain+zebras")
        assert page.texts("p", role="status") == ["No articles"]
        url = page.attributes("a", "href")
        ways = page.texts("ul", class_="suggestions")[0]
        assert "26 articles" in ways
        assert any(parameters_of(u).get("q") == ["grain"] for u in url)

    def test_a_dead_end_leads_to_all_articles(self):
        page = page_at(site([]), "/search?q=zebra")
        assert page.link("look through all articles") == "/search"


class TestArticle:
    def test_words_of_the_query_are_marked(self, client):
        page = page_at(client, "/article/summit?q=%22firm+response%22")
        assert page.texts("mark") == ["firm response"]
        assert page.texts("h1") == [SUMMIT.article.title]
        assert page.texts("p", dir="auto") == SUMMIT.article.body.split("\n\n")

    def test_everything_known_is_shown(self, client):
        page = page_at(client, "/article/summit")
        assert (
            page.texts("p", class_="byline")[0]
            == "By Olena Harmash, Simon Lewis 13 November 2024 Reuters World"
        )
        assert page.link("https://news.example") == SUMMIT.article.url
        assert parameters_of(page.link("Brussels")) == {"place": ["Brussels"]}
        assert parameters_of(page.link("Simon Lewis")) == {"author": ["Simon Lewis"]}

    def test_an_address_that_is_no_web_page_is_no_link(self, client):
        page = page_at(client, "/article/port")
        assert "javascript:alert(1)" in page.texts("dd")
        assert not [url for url in page.attributes("a", "href") if url.startswith("javascript")]

    def test_an_article_of_nothing_is_a_page(self, client):
        page = page_at(client, "/article/bare")
        assert page.texts("h1") == ["(untitled)"]

    def test_a_broken_query_still_shows_the_article(self, client):
        page = page_at(client, "/article/summit?q=%22firm")
        assert page.texts("h1") == [SUMMIT.article.title]
        assert "No words are marked" in page.texts("ul", class_="notices")[0]

    @pytest.mark.parametrize("article_id", ["absent", "%20", "a%00b", "..%2f..", "-x", "é"])
    def test_what_there_is_not_is_not_found(self, client, article_id):
        page = page_at(client, f"/article/{article_id}", 404)
        assert page.link("To the start page") == "/"

    @pytest.mark.parametrize(
        ("url", "expected"),
        [
            ("https://news.example/a", True),
            ("HTTP://news.example", True),
            ("https:///no-host", False),
            ("javascript:alert(1)", False),
            (" javascript:alert(1)", False),
            ("java\nscript:alert(1)", False),
            ("data:text/html,x", False),
            ("file:///etc/passwd", False),
            ("//news.example", False),
            ("http://[broken", False),
            ("", False),
        ],
    )
    def test_only_web_addresses_become_links(self, url, expected):
        assert wording.is_web_address(url) is expected


class TestApi:
    def test_search_answers_in_the_promised_shape(self, client):
        answer = client.get("/api/v1/search?q=blinken+nato&facet=author:1&facet=source").get_json()
        assert list(answer) == [
            "query", "read_as", "notices", "total", "page", "page_size", "took_ms", "hits", "facets",
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
            ("search?page_size=101", 400, "bad-request", "100"),
            ("search?sort=best", 400, "bad-request", "relevance, newest, oldest"),
            ("search?histogram=hour", 400, "bad-request", "auto, day, week"),
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
        client = site([replace(SUMMIT, article=replace(SUMMIT.article, title="Zürich 東京"))])
        assert "Zürich 東京" in client.get("/api/v1/articles/summit").text

    def test_health(self, client):
        assert client.get("/healthz").text == "ok\n"


class TestFailures:
    @pytest.mark.parametrize("path", ["/search", "/article/summit", "/api/v1/search"])
    @pytest.mark.parametrize("facet", ["foo:5", "foo", "author:0", "author:x"])
    def test_a_facet_that_there_is_not_is_told(self, client, path, facet):
        assert client.get(f"{path}?facet={facet}").status_code == 400

    def test_a_query_error_marks_the_place_and_keeps_text_and_filters(self, client):
        page = page_at(client, "/search?q=nato+%22firm&author=Anna+Weiss", 400)
        assert page.attributes("input", "value")[0] == 'nato "firm'
        assert "Anna Weiss" in page.attributes("input", "value")
        assert page.raw_text("p", class_="query").rstrip() == 'nato "firm'
        assert page.texts("mark")[0].startswith('"')

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

    def test_an_unknown_time_zone_is_told_at_the_start(self):
        settings = Settings(time_zone="Nowhere/Land")
        with pytest.raises(SettingError, match="Nowhere/Land"):
            site(settings=settings)


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
        assert "script-src" not in policy
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
        assert not tags & {"script", "style", "iframe", "img", "object", "base"}
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


PLAIN_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
QUESTIONS = st.builds(
    Question,
    text=PLAIN_TEXT,
    selections=st.lists(st.sampled_from(FIELDS.facets), unique=True).flatmap(
        lambda fields: st.tuples(
            *(
                st.builds(
                    Selection,
                    st.just(field),
                    st.lists(PLAIN_TEXT.filter(str.strip), min_size=1, max_size=3, unique=True).map(
                        tuple
                    ),
                )
                for field in sorted(fields, key=FIELDS.facets.index)
            )
        )
    ),
    start=PLAIN_TEXT.map(str.strip),
    end=PLAIN_TEXT.map(str.strip),
    match=st.sampled_from(["all", "most", "any"]),
    sort=st.sampled_from(["relevance", "newest", "oldest"]),
    page=st.integers(1, 999_999_999),
    page_size=st.integers(0, 100),
    facets=st.lists(
        st.builds(FacetRequest, st.sampled_from(FIELDS.facets), st.integers(1, 1000)),
        unique_by=lambda facet: facet.field,
        max_size=3,
    ).map(tuple),
    histogram=st.sampled_from(["", "auto", "month"]),
)


def read_back(url):
    query = parse_qs(urlsplit(url).query, keep_blank_values=True)
    return question_from(query, 10)


class TestLinks:
    @given(question=QUESTIONS)
    def test_a_url_asks_the_question_it_was_made_from(self, question):
        assert read_back(links.search_url(question)) == question

    @given(
        question=QUESTIONS, field=st.sampled_from(FIELDS.facets), value=PLAIN_TEXT.filter(str.strip)
    )
    def test_adding_and_removing_a_value_leaves_the_others(self, question, field, value):
        without = links.without_value(question, field, value)
        assert (
            links.without_value(links.with_value(question, field, value), field, value) == without
        )

    def test_plain_questions_have_plain_urls(self):
        assert links.search_url(Question()) == "/search"
        assert links.search_url(Question(text="a b")) == "/search?q=a+b"

    @pytest.mark.parametrize("number", ["0", "-1", "1.5", "+1", "1_0", "٣", " 1", "1e3", "9" * 16])
    def test_page_numbers_are_plain_digits(self, number):
        with pytest.raises(RequestError, match="page"):
            question_from({"page": [number]}, 10)


def test_templates_never_switch_escaping_off(checkout: Path):
    texts = [path.read_text("utf-8") for path in (checkout / "templates").glob("*.html")]
    assert texts
    assert not [text for text in texts if "|safe" in text.replace(" ", "") or "autoescape" in text]


@pytest.mark.parametrize(
    ("count", "in_lists", "in_full"),
    [
        (2, "A1 and A2", "A1, A2"),
        (4, "A1, A2, A3 and A4", "A1, A2, A3, A4"),
        (5, "A1, A2, A3 and 2 more", "A1, A2, A3, A4, A5"),
        (5000, "A1, A2, A3 and 4,997 more", ", A49, A50 and 4,950 more"),
    ],
    ids=str,
)
def test_lists_name_few_of_many_authors(count, in_lists, in_full):
    authors = tuple(f"A{number}" for number in range(1, count + 1))
    client = site([document("crowd", title="Crowd", body="Words.", authors=authors)])

    for path in ("/", "/search?q=words"):
        assert page_at(client, path).texts("p", class_="byline") == [f"{in_lists} undated"]
    byline = page_at(client, "/article/crowd").texts("p", class_="byline")[0]
    assert byline.endswith(f"{in_full} undated")


def test_an_article_of_many_paragraphs_and_authors_is_one_page():
    crowd = document(
        "crowd",
        title="Crowd",
        body="\n\n".join(f"Paragraph {n}." for n in range(2000)),
        authors=tuple(f"Author {n}" for n in range(300)),
    )
    page = page_at(site([crowd, *GRAIN[:1]]), "/article/crowd?q=paragraph")
    assert len(page.texts("mark")) == 2000
