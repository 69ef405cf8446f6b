"""Names are asked for as typed where their stem is that of far more frequent words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from search.engines.protocol.engine import Engine
from search.engines.whoosh_index.engine import WhooshEngine
from search.model.question import Question
from search.service.limits import LOOKED_UP
from search.service.service import SearchService
from tests.support.engine_samples import document
from tests.support.memory_engine import MemoryEngine

ARTICLES = [
    document("orly", "A strike at Orly ended."),
    document("or", "Ten or twelve ships."),
    document("chang", "Minister Chang spoke."),
    *[document(f"change{n}", "Much will change.") for n in range(12)],
    document("americans", "Two Americans came."),
    *[document(f"american{n}", "An American ship.") for n in range(12)],
    document("raked", "He raked leaves.", title="Leaves"),
    document("rakes", "A rake.", title="Rakete", language="de"),
]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with closing(WhooshEngine(tmp_path_factory.mktemp("index"), make=True)) as opened:
        opened.add(ARTICLES)
        yield opened


def answer(engine: Engine, text: str) -> tuple[int, tuple[str, ...]]:
    page = SearchService(engine).search(Question(text))
    return page.total, tuple(n for n in page.notices if "as typed" in n)


@pytest.mark.parametrize(
    ("text", "total"),
    [("Orly", 1), ("Chang", 1), ("Minister Chang", 1), ("title:Orly", 0), ("body:Chang", 1)],
)
def test_a_name_is_asked_for_as_typed(engine: Engine, text: str, total: int) -> None:
    found, notices = answer(engine, text)
    assert found == total
    assert len(notices) == 1


@pytest.mark.parametrize(
    ("text", "total"),
    [
        ("orly", 2),
        ("ORLY", 2),
        ("chang", 13),
        ("Americans", 13),
        ("American", 13),
        ("Change", 13),
        ('"Orly"', 1),
        ("Leaves", 1),
        ("Nowhere", 0),
        ("Raked leaves", 1),
    ],
    ids=[
        "lower case", "all capitals", "a name in lower case", "plural", "singular", "the frequent one",
        "in quotes", "no other form", "in no article", "forms of another language",
    ],
)  # fmt: skip
def test_other_words_are_asked_for_in_all_forms(engine: Engine, text: str, total: int) -> None:
    assert answer(engine, text) == (total, ())


def test_the_notice_says_what_is_left_out_and_how_to_have_it(engine: Engine) -> None:
    assert answer(engine, "Chang in town")[1] == (
        "'Chang' was searched for as typed, and not as a form of 'change', which is in 12 articles; "
        "in small letters, 'chang', it finds these too",
    )


def test_a_name_beyond_those_looked_up_is_said_to_be_one(engine: Engine) -> None:
    many = " OR ".join(["Nowhere"] * LOOKED_UP)
    found = SearchService(engine).search(Question(f"{many} OR Chang"))
    assert found.total == 13
    assert f"of the first {LOOKED_UP} names only" in " ".join(found.notices)
    exactly = SearchService(engine).search(Question(many))
    assert "names only" not in " ".join(exactly.notices)


def test_an_engine_that_does_not_know_its_words_finds_all_forms() -> None:
    memory = MemoryEngine()
    memory.add(ARTICLES)
    assert answer(memory, "Orly") == (2, ())
