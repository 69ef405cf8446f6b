"""The words of texts as the server gets them. What was found out of a word is kept for the next texts: most come again."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from search.engines.opensearch.mapping import stem_token
from search.text.arrays import Ints, Numbers, UInt64s
from search.text.batch import WordTable
from search.text.stems import stem, stems
from search.text.words import forms_of

#: More different forms are not of one language, and begin anew: a hundred bytes each.
_MOST = 200_000
#: Longer texts seldom come again.
_NAME_CHARS = 80


class Words(NamedTuple):
    """The words of one text: their forms joined by blanks, how many they are, and which forms there are."""

    forms: str
    length: int
    distinct: Sequence[str]


class Worded(NamedTuple):
    """The words of one text, and the terms of their stems at the same positions."""

    words: Words
    stems: str


class Wording:
    """Finds the words of many texts at once, from any thread."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._clear()

    def _clear(self) -> None:
        self._table = WordTable()
        #: By the number of a form in the table: the form, and by language the term of its stem, "" where nobody asked.
        self._forms: list[str] = []
        self._stems: dict[str, list[str]] = {}

    def of_texts(self, texts: Sequence[tuple[str, str]]) -> list[Worded]:
        """Return the words of texts, each with the language of its stems before it."""
        with self._guard:
            found, counts = self._numbers([text for _, text in texts])
            self._forms += self._table.forms().all(len(self._forms))
            numbers, first = found.tolist(), 0
            worded = []
            for (language, _), count in zip(texts, counts.tolist(), strict=True):
                worded.append(self._worded(language, numbers[first : first + count]))
                first += count
            return worded

    def hashes(self, texts: Sequence[str]) -> tuple[UInt64s, Ints]:
        """Return a hash of each word of all *texts*, as `WordTable.hashes` has them, and how many words each has."""
        with self._guard:
            found, counts = self._numbers(texts)
            return self._table.hashes()[found], counts

    def _numbers(self, texts: Sequence[str]) -> tuple[Numbers, Ints]:
        if len(self._table) > _MOST:
            self._clear()
        return self._table.numbers([text.encode() for text in texts])

    def _worded(self, language: str, numbers: Sequence[int]) -> Worded:
        if not numbers:
            return Worded(Words("", 0, ()), "")
        known = self._stems.setdefault(language, [])
        if len(known) < len(self._forms):
            known += [""] * (len(self._forms) - len(known))
        distinct = list(set(numbers))
        new = [number for number in distinct if not known[number]]
        if new:
            forms = [self._forms[number] for number in new]
            for number, found in zip(new, stems(forms, language), strict=True):
                known[number] = stem_token(language, found)
        # One of several is given back as it is, and not in a tuple.
        every, once = itemgetter(*numbers, 0), itemgetter(*distinct, 0)
        forms = self._forms
        words = Words(" ".join(every(forms)[:-1]), len(numbers), once(forms)[:-1])
        return Worded(words, " ".join(every(known)[:-1]))


#: That of this process.
WORDING = Wording()


def is_long(text: str) -> bool:
    """Whether a text is too long for a name, and so is not to be remembered."""
    return len(text) > _NAME_CHARS


@lru_cache(maxsize=50_000)
def of_name(text: str) -> Words:
    """Return the words of a text that is not `is_long`.

    A name is in an article for each field that has it, and in the next article.
    """
    forms = forms_of(text)
    return Words(" ".join(forms), len(forms), tuple(dict.fromkeys(forms)))


@lru_cache(maxsize=50_000)
def stems_of_name(language: str, text: str) -> str:
    """Return the terms of the stems of the words of `of_name`."""
    return " ".join([stem_token(language, stem(form, language)) for form in forms_of(text)])
