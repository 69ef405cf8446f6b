"""Of many names the first few are named and the rest counted; never "and 1 more"."""

from __future__ import annotations

import pytest

from search.service.naming import capitalised, few, listed


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, ""),
        (3, "A1, A2, A3"),
        (4, "A1, A2, A3, A4"),
        (5, "A1, A2, A3 and 2 more"),
        (5000, "A1, A2, A3 and 4,997 more"),
    ],
    ids=["none", "as-many", "one-more", "two-more", "many-more"],
)
def test_first_names_are_listed(count: int, expected: str) -> None:
    assert listed([f"A{number}" for number in range(1, count + 1)], 3) == expected


def test_names_are_parted_as_asked() -> None:
    assert listed("abcde", 3, " or ") == "a or b or c and 2 more"


@pytest.mark.parametrize("count", range(7))
def test_every_name_is_named_or_counted(count: int) -> None:
    named, more = few(["name"] * count, 3)
    assert (len(named) + more, more == 1) == (count, False)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("people", "People"), ("URL", "URL"), ("", "")],
    ids=["word", "capitals", "empty"],
)
def test_first_letter_is_capital_and_no_other_changes(name: str, expected: str) -> None:
    assert capitalised(name) == expected
