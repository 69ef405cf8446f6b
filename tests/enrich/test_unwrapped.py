"""Which line ends of an article are inside a sentence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.enrich.entities.merging.unwrapped import unwrapped, with_spaces
from search.enrich.entities.network import kernels

LONG = "A line that is as long as those of wires are, with"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (f"{LONG}\nAntony\n\n{LONG}\nit.", f"{LONG} Antony\n\n{LONG} it."),
        (f"    {LONG}\nmore.\n    {LONG}\nit.", f"    {LONG} more.\n    {LONG} it."),
        (f"Said Antony\nBlinken so\nhe said.\n\n{LONG}", f"Said Antony Blinken so\nhe said.\n\n{LONG}"),
        (f"{LONG}\r\nit.\r\n\r\nEnd.", f"{LONG}  it. \n \nEnd."),
        (f"{LONG}.\n{LONG}.\n", f"{LONG}.\n{LONG}.\n"),
        (f"{LONG}\nit. {LONG}\nthat.", f"{LONG} it. {LONG} that."),
        ("One line.", "One line."),
        ("", ""),
    ],
    ids=["blank-lines", "indented", "first-line-without-dateline", "returns", "paragraph-a-line", "one-paragraph", "one-line", "empty"],
)  # fmt: skip
def test_line_end_inside_a_sentence_is_a_space(body: str, expected: str) -> None:
    assert unwrapped(f"Title\n\n{body}", 5) == f"Title\n\n{expected}"


@given(st.text(alphabet="ab .,\n\r\t", max_size=300), st.integers(0, 300))
def test_no_character_moves(text: str, title_length: int) -> None:
    after = unwrapped(text, title_length)
    assert len(after) == len(text)
    assert all(
        a == b or (b == " " and a in "\n\r") or (a, b) == ("\r", " ")
        for a, b in zip(text, after, strict=True)
    )


LINES = st.sampled_from(["", " ", "\t", "  ", "\x85", "\xa0x", "a", "a,", "é", "\u4e00.", "\U0001f600", LONG, f"{LONG},", f"{LONG}.", f"{LONG} ", "x" * 100, "x" * 101])  # fmt: skip


@pytest.mark.skipif(
    not kernels.IS_COMPILED, reason="the loops are not compiled, or NEWSSEARCH_KERNELS is numpy"
)
@given(st.lists(st.lists(LINES, max_size=3).map("".join), max_size=8).map("\n".join))
def test_compiled_loop_puts_the_same_spaces(text: str) -> None:
    assert unwrapped(f"T\n\n{text}", 1) == with_spaces(f"T\n\n{text}", 3)


@pytest.mark.skipif(
    not kernels.IS_COMPILED, reason="the loops are not compiled, or NEWSSEARCH_KERNELS is numpy"
)
def test_compiled_loop_takes_any_start() -> None:
    assert kernels.unwrapped is not None
    assert kernels.unwrapped("a\nb", 9, 1, 100) == "a\nb"
    with pytest.raises(ValueError, match="numbers"):
        kernels.unwrapped("a\nb", -1, 1, 100)
