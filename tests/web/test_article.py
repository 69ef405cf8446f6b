"""The page of an article: marks, what stands around it, names by kind, how to cite it, the article as a file."""

from __future__ import annotations

import json

import pytest

from search.model.article import Credit, Entities
from tests.support.documents import document, named_in
from tests.support.web_page import page_at, parameters_of
from tests.support.web_site import GRAIN, SUMMIT, site


class TestArticle:
    def test_words_of_the_query_are_marked(self, client):
        page = page_at(client, "/article/summit?q=%22firm+response%22")
        assert page.texts("mark") == ["firm response"]
        assert page.texts("h1") == [SUMMIT.article.title]
        assert page.texts("p", dir="auto") == SUMMIT.article.body.split("\n\n")

    def test_a_language_is_called_by_its_name(self, client):
        assert "English" in page_at(client, "/article/summit").texts("dd")

    def test_the_byline_runs_as_the_language_does(self):
        right = document("ar1", "إضراب", language="ar", authors=("Lena Farrow",), source="X")
        client = site([right])
        for path in ("/article/ar1", "/search"):
            assert page_at(client, path).attributes("p", "dir").count("rtl") == 1, path

    def test_names_are_marked_by_kind_where_that_is_asked(self, client):
        plain = page_at(client, "/article/summit?q=blinken")
        page = page_at(client, plain.link("Names marked"))
        kinds = [
            (a["class"], a["title"])
            for tag, a, _ in page.elements
            if tag == "a" and "title" in a and "class" in a
        ]

        assert not [a for a in plain.attributes("a", "class") if a.startswith("named ")]
        assert set(kinds) == {
            ("named person", "person: Antony Blinken"),
            ("named org", "org: NATO"),
            ("named place", "place: Brussels"),
        }
        assert len(kinds) == 6
        assert page.texts("a", class_="named person") == ["Blinken", "Antony Blinken"]
        legend = [page.texts("span", class_=f"named {kind}") for kind in ("person", "org", "place")]
        assert legend == [["People"], ["Organisations"], ["Places"]]
        assert page.texts("mark") == plain.texts("mark") == ["Blinken", "Blinken"]
        assert page.texts("p", dir="auto") == SUMMIT.article.body.split("\n\n")
        assert page.link("Text only") == "/article/summit?q=blinken"
        assert parameters_of(page.link("Back to")) == {"q": ["blinken"]}

    def test_names_are_listed_with_their_mentions_and_their_articles(self, client):
        plain = page_at(client, "/article/summit").texts("section", class_="facet names")
        marked = page_at(client, "/article/summit?names=on").texts("section", class_="facet names")

        assert plain == [
            "People Antony Blinken 2 × mentions here , in 1 article",
            "Organisations NATO 2 × mentions here , in 2 articles",
            "Places Brussels 2 × mentions here , in 1 article",
        ]
        assert marked[0] == f"{plain[0]} also written Blinken"

    def test_of_many_names_some_are_folded_away(self):
        text = ("T", " ".join(f"Person{n:02}" for n in range(12)))
        people = tuple(named_in(*text, f"Person{n:02}") for n in range(12))
        page = page_at(site([document("x", *text, entities=Entities(people=people))]), "/article/x")
        assert page.texts("summary")[0] == "4 more people"
        assert page.link("Person11") == "/person/Person11"

    @pytest.mark.parametrize(
        ("url", "status"),
        [("/article/summit?names=yes", 400), ("/article/summit?names=on&names=off", 400), ("/article/bare?names=on", 200)],
    )  # fmt: skip
    def test_names_are_on_or_off(self, client, url, status):
        assert client.get(url).status_code == status

    def test_where_no_name_was_found_there_is_no_choice(self, client):
        assert page_at(client, "/article/bare").texts("nav", aria_label="Names in the text") == []

    def test_everything_known_is_shown(self, client):
        page = page_at(client, "/article/summit")
        assert page.texts("p", class_="gutter meta") == ["13 November 2024 Reuters World"]
        assert page.texts("p", class_="byline") == ["By Olena Harmash, Simon Lewis"]
        assert page.link("Original at news.example") == SUMMIT.article.url
        assert page.link("Brussels") == "/place/Brussels"
        assert page.link("Simon Lewis") == "/author/Simon%20Lewis"

    def test_an_address_that_is_no_web_page_is_no_link(self, client):
        page = page_at(client, "/article/port")
        assert "javascript:alert(1)" in page.texts("dd")
        assert not [url for url in page.attributes("a", "href") if url.startswith("javascript")]

    def test_credits_and_byline_are_shown_and_are_no_markup(self):
        article = document(
            "a", "T", byline="Ann <b>Lee</b>", credits=(Credit("Cy <i>Fox</i>", "photos"),)
        )
        page = page_at(site([article]), "/article/a")
        assert {"Cy <i>Fox</i> (photos)", "Ann <b>Lee</b>"} <= set(page.texts("dd"))

    def test_an_article_of_nothing_is_a_page(self, client):
        page = page_at(client, "/article/bare")
        assert page.texts("h1") == ["(untitled)"]

    def test_a_broken_query_still_shows_the_article(self, client):
        page = page_at(client, "/article/summit?q=%22firm")
        assert page.texts("h1") == [SUMMIT.article.title]
        assert "No words are marked" in page.texts("ul", class_="notices")[0]

    @pytest.mark.parametrize("article_id", ["absent", "%20", "a%00b", "..%2f..", "-x", "é"])
    def test_an_unknown_article_is_not_found(self, client, article_id):
        page = page_at(client, f"/article/{article_id}", 404)
        assert page.link("To the start page") == "/"


