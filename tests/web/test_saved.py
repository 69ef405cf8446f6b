"""Saved searches as pages."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from search.model.settings import Settings
from search.service.service import SearchService
from tests.support.four_articles import ARTICLES
from tests.support.memory_engine import MemoryEngine
from tests.support.web_page import Page
from web import create_app

FILE = """\
[[search]]
name = "Summits & <b>"
query = "blinken OR oil"
source = ["Reuters"]

[[search]]
name = "Broken"
query = "(oil"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "searches.toml"
    path.write_text(FILE)
    return path


@pytest.fixture
def client(file: Path) -> FlaskClient:
    engine = MemoryEngine()
    engine.add(ARTICLES)
    settings = Settings(saved_searches=str(file))
    return create_app(SearchService(engine, settings), settings).test_client()


def test_lists_each_search_with_what_is_new(client):
    page = Page(client.get("/saved").text)
    assert page.texts("h1") == ["1 new in 1 of 2 searches"]
    assert page.texts("h2")[:2] == ["Summits & <b>", "Broken"]
    assert page.texts("code")[:2] == ['blinken OR oil source:"Reuters"', "(oil"]
    assert page.link("Summits & <b>") == "/search?q=blinken+OR+oil&source=Reuters"
    assert "Blinken meets NATO in Brussels" in page.texts("a")


def test_one_search_is_not_counted_of_one(client, file):
    file.write_text(FILE.split('[[search]]\nname = "Broken"')[0])
    assert Page(client.get("/saved").text).texts("h1") == ["1 new in 1 search"]


def test_what_is_new_is_a_search(client):
    page = Page(client.get("/saved").text)
    shown = Page(client.get(page.link("1 new")).text)
    assert "Blinken meets NATO in Brussels" in shown.texts("h2")


def test_a_search_that_cannot_be_asked_says_why(client):
    assert "cannot be asked" in client.get("/saved").text


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("/saved/summits-&-<b>", "/search?q=blinken+OR+oil&source=Reuters"),
        ("/saved/Summits & <b>", "/search?q=blinken+OR+oil&source=Reuters"),
        ("/saved/summits-&-<b>.rss", "/search.rss?q=blinken+OR+oil&source=Reuters&sort=newest"),
        ("/saved/summits-&-<b>.csv", "/search.csv?q=blinken+OR+oil&source=Reuters&sort=newest"),
    ],
)
def test_each_has_an_address_that_stays(client, address, expected):
    answer = client.get(address)
    assert (answer.status_code, answer.headers["Location"]) == (302, expected)


@pytest.mark.parametrize("name", ["nothing", "broken.exe", "nothing.rss", "."])
def test_other_names_are_not_found(client, name):
    assert client.get(f"/saved/{name}").status_code in (404, 308)


def test_an_edited_file_counts_at_once(client, file):
    file.write_text('[[search]]\nname = "New"\n')
    assert Page(client.get("/saved").text).texts("h2")[0] == "New"


def test_the_start_page_says_what_is_new(client, file):
    page = Page(client.get("/").text)
    texts = page.texts("section", aria_labelledby="saved")[0]
    assert "Summits & <b>" in texts
    assert "cannot be asked" in texts
    file.write_text("[[search]")
    assert "cannot be used" in client.get("/").text
    file.write_text("")
    assert "cannot be used" not in client.get("/").text


def test_where_none_is_saved_the_page_says_how(client, file):
    file.write_text("")
    page = Page(client.get("/saved").text)
    assert page.texts("h1") == ["No saved searches"]
    assert 'newssearch save "Night ferry" ADDRESS' in page.texts("code")


def test_a_file_that_cannot_be_read_is_an_error_that_names_it(client, file):
    file.write_text("oil: x")
    answer = client.get("/saved")
    assert answer.status_code == 500
    assert "searches.toml:1: " in answer.text
