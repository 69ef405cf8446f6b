"""Wrapping loses nothing and fits the window, and marks stay on their words."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from search.highlight.marked import Marked
from search.present.terminal.lines import Style, wrapped
from search.present.terminal.safe import visible

MARK = re.compile(r"\x1b\[1;31m(.*?)\x1b\[0m")

TEXTS = st.text(st.sampled_from("ab é東京ก\u0301 \n\t\x1b\u202e-"), max_size=80)


def lines(
    text: str, marks: tuple[tuple[int, int], ...] = (), width: int | None = None
) -> list[str]:
    """Return the lines of a text, in colour."""
    return list(wrapped(Marked(text, marks), Style(UTC, has_color=True, width=width)))


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("one two three", 9, ["one two", "three"]),
        ("one two three", None, ["one two three"]),
        ("one    two\n   three", 9, ["one two", "three"]),
        ("unbreakable-words-are-cut", 12, ["unbreakable-", "words-are-cu", "t"]),
        ("東京都は東京都", 12, ["東京都は東京", "都"]),
        ("e\u0301" * 12, 12, ["e\u0301" * 12]),
    ],
    ids=["words", "piped", "blanks", "long-word", "wide", "combining"],
)
def test_wrapping(text: str, width: int | None, expected: list[str]) -> None:
    assert lines(text, width=width) == expected


@pytest.mark.parametrize(
    ("text", "marks", "expected"),
    [
        ("a firm response came", ((2, 15),), ["firm response"]),
        ("a firm   \n response came", ((2, 19),), ["firm response"]),
        ("one    two    three", ((7, 10), (14, 19)), ["two", "three"]),
    ],
    ids=["phrase", "over-blanks", "after-blanks"],
)
def test_marks_stay_on_their_words(
    text: str, marks: tuple[tuple[int, int], ...], expected: list[str]
) -> None:
    assert MARK.findall(" ".join(lines(text, marks))) == expected


def test_mark_goes_on_in_the_next_line() -> None:
    found = lines("a firm response came", ((2, 15),), width=10)

    assert [MARK.findall(line) for line in found] == [["firm"], ["response"], []]


@example(text=" aaaaaa京京", width=10)
@given(text=TEXTS, width=st.integers(10, 30))
def test_wrapping_loses_nothing_and_fits(text: str, width: int) -> None:
    found = lines(text, width=width)
    wanted = "".join(visible(text).split())

    assert "".join("".join(found).split()) == wanted
    assert all(columns(line) <= width for line in found)


@given(text=TEXTS, marks=st.data())
def test_marked_words_are_those_of_the_text(text: str, marks: st.DataObject) -> None:
    start = marks.draw(st.integers(0, len(text)))
    end = marks.draw(st.integers(start, len(text)))
    found = "".join(MARK.findall("".join(lines(text, ((start, end),)))))

    assert "".join(found.split()) == "".join(visible(text[start:end]).split())


def columns(line: str) -> int:
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in line
    )
