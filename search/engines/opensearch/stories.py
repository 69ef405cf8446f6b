"""The stories that a publication gives to documents of a cluster: `search.engines.stories` says which.

A document is sent with a story of its own, and only what turns out to be a copy, or to have one, is written once more. ``copied``
says that others have its story too, or had it: so a question counts stories among few documents.
"""

from __future__ import annotations

import numpy as np

from search.engines.opensearch.publish import Publication
from search.engines.opensearch.story_documents import IndexDocuments
from search.engines.stories.documents import Pairs
from search.engines.stories.finding import are_alike, find_stories
from search.text.arrays import Bools, Ints


def give(publication: Publication) -> None:
    """Give each document of a *publication* its story, and documents of the index another where they are copies of these.

    One whose article is the same as before keeps its story. One whose article has changed keeps it too if it is no copy of
    another now, and still like what it was. Raises `EngineError`.
    """
    if not publication.batch_of:
        return
    with publication.target.views.point() as point:
        documents = IndexDocuments(publication, point)
        stories, are_several = stories_of(documents)
        is_other = (stories != documents.own) | (are_several & ~documents.copied)
        fields = {
            documents.keys[number]: {
                "story": int(stories[number]),
                **({"copied": True} if are_several[number] else {}),
            }
            for number in np.flatnonzero(is_other & documents.is_live).tolist()
        }
        if fields:
            publication.rewrite(documents.view, fields)


def stories_of(documents: IndexDocuments) -> tuple[Ints, Bools]:
    """Return the story of each document that is known then, by number, and whether others have it or had it."""
    taken_over = _take_over(documents)
    given = find_stories(documents, np.flatnonzero(documents.is_live & ~documents.settled))
    stories = documents.labels.copy()
    stories[given.documents] = given.stories
    live = np.flatnonzero(documents.is_live)
    order = live[np.argsort(stories[live], kind="stable")]
    is_same = stories[order[1:]] == stories[order[:-1]]
    are_several = np.zeros(len(documents), bool)
    are_several[order[1:]] |= is_same
    are_several[order[:-1]] |= is_same
    # Of a story that goes on not all members need have been asked for.
    for number, old in taken_over:
        is_kept = stories[number] == documents.own[old]
        are_several[number] |= is_kept and documents.copied[old]
    return stories, are_several


def _take_over(documents: IndexDocuments) -> list[tuple[int, int]]:
    """Give documents the story of what they replace; return which have it from which."""
    same: list[tuple[int, int]] = []
    changed: list[tuple[int, int]] = []
    for number, old, is_same in documents.fetch_replaced():
        (same if is_same else changed).append((number, old))
    for number, old in same:
        documents.labels[number] = documents.own[old]
        documents.settled[number] = True
    if changed:
        pairs = Pairs(*np.array(changed, np.int64).T)
        pairs = pairs.where(are_alike(documents, pairs))
        documents.labels[pairs.copies] = documents.own[pairs.originals]
        same += list(zip(pairs.copies.tolist(), pairs.originals.tolist(), strict=True))
    return same
