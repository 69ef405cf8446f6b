"""The Whoosh schema of the index: what Whoosh's own tools see when they open it."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from whoosh.analysis import Analyzer, Token
from whoosh.fields import DATETIME, ID, TEXT, Schema
from whoosh.formats import Positions

from search.text.words import stem, tokens

_COUNT = struct.Struct("<I")


class WordAnalyzer(Analyzer):
    """`search.text.words` as a Whoosh analyzer: stems, or the exact forms."""

    def __init__(self, *, stemmed: bool) -> None:
        self.stemmed = stemmed

    def __call__(
        self, value: str, positions: bool = False, chars: bool = False, **_: object
    ) -> Iterator[Token]:
        # Whoosh's own analyzers yield one Token object again and again; its callers count on nothing else.
        words = tokens(value)
        for position, form in enumerate(words.forms):
            token = Token(positions, chars)
            token.text = stem(form) if self.stemmed else form
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


#: Whoosh field -> where its words are. ``text`` is what a bare word searches; ``*_exact`` are unstemmed.
VIEWS = {
    "text": View("text", None, True),
    "text_exact": View("text", None, False),
    "title": View("text", ("title",), True),
    "title_exact": View("text", ("title",), False),
    "body": View("text", ("body",), True),
    "body_exact": View("text", ("body",), False),
    "authors": View("author", None, False),
    "people": View("person", None, False),
    "organisations": View("org", None, False),
    "places": View("place", None, False),
    "entities": View("text", ("person", "org", "place"), False),
    "source": View("source", None, False),
    "section": View("section", None, False),
    "language": View("lang", None, False),
    "url": View("url", None, False),
}


#: Views that no part of the stored article is; the others are stored under their names.
_NOT_STORED = ("text", "text_exact", "title_exact", "body_exact", "entities")


def index_schema() -> Schema:
    """Return the schema that the table of contents holds."""
    fields: dict[str, Any] = {
        "id": ID(unique=True, stored=True),
        "date": DATETIME(sortable=True, stored=True),
    }
    for name, view in VIEWS.items():
        analyzer = WordAnalyzer(stemmed=view.stemmed)
        field = TEXT(analyzer=analyzer, phrase=True, stored=name not in _NOT_STORED)
        field.format = PlainPositions()
        fields[name] = field
    return Schema(**fields)
