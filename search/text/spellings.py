"""Spellings that are one word to people, as far as they are words of their own in an index: joined or with a hyphen, and
umlauts spelled out. Here is what could be another spelling, and whether a text shows that it is one.

Folding (`search.text.words`) makes one of what always is. Of these none always is: "re-sort" is not "resort", and "poet"
is not "pöt". So an index is asked what its articles write.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import combinations, pairwise
from typing import Final

from search.text.words import fold

#: What stands for a letter that has no umlaut, no ring and no stroke.
_SPELLED_OUT: Final = {"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"}
_OUT = str.maketrans(_SPELLED_OUT | {k.upper(): v for k, v in _SPELLED_OUT.items()})
_DIGRAPH = "ae|oe|ue|aa"
#: The letters that stand for what is spelled out, and how that is.
_BARE: Final = {"a": ("ae", "aa"), "o": ("oe",), "u": ("ue",)}
#: Places where one word may have an umlaut; more are not tried.
_MOST_PLACES = 4
_UMLAUT = "[äöüåøÄÖÜÅØ]"
#: What may come before one in its word; a bounded number, so that a long word costs no more than a short one.
_WITH_UMLAUT = rf"\b\w{{0,30}}?{_UMLAUT}\w*"

#: Where a letter and a digit meet.
_EDGE = r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])"
#: Letters before a number from which on they say what it is of, with a blank between as with a hyphen.
_MANY_LETTERS = 3
#: Two words written as one, but for a hyphen or an elision.
_HYPHENATED = r"(?<![\w‐‑-])(\w++)['’‐‑-](\w++)(?![‐‑-]\w)"
#: The fewest letters of a word that may be two, and of the second of them.
_FEWEST_LETTERS = 4
_FEWEST_LAST = 2
#: How much two words with the same beginning may differ in their ends: "operation", "operations", "operate".
_MOST_END = 3


def parted(form: str) -> list[tuple[str, str]]:
    """Return the ways in which a form may be two words with a hyphen between: "f16" is "f", "16".

    One that has letters and digits parts only where they meet. *re-* is left out before all but an *e*: with its hyphen
    it says that the word is another one ("re-sort", "resort").
    """
    if form.isalpha():
        if len(form) < _FEWEST_LETTERS:
            return []
        ways = [(form[:at], form[at:]) for at in range(1, len(form) - _FEWEST_LAST + 1)]
        return [way for way in ways if not _is_apart(way)]
    if not form.isalnum():
        return []
    edges = [edge.start() for edge in re.finditer(_EDGE, form)][:_MOST_PLACES]
    ways = [(form[:at], form[at:]) for at in edges]
    return [way for way in ways if way[1] != "s"]


def joined(forms: tuple[str, ...]) -> str | None:
    """Return forms that stand in a row with hyphens between as one word, None where that would be another one."""
    is_number = any(a[-1:].isdigit() and b[:1].isdigit() for a, b in pairwise(forms))
    return None if is_number or _is_apart(forms) else "".join(forms)


def _is_apart(forms: tuple[str, ...]) -> bool:
    return forms[0] == "re" and not forms[1].startswith("e")


def of_number(forms: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return forms that end with a number in the plural, and those in the plural without: "16s", "16"; None for others."""
    last = forms[-1]
    bare = last.removesuffix("s")
    number = bare.lstrip("abcdefghijklmnopqrstuvwxyz") if len(forms) == 1 else bare
    if not number.isdigit() or (len(forms) == 1 and number == bare):
        return None
    return (*forms[:-1], bare if bare != last else last + "s")


def needs_no_hyphen(way: tuple[str, str]) -> bool:
    """Whether two words in a row are what they are as one also where a blank parts them: "covid", "19"."""
    return len(way[0]) >= _MANY_LETTERS and way[1][:1].isdigit()


def has_hyphen(text: str, way: tuple[str, str]) -> bool:
    """Whether *text* has the two words with a hyphen between, or the first elided, the second in any of its forms."""
    first, second = way
    return any(
        fold(found[1]) == first and _are_alike(second, fold(found[2]))
        for found in re.finditer(_HYPHENATED, text)
    )


def _are_alike(form: str, other: str) -> bool:
    """Whether two forms may be of one word: they begin alike and differ in few letters at their ends."""
    shorter, longer = sorted((len(form), len(other)))
    same = max(_FEWEST_LAST, shorter - _MOST_END if shorter > 2 * _MOST_END else shorter)
    return form == other or (longer - shorter <= _MOST_END and form[:same] == other[:same])


def without_digraphs(form: str) -> list[str]:
    """Return what *form* would be with umlauts where it may have them spelled out, folded: "schlueter" is "schluter"."""
    places = [found.start() for found in re.finditer(_DIGRAPH, form)][:_MOST_PLACES]
    ways = []
    for count in range(1, len(places) + 1):
        for chosen in combinations(places, count):
            kept = [letter for at, letter in enumerate(form) if at - 1 not in chosen]
            ways.append("".join(kept))
    return ways


def with_digraphs(form: str) -> Iterator[str]:
    """Yield *form* with one of its letters as an umlaut is spelled out: "schluter" is "schlueter"."""
    for at, letter in enumerate(form):
        for digraph in _BARE.get(letter, ()):
            if form[at : at + 2] != digraph:
                yield form[:at] + digraph + form[at + 1 :]


def spelled_out(word: str) -> str:
    """Return the form of a word with its umlauts spelled out: "Schlüter" is "schlueter"."""
    return fold(unicodedata.normalize("NFC", word).translate(_OUT))


def has_umlaut(text: str, form: str, digraphs: str) -> bool:
    """Whether *text* has a word that is *form* where umlauts do not count, and *digraphs* where they are spelled out."""
    text = unicodedata.normalize("NFC", text)
    if text.isascii() or not re.search(_UMLAUT, text):
        return False
    words = re.finditer(_WITH_UMLAUT, text)
    return any(fold(word[0]) == form and spelled_out(word[0]) == digraphs for word in words)
