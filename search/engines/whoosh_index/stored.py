"""Articles as they are stored: one JSON object each, compressed in blocks of neighbours."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np

from search.article import Article, Entities, Entity
from search.engines.whoosh_index.columns import Array, ColumnFile, narrowed
from search.errors import IndexDamaged

#: Articles compressed together: enough for the compressor to learn from, few enough that a page of
#: hits does not unpack thousands (columnar-whoosh: 0.2 ms for the ten articles of a page).
BLOCK_ARTICLES = 16
_LEVEL = 3
#: No block of ours is larger: an altered length must not ask for all memory.
_MAX_BLOCK_BYTES = 1 << 30

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: What a date column holds for an undated article.
UNDATED = np.iinfo(np.int64).min


def to_microseconds(instant: datetime) -> int:
    """Return microseconds since 1970-01-01T00:00Z, negative before."""
    return (instant - _EPOCH) // timedelta(microseconds=1)


def from_microseconds(microseconds: int) -> datetime:
    """Return the aware UTC instant of a date column's value (not of `UNDATED`)."""
    return _EPOCH + timedelta(microseconds=microseconds)


def encode(article: Article) -> bytes:
    """Return *article* as JSON, leaving out what is empty; `decode` gives it back unchanged."""
    fields = {
        "id": article.article_id,
        "title": article.title,
        "body": article.body,
        "authors": article.authors,
        "byline": article.byline,
        "published": None if article.published is None else to_microseconds(article.published),
        "precision": article.published_precision,
        "published_from": article.published_from,
        "source": article.source,
        "section": article.section,
        "language": article.language,
        "url": article.url,
        "people": _pairs(article.entities.people),
        "organisations": _pairs(article.entities.organisations),
        "places": _pairs(article.entities.places),
    }
    kept = {name: value for name, value in fields.items() if value not in ("", (), [], None)}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode()


def decode(text: bytes) -> Article:
    """Return the article that `encode` was given."""
    fields = json.loads(text)
    published = fields.get("published")
    return Article(
        article_id=fields["id"],
        title=fields.get("title", ""),
        body=fields.get("body", ""),
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


class _Decompressors(threading.local):
    """One decompressor a thread: they are not safe to share."""

    def __init__(self) -> None:
        import zstandard

        self.decompressor = zstandard.ZstdDecompressor()
        self.content_size = zstandard.frame_content_size
        self.error = zstandard.ZstdError


@cache
def _decompressors() -> _Decompressors:
    return _Decompressors()


def article_columns(texts: Iterable[bytes]) -> dict[str, Array]:
    """Return the columns that store the encoded articles *texts*, in their order."""
    import zstandard

    compressor = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True)
    blocks: list[bytes] = []
    lengths: list[int] = []
    block: list[bytes] = []
    for text in texts:
        block.append(text)
        lengths.append(len(text))
        if len(block) == BLOCK_ARTICLES:
            blocks.append(compressor.compress(b"".join(block)))
            block = []
    if block:
        blocks.append(compressor.compress(b"".join(block)))
    starts = np.cumsum([0, *map(len, blocks)], dtype=np.int64)
    return {
        "articles.bytes": np.frombuffer(b"".join(blocks), np.uint8),
        "articles.blocks": narrowed(starts),
        "articles.lengths": narrowed(np.array(lengths, np.int64)),
    }


class StoredArticles:
    """The articles of one segment, by document number."""

    def __init__(self, file: ColumnFile) -> None:
        self._path = file.path
        self._bytes = file.bytes_of("articles.bytes")
        self._blocks = file["articles.blocks"]
        self._lengths = file["articles.lengths"]

    def _block(self, number: int) -> bytes:
        packed = self._bytes[int(self._blocks[number]) : int(self._blocks[number + 1])]
        zstd = _decompressors()
        try:
            if not 0 <= zstd.content_size(packed) <= _MAX_BLOCK_BYTES:
                raise IndexDamaged(
                    f"{self._path}: block {number} of the articles has an absurd size"
                )
            return zstd.decompressor.decompress(packed)
        except zstd.error as exc:
            raise IndexDamaged(f"{self._path}: block {number} of the articles: {exc}") from exc

    def encoded(self, document: int) -> bytes:
        """Return the JSON of one article."""
        first = document - document % BLOCK_ARTICLES
        start = int(self._lengths[first:document].sum())
        block = self._block(document // BLOCK_ARTICLES)
        return block[start : start + int(self._lengths[document])]

    def all_encoded(self) -> Iterator[bytes]:
        """Yield the JSON of every article, each block unpacked once."""
        lengths = self._lengths.tolist()
        for number in range(len(self._blocks) - 1):
            block = self._block(number)
            at = 0
            for length in lengths[number * BLOCK_ARTICLES : (number + 1) * BLOCK_ARTICLES]:
                yield block[at : at + length]
                at += length

    def __getitem__(self, document: int) -> Article:
        return decode(self.encoded(document))
