"""The stories that a commit gives to documents of segments: `search.engines.stories` says which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import pairwise

import numpy as np

from search.engines.stories.documents import Pairs
from search.engines.stories.finding import are_alike, find_stories
from search.engines.stories.likeness import Likeness, compared
from search.engines.whoosh_index.write.aside import aside
from search.engines.whoosh_index.write.given import Earlier
from search.engines.whoosh_index.write.limits import WriteLimits
from search.engines.whoosh_index.write.parts import Part
from search.engines.whoosh_index.write.story_documents import Documents


def give_stories(
    before: Sequence[Part],
    added: Sequence[Part],
    replaced: Mapping[Part, Mapping[int, Earlier]],
    limits: WriteLimits,
) -> None:
    """Give each document of *added* its story, and documents of *before* another where they are copies of these.

    *replaced* has, for documents of *added*, which one of *before* each replaces. One whose article is the same keeps
    its story. One whose article has changed keeps it too if it is no copy of another now, and still like
    what it was before.
    """
    if not added:
        return
    documents = Documents(before, added)
    _take_over(documents, replaced, limits)
    labels = documents.labels.copy()
    if limits.stories:
        new = np.flatnonzero(documents.is_live & ~documents.settled)
        given = find_stories(documents, new, partial(_compared, documents, limits))
        labels[given.documents] = given.stories
    bases = documents.bases.tolist()
    for number, ((first, last), part) in enumerate(
        zip(pairwise(bases), documents.parts, strict=True)
    ):
        own = labels[first:last]
        if number >= len(before) or (own != documents.labels[first:last]).any():
            part.given["story"] = own


def _compared(documents: Documents, limits: WriteLimits, pairs: Pairs) -> Likeness:
    """Return the likeness of the texts of *pairs*; where they are many another process compares half of them."""

    def found(chosen: Pairs) -> Likeness:
        return compared(chosen, documents.bodies)

    half = len(pairs.copies) // 2
    if len(pairs.copies) < limits.aside_pairs:
        return found(pairs)
    with aside(
        lambda: [shares.tolist() for shares in found(pairs.where(slice(half, None)))]
    ) as rest:
        first = found(pairs.where(slice(half)))
        both = zip(first, rest(), strict=True)
        return Likeness(*[np.concatenate([mine, its]) for mine, its in both])


def _take_over(
    documents: Documents, replaced: Mapping[Part, Mapping[int, Earlier]], limits: WriteLimits
) -> None:
    """Give documents the story of what they replace."""
    labels = documents.labels
    changed, before = [], []
    for part, every in replaced.items():
        base = documents.base(part)
        for document, earlier in every.items():
            old = documents.base(earlier.part) + earlier.document
            if earlier.is_same:
                labels[base + document] = labels[old]
                documents.settled[base + document] = labels[old] >= 0
            elif labels[old] >= 0:
                changed.append(base + document)
                before.append(old)
    if changed:
        pairs = Pairs(np.array(changed, np.int64), np.array(before, np.int64))
        pairs = pairs.where(are_alike(documents, pairs, partial(_compared, documents, limits)))
        labels[pairs.copies] = labels[pairs.originals]
