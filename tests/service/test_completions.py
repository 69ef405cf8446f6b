"""What a query may go on as: words, names, fields, quotation marks, and what each then finds."""

from __future__ import annotations

import pytest

from search.model.article import Entities, Entity
from search.service.completions import MAX_CHARS
from search.service.service import SearchService
from tests.support.documents import document
from tests.support.memory_engine import MemoryEngine


@pytest.fixture(scope="module")
def service():
    reagan = Entities(people=(Entity("Ronald Reagan"),), places=(Entity("Reading"),))
    engine = MemoryEngine()
    engine.add(
        [
            document("a", "The reader reads of harbours", authors=("Rea Tal",), entities=reagan),
            document("b", "Harbour dues", entities=reagan, source="Real News"),
            document("c", "harbour strike", authors=('Ann "Rea" Roe',)),
            document("d", "strikes", language="en"),
        ]
    )
    return SearchService(engine)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (
            "rea",
            [
                "2 reading", "2 reagan", "1 reader", '2 place:"Reading"', '2 person:"Ronald Reagan"',
                '1 author:"Ann Rea Roe"', '1 author:"Rea Tal"',
            ],
        ),
        ("ron rea", ['2 person:"Ronald Reagan"']),
        ("harb", ["3 harbour"]),
        ("HARB", ["3 harbour"]),
        ("strike harb", ["1 strike harbour"]),
        ("(strike OR harb", []),
        ("-harb", ["1 -harbour"]),
        ("person:rea", ['2 person:"Ronald Reagan"']),
        ("people:rea", ['2 person:"Ronald Reagan"']),
        ("dues person:rea", ['1 dues person:"Ronald Reagan"']),
        ("entity:rea", ['2 place:"Reading"', '2 person:"Ronald Reagan"']),
        ('person:"ronald rea', ['2 person:"Ronald Reagan"']),
        ('dues "ronald rea', ['1 dues person:"Ronald Reagan"']),
        ("source:rea", ['1 source:"Real News"']),
        ("title:rea", []),
        ("nothing:rea", []),
        ("zzz", []),
        ("r", []),
        ("", []),
        ("  ", []),
        ("rea " * 20, []),
        ("x" * (MAX_CHARS + 1), []),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else "",
)  # fmt: skip
def test_a_query_goes_on_as(service, typed, expected):
    found = service.completions(typed)
    assert [f"{each.articles} {each.query}" for each in found] == expected


def test_no_more_than_asked_for(service):
    assert len(service.completions("rea", 3)) == 3
