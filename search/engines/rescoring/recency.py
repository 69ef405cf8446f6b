"""How much of its score an article keeps by its age."""

from collections.abc import Sequence

from search.engines.protocol.request import Recency

MICROSECONDS_OF_DAY = 86_400_000_000


def kept(ages: Sequence[int | None], recency: Recency) -> list[float]:
    """Return which share of its score each of some articles keeps, from the floor to 1.

    *ages* are in microseconds, below 0 where a date lies ahead: that counts as new. None is the age of an undated article, which
    keeps the floor.
    """
    half_life, floor = recency.half_life_days * MICROSECONDS_OF_DAY, recency.floor
    return [
        floor + (1 - floor) * 0.5 ** (max(age, 0) / half_life) if age is not None else floor
        for age in ages
    ]


def by_recency(scores: Sequence[float], shares: Sequence[float]) -> list[int]:
    """Return the places that hits with *scores*, best first, have in the order of what they keep; equal ones stay in order."""
    kept_scores = [score * share for score, share in zip(scores, shares, strict=True)]
    return sorted(range(len(kept_scores)), key=lambda place: -kept_scores[place])
