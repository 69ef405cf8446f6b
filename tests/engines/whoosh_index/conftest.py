"""What several tests of the embedded engine need."""

from __future__ import annotations

import os

import pytest


@pytest.fixture
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commits end without a sync: for tests that commit by the hundred and cut no power."""
    monkeypatch.setattr(os, "fsync", lambda _: None)
