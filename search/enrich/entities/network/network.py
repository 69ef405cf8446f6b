"""The forward pass, in the shortest numpy: from words and flags to tags. The C beside it does the same, fast."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from search.enrich.entities.network.constants import (
    BEGIN,
    BORDER,
    INSIDE,
    LAST,
    NEVER,
    OUTSIDE,
    TAGS,
    UNIT,
    WIDTH,
)
from search.enrich.entities.network.flags import Tokens
from search.enrich.spans import Kind

#: Kinds of names, in the order of their tags.
KINDS: tuple[Kind, ...] = ("person", "org", "place", "other")


#: Groups of that many rows are pooled together, larger ones each by itself.
_FEW = 16


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
    tags = np.zeros(len(words), np.uint8)
    active = _with_neighbours(tokens.groups >= 0) & (tokens.groups != NEVER)
    # Of others and their neighbours nothing has to be known.
    here = np.flatnonzero(_with_neighbours(active))
    if not len(here):
        return tags
    before, itself, after = rows
    first = itself.take(words[here], axis=0)
    first += before.take(words[here - 1], axis=0)
    first += after.take(words.take(here + 1, mode="wrap"), axis=0)
    first += weights.flags.take(tokens.flags[here], axis=0)
    np.maximum(first, 0, out=first)
    first[words[here] == BORDER] = 0

    at = np.flatnonzero(active[here])
    # Three rows that follow each other are one of the window.
    window = sliding_window_view(first.ravel(), 3 * WIDTH)[::WIDTH][at - 1] @ weights.window
    group = tokens.groups[here[at]]
    has_group = group >= 0
    group = group[has_group]
    pooled = _pooled(first[at[has_group]], group, tokens.group_count) @ weights.pool
    window[has_group] += pooled[group]
    window += weights.window_bias
    np.maximum(window, 0, out=window)
    window += first[at]
    scores = window @ weights.out + weights.out_bias

    tags[here[at]] = best_tags(scores, np.diff(here[at], prepend=-2) != 1)
    return tags


def _with_neighbours(those: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return *those* tokens, the ones before and the ones after them."""
    found = those.copy()
    found[1:] |= those[:-1]
    found[:-1] |= those[1:]
    return found


def _pooled(
    first: NDArray[np.float32], groups: NDArray[np.int32], count: int
) -> NDArray[np.float32]:
    """Return mean and largest of the rows of each group, float32[count, 2 * WIDTH]. Each group has one at least."""
    ordered = first[np.argsort(groups, kind="stable")]
    sizes = np.bincount(groups, minlength=count)
    starts = np.cumsum(sizes) - sizes
    mean = ordered[starts]
    largest = mean.copy()
    # Most groups have one row, or a few; all second ones are added at once, then all third ones.
    for number in range(1, min(int(sizes.max()), _FEW)):
        which = np.flatnonzero((sizes > number) & (sizes <= _FEW))
        rows = ordered[starts[which] + number]
        mean[which] += rows
        largest[which] = np.maximum(largest[which], rows)
    for each in np.flatnonzero(sizes > _FEW).tolist():
        rows = ordered[starts[each] : starts[each] + sizes[each]]
        mean[each], largest[each] = rows.sum(axis=0), rows.max(axis=0)
    mean /= sizes[:, None].astype(np.float32)
    return np.concatenate([mean, largest], axis=1)


def best_tags(scores: NDArray[np.float32], begins: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return the best well-formed tags of each run of tokens, uint8[tokens].

    ``scores`` is float32[tokens, TAGS]; ``begins`` says which token begins a run. Of equal ones the
    earlier way counts: outside before kinds, begin before inside, in the order of `KINDS`.

    A name is begin, inside..., last, or a unit; at each token a run is either closed (its tag is
    outside, last or unit) or open in one kind (begin, inside).
    """
    tags: NDArray[np.uint8] = scores.argmax(axis=1).astype(np.uint8)
    before = np.where(begins, OUTSIDE, np.roll(tags, 1))
    is_last = np.roll(begins, -1)
    is_alone = (scores == scores.max(axis=1, keepdims=True)).sum(axis=1) == 1
    is_well = is_alone & _FOLLOWS[before, tags] & (_FOLLOWS[tags, OUTSIDE] | ~is_last)
    # Where the likeliest tag of each token of a run is well formed and the only one, that is the best row.
    run = np.cumsum(begins) - 1
    again = (np.bincount(run, weights=~is_well) > 0)[run]
    if again.any():
        tags[again] = _best_of_all(scores[again], begins[again])
    return tags


def _best_of_all(scores: NDArray[np.float32], begins: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return what `best_tags` does, by looking at all ways: Viterbi, step by step in all runs at once."""
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


def _follows() -> NDArray[np.bool_]:
    """Return which tag may come after which, bool[TAGS, TAGS]."""
    tag = np.arange(TAGS)
    kind, part = np.divmod(tag - 1, 4)
    opens = (tag != OUTSIDE) & ((part == BEGIN) | (part == INSIDE))
    goes_on = (tag != OUTSIDE) & ((part == INSIDE) | (part == LAST))
    follows: NDArray[np.bool_] = np.where(
        opens[:, None], goes_on & (kind[:, None] == kind), ~goes_on & np.ones((TAGS, 1), bool)
    )
    return follows


_FOLLOWS = _follows()

_CLOSING = np.array(
    [OUTSIDE, *(1 + 4 * k + LAST for k in range(4)), *(1 + 4 * k + UNIT for k in range(4))],
    np.uint8,
)
