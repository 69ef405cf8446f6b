"""Page after page is the whole list, however many hits are equal in score, in date or in both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from itertools import chain

import pytest

from search.engines.protocol.request import SearchRequest
from search.engines.whoosh_index.engine import WhooshEngine
from search.model.question import Sort
from search.query.tree import Everything, Query, Word
from tests.support.engine_samples import day, document
from tests.support.memory_engine import MemoryEngine

#: In an order that is neither that of ids nor that of dates.
DOCUMENTS = [
    document(
        f"n{number * 7 % 40:02}",
        "gold " * (number % 3 + 1) + "filler " * (3 - number % 3),
        published=day(1, 1 + number % 4) if number % 5 else None,
    )
    for number in range(40)
]


@pytest.fixture(scope="module")
def engines(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[WhooshEngine, MemoryEngine]]:
    memory = MemoryEngine()
    with closing(WhooshEngine(tmp_path_factory.mktemp("index"), make=True)) as engine:
        for either in (engine, memory):
            for part in (DOCUMENTS[:15], DOCUMENTS[15:18], DOCUMENTS[18:]):
                either.add(part)
            either.delete(["n03"])
        yield engine, memory


@pytest.mark.parametrize("size", [1, 3, 7, 39, 200])
@pytest.mark.parametrize("sort", ["relevance", "newest", "oldest"])
@pytest.mark.parametrize("tree", [Word("gold"), Everything()], ids=["scored", "not scored"])
def test_pages_are_parts_of_one_list(
    engines: tuple[WhooshEngine, MemoryEngine], tree: Query, sort: Sort, size: int
) -> None:
    engine, memory = engines
    (whole,) = pages(memory, tree, sort, 200)
    assert list(chain(*pages(engine, tree, sort, size))) == whole


def pages(
    engine: WhooshEngine | MemoryEngine, tree: Query, sort: Sort, size: int
) -> list[list[str]]:
    return [
        [
            hit.article.article_id
            for hit in engine.search(
                SearchRequest(tree=tree, sort=sort, limit=size, offset=offset)
            ).hits
        ]
        for offset in range(0, 39, size)
    ]
