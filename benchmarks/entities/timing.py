"""Articles a second of one tagger, in a process of its own: ``python -m benchmarks.entities.timing NAME``, texts as JSON on stdin."""

from __future__ import annotations

import json
import sys
import time

from benchmarks.entities.taggers import network, ours, spacy_models, word_lists

if __name__ == "__main__":
    name, texts = sys.argv[1], json.load(sys.stdin)
    known = {"newssearch": ours, "network alone": network, "rules": word_lists}
    tagger = known[name]() if name in known else spacy_models()[name]
    if name.startswith("spacy:"):
        texts = texts[:60]
    tagger(texts[:1])
    started = time.perf_counter()
    tagger(texts)
    print(len(texts) / (time.perf_counter() - started))
