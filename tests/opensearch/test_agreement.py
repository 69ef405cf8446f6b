"""One engine's answers are the other's: the same articles in a folder and on a cluster, asked as a page of results asks."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from benchmarks.agreement import compared
from search.engines.opensearch.engine import OpenSearchEngine
from search.engines.protocol.engine import Engine
from search.engines.registry import open_engine
from search.model.article import Document, Entities
from search.model.question import AUTO, FacetRequest, Question, Selection
from search.model.settings import Settings
from search.service.service import SearchService
from tests.opensearch.articles import WORDS as OF_FAULTS
from tests.opensearch.pool import Pool
from tests.support.engine_samples import document, named

ARTICLES = 400
WORDS = [
    *OF_FAULTS[1:],
    "council",
    "mayor",
    "tunnel",
    "library",
    "festival",
    "flood",
    "market",
    "train",
    "hospital",
    "airport",
    "river",
    "orchard",
    "stadium",
    "theatre",
    "printer",
    "archive",
    "lantern",
    "canal",
    "tram",
    "quarry",
    "brewery",
]
SOURCES = ("The Quay", "Morning Post of Alder", "Alder Echo", "Field Notes")
PEOPLE = ("Anna Reed", "Reed", "Tomas Veil", "T. Veil", "Ida Crane")
AUTHORS = ("Mona Lark", "Piet Holm", "mona lark")
FIRST = datetime(2019, 3, 1, 9, tzinfo=UTC)

QUERIES = [
    "ferry",
    "harbour ferry",
    "ferries budgets",
    '"harbour ferry"',
    "harbour -ferry",
    "museum OR theatre",
    "museum AND (strike OR vote)",
    "storm NEAR/4 flood",
    '"council vote"~3',
    "har*",
    "musuem~1",
    "title:ferry",
    "person:reed",
    "person:veil harbour",
    'source:"alder echo" tram',
    "the ferry to the harbour",
    "author:lark storm",
    "storm date:2019-04",
    "quarry brewery canal tram",
]


def articles() -> Iterator[Document]:
    """Yield articles of words by chance, always the same; some are copies of the one before, from another source."""
    chance = random.Random(5)
    text = ""
    for number in range(ARTICLES):
        if number % 9 or not text:
            words = chance.choices(WORDS, [1 / (n + 1) for n in range(len(WORDS))], k=60)
            text = " ".join([*words[:30], "the", *words[30:], f"place{number}"])
        people = chance.sample(PEOPLE, 2)
        yield document(
            f"n{number:03}",
            f"{text}. {people[0]} said so to {people[1]}.",
            " ".join(text.split()[:3]),
            FIRST + timedelta(hours=7 * number),
            source=chance.choice(SOURCES),
            authors=(chance.choice(AUTHORS),),
            entities=Entities(named(*people)),
            language="en",
        )


def timeless(engine: Engine, settings: Settings) -> SearchService:
    """Return a service for which nothing takes any time: on a busy machine one of two would advise less than the other."""
    return SearchService(engine, settings, clock=lambda: 0.0)


@pytest.fixture(scope="module")
def services(
    pool: Pool, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[SearchService, SearchService]]:
    """The embedded engine and the distributed one over the same articles, each with one commit."""
    settings = Settings(query_timeout_ms=0)
    folder = str(tmp_path_factory.mktemp("agreement") / "index")
    location = pool.empty_index()
    with (
        closing(open_engine(folder, make=True, settings=settings)) as embedded,
        closing(OpenSearchEngine(location, settings=settings)) as distributed,
    ):
        for engine in (embedded, distributed):
            engine.add(articles())
        yield timeless(embedded, settings), timeless(distributed, settings)
    pool.give_back(location)


@pytest.mark.parametrize("asked", QUERIES)
def test_both_give_the_same_answer(asked, services):
    facets = tuple(FacetRequest(name) for name in services[0].fields.facets)
    question = Question(asked, facets=facets, histogram=AUTO)
    assert compared(asked, *[each.search(question) for each in services]).differences == ()


@pytest.mark.parametrize(
    "question",
    [
        Question("ferry", page=2),
        Question("ferry", selections=(Selection("person", ("Anna Reed",)),)),
        Question("ferry", joined=False),
        Question("ferry", group=False, diverse=False),
        Question("ferry", sort="newest"),
        Question("ferry", rank="plain"),
        Question("ferry", recency="30d"),
    ],
    ids=["page", "name", "as-written", "articles", "newest", "plain", "recency"],
)
def test_both_give_the_same_answer_whatever_else_is_asked(question, services):
    facets = tuple(FacetRequest(name) for name in services[0].fields.facets)
    question = question._replace(facets=facets, histogram=AUTO)
    assert compared(question.text, *[each.search(question) for each in services]).differences == ()
