"""Articles as they are stored: one compressed frame each, with a dictionary shared by neighbours.

A dictionary trained on a segment's own articles compresses one article better than sixteen of them
compress together, and a page of hits unpacks ten articles, not ten blocks (20,000 articles of
benchmarks.speed_corpus: 0.37 of the size at 7 microseconds an article, against 0.44 and 62 a block).
How they come to be packed so is `search.engines.whoosh_index.write.packing`.
"""

from __future__ import annotations

import json
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import fields as dataclass_fields
from functools import cached_property
from operator import attrgetter
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from search.engines.records import (
    entities_of,
    from_microseconds,
    to_microseconds,
)
from search.engines.whoosh_index.format.columns import (
    Column,
    ColumnFile,
    StringColumn,
    bytes_columns,
    damaged,
)
from search.model import clock
from search.model.article import (
    ENTITY_KINDS,
    Article,
    Credit,
    Document,
    Enrichment,
    Entities,
    unchecked,
)
from search.model.fields import FieldTable
from search.text.arrays import Ints, Numbers, indices_of, narrowed, starts_of

if TYPE_CHECKING:
    import zstandard

#: No frame of ours is larger: an altered length must not ask for all memory.
MAX_FRAME_BYTES = 1 << 30
#: Bytes of enrichment and provenance, of the head and of the title; these and the body follow.
LENGTHS = struct.Struct("<III")

#: What a date column holds for an undated article.
UNDATED = np.iinfo(np.int64).min


def now_in_microseconds() -> int:
    """Return the instant by which documents are visible."""
    return to_microseconds(clock.now())


_quoted = json.encoder.encode_basestring
_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def article_part(text: bytes) -> bytes:
    """Return what of *text*, made by `Records.encode`, is of the article; equal parts decode to equal articles."""
    enrichment_bytes, head_bytes, title_bytes = LENGTHS.unpack_from(text)
    return struct.pack("<II", head_bytes, title_bytes) + text[LENGTHS.size + enrichment_bytes :]


#: Half the time of `json.loads`, which also looks for white space around.
_from_json = json.JSONDecoder().raw_decode
_NOT_ENRICHED = Enrichment()
#: What an article has stored, and is in no row of a field table or apart from those.
_BESIDE_FIELDS = ("article_id", "title", "body", "published", "published_precision", "authors_as_read", "credits", "embargoed_until", "is_withdrawn")  # fmt: skip


#: Gives entities as JSON, their kinds being called as the second argument says.
EntitiesAsJson = Callable[[Entities, tuple[str, ...]], bytes]


def entities_as_json(entities: Entities, kinds: tuple[str, ...]) -> bytes:
    """Return what `entities_as_lists` gives as JSON in UTF-8, without its braces, its kinds under the names *kinds*.

    The JSON encoder, and lists for it, took 1.5 times as long.
    """
    listed = []
    for kind, of_kind in zip(kinds, entities, strict=True):
        found = []
        for name, mentions, forms in of_kind:
            places, at = [], 0
            for start, end in mentions:
                places.append(f"{start - at},{end - start}")
                at = end
            texts = "," + ",".join(map(_quoted, forms)) if forms else ""
            found.append(f"[{_quoted(name)},[{','.join(places)}]{texts}]")
        listed.append(f"{_quoted(kind)}:[{','.join(found)}]")
    return ",".join(listed).encode()


