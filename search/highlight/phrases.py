"""Clauses of several words: which of the words found in a text stand together as a clause asks.

Few do. So the words between two are counted only where it matters, and where a phrase has a rare word,
its other words are looked for only around that.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from search.text.words import tokens

#: Start and end of a part of a text.
Span = tuple[int, int]
#: Where a text answers a clause: start, number of the clause, end.
Match = tuple[int, int, int]

#: Blanks passed in search of a few words; where signs stand between them, all the rest is taken.
_MAX_BLANKS = 30
#: What is always a word or part of one.
_IN_WORD = re.compile(r"[A-Za-z0-9_]")


class Clause:
    """A clause as the numbers of its terms: one word, two near each other, or several in a row."""

    __slots__ = ("distance", "most_between", "terms")

    def __init__(self, terms: tuple[int, ...], slop: int = 0, distance: int = 0) -> None:
        self.terms = terms
        self.distance = distance
        #: Words that may stand between the first and the last.
        self.most_between = distance - 1 if distance else slop + len(terms) - 2


class Candidates:
    """The matches of single words in a text, and the words that may match a clause together.

    These are parallel lists in order, with the terms that each word is. The words between two of them are
    counted only on demand: most are too far apart to matter. Where there are more than any clause allows
    (*reach*), any number above it will do.
    """

    __slots__ = (
        "_end",
        "_gaps",
        "_reach",
        "_skipped",
        "ends",
        "matches",
        "starts",
        "terms",
        "text",
    )

    def __init__(self, text: str, reach: int) -> None:
        self.text = text
        self.matches: list[Match] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.terms: list[tuple[int, ...]] = []
        self._reach = reach
        #: What lies before each word: a number of other words, and those in a span of the text.
        self._gaps: list[tuple[int, int, int]] = []
        self._skipped = self._end = 0  # the same, for the word that comes next

    def __len__(self) -> int:
        return len(self.matches) + len(self.starts)

    def add(self, start: int, end: int, terms: tuple[int, ...], skipped: int, till: int) -> None:
        """Add a word after *skipped* others and those in the text up to *till*."""
        self.starts.append(start)
        self.ends.append(end)
        self.terms.append(terms)
        self._gaps.append((self._skipped + skipped, self._end, till))

    def go_on(self, skipped: int, end: int) -> None:
        """Note that *skipped* other words follow the last one in the text up to *end*."""
        self._skipped, self._end = skipped, end

    def between(self, first: int, last: int) -> int:
        """Return how many words stand between two of those found, by their numbers."""
        count = last - first - 1
        for at in range(first + 1, last + 1):
            if count > self._reach:
                break
            skipped, start, end = self._gaps[at]
            if start < end:
                skipped += _words_between(self.text, start, end, self._reach)
                self._gaps[at] = (skipped, 0, 0)
            count += skipped
        return count


def spans_around(text: str, offsets: Sequence[int], words: int) -> list[Span]:
    """Return spans of *text* that hold the ascending *offsets* and *words* words on either side of each.

    They ascend, are disjoint, and end at blanks.
    """
    spans: list[Span] = []
    start = end = 0
    for at in offsets:
        first = _back(text, at, end, words)
        if first > end:
            spans.append((start, end))
            start = first
        end = max(end, _on(text, at, words))
    return [*spans, (start, end)]


def _back(text: str, at: int, least: int, words: int) -> int:
    """Return an offset from *least* on that is *words* words or more before the word that *at* is in."""
    at = text.rfind(" ", least, at)
    while at >= 0 and words:
        blank = text.rfind(" ", least, at)
        if _IN_WORD.search(text, max(blank, least), at):
            words -= 1
        at = blank
    return max(at, least)


def _on(text: str, at: int, words: int) -> int:
    """Return an offset that is *words* words or more after the word that *at* is in."""
    at = text.find(" ", at)
    for _ in range(_MAX_BLANKS):
        if at < 0 or not words:
            break
        blank = text.find(" ", at + 1)
        if _IN_WORD.search(text, at, blank if blank >= 0 else len(text)):
            words -= 1
        at = blank
    return at if at >= 0 and not words else len(text)


def _words_between(text: str, start: int, end: int, most: int) -> int:
    """Return how many words stand in that part of *text*, *most* + 1 where there are more."""
    # Between the words of a phrase is nearly always just a blank, or another word: no need to read that.
    if not _IN_WORD.search(text, start, end):
        if text[start:end].isascii():
            return 0
    elif not most:
        return 1
    count = 0
    while start < end and count <= most:
        stop = text.find(" ", start + 10 * (most + 1), end)
        stop = end if stop < 0 else stop
        count += len(tokens(text[start:stop]))
        start = stop
    return min(count, most + 1)


def occurrences(
    clause: Clause, found: Candidates, numbers_of: dict[int, list[int]], steps: int
) -> Iterator[tuple[int, int, tuple[Span, ...]]]:
    """Yield start and end of what answers *clause*, and the spans to mark in it; at most *steps*.

    *numbers_of* has the numbers of the words found that are each term.
    """
    numbers = [numbers_of.get(term, []) for term in clause.terms]
    if not all(numbers):
        return
    starts, ends = found.starts, found.ends
    if clause.distance:
        for first, last in _neighbours(numbers[0], numbers[1], steps):
            if found.between(first, last) > clause.most_between:
                continue
            yield (
                starts[first],
                ends[last],
                ((starts[first], ends[first]), (starts[last], ends[last])),
            )
        return
    for first in numbers[0][: steps // len(numbers)]:
        last = first
        for later in numbers[1:]:
            at = bisect_right(later, last)
            if at == len(later):
                return
            last = later[at]
        if found.between(first, last) <= clause.most_between:
            yield starts[first], ends[last], ((starts[first], ends[last]),)


def _neighbours(left: list[int], right: list[int], steps: int) -> Iterator[Span]:
    """Yield each word of either side with its nearest ones of the other side, the earlier first."""
    for near, far in ((left, right), (right, left)):
        for number in near[: steps // 2]:
            at = bisect_left(far, number)
            if at:
                yield far[at - 1], number
            at = bisect_right(far, number)
            if at < len(far):
                yield number, far[at]
