"""The page of trends, its charts, its table, and the same as CSV and SVG."""

from __future__ import annotations

import csv
import io
import itertools
from datetime import UTC, date, datetime
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.documents import document
from tests.support.web_page import page_at, parameters_of
from tests.support.web_site import site
from web import charts


class TestPage:
    def test_it_compares_queries_in_numbers(self, client):
        page = page_at(client, "/trends?q=grain&q=nato&by=month")
        rows = page.texts("tr")
        assert rows[1] == "grain 26 96.3 % October 2024 100.0 % of 25"
        assert rows[2] == "nato 2 7.4 % November 2024 100.0 % of 2"
        assert page.attributes("input", "value")[1:3] == ["grain", "nato"]

    def test_programs_get_the_numbers_of_the_table_as_json(self, client):
        address = "?q=grain&q=nato&by=month&year=2024"
        answer = client.get("/trends.json" + address).get_json()
        rows = list(csv.reader(io.StringIO(client.get("/trends.csv" + address).text)))[1:]
        first, second = answer["queries"]
        shares = [["" if s is None else f"{s:.6f}" for s in q["shares"]] for q in (first, second)]
        columns = [
            answer["starts"],
            answer["all_articles"],
            first["articles"],
            shares[0],
            second["articles"],
            shares[1],
        ]
        assert rows == [[str(cell) for cell in row] for row in zip(*columns, strict=True)]
        assert (answer["interval"], first["query"]) == ("month", "grain")
        assert page_at(client, "/trends" + address).link("JSON") == (
            "/trends.json?q=grain&q=nato&year=2024&by=month"
        )

    def test_what_json_is_not_asked_for_right_is_an_error_for_programs(self, client):
        answer = client.get("/trends.json?sort=newest")
        assert answer.status_code == 400
        assert "unknown parameter 'sort'" in answer.get_json()["error"]["message"]

    def test_each_number_of_the_table_leads_to_its_articles(self, client):
        page = page_at(client, "/trends?q=grain&by=month")
        url = page.link("25")
        assert parameters_of(url) == {"q": ["grain"], "from": ["2024-10"], "to": ["2024-10"]}
        assert page_at(client, url).texts("p", role="status") == ["25 articles"]

    def test_dates_that_cut_an_interval_cut_its_link(self, client):
        page = page_at(client, "/trends?q=grain&by=month&from=2024-10-24&to=2024-10-25")
        bounds = {"from": ["2024-10-24"], "to": ["2024-10-25"]}
        links = [u for u in page.attributes("a", "href") if u.startswith("/search?q=grain")]
        assert next(parameters_of(url) for url in links if "from" in url) == {
            "q": ["grain"],
            **bounds,
        }

    def test_an_interval_that_no_query_can_have_is_no_link(self):
        never = datetime(9999, 12, 31, tzinfo=UTC)
        page = page_at(
            site([document("a", published=never, published_precision="day")]), "/trends?by=day"
        )
        assert "31 December 9999" in page.texts("tr")[1]
        assert [url for url in page.attributes("a", "href") if "=9999" in url] == []

    def test_filters_stay_and_can_be_taken_back(self, client):
        page = page_at(client, "/trends?q=grain&q=nato&source=Reuters&by=month")
        assert "source Reuters" in page.texts("ul", class_="chips")[0]
        without = parameters_of(page.link("Take out Reuters"))
        assert without == {"q": ["grain", "nato"], "by": ["month"]}
        assert parameters_of(page.link("year"))["source"] == ["Reuters"]

    def test_without_queries_all_articles_are_shown(self, client):
        page = page_at(client, "/trends")
        assert page.texts("h2", id="counts")
        assert page.texts("h2", id="share") == []

    def test_an_empty_index_says_that_nothing_can_be_drawn(self):
        page = page_at(site([]), "/trends?q=a")
        assert "nothing can be drawn" in page.texts("main")[0]

    @pytest.mark.parametrize(
        ("query", "said"),
        [
            ("q=a&q=b&q=c&q=d&q=e", "at most 4"),
            ("q=%22a", "cannot be read"),
            ("by=minute", "unknown interval"),
            ("by=day&by=week", "give it once"),
        ],
        ids=["many", "malformed", "interval", "twice"],
    )
    def test_what_cannot_be_drawn_says_why(self, client, query, said):
        assert said in page_at(client, f"/trends?{query}", 400).texts("main")[0]

    def test_a_query_is_no_markup(self, client):
        text = "%3Cb%3Egrain%3C%2Fb%3E"
        page = page_at(client, f"/trends?q={text}")
        assert page.texts("b")[0] == "news"
        assert "<b>grain</b>" in page.texts("bdi")
        svg = client.get(f"/trends.svg?q={text}").text
        assert "<b>" not in svg
        ElementTree.fromstring(svg)

    def test_what_rises_leads_to_its_articles_of_these_days(self):
        def of_day(name, day, title):
            published = datetime(2024, day[0], day[1], tzinfo=UTC)
            return document(
                name, title, f"{title} again.", published=published, published_precision="day"
            )

        old = [of_day(f"o{n}", (3, n), "Ferry waits") for n in range(1, 29)]
        new = [of_day(f"n{n}", (6, n), "Strike at dawn") for n in range(1, 7)]
        page = page_at(site([*old, *new]), "/trends")
        assert "31 May to 6 June 2024, against the year before" in page.texts("p")


