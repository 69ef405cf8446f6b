"""From the spans of a text to the entities of its article."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Final

from search.enrich.entities.merging.found import Found, found_in
from search.enrich.entities.merging.groups import Group, grouped
from search.enrich.entities.merging.headlines import drop_shouted, name_of, settle_acronyms
from search.enrich.entities.merging.organisations import join_organisations
from search.enrich.entities.merging.people import join_people
from search.enrich.entities.network import kernels
from search.enrich.spans import Span
from search.model.article import NO_ENTITIES, Article, Entities, Entity, Mention

#: Most entities of one article, all kinds together; the most mentioned are kept.
MAX_ENTITIES: Final = 500


def merged(text: str, title_length: int, spans: Sequence[Span], article: Article) -> Entities:
    """Return the entities that *spans* of *text* name, the tagged text of *article*. Never raises.

    The first *title_length* characters are the title. What a mention has in the text is the name of its entity or one
    of the forms, but for white space.
    """
    if not spans:
        return NO_ENTITIES
    found, links = found_in(text, spans, article)
    groups = grouped(found, title_length)
    join_people(groups)
    join_organisations(groups, links)
    left = [group for group in groups.values() if group.into is None]
    if text[:title_length].isupper():
        drop_shouted(left, text, title_length)
    settle_acronyms(left, text, title_length)
    return _entities(title_length, left)


def _entities(title_length: int, groups: Sequence[Group]) -> Entities:
    if len(groups) > MAX_ENTITIES:
        groups = _most_mentioned(groups)
    people: dict[str, list[Found]] = {}
    organisations: dict[str, list[Found]] = {}
    places: dict[str, list[Found]] = {}
    of_kind = {"person": people, "org": organisations, "place": places}
    for group in groups:
        kind = group.kind
        named = of_kind.get(kind) if kind is not None else None
        if named is None:
            continue
        name = name_of(group, title_length)
        if name in named:
            named[name] = _in_order(named[name] + group.found)
        else:
            named[name] = _in_order(group.found) if group.has_taken else group.found
    return Entities(_of(people), _of(organisations), _of(places))


def _most_mentioned(groups: Iterable[Group]) -> list[Group]:
    kept = [(at, group) for at, group in enumerate(groups) if group.kind not in (None, "other")]
    kept.sort(key=lambda each: -len(each[1].found))
    return [group for _, group in sorted(kept[:MAX_ENTITIES], key=itemgetter(0))]


def _in_order(found: Sequence[Found]) -> list[Found]:
    return sorted(found, key=lambda each: each.start)


def _of(named: dict[str, list[Found]]) -> tuple[Entity, ...]:
    entities = []
    make = kernels.entity
    reached = -1
    is_ordered = True
    for name, found in named.items():
        places: list[int] = []
        forms: dict[str, None] | None = None
        for each in found:
            places.append(each.start)
            places.append(each.end)
            written = each.written
            if written is not name and written != name:
                if forms is None:
                    forms = {written: None}
                else:
                    forms[written] = None
        is_ordered = is_ordered and found[0].start > reached
        reached = found[0].start
        more = () if forms is None else tuple(forms)
        entities.append(make(Entity, Mention, name, places, more))
    if not is_ordered:
        entities.sort(key=lambda entity: entity.mentions[0])
    return tuple(entities)
