"""Looking up words in all segments of a snapshot: where a form occurs, and where other forms of a word do.

Forms have one posting list each, whatever the language of an article. A stem is of one language, and counts
in the documents of that alone. Where all documents are in one language nothing is picked out of a list.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from search.engines.ranking import ELSEWHERE
from search.engines.whoosh_index import kernels
from search.engines.whoosh_index.kernels.arguments import (
    LanguageWords,
    PostingRun,
    UnionPart,
    WordColumns,
)
from search.engines.whoosh_index.segment.reader import SegmentReader
from search.engines.whoosh_index.snapshot.documents import Documents
from search.engines.whoosh_index.snapshot.postings import Occurrences, Postings, WeightedDocuments
from search.text.arrays import Bools, Ints, Numbers
from search.text.stems import LANGUAGES, stem
from search.text.stop_words import stop_words


class Part(NamedTuple):
    """Where a word occurs in documents of some languages: ``postings`` there, which may have others too."""

    postings: Postings
    #: Whether documents count, by the number of their language; None where all do.
    languages: Bools | None = None


class Words:
    """The words of some segments."""

    def __init__(self, segments: Sequence[SegmentReader], documents: Documents) -> None:
        self._segments = segments
        self._documents = documents
        self._columns: dict[tuple[str, int], tuple[WordColumns, ...]] = {}
        self._stop_words: dict[tuple[str, frozenset[str]], bool] = {}

    @cached_property
    def _only_language(self) -> int | None:
        """The language of all documents, by number; None where they have several."""
        languages = self._documents.languages
        return languages[0] if len(languages) == 1 else None

    def _columns_of(self, family: str, language: int = 0) -> tuple[WordColumns, ...]:
        """Return what a word is looked up in, in the segments that have stems of a language; those of English all have."""
        columns = self._columns.get((family, language))
        if columns is None:
            columns = self._columns[family, language] = tuple(
                segment.family(family).word_columns(base, language)
                for base, segment in zip(self._documents.bases, self._segments, strict=True)
                if not language or segment.has_stems(language)
            )
        return columns

    def of_form(self, family: str, form: str) -> Postings:
        """Return where exactly *form* occurs in any field of a family."""
        text = form.encode()
        _, exact = kernels.find_word(self._columns_of(family), text, text, True, False)
        return Postings(self._documents, exact)

    def of_word(self, form: str) -> tuple[Occurrences, Postings]:
        """Return where any form of a word occurs in the text, and where exactly *form* does.

        They are one and the same where *form* is the only form.
        """
        language = self._only_language
        if language is not None and LANGUAGES[language]:
            # Both with one look: half of all queries are a word.
            found, exact = self._found(form, stem(form, LANGUAGES[language]), language)
            of_form = Postings(self._documents, exact)
            return (of_form if found is exact else Postings(self._documents, found)), of_form
        of_form = self.of_form("text", form)
        parts = self._by_language(of_form, form, with_positions=False)
        return self.united(parts, lambda postings: postings), of_form

    def with_positions(self, form: str) -> list[Part]:
        """Return where each form of a word occurs in the text, form by form, for the documents of all languages."""
        language = self._only_language
        if language is not None and LANGUAGES[language]:
            found, _ = self._found(form, stem(form, LANGUAGES[language]), language, True)
            return [Part(Postings(self._documents, found))]
        return self._by_language(self.of_form("text", form), form, with_positions=True)

    def parts(self, form: str) -> list[Part]:
        """Return the same without positions where a stem has a list of its own."""
        language = self._only_language
        if language is not None and LANGUAGES[language]:
            found, _ = self._found(form, stem(form, LANGUAGES[language]), language)
            return [Part(Postings(self._documents, found))]
        return self._by_language(self.of_form("text", form), form, with_positions=False)

    def is_stop_word(self, form: str, asked: frozenset[str] = frozenset()) -> bool:
        """Whether a form says nothing of what documents are about, in the languages of stems *asked* for, or all where there are none.

        It does where it is a stop word of all languages that documents with it are in, or of nearly all of these documents: German "die"
        in an archive with some English, but not "war" in one of both.
        """
        key = form, asked
        found = self._stop_words.get(key)
        if found is None:
            found = self._stop_words[key] = self._is_stop_word(form, asked)
        return found

    def _is_stop_word(self, form: str, asked: Collection[str]) -> bool:
        counts = self._documents.language_counts
        languages = {each for each in counts if not asked or each in asked}
        own = {each for each in languages if form in stop_words(each)}
        others = languages - own
        if not own or not others:
            return bool(own)
        postings = self.of_form("text", form)
        if sum(counts[each] for each in others) <= ELSEWHERE * postings.size and not asked:
            return True  # however many of them have it
        numbers = np.bincount(self._languages_of(postings.documents), minlength=len(LANGUAGES))
        found = {each: int(numbers[LANGUAGES.index(each)]) for each in languages}
        elsewhere = sum(found[each] for each in others)
        return elsewhere <= ELSEWHERE * sum(found.values())

    def of_stem(self, text: str, *, with_positions: bool = False) -> list[Part]:
        """Return where words occur whose stem in the language of their document is *text*."""
        found = []
        for language in self._documents.languages:
            if LANGUAGES[language]:
                # A form that has another stem is no form of this one.
                form = text if stem(text, LANGUAGES[language]) == text else ""
                runs, _ = self._found(form, text, language, with_positions)
                found.append(Part(Postings(self._documents, runs), _only(language)))
            else:
                found.append(Part(self.of_form("text", text), _only(language)))
        return [Part(found[0].postings)] if len(found) == 1 else found

    def of_term(self, text: str) -> Occurrences:
        """Return the same as one."""
        return self.united(self.of_stem(text), lambda postings: postings)

    @cached_property
    def by_language(self) -> tuple[LanguageWords, ...]:
        """The same as the kernels take it: what words are looked up in, language by language."""
        return tuple(
            LanguageWords(
                language if self._only_language is None else -1,
                bool(LANGUAGES[language]),
                self._columns_of("text", language if LANGUAGES[language] else 0),
            )
            for language in self._documents.languages
        )

    def is_stem(self, text: str, language: int) -> bool:
        """Whether *text* is its own stem in a language, -1 that of all documents."""
        own = LANGUAGES[(self._only_language or 0) if language < 0 else language]
        return stem(text, own) == text

    def _found(
        self, form: str, root: str, language: int, with_positions: bool = False
    ) -> tuple[list[PostingRun], list[PostingRun]]:
        is_fixed = form == root or stem(root, LANGUAGES[language]) == root
        columns = self._columns_of("text", language)
        return kernels.find_word(columns, form.encode(), root.encode(), is_fixed, with_positions)

    def _by_language(self, exact: Postings, form: str, *, with_positions: bool) -> list[Part]:
        """Return where a word occurs, *exact* for all languages in which *form* is the only one."""
        found = []
        others = np.ones(len(LANGUAGES), bool)
        for language in self._documents.languages:
            if not LANGUAGES[language]:
                continue
            root = stem(form, LANGUAGES[language])
            runs, own = self._found(form, root, language, with_positions)
            if runs is not own:
                others[language] = False
                found.append(Part(Postings(self._documents, runs), _only(language)))
        return [*found, Part(exact, others)] if found else [Part(exact)]

    def forms_of(self, form: str) -> dict[str, int]:
        """Return all forms of a word that live documents have in the text, and in how many each is."""
        found = {form}
        for language in self._documents.languages:
            root = stem(form, LANGUAGES[language])
            if stem(root, LANGUAGES[language]) == root:
                found.add(root)
            for segment in self._segments:
                reader = segment.family("text")
                if language in reader.stem_languages:
                    stems = reader.stems(language)
                    listed = stems.strings.find(root)
                    numbers = stems.forms_of(listed) if listed >= 0 else []
                    found.update(reader.forms[number] for number in numbers)
        sizes = {each: self.of_form("text", each).size for each in sorted(found)}
        return {each: size for each, size in sizes.items() if size}

    def count_stems(self, language: int) -> int:
        """Return how many different stems of a language there are; every dictionary is read for it."""
        numbers = self._documents.stem_languages
        found: set[str] = set()
        for base, segment in zip(self._documents.bases, self._segments, strict=True):
            reader = segment.family("text")
            kept = None
            if numbers is not None:
                kept = numbers[base : base + len(segment)] == language
            own = reader.holding_forms(kept)
            if LANGUAGES[language] and (not language or segment.has_stems(language)):
                stems = reader.stems(language)
                own[stems.forms] = False
                found.update(stems.strings.all())
            found.update(reader.forms[number] for number in own.nonzero()[0].tolist())
        return len(found)

    def united(
        self, parts: Sequence[Part], occurrences_of: Callable[[Postings], Occurrences]
    ) -> Occurrences:
        """Return as one what *occurrences_of* makes of each of *parts*."""
        if len(parts) == 1 and parts[0].languages is None:
            return occurrences_of(parts[0].postings)
        found: list[UnionPart] = []
        for postings, languages in parts:
            if postings.size:
                own = occurrences_of(postings)
                kept = self.are_in(own.documents, languages).nonzero()[0]
                found.append((own.documents.take(kept), own.weights.take(kept)))
        if not found:
            return WeightedDocuments(np.zeros(0, np.int64), np.zeros(0, np.float32))
        documents, weights = kernels.union(found, 1)
        return WeightedDocuments(documents, weights)

    def together(
        self, words: Sequence[Sequence[Part]], within: Ints
    ) -> list[tuple[list[list[PostingRun]], Ints]]:
        """Return the runs of each of *words*, each as parts, for some of the documents *within* after others."""
        if all(len(parts) == 1 and parts[0].languages is None for parts in words):
            return [([parts[0].postings.runs for parts in words], within)]
        chosen: dict[tuple[int, ...], tuple[list[list[PostingRun]], Bools]] = {}
        for language in self._documents.languages:
            own = [
                next(p.postings for p in parts if p.languages is None or p.languages[language])
                for parts in words
            ]
            none = np.zeros(len(LANGUAGES), bool)
            runs = [postings.runs for postings in own]
            chosen.setdefault(tuple(map(id, own)), (runs, none))[1][language] = True
        return [
            (runs, within[self.are_in(within, languages)]) for runs, languages in chosen.values()
        ]

    def are_in(self, documents: Ints, languages: Bools | None) -> Bools:
        """Return which of *documents* are in one of *languages*."""
        if languages is None or self._documents.stem_languages is None:
            return np.ones(len(documents), bool)
        return languages.take(self._languages_of(documents))

    def _languages_of(self, documents: Ints) -> Numbers:
        """Return the number of the language of the stems of each of *documents*."""
        numbers = self._documents.stem_languages
        return np.zeros(len(documents), np.uint8) if numbers is None else numbers.take(documents)


def _only(language: int) -> Bools:
    languages = np.zeros(len(LANGUAGES), bool)
    languages[language] = True
    return languages
