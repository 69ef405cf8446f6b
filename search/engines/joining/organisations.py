"""Which names of organisations are one: with the ending of a company and without, acronyms and what they are written for."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Final

from search.engines.joining.spellings import ENDINGS, Spelt, only_one

#: Articles on longer names that begin like a company, of those on the company, with which its name alone is still it.
MOST_OF_FAMILY: Final = 0.5
#: Articles that must write an acronym for its long form.
LEAST_WRITTEN: Final = 3


def join_endings(spelt: Spelt) -> None:
    """Join "Texaco" and "Texaco Inc", unless there is a Texaco Ltd too, or more of a Texaco Bank."""
    groups: dict[str, list[str]] = defaultdict(list)
    for key in spelt.names:
        if key.rpartition(" ")[2] not in ENDINGS:
            continue
        words = key.split()
        while len(words) > 1 and words[-1] in ENDINGS:
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
            if best := only_one(articles):
                rivals = sum(articles.values()) - articles[best]
                spelt.join(bare, best, "ending", articles[best], rivals)


def _family(spelt: Spelt, groups: Mapping[str, Collection[str]]) -> Mapping[str, int]:
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
    # Nearly all have more letters than the name has words: "Zorn" for "Zorn Motors".
    more = len(form) > name.count(" ") + 1 and form.isalpha()
    if more and name.isascii() and name.replace(" ", "").isalpha():
        return False
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


def join_acronyms(spelt: Spelt) -> None:
    """Join "IAEA" and what it is written for, unless it is written for something else too."""
    articles: dict[str, dict[str, int]] = defaultdict(dict)
    fits: set[tuple[str, str]] = set()
    for (form, name), number in spelt.counts.written.items():
        acronym, long = form, name
        # Nearly all have several words, and a look at that takes a tenth of the time.
        if " " not in name and is_acronym(name, form):
            acronym, long = name, form
        elif " " in form or not is_acronym(form, name):
            continue
        short, key = spelt.key_of(acronym), spelt.key_of(long)
        of_short = articles[short]
        of_short[key] = of_short.get(key, 0) + number
        fits.add((short, key))
    for short, of_short in articles.items():
        best = only_one(of_short)
        if short in spelt.names and best in spelt.names and of_short[best] >= LEAST_WRITTEN:
            rivals = sum(of_short.values()) - of_short[best]
            spelt.join(short, best, "acronym", of_short[best], rivals)
