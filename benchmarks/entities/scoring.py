"""Precision, recall and F1 of names found against names marked: each mention, and the set of names of an article."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from benchmarks.entities.labelled import Name

KINDS = {"people": "person", "organisations": "org", "places": "place"}

#: Precision, recall and F1, in percent.
Figures = tuple[float, float, float]


def comparable(form: str) -> str:
    """Return a name for comparing: small letters, single spaces, no full stops, no "the" before and no possessive after."""
    form = re.sub(r"\s+", " ", form.replace(".", "")).strip().casefold()
    form = re.sub(r"^the ", "", form)
    return re.sub(r"\s*['’]s?$", "", form)


def scores(
    texts: Sequence[str], wanted: Sequence[Iterable[Name]], found: Sequence[Iterable[Name]]
) -> dict[str, dict[str, Figures]]:
    """Return the figures by kind, "all" and "untyped", of each mention ("strict") and of the sets ("set").

    Strictly, start, end and kind must be equal, and of "untyped" start and end. Of the sets, a name of an article
    counts once for each kind, as `comparable` has it, and for "untyped" once.
    """
    strict, sets = _Counts(), _Counts()
    for text, gold, ours in zip(texts, wanted, found, strict=True):
        g = [each for each in gold if each[2] in KINDS.values()]
        o = [each for each in ours if each[2] in KINDS.values()]
        strict.add({((s, e), k) for s, e, k in g}, {((s, e), k) for s, e, k in o})
        sets.add(
            {(comparable(text[s:e]), k) for s, e, k in g},
            {(comparable(text[s:e]), k) for s, e, k in o},
        )
    return {"set": sets.figures(), "strict": strict.figures()}


class _Counts:
    def __init__(self) -> None:
        self._right: Counter[str] = Counter()
        self._wanted: Counter[str] = Counter()
        self._found: Counter[str] = Counter()

    def add(self, gold: set[tuple[object, str]], ours: set[tuple[object, str]]) -> None:
        for label, kind in KINDS.items():
            self._count(label, {n for n, k in gold if k == kind}, {n for n, k in ours if k == kind})
        self._count("all", gold, ours)
        self._count("untyped", {n for n, _ in gold}, {n for n, _ in ours})

    def _count(self, label: str, gold: set[object], ours: set[object]) -> None:
        self._right[label] += len(gold & ours)
        self._wanted[label] += len(gold)
        self._found[label] += len(ours)

    def figures(self) -> dict[str, Figures]:
        found: dict[str, Figures] = {}
        for label in ("all", "untyped", *KINDS):
            right = 100 * self._right[label]
            precision = right / max(1, self._found[label])
            recall = right / max(1, self._wanted[label])
            f1 = 2 * precision * recall / max(1e-9, precision + recall)
            found[label] = (round(precision, 1), round(recall, 1), round(f1, 1))
        return found
