"""Which articles are copies of which: the numbers of stories that a commit gives.

All articles have one order: by date, then by the hash of the id. A *copy* joins the story of its *original*, the one
earlier article that is most like it; stories are never merged. So which articles are together depends on
the articles alone, and not on the order in which they came, on batches or on workers. Where an article comes
that is earlier than articles of the index that are like it, the stories of these are found anew.

Candidates share two fingerprints of their sketches and are at most two days apart; what the sketches say of them is
only an estimate, so the words of the most likely ones are compared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

import numpy as np

from search.engines.stories.buckets import UNDATED
from search.engines.stories.candidates import Candidates
from search.engines.stories.documents import Pairs, StoryDocuments, in_order
from search.engines.stories.likeness import EXACT, Likeness, compared
from search.text.arrays import Bools, Ints

#: Candidates of one article, the most like it, whose words are compared.
MAX_COMPARED = 8


class Given(NamedTuple):
    """The story that each of some documents gets, each named once."""

    documents: Ints
    stories: Ints


#: Says how alike the texts of pairs of documents are: `search.engines.stories.likeness.compared`, given their texts.
Compare = Callable[[Pairs], Likeness]


def are_alike(documents: StoryDocuments, pairs: Pairs, compare: Compare | None = None) -> Bools:
    """Return which of *pairs*, each an article before and after it was changed, are still like each other."""
    compare = compare or partial(compared, bodies=documents.bodies)
    no_dates_needed = np.zeros(len(pairs.copies), bool)
    return compare(pairs).are_copies(EXACT, no_dates_needed)


def find_stories(documents: StoryDocuments, new: Ints, compare: Compare | None = None) -> Given:
    """Return the stories of *new* documents, which ascend and are not settled, and of those settled ones that get another.

    A document whose story is known before keeps it where it is no copy of another. *compare* is for an engine that can
    compare texts faster than one after another.
    """
    return _Finding(documents, compare or partial(compared, bodies=documents.bodies)).find(new)


class _Finding:
    def __init__(self, documents: StoryDocuments, compare: Compare) -> None:
        self._documents = documents
        self._compare = compare
        self._candidates = Candidates(documents)
        self._given: dict[int, int] = {}

    def find(self, new: Ints) -> Given:
        documents = self._documents
        sought = new[documents.column("sketch.shingle_counts", new) > 0] if len(new) else new
        found = self._candidates.pairs(sought, sought)
        # Articles of the index that may be copies of new ones: their stories are found anew.
        again = np.setdiff1d(found.copies, sought)
        if len(again):
            stories = np.unique(documents.stories(again))
            again = np.union1d(documents.of_stories(stories[stories >= 0]), again)
            more = self._candidates.pairs(again, again)
            found = Pairs(
                np.concatenate([found.copies, more.copies]),
                np.concatenate([found.originals, more.originals]),
            )
            codes = found.codes(len(documents))
            found = found.where(np.unique(codes, return_index=True)[1])
            found = found.where(np.isin(found.copies, np.concatenate([sought, again])))
        self._decide(self._originals(found), again)
        # Whoever has none is the first of its story.
        stories = documents.stories(new)
        decided = np.fromiter(self._given, np.int64, len(self._given))
        alone = new[(stories < 0) & ~np.isin(new, decided)]
        kept = new[(stories >= 0) & ~np.isin(new, decided)]
        return Given(
            np.concatenate([decided, alone, kept]),
            np.concatenate(
                [
                    np.fromiter(self._given.values(), np.int64, len(self._given)),
                    documents.new_stories(alone),
                    documents.stories(kept),
                ]
            ),
        )

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
        exact = self._compare(pairs)
        is_undated = documents.column("dates", pairs.copies) == UNDATED
        is_copy = exact.are_copies(EXACT, is_undated)
        pairs, jaccard = pairs.where(is_copy), exact.jaccard[is_copy]
        dates = documents.column("dates", pairs.originals)
        ids = documents.id_hashes(pairs.originals)
        best = np.lexsort((ids, dates, -jaccard, pairs.copies))[::-1]
        return dict(zip(pairs.copies[best].tolist(), pairs.originals[best].tolist(), strict=True))

    def _decide(self, originals: Mapping[int, int], again: Ints) -> None:
        """Give copies the story of their original; *again* are those of the index that are looked at anew."""
        documents = self._documents
        looked_at = np.union1d(np.array([*originals.keys(), *originals.values()], np.int64), again)
        ordered = in_order(documents, looked_at)
        known = dict(zip(ordered.tolist(), documents.stories(ordered).tolist(), strict=True))
        settled = dict(zip(ordered.tolist(), documents.is_settled(ordered).tolist(), strict=True))
        # A new article without an original takes on the story of its first copy, if that is left to nobody.
        heirs: dict[int, list[int]] = {}
        is_again = set(again.tolist())
        for document in known:
            if document in originals and document in is_again:
                heirs.setdefault(originals[document], []).append(document)
        taken: set[int] = set()
        for document, story in known.items():
            if document in originals:
                story = self._given[originals[document]]
            elif story < 0 and not settled[document]:
                left = [known[heir] for heir in heirs.get(document, ())]
                story = next((s for s in left if s >= 0 and s not in taken), -1)
            if story < 0:
                story = int(documents.new_stories(np.array([document]))[0])
            self._given[document] = story
            taken.add(story)
