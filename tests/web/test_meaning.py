"""Ranking by meaning on the page and in the API."""

from __future__ import annotations

import pytest

from search.ingest.embedding import embed_index
from search.model.settings import Settings
from search.service.service import SearchService
from tests.support import topic_model
from tests.support.engine_samples import document
from tests.support.memory_engine import MemoryEngine
from web import create_app


@pytest.fixture
def engine(monkeypatch):
    with topic_model.in_table(monkeypatch):
        engine = MemoryEngine()
        engine.add([document("a", "The bank said"), document("b", "A loan & <b>interest</b>")])
        yield engine


@pytest.fixture
def client(engine):
    return create_app(SearchService(engine, Settings()), Settings()).test_client()


def test_near_in_meaning_is_a_list_of_its_own(engine, client):
    embed_index(engine, "topics")
    answer = client.get("/api/v1/search?q=bank&rank=semantic").get_json()
    assert (answer["total"], [hit["id"] for hit in answer["hits"]]) == (1, ["a"])
    assert [hit["id"] for hit in answer["near"]] == ["b"]
    page = client.get("/search?q=bank&rank=semantic").get_data(as_text=True)
    _, heading, below = page.partition("Near in meaning <")
    assert heading
    assert "A loan &amp; &lt;b&gt;interest" in below
    assert '<a href="/search?q=bank"' in page.partition("By words")[0].rpartition("<li")[2]
    assert "Near in meaning" not in client.get("/search?q=bank").get_data(as_text=True)


@pytest.mark.parametrize("path", ["/search.json", "/api/v1/search"])
def test_it_has_the_keys_that_are_asked_for(engine, client, path):
    embed_index(engine, "topics")
    answer = client.get(f"{path}?q=bank&rank=semantic&fields=id").get_json()
    assert (answer["hits"], answer["near"]) == ([{"id": "a"}], [{"id": "b"}])


@pytest.mark.parametrize("path", ["/search", "/api/v1/search"])
def test_without_vectors_it_is_a_bad_request_that_says_what_to_do(client, path):
    answer = client.get(f"{path}?q=bank&rank=semantic")
    assert answer.status_code == 400
    assert "newssearch embed" in answer.get_data(as_text=True)