class TestFiles:
    def test_csv_has_a_row_an_interval(self, client):
        response = client.get("/trends.csv?q=grain&q=nato&by=month")
        assert response.mimetype == "text/csv"
        assert list(csv.reader(io.StringIO(response.text))) == [
            ["month", "articles", "grain", "grain (share)", "nato", "nato (share)"],
            ["2024-10-01", "25", "25", "1.000000", "0", "0.000000"],
            ["2024-11-01", "2", "1", "0.500000", "2", "1.000000"],
        ]

    def test_no_query_is_a_formula(self, client):
        assert "'-grain" in client.get("/trends.csv?q=-grain").text

    def test_svg_has_a_line_a_query(self, client):
        response = client.get("/trends.svg?q=grain&q=nato&by=day")
        assert response.mimetype == "image/svg+xml"
        lines = ElementTree.fromstring(response.text).iter("{http://www.w3.org/2000/svg}path")
        assert len(list(lines)) == 2


class TestCharts:
    def test_bars_stand_on_the_ground(self):
        assert charts.bars((1, 0, 2), 2) == "M3.33 100V50h26.67V100zM70 100V0h26.67V100z"

    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            ((1.0, 0.0), "M25 0L75 100"),
            ((1.0, None, 0.5, 0.0), "M0 0h25M62.5 50L87.5 100"),
            ((), ""),
            ((None,), ""),
        ],
        ids=["two", "gap", "none", "missing"],
    )
    def test_a_line_stops_where_there_is_no_value(self, values, expected):
        assert charts.line(values, 1.0) == expected

    @pytest.mark.parametrize(
        ("highest", "expected"),
        [(0.11, (0.125, 5)), (0.004, (0.004, 4)), (1.0, (1.0, 5)), (0.0, (1.0, 0))],
    )
    def test_an_axis_has_round_values(self, highest, expected):
        top, steps = charts.scale(highest)
        assert (pytest.approx(top), len(steps)) == expected

    @given(st.floats(1e-9, 1.0))
    def test_an_axis_holds_what_is_on_it(self, highest):
        top, steps = charts.scale(highest)
        assert highest <= top * 1.01
        assert 1 <= len(steps) <= 6

    @pytest.mark.parametrize(
        ("days", "expected"),
        [
            ([date(2020 + n // 12, n % 12 + 1, 1) for n in range(36)], ["2020", "2021", "2022"]),
            ([date(2024, n, 1) for n in (11, 12)] + [date(2025, n, 1) for n in (1, 2)], ["Nov 2024", "Dec", "Jan 2025", "Feb"]),
            ([date(2024, 5, 1)], ["1 May 2024"]),
            ([], []),
        ],
        ids=["years", "months", "one", "none"],
    )  # fmt: skip
    def test_an_axis_is_labelled_by_what_it_spans(self, days, expected):
        assert [label.text for label in charts.axis(days)] == expected

    @given(st.lists(st.one_of(st.none(), st.floats(0, 100)), max_size=4))
    def test_names_of_lines_are_not_over_each_other(self, heights):
        places = [place for place in charts.ends(heights) if place is not None]
        assert len(places) == sum(height is not None for height in heights)
        ordered = sorted(places)
        assert all(b - a >= 5.99 for a, b in itertools.pairwise(ordered))
        assert all(place <= 100 for place in places)
