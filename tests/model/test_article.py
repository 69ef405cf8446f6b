"""What an article refuses to be made of, and where its paragraphs are."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.model.article import Article, Enrichment, Entities, Entity, paragraph_ranges

DAY = datetime(2024, 11, 13, tzinfo=UTC)


@pytest.mark.parametrize(
    "parts",
    [
        {"article_id": ""},
        {"article_id": "two words"},
        {"article_id": "../etc"},
        {"article_id": "a" * 129},
        {"published": datetime(2024, 11, 13), "published_precision": "day"},
        {"published": DAY.astimezone(timezone(timedelta(hours=1))), "published_precision": "day"},
        {"published": DAY},
        {"published_precision": "day"},
        {"published": DAY, "published_precision": "decade"},
        {"title": "\ud800"},
        {"language": "\udfff"},
        {"authors": ("Ann", "\ud800")},
    ],
    ids=str,
)
def test_what_cannot_be_given_back_unchanged_is_refused(parts: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # which one is for the reader's author to read
        Article(**{"article_id": "a", "title": "", "body": "", **parts})


def test_a_name_that_cannot_be_given_back_unchanged_is_refused() -> None:
    with pytest.raises(ValueError, match="surrogates"):
        Enrichment(Entities(places=(Entity("\ud800"),)))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("", []),
        ("  \n \n", []),
        ("one", ["one"]),
        ("one\ntwo\n", ["one", "two"]),
        ("one\nstill one\n\ntwo\n \n\nthree", ["one\nstill one", "two", "three"]),
        ("one\r\n\r\ntwo", ["one", "two"]),
        ("Wire copy is\nwrapped\n    and indented.\n", ["Wire copy is\nwrapped", "and indented."]),
    ],
    ids=["empty", "blank", "one", "a line each", "blank lines", "crlf", "wire"],
)
def test_paragraphs(body: str, expected: list[str]) -> None:
    assert [body[start:end] for start, end in paragraph_ranges(body)] == expected


@given(st.text(alphabet="ab \n\r\t"))
def test_paragraphs_hold_every_word_once_and_in_order(body: str) -> None:
    ranges = list(paragraph_ranges(body))
    assert " ".join(body[start:end] for start, end in ranges).split() == body.split()
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(ranges))
