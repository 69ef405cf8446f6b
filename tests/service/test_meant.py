"""What may be meant where few articles are found: words of the index that far more of them have, and that are spelt nearly so."""

from __future__ import annotations

import pytest

from search.model.errors import QueryTimeout
from search.model.question import Question
from search.service.limits import Limits
from search.service.service import SearchService
from tests.support.documents import document
from tests.support.memory_engine import MemoryEngine


def service(engine=None, **limits):
    engine = engine or MemoryEngine()
    engine.add(
        [
            *(document(f"m{n}", f"missile number {n}", "harbour cat") for n in range(40)),
            document("typo", "A missle over the harbour"),
            *(document(f"port{n}", f"port in the harbur {n}") for n in range(4)),
            document("hat", "hat"),
        ]
    )
    return SearchService(engine, limits=Limits(**limits))


@pytest.mark.parametrize(
    ("text", "meant", "total"),
    [
        ("missle", "missile", 40),
        ("missle harbour", "missile harbour", 40),
        ("missle -port", "missile -port", 40),
        ("missle harbur OR missle", "missile (harbur OR missile)", 40),
        ("title:missle", "title:missile", 40),
    ],
    ids=["a word", "beside others", "beside a minus", "several times", "in a field"],
)
def test_a_word_that_far_more_articles_have_may_be_meant(text, meant, total):
    page = service().search(Question(text))
    assert page.total
    assert (page.meant.question.text, page.meant.total) == (meant, total)


@pytest.mark.parametrize(
    "question",
    [
        Question("missile"),
        Question("port"),
        Question('"missle"'),
        Question("hat"),
        Question("harbour -missle", match="all", page=2),
        Question("missle", page=2),
        Question("missle port", match="all"),
        Question("typo"),
    ],
    ids=["frequent", "nothing near", "quoted", "short", "under a minus", "a later page", "not together", "nothing"],
)  # fmt: skip
def test_else_nothing_else_is_meant(question):
    assert service().search(question).meant is None


def test_how_few_and_how_much_more_is_handed_in():
    assert service(few=1).search(Question("missle")).meant is None
    assert service(meant_times=41).search(Question("missle")).meant is None
    assert service(meant_times=40).search(Question("missle")).meant is not None


def test_a_timeout_leaves_the_answer_and_is_said():
    class Slow(MemoryEngine):
        def spellings(self, form, limit=3):
            raise QueryTimeout("it took longer than 3,000 ms")

    page = service(Slow()).search(Question("missle"))
    assert (page.total, page.meant) == (1, None)
    assert page.notices == ("this search took long, so other spellings were not looked for",)
