"""Bylines, agency credits and dates: tables of what they say, and that nothing crashes on them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.readers.agency import agency_of_dateline, cut_credit
from search.readers.byline import parse_byline
from search.readers.date_texts import by_all_rules
from search.readers.dates import parse_date
from search.readers.published import Published


@pytest.mark.parametrize(
    ("text", "authors"),
    [
        ("A. Bell, Cora Dunn, Eli Fox and Gus Hale |", ("A. Bell", "Cora Dunn", "Eli Fox", "Gus Hale")),
        ("By Ida Noor & Ben Roth", ("Ida Noor", "Ben Roth")),
        ("Ida Noor; Ben Roth with Ann Poe", ("Ida Noor", "Ben Roth", "Ann Poe")),
        ("Ida Noor\nBen Roth", ("Ida Noor", "Ben Roth")),
        ("Ida Noor, Political Editor", ("Ida Noor",)),
        ("Ida Noor Political Editor", ("Ida Noor",)),
        ("Political Editor Ida Noor", ("Ida Noor",)),
        ("Ida Noor in Kyiv and Ben Roth in Moscow", ("Ida Noor", "Ben Roth")),
        ("Ida Noor, Kyiv", ("Ida Noor",)),
        ("Ida Noor, New York", ("Ida Noor",)),
        ("Ida Noor ida@paper.example", ("Ida Noor",)),
        ("ida@paper.example (Ida Noor)", ("Ida Noor",)),
        ("Ida Noor | 13 November 2024", ("Ida Noor",)),
        ("Ida Noor, Nov 13, 2024 4:30 pm", ("Ida Noor",)),
        ("Reporting by Ida Noor; Editing by Ben Roth", ("Ida Noor",)),
        ("Martin King Jr., Ed Foe III and Sam Poe", ("Martin King Jr.", "Ed Foe III", "Sam Poe")),
        ("Martin King, Jr. and Sam Poe", ("Martin King, Jr.", "Sam Poe")),
        ("Ludwig van der Zee, Zoë d'Arc, Siân O’Neill", ("Ludwig van der Zee", "Zoë d'Arc", "Siân O’Neill")),
        ("José Ortega y Gasset", ("José Ortega y Gasset",)),
        ("Ana Ruiz y Luis Mora", ("Ana Ruiz", "Luis Mora")),
        ("Олена Гармаш, 松岡大地", ("Олена Гармаш", "松岡大地")),
        ("Ida Noor, IDA NOOR", ("Ida Noor",)),
        ("Ida Noor, Reuters", ("Ida Noor",)),
        ("Noor, Ida", ("Ida Noor",)),
        ("Reuters", ()),
        ("AFP, MANILA", ()),
        ("Staff and agencies", ()),
        ("Staff Writer", ()),
        ("World news", ()),
        ("The Daily Paper", ()),
        ("https://paper.example/ida", ()),
        ("", ()),
        ("x" * 5000, ()),
    ],
)  # fmt: skip
def test_authors(text, authors):
    assert parse_byline(text).authors == authors


@pytest.mark.parametrize(
    ("text", "agency"),
    [("Ida Noor, Reuters |", "Reuters"), ("Reuters/AP", "Reuters/AP"), ("Ida Noor (AFP)", "AFP"),
     ("Associated Press", "AP"), ("By THE ASSOCIATED PRESS", "AP"), ("Ida Noor", "")],
)  # fmt: skip
def test_agency_of_a_byline(text, agency):
    assert parse_byline(text).agency == agency


@pytest.mark.parametrize(
    ("paragraphs", "rest", "agency"),
    [
        (["He left later.Reuters"], ["He left later."], "Reuters"),
        (["He left later. Reuters"], ["He left later."], "Reuters"),
        (["He left later", "Then he met Lammy.", "Reuters"], ["He left later", "Then he met Lammy."], "Reuters"),
        (["“He left,” she said. “Late.”AP"], ["“He left,” she said. “Late.”"], "AP"),
        (["He left laterReuters"], ["He left later"], "Reuters"),
        (["He left. (Reuters)"], ["He left."], "Reuters"),
        (["He left (AFP)"], ["He left"], "AFP"),
        (["He left.", "- Reuters"], ["He left."], "Reuters"),
        (["He left. – Agence France-Presse"], ["He left."], "AFP"),
        (["He left.", "with AFP"], ["He left."], "AFP"),
        (["He left.", "Reuters/AP"], ["He left."], "Reuters/AP"),
        (["He left.", "[dpa]"], ["He left."], "dpa"),
        (["He left. Additional reporting by AAP"], ["He left."], "AAP"),
        (["He left, he told Reuters."], ["He left, he told Reuters."], ""),
        (["He left, he told Reuters"], ["He left, he told Reuters"], ""),
        (["The deal was with", "Bloomberg."], ["The deal was with", "Bloomberg."], ""),
        (["He works for ThomsonReuters"], ["He works for ThomsonReuters"], ""),
        (["He bought a mAP"], ["He bought a mAP"], ""),
        ([], [], ""),
    ],
)  # fmt: skip
def test_credit_at_the_end(paragraphs, rest, agency):
    assert cut_credit(paragraphs) == (rest, agency)


def test_dateline():
    assert agency_of_dateline("KYIV, Nov 13 (Reuters) - Blasts were heard.") == "Reuters"
    assert agency_of_dateline("Blasts were heard (Reuters said so).") == ""


@pytest.mark.parametrize(
    ("value", "expected", "precision"),
    [
        ("2024-11-13", (2024, 11, 13), "day"),
        ("2024-11-13T16:30", (2024, 11, 13, 16, 30), "minute"),
        ("2024-11-13T16:30:05.123Z", (2024, 11, 13, 16, 30, 5), "second"),
        ("2024-11-13 16:30:05+02:00", (2024, 11, 13, 14, 30, 5), "second"),
        ("2024-11-13T16:30:05-0500", (2024, 11, 13, 21, 30, 5), "second"),
        ("20241113T163005Z", (2024, 11, 13, 16, 30, 5), "second"),
        ("20241113163005", (2024, 11, 13, 16, 30, 5), "second"),
        ("20241113", (2024, 11, 13), "day"),
        ("2024-11", (2024, 11, 1), "month"),
        ("2024", (2024, 1, 1), "year"),
        (2024, (2024, 1, 1), "year"),
        ("Wed, 13 Nov 2024 16:30:05 GMT", (2024, 11, 13, 16, 30, 5), "second"),
        ("13 November 2024", (2024, 11, 13), "day"),
        ("13th of November, 2024", (2024, 11, 13), "day"),
        ("13-NOV-1987 16:30:05.12", (1987, 11, 13, 16, 30, 5), "second"),
        ("Nov 13, 2024, 4:30 pm EST", (2024, 11, 13, 21, 30), "minute"),
        ("Nov. 13, 2024 at 12:05 a.m. ET", (2024, 11, 13, 5, 5), "minute"),
        ("November 2024", (2024, 11, 1), "month"),
        ("Published: May 1, 2024", (2024, 5, 1), "day"),
        ("13/11/2024", (2024, 11, 13), "day"),
        ("11/13/2024 16:30", (2024, 11, 13, 16, 30), "minute"),
        ("03.04.2024", (2024, 4, 3), "day"),
        ("03/04/2024", (2024, 1, 1), "year"),
        ("05/05/2024", (2024, 5, 5), "day"),
        ("2024-11-13 1200 people", (2024, 11, 13), "day"),
        ("2024-11-13 10:00 XYZ", (2024, 11, 13), "day"),
        (1731515405, (2024, 11, 13, 16, 30, 5), "second"),
        ("1731515405", (2024, 11, 13, 16, 30, 5), "second"),
        (1731515405123, (2024, 11, 13, 16, 30, 5), "second"),
    ],
)  # fmt: skip
def test_dates(value, expected, precision):
    assert parse_date(value) == Published(datetime(*expected, tzinfo=UTC), precision)


@pytest.mark.parametrize(
    "value",
    ["", "yesterday", "31/02/2024", "2024-13-45", "2024-02-30", "Feb 30, 2024", "0000-00-00", "1066-10-14",
     "9999-12-31", 0, 10**30, float("nan"), float("inf"), True, None, [], "x" * 500],
    ids=repr,
)  # fmt: skip
def test_what_is_no_date(value):
    assert parse_date(value) is None


@given(st.text(max_size=200))
@settings(max_examples=150, deadline=None)
def test_nothing_crashes_on_any_text(text):
    parsed = parse_byline(text)
    assert all(name.strip() for name in parsed.authors)
    assert parse_date(text) is None or parse_date(text).at.tzinfo is UTC
    paragraphs, agency = cut_credit([text])
    assert (paragraphs == [text]) == (agency == "")


def mostly(*usual: str, odd: list[str]) -> st.SearchStrategy[str]:
    """Take one of the usual parts of a date four times out of five: odd ones in each place are no date."""
    often = [st.sampled_from(usual)] * 4
    return st.one_of(*often, st.sampled_from(odd))


ISO_LIKE = st.builds(
    "{}-{}-{}{}{}{}{}{}".format,
    mostly("2024", "2023", "1500", "2200", odd=["1499", "2201", "0000", "9999", "２０２４", "24"]),
    mostly("01", "02", "12", odd=["13", "00", "1"]),
    mostly("01", "28", "29", "30", odd=["31", "32", "00", "1", "٠١"]),
    mostly("T", " ", odd=["", "t", "  ", ":", "x", ", "]),
    mostly("00:00", "23:59", "09:30", odd=["", "24:00", "25:00", "9:30", "0930", "09.30", "12:60"]),
    mostly(":00", ":59", odd=["", ":60", ":61", ":99", "00", ":0"]),
    mostly("", ".1", ".123456", ",123456789", odd=[".1234567890", "."]),
    mostly("", "Z", "+05:30", "-0330", odd=["z", "+00:00", "-00:00", "+05:75", "+23:59", "+24:00", "-99:99", "+05",
           "+5", "−05:00", " EST", " Z", "+05:30:15", "Z.", "pm"]),
)  # fmt: skip


@given(ISO_LIKE | ISO_LIKE.map(lambda text: text[:10]))
@settings(max_examples=1000, deadline=None)
def test_usual_dates_are_what_all_rules_make_of_them(text):
    assert parse_date(text) == by_all_rules(text.strip())
