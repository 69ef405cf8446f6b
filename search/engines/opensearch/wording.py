"""The words of texts as the server gets them. What was found out of a word is kept for the next texts: most come again."""

from __future__ import annotations

import itertools
import json.encoder
import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import NamedTuple, TypeVar

import numpy as np

from search.engines.opensearch.mapping import stem_token
from search.text.arrays import Array, Ints, Numbers, UInt64s, indices_of, starts_of
from search.text.batch import WordTable
from search.text.stems import stem, stems
from search.text.words import forms_of

T = TypeVar("T")

#: More different forms are not of one language, and begin anew: two hundred bytes each.
_MOST = 200_000
#: Longer texts seldom come again.
NAME_CHARS = 80
#: Names that are remembered.
_MOST_NAMES = 50_000

#: Return a text as JSON. What `json` does after it has looked which type it is given.
as_json: Callable[[str], str] = json.encoder.encode_basestring


def escaped(text: str) -> str:
    """Return a text as it stands between the quotation marks of JSON."""
    return as_json(text)[1:-1]


class Words(NamedTuple):
    """The words of one text: their forms joined by blanks, how many they are, and which forms there are."""

    #: As JSON; "" where there are none.
    forms: str
    length: int
    #: Each form once, in order, as `escaped` has it.
    distinct: Collection[str]


class Worded(NamedTuple):
    """The same, and the terms of the stems at the same positions."""

    forms: str
    length: int
    distinct: Collection[str]
    #: Joined by blanks, as JSON; "" where there are none.
    stems: str


NO_WORDS = Worded("", 0, (), "")


class Wording:
    """Finds the words of many texts at once, from any thread."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._clear()

    def _clear(self) -> None:
        self._table = WordTable()
        #: By the number of a form in the table: the form, and by language the term of its stem, None where nobody asked, both
        #: as `escaped` has them. Columns of objects, so that those of many texts are taken at once.
        self._forms = _no_objects()
        self._stems: dict[str, Array] = {}

    def of_texts(self, texts: Sequence[tuple[str, str]]) -> list[Worded]:
        """Return the words of texts, each with the language of its stems before it."""
        with self._guard:
            found, counts = self._numbers([text for _, text in texts])
            self._take_in()
            languages = {language for language, _ in texts}
            if len(languages) == 1:
                return self._worded(found, counts, languages.pop())
            starts = starts_of(counts)
            worded = [NO_WORDS] * len(texts)
            for language in languages:
                own = [number for number, each in enumerate(texts) if each[0] == language]
                numbers = found[indices_of(starts[own], counts[own])]
                for number, each in zip(
                    own, self._worded(numbers, counts[own], language), strict=True
                ):
                    worded[number] = each
            return worded

    def of_names(self, texts: Sequence[str]) -> list[Words]:
        """Return `of_name` of each of *texts*."""
        with self._guard:
            numbers, counts = self._numbers(texts)
            self._take_in()
            forms = self._forms[numbers].tolist()
            edges = starts_of(counts).tolist()
            parts = [forms[first:end] for first, end in itertools.pairwise(edges)]
            return [
                Words(f'"{" ".join(own)}"' if own else "", len(own), tuple(dict.fromkeys(own)))
                for own in parts
            ]

    def of_stemmed_names(self, language: str, texts: Sequence[str]) -> list[Worded]:
        """Return `stemmed_name` of each of *texts*."""
        found = self.of_texts([(language, text) for text in texts])
        return [each._replace(distinct=tuple(each.distinct)) for each in found]

    def hashes(self, texts: Sequence[str]) -> tuple[UInt64s, Ints]:
        """Return a hash of each word of all *texts*, as `WordTable.hashes` has them, and how many words each has."""
        with self._guard:
            found, counts = self._numbers(texts)
            return self._table.hashes()[found], counts

    def _numbers(self, texts: Sequence[str]) -> tuple[Numbers, Ints]:
        if len(self._table) > _MOST:
            self._clear()
        return self._table.numbers([text.encode() for text in texts])

    def _take_in(self) -> None:
        """Take in the forms that are new."""
        new = self._table.forms().all(len(self._forms))
        if new:
            self._forms = np.concatenate([self._forms, _objects(list(map(escaped, new)))])

    def _worded(self, numbers: Numbers, counts: Ints, language: str) -> list[Worded]:
        """Return the words of texts of one language, of which each has the next of *counts* of *numbers*."""
        terms = self._stems_of(numbers, language)[numbers].tolist()
        forms = self._forms[numbers].tolist()
        worded = []
        first = 0
        for end in np.cumsum(counts).tolist():
            if first == end:
                worded.append(NO_WORDS)
                continue
            own = forms[first:end]
            joined, stemmed = " ".join(own), " ".join(terms[first:end])
            worded.append(Worded(f'"{joined}"', end - first, dict.fromkeys(own), f'"{stemmed}"'))
            first = end
        return worded

    def _stems_of(self, numbers: Numbers, language: str) -> Array:
        """Return the terms of stems by the number of a form, those of *numbers* among them."""
        known = self._stems.get(language, _no_objects())
        if len(known) < len(self._forms):
            more = np.full(len(self._forms) - len(known), None, object)
            known = self._stems[language] = np.concatenate([known, more])
        is_asked = np.zeros(len(known), bool)
        is_asked[numbers] = True
        asked = np.flatnonzero(is_asked)
        new = [number for number in asked.tolist() if known[number] is None]
        if new:
            before = stem_token(language, "")
            forms = self._table.forms().take(np.array(new)).all()
            known[new] = _objects([escaped(before + each) for each in stems(forms, language)])
        return known


def _no_objects() -> Array:
    return np.zeros(0, object)


def _objects(values: Sequence[str]) -> Array:
    found = np.empty(len(values), object)
    found[:] = values
    return found


#: That of this process.
WORDING = Wording()


class Remembered(dict[str, T]):
    """What is made of short texts, which come again and again; all is forgotten where they are too many."""

    def __init__(self, make: Callable[[str], T]) -> None:
        self._make = make

    def __missing__(self, text: str) -> T:
        if len(self) >= _MOST_NAMES:
            self.clear()
        made = self[text] = self._make(text)
        return made

    def learn(self, texts: Iterable[str], make: Callable[[list[str]], Iterable[T]]) -> None:
        """Have what is new of *texts* made at once by *make*, which gives the same; it does not take long ones."""
        new = [text for text in texts if text not in self and len(text) <= NAME_CHARS]
        if len(self) + len(new) > _MOST_NAMES:
            self.clear()
        self.update(zip(new[:_MOST_NAMES], make(new[:_MOST_NAMES]), strict=True))


def of_name(text: str) -> Words:
    """Return the words of a text of `NAME_CHARS` at most."""
    forms = forms_of(text)
    distinct = tuple(map(escaped, dict.fromkeys(forms)))
    return Words(as_json(" ".join(forms)) if forms else "", len(forms), distinct)


def stemmed_name(language: str, words: Words) -> Worded:
    """Return the words of a name with the terms of their stems."""
    if not words.length:
        return NO_WORDS
    forms: str = words.forms[1:-1] if "\\" not in words.forms else json.loads(words.forms)
    before = stem_token(language, "")
    terms = " ".join([before + stem(form, language) for form in forms.split(" ")])
    return Worded(words.forms, words.length, words.distinct, as_json(terms))
