"""Articles as they are stored: one compressed frame each, with a dictionary shared by neighbours.

A dictionary trained on a segment's own articles compresses one article better than sixteen of them
compress together, and a page of hits unpacks ten articles, not ten blocks (20,000 articles of
benchmarks.speed_corpus: 0.37 of the size at 7 microseconds an article, against 0.44 and 62 a block).
Merging copies frames and dictionaries as they are, and compresses anew what has no dictionary.

Longer than most files: the bytes of an article, and all that packs and unpacks them, are one format.
"""

from __future__ import annotations

import json
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from search.engines.whoosh_index.format.columns import (
    Column,
    ColumnFile,
    StringColumn,
    bytes_columns,
    damaged,
)
from search.model.article import ENTITY_KINDS, Article, Document, Enrichment, Entities, Entity
from search.model.fields import FieldTable
from search.text.arrays import Ints, Numbers, indices_of, narrowed, starts_of

if TYPE_CHECKING:
    import zstandard

#: Of articles of 2.3 KB a third of the size is left (0.334); 0.347 with a dictionary of 512 KB, 0.375 with one of
#: 110 KB.
_MAX_DICTIONARY_BYTES = 1 << 20
#: A dictionary is at most so small a part of what it is trained on: it is stored too.
_DICTIONARY_SHARE = 8
#: Fewer articles are compressed without a dictionary: there is not enough to learn from.
_MIN_TRAINED = 256
#: Articles that a dictionary is trained on; more take longer and bring nothing.
_SAMPLES = 4000
#: Bytes of articles that it is trained on when segments are merged: twice what the largest one needs. Of
#: longer articles it is trained on the beginnings.
_MAX_SAMPLE_BYTES = 2 * _MAX_DICTIONARY_BYTES * _DICTIONARY_SHARE
#: Where the dictionary's parts are taken from: runs of so many bytes, found by substrings of so many.
#: Given these, training takes a fifth of the time that finding better ones would (0.17 s for 0.89).
_RUN, _SUBSTRING = 1000, 8
#: Articles that one dictionary serves before another is trained; and bytes of articles that wait for one.
_MAX_USED = 1 << 16
_MAX_WAITING = 16 << 20
#: No frame of ours is larger: an altered length must not ask for all memory.
_MAX_FRAME_BYTES = 1 << 30
#: Bytes of the enrichment, of the head and of the title; these and the body follow.
LENGTHS = struct.Struct("<III")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: What a date column holds for an undated article.
UNDATED = np.iinfo(np.int64).min


def to_microseconds(instant: datetime) -> int:
    """Return microseconds since 1970-01-01T00:00Z, negative before."""
    return (instant - _EPOCH) // timedelta(microseconds=1)


def from_microseconds(microseconds: int) -> datetime:
    """Return the aware UTC instant of a date column's value (not of `UNDATED`)."""
    return _EPOCH + timedelta(0, 0, microseconds)  # by name it would take half as long again


_quoted = json.encoder.encode_basestring
_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def article_part(text: bytes) -> bytes:
    """Return what of *text*, made by `Records.encode`, is of the article; equal parts decode to equal articles."""
    enrichment_bytes, head_bytes, title_bytes = LENGTHS.unpack_from(text)
    return struct.pack("<II", head_bytes, title_bytes) + text[LENGTHS.size + enrichment_bytes :]


#: Half the time of `json.loads`, which also looks for white space around.
_from_json = json.JSONDecoder().raw_decode
_NOT_ENRICHED = Enrichment()


