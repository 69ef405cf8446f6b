"""Which names are in these texts: tokens, word table, network, spans."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from search.enrich.entities.network.constants import BEGIN, BORDER, LAST, UNIT, WIDTH
from search.enrich.entities.network.constants import LINE_END as LINE_END_ATTRIBUTE
from search.enrich.entities.network.kernels import flagged, pieces_of, rows_of, tags_of
from search.enrich.entities.network.model import Model, load
from search.enrich.entities.network.network import KINDS
from search.enrich.entities.network.tokens import LINE_END, tokens_of
from search.enrich.spans import Kind, Span

#: Texts are taken together until they have that many pieces: enough for numpy to be fast, few enough for the cache.
_BATCH_PIECES = 10_000

#: The word table is emptied when it has more words than this (46 MB). With half of that, 5,000 articles took a sixth longer.
_MAX_WORDS = 60_000
_MAX_PIECES = 120_000

#: Longer words are known by both ends.
_MAX_WORD = 64

#: The piece that stands before, between and after texts.
_BORDER_PIECE = ""

_T = TypeVar("_T", bound=np.generic)


class Recogniser:
    """Finds the names in texts. Not for several threads at once: its word table grows with what it reads."""

    def __init__(self, model: Model) -> None:
        self.version = model.version
        self._model = model
        self._words = WordTable(model)

    @classmethod
    def load(cls) -> Recogniser:
        """Return a recogniser with the model of the package."""
        return cls(load())

    def spans(self, texts: Sequence[str]) -> list[list[Span]]:
        """Return the names in each text, in order and not overlapping, without white space at their edges. Never raises."""
        found: list[list[Span]] = []
        batch: list[tuple[list[str], list[int]]] = []
        size = 0
        for text in texts:
            batch.append(pieces_of(text))
            size += len(batch[-1][0])
            if size >= _BATCH_PIECES:
                found += self._spans(batch)
                batch, size = [], 0
        if batch:
            found += self._spans(batch)
        return found

    def _spans(self, batch: Sequence[tuple[list[str], list[int]]]) -> list[list[Span]]:
        pieces, starts, ends = [_BORDER_PIECE], [-1], []
        for of_text, where in batch:
            pieces += of_text
            starts += where
            ends.append(len(pieces))
            pieces.append(_BORDER_PIECE)
            starts.append(-1)
        words, counts = self._words.ids(pieces)
        tokens = flagged(words, self._words.attributes, self._words.folds, self._words.fold_count)
        tags = tags_of(tokens, self._words.rows, self._model.weights)
        found: list[list[Span]] = [[] for _ in batch]
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


class WordTable:
    """What the model says of each word seen so far; emptied when it has grown too large.

    ``rows`` is float32[3, words, WIDTH], ``attributes`` uint8[words], ``folds`` int32[words], as `flagged`
    and `tags_of` take them. Row `BORDER` is zero.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        self._clear()

    def _clear(self) -> None:
        self._pieces = _Pieces()
        self._folds: dict[str, int] = {"": 0}
        self.rows: NDArray[np.float32] = np.zeros((3, 1024, WIDTH), np.float32)
        self.attributes: NDArray[np.uint8] = np.zeros(1024, np.uint8)
        self.folds: NDArray[np.int32] = np.zeros(1024, np.int32)
        self.attributes[BORDER] = LINE_END_ATTRIBUTE

    @property
    def fold_count(self) -> int:
        """More than any of ``folds``."""
        return len(self._folds)

    def ids(self, pieces: list[str]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Return the words of all *pieces* as rows, and how many words each piece has."""
        if len(self._pieces) > _MAX_PIECES or self._pieces.next > _MAX_WORDS:
            self._clear()
        known = self._pieces
        words, counts = rows_of(known, pieces)
        if known.new:
            self._learn(known.new)
            known.new = []
        return words, counts

    def _learn(self, words: Sequence[str]) -> None:
        end = self._pieces.next
        if end > len(self.folds):
            # Once it is full it is emptied, so no room is made for twice as many.
            size = max(end, min(2 * len(self.folds), _MAX_WORDS))
            self.rows = _grown(self.rows, size, 1)
            self.attributes = _grown(self.attributes, size, 0)
            self.folds = _grown(self.folds, size, 0)
        here = slice(end - len(words), end)
        self.rows[:, here], self.attributes[here] = self._model.rows_of(words)
        folds = self._folds
        self.folds[here] = [folds.setdefault(word.casefold(), len(folds)) for word in words]


class _Pieces(dict[str, tuple[int, ...]]):
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
        if len(piece) <= _MAX_WORD:
            self[piece] = rows
        return rows

    def _row(self, word: str) -> int:
        if len(word) > _MAX_WORD:
            word = word[: _MAX_WORD // 2] + word[-_MAX_WORD // 2 :]
        row = self._words.get(word)
        if row is None:
            row = self._words[word] = self.next
            self.next += 1
            self.new.append(word)
        return row


def _token(piece: str, number: int) -> tuple[int, int]:
    """Return where a token of *piece* begins and ends."""
    return (_remembered(piece) if len(piece) <= _MAX_WORD else tokens_of(piece))[number]


_remembered = lru_cache(maxsize=10_000)(tokens_of)


def _grown(array: NDArray[_T], size: int, axis: int) -> NDArray[_T]:
    """Return *array* with zeros added, so that it is *size* long along *axis*."""
    more = [(0, size - length if at == axis else 0) for at, length in enumerate(array.shape)]
    return np.pad(array, more)
