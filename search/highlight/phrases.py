"""Clauses of several words: which of the words found in a text stand together as a clause asks.

Few do. So how many words lie between two is counted only where it matters, and where a phrase has a
rare word, the others are looked for only around that.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from search.text.words import tokens

Range = tuple[int, int]
#: A stretch of a text that answers a clause: start, number of the clause, end.
Hit = tuple[int, int, int]

#: Blanks gone over in search of a few words; where these are no words but signs, all the rest is taken.
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


class Found:
    """What of a text answers a clause by itself, and the words that may do so together.

    The words are parallel lists in order, with the terms that each is. How many others lie between two
    is counted only where it is asked for: most are too far apart to matter. Where more lie there than
    any clause may leave out (*reach*), some number above it will do.
    """

    __slots__ = ("_end", "_gaps", "_reach", "_skipped", "ends", "hits", "starts", "terms", "text")

    def __init__(self, text: str, reach: int) -> None:
        self.text = text
        self.hits: list[Hit] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.terms: list[tuple[int, ...]] = []
        self._reach = reach
        #: What lies before each word: so many others, and those of a part of the text.
        self._gaps: list[tuple[int, int, int]] = []
        self._skipped = self._end = 0  # the same, of the word that comes next

    def __len__(self) -> int:
        return len(self.hits) + len(self.starts)

    def add(self, start: int, end: int, terms: tuple[int, ...], skipped: int, till: int) -> None:
        """Add a word that has so many others before it, which are in the text from *till* on."""
        self.starts.append(start)
        self.ends.append(end)
        self.terms.append(terms)
        self._gaps.append((self._skipped + skipped, self._end, till))

    def go_on(self, skipped: int, end: int) -> None:
        """Say that behind the last word there are so many others in the text up to *end*."""
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


def stretches_around(text: str, places: Sequence[int], words: int) -> list[Range]:
    """Return stretches of *text* that hold *places*, which ascend, and *words* words on either side of each.

    They ascend, are disjoint, and end at blanks.
    """
    stretches: list[Range] = []
    start = end = 0
    for at in places:
        first = _back(text, at, end, words)
        if first > end:
            stretches.append((start, end))
            start = first
        end = max(end, _on(text, at, words))
    return [*stretches, (start, end)]


def _back(text: str, at: int, least: int, words: int) -> int:
    """Return a place from *least* on with so many words or more between it and the one that *at* is in."""
    at = text.rfind(" ", least, at)
    while at >= 0 and words:
        blank = text.rfind(" ", least, at)
        if _IN_WORD.search(text, max(blank, least), at):
            words -= 1
        at = blank
    return max(at, least)


def _on(text: str, at: int, words: int) -> int:
    """Return a place with so many words or more between the one that *at* is in and it."""
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
    # Between the words of a phrase nearly always lies a blank, or another word: to read that takes 4 us.
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
    clause: Clause, found: Found, places_of: dict[int, list[int]], steps: int
) -> Iterator[tuple[int, int, tuple[Range, ...]]]:
    """Yield the stretches that answer *clause*, and the ranges to mark in each; at most *steps*.

    *places_of* says of each term which of the words found it is.
    """
    places = [places_of.get(term, []) for term in clause.terms]
    if not all(places):
        return
    starts, ends = found.starts, found.ends
    if clause.distance:
        for first, last in _neighbours(places[0], places[1], steps):
            if found.between(first, last) > clause.most_between:
                continue
            yield (
                starts[first],
                ends[last],
                ((starts[first], ends[first]), (starts[last], ends[last])),
            )
        return
    for first in places[0][: steps // len(places)]:
        last = first
        for later in places[1:]:
            at = bisect_right(later, last)
            if at == len(later):
                return
            last = later[at]
        if found.between(first, last) <= clause.most_between:
            yield starts[first], ends[last], ((starts[first], ends[last]),)


def _neighbours(left: list[int], right: list[int], steps: int) -> Iterator[Range]:
    """Yield each word of either side with its nearest ones of the other side, the earlier first."""
    for ones, others in ((left, right), (right, left)):
        for one in ones[: steps // 2]:
            at = bisect_left(others, one)
            if at:
                yield others[at - 1], one
            at = bisect_right(others, one)
            if at < len(others):
                yield one, others[at]
