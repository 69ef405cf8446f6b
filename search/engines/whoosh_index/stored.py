"""Articles as they are stored: one compressed frame each, with a dictionary shared by neighbours.

A dictionary trained on a segment's own articles compresses one article as well as sixteen of them
together, and a page of hits unpacks ten articles, not ten blocks (Reuters-21578: 0.33 of the size at
5 microseconds an article, against 0.37 and 26 for blocks of sixteen). Merging copies frames and
dictionaries as they are.
"""

from __future__ import annotations

import itertools
import json
import struct
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from search.article import Article, Entities, Entity
from search.engines.whoosh_index.columns import (
    Array,
    ColumnFile,
    Ints,
    StringColumn,
    bytes_columns,
    narrowed,
    runs,
    starts_of,
)
from search.errors import IndexDamaged

if TYPE_CHECKING:
    import zstandard

_LEVEL = 3
_DICTIONARY_BYTES = 112_640
#: Fewer articles are compressed without a dictionary: there is not enough to learn from.
_MIN_TRAINED = 256
#: Articles that a dictionary is trained on; more take longer and bring nothing.
_SAMPLES = 1000
#: No frame of ours is larger: an altered length must not ask for all memory.
_MAX_FRAME_BYTES = 1 << 30
#: Bytes of the JSON, then of the title; JSON, title and body follow.
_LENGTHS = struct.Struct("<II")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: What a date column holds for an undated article.
UNDATED = np.iinfo(np.int64).min


def to_microseconds(instant: datetime) -> int:
    """Return microseconds since 1970-01-01T00:00Z, negative before."""
    return (instant - _EPOCH) // timedelta(microseconds=1)


def from_microseconds(microseconds: int) -> datetime:
    """Return the aware UTC instant of a date column's value (not of `UNDATED`)."""
    return _EPOCH + timedelta(microseconds=microseconds)


_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def encode(article: Article) -> bytes:
    """Return *article* as bytes; `decode` gives it back unchanged."""
    fields: dict[str, object] = {"id": article.article_id}
    if article.authors:
        fields["authors"] = article.authors
    if article.published is not None:
        fields["published"] = to_microseconds(article.published)
        fields["precision"] = article.published_precision
        fields["published_from"] = article.published_from
    for name in ("byline", "source", "section", "language", "url"):
        if value := getattr(article, name):
            fields[name] = value
    if article.entities:
        fields["people"] = _pairs(article.entities.people)
        fields["organisations"] = _pairs(article.entities.organisations)
        fields["places"] = _pairs(article.entities.places)
    head = _to_json(fields).encode()
    title = article.title.encode()
    return b"".join((_LENGTHS.pack(len(head), len(title)), head, title, article.body.encode()))


def decode(text: bytes) -> Article:
    """Return the article that `encode` was given."""
    head_bytes, title_bytes = _LENGTHS.unpack_from(text)
    title_at = _LENGTHS.size + head_bytes
    body_at = title_at + title_bytes
    fields = json.loads(text[_LENGTHS.size : title_at])
    published = fields.get("published")
    return Article(
        article_id=fields["id"],
        title=text[title_at:body_at].decode(),
        body=text[body_at:].decode(),
        authors=tuple(fields.get("authors", ())),
        byline=fields.get("byline", ""),
        published=None if published is None else from_microseconds(published),
        published_precision=fields.get("precision", ""),
        published_from=fields.get("published_from", ""),
        source=fields.get("source", ""),
        section=fields.get("section", ""),
        language=fields.get("language", ""),
        url=fields.get("url", ""),
        entities=Entities(
            people=_entities(fields.get("people", ())),
            organisations=_entities(fields.get("organisations", ())),
            places=_entities(fields.get("places", ())),
        ),
    )


def _pairs(entities: tuple[Entity, ...]) -> list[tuple[str, int]]:
    return [(entity.name, entity.mentions) for entity in entities]


def _entities(pairs: Iterable[tuple[str, int]]) -> tuple[Entity, ...]:
    return tuple(Entity(name, mentions) for name, mentions in pairs)


@dataclass(slots=True)
class PackedArticles:
    """Compressed articles: frames one after another, and the dictionary of each (0: none).

    Dictionary n is ``dictionaries[n - 1]``.
    """

    frames: bytes
    lengths: Ints
    dictionary: Ints
    dictionaries: list[bytes]

    def columns(self) -> dict[str, Array]:
        return {
            "articles.bytes": np.frombuffer(self.frames, np.uint8),
            "articles.starts": narrowed(starts_of(self.lengths)),
            "articles.dictionary": narrowed(self.dictionary),
            **bytes_columns("dictionaries", self.dictionaries),
        }


