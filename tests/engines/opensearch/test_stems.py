"""What stems weigh in an article: as in the oracle, by whose sentences docs/ranking.md is read."""

from __future__ import annotations

import pytest

from search.engines.opensearch.evaluate.stems import all_weights_of, heaviest, weights_of
from search.engines.opensearch.mapping import layout_of
from search.engines.rescoring.feedback import FORWARD_TERMS
from search.model.article import Document, Entities
from search.model.fields import FIELDS
from tests.support.documents import document
from tests.support.engine_samples import FULL, NEWS, named
from tests.support.memory_engine import MemoryEngine, SearchRequest

DOCUMENTS = [
    *NEWS,
    FULL,
    document("x", "The Houses", "a house, the HOUSE and its housing", language="en"),
    document("y", "Das Haus", "die Häuser und das Haus", language="de"),
    document("z", "Tin", "tin", entities=Entities(people=named("Ann Lee", "Bo Lee"))),
    document("empty"),
]


@pytest.mark.parametrize("each", DOCUMENTS, ids=[each.article_id for each in DOCUMENTS])
def test_weights_are_those_of_the_oracle(each: Document) -> None:
    oracle = MemoryEngine()
    oracle.add(DOCUMENTS)
    evaluation = oracle._evaluate(SearchRequest())
    if each.article_id not in evaluation.documents:
        pytest.skip("nobody sees it")
    layout = layout_of(FIELDS)
    assert all_weights_of(each, layout) == evaluation.all_weights_of(each.article_id)
    assert weights_of(each, layout) == evaluation.weights_of(each.article_id)


def test_the_heaviest_are_the_rarest_of_those_as_frequent():
    weights = {f"w{n:03}": 1 for n in range(FORWARD_TERMS + 10)} | {"often": 9}
    frequencies = dict.fromkeys(weights, 50) | {"w007": 1}
    found = list(heaviest(weights, frequencies, 100))
    assert len(found) == FORWARD_TERMS
    assert set(found[:2]) == {"w007", "often"}
