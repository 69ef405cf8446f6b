"""Making the forward column: of each document the heaviest terms, out of the posting lists of a segment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from search.engines.ranking import K1
from search.engines.rescoring.feedback import FORWARD_TERMS
from search.engines.whoosh_index import kernels
from search.engines.whoosh_index.format.layout import stems_column
from search.engines.whoosh_index.kernels.arguments import ListColumns, TermLists
from search.engines.whoosh_index.segment.forward import FORWARD
from search.text.arrays import Array, Bools, Ints, Numbers, UInt8s, narrowed, starts_of
from search.text.stems import LANGUAGES, stem
from search.text.stop_words import stop_words

#: The longest step that is stored as one number.
_LONGEST = np.iinfo(np.uint16).max


def forward_columns(columns: Mapping[str, Any], languages: Numbers) -> dict[str, Array]:
    """Return the forward column, given the *columns* of the dictionary and lists of the family "text".

    *languages* are those of the stems of all documents, by number.
    """
    documents = len(languages)
    forms = len(columns["text.forms.starts"]) - 1
    every = np.arange(forms)
    parts: list[TermLists] = []
    end = forms
    for language in [0, *np.flatnonzero(np.bincount(languages)[1:]) + 1]:
        kept = (languages == language).astype(np.uint8) if languages.any() else None
        name = stems_column("text", int(language))
        is_own = ~_stop_words(columns, "text.forms", LANGUAGES[language])
        if name + ".forms" in columns:
            first_form, stem_forms = columns[name + ".first_form"], columns[name + ".forms"]
            is_own[stem_forms] = False
            stems = np.flatnonzero(~_stop_words(columns, name, LANGUAGES[language]))
            widths = np.diff(first_form.astype(np.int64))[stems]
            alone, several = stems[widths == 1], stems[widths > 1]
            # The only form of a stem has its postings.
            only = stem_forms[first_form[alone]].astype(np.int64)
            parts.append(_term_lists(columns, "text.forms", only, end + alone, kept, documents))
            parts.append(_term_lists(columns, name, several, end + several, None, documents))
            end += len(first_form) - 1
        own = every[is_own]
        parts.append(_term_lists(columns, "text.forms", own, own, kept, documents))
    counts, terms, weights = kernels.heaviest_terms(parts, documents, FORWARD_TERMS, K1)
    return dict(_stored(counts, terms, weights))


def _term_lists(
    columns: Mapping[str, Any],
    name: str,
    which: Ints,
    terms: Ints,
    kept: UInt8s | None,
    documents: int,
) -> TermLists:
    """Return the lists *which* under *name* as those of *terms*, of the documents that are *kept*."""
    starts = columns[name + ".first_posting"]
    frequencies = np.diff(starts.astype(np.int64))[which]
    return TermLists(
        ListColumns(
            columns[name + ".documents"],
            columns[name + ".codes"],
            columns[name + ".exceptions.postings"],
            columns[name + ".exceptions.frequencies"],
            columns[name + ".exceptions.weights"],
        ),
        starts,
        which,
        terms,
        np.log(1 + (documents - frequencies + 0.5) / (frequencies + 0.5)).astype(np.float32),
        kept,
    )


def _stop_words(columns: Mapping[str, Any], name: str, language: str) -> Bools:
    """Return for each string of a dictionary whether it is the stem of a stop word of a *language*."""
    text, starts, keys = (columns[f"{name}.{part}"] for part in ("bytes", "starts", "keys"))
    found = np.zeros(len(starts) - 1, bool)
    for word in sorted({stem(word, language).encode() for word in stop_words(language)}):
        at, after = kernels.strings_with_prefix(text, starts, keys, word)
        if at < after and text[int(starts[at]) : int(starts[at + 1])].tobytes() == word:
            found[at] = True
    return found


def _stored(counts: Numbers, terms: Numbers, weights: Numbers) -> Iterator[tuple[str, Array]]:
    """Yield the columns of the *terms* of documents that have *counts* of them each."""
    terms = terms.astype(np.int64)
    steps = np.diff(terms, prepend=0)
    firsts = starts_of(counts)[:-1][counts > 0]
    steps[firsts] = terms[firsts]
    fillers = steps // _LONGEST
    if not fillers.any():
        starts = starts_of(counts)
    else:
        before = starts_of(fillers + 1)
        starts = before[starts_of(counts)]
        last = before[1:] - 1
        whole = np.full(before[-1], _LONGEST)
        heavy = np.zeros(before[-1], np.int64)
        whole[last] = steps % _LONGEST
        heavy[last] = weights
        steps, weights = whole, heavy
    yield FORWARD + ".starts", narrowed(starts)
    yield FORWARD + ".steps", steps.astype(np.uint16)
    yield FORWARD + ".weights", weights.astype(np.uint8)
