"""Other forms of a word: what two forms of one language have in common is their stem.

Stems are made of folded forms, as these are all that the index and a query have of a word; docs/words.md says
what that costs.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import compress
from typing import TYPE_CHECKING, Final

from search.text.ranges import MARKS

if TYPE_CHECKING:
    import Stemmer

#: The language of what does not say in which it is, and of what was indexed before stems had languages.
ENGLISH: Final = "en"
#: Stands for all languages that have no stems: a form is its own.
NO_STEMS: Final = ""

#: The languages that have stems, and what Snowball calls them. Their order is written in every index: new ones come last.
_ALGORITHMS = {
    ENGLISH: "english", NO_STEMS: "", "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish",
    "de": "german", "el": "greek", "eo": "esperanto", "es": "spanish", "et": "estonian", "eu": "basque",
    "fa": "persian", "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian",
    "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian", "ne": "nepali",
    "nl": "dutch", "no": "norwegian", "pl": "polish", "pt": "portuguese", "ro": "romanian",
    "ru": "russian", "sr": "serbian", "st": "sesotho", "sv": "swedish", "ta": "tamil", "tr": "turkish",
    "yi": "yiddish",
}  # fmt: skip
#: All languages of stems by number; the first is English.
LANGUAGES: Final = tuple(_ALGORITHMS)
_NUMBERS = {code: number for number, code in enumerate(LANGUAGES)}

#: Other codes of those: the two Norwegians, and what a language was called before.
_OTHER_CODES = {"nb": "no", "nn": "no", "in": "id", "ji": "yi", "mo": "ro", "sh": "sr"}
#: The scripts of those that are not written in Latin letters alone, as the names of letters begin.
_SCRIPTS: Final = {
    "ar": ("ARABIC",), "el": ("GREEK",), "fa": ("ARABIC",), "hi": ("DEVANAGARI",), "hy": ("ARMENIAN",),
    "ne": ("DEVANAGARI",), "ru": ("CYRILLIC",), "sr": ("CYRILLIC", "LATIN"), "ta": ("TAMIL",), "yi": ("HEBREW",),
}  # fmt: skip
#: Say that it is not known in which language a text is.
_UNDETERMINED = frozenset(("", "und", "mis", "zxx"))

_LETTERS = rf"(?:[^\W\d_]|[{MARKS}])++"


@lru_cache(maxsize=1000)
def stem_language(language: str) -> str:
    """Return the language whose stems the words of an article in *language* have, one of `LANGUAGES`.

    *language* is a code as articles have it; regions and scripts do not matter. It is English where it is not known.
    """
    code = re.split("[-_]", language.strip().lower(), maxsplit=1)[0]
    if code in _UNDETERMINED:
        return ENGLISH
    code = _OTHER_CODES.get(code, code)
    return code if code in _NUMBERS else NO_STEMS


def language_number(language: str) -> int:
    """Return the number of `stem_language` of *language* in `LANGUAGES`."""
    return _NUMBERS[stem_language(language)]


def language_name(language: str) -> str:
    """Return what one of `LANGUAGES` that has stems is called in English."""
    return _ALGORITHMS[language].title()


def is_in_script_of(language: str, form: str) -> bool:
    """Whether a form begins with a letter of the script of one of `LANGUAGES`: no rules of others apply to it."""
    return unicodedata.name(form[:1] or " ", "").startswith(_SCRIPTS.get(language, ("LATIN",)))


class _Stemmers(threading.local):
    """Snowball stemmers by language, one a thread: PyStemmer's are not safe to share."""

    def __init__(self) -> None:
        self._made: dict[str, Stemmer.Stemmer] = {}

    def of(self, language: str) -> Stemmer.Stemmer:
        stemmer = self._made.get(language)
        if stemmer is None:
            import Stemmer

            stemmer = self._made[language] = Stemmer.Stemmer(_ALGORITHMS[language], 0)
        return stemmer


@cache
def _stemmers() -> _Stemmers:
    return _Stemmers()


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def may_have_other_forms(form: str, language: str = ENGLISH) -> bool:
    """Whether the rules of *language* apply to a folded form: it is made of letters, in English of a to z."""
    if form.isascii():
        return form.isalpha() and language != NO_STEMS
    if language in (ENGLISH, NO_STEMS):
        return False
    return _compiled(_LETTERS).fullmatch(form) is not None


@lru_cache(maxsize=100_000)
def stem(form: str, language: str = ENGLISH) -> str:
    """Return the Snowball stem (https://snowballstem.org) of a folded form in one of `LANGUAGES`.

    Forms with digits, signs or, in English, letters beyond a to z are their own stem.
    """
    if not may_have_other_forms(form, language):
        return form
    result: str = _stemmers().of(language).stemWord(_as_written(form, language))
    return result


def stems(forms: Sequence[str], language: str = ENGLISH) -> list[str]:
    """Return the `stem` of each of *forms*, in a third of the time where they are many and new."""
    if language == NO_STEMS:
        return list(forms)
    if language == ENGLISH:
        plain = [form.isascii() and form.isalpha() for form in forms]
    else:
        plain = [may_have_other_forms(form, language) for form in forms]
    written = compress(forms, plain)
    if language in _WRITTEN:
        written = (_as_written(form, language) for form in written)  # type: ignore[assignment]
    found = iter(_stemmers().of(language).stemWords(list(written)))
    return [next(found) if is_plain else f for f, is_plain in zip(forms, plain, strict=True)]


#: By language: ends of words as they are written, where the rules look for their accents; a folded word that ends alike
#: is taken to end so, by the longest that fits. Chosen by how many inflected words of a dictionary meet their own basic
#: form then, see docs/words.md.
_WRITTEN = {
    "ar": "ة",
    "ca": "às àssem àveu çar éssem éssiu íem íeu ió lí ós ré",
    "cs": "ách ám ého ému ích ího ím ími ímu ům ův ý ých ým ými",
    "es": "ábamos áramos ásemos céis éramos ésemos í íais íamos ían ré réis ría rías uéis záis",
    "fr": "âmes ât âtes ée ées èrent îmes",
    "hu": "éi ént ért ké kká nál nél ól va vé",
    "it": "nerò rà terò",
    "lt": "ąsias ąsis čiai čiais čiau čio čios čiui čiuose čius čių ėje ėm ėme ėmis ėse ėt nėms ųjų umėte žių",
    "pl": (
        "ć ł ła łaby łabym łabyś łam łaś łby łbym łbyś łem łeś ło łoby łobym łobyś ły łyby łyście łyśmy ów ście śmy"
    ),
    "pt": "ão áramos ásseis ávamos ável áveis íamos íeis",
    "ro": "ăm ând ându ătura că ră răți și ște ști ția ție ză",
    "ru": "ий йся ой ый",
}
#: Each accented letter of those, and the same without.
_ACCENTED = "àáâãăąçčćéèėęíîýłñóòôőùúúūůųşșśťțžżźйة"
_PLAIN = "aaaaaaccceeeeiiylnoooouuuuuusssttzzzиه"
_LONGEST = 6


@cache
def _endings(language: str) -> dict[str, str]:
    """Return what each folded end of `_WRITTEN` is written as."""
    table = str.maketrans(_ACCENTED, _PLAIN)
    return {ending.translate(table): ending for ending in _WRITTEN.get(language, "").split()}


def _as_written(form: str, language: str) -> str:
    """Return a folded form with the accents that its end is most likely to have."""
    endings = _endings(language)
    if not endings:
        return form
    for width in range(min(_LONGEST, len(form) - 1), 0, -1):
        written = endings.get(form[-width:])
        if written is not None:
            return form[:-width] + written
    return form
