"""The story index of a segment: sorted numbers by which the documents are found that share a shingle at about one time.

A key is, from the highest bit on, a bucket of `search.engines.stories.buckets` (a slot of 13 bits, a fingerprint of 28), and
the document (16).
"""

from __future__ import annotations

import numpy as np

from search.engines.stories.buckets import buckets_of, slots_of
from search.engines.whoosh_index.format.constants import DOCUMENT_BITS
from search.text.arrays import Ints, Numbers, UInt64s
from search.text.sketches import NO_SHINGLE

_DOCUMENT_BITS = np.uint64(DOCUMENT_BITS)


def story_keys(dates: Numbers, shingles: Numbers) -> UInt64s:
    """Return the keys of all documents of a segment, ascending."""
    documents = np.arange(len(dates), dtype=np.uint64)[:, None]
    keys = buckets_of(slots_of(dates), shingles) << _DOCUMENT_BITS | documents
    return np.sort(keys[shingles != NO_SHINGLE])


def of_keys(keys: UInt64s) -> tuple[UInt64s, Ints]:
    """Return the bucket and the document of each key."""
    documents = keys & np.uint64((1 << DOCUMENT_BITS) - 1)
    return keys >> _DOCUMENT_BITS, documents.astype(np.int64)
