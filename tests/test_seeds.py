"""The sample articles: in number, in format, and with something to show for every feature."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from search.enrich.entities.fast import load
from search.model.article import Article, BadArticle
from search.readers.input_files import input_files
from search.readers.opening import read
from tests.support.paths import CHECKOUT

SEEDS = CHECKOUT / "seeds"
TEXTS = sorted(SEEDS.glob("*.txt"))
BYLINE = re.compile(r"[^,|]+(?:, [^,|]+)* and [^,|]+ \||[^,|]+ \|")


def name_of(path: Path) -> str:
    return path.name


@pytest.fixture(scope="module")
def read_seeds() -> list[Article | BadArticle]:
    return [each for path in input_files([SEEDS]) for each in read(path)]


@pytest.fixture(scope="module")
def articles(read_seeds: list[Article | BadArticle]) -> list[Article]:
    return [each for each in read_seeds if isinstance(each, Article)]


def test_folder_says_that_they_are_samples() -> None:
    assert "not news" in (SEEDS / "README.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("pattern", "at_least"),
    [("*.txt", 30), ("*.html", 4), ("*.jsonl", 1)],
    ids=["text", "html", "records"],
)
def test_files_of_each_format(pattern: str, at_least: int) -> None:
    assert len(list(SEEDS.glob(pattern))) >= at_least


@pytest.mark.parametrize("path", TEXTS, ids=name_of)
def test_text_is_in_the_format(path: Path) -> None:
    """Title; byline ending in a bar, but in one file; a paragraph a line, none blank."""
    title, byline, *paragraphs = path.read_text("utf-8").split("\n")
    assert title == title.strip()
    assert BYLINE.fullmatch(byline) or path.name == "033_lakeside-library.txt"
    assert len(paragraphs) >= 3
    assert all(paragraph.strip() for paragraph in paragraphs)


def test_every_seed_is_read(read_seeds: list[Article | BadArticle]) -> None:
    assert [str(each) for each in read_seeds if isinstance(each, BadArticle)] == []
    assert len(read_seeds) == 56


def test_ids_are_distinct(articles: list[Article]) -> None:
    assert len({article.article_id for article in articles}) == len(articles)


def test_bylines_are_read_as_meant(articles: list[Article]) -> None:
    counts = Counter(author for article in articles for author in article.authors)
    assert len(counts) == 25
    assert counts["Ines Vandermoor"] == 8
    assert counts["Fergus O'Neil"] == 7
    assert counts["Oleksa Hrytsai"] == 5
    assert counts["Siobhán MacGarvey"] == 3
    assert counts["Ines Kertész-Hall"] == 1
    assert Counter(len(article.authors) for article in articles).keys() == {0, 1, 2, 3, 4}


def test_sources_are_agencies_and_papers(articles: list[Article]) -> None:
    assert {article.source for article in articles} == {
        "Reuters", "AP", "AFP", "", "The Harbour Chronicle", "Northern Ledger", "Alpenbote",
        "Tribuna do Vale", "Southern Cross Gazette", "Lakeside Courier",
    }  # fmt: skip


def test_agencies_are_not_left_in_the_text(articles: list[Article]) -> None:
    tails = [article.body[-12:] for article in articles]
    assert [tail for tail in tails if tail.endswith(("Reuters", "AP", "AFP"))] == []


def test_dates_and_sections_of_pages_and_records(articles: list[Article]) -> None:
    dated = [article for article in articles if article.published]
    assert len(dated) == 22
    assert all(article.section and article.url for article in dated)
    assert {f"{article.published:%Y-%m}" for article in dated} == {
        "2024-08", "2024-09", "2024-10", "2024-11", "2024-12", "2025-01",
    }  # fmt: skip


def test_menus_and_footers_are_not_in_the_text(articles: list[Article]) -> None:
    strays = ("Subscribe", "Most read", "does not exist", "Newsletter")
    assert [a.title for a in articles if any(stray in a.body for stray in strays)] == []


def test_length_is_of_a_news_article(articles: list[Article]) -> None:
    words = {article.title: len(f"{article.title} {article.body}".split()) for article in articles}
    assert {title: size for title, size in words.items() if not 120 <= size <= 350} == {}


def test_one_story_is_about_blinken_at_nato(articles: list[Article]) -> None:
    titles = [a.title for a in articles if "Blinken" in a.title and "NATO" in a.title]
    assert titles == ["Blinken tells NATO in Brussels that U.S. support for Ukraine will hold"]


@pytest.mark.parametrize(
    "text",
    [
        "COVID-19", "AT&T", "O'Neil", "U.S.", "the US ", "Zürich", "São Paulo", "café", "3,000",
        "3.5", "firm response", "Russian-backed", "湾岸夕刊",
    ],
)  # fmt: skip
def test_there_is_something_to_show_for(text: str, articles: list[Article]) -> None:
    assert any(text in f"{article.title} {article.body}" for article in articles)


def test_people_organisations_and_places_are_shared(articles: list[Article]) -> None:
    counts: Counter[str] = Counter()
    for entities in load("").tag(articles):
        for kind in (entities.people, entities.organisations, entities.places):
            counts.update(entity.name for entity in kind)
    shared = {
        "Antony Blinken",
        "Mark Rutte",
        "Donald Trump",
        "NATO",
        "EU",
        "WHO",
        "United States",
        "Brussels",
    }
    assert {name for name in shared if counts[name] < 3} == set()
