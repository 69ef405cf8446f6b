"""What a document has of its text so that copies of it are found: fingerprints to look for, and the sketch to compare."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any

import numpy as np

from search.engines.opensearch.wording import WORDING
from search.engines.stories.buckets import fingerprints_of
from search.model.article import Document
from search.text.arrays import Array, UInt64s, starts_of
from search.text.sketches import (
    NO_SHINGLE,
    SKETCH_NUMBERS,
    SKETCH_SHINGLES,
    Sketches,
    no_sketches,
    sketches_of,
)

#: How a sketch lies in a document: the numbers of `Sketches`, one after the other.
SKETCH = np.dtype(
    [
        ("shingles", "<u4", (SKETCH_SHINGLES,)),
        ("numbers", "<u2", (SKETCH_NUMBERS,)),
        ("shingle_counts", "<u4"),
        ("number_counts", "<u4"),
    ]
)
#: The digits of a fingerprint as a word, 6 bits each. They ascend, as fingerprints do.
_DIGITS = np.frombuffer(
    b"-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz", np.uint8
)
_LETTERS = 5
#: A number of 63 bits, which is what OpenSearch keeps without a sign.
_STORY_MASK = (1 << 63) - 1


def own_story(article_id: str, batch: int) -> int:
    """Return the number of a story that no document has but that of an article in a *batch*, and its copies.

    An article that changes begins another story: its copies keep that of the text that they are copies of.
    """
    digest = blake2b(f"{article_id}@{batch}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) & _STORY_MASK


def story_fields(documents: Sequence[Document], batch: int) -> list[dict[str, Any]]:
    """Return what the source of each of *documents* that are sent in a *batch* has for stories.

    ``story`` is a story of its own, until another is found.
    """
    sketches = sketched([document.article.body for document in documents])
    stored = np.zeros(len(documents), SKETCH)
    for name in Sketches._fields:
        stored[name] = getattr(sketches, name)
    shingles = sketches.shingles
    has = shingles != NO_SHINGLE
    words = as_words(fingerprints_of(shingles[has]))
    edges = starts_of(has.sum(axis=1)).tolist()
    encoded = _encoded(stored)
    found: list[dict[str, Any]] = []
    for document, sketch, first, last in zip(documents, encoded, edges, edges[1:], strict=False):
        fields: dict[str, Any] = {"story": own_story(document.article_id, batch)}
        if first < last:
            # Shingles ascend, and so do the words.
            fields["fp"] = list(dict.fromkeys(words[first:last]))
            fields["sk"] = sketch
        found.append(fields)
    return found


def sketched(bodies: Sequence[str]) -> Sketches:
    """Return the sketches of texts."""
    if not bodies:
        return no_sketches(0)
    return sketches_of(*WORDING.hashes(bodies))


def as_words(fingerprints: UInt64s) -> list[str]:
    """Return each fingerprint as a word of five letters."""
    shifts = np.arange(_LETTERS - 1, -1, -1, dtype=np.uint64) * np.uint64(6)
    digits = fingerprints[:, None] >> shifts & np.uint64(63)
    text = _DIGITS[digits.astype(np.int64)].tobytes().decode()
    return [text[at : at + _LETTERS] for at in range(0, len(text), _LETTERS)]


def stored_sketches(encoded: Iterable[str]) -> Array:
    """Return sketches, an array of `SKETCH`, as documents have them; "" stands for that of a text without any shingle."""
    nothing = np.zeros(1, SKETCH)
    empty = no_sketches(1)
    for name in Sketches._fields:
        nothing[name] = getattr(empty, name)
    (lacking,) = _encoded(nothing)
    # OpenSearch gives a column of bytes back in letters for addresses, and without what fills the last of them up. Here more
    # letters do, so that all are read as one.
    joined = "".join([f"{each or lacking:{_FILL}<{_CHARS}.{_KEPT_CHARS}}" for each in encoded])
    read = np.frombuffer(base64.urlsafe_b64decode(joined), np.uint8).reshape(-1, _BYTES)
    return np.ascontiguousarray(read[:, : SKETCH.itemsize]).view(SKETCH)[:, 0]


#: The bytes that a sketch is made up to so that they fill groups of letters, these letters, those of its own, and the letter of
#: bytes that are nothing.
_BYTES = -(-SKETCH.itemsize // 3) * 3
_CHARS = _BYTES // 3 * 4
_KEPT_CHARS = -(-SKETCH.itemsize * 4 // 3)
_FILL = "A"


def _encoded(sketches: Array) -> list[str]:
    """Return each of an array of `SKETCH` in letters."""
    rows = np.zeros((len(sketches), _BYTES), np.uint8)
    rows[:, : SKETCH.itemsize] = sketches.view(np.uint8).reshape(-1, SKETCH.itemsize)
    letters = base64.b64encode(rows.tobytes()).decode()
    end = "=" * (_CHARS - _KEPT_CHARS)
    return [letters[at : at + _KEPT_CHARS] + end for at in range(0, len(letters), _CHARS)]
