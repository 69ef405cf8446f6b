"""What the score of a hit is made of, for those who ask why it stands where it does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from search.engines.protocol.request import SearchRequest
from search.engines.protocol.result import Contribution
from search.engines.whoosh_index.evaluate.evaluation import Evaluation
from search.engines.whoosh_index.evaluate.order import ROUNDING
from search.query.render import render
from search.query.tree import And, Group, Query


def explained(
    evaluation: Evaluation,
    request: SearchRequest,
    document: int,
    score: float,
    share: float,
    added: float,
) -> tuple[Contribution, ...]:
    """Return what each top-level clause adds to a hit's *score*, and what is left for neighbours.

    *share* is what the hit keeps of its score by its age, *added* what rescoring has added to it before.
    """
    tree = request.tree
    lost, score = score - score / share, score / share
    clauses: Sequence[Query] = tree.children if isinstance(tree, And | Group) else (tree,)
    parts = []
    only = np.array([document])
    for clause in clauses:
        found = evaluation.matches(clause)
        if not found.is_scored or not len(found.find(only)[0]):
            continue
        if own := float(evaluation.exactly(clause, only)[0]):
            parts.append(Contribution(render(clause), own))
    rest = score - added - sum(part.score for part in parts)
    if rest > ROUNDING:
        parts.append(Contribution("neighbouring words", rest))
    if added > ROUNDING:
        what = "words of the first hits"
        if request.rank == "semantic":
            what = f"meaning, and {what}"
        parts.append(Contribution(what, added))
    if lost:
        parts.append(Contribution(f"age: {share:.0%} of it is kept", lost))
    return tuple(parts)
