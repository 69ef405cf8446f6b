"""What a person sees: start page, results, facets, dates, article."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote_plus, urlsplit

import pytest

from search.model.settings import Settings
from tests.support.documents import document
from tests.support.web_page import Page, page_at, parameters_of
from tests.support.web_site import (
    ARTICLES,
    BARE,
    PORT,
    SUMMIT,
    site,
)
from web.links import name_url


def after(page, tag):
    """Return the elements after the first *tag*."""
    at = [name for name, _, _ in page.elements].index(tag)
    return page.elements[at:]


class TestHome:
    def test_what_rises_stands_there_once_it_has_been_found(self):
        days = [datetime(2024, month, 3, tzinfo=UTC) for month in range(1, 13)]
        usual = [
            document(f"u{day.month}", "Quiet week", published=day, published_precision="day")
            for day in days
        ]
        last = [
            document(f"s{n}", "Dockers strike", published=days[-1], published_precision="day")
            for n in range(6)
        ]
        client = site([*usual, *last])
        assert "What rises" not in client.get("/").text
        rises = page_at(client, "/trends").texts("section", aria_labelledby="rising-words")
        assert "strike" in rises[0].lower()
        assert (
            "strike" in page_at(client, "/").texts("section", aria_labelledby="rising")[0].lower()
        )

    def test_the_foot_says_how_old_the_index_is(self, client):
        assert re.search(r"articles · index of \d+ \w+ \d{4} · newssearch", client.get("/").text)

    def test_newest_articles_come_first_with_their_dates(self, client):
        page = page_at(client, "/")
        cards = ["People", "Organisations", "Places"]
        assert page.texts("h3")[:3] == cards
        assert page.texts("h3")[3:6] == [
            SUMMIT.article.title,
            "Port of Odesa reopens",
            "Grain report 25",
        ]
        assert page.texts("time", datetime="2024-11-13")

    @pytest.mark.parametrize(
        ("zone", "ends", "port"),
        [
            ("America/New_York", ["2024-11-12", "2024-11-13"], "12 November 2024 17:30 EST"),
            ("Asia/Tokyo", ["2024-11-13"], "13 November 2024 07:30 JST"),
        ],
    )
    def test_a_day_is_that_day_and_a_time_is_in_the_zone(self, zone, ends, port):
        client = site((SUMMIT, PORT), settings=Settings(time_zone=zone))
        page = page_at(client, "/")
        assert page.attributes("time", "datetime")[: len(ends)] == ends
        assert page.texts("time")[len(ends) :] == ["13 November 2024", port]

    def test_an_empty_box_shows_queries_that_find_something(self, client):
        for path in ("/", "/help", "/search"):
            (shown,) = page_at(client, path).attributes("input", "placeholder")[:1]
            for text in shown.split(" or "):
                found = client.get("/api/v1/search", query_string={"q": text}).get_json()
                assert found["total"] > 0, shown
        assert page_at(client, "/search?q=nato").attributes("input", "placeholder") == []

    def test_articles_that_no_query_can_name_leave_the_examples_alone(self):
        far = datetime(9999, 12, 31, tzinfo=UTC)
        odd = document(
            "odd", title="Odd", authors=("***",), published=far, published_precision="day"
        )
        assert site([odd]).get("/").status_code == 200

    def test_the_examples_find_what_they_say(self, client):
        page = page_at(client, "/")
        rows = [row.rpartition(" ") for row in page.texts("tr")]
        tried = [(text, page.link(text)) for text in page.texts("a", class_="q")]
        assert len(tried) >= 3
        for text, url in tried:
            (count,) = [number for means, _, number in rows if means.startswith(f"{text} ")]
            assert page_at(client, url).texts("p", role="status")[0].split()[0] == count

    def test_the_archive_is_a_chart_of_links(self, client):
        page = page_at(client, "/")
        bars = [(text, page.link(text)) for text in page.texts("title")[1:]]
        assert len(bars) > 20
        for text, url in bars[:3]:
            count = text.rpartition(" ")[2]
            assert page_at(client, url).texts("p", role="status")[0].split()[0] == count
        undated = page_at(client, page.link("1 without date"))
        assert undated.texts("p", role="status") == ["1 article"]

    @pytest.mark.parametrize(
        ("name", "field"),
        [("Antony Blinken", "person"), ("NATO", "org"), ("Odesa", "place")],
        ids=["person", "organisation", "place"],
    )
    def test_a_name_links_to_its_page(self, client, name, field):
        assert page_at(client, "/").link(f"{name}, ") == name_url(field, name)

    def test_topics_collection_and_language_of_an_article_are_links(self):
        article = document(
            "x", "t", topics=("Trade", "Quays"), collection="Dump 2024", language="sv",
            language_from="detected",
        )  # fmt: skip
        page = page_at(site((article,)), "/article/x")
        about = page.texts("dl", class_="about")[0]
        assert "Language (detected)" in about
        for field, value, shown in (
            ("topic", "Quays", "Quays"),
            ("collection", "Dump 2024", "Dump 2024"),
            ("lang", "sv", "Swedish"),
        ):
            assert parameters_of(page.link(shown)) == {field: [value]}

    def test_an_empty_index_says_how_to_fill_it(self):
        page = page_at(site([]), "/")
        assert "newssearch index" in page.texts("main")[0]


class TestResults:
    def test_hit_shows_title_byline_date_source_and_marks(self, client):
        page = page_at(client, "/search?q=blinken+nato")
        assert page.texts("p", role="status") == ["1 article"]
        (snippet,) = page.texts("p", class_="snippet")
        assert page.texts("ol", class_="hits") == [
            f"13 November 2024 {SUMMIT.article.title} {snippet} "
            "Olena Harmash and Simon Lewis · Reuters · World"
        ]
        assert page.attributes("h2", "lang") == ["en"]
        assert {"Blinken", "NATO"} <= set(page.texts("mark"))

    def test_hit_links_to_the_article_with_the_search_that_found_it(self, client):
        url = page_at(client, "/search?q=grain&sort=oldest&page=2").link("Grain report 11")
        assert urlsplit(url).path == "/article/grain-11"
        back = page_at(client, url).link("Back to")
        assert parameters_of(back) == {"q": ["grain"], "sort": ["oldest"], "page": ["2"]}

    def test_clauses_are_shown_with_their_own_counts(self, client):
        page = page_at(client, "/search?q=nato+brussels")
        assert page.texts("li", class_="chip") == [
            "nato, alone 2× Take out nato",
            "brussels, alone 1× Take out brussels",
        ]
        assert parameters_of(page.link("Take out nato")) == {"q": ["brussels"]}

    def test_words_stand_as_typed_and_dates_as_days(self, client):
        query = "Grain -Zebra date:2024-10-03..2024-10-05"
        page = page_at(client, f"/search?q={quote_plus(query)}&author=Anna+Weiss&to=2024-10")
        (chips,) = page.texts("ul", class_="chips")
        assert chips.split("× ") == [
            "Grain, alone 26",
            "Take out Grain without Zebra, alone 0",
            "Take out Zebra dates 3 to 5 October 2024, alone 3",
            "Take out 3 to 5 October 2024 author Anna Weiss",
            "Take out Anna Weiss dates until October 2024",
            "Take out until October 2024 Start afresh",
        ]

    def test_a_single_word_has_no_chips(self, client):
        assert page_at(client, "/search?q=grain").texts("ul", class_="chips") == []

    def test_notices_are_shown(self, client):
        page = page_at(client, "/search?q=note:grain")
        assert "note" in page.texts("ul", class_="notices")[0]

    def test_no_words_and_no_filters_show_everything_newest_first(self, client):
        page = page_at(client, "/search")
        assert page.texts("p", role="status") == [f"{len(ARTICLES)} articles"]
        assert page.texts("h2", lang="en") == [SUMMIT.article.title]

    def test_a_byline_runs_as_its_article_does(self):
        written = document("port", language="ar", authors=("ليلى الحداد", "سامي منصور"))
        page = page_at(site([written]), "/search")
        assert page.texts("p", class_="byline", dir="rtl")[0].startswith("ليلى الحداد and")

    def test_an_article_without_title_can_be_opened(self):
        assert page_at(site([BARE]), "/search").link("(untitled)") == "/article/bare?page=1"

    def test_sort_links_keep_the_search_and_start_at_page_1(self, client):
        page = page_at(client, "/search?q=grain&page=2")
        assert parameters_of(page.link("Oldest")) == {"q": ["grain"], "sort": ["oldest"]}
        oldest = page_at(client, page.link("Oldest"))
        assert "Grain report 1" in oldest.texts("h2")
        assert "Grain report 25" not in oldest.texts("h2")
        assert oldest.texts("a", aria_current="true")[0] == "Oldest"

    def test_match_links_are_there_when_there_are_several_words(self, client):
        page = page_at(client, "/search?q=grain+report")
        assert parameters_of(page.link("Any"))["match"] == ["any"]
        assert "Any" not in page_at(client, "/search?q=grain").texts("a")

    def test_dates_bound_the_results_and_stay_in_the_form(self, client):
        page = page_at(client, "/search?q=grain&from=2024-10-03&to=2024-10")
        assert page.texts("p", role="status") == ["23 articles"]
        values = {
            has.get("id"): has["value"]
            for tag, has, _ in page.elements
            if tag == "input" and "id" in has
        }
        assert values == {"q": "grain", "from": "3 October 2024", "to": "October 2024"}

    def test_dates_can_be_written_as_the_page_shows_them(self, client):
        page = page_at(client, "/search?q=grain&from=3+October+2024&to=October+5,+2024")
        assert page.texts("p", role="status") == ["3 articles"]

    def test_unknown_parameters_are_passed_over(self, client):
        page_at(client, "/search?q=grain&utm_source=elsewhere")

    def test_a_new_search_keeps_the_filters(self, client):
        page = page_at(client, "/search?q=grain&author=Anna+Weiss&sort=oldest")
        hidden = [has for tag, has, _ in page.elements if has.get("type") == "hidden"]
        kept = [("author", "Anna Weiss"), ("sort", "oldest")]
        # The box at the top, and beside the results the form of the dates.
        assert [(h["name"], h["value"]) for h in hidden] == [*kept, ("q", "grain"), *kept]

    def test_a_new_search_keeps_the_dates(self, client):
        page = page_at(client, "/search?q=grain&from=2024-10-03")
        hidden = [has for tag, has, _ in page.elements if has.get("type") == "hidden"]
        assert [(h["name"], h["value"]) for h in hidden] == [("from", "2024-10-03"), ("q", "grain")]


def _of_months(*months):
    return site(
        [
            document(
                f"{year}-{month}",
                published=datetime(year, month, 3, tzinfo=UTC),
                published_precision="day",
            )
            for year, month in months
        ]
    )


class TestFacets:
    def test_what_is_looked_for_in_a_facet_is_said(self, client):
        page = page_at(client, "/search?q=grain+OR+nato&find_author=ann")
        (section,) = page.texts("section", id="facet-author")
        assert section.startswith(
            "Authors Only authors with ann… All authors Anna Weiss, 12 articles 12"
        )
        assert "Polityuk" not in section
        assert parameters_of(page.link("All authors")) == {"q": ["grain OR nato"]}

    def test_a_search_inside_a_facet_that_finds_no_value_says_so(self, client):
        page = page_at(client, "/search?q=grain&find_author=zzz")
        (section,) = page.texts("section", id="facet-author")
        assert "No authors with zzz… All authors" in section

    def test_what_the_question_narrows_comes_first_then_what_covers_most(self, client):
        headings = page_at(client, "/search").texts("section", class_="facet")
        names = [heading.partition(" ")[0] for heading in headings]
        assert names[:2] == ["Authors", "Sources"]
        page = page_at(client, "/search?place=Odesa&not_org=EU")
        headings = page.texts("section", class_="facet")
        assert [h.partition(" ")[0] for h in headings[:2]] == ["Organisations", "Places"]

    def test_where_dates_have_nothing_those_around_them_are_shown(self, client):
        page = page_at(client, "/search?q=grain&from=1990&to=1991")
        assert page.texts("p", role="status") == ["0 articles"]
        assert page.attributes("rect", "class").count("zone") == 1
        assert "past" in page.attributes("rect", "class")
        assert "bar" not in page.attributes("rect", "class")
        nowhere = page_at(client, "/search?q=zebra&from=1990&to=1991")
        assert not {"zone", "past"} & set(nowhere.attributes("rect", "class"))

    def test_a_facet_that_narrows_nothing_is_not_shown(self):
        articles = [
            document(f"{n}", source="Post", authors=(f"Author {n}",), section="World" if n else "")
            for n in range(3)
        ]
        page = page_at(site(articles), "/search")
        assert [h.partition(" ")[0] for h in page.texts("section", class_="facet")][:2] == [
            "Authors",
            "Sections",
        ]
        assert not page.texts("section", id="facet-source")
        assert page_at(site(articles), "/search?source=Post").texts("section", id="facet-source")

    def test_a_value_can_be_left_out_and_taken_back(self, client):
        page = page_at(client, "/search?q=grain&author=Pavel+Polityuk&page=2")
        url = page.href(aria_label="Leave out Anna Weiss")
        assert parameters_of(url) == {
            "q": ["grain"], "author": ["Pavel Polityuk"], "not_author": ["Anna Weiss"]
        }  # fmt: skip
        page = page_at(client, "/search?q=grain&not_author=anna+weiss")
        assert page.texts("p", role="status") == ["14 articles"]
        (section,) = page.texts("section", id="facet-author")
        assert section.startswith("Authors Take back: without anna weiss ×")
        for link in ("Take back: without anna weiss", "Take out anna weiss"):
            assert parameters_of(page.link(link)) == {"q": ["grain"]}

    def test_a_value_that_no_article_has_is_said_to_be_left_out_in_vain(self, client):
        page = page_at(client, "/search?not_author=Ana+Weiss")
        assert page.texts("p", role="status") == ["28 articles"]
        (notices,) = page.texts("ul", class_="notices")
        assert notices.startswith("no author is called 'Ana Weiss'; did you mean Anna Weiss (12)?")

    @pytest.mark.parametrize(
        ("asked", "expected"),
        [
            ("", {"2020": "1", "2023": "2", "2024": "1"}),
            ("&from=2020-06&to=2023-02", {"2020": "1", "2023": "1"}),
            ("&from=2024", {}),
            ("&not_year=2020", {"2023": "2", "2024": "1"}),
        ],
        ids=["all", "dates beside", "one year", "without one"],
    )
    def test_years_are_a_facet_whose_links_find_what_they_count(self, asked, expected):
        client = _of_months((2020, 7), (2023, 1), (2023, 5), (2024, 2))
        page = page_at(client, "/search?histogram=month" + asked)
        links = [text for text in page.texts("a") if re.match(r"\d{4}, ", text)]
        found = {}
        for text in links:
            url = page.link(text)
            (year,) = parameters_of(url)["year"]
            found[year] = page_at(client, url).texts("p", role="status")[0].split()[0]
        assert found == expected

    def test_a_second_year_is_added_to_the_first(self):
        client = _of_months((2020, 7), (2022, 1), (2023, 5))
        page = page_at(client, page_at(client, "/search?year=2020").link("2023, "))
        assert page.texts("p", role="status")[0].startswith("2 articles")
        assert parameters_of(page.link("2022, "))["year"] == ["2020", "2023", "2022"]
        assert "/search?year=2023" in page.attributes("a", "href")

    def test_all_years_are_a_page(self):
        client = _of_months((2020, 7), (2022, 1), (2022, 5))
        page = page_at(client, "/facet/year?order=name")
        assert [text for text in page.texts("a") if text[:2] == "20"] == [
            "2020, 1 article 1", "2022, 2 articles 2",
        ]  # fmt: skip

    def test_a_language_is_called_by_its_name(self):
        articles = [document(f"{n}", language=code) for n, code in enumerate(("de", "de", "uk"))]
        page = page_at(site(articles), "/search?not_lang=uk")
        (section,) = page.texts("section", id="facet-lang")
        assert "without Ukrainian" in section
        assert "German, 2 articles" in section
        assert page.link("Take out Ukrainian")

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
        assert parameters_of(page.link(f"Take out {' '.join(typed.split())}")) == {"q": ["grain"]}

    def test_articles_without_a_value_are_counted(self, client):
        page = page_at(client, "/search")
        assert "1 without an author" in page.texts("p", class_="rest")[0]

    def test_articles_without_a_value_can_be_chosen_and_left_again(self, client):
        page = page_at(client, "/search")
        chosen = page_at(client, page.link("1 without an author"))
        assert chosen.texts("p", role="status") == ["1 article"]
        assert parameters_of(chosen.link("Remove 1 without an author")) == {}
        assert parameters_of(chosen.link("Take out an author")) == {}
        both = page_at(client, chosen.link("Anna Weiss"))
        assert both.texts("p", role="status") == ["13 articles"]

    def test_synonyms_are_named_and_can_be_left_out(self, tmp_path):
        file = tmp_path / "synonyms.toml"
        file.write_text('same = [["wheat", "grain"]]', "utf-8")
        client = site(settings=Settings(synonyms=str(file)))
        page = page_at(client, "/search?q=wheat")
        assert "wheat or grain, alone 26" in page.texts("ul", class_="chips")[0]
        alone = page_at(client, page.link("the same without synonyms"))
        assert alone.texts("p", role="status") == ["0 articles"]
        assert parameters_of(alone.link("Take out none")) == {"q": ["wheat"]}
        assert "synonyms=off" not in page.link("Grain report 25")

    def test_other_values_are_counted_and_can_be_shown(self):
        client = site(settings=Settings(facet_size=1))
        page = page_at(client, "/search?q=grain")
        assert page.texts("p", class_="rest")[0] == "1 more author"
        more = page_at(client, page.link("1 more author"))
        assert "Anna Weiss, 12 articles 12" in more.texts("a")

    def test_a_person_can_start_afresh(self, client):
        page = page_at(client, "/search?q=grain&author=Anna+Weiss&source=Reuters&from=2024")
        assert page.link("Start afresh") == "/search"


class TestDates:
    def test_found_articles_are_counted_by_date(self, client):
        page = page_at(client, "/search?q=grain&histogram=month")
        assert page.texts("h2", id="dates-name") == ["Dates by month"]
        assert page.texts("tr") == ["Dates Articles", "October 2024 25", "November 2024 1"]
        assert page.texts("text") == ["2024", "October 2024: 25"]
        heights = [
            h for tag, has, _ in page.elements if has.get("class") == "bar" for h in [has["height"]]
        ]
        assert heights == ["100.0%", "4.0%"]

    def test_where_a_chart_would_have_one_bar_a_sentence_says_when(self, client):
        page = page_at(client, "/search?q=grain&from=2024-10&to=2024-10&histogram=month")
        assert page.texts("p", class_="small") == ["All are of October 2024."]
        assert page.texts("svg", class_="chart ticked") == []
        page = page_at(client, "/search?q=grain&from=2024-11&histogram=month")
        assert page.texts("p", role="status") == ["1 article"]
        assert page.texts("p", class_="small") == []

    def test_choosing_one_narrows_and_counts_more_finely(self, client):
        page = page_at(client, "/search?histogram=auto")
        undated = page_at(client, page.link("1 without date"))
        assert undated.texts("p", role="status") == ["1 article"]
        page = page_at(client, page.link("14 to 20 October 2024"))
        assert page.texts("p", role="status") == ["7 articles"]
        page = page_at(client, page.link("17 October 2024"))
        assert "Grain report 17" in page.texts("h2")
        assert page.texts("svg", class_="chart ticked") == []
        before = parameters_of(page.link("← 16 Oct 2024"))
        assert (before["from"], before["to"]) == (["2024-10-16"], ["2024-10-16"])
        up = page_at(client, page.link("↑ Oct 2024"))
        assert up.texts("p", role="status") == ["25 articles"]
        assert page_at(client, up.link("Nov 2024 →")).texts("p", role="status") == ["2 articles"]

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
        counted = [row.rpartition(" ")[2] for row in page.texts("tr")[1:]]
        in_table = [
            has["href"] for tag, has, _ in after(page, "thead") if tag == "a" and "href" in has
        ][: len(counted)]
        found = [page_at(client, url).texts("p", role="status")[0] for url in in_table]
        assert counted == [text.split()[0] for text in found]
        bars = [
            (has["href"], "".join(text).rpartition(" ")[2])
            for (tag, has, _), (inside, _, text) in itertools.pairwise(after(page, "figure"))
            if tag == "a" and has.get("tabindex") == "-1" and inside == "title"
        ]
        assert bars == list(zip(in_table, counted, strict=True))

    @pytest.mark.parametrize(
        ("asked", "label", "expected"),
        [
            ("histogram=week", "November", ("2024-11", "2024-11")),
            ("histogram=day&from=2024-10-03&to=2024-11-12", "November", ("2024-11", "2024-11-12")),
            ("histogram=month", "2024", ("2024", "2024")),
        ],
        ids=["month", "cut month", "year"],
    )
    def test_what_is_under_the_bars_opens_it(self, client, asked, label, expected):
        page = page_at(client, f"/search?{asked}")
        [url] = [
            has["href"]
            for (tag, has, _), (inside, _, text) in itertools.pairwise(after(page, "figure"))
            if tag == "a" and inside == "text" and "".join(text) == label
        ]
        found = parameters_of(url)
        assert (found["from"], found["to"]) == ([expected[0]], [expected[1]])

    def test_an_empty_stretch_is_no_link(self, client):
        page = page_at(client, "/search?q=grain&from=2024-09-30&to=2024-10-02")
        assert page.texts("tr")[1:] == ["1 October 2024 1", "2 October 2024 1"]
        assert [url for url in page.attributes("a", "href") if "to=2024-09-30" in url] == []

    def test_the_year_that_no_query_can_name_is_no_link(self):
        never = datetime(9999, 12, 31, tzinfo=UTC)
        client = site(
            [
                SUMMIT,
                PORT._replace(
                    article=replace(PORT.article, published=never, published_precision="day")
                ),
            ]
        )
        page = page_at(client, "/search")
        assert page.texts("tr")[1:] == ["2000–2099 1", "9900–9999 1"]
        assert [url for url in page.attributes("a", "href") if "9999" in url] == []


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


class TestNothingFound:
    def test_ways_out_are_links_with_their_counts(self, client):
        page = page_at(client, "/search?q=grain+zebras")
        assert page.texts("p", role="status") == ["0 articles"]
        url = page.attributes("a", "href")
        assert "26" in page.texts("td")
        assert any(parameters_of(u).get("q") == ["grain"] for u in url)

    def test_where_few_are_found_the_page_asks_what_was_meant(self):
        articles = [document(f"{n}", f"missile {n}") for n in range(40)]
        client = site([*articles, document("typo", "missle")])
        page = page_at(client, "/search?q=missle")
        assert "Did you mean missile? 40 articles" in page.texts("p")
        assert page.link("missile") == "/search?q=missile"

    def test_a_dead_end_leads_to_all_articles(self):
        page = page_at(site([]), "/search?q=zebra")
        assert page.link("look through all articles") == "/search"


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
        assert page_at(client, path).texts("p", class_="byline") == [in_lists]
        assert page_at(client, path).texts("p", class_="meta") == ["undated"]
    assert page_at(client, "/article/crowd").texts("p", class_="byline")[0].endswith(in_full)
