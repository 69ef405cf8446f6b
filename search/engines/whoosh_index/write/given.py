"""What a commit gives to documents: when they came into the index, and how often they have changed since."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import numpy as np

from search.engines.whoosh_index.segment.reader import id_hashes
from search.engines.whoosh_index.segment.toc import Toc
from search.engines.whoosh_index.write.parts import Part


def instant_after(toc: Toc, parts: Sequence[Part]) -> int:
    """Return the instant of the commit after *toc*, whose segments are *parts*, in microseconds since 1970.

    It is now, or, where the clock was put back, right after the latest that the index has given.
    """
    latest = max([toc.instant, *(part.reader.given("added").largest for part in parts)])
    return max(time.time_ns() // 1000, latest + 1)


def give(added: Sequence[Part], replaced: Mapping[str, tuple[Part, int]], instant: int) -> None:
    """Give all documents of *added* the *instant*, and revision 0, but those that replace one.

    A document whose article is that of the one *replaced* keeps what that has: only what was found out
    about it is new. One whose article has changed has one revision more.
    """
    ids = list(replaced)
    hashes = id_hashes(ids)
    for part in added:
        part.given["added"] = np.full(len(part.reader), instant)
        part.given["revision"] = np.zeros(len(part.reader), np.int64)
        for number, document in part.reader.found(ids, hashes):
            if document in part.deleted:
                continue
            before, earlier = replaced[ids[number]]
            revision = before.reader.given("revision")[earlier]
            if part.reader.articles.is_same(document, before.reader.articles, earlier):
                part.given["added"][document] = before.reader.given("added")[earlier]
                part.given["revision"][document] = revision
            else:
                part.given["revision"][document] = revision + 1
