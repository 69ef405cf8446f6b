"""What people's corrections make of the entities that were found in one article."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from search.enrich.corrections import Corrections, Fate, Key, Scope, folded
from search.model.article import ENTITY_KINDS, Article, Enrichment, Entities, Entity, Mention


class Corrected(NamedTuple):
    """What corrections make of the entities of an article, and the numbers of the rules that changed some of them."""

    entities: Entities
    rules: tuple[int, ...] = ()


def corrected(found: Entities, corrections: Corrections, article: Article) -> Corrected:
    """Return what *corrections* make of what was *found* in *article*; doing it twice changes nothing more.

    Forms are split off first. Then each name goes from rule to rule until none has it, and those that end at one
    name of a kind are one: their mentions in order, all forms kept, the former names among them.
    """
    if not corrections or not found or not corrections.name_some(found):
        return Corrected(found)
    return _InForce(corrections, article).applied(found)


def with_corrections(
    enrichment: Enrichment, corrections: Corrections, article: Article
) -> tuple[Enrichment, tuple[int, ...]]:
    """Return an enrichment of *article* with *corrections* in the place of those that it had, and the numbers of the rules that counted.

    The tagger is not asked again: what it found is in ``as_found``, or in ``entities`` where nothing was corrected.
    """
    found = enrichment.entities if enrichment.as_found is None else enrichment.as_found
    made, rules = corrected(found, corrections, article)
    as_found = None if made == found else found
    if made == enrichment.entities and as_found == enrichment.as_found:
        return enrichment, rules
    return Enrichment(made, enrichment.tagger, as_found), rules


class _Part(NamedTuple):
    """An entity on its way to its name."""

    entity: Entity
    is_moved: bool


class _InForce:
    """The rules that are for one article."""

    def __init__(self, corrections: Corrections, article: Article) -> None:
        self._corrections = corrections
        self._article = article
        self._is_for: dict[Scope, bool] = {}
        self._text = ""
        #: In order, each once.
        self._counted: dict[int, None] = {}

    def applied(self, found: Entities) -> Corrected:
        """Return what the rules make of what was *found*."""
        parts: dict[Key, list[_Part]] = {}
        for kind in ENTITY_KINDS:
            for entity in getattr(found, kind):
                self._place(kind, entity, parts)
        if not self._counted:
            return Corrected(found)
        made: dict[str, list[Entity]] = {kind: [] for kind in ENTITY_KINDS}
        changed = set()
        for (kind, _), same in parts.items():
            if any(part.is_moved for part in same):
                changed.add(kind)
                made[kind].append(_joined([part.entity for part in same]))
            else:
                made[kind] += [part.entity for part in same]
        for kind in changed:
            if all(entity.mentions for entity in made[kind]):
                made[kind].sort(key=lambda entity: entity.mentions[0])
        entities = Entities(*(tuple(made[kind]) for kind in ENTITY_KINDS))
        return Corrected(entities, tuple(sorted(self._counted)))

    def _place(self, kind: str, entity: Entity, parts: dict[Key, list[_Part]]) -> None:
        """Put an entity, and what is split off it, to those of the same name."""
        for each_kind, each, is_split in self._split(kind, entity):
            end = self._end(each_kind, each.name)
            if end is None:
                continue
            to_kind, name = end
            is_moved = is_split or (to_kind, name) != (each_kind, each.name)
            if name != each.name:
                forms = dict.fromkeys((each.name, *each.forms))
                forms.pop(name, None)
                each = Entity(name, each.mentions, tuple(forms))
            parts.setdefault((to_kind, folded(name)), []).append(_Part(each, is_moved))

    def _end(self, kind: str, name: str, *, counts: bool = True) -> tuple[str, str] | None:
        """Return the kind and the name that an entity ends at, None where it is hidden."""
        rules = self._corrections
        while (fate := self._fate(rules.fates, kind, name)) is not None:
            if counts:
                self._counted[fate.rule.number] = None
            if not fate.kind:
                return None
            kind, name = fate.kind, fate.name or name
        spelled = self._fate(rules.spelled, kind, name)
        if spelled is not None and spelled.name != name:
            if counts:
                self._counted[spelled.rule.number] = None
            name = spelled.name
        return kind, name

    def _fate(self, fates: Mapping[Key, list[Fate]], kind: str, name: str) -> Fate | None:
        for fate in fates.get((kind, folded(name)), ()):
            if self._is_in(fate.rule.scope):
                return fate
        return None

    def _is_in(self, scope: Scope) -> bool:
        is_for = self._is_for.get(scope)
        if is_for is None:
            is_for = self._is_for[scope] = scope.has(self._article, self._corrections.zone)
        return is_for

    def _split(self, kind: str, entity: Entity) -> list[tuple[str, Entity, bool]]:
        """Return *entity* without the forms that rules split off, if anything of it is left, and these; whether each is new."""
        splits = self._corrections.splits
        if not splits or not entity.forms:
            return [(kind, entity, False)]
        #: Folded form -> the kind and the name that the rule says.
        off: dict[str, tuple[str, str]] = {}
        keys = {(kind, folded(entity.name)): None}
        if (end := self._end(kind, entity.name, counts=False)) is not None:
            keys[end[0], folded(end[1])] = None
        for key in keys:
            for rule, forms in splits.get(key, ()):
                if self._is_in(rule.scope):
                    for form in map(folded, entity.forms):
                        if form in forms:
                            off.setdefault(form, (key[0], forms[form]))
                            self._counted[rule.number] = None
        if not off:
            return [(kind, entity, False)]
        self._text = self._text or self._article.tagged_text
        kept: list[Mention] = []
        mentions: dict[str, list[Mention]] = {form: [] for form in off}
        for mention in entity.mentions:
            form = folded(self._text[mention.start : mention.end])
            mentions.get(form, kept).append(mention)
        made: list[tuple[str, Entity, bool]] = []
        if kept or not entity.mentions:
            forms_left = tuple(form for form in entity.forms if folded(form) not in off)
            made.append((kind, Entity(entity.name, tuple(kept), forms_left), True))
        for form, (to_kind, name) in off.items():
            others = tuple(each for each in entity.forms if folded(each) == form and each != name)
            made.append((to_kind, Entity(name, tuple(mentions[form]), others), True))
        return made


def _joined(same: Sequence[Entity]) -> Entity:
    """Return entities of one name as one."""
    name = same[0].name
    if len(same) == 1:
        return same[0]
    mentions = sorted({mention for entity in same for mention in entity.mentions})
    forms = dict.fromkeys(form for entity in same for form in (entity.name, *entity.forms))
    forms.pop(name, None)
    return Entity(name, tuple(mentions), tuple(forms))
