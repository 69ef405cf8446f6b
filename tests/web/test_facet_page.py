"""The page of all values of a facet: order, letters, words, steps, and what it keeps of the question."""

from __future__ import annotations

import pytest

from search.service import facet_values
from tests.support.documents import document
from tests.support.web_page import page_at, parameters_of
from tests.support.web_site import site

NAMES = (
    "Ada Roe",
    "Åsa Berg",
    "Bo Ek",
    "de Wit",
    "Żaneta Lis",
    "李白",
    "42nd Street Desk",
    "Ben Ray",
)


@pytest.fixture
def client():
    articles = [
        document(f"{n}-{m}", "grain" if m else "port", authors=(name,), source="Post")
        for n, name in enumerate(NAMES)
        for m in range(n + 1)
    ]
    return site([*articles, document("x", "grain")])


def listed(page):
    return [
        text.rpartition(", ")[0] for text in page.texts("a") if text[-1].isdigit() and ", " in text
    ]


def test_the_most_frequent_are_first(client):
    page = page_at(client, "/facet/author")
    assert listed(page)[:2] == ["Ben Ray", "42nd Street Desk"]
    assert page.texts("h1") == ["8 authors"]
    assert parameters_of(page.link("1 without an author")) == {"without": ["author"]}


@pytest.mark.parametrize(
    ("letter", "expected"),
    [
        ("A", ["Ada Roe", "Åsa Berg"]),
        ("b", ["Ben Ray", "Bo Ek"]),
        ("D", ["de Wit"]),
        ("Z", ["Żaneta Lis"]),
        ("李", ["李白"]),
        ("#", ["42nd Street Desk"]),
        ("Q", []),
    ],
)
def test_values_of_a_letter_are_in_order(client, letter, expected):
    page = page_at(client, "/facet/author?letter=" + letter.replace("#", "%23"))
    assert listed(page) == expected


def test_all_letters_are_in_order_and_say_how_many_values_have_them(client, monkeypatch):
    monkeypatch.setattr(facet_values, "VALUES", 3)
    page = page_at(client, "/facet/author")
    (letters,) = page.texts("nav", aria_label="By letter")
    assert letters.startswith(
        "A, 2 authors B, 2 authors D, 1 author Z, 1 author 李, 1 author Others"
    )
    seen = []
    for step in ("", "&step=2", "&step=3", "&step=9"):
        seen += listed(page_at(client, "/facet/author?order=name" + step))
    assert seen == [
        "42nd Street Desk", "Ada Roe", "Åsa Berg", "Ben Ray", "Bo Ek", "de Wit", "Żaneta Lis", "李白",
        "Żaneta Lis", "李白",
    ]  # fmt: skip


def test_rare_letters_are_under_others(client, monkeypatch):
    monkeypatch.setattr(facet_values, "MOST_LETTERS", 2)
    page = page_at(client, "/facet/author?letter=%23")
    assert listed(page) == ["42nd Street Desk", "de Wit", "Żaneta Lis", "李白"]


def test_words_and_the_question_narrow_the_values(client):
    page = page_at(client, "/facet/author?q=grain&find=ro+ad")
    assert page.texts("h1") == ["No authors with ro ad…"]
    page = page_at(client, "/facet/author?q=grain&find=be&not_author=Ben+Ray")
    assert listed(page) == ["Åsa Berg"]
    assert parameters_of(page.link("Åsa Berg")) == {
        "q": ["grain"], "author": ["Åsa Berg"], "not_author": ["Ben Ray"],
    }  # fmt: skip
    assert parameters_of(page.link("← ")) == {"q": ["grain"], "not_author": ["Ben Ray"]}
    hidden = [(a["name"], a["value"]) for _, a, _ in page.elements if a.get("type") == "hidden"]
    assert ("not_author", "Ben Ray") in hidden


def test_what_is_beyond_the_most_values_is_said(client, monkeypatch):
    monkeypatch.setattr(facet_values, "MOST_VALUES", 3)
    page = page_at(client, "/facet/author")
    assert page.texts("h1") == ["8 authors"]
    assert page.texts("ul", class_="notices") == [
        "only the 3 most frequent of 8 authors are listed; look for others by a word"
    ]


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/facet/title", 404),
        ("/facet/nothing", 404),
        ("/facet/author?order=up", 400),
        ("/facet/author?step=0", 400),
        ("/facet/author?find=" + "x" * 101, 400),
        ("/facet/author?q=%22", 400),
        ("/facet/author?letter=abc", 200),
    ],
)
def test_what_cannot_be_answered_is_refused(client, address, status):
    assert client.get(address).status_code == status
