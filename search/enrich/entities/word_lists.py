"""The word lists of the tagger, read from search/enrich/entities/lists on first use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal, cast

from search.text.known_names import known_names

Kind = Literal["person", "org", "place"]

#: What a listed name is; "none" is a capitalised word, a nationality or an event, which is no entity here.
Listed = Literal["org", "place", "none"]


@dataclass(frozen=True, slots=True)
class Words:
    """All lists, ready to look up. Names are listed as they are written, titles in lower case."""

    listed: dict[str, Listed]
    countries: frozenset[str]
    #: First word of listed names -> number of words of the longest of them.
    longest: dict[str, int]
    demonyms: frozenset[str]
    first_names: frozenset[str]
    titles: frozenset[str]
    title_topics: frozenset[str]
    organisation_heads: frozenset[str]
    organisation_words: frozenset[str]
    #: Words that begin the name of an organisation: Banco, Ministry.
    organisation_starts: frozenset[str]
    surname_heads: frozenset[str]
    corporate_ends: frozenset[str]
    place_heads: frozenset[str]
    #: Words that begin the name of a place: Lake, Mount, San.
    place_starts: frozenset[str]
    event_heads: frozenset[str]
    plain: frozenset[str]
    starters: frozenset[str]
    #: A word right before or after an unlisted name -> what the name is.
    said_before: dict[str, Kind]
    said_after: dict[str, Kind]
    #: A form -> the name it is counted under.
    aliases: dict[str, str]
    #: "Calif" -> the state that it stands for after a comma, without the last full stop.
    states: dict[str, str]


def bare(word: str) -> str:
    """Return *word* without the last full stop of dotted letters: "U.S." is listed as "U.S"."""
    return word[:-1] if word.endswith(".") and "." in word[:-1] else word


@cache
def words() -> Words:
    """Return the lists. The first call reads them; later calls return the same object."""
    starters = _entries("starters")
    plain = [*_entries("plain_words"), *starters]
    demonyms = [form for name in _entries("demonyms") for form in (name, name + "s")]
    place_heads = _entries("place_heads")
    listed: dict[str, Listed] = {}
    # In this order: of a name on two lists the later one counts.
    listed.update((name, "none") for name in plain)
    listed.update((name, "none") for name in demonyms if " " in name)
    listed.update((_key(name), "place") for name in _entries("countries", "regions"))
    listed.update((_key(name), "org") for name in _entries("organisations"))
    longest: dict[str, int] = {}
    for name in listed:
        first, *rest = name.split(" ")
        longest[first] = max(longest.get(first, 1), 1 + len(rest))
    return Words(
        listed=listed,
        countries=frozenset(map(_key, _entries("countries"))),
        longest=longest,
        demonyms=frozenset(demonyms),
        first_names=frozenset(_entries("first_names")),
        titles=frozenset(_entries("titles")),
        title_topics=frozenset(_entries("title_topics")),
        organisation_heads=frozenset(_entries("organisation_heads")),
        organisation_words=frozenset(_entries("organisation_words")),
        organisation_starts=frozenset(_entries("organisation_starts")),
        surname_heads=frozenset(_entries("surname_heads")),
        corporate_ends=frozenset(_entries("corporate_ends")),
        place_heads=frozenset(place_heads),
        place_starts=frozenset(_entries("place_starts")),
        event_heads=frozenset(_entries("event_heads")),
        plain=frozenset(plain),
        starters=frozenset(starters),
        said_before=dict(_context("before")),
        said_after=dict(_context("after")),
        aliases={_key(form): _key(name) for form, name in known_names()},
        states=dict(_pairs("state_abbreviations")),
    )


def _key(name: str) -> str:
    return " ".join(bare(word) for word in name.split())


def _lines(name: str) -> Iterator[str]:
    text = files("search.enrich.entities").joinpath("lists", f"{name}.txt").read_text("utf-8")
    return (line for line in text.splitlines() if line and not line.startswith("#"))


def _entries(*names: str) -> list[str]:
    """Return the entries of the lists, which are separated by commas and line ends."""
    found = (entry.strip() for name in names for line in _lines(name) for entry in line.split(","))
    return [entry for entry in found if entry]


def _context(where: str) -> Iterator[tuple[str, Kind]]:
    for line in _lines("context"):
        head, _, listed = line.partition(": ")
        side, kind = head.split(" ")
        if side == where:
            yield from ((word, cast(Kind, kind)) for word in listed.split(", "))


def _pairs(name: str) -> Iterator[tuple[str, str]]:
    for line in _lines(name):
        *forms, name = (_key(form) for form in line.split("="))
        yield from ((form, name) for form in forms)
