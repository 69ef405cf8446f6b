"""How much of a news page the HTML reader gets right, and trafilatura alone, against pages with known answers.

``python -m benchmarks.extraction FOLDER [--json FILE]`` prints a table. FOLDER holds ``gold.jsonl``, an object
a line with the keys id, html, url, title, authors, published, body, and the pages as ``html/NAME.gz`` or
``html/NAME``. A key that a line lacks, or has without a value, is not asked of that page. Both read each
page before the next one, in turns first, so that a machine that gets slower is slower for both.
"""

from __future__ import annotations

import argparse
import gzip
import json
import logging
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import trafilatura

from search.model.article import Article
from search.readers.opening import read

_WORD = re.compile(r"\w+")
_GRAM = 4
#: Roles of credits that are no persons'.
ORGANISATIONS = ("agency", "organisation")


@dataclass(frozen=True, slots=True)
class Page:
    """One page, and what a person says is on it; None for what nobody said."""

    path: Path
    title: str | None
    authors: frozenset[str] | None
    days: frozenset[date] | None
    body: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reader found on a page."""

    title: str = ""
    authors: frozenset[str] = frozenset()
    day: date | None = None
    body: str = ""


@dataclass(slots=True)
class Overlap:
    """How much was found, how much of that is right, and how much there was to find."""

    found: float = 0
    right: float = 0
    wanted: float = 0

    def shares(self) -> dict[str, float]:
        """Return precision, recall and F1, each 1 where there was nothing to find and nothing found."""
        return {
            "p": self.right / self.found if self.found else 1.0,
            "r": self.right / self.wanted if self.wanted else 1.0,
            "f1": f1(self.found, self.right, self.wanted),
        }


@dataclass(slots=True)
class Score:
    """What a reader got right so far.

    Titles are equal but for case, punctuation and soft hyphens. Author names are equal but for case and
    counted over all pages. Pages name organisations as authors too, and so does the gold; newssearch keeps those
    as credits, which count here as trafilatura's, who does not tell them apart, do. A day is right in the publisher's zone or in UTC. Bodies are compared by runs of
    four words (of characters in scripts without spaces), and the shares are averages over the pages.
    """

    titles: list[bool] = field(default_factory=list)
    authors: Overlap = field(default_factory=Overlap)
    asked_authors: int = 0
    days: list[bool] = field(default_factory=list)
    bodies: list[dict[str, float]] = field(default_factory=list)
    pages: int = 0
    seconds: float = 0.0

    def add(self, page: Page, answer: Answer) -> list[str]:
        """Count an answer; return what is not right in it, for a person."""
        wrong = []
        if page.title is not None:
            self.titles.append(words(answer.title) == words(page.title))
            if not self.titles[-1]:
                wrong.append(f"title {answer.title!r}, not {page.title!r}")
        if page.authors is not None:
            self.asked_authors += 1
            self.authors.found += len(answer.authors)
            self.authors.right += len(answer.authors & page.authors)
            self.authors.wanted += len(page.authors)
            if answer.authors != page.authors:
                wrong.append(f"authors {sorted(answer.authors)}, not {sorted(page.authors)}")
        if page.days is not None:
            self.days.append(answer.day in page.days)
            if not self.days[-1]:
                wrong.append(f"day {answer.day}, not {', '.join(map(str, sorted(page.days)))}")
        if page.body is not None:
            got, want = grams(answer.body), grams(page.body)
            shares = Overlap(got.total(), (got & want).total(), want.total()).shares()
            self.bodies.append(shares)
            if shares["f1"] < 0.9:
                wrong.append("body " + " ".join(f"{k} {v:.3f}" for k, v in shares.items()))
        return wrong

    def figures(self) -> dict[str, object]:
        """Return the shares of what is right, None for what was asked of no page, and pages a second."""
        shares = {key: _mean([each[key] for each in self.bodies]) for key in ("p", "r", "f1")}
        return {
            "body": shares if self.bodies else None,
            "title": _mean(self.titles),
            "authors": self.authors.shares() if self.asked_authors else None,
            "day": _mean(self.days),
            "pages_per_s": self.pages / self.seconds if self.seconds else None,
        }


def _mean(values: list[float] | list[bool]) -> float | None:
    return sum(values) / len(values) if values else None


def f1(found: float, right: float, wanted: float) -> float:
    """Return the harmonic mean of precision and recall: 1 where there is nothing to find."""
    return 2 * right / (found + wanted) if found + wanted else 1.0


def words(text: str) -> list[str]:
    return _WORD.findall(text.replace("\N{SOFT HYPHEN}", "").casefold())


def grams(text: str) -> Counter[tuple[str, ...]]:
    parts = [part for word in words(text) for part in (word if word[0] > "\u3040" else [word])]
    return Counter(tuple(parts[at : at + _GRAM]) for at in range(max(1, len(parts) - _GRAM + 1)))


def pages_of(folder: Path) -> Iterator[Page]:
    """Yield the pages of *folder*."""
    for line in (folder / "gold.jsonl").read_text("utf-8").splitlines():
        gold = json.loads(line)
        path = folder / "html" / (gold["html"] + ".gz")
        yield Page(
            path if path.exists() else path.with_suffix(""),
            gold.get("title") or None,
            _folded(gold["authors"]) if gold.get("authors") is not None else None,
            _days(gold["published"]) if gold.get("published") else None,
            gold.get("body") or None,
        )


def _folded(authors: list[str] | tuple[str, ...]) -> frozenset[str]:
    return frozenset(name.casefold() for name in authors)


def _days(said: str) -> frozenset[date]:
    published = datetime.fromisoformat(said)
    if published.tzinfo is None:
        return frozenset((published.date(),))
    return frozenset((published.date(), published.astimezone(UTC).date()))


def read_by_newssearch(path: Path) -> Answer:
    article = next(iter(read(path)))
    if not isinstance(article, Article):
        return Answer()
    return Answer(
        article.title,
        _folded([*article.authors, *(c.name for c in article.credits if c.role in ORGANISATIONS)]),
        article.published.date() if article.published else None,
        article.body,
    )


def read_by_trafilatura(path: Path) -> Answer:
    """Read a page as users of trafilatura do, with its metadata; it gives names as "One; Two"."""
    content = path.read_bytes()
    if path.suffix == ".gz":
        content = gzip.decompress(content)
    said = trafilatura.extract(content, output_format="json", with_metadata=True)
    found = json.loads(said) if said else {}
    authors = [name.strip() for name in (found.get("author") or "").split(";") if name.strip()]
    day = found.get("date")
    return Answer(
        found.get("title") or "",
        _folded(authors),
        date.fromisoformat(day[:10]) if day else None,
        found.get("text") or "",
    )


READERS: dict[str, Callable[[Path], Answer]] = {
    "newssearch": read_by_newssearch,
    "trafilatura": read_by_trafilatura,
}


def score(folder: Path, *, verbose: bool = False) -> dict[str, Score]:
    """Read every page of *folder* by each of `READERS`; *verbose* prints what newssearch gets wrong."""
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    scores = {name: Score() for name in READERS}
    names = list(READERS)
    for at, page in enumerate(pages_of(folder)):
        if at == 0:  # what is imported and compiled at the first page is not a page's time
            for name in names:
                READERS[name](page.path)
        for name in names if at % 2 == 0 else reversed(names):
            started = time.perf_counter()
            answer = READERS[name](page.path)
            scores[name].seconds += time.perf_counter() - started
            scores[name].pages += 1
            for wrong in scores[name].add(page, answer):
                if verbose and name == "newssearch":
                    print(f"{page.path.name}: {wrong}")
    return scores


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
    scores = score(arguments.folder, verbose=arguments.verbose)
    figures = {name: each.figures() for name, each in scores.items()}
    columns = [list(_rows(each)) for each in figures.values()]
    print(f"{'':14}" + "".join(f"{name:>14}" for name in figures))
    for rows in zip(*columns, strict=True):
        values = ("-" if value is None else f"{value:.3f}" for _, value in rows)
        print(f"{rows[0][0]:14}" + "".join(f"{value:>14}" for value in values))
    print(f"{scores['newssearch'].pages} pages")
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")


def _rows(figures: dict[str, object]) -> Iterator[tuple[str, float | None]]:
    """Yield the name and value of each figure, a line of the table."""
    for name, value in figures.items():
        if isinstance(value, dict):
            yield from ((f"{name} {key}", share) for key, share in value.items())
        elif value is None and name in ("body", "authors"):
            yield from ((f"{name} {key}", None) for key in ("p", "r", "f1"))
        else:
            yield name, value if isinstance(value, float) else None


if __name__ == "__main__":
    main()
