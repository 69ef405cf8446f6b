"""Words of the first hits in the order of all: pages hold together, and a person sees which words; stop words."""

from __future__ import annotations

import json
from contextlib import closing
from itertools import chain

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search.engines.protocol.request import SearchRequest
from search.engines.rescoring.feedback import scored_words
from search.engines.whoosh_index.engine import WhooshEngine
from search.engines.whoosh_index.evaluate import answer
from search.model.question import Question
from search.model.settings import Settings
from search.query.parser import parse
from search.query.tree import Group, Word
from search.service.service import SearchService
from tests.support.command_line import in_process
from tests.support.engine_samples import document
from web import create_app

METALS = ("gold", "silver", "iron", "copper", "tin", "zinc")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("gold", 1), ("gold mine", 2), ("gold -mine", 1), ('gold "deep mine"', 1), ("gold author:lee", 1),
        ('"gold mine"', 0), ("gold OR mine", 0), ("gold AND mine", 0), ("gold (mine OR pit)", 0),
        ("author:lee", 0), ("gol* mine", 1), ("gold date:2024", 1),
    ],
)  # fmt: skip
def test_applies_to_words_side_by_side(text, words):
    assert scored_words(parse(text).tree) == words


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    found = tmp_path_factory.mktemp("feedback") / "index"
    bodies = [
        " ".join(METALS[(number * step) % 6] for step in range(1, 2 + number % 5))
        for number in range(60)
    ]
    with closing(WhooshEngine(found, make=True)) as engine:
        engine.add(
            # Longer ones that are alike are copies.
            document(f"{number:02}", (body + " ") * (1 if number % 3 else 8))
            for number, body in enumerate(bodies)
        )
    return found


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    words=st.lists(st.sampled_from(METALS), min_size=1, max_size=3),
    rescored=st.integers(1, 70),
    size=st.integers(1, 30),
    group=st.booleans(),
)
def test_pages_are_parts_of_one_list(folder, monkeypatch, words, rescored, size, group):
    monkeypatch.setattr(answer, "RESCORED", rescored)
    tree = Group(tuple(map(Word, words))) if len(words) > 1 else Word(words[0])
    request = SearchRequest(tree=tree, match="any", rank="feedback", group=group, limit=size)
    with closing(WhooshEngine(folder)) as engine:
        whole = engine.search(request._replace(limit=100))
        pages = [
            engine.search(request._replace(offset=offset)).hits for offset in range(0, 100, size)
        ]
        plain = engine.search(request._replace(limit=100, rank="plain"))
    ids = [hit.article.article_id for hit in whole.hits]
    assert [hit.article.article_id for hit in chain(*pages)] == ids
    assert len(set(ids)) == len(ids) == (whole.stories if group else whole.total)
    assert whole.total == plain.total
    assert whole.stories == plain.stories
    scores = [hit.score for hit in whole.hits]
    assert scores == sorted(scores, reverse=True)
    if not group:
        assert set(ids) == {hit.article.article_id for hit in plain.hits}
        assert ids[rescored:] == [hit.article.article_id for hit in plain.hits][rescored:]


def test_explains_which_words_were_taken_up(tmp_path):
    with closing(WhooshEngine(tmp_path / "index", make=True)) as engine:
        engine.add(
            [document("a", "gold mines and the shafts"), document("b", "gold"), document("c", "x")]
        )
        page = SearchService(engine).search(Question("gold", explain=True))
        assert {each.word for each in page.weighed} == {"gold", "mines", "shafts"}
        assert sum(each.share for each in page.weighed) == pytest.approx(1)
        assert SearchService(engine).search(Question("gold")).weighed == ()
    asked = ("query", "gold", "--index", str(tmp_path / "index"), "--explain")
    assert "also weighed, from the first ten hits: " in in_process(*asked).stdout
    found = json.loads(in_process(*asked, "--json").stdout)
    assert {each["word"] for each in found["also_weighed"]} == {"gold", "mines", "shafts"}


def test_the_page_and_the_api_say_so(folder):
    with closing(WhooshEngine(folder)) as engine:
        client = create_app(SearchService(engine), Settings()).test_client()
        assert (
            "Also weighed, from the first ten hits: "
            in client.get("/search?q=gold&explain=on").text
        )
        assert "Also weighed" not in client.get("/search?q=gold").text
        found = client.get("/api/v1/search?q=gold&explain=on").get_json()
        assert found["also_weighed"]
        assert found["hits"][0]["contributions"]
        assert client.get("/search?q=gold&rank=best").status_code == 400


def test_stop_words_match_and_score_nothing_beside_others(tmp_path):
    with closing(WhooshEngine(tmp_path, make=True)) as engine:
        engine.add(
            [document("a", "the who who who gold"), document("b", "gold"), document("c", "who")]
        )
        service = SearchService(engine)
        found = service.search(Question("who gold", rank="plain", explain=True))
        assert [hit.article.article_id for hit in found.hits] == ["a"]
        assert [part.clause for part in found.hits[0].contributions] == ["gold"]
        only = service.search(Question("the who", match="any", rank="plain"))
        assert {hit.article.article_id for hit in only.hits} == {"a", "c"}
        assert all(hit.score > 0 for hit in only.hits)
