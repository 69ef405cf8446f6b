"""Runs of newssearch embed over an engine: what gets vectors, what is left of it, and what Ctrl-C leaves."""

from __future__ import annotations

import signal
from contextlib import closing

import pytest

from search.engines.protocol.engine import VectorCount
from search.engines.registry import open_engine, open_rebuild
from search.ingest import embedding
from search.ingest.embedding import embed_index
from search.ingest.rebuild import rebuild_index
from search.model.errors import RequestError
from search.model.settings import Settings
from tests.support import topic_model
from tests.support.engine_samples import document

TEXTS = {"a": "The bank said", "b": "A storm came", "c": "", "d": "gold " * 64 * 150 + "more"}


@pytest.fixture(autouse=True)
def _topics(monkeypatch):
    with topic_model.in_table(monkeypatch):
        yield


@pytest.fixture(params=["memory", "whoosh"])
def engine(request, tmp_path):
    with topic_model.engine_with(request.param, tmp_path, TEXTS) as opened:
        yield opened


def test_each_article_gets_a_vector_for_each_passage(engine):
    report = embed_index(engine, "topics")
    assert (report.model, report.articles, report.before) == ("topics 1", 4, 0)
    assert (report.embedded, report.passages, report.too_long) == (4, 66, 1)
    found = engine.vectors("abcd", "topics 1")
    assert {i: len(rows) for i, rows in found.items()} == {"a": 1, "b": 1, "c": 0, "d": 64}


def test_a_second_run_makes_only_what_is_missing(engine):
    embed_index(engine, "topics")
    engine.add([document("a", "Another bank"), document("e", "A club")])
    topic_model.given.clear()
    report = embed_index(engine, "topics")
    assert (report.articles, report.before, report.embedded) == (5, 3, 2)
    assert topic_model.given == [["Another bank", "A club"]]
    assert embed_index(engine, "topics").embedded == 0


@pytest.mark.parametrize(("made_for", "count"), [("en", 3), ("de", 2), ("", 0)])
def test_articles_in_languages_that_the_model_was_not_made_for_are_counted(
    engine, monkeypatch, made_for, count
):
    languages = {"e": "de", "f": "uk", "g": "de-AT", "h": "en-GB", "i": ""}
    engine.delete([*TEXTS])
    engine.add(document(i, "A club", language=code) for i, code in languages.items())
    row = topic_model.ROW._replace(language=made_for)
    monkeypatch.setattr("search.enrich.embeddings.models.MODELS", (row,))
    assert embed_index(engine, "topics").in_other_languages == count


def test_another_version_makes_all_anew_and_the_old_ones_go(engine, monkeypatch):
    embed_index(engine, "topics")
    monkeypatch.setattr(topic_model, "own_version", "2")
    report = embed_index(engine, "topics")
    assert (report.embedded, report.replaced) == (4, ("topics 1",))
    assert list(engine.vector_models()) == ["topics 2"]


def test_an_unknown_model_changes_nothing(engine):
    with pytest.raises(RequestError):
        embed_index(engine, "bert")
    assert list(engine.vector_models()) == []


def test_ctrl_c_keeps_what_was_made_and_the_next_run_goes_on(engine, monkeypatch):
    monkeypatch.setattr(embedding, "PASSAGES_AT_ONCE", 1)
    noticed = []

    def press(done: int, articles: int) -> None:
        if done == 2:
            signal.raise_signal(signal.SIGINT)

    report = embed_index(
        engine, "topics", on_progress=press, on_interrupt=lambda: noticed.append(1)
    )
    assert report.is_interrupted
    assert noticed == [1]
    assert engine.count_vectors("topics 1") == VectorCount(4, report.embedded)
    rest = embed_index(engine, "topics")
    assert rest.before == report.embedded
    assert rest.before + rest.embedded == 4


def test_it_commits_as_it_goes(engine, monkeypatch):
    monkeypatch.setattr(embedding, "PASSAGES_AT_ONCE", 1)
    monkeypatch.setattr(embedding, "COMMIT_ARTICLES", 1)
    seen = []
    embed_index(
        engine,
        "topics",
        on_progress=lambda done, _: seen.append(engine.count_vectors("topics 1").with_vectors),
    )
    assert seen == [1, 2, 3, 4]


def test_a_rebuild_keeps_them(tmp_path):
    where = f"{tmp_path}/ix"
    with closing(open_engine(where, make=True)) as engine:
        engine.add(document(i, text) for i, text in TEXTS.items())
        embed_index(engine, "topics")
    rebuild_index(open_rebuild(where, Settings()), entities="none")
    with closing(open_engine(where)) as engine:
        assert engine.count_vectors("topics 1") == VectorCount(4, 4)


def test_a_damaged_file_is_named(tmp_path):
    with closing(open_engine(f"{tmp_path}/ix", make=True)) as engine:
        engine.add(document(i, text) for i, text in TEXTS.items())
        embed_index(engine, "topics")
        [path] = (tmp_path / "ix").glob("*.nsv")
        content = bytearray(path.read_bytes())
        content[64] ^= 0xFF
        path.write_bytes(content)
        assert engine.verify() == (f"{path}: column ids fails its checksum",)