def test_an_article_of_many_paragraphs_and_authors_is_one_page():
    crowd = document(
        "crowd",
        title="Crowd",
        body="\n\n".join(f"Paragraph {n}." for n in range(2000)),
        authors=tuple(f"Author {n}" for n in range(300)),
    )
    page = page_at(site([crowd, *GRAIN[:1]]), "/article/crowd?q=paragraph")
    assert len(page.texts("mark")) == 2000


class TestMarks:
    def test_marks_of_the_text_are_numbered_links_and_those_of_the_title_are_not(self, client):
        page = page_at(client, "/article/summit?q=nato+brussels")
        assert page.attributes("mark", "id") == ["m1", "m2"]
        assert page.texts("nav", class_="gutter marks sticky screen-only") == [
            "2 marks 12 Previous Next"
        ]
        assert page.link("2") == "#m2"

    def test_a_mark_that_a_name_cuts_has_one_number(self, client):
        page = page_at(client, "/article/summit?q=%22blinken+told%22&names=on")
        assert page.texts("mark")[-2:] == ["Blinken", " told".strip()]
        assert page.attributes("mark", "id") == ["m1"]

    def test_without_marks_there_is_nothing_to_step_through(self, client):
        assert (
            page_at(client, "/article/summit").texts(
                "nav", class_="gutter marks sticky screen-only"
            )
            == []
        )

    def test_of_very_many_the_first_are_listed_and_the_rest_reached(self):
        article = document("x", "T", "\n\n".join(["word"] * 100))
        page = page_at(site([article]), "/article/x?q=word")
        assert page.link("60") == "#m60"
        assert page.link("go on with 61") == "#m61"
        assert page.attributes("mark", "id")[-1] == "m100"


