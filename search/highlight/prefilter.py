"""Cheap tests that rule out most words of a text before the expensive ones."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple


class FuzzyTerm(NamedTuple):
    """A fuzzy word: the number of its term, and its pieces with their offsets.

    An edit touches at most two neighbouring pieces, so that one of them is left whole; the edits
    before it move it by at most one character each.
    """

    number: int
    form: str
    edits: int
    pieces: tuple[tuple[str, int], ...]

    @classmethod
    def of(cls, number: int, form: str, edits: int) -> FuzzyTerm:
        count = 2 * edits + 1
        edges = [len(form) * at // count for at in range(count + 1)]
        return cls(number, form, edits, tuple((form[a:b], a) for a, b in pairwise(edges)))

    def may_be(self, other: str) -> bool:
        """Whether *other*, of a like length, has one of the pieces about where it belongs."""
        edits = self.edits
        return any(
            other.find(piece, max(0, at - edits), at + len(piece) + edits) >= 0
            for piece, at in self.pieces
        )


def written_forms(form: str) -> tuple[str, ...]:
    """Return how *form* can be written in lower-case ASCII: one of these is in every word that folds to it.

    But for words with apostrophes inside, which are not in the form.

    Empty for a form that no word of ASCII characters folds to. *form* may be a part of a word.
    """
    if not form.isascii():
        return ()
    form = max(form.split("'"), key=len)  # an apostrophe can be a curly one
    if form.isalpha() and len(form) > 1:
        return form, ".".join(form)  # U.S.
    whole = form.partition(".")[0]
    if whole.isdigit() and len(whole) > 3:
        return form, f"{int(whole):,}" if whole[0] != "0" else whole[0]
    return (form,)


def common_start(root: str) -> str:
    """Return what all English words of the stem *root* start with.

    Snowball's rules take the end of a word off, and put another in its place only where the stem ends
    with it: an "e" ("hoping", "hope"), an "i" ("happy", "happi") or "bl", of "-bility"; and there is
    "skies" ("sky").
    """
    if len(root) < 3 or root[-1] not in "eily":
        return root
    if root.endswith(("bl", "ble", "ie")):
        return root[:-2]
    return root if root[-1] == "l" else root[:-1]
