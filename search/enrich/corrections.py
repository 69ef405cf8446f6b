"""What people corrected of the entities that a tagger found: the rules of entities.toml, applied to one article.

`search.ingest.entities_file` reads the rules; docs/entities.md says what they mean to a person.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, tzinfo
from typing import Literal, NamedTuple

from search.model.article import ENTITY_KINDS, Article, Enrichment, Entities, Entity, Mention

Verb = Literal["hide", "rename", "merge", "split", "retype"]

#: The name of a field of entities, as a query has it -> the kinds of `ENTITY_KINDS` that it stands for.
KINDS: Mapping[str, tuple[str, ...]] = {
    "person": ("people",),
    "org": ("organisations",),
    "place": ("places",),
    "entity": ENTITY_KINDS,
}


class Scope(NamedTuple):
    """The articles that a rule is for: all of what it names must be so; empty, it is for all articles.

    ``sources`` and ``collections`` are folded by `folded`; ``first`` and ``last`` are days, both inclusive.
    """

    sources: frozenset[str] = frozenset()
    collections: frozenset[str] = frozenset()
    first: date | None = None
    last: date | None = None

    def has(self, article: Article, zone: tzinfo) -> bool:
        """Whether *article* is one of them; an undated one is of no days. Days are those of *zone*."""
        if self.sources and folded(article.source) not in self.sources:
            return False
        if self.collections and folded(article.collection) not in self.collections:
            return False
        if self.first is None and self.last is None:
            return True
        if article.published is None:
            return False
        # What is known to the day is that day in every zone.
        is_exact = article.published_precision in ("minute", "second")
        day = article.published.astimezone(zone if is_exact else UTC).date()
        return (self.first or date.min) <= day <= (self.last or date.max)

    def can_meet(self, other: Scope) -> bool:
        """Whether an article can be of both."""
        return (
            (not self.sources or not other.sources or bool(self.sources & other.sources))
            and (
                not self.collections
                or not other.collections
                or bool(self.collections & other.collections)
            )
            and (self.first or date.min) <= (other.last or date.max)
            and (other.first or date.min) <= (self.last or date.max)
        )


EVERYWHERE = Scope()


class Rule(NamedTuple):
    """One rule: what is done to entities of some kinds that have one of some names.

    ``number`` counts the rules of a file from 1. ``kind`` is a key of `KINDS`. ``to`` is the name to rename and merge
    to, or the key of `KINDS` to retype to; ``forms`` are what is split off.
    """

    number: int
    line: int
    verb: Verb
    kind: str
    names: tuple[str, ...]
    to: str = ""
    forms: tuple[str, ...] = ()
    scope: Scope = EVERYWHERE
    note: str = ""

    def __str__(self) -> str:
        """Return what it does, for a person."""
        names = listed(self.names)
        if self.verb == "split":
            said = f"split {listed(self.forms)} from {self.kind} {names}"
        elif self.verb == "hide":
            said = f"hide {self.kind} {names}"
        elif self.verb == "merge":
            said = f"merge {self.kind} {names} into {self.to!r}"
        else:
            to = self.to if self.verb == "retype" else repr(self.to)
            said = f"{self.verb} {self.kind} {names} to {to}"
        return said if self.scope == EVERYWHERE else f"{said}, in some articles"


def listed(names: Sequence[str]) -> str:
    """Return names for a person: the first few."""
    said = ", ".join(map(repr, names[:3]))
    return said if len(names) <= 3 else f"{said} and {len(names) - 3:,} more"


class Contradiction(ValueError):
    """Rules that cannot both be followed: ``number`` is that of the later one."""

    def __init__(self, number: int, said: str) -> None:
        super().__init__(said)
        self.number = number


def folded(name: str) -> str:
    """Return *name* as names are compared: without case, and with single blanks."""
    made = " ".join(name.casefold().split())
    return made if made.isascii() else unicodedata.normalize("NFC", made)


#: A kind of `ENTITY_KINDS` and a folded name.
_Key = tuple[str, str]


class _Fate(NamedTuple):
    """What a rule makes of the entities of one key: another kind or name ("" keeps the name), or nothing."""

    rule: Rule
    kind: str = ""
    name: str = ""


class Corrections:
    """The rules in force. Empty, they leave everything as it was found."""

    __slots__ = ("_fates", "_keys", "_spelled", "_splits", "_zone", "digest", "rules", "text")

    def __init__(
        self, rules: Iterable[Rule] = (), text: str = "", digest: str = "", zone: tzinfo = UTC
    ) -> None:
        """*text* is that of the file, *digest* tells it from others, days are those of *zone*.

        Raises `Contradiction` where two rules cannot both be followed, and where rules go round in a circle.
        """
        self.rules = tuple(rules)
        self.text = text
        self.digest = digest
        self._zone = zone
        #: Of each key what rules make of it, those for some articles first.
        self._fates: dict[_Key, list[_Fate]] = {}
        #: Of each key that names are renamed to, how it is spelled.
        self._spelled: dict[_Key, list[_Fate]] = {}
        #: Of each key the rules that split forms off, with these as the file has them by their folded form.
        self._splits: dict[_Key, list[tuple[Rule, dict[str, str]]]] = {}
        for rule in self.rules:
            for kind in KINDS[rule.kind]:
                self._add(rule, kind)
        for fates in (*self._fates.values(), *self._spelled.values()):
            fates.sort(key=lambda fate: fate.rule.scope == EVERYWHERE)
        #: All of these keys: what has none of them stays as it is.
        self._keys = frozenset((*self._fates, *self._spelled, *self._splits))
        self._refuse_circles()
        self._refuse_splits_that_are_joined()

    def __bool__(self) -> bool:
        return bool(self.rules)

    def vetoes(self) -> frozenset[tuple[str, str, str]]:
        """Return what rules say is not one, each a kind of `ENTITY_KINDS`, a form, and the name that it does not count for.

        Names are as the file has them. Rules for some articles only count as those for all.
        """
        found = set[tuple[str, str, str]]()
        for rule in self.rules:
            for kind in KINDS[rule.kind] if rule.verb == "split" else ():
                for name in rule.names:
                    reached = self._reached((kind, folded(name)))
                    spelled = [
                        f.name for k in reached if k[0] == kind for f in self._spelled.get(k, ())
                    ]
                    found.update((kind, form, n) for form in rule.forms for n in (name, *spelled))
        return frozenset(found)

    def about(self, kind: str, name: str) -> tuple[Rule, ...]:
        """Return the rules that name the entity *name* of a kind of `ENTITY_KINDS`, or make others of that name."""
        key = folded(name)
        return tuple(
            rule
            for rule in self.rules
            if (
                kind in KINDS[rule.kind] and key in map(folded, (*rule.names, rule.to, *rule.forms))
            )
            or (rule.verb == "retype" and kind in KINDS[rule.to] and key in map(folded, rule.names))
        )

    # What the rules say

    def _add(self, rule: Rule, kind: str) -> None:
        for name in rule.names:
            key = (kind, folded(name))
            if rule.verb == "split":
                forms = {folded(form): form for form in rule.forms}
                self._splits.setdefault(key, []).append((rule, forms))
            elif rule.verb == "hide":
                self._decide(key, _Fate(rule))
            elif rule.verb == "retype":
                [to] = KINDS[rule.to]
                if to != kind:
                    self._decide(key, _Fate(rule, to))
            elif folded(rule.to) != key[1]:
                self._decide(key, _Fate(rule, kind, rule.to))
        if rule.verb in ("rename", "merge"):
            spelled = self._spelled.setdefault((kind, folded(rule.to)), [])
            for before in spelled:
                if before.name != rule.to and _rival(before.rule, rule):
                    raise Contradiction(
                        rule.number,
                        f"writes {rule.to!r}, and rule {before.rule.number} {before.name!r}; write both the same",
                    )
            spelled.append(_Fate(rule, kind, rule.to))

    def _decide(self, key: _Key, fate: _Fate) -> None:
        fates = self._fates.setdefault(key, [])
        for before in fates:
            is_same = (before.kind, folded(before.name)) == (fate.kind, folded(fate.name))
            if not is_same and _rival(before.rule, fate.rule):
                raise Contradiction(
                    fate.rule.number,
                    f"would {fate.rule}, and rule {before.rule.number} would {before.rule}: the same name, two ends;"
                    " keep one of them, or give each other articles",
                )
        fates.append(fate)

    def _next(self, key: _Key, scope: Scope = EVERYWHERE) -> Iterator[_Key]:
        """Yield what rules make of *key* in articles that may be of *scope*, one step on."""
        for fate in self._fates.get(key, ()):
            if fate.kind and fate.rule.scope.can_meet(scope):
                yield fate.kind, folded(fate.name) if fate.name else key[1]

    def _reached(self, key: _Key, scope: Scope = EVERYWHERE) -> set[_Key]:
        """Return all that rules may make of *key*, itself among it."""
        found, waiting = {key}, [key]
        while waiting:
            for to in self._next(waiting.pop(), scope):
                if to not in found:
                    found.add(to)
                    waiting.append(to)
        return found

    def _refuse_circles(self) -> None:
        is_done: dict[_Key, bool] = {}
        for start in self._fates:
            path = [(start, self._next(start))] if start not in is_done else []
            is_done.setdefault(start, False)
            while path:
                key, following = path[-1]
                to = next(following, None)
                if to is None:
                    is_done[key] = True
                    path.pop()
                elif to not in is_done:
                    is_done[to] = False
                    path.append((to, self._next(to)))
                elif not is_done[to]:
                    on = [k for k, _ in path]
                    circle = on[on.index(to) :]
                    numbers = sorted({fate.rule.number for k in circle for fate in self._fates[k]})
                    said = " and ".join(f"rule {number}" for number in numbers[:3])
                    raise Contradiction(
                        numbers[-1],
                        f"{said} go round in a circle: {' becomes '.join(repr(n) for _, n in [*circle, to])};"
                        " keep one name that is not changed any more",
                    )

    def _refuse_splits_that_are_joined(self) -> None:
        for key, splits in self._splits.items():
            for rule, forms in splits:
                ends = self._reached(key, rule.scope)
                for form in sorted(forms):
                    if ends & self._reached((key[0], form), rule.scope):
                        raise Contradiction(
                            rule.number,
                            f"splits {form!r} from {key[1]!r}, and they are one name by another rule, or are spelled"
                            " the same; keep one of the two",
                        )

    # What becomes of an article

    def name_some(self, found: Entities) -> bool:
        """Whether a rule names an entity of *found*, for whatever articles it is."""
        keys = self._keys
        return any(
            (kind, folded(entity.name)) in keys
            for kind, entities in zip(ENTITY_KINDS, found, strict=True)
            for entity in entities
        )

    def of(self, article: Article) -> _InForce:
        return _InForce(self, article, self._zone)


def _rival(rule: Rule, other: Rule) -> bool:
    """Whether two rules may both be for an article, and neither goes before the other: one for some articles goes first."""
    is_general = rule.scope == EVERYWHERE
    return is_general == (other.scope == EVERYWHERE) and rule.scope.can_meet(other.scope)


#: What is used without a file.
NO_CORRECTIONS = Corrections()


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
    return corrections.of(article).applied(found)


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

    def __init__(self, corrections: Corrections, article: Article, zone: tzinfo) -> None:
        self._corrections = corrections
        self._article = article
        self._zone = zone
        self._is_for: dict[Scope, bool] = {}
        self._text = ""
        #: In order, each once.
        self._counted: dict[int, None] = {}

    def applied(self, found: Entities) -> Corrected:
        parts: dict[_Key, list[_Part]] = {}
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

    def _place(self, kind: str, entity: Entity, parts: dict[_Key, list[_Part]]) -> None:
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
        while (fate := self._fate(rules._fates, kind, name)) is not None:
            if counts:
                self._counted[fate.rule.number] = None
            if not fate.kind:
                return None
            kind, name = fate.kind, fate.name or name
        spelled = self._fate(rules._spelled, kind, name)
        if spelled is not None and spelled.name != name:
            if counts:
                self._counted[spelled.rule.number] = None
            name = spelled.name
        return kind, name

    def _fate(self, fates: Mapping[_Key, list[_Fate]], kind: str, name: str) -> _Fate | None:
        for fate in fates.get((kind, folded(name)), ()):
            if self._is_in(fate.rule.scope):
                return fate
        return None

    def _is_in(self, scope: Scope) -> bool:
        is_for = self._is_for.get(scope)
        if is_for is None:
            is_for = self._is_for[scope] = scope.has(self._article, self._zone)
        return is_for

    def _split(self, kind: str, entity: Entity) -> list[tuple[str, Entity, bool]]:
        """Return *entity* without the forms that rules split off, if anything of it is left, and these; whether each is new."""
        splits = self._corrections._splits
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
