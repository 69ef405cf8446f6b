"""Which words texts have, and where: each word that is met gets the next row of a table. The C beside it does the same, fast."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from search.enrich.entities.network.constants import BEGIN, BORDER, LAST, MAX_WORD, UNIT
from search.enrich.entities.network.network import KINDS
from search.enrich.entities.network.tokens import LINE_END, pieces_of, tokens_of
from search.enrich.spans import Span

#: The piece that stands before, between and after texts.
_BORDER_PIECE = ""
_BORDER_START = np.array([-1])


class Places(NamedTuple):
    """Where the tokens of a batch of texts are, from its pieces; one piece is a border before, between and after texts."""

    pieces: list[str]
    #: Where each piece begins in its text, -1 for a border.
    starts: NDArray[np.int64]
    #: How many tokens each piece has.
    counts: NDArray[np.int64]
    #: For each text the number of the border after it.
    ends: list[int]


class Reader:
    """Reads texts; a word that it has not met gets the row `next`, and is put down in `new`."""

    def __init__(self) -> None:
        self._rows = _Rows()
        self._folds: dict[str, int] = {"": 0}

    @property
    def next(self) -> int:
        """The row that the next new word will get."""
        return self._rows.next

    @property
    def pieces(self) -> int:
        """How many pieces are remembered."""
        return len(self._rows)

    @property
    def fold_count(self) -> int:
        """More than any number that `fill_folds` has given."""
        return len(self._folds)

    def fill_folds(self, words: Sequence[str], folds: NDArray[np.int32]) -> None:
        """Give each of *words* a number, the same to those that differ in case only."""
        number_of = self._folds.setdefault
        folds[:] = [number_of(folded, len(self._folds)) for folded in map(str.casefold, words)]

    def taken_new(self) -> list[str]:
        """Return the words that have got a row since this was called last."""
        new, self._rows.new = self._rows.new, []
        return new

    def read(self, texts: Sequence[str]) -> tuple[NDArray[np.int32], Places]:
        """Return the words of *texts* as rows, `BORDER` before, between and after them, and what `spans` needs to know."""
        pieces, starts, ends = [_BORDER_PIECE], [_BORDER_START], []
        for text in texts:
            of_text, where = pieces_of(text)
            pieces += of_text
            starts += (where, _BORDER_START)
            ends.append(len(pieces))
            pieces.append(_BORDER_PIECE)
        inside = list(map(self._rows.__getitem__, pieces))
        counts = np.fromiter(map(len, inside), np.int64, len(inside))
        words = np.fromiter(chain.from_iterable(inside), np.int32, int(counts.sum()))
        return words, Places(pieces, np.concatenate(starts), counts, ends)

    def spans(self, places: object, tags: NDArray[np.uint8]) -> list[list[Span]]:
        """Return for each text that was read the names that *tags*, those of its words, mark."""
        assert isinstance(places, Places)  # noqa: S101
        pieces, starts, counts, ends = places
        found: list[list[Span]] = [[] for _ in ends]
        named = np.flatnonzero(tags)
        kind, part = np.divmod(tags[named] - 1, 4)
        closes = (part == LAST) | (part == UNIT)
        edges = np.cumsum(counts)
        first_piece, first = _in_pieces(named[(part == BEGIN) | (part == UNIT)], edges, counts)
        last_piece, last = _in_pieces(named[closes], edges, counts)
        text = 0
        for a, number, start, b, last_number, end, count, of_kind in zip(
            first_piece.tolist(), first.tolist(), starts[first_piece].tolist(),
            last_piece.tolist(), last.tolist(), starts[last_piece].tolist(), counts[last_piece].tolist(),
            kind[closes].tolist(), strict=True,
        ):  # fmt: skip
            while b >= ends[text]:
                text += 1
            start += _token(pieces[a], number)[0] if number else 0
            piece = pieces[b]
            end += len(piece) if last_number == count - 1 else _token(piece, last_number)[1]
            found[text].append(Span(start, end, KINDS[of_kind]))
        return found


def _in_pieces(
    tokens: NDArray[np.int64], edges: NDArray[np.int64], counts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the piece that each of *tokens* is in, and its number there; a piece ends before the token at its edge."""
    piece = np.searchsorted(edges, tokens, side="right")
    return piece, tokens - (edges - counts)[piece]


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
