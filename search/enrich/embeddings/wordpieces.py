"""How the models cut texts: into the pieces of words that BERT's list has, in lower case and without accents."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib.resources import files

#: As the list has them: what is in it nowhere, what stands before a text, what stands after it, what fills up.
UNKNOWN, FIRST, LAST, FILLING = 100, 101, 102, 0

#: Longer words are unknown.
_MAX_CHARS = 100
#: Words whose pieces are remembered.
_MAX_WORDS = 200_000
#: Chinese characters are words of their own.
_WORD = re.compile(
    r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]|[^\W_\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+|[^\w\s]|_"
)


@cache
def _numbers() -> dict[str, int]:
    lines = (files(__package__) / "wordpieces.list").read_text("utf-8").split("\n")
    return {piece: number for number, piece in enumerate(lines) if piece}


class WordPieces:
    """Cuts texts; remembers what it has cut."""

    def __init__(self) -> None:
        """Read the list."""
        self._numbers = _numbers()
        self._known: dict[str, list[int]] = {}

    def cut(self, text: str, most: int) -> list[int]:
        """Return the numbers of the first pieces of *text*, at most *most*."""
        text = unicodedata.normalize("NFC", text).lower()
        if not text.isascii():
            text = "".join(
                c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) != "Mn"
            )
        found: list[int] = []
        for match in _WORD.finditer(text):
            found += self._pieces(match[0])
            if len(found) >= most:
                return found[:most]
        return found

    def _pieces(self, word: str) -> list[int]:
        known = self._known.get(word)
        if known is None:
            if len(self._known) >= _MAX_WORDS:
                self._known.clear()
            known = self._known[word] = list(self._longest(word))
        return known

    def _longest(self, word: str) -> list[int]:
        """Return the longest piece that *word* begins with, then that of the rest, and so on."""
        if len(word) > _MAX_CHARS:
            return [UNKNOWN]
        found: list[int] = []
        at, before = 0, ""
        while at < len(word):
            end = len(word)
            while end > at and before + word[at:end] not in self._numbers:
                end -= 1
            if end == at:
                return [UNKNOWN]
            found.append(self._numbers[before + word[at:end]])
            at, before = end, "##"
        return found
