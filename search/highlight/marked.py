"""A plain text with the spans to mark in it: what highlighting gives, for every form of output."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import NamedTuple

from search.highlight.named import Name
from search.highlight.phrases import Span

#: White space that is not a single blank.
_UNEVEN = re.compile(r"\s(?:\s+|(?<! ))")


class Marked(NamedTuple):
    """A plain text and the spans to mark in it: (start, end) offsets, ascending, not overlapping.

    ``names`` are the parts of it that name an entity, where somebody wants to know; they may overlap marks.
    """

    text: str
    marks: tuple[Span, ...] = ()
    names: tuple[Name, ...] = ()

    def part(self, start: int, end: int) -> Marked:
        """Return the text from *start* to *end* with what is marked in it, and without the names."""
        inside = [
            (a - start if a > start else 0, (b if b < end else end) - start)
            for a, b in self.marks
            if a < end and b > start
        ]
        return Marked(self.text[start:end], tuple(inside))

    def single_spaced(self) -> Marked:
        """Return the text with runs of white space as single blanks, and the marks moved along; without the names."""
        text, marks, _ = self
        # All white space but the blank is not printable: this is the cheapest question there is.
        if "  " not in text and text.isprintable():
            return self
        # Marks begin and end with a character of a word, so none begins or ends inside white space.
        if "\n\n" in text:
            count = text.count
            marks = tuple([(a - count("\n\n", 0, a), b - count("\n\n", 0, b)) for a, b in marks])
            text = text.replace("\n\n", " ")
        text = text.replace("\n", " ")
        if "  " not in text and text.isprintable():
            return Marked(text, marks)  # nearly always so in news, and quicker than what follows
        parts = []
        ends = []
        dropped = [0]  # characters left out up to each run of white space
        done = 0
        for run in _UNEVEN.finditer(text):
            start, end = run.span()
            parts.append(text[done:start])
            ends.append(end)
            dropped.append(dropped[-1] + end - start - 1)
            done = end
        parts.append(text[done:])
        moved = [
            (start - dropped[bisect_right(ends, start)], end - dropped[bisect_right(ends, end)])
            for start, end in marks
        ]
        return Marked(" ".join(parts), tuple(moved))
