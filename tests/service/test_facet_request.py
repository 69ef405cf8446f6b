"""A facet is read in one way from the command line and from a URL."""

from __future__ import annotations

import pytest

from search.model.errors import RequestError
from search.model.question import FacetRequest
from search.service.facet_request import facet_request


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("author", FacetRequest("author", 7)),
        ("author:20", FacetRequest("author", 20)),
        ("lang:1000", FacetRequest("lang", 1000)),
        ("person:20:ron reag", FacetRequest("person", 20, "ron reag")),
        ("person:: a:b ", FacetRequest("person", 7, "a:b")),
        ("person:20:", FacetRequest("person", 20)),
    ],
    ids=["default-size", "size", "largest", "words", "words-only", "no-words"],
)
def test_facet_and_its_size_are_read(text: str, expected: FacetRequest) -> None:
    assert facet_request(text, 7) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("colour", "unknown facet 'colour'; choose one of author, "),
        ("", "unknown facet ''"),
        ("author:", "facet 'author:': expected a whole number from 1 to 1,000 after the colon, as in author:20"),
        ("author:0", "from 1 to 1,000"),
        ("author:1001", "from 1 to 1,000"),
        ("author:" + "9" * 5000, "from 1 to 1,000"),
        ("author:\u0661", "from 1 to 1,000"),
        ("author:-1", "from 1 to 1,000"),
        ("author:x:5", "from 1 to 1,000"),
        ("author:5:" + "a" * 101, "more than 100 characters"),
    ],
    ids=["unknown", "empty", "no-number", "zero", "too-many", "huge", "other-digits", "negative", "no-size", "long-words"],
)  # fmt: skip
def test_what_cannot_be_asked_for_is_refused_in_few_words(text: str, message: str) -> None:
    with pytest.raises(RequestError) as refused:
        facet_request(text, 7)
    assert message in str(refused.value)
    assert len(str(refused.value)) < 200
