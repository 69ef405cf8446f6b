"""What a commit gives to documents: when they came into the index, and how often they have changed since."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import numpy as np

from search.engines.staging import Given
from search.engines.whoosh_index.format.stored import to_microseconds
from search.engines.whoosh_index.segment.reader import id_hashes
from search.engines.whoosh_index.segment.toc import Toc
from search.engines.whoosh_index.write.parts import Part


def instant_after(toc: Toc, parts: Sequence[Part], given: Mapping[str, Given]) -> int:
    """Return the instant of the commit after *toc*, whose segments are *parts*, in microseconds since 1970.

    It is now, or, where the clock was put back, right after the latest that the index or *given* has.
    """
    known = [toc.instant, *(part.reader.given("added").largest for part in parts)]
    known += [to_microseconds(added) for added, _ in given.values()]
    return max(time.time_ns() // 1000, max(known) + 1)


def give(
    before: Sequence[Part],
    added: Sequence[Part],
    replaced: Mapping[str, tuple[Part, int]],
    given: Mapping[str, Given],
    instant: int,
) -> None:
    """Give all documents of *added* the *instant* and revision 0, but those that replace one or are *given*.

    Each gets the number of a story that none of *before* has. A document whose article is equal to that of the one *replaced* keeps what that has: only what was found
    out about it is new. One whose article has changed has one revision more, and keeps its story.
    """
    next_story = max((part.reader.given("story").largest for part in before), default=-1) + 1
    ids = list({**replaced, **given})
    hashes = id_hashes(ids)
    for part in added:
        instants = part.given["added"] = np.full(len(part.reader), instant)
        revisions = part.given["revision"] = np.zeros(len(part.reader), np.int64)
        stories = part.given["story"] = np.arange(next_story, next_story + len(part.reader))
        next_story += len(part.reader)
        for number, document in part.reader.found(ids, hashes):
            if document in part.deleted:
                continue
            article_id = ids[number]
            if article_id in given:
                instants[document] = to_microseconds(given[article_id].added)
                revisions[document] = given[article_id].revision
                continue
            old, earlier = replaced[article_id]
            revisions[document] = old.reader.given("revision")[earlier]
            if (story := old.reader.given("story")[earlier]) >= 0:
                stories[document] = story
            if part.reader.articles.is_same(document, old.reader.articles, earlier):
                instants[document] = old.reader.given("added")[earlier]
            else:
                revisions[document] += 1
