"""Which hits come first where one source, or one story, would fill the first page."""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from search.engines.protocol.facets import facet_key
from search.engines.protocol.result import Moved

#: The hits that are held to the limits, and these limits (docs/ranking.md says why).
FIRST = 10
MOST_OF_SOURCE = 2
#: Hits, in the order before, that can come to be among the first.
LOOKED_AT = 30


#: The sources of an archive are few, and every page asks for the keys of some.
_key = lru_cache(maxsize=4096)(facet_key)


class Ranked(NamedTuple):
    """What decides of one hit: its source, "" where it has none, and the number of its story, 0 where it is alone."""

    source: str
    story: int = 0


class Diverse(NamedTuple):
    """The places that the hits had, in their new order, and what was moved after the first ones."""

    order: tuple[int, ...]
    moved: tuple[Moved, ...] = ()


def diverse(hits: Sequence[Ranked]) -> Diverse:
    """Return the order of the first *hits* in which at most `MOST_OF_SOURCE` of a source and one of a story are among the `FIRST`.

    *hits* are the best in order, `LOOKED_AT` or, of fewer, all; others are not looked at. Hits without a source count as of a
    source each. The order stays as it is where the hits are of too few sources and stories to fill the first places so.
    """
    looked_at = hits[:LOOKED_AT]
    unchanged = Diverse(tuple(range(len(looked_at))))
    if len(looked_at) <= FIRST:
        return unchanged
    chosen: list[int] = []
    of_source: Counter[str] = Counter()
    stories: set[int] = set()
    moved: Counter[str] = Counter()
    # Most hits are of few sources.
    keys = {name: _key(name) for name in {hit.source for hit in looked_at}}
    for place, hit in enumerate(looked_at):
        source = keys[hit.source]
        is_copy = hit.story in stories
        if is_copy or of_source[source] >= MOST_OF_SOURCE:
            if place < FIRST:
                moved["" if is_copy else source] += 1
            continue
        chosen.append(place)
        if len(chosen) == FIRST:
            break
        if source:
            of_source[source] += 1
        if hit.story:
            stories.add(hit.story)
    if len(chosen) < FIRST or chosen[-1] == FIRST - 1:
        return unchanged
    first = set(chosen)
    others = [place for place in range(len(looked_at)) if place not in first]
    names = {keys[hit.source]: hit.source.strip() for hit in reversed(looked_at)}
    return Diverse(
        (*chosen, *others),
        tuple(Moved(names[key] if key else "", count) for key, count in moved.items()),
    )
