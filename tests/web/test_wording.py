"""Intervals in words, and which addresses may be links."""

from __future__ import annotations

from datetime import date

import pytest

from web import wording


@pytest.mark.parametrize(
    ("interval", "day", "expected"),
    [
        ("day", date(2024, 11, 3), "3 November 2024"),
        ("week", date(2024, 12, 30), "30 December 2024 to 5 January 2025"),
        ("month", date(987, 1, 1), "January 987"),
        ("year", date(1, 1, 1), "1"),
        ("decade", date(1, 1, 1), "1–9"),
        ("decade", date(1980, 1, 1), "1980–1989"),
        ("century", date(1900, 1, 1), "1900–1999"),
    ],
)
def test_stretches_of_time_in_words(interval, day, expected):
    assert wording.shown_interval(interval, day) == expected


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-03", "2026-05", "March to May 2026"),
        ("2026-03-03", "2026-03-09", "3 to 9 March 2026"),
        ("2026-03-30", "2026-04-02", "30 March to 2 April 2026"),
        ("2025-12", "2026-02", "December 2025 to February 2026"),
        ("2025", "2026", "2025 to 2026"),
        ("2026", "2026", "2026"),
        ("2026-05-01", "2026-05-31", "May 2026"),
        ("13 May 2026", "", "since 13 May 2026"),
        ("", "yesterday", "until yesterday"),
        ("P7D", "today", "P7D to today"),
        ("yesterday", "yesterday", "yesterday"),
    ],
    ids=str,
)
def test_dates_in_words(start, end, expected):
    assert wording.dates_in_words(start, end) == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [("", "auto"), ("de", "ltr"), ("ar", "rtl"), ("he-IL", "rtl"), ("FA", "rtl")],
)
def test_the_direction_of_a_language(language, expected):
    assert wording.direction(language) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://news.example/a", True),
        ("HTTP://news.example", True),
        ("https:///no-host", False),
        ("javascript:alert(1)", False),
        (" javascript:alert(1)", False),
        ("java\nscript:alert(1)", False),
        ("data:text/html,x", False),
        ("file:///etc/passwd", False),
        ("//news.example", False),
        ("http://[broken", False),
        ("", False),
    ],
)
def test_only_web_addresses_become_links(url, expected):
    assert wording.is_web_address(url) is expected
