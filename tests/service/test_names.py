"""The names of an index: counted, found by a part or a form, narrowed by a question, a page at a time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from search.engines.protocol.engine import Engine
from search.engines.whoosh_index.engine import WhooshEngine
from search.model.article import Document, Entities, Entity
from search.model.errors import QueryError
from search.model.question import Question, Selection
from search.service import names
from search.service.names import ListedName, NameForm
from search.service.service import SearchService
from tests.support.documents import document
from tests.support.memory_engine import MemoryEngine

KINDS = ("person", "org", "place")


def about(number: int, *, source: str = "Post", **kinds: tuple[Entity, ...]) -> Document:
    return document(
        f"a{number}",
        f"Article {number}",
        source=source,
        published=datetime(2024, 1, number + 1, tzinfo=UTC),
        published_precision="day",
        entities=Entities(**kinds),
    )


AGENCY = Entity("Atomic Energy Agency", (), ("IAEA",))
ARTICLES = (
    about(0, people=(Entity("Joe Biden", (), ("Biden",)),), organisations=(AGENCY,)),
    about(1, people=(Entity("Joe Biden", (), ("Biden", "Mr Biden")), Entity("Zoë Smith"))),
    about(2, people=(Entity("Joe Biden"),), source="Star"),
    about(3, organisations=(Entity("Atomic Energy Agency"),), places=(Entity("Paris"),)),
    about(4, places=(Entity("Lyon", (), ("Lugdunum",)),), source="Star"),
)


@pytest.fixture(params=["memory", "whoosh"])
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SearchService]:
    engine: Engine = MemoryEngine()
    if request.param == "whoosh":
        engine = WhooshEngine(tmp_path / "index", make=True)
    engine.add(ARTICLES)
    yield SearchService(engine)
    engine.close()


def listed(
    service: SearchService, part: str = "", *fields: str, **question: object
) -> list[tuple[str, int]]:
    page = service.names(Question(**question), fields or KINDS, part)  # type: ignore[arg-type]
    return [(each.name, each.articles) for each in page.names]


def test_the_most_frequent_come_first(service: SearchService) -> None:
    assert listed(service) == [
        ("Joe Biden", 3), ("Atomic Energy Agency", 2), ("Lyon", 1), ("Paris", 1), ("Zoë Smith", 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("part", "found"),
    [
        ("BIDEN", ["Joe Biden"]),
        ("bid joe", ["Joe Biden"]),
        ("zoe", ["Zoë Smith"]),
        ("iaea", ["Atomic Energy Agency"]),
        ("lugdunum", ["Lyon"]),
        ("nobody", []),
        ('"', []),
    ],
    ids=[
        "case",
        "parts of words",
        "accents",
        "a form",
        "a form of a rare name",
        "none",
        "no word",
    ],
)
def test_a_text_is_part_of_a_name_or_a_form(
    service: SearchService, part: str, found: list[str]
) -> None:
    assert [name for name, _ in listed(service, part)] == found


def test_only_some_kinds(service: SearchService) -> None:
    assert listed(service, "", "org") == [("Atomic Energy Agency", 2)]


@pytest.mark.parametrize(
    ("question", "count"),
    [
        ({"selections": (Selection("source", ("Post",)),)}, 2),
        ({"start": "2024-01-02"}, 2),
        ({"text": 'org:"atomic energy agency"'}, 1),
    ],
    ids=["source", "days", "query"],
)
def test_counts_are_those_of_the_articles_found(
    service: SearchService, question: dict[str, object], count: int
) -> None:
    assert listed(service, "", "person", **question)[0] == ("Joe Biden", count)


def test_forms_are_counted_in_the_newest_articles(service: SearchService) -> None:
    page = service.names(Question(page_size=1), KINDS)
    forms = (NameForm("Biden", 2), NameForm("Mr Biden", 1))
    assert page.names == (ListedName("person", "Joe Biden", 3, forms, 3),)


REAGANS = [about(n, people=(Entity("Ronald Reagan"),)) for n in range(10)] + [
    about(10, people=(Entity("Reagan", (), ("Mr Reagan",)),))
]


class TestJoinedNames:
    """A name that counts for another across the archive."""

    @pytest.fixture
    def service(self, tmp_path: Path) -> Iterator[SearchService]:
        engine = WhooshEngine(tmp_path / "index", make=True)
        engine.add(REAGANS)
        yield SearchService(engine)
        engine.close()

    def test_is_counted_there_and_its_forms_too(self, service: SearchService) -> None:
        [found] = service.names(Question(), KINDS).names
        assert (found.name, found.articles) == ("Ronald Reagan", 11)
        assert found.forms == (NameForm("Mr Reagan", 1), NameForm("Reagan", 1))
        assert [(j.name, j.counts_for, j.articles) for j in found.joined] == [
            ("Reagan", "Ronald Reagan", 1)
        ]

    def test_is_found_by_a_form_of_its_own(self, service: SearchService) -> None:
        assert listed(service, "mr reagan") == [("Ronald Reagan", 11)]

    def test_is_listed_as_it_is_written(self, service: SearchService) -> None:
        page = service.names(Question(), KINDS, as_written=True)
        assert [(e.name, e.articles) for e in page.names] == [("Ronald Reagan", 10), ("Reagan", 1)]


def test_pages(service: SearchService) -> None:
    page = service.names(Question(page_size=2, page=2), KINDS)
    assert [each.name for each in page.names] == ["Lyon", "Paris"]
    assert page.total == 5
    assert service.names(Question(page_size=2, page=9), KINDS).names == ()


def test_what_was_not_looked_at_is_said(
    service: SearchService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names, "MOST_NAMES", 1)
    page = service.names(Question(), ("person",))
    assert [each.name for each in page.names] == ["Joe Biden"]
    assert page.notices == ("only the 1 most frequent people were looked at",)


def test_a_malformed_query_is_an_error(service: SearchService) -> None:
    with pytest.raises(QueryError):
        service.names(Question(text='"open'), KINDS)
