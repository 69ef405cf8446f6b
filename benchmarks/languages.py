"""How often the words of an article give its language, how often rightly, and how long it takes.

    python -m benchmarks.languages [FILE] [--json FILE]

FILE has an article a line, with `text` (or `body`) and `language`; by default the made-up texts of the tests are taken.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

from search.readers.language import declared_language, detected_language, language_of
from tests.support.language_texts import TEXTS

#: Characters of the beginnings that are looked at.
LENGTHS = (60, 120, 200, 400)
ROUNDS = 20


def texts_of(path: str | None) -> list[tuple[str, str]]:
    """Return (language, text) of each article in the file *path*, None: of the texts of the tests."""
    if path is None:
        return list(TEXTS.items())
    records = map(json.loads, Path(path).read_text("utf-8").splitlines())
    return [(declared_language(r["language"]), r.get("text") or r.get("body", "")) for r in records]


def microseconds(texts: list[tuple[str, str]], declared: str) -> float:
    """Return the process time of one article, the best of some rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        for _, text in texts:
            language_of("", text, declared)
        best = min(best, time.process_time() - start)
    return best / len(texts) * 1e6


def measured(texts: list[tuple[str, str]]) -> dict[str, Any]:
    """Return the share of texts whose language is detected, of these the share that is right, by length, and the times."""
    lengths: dict[str, Any] = {}
    for length in LENGTHS:
        told = [(known, detected_language("", text[:length])) for known, text in texts]
        said = [known == found for known, found in told if found]
        lengths[str(length)] = {
            "detected": round(len(said) / len(texts), 3),
            "right": round(sum(said) / len(said), 3) if said else None,
        }
    return {
        "texts": len(texts),
        "lengths": lengths,
        "detected_us": round(microseconds(texts, ""), 1),
        "declared_us": round(microseconds(texts, "en-GB"), 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.languages", description=__doc__)
    parser.add_argument("file", nargs="?")
    parser.add_argument("--json", metavar="FILE")
    options = parser.parse_args()
    found = measured(texts_of(options.file))
    print(f"{found['texts']:,} texts")
    for length, shares in found["lengths"].items():
        print(
            f"{length:>5} characters: detected {shares['detected']:.3f}, right of these {shares['right']}"
        )
    print(f"detected: {found['detected_us']} us an article, declared: {found['declared_us']} us")
    if options.json:
        Path(options.json).write_text(json.dumps(found, indent=1), "utf-8")


if __name__ == "__main__":
    main()
