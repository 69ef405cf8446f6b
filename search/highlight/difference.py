"""What differs between two texts, word by word."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

#: A word, or a sign, and the white space after it. Scripts without spaces have a letter each.
_TOKEN = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff]\s*+|[^\W\u3040-\u30ff\u3400-\u9fff]++\s*+|\W\s*+"
)

#: Pairs of words that are compared one with another, in all, where no word that is there once tells where to look;
#: and how often all words are gone over. What is beyond that counts as replaced.
_MAX_PAIRS = 1_000_000
_MAX_ROUNDS = 40

Kind = Literal["kept", "removed", "added"]


class Change(NamedTuple):
    """A stretch of text that both have, or that only the earlier or the later one has."""

    kind: Kind
    text: str


def difference(before: str, after: str) -> list[Change]:
    """Return how *after* is made of *before*: what is kept, removed and added, in order; texts in full.

    Kept and added are *after* to the letter. White space alone is no difference. Takes time in proportion to the
    texts, whatever they are; where they have little in common, more is called replaced than would be needed.
    """
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    words, new_words = [t.rstrip() for t in old], [t.rstrip() for t in new]
    changes: list[Change] = []
    i = j = 0
    for at, new_at, size in (*_common(words, new_words), (len(old), len(new), 0)):
        for kind, text in (
            ("removed", "".join(old[i:at])),
            ("added", "".join(new[j:new_at])),
            ("kept", "".join(new[new_at : new_at + size])),
        ):
            if text:
                changes.append(Change(kind, text))  # type: ignore[arg-type]  # one of three constants
        i, j = at + size, new_at + size
    return changes


def _common(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """Yield the stretches that are in both, in order: where each begins in *old* and in *new*, and how long it is."""
    begin = new_begin = size = 0
    for i, j in sorted(_pairs(old, new)):
        if size and (i, j) == (begin + size, new_begin + size):
            size += 1
            continue
        if size:
            yield begin, new_begin, size
        begin, new_begin, size = i, j, 1
    if size:
        yield begin, new_begin, size


def _pairs(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield which word of *old* is which of *new*.

    The ends that are equal, then the words that each has once and in the same order, and so on between these
    (Bram Cohen's patience difference); where there are none, the longest common subsequence.
    """
    words_left = _MAX_ROUNDS * (len(old) + len(new))
    pairs_left = _MAX_PAIRS
    ranges = [(0, len(old), 0, len(new))]
    while ranges:
        begin, end, new_begin, new_end = ranges.pop()
        while begin < end and new_begin < new_end and old[begin] == new[new_begin]:
            yield begin, new_begin
            begin, new_begin = begin + 1, new_begin + 1
        while begin < end and new_begin < new_end and old[end - 1] == new[new_end - 1]:
            end, new_end = end - 1, new_end - 1
            yield end, new_end
        words_left -= end - begin + new_end - new_begin
        if begin == end or new_begin == new_end or words_left < 0:
            continue
        if anchors := _anchors(old, new, begin, end, new_begin, new_end):
            for i, j in (*anchors, (end, new_end)):
                ranges.append((begin, i, new_begin, j))
                begin, new_begin = i, j
            # Each range begins with an anchor, and so gets smaller.
            continue
        pairs = (end - begin) * (new_end - new_begin)
        if pairs <= pairs_left:
            pairs_left -= pairs
            for i, j in _longest(old[begin:end], new[new_begin:new_end]):
                yield begin + i, new_begin + j


def _anchors(
    old: Sequence[str], new: Sequence[str], begin: int, end: int, new_begin: int, new_end: int
) -> list[tuple[int, int]]:
    """Return the words that both ranges have once, as many as stand in the same order."""
    once, new_once = _once(old, begin, end), _once(new, new_begin, new_end)
    both = [(i, new_once[word]) for word, i in once.items() if word in new_once]
    # The longest ascending subsequence of the places in *new*; *both* ascends in those in *old*.
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for number, (_, j) in enumerate(both):
        at = bisect_left(ends, j)
        before.append(last[at - 1] if at else -1)
        ends[at : at + 1] = [j]
        last[at : at + 1] = [number]
    found = []
    number = last[-1] if last else -1
    while number >= 0:
        found.append(both[number])
        number = before[number]
    return found[::-1]


def _once(words: Sequence[str], begin: int, end: int) -> dict[str, int]:
    """Return where each word stands that is in the range once, in order."""
    places: dict[str, int] = {}
    for i in range(begin, end):
        places[words[i]] = -1 if words[i] in places else i
    return {word: i for word, i in places.items() if i >= 0}


def _longest(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the pairs of a longest common subsequence."""
    lengths = [[0] * (len(new) + 1)]
    for word in reversed(old):
        below = lengths[-1]
        row = [0] * (len(new) + 1)
        for j in range(len(new) - 1, -1, -1):
            row[j] = below[j + 1] + 1 if new[j] == word else max(below[j], row[j + 1])
        lengths.append(row)
    lengths.reverse()
    i = j = 0
    while i < len(old) and j < len(new):
        if old[i] == new[j]:
            yield i, j
            i, j = i + 1, j + 1
        elif lengths[i + 1][j] >= lengths[i][j + 1]:
            i += 1
        else:
            j += 1
