"""Feedback: the words of the first documents found weigh in the order of the others. docs/ranking.md explains it."""

from __future__ import annotations

from collections.abc import Collection

from search.query.tree import (
    DateRange,
    Either,
    Everything,
    Fuzzy,
    Group,
    HasValue,
    Not,
    Phrase,
    Query,
    Wildcard,
    Word,
    as_read,
)
from search.text.arrays import Floats

#: Different words that the forward column keeps of a document: its heaviest.
FORWARD_TERMS = 96
#: Documents whose words are taken up.
FEEDBACK_DOCUMENTS = 10
#: A document counts as much as its score, in proportion to the best one's, to this power: the lists of words that
#: uniform weights give are worse than none.
FEEDBACK_POWER = 6
#: Words that are taken up at most.
FEEDBACK_TERMS = 30
#: What part of the weight the query keeps.
QUERY_SHARE = 0.3

_LEAVES = Word | Phrase | Wildcard | Fuzzy | Either | DateRange | HasValue | Everything


def scored_words(tree: Query, unscored: Collection[str] = ()) -> int:
    """Return how many bare words of *tree* score, those *unscored* left out; 0 where feedback does not apply to it.

    It does to words side by side, with whatever phrases, filters and exclusions beside them: there a person has said
    what an article is about. Who writes AND, OR, NEAR or brackets says more exactly what is wanted.
    """
    children = tree.children if isinstance(tree, Group) else (tree,)
    leaves = [child.child if isinstance(child, Not) else child for child in children]
    if not all(isinstance(leaf, _LEAVES) for leaf in leaves):
        return 0
    asked = [word for child in children for word in _asked_for(child)]
    words = [c for c in asked if isinstance(c, Word) and c.field is None and not c.exact]
    return len([word for word in words if word.form not in unscored])


def _asked_for(clause: Query) -> tuple[Query, ...]:
    """Return the clauses that *clause* stands for: of several spellings and synonyms what was typed."""
    clause = as_read(clause)
    if not isinstance(clause, Group):
        return (clause,)
    return tuple(leaf for child in clause.children for leaf in _asked_for(child))


def document_shares(scores: Floats) -> Floats:
    """Return how much each of the first documents counts, given their *scores*, the best first."""
    shares: Floats = (scores / scores[0]) ** FEEDBACK_POWER
    return shares


def feedback_factor(words: int) -> float:
    """Return what a document's score by the centroid is multiplied with where the query has *words* that score.

    Both are thought of as queries whose words weigh 1 in all; their sum is brought to the scale of the first score.
    """
    return words * (1 - QUERY_SHARE) / QUERY_SHARE
