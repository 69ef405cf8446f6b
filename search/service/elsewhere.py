"""What else the archive has of those whom an article names and who wrote it, in numbers of articles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from search.engines.protocol.engine import Searcher
from search.engines.protocol.request import SearchRequest
from search.highlight.named import entities_of
from search.model.article import Document
from search.model.question import Selection

#: Authors of one article, and places that it names most, for which others of the same author are counted.
_AUTHORS = 3
_PLACES = 2
_AUTHOR, _PLACE = "author", "place"


class OthersBy(NamedTuple):
    """How many ``articles`` are by an author, the one asked about among them; with ``place`` only those that name it."""

    author: str
    place: str
    articles: int

    @property
    def selections(self) -> tuple[Selection, ...]:
        """Return what selects them."""
        place = (Selection(_PLACE, (self.place,)),) if self.place else ()
        return (Selection(_AUTHOR, (self.author,)), *place)


class Elsewhere(NamedTuple):
    """In how many articles of the archive the names of one are, by field and name; and what else its authors wrote."""

    names: Mapping[str, Mapping[str, int]]
    by_authors: tuple[OthersBy, ...]


def elsewhere_of(engine: Searcher, document: Document, most: int) -> Elsewhere:
    """Return what there is elsewhere for the first *most* names of each kind that *document* has, and for its first authors.

    Who wrote nothing else is left out, and so is a place of which they wrote nothing else.
    """
    fields = engine.fields
    names: dict[str, dict[str, int]] = {}
    for row in fields.described(is_entity=True):
        entities = entities_of(document, row.name, fields)[:most]
        names[row.name] = {
            entity.name: _count(engine, Selection(row.name, (entity.name,))) for entity in entities
        }
    places: list[str] = []
    if _PLACE in names:
        entities = entities_of(document, _PLACE, fields)
        most_named = sorted(entities, key=lambda entity: -len(entity.mentions))
        places = [entity.name for entity in most_named[:_PLACES]]
    by_authors = []
    for author in document.article.authors[:_AUTHORS] if _AUTHOR in fields.facets else ():
        for place in ("", *places):
            others = OthersBy(author, place, 0)
            others = others._replace(articles=_count(engine, *others.selections))
            if others.articles > 1:
                by_authors.append(others)
            elif not place:  # who wrote nothing else wrote nothing else of a place
                break
    return Elsewhere(names, tuple(by_authors))


def _count(engine: Searcher, *selections: Selection) -> int:
    return engine.count(SearchRequest(selections=selections))
