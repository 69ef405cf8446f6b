"""Which hits come first where one source, or one story, would fill the first page."""

from collections.abc import Sequence
from typing import NamedTuple

#: The hits that are held to the limits, and these limits (docs/ranking.md says why).
FIRST = 10
MOST_OF_SOURCE = 2
#: Hits, in the order before, that can come to be among the first.
LOOKED_AT = 30


#: The source of a hit without one.
NO_SOURCE = -1


class MovedHits(NamedTuple):
    """How many hits were moved after the first ones, and the place of the best one of their source; None where they are copies."""

    best: int | None
    hits: int


class Diverse(NamedTuple):
    """The places that the hits had, in their new order, and what was moved after the first ones."""

    order: Sequence[int]
    moved: tuple[MovedHits, ...] = ()


def diverse(sources: Sequence[int], stories: Sequence[int]) -> Diverse:
    """Return the order of the first hits in which at most `MOST_OF_SOURCE` of a source and one of a story are among the `FIRST`.

    Of each of these hits, the best in order, *sources* has the number of its source, which may be `NO_SOURCE`, and *stories* that of its
    story, 0 where it is alone. They are `LOOKED_AT` or, of fewer, all; others are not looked at. Hits without a source count as
    of a source each. The order stays as it is where the hits are of too few sources and stories to fill the first places so.
    """
    looked_at = range(min(len(sources), LOOKED_AT))
    unchanged = Diverse(looked_at)
    if len(looked_at) <= FIRST:
        return unchanged
    chosen: list[int] = []
    of_source: dict[int, int] = {}
    seen: set[int] = set()
    moved: dict[int | None, int] = {}
    for place in looked_at:
        source, story = sources[place], stories[place]
        is_copy, chosen_of_source = story in seen, of_source.get(source, 0)
        if is_copy or chosen_of_source >= MOST_OF_SOURCE:
            if place < FIRST:
                best = None if is_copy else sources.index(source)
                moved[best] = moved.get(best, 0) + 1
            continue
        chosen.append(place)
        if len(chosen) == FIRST:
            break
        if source != NO_SOURCE:
            of_source[source] = chosen_of_source + 1
        if story:
            seen.add(story)
    if len(chosen) < FIRST or chosen[-1] == FIRST - 1:
        return unchanged
    first = set(chosen)
    others = [place for place in looked_at if place not in first]
    return Diverse(chosen + others, tuple(MovedHits(*each) for each in moved.items()))
