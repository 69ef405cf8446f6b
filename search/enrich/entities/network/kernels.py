"""The inner loops of the recogniser: compiled where the installation could compile them, else on numpy.

`Reader` of reading.py, `rows_of` of model.py, `flagged` of flags.py and `tags_of` of network.py say what each does, and
`_entity` here; the compiled ones (c/) are tested against them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from search.enrich.entities.network import constants, flags, network, reading, tokens
from search.enrich.entities.network.flags import Tokens
from search.enrich.entities.network.model import MARKS, Model
from search.enrich.entities.network.network import KINDS, Weights
from search.enrich.spans import Span
from search.model.article import Entity, Mention

if TYPE_CHECKING:
    from types import ModuleType

#: Set to "numpy" to leave what was compiled aside, to compare the two or to look for a fault.
CHOICE = "NEWSSEARCH_KERNELS"

#: What was compiled with other numbers, from another state of the sources, is left aside.
NUMBERS = " ".join(f"{name}={value}" for name, value in vars(constants).items() if name.isupper())


def _compiled() -> ModuleType | None:
    if os.environ.get(CHOICE) == "numpy":
        return None
    try:
        found = import_module("search.enrich.entities.network._network")
    except ImportError:
        return None
    return found if getattr(found, "NUMBERS", None) == NUMBERS else None


_c = _compiled()

#: Whether the compiled loops are in use.
IS_COMPILED = _c is not None


def flagged(
    words: NDArray[np.int32],
    attributes: NDArray[np.uint8],
    folds: NDArray[np.int32],
    fold_count: int,
) -> Tokens:
    """Return the tokens *words* as `flags.flagged` does, but for the order in which groups are numbered.

    *fold_count* is more than any of ``folds``.
    """
    if _c is None:
        return flags.flagged(words, attributes, folds)
    bits = np.empty(len(words), np.uint8)
    groups = np.empty(len(words), np.int32)
    count = _c.fill_flags(words, attributes, folds, fold_count, bits, groups)
    return Tokens(words, bits, groups, count)


def tags_of(batch: Tokens, rows: NDArray[np.float32], weights: Weights) -> NDArray[np.uint8]:
    """Return the tag of each token as `network.tags_of` does; where two are as likely within rounding, either."""
    if _c is None:
        return network.tags_of(batch, rows, weights)
    tags = np.empty(len(batch.words), np.uint8)
    _c.fill_tags(
        batch.words, batch.flags, batch.groups, rows, weights.flags, weights.window, weights.pool,
        weights.window_bias, weights.out, weights.out_bias, tags,
    )  # fmt: skip
    return tags


def fill_rows(
    model: Model,
    words: Sequence[str],
    first: int,
    rows: NDArray[np.float32],
    attributes: NDArray[np.uint8],
) -> None:
    """Fill the rows from *first* on with what ``model.rows_of(words)`` gives, within rounding.

    ``rows`` is float32[3, room, WIDTH], ``attributes`` uint8[room].
    """
    if _c is None:
        here = slice(first, first + len(words))
        rows[:, here], attributes[here] = model.rows_of(words)
        return
    _c.fill_rows(
        words, first, MARKS, model.keys, model.key_rows, model.vectors, model.vector_scales, model.affixes,
        model.affix_scales, model.list_keys, model.list_bits, model.classes, model.affix_weights,
        model.bit_weights, model.bias, model.projection, rows, attributes,
    )  # fmt: skip


def _entity(
    entity: type[Entity],
    mention: type[Mention],
    name: str,
    places: list[int],
    forms: tuple[str, ...],
) -> Entity:
    """Return the entity of a *name* whose mentions start and end at *places*, first start, first end, second start ..."""
    mentions = map(mention, places[::2], places[1::2])
    return entity(name, tuple(mentions), forms)


#: Makes an entity as `_entity` does, of the classes that it is given.
entity: Callable[[type[Entity], type[Mention], str, list[int], tuple[str, ...]], Entity]
entity = _entity if _c is None else _c.entity


#: Does what `merging.unwrapped.with_spaces` does, given the lengths of lines that it goes by; None where it is not compiled.
unwrapped: Callable[[str, int, int, int], str] | None
unwrapped = None if _c is None else _c.unwrapped


class _CompiledReader:
    """As `reading.Reader`."""

    def __init__(self) -> None:
        assert _c is not None  # noqa: S101
        self._reader = _c.Reader(tokens.TITLES, tokens.DESKS, KINDS, Span)

    @property
    def next(self) -> int:
        found: int = self._reader.next
        return found

    @property
    def pieces(self) -> int:
        found: int = self._reader.pieces
        return found

    @property
    def fold_count(self) -> int:
        found: int = self._reader.fold_count
        return found

    def fill_folds(self, words: Sequence[str], folds: NDArray[np.int32]) -> None:
        self._reader.fill_folds(words, folds)

    def taken_new(self) -> list[str]:
        new: list[str] = self._reader.taken_new()
        return new

    def read(self, texts: Sequence[str]) -> tuple[NDArray[np.int32], object]:
        words, places = self._reader.read(texts)
        return np.frombuffer(words, np.int32), places

    def spans(self, places: object, tags: NDArray[np.uint8]) -> list[list[Span]]:
        found: list[list[Span]] = self._reader.spans(places, tags)
        return found


#: Reads texts.
Reader = reading.Reader if _c is None else _CompiledReader
