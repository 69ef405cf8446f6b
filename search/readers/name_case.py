"""Names that are written in capitals, as a person would write them: MCDONALD is McDonald, VAN DER BERG van der Berg."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from search.readers.byline_words import PARTICLES as PARTICLES_OF_BYLINES
from search.text.names import PARTICLES

_SMALL = PARTICLES | PARTICLES_OF_BYLINES
_NUMBER = re.compile(r"(?:X{0,2}(?:I{2,3}|IV|VI{0,3}|IX)|X{2}I?|XI),?")
_PART = re.compile(r"[^\W\d_]+")
#: What follows "Mac" in the names that are written so; Mack, Macron and Machado are not.
_AFTER_MAC = [
    "adam",
    "allister",
    "alpine",
    "andrew",
    "arthur",
    "artney",
    "askill",
    "aulay",
    "auley",
    "bain",
    "bean",
    "beth",
    "bride",
    "callum",
    "carthy",
    "cormack",
    "cormick",
    "diarmid",
    "donald",
    "donell",
    "donnell",
    "dougall",
    "dowell",
    "duff",
    "eachern",
    "ewan",
    "fadden",
    "fadyen",
    "farland",
    "farlane",
    "gill",
    "gillivray",
    "ginnis",
    "gowan",
    "gregor",
    "guire",
    "innes",
    "innis",
    "intosh",
    "intyre",
    "isaac",
    "iver",
    "kay",
    "kaye",
    "kenna",
    "kenzie",
    "kinlay",
    "kinnon",
    "lachlan",
    "laren",
    "laughlin",
    "lean",
    "lellan",
    "lennan",
    "leod",
    "mahon",
    "manus",
    "master",
    "millan",
    "murray",
    "nab",
    "namara",
    "naughton",
    "neice",
    "neil",
    "neill",
    "nicol",
    "phail",
    "phee",
    "pherson",
    "quarrie",
    "queen",
    "rae",
    "ritchie",
    "shane",
    "sweeney",
    "taggart",
    "tavish",
    "vicar",
    "whirter",
    "william",
    "williams",
]


@cache
def _mac() -> re.Pattern[str]:
    return re.compile(rf"Mac(?:{'|'.join(_AFTER_MAC)})", re.IGNORECASE)


#: Letters of which Turkish has two: with one of these in it, I is the capital of ı.
_TURKISH = frozenset("İĞŞ")
#: Two consonants that no name ends with: a stop, and a sound that needs a vowel before it.
_UNSPOKEN_END = re.compile(r"([BCDGKPQTV])(?!\1)[BCDGJMNPQVX]\Z")
#: A word in capitals of this length among others that are not is a family name, as in "Anne MARTIN".
_FAMILY_NAME_CHARS = 3


def mended(words: list[str]) -> list[str]:
    """Return the *words* of a name, those in capitals as they are written in running text."""
    letters = [
        _without_prefix(word) for word in words if len(_bare(word)) > 1 and not _is_initials(word)
    ]
    if not any(map(str.isupper, letters)):
        return words
    is_turkish = any(_TURKISH & set(word) for word in words)
    if all(word.isupper() for word in letters if word.casefold() not in _SMALL):
        last = len(words) - 1
        return [
            _mended(word, is_turkish, is_inside=0 < at < last or (at == 0 and last > 1))
            for at, word in enumerate(words)
        ]
    return [
        _mended(word, is_turkish, is_inside=False)
        if word.isupper() and _may_be_family_name(word)
        else word
        for word in words
    ]


def can_be_spoken(word: str) -> bool:
    """Whether *word*, in capitals, can be a name: it has a vowel, and does not end as only initials do."""
    if not word.isascii():
        letters = unicodedata.normalize("NFD", word)
        word = "".join([letter for letter in letters if not unicodedata.combining(letter)])
    return not word.isascii() or (
        any(vowel in word for vowel in "AEIOUY") and _UNSPOKEN_END.search(word) is None
    )


def _may_be_family_name(word: str) -> bool:
    bare = _bare(word)
    return len(bare) >= _FAMILY_NAME_CHARS and can_be_spoken(bare) and not _is_initials(word)


def _without_prefix(word: str) -> str:
    """Return *word* without the small letter of "d'AFFLISIO"."""
    return word[2:] if word[:2] in ("d'", "d’", "Mc") else word


def _bare(word: str) -> str:
    return "".join(filter(str.isalpha, word))


def _is_initials(word: str) -> bool:
    """Whether *word* is "J.", "J.K." or such as JD and AJ, which no name is."""
    bare = _bare(word)
    if "." in word.rstrip(".") or len(bare) == 1:
        return True
    if len(bare) != 2 or not bare.isascii() or bare.casefold() in ("ng", "st", "jr", "sr"):
        return False
    vowels = [letter in "AEIOUY" for letter in bare.upper()]
    return not any(vowels) or bare.upper().endswith("J")


def _mended(word: str, is_turkish: bool, *, is_inside: bool) -> str:
    if word[:2] in ("d'", "d’", "Mc") and word[2:].isupper():
        return word[:2] + _mended(word[2:], is_turkish, is_inside=False)
    if is_inside and word == "Y":
        return "y"
    if not word.isupper() or _is_initials(word) or _NUMBER.fullmatch(word):
        return word
    if is_inside and word.casefold() in _SMALL:
        return word.lower()
    if is_turkish:
        word = word.replace("I", "ı")
    lower = word.replace("İ", "i").lower()
    made = _PART.sub(lambda part: _capital(part, lower, is_turkish), lower)
    if made.startswith("Mc") and len(made) > 3:
        made = "Mc" + made[2].upper() + made[3:]
    elif _mac().fullmatch(made):
        made = "Mac" + made[3].upper() + made[4:]
    return made


def _capital(part: re.Match[str], word: str, is_turkish: bool) -> str:
    """Return a part of *word* with a capital: not the "s" of "Rose's", and not the "al" of "al-Sayed"."""
    text, start = part[0], part.start()
    before = word[start - 1 : start]
    if before in ("'", "’") and len(text) == 1:
        return text
    if start == 0 and text in ("al", "el", "ul") and word[2:3] == "-":
        return text
    first = "İ" if is_turkish and text[0] == "i" else text[0].upper()
    return first + text[1:]
