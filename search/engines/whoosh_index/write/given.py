"""What a commit gives to documents: when they came into the index, and how often they have changed since."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from search.engines.records import to_microseconds
from search.engines.staging import Given
from search.engines.whoosh_index.segment.reader import id_hashes
from search.engines.whoosh_index.segment.toc import Toc
from search.engines.whoosh_index.write.parts import Part


class Earlier(NamedTuple):
    """The document that another one replaces, and whether its article is the same."""

    part: Part
    document: int
    is_same: bool


def instant_after(toc: Toc, parts: Sequence[Part], given: Mapping[str, Given]) -> int:
    """Return the instant of the commit after *toc*, whose segments are *parts*, in microseconds since 1970.

    It is now, or, where the clock was put back, right after the latest that the index or *given* has.
    """
    known = [toc.instant, *(part.reader.given("added").largest for part in parts)]
    known += [to_microseconds(added) for added, _ in given.values()]
    return max(time.time_ns() // 1000, max(known) + 1)


def give(
    added: Sequence[Part],
    replaced: Mapping[str, tuple[Part, int]],
    given: Mapping[str, Given],
    instant: int,
) -> dict[Part, dict[int, Earlier]]:
    """Give all documents of *added* the *instant* and revision 0, but those that replace one or are *given*.

    Returned is, for each document that replaces one, which that is. A document whose article is equal to that of the one *replaced* keeps what that has: only what was found
    out about it is new. One whose article has changed has one revision more.
    """
    earlier_of: dict[Part, dict[int, Earlier]] = {}
    ids = list({**replaced, **given})
    hashes = id_hashes(ids)
    for part in added:
        instants = part.given["added"] = np.full(len(part.reader), instant)
        revisions = part.given["revision"] = np.zeros(len(part.reader), np.int64)
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
            is_same = part.reader.articles.is_same(document, old.reader.articles, earlier)
            earlier_of.setdefault(part, {})[document] = Earlier(old, earlier, is_same)
            if is_same:
                instants[document] = old.reader.given("added")[earlier]
            else:
                revisions[document] += 1
    return earlier_of
