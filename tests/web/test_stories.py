"""One row a story on the pages: what can be opened, switched off and followed."""

from __future__ import annotations

import pytest

from tests.support.copied_story import COPIED, by_name
from tests.support.web_page import Page, page_at, parameters_of
from tests.support.web_site import site


@pytest.fixture(scope="module")
def client():
    return site(COPIED, story_of=by_name)


def where_else(page: Page) -> list[str]:
    return [text for text in page.texts("summary") if text]


class TestResults:
    def test_a_row_says_where_else_its_story_is(self, client):
        page = page_at(client, "/search?q=storm&sort=newest")
        assert page.texts("p", role="status") == ["3 stories in 10 articles"]
        assert where_else(page) == [
            "1 more copy",
            "also in 6 sources: Paper 4, Paper 3, Paper 2 and 3 more",
        ]

    def test_opened_it_has_the_first_copies_and_how_many_more(self, client):
        page = page_at(client, "/search?q=storm&sort=newest")
        assert "1 more copy" in page.texts("a")
        urls = [url for url in page.attributes("a", "href") if url.startswith("/article/storm-")]
        assert [url.partition("?")[0] for url in urls if "compare" not in url] == [
            "/article/storm-5",
            *(f"/article/storm-{number}" for number in (4, 3, 2, 1)),
            "/article/storm-wire",
            "/article/storm-5",
        ]

    def test_every_article_can_be_a_row(self, client):
        url = page_at(client, "/search?q=storm&sort=newest&page=1").link("Every article")
        assert parameters_of(url) == {"q": ["storm"], "sort": ["newest"], "group": ["off"]}
        page = page_at(client, url)
        assert page.texts("p", role="status") == ["10 articles"]
        assert where_else(page) == []
        assert "group" not in parameters_of(page.link("One row a story"))

    def test_a_new_search_keeps_the_choice(self, client):
        page = page_at(client, "/search?q=storm&group=off")
        hidden = [has for tag, has, _ in page.elements if has.get("type") == "hidden"]
        assert [(each["name"], each["value"]) for each in hidden] == [("group", "off")]

    def test_there_is_no_choice_where_no_story_has_copies(self, client):
        assert "Every article" not in page_at(client, "/search?q=letters").texts("a")

    def test_pages_count_stories(self, client):
        page = page_at(client, "/search?q=storm&page=2")
        assert page.texts("p", role="status") == ["3 stories in 10 articles"]
        assert "3 stories fill 1 page" in client.get("/search?q=storm&page=2").text

    @pytest.mark.parametrize("value", ["yes", "OFF", "0"])
    def test_another_value_is_refused(self, client, value):
        assert client.get(f"/search?group={value}").status_code == 400
        assert client.get(f"/api/v1/search?group={value}").status_code == 400

    def test_text_of_copies_is_escaped(self, client):
        text = client.get("/search?q=storm&sort=oldest").text
        assert "<b>Bold" not in text
        assert "Bold &amp; Sons" in text


class TestApi:
    @pytest.mark.parametrize(
        ("group", "stories", "hits"), [("", 3, 3), ("&group=on", 3, 3), ("&group=off", None, 10)]
    )
    def test_hits_are_stories_unless_switched_off(self, client, group, stories, hits):
        answer = client.get(f"/api/v1/search?q=storm{group}").get_json()
        assert (answer["total"], answer["stories"], len(answer["hits"])) == (10, stories, hits)
