"""Links ask what they were made from, and lead to neighbours."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.model.fields import FIELDS
from search.model.question import FacetRequest, Question, Selection
from web import filters, links
from web.parameters import question_from

PLAIN_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SELECTIONS = st.lists(st.sampled_from(FIELDS.facets), unique=True).flatmap(
    lambda fields: st.tuples(
        *(
            st.builds(
                Selection,
                st.just(field),
                st.lists(PLAIN_TEXT.filter(str.strip), min_size=1, max_size=3, unique=True).map(
                    tuple
                ),
            )
            for field in sorted(fields, key=FIELDS.facets.index)
        )
    )
)
QUESTIONS = st.builds(
    Question,
    text=PLAIN_TEXT,
    selections=SELECTIONS,
    excluded=SELECTIONS,
    start=PLAIN_TEXT.map(str.strip),
    end=PLAIN_TEXT.map(str.strip),
    added_from=PLAIN_TEXT.map(str.strip),
    added_to=PLAIN_TEXT.map(str.strip),
    match=st.sampled_from(["all", "most", "any"]),
    sort=st.sampled_from(["relevance", "newest", "oldest"]),
    page=st.integers(1, 999_999_999),
    cursor=st.just(""),
    page_size=st.integers(0, 100),
    facets=st.lists(
        st.builds(
            FacetRequest,
            st.sampled_from(FIELDS.facets),
            st.integers(1, 1000),
            PLAIN_TEXT.map(str.strip),
        ),
        unique_by=lambda facet: facet.field,
        max_size=3,
    ).map(tuple),
    histogram=st.sampled_from(["", "auto", "month"]),
    explain=st.just(False),
    significant=st.integers(0, 50),
    without=st.lists(st.sampled_from(FIELDS.facets), unique=True).map(tuple),
)


def read_back(url):
    query = parse_qs(urlsplit(url).query, keep_blank_values=True)
    return question_from(query, 10)


@given(question=QUESTIONS)
def test_a_url_asks_the_question_it_was_made_from(question):
    assert read_back(links.search_url(question)) == question


@given(question=QUESTIONS, field=st.sampled_from(FIELDS.facets), value=PLAIN_TEXT.filter(str.strip))
def test_adding_and_removing_a_value_leaves_the_others(question, field, value):
    without = filters.take_back(filters.deselect(question, field, value), field, value)
    assert filters.deselect(filters.select(question, field, value), field, value) == without


def test_plain_questions_have_plain_urls():
    assert links.search_url(Question()) == "/search"
    assert links.search_url(Question(text="a b")) == "/search?q=a+b"


@pytest.mark.parametrize(
    ("current", "last", "numbers"),
    [
        (1, 1, [1]),
        (2, 3, [1, 2, 3]),
        (1, 9, [1, 2, 0, 9]),
        (4, 9, [1, 2, 3, 4, 5, 0, 9]),
        (6, 12, [1, 0, 5, 6, 7, 0, 12]),
        (12, 12, [1, 0, 11, 12]),
        (99, 3, [1, 2, 3]),
    ],
)
def test_pages_around_the_current_one(current, last, numbers):
    found = links.page_links(Question(page=current), last)
    assert [link.number for link in found] == numbers
