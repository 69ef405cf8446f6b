"""A tagger of tests: what a row of the table of taggers needs, and it keeps how many articles it was given at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from search.enrich import tagger
from search.enrich.tagger import TaggerFacts, TaggerRow
from search.model.article import Article, Entities, Entity
from search.model.errors import TaggerError

ROW = TaggerRow("counting", __name__)

#: What it was given, a list each time; and which names of it raise.
given: list[list[str]] = []
languages = frozenset(("en",))
version = "1"
is_damaged = False


class CountingTagger:
    """Finds each word in capitals."""

    def tag(self, articles: Sequence[Article]) -> list[Entities]:
        given.append([article.article_id for article in articles])
        return [
            Entities(
                organisations=tuple(map(Entity, dict.fromkeys(re.findall("[A-Z]{2,}", a.body))))
            )
            for a in articles
        ]


def facts(model: str) -> TaggerFacts:
    return TaggerFacts(version, languages)


def load(model: str) -> CountingTagger:
    if is_damaged:
        raise TaggerError("the model of the counting tagger is damaged; install it anew")
    return CountingTagger()


@contextmanager
def in_table(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have the table of taggers name this one, as if it had just been installed."""
    _forget()
    monkeypatch.setattr(tagger, "TAGGERS", (*tagger.TAGGERS, ROW))
    try:
        yield
    finally:
        _forget()


def _forget() -> None:
    given.clear()
    tagger.languages_of.cache_clear()
    tagger.tagger_called.cache_clear()
