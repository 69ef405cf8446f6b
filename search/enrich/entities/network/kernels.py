"""The inner loops of the recogniser: compiled where the installation could compile them, else on numpy.

`pieces_of` of tokens.py, `flagged` of flags.py and `tags_of` of network.py say what each does; the compiled ones (c/network.c) are tested against them.
"""

from __future__ import annotations

import os
from importlib import import_module
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from search.enrich.entities.network import constants, flags, network, tokens
from search.enrich.entities.network.flags import Tokens
from search.enrich.entities.network.network import Weights

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


def pieces_of(text: str) -> tuple[list[str], list[int]]:
    """Return what `tokens.pieces_of` does."""
    if _c is None:
        return tokens.pieces_of(text)
    found: tuple[list[str], list[int]] = _c.pieces_of(text)
    return found


def rows_of(
    known: dict[str, tuple[int, ...]], pieces: list[str]
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return the rows of all *pieces* as *known* has them, and how many each piece has. What *known* lacks is asked of it."""
    if _c is None:
        inside = list(map(known.__getitem__, pieces))
        counts = np.fromiter(map(len, inside), np.int64, len(inside))
        return np.fromiter(chain.from_iterable(inside), np.int32, int(counts.sum())), counts
    words, sizes = _c.rows_of(known, pieces)
    return np.frombuffer(words, np.int32), np.frombuffer(sizes, np.int64)


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
