"""The model file: tables of words, and the weights of the network. ``benchmarks/entities`` makes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from search.enrich.entities.network.constants import (
    CAPITAL,
    COLON,
    COUNTS,
    ENDS_SENTENCE,
    LINE_END,
    LONG_WORD,
    QUOTE,
    SHOUTED,
    SHOUTED_LETTERS,
    SMALL,
    WIDTH,
)
from search.enrich.entities.network.network import Weights
from search.enrich.entities.network.words import FORM_BITS, Letters, keys_of

MODEL = "model.npz"

#: Attributes of words that are marks.
MARKS = {
    **dict.fromkeys(".!?…", ENDS_SENTENCE),
    **dict.fromkeys("\"“”„«»'‘’`([{*•", QUOTE),
    **dict.fromkeys(",:", COLON),
}


@dataclass(frozen=True, slots=True)
class Model:
    """All that the network knows; made by `load`, read by `WordTable`.

    ``keys`` is uint32, sorted, `key_of` the words that have a vector; ``key_rows`` their rows in ``vectors``
    (int8[vectors, WIDTH], times ``vector_scales``), the last row being that of unknown words. ``affixes`` is
    float32[buckets, ...]; ``list_keys`` and ``list_bits`` say which word lists a word is on.
    """

    version: str
    keys: NDArray[np.uint32]
    key_rows: NDArray[np.uint16]
    vectors: NDArray[np.int8]
    vector_scales: NDArray[np.float32]
    affixes: NDArray[np.int8]
    affix_scales: NDArray[np.float32]
    list_keys: NDArray[np.uint32]
    list_bits: NDArray[np.uint32]
    list_count: int
    classes: NDArray[np.uint8]
    affix_weights: NDArray[np.float32]
    bit_weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    projection: NDArray[np.float32]
    weights: Weights

    def rows_of(self, words: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        """Return what each of *words* adds to the first window, float32[3, words, WIDTH], and its attributes."""
        letters = Letters(words, self.classes)
        listed = listed_bits(words, self.list_keys, self.list_bits, self.list_count)
        row = vector_rows(words, self.keys, self.key_rows, len(self.vectors) - 1)
        hidden: NDArray[np.float32] = self.vectors[row] * self.vector_scales[row, None]
        affixes = self.affixes[letters.affixes] * self.affix_scales[letters.affixes][:, :, None]
        hidden += affixes.reshape(len(words), -1) @ self.affix_weights
        bits = np.concatenate([letters.bits, listed], axis=1).astype(np.float32)
        hidden += bits @ self.bit_weights
        hidden += self.bias
        np.maximum(hidden, 0, out=hidden)
        parts = (hidden @ self.projection).reshape(len(words), 3, WIDTH)
        return np.asarray(parts.transpose(1, 0, 2), np.float32), attributes_of(words, letters)


def attributes_of(words: Sequence[str], letters: Letters) -> NDArray[np.uint8]:
    """Return the attributes of each word, uint8: the bits that `flags.py` asks for."""
    found = np.fromiter((MARKS.get(word, 0) for word in words), np.uint8, len(words))
    found |= letters.capital * np.uint8(CAPITAL)
    found |= letters.small * np.uint8(SMALL)
    found |= letters.bits[:, FORM_BITS.index("all letters are capitals, at least two")] * np.uint8(
        SHOUTED
    )
    found |= letters.bits[:, FORM_BITS.index("line end")] * np.uint8(LINE_END)
    long = np.fromiter((len(word) >= LONG_WORD for word in words), bool, len(words))
    found |= (long & (letters.capital | letters.small)) * np.uint8(COUNTS)
    return found


def vector_rows(
    words: Sequence[str], keys: NDArray[np.uint32], rows: NDArray[np.uint16], unknown: int
) -> NDArray[np.int64]:
    """Return the row of the vector of each word, or of another form of it; *unknown* where none has one."""
    found = np.full(len(words), unknown, np.int64)

    def look_up(at: Sequence[int], forms: Sequence[str]) -> list[int]:
        """Give the words *at* the rows of their *forms*; return those that have none."""
        wanted = keys_of(forms)
        place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        is_known = keys[place] == wanted
        where = np.array(at, np.int64)
        found[where[is_known]] = rows[place[is_known]]
        left: list[int] = where[~is_known].tolist()
        return left

    missing = look_up(range(len(words)), words)
    # "KYIV" is "Kyiv", and "kyiv" only where there is no such name.
    shouted = [at for at in missing if len(words[at]) >= SHOUTED_LETTERS and words[at].isupper()]
    if shouted:
        unknown_names = look_up(shouted, [words[at].capitalize() for at in shouted])
        missing = sorted({*missing}.difference(shouted).union(unknown_names))
    look_up(missing, [words[at].lower() for at in missing])
    return found


def listed_bits(
    words: Sequence[str], keys: NDArray[np.uint32], bits: NDArray[np.uint32], count: int
) -> NDArray[np.bool_]:
    """Return which of the *count* lists each word is on, bool[words, count]."""
    wanted = keys_of([word.casefold() for word in words])
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    found = np.where(keys[place] == wanted, bits[place], np.uint32(0))
    each = found[:, None] >> np.arange(count, dtype=np.uint32)
    return np.asarray(each & np.uint32(1), np.bool_)


def planes(values: NDArray[np.uint32], width: int) -> NDArray[np.uint8]:
    """Return the bytes of *values* by place, uint8[width, values], as they compress best."""
    return np.stack([(values >> np.uint32(8 * i)).astype(np.uint8) for i in range(width)])


def from_planes(bytes_: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """Undo `planes`."""
    values: NDArray[np.uint32] = bytes_[0].astype(np.uint32)
    for place in range(1, len(bytes_)):
        values |= bytes_[place].astype(np.uint32) << np.uint32(8 * place)
    return values


def load(path: Path | None = None) -> Model:
    """Read a model file, by default that of the package. Takes some 50 ms."""
    source = path or files("search.enrich.entities.network") / MODEL
    with source.open("rb") as file, np.load(file) as stored:
        parts = {name: stored[name] for name in stored.files}
    dense = {
        name[6:]: np.ascontiguousarray(part.astype(np.float32))
        for name, part in parts.items()
        if name.startswith("dense_")
    }
    return Model(
        version=bytes(parts["version"]).decode("ascii"),
        keys=np.cumsum(from_planes(parts["key_steps"]), dtype=np.uint32),
        key_rows=from_planes(parts["key_rows"]).astype(np.uint16),
        vectors=parts["vectors"],
        vector_scales=parts["vector_scales"].astype(np.float32),
        affixes=parts["affixes"],
        affix_scales=parts["affix_scales"].astype(np.float32),
        list_keys=np.cumsum(from_planes(parts["list_steps"]), dtype=np.uint32),
        list_bits=from_planes(parts["list_bits"]),
        list_count=int(parts["list_count"]),
        classes=parts["classes"],
        affix_weights=dense["affix_weights"],
        bit_weights=dense["bit_weights"],
        bias=dense["bias"],
        projection=dense["projection"],
        weights=Weights(
            **{
                name: dense[name]
                for name in ("flags", "window", "pool", "window_bias", "out", "out_bias")
            }
        ),
    )
