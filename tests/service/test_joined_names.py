"""What an answer says of names that are counted as one."""

from __future__ import annotations

import pytest

from search.model.article import Entities, Entity
from search.model.question import Question, Selection
from search.service.service import SearchService
from tests.support.documents import document
from tests.support.engine_names import ARTICLES, few_are_enough
from tests.support.memory_engine import MemoryEngine


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> SearchService:
    few_are_enough(monkeypatch)
    engine = MemoryEngine()
    engine.add(ARTICLES)
    return SearchService(engine)


def choosing(name: str, **changes: object) -> Question:
    return Question(selections=(Selection("person", (name,)),), **changes)  # type: ignore[arg-type]


def test_choosing_a_name_says_what_it_counts_too(service):
    page = service.search(choosing("mara ilven"))
    assert page.total == 5
    assert page.notices == ("“Mara Ilven” counts also “Ilven” (3 articles, 2024-05 to 2024-06)",)


def test_choosing_a_short_name_says_whom_it_counts_for(service):
    page = service.search(choosing("Ilven"))
    assert page.total == 1
    assert page.notices == (
        "“Ilven” counts for “Mara Ilven” (3 articles, 2024-05 to 2024-06); here are the others",
    )


def test_names_can_be_shown_apart(service):
    (apart,) = service.search(choosing("Mara Ilven", page=2)).beyond
    assert (apart.text, apart.total) == ("the same with names as they are written", 3)
    assert apart.question == choosing("Mara Ilven", joined=False)
    page = service.search(apart.question)
    assert (page.total, page.notices, page.beyond) == (3, (), ())


def test_names_that_find_nothing_apart_are_not_offered_so(service):
    page = service.search(choosing("Mara Ilven", text="zeppelin"))
    assert (page.total, page.beyond) == (0, ())


@pytest.mark.parametrize("text", ['person:"mara ilven"', 'entity:"Mara Ilven"'])
def test_a_search_for_words_says_how_much_more_counts_for_the_name(service, text):
    page = service.search(Question(text))
    assert page.total == 3
    assert page.notices == ("2 articles more count for “Mara Ilven” and have only “Ilven”",)
    (more,) = page.beyond
    assert (more.text, more.total) == ("all that counts for “Mara Ilven”", 5)
    assert service.search(more.question).total == 5


@pytest.mark.parametrize(
    "question",
    [
        Question(),
        Question("mara ilven"),
        Question("title:ilven"),
        Question("person:ilven"),
        choosing("Bo Tarn"),
        Question(selections=(Selection("source", ("Ilven",)),)),
    ],
    ids=["all", "words", "title", "the short name", "another name", "another facet"],
)
def test_other_questions_say_nothing_of_it(service, question):
    page = service.search(question)
    assert page.beyond == ()
    assert not [notice for notice in page.notices if "count" in notice]


@pytest.mark.parametrize(
    ("question", "is_said"),
    [
        (Question("person:nobody"), True),
        (Question("entity:nobody x"), True),
        (choosing("Nobody"), True),
        (Question("nobody"), False),
        (Question("title:nobody"), False),
        (Question("person:ada"), False),
    ],
    ids=["word", "any kind", "chosen", "no field", "another field", "found"],
)
def test_a_name_that_nobody_has_leads_to_articles_without_a_search_for_names(question, is_said):
    engine = MemoryEngine()
    engine.add([document("a", entities=Entities((Entity("Ada"),))), document("b"), document("c")])
    said = "names were not looked for in 2 of 3 articles"
    assert (said in SearchService(engine).search(question).notices) == is_said
