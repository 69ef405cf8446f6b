"""The tagger that is the default: fast, and made for English news."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from search.enrich.entities.versions import FROM_SPANS
from search.enrich.tagger import TaggerFacts
from search.model.article import Article, Entities

if TYPE_CHECKING:
    from search.enrich.entities.network.recogniser import Recogniser

#: Another one whenever the network may find other spans.
_NETWORK = "1"

_FACTS = TaggerFacts(version=f"{_NETWORK}.{FROM_SPANS}", languages=frozenset(("en",)))


class FastTagger:
    """Finds the names of English articles: a small network says where they are, and merging makes entities of them."""

    def __init__(self, recogniser: Recogniser) -> None:
        self._recogniser = recogniser

    def tag(self, articles: Sequence[Article]) -> list[Entities]:
        from search.enrich.entities.merging import merged
        from search.enrich.entities.merging.unwrapped import text_looked_at

        looked_at = list(map(text_looked_at, articles))
        found = self._recogniser.spans([text for text, _ in looked_at])
        return [
            merged(text, title_length, spans, article)
            for (text, title_length), spans, article in zip(looked_at, found, articles, strict=True)
        ]


def facts(model: str) -> TaggerFacts:
    """Return what is known of it; it has one model, its own."""
    return _FACTS


def load(model: str) -> FastTagger:
    """Return it, with the model of the package."""
    from search.enrich.entities.network.recogniser import Recogniser

    return FastTagger(Recogniser.load())