class PackedEnrichment(Enrichment):
    """What was found out about an article, made of what is stored when it is first asked for: a page of hits shows nothing of it.

    It equals the same `Enrichment`. What cannot be made raises `IndexDamaged`.
    """

    __slots__ = ("_stored",)
    _stored: dict[str, Any]

    @classmethod
    def of(cls, stored: dict[str, Any]) -> PackedEnrichment:
        """Return the enrichment that *stored* is of, an object of JSON. Raises an error of `UNREADABLE` where it is of none."""
        if not isinstance(stored["tagger"], str) or not all(map(stored.__contains__, ENTITY_KINDS)):
            raise ValueError(stored)
        found = object.__new__(cls)
        object.__setattr__(found, "_stored", stored)
        return found

    # Python asks it only for what has no value yet.
    def __getattr__(self, name: str) -> Any:
        if name not in _OF_ENRICHMENT:
            raise AttributeError(name)
        try:
            stored = self._stored
            as_found = entities_of(stored["as_found"]) if "as_found" in stored else None
            made = Enrichment(entities_of(stored), stored["tagger"], as_found)
        except UNREADABLE as exc:
            raise damaged("the index", "what was found in an article cannot be read") from exc
        for each in _OF_ENRICHMENT:
            object.__setattr__(self, each, getattr(made, each))
        return getattr(made, name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Enrichment) and _values_of(self) == _values_of(other)

    def __hash__(self) -> int:
        return hash(_values_of(self))

    def __reduce__(self) -> tuple[type[Enrichment], tuple[object, ...]]:
        return Enrichment, _values_of(self)


_OF_ENRICHMENT = tuple(each.name for each in dataclass_fields(Enrichment))
_values_of: Callable[[Enrichment], tuple[object, ...]] = attrgetter(*_OF_ENRICHMENT)


class Records:
    """Documents as bytes and back, by a field table: what an article has in a field is under the field's key."""

    def __init__(self, fields: FieldTable, as_json: EntitiesAsJson | None = None) -> None:
        """*as_json* does what `entities_as_json` does, faster."""
        self._as_json = as_json or entities_as_json
        self._article = fields.article
        apart = ("title", "body", "published")
        rows = [row for row in fields if not row.is_entity and row.key not in apart]
        self._values = attrgetter(*(row.key for row in rows))
        self._parts = [(f',"{row.key}":', row.is_listed) for row in rows]
        self._listed = [row.key for row in rows if row.is_listed] + ["authors_as_read"]
        self._known = {row.key for row in rows}.union(_BESIDE_FIELDS)

    def encode(self, document: Document) -> bytes:
        """Return article, enrichment and provenance of *document* as bytes; `decode` gives them back unchanged."""
        article, enrichment = document.article, document.enrichment
        # An id needs no escapes. One call of the JSON encoder for all of it took twice as long.
        head = f'{{"id":"{article.article_id}"'
        if article.published is not None:
            head += (
                f',"published":{to_microseconds(article.published)}'
                f',"precision":"{article.published_precision}"'
            )
        for (key, is_listed), value in zip(self._parts, self._values(article), strict=True):
            if value:
                head += key
                head += f"[{','.join(map(_quoted, value))}]" if is_listed else _quoted(value)
        if article.embargoed_until is not None:
            head += f',"embargoed_until":{to_microseconds(article.embargoed_until)}'
        if article.is_withdrawn:
            head += ',"is_withdrawn":true'
        if article.authors_as_read:
            head += f',"authors_as_read":{_to_json(article.authors_as_read)}'
        if article.credits:
            head += f',"credits":{_to_json(article.credits)}'
        found = self._encoded_enrichment(enrichment) + document.packed_provenance.encode()
        encoded, title = (head + "}").encode(), article.title.encode()
        lengths = LENGTHS.pack(len(found), len(encoded), len(title))
        return b"".join((lengths, found, encoded, title, article.body.encode()))

    def _encoded_enrichment(self, enrichment: Enrichment) -> bytes:
        """Return *enrichment* as a JSON object, nothing where nothing was found out."""
        if not enrichment.tagger and not enrichment.entities:
            return b""
        tagger = _quoted(enrichment.tagger).encode()
        found = b'{"tagger":%b,%b' % (tagger, self._as_json(enrichment.entities, ENTITY_KINDS))
        if enrichment.as_found is not None:
            found += b',"as_found":{%b}' % self._as_json(enrichment.as_found, ENTITY_KINDS)
        return found + b"}"

    def decode(self, text: bytes) -> tuple[Article, Enrichment, str]:
        """Return the article, the enrichment and the packed provenance that `encode` was given.

        What was in a field that the table has no more is left out.
        """
        enrichment_bytes, head_bytes, title_bytes = LENGTHS.unpack_from(text)
        head_at = LENGTHS.size + enrichment_bytes
        title_at = head_at + head_bytes
        body_at = title_at + title_bytes
        head, _ = _from_json(text[head_at:title_at].decode())
        head["article_id"] = head.pop("id")
        head["title"] = text[title_at:body_at].decode()
        head["body"] = text[body_at:].decode()
        if "published" in head:
            head["published"] = from_microseconds(head["published"])
            head["published_precision"] = head.pop("precision")
        if "embargoed_until" in head:
            head["embargoed_until"] = from_microseconds(head["embargoed_until"])
        if "credits" in head:
            head["credits"] = tuple([Credit(name, role) for name, role in head["credits"]])
        for key in self._listed:
            if key in head:
                head[key] = tuple(head[key])
        for key in head.keys() - self._known:
            del head[key]
        article = unchecked(self._article, head)
        if not enrichment_bytes:
            return article, _NOT_ENRICHED, ""
        beside = text[LENGTHS.size : head_at].decode()
        if beside[0] != "{":
            return article, _NOT_ENRICHED, beside
        found, end = _from_json(beside)
        return article, PackedEnrichment.of(found), beside[end:]


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


