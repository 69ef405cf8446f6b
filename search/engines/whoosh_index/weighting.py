"""Our ranking for Whoosh's own searcher: ``index.searcher(weighting=ArticleWeighting())``.

Without it Whoosh scores by its BM25F, with statistics of one field each and deleted documents among them.
"""

from __future__ import annotations

from typing import Any

from whoosh.scoring import BaseScorer, WeightingModel, WeightLengthScorer

from search.engines import ranking
from search.engines.whoosh_index.format.layout import LAYOUT
from search.engines.whoosh_index.schema import VIEWS

#: What a document scores that only filters find. Not 0: Whoosh's union of three or more takes that for no match.
UNSCORED = 1e-9


def is_scored(fieldname: str) -> bool:
    """Whether words of a Whoosh field add to a score; the others filter."""
    return fieldname in VIEWS and VIEWS[fieldname].family not in LAYOUT.filters


def average_length(searcher: Any) -> float:
    """Return the mean weighted number of words of a live document of the index; 1 where there are none."""
    parent = searcher.get_parent()
    total: float = parent.field_length("text")
    return total / parent.doc_count() if total else 1.0


def saturated(weight: float, length: float, average: float) -> float:
    """Return what *weight* occurrences in a document of *length* words are worth (docs/ranking.md)."""
    if not weight:
        return 0.0
    penalty = ranking.K1 * (1 - ranking.B + ranking.B * length / average)
    return weight * (ranking.K1 + 1) / (weight + penalty)


class ArticleWeighting(WeightingModel):
    """Scores words as docs/ranking.md does: statistics over all segments and all live documents."""

    def idf(self, searcher: Any, fieldname: str, text: Any) -> float:
        """Return the idf of a word, 0 for one that is nowhere."""
        parent = searcher.get_parent()
        frequency = parent.doc_frequency(fieldname, text)
        return ranking.idf(parent.doc_count(), frequency) if frequency else 0.0

    def scorer(self, searcher: Any, fieldname: str, text: Any, qf: int = 1) -> BaseScorer:
        return WordScorer(searcher, fieldname, text) if is_scored(fieldname) else NoScorer()


class WordScorer(WeightLengthScorer):
    """Scores one word of one field in the documents of one segment."""

    def __init__(self, searcher: Any, fieldname: str, text: Any) -> None:
        self._idf: float = searcher.get_parent().idf(fieldname, text)
        self._average = average_length(searcher)
        self.setup(searcher, fieldname, text)

    def _score(self, weight: float, length: float) -> float:
        return self._idf * saturated(weight, length, self._average)


class NoScorer(BaseScorer):
    """Scores next to nothing, for fields that filter."""

    def supports_block_quality(self) -> bool:
        return True

    def score(self, matcher: Any) -> float:
        return UNSCORED

    def max_quality(self) -> float:
        return UNSCORED

    def block_quality(self, matcher: Any) -> float:
        return UNSCORED
