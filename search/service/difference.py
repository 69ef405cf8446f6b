"""What differs between two texts, word by word."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Literal, NamedTuple

from search.model.article import paragraph_ranges

#: Words of each text that are compared; what follows is left out, and said.
MAX_WORDS = 3000
#: Pairs of equal words that are weighed against each other; texts with more are compared by paragraphs.
MAX_PAIRS = 100_000

Kind = Literal["same", "first", "second"]

_WORD = re.compile(r"\S+")
#: Stands for the end of a paragraph among the words: no word has white space.
_END = "\n"


class Piece(NamedTuple):
    """Some words in a row that both texts have, or only the ``first``, or only the ``second``."""

    kind: Kind
    text: str


class Difference(NamedTuple):
    """Two texts as one, in paragraphs, with how many words each kind of piece has.

    ``is_cut``: only the first `MAX_WORDS` of a text were compared. ``is_rough``: they were compared by whole
    paragraphs.
    """

    paragraphs: tuple[tuple[Piece, ...], ...]
    same: int
    only_first: int
    only_second: int
    is_cut: bool = False
    is_rough: bool = False


def difference(first: str, second: str) -> Difference:
    """Return what differs between two texts; white space other than the ends of paragraphs does not count."""
    (left, left_is_cut), (right, right_is_cut) = _words(first), _words(second)
    start = _common(left, right)
    end = _common(left[start:][::-1], right[start:][::-1])
    middle = left[start : len(left) - end], right[start : len(right) - end]
    is_rough = _pairs(*middle) > MAX_PAIRS
    pieces = [
        *_runs("same", left[:start]),
        *(_by_paragraph(*middle) if is_rough else _by_word(*middle)),
        *_runs("same", left[len(left) - end :]),
    ]
    counts = Counter[Kind]()
    for kind, words in pieces:
        counts[kind] += sum(word != _END for word in words)
    return Difference(
        tuple(_paragraphs(pieces)),
        counts["same"],
        counts["first"],
        counts["second"],
        left_is_cut or right_is_cut,
        is_rough,
    )


def count_words(text: str) -> int:
    """Return how many words a text has: what stands between white space."""
    return len(text.split())


#: A kind of piece and its words.
_Run = tuple[Kind, Sequence[str]]


def _words(text: str) -> tuple[list[str], bool]:
    """Return the words of a text and the ends of its paragraphs, and whether there are more than are compared."""
    found: list[str] = []
    room = MAX_WORDS
    for start, end in paragraph_ranges(text):
        of_paragraph = _WORD.findall(text, start, end)
        found += [*of_paragraph[:room], _END]
        room -= len(of_paragraph)
        if room < 0:
            break
    return found, room < 0


def _common(left: Sequence[str], right: Sequence[str]) -> int:
    """Return how many words two texts begin with that are the same."""
    pairs = enumerate(zip(left, right, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(left), len(right)))


def _pairs(left: Sequence[str], right: Sequence[str]) -> int:
    """Return how many pairs of equal words there are, which is what comparing takes."""
    counts = Counter(right)
    return sum(number * counts[word] for word, number in Counter(left).items())


def _runs(kind: Kind, words: Sequence[str]) -> Iterator[_Run]:
    if words:
        yield kind, words


def _by_word(left: Sequence[str], right: Sequence[str], least: int = 2) -> Iterator[_Run]:
    """Yield the pieces of two texts; fewer equal words than *least* between others are among these."""
    first: list[str] = []
    second: list[str] = []
    for tag, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if tag == "equal" and (b - a >= least or left[a] == _END or not (first or second)):
            yield from _replaced(first, second)
            yield "same", left[a:b]
            first, second = [], []
        else:
            first += left[a:b]
            second += right[c:d]
    yield from _replaced(first, second)


def _replaced(first: Sequence[str], second: Sequence[str]) -> Iterator[_Run]:
    """Yield words of which each text has others, paragraph by paragraph."""
    for left, right in zip_longest(_cut(first), _cut(second), fillvalue=()):
        yield from _runs("first", [word for word in left if word != _END])
        yield from _runs("second", right)
        if _END in left and _END not in right:
            yield "first", [_END]


def _cut(words: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield words up to each end of a paragraph, and what follows the last."""
    start = 0
    for at, word in enumerate(words):
        if word == _END:
            yield words[start : at + 1]
            start = at + 1
    if start < len(words):
        yield words[start:]


def _by_paragraph(left: Sequence[str], right: Sequence[str]) -> Iterator[_Run]:
    """Yield the pieces of texts whose paragraphs are compared as wholes; where even these are too many, all differs."""
    first, second = _grouped(left), _grouped(right)
    if _pairs(first, second) > MAX_PAIRS:
        yield from _runs("first", left)
        yield from _runs("second", right)
        return
    for kind, paragraphs in _by_word(first, second, least=1):
        yield kind, [word for each in paragraphs for word in each.split(" ")]


def _grouped(words: Sequence[str]) -> list[str]:
    """Return words as paragraphs, each with its end."""
    parts = re.split(f"(?<={_END})", " ".join(words))
    return [part.strip(" ") for part in parts if part.strip(" ")]


def _paragraphs(runs: Sequence[_Run]) -> Iterator[tuple[Piece, ...]]:
    """Yield the pieces of each paragraph; it ends where it ends in either text."""
    pieces: list[Piece] = []
    for kind, words in runs:
        taken: list[str] = []
        for word in [*words, None]:
            if word is not None and word != _END:
                taken.append(word)
                continue
            if taken:
                pieces.append(Piece(kind, " ".join(taken)))
                taken = []
            if word == _END and pieces:
                yield tuple(pieces)
                pieces = []
    if pieces:
        yield tuple(pieces)
