"""Lines for the terminal: nothing is lost in wrapping, marks stay where they were, nothing steers it."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from search.highlight.snippets import Marked
from search.model.article import Article
from search.model.errors import QueryError
from search.model.histogram import Histogram, HistogramBin
from search.present.terminal import (
    Style,
    article_lines,
    error_lines,
    histogram_lines,
    page_lines,
    progress_line,
    shown_date,
    visible,
)
from search.service.service import Hit, MarkedArticle, Question, ResultPage

UTC_ZONE = ZoneInfo("UTC")
MARK = re.compile(r"\x1b\[1;31m(.*?)\x1b\[0m")

TEXTS = st.text(st.sampled_from("ab é東京ก\u0301 \n\t\x1b\u202e-"), max_size=80)


def lines(
    text: str, marks: tuple[tuple[int, int], ...] = (), width: int | None = None
) -> list[str]:
    """Return the lines of a paragraph, in colour."""
    article = Article(article_id="x", title="t", body="")
    marked = MarkedArticle(article, Marked("t"), (Marked(text, marks),))
    found = list(article_lines(marked, Style(UTC_ZONE, has_color=True, width=width)))
    return found[2:-2]


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


@given(st.text(max_size=50))
def test_visible_text_has_no_control_characters(text: str) -> None:
    shown = visible(text)

    assert len(shown) == len(text)
    assert not any(unicodedata.category(c) == "Cc" for c in shown)
    assert visible(shown) == shown


@pytest.mark.parametrize(
    ("precision", "zone", "expected"),
    [
        ("year", "UTC", "2024"),
        ("month", "UTC", "2024-11"),
        ("day", "America/New_York", "2024-11-13"),
        ("minute", "Europe/Berlin", "2024-11-13 01:05 CET"),
        ("second", "UTC", "2024-11-13 00:05:09 UTC"),
    ],
)
def test_dates_are_shown_as_exactly_as_they_are_known(
    precision: str, zone: str, expected: str
) -> None:
    instant = datetime(2024, 11, 13, 0, 5, 9, tzinfo=UTC)

    assert shown_date(instant, precision, ZoneInfo(zone)) == expected


@pytest.mark.parametrize("instant", [datetime.min, datetime.max], ids=["first", "last"])
@pytest.mark.parametrize("precision", ["year", "day", "second"])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_ends_of_time_can_be_shown(instant: datetime, precision: str, zone: str) -> None:
    assert shown_date(instant.replace(tzinfo=UTC), precision, ZoneInfo(zone))


@given(text=st.text(max_size=200), start=st.integers(0, 210), length=st.integers(0, 210))
def test_error_is_shown_on_two_short_lines(text: str, start: int, length: int) -> None:
    shown, carets = error_lines(text, QueryError("kind", "message", start, start + length))

    assert shown == visible(shown)
    assert set(carets) <= {" ", "^"}
    assert len(shown) <= 2 + 3 + 30 + 60 + 3


@pytest.mark.parametrize(
    ("count", "hit", "full"),
    [
        (4, "A1, A2, A3, A4", "A1, A2, A3, A4"),
        (5, "A1, A2, A3 and 2 more", "A1, A2, A3, A4, A5"),
        (5000, "A1, A2, A3 and 4,997 more", "A49, A50 and 4,950 more"),
    ],
    ids=str,
)
def test_few_of_many_authors_are_named(count: int, hit: str, full: str) -> None:
    authors = tuple(f"A{number}" for number in range(1, count + 1))
    article = Article(article_id="x", title="t", body="", authors=authors)
    found = Hit(1, 1.0, article, Marked("t"), Marked(""))
    page = ResultPage(
        question=Question(), read_as=(), notices=(), total=1, page=1, page_size=10, took_ms=1.0,
        hits=(found,), facets={},
    )  # fmt: skip

    assert list(page_lines(page, Style(UTC_ZONE), ()))[1].strip() == hit
    shown = list(article_lines(MarkedArticle(article, Marked("t"), ()), Style(UTC_ZONE)))
    assert shown[1].endswith(full)


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_progress_fits_the_window(share: float) -> None:
    line = progress_line(share, 12345, "/a/\x1b[2J" + "long" * 50, 40)

    assert line.startswith("[")
    assert len(line) < 40
    assert "\x1b" not in line


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (None, ["     999  2024  " + "#" * 40, "       1  2025  #", "       0  2026", "   1,234  (no date)"]),
        (30, ["     999  2024  " + "#" * 14, "       1  2025  #", "       0  2026", "   1,234  (no date)"]),
        (10, ["     999  2024  #", "       1  2025  #", "       0  2026", "   1,234  (no date)"]),
    ],
    ids=["piped", "window", "tiny"],
)  # fmt: skip
def test_bars_of_a_histogram_fit_into_the_window(width: int | None, expected: list[str]) -> None:
    counts = {2024: 999, 2025: 1, 2026: 0}
    bins = tuple(
        HistogramBin(date(year, 1, 1), datetime(year, 1, 1, tzinfo=UTC), count)
        for year, count in counts.items()
    )
    found = histogram_lines(Histogram("year", bins, 1234), Style(UTC_ZONE, width=width))
    assert list(found) == ["Articles by year", *expected]
