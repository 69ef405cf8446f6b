"""Which names of people are one: with an initial and without, and for whom a surname alone counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from search.engines.joining.joins import NO_MONTH, Join, Months
from search.engines.joining.spellings import Spelt, only_one
from search.text.names import PARTICLES
from search.text.words import within_edits

#: Months before and after an article whose full names say who is meant by a surname alone: the first of these in which `ENOUGH`
#: articles have one. With 3 in place of 10 a fifth of the joins of rarer surnames were wrong (docs/entities.md).
MONTHS_AROUND: Final = (1, 3, 6, 12)
ENOUGH: Final = 10
#: A surname that is one edit away from another is a misprint of that where this has that many times as many articles.
MISPRINT: Final = 20


#: Before a surname that stands alone.
_PARTICLES = PARTICLES | {"abu", "ben", "st"}


def join_initials(spelt: Spelt) -> None:
    """Join "James Q. Orr" and "James Orr", unless James R. Orr is there too.

    Of a surname that others have as well two names are one only where an article writes one of them for the other.
    """
    groups: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    of_surname: dict[str, dict[str, int]] = defaultdict(dict)
    for key in spelt.names:
        first, *middle, last = key.split() if " " in key else ("", "", key)
        if not first:
            continue
        if all(len(word) == 1 for word in middle):
            groups[first, last].append((" ".join(middle), key))
        articles = of_surname[last]
        articles[first] = articles.get(first, 0) + spelt.total(key)
    found = {}
    for (first, last), group in groups.items():
        plain = [key for middle, key in group if not middle]
        if plain and len(group) > 1:
            totals = {key: spelt.total(key) for middle, key in group if middle}
            if best := only_one(totals):
                is_rare = only_one(of_surname[last]) == first
                found[plain[0], best] = is_rare, totals[best], sum(totals.values()) - totals[best]
    for (plain_key, best), (is_rare, shown, rivals) in found.items():
        if (
            is_rare
            or best in spelt.written.get(plain_key, ())
            or plain_key in spelt.written.get(best, ())
        ):
            spelt.join(plain_key, best, "initial", shown, rivals)


def _is_lone(words: Sequence[str]) -> bool:
    """Whether a name is a surname alone, particles before it or not."""
    return all(word in _PARTICLES for word in words[:-1])


class _Elsewhere:
    """How many articles have a word as a name of another kind: "Morgan" is a bank more often than a person."""

    def __init__(self, kinds: Sequence[Spelt]) -> None:
        self._kinds = kinds
        self._first: dict[str, int] = defaultdict(int)
        for spelt in kinds:
            if spelt.kind == "organisations":
                for key in spelt.names:
                    if " " in key:
                        self._first[key.partition(" ")[0]] += spelt.total(key)

    def is_rather(self, word: str, lone: int, in_full: int) -> bool:
        """Whether a word names other things in more articles than a person, *lone* or *in_full*."""
        whole = sum([spelt.total(word) for spelt in self._kinds if word in spelt.names])
        return whole > lone or self._first.get(word, 0) > in_full


def surnames(spelt: Spelt, other_kinds: Sequence[Spelt]) -> Iterator[Join]:
    """Yield for which people surnames alone count, and from when to when; *other_kinds* has the names of all other kinds."""
    elsewhere = _Elsewhere(other_kinds)
    in_full: dict[str, list[str]] = defaultdict(list)
    lone = []
    for key in spelt.names:
        words = key.split()
        if len(words) > 1:
            in_full[words[-1]].append(key)
        if _is_lone(words):
            lone.append(key)
    bearers: dict[str, list[str]] = {}
    for key in lone:
        end = " " + key
        every = {each for each in in_full[key.rpartition(" ")[2]] if each.endswith(end)}
        every |= {
            each for each in spelt.written.get(key, ()) if each in spelt.names and " " in each
        }
        every.discard(key)
        # "al Chalabi" is no rival of Fadhil al Chalabi: it is short itself.
        every -= {
            each
            for each in every
            if _is_lone(each.split()) and any(other.endswith(" " + each) for other in every)
        }
        # Who is named in too few articles of the whole archive is so in those of any month.
        in_all = sum(map(spelt.total, every))
        if in_all >= ENOUGH and not elsewhere.is_rather(key, spelt.total(key), in_all):
            bearers[key] = sorted(every)
    for key in _misprints(spelt, list(bearers), lone):
        del bearers[key]
    wanted = {name for keys in bearers.values() for key in keys for name in spelt.names[key]}
    wanted.update(name for key in bearers for name in spelt.names[key])
    months = spelt.counts.months_of(wanted)
    canonical = spelt.canonical()
    for key, keys in bearers.items():
        people: dict[str, dict[int, int]] = {}
        for each in keys:
            person = canonical.get(each, spelt.names[each][0])
            of_person = people.setdefault(person, {})
            for name in spelt.names[each]:
                _add(of_person, months[name])
        short: dict[int, int] = {}
        for name in spelt.names[key]:
            _add(short, months[name])
        chosen = _chosen(short, people)
        for name in spelt.names[key]:
            yield from _ranges(spelt, key, name, months[name], chosen, people)


def _misprints(spelt: Spelt, keys: Sequence[str], lone: Sequence[str]) -> Iterator[str]:
    """Yield those of *keys* that are rather misprints of other surnames that stand alone: "Ilvn" of "Ilven"."""
    likely: dict[tuple[str, int], list[str]] = defaultdict(list)
    for key in lone:
        if spelt.total(key) >= MISPRINT:
            likely[key[0], len(key)].append(key)
    for key in keys:
        around = [k for size in (-1, 0, 1) for k in likely[key[0], len(key) + size] if k != key]
        least = MISPRINT * spelt.total(key)
        if any(spelt.total(other) >= least and within_edits(key, other, 1) for other in around):
            yield key


def _add(to: dict[int, int], months: Months) -> None:
    for month, articles in months.items():
        to[month] = to.get(month, 0) + articles


class _Meant(NamedTuple):
    """Who is meant by a surname alone in a month, "" where that is not safe, and in which months this was looked for."""

    person: str
    first: int
    last: int


def _chosen(short: Months, people: Mapping[str, Months]) -> dict[int, _Meant]:
    """Return who is meant by a surname in each month in which it stands alone."""
    chosen = {}
    for month in short:
        around = (0, _NO_END) if month == NO_MONTH else (month, month)
        articles: dict[str, int] = {}
        for width in MONTHS_AROUND:
            if month != NO_MONTH:
                around = month - width, month + width
            articles = _between(people, *around)
            if sum(articles.values()) >= ENOUGH:
                break
        is_safe = sum(articles.values()) >= ENOUGH
        chosen[month] = _Meant(only_one(articles) if is_safe else "", *around)
    return chosen


#: After all months.
_NO_END = 1 << 30


def _between(people: Mapping[str, Months], first: int, last: int) -> dict[str, int]:
    """Return how many articles from month *first* to *last* name each of *people*, those whom none does left out."""
    found = {}
    for person, months in people.items():
        if number := sum(n for month, n in months.items() if first <= month <= last):
            found[person] = number
    return found


def _ranges(
    spelt: Spelt,
    key: str,
    name: str,
    months: Months,
    chosen: Mapping[int, _Meant],
    people: Mapping[str, Months],
) -> Iterator[Join]:
    """Yield the joins of one name: months that follow each other and in which it counts for one person are one."""
    runs: list[list[int]] = []
    before = _Meant("", 0, 0)
    for month in sorted(months):
        meant = chosen[month]
        if runs and meant.person == before.person and runs[-1][0] != NO_MONTH:
            runs[-1].append(month)
        else:
            runs.append([month])
        before = meant
    for run in runs:
        person = chosen[run[0]].person
        if not person or (
            spelt.vetoes.part("people", name, person)
            or spelt.vetoes.part("people", key, spelt.key_of(person))
        ):
            continue
        first = min(chosen[month].first for month in run)
        last = max(chosen[month].last for month in run)
        found = _between(people, first, last)
        shown = found[person]
        articles = sum(months[month] for month in run)
        rivals = sum(found.values()) - shown
        yield Join("people", name, person, run[0], run[-1], articles, "surname", shown, rivals)
