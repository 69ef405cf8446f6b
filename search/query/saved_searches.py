"""The saved searches that settings name, read when the first is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from search.model.fields import FIELDS, FieldTable
from search.model.settings import Settings
from search.query.context import SavedText
from search.query.saved import key_of, path_of, text_of


class SavedSearches(Mapping[str, SavedText]):
    """The saved searches that *settings* name, by `key_of` their names.

    Their file is read when the first is asked for; whatever asks for one raises as `read_saved`.
    """

    def __init__(self, settings: Settings, fields: FieldTable = FIELDS) -> None:
        self._settings = settings
        self._fields = fields

    @cached_property
    def _texts(self) -> dict[str, SavedText]:
        from search.query.saved_file import read_saved  # few queries name one

        path = path_of(self._settings)
        found = read_saved(path, self._fields) if path else ()
        return {search.key: text_of(search.question) for search in found}

    def __getitem__(self, name: str) -> SavedText:
        return self._texts[key_of(name)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)
