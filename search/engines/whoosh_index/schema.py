"""The Whoosh schema of the index: what Whoosh's own tools see when they open it."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from whoosh.analysis import Analyzer, Token
from whoosh.fields import DATETIME, ID, TEXT, Schema
from whoosh.formats import Positions

from search.model.fields import FIELDS
from search.text.stems import ENGLISH, stem
from search.text.words import tokens

_COUNT = struct.Struct("<I")


class WordAnalyzer(Analyzer):
    """`search.text.words` as a Whoosh analyzer: stems, or the exact forms."""

    #: The language of stems; English in a table of contents that was written before they had any.
    language = ENGLISH

    def __init__(self, *, stemmed: bool, language: str = ENGLISH) -> None:
        self.stemmed = stemmed
        self.language = language

    def __call__(
        self, value: str, positions: bool = False, chars: bool = False, **_: object
    ) -> Iterator[Token]:
        # Whoosh's own analyzers yield one Token object again and again; its callers count on nothing else.
        words = tokens(value)
        for position, form in enumerate(words.forms):
            token = Token(positions, chars)
            token.text = stem(form, self.language) if self.stemmed else form
            token.boost = 1.0
            token.stopped = False
            if positions:
                token.pos = position
            if chars:
                token.startchar, token.endchar = words.starts[position], words.ends[position]
            yield token


class PlainPositions(Positions):
    """Whoosh's positions without its pickle: a count and the positions, little-endian 32-bit numbers."""

    def encode(self, poslist: Sequence[int]) -> bytes:
        return struct.pack(f"<{len(poslist) + 1}I", len(poslist), *poslist)

    def decode_positions(self, valuestring: bytes) -> list[int]:
        count = self.decode_frequency(valuestring)
        return list(struct.unpack_from(f"<{count}I", valuestring, _COUNT.size))

    def decode_frequency(self, valuestring: bytes) -> int:
        count: int = _COUNT.unpack_from(valuestring)[0]
        return count


@dataclass(frozen=True, slots=True)
class View:
    """A Whoosh field as a view of our columns: a family, fields of it (None: all), stems or forms."""

    family: str
    fields: tuple[str, ...] | None
    stemmed: bool


def _views() -> Iterator[tuple[str, View]]:
    yield "text", View("text", None, True)
    yield "text_exact", View("text", None, False)
    for row in FIELDS.of_kind("text"):
        yield row.key, View("text", (row.name,), True)
        yield row.key + "_exact", View("text", (row.name,), False)
    for row in FIELDS.of_kind("names", "filter"):
        yield row.key, View(row.name, None, False)
    for group in FIELDS.groups:
        yield FIELDS.group_aliases[group][0], View(group, None, False)


#: Whoosh field -> where its words are. ``text`` is what a bare word searches; ``*_exact`` are unstemmed.
VIEWS = dict(_views())

#: Views that are a part of the stored article; they are stored under their names.
STORED = frozenset(row.key for row in FIELDS.queried)


def index_schema(language: str = ENGLISH) -> Schema:
    """Return the schema that the table of contents holds; what is asked through Whoosh has the stems of *language*."""
    fields: dict[str, Any] = {
        "id": ID(unique=True, stored=True),
        "date": DATETIME(sortable=True, stored=True),
    }
    for name, view in VIEWS.items():
        analyzer = WordAnalyzer(stemmed=view.stemmed, language=language)
        field = TEXT(analyzer=analyzer, phrase=True, stored=name in STORED)
        field.format = PlainPositions()
        fields[name] = field
    return Schema(**fields)
