"""The forward pass, in the shortest numpy: from words and flags to tags. The C beside it does the same, fast."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.enrich.entities.network.constants import (
    BEGIN,
    BORDER,
    INSIDE,
    LAST,
    NEVER,
    OUTSIDE,
    UNIT,
    WIDTH,
)
from search.enrich.entities.network.flags import Tokens
from search.enrich.spans import Kind

#: Kinds of names, in the order of their tags.
KINDS: tuple[Kind, ...] = ("person", "org", "place", "other")


@dataclass(frozen=True, slots=True)
class Weights:
    """The dense part of the model, float32 and C-contiguous all.

    ``flags[32, WIDTH]`` has a row for each value of `Tokens.flags`, the bias of the first window included;
    ``window[3 * WIDTH, WIDTH]``: before, itself, after; ``pool[2 * WIDTH, WIDTH]``: mean, largest;
    ``window_bias[WIDTH]``; ``out[WIDTH, TAGS]``; ``out_bias[TAGS]``.
    """

    flags: NDArray[np.float32]
    window: NDArray[np.float32]
    pool: NDArray[np.float32]
    window_bias: NDArray[np.float32]
    out: NDArray[np.float32]
    out_bias: NDArray[np.float32]


def tags_of(tokens: Tokens, rows: NDArray[np.float32], weights: Weights) -> NDArray[np.uint8]:
    """Return the tag of each token, uint8[tokens]: the likeliest row of tags of each run that is well formed.

    ``rows`` is float32[3, words, WIDTH]: what a word adds to the token after it, to its own, and to the one
    before it, in the first window. The row of `BORDER` is zero in all three. The first and last token are a `BORDER`.

    1. ``first[t] = relu(rows[0, w[t-1]] + rows[1, w[t]] + rows[2, w[t+1]] + flags[f[t]])``, zero at a border.
    2. Mean and largest of ``first`` over the tokens of each group.
    3. Of capitalised tokens (those in a group) and their neighbours, but none that is `NEVER` in a name:
       ``second[t] = relu(first[t-1..t+1] @ window + pool of its group @ pool + bias) + first[t]``,
       the pool being zero where there is no group. Others are outside.
    4. ``scores = second @ out + out_bias``, and Viterbi over each run of such tokens.
    """
    words = tokens.words
    first = np.zeros((len(words), WIDTH), np.float32)
    if len(words) < 3:
        return np.zeros(len(words), np.uint8)
    inner = first[1:-1]
    before, itself, after = rows
    np.take(itself, words[1:-1], axis=0, out=inner, mode="clip")
    inner += before.take(words[:-2], axis=0)
    inner += after.take(words[2:], axis=0)
    inner += weights.flags.take(tokens.flags[1:-1], axis=0)
    np.maximum(inner, 0, out=inner)
    border = words == BORDER
    first[border] = 0

    named = np.flatnonzero(tokens.groups >= 0)
    if not len(named):
        return np.zeros(len(words), np.uint8)
    active = np.zeros(len(words), bool)
    active[named] = active[named - 1] = active[named + 1] = True
    active &= tokens.groups != NEVER
    at = np.flatnonzero(active)

    window = np.concatenate([first[at - 1], first[at], first[at + 1]], axis=1) @ weights.window
    pooled = _pooled(first[named], tokens.groups[named], tokens.group_count) @ weights.pool
    group = tokens.groups[at]
    has_group = group >= 0
    window[has_group] += pooled[group[has_group]]
    window += weights.window_bias
    np.maximum(window, 0, out=window)
    window += first[at]
    scores = window @ weights.out + weights.out_bias

    tags = np.zeros(len(words), np.uint8)
    tags[at] = best_tags(scores, np.diff(at, prepend=-2) != 1)
    return tags


def _pooled(
    first: NDArray[np.float32], groups: NDArray[np.int32], count: int
) -> NDArray[np.float32]:
    """Return mean and largest of the rows of each group, float32[count, 2 * WIDTH]. Each group has one at least."""
    order = np.argsort(groups, kind="stable")
    ordered = first[order]
    sizes = np.bincount(groups, minlength=count)
    starts = np.cumsum(sizes) - sizes
    mean = np.add.reduceat(ordered, starts, axis=0) / sizes[:, None].astype(np.float32)
    return np.concatenate([mean, np.maximum.reduceat(ordered, starts, axis=0)], axis=1)


def best_tags(scores: NDArray[np.float32], begins: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return the best well-formed tags of each run of tokens, uint8[tokens].

    ``scores`` is float32[tokens, TAGS]; ``begins`` says which token begins a run. Of equal ones the
    earlier way counts: outside before kinds, begin before inside, in the order of `KINDS`.

    A name is begin, inside..., last, or a unit; at each token a run is either closed (its tag is
    outside, last or unit) or open in one kind (begin, inside).
    """
    count, kinds = len(scores), len(KINDS)
    starts = np.flatnonzero(begins)
    lengths = np.diff(np.append(starts, count))
    order = np.argsort(-lengths, kind="stable")
    starts, lengths = starts[order], lengths[order]
    runs = len(starts)
    part = scores[:, 1:].reshape(count, kinds, 4)

    closed = np.zeros(runs, np.float32)
    open_ = np.full((runs, kinds), -np.inf, np.float32)
    closing = np.zeros(count, np.uint8)  # the tag by which a token closes best
    opening = np.zeros((count, kinds), bool)  # whether a token that is open in a kind begins there
    longest = int(lengths[0])
    alive_at = np.searchsorted(-lengths, -np.arange(longest), side="left")
    for step in range(longest):
        alive = int(alive_at[step])
        token = starts[:alive] + step
        emitted = part[token]
        before, within = closed[:alive, None], open_[:alive]
        begin = before + emitted[:, :, BEGIN]
        inside = within + emitted[:, :, INSIDE]
        last = within + emitted[:, :, LAST]
        unit = before + emitted[:, :, UNIT]
        ways = np.concatenate([before + scores[token, :1], last, unit], axis=1)
        best = ways.argmax(axis=1)
        closing[token] = _CLOSING[best]
        opening[token] = begin >= inside
        open_[:alive] = np.maximum(begin, inside)
        closed[:alive] = ways[np.arange(alive), best]

    tags = np.zeros(count, np.uint8)
    kind = np.full(runs, -1)
    for step in range(longest - 1, -1, -1):
        alive = int(alive_at[step])
        token = starts[:alive] + step
        now = kind[:alive]
        closes = closing[token]
        begins_here = opening[token, np.maximum(now, 0)]
        inside_tag = 1 + 4 * now + np.where(begins_here, BEGIN, INSIDE)
        tags[token] = np.where(now < 0, closes, inside_tag)
        is_last = (now < 0) & (closes > 0) & ((closes - 1) % 4 == LAST)
        kind[:alive] = np.where(
            now < 0,
            np.where(is_last, (closes.astype(int) - 1) // 4, -1),
            np.where(begins_here, -1, now),
        )
    return tags


_CLOSING = np.array(
    [OUTSIDE, *(1 + 4 * k + LAST for k in range(4)), *(1 + 4 * k + UNIT for k in range(4))],
    np.uint8,
)
