"""The values of documents' fields as numbers, each distinct value kept once; what documents have of entities."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

import numpy as np

from search.engines.whoosh_index.format.layout import FORM_END, FacetStream
from search.model.article import Document, Entities, Entity
from search.text.arrays import Numbers
from search.text.known_names import listed_forms


class FieldValues:
    """The values of one field over many documents."""

    def __init__(self) -> None:
        #: The number of each distinct value, in order of appearance.
        self._known: dict[str, int] = {}
        self._numbers: list[Numbers] = [np.zeros(0, np.int32)]
        self._counts: list[Numbers] = [np.zeros(0, np.int32)]
        self.held_bytes = 0

    def extend(self, of_documents: Sequence[Sequence[str]]) -> None:
        """Take in the values of further documents, of each without repeats and blank ones."""
        self.extend_flat(list(chain.from_iterable(of_documents)), list(map(len, of_documents)))

    def extend_flat(self, values: list[str], counts: Sequence[int]) -> None:
        """Take in *values*, of which further documents have *counts* each, as `extend` does."""
        of_document: Numbers = np.array(counts, np.int32)
        known = self._known
        new = [value for value in dict.fromkeys(values) if value not in known]
        if "" in new or any(map(str.isspace, new)):
            is_kept = np.array([bool(value.strip()) for value in values])
            owner = np.repeat(np.arange(len(of_document)), of_document)[is_kept]
            fewer = np.bincount(owner, minlength=len(of_document))
            self.extend_flat(list(filter(str.strip, values)), fewer.tolist())
            return
        known.update(zip(new, range(len(known), len(known) + len(new)), strict=True))
        numbers: Numbers = np.fromiter(map(known.__getitem__, values), np.int32, len(values))
        numbers, of_document = _each_once(numbers, of_document)
        self._numbers.append(numbers)
        self._counts.append(of_document)
        characters = sum(map(len, new))
        self.held_bytes += numbers.nbytes + of_document.nbytes + characters + 200 * len(new)

    def stream(self) -> FacetStream:
        return FacetStream(
            list(self._known), np.concatenate(self._numbers), np.concatenate(self._counts)
        )


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


def united(members: Sequence[EntityValues]) -> tuple[list[str], list[int]]:
    """Return the texts that documents have in all *members*, those of the first before others, and how many each document has."""
    texts: list[str] = []
    counts: list[int] = []
    at = [0] * len(members)
    for of_document in zip(*[member.text_counts for member in members], strict=True):
        before = len(texts)
        for number, count in enumerate(of_document):
            first = at[number]
            at[number] = first + count
            texts += members[number].texts[first : first + count]
        counts.append(len(texts) - before)
    return texts, counts