class TestWay:
    """To the hits before and after an article, over the edges of pages."""

    QUERY = "q=grain&sort=oldest"

    @pytest.mark.parametrize(
        ("number", "page", "before", "after"),
        [
            (1, 1, None, ("grain-2", None)),
            (10, 1, ("grain-9", None), ("grain-11", ["2"])),
            (11, 2, ("grain-10", None), ("grain-12", ["2"])),
            (25, 3, ("grain-24", ["3"]), ("port", ["3"])),
        ],
        ids=["first", "last of a page", "first of a page", "last page"],
    )
    def test_neighbours_are_linked(self, client, number, page, before, after):
        shown = page_at(client, f"/article/grain-{number}?{self.QUERY}&page={page}")
        assert f"{number} of 26" in shown.texts("nav", class_="way")[0]
        for text, expected in (("Previous", before), ("Next", after)):
            if expected is None:
                assert text not in shown.texts("nav", class_="way")[0]
                continue
            url = shown.link(text)
            assert url.partition("?")[0] == f"/article/{expected[0]}"
            assert parameters_of(url).get("page") == expected[1]
            assert parameters_of(url)["q"] == ["grain"]

    def test_marked_names_stay_marked(self, client):
        shown = page_at(client, f"/article/grain-1?{self.QUERY}&names=on")
        assert parameters_of(shown.link("Next"))["names"] == ["on"]

    def test_hits_among_all_articles_have_neighbours_too(self, client):
        listed = page_at(client, "/search")
        hits = [url for url in listed.attributes("a", "href") if url.startswith("/article/")]
        first, second = hits[:2]
        shown = page_at(client, first)
        assert "1 of " in shown.texts("nav", class_="way")[0]
        assert shown.link("Next") == second
        assert page_at(client, second).link("Previous") == first

    def test_an_article_that_nobody_searched_for_has_none(self, client):
        shown = page_at(client, "/article/grain-1")
        assert shown.texts("nav", class_="way") == []
        assert not any("page=1" in url for url in shown.attributes("a", "href"))

    def test_an_article_that_is_not_on_the_page_leads_back_only(self, client):
        shown = page_at(client, "/article/bare?q=grain")
        assert shown.texts("nav", class_="way") == ["← Back to the results"]

    def test_who_comes_without_a_search_has_no_way_back(self, client):
        assert page_at(client, "/article/summit").texts("nav", class_="way") == []


def test_what_else_the_authors_wrote_on_the_same_place_is_counted():
    text = ("Dock", "Ships left Odesa.")
    entities = Entities(places=(named_in(*text, "Odesa"),))
    on_place = [document(f"on-{n}", *text, authors=("Ann Lee",), entities=entities) for n in (1, 2)]
    others = [document("off", "Corn", "Corn.", authors=("Ann Lee", "Cy Fox"))]
    client = site([*on_place, *others])

    page = page_at(client, "/article/on-1")
    assert page.texts("ul", class_="list") == ["Ann Lee 3 articles Ann Lee on Odesa 2 articles"]
    found = page_at(client, page.link("on Odesa"))
    assert found.texts("h2").count("Dock") == 2
    assert page_at(client, "/article/off").texts("ul", class_="list") == ["Ann Lee 3 articles"]


class TestFiles:
    @pytest.mark.parametrize(
        ("form", "mimetype"),
        [("json", "application/json"), ("jsonld", "application/ld+json"), ("bib", "text/x-bibtex")],
    )
    def test_an_article_is_there_in_other_forms(self, client, form, mimetype):
        response = client.get(f"/article/summit.{form}")
        assert response.mimetype == mimetype
        assert "Blinken meets NATO allies" in response.text

    def test_json_is_that_of_the_api(self, client):
        assert client.get("/article/summit.json").json == client.get("/api/v1/articles/summit").json

    @pytest.mark.parametrize("path", ["absent.json", "summit.pdf", ".json", "summit.json.json"])
    def test_what_is_not_there_is_not_found(self, client, path):
        assert client.get(f"/article/{path}").status_code == 404

    def test_an_id_that_ends_like_a_file_is_an_article(self):
        client = site([document("x.json", "Whole"), document("x", "Part")])
        assert page_at(client, "/article/x.json").texts("h1") == ["Whole"]

    def test_the_page_has_its_data_for_programs_and_none_of_it_is_markup(self):
        title = "</script><b>&'\"\u2028"
        page = page_at(site([document("x", title, authors=("Ann Lee",))]), "/article/x")
        data = json.loads(page.raw_text("script", type="application/ld+json"))
        assert data["@type"] == "NewsArticle"
        assert (data["headline"], data["author"][0]["name"]) == (title, "Ann Lee")
        assert page.texts("b") == ["news"]  # of the head
