"""The file of people's corrections of entities: the rules of entities.toml, read, see docs/entities.md."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, tzinfo
from hashlib import blake2b
from typing import Any

from search.enrich.corrections import (
    EVERYWHERE,
    KINDS,
    NO_CORRECTIONS,
    Contradiction,
    Corrections,
    Rule,
    Scope,
    Verb,
    folded,
)
from search.ingest.hidden_file import Holds
from search.model.errors import SettingError
from search.model.settings import Settings
from search.model.toml_file import toml_table, toml_text

#: The name under which an index keeps its rules.
RULES = "entities.toml"

#: A file of a hundred thousand rules; a longer one is another file.
MAX_FILE_BYTES = 20_000_000

#: What each verb needs beside names, and whether that is a list of them.
_VERBS: Mapping[Verb, str] = {
    "hide": "",
    "rename": "to",
    "merge": "into",
    "split": "forms",
    "retype": "to",
}
#: Of a name that an entity is given: many times as long as those that are found.
MAX_NAME_CHARS = 500

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SCOPE = ("source", "collection", "from", "until")
_HEADER = re.compile(rf"\s*\[\[\s*({'|'.join(_VERBS)})\s*\]\]")
_SAMPLE = '[[merge]], and below it lines such as person = ["J. Biden", "Joseph Biden"], into = "Joe Biden"'


def read_corrections(path: str, zone: tzinfo = UTC) -> Corrections:
    """Return the rules in the file at *path*, whose days are those of *zone*.

    Raises `SettingError`, which names the line and what to do, where any of it cannot be used.
    """
    text = toml_text(path, "corrections of entities", MAX_FILE_BYTES, "nothing was changed")
    return corrections_of(text, path, zone)


def corrections_of(text: str, path: str, zone: tzinfo = UTC) -> Corrections:
    """Return the rules that *text* has; *path* is for messages. Raises as `read_corrections`."""
    if not text:
        return NO_CORRECTIONS
    table = toml_table(text, path, f"a rule is {_SAMPLE}")
    return _Reading(path, text, zone).corrections(table)


def corrections_in_force(index: Holds, settings: Settings) -> Corrections:
    """Return the rules of the file that the *settings* name, else those that the index keeps. Raises `SettingError`."""
    if settings.corrections:
        return read_corrections(settings.corrections, settings.zone())
    return corrections_of(index.text(RULES), f"{settings.index}/{RULES}", settings.zone())


class _Reading:
    """What a file says, and where it cannot be used."""

    def __init__(self, path: str, text: str, zone: tzinfo) -> None:
        self._path = path
        self._text = text
        self._zone = zone
        self._lines = text.splitlines()
        #: Where each rule begins, by its number; without those that stand in no line of their own.
        self._begins: list[tuple[int, str]] = [
            (number, found[1])
            for number, line in enumerate(self._lines, 1)
            if (found := _HEADER.match(line))
        ]

    def corrections(self, table: Mapping[str, Any]) -> Corrections:
        for key in table:
            if key not in _VERBS:
                known = ", ".join(_VERBS)
                raise self._error(
                    0, key, f"{key!r} is not known here; there are {known}; a rule is {_SAMPLE}"
                )
        rules = [self._rule(n, *each) for n, each in enumerate(self._in_order(table), 1)]
        digest = blake2b(f"{self._zone}\n{self._text}".encode(), digest_size=16).hexdigest()
        try:
            return Corrections(rules, self._text, digest, self._zone)
        except Contradiction as exc:
            raise self._error(exc.number, "", str(exc)) from exc

    def _in_order(self, table: Mapping[str, Any]) -> list[tuple[Verb, Mapping[str, Any]]]:
        """Return all rules in the order in which they stand in the file."""
        of_verb: dict[str, list[Mapping[str, Any]]] = {}
        for verb, rules in table.items():
            if not isinstance(rules, list) or not all(isinstance(each, dict) for each in rules):
                raise self._error(0, verb, f"a rule is {_SAMPLE}")
            of_verb[verb] = list(rules)
        verbs = [verb for _, verb in self._begins]
        if any(verbs.count(verb) != len(of_verb.get(verb, ())) for verb in _VERBS):
            # A rule in a line such as hide = [{...}], or a text of several lines: the order of the verbs.
            verbs, self._begins = [v for v, rules in of_verb.items() for _ in rules], []
        rest = {verb: iter(rules) for verb, rules in of_verb.items()}
        return [(verb, next(rest[verb])) for verb in verbs]  # type: ignore[misc]

    def _rule(self, number: int, verb: Verb, table: Mapping[str, Any]) -> Rule:
        needed = _VERBS[verb]
        known = [*KINDS, *filter(None, (needed,)), *_SCOPE, "note"]
        for key in table:
            if key not in known:
                raise self._error(
                    number, key, f"{key!r} is not known; {verb} has {', '.join(known)}"
                )
        kinds = [key for key in table if key in KINDS]
        if len(kinds) != 1:
            said = f"names {' and '.join(kinds)}" if kinds else "names no entity"
            raise self._error(number, "", f"{said}; give one of {', '.join(KINDS)}")
        [kind] = kinds
        if needed and needed not in table:
            raise self._error(number, "", f"has no {needed}; add a line {_sample(verb)}")
        names = self._names(number, kind, table[kind])
        to, forms = "", tuple[str, ...]()
        if verb == "split":
            forms = self._names(number, "forms", table["forms"])
        elif needed:
            [to, *more] = self._names(number, needed, table[needed])
            if more:
                raise self._error(number, needed, f"{needed} is one name, as in {_sample(verb)}")
            if len(to) > MAX_NAME_CHARS or _CONTROL.search(to):
                said = f"a name has {MAX_NAME_CHARS} characters at most, and no control characters"
                raise self._error(number, needed, said)
        if verb == "retype" and (to not in KINDS or to == "entity"):
            kinds_said = ", ".join(key for key in KINDS if key != "entity")
            raise self._error(number, "to", f"{to!r} is no kind; write one of {kinds_said}")
        if verb == "retype" and to == kind:
            raise self._error(number, "to", f"is a {kind} already; name another kind")
        if verb == "rename" and (len(names) > 1 or names[0] == to):
            said = "one name becomes another; for several write [[merge]]"
            raise self._error(number, kind, said)
        line, note = self._line_of(number, ""), " ".join(self._text_of(number, "note", table))
        return Rule(number, line, verb, kind, names, to, forms, self._scope(number, table), note)

    def _scope(self, number: int, table: Mapping[str, Any]) -> Scope:
        if not any(key in table for key in _SCOPE):
            return EVERYWHERE
        first, last = (self._day(number, key, table.get(key)) for key in ("from", "until"))
        if first is not None and last is not None and first > last:
            raise self._error(number, "until", "until is before from; give the later day there")
        return Scope(
            frozenset(map(folded, self._text_of(number, "source", table))),
            frozenset(map(folded, self._text_of(number, "collection", table))),
            first,
            last,
        )

    def _text_of(self, number: int, key: str, table: Mapping[str, Any]) -> tuple[str, ...]:
        return self._names(number, key, table[key]) if key in table else ()

    def _names(self, number: int, key: str, value: object) -> tuple[str, ...]:
        """Return the names in *value*, one or a list of them, each with single blanks and once."""
        names = [value] if isinstance(value, str) else value
        if (
            not isinstance(names, list)
            or not names
            or not all(isinstance(name, str) and name.strip() for name in names)
        ):
            raise self._error(
                number, key, f'after {key} comes a text in quotation marks, as in {key} = "..."'
            )
        return tuple(dict.fromkeys(" ".join(name.split()) for name in names))

    def _day(self, number: int, key: str, value: object) -> date | None:
        if value is None:
            return None
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            raise self._error(
                number, key, f"{value!s:.40} is no day; write it as in {key} = 1987-03-01"
            ) from None

    def _line_of(self, number: int, key: str) -> int:
        """Return the line of a key of a rule, or of the rule; with 0 for *number*, of a key outside of all."""
        begins = [line for line, _ in self._begins]
        first = begins[number - 1] if 0 < number <= len(begins) else 0
        after = begins[number] if 0 < number < len(begins) else len(self._lines) + 1
        if key:
            pattern = re.compile(rf"""\s*\[*\s*["']?{re.escape(key)}["']?\s*[\].=]""")
            for line in range(first + 1 if first else 1, after):
                if pattern.match(self._lines[line - 1]):
                    return line
        return first or 1

    def _error(self, number: int, key: str, said: str) -> SettingError:
        rule = f"rule {number}: " if number else ""
        return SettingError(f"{self._path}:{self._line_of(number, key)}: {rule}{said}")


def _sample(verb: Verb) -> str:
    if verb == "split":
        return 'forms = ["Reagan"]'
    return 'to = "place"' if verb == "retype" else f'{_VERBS[verb]} = "Joe Biden"'
