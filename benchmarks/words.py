"""How fast texts are split into words, and how fast a page of snippets is made.

``python -m benchmarks.words FILE [--json FILE]`` prints a table. FILE is JSON Lines, gzipped or not, an object
with a ``body`` a line, such as ../shared/data/reuters21578/articles.jsonl.gz. Times are
processor time of this process, so other work on the machine matters little; the best of three rounds counts.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from search.highlight.highlighter import Highlighter
from search.query.parser import parse
from search.text.words import tokens

ROUNDS = 3
PAGE = 10
SNIPPET_CHARS = 240
QUERIES = ("oil prices", "trade", '"crude oil"', "oil NEAR/5 price", "-oil trade", "the of")


def bodies_of(path: Path, most: int) -> list[str]:
    """Return the bodies in *path* that are not blank, at most that many."""
    bodies: list[str] = []
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            body = json.loads(line).get("body", "")
            if body.strip():
                bodies.append(body)
            if len(bodies) == most:
                break
    return bodies


def with_curly_quotes(body: str) -> str:
    """Return *body* as most web pages have it: not plain ASCII."""
    return body.replace("'", "’").replace('"', "”") + " – é"


def seconds(action: Callable[[], object]) -> float:
    """Return the least processor time that *action* takes, in seconds."""
    times = []
    for _ in range(ROUNDS):
        began = time.process_time()
        action()
        times.append(time.process_time() - began)
    return min(times)


def read_all(bodies: Iterable[str]) -> None:
    for body in bodies:
        tokens(body)


def show_pages(query: str, bodies: list[str]) -> None:
    tree = parse(query).tree
    for first in range(0, len(bodies), PAGE):
        highlighter = Highlighter(tree)
        for body in bodies[first : first + PAGE]:
            highlighter.snippet(body, SNIPPET_CHARS)


def measured(path: Path, most: int) -> dict[str, float]:
    """Return megabytes (of UTF-8) a second for words, milliseconds a page of ten for snippets."""
    plain = bodies_of(path, most)
    figures = {}
    for name, bodies in (("plain", plain), ("curly", list(map(with_curly_quotes, plain)))):
        size = sum(len(body.encode()) for body in bodies) / 1e6
        figures[f"words, {name}, MB/s"] = size / seconds(lambda texts=bodies: read_all(texts))
        long = [body[:3000] for body in bodies if len(body) > 2500][:400]
        for query in QUERIES if len(long) >= PAGE else ():
            taken = seconds(lambda text=query, texts=long: show_pages(text, texts))
            figures[f"snippets, {name}, {query}, ms/page"] = taken * 1000 * PAGE / len(long)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.words",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--most", type=int, default=5000, help="bodies to read (default: 5000)")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    arguments = parser.parse_args()
    figures = measured(arguments.file, arguments.most)
    for name, figure in figures.items():
        print(f"{figure:8.2f}  {name}")
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
