"""Dates as a chart: its labels, and the ways to other dates."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from search.model.histogram import Histogram, HistogramBin
from search.model.question import Question
from web import band


def histogram(interval, *days):
    bins = [HistogramBin(day, datetime(2020, 1, 1, tzinfo=UTC), 1) for day in days]
    return Histogram(interval, tuple(bins), 0)


def labels(interval, *days):
    return [tick.text for tick in band.bars_of(Question(), histogram(interval, *days)).ticks]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-03", "2026-05", ["↑ 2026", "← Dec 2025–Feb 2026", "Jun–Aug 2026 →"]),
        ("2026-05-13", "2026-05-13", ["↑ May 2026", "← 12 May 2026", "14 May 2026 →"]),
        ("2026-05-04", "2026-05-10", ["↑ May 2026", "← 27 Apr–3 May 2026", "11–17 May 2026 →"]),
        ("2026-02", "2026-02", ["↑ 2026", "← Jan 2026", "Mar 2026 →"]),
        ("2026", "2026", ["↑ All dates", "← 2025", "2027 →"]),
        ("0001", "0001", ["↑ All dates"]),
        ("P7D", "", ["↑ All dates"]),
        ("", "2026", ["↑ All dates"]),
        ("", "", []),
    ],
    ids=str,
)
def test_steps_from_dates_to_others(start, end, expected):
    assert [step.label for step in band.steps_of(Question(start=start, end=end))] == expected


def test_a_step_keeps_the_rest_of_the_question():
    up = band.steps_of(Question("fog", start="2026-05-13", end="2026-05-13", page=3)).up
    assert up.url == "/search?q=fog&from=2026-05&to=2026-05"


@pytest.mark.parametrize(
    ("interval", "days", "expected"),
    [
        ("day", [date(2026, m, d) for m in (3, 4) for d in range(1, 31)], ["March 2026", "April"]),
        ("month", [date(y, m, 1) for y in (2024, 2025) for m in range(1, 13)], ["2024", "2025"]),
        ("month", [date(2023, 12, 1)] + [date(y, m, 1) for y in (2024, 2025) for m in range(1, 13)], ["2024", "2025"]),
        ("year", [date(y, 1, 1) for y in range(1987, 2027)], ["1987", "1992", "1998", "2004", "2010", "2016", "2022"]),
    ],
    ids=["days", "months", "a first part without room", "every sixth year"],
)  # fmt: skip
def test_an_axis_names_larger_units_that_have_room(interval, days, expected):
    assert labels(interval, *days) == expected


@pytest.mark.parametrize(
    ("interval", "days", "expected"),
    [
        ("day", {date(2026, 4, 3): 2}, ["", "/search?from=2026-04&to=2026-04"]),
        ("month", {date(2025, 2, 1): 1}, ["", "/search?from=2025&to=2025"]),
        ("week", {date(2026, 4, 6): 1}, ["", "/search?from=2026-04&to=2026-04"]),
    ],
)
def test_a_larger_unit_without_articles_is_no_link(interval, days, expected):
    every = {
        "day": [date(2026, m, d) for m in (3, 4) for d in range(1, 31)],
        "month": [date(y, m, 1) for y in (2024, 2025) for m in range(1, 13)],
        "week": [date(2026, 3, 2) + timedelta(7 * week) for week in range(9)],
    }[interval]
    start = datetime(2020, 1, 1, tzinfo=UTC)
    bins = tuple(HistogramBin(day, start, days.get(day, 0)) for day in every)
    bars = band.bars_of(Question(), Histogram(interval, bins, 0))
    assert [tick.url for tick in bars.ticks] == expected


@pytest.mark.parametrize(
    ("start", "end", "at", "width"),
    [
        ("2024-02", "2024-03", 25, 50),
        ("", "2024-01", 0, 25),
        ("2024-04", "", 75, 25),
        ("2024-02-10", "2024-02-12", 25, 25),
        ("1990", "1991", 0, 6.25),
        ("2030", "", 93.75, 6.25),
    ],
    ids=["months", "up to one", "from one on", "days of one", "before all", "after all"],
)
def test_dates_asked_for_have_their_place_among_others(start, end, at, width):
    found = histogram("month", *(date(2024, month, 1) for month in (1, 2, 3, 4)))
    around = band.around_of(Question(start=start, end=end), found)
    assert around.asked == (at, width)
    assert around.links[0].url.endswith("from=2024-01&to=2024-01")
    assert around.links[3].url.endswith("from=2024-04&to=2024-04")


def test_dates_that_are_no_days_have_none():
    found = histogram("month", date(2024, 1, 1), date(2024, 2, 1))
    assert band.around_of(Question(start="P7D"), found).asked is None


def test_the_highest_bar_is_named_where_it_is_one():
    alike = histogram("month", date(2024, 1, 1), date(2024, 2, 1))
    bins = (alike.bins[0], HistogramBin(date(2024, 2, 1), alike.bins[1].start, 1500))
    assert band.bars_of(Question(), alike).peak is None
    peak = band.bars_of(Question(), Histogram("month", bins, 0)).peak
    assert (peak.text, peak.anchor) == ("February 2024: 1,500", "middle")
