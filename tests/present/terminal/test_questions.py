"""A malformed query is shown around its fault, on two short lines that are safe to print."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from search.model.errors import QueryError
from search.present.terminal.questions import error_lines
from search.present.terminal.safe import visible


@given(text=st.text(max_size=200), start=st.integers(0, 210), length=st.integers(0, 210))
def test_error_is_shown_on_two_short_lines(text: str, start: int, length: int) -> None:
    shown, carets = error_lines(text, QueryError("kind", "message", start, start + length))

    assert shown == visible(shown)
    assert set(carets) <= {" ", "^"}
    assert len(shown) <= 2 + 3 + 30 + 60 + 3
