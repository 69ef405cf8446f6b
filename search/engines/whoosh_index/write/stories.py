"""Which articles are copies of which: the numbers of stories that a commit gives.

All articles have one order: by date, then by the hash of the id. A *copy* joins the story of its *original*, the one
earlier article that is most like it; stories are never merged. So which articles are together depends on
the articles alone, and not on the order in which they came, on batches or on workers. Where an article comes
that is earlier than articles of the index that are like it, the stories of these are found anew.

Candidates share two fingerprints of their sketches and are at most two days apart; what the sketches say of them is
only an estimate, so the words of the most likely ones are compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from search.engines.whoosh_index.format.stored import UNDATED
from search.engines.whoosh_index.write.candidates import Candidates
from search.engines.whoosh_index.write.given import Earlier
from search.engines.whoosh_index.write.likeness import EXACT, compared
from search.engines.whoosh_index.write.limits import WriteLimits
from search.engines.whoosh_index.write.parts import Part
from search.engines.whoosh_index.write.story_documents import Documents, Pairs
from search.text.arrays import Ints

#: Candidates of one article, the most like it, whose words are compared.
MAX_COMPARED = 8


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
    if added:
        _Stories(before, added, replaced).give(is_wanted=limits.stories)


class _Stories:
    def __init__(
        self,
        before: Sequence[Part],
        added: Sequence[Part],
        replaced: Mapping[Part, Mapping[int, Earlier]],
    ) -> None:
        self._documents = Documents([*before, *added])
        self._candidates = Candidates(self._documents)
        first = len(before)
        self._first_new = int(self._documents.bases[first])
        self._next = max((part.reader.given("story").largest for part in before), default=-1) + 1
        labels = [part.reader.given("story").numbers() for part in before]
        labels += [np.full(len(part.reader), -1) for part in added]
        #: The story of each document, as far as it is known; -1 elsewhere.
        self._labels = np.concatenate([np.zeros(0, np.int64), *labels])
        #: Whether a document has its story already.
        self._is_settled = np.arange(len(self._labels)) < self._first_new
        self._take_over(replaced)
        self._given = self._labels.copy()

    def _take_over(self, replaced: Mapping[Part, Mapping[int, Earlier]]) -> None:
        """Give documents the story of what they replace."""
        changed, before = [], []
        for part, every in replaced.items():
            base = self._documents.base(part)
            for document, earlier in every.items():
                old = self._documents.base(earlier.part) + earlier.document
                if earlier.is_same:
                    self._labels[base + document] = self._labels[old]
                    self._is_settled[base + document] = self._labels[old] >= 0
                elif self._labels[old] >= 0:
                    changed.append(base + document)
                    before.append(old)
        pairs = Pairs(np.array(changed, np.int64), np.array(before, np.int64))
        if changed:
            alike = compared(pairs, self._documents.bodies).are_copies(
                EXACT, np.zeros(len(changed), bool)
            )
            pairs = pairs.where(alike)
            self._labels[pairs.copies] = self._labels[pairs.originals]

    def give(self, *, is_wanted: bool) -> None:
        documents = self._documents
        new = np.flatnonzero(documents.is_live & ~self._is_settled)
        if not is_wanted:
            self._note()
            return
        sought = new[documents.column("sketch.shingle_counts", new) > 0]
        found = self._candidates.pairs(sought, sought)
        # Articles of the index that may be copies of new ones: their stories are found anew.
        again = np.setdiff1d(found.copies, sought)
        stories = np.unique(self._labels[again])
        stories = stories[stories >= 0]
        if len(again):
            settled = np.flatnonzero(documents.is_live & self._is_settled)
            members = settled[np.isin(self._labels[settled], stories)]
            again = np.union1d(members, again)
            more = self._candidates.pairs(again, again)
            found = Pairs(
                np.concatenate([found.copies, more.copies]),
                np.concatenate([found.originals, more.originals]),
            )
            codes = found.codes(len(self._labels))
            found = found.where(np.unique(codes, return_index=True)[1])
            found = found.where(np.isin(found.copies, np.concatenate([sought, again])))
        self._decide(self._originals(found), again)
        # Whoever has none is the first of its story.
        without = new[self._given[new] < 0]
        self._given[without] = np.arange(self._next, self._next + len(without))
        self._note()

    # Deciding

    def _originals(self, pairs: Pairs) -> dict[int, int]:
        """Return the original of each copy among *pairs*: of those whose words are compared the most like it."""
        documents = self._documents
        if not len(pairs.copies):
            return {}
        _, estimated = self._candidates.estimated(pairs)
        dates = documents.column("dates", pairs.originals)
        ids = documents.id_hashes(pairs.originals)
        order = np.lexsort((ids, dates, -estimated, pairs.copies))
        pairs = pairs.where(order)
        is_first = np.ones(len(order), bool)
        np.not_equal(pairs.copies[1:], pairs.copies[:-1], out=is_first[1:])
        first = np.flatnonzero(is_first)
        rank = np.arange(len(order)) - np.repeat(first, np.diff(np.append(first, len(order))))
        pairs = pairs.where(rank < MAX_COMPARED)
        exact = compared(pairs, documents.bodies)
        is_undated = documents.column("dates", pairs.copies) == UNDATED
        is_copy = exact.are_copies(EXACT, is_undated)
        pairs, jaccard = pairs.where(is_copy), exact.jaccard[is_copy]
        dates = documents.column("dates", pairs.originals)
        ids = documents.id_hashes(pairs.originals)
        best = np.lexsort((ids, dates, -jaccard, pairs.copies))[::-1]
        return dict(zip(pairs.copies[best].tolist(), pairs.originals[best].tolist(), strict=True))

    def _decide(self, originals: Mapping[int, int], again: Ints) -> None:
        """Give copies the story of their original; *again* are those of the index that are looked at anew."""
        looked_at = np.union1d(np.array([*originals.keys(), *originals.values()], np.int64), again)
        # A new article without an original takes on the story of its first copy, if that is left to nobody.
        heirs: dict[int, list[int]] = {}
        is_again = set(again.tolist())
        in_order = self._documents.in_order(looked_at).tolist()
        for document in in_order:
            if document in originals and document in is_again:
                heirs.setdefault(originals[document], []).append(document)
        taken: set[int] = set()
        for document in in_order:
            if document in originals:
                story = int(self._given[originals[document]])
            else:
                story = int(self._labels[document])
                if story < 0 and not self._is_settled[document]:
                    left = [int(self._labels[heir]) for heir in heirs.get(document, ())]
                    story = next((s for s in left if s >= 0 and s not in taken), -1)
                if story < 0:
                    story = self._next
                    self._next += 1
            self._given[document] = story
            taken.add(story)

    def _note(self) -> None:
        """Put what was decided into the parts that it changes."""
        bases = self._documents.bases.tolist()
        for (first, last), part in zip(pairwise(bases), self._documents.parts, strict=True):
            given = self._given[first:last]
            if first >= self._first_new or (given != self._labels[first:last]).any():
                part.given["story"] = given
