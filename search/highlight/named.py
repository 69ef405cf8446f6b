"""Where an article names its entities, and which of them a query asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter
from typing import NamedTuple

from search.highlight.phrases import Match
from search.model.article import Article, Document, Entity
from search.model.fields import FieldTable
from search.text.known_names import with_known_forms


class Name(NamedTuple):
    """A part of a text that names an entity: offsets there, the field of the entity, the name that it is counted by."""

    start: int
    end: int
    field: str
    name: str


class Mentioned(NamedTuple):
    """Where title and body of an article answer a query by an entity that they name; in order."""

    title: tuple[Match, ...]
    body: tuple[Match, ...]


class Names(NamedTuple):
    """The parts of title and body that name an entity; ascending and disjoint."""

    title: tuple[Name, ...] = ()
    body: tuple[Name, ...] = ()


def names_of(document: Document, fields: FieldTable) -> Names:
    """Return where *document* names its entities; of mentions that overlap the first, and the longest of several."""
    title: list[Name] = []
    body: list[Name] = []
    for field in [row.name for row in fields.described(is_entity=True)]:
        for entity in entities_of(document, field, fields):
            for is_title, start, end in places_of(document.article, entity):
                (title if is_title else body).append(Name(start, end, field, entity.name))
    return Names(_disjoint(title), _disjoint(body))


def mentioned(
    document: Document,
    asked: Iterable[str],
    fields: FieldTable,
    answered: Callable[[str, str], Iterable[int]],
) -> Mentioned | None:
    """Return where *document* names an entity that answers a clause, None where it is not known where it names any.

    *answered* returns the numbers of the clauses that a text answers which is a value of one of the fields *asked*. An
    entity answers a clause by its name or by any of its forms, listed ones included, and all its mentions are an answer then.
    """
    title: list[Match] = []
    body: list[Match] = []
    is_known = False
    for field in asked:
        for entity in entities_of(document, field, fields):
            is_known = is_known or bool(entity.mentions)
            texts = with_known_forms((entity.name, *entity.forms))
            clauses = {clause for text in texts for clause in answered(field, text)}
            for is_title, start, end in places_of(document.article, entity) if clauses else ():
                (title if is_title else body).extend([(start, c, end) for c in sorted(clauses)])
    return Mentioned(tuple(sorted(title)), tuple(sorted(body))) if is_known else None


def entities_of(document: Document, field: str, fields: FieldTable) -> tuple[Entity, ...]:
    """Return the entities that *document* has in a field of entities."""
    entities: tuple[Entity, ...] = attrgetter(fields[field].attribute)(document)
    return entities


def places_of(article: Article, entity: Entity) -> Iterator[tuple[bool, int, int]]:
    """Yield for each mention whether it is in the title, and its offsets there or in the body.

    What does not lie inside one of them, or begins or ends with white space, is left out.
    """
    in_title, in_body = len(article.title), len(article.body)
    before_body = len(article.tagged_text) - in_body
    for start, end in entity.mentions:
        is_title = start < in_title
        text = article.title if is_title else article.body
        if not is_title:
            start, end = start - before_body, end - before_body
        if 0 <= start < end <= len(text) and not (text[start].isspace() or text[end - 1].isspace()):
            yield is_title, start, end


def _disjoint(names: list[Name]) -> tuple[Name, ...]:
    names.sort(key=lambda name: (name.start, -name.end))
    found: list[Name] = []
    for name in names:
        if not found or name.start >= found[-1].end:
            found.append(name)
    return tuple(found)
