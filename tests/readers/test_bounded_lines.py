"""A line that is too long costs no more than its beginning, and the lines after it come as they are."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.readers import bounded_lines
from search.readers.bounded_lines import BoundedLines


def taken(stream: io.StringIO, max_chars: int, begun: str = "") -> list[str]:
    lines = BoundedLines(stream, max_chars, begun)
    return list(iter(lines.take, ""))


PIECES = ["\n", "\r", "\r\n", "a", "bc", "d" * 4, "e" * 5, "f" * 30]


@given(
    st.lists(st.sampled_from(PIECES), max_size=20).map("".join),
    st.integers(1, 9),
    st.integers(0, 12),
)
def test_lines_that_are_not_too_long_come_as_they_are(text: str, size: int, begun: int) -> None:
    max_chars = 5
    expected = io.StringIO(text, newline="").readlines()
    begun -= text[:begun].endswith("\r")  # half of an end is never taken from a stream
    stream = io.StringIO(text, newline="")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bounded_lines, "_CHUNK_CHARS", size)
        found = taken(stream, max_chars, stream.read(max(0, begun)))
    assert len(found) == len(expected)
    assert [line for line in found if len(line) <= max_chars] == [
        line for line in expected if len(line) <= max_chars
    ]


def test_lines_given_back_come_again_before_what_is_ahead() -> None:
    lines = BoundedLines(io.StringIO("x" * 20 + "\nc\nd\n"), 5)
    long, first = lines.take(), lines.take()
    lines.give_back([long, first])
    assert [lines.take(), lines.take(), lines.take()] == [long, "c\n", "d\n"]
    assert len(long) == 6
