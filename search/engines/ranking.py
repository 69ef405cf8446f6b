"""The numbers and formulas of ranking, one place for every engine; docs/ranking.md explains them."""

from __future__ import annotations

import math

#: BM25 saturation and length penalty (Robertson and Zaragoza, "The Probabilistic Relevance
#: Framework: BM25 and Beyond", 2009, section 3.3).
K1 = 1.5
B = 0.75

#: What the word as typed adds to the score of its stem, so that the exact form ranks above other forms.
EXACT_WEIGHT = 0.25

#: What a synonym counts of what the word that was asked for does.
SYNONYM_WEIGHT = 0.8

#: What two neighbouring words of a query add where they are neighbours in the article too.
PAIR_WEIGHT = 0.25

#: Positions left free between two fields and between two values of one, so that no phrase reaches
#: across: more than the distance that a query may ask for (`search.query.leaves.MAX_DISTANCE`).
POSITION_GAP = 128


def idf(documents: int, document_frequency: int) -> float:
    """Return the weight of a term that *document_frequency* of *documents* have: above 0, the rarer the higher."""
    return math.log(1 + (documents - document_frequency + 0.5) / (document_frequency + 0.5))
