"""Which words of a dictionary a wildcard or a fuzzy word stands for, found in bulk."""

from __future__ import annotations

import re
import sys
from bisect import bisect_left
from collections.abc import Callable

import numpy as np

from search.engines.whoosh_index.columns import Ints
from search.engines.whoosh_index.family import FamilyReader
from search.text import wildcard_pattern, within_edits

_LAST_CHARACTER = chr(sys.maxunicode)

#: Finds the numbers of the forms that a word stands for in one dictionary.
Expansion = Callable[[FamilyReader], list[int]]


def expand_wildcard(pattern: str) -> Expansion:
    """Return what finds the forms matching *pattern* (``*`` any run, ``?`` one character).

    The part before the first wildcard is looked up, so that ``ukrain*`` costs what it finds;
    only a pattern that begins with a wildcard looks at every form.
    """
    prefix = re.split(r"[*?]", pattern, maxsplit=1)[0]
    compiled = wildcard_pattern(pattern)

    def expand(reader: FamilyReader) -> list[int]:
        forms = reader.sorted_forms
        first = bisect_left(forms, prefix)
        last = bisect_left(forms, prefix + _LAST_CHARACTER)
        fits = compiled.fullmatch
        numbers = reader.sorted_form_numbers[first:last].tolist()
        return [n for n, form in zip(numbers, forms[first:last], strict=True) if fits(form)]

    return expand


def expand_fuzzy(form: str, edits: int) -> Expansion:
    """Return what finds the forms within *edits* edits of *form*.

    Counting letters rules out nearly all forms at once: an edit changes the count of at most two
    characters, by one each, so forms whose counts differ by more than ``2 * edits`` are too far.
    """

    def expand(reader: FamilyReader) -> list[int]:
        near = np.flatnonzero(_letter_distance(reader, form) <= 2 * edits)
        forms = reader.sorted_forms
        numbers = reader.sorted_form_numbers
        return [int(numbers[n]) for n in near.tolist() if within_edits(form, forms[n], edits)]

    return expand


#: Characters are counted in so many classes (by code point modulo); more classes, fewer candidates.
_CLASSES = 32


def _letter_distance(reader: FamilyReader, form: str) -> Ints:
    """Return for each sorted form in how many characters it differs from *form*, at most its distance."""
    counts = reader.letter_counts(_CLASSES)
    wanted = np.bincount([ord(c) % _CLASSES for c in form], minlength=_CLASSES)
    distance: Ints = np.abs(counts - wanted.astype(np.int16)).sum(axis=1)
    return distance
