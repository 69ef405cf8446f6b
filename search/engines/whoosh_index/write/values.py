"""The values of documents' fields as numbers, each distinct value kept once; what documents have of entities."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, islice

import numpy as np

from search.engines.whoosh_index.format.layout import FORM_END, FacetStream
from search.model.article import Document, Entities, Entity
from search.text.arrays import Numbers, indices_of, starts_of
from search.text.known_names import listed_forms


class _Numbering(dict[str, int]):
    """The number of each distinct value, in order of appearance; it is given where a value is looked up."""

    def __missing__(self, value: str) -> int:
        number = self[value] = len(self)
        return number


class FieldValues:
    """The values of one field over many documents."""

    def __init__(self) -> None:
        self._known = _Numbering()
        self._numbers: list[Numbers] = [np.zeros(0, np.int32)]
        self._counts: list[Numbers] = [np.zeros(0, np.int32)]
        self.held_bytes = 0

    def extend(self, of_documents: Sequence[Sequence[str]]) -> None:
        """Take in the values of further documents, of each without repeats and blank ones."""
        self.extend_flat(list(chain.from_iterable(of_documents)), list(map(len, of_documents)))

    def extend_flat(self, values: list[str], counts: Sequence[int]) -> None:
        """Take in *values*, of which further documents have *counts* each, as `extend` does."""
        of_document: Numbers = np.array(counts, np.int32)
        known, before = self._known, len(self._known)
        numbers: Numbers = np.fromiter(map(known.__getitem__, values), np.int32, len(values))
        new = list(islice(reversed(known), len(known) - before))
        if "" in new or any(map(str.isspace, new)):
            for value in new:
                del known[value]
            is_kept = np.array([bool(value.strip()) for value in values])
            owner = np.repeat(np.arange(len(of_document)), of_document)[is_kept]
            fewer = np.bincount(owner, minlength=len(of_document))
            self.extend_flat(list(filter(str.strip, values)), fewer.tolist())
            return
        self._take(numbers, of_document, new)

    def _take(self, numbers: Numbers, counts: Numbers, new: Sequence[str]) -> None:
        numbers, counts = _each_once(numbers, counts)
        self._numbers.append(numbers)
        self._counts.append(counts)
        self.held_bytes += numbers.nbytes + counts.nbytes + sum(map(len, new)) + 200 * len(new)

    def last(self) -> tuple[Numbers, Numbers]:
        """Return the numbers of the values that were taken in last, and how many each document has of them."""
        return self._numbers[-1], self._counts[-1]

    def value_of(self) -> list[str]:
        """Return the value of each number."""
        return list(self._known)

    def stream(self) -> FacetStream:
        return FacetStream(
            self.value_of(), np.concatenate(self._numbers), np.concatenate(self._counts)
        )


class UnitedValues(FieldValues):
    """The values that documents have of several fields, each once; they are found by their numbers there."""

    def __init__(self, members: Sequence[FieldValues]) -> None:
        super().__init__()
        self._members = members
        #: By member the number here of each of its numbers, -1 where it has none yet.
        self._number_of: list[Numbers] = [np.zeros(0, np.int32) for _ in members]

    def unite(self) -> None:
        """Take in what the members have taken in last, of each document those of the first member first."""
        before = len(self._known)
        last = [member.last() for member in self._members]
        counts: Numbers = np.sum([counts for _, counts in last], axis=0, dtype=np.int32)
        at, begin = [], starts_of(counts)[:-1]
        for _, own in last:
            at.append(indices_of(begin, own))
            begin = begin + own
        self._give_numbers([numbers for numbers, _ in last], at)
        numbers = np.empty(int(counts.sum()), np.int32)
        for number_of, where, (own, _) in zip(self._number_of, at, last, strict=True):
            numbers[where] = number_of[own]
        self._take(numbers, counts, list(islice(reversed(self._known), len(self._known) - before)))

    def _give_numbers(self, numbers: Sequence[Numbers], at: Sequence[Numbers]) -> None:
        """Give a number to what has none yet, in order of appearance: *numbers* of members stand *at* these places."""
        new: list[tuple[int, int, int]] = []
        for member, (own, where) in enumerate(zip(numbers, at, strict=True)):
            known = self._number_of[member]
            most = int(own.max(initial=-1)) + 1
            if most > len(known):
                known = np.concatenate((known, np.full(most - len(known), -1, np.int32)))
                self._number_of[member] = known
            lacking = np.flatnonzero(known[own] < 0)
            first, index = np.unique(own[lacking], return_index=True)
            new += zip(
                where[lacking[index]].tolist(), [member] * len(first), first.tolist(), strict=True
            )
        if not new:
            return
        value_of = [member.value_of() for member in self._members]
        for _, member, number in sorted(new):
            self._number_of[member][number] = self._known[value_of[member][number]]


def _each_once(numbers: Numbers, counts: Numbers) -> tuple[Numbers, Numbers]:
    """Return *numbers*, of which documents have *counts* each, without those that a document has a second time."""
    owner = np.repeat(np.arange(len(counts)), counts)
    pairs = owner << 32 | numbers
    ordered = np.sort(pairs)
    if not (ordered[1:] == ordered[:-1]).any():
        return numbers, counts
    order = np.argsort(pairs, kind="stable")
    again = order[1:][pairs[order[1:]] == pairs[order[:-1]]]
    fewer = np.bincount(owner[again], minlength=len(counts)).astype(np.int32)
    return np.delete(numbers, again), counts - fewer


class EntityValues:
    """What documents have of the entities of one kind, as the callables of `Layout` give it for each of them."""

    def __init__(self) -> None:
        #: Of each document as `Layout.values` has them.
        self.names: list[list[str]] = []
        #: As `Layout.texts` has them, each as often as it is there, and how many each document has.
        self.texts: list[str] = []
        self.text_counts: list[int] = []
        #: As `Layout.forms` has them, and how many each document has.
        self.forms: list[str] = []
        self.form_counts: list[int] = []

    def take(self, entities: Iterable[Entity], listed: Mapping[str, tuple[str, ...]]) -> None:
        """Take in the entities of a further document; *listed* has the forms of names that are known everywhere."""
        names, texts, forms = [], self.texts, self.forms
        before, forms_before = len(texts), len(forms)
        for name, _, written in entities:
            names.append(name)
            texts.append(name)
            if name in listed:
                texts += listed[name]
            for form in written:
                texts.append(form)
                if form in listed:
                    texts += listed[form]
                if FORM_END not in form:
                    forms.append(f"{form}{FORM_END}{name}")
        self.names.append(names)
        self.text_counts.append(len(texts) - before)
        self.form_counts.append(len(forms) - forms_before)


def entity_values(documents: Iterable[Document], kinds: Sequence[str]) -> list[EntityValues]:
    """Return what *documents* have of the entities of each of *kinds*, attributes of `Entities`."""
    found = [EntityValues() for _ in kinds]
    takers = [
        (values.take, Entities._fields.index(kind))
        for values, kind in zip(found, kinds, strict=True)
    ]
    listed = listed_forms()
    # A document after the other: what it holds is then near for all kinds.
    for document in documents:
        entities = document.enrichment.entities
        for take, kind in takers:
            take(entities[kind], listed)
    return found
