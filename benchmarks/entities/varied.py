"""Changes examples by chance, so that the network meets headlines, capitals and names that the texts lack."""

from __future__ import annotations

import random
from collections.abc import Sequence

from search.enrich.entities.network.constants import LAST, UNIT

Example = tuple[list[str], list[int]]

#: Chance of each change: of a line, of a text.
IN_CAPITALS, IN_TITLE_CASE, WITHOUT_STOP = 0.03, 0.03, 0.06
WITHOUT_LINES, OTHER_PEOPLE, OTHER_PLACES = 0.4, 0.25, 0.15

_SMALL = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "in",
        "on",
        "at",
        "to",
        "for",
        "and",
        "or",
        "but",
        "by",
        "with",
        "from",
        "as",
        "is",
        "are",
        "was",
        "were",
        "be",
        "has",
        "have",
        "it",
        "its",
        "that",
    ]
)


def varied(
    example: Example,
    by_chance: random.Random,
    given: Sequence[str],
    family: Sequence[str],
    places: Sequence[str],
) -> Example:
    """Return *example* changed by chance."""
    words, tags = example
    if by_chance.random() < OTHER_PEOPLE:
        words, tags = _with_other_people(words, tags, by_chance, given, family)
    if by_chance.random() < OTHER_PLACES:
        words, tags = _with_other_places(words, tags, by_chance, places)
    without_lines = by_chance.random() < WITHOUT_LINES
    new_words: list[str] = []
    new_tags: list[int] = []
    for line, labels in _lines(words, tags):
        chance = by_chance.random()
        if chance < IN_CAPITALS:
            line = [word.upper() for word in line]
        elif chance < IN_CAPITALS + IN_TITLE_CASE:
            line = [
                word if word.lower() in _SMALL else word[:1].upper() + word[1:] for word in line
            ]
        if by_chance.random() < WITHOUT_STOP and len(line) > 2 and line[-1] == ".":
            line, labels = line[:-1], labels[:-1]
        if new_words and not without_lines:
            new_words.append("\n")
            new_tags.append(0)
        new_words += line
        new_tags += labels
    return new_words, new_tags


def _lines(words: Sequence[str], tags: Sequence[int]) -> list[tuple[list[str], list[int]]]:
    lines: list[tuple[list[str], list[int]]] = [([], [])]
    for word, tag in zip(words, tags, strict=True):
        if word.isspace():
            lines.append(([], []))
        else:
            lines[-1][0].append(word)
            lines[-1][1].append(tag)
    return [line for line in lines if line[0]]


def _with_other_people(
    words: Sequence[str],
    tags: Sequence[int],
    by_chance: random.Random,
    given: Sequence[str],
    family: Sequence[str],
) -> Example:
    """Give people other names: the last word of one becomes the same family name wherever it stands."""
    known: dict[str, str] = {}
    new = list(words)
    for index, tag in enumerate(tags):
        if (
            tag == 0
            or (tag - 1) // 4 != 0
            or not words[index][:1].isupper()
            or len(words[index]) < 3
        ):
            continue
        part = (tag - 1) % 4
        pool = family if part in (LAST, UNIT) else given
        if words[index] not in known:
            known[words[index]] = by_chance.choice(pool)
        new[index] = known[words[index]]
    return new, list(tags)


def _with_other_places(
    words: Sequence[str], tags: Sequence[int], by_chance: random.Random, places: Sequence[str]
) -> Example:
    """Give places of one word other names, the same wherever they stand."""
    known: dict[str, str] = {}
    new = list(words)
    for index, tag in enumerate(tags):
        if tag == 1 + 4 * 2 + UNIT and words[index][:1].isupper() and len(words[index]) > 3:
            if words[index] not in known:
                known[words[index]] = by_chance.choice(places)
            new[index] = known[words[index]]
    return new, list(tags)
