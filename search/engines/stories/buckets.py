"""Buckets: a slot of two days, and a fingerprint that texts of that time share; who may be a copy of whom is in one with it.

A *fingerprint* (28 bits) is the upper part of a hash of a sketch (`search.text.sketches`).
"""

from __future__ import annotations

import numpy as np

from search.text.arrays import Ints, Numbers, UInt64s

#: Stands for the date of an article that has none.
UNDATED = -(1 << 63)
SLOT_US = 2 * 24 * 3600 * 1_000_000
#: Slots of two days after which they begin anew: 22 years.
SLOTS = 1 << 12
#: That of articles without a date, which is next to no other.
UNDATED_SLOT = SLOTS + 1
FINGERPRINT_BITS = 28
_HASH_BITS = 32


def slots_of(dates: Numbers) -> Ints:
    """Return the slot of each date, in microseconds."""
    slots: Ints = dates.astype(np.int64) // SLOT_US % SLOTS
    slots[dates == UNDATED] = UNDATED_SLOT
    return slots


def beside(slots: Ints, by: int) -> Ints:
    """Return the slots that come *by* slots after each; that of undated ones stays itself."""
    return np.where(slots == UNDATED_SLOT, slots, (slots + by) % SLOTS)


def fingerprints_of(shingles: Numbers) -> UInt64s:
    """Return the fingerprint of each of *shingles*."""
    found: UInt64s = shingles.astype(np.uint64) >> np.uint64(_HASH_BITS - FINGERPRINT_BITS)
    return found


def buckets_of(slots: Ints, shingles: Numbers) -> UInt64s:
    """Return slot and fingerprint as one number for each of *shingles*, a row for each of *slots*."""
    of_slot = slots.astype(np.uint64)[:, None] << np.uint64(FINGERPRINT_BITS)
    found: UInt64s = of_slot | fingerprints_of(shingles)
    return found
