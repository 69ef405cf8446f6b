"""The story index of a segment: sorted numbers by which the documents are found that share a shingle at about one time.

A key is, from the highest bit on, a *slot* of two days (13 bits), a *fingerprint* (28), which is the upper part of a
hash of a sketch, and the document (16).
"""

from __future__ import annotations

import numpy as np

from search.engines.whoosh_index.format.constants import DOCUMENT_BITS
from search.engines.whoosh_index.format.stored import UNDATED
from search.text.arrays import Ints, Numbers, UInt64s
from search.text.sketches import NO_SHINGLE

SLOT_US = 2 * 24 * 3600 * 1_000_000
#: Slots of two days after which they begin anew: 22 years.
SLOTS = 1 << 12
#: That of articles without a date, which is next to no other.
UNDATED_SLOT = SLOTS + 1
FINGERPRINT_BITS = 28
_HASH_BITS = 32
_DOCUMENT_BITS = np.uint64(DOCUMENT_BITS)


def slots_of(dates: Numbers) -> Ints:
    """Return the slot of each date, in microseconds."""
    slots: Ints = dates.astype(np.int64) // SLOT_US % SLOTS
    slots[dates == UNDATED] = UNDATED_SLOT
    return slots


def beside(slots: Ints, by: int) -> Ints:
    """Return the slots that come *by* slots after each; that of undated ones stays itself."""
    return np.where(slots == UNDATED_SLOT, slots, (slots + by) % SLOTS)


def buckets_of(slots: Ints, shingles: Numbers) -> UInt64s:
    """Return slot and fingerprint as one number for each of *shingles*, a row for each of *slots*."""
    fingerprints = shingles.astype(np.uint64) >> np.uint64(_HASH_BITS - FINGERPRINT_BITS)
    of_slot = slots.astype(np.uint64)[:, None] << np.uint64(FINGERPRINT_BITS)
    found: UInt64s = of_slot | fingerprints
    return found


def story_keys(dates: Numbers, shingles: Numbers) -> UInt64s:
    """Return the keys of all documents of a segment, ascending."""
    documents = np.arange(len(dates), dtype=np.uint64)[:, None]
    keys = buckets_of(slots_of(dates), shingles) << _DOCUMENT_BITS | documents
    return np.sort(keys[shingles != NO_SHINGLE])


def of_keys(keys: UInt64s) -> tuple[UInt64s, Ints]:
    """Return the bucket and the document of each key."""
    documents = keys & np.uint64((1 << DOCUMENT_BITS) - 1)
    return keys >> _DOCUMENT_BITS, documents.astype(np.int64)
