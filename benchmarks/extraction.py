"""How much of a news page the HTML reader gets right, against pages with known answers.

``python -m benchmarks.extraction FOLDER [--json FILE]`` prints a table. FOLDER holds ``gold.jsonl``, an object
a line with the keys id, html, url, title, authors, published, body, and the pages as ``html/NAME.gz``.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from pathlib import Path

from search.model.article import Article
from search.readers.opening import read

_WORD = re.compile(r"\w+")
_GRAM = 4


@dataclass(frozen=True, slots=True)
class Score:
    """Shares of what is right, 0 to 1, over all pages; ``pages_per_second`` on this machine.

    Titles are equal but for case and punctuation. Author names are equal but for case, counted over
    all pages. A day is right in the publisher's zone or in UTC. The body's F1 is of runs of four
    words (of characters in scripts without spaces), averaged over the pages.
    """

    pages: int
    title: float
    author_precision: float
    author_recall: float
    author_f1: float
    day: float
    body_f1: float
    pages_per_second: float


@dataclass(frozen=True, slots=True)
class Page:
    """One page, and what a person says is on it."""

    path: Path
    title: str
    authors: frozenset[str]
    days: frozenset[date]
    body: str


def pages_of(folder: Path) -> Iterator[Page]:
    """Yield the pages of *folder*."""
    for line in (folder / "gold.jsonl").read_text("utf-8").splitlines():
        gold = json.loads(line)
        published = datetime.fromisoformat(gold["published"])
        days = {published.date()}
        if published.tzinfo is not None:
            days.add(published.astimezone(UTC).date())
        yield Page(
            folder / "html" / (gold["html"] + ".gz"),
            gold["title"],
            frozenset(map(str.casefold, gold["authors"])),
            frozenset(days),
            gold["body"],
        )


def f1(found: float, right: float, wanted: float) -> float:
    """Return the harmonic mean of precision and recall: 1 where there is nothing to find."""
    return 2 * right / (found + wanted) if found + wanted else 1.0


def grams(text: str) -> Counter[tuple[str, ...]]:
    words = [
        part
        for word in _WORD.findall(text.casefold())
        for part in (word if word[0] > "\u3040" else [word])
    ]
    return Counter(tuple(words[at : at + _GRAM]) for at in range(max(1, len(words) - _GRAM + 1)))


def score(folder: Path, *, verbose: bool = False) -> Score:
    """Read every page of *folder* and return how much is right; *verbose* prints what is not."""
    titles = days = pages = found = right = wanted = 0
    bodies = seconds = 0.0
    for page in pages_of(folder):
        started = time.perf_counter()
        article = next(iter(read(page.path)))
        seconds += time.perf_counter() - started
        pages += 1
        wanted += len(page.authors)
        if not isinstance(article, Article):
            continue
        names = frozenset(map(str.casefold, article.authors))
        found += len(names)
        right += len(names & page.authors)
        same_title = _WORD.findall(article.title.casefold()) == _WORD.findall(page.title.casefold())
        same_day = article.published is not None and article.published.date() in page.days
        got, want = grams(article.body), grams(page.body)
        body = f1(got.total(), (got & want).total(), want.total())
        titles, days, bodies = titles + same_title, days + same_day, bodies + body
        if verbose:
            _explain(page, article, same_title, names, same_day, body)
    return Score(
        pages=pages,
        title=titles / pages,
        author_precision=right / found if found else 1.0,
        author_recall=right / wanted if wanted else 1.0,
        author_f1=f1(found, right, wanted),
        day=days / pages,
        body_f1=bodies / pages,
        pages_per_second=pages / seconds,
    )


def _explain(
    page: Page,
    article: Article,
    same_title: bool,
    names: frozenset[str],
    same_day: bool,
    body: float,
) -> None:
    name = page.path.name
    if not same_title:
        print(f"{name}: title {article.title!r}, not {page.title!r}")
    if names != page.authors:
        print(
            f"{name}: authors {sorted(names)} from {article.byline!r}, not {sorted(page.authors)}"
        )
    if not same_day:
        days = ", ".join(map(str, sorted(page.days)))
        print(f"{name}: day {article.published} from {article.published_from!r}, not {days}")
    if body < 0.9:
        print(f"{name}: body F1 {body:.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.extraction",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    parser.add_argument("--verbose", action="store_true", help="print what is not right")
    arguments = parser.parse_args()
    result = score(arguments.folder, verbose=arguments.verbose)
    figures = {field.name: getattr(result, field.name) for field in fields(result)}
    for name, value in figures.items():
        print(f"{name:18} {value:7.3f}" if isinstance(value, float) else f"{name:18} {value:7d}")
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
