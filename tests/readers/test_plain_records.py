"""Records of plain values are read without detours, and as all others are."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.model.remark import Remark
from search.readers.keys import keys_of
from search.readers.options import ReadingOptions
from search.readers.plain_records import plain_article
from search.readers.record import RecordReading, article_of
from search.readers.source import Limits, Origin

LIMITS = Limits(max_article_chars=10_000, max_record_chars=20_000, block_bytes=5_000)

PLAIN = {
    "id": "a1",
    "title": "Harbour opens",
    "authors": ["Jane Roe"],
    "published": "2024-11-13",
    "url": "https://example.org/harbour",
    "source": "Example Post",
    "section": "Economy",
    "topics": ["Ports"],
    "language": "en",
    "body": "The harbour opened on Monday.",
}

#: Values that are plain, that look so, and that are not.
VALUES = (
    "", " ", "nan", "N/A", "None", "Nadia Roe", "NORTH AND SOUTH: A DAY", "x < y", "<p>Text</p>", "A &amp; B",
    "cut [+12 chars]", "[1, 2]", "['A', 'B']", " blank ", "7", "7.0", "www.example.org", "//example.org/x", "2024-11-13T10:00:00Z",
    "03/04/2024", "2024-11-13T00:00:00", "\ud800", "Jane Roe and John Doe", "By Jane Roe, Staff", "REUTERS",
    "é" * 300, None, 0, 7, 1.5, True, [], {}, ["Jane Roe", "Jane Roe"], ["Jane Roe", 7], ["Example Post"],
    ["a", ["b"]], {"name": "Jane Roe"}, {"rendered": "A <b>c</b>"}, ["12"], float("nan"),
)  # fmt: skip


def _origin() -> Origin:
    return Origin("made.jsonl", LIMITS, ReadingOptions())


def _said(origin: Origin) -> list[Remark]:
    return origin.remarks.take() + origin.remarks.take_counted()


def _check(record: dict[str, object]) -> None:
    """Check that *record* gives the same article and the same remarks in both ways."""
    quick, slow = _origin(), _origin()
    try:
        expected: object = RecordReading(slow, 3, record).article
    except ValueError as exc:
        expected = type(exc)
    try:
        found: object = article_of(quick, 3, record)
    except ValueError as exc:
        found = type(exc)
    assert found == expected
    assert _said(quick) == _said(slow)


def test_a_record_of_plain_values_takes_the_short_way() -> None:
    plan = keys_of(PLAIN).plan
    assert plan is not None
    assert plain_article(_origin(), 3, PLAIN, plan) == RecordReading(_origin(), 3, PLAIN).article


@pytest.mark.parametrize("more", [{"words": 7}, {"headline": "Other"}, {"byline": "By Jane Roe"}])
def test_a_key_of_which_something_is_to_be_said_has_no_plan(more: dict[str, object]) -> None:
    assert keys_of({**PLAIN, **more}).plan is None


@pytest.mark.parametrize("key", PLAIN)
def test_any_value_is_read_as_without_the_short_way(key: str) -> None:
    for value in VALUES:
        _check({**PLAIN, key: value})


def test_any_two_values_of_texts_are_read_as_without_the_short_way() -> None:
    for title, body in product(VALUES, repeat=2):
        _check({**PLAIN, "title": title, "body": body})


@given(
    st.dictionaries(
        st.sampled_from(list(PLAIN)),
        st.sampled_from(VALUES) | st.text(max_size=20) | st.lists(st.text(max_size=9), max_size=3),
    )
)
def test_a_record_is_read_as_without_the_short_way(values: dict[str, object]) -> None:
    _check({**PLAIN, **values})
    _check(values)
