"""The file of words that mean the same: synonyms.toml, see docs/words.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Final

from search.model.errors import SettingError
from search.model.toml_file import toml_table, toml_text
from search.text.stems import ENGLISH, stem
from search.text.words import tokens

#: A list of ten thousand groups; a longer file is another one.
MAX_FILE_BYTES = 2_000_000
#: Groups and rules that a file has at most, names in each, and words in a name.
MAX_GROUPS, MAX_NAMES, MAX_WORDS = 20_000, 100, 8

_SAMPLE = (
    'groups stand in a list, same = [["car", "automobile"], ["UN", "United Nations"]], and what is meant one way only'
    ' below a line [also], such as vehicle = ["car", "lorry"]'
)

#: A word or several in a row, folded.
Forms = tuple[str, ...]


def key_of(forms: Sequence[str], language: str = ENGLISH) -> Forms:
    """Return what is alike for all forms of these words in a language, as it is for a query without quotes."""
    return tuple([stem(form, language) for form in forms])


class SynonymTable:
    """Which words stand for which others, whatever forms they have in some languages."""

    def __init__(
        self,
        synonyms: Mapping[Forms, Iterable[Forms]],
        languages: tuple[str, ...] = (ENGLISH,),
    ) -> None:
        """*synonyms* has those of some words, in the order in which they are given; *languages* are of `search.text.stems`."""
        self._synonyms: Final = synonyms
        self.languages: Final = languages
        #: How many words in a row have synonyms at most.
        self.longest: Final = max(map(len, synonyms), default=0)

    def in_languages(self, languages: tuple[str, ...]) -> SynonymTable:
        """Return the same for forms in other *languages*."""
        return self if languages == self.languages else SynonymTable(self._synonyms, languages)

    @cached_property
    def _of_key(self) -> dict[tuple[str, Forms], list[Forms]]:
        found: dict[tuple[str, Forms], list[Forms]] = {}
        for language in self.languages:
            for forms, synonyms in self._synonyms.items():
                found.setdefault((language, key_of(forms, language)), []).extend(synonyms)
        return found

    def of(self, forms: Sequence[str]) -> tuple[Forms, ...]:
        """Return the synonyms of one or several words in a row, each once; none of them is a form of these."""
        found: dict[Forms, None] = {}
        for language in self.languages:
            key = key_of(forms, language)
            synonyms = self._of_key.get((language, key), ())
            found |= {each: None for each in synonyms if key_of(each, language) != key}
        return tuple(found)


NO_SYNONYMS: Final = SynonymTable({})


def read_synonyms(path: str) -> SynonymTable:
    """Return what the file at *path* says. Raises `SettingError`, which names the line and what to do."""
    text = toml_text(path, "synonyms", MAX_FILE_BYTES)
    return _Reading(path, text).table(toml_table(text, path, _SAMPLE))


class _Reading:
    """What a file says, and where it cannot be used."""

    def __init__(self, path: str, text: str) -> None:
        self._path = path
        self._lines = text.splitlines()
        self._found: dict[Forms, dict[Forms, None]] = {}

    def table(self, toml: Mapping[str, Any]) -> SynonymTable:
        if unknown := set(toml) - {"same", "also"}:
            name = min(unknown)
            raise self._error(name, f"{name!r} is not known here; {_SAMPLE}")
        same, also = toml.get("same", []), toml.get("also", {})
        if not isinstance(same, list) or not isinstance(also, dict):
            raise self._error("same" if isinstance(also, dict) else "also", _SAMPLE)
        if len(same) + len(also) > MAX_GROUPS:
            raise self._error("", f"more than {MAX_GROUPS:,} groups; is it the right file?")
        for group in same:
            names = list(self._names("same", group))
            if len({key_of(forms) for forms in names}) < 2:
                said = "a group needs two names or more that are not forms of one word"
                raise self._error(group[0] if group else "same", said)
            for forms in names:
                self._add(forms, names)
        for name, synonyms in also.items():
            (forms,) = self._names(name, [name])
            self._add(forms, self._names(name, synonyms))
        return SynonymTable(self._found)

    def _add(self, forms: Forms, synonyms: Iterable[Forms]) -> None:
        found = self._found.setdefault(forms, {})
        found |= {each: None for each in synonyms if each != forms}

    def _names(self, where: str, value: object) -> Iterator[Forms]:
        """Yield the words of each name in a list. Raises `SettingError` where it is none, or too long."""
        if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
            raise self._error(where, f"after {where!r} comes a list of names in quotes; {_SAMPLE}")
        if len(value) > MAX_NAMES:
            raise self._error(value[0], f"more than {MAX_NAMES} names in one list; make it shorter")
        for name in value:
            forms = tuple(tokens(name).forms)
            if not forms:
                raise self._error(name, f"{name!r} holds no word; write a word, or remove it")
            if len(forms) > MAX_WORDS:
                raise self._error(name, f"{name!r} has more than {MAX_WORDS} words; shorten it")
            yield forms

    def _error(self, name: str, said: str) -> SettingError:
        """Return the error *said*, with the last line in which *name* stands."""
        at = [number for number, line in enumerate(self._lines, 1) if name and name in line]
        where = f"{self._path}:{at[-1]}" if at else self._path
        return SettingError(f"{where}: {said}")
