"""Whatever text holds, it cannot steer the terminal, and offsets into it stay true."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from search.present.terminal.safe import visible


@given(st.text(max_size=50))
def test_visible_text_has_no_control_characters(text: str) -> None:
    shown = visible(text)

    assert len(shown) == len(text)
    assert not any(unicodedata.category(c) == "Cc" for c in shown)
    assert visible(shown) == shown
