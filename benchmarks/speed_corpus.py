"""A corpus of any size, grown from a file of real articles: seeded, streamed, different in every article.

An article joins paragraphs of a few real ones. Numbers are replaced, and some words are replaced by
made-up ones of an endless supply, so that the vocabulary goes on growing with the corpus
(Heaps' law) and no two articles are copies.
"""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

SEED = 20_241

#: The collection that the published figures are grown from; it lies next to the checkout.
REAL_ARTICLES = Path(__file__).parents[2] / "shared/data/reuters21578/articles.jsonl.gz"

MEAN_WORDS = 370
_FIRST_DAY = datetime(2005, 1, 1, tzinfo=UTC)
_DAYS = 20 * 365

#: Bylines are drawn from this many names by Zipf's law; 1 to 4 to an article, with these weights.
_NAMES = 4000
_AUTHORS = (1, 2, 3, 4), (55, 25, 13, 7)
_SOURCES = 40

#: Of the words of an article, the share that is made up. The supply has no end: rank *r* is drawn
#: about (1 + r / _HEAD) ** -1.33 of the time, so that n draws bring some n ** 0.75 different words.
_MADE_UP = 0.01
_HEAD = 200
_TAIL = 1 / 0.33

_NUMBER = re.compile(r"\d+")
_SYLLABLES = [c + v for c in (*"bdfgklmnprstvz", "ch", "sh", "tr", "st") for v in "aeiou"]
_FIRST_NAMES = (
    "Ada", "Ali", "Amara", "Ben", "Carla", "Chen", "Dana", "Diego", "Elif", "Emma", "Farid", "Grace",
    "Hana", "Igor", "Ines", "Jonas", "Kaito", "Lena", "Luis", "Maria", "Mina", "Nadia", "Noor", "Omar",
    "Paulo", "Priya", "Rosa", "Samir", "Tomas", "Uma", "Viktor", "Wanda", "Yusuf", "Zoe",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RealArticles:
    """What the corpus is grown from: titles, the paragraphs of each body, and the real bylines."""

    titles: list[str]
    bodies: list[list[str]]
    names: list[str]


def read_real(path: Path) -> RealArticles:
    """Read JSON lines with title, body and authors, gzipped or not; those without a body are left out."""
    titles, bodies, names = [], [], dict[str, None]()
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            names |= dict.fromkeys(record.get("authors", ()))
            paragraphs = [
                " ".join(paragraph.split())
                for paragraph in re.split(r"\n\s*\n|\n {2,}", record["body"])
                if paragraph.strip()
            ]
            if paragraphs:
                titles.append(" ".join(record["title"].split()))
                bodies.append(paragraphs)
    if not bodies:
        raise SystemExit(f"{path}: no article with a body")
    return RealArticles(titles, bodies, list(names))


def made_up_word(rank: int) -> str:
    """Return the made-up word of *rank*, counted from 0: pronounceable, of two syllables or more."""
    number = rank + len(_SYLLABLES)
    word = ""
    while number:
        number, syllable = divmod(number, len(_SYLLABLES))
        word += _SYLLABLES[syllable]
    return word


class Corpus:
    """The first *docs* articles of the one endless corpus that a seed stands for."""

    def __init__(self, real: RealArticles, docs: int, seed: int = SEED) -> None:
        self._real = real
        self._docs = docs
        self._random = random.Random(seed)
        surnames = [name.split()[-1] for name in real.names if name.split()]
        surnames += [made_up_word(rank).capitalize() for rank in range(2000)]
        names = dict.fromkeys(real.names)
        while len(names) < _NAMES:
            pick = self._random.choice
            names[f"{pick(_FIRST_NAMES)} {pick(surnames)}"] = None
        self._names = list(names)
        self._sources = [f"{made_up_word(7 * n).capitalize()} Gazette" for n in range(_SOURCES)]
        self._name_weights = list(accumulate(1 / (n + 10) for n in range(len(self._names))))
        self._source_weights = list(accumulate(1 / (n + 1) for n in range(_SOURCES)))

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield the records under the keys that `newssearch index` knows; from the start, once."""
        rng = self._random
        for number in range(self._docs):
            (how_many,) = rng.choices(*_AUTHORS)
            authors = rng.choices(self._names, cum_weights=self._name_weights, k=how_many)
            (source,) = rng.choices(self._sources, cum_weights=self._source_weights)
            published = _FIRST_DAY + timedelta(seconds=rng.randrange(_DAYS * 86_400))
            title, body = self._text()
            yield {
                "id": f"a{number:07}",
                "title": title,
                "authors": list(dict.fromkeys(authors)),
                "published": published.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "source": source,
                "body": body,
            }

    def _text(self) -> tuple[str, str]:
        """Return the title and body of the next article."""
        rng = self._random
        wanted = max(40, round(rng.lognormvariate(0, 0.5) * MEAN_WORDS * 0.78))
        paragraphs: list[str] = []
        title = ""
        words = 0
        while words < wanted:
            at = rng.randrange(len(self._real.bodies))
            title = title or self._real.titles[at]
            body = self._real.bodies[at]
            first = rng.randrange(max(1, len(body) // 2))
            for paragraph in body[first:]:
                paragraphs.append(paragraph)
                words += paragraph.count(" ") + 1
                if words >= wanted:
                    break
        return self._varied(title), self._varied("\n\n".join(paragraphs))

    def _varied(self, text: str) -> str:
        """Return *text* with other numbers of the same length and a few words made up."""
        rng = self._random
        text = _NUMBER.sub(lambda found: _number_like(rng, found.end() - found.start()), text)
        words = text.split(" ")
        expected = len(words) * _MADE_UP
        for _ in range(int(expected) + (rng.random() < expected % 1)):
            rank = int(_HEAD * ((1 - rng.random()) ** -_TAIL - 1))
            words[rng.randrange(len(words))] = made_up_word(min(rank, 10**9))
        return " ".join(words)


def _number_like(rng: random.Random, digits: int) -> str:
    """Return a number of *digits* digits, at most 12, that does not begin with 0."""
    digits = min(digits, 12)
    return str(rng.randrange(10 ** (digits - 1), 10**digits))


def write_corpus(corpus: Corpus, path: Path) -> Iterator[dict[str, Any]]:
    """Write *corpus* to *path* as JSON lines, passing on each record as it goes by."""
    with path.open("w", encoding="utf-8") as lines:
        for record in corpus:
            lines.write(json.dumps(record, ensure_ascii=False) + "\n")
            yield record


def records(corpus: Path) -> Iterator[dict[str, Any]]:
    """Yield the records of a corpus that `write_corpus` wrote."""
    with corpus.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
