"""Which tokens a text has for the network: lines, pieces between white space, and in each one regular expression.

Pieces ("Kyiv," or "(Reuters)") come again and again, so those who need speed remember what is in one; `c/reading.c` cuts them as
the expression does.
"""

from __future__ import annotations

import re
from functools import cache

import numpy as np
from numpy.typing import NDArray

from search.enrich.entities.network.constants import LONGEST_TITLE

#: The piece, and the token, between two lines.
LINE_END = "\n"

#: What ends in a full stop and stands before a name, so that the name after it starts no sentence.
TITLES = frozenset(
    [
        "Mr", "Mrs", "Ms", "Dr", "St", "Gen", "Sen", "Rep", "Gov", "Lt", "Col", "Sgt", "Maj", "Adm", "Capt", "Prof", "Rev",
        "Hon", "Pres", "Sens", "Reps",
    ]
)  # fmt: skip

#: Marks that are a token by themselves, whatever word is before them.
PLAIN_MARKS = frozenset(',;:!?)"”')

#: What agencies put before a headline, with a hyphen: "Soccer-Perth win again".
DESKS = frozenset(
    [
        "soccer", "rugby", "cricket", "tennis", "golf", "racing", "basketball", "athletics", "baseball", "olympics",
        "cycling", "boxing", "swimming", "doping", "factbox", "brief", "update", "explainer", "exclusive", "analysis",
        "timeline", "corrected", "forex", "metals", "stocks",
    ]
)  # fmt: skip

#: In this order: plain words, desks, dotted abbreviations and initials, titles, a possessive ending,
#: other words and numbers (hyphenated ones stay whole, and so does a plus sign after one), any other character by itself.
_TOKEN = re.compile(
    rf"""
    [^\W\d_]{{2,}}+(?![\w.'’&+-])
    | (?ai:{"|".join(sorted(DESKS))})(?=-[^\W_])
    | (?:[^\W\d_]\.)++(?:-[^\W_]++)*+
    | (?:{"|".join(sorted(TITLES))})\.
    | ['’][sS](?![^\W_])
    | [^\W_]++(?:(?:[-&]|['’](?![sS](?![^\W_]))|(?<=\d)[.,:](?=\d)|\.(?=(?:com|org|net)\b))[^\W_]++)*+(?:\+(?![^\W_]))?
    | \S
    """,
    re.VERBOSE,
)


def pieces_of(text: str) -> tuple[list[str], NDArray[np.int64]]:
    """Return what stands between white space, and where each piece begins; a `LINE_END` between lines that are not blank."""
    pieces: list[str] = []
    line_ends: list[int] = []
    at_line_ends: list[int] = []
    at = 0
    for line in text.split("\n"):
        words = line.split()
        if words:
            if pieces:
                line_ends.append(len(pieces))
                at_line_ends.append(at - 1)
                pieces.append(LINE_END)
            pieces += words
        at += len(line) + 1
    starts = np.empty(len(pieces), np.int64)
    is_word = np.ones(len(pieces), bool)
    is_word[line_ends] = False
    starts[is_word] = _starts_of_words(text)
    starts[line_ends] = at_line_ends
    return pieces, starts


def _starts_of_words(text: str) -> NDArray[np.int64]:
    """Return where what stands between white space begins."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    is_blank = _blanks()[np.minimum(codes, _LAST_BLANK + 1)]
    begins = ~is_blank
    begins[1:] &= is_blank[:-1]
    return np.flatnonzero(begins)


#: The last character that is white space.
_LAST_BLANK = 0x3000


@cache
def _blanks() -> NDArray[np.bool_]:
    """Return which characters up to the one after `_LAST_BLANK` are white space, as `str.split` has it."""
    return np.array([chr(code).isspace() for code in range(_LAST_BLANK + 2)])


def tokens_of(piece: str) -> list[tuple[int, int]]:
    """Return (start, end) of each token of *piece*, in order; what is between them is nothing."""
    size = len(piece)
    if piece.isalpha():
        return [(0, size)]
    word = piece[:-1]
    if word.isalpha() and (piece[-1] in PLAIN_MARKS or (piece[-1] == "." and size > LONGEST_TITLE)):
        return [(0, size - 1), (size - 1, size)]
    return spans_of(piece)


def spans_of(piece: str) -> list[tuple[int, int]]:
    """Return what `tokens_of` does by the regular expression alone, more slowly."""
    return [found.span() for found in _TOKEN.finditer(piece)]


def tokens_of_text(text: str) -> list[tuple[int, int]]:
    """Return (start, end) of each token of *text*, line ends among them, as the recogniser sees them."""
    pieces, starts = pieces_of(text)
    return [
        (at + start, at + end)
        for piece, at in zip(pieces, starts.tolist(), strict=True)
        for start, end in ([(0, 1)] if piece == LINE_END else tokens_of(piece))
    ]
