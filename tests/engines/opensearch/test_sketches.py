"""What is sent of a text so that copies of it are found, and that it comes back."""

from __future__ import annotations

import numpy as np
import pytest

from search.engines.opensearch.sketches import (
    as_words,
    own_story,
    sketched,
    stored_sketches,
    story_fields,
)
from search.engines.stories.buckets import FINGERPRINT_BITS
from search.text.sketches import NO_SHINGLE, Sketches
from tests.support.documents import document

LONG = " ".join(f"word{n}" for n in range(60))
BODIES = [LONG, "", "three words only", LONG + " and more", "Zürich 1, 2, 3 " * 9]


def test_fingerprints_are_words_in_their_order():
    numbers = np.array([0, 1, 63, 64, 4095, 4096, (1 << FINGERPRINT_BITS) - 1], np.uint64)
    words = as_words(numbers)
    assert {len(word) for word in words} == {5}
    assert words == sorted(words)
    assert len(set(words)) == len(words)


@pytest.mark.parametrize("ending", ["", "="], ids=["as the server gives it", "as it is sent"])
def test_sketches_come_back(ending):
    fields = story_fields([document(str(n), "", body) for n, body in enumerate(BODIES)], 1)
    encoded = [each.get("sk", "") for each in fields]
    if not ending:
        encoded = [each.rstrip("=").replace("+", "-").replace("/", "_") for each in encoded]
    stored, made = stored_sketches(encoded), sketched(BODIES)
    for name in Sketches._fields:
        of_known = [n for n, each in enumerate(encoded) if each]
        assert (stored[name][of_known] == getattr(made, name)[of_known]).all()
    assert (stored["shingles"][1] == NO_SHINGLE).all()


def test_a_text_without_four_words_has_nothing_to_look_for():
    (fields,) = story_fields([document("a", "", "three words only")], 1)
    assert fields.keys() == {"story"}


def test_a_document_has_a_story_of_its_own_in_each_batch():
    stories = {own_story(article_id, batch) for article_id in "abc" for batch in (1, 2)}
    assert len(stories) == 6
    assert all(0 <= story < 1 << 63 for story in stories)
