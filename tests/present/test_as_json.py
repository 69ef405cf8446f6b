"""The JSON is what docs/api.md promises, and says null or [] for what an article does not have."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from search.model.article import Entities, Entity
from search.model.question import FacetRequest, Question
from search.present.as_json import document_as_json, page_as_json
from search.service.service import SearchService
from tests.support.documents import document, named_in
from tests.support.memory_engine import MemoryEngine


def day(number: int) -> dict[str, object]:
    published = datetime(2024, 11, number, tzinfo=UTC)
    return {"published": published, "published_precision": "day"}


DOCUMENTS = (
    document(
        "summit",
        "Blinken meets NATO in Brussels",
        "The minister promised a firm response.",
        authors=("Rich Miller", "Olena Harmash"),
        source="Reuters",
        section="World",
        language="en",
        url="https://news.example/summit",
        entities=Entities((Entity("Antony Blinken"),), (Entity("NATO"),), (Entity("Brussels"),)),
        **day(13),
    ),
    document("oil", "Crude oil falls", **day(14)),
    document("port", "Port of Odesa reopens", **day(12)),
)


@pytest.fixture
def service() -> SearchService:
    engine = MemoryEngine()
    engine.add(DOCUMENTS)
    return SearchService(engine)


def test_page_has_the_promised_shape(service: SearchService) -> None:
    """Issue 3, point 9: this shape is a promise."""
    question = Question(text="nato", facets=(FacetRequest("author", 1),))
    answer = json.loads(json.dumps(page_as_json(service.search(question))))
    hit = answer["hits"][0]

    assert answer.pop("took_ms") >= 0
    assert hit.pop("score") > 0
    assert answer == {
        "query": "nato",
        "read_as": [{"text": "nato", "count": 1}],
        "notices": [],
        "total": 1,
        "stories": 1,
        "page": 1,
        "page_size": 10,
        "next_cursor": None,
        "hits": [
            {
                "rank": 1,
                "id": "summit",
                "title": "Blinken meets NATO in Brussels",
                "title_marks": [[14, 18]],
                "provenance": None,
                "authors": ["Rich Miller", "Olena Harmash"],
                "credits": [],
                "published": "2024-11-13",
                "published_precision": "day",
                "source": "Reuters",
                "section": "World",
                "topics": [],
                "language": "en",
                "collection": None,
                "url": "https://news.example/summit",
                "snippet": hit["snippet"],
                "people": ["Antony Blinken"],
                "organisations": ["NATO"],
                "places": ["Brussels"],
                "story": {"articles": 1, "sources": [], "copies": []},
            }
        ],
        "facets": {
            "author": {
                "values": [{"value": "Olena Harmash", "count": 1, "selected": False}],
                "distinct": 2,
                "other": 1,
                "missing": 0,
            }
        },
    }
    assert set(hit["snippet"]) == {"text", "marks"}


def test_histogram_has_the_promised_shape(service: SearchService) -> None:
    question = Question(histogram="week", end="2024-11-18")
    answer = page_as_json(service.search(question))

    assert list(answer)[-2:] == ["facets", "histogram"]
    assert json.loads(json.dumps(answer["histogram"])) == {
        "interval": "week",
        "bins": [
            {
                "from": "2024-11-11",
                "to": "2024-11-17",
                "start": "2024-11-11T00:00:00Z",
                "count": 3,
            },
            {
                "from": "2024-11-18",
                "to": "2024-11-24",
                "start": "2024-11-18T00:00:00Z",
                "count": 0,
            },
        ],
        "undated": 0,
    }


def test_marks_are_pairs_of_offsets(service: SearchService) -> None:
    page = page_as_json(service.search(Question(text='"firm response"')))
    snippet = page["hits"][0]["snippet"]

    assert [snippet["text"][s:e] for s, e in snippet["marks"]] == ["firm response"]


def test_contributions_are_there_when_explained(service: SearchService) -> None:
    question = Question(text="nato", explain=True)
    page = page_as_json(service.search(question))

    assert page["hits"][0]["contributions"][0]["clause"] == "nato"


def test_suggestions_are_there_when_nothing_was_found(service: SearchService) -> None:
    page = page_as_json(service.search(Question(text="xyzzy")))

    assert page["suggestions"] == []
    assert page_as_json(service.search(Question(text="blinkin")))["suggestions"] == [
        {
            "text": "with blinken instead of blinkin",
            "total": 1,
            "query": "blinken",
            "match": "all",
            "joined": True,
            "from": None,
            "to": None,
            "selections": {},
            "without": [],
            "excluded": {},
            "synonyms": True,
        }
    ]


@pytest.mark.parametrize(
    ("precision", "expected"),
    [
        ("year", "2024"),
        ("month", "2024-11"),
        ("day", "2024-11-13"),
        ("minute", "2024-11-13T22:05Z"),
        ("second", "2024-11-13T22:05:06Z"),
    ],
)
def test_date_is_as_exact_as_it_is_known(precision: str, expected: str) -> None:
    instant = datetime(2024, 11, 13, 22, 5, 6, tzinfo=UTC)
    found = document("a", "", published=instant, published_precision=precision)

    assert document_as_json(found)["published"] == expected


def test_article_without_anything_has_nulls_and_empty_lists() -> None:
    assert document_as_json(document("a")) == {
        "id": "a",
        "title": "",
        "authors": [],
        "credits": [],
        "published": None,
        "published_precision": None,
        "source": None,
        "section": None,
        "topics": [],
        "language": None,
        "collection": None,
        "url": None,
        "provenance": None,
        "published_from": None,
        "byline": None,
        "language_from": None,
        "authors_as_read": [],
        "tagger": None,
        "entities_as_found": None,
        "body": "",
        "added": None,
        "revision": 0,
        "people": [],
        "organisations": [],
        "places": [],
        "entities": {"people": [], "organisations": [], "places": []},
        "story": None,
    }


def test_what_people_corrected_is_there_as_it_was_found() -> None:
    found = Entities(people=(Entity("Reagan"),), places=(Entity("Rome"),))
    made = document("a", entities=Entities())
    made = made._replace(enrichment=replace(made.enrichment, as_found=found))
    assert document_as_json(made)["tagger"] == "tests 1"
    assert document_as_json(made)["entities_as_found"] == {
        "people": ["Reagan"],
        "organisations": [],
        "places": ["Rome"],
    }


def test_entities_of_an_article_have_forms_and_mentions() -> None:
    body = "\U0001f1fa\U0001f1f8 The US sent Antony Blinken."
    texts = ("Blinken in Kyiv", body)
    people = (named_in(*texts, "Antony Blinken", "Blinken"),)
    found = document("a", *texts, entities=Entities(people, (Entity("NATO"),)))
    entities = document_as_json(found)["entities"]

    assert entities == {
        "people": [
            {
                "name": "Antony Blinken",
                "count": 2,
                "forms": ["Blinken"],
                "mentions": [
                    {"in": "title", "start": 0, "end": 7},
                    {"in": "body", "start": 15, "end": 29},
                ],
            }
        ],
        "organisations": [{"name": "NATO", "count": None, "forms": [], "mentions": []}],
        "places": [],
    }
    assert body[15:29] == "Antony Blinken"
