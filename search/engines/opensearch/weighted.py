"""All words that a bare word searches, as the server needs them to score by itself: each once, with its weighted frequency."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from search.engines.opensearch.mapping import ALL_FORMS, ALL_STEMS, ALTERNATIVE, Layout


def weighted_words(source: Mapping[str, Any], layout: Layout) -> dict[str, str]:
    """Return the fields of the forms and stems of a *source* that has its words by fields; none where it has no words."""
    forms = _counted(source, ((each.forms, each.weight) for each in layout.searched))
    stems = _counted(source, ((each.stems, each.weight) for each in layout.searched))
    return {ALL_FORMS: forms, ALL_STEMS: stems} if forms else {}


def _counted(source: Mapping[str, Any], fields: Iterable[tuple[str, int]]) -> str:
    found: Counter[str] = Counter()
    for field, weight in fields:
        for words in source.get(field, ()):
            for word in words.split(" "):
                found[word] += weight
    return " ".join([f"{word}{ALTERNATIVE}{count}" for word, count in found.items()])
