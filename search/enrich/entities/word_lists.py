"""The word lists of the tagger, read from search/enrich/entities/lists on first use; some 20 ms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from search.text.known_names import known_names

#: What a listed name is; "none" is a capitalised word, a nationality or an event, which is no entity here.
Listed = Literal["org", "place", "none"]


@dataclass(frozen=True, slots=True)
class Words:
    """All lists, ready to look up. Names are listed as they are written, titles in lower case."""

    listed: dict[str, Listed]
    countries: frozenset[str]
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
    event_heads: frozenset[str]
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
    demonyms = [form for name in entries("demonyms") for form in (name, name + "s")]
    listed: dict[str, Listed] = {}
    # In this order: of a name on two lists the later one counts.
    listed.update((name, "none") for name in entries("plain_words", "starters"))
    listed.update((name, "none") for name in demonyms if " " in name)
    listed.update((_key(name), "place") for name in entries("countries", "regions"))
    listed.update((_key(name), "org") for name in entries("organisations"))
    return Words(
        listed=listed,
        countries=frozenset(map(_key, entries("countries"))),
        demonyms=frozenset(demonyms),
        first_names=frozenset(entries("first_names")),
        titles=frozenset(entries("titles")),
        title_topics=frozenset(entries("title_topics")),
        organisation_heads=frozenset(entries("organisation_heads")),
        organisation_words=frozenset(entries("organisation_words")),
        organisation_starts=frozenset(entries("organisation_starts")),
        surname_heads=frozenset(entries("surname_heads")),
        corporate_ends=frozenset(entries("corporate_ends")),
        event_heads=frozenset(entries("event_heads")),
        aliases={_key(form): _key(name) for form, name in known_names()},
        states=dict(_pairs("state_abbreviations")),
    )


def _key(name: str) -> str:
    return " ".join(bare(word) for word in name.split())


def entries(*names: str) -> list[str]:
    """Return the entries of the lists of these names, in order."""
    return [entry for name in names for entry in entries_of(_text(name))]


def entries_of(text: str) -> list[str]:
    """Return the entries of the text of a list: commas and line ends part them, and a line that begins with "#" is a comment."""
    found = (entry.strip() for line in _lines(text) for entry in line.split(","))
    return [entry for entry in found if entry]


def _text(name: str) -> str:
    return files("search.enrich.entities").joinpath("lists", f"{name}.txt").read_text("utf-8")


def _lines(text: str) -> Iterator[str]:
    return (line for line in text.splitlines() if line and not line.startswith("#"))


def _pairs(name: str) -> Iterator[tuple[str, str]]:
    for line in _lines(_text(name)):
        *forms, name = (_key(form) for form in line.split("="))
        yield from ((form, name) for form in forms)
