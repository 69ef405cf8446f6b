"""Articles a second of one tagger, in a process of its own: ``python -m benchmarks.entities.timing NAME``.

Standard input is JSON: ``{"before": [text, ...], "texts": [text, ...]}``. It prints how many of *texts* are tagged in a second of CPU
time, each for the first time, in a process that has read *before*.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from benchmarks.entities.taggers import articles_of, network, spacy_models, word_lists
from search.enrich.tagger import FAST, label_of, tagger_called

_T = TypeVar("_T")

#: As in `newssearch index` (`search.cli.main`).
_COLLECTED_EVERY = 10_000

#: spaCy is slow.
_MOST_OF_SPACY = 60


def articles_per_s(
    tag: Callable[[Sequence[_T]], object], before: Sequence[_T], articles: Sequence[_T]
) -> float:
    """Return how many of *articles* are tagged in a second of CPU time, after those that come *before*."""
    tag(articles[:1])  # loads what is loaded late
    if before:
        tag(before)
    started = time.process_time()
    tag(articles)
    return len(articles) / (time.process_time() - started)


if __name__ == "__main__":
    gc.set_threshold(_COLLECTED_EVERY)
    name, given = sys.argv[1], json.load(sys.stdin)
    before, texts = given["before"], given["texts"]
    if name == "newssearch":
        tagger = tagger_called(label_of(FAST))
        print(articles_per_s(tagger.tag, articles_of(before), articles_of(texts)))
    elif name == "network alone":
        print(articles_per_s(network(), before, texts))
    elif name == "rules":
        print(articles_per_s(word_lists(), before, texts))
    else:
        print(articles_per_s(spacy_models()[name], before[:_MOST_OF_SPACY], texts[:_MOST_OF_SPACY]))
