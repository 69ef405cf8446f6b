"""Questions are read from the parameters of a URL."""

from __future__ import annotations

import pytest

from search.model.errors import RequestError
from search.model.question import FacetRequest, Question, Selection
from web.parameters import parameters_for, question_from, reject_unknown


@pytest.mark.parametrize("number", ["0", "-1", "1.5", "+1", "1_0", "٣", " 1", "1e3", "9" * 16])
def test_page_numbers_are_plain_digits(number):
    with pytest.raises(RequestError, match="page"):
        question_from({"page": [number]}, 10)


def read(**parameters: list[str]) -> Question:
    return question_from(parameters, 10)


def test_values_of_a_field_are_alternatives_and_blank_ones_none() -> None:
    question = read(author=["Ann Lee", " ", "Bob Ray", "Ann Lee"], org=["NATO"])
    assert question.selections == (
        Selection("author", ("Ann Lee", "Bob Ray")),
        Selection("org", ("NATO",)),
    )


@pytest.mark.parametrize(
    ("parameters", "facet"),
    [
        ({"find_person": ["ron"]}, FacetRequest("person", 5, "ron")),
        ({"facet": ["person:20:ron"]}, FacetRequest("person", 20, "ron")),
        ({"facet": ["person:20:ron"], "find_person": ["jo"]}, FacetRequest("person", 5, "jo")),
        ({"facet": ["person:20"], "find_person": [" "]}, FacetRequest("person", 20)),
    ],
    ids=["form", "link", "both", "blank"],
)
def test_what_a_facet_is_searched_for_is_read(
    parameters: dict[str, list[str]], facet: FacetRequest
) -> None:
    question = question_from(parameters, 5)

    assert question.facets == (facet,)
    assert question_from({"facet": [dict(parameters_for(question))["facet"]]}, 7) == question


def test_last_size_of_a_facet_counts() -> None:
    question = read(facet=["author", "source:3", "author:20"])
    assert question.facets == (FacetRequest("author", 20), FacetRequest("source", 3))


@pytest.mark.parametrize("name", ["q", "from", "page", "sort"])
def test_a_parameter_of_one_value_is_given_once(name: str) -> None:
    with pytest.raises(RequestError, match=f"{name} is given 2 times"):
        question_from({name: ["1", "2"]}, 10)


@pytest.mark.parametrize(
    ("known", "message"),
    [
        (("q", "page"), "unknown parameter 'color'; choose from q, page"),
        ((), "this address takes none"),
    ],
    ids=["some", "none"],
)
def test_unknown_parameter_is_named_with_the_known_ones(
    known: tuple[str, ...], message: str
) -> None:
    with pytest.raises(RequestError, match=message):
        reject_unknown(["color"], known)
