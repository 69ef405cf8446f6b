"""Which names of an archive are one: a pure rule, the same for every engine; docs/entities.md explains it.

It sees how many articles have each name in each month, and never an article. So the table that it gives does not depend
on the order in which articles came, nor on how an index is cut.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple

from search.engines.protocol import JoinedName, facet_key
from search.text.words import within_edits

#: A name that has more than this share of what a short form can stand for is a rival, and nothing is joined.
MOST_OF_A_RIVAL: Final = 0.1
#: Together rivals may have this share.
MOST_OF_RIVALS: Final = 0.2
#: Articles on longer names that begin like a company, of those on the company, with which its name alone is still it.
MOST_OF_FAMILY: Final = 0.5
#: Articles that must write an acronym for its long form.
LEAST_WRITTEN: Final = 3
#: Months before and after an article whose full names say who is meant by a surname alone: the first of these in which `ENOUGH`
#: articles have one. With 3 in place of 10 a fifth of the joins of rarer surnames were wrong (docs/entities.md).
MONTHS_AROUND: Final = (1, 3, 6, 12)
ENOUGH: Final = 10
#: A surname that is one edit away from another is a misprint of that where this has that many times as many articles.
MISPRINT: Final = 20
#: The month of an article whose month is not known: its names are held against the whole archive.
NO_MONTH: Final = 0

#: The file in the folder of an index that says which names people have parted (`Vetoes.of_text`).
APART: Final = "apart.txt"

#: By month (`month_of`) how many articles have a name.
Months = Mapping[int, int]


def month_of(year: int, month: int) -> int:
    """Return the number of a month: one more for each month that passes."""
    return year * 12 + month - 1


class NameCounts(NamedTuple):
    """What an archive says of the names of one kind.

    ``totals`` is in how many articles each name is, at least one, ``months_of`` how many of them are of each month: it is
    asked once, for few names. ``written`` says for a form and a name in how many articles the form was written for it.
    ``key_of`` gives the `facet_key` of a name.
    """

    totals: Mapping[str, int]
    months_of: Callable[[Collection[str]], Mapping[str, Months]]
    written: Mapping[tuple[str, str], int]
    key_of: Callable[[str], str] = facet_key


class Join(NamedTuple):
    """A name that is counted under another one.

    ``kind`` is one of `search.model.article.ENTITY_KINDS`. From the month ``first`` to ``last``, where these are not
    `NO_MONTH`: a surname alone counts for a person only as long as the archive says so. ``articles`` is how many have
    ``name``. ``reason`` is a key of `REASONS`, ``shown`` how many articles speak for it, ``rivals`` how many against.
    """

    kind: str
    name: str
    counts_for: str
    first: int
    last: int
    articles: int
    reason: str
    shown: int = 0
    rivals: int = 0

    @property
    def is_always(self) -> bool:
        """Whether it holds for articles of all months; else for those from ``first`` to ``last``, or without a month."""
        return self.reason != "surname"

    @property
    def why(self) -> str:
        """The reason and its numbers, in words for a person."""
        return REASONS[self.reason].format(
            name=self.name, counts_for=self.counts_for, shown=self.shown, rivals=self.rivals
        )


#: Why a name counts for another.
REASONS: Final = {
    "spelling": "the same name, written otherwise",
    "ending": "the same name but for the ending of a company, of which {shown:,} articles have this one and {rivals:,} others",
    "initial": "the same name but for an initial, of which {shown:,} articles have this one and {rivals:,} others",
    "acronym": "{shown:,} articles write the one for the other, and {rivals:,} write it for another name",
    "surname": "{shown:,} articles of that time name {counts_for} in full, and {rivals:,} anyone else who could be meant",
}


class Vetoes:
    """Names that people have said are not one. Compared by `spelling_key`, so that one line is for all spellings."""

    def __init__(self, apart: Iterable[tuple[str, str, str]] = ()) -> None:
        """*apart* has kind (of `search.model.article.ENTITY_KINDS`) and two names each."""
        self._names = {(kind, frozenset(names)) for kind, *names in apart}
        self._keys = {
            (kind, frozenset(spelling_key(kind, facet_key(name)) for name in names))
            for kind, names in self._names
        }

    @classmethod
    def of_text(cls, text: str) -> Vetoes:
        """Return those of a file `APART`: a line each, kind and two names with a tab between. Other lines are left out."""
        lines = (line.split("\t") for line in text.splitlines())
        return cls([(line[0], line[1], line[2]) for line in lines if len(line) == 3])

    def part(self, kind: str, first: str, second: str) -> bool:
        """Whether two names, or the keys of two, are not one."""
        pair = kind, frozenset((first, second))
        return pair in self._keys or pair in self._names


NO_VETOES = Vetoes()


def joins_of(counts: Mapping[str, NameCounts], vetoes: Vetoes = NO_VETOES) -> list[Join]:
    """Return which names count for which others, by kind, name and month; *counts* are by kind.

    What a name counts for counts for nothing else. Names that *vetoes* parts are never joined.
    """
    every = {kind: _Spelt(kind, of_kind, vetoes) for kind, of_kind in counts.items()}
    found: list[Join] = []
    for kind, spelt in every.items():
        if kind == "people":
            _join_initials(spelt)
            found += _surnames(
                spelt, _Elsewhere([every[other] for other in every if other != kind])
            )
        elif kind == "organisations":
            _join_endings(spelt)
            _join_acronyms(spelt)
        found += spelt.joins()
    return sorted(found)


# Spellings

_Z = re.compile(r"(?<=[a-z])is(?=(?:e|ed|er|ers|ing|ation|ations|ational)\b)")
#: Spellings of Britain and of America, of words that organisations are called by.
_SPELLINGS = {"centre": "center", "centres": "centers", "defence": "defense", "labour": "labor", "programme": "program"}  # fmt: skip
_OF_BRITAIN = re.compile("|".join(_SPELLINGS))
#: How the endings of companies are written.
_ENDINGS = {
    "incorporated": "inc", "corporation": "corp", "limited": "ltd", "company": "co", "companies": "cos",
    **{ending: ending for ending in ("inc", "corp", "ltd", "co", "cos", "plc", "ag", "sa", "nv", "spa", "gmbh", "llc", "pty", "ab", "as", "oy", "kk", "bv", "se")},
}  # fmt: skip


def spelling_key(kind: str, key: str) -> str:
    """Return what names of a *kind* that differ in spelling only have in common, given the *key* of one (`facet_key`).

    That is case, accents, hyphens and full stops; of organisations and places also a leading "the", "and" as a sign, and
    what Britain and America write otherwise.
    """
    if "-" in key or "." in key:
        key = " ".join(key.replace("-", " ").replace(".", "").split()) or key
    if kind == "people":
        return key
    if key.startswith("the ") and len(key) > len("the "):
        key = key[len("the ") :]
    if "&" in key:
        key = " ".join(key.replace("&", " and ").split()) or key
    if "is" in key and " " in key:
        key = _Z.sub("iz", key)
    if _OF_BRITAIN.search(key):
        key = " ".join(_SPELLINGS.get(word, word) for word in key.split())
    if kind == "organisations" and " " in key:
        rest, _, last = key.rpartition(" ")
        if last in _ENDINGS:
            key = f"{rest} {_ENDINGS[last]}"
    return key


class _Spelt:
    """The names of one kind in classes: what differs in spelling only is one class, called by its `spelling_key`."""

    def __init__(self, kind: str, counts: NameCounts, vetoes: Vetoes) -> None:
        self.kind = kind
        self.counts = counts
        self.vetoes = vetoes
        #: The names of each class, the one with most articles first.
        self.names: dict[str, list[str]] = {}
        totals, key_of = counts.totals, counts.key_of
        for name in totals:
            self.names.setdefault(spelling_key(kind, key_of(name)), []).append(name)
        self._totals: dict[str, int] = {}
        for key, names in self.names.items():
            self._totals[key] = totals[names[0]]
            if len(names) > 1:
                names.sort(key=lambda name: (-self.weight(name), name))
                # What is parted from the first of its class stays alone.
                names[1:] = [name for name in names[1:] if not vetoes.part(kind, names[0], name)]
                self._totals[key] = sum(totals[name] for name in names)
        #: The classes that a class is one with, and why: only where there are several.
        self._joined: dict[str, dict[str, tuple[str, int, int]]] = {}

    def weight(self, name: str) -> float:
        """Return by how much a name is preferred: by its articles. Headlines have people and places in capitals."""
        articles = self.counts.totals[name]
        return articles / 10 if self.kind != "organisations" and name.isupper() else articles

    def key_of(self, name: str) -> str:
        return spelling_key(self.kind, self.counts.key_of(name))

    def total(self, key: str) -> int:
        """Return how many articles have names of a class, an article with two of them twice."""
        return self._totals[key]

    def join(self, first: str, second: str, reason: str, shown: int, rivals: int) -> None:
        """Note that two classes are one, unless people have said that they are not."""
        if not self.vetoes.part(self.kind, first, second):
            self._joined.setdefault(first, {})[second] = reason, shown, rivals
            self._joined.setdefault(second, {})[first] = reason, shown, rivals

    def united(self) -> Iterator[list[str]]:
        """Yield the classes that are one, where these are several, in order."""
        seen: set[str] = set()
        for key in sorted(self._joined):
            if key in seen:
                continue
            group, ahead = [], [key]
            while ahead:
                if (each := ahead.pop()) not in seen:
                    seen.add(each)
                    group.append(each)
                    ahead += self._joined[each]
            yield sorted(group)

    def canonical(self) -> dict[str, str]:
        """Return for each class that is one with others the name that it counts for: that with most articles."""
        found = {}
        for group in self.united():
            names = [name for key in group for name in self.names[key]]
            best = min(names, key=lambda name: (-self.weight(name), -len(name), name))
            found.update(dict.fromkeys(group, best))
        return found

    def joins(self) -> Iterator[Join]:
        """Yield what counts for another name in all months."""
        totals, canonical = self.counts.totals, self.canonical()
        for key, names in self.names.items():
            target = canonical.get(key, names[0])
            own = ("spelling", 0, 0)
            if key in canonical and target not in names:
                own = min(self._joined[key].values())
            for name in names:
                if name != target and not self.vetoes.part(self.kind, name, target):
                    yield Join(self.kind, name, target, NO_MONTH, NO_MONTH, totals[name], *own)


def _only_one(articles: Mapping[str, int]) -> str:
    """Return the one that has no rival among several, by how many articles each has; "" where there is none."""
    total = sum(articles.values())
    best = max(articles, key=lambda each: (articles[each], each), default="")
    rivals = [number for each, number in articles.items() if each != best]
    if max(rivals, default=0) > MOST_OF_A_RIVAL * total or sum(rivals) > MOST_OF_RIVALS * total:
        return ""
    return best


# People

_PARTICLES = frozenset(
    [
        "al",
        "el",
        "de",
        "da",
        "do",
        "di",
        "du",
        "del",
        "della",
        "dos",
        "das",
        "la",
        "le",
        "van",
        "von",
        "der",
        "den",
        "ter",
        "ten",
        "bin",
        "ibn",
        "ben",
        "abu",
        "st",
    ]
)


def _join_initials(spelt: _Spelt) -> None:
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
            if best := _only_one(totals):
                is_rare = _only_one(of_surname[last]) == first
                found[plain[0], best] = is_rare, totals[best], sum(totals.values()) - totals[best]
    written = _written(spelt) if found else {}
    for (plain_key, best), (is_rare, shown, rivals) in found.items():
        if is_rare or best in written.get(plain_key, ()) or plain_key in written.get(best, ()):
            spelt.join(plain_key, best, "initial", shown, rivals)


def _written(spelt: _Spelt) -> dict[str, set[str]]:
    """Return which classes of names an article writes a form for, by the class that the form would be of."""
    written: dict[str, set[str]] = defaultdict(set)
    for form, name in spelt.counts.written:
        written[spelling_key(spelt.kind, facet_key(form))].add(spelt.key_of(name))
    return written


def _is_lone(words: Sequence[str]) -> bool:
    """Whether a name is a surname alone, particles before it or not."""
    return all(word in _PARTICLES for word in words[:-1])


class _Elsewhere:
    """How many articles have a word as a name of another kind: "Morgan" is a bank more often than a person."""

    def __init__(self, kinds: Sequence[_Spelt]) -> None:
        self._whole: dict[str, int] = defaultdict(int)
        self._first: dict[str, int] = defaultdict(int)
        for spelt in kinds:
            for key in spelt.names:
                articles = spelt.total(key)
                self._whole[key] += articles
                if " " in key and spelt.kind == "organisations":
                    self._first[key.partition(" ")[0]] += articles

    def is_rather(self, word: str, lone: int, in_full: int) -> bool:
        """Whether a word names other things in more articles than a person, *lone* or *in_full*."""
        return self._whole.get(word, 0) > lone or self._first.get(word, 0) > in_full


def _surnames(spelt: _Spelt, elsewhere: _Elsewhere) -> Iterator[Join]:
    """Yield for which people surnames alone count, and from when to when."""
    written = _written(spelt)
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
        every |= {each for each in written.get(key, ()) if each in spelt.names and " " in each}
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


def _misprints(spelt: _Spelt, keys: Sequence[str], lone: Sequence[str]) -> Iterator[str]:
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
        chosen[month] = _Meant(_only_one(articles) if is_safe else "", *around)
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
    spelt: _Spelt,
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


# Organisations


def _join_endings(spelt: _Spelt) -> None:
    """Join "Texaco" and "Texaco Inc", unless there is a Texaco Ltd too, or more of a Texaco Bank."""
    groups: dict[str, list[str]] = defaultdict(list)
    for key in spelt.names:
        if key.rpartition(" ")[2] not in _ENDINGS:
            continue
        words = key.split()
        while len(words) > 1 and words[-1] in _ENDINGS:
            words.pop()
            if len(words) > 1 and words[-1] == "and":
                words.pop()
        bare = " ".join(words)
        if bare != key and bare in spelt.names:
            groups[bare].append(key)
    family = _family(spelt, groups)
    for bare, keys in groups.items():
        if family[bare] <= MOST_OF_FAMILY * sum(map(spelt.total, keys)):
            articles = {key: spelt.total(key) for key in keys}
            if best := _only_one(articles):
                rivals = sum(articles.values()) - articles[best]
                spelt.join(bare, best, "ending", articles[best], rivals)


def _family(spelt: _Spelt, groups: Mapping[str, Collection[str]]) -> Mapping[str, int]:
    """Return for each company of *groups* how many articles have names that begin like it and go on otherwise."""
    found = dict.fromkeys(groups, 0)
    firsts = {bare.partition(" ")[0] for bare in groups}
    for key in spelt.names:
        if key.partition(" ")[0] in firsts:
            words = key.split()
            for end in range(1, len(words)):
                bare = " ".join(words[:end])
                if bare in found and key not in groups[bare]:
                    found[bare] += spelt.total(key)
    return found


#: An acronym, full stops or not: "OPEC", "A.T.&T.", "Unctad" where it stands for words of these letters.
_ACRONYM = re.compile(r"[^\W\d_](?:[.&]?[^\W\d_]){1,9}\.?")
_SMALL = frozenset(
    ["of", "for", "the", "and", "on", "in", "to", "de", "des", "du", "la", "et", "und", "der"]
)


def is_acronym(form: str, name: str) -> bool:
    """Whether *form* is made of the first letters of words of *name*, in order, and of one of its first two."""
    if not _ACRONYM.fullmatch(form):
        return False
    letters = [letter for letter in form.casefold() if letter.isalpha()]
    words = list(re.findall(r"\w+", name.casefold()))
    firsts = [word[0] for word in words]
    if len(words) < 2 or letters[0] not in firsts[:1]:
        return False
    at = 0
    for letter in letters:
        while at < len(firsts) and firsts[at] != letter:
            at += 1
        at += 1
    left_out = sum(word not in _SMALL for word in words) - len(letters)
    return at <= len(firsts) and left_out <= 1


def _join_acronyms(spelt: _Spelt) -> None:
    """Join "IAEA" and what it is written for, unless it is written for something else too."""
    articles: dict[str, dict[str, int]] = defaultdict(dict)
    fits: set[tuple[str, str]] = set()
    for (form, name), number in spelt.counts.written.items():
        acronym, long = form, name
        if is_acronym(name, form):
            acronym, long = name, form
        elif not is_acronym(form, name):
            continue
        short, key = spelt.key_of(acronym), spelt.key_of(long)
        of_short = articles[short]
        of_short[key] = of_short.get(key, 0) + number
        fits.add((short, key))
    for short, of_short in articles.items():
        best = _only_one(of_short)
        if short in spelt.names and best in spelt.names and of_short[best] >= LEAST_WRITTEN:
            rivals = sum(of_short.values()) - of_short[best]
            spelt.join(short, best, "acronym", of_short[best], rivals)


def joined_names(joins: Iterable[Join]) -> tuple[JoinedName, ...]:
    """Return *joins* as a `Searcher` gives them, most articles first."""
    ordered = sorted(joins, key=lambda join: (-join.articles, join))
    return tuple(
        JoinedName(
            join.name,
            join.counts_for,
            join.articles,
            _day(join.first),
            _day(join.last),
            join.is_always,
            join.why,
        )
        for join in ordered
    )


def _day(month: int) -> date | None:
    """Return the first day of a month, None where it is not known."""
    return None if month == NO_MONTH else date(month // 12, month % 12 + 1, 1)
