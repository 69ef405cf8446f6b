"""Which documents of a snapshot are of one story: the copies of one article that several sources have."""

from __future__ import annotations

import numpy as np

from search.engines.whoosh_index import kernels
from search.text.arrays import Bools, Ints, UInt32s, indices_of

#: Numbers of stories are counted one by one where they span at most this many times the documents, else sorted.
_DENSE = 8


class Stories:
    """The stories that have several live documents, as groups numbered from 1 on; never changes.

    Most documents are alone in their story and in group 0, so that what is done with groups is done with few.
    """

    def __init__(self, numbers: Ints, live: Ints) -> None:
        """*numbers* are those of the story of each document, below 0 where that is not known; *live*, who counts."""
        own = numbers.take(live)
        is_known = own >= 0
        #: How many live documents have a story, and how many are of an index that did not know any.
        self.known = int(np.count_nonzero(is_known))
        self.unknown = len(live) - self.known
        if self.unknown:
            live, own = live.take(is_known.nonzero()[0]), own.take(is_known.nonzero()[0])
        several = _are_several(own).nonzero()[0]
        own = own.take(several)
        order = own.argsort(kind="stable")
        own = own.take(order)
        #: The documents of all groups, group by group, ascending in each.
        self._members = live.take(several).take(order)
        firsts = np.diff(own, prepend=-1).nonzero()[0]
        self._starts = np.append(firsts, len(own))
        #: The group of each document.
        self.groups: UInt32s = np.zeros(len(numbers), np.uint32)
        self.groups[self._members] = np.arange(1, len(firsts) + 1).repeat(np.diff(self._starts))
        #: All documents that are in a group, ascending.
        self.documents: Ints = np.sort(self._members)

    def members(self, groups: Ints) -> Ints:
        """Return the documents of some *groups*, each named once, ascending."""
        starts = self._starts.take(groups - 1)
        members = self._members.take(indices_of(starts, self._starts.take(groups) - starts))
        members.sort()
        return members

    def copies_among(self, documents: Ints) -> int:
        """Return how many of some documents are there beside an earlier one of their group."""
        return kernels.count_copies(documents, self.groups, len(self._starts) - 1)


def _are_several(numbers: Ints) -> Bools:
    """Return for each of some numbers whether it is there more than once."""
    if not len(numbers):
        return np.zeros(0, bool)
    least = int(numbers.min())
    if int(numbers.max()) - least < _DENSE * len(numbers):
        numbers = numbers - least
        found: Bools = np.bincount(numbers).take(numbers) > 1
        return found
    _, own, counts = np.unique(numbers, return_inverse=True, return_counts=True)
    return np.asarray(counts.take(own) > 1)
