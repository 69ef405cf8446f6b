"""Fixtures that more than one test file uses."""

from __future__ import annotations

from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The folder of the project: setup.cfg, search/, web/ and so on lie in it."""
    return CHECKOUT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of research data beside the checkout; skips the test where it is not there."""
    folder = CHECKOUT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("no folder ../shared with research data beside the checkout")
    return folder
