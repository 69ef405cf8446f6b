"""How many copies of articles are found as copies, and what finding them costs.

``python -m benchmarks.stories [--articles FILE] [--json FILE]`` plants copies of articles among all articles of FILE, one
kind of edit at a time, indexes them, and prints for each kind which share was put into the story of its original:
of all copies, and of those of originals of 150 words and more. Then come the bars, each with what was found. FILE is
JSON Lines, gzipped or not, such as ../shared/data/reuters21578/articles.jsonl.gz. ``--docs N`` measures what stories
cost on N articles grown from it (0: leave that out), in processor time, the best of ``--rounds``.

Articles of FILE are taken for the same story where they are put into one without any planted copies. A *false link* is a
copy that was put into a story which its original is not in; *pair precision* is the share of the pairs of one story, with
a planted copy in them, that are copies of one article.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from benchmarks.speed_corpus import REAL_ARTICLES, Corpus, read_real, write_corpus
from search.engines.whoosh_index.engine import WhooshEngine
from search.ingest.run import index_files
from search.model.article import Article, Document
from search.model.settings import Settings

SEED = 11
#: Originals are drawn among articles of this number of words at least.
MIN_WORDS = 40
LONG_WORDS = 150
#: A text of which this share are numbers is rich in them.
RICH = 0.25

_NUMBER = re.compile(r"\d+")
_NOTES = (
    "This story was produced by our newsroom from agency material.",
    "Follow us for more news from the region and sign up for the morning letter.",
    "All rights reserved. No part of this text may be used without permission.",
    "Read also: what the week will bring, and the pictures of the day.",
    "Our reporters contributed to this article from three bureaus.",
)


_FAR = timedelta(days=7)


class Draw:
    """What an edit draws from: chance, words and texts of other articles."""

    def __init__(self, articles: Sequence[Article]) -> None:
        self.random = random.Random(SEED)
        self._words = [word for article in articles[::20] for word in article.body.split()]
        self._articles = articles
        #: Texts that are put around a copy are of other weeks.
        self.published = articles[0].published

    def word(self) -> str:
        return self.random.choice(self._words)

    def text(self, words: int) -> str:
        """Return text of other articles, of about that many *words*."""
        found: list[str] = []
        while len(found) < words:
            article = self.random.choice(self._articles)
            if abs(article.published - self.published) > _FAR:
                found += article.body.split()
        return " ".join(found[:words])


def _cut(share: float) -> Callable[[str, Draw], str]:
    def edit(body: str, draw: Draw) -> str:
        words = body.split()
        return " ".join(words[: max(1, round(len(words) * share))])

    return edit


def _edited(share: float) -> Callable[[str, Draw], str]:
    """Words are replaced, left out or put in, in equal parts."""

    def edit(body: str, draw: Draw) -> str:
        words: list[str] = []
        for word in body.split():
            if draw.random.random() >= share:
                words.append(word)
                continue
            how = draw.random.randrange(3)
            words += [[draw.word()], [], [word, draw.word()]][how]
        return " ".join(words)

    return edit


def _inside(times: int) -> Callable[[str, Draw], str]:
    def edit(body: str, draw: Draw) -> str:
        around = len(body.split()) * (times - 1)
        before = draw.random.randrange(around + 1)
        return f"{draw.text(before)}\n{body}\n{draw.text(around - before)}"

    return edit


def _boilerplate(body: str, draw: Draw) -> str:
    first, *after = draw.random.sample(_NOTES, 3)
    return "\n".join([first, body, *after])


def _typography(body: str, draw: Draw) -> str:
    text = body.replace('"', "”").replace("'", "’").replace(" - ", " – ").replace("\n", " ")
    return text.upper() if draw.random.random() < 0.3 else text


def _swapped(body: str, draw: Draw) -> str:
    """The order of sentences, or where there are few of lines, is changed in two places."""
    parts = re.split(r"(?<=[.!?])\s+", body)
    parts = parts if len(parts) > 3 else body.splitlines()
    for _ in range(2):
        if len(parts) > 2:
            at = draw.random.randrange(len(parts) - 1)
            parts[at : at + 2] = parts[at + 1], parts[at]
    return "\n".join(parts)


def _all_at_once(body: str, draw: Draw) -> str:
    for edit in (_cut(0.7), _swapped, _edited(0.05), _typography, _boilerplate):
        body = edit(body, draw)
    return body


def _other_numbers(body: str, draw: Draw) -> str:
    def other(found: re.Match[str]) -> str:
        digits = len(found[0])
        return "".join(str(draw.random.randrange(10)) for _ in range(digits))

    return _NUMBER.sub(other, body)


class Kind(NamedTuple):
    """A kind of edit, which articles it is made of, and the bars: the least share, or the most, that joins."""

    name: str
    edit: Callable[[str, Draw], str]
    least: float | None = None
    least_long: float | None = None
    most: float | None = None
    is_template: bool = False
    is_rich: bool = False


KINDS = (
    Kind("30 % cut", _cut(0.7), least=0.99),
    Kind("half cut", _cut(0.5), least=0.95),
    Kind("first 30 % only", _cut(0.3), least_long=0.95),
    Kind("boilerplate", _boilerplate, least=0.99),
    Kind("5 % edited", _edited(0.05), least=0.99),
    Kind("10 % edited", _edited(0.1), least=0.95),
    Kind("inside a text 2 x", _inside(2), least=0.99),
    Kind("inside a text 4 x", _inside(4)),
    Kind("typography", _typography, least=0.99),
    Kind("swaps", _swapped, least=0.99),
    Kind("all at once", _all_at_once, least_long=0.8),
    Kind("templates, all numbers changed", _other_numbers, is_template=True),
    Kind("templates rich in numbers", _other_numbers, most=0.01, is_template=True, is_rich=True),
)
FALSE_LINKS = 0.005
PAIR_PRECISION = 0.98
#: Indexing with stories takes at most this share longer.
COST = 0.25


class Found(NamedTuple):
    """What became of the copies of one kind."""

    copies: int
    joined: float
    long_copies: int
    joined_long: float
    false_links: float
    pair_precision: float
    largest: int


def read_articles(path: Path) -> list[Article]:
    """Return the articles in *path* that have a body and a date."""
    articles = []
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            if record["body"].strip() and record["published"]:
                published = datetime.fromisoformat(record["published"]).replace(tzinfo=UTC)
                articles.append(
                    Article(
                        article_id=record["id"],
                        title=record["title"],
                        body=record["body"],
                        published=published,
                        published_precision="second",
                    )
                )
    return articles


def stories_of(articles: Sequence[Article]) -> dict[str, int]:
    """Return the number of the story of each article, by id."""
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(WhooshEngine(folder, make=True)) as engine,
    ):
        engine.add(map(Document, articles))
        return {document.article_id: document.story for document in engine.documents()}


def _is_rich(body: str) -> bool:
    words = body.split()
    return sum(map(bool, map(_NUMBER.search, words))) >= RICH * len(words)


def originals_of(kind: Kind, articles: Sequence[Article], most: int) -> list[Article]:
    """Return which articles copies of that *kind* are made of."""
    fitting = [
        article
        for article in articles
        if len(article.body.split()) >= MIN_WORDS
        and (not kind.is_template or len(set(_NUMBER.findall(article.body))) >= 3)
        and (not kind.is_rich or _is_rich(article.body))
    ]
    return random.Random(SEED).sample(fitting, min(most, len(fitting)))


def copy_of(original: Article, kind: Kind, draw: Draw) -> Article:
    """Return a copy that is 10 minutes to 36 hours later."""
    draw.published = original.published
    later = timedelta(minutes=draw.random.randrange(10, 36 * 60))
    return Article(
        article_id=f"copy-{original.article_id}",
        title=original.title,
        body=kind.edit(original.body, draw),
        published=original.published and original.published + later,
        published_precision="second",
    )


def planted(kind: Kind, articles: Sequence[Article], natural: dict[str, int], copies: int) -> Found:
    """Index *articles* with copies of one *kind*, and return what became of these."""
    draw = Draw(articles)
    originals = originals_of(kind, articles, copies)
    made = [copy_of(original, kind, draw) for original in originals]
    story = stories_of([*articles, *made])
    sizes = Counter(story.values())
    is_long = [len(original.body.split()) >= LONG_WORDS for original in originals]
    has_joined = [
        story[a.article_id] == story[b.article_id] for a, b in zip(originals, made, strict=True)
    ]
    false = sum(
        sizes[story[copy.article_id]] > 1 and not joined
        for copy, joined in zip(made, has_joined, strict=True)
    )
    return Found(
        copies=len(made),
        joined=sum(has_joined) / max(1, len(made)),
        long_copies=sum(is_long),
        joined_long=sum(a and b for a, b in zip(is_long, has_joined, strict=True))
        / max(1, sum(is_long)),
        false_links=false / max(1, len(made)),
        pair_precision=_pair_precision(story, natural, made),
        largest=max(sizes.values()),
    )


def _pair_precision(
    story: dict[str, int], natural: dict[str, int], made: Sequence[Article]
) -> float:
    """Return which share of the pairs of one story that a copy is in are copies of one article."""
    true = natural | {
        copy.article_id: natural[copy.article_id.removeprefix("copy-")] for copy in made
    }
    members: dict[int, list[str]] = {}
    for article_id, number in story.items():
        members.setdefault(number, []).append(article_id)
    pairs = right = 0
    for copy in made:
        for other in members[story[copy.article_id]]:
            if other != copy.article_id:
                pairs += 1
                right += true[other] == true[copy.article_id]
    return right / max(1, pairs)


def cost(path: Path, docs: int, rounds: int) -> dict[str, float]:
    """Return seconds of processor time that indexing *docs* records takes with stories and without."""
    best = {"with": float("inf"), "without": float("inf")}
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder, "corpus.jsonl")
        for _ in write_corpus(Corpus(read_real(path), docs), corpus):
            pass
        for number in range(rounds):
            for name, is_on in (("without", False), ("with", True)):
                index = Path(folder, f"{name}-{number}")
                with closing(WhooshEngine(index, make=True, stories=is_on)) as engine:
                    began = time.process_time()
                    settings = Settings(jobs=1, stories=int(is_on))
                    index_files([corpus], engine, settings=settings, entities="none")
                    best[name] = min(best[name], time.process_time() - began)
    return {
        "articles": docs,
        "seconds without stories": best["without"],
        "seconds with stories": best["with"],
        "microseconds an article": (best["with"] - best["without"]) / docs * 1e6,
        "share more": best["with"] / best["without"] - 1,
    }


class Bar(NamedTuple):
    """A figure that is to be reached, or not to be exceeded."""

    name: str
    figure: float
    least: float | None
    most: float | None

    @property
    def is_reached(self) -> bool:
        return (self.least is None or self.figure >= self.least) and (
            self.most is None or self.figure <= self.most
        )


def bars_of(found: dict[str, Found], measured: dict[str, float]) -> list[Bar]:
    """Return all bars, and what was found of each."""
    bars = []
    for kind in KINDS:
        of_kind = found[kind.name]
        if kind.least is not None or kind.most is not None:
            bars.append(Bar(kind.name, of_kind.joined, kind.least, kind.most))
        if kind.least_long is not None:
            name = f"{kind.name}, originals of {LONG_WORDS} words"
            bars.append(Bar(name, of_kind.joined_long, kind.least_long, None))
    copies = [found[kind.name] for kind in KINDS if not kind.is_template]
    bars.append(Bar("false links", max(f.false_links for f in copies), None, FALSE_LINKS))
    bars.append(Bar("pair precision", min(f.pair_precision for f in copies), PAIR_PRECISION, None))
    if measured:
        bars.append(Bar("indexing takes longer", measured["share more"], None, COST))
    return bars


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.stories",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--articles", type=Path, default=REAL_ARTICLES)
    parser.add_argument("--copies", type=int, default=1918, help="of each kind (default: 1918)")
    parser.add_argument("--docs", type=int, default=20_000, help="to measure the cost with")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--json", type=Path, help="write the figures there too")
    arguments = parser.parse_args()
    articles = read_articles(arguments.articles)
    natural = stories_of(articles)
    print(
        f"{len(articles)} articles in {len(set(natural.values()))} stories without planted copies"
    )
    print(f"{'kind':34} {'joined':>7} {'long':>7} {'false':>7} {'pairs':>7} {'largest':>7}")
    found = {}
    for kind in KINDS:
        of_kind = found[kind.name] = planted(kind, articles, natural, arguments.copies)
        shares = [of_kind.joined, of_kind.joined_long, of_kind.false_links, of_kind.pair_precision]
        print(
            kind.name.ljust(34),
            *(f"{100 * share:6.1f}%" for share in shares),
            f"{of_kind.largest:7}",
        )
    measured = cost(arguments.articles, arguments.docs, arguments.rounds) if arguments.docs else {}
    for name, figure in measured.items():
        print(f"{figure:12.3f}  {name}")
    bars = bars_of(found, measured)
    for bar in bars:
        wanted = f"at least {bar.least:.1%}" if bar.least is not None else f"at most {bar.most:.1%}"
        print(f"{'pass' if bar.is_reached else 'FAIL'}  {bar.name}: {bar.figure:.2%}, {wanted}")
    if arguments.json:
        figures = {
            "articles": len(articles),
            "stories": len(set(natural.values())),
            "kinds": {name: of_kind._asdict() for name, of_kind in found.items()},
            "cost": measured,
            "bars": [{**bar._asdict(), "is_reached": bar.is_reached} for bar in bars],
        }
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
