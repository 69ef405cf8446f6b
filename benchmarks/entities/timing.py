"""Articles a second of one tagger, in a process of its own: ``python -m benchmarks.entities.timing NAME``.

Standard input is JSON: ``{"before": [text, ...], "texts": [text, ...]}``. It prints how many of *texts* are tagged in a second of CPU
time, each for the first time, in a process that has read *before*.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence

from benchmarks.entities.taggers import Tagger, network, ours, spacy_models, word_lists

#: spaCy is slow.
_MOST_OF_SPACY = 60


def articles_per_s(tagger: Tagger, texts: Sequence[str]) -> float:
    """Return how many of *texts* are tagged in a second of CPU time."""
    started = time.process_time()
    tagger(texts)
    return len(texts) / (time.process_time() - started)


if __name__ == "__main__":
    name, given = sys.argv[1], json.load(sys.stdin)
    known = {"newssearch": ours, "network alone": network, "rules": word_lists}
    tagger = known[name]() if name in known else spacy_models()[name]
    before, texts = given["before"], given["texts"]
    if name.startswith("spacy:"):
        before, texts = before[:_MOST_OF_SPACY], texts[:_MOST_OF_SPACY]
    tagger(texts[:1])  # loads what is loaded late
    if before:
        tagger(before)
    print(articles_per_s(tagger, texts))
