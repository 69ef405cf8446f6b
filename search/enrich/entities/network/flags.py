"""What the network knows of a token besides its word: five flags, and which capitalised tokens are one word."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.enrich.entities.network.constants import (
    BORDER,
    CAPITAL,
    CAPITAL_ELSEWHERE,
    CAPITALS_LINE,
    COLON,
    COUNTS,
    ENDS_SENTENCE,
    HAS_SMALL_FORM,
    LINE_END,
    MAX_HEADING,
    NEVER,
    NOT_NAMED,
    QUOTE,
    SHOUTED,
    SMALL,
    STARTS_SENTENCE,
    TITLE_LINE,
)  # fmt: skip

FLAGS = 5


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a batch of articles, as the network takes them.

    ``words`` is int32[tokens]: rows of the word table, `BORDER` before, between and after articles.
    ``flags`` is uint8[tokens], the bits above. ``groups`` is int32[tokens]: a number for each capitalised
    word of an article, the same for all its mentions whatever their case; `NOT_NAMED` for tokens that have
    no capital, `NEVER` for line ends and borders, which no name crosses.
    """

    words: NDArray[np.int32]
    flags: NDArray[np.uint8]
    groups: NDArray[np.int32]
    group_count: int


def flagged(
    words: NDArray[np.int32], attributes: NDArray[np.uint8], folds: NDArray[np.int32]
) -> Tokens:
    """Return the tokens *words*, `BORDER` between articles, with flags and groups.

    ``attributes`` and ``folds`` have a value for each row of the word table: bits as above, and a number
    that is the same for all forms of a word that differ in case only.
    """
    count = len(words)
    seen = attributes[words]
    capital = (seen & CAPITAL) != 0
    starts = _sentence_starts(seen)
    title, capitals = _headings(seen)
    heading = title | capitals

    article = np.cumsum(words == BORDER, dtype=np.int64)
    keys = article * (int(folds.max(initial=0)) + 1) + folds[words]
    at = np.flatnonzero(capital)
    names, group = np.unique(keys[at], return_inverse=True)
    groups = np.full(count, NOT_NAMED, np.int32)
    groups[(seen & LINE_END) != 0] = NEVER
    groups[at] = group

    small = np.flatnonzero((seen & SMALL) != 0)
    has_small = np.zeros(len(names) + 1, bool)
    if len(names):
        place = np.searchsorted(names, keys[small])
        place[place == len(names)] = 0
        has_small[place[names[place] == keys[small]]] = True

    inside = capital & ~starts & ~heading
    elsewhere = (
        np.bincount(groups[inside], minlength=len(names)) if len(names) else np.zeros(0, int)
    )
    others = np.zeros(count, np.int64)
    others[at] = elsewhere[group]
    others -= inside

    flags = starts * np.uint8(STARTS_SENTENCE)
    flags[at] |= has_small[group] * np.uint8(HAS_SMALL_FORM)
    flags |= (others > 0) * np.uint8(CAPITAL_ELSEWHERE)
    flags |= title * np.uint8(TITLE_LINE) | capitals * np.uint8(CAPITALS_LINE)
    return Tokens(words, flags, groups, len(names))


def _sentence_starts(seen: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return which tokens follow the end of a sentence or line, or a quotation mark after one or after a colon."""
    ends = (seen & (ENDS_SENTENCE | LINE_END)) != 0
    quote = (seen & QUOTE) != 0
    before, before_that = np.ones(len(seen), bool), np.ones(len(seen), bool)
    before[1:] = ends[:-1]
    before_that[2:] = ends[:-2] | ((seen[:-2] & COLON) != 0)
    after_quote = np.zeros(len(seen), bool)
    after_quote[1:] = quote[:-1]
    return before | (after_quote & before_that)


def _headings(seen: NDArray[np.uint8]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which tokens stand in a line in title case, and which in one in capitals."""
    line = np.cumsum((seen & LINE_END) != 0)
    counts = (seen & COUNTS) != 0
    lines = int(line[-1]) + 1 if len(line) else 0
    length = np.bincount(line, minlength=lines)
    long_words = np.bincount(line[counts], minlength=lines)
    capital = np.bincount(line[counts & ((seen & CAPITAL) != 0)], minlength=lines)
    shouted = np.bincount(line[(seen & SHOUTED) != 0], minlength=lines)
    small = np.bincount(line[(seen & SMALL) != 0], minlength=lines)
    short = length <= MAX_HEADING
    capitals = short & (shouted >= 2) & (shouted >= 4 * small)
    stops = np.bincount(line[(seen & ENDS_SENTENCE) != 0], minlength=lines)
    title = short & ~capitals & (long_words >= 3) & (5 * capital >= 4 * long_words) & (stops == 0)
    return title[line], capitals[line]
