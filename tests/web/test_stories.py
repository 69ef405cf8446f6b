"""One row a story on the pages: what can be opened, switched off and followed."""

from __future__ import annotations

import pytest

from tests.support.copied_story import COPIED, by_name
from tests.support.documents import document
from tests.support.web_page import Page, page_at, parameters_of
from tests.support.web_site import site


@pytest.fixture(scope="module")
def client():
    return site(COPIED, story_of=by_name)


def where_else(page: Page) -> list[str]:
    # The tables of dates are none of them.
    return [text for text in page.texts("summary") if not text.endswith("able")]


class TestResults:
    def test_a_row_says_where_else_its_story_is(self, client):
        page = page_at(client, "/search?q=storm&sort=newest")
        assert page.texts("p", role="status") == ["10 articles in 3 stories"]
        assert where_else(page) == [
            "1 more copy",
            "Also in 6 sources: Paper 4, Paper 3, Paper 2 and 3 more",
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
        url = page_at(client, "/search?q=storm&sort=newest&page=1").link("Every copy")
        assert parameters_of(url) == {"q": ["storm"], "sort": ["newest"], "group": ["off"]}
        page = page_at(client, url)
        assert page.texts("p", role="status") == ["10 articles"]
        assert where_else(page) == []
        assert "group" not in parameters_of(page.link("Stories folded"))

    def test_a_new_search_keeps_the_choice(self, client):
        page = page_at(client, "/search?q=storm&group=off")
        hidden = [has for tag, has, _ in page.elements if has.get("type") == "hidden"]
        assert [(each["name"], each["value"]) for each in hidden] == [
            ("group", "off"),  # of the box
            ("q", "storm"),  # of the form of the dates
            ("group", "off"),
        ]

    def test_there_is_no_choice_where_no_story_has_copies(self, client):
        assert "Every copy" not in page_at(client, "/search?q=letters").texts("a")

    def test_pages_count_stories(self, client):
        page = page_at(client, "/search?q=storm&page=2")
        assert page.texts("p", role="status") == ["10 articles in 3 stories"]
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


def test_the_start_page_has_each_story_once(client):
    page = page_at(client, "/")
    assert page.texts("h3") == ["Storm of letters", "After the storm", "Storm damage"]
    assert where_else(page) == [
        "1 more copy",
        "Also in 6 sources: Paper 4, Paper 3, Paper 2 and 3 more",
    ]


class TestArticle:
    def test_it_lists_its_copies_the_oldest_first(self, client):
        page = page_at(client, "/article/storm-wire?q=storm")
        assert page.texts("h2", id="copies-name") == ["Also in 6 sources"]
        urls = [url for url in page.attributes("a", "href") if "/compare/" in url]
        assert [url.partition("?")[0] for url in urls] == [
            f"/article/storm-wire/compare/storm-{name}" for name in ("bold", *range(1, 6))
        ]
        assert "29 words" in page.texts("span")

    def test_it_lists_a_hundred_and_says_how_many_there_are(self):
        many = [document(f"a{number}", title="t", body="gold") for number in range(103)]
        page = page_at(site(many, story_of=lambda _: 1), "/article/a0")
        assert page.texts("h2", id="copies-name") == ["102 more copies"]
        assert "The first 100 of 102 copies, the oldest first." in page.texts("p", class_="rest")

    def test_the_api_lists_them_too(self, client):
        story = client.get("/api/v1/articles/calm-1").get_json()["story"]
        assert (story["articles"], [copy["id"] for copy in story["copies"]]) == (2, ["calm-2"])
        assert client.get("/api/v1/articles/lone-1").get_json()["story"] is None

    def test_an_article_alone_in_its_story_lists_none(self, client):
        assert page_at(client, "/article/lone-1").texts("h2", id="copies-name") == []


class TestCompare:
    URL = "/article/storm-wire/compare/storm-bold"

    def test_marks_say_in_words_what_they_mean(self, client):
        page = page_at(client, self.URL)
        assert page.texts("del")[1:] == [
            "only in the first: Storm: storm damage in Lindvik;",
            "only in the first: night.;",
            "only in the first: Nobody was hurt, the fire brigade said, as the hall had been empty since noon."
            " Storm! Storm! Storm!;",
        ]
        assert page.texts("ins")[1:] == [
            "only in the second: Roof gone <i>;",
            "only in the second: <script>night</script>.;",
        ]

    def test_it_leads_back_to_the_article_and_keeps_the_question(self, client):
        back = page_at(client, f"{self.URL}?q=storm").link("← Storm: storm damage in Lindvik")
        assert back == "/article/storm-wire?q=storm"

    def test_without_a_limit_met_there_are_no_notices(self, client):
        assert page_at(client, self.URL).texts("ul", class_="notices") == []

    def test_it_says_which_is_which_and_how_much_differs(self, client):
        page = page_at(client, self.URL)
        legend = page.texts("p", class_="soft prose")
        assert legend == [
            "Struck out: only in the first, 19 words of its text. Underlined: only in the second, 1 word."
            " Both have 13 words."
        ]
        assert page.link("Storm: storm damage").startswith("/article/storm-wire")
        assert page.link("Roof gone").startswith("/article/storm-bold")

    def test_nothing_of_a_text_becomes_markup(self, client):
        text = client.get(self.URL).text
        assert "<script>" not in text
        assert "Roof gone &lt;i&gt;" in text

    @pytest.mark.parametrize(
        "path",
        ["storm-wire/compare/nobody", "nobody/compare/storm-wire", "a%00/compare/b", "a/compare/"],
    )
    def test_an_unknown_article_is_not_found(self, client, path):
        assert client.get(f"/article/{path}").status_code == 404

    def test_a_limit_that_is_met_is_said(self):
        long = [
            document(name, body=words * 2000)
            for name, words in (("a", "so and on "), ("b", "and on so "))
        ]
        page = page_at(site(long), "/article/a/compare/b")
        assert page.texts("li")[:2] == [
            "Only the first 3,000 words of each text are compared.",
            "Whole paragraphs are compared, as the texts repeat few words very often.",
        ]
