"""Frequency and weighted frequency of a posting in one byte."""

from __future__ import annotations

import numpy as np

from search.engines.whoosh_index.format.constants import ESCAPE, FREQUENCY_BITS, FREQUENCY_MASK
from search.text.arrays import Ints, Numbers, UInt8s

_MAX_FREQUENCY = 63
_MAX_EXTRA = 3
_CODES = np.arange(256)
#: Frequency and weighted frequency that a posting's code stands for, 0 for `ESCAPE`.
FREQUENCY_OF_CODE: Ints = np.where(_CODES == ESCAPE, 0, (_CODES & FREQUENCY_MASK) + 1)
WEIGHT_OF_CODE: Ints = np.where(_CODES == ESCAPE, 0, FREQUENCY_OF_CODE + (_CODES >> FREQUENCY_BITS))


def encode_codes(frequencies: Numbers, weights: Numbers) -> UInt8s:
    """Return the code of each posting: ``(weight - frequency) << 6 | frequency - 1`` or `ESCAPE`."""
    extra = weights - frequencies
    fits = (
        (frequencies >= 1) & (frequencies <= _MAX_FREQUENCY) & (extra >= 0) & (extra <= _MAX_EXTRA)
    )
    return np.where(fits, extra << FREQUENCY_BITS | (frequencies - 1), ESCAPE).astype(np.uint8)
