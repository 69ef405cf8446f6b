"""The file of an archivist that says which names of authors are one person: authors.toml, see docs/authors.md."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import NamedTuple

from search.model.errors import SettingError
from search.model.toml_file import toml_table, toml_text

#: A file of half a million names; a longer one is another file.
MAX_FILE_BYTES = 20_000_000

#: The key under which names stand that are no authors.
_NOBODY = "nobody"

_SAMPLE = (
    'a line looks like "Jane Doe" = ["J. Doe", "Doe, Jane"], with names in quotation marks and each name that counts'
    " only once"
)


class _Rule(NamedTuple):
    """One form of a name: the name that counts instead of it ("" for none), and in which sources (all, if empty)."""

    name: str
    sources: frozenset[str]


class AuthorNames:
    """Which names of authors count as which. Empty, it leaves all names as they are."""

    __slots__ = ("_digest", "_rules")

    def __init__(
        self, rules: Mapping[str, tuple[_Rule, ...]] | None = None, digest: str = ""
    ) -> None:
        """*rules* has those of each form as `_folded` makes it; *digest* tells this file from others."""
        self._rules = dict(rules or {})
        self._digest = digest

    def __bool__(self) -> bool:
        return bool(self._rules)

    def __str__(self) -> str:
        return self._digest

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AuthorNames) and self._rules == other._rules

    def __hash__(self) -> int:
        return hash(self._digest)

    def counted(self, names: tuple[str, ...], source: str) -> tuple[str, ...]:
        """Return the names by which *names*, of an article of *source*, are counted, each once and in order."""
        rules = self._rules
        if not rules or not any(_folded(name) in rules for name in names):
            return names
        paper = _folded(source)
        counted = [self._name_for(name, paper) for name in names]
        return tuple(dict.fromkeys(filter(None, counted)))

    def _name_for(self, name: str, source: str) -> str:
        """Return what *name* counts as; a rule for its source goes before one for all."""
        for rule in self._rules.get(_folded(name), ()):
            if not rule.sources or source in rule.sources:
                return rule.name
        return name


#: What is used without a file.
NO_AUTHOR_NAMES = AuthorNames()


def read_author_names(path: str) -> AuthorNames:
    """Return what the file at *path* says; "" is no file.

    Raises `SettingError`, which names the line and what to do, where it cannot be used.
    """
    if not path:
        return NO_AUTHOR_NAMES
    from hashlib import blake2b

    text = toml_text(path, "names of authors", MAX_FILE_BYTES)
    reading = _Reading(path, text)
    for key, value in toml_table(text, path, _SAMPLE).items():
        reading.add(key, value)
    return AuthorNames(reading.rules(), blake2b(text.encode(), digest_size=8).hexdigest())


class _Reading:
    """What a file says, and where it cannot be used."""

    def __init__(self, path: str, text: str) -> None:
        self._path = path
        self._lines = text.splitlines()
        #: Each form -> its rules, with the name as it stands in the file for messages.
        self._rules: dict[str, list[_Rule]] = {}
        self._names: dict[str, str] = {}

    def add(self, key: str, value: object) -> None:
        """Take one key of the file: a name with its forms, a form with its name, or names that are nobody's."""
        if not key.strip():
            raise self._error(key, "a name is blank; write the name, or remove the line")
        if key == _NOBODY:
            for form in self._listed(key, value):
                self._rule(form, _Rule("", frozenset()))
        elif isinstance(value, str):
            self._person(key, value, (key,), ())
        elif isinstance(value, dict):
            if unknown := set(value) - {"also", "source"}:
                raise self._error(
                    unknown.pop(),
                    f"{key!r} has a key that is not known; there are also (its other forms) and source",
                )
            sources = self._listed(key, value.get("source", []))
            self._person(key, key, self._listed(key, value.get("also")), sources)
        else:
            self._person(key, key, self._listed(key, value), ())

    def rules(self) -> dict[str, tuple[_Rule, ...]]:
        """Return the rules, those for a source first. Raises `SettingError` where they contradict each other."""
        for form, rules in self._rules.items():
            if form in self._names and any(_folded(rule.name) != form for rule in rules):
                name = self._names[form]
                raise self._error(
                    name,
                    f"{name!r} is a name that counts and another form of {rules[0].name!r} too;"
                    " list all forms after one name",
                )
        return {
            form: tuple(sorted(rules, key=lambda rule: not rule.sources))
            for form, rules in self._rules.items()
        }

    def _person(
        self, where: str, name: str, forms: tuple[str, ...], sources: tuple[str, ...]
    ) -> None:
        name = " ".join(name.split())
        if not name:
            raise self._error(
                where, f"the name that counts for {where!r} is blank; list it under {_NOBODY}"
            )
        self._names[_folded(name)] = name
        for form in forms:
            self._rule(form, _Rule(name, frozenset(map(_folded, sources))))

    def _rule(self, form: str, rule: _Rule) -> None:
        known = self._rules.setdefault(_folded(form), [])
        for other in known:
            is_met = not (other.sources or rule.sources) or bool(other.sources & rule.sources)
            if is_met and other.name != rule.name:
                names = " and ".join(repr(n) if n else "nobody" for n in (other.name, rule.name))
                raise self._error(
                    form, f"{form!r} stands for {names}; keep one, or give each another source"
                )
        known.append(rule)

    def _listed(self, where: str, value: object) -> tuple[str, ...]:
        """Return the names in *value*, one or a list of them."""
        names = [value] if isinstance(value, str) else value
        if not isinstance(names, list) or not all(isinstance(n, str) and n.strip() for n in names):
            raise self._error(
                where,
                f"after {where!r} comes a list of names in quotation marks:"
                f' "{where}" = ["J. Doe", "Doe, Jane"]',
            )
        return tuple(names)

    def _error(self, name: str, said: str) -> SettingError:
        """Return the error *said*, with the last line in which *name* stands."""
        at = [number for number, line in enumerate(self._lines, 1) if name and name in line]
        where = f"{self._path}:{at[-1]}" if at else self._path
        return SettingError(f"{where}: {said}")


def _folded(name: str) -> str:
    """Return *name* as names are compared: without case, and with single blanks."""
    folded = " ".join(name.casefold().split())
    return folded if folded.isascii() else unicodedata.normalize("NFC", folded)
