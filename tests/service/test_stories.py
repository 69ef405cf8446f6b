"""One row a story: what a page of results says of it, and what it leaves as it is."""

from __future__ import annotations

import pytest

from search.engines.protocol.result import HIT_COPIES, Copy, Story
from search.model.question import FacetRequest, Question
from search.present.as_csv import csv_columns, csv_rows
from search.present.as_json import page_as_json
from search.service.naming import also_in, total_of
from search.service.service import SearchService
from tests.support.copied_story import COPIED, by_name
from tests.support.documents import document
from tests.support.memory_engine import MemoryEngine

STORM = Question(text="storm")


@pytest.fixture
def service() -> SearchService:
    engine = MemoryEngine(story_of=by_name)
    engine.add(COPIED)
    return SearchService(engine)


def test_a_row_is_a_story_and_says_where_else_it_is(service: SearchService) -> None:
    page = service.search(STORM)

    assert (page.total, page.stories, page.rows) == (10, 3, 3)
    assert sorted(hit.story_size for hit in page.hits) == [1, 2, 7]
    [storm] = [hit.story for hit in page.hits if hit.story_size == 7]
    assert also_in(storm) == "also in 6 sources"
    assert len(storm.copies) == HIT_COPIES


def test_pages_count_stories(service: SearchService) -> None:
    pages = [service.search(STORM._replace(page=number, page_size=2)) for number in (1, 2, 3)]

    assert [[hit.rank for hit in page.hits] for page in pages] == [[1, 2], [3], []]
    assert {page.last_page for page in pages} == {2}


def test_without_grouping_every_article_is_a_row(service: SearchService) -> None:
    page = service.search(STORM._replace(group=False))

    assert (page.total, page.stories, len(page.hits), page.rows) == (10, None, 10, 10)
    assert {hit.story for hit in page.hits} == {None}


def test_facets_and_counts_by_date_are_of_articles_either_way(service: SearchService) -> None:
    asked = STORM._replace(facets=(FacetRequest("source"),), histogram="day")
    grouped, every = service.search(asked), service.search(asked._replace(group=False))

    assert (grouped.facets, grouped.histogram) == (every.facets, every.histogram)


def test_a_ranking_is_of_articles(service: SearchService) -> None:
    assert len(service.ranking(STORM, 100)) == 10


@pytest.mark.parametrize(
    ("unnamed", "sources", "words"),
    [
        (0, ("A",), "also in 1 source"),
        (0, ("A", "B"), "also in 2 sources"),
        (1, ("A", "B"), "also in 2 sources and 1 other copy"),
        (2, ("A",), "also in 1 source and 2 other copies"),
        (1, (), "1 more copy"),
        (1234, (), "1,234 more copies"),
    ],
    ids=str,
)
def test_words_for_where_else_it_is(unnamed: int, sources: tuple[str, ...], words: str) -> None:
    copies = (Copy.of(document("a")),)
    assert also_in(Story(len(sources) + unnamed, copies, sources, unnamed)) == words


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (STORM, "3 stories in 10 articles"),
        (Question(text="calm"), "1 story in 2 articles"),
        (Question(text="letters"), "1 article"),
        (STORM._replace(group=False), "10 articles"),
        (Question(text="zebra"), "0 articles"),
    ],
    ids=["several", "one", "no copies", "every article", "nothing"],
)
def test_words_for_how_much_was_found(
    service: SearchService, question: Question, words: str
) -> None:
    assert total_of(service.search(question)) == words


def test_json_has_the_copies(service: SearchService) -> None:
    answer = page_as_json(service.search(Question(text="calm")))

    assert (answer["total"], answer["stories"]) == (2, 1)
    assert answer["hits"][0]["story"] == {
        "articles": 2,
        "sources": [],
        "copies": [
            {
                "id": "calm-1",
                "title": "After the storm",
                "source": "Paper 1",
                "published": "2024-09-12",
            }
        ],
    }


def test_json_says_null_where_hits_are_articles(service: SearchService) -> None:
    answer = page_as_json(service.search(Question(text="calm", group=False)))

    assert answer["stories"] is None
    assert [hit["story"] for hit in answer["hits"]] == [None, None]


@pytest.mark.parametrize(("group", "articles"), [(True, [2]), (False, ["", ""])])
def test_csv_counts_the_articles_of_a_story(
    service: SearchService, group: bool, articles: list[object]
) -> None:
    rows = csv_rows(service.search(Question(text="calm", group=group)))
    at = csv_columns().index("story_articles")
    assert [row[at] for row in rows] == articles
