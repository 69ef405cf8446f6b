"""Hits, articles and histograms as lines: few of many names, bars that fit."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from search.highlight.highlighter import mark_article
from search.highlight.marked import Marked
from search.model.article import Credit, Entities
from search.model.histogram import Histogram, HistogramBin
from search.model.question import Question
from search.present.terminal.lines import Style
from search.present.terminal.pages import article_lines, histogram_lines, page_lines
from search.query.parser import parse
from search.service.answer import Hit, MarkedArticle, ResultPage
from tests.support.documents import document, named_in


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
    ("entities", "is_said"),
    [(None, True), (Entities(), False)],
    ids=["nothing looked for names", "no name was found"],
)
def test_it_is_said_where_nothing_looked_for_names(
    entities: Entities | None, is_said: bool
) -> None:
    found = document("x", "t", entities=entities)
    shown = list(article_lines(MarkedArticle(found, Marked("t"), ()), Style(UTC)))
    assert ("Names: not looked for in this article" in shown) == is_said


def test_names_have_their_kind_where_that_is_asked() -> None:
    texts = "Blinken in Kyiv", "Antony Blinken, Mr Blinken."
    people = (named_in(*texts, "Antony Blinken", "Blinken"),)
    found = document("x", *texts, entities=Entities(people, (), (named_in(*texts, "Kyiv"),)))
    title, paragraphs = mark_article(found, parse("blinken OR in").tree)
    marked = MarkedArticle(found, title, paragraphs)
    plain = list(article_lines(marked, Style(UTC)))
    shown = list(article_lines(marked, Style(UTC), with_names=True))
    coloured = list(article_lines(marked, Style(UTC, has_color=True), with_names=True))

    assert (plain[0], plain[2]) == texts
    assert shown[0] == "Blinken [person] in Kyiv [place]"
    assert shown[2] == "Antony Blinken [person], Mr Blinken [person]."
    assert coloured[2] == (
        "Antony \x1b[1;31mBlinken\x1b[0m [person], Mr \x1b[1;31mBlinken\x1b[0m [person]."
    )
    assert {"People: Antony Blinken (3)", "Places: Kyiv"} <= set(plain)
    assert {"People: Antony Blinken (3; as Blinken)", "Places: Kyiv"} <= set(shown)


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