def pack(texts: Sequence[bytes]) -> PackedArticles:
    """Compress encoded articles, training a dictionary on some of them where there are enough."""
    import zstandard

    dictionaries: list[bytes] = []
    trained = None
    if len(texts) >= _MIN_TRAINED:
        # Spread over all of them, and the same for the same articles.
        samples = texts[:: -(-len(texts) // _SAMPLES)]
        try:
            trained = zstandard.train_dictionary(_DICTIONARY_BYTES, list(samples))
        except zstandard.ZstdError:  # too little in them to learn from
            trained = None
    if trained is not None:
        dictionaries.append(trained.as_bytes())
    compressor = zstandard.ZstdCompressor(level=_LEVEL, dict_data=trained, write_checksum=True)
    frames = [compressor.compress(text) for text in texts]
    return PackedArticles(
        b"".join(frames),
        np.array([len(frame) for frame in frames], np.int64),
        np.full(len(frames), len(dictionaries), np.int64),
        dictionaries,
    )


def joined(parts: Sequence[PackedArticles]) -> PackedArticles:
    """Return the articles of *parts* one after another, compressed as they were."""
    dictionaries: list[bytes] = []
    numbers: list[Ints] = []
    for part in parts:
        numbers.append(np.where(part.dictionary, part.dictionary + len(dictionaries), 0))
        dictionaries += part.dictionaries
    return _trained(
        PackedArticles(
            b"".join(part.frames for part in parts),
            np.concatenate([part.lengths for part in parts]),
            np.concatenate(numbers),
            dictionaries,
        )
    )


def _trained(packed: PackedArticles) -> PackedArticles:
    """Compress articles without a dictionary anew with one, once there are enough of them."""
    import zstandard

    plain = np.flatnonzero(packed.dictionary == 0)
    if len(plain) < _MIN_TRAINED:
        return packed
    edges = starts_of(packed.lengths).tolist()
    frames = [packed.frames[a:b] for a, b in itertools.pairwise(edges)]
    decompressor = zstandard.ZstdDecompressor()
    again = pack([decompressor.decompress(frames[number]) for number in plain.tolist()])
    at = 0
    for number, length in zip(plain.tolist(), again.lengths.tolist(), strict=True):
        frames[number] = again.frames[at : at + length]
        at += length
    dictionary = packed.dictionary.copy()
    dictionary[plain] = np.where(again.dictionary, len(packed.dictionaries) + 1, 0)
    lengths = packed.lengths.copy()
    lengths[plain] = again.lengths
    return PackedArticles(
        b"".join(frames), lengths, dictionary, [*packed.dictionaries, *again.dictionaries]
    )


class StoredArticles:
    """The articles of one segment, by document number. Safe to use from several threads."""

    def __init__(self, file: ColumnFile) -> None:
        self._path = file.path
        self._bytes = file.bytes_of("articles.bytes")
        self._starts = file["articles.starts"]
        self._dictionary = file["articles.dictionary"]
        self._dictionaries = StringColumn(file, "dictionaries")
        self._local = threading.local()

    def __getitem__(self, document: int) -> Article:
        frame = self._bytes[int(self._starts[document]) : int(self._starts[document + 1])]
        return decode(self._unpacked(frame, int(self._dictionary[document])))

    def _unpacked(self, frame: memoryview, dictionary: int) -> bytes:
        import zstandard

        try:
            if not 0 <= zstandard.frame_content_size(frame) <= _MAX_FRAME_BYTES:
                raise IndexDamaged(f"{self._path}: an article has an absurd size")
            return self._decompressor(dictionary).decompress(frame)
        except zstandard.ZstdError as exc:
            raise IndexDamaged(f"{self._path}: an article cannot be unpacked: {exc}") from exc

    def _decompressor(self, dictionary: int) -> zstandard.ZstdDecompressor:
        """Return this thread's decompressor for a dictionary: they are not safe to share."""
        import zstandard

        known: dict[int, zstandard.ZstdDecompressor] | None = getattr(self._local, "known", None)
        if known is None:
            known = self._local.known = {}
        decompressor = known.get(dictionary)
        if decompressor is None:
            trained = None
            if dictionary:
                trained = zstandard.ZstdCompressionDict(self._dictionaries.raw(dictionary - 1))
            decompressor = known[dictionary] = zstandard.ZstdDecompressor(dict_data=trained)
        return decompressor

    def packed(self, kept: Ints) -> PackedArticles:
        """Return the articles of the documents *kept* as they lie compressed."""
        starts: Ints = self._starts.astype(np.int64)
        lengths = np.diff(starts)[kept]
        every_byte = np.frombuffer(self._bytes, np.uint8)
        whole = len(kept) == len(starts) - 1
        frames = self._bytes if whole else every_byte[runs(starts[kept], lengths)]
        dictionary: Ints = self._dictionary[kept].astype(np.int64)
        dictionaries = [self._dictionaries.raw(n) for n in range(len(self._dictionaries))]
        return PackedArticles(bytes(frames), lengths, dictionary, dictionaries)
