"""The queries of the speed benchmark: drawn by how common their words are in the corpus, seeded."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal

SEED = 7

#: Hits on a page, and values of the facet.
LIMIT = 10
SNIPPET_CHARS = 240
#: About the tokens in `SNIPPET_CHARS`, for the engine that counts in tokens.
SNIPPET_TOKENS = 40
#: What each engine may use to gather postings while indexing.
MEMORY_BYTES = 512_000_000

#: The real queries, which lie next to the checkout.
REAL_QUERIES = Path(__file__).parents[2] / "shared/data/queries/search_benchmark_game.jsonl"
REAL_QUERIES_ASKED = 200

#: Shares of the articles that hold a word. More than the highest hold "the" and "said".
FREQUENT = 0.05, 0.30
COMMON = 0.02, 0.30
MID = 0.001, 0.01
#: Of two neighbouring words one may be a "the", neither a slip of the pen.
NEIGHBOUR = 0.002, 0.30

_SAMPLED = 3000
_TRIES = 100_000
_TOKEN = re.compile(r"[a-z0-9]+")
_PLAIN_WORD = re.compile(r"[a-z]{3,}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One query in no engine's language. ``start`` and ``end`` are days, both inclusive."""

    kind: Literal["all", "any", "phrase", "prefix"]
    words: tuple[str, ...]
    author: str = ""
    start: date | None = None
    end: date | None = None

    @property
    def after(self) -> date | None:
        """The day after ``end``."""
        return self.end and self.end + timedelta(days=1)


def newssearch_text(wanted: Wanted) -> str:
    """Return *wanted* as a person would type it into our search box."""
    match wanted.kind:
        case "all":
            text = " ".join(wanted.words)
        case "any":
            text = " OR ".join(wanted.words)
        case "phrase":
            text = f'"{" ".join(wanted.words)}"'
        case "prefix":
            text = f"{wanted.words[0]}*"
    if wanted.author:
        text += f' author:"{wanted.author}"'
    if wanted.start and wanted.end:
        text += f" date:{wanted.start}..{wanted.end}"
    return text


@dataclass(slots=True)
class Sample:
    """What a corpus looks like, from its first `_SAMPLED` articles: words and how many hold each."""

    articles: list[tuple[list[str], list[str]]] = field(default_factory=list)
    frequencies: Counter[str] = field(default_factory=Counter)

    def look_at(self, record: dict[str, Any]) -> None:
        if len(self.articles) < _SAMPLED:
            words = _TOKEN.findall(record["body"].lower())
            self.articles.append((words, record["authors"]))
            self.frequencies.update(set(words))

    def share(self, word: str) -> float:
        """Return the share of the articles that hold *word*."""
        return self.frequencies[word] / len(self.articles)

    def is_within(self, word: str, band: tuple[float, float]) -> bool:
        return band[0] <= self.share(word) <= band[1]

    def words(self, band: tuple[float, float]) -> list[str]:
        """Return the plain words in *band*, in an order that depends on nothing else."""
        found = sorted(
            word
            for word in self.frequencies
            if _PLAIN_WORD.fullmatch(word) and self.is_within(word, band)
        )
        if not found:
            raise SystemExit(f"no word is in {band[0]:.1%} to {band[1]:.0%} of the articles")
        return found


def draw(
    sample: Sample, per_class: int, real_queries: Iterable[Wanted]
) -> dict[str, tuple[Wanted, ...]]:
    """Return the queries of each class, as many of each as asked for, by the same seed always."""
    frequent, common, mid = (sample.words(band) for band in (FREQUENT, COMMON, MID))

    def frequent_word(rng: random.Random) -> Wanted:
        return Wanted("all", (rng.choice(frequent),))

    def common_words(rng: random.Random, kind: Literal["all", "any"], count: int) -> Wanted:
        return Wanted(kind, tuple(rng.sample(common, min(count, len(common)))))

    def dated(rng: random.Random) -> Wanted:
        start = date(2006, 1, 1) + timedelta(days=rng.randrange(16 * 365))
        return Wanted(
            "all",
            frequent_word(rng).words,
            start=start,
            end=start + timedelta(days=rng.randint(30, 730)),
        )

    def prefix(rng: random.Random) -> Wanted:
        # No stemmer changes four letters; longer prefixes of forms and of stems differ.
        return Wanted("prefix", (rng.choice([word for word in common if len(word) > 5])[:4],))

    makers: dict[str, Callable[[random.Random], Wanted]] = {
        "frequent_word": frequent_word,
        "mid_word": lambda rng: Wanted("all", (rng.choice(mid),)),
        "or_2": lambda rng: common_words(rng, "any", 2),
        "or_4": lambda rng: common_words(rng, "any", 4),
        "and_2": lambda rng: common_words(rng, "all", 2),
        "phrase": lambda rng: _phrase(sample, rng),
        "prefix": prefix,
        "date_range": dated,
        "author_filter": lambda rng: _by_author(sample, rng),
    }
    queries = {}
    for name, make in makers.items():
        rng = random.Random(f"{SEED} {name}")
        # Of a small corpus there may be fewer different ones.
        drawn = dict.fromkeys(make(rng) for _ in range(per_class * 5))
        queries[name] = tuple(drawn)[:per_class]
    asked = tuple(real_queries)
    return queries | ({"real_queries": asked} if asked else {})


def _phrase(sample: Sample, rng: random.Random) -> Wanted:
    """Return two words that stand side by side in some article."""
    for _ in range(_TRIES):
        words, _ = rng.choice(sample.articles)
        at = rng.randrange(len(words) - 1)
        pair = words[at], words[at + 1]
        if all(map(_PLAIN_WORD.fullmatch, pair)) and (
            min(map(sample.share, pair)) <= NEIGHBOUR[1]
            and max(map(sample.share, pair)) >= NEIGHBOUR[0]
        ):
            return Wanted("phrase", pair)
    raise SystemExit("no two words of the corpus make a phrase")


def _by_author(sample: Sample, rng: random.Random) -> Wanted:
    """Return a frequent word of some article and one of its authors."""
    for _ in range(_TRIES):
        words, authors = rng.choice(sample.articles)
        word = rng.choice(words)
        if _PLAIN_WORD.fullmatch(word) and sample.is_within(word, FREQUENT):
            return Wanted("all", (word,), author=rng.choice(authors))
    raise SystemExit("no frequent word of the corpus is in an article")


def read_queries(path: Path, sample: Sample, wanted: int) -> list[Wanted]:
    """Return up to *wanted* real unions, intersections and phrases, all words of which the sample has.

    They are lines of JSON, {"query": ..., "tags": [...]}, in Lucene's syntax. Queries about what the
    corpus does not hold would only measure how fast an engine finds nothing.
    """
    kinds: dict[str, Literal["all", "any", "phrase"]] = {
        "intersection": "all",
        "union": "any",
        "phrase": "phrase",
    }
    found = []
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            kind = next((kinds[tag] for tag in record["tags"] if tag in kinds), None)
            words = tuple(re.sub(r'[+"]', "", record["query"]).lower().split())
            known = all(_TOKEN.fullmatch(word) and sample.frequencies[word] for word in words)
            if kind and known and len(words) > 1:
                found.append(Wanted(kind, words))
    random.Random(SEED).shuffle(found)
    return found[:wanted]
