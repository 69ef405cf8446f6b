"""Ranking by meaning in the embedded engine: as the oracle does, bounded, and read by readers while others write."""

from __future__ import annotations

from contextlib import closing
from random import Random

import numpy as np
import pytest

from search.engines.protocol.request import Meaning, SearchRequest
from search.engines.registry import open_engine
from search.engines.whoosh_index.evaluate import near
from search.engines.whoosh_index.segment.vectors import VectorFile
from search.query.tree import Group, Word
from tests.support.engine_samples import day, document
from tests.support.memory_engine import MemoryEngine

WORDS = ["gold", "silver", "copper", "iron", "tin", "lead", "zinc"]


@pytest.mark.parametrize("seed", range(4))
def test_it_ranks_as_the_oracle_does(tmp_path, seed):
    random = Random(seed)
    numbers = np.random.default_rng(seed)
    documents = [
        document(f"a{n}", " ".join(random.choices(WORDS, k=random.randint(1, 12))))
        for n in range(40)
    ]
    meaning = Meaning("model 1", tuple(numbers.normal(size=6).tolist()))
    request = SearchRequest(
        tree=Group((Word("gold"), Word("tin"))),
        match="any",
        limit=40,
        rank="semantic",
        meaning=meaning,
        explain=True,
    )
    made = {}
    for each in documents[::2] + documents[:10]:
        vectors = numbers.normal(size=(random.randint(1, 3), 6)).astype(np.float32)
        made[each.article_id] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    found = []
    for engine in (MemoryEngine(), open_engine(f"{tmp_path}/ix", make=True)):
        with closing(engine):
            engine.add(documents[:25])
            engine.add(documents[25:])
            stored = {d.article_id: d for d in engine.without_vectors("model 1")}
            engine.keep_vectors("model 1", [(stored[i], vectors) for i, vectors in made.items()])
            found.append({h.article.article_id: h.score for h in engine.search(request).hits})
    assert found[1] == pytest.approx(found[0], rel=0.01)


def test_only_the_newest_are_compared_and_that_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(near, "COMPARED", 3)
    with closing(open_engine(f"{tmp_path}/ix", make=True)) as engine:
        engine.add([document(f"a{n}", "silver", published=day(1, n + 1)) for n in range(5)])
        stored = list(engine.without_vectors("model 1"))
        engine.keep_vectors("model 1", [(each, np.eye(1, 2, 0)) for each in stored])
        request = SearchRequest(tree=Word("gold"), meaning=Meaning("model 1", (1.0, 0.0)))
        result = engine.near(request, 10)
    assert {hit.article.article_id for hit in result.hits} == {"a2", "a3", "a4"}
    assert "only the newest 3 were compared" in result.notices[0]


def test_a_reader_sees_what_another_writes_and_tidies(tmp_path):
    with (
        closing(open_engine(f"{tmp_path}/ix", make=True)) as writer,
        closing(open_engine(f"{tmp_path}/ix")) as reader,
    ):
        writer.add([document("a", "gold"), document("b", "gold")])
        for each in list(writer.without_vectors("model 1")):
            writer.keep_vectors("model 1", [(each, np.eye(1, 2, 0))])
            assert reader.count_vectors("model 1").articles == 2
        assert reader.count_vectors("model 1").with_vectors == 2
        writer.tidy_vectors("model 1")
        assert reader.count_vectors("model 1").with_vectors == 2
        assert len(list((tmp_path / "ix").glob("*.nsv"))) == 1


def test_what_is_deleted_takes_its_vectors_along(tmp_path):
    with closing(open_engine(f"{tmp_path}/ix", make=True)) as engine:
        engine.add([document("a", "gold"), document("b", "gold"), document("c", "gold")])
        for model, vector in (("model 1", np.eye(1, 64, 0)), ("model 2", np.eye(1, 64, 1))):
            stored = list(engine.without_vectors(model))
            engine.keep_vectors(model, [(each, vector) for each in stored])
        engine.delete(["a"])
        files = [VectorFile(path) for path in (tmp_path / "ix").glob("*.nsv")]
        assert sorted((file.model, file.size) for file in files) == [("model 1", 2), ("model 2", 2)]
        assert engine.vector_models() == ["model 1", "model 2"]
        assert list(engine.vectors("abc", "model 1")) == ["b", "c"]
