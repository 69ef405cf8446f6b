"""Evaluating a query tree: which documents match, and how they score.

Scores are those of docs/ranking.md. Statistics are taken over all segments, so they do not depend
on how the index is cut. Upper bounds and exact scores are two readings of the same tree and have to be changed
together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

import numpy as np

from search.engines.protocol.request import SearchRequest
from search.engines.protocol.rules import is_bare, is_scoring, needed
from search.engines.ranking import PAIR_WEIGHT, SYNONYM_WEIGHT
from search.engines.whoosh_index.evaluate.leaves import Leaves
from search.engines.whoosh_index.evaluate.limits import Deadline, Limits
from search.engines.whoosh_index.evaluate.sets import (
    Complement,
    DocumentSet,
    Intersection,
    Pair,
    PostingSet,
    ScoredList,
    WordSet,
    intersected,
    united,
)
from search.engines.whoosh_index.snapshot.postings import Occurrences
from search.engines.whoosh_index.snapshot.snapshot import Snapshot
from search.model.question import Match
from search.query.languages import languages_asked_for
from search.query.tree import (
    And,
    Either,
    Group,
    Not,
    Or,
    Phrase,
    Query,
    Synonyms,
    Word,
    is_required,
    walk,
)
from search.text.arrays import Floats, Ints


class Evaluation:
    """Evaluates clauses over one snapshot for one request, equal ones once.

    Two parts of a score take more than the postings of a stem: what the exact form adds, and neighbouring
    words. Both have a bound that costs nothing, so `matches` gives upper bounds, and `exactly` the scores of the
    few documents that can be on the page.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        match: Match,
        limits: Limits,
        deadline: Deadline,
        *,
        is_scored: bool = True,
        unscored: Collection[str] = (),
    ) -> None:
        """Without *is_scored* no scores are computed at all: for totals, facets, order by date.

        Bare words whose form is among those *unscored* only match.

        Every method raises `QueryTimeout` at the *deadline*.
        """
        self._all_documents = snapshot.documents
        self._match = match
        self._limits = limits
        self._deadline = deadline
        self._unscored = unscored
        self._leaves = Leaves(snapshot, limits, deadline, is_scored=is_scored, unscored=unscored)
        #: By identity, which costs less than equality; the nodes are kept so that they stay themselves.
        self._known: dict[int, tuple[Query, DocumentSet]] = {}
        #: By equality: of each clause what it came to, once it has been evaluated.
        self._of_equal: dict[Query, list[DocumentSet]] = {}

    @property
    def notices(self) -> list[str]:
        """Sentences for the person who asked: which bound bit."""
        return self._leaves.notices

    def matches(self, tree: Query) -> DocumentSet:
        """Return what *tree* matches, with upper bounds of scores."""
        known = self._known.get(id(tree))
        if known is None:
            of_equal = self._of_equal.setdefault(tree, [])
            if not of_equal:
                self._deadline.check()
                of_equal.append(self._evaluate(tree))
            known = self._known[id(tree)] = tree, of_equal[0]
        return known[1]

    def _evaluate(self, tree: Query) -> DocumentSet:
        match tree:
            case Word():
                return self._leaves.word(tree)
            case And(children=children):
                return self._all(children)
            case Or(children=children) | Either(children=children):
                return self._some(children, 1)
            case Group(children=children):
                return self._group(children)
            case Not(child=child):
                return Complement(self._all_documents, self.matches(child))
            case _:
                return self._leaves.matches(tree)

    # Clauses together

    def _all(self, children: Sequence[Query]) -> DocumentSet:
        """Return what all *children* match; scores are added, and those of neighbours."""
        parts = [self.matches(child) for child in children]
        documents, numbers = intersected(parts, self._deadline)
        if not any(part.is_scored for part in parts):
            return ScoredList(documents)

        def pairs() -> list[Pair]:
            return [(n, self._pair_factor(left, right)) for n, left, right in self._pairs(children)]

        return Intersection(documents, parts, numbers, pairs, self._deadline)

    def _some(self, children: Sequence[Query], needed: int) -> DocumentSet:
        parts = [self.matches(child) for child in children]
        return united(parts, needed, self._all_documents, self._limits, self._deadline)

    def _group(self, children: Sequence[Query]) -> DocumentSet:
        if self._match == "all":
            return self._all(children)
        required = [child for child in children if is_required(child)]
        optional = [child for child in children if not is_required(child)]
        groups = [self._all(required)] if required else []
        if optional:
            groups.append(self._some(optional, needed(self._match, len(optional))))
        documents, numbers = intersected(groups, self._deadline)
        if not any(group.is_scored for group in groups):
            return ScoredList(documents)
        total = np.zeros(len(documents), np.float32)
        for group, found in zip(groups, numbers, strict=True):
            if group.is_scored and found is not None:
                total += group.bounds_of(documents, found)
        last: dict[str, Floats] = {}
        for _, left, right in self._pairs(children):
            self._deadline.check()
            # The right word of a pair is the left one of the next.
            last = {
                word.form: last[word.form]
                if word.form in last
                else self._saturations(word, documents)
                for word in (left, right)
            }
            both = np.minimum(last[left.form], last[right.form])
            total += both * np.float32(self._pair_factor(left, right))
        return ScoredList(documents, total)

    def _saturations(self, word: Word, documents: Ints) -> Floats:
        """Return the saturated frequency of a word in each of *documents*, 0 where it is not."""
        result = np.zeros(len(documents), np.float32)
        occurrences = self._word_set(word).occurrences
        PostingSet(self._all_documents, occurrences, 1.0).add_exactly(result, documents)
        return result

    def _word_set(self, word: Word) -> WordSet:
        found = self.matches(word)
        assert isinstance(found, WordSet)  # noqa: S101
        return found

    def _pair_factor(self, left: Word, right: Word) -> float:
        """Return what the saturated frequency of two words as neighbours is multiplied with."""
        return PAIR_WEIGHT * (self._word_set(left).of_stem + self._word_set(right).of_stem)

    def _pairs(self, children: Sequence[Query]) -> Iterator[tuple[int, Word, Word]]:
        """Yield the pairs of bare words that score and follow each other, with the number of the first."""
        for number, (left, right) in enumerate(pairwise(children)):
            if (
                is_bare(left)
                and is_bare(right)
                and not (left.form in self._unscored or right.form in self._unscored)
            ):
                yield number, left, right

    def has_neighbours(self, tree: Query) -> bool:
        """Whether words in *tree* can add to a score as neighbours of each other."""
        if isinstance(tree, Word):
            return False
        rows = (node for node in walk(tree, negated=False) if isinstance(node, And | Group))
        return any(True for row in rows for _ in self._pairs(row.children))

    # Exact scores

    def exactly(self, tree: Query, documents: Ints, *, neighbours: bool = True) -> Floats:
        """Return the score of each of *documents*, which *tree* matches and which ascend.

        Without what *neighbours* add, where that is unset.
        """
        scores = np.zeros(len(documents), np.float32)
        found = self.matches(tree)
        if isinstance(found, PostingSet):
            found.add_exactly(scores, documents)
        elif isinstance(tree, Either):
            for number, child in enumerate(tree.children):
                self._deadline.check()
                at, _ = self.matches(child).find(documents)
                own = self.exactly(child, documents.take(at), neighbours=neighbours)
                if number and isinstance(tree, Synonyms):
                    own *= np.float32(SYNONYM_WEIGHT)
                scores[at] = np.maximum(scores[at], own)
        elif isinstance(tree, And | Or | Group):
            for child in tree.children:
                self._deadline.check()
                part = self.matches(child)
                if isinstance(part, PostingSet):
                    if part.is_scored:
                        part.add_exactly(scores, documents)
                elif part.is_scored:
                    at, _ = part.find(documents)
                    some = documents.take(at)
                    scores[at] += self.exactly(child, some, neighbours=neighbours)
            if neighbours and not isinstance(tree, Or):
                self.add_neighbours(tree.children, scores, documents)
        return scores

    def add_neighbours(self, children: Sequence[Query], scores: Floats, documents: Ints) -> None:
        """Add what words that stand side by side in the query score where they do so in *documents*."""
        known: dict[tuple[str, str], Occurrences] = {}
        for _, left, right in self._pairs(children):
            self._deadline.check()
            forms = left.form, right.form
            pair = known.get(forms)
            if pair is None:
                phrase = Phrase(forms, exact=False)
                pair = known[forms] = self._leaves.phrase(phrase, documents)
            factor = self._pair_factor(left, right)
            PostingSet(self._all_documents, pair, factor).add_exactly(scores, documents)


def unscored_words(snapshot: Snapshot, request: SearchRequest) -> frozenset[str]:
    """Return which bare words of *request* only match: stop words of the languages asked for, where anything else can score."""
    tree, words = request.tree, snapshot.words
    if isinstance(tree, Word):  # half of all queries
        return frozenset()
    scoring = [n for n in walk(tree, negated=False) if is_scoring(n, snapshot.layout.filters)]
    asked: frozenset[str] = frozenset()
    if len(snapshot.documents.languages) > 1:
        asked = languages_asked_for((tree,), request.selections)
    found = {n.form for n in scoring if is_bare(n) and words.is_stop_word(n.form, asked)}
    is_all = all(is_bare(node) and node.form in found for node in scoring)
    return frozenset() if is_all else frozenset(found)
