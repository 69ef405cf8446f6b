"""Which other spellings of a query's words an index has: what is found, said, marked, and what is kept apart."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from search.engines.protocol.engine import Engine, KnowsWords
from search.engines.registry import open_engine
from search.model.errors import QueryTimeout
from search.model.question import Question
from search.query.parser import parse
from search.query.render import render
from search.service.limits import LOOKED_UP
from search.service.service import SearchService
from search.service.spellings import Spellings
from tests.support.engine_samples import document
from tests.support.memory_engine import MemoryEngine

ARTICLES = (
    document("a", "An F-16 and wi-fi; COVID-19, MH-17, law-breakers, co-operation on-line."),
    document("b", "An F16 and wifi; COVID19, MH17, lawbreakers, cooperation online."),
    document("c", "Two F-16s landed. COVID 19. It may be so, day-to-day, and he came in to stay."),
    document("d", "Maybe today, into town. The resort is open from 20 to 2020."),
    document(
        "e",
        "They re-sort it, and re-elect him. A 16-bit chip, 20-20 vision. MiG-29s, H-1B, x-rays, a B-52.",
    ),
    document("f", "Der Schlüter aus Köln, sagte Müller in Århus. Ein Pot."),
    document("g", "Mueller aus Koeln in Aarhus, a poet from Israel. Reelect him."),
    document("h", "L'Oréal und Loreal; Frau Boehm, Frau Jaeger und Samuel Kuenast."),
)


@pytest.fixture(params=["memory", "whoosh"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    opened = (
        MemoryEngine()
        if request.param == "memory"
        else open_engine(str(tmp_path / "ix"), make=True)
    )
    with closing(opened) as engine:
        engine.add(ARTICLES)
        yield engine


def found(engine: Engine, query: str) -> str:
    page = SearchService(engine).search(Question(query, group=False))
    assert page.total == len(page.hits)
    return "".join(sorted(hit.article.article_id for hit in page.hits))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("f-16", "abc"),
        ("F16", "abc"),
        ("f16s", "abc"),
        ("f-16s", "abc"),
        ("wifi", "ab"),
        ("wi-fi", "ab"),
        ("covid-19", "abc"),
        ("covid19", "abc"),
        ("mh17", "ab"),
        ("lawbreakers", "ab"),
        ("lawbreaker", "ab"),
        ("law-breaker", "ab"),
        ("cooperate", "ab"),
        ("co-operations", "ab"),
        ("online", "ab"),
        ("mig29", "e"),
        ("h1b", "e"),
        ("xray", "e"),
        ("b52s", "e"),
        ("reelect", "eg"),
        ("re-elected", "eg"),
        ("schlueter", "f"),
        ("Müller", "fg"),
        ("muller", "fg"),
        ("mueller", "fg"),
        ("köln", "fg"),
        ("koeln", "fg"),
        ("århus", "fg"),
        ("aarhus", "fg"),
        ("arhus", "fg"),
        ("böhm", "h"),
        ("bohm", "h"),
        ("jäger", "h"),
        ("kunast", "h"),
        ("loreal", "h"),
        ("body:mueller", "fg"),
        ("wifi -covid19", ""),
        ("wifi OR maybe", "abd"),
        ("-wifi", "cdefgh"),
    ],
)
def test_either_spelling_finds_both(engine, query, expected):
    assert found(engine, query) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('"wifi"', "b"),
        ('"wi-fi"', "a"),
        ('"mueller"', "g"),
        ("maybe", "d"),
        ("today", "d"),
        ("into", "d"),
        ("resort", "d"),
        ("re-sort", "e"),
        ("2020", "d"),
        ("20-20", "e"),
        ("poet", "g"),
        ("pot", "f"),
        ("title:wifi", ""),
        ("wif*", "b"),
    ],
)
def test_what_is_no_other_spelling_is_kept_apart(engine, query, expected):
    assert found(engine, query) == expected


def test_how_it_was_read_is_said_and_all_is_marked(engine):
    page = SearchService(engine).search(Question("wifi landed", match="any", group=False))
    assert [(clause.text, clause.count) for clause in page.read_as] == [
        ("wifi OR wi-fi", 2),
        ("landed", 1),
    ]
    marked = {hit.article.article_id: hit.snippet for hit in page.hits}
    texts = {key: [m.text[a:b] for a, b in m.marks] for key, m in marked.items()}
    assert texts == {"a": ["wi-fi"], "b": ["wifi"], "c": ["landed"]}
    article = SearchService(engine).article("a", "wifi")
    assert article
    assert [p.text[a:b] for p in article.paragraphs for a, b in p.marks] == ["wi-fi"]


def test_what_was_read_reads_as_a_query_again(engine):
    tree, _ = Spellings(engine).spelled(parse("wifi maybe").tree, "wifi maybe")
    assert render(tree) == "(wifi OR wi-fi) maybe"
    assert found(engine, render(tree).replace("maybe", "")) == "ab"


def test_all_ways_to_ask_find_the_same(engine):
    service = SearchService(engine)
    question = Question("wifi")
    assert {article_id for article_id, _ in service.ranking(question, 10)} == {"a", "b"}
    assert set(service.matching(question).ids) == {"a", "b"}


def test_what_an_index_gains_is_found_at_once(engine):
    service = SearchService(engine)
    assert service.search(Question("warhead")).total == 0
    engine.add([document("x", "A war-head."), document("y", "A warhead.")])
    assert service.search(Question("warhead", group=False)).total == 2


def test_an_engine_that_knows_words_counts_as_queries_do(engine):
    if isinstance(engine, KnowsWords):
        before = engine.generation()
        assert engine.generation() == before
        assert engine.frequencies(["wifi", "lawbreaker", "f", "nowhere"]) == [1, 1, 2, 0]
        engine.add([document("x", "wifi")])
        assert engine.generation() != before
        assert engine.frequencies(["wifi"]) == [2]


def test_only_so_many_words_are_looked_up(engine):
    text = " ".join(["oil"] * (LOOKED_UP - 1) + ["gas", "wifi"])
    tree, notices = Spellings(engine).spelled(parse(text).tree, text)
    assert render(tree) == text
    assert notices == (f"other spellings were looked for of the first {LOOKED_UP} words only",)


def test_a_slow_engine_is_not_waited_for(engine, monkeypatch):
    def late(*_: object) -> None:
        raise QueryTimeout("late")

    monkeypatch.setattr(engine, "search", late)
    tree, notices = Spellings(engine).spelled(parse("wi-fi").tree, "wi-fi")
    assert render(tree) == "wi-fi"
    assert notices == ("this search takes long, so not all other spellings were looked for",)
