"""Which names are in these texts: tokens, word table, network, spans."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from search.enrich.entities.network.constants import BORDER, WIDTH
from search.enrich.entities.network.constants import LINE_END as LINE_END_ATTRIBUTE
from search.enrich.entities.network.kernels import Reader, fill_rows, flagged, tags_of
from search.enrich.entities.network.model import Model, load
from search.enrich.spans import Span

#: Texts are taken together until they have that many characters, some eighty articles. With a quarter of that, an article takes
#: a sixth longer on numpy, and 8 % longer in compiled code.
_BATCH_CHARS = 240_000

#: The word table is emptied when it has more words than this (46 MB). With half of that, 5,000 articles took a sixth longer.
_MAX_WORDS = 60_000
_MAX_PIECES = 120_000

#: How many words the table has room for: more than are new in a batch of news.
_ROOM = _MAX_WORDS + _BATCH_CHARS // 4

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
        first = size = 0
        for number, text in enumerate(texts, 1):
            size += len(text)
            if size >= _BATCH_CHARS or number == len(texts):
                found += self._spans(texts[first:number])
                first, size = number, 0
        return found

    def _spans(self, texts: Sequence[str]) -> list[list[Span]]:
        table = self._words
        words, places = table.read(texts)
        tokens = flagged(words, table.attributes, table.folds, table.fold_count)
        tags = tags_of(tokens, table.rows, self._model.weights)
        return table.reader.spans(places, tags)


class WordTable:
    """What the model says of each word seen so far; emptied when it has grown too large.

    ``rows`` is float32[3, words, WIDTH], ``attributes`` uint8[words], ``folds`` int32[words], as `flagged`
    and `tags_of` take them. Row `BORDER` is zero.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        self._clear()

    def _clear(self) -> None:
        self.reader = Reader()
        # Memory that nothing has been written to takes no room.
        self.rows: NDArray[np.float32] = np.zeros((3, _ROOM, WIDTH), np.float32)
        self.attributes: NDArray[np.uint8] = np.zeros(_ROOM, np.uint8)
        self.folds: NDArray[np.int32] = np.zeros(_ROOM, np.int32)
        self.attributes[BORDER] = LINE_END_ATTRIBUTE

    @property
    def fold_count(self) -> int:
        """More than any of ``folds``."""
        return self.reader.fold_count

    def read(self, texts: Sequence[str]) -> tuple[NDArray[np.int32], object]:
        """Return the words of *texts* as rows, `BORDER` before, between and after them, and what `Reader.spans` takes."""
        if self.reader.pieces > _MAX_PIECES or self.reader.next > _MAX_WORDS:
            if len(self.folds) > _ROOM:
                self._clear()
            else:
                # New words are put over the old ones: new memory would have to be cleared first.
                self.reader = Reader()
        words, places = self.reader.read(texts)
        if new := self.reader.taken_new():
            self._learn(new)
        return words, places

    def _learn(self, words: Sequence[str]) -> None:
        end = self.reader.next
        if end > len(self.folds):
            # A text of nothing but new words; after it the table is emptied.
            self.rows = _grown(self.rows, end, 1)
            self.attributes = _grown(self.attributes, end, 0)
            self.folds = _grown(self.folds, end, 0)
        fill_rows(self._model, words, end - len(words), self.rows, self.attributes)
        self.reader.fill_folds(words, self.folds[end - len(words) : end])


def _grown(array: NDArray[_T], size: int, axis: int) -> NDArray[_T]:
    """Return *array* with zeros added, so that it is *size* long along *axis*."""
    more = [(0, size - length if at == axis else 0) for at, length in enumerate(array.shape)]
    return np.pad(array, more)
