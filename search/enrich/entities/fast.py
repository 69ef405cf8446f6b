"""The tagger that is the default: fast, and made for English news."""

from __future__ import annotations

from collections.abc import Sequence

from search.enrich.tagger import TaggerFacts
from search.model.article import Article, Entities

_FACTS = TaggerFacts(version="1", languages=frozenset(("en",)))


class FastTagger:
    """Finds the names of English articles."""

    def tag(self, articles: Sequence[Article]) -> list[Entities]:
        from search.enrich.entities.tagger import extract

        return [extract(article) for article in articles]


def facts(model: str) -> TaggerFacts:
    """Return what is known of it; it has one model, its own."""
    return _FACTS


def load(model: str) -> FastTagger:
    """Return it."""
    return FastTagger()
