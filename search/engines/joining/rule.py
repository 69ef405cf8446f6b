"""The rule as a whole: it sees how many articles have each name in each month, and never an article."""

from __future__ import annotations

from collections.abc import Mapping

from search.engines.joining.joins import Join
from search.engines.joining.organisations import join_acronyms, join_endings
from search.engines.joining.people import join_initials, surnames
from search.engines.joining.spellings import NO_VETOES, NameCounts, Spelt, Vetoes


def joins_of(counts: Mapping[str, NameCounts], vetoes: Vetoes = NO_VETOES) -> list[Join]:
    """Return which names count for which others, by kind, name and month; *counts* are by kind.

    What a name counts for counts for nothing else. Names that *vetoes* parts are never joined.
    """
    every = {kind: Spelt(kind, of_kind, vetoes) for kind, of_kind in counts.items()}
    found: list[Join] = []
    for kind, spelt in every.items():
        if kind == "people":
            join_initials(spelt)
            found += surnames(spelt, [every[other] for other in every if other != kind])
        elif kind == "organisations":
            join_endings(spelt)
            join_acronyms(spelt)
        found += spelt.joins()
    return sorted(found)
