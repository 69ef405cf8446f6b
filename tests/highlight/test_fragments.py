"""Where a text may be cut."""

from __future__ import annotations

import pytest

from search.highlight.fragments import may_cut


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ab cd", "ab| |cd"),
        ("O'Neil, x", "O'Neil,| |x"),
        ("3,000-x", "3,000|-|x"),
        ("e\u0301e\u0301 x", "e\u0301e\u0301| |x"),
        ("👩‍👩‍👧👍🏽!", "👩‍👩‍👧|👍🏽|!"),
        ("🇺🇸x", "🇺🇸|x"),
        ("北京a", "北|京|a"),
        ("ที่นี่", "ที่|นี่"),
    ],
)
def test_no_word_and_no_character_is_cut_in_two(text, expected):
    cut = "".join("|" * (at > 0 and may_cut(text, at)) + c for at, c in enumerate(text))
    assert cut == expected
