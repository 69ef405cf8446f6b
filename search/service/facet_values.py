"""All values of a facet: the most frequent first or from A to Z, by letter and by words, a page at a time."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache, partial
from typing import NamedTuple

from search.engines.protocol.engine import Searcher
from search.engines.protocol.facets import FacetCounts, FacetValue, facet_key
from search.engines.protocol.request import SearchRequest
from search.model.question import FacetRequest

#: Values of a facet that are looked at, the most frequent ones.
MOST_VALUES = 100_000
#: Values on one page.
VALUES = 100
#: Letters that are listed; the rarest of more are under `OTHER`, as is what begins with no letter.
MOST_LETTERS = 60
OTHER = "#"

#: To make the keys of all values takes longer than to count them, and who looks through a facet asks for page after page.
_key = lru_cache(MOST_VALUES)(facet_key)


class FacetAsked(NamedTuple):
    """What is asked of a facet: values with *text* as in `FacetRequest`, that begin with a *letter*, and which page of them."""

    text: str = ""
    letter: str = ""
    by_name: bool = False
    step: int = 1
    #: Values on the page, 0 for `VALUES`.
    size: int = 0

    @property
    def is_by_name(self) -> bool:
        """Whether values are in the order of their names, as those of one letter are."""
        return self.by_name or bool(self.letter)


class ByName(NamedTuple):
    """A letter, and how many values begin with it."""

    letter: str
    values: int


class FacetPage(NamedTuple):
    """A page of the values of a facet, and what it is a part of."""

    values: tuple[FacetValue, ...]
    #: How many values there are in all, with the words asked for, and of these with the letter.
    distinct: int
    listed: int
    letters: tuple[ByName, ...]
    step: int
    last_step: int
    #: How many articles the question finds, and how many of them have no value.
    total: int
    missing: int
    notices: tuple[str, ...] = ()


def facet_page(
    engine: Searcher,
    request: SearchRequest,
    field: str,
    asked: FacetAsked,
    counts: FacetCounts | None = None,
) -> FacetPage:
    """Return the page *asked* for of the values of *field* that the articles of *request* have. Raises as `Searcher.search`.

    *counts* are all of them where the engine does not know the facet.
    """
    wanted = FacetRequest(field, MOST_VALUES, asked.text)
    bare = request._replace(facets=(wanted,), histogram=None, limit=0, offset=0, counted=())
    if counts is None:
        counts = engine.facets(bare)[field]
    else:
        bare = bare._replace(facets=())
    # One that is selected is listed by a facet whatever is looked for; it stands in the filters.
    values = [value for value in counts.values if value.count]
    keys = {value.value: _key(value.value) for value in values}
    letters = _letters(keys.values())
    known = frozenset(letters)
    listed: Sequence[FacetValue] = values
    if asked.letter:
        letter = _initial(facet_key(asked.letter))
        of = _initial if letter != OTHER else partial(_letter, known)
        listed = [value for value in values if of(keys[value.value]) == letter]
    if asked.is_by_name:
        listed = sorted(listed, key=lambda value: (keys[value.value], value.value))
    size = asked.size or VALUES
    last = max(1, -(-len(listed) // size))
    step = min(asked.step, last)
    notices: tuple[str, ...] = ()
    if counts.more:
        many = engine.fields[field].many
        notices = (
            f"only the {MOST_VALUES:,} most frequent of {counts.distinct:,} {many} are listed; look for others by a word",
        )
    return FacetPage(
        tuple(listed[(step - 1) * size : step * size]),
        counts.distinct,
        len(listed),
        tuple(ByName(letter, number) for letter, number in letters.items()),
        step,
        last,
        engine.count(bare),
        counts.missing,
        notices,
    )


def _letters(keys: Iterable[str]) -> dict[str, int]:
    """Return the letters that *keys* begin with and how many do, in order, the rarest of many as one."""
    counts = Counter(map(_initial, keys))
    kept = sorted(letter for letter, _ in counts.most_common(MOST_LETTERS) if letter != OTHER)
    found = {letter: counts[letter] for letter in kept}
    if others := sum(counts.values()) - sum(found.values()):
        found[OTHER] = others
    return found


def _letter(known: frozenset[str], key: str) -> str:
    letter = _initial(key)
    return letter if letter in known else OTHER


def _initial(key: str) -> str:
    """Return the letter that a key begins with, as a capital; `OTHER` where that is no letter."""
    return _capital(key[:1])


@lru_cache(4096)
def _capital(first: str) -> str:
    first = unicodedata.normalize("NFD", first)[:1]
    return first.upper()[:1] if first.isalpha() else OTHER