class Records:
    """Documents as bytes and back, by a field table: what an article has in a field is under the field's key."""

    def __init__(self, fields: FieldTable) -> None:
        self._article = fields.article
        apart = ("title", "body", "published")
        rows = [row for row in fields if not row.is_entity and row.key not in apart]
        self._keys = [(row.key, row.is_listed) for row in rows]
        self._listed = frozenset(row.key for row in rows if row.is_listed)
        self._known = frozenset(row.key for row in rows)

    def encode(self, document: Document) -> bytes:
        """Return article and enrichment of *document* as bytes; `decode` gives them back unchanged."""
        article, enrichment = document.article, document.enrichment
        # An id needs no escapes. One call of the JSON encoder for all of it took twice as long.
        head = f'{{"id":"{article.article_id}"'
        if article.published is not None:
            head += (
                f',"published":{to_microseconds(article.published)}'
                f',"precision":"{article.published_precision}"'
            )
        for key, is_listed in self._keys:
            if value := getattr(article, key):
                text = f"[{','.join(map(_quoted, value))}]" if is_listed else _quoted(value)
                head += f',"{key}":{text}'
        found = _encoded_enrichment(enrichment)
        encoded, title = (head + "}").encode(), article.title.encode()
        lengths = LENGTHS.pack(len(found), len(encoded), len(title))
        return b"".join((lengths, found, encoded, title, article.body.encode()))

    def decode(self, text: bytes) -> tuple[Article, Enrichment]:
        """Return the article and the enrichment that `encode` was given.

        What was in a field that the table has no more is left out.
        """
        enrichment_bytes, head_bytes, title_bytes = LENGTHS.unpack_from(text)
        head_at = LENGTHS.size + enrichment_bytes
        title_at = head_at + head_bytes
        body_at = title_at + title_bytes
        head, _ = _from_json(text[head_at:title_at].decode())
        article_id, published = head.pop("id"), head.pop("published", None)
        precision = head.pop("precision", "")
        for key in self._listed & head.keys():
            head[key] = tuple(head[key])
        if not head.keys() <= self._known:
            head = {key: value for key, value in head.items() if key in self._known}
        article = self._article(
            article_id=article_id,
            title=text[title_at:body_at].decode(),
            body=text[body_at:].decode(),
            published=None if published is None else from_microseconds(published),
            published_precision=precision,
            **head,
        )
        if not enrichment_bytes:
            return article, _NOT_ENRICHED
        found, _ = _from_json(text[LENGTHS.size : head_at].decode())
        return article, Enrichment(entities_of(found), found["tagger"])


def _encoded_enrichment(enrichment: Enrichment) -> bytes:
    """Return *enrichment* as a JSON object, nothing where nothing was found out."""
    if not enrichment.tagger and not enrichment.entities:
        return b""
    fields: dict[str, object] = {"tagger": enrichment.tagger}
    for kind in ENTITY_KINDS:
        fields[kind] = [(e.name, e.mentions) for e in getattr(enrichment.entities, kind)]
    return _to_json(fields).encode()


def entities_of(found: dict[str, list[tuple[str, int]]]) -> Entities:
    """Return the entities that were stored as a list of names and mentions for each kind."""
    return Entities(*[tuple([Entity(name, n) for name, n in found[kind]]) for kind in ENTITY_KINDS])


@dataclass(slots=True)
class PackedArticles:
    """Compressed articles: frames one after another, and the dictionary of each (0: none).

    Dictionary n is ``dictionaries[n - 1]``.
    """

    #: Several frames each; `columns` gives them away.
    frames: list[bytes | memoryview]
    lengths: Ints
    dictionary: Ints
    dictionaries: list[bytes]

    def columns(self) -> dict[str, Column]:
        return {
            "articles.bytes": self._given(),
            "articles.starts": narrowed(starts_of(self.lengths)),
            "articles.dictionary": narrowed(self.dictionary),
            **bytes_columns("dictionaries", self.dictionaries),
        }

    def single_frames(self) -> Iterator[bytes | memoryview]:
        """Give the frame of each article, as a view of where it lies."""
        lengths = iter(self.lengths.tolist())
        for frames in self.frames:
            view, at = memoryview(frames), 0
            while at < len(view):
                length = next(lengths)
                yield view[at : at + length]
                at += length

    def _given(self) -> Iterator[Numbers]:
        yield np.zeros(0, np.uint8)
        self.frames.reverse()
        while self.frames:
            yield np.frombuffer(self.frames.pop(), np.uint8)


