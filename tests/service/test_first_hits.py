"""Whether no source fills the first page, and how much age counts: what a question and the settings say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from search.engines.protocol.engine import Engine
from search.engines.protocol.request import Recency
from search.engines.protocol.result import Moved
from search.engines.registry import open_engine
from search.model.errors import RequestError
from search.model.question import Question, Selection
from search.model.settings import Settings
from search.present.as_json import page_as_json
from search.service.naming import moved_of
from search.service.recency import recency_of
from search.service.service import SearchService
from tests.support.command_line import in_process
from tests.support.engine_arranging import ranked
from web.app import create_app

MOVED = "3 further hits of R come after the first ten"


@pytest.fixture
def folder(tmp_path: Path) -> str:
    folder = str(tmp_path / "index")
    with closing(open_engine(folder, make=True)) as engine:
        engine.add(ranked("RRRRRABBCDDEEF"))
    return folder


@pytest.fixture
def engine(folder: str) -> Iterator[Engine]:
    with closing(open_engine(folder)) as engine:
        yield engine


@pytest.mark.parametrize(
    ("question", "setting", "is_moved"),
    [
        (Question("gold"), 1, True),
        (Question("gold"), 0, False),
        (Question("gold", diverse=False), 1, False),
        (Question("gold", diverse=True), 0, True),
        (Question("gold", group=False), 1, True),
        (Question("gold", sort="newest"), 1, False),
        (Question("gold", (Selection("source", ("R", "A", "B", "C", "D", "E")),)), 1, False),
        (Question("gold OR source:R"), 1, False),
        (Question(), 1, False),
    ],
    ids=["default", "setting", "off", "on", "not grouped", "by date", "sources chosen", "source in the query", "all"],
)  # fmt: skip
def test_moves_hits_only_where_that_is_wanted(engine, question, setting, is_moved):
    page = SearchService(engine, Settings(diverse=setting)).search(question)
    assert page.moved == ((Moved("R", 3),) if is_moved else ())
    assert moved_of(page) == (MOVED if is_moved else "")
    assert page_as_json(page).get("moved") == ([{"source": "R", "hits": 3}] if is_moved else None)


@pytest.mark.parametrize(
    ("moved", "said"),
    [
        ([Moved("R", 1)], "1 further hit of R comes after the first ten"),
        ([Moved("R", 2), Moved("", 1)], "2 further hits of R and 1 further copy of a story come after the first ten"),
        ([Moved("A", 1), Moved("B", 1), Moved("", 2)], "1 further hit of A, 1 further hit of B and 2 further copies of stories come after the first ten"),
    ],
    ids=["one", "copy", "three"],
)  # fmt: skip
def test_says_what_was_moved(engine, moved, said):
    page = SearchService(engine).search(Question("gold"))._replace(moved=tuple(moved))
    assert moved_of(page) == said


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30d", Recency(30, 0.5)),
        (" 8W ", Recency(56, 0.5)),
        ("2y:0.25", Recency(730.5, 0.25)),
        ("1m:0", Recency(30.4375, 0)),
        ("7d:1.0", Recency(7, 1)),
        ("off", None),
        ("", None),
    ],
)
def test_reads_a_half_life_and_a_floor(text, expected):
    assert recency_of(text) == expected


@pytest.mark.parametrize(
    "text", ["30", "d", "0d", "30d:", "30d:2", "30d:1.5", "30 d", "-1d", "1e3d", "٣d", "9" * 99 + "d"]
)  # fmt: skip
def test_refuses_what_is_no_half_life(engine, text):
    with pytest.raises(RequestError, match="expected a half-life"):
        recency_of(text)
    with pytest.raises(RequestError):
        SearchService(engine).search(Question("gold", recency=text))


def test_a_question_overrules_the_setting_of_recency(engine):
    service = SearchService(engine, Settings(recency="30d"))
    full = SearchService(engine).search(Question("gold")).hits[0].score
    assert service.search(Question("gold")).hits[0].score == pytest.approx(full / 2)
    assert service.search(Question("gold", recency="off")).hits[0].score == pytest.approx(full)


def test_the_command_says_what_was_moved_and_how_to_see_it_otherwise(folder):
    asked = ("query", "gold", "--index", folder, "--rank", "plain")
    shown = in_process(*asked, "--no-joined", "--json")
    assert MOVED + "; --no-diverse lists them as they rank" in shown.stderr
    plain = in_process(*asked, "--no-diverse", "--json")
    ids = [[h["id"] for h in json.loads(each.stdout)["hits"]] for each in (shown, plain)]
    assert ids[0][:3] == ["00", "01", "05"]
    assert ids[1][:3] == ["00", "01", "02"]
    piped = in_process(*asked, "--ids")
    assert piped.stdout.split() == ids[1]
    assert in_process(*asked, "--recency", "soon").returncode == 2


def test_the_page_says_what_was_moved_with_a_link_that_takes_it_back(engine):
    client = create_app(SearchService(engine), Settings()).test_client()
    page = client.get("/search?q=gold").text
    assert MOVED in page
    assert 'href="/search?q=gold&amp;diverse=off"' in page
    plain = client.get("/search?q=gold&diverse=off").text
    assert MOVED not in plain
    assert "of any source" in plain
    assert client.get("/search?q=gold&diverse=maybe").status_code == 400
    assert client.get("/api/v1/search?q=gold&recency=soon").status_code == 400
    assert (
        '<span class="soft">recency</span> <bdi>30d</bdi>'
        in client.get("/search?q=gold&recency=30d").text
    )