#: What altered bytes of an article can lead to.
UNREADABLE = (LookupError, TypeError, ValueError, struct.error)


class StoredArticles:
    """The articles of one segment, by document number. Safe to use from several threads."""

    def __init__(self, file: ColumnFile, fields: FieldTable) -> None:
        self._records = Records(fields)
        self._path = file.path
        self._bytes = file.bytes_of("articles.bytes")
        self._starts = file["articles.starts"]
        self._dictionary = file["articles.dictionary"]
        # Single numbers come faster out of a memoryview.
        self._start_of, self._dictionary_of = self._starts.data, self._dictionary.data
        self._dictionaries = StringColumn(file, "dictionaries")
        self._local = threading.local()

    def __getitem__(self, document: int) -> tuple[Article, Enrichment, str]:
        try:  # not `_reading`: each hit of a page comes this way
            return self._records.decode(self._unpacked(document))
        except UNREADABLE as exc:
            raise damaged(self._path, "an article cannot be read") from exc

    def body(self, document: int) -> bytes:
        """Return the body of *document* in UTF-8."""
        with self._reading():
            text = self._unpacked(document)
            return text[LENGTHS.size + sum(LENGTHS.unpack_from(text)) :]

    def record(self, document: int) -> bytes:
        """Return what `Records.encode` made of *document*."""
        with self._reading():
            return self._unpacked(document)

    def is_same(self, document: int, old: StoredArticles, old_document: int) -> bool:
        """Whether *document* has the article that *old_document* has in the segment *old*."""
        with self._reading():
            part = article_part(self._unpacked(document))
        with old._reading():
            old_part = article_part(old._unpacked(old_document))
        # Another version of newssearch may have encoded an equal article otherwise.
        return part == old_part or self[document][0] == old[old_document][0]

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except UNREADABLE as exc:
            raise damaged(self._path, "an article cannot be read") from exc

    def _unpacked(self, document: int) -> bytes:
        frame = self._bytes[self._start_of[document] : self._start_of[document + 1]]
        dictionary = self._dictionary_of[document]
        try:
            if not 0 <= self._zstandard.frame_content_size(frame) <= MAX_FRAME_BYTES:
                raise damaged(self._path, "an article has an absurd size")
            # This thread's: they are not safe to share.
            known = getattr(self._local, "known", None) or {}
            return (known.get(dictionary) or self._decompressor(dictionary)).decompress(frame)
        except self._zstandard.ZstdError as exc:
            raise damaged(self._path, f"an article cannot be unpacked ({exc})") from exc

    @cached_property
    def _zstandard(self) -> ModuleType:
        import zstandard

        return zstandard

    def _decompressor(self, dictionary: int) -> zstandard.ZstdDecompressor:
        """Make and keep this thread's decompressor for a dictionary."""
        trained = None
        if dictionary:
            raw = self._dictionaries.raw(dictionary - 1)
            trained = self._zstandard.ZstdCompressionDict(raw)
        made: zstandard.ZstdDecompressor = self._zstandard.ZstdDecompressor(dict_data=trained)
        known = self._local.__dict__.setdefault("known", {})
        known[dictionary] = made
        return made

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
