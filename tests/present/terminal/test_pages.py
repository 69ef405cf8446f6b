"""Hits, articles and histograms as lines: few of many names, bars that fit."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from search.highlight.marked import Marked
from search.model.article import Credit
from search.model.histogram import Histogram, HistogramBin
from search.model.question import Question
from search.present.terminal.lines import Style
from search.present.terminal.pages import article_lines, histogram_lines, page_lines
from search.service.answer import Hit, MarkedArticle, ResultPage
from tests.support.documents import document


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
    article = document("x", title="t", body="", authors=authors)
    found = Hit(1, 1.0, article, Marked("t"), Marked(""))
    page = ResultPage(
        question=Question(), read_as=(), notices=(), total=1, page=1, page_size=10, took_ms=1.0,
        hits=(found,), facets={},
    )  # fmt: skip

    assert list(page_lines(page, Style(UTC), ()))[1].strip() == hit
    shown = list(article_lines(MarkedArticle(article, Marked("t"), ()), Style(UTC)))
    assert shown[1].endswith(full)


def test_who_is_no_author_and_the_names_as_read_stand_below_the_text() -> None:
    article = document(
        "x",
        title="t",
        byline="J. Roe, photos Cy Fox",
        authors=("Jane Roe",),
        authors_as_read=("J. Roe",),
        credits=(Credit("Cy Fox", "photos"), Credit("Bo Ray", "editing")),
    )
    shown = list(article_lines(MarkedArticle(article, Marked("t"), ()), Style(UTC)))
    assert {
        "Byline as printed: J. Roe, photos Cy Fox",
        "Credits: Cy Fox (photos), Bo Ray (editing)",
        "Authors as read: J. Roe",
    } <= set(shown)


@pytest.mark.parametrize(
    ("origin", "line"), [("", "Language: de"), ("detected", "Language (detected): de")]
)
def test_topics_collection_and_language_stand_below_an_article(origin: str, line: str) -> None:
    article = document(
        "x", topics=("Trade", "Quays"), collection="Dump 2024", language="de", language_from=origin
    )
    shown = list(article_lines(MarkedArticle(article, Marked("t"), ()), Style(UTC)))
    assert {"Topics: Trade, Quays", "Collection: Dump 2024", line} <= {*shown}


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
    found = histogram_lines(Histogram("year", bins, 1234), Style(UTC, width=width))
    assert list(found) == ["Articles by year", *expected]
