"""Which words texts have, and where: each word that is met gets the next row of a table. The C beside it does the same, fast."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from search.enrich.entities.network.constants import BEGIN, BORDER, LAST, MAX_WORD, UNIT
from search.enrich.entities.network.network import KINDS
from search.enrich.entities.network.tokens import LINE_END, pieces_of, tokens_of
from search.enrich.spans import Kind, Span

#: The piece that stands before, between and after texts.
_BORDER_PIECE = ""


class Places(NamedTuple):
    """Where the tokens of a batch of texts are, from its pieces; one piece is a border before, between and after texts."""

    pieces: list[str]
    #: Where each piece begins in its text, -1 for a border.
    starts: list[int]
    #: How many tokens each piece has.
    counts: NDArray[np.int64]
    #: For each text the number of the border after it.
    ends: list[int]


class Reader:
    """Reads texts; a word that it has not met gets the row `next`, and is put down in `new`."""

    def __init__(self) -> None:
        self._rows = _Rows()

    @property
    def next(self) -> int:
        """The row that the next new word will get."""
        return self._rows.next

    @property
    def pieces(self) -> int:
        """How many pieces are remembered."""
        return len(self._rows)

    def taken_new(self) -> list[str]:
        """Return the words that have got a row since this was called last."""
        new, self._rows.new = self._rows.new, []
        return new

    def read(self, texts: Sequence[str]) -> tuple[NDArray[np.int32], Places]:
        """Return the words of *texts* as rows, `BORDER` before, between and after them, and what `spans` needs to know."""
        pieces, starts, ends = [_BORDER_PIECE], [-1], []
        for text in texts:
            of_text, where = pieces_of(text)
            pieces += of_text
            starts += where
            ends.append(len(pieces))
            pieces.append(_BORDER_PIECE)
            starts.append(-1)
        inside = list(map(self._rows.__getitem__, pieces))
        counts = np.fromiter(map(len, inside), np.int64, len(inside))
        words = np.fromiter(chain.from_iterable(inside), np.int32, int(counts.sum()))
        return words, Places(pieces, starts, counts, ends)

    def spans(self, places: object, tags: NDArray[np.uint8]) -> list[list[Span]]:
        """Return for each text that was read the names that *tags*, those of its words, mark."""
        assert isinstance(places, Places)  # noqa: S101
        pieces, starts, counts, ends = places
        found: list[list[Span]] = [[] for _ in ends]
        text = 0
        for name in _names(tags, counts):
            while name.last_piece >= ends[text]:
                text += 1
            start = starts[name.first_piece] + _token(pieces[name.first_piece], name.first_token)[0]
            end = starts[name.last_piece] + _token(pieces[name.last_piece], name.last_token)[1]
            found[text].append(Span(start, end, name.kind))
        return found


class _Name(NamedTuple):
    """A name as pieces, and the number of a token in its first and in its last one."""

    first_piece: int
    first_token: int
    last_piece: int
    last_token: int
    kind: Kind


def _names(tags: NDArray[np.uint8], counts: NDArray[np.int64]) -> Iterator[_Name]:
    """Yield the names that *tags* mark, in order. ``counts`` says how many tokens each piece has."""
    named = np.flatnonzero(tags)
    kind, part = np.divmod(tags[named] - 1, 4)
    first = named[(part == BEGIN) | (part == UNIT)]
    closes = (part == LAST) | (part == UNIT)
    last = named[closes]
    ends = np.cumsum(counts)
    first_piece = np.searchsorted(ends, first, side="right")
    last_piece = np.searchsorted(ends, last, side="right")
    begins = ends - counts
    for a, b, c, d, e in zip(
        first_piece.tolist(), (first - begins[first_piece]).tolist(),
        last_piece.tolist(), (last - begins[last_piece]).tolist(),
        kind[closes].tolist(), strict=True,
    ):  # fmt: skip
        yield _Name(a, b, c, d, KINDS[e])


class _Rows(dict[str, tuple[int, ...]]):
    """Piece -> rows of its words; a word that has none gets the next one, and is put down as new."""

    def __init__(self) -> None:
        super().__init__({_BORDER_PIECE: (BORDER,)})
        self._words: dict[str, int] = {}
        self.new: list[str] = []
        self.next = BORDER + 1

    def __missing__(self, piece: str) -> tuple[int, ...]:
        if piece.isalpha() or piece == LINE_END:
            rows: tuple[int, ...] = (self._row(piece),)
        else:
            rows = tuple([self._row(piece[a:b]) for a, b in tokens_of(piece)])
        if len(piece) <= MAX_WORD:
            self[piece] = rows
        return rows

    def _row(self, word: str) -> int:
        if len(word) > MAX_WORD:
            word = word[: MAX_WORD // 2] + word[-MAX_WORD // 2 :]
        row = self._words.get(word)
        if row is None:
            row = self._words[word] = self.next
            self.next += 1
            self.new.append(word)
        return row


def _token(piece: str, number: int) -> tuple[int, int]:
    """Return where a token of *piece* begins and ends."""
    return (_remembered(piece) if len(piece) <= MAX_WORD else tokens_of(piece))[number]


_remembered = lru_cache(maxsize=10_000)(tokens_of)
