"""Which name somebody meant who typed another one."""

from __future__ import annotations

from collections.abc import Iterable

#: Names that are compared: an index may have a million of a kind, and nobody waits for that after a slip.
_MOST = 5000
_LONGEST = 100


def nearest(word: str, names: Iterable[str]) -> str:
    """Return the one of *names* that is most like *word*, capitals or not, or "" where none is."""
    from difflib import get_close_matches  # slow to import, and only errors ask

    by_key = {name.lower()[:_LONGEST]: name for name in list(names)[:_MOST]}
    found = get_close_matches(word.lower()[:_LONGEST], by_key, n=1, cutoff=0.7)
    return by_key[found[0]] if found else ""


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """Return "; did you mean NAME?" to be put after a message, or "" where none of *names* is like *word*."""
    found = nearest(word, names)
    return f"; did you mean {found}?" if found else ""
