"""The word lists that entities are recognised by, read from search/entity_lists on first use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

Kind = Literal["person", "org", "place"]

#: What a listed name is; "none" is a capitalised word or event that is no entity of ours.
Listed = Literal["org", "place", "none"]


@dataclass(frozen=True, slots=True)
class Words:
    """All lists, ready to look up. Names are listed as they are written, titles in lower case."""

    listed: dict[str, Listed]
    #: First word of a listed name -> how many words the longest one that begins so has.
    longest: dict[str, int]
    demonyms: frozenset[str]
    first_names: frozenset[str]
    titles: frozenset[str]
    title_topics: frozenset[str]
    organisation_heads: frozenset[str]
    organisation_words: frozenset[str]
    place_heads: frozenset[str]
    #: Words that begin the name of a place: Lake, Mount, San.
    place_starts: frozenset[str]
    event_heads: frozenset[str]
    plain: frozenset[str]
    starters: frozenset[str]
    #: A form -> the name it is counted under.
    aliases: dict[str, str]


def bare(word: str) -> str:
    """Return *word* without the last full stop of dotted letters: "U.S." is listed as "U.S"."""
    return word[:-1] if word.endswith(".") and "." in word[:-1] else word


@cache
def words() -> Words:
    """Return the lists; the first call reads them, later ones give the same object."""
    plain = frozenset(_entries("plain_words")) | frozenset(_entries("starters"))
    listed: dict[str, Listed] = {}
    # In this order: a later list has the last word on a name that stands in two.
    listed.update((name, "none") for name in plain)
    for name in _entries("countries", "regions"):
        listed[_key(name)] = "place"
    for name in _entries("organisations"):
        listed[_key(name)] = "org"
    longest: dict[str, int] = {}
    for name in listed:
        first, *rest = name.split(" ")
        longest[first] = max(longest.get(first, 1), 1 + len(rest))
    demonyms = _entries("demonyms")
    ends, starts = [], []
    for entry in _entries("place_heads"):
        (starts if entry.startswith("before:") or starts else ends).append(
            entry.removeprefix("before: ")
        )
    return Words(
        listed=listed,
        longest=longest,
        demonyms=frozenset(form for name in demonyms for form in (name, name + "s")),
        first_names=frozenset(_entries("first_names")),
        titles=frozenset(_entries("titles")),
        title_topics=frozenset(_entries("title_topics")),
        organisation_heads=frozenset(_entries("organisation_heads")),
        organisation_words=frozenset(_entries("organisation_words")),
        place_heads=frozenset(ends),
        place_starts=frozenset(starts),
        event_heads=frozenset(_entries("event_heads")),
        plain=plain,
        starters=frozenset(_entries("starters")),
        aliases=dict(_aliases()),
    )


def _key(name: str) -> str:
    return " ".join(bare(word) for word in name.split())


def _lines(name: str) -> Iterator[str]:
    text = files("search").joinpath("entity_lists", f"{name}.txt").read_text("utf-8")
    return (line for line in text.splitlines() if line and not line.startswith("#"))


def _entries(*names: str) -> list[str]:
    """Return the entries of the lists, which commas and line ends part."""
    found = (entry.strip() for name in names for line in _lines(name) for entry in line.split(","))
    return [entry for entry in found if entry]


def _aliases() -> Iterator[tuple[str, str]]:
    for line in _lines("aliases"):
        *forms, name = (_key(form) for form in line.split("="))
        yield from ((form, name) for form in forms)
