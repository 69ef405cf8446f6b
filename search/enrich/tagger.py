"""What finds the entities of articles: the protocol, and which taggers there are."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Protocol

from search.model.article import Article, Entities

#: What ``--entities`` may be, but for spaCy's models: ``spacy:MODEL``.
NONE, FAST = "none", "fast"
_VERSIONS = {FAST: "1"}


class Tagger(Protocol):
    """Finds people, organisations and places."""

    @property
    def languages(self) -> frozenset[str]:
        """The languages whose names it knows, as `Article.language` has them. Articles in others have no entities."""

    def tag(self, articles: Sequence[Article]) -> list[Entities]:
        """Return the entities of each of *articles*, in order. Never raises for what is in an article."""


def label_of(wanted: str) -> str:
    """Return the name and version of the tagger that ``--entities`` *wanted*, without loading it; "" for none.

    It is stored with each article: one that another tagger or version has tagged is tagged again. Raises ValueError for
    what is no tagger, or is not installed, with what to do.
    """
    if wanted == NONE:
        return ""
    if wanted in _VERSIONS:
        return f"{wanted} {_VERSIONS[wanted]}"
    raise ValueError(f"{wanted!r} is no tagger; choose one of {', '.join([*_VERSIONS, NONE])}")


@cache
def tagger_called(label: str) -> Tagger:
    """Return the tagger that has a *label*. It is loaded once a process."""
    from search.enrich.entities.fast import FastTagger

    return FastTagger()
