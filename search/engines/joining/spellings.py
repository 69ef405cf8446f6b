"""The names of one kind in classes: what differs in spelling only is one.

They come from how many articles have each name in each month, and never from an article. So what is made of them does
not depend on the order in which articles came, nor on how an index is cut.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Final, NamedTuple

from search.engines.joining.joins import NO_MONTH, Join, Months
from search.engines.protocol.facets import facet_key

#: A name that has more than this share of what a short form can stand for is a rival, and nothing is joined.
MOST_OF_A_RIVAL: Final = 0.1
#: Together rivals may have this share.
MOST_OF_RIVALS: Final = 0.2


#: The file in the folder of an index that says which names people have parted (`Vetoes.of_text`).
APART: Final = "apart.txt"


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


_Z = re.compile(r"(?<=[a-z])is(?=(?:e|ed|er|ers|ing|ation|ations|ational)\b)")
#: Spellings of Britain and of America, of words that organisations are called by.
_SPELLINGS = {"centre": "center", "centres": "centers", "defence": "defense", "labour": "labor", "programme": "program"}  # fmt: skip
#: How the endings of companies are written.
ENDINGS = {
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
    # A fifth of the time of a regular expression.
    if "centre" in key or "defence" in key or "labour" in key or "programme" in key:
        key = " ".join(_SPELLINGS.get(word, word) for word in key.split())
    if kind == "organisations" and " " in key:
        rest, _, last = key.rpartition(" ")
        if last in ENDINGS:
            key = f"{rest} {ENDINGS[last]}"
    return key


class Spelt:
    """The names of one kind in classes: what differs in spelling only is one class, called by its `spelling_key`."""

    def __init__(self, kind: str, counts: NameCounts, vetoes: Vetoes) -> None:
        self.kind = kind
        self.counts = counts
        self.vetoes = vetoes
        #: The names of each class, the one with most articles first.
        self.names: dict[str, list[str]] = {}
        totals, key_of = counts.totals, counts.key_of
        self._key_of = {name: spelling_key(kind, key_of(name)) for name in totals}
        for name, key in self._key_of.items():
            self.names.setdefault(key, []).append(name)
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
        return self._key_of.get(name) or spelling_key(self.kind, self.counts.key_of(name))

    @cached_property
    def written(self) -> Mapping[str, Collection[str]]:
        """The classes of names that an article writes a form for, by the class that the form would be of."""
        written: dict[str, set[str]] = {}
        for form, name in self.counts.written:
            key = self._key_of.get(form) or spelling_key(self.kind, facet_key(form))
            written.setdefault(key, set()).add(self.key_of(name))
        return written

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
            if len(names) == 1 and key not in canonical:
                continue
            target = canonical.get(key, names[0])
            own = ("spelling", 0, 0)
            if key in canonical and target not in names:
                own = min(self._joined[key].values())
            for name in names:
                if name != target and not self.vetoes.part(self.kind, name, target):
                    yield Join(self.kind, name, target, NO_MONTH, NO_MONTH, totals[name], *own)


def only_one(articles: Mapping[str, int]) -> str:
    """Return the one that has no rival among several, by how many articles each has; "" where there is none."""
    total = sum(articles.values())
    best = max(articles, key=lambda each: (articles[each], each), default="")
    rivals = [number for each, number in articles.items() if each != best]
    if max(rivals, default=0) > MOST_OF_A_RIVAL * total or sum(rivals) > MOST_OF_RIVALS * total:
        return ""
    return best
