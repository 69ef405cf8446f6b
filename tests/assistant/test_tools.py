"""What an assistant's tools answer: bounds, and quotations that stand in the text where they say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.assistant.tools import Tools
from search.model.errors import QueryError, RequestError
from search.service.limits import Limits
from search.service.service import SearchService
from tests.support.documents import document
from tests.support.four_articles import ARTICLES
from tests.support.memory_engine import MemoryEngine


def tools_of(*documents: object) -> Tools:
    engine = MemoryEngine()
    engine.add(documents)
    return Tools(SearchService(engine))


@pytest.fixture(scope="module")
def tools() -> Tools:
    return tools_of(*ARTICLES)


def test_a_search_gives_articles_with_quotations(tools):
    found = tools.search("response")
    assert (found["total"], [hit["id"] for hit in found["hits"]]) == (2, ["bare", "summit"])
    (quotation,) = found["hits"][1]["quotations"]
    assert quotation == {
        "text": "The minister promised a firm response.",
        "start": 0,
        "end": 38,
        "marks": [[29, 37]],
    }


def test_the_cursor_of_an_answer_gives_the_next_articles(tools):
    first = tools.search("*", limit=3)
    second = tools.search("*", limit=3, cursor=first["next_cursor"])
    ids = [hit["id"] for answer in (first, second) for hit in answer["hits"]]
    assert sorted(ids) == ["bare", "oil", "port", "summit"]
    assert second["next_cursor"] is None


def test_filters_and_days_narrow_a_search(tools):
    assert tools.search("*", filters={"author": ["Rich Miller"]})["total"] == 2
    assert tools.search("*", published_from="2024-11-14")["total"] == 1


@given(
    paragraphs=st.lists(
        st.lists(st.sampled_from(["grain", "Odesa,", "the", "é🚀", "a" * 30]), min_size=1, max_size=90)
        .map(" ".join),
        min_size=1,
        max_size=5,
    )
)  # fmt: skip
def test_a_quotation_stands_in_the_text_where_it_says(paragraphs):
    body = "\n\n".join(paragraphs)
    tools = tools_of(document("a", "Grain", body))
    (hit,) = tools.search("grain")["hits"]
    for quotation in hit["quotations"]:
        start, end = quotation["start"], quotation["end"]
        assert body[start:end] == quotation["text"]
        assert 0 < end - start <= Limits().quotation_chars
        read = tools.article("a", start=start, max_chars=end - start)
        assert read["text"] == quotation["text"]
        assert {body[a:b].lower() for a, b in quotation["marks"]} <= {"grain"}
        assert quotation["marks"] or "grain" not in body


def test_an_article_is_read_in_parts(tools):
    first = tools.article("summit", max_chars=10)
    assert (first["text"], first["text_end"], first["text_chars"]) == ("The minist", 10, 64)
    assert first["notices"] == ["54 more characters: ask again with start 10"]
    rest = tools.article("summit", start=10)
    assert (first["text"] + rest["text"]).endswith("Talks went on all night.")
    assert rest["notices"] == []
    beyond = tools.article("summit", start=10_000)
    assert (beyond["text"], beyond["text_start"], beyond["text_end"]) == ("", 64, 64)
    assert first["entities"]["people"] == [{"name": "Antony Blinken", "mentions": 0}]


def test_values_of_a_field_are_counted(tools):
    found = tools.facets("author", "*", limit=1)
    assert (found["values"][0]["value"], found["values"][0]["count"]) == ("Rich Miller", 2)
    assert (found["other"], found["missing"]) == (2, 1)
    named = tools.facets("author", starting_with="wei")["values"]
    assert [each["value"] for each in named] == ["Anna Weiß"]


def test_attention_is_counts_and_shares(tools):
    found = tools.attention(["oil", "odesa"], interval="day")
    assert found["starts"] == ["2024-11-12", "2024-11-13", "2024-11-14"]
    assert found["all_articles"] == [1, 1, 1]
    oil, odesa = found["queries"]
    assert (oil["articles"], odesa["articles"]) == ([0, 0, 1], [1, 0, 0])
    assert odesa["shares"] == [1.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("name", "arguments", "options", "message"),
    [
        ("search", ("*",), {"limit": 21}, "limit 21: expected a whole number from 1 to 20"),
        ("search", ("*",), {"sort": "age"}, "unknown sort 'age'"),
        ("search", ("*",), {"filters": {"colour": ["red"]}}, "unknown facet 'colour'"),
        ("search", ("*",), {"cursor": "x"}, "the cursor cannot be read"),
        ("search", ("(oil",), {}, "never closed"),
        ("search", ("x " * 2000,), {}, "characters"),
        ("facets", ("colour",), {}, "unknown facet 'colour'"),
        ("facets", ("author",), {"limit": 0}, "limit 0: expected"),
        ("facets", ("author",), {"starting_with": "x" * 101}, "more than 100 characters"),
        ("article", ("nowhere",), {}, "no article has the id 'nowhere'"),
        ("article", ("../etc",), {}, "no article has the id"),
        ("article", ("summit",), {"start": -1}, "start -1"),
        ("article", ("summit",), {"max_chars": Limits().assistant_chars + 1}, "max_chars 20001"),
        ("similar", ("nowhere",), {}, "no article has the id"),
        ("attention", (["a"] * 5,), {}, "5 queries: at most 4"),
        ("attention", (["a"],), {"interval": "hour"}, "unknown interval 'hour'"),
    ],
)
def test_what_is_out_of_bounds_is_an_error_that_says_so(tools, name, arguments, options, message):
    with pytest.raises((RequestError, QueryError), match=message):
        getattr(tools, name)(*arguments, **options)
