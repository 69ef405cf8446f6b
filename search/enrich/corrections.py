"""What people corrected of the entities that a tagger found: the rules of entities.toml, and what they say together.

`search.ingest.entities_file` reads the rules, `corrected.py` applies them; docs/entities.md says what they mean to a person.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, tzinfo
from typing import Literal, NamedTuple

from search.model.article import ENTITY_KINDS, Article, Entities

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
Key = tuple[str, str]


class Fate(NamedTuple):
    """What a rule makes of the entities of one key: another kind or name ("" keeps the name), or nothing."""

    rule: Rule
    kind: str = ""
    name: str = ""


class Corrections:
    """The rules in force. Empty, they leave everything as it was found."""

    __slots__ = ("_keys", "digest", "fates", "rules", "spelled", "splits", "text", "zone")

    def __init__(
        self, rules: Iterable[Rule] = (), text: str = "", digest: str = "", zone: tzinfo = UTC
    ) -> None:
        """*text* is that of the file, *digest* tells it from others, days are those of *zone*.

        Raises `Contradiction` where two rules cannot both be followed, and where rules go round in a circle.
        """
        self.rules = tuple(rules)
        self.text = text
        self.digest = digest
        self.zone = zone
        #: Of each key what rules make of it, those for some articles first.
        self.fates: dict[Key, list[Fate]] = {}
        #: Of each key that names are renamed to, how it is spelled.
        self.spelled: dict[Key, list[Fate]] = {}
        #: Of each key the rules that split forms off, with these as the file has them by their folded form.
        self.splits: dict[Key, list[tuple[Rule, dict[str, str]]]] = {}
        for rule in self.rules:
            for kind in KINDS[rule.kind]:
                self._add(rule, kind)
        for fates in (*self.fates.values(), *self.spelled.values()):
            fates.sort(key=lambda fate: fate.rule.scope == EVERYWHERE)
        #: All of these keys: what has none of them stays as it is.
        self._keys = frozenset((*self.fates, *self.spelled, *self.splits))
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
                        f.name for k in reached if k[0] == kind for f in self.spelled.get(k, ())
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
                self.splits.setdefault(key, []).append((rule, forms))
            elif rule.verb == "hide":
                self._decide(key, Fate(rule))
            elif rule.verb == "retype":
                [to] = KINDS[rule.to]
                if to != kind:
                    self._decide(key, Fate(rule, to))
            elif folded(rule.to) != key[1]:
                self._decide(key, Fate(rule, kind, rule.to))
        if rule.verb in ("rename", "merge"):
            spelled = self.spelled.setdefault((kind, folded(rule.to)), [])
            for before in spelled:
                if before.name != rule.to and _rival(before.rule, rule):
                    raise Contradiction(
                        rule.number,
                        f"writes {rule.to!r}, and rule {before.rule.number} {before.name!r}; write both the same",
                    )
            spelled.append(Fate(rule, kind, rule.to))

    def _decide(self, key: Key, fate: Fate) -> None:
        fates = self.fates.setdefault(key, [])
        for before in fates:
            is_same = (before.kind, folded(before.name)) == (fate.kind, folded(fate.name))
            if not is_same and _rival(before.rule, fate.rule):
                raise Contradiction(
                    fate.rule.number,
                    f"would {fate.rule}, and rule {before.rule.number} would {before.rule}: the same name, two ends;"
                    " keep one of them, or give each other articles",
                )
        fates.append(fate)

    def _next(self, key: Key, scope: Scope = EVERYWHERE) -> Iterator[Key]:
        """Yield what rules make of *key* in articles that may be of *scope*, one step on."""
        for fate in self.fates.get(key, ()):
            if fate.kind and fate.rule.scope.can_meet(scope):
                yield fate.kind, folded(fate.name) if fate.name else key[1]

    def _reached(self, key: Key, scope: Scope = EVERYWHERE) -> set[Key]:
        """Return all that rules may make of *key*, itself among it."""
        found, waiting = {key}, [key]
        while waiting:
            for to in self._next(waiting.pop(), scope):
                if to not in found:
                    found.add(to)
                    waiting.append(to)
        return found

    def _refuse_circles(self) -> None:
        is_done: dict[Key, bool] = {}
        for start in self.fates:
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
                    numbers = sorted({fate.rule.number for k in circle for fate in self.fates[k]})
                    said = " and ".join(f"rule {number}" for number in numbers[:3])
                    raise Contradiction(
                        numbers[-1],
                        f"{said} go round in a circle: {' becomes '.join(repr(n) for _, n in [*circle, to])};"
                        " keep one name that is not changed any more",
                    )

    def _refuse_splits_that_are_joined(self) -> None:
        for key, splits in self.splits.items():
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


def _rival(rule: Rule, other: Rule) -> bool:
    """Whether two rules may both be for an article, and neither goes before the other: one for some articles goes first."""
    is_general = rule.scope == EVERYWHERE
    return is_general == (other.scope == EVERYWHERE) and rule.scope.can_meet(other.scope)


#: What is used without a file.
NO_CORRECTIONS = Corrections()
