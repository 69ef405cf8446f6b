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
    found: list[dict[str, Any]] = []
    for place, document in enumerate(documents):
        fields: dict[str, Any] = {"story": own_story(document.article_id, batch)}
        if own := words[edges[place] : edges[place + 1]]:
            fields["fp"] = sorted(set(own))
            fields["sk"] = base64.b64encode(stored[place].tobytes()).decode()
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
    # OpenSearch gives a column of bytes back in letters for addresses, and without what fills the last of them up. Here more
    # letters do, so that all are read as one.
    lacking = _encoded(nothing.tobytes())
    joined = "".join([f"{each:A<{_CHARS}.{_KEPT_CHARS}}" if each else lacking for each in encoded])
    read = np.frombuffer(base64.urlsafe_b64decode(joined), np.uint8)
    rows = np.ascontiguousarray(read.reshape(-1, _CHARS // 4 * 3)[:, : SKETCH.itemsize])
    return rows.view(SKETCH)[:, 0]


#: Letters of a sketch, without and with those that make them groups of four.
_KEPT_CHARS = -(-SKETCH.itemsize * 4 // 3)
_CHARS = -(-SKETCH.itemsize // 3) * 4


def _encoded(sketch: bytes) -> str:
    return base64.urlsafe_b64encode(sketch).decode().rstrip("=").ljust(_CHARS, "A")
