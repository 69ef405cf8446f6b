"""The tagger that is the default: fast, and made for English news."""

from __future__ import annotations

from collections.abc import Sequence

from search.enrich.entities.tagger import extract
from search.model.article import Article, Entities


class FastTagger:
    """Finds the names of English articles."""

    languages = frozenset(("en",))

    def tag(self, articles: Sequence[Article]) -> list[Entities]:
        return [extract(article) for article in articles]
