"""The pages of names: what they show, how they are linked, and addresses of any name."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.enrich.corrections import Corrections, Rule
from search.model.article import Entities, Entity
from search.service.service import SearchService
from tests.support.documents import document
from tests.support.memory_engine import MemoryEngine
from tests.support.web_page import page_at, parameters_of
from tests.support.web_site import site
from web import create_app, links

ODD = (
    "AC/DC", ".", "..", "../../x", "100%", "50%25", "a?b=c&d#e", "C:\\News", "Jörg Ångström", "עמוס עוז",
    "نجيب محفوظ", "山田 太郎", "<b>x</b>\"'", "x" * 500, "😀" * 300, "a//b", "/", "a;b=c", "+1 2", "a\x01b",
)  # fmt: skip

ADA = Entities((Entity("Ada Ek"),))


def of_person(name, article_id="x"):
    return document(article_id, "Title", "Text", entities=Entities(people=(Entity(name),)))


class TestAddresses:
    @pytest.mark.parametrize("name", ODD, ids=range(len(ODD)))
    def test_any_name_has_a_page_that_its_link_leads_to(self, name):
        client = site([of_person(name)])
        page = page_at(client, links.name_url("person", name))
        assert page.raw_text("h1") == name
        assert page.texts("span", role="status")[0].startswith("1 article")
        answer = client.get(links.name_url("person", name, api=True))
        assert (answer.status_code, answer.json["name"]) == (200, name)

    @given(name=st.text(min_size=1, max_size=40).filter(str.strip))
    def test_a_link_asks_for_its_name(self, name):
        name = name.encode("utf-8", "ignore").decode() or "x"
        if not name.strip():
            name = "x"
        path, parameters = links.name_address("person", name)
        assert (path == "/person") == bool(parameters)
        assert dict(parameters).get("name", path.rpartition("/")[2]) in (name, quote(name, safe=""))

    @pytest.mark.parametrize(
        ("asked", "canonical"),
        [
            ("/person/antony%20blinken", "/person/Antony%20Blinken"),
            ("/person?name=Antony+Blinken", "/person/Antony%20Blinken"),
            ("/person/ANTONY%20blinken?from=2024&sort=oldest", "/person/Antony%20Blinken?from=2024"),
            ("/person", "/facet/person"),
            ("/person?name=+", "/facet/person"),
        ],
        ids=["case", "parameter", "filters stay", "no name", "blank"],
    )  # fmt: skip
    def test_other_addresses_of_a_page_lead_to_the_one(self, client, asked, canonical):
        answer = client.get(asked)
        assert (answer.status_code, answer.location) == (302, canonical)

    def test_a_slash_in_a_path_leads_to_the_parameter(self):
        answer = site([of_person("AC/DC")]).get("/person/AC%2FDC")
        assert (answer.status_code, answer.location) == (302, "/person?name=AC%2FDC")


class TestPage:
    def test_it_shows_totals_sources_and_newest_articles(self, client):
        page = page_at(client, "/org/NATO")
        assert page.texts("h1") == ["NATO"]
        assert page.texts("span", role="status") == ["2 articles"]
        assert page.texts("dt") == [
            "of 28 articles, 7.1 %",
            "first, AFP",
            "last, Reuters",
        ]
        assert page.texts("h3")[0] == "Blinken meets NATO allies in Brussels"
        assert parameters_of(page.link("2 articles")) == {"org": ["NATO"], "sort": ["newest"]}
        assert page.texts("mark")[0] == "NATO"

    def test_who_is_named_together_links_to_pages_and_to_both(self):
        both = [
            document(f"b{n}", "t", entities=Entities((Entity("Ada Ek"),), (), (Entity("Oslo"),)))
            for n in range(3)
        ]
        page = page_at(site([*both, document("c", "t"), document("d", "t")]), "/person/Ada%20Ek")
        assert page.texts("tr")[1:] == ["Oslo only here 3 articles"]
        assert page.link("Oslo") == "/place/Oslo"
        both_url = next(url for url in page.attributes("a", "href") if "place=Oslo" in url)
        assert parameters_of(both_url) == {
            "person": ["Ada Ek"],
            "place": ["Oslo"],
            "sort": ["newest"],
        }

    def test_the_chart_says_how_many_articles_it_leaves_out(self):
        days = [
            document(
                f"d{day}",
                "t",
                entities=ADA,
                published=datetime(2024, 10, day, tzinfo=UTC),
                published_precision="day",
            )
            for day in (1, 20)
        ]
        undated = [document(f"u{n}", "t", entities=ADA) for n in range(3)]
        page = page_at(site([*days, *undated]), "/person/Ada%20Ek")
        [caption] = page.texts("figcaption")
        assert caption.endswith("; 3 without date")
        assert "without date" not in page_at(site(days), "/person/Ada%20Ek").texts("figcaption")[0]

    def test_those_named_together_are_drawn_on_the_axis_of_the_name(self):
        both = Entities((Entity("Ada Ek"),), (), (Entity("Oslo"),))
        named = [(1, ADA), (2, both), (3, both), (4, both), (5, ADA)]
        days = [
            document(
                f"d{day}",
                "t",
                entities=entities,
                published=datetime(2024, 10, day, tzinfo=UTC),
                published_precision="day",
            )
            for day, entities in named
        ]
        others = [document(f"o{n}", "t") for n in range(9)]
        page = page_at(site([*days, *others]), "/person/Ada%20Ek")
        timeline, spark = page.attributes("path", "d")
        assert (timeline.count("M"), spark.count("M")) == (5, 3)
        assert spark.startswith("M22 100V0")

    def test_it_leads_to_its_share_of_all_articles(self, client):
        url = page_at(client, "/org/NATO").link("Share of all articles")
        assert page_at(client, url).texts("tr")[1].startswith('org:"NATO" 2')

    def test_it_can_be_followed(self, client):
        page = page_at(client, "/org/NATO")
        for form in ("RSS", "Atom", "CSV", "JSON"):
            assert client.get(page.link(form)).status_code == 200

    def test_nobody_named_together_is_said(self, client):
        assert "No other name is in enough" in page_at(client, "/org/NATO").texts("main")[0]

    def test_filters_narrow_and_can_be_taken_back(self, client):
        page = page_at(client, "/author/Anna%20Weiss?from=2024-10-10&source=Reuters")
        assert page.texts("span", role="status")[0] == "8 articles"
        assert page.texts("dt")[0].startswith("of 17 articles")
        assert page.link("Take out since 10 October 2024") == "/author/Anna%20Weiss?source=Reuters"
        assert page.link("Start afresh") == "/author/Anna%20Weiss"

    def test_filters_that_leave_nothing_say_so(self, client):
        page = page_at(client, "/org/NATO?to=2000")
        assert page.texts("span", role="status") == ["No articles within these filters"]

    def test_an_unknown_name_is_not_found_and_leads_on(self, client):
        page = page_at(client, "/person/Antoni%20Blinken", status=404)
        assert page.texts("h1") == ["No person is called Antoni Blinken"]
        assert page.link("Antony Blinken") == "/person/Antony%20Blinken"
        assert parameters_of(page.link("Search the articles")) == {"q": ['"Antoni Blinken"']}

    def test_other_names_do_not_narrow_it(self, client):
        page = page_at(client, "/org/NATO?place=Odesa", status=400)
        assert "place does not narrow" in page.texts("main")[0]

    @pytest.mark.parametrize("path", ["/search", "/search?org=NATO"])
    def test_facet_values_have_a_link_to_the_page(self, client, path):
        page = page_at(client, path)
        assert "/org/NATO" in page.attributes("a", "href")
        assert "About NATO" in page.attributes("a", "aria-label")

    @pytest.mark.parametrize(
        ("entities", "is_said"), [(None, True), (Entities(), False)], ids=["not looked for", "none"]
    )
    def test_an_article_in_which_nothing_looked_for_names_says_so(self, entities, is_said):
        page = page_at(site([document("x", "t", entities=entities)]), "/article/x")
        assert ("Names were not looked for in this article." in page.texts("p")) == is_said

    def test_names_marked_in_an_article_lead_to_their_pages(self, client):
        assert "/place/Odesa" in page_at(client, "/article/port").attributes("a", "href")


class TestApi:
    def test_it_gives_the_same(self, client):
        answer = client.get("/api/v1/org/nato").json
        assert (answer["field"], answer["name"], answer["total"], answer["articles"]) == (
            "org", "NATO", 2, 28,
        )  # fmt: skip
        assert [hit["id"] for hit in answer["newest"]] == ["summit", "port"]
        assert answer["together"] == {}
        assert answer["forms"] == {
            "values": [{"text": "NATO", "articles": 2}], "others": 0, "articles": 2,
        }  # fmt: skip
        assert answer["histogram"]["bins"][0]["count"] == 1
        assert set(answer["facets"]) == {"author", "source"}

    @pytest.mark.parametrize(
        ("path", "status", "said"),
        [
            ("/org/Natto", 404, "no organisation is called 'Natto'; did you mean NATO (2)?"),
            ("/org", 400, "name: give the name"),
            ("/org/NATO?name=x", 400, "unknown parameter 'name'"),
            ("/org/NATO?place=Kyiv", 400, "unknown parameter 'place'"),
            ("/org?name=a&name=b", 400, "name is given 2 times"),
        ],
        ids=["unknown", "no name", "twice", "filter", "two names"],
    )
    def test_what_cannot_be_said_is_an_error(self, client, path, status, said):
        answer = client.get(f"/api/v1{path}")
        assert answer.status_code == status
        assert said in answer.json["error"]["message"]


class TestExplanations:
    FULL = tuple(
        document(
            f"f{n}", "t", published=datetime(2024, 11, n, tzinfo=UTC), published_precision="day",
            entities=Entities(people=(Entity("Ada Ek"),)),
        )
        for n in range(1, 13)
    )  # fmt: skip
    SHORT = document(
        "s", "t", published=datetime(2024, 11, 20, tzinfo=UTC), published_precision="day",
        entities=Entities(people=(Entity("Ek"),)),
    )  # fmt: skip

    def test_what_counts_for_a_name_is_said_on_both_pages(self):
        client = site((*self.FULL, self.SHORT))
        page = page_at(client, "/person/Ada%20Ek")
        assert (
            "Counts also “Ek” in 1 article, November 2024: 12 articles"
            in page.texts("ul", class_="notices")[0]
        )
        apart = page_at(client, page.link("Show the names apart"))
        assert apart.texts("span", role="status")[0] == "12 articles"
        assert apart.link("Take out as written") == "/person/Ada%20Ek"
        other = page_at(client, page.link("“Ek”"))
        assert "Counts for “Ada Ek” in 1 article" in other.texts("ul", class_="notices")[0]
        assert other.link("“Ada Ek”") == "/person/Ada%20Ek"
        [join] = client.get("/api/v1/person/Ada%20Ek").json["joined"]
        assert client.get("/api/v1/person/Ada%20Ek?joined=off").json["joined"] == []
        assert (join["name"], join["articles"], join["from"], join["to"]) == (
            "Ek",
            1,
            "2024-11",
            "2024-11",
        )

    def test_corrections_of_a_name_are_said(self):
        rule = Rule(3, 8, "rename", "person", ("A. Ek",), to="Ada Ek", note="one & the same")
        engine = MemoryEngine()
        engine.add(self.FULL)
        app = create_app(SearchService(engine), corrections=lambda: Corrections([rule]))
        said = page_at(app.test_client(), "/person/Ada%20Ek").texts("ul", class_="notices")[0]
        assert (
            said
            == "Corrected by people: rename person 'A. Ek' to 'Ada Ek' (rule 3 of entities.toml: one & the same)."
        )
        [found] = app.test_client().get("/api/v1/person/Ada%20Ek").json["corrections"]
        assert (found["rule"], found["note"]) == (3, "one & the same")

    def test_a_name_that_was_corrected_away_leads_to_the_new_one(self):
        rule = Rule(1, 1, "rename", "person", ("Bo Urd",), to="Ada Ek")
        engine = MemoryEngine()
        engine.add(self.FULL)
        app = create_app(SearchService(engine), corrections=lambda: Corrections([rule]))
        page = page_at(app.test_client(), "/person/Bo%20Urd", status=404)
        assert "rename person 'Bo Urd' to 'Ada Ek'" in page.texts("ul", class_="notices")[0]
        assert page.link("To Ada Ek") == "/person/Ada%20Ek"
