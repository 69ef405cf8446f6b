"""The words of texts as the server gets them. What was found out of a word is kept for the next texts: most come again."""

from __future__ import annotations

import json.encoder
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from search.engines.opensearch.mapping import stem_token
from search.text.arrays import Int32s, Ints, UInt64s, indices_of, starts_of
from search.text.batch import WordTable
from search.text.stems import stems
from search.text.strings import GrowingStrings, Strings, firsts

#: More different forms are not of one language, and begin anew: two hundred bytes each.
_MOST = 200_000

#: Return a text as JSON. What `json` does after it has looked which type it is given.
as_json: Callable[[str], str] = json.encoder.encode_basestring


class Wanted:
    """The texts of which the words are sent with one request, and what of them."""

    def __init__(self) -> None:
        #: Each text, and its number: asked for one that is new, it gives the next.
        self.texts = _Numbered()
        #: By language the numbers of the texts of which the stems are sent, too.
        self.stemmed: dict[str, set[int]] = {}
        #: Vocabularies: the numbers of the texts of all, and how many texts each has.
        self._members: list[int] = []
        self._sizes: list[int] = []
        #: Those without the words of another: the numbers of both.
        self._beside: dict[int, int] = {}

    def add_vocabulary(self, texts: Collection[int], without: int | None = None) -> int:
        """Want the different forms of some *texts*, *without* those of a vocabulary whose texts are the first of them; return its number."""
        number = len(self._sizes)
        self._members += texts
        self._sizes.append(len(texts))
        if without is not None:
            self._beside[number] = without
        return number

    def vocabularies(self, numbers: Int32s, counts: Ints, below: int) -> tuple[Int32s, Ints]:
        """Return the forms of all vocabularies and how many each has, where the texts have *counts* of the forms *numbers*, all *below*."""
        members = np.array(self._members, np.int64)
        widths = counts[members]
        every = numbers[indices_of(starts_of(counts)[members], widths)]
        edges = starts_of(widths)[starts_of(np.array(self._sizes, np.int64))]
        kept, own = firsts(every, np.diff(edges), below)
        starts, left = starts_of(own)[:-1], own.copy()
        beside = np.array(list(self._beside), np.int64)
        others = own[np.array(list(self._beside.values()), np.int64)]
        starts[beside] += others
        left[beside] -= others
        return kept[indices_of(starts, left)], left


class _Numbered(dict[str, int]):
    def __missing__(self, text: str) -> int:
        number = self[text] = len(self)
        return number


class Found(NamedTuple):
    """What was wanted, by the numbers that `Wanted` has given."""

    #: Of each text the forms of its words, joined by blanks, as JSON; nothing where it has no words.
    forms: Sequence[bytes]
    #: How many words each text has.
    lengths: Sequence[int]
    #: By language, of texts whose stems are sent, the terms of these in the same way.
    stems: Mapping[str, Mapping[int, bytes]]
    #: Of each vocabulary its forms as a list of JSON; nothing where there are none.
    vocabularies: Sequence[bytes]


class Wording:
    """Finds the words of many texts at once, from any thread."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._clear()

    def _clear(self) -> None:
        self._table = WordTable()
        #: By the number of a form in the table what stands of it between the quotation marks of JSON.
        self._forms = GrowingStrings()
        self._stems: dict[str, _Stems] = {}

    def found(self, wanted: Wanted) -> Found:
        """Return the words that are *wanted*."""
        with self._guard:
            numbers, counts = self._numbers(list(wanted.texts))
            self._forms.extend(_escaped(_from(self._table.forms(), len(self._forms))))
            forms = self._forms.strings()
            starts = starts_of(counts)
            stemmed = {}
            for language, texts in wanted.stemmed.items():
                which = np.array(list(texts), np.int64)
                own = numbers[indices_of(starts[which], counts[which])]
                listed = self._stems_in(language).joined(own, counts[which], self._table.forms())
                stemmed[language] = dict(zip(texts, listed, strict=True))
            vocabularies = wanted.vocabularies(numbers, counts, len(forms))
            return Found(
                forms.joined_with(b'"', b" ", b'"', numbers, counts),
                counts.tolist(),
                stemmed,
                forms.joined_with(b'["', b'","', b'"]', *vocabularies),
            )

    def hashes(self, texts: Sequence[str]) -> tuple[UInt64s, Ints]:
        """Return a hash of each word of all *texts*, as `WordTable.hashes` has them, and how many words each has."""
        with self._guard:
            found, counts = self._numbers(texts)
            return self._table.hashes()[found], counts

    def _numbers(self, texts: Sequence[str]) -> tuple[Int32s, Ints]:
        if len(self._table) > _MOST:
            self._clear()
        return self._table.numbers([text.encode() for text in texts])

    def _stems_in(self, language: str) -> _Stems:
        if language not in self._stems:
            self._stems[language] = _Stems(language)
        return self._stems[language]


class _Stems:
    """The stems in one language of those forms whose stems were asked for, as they stand between the quotation marks of JSON."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._stems = GrowingStrings()
        #: By the number of a form which of them it has, -1 where nobody asked.
        self._stem_of: Int32s = np.zeros(0, np.int32)

    def joined(self, numbers: Int32s, counts: Ints, forms: Strings) -> Sequence[bytes]:
        """Return the terms of texts, each with the next of *counts* of the *forms* with these *numbers*, as `Found.stems` has them."""
        more = np.full(len(forms) - len(self._stem_of), -1, np.int32)
        self._stem_of = np.concatenate([self._stem_of, more])
        is_new = np.zeros(len(forms), bool)
        is_new[numbers] = True
        is_new &= self._stem_of < 0
        new = np.flatnonzero(is_new)
        if len(new):
            self._stem_of[new] = np.arange(len(self._stems), len(self._stems) + len(new))
            found = stems(forms.take(new).all(), self._language)
            self._stems.extend(_escaped(Strings.of(found)))
        before = stem_token(self._language, "").encode()
        return self._stems.strings().joined_with(
            b'"' + before, b" " + before, b'"', self._stem_of[numbers], counts
        )


def _from(strings: Strings, first: int) -> Strings:
    """Return the strings from the *first* on."""
    starts = strings.starts[first:]
    return Strings(strings.text[starts[0] :], starts - starts[0])


def _escaped(strings: Strings) -> Strings:
    """Return each of *strings* as it stands between the quotation marks of JSON."""
    text = strings.text
    if not ((text < ord(" ")) | (text == ord('"')) | (text == ord("\\"))).any():
        return strings
    return Strings.of([as_json(each)[1:-1] for each in strings.all()])


#: That of this process.
WORDING = Wording()
