"""Two texts are told apart word by word, in bounded time."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.highlight import difference as module
from search.highlight.difference import difference

TEXTS = st.text("ab .,\n日本", max_size=40) | st.lists(st.sampled_from("abcdefgh"), max_size=60).map(" ".join)  # fmt: skip


def shown(before: str, after: str) -> str:
    marks = {"kept": "{}", "removed": "[-{}-]", "added": "[+{}+]"}
    return "".join(marks[kind].format(text) for kind, text in difference(before, after))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("The ferry left.", "The ferry left.", "The ferry left."),
        ("The ferry left at dawn.", "The ferry left at noon.", "The ferry left at [-dawn-][+noon+]."),
        ("It left.", "It left, he said.", "It left[+, he said+]."),
        ("one two three", "one three", "one [-two -]three"),
        ("a b c d", "c d a b", "[-a b -]c d [+a b+]"),
        ("The ferry\nleft", "The  ferry left", "The  ferry left"),
        ("", "All new", "[+All new+]"),
        ("All gone", "", "[-All gone-]"),
        ("", "", ""),
        ("東京で会談した", "京都で会談した", "[-東-]京[+都+]で会談した"),
        ("a a a b a", "a a b a a", "a a [-a -]b [+a +]a"),
    ],
    ids=[
        "equal", "a word", "before a sign", "gone", "moved", "white space", "from nothing", "to nothing", "nothing",
        "without spaces", "words that are there often",
    ],
)  # fmt: skip
def test_a_difference_is_told_word_by_word(before: str, after: str, expected: str) -> None:
    assert shown(before, after) == expected


@given(TEXTS, TEXTS)
def test_both_texts_can_be_read_in_it(before: str, after: str) -> None:
    changes = difference(before, after)
    assert "".join(c.text for c in changes if c.kind != "removed") == after
    old = "".join(c.text for c in changes if c.kind != "added")
    assert "".join(old.split()) == "".join(before.split())


@given(TEXTS)
def test_a_text_does_not_differ_from_itself(text: str) -> None:
    assert {change.kind for change in difference(text, text)} <= {"kept"}


@pytest.mark.parametrize(
    "vocabulary", [2, 30, 2_000, 10**9], ids=["two words", "few", "many", "all different"]
)
def test_long_texts_take_bounded_work(vocabulary: int, monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = 0
    longest = module._longest

    def counted(old: list[str], new: list[str]) -> object:
        nonlocal pairs
        pairs += len(old) * len(new)
        return longest(old, new)

    monkeypatch.setattr(module, "_longest", counted)
    chosen = random.Random(1)
    before, after = (
        " ".join(str(chosen.randrange(vocabulary)) for _ in range(50_000)) for _ in range(2)
    )
    changes = difference(before, after)
    assert "".join(c.text for c in changes if c.kind != "removed") == after
    assert pairs <= module._MAX_PAIRS
