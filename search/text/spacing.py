"""White space as people see it."""

from __future__ import annotations


def single_spaced(text: str) -> str:
    """Return *text* with every run of white space as one blank, and none at its ends."""
    return " ".join(text.split())