class Trained:
    """A compressor with a dictionary made of some articles, for those and for others like them."""

    def __init__(self, texts: Sequence[bytes]) -> None:
        """Train on *texts*; where there is too little in them to learn from do without a dictionary."""
        import zstandard

        trained = None
        if texts:
            # Spread over all of them, and the same for the same articles.
            samples: list[bytes | bytearray | memoryview] = list(
                texts[:: -(-len(texts) // _SAMPLES)]
            )
            size = min(sum(map(len, samples)) // _DICTIONARY_SHARE, _MAX_DICTIONARY_BYTES)
            with suppress(zstandard.ZstdError):
                trained = zstandard.train_dictionary(size, samples, k=_RUN, d=_SUBSTRING)
        self.dictionaries = [] if trained is None else [trained.as_bytes()]
        self.has_dictionary = trained is not None
        self.used = 0
        # As quick as level 3, whose tables are too small for such a dictionary, and 3 % smaller. The
        # frame need not name the dictionary, which its document does.
        parameters = zstandard.ZstdCompressionParameters(
            strategy=zstandard.STRATEGY_DFAST,
            window_log=20,
            hash_log=18,
            chain_log=18,
            min_match=5,
            write_checksum=True,
            write_dict_id=False,
        )
        self._compressor = zstandard.ZstdCompressor(
            dict_data=trained, compression_params=parameters
        )

    def compressed(self, texts: Sequence[bytes]) -> list[bytes]:
        """Return a frame of each of *texts*."""
        self.used += len(texts)
        compress = self._compressor.compress
        return [compress(text) for text in texts]


class Packer:
    """Compresses encoded articles as they come, with a dictionary once there are enough of them."""

    def __init__(self, trained: Trained | None = None) -> None:
        """Begin with what was *trained* on other articles, unless it has served for long."""
        self._trained = trained if trained is not None and trained.used < _MAX_USED else None
        self._is_decided = False
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self._frames: list[bytes | memoryview] = []
        self._lengths: list[int] = []
        self._dictionary: list[int] = []
        self._packed_bytes = 0

    @property
    def trained(self) -> Trained | None:
        """What articles are compressed with, None as long as too few have come."""
        return self._trained

    @property
    def held_bytes(self) -> int:
        return self._waiting_bytes + self._packed_bytes

    def extend(self, texts: Sequence[bytes]) -> None:
        self._waiting += texts
        self._waiting_bytes += sum(map(len, texts))
        enough = _MIN_TRAINED if self._trained else _SAMPLES
        if self._is_decided or len(self._waiting) >= enough or self._waiting_bytes > _MAX_WAITING:
            self._pack()

    def _pack(self) -> None:
        if not self._is_decided and len(self._waiting) >= _MIN_TRAINED:
            self._trained = self._trained or Trained(self._waiting)
            self._is_decided = True
        compressor = self._trained if self._is_decided else None
        frames = (compressor or Trained(())).compressed(self._waiting)
        joined_frames = b"".join(frames)
        self._frames.append(joined_frames)
        self._lengths += map(len, frames)
        self._dictionary += [int(compressor is not None and compressor.has_dictionary)] * len(
            frames
        )
        self._packed_bytes += len(joined_frames) + 100 * len(frames)
        self._waiting, self._waiting_bytes = [], 0

    def packed(self) -> PackedArticles:
        """Return what was taken in."""
        if self._waiting:
            self._pack()
        is_used = any(self._dictionary)
        return PackedArticles(
            self._frames,
            np.array(self._lengths, np.int64),
            np.array(self._dictionary, np.int64),
            self._trained.dictionaries if self._trained and is_used else [],
        )


def pack(texts: Sequence[bytes]) -> PackedArticles:
    """Compress encoded articles."""
    packer = Packer()
    packer.extend(texts)
    return packer.packed()


def joined(parts: Sequence[PackedArticles], paths: Sequence[Path]) -> PackedArticles:
    """Return the articles of *parts*, from the files at *paths*, one after another.

    Compressed as they were, but for those without a dictionary, which get one once there are enough of
    them. Raises `IndexDamaged` where one of these cannot be unpacked.
    """
    dictionaries: dict[bytes, int] = {}
    numbers: list[Ints] = []
    for part in parts:
        # Segments that one run has made share what was trained at its beginning.
        place = [0, *(dictionaries.setdefault(d, len(dictionaries) + 1) for d in part.dictionaries)]
        numbers.append(np.array(place)[part.dictionary])
    every = PackedArticles(
        [frames for part in parts for frames in part.frames],
        np.concatenate([part.lengths for part in parts]),
        np.concatenate(numbers),
        list(dictionaries),
    )
    plain = np.flatnonzero(every.dictionary == 0)
    if len(plain) < _MIN_TRAINED:
        return every
    owner = np.repeat(np.arange(len(parts)), [len(part.lengths) for part in parts])
    return _compressed_anew(every, plain.tolist(), [paths[at] for at in owner[plain].tolist()])


def _compressed_anew(
    packed: PackedArticles, plain: Sequence[int], paths: Sequence[Path]
) -> PackedArticles:
    """Compress the articles *plain*, which have no dictionary, with one that is trained on some of them.

    They lie in the files at *paths*. Unpacked are the beginnings of those that it is trained on, and
    afterwards one article at a time.
    """
    import zstandard

    unpacker = zstandard.ZstdDecompressor()
    frames = list(packed.single_frames())
    found = [(frames[number], path) for number, path in zip(plain, paths, strict=True)]
    sizes = [_unpacked_size(frame, path) for frame, path in found]
    step = -(-len(plain) // _SAMPLES)
    most = _MAX_FRAME_BYTES
    if sum(sizes[::step]) > _MAX_SAMPLE_BYTES:
        most = _MAX_SAMPLE_BYTES // len(sizes[::step])
    samples = []
    for frame, path in found[::step]:
        with _blaming(path), unpacker.stream_reader(frame) as reader:
            samples.append(reader.read(most))
    trained = Trained(samples)
    del samples
    if not trained.has_dictionary:
        return packed
    lengths, dictionary = packed.lengths.copy(), packed.dictionary.copy()
    for number, (frame, path) in zip(plain, found, strict=True):
        with _blaming(path):
            (frames[number],) = trained.compressed([unpacker.decompress(frame)])
        lengths[number] = len(frames[number])
    dictionary[plain] = len(packed.dictionaries) + 1
    return PackedArticles(
        frames, lengths, dictionary, [*packed.dictionaries, *trained.dictionaries]
    )


def _unpacked_size(frame: bytes | memoryview, path: Path) -> int:
    """Return how many bytes a *frame* unpacks to. Raises `IndexDamaged` where it is absurd."""
    import zstandard

    with _blaming(path):
        size = zstandard.frame_content_size(frame)
    if not 0 <= size <= _MAX_FRAME_BYTES:
        raise damaged(path, "an article has an absurd size")
    return size


@contextmanager
def _blaming(path: Path) -> Iterator[None]:
    """Raise `IndexDamaged` of the file at *path* where a frame of it cannot be unpacked."""
    import zstandard

    try:
        yield
    except zstandard.ZstdError as exc:
        raise damaged(path, f"an article cannot be unpacked ({exc})") from exc


class StoredArticles:
    """The articles of one segment, by document number. Safe to use from several threads."""

    def __init__(self, file: ColumnFile, fields: FieldTable) -> None:
        self._records = Records(fields)
        self._path = file.path
        self._bytes = file.bytes_of("articles.bytes")
        self._starts = file["articles.starts"]
        self._dictionary = file["articles.dictionary"]
        self._start_of = self._starts.data  # single numbers come faster out of a memoryview
        self._dictionaries = StringColumn(file, "dictionaries")
        self._local = threading.local()

    def __getitem__(self, document: int) -> tuple[Article, Enrichment]:
        with self._reading():
            return self._records.decode(self._unpacked(document))

    def is_same(self, document: int, others: StoredArticles, other: int) -> bool:
        """Whether the article of *document* is that of document *other* of *others*."""
        with self._reading():
            part = article_part(self._unpacked(document))
        with others._reading():
            other_part = article_part(others._unpacked(other))
        # Another version of newssearch may have encoded an equal article otherwise.
        return part == other_part or self[document][0] == others[other][0]

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except (LookupError, TypeError, ValueError, struct.error) as exc:
            raise damaged(self._path, "an article cannot be read") from exc

    def _unpacked(self, document: int) -> bytes:
        import zstandard

        frame = self._bytes[self._start_of[document] : self._start_of[document + 1]]
        try:
            if not 0 <= zstandard.frame_content_size(frame) <= _MAX_FRAME_BYTES:
                raise damaged(self._path, "an article has an absurd size")
            return self._decompressor(int(self._dictionary[document])).decompress(frame)
        except zstandard.ZstdError as exc:
            raise damaged(self._path, f"an article cannot be unpacked ({exc})") from exc

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
        frames = self._bytes if whole else every_byte[indices_of(starts[kept], lengths)].data
        dictionary: Ints = self._dictionary[kept].astype(np.int64)
        dictionaries = [self._dictionaries.raw(n) for n in range(len(self._dictionaries))]
        return PackedArticles([frames], lengths, dictionary, dictionaries)
