"""Progress and reports fit the window and cannot steer it."""

from __future__ import annotations

import pytest

from search.present.terminal.reports import progress_line


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_progress_fits_the_window(share: float) -> None:
    line = progress_line(share, 12345, "/a/\x1b[2J" + "long" * 50, 40)

    assert line.startswith("[")
    assert len(line) < 40
    assert "\x1b" not in line
