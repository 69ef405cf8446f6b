"""What is made of real bylines, drawn by chance, for a person to judge.

``python -m benchmarks.bylines FOLDER [--seed N] [--number N]`` prints a row of a table for each: the byline as printed, the authors,
the agency and the credits. FOLDER holds ``reuters21578/articles.jsonl.gz`` and ``extraction/html``: half of the bylines are different
ones of the first, the others are of pages, at most one a page: what stands in a meta for the author, or in an element whose class or
``rel`` says author or byline.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
from html.parser import HTMLParser
from pathlib import Path

from search.readers.byline import MAX_BYLINE_CHARS, parse_byline

_CLASS = re.compile(
    r"(?:^|[-_ ])(?:byline|authors?|autor(?:en)?|article-author)(?:$|[-_ ])", re.IGNORECASE
)
_METAS = ("author", "article:author", "byl", "parsely-author", "sailthru.author", "dc.creator")
_EMPTY = ("br", "img", "meta", "link", "input", "hr", "source", "wbr")
_MAX_CHARS = 200
_SHOWN_CHARS = 60


class _Bylines(HTMLParser):
    """Gathers the bylines of a page, each once."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, None] = {}
        self._depth = 0
        self._text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "meta":
            name = values.get("name") or values.get("property") or ""
            if name.casefold() in _METAS:
                self._keep(values.get("content", ""))
        if tag in _EMPTY:
            self._text.append("\n" if tag == "br" else "")
        elif self._depth:
            self._depth += 1
            self._text.append("\n" if tag in ("p", "div", "li") else " ")
        elif _CLASS.search(values.get("class", "")) or values.get("rel") == "author":
            self._depth = 1

    def handle_endtag(self, tag: str) -> None:
        if self._depth and tag not in _EMPTY:
            self._depth -= 1
            if not self._depth:
                self._keep("".join(self._text))
                self._text = []

    def handle_data(self, data: str) -> None:
        if self._depth:
            self._text.append(data)

    def _keep(self, text: str) -> None:
        lines = [" ".join(line.split()) for line in text.splitlines()]
        text = "\n".join(filter(None, lines))
        if text and len(text) <= min(_MAX_CHARS, MAX_BYLINE_CHARS) and any(map(str.isalpha, text)):
            self.found[text] = None


def bylines_of_pages(folder: Path) -> list[list[str]]:
    """Return the bylines of each page of *folder* that has some, in order of the names of the pages."""
    pages = []
    for path in sorted(folder.rglob("*.gz")):
        parser = _Bylines()
        parser.feed(gzip.decompress(path.read_bytes()).decode("utf-8", "replace"))
        if parser.found:
            pages.append(list(parser.found))
    return pages


def bylines_of_reuters(path: Path) -> list[str]:
    """Return the different bylines of a file of records, in order."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        records = map(json.loads, lines)
        return sorted({r["raw_author"] for r in records if r.get("raw_author")})


def drawn(folder: Path, seed: int, number: int) -> list[str]:
    """Return *number* bylines of *folder*, the same ones for the same *seed*."""
    chance = random.Random(seed)  # not a secret
    pages = bylines_of_pages(folder / "extraction" / "html")
    of_pages = [chance.choice(found) for found in chance.sample(pages, number - number // 2)]
    return [
        *chance.sample(
            bylines_of_reuters(folder / "reuters21578" / "articles.jsonl.gz"), number // 2
        ),
        *of_pages,
    ]


def _row(text: str) -> str:
    parsed = parse_byline(text, lone_names=False)
    credits = ", ".join(f"{name} ({role})" for name, role in parsed.credits)
    shown = text.replace("\n", " ⏎ ")
    shown = (shown[:_SHOWN_CHARS] + " …" if len(shown) > _SHOWN_CHARS else shown).replace(
        "|", "\\|"
    )
    return f"| {shown} | {', '.join(parsed.authors)} | {parsed.agency} | {credits} |"


def main() -> None:
    parser = argparse.ArgumentParser("python -m benchmarks.bylines", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=10)
    parser.add_argument("--number", type=int, default=100)
    options = parser.parse_args()
    print("| byline | authors | agency | credits |\n| --- | --- | --- | --- |")
    for text in drawn(options.folder, options.seed, options.number):
        print(_row(text))


if __name__ == "__main__":
    main()
