"""The highest of many scores, found without sorting them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.engines.whoosh_index.evaluate.sets import highest


@pytest.mark.parametrize("blocks_a_hit", [1, 2, 8])
@pytest.mark.parametrize("kind", [np.float32, np.int64])
@given(
    st.integers(0, 2000) | st.sampled_from([31, 32, 33, 64]),
    st.integers(1, 90),
    st.sampled_from([2, 9, 1000]),
    st.integers(0, 9),
)
def test_the_highest(
    kind: type, blocks_a_hit: int, count: int, size: int, kinds: int, seed: int
) -> None:
    scores = np.random.default_rng(seed).integers(1, kinds, count).astype(kind)

    at, least = highest(scores, size, blocks_a_hit)

    assert at.tolist() == np.flatnonzero(scores >= least).tolist()
    assert len(at) >= min(size, count)
    assert count > size or least == 0
