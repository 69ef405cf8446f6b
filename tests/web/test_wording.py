"""Intervals in words, and which addresses may be links."""

from __future__ import annotations

from datetime import date

import pytest

from web import wording


@pytest.mark.parametrize(
    ("interval", "day", "expected"),
    [
        ("day", date(2024, 11, 3), "3 November 2024"),
        ("week", date(2024, 12, 30), "Week of 30 Dec 2024"),
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
