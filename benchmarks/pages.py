"""How long a page takes within the server, of an index that is there: ``python -m benchmarks.pages INDEX``.

It says the processor time, which other programs on the machine change little, from the call of the application to the bytes of the page; the
pages of each kind are asked for in turns, in one process. The figures are in docs/performance.md.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from urllib.parse import quote_plus

from flask import Flask
from werkzeug.test import create_environ, run_wsgi_app

from search.cli.main import COLLECTED_EVERY
from search.engines.registry import open_engine
from search.model.settings import Settings
from search.service.service import SearchService
from web.app import create_app

#: What a newsroom may have asked in the year of Reuters-21578.
QUERIES = (
    "oil", "opec oil", "reagan", "wheat price", "bank of japan", "trade deficit", "president", "stock market",
    "interest rate cut", "dollar yen",
)  # fmt: skip
TYPED = ("re", "oi", "ban", "tra", "st", "in", "oil pr", "person:rea")
#: Times that each page is asked for without being counted: what is read or compiled once is ready then.
_BEFORE = 3


def addresses(queries: Sequence[str], facets: Sequence[str]) -> dict[str, list[str]]:
    """Return addresses by the kind of page: results for *queries*, all values of *facets*, what may be meant by what is typed."""
    return {
        "results": [f"/search?q={quote_plus(query)}" for query in queries],
        "facet": [f"/facet/{name}?q={quote_plus(queries[0])}" for name in facets],
        "facet, all": [f"/facet/{name}" for name in facets],
        "suggest": [f"/suggest?q={quote_plus(typed)}" for typed in TYPED],
    }


def times_of(
    app: Flask, paths: Sequence[str], rounds: int, headers: Mapping[str, str] | None = None
) -> list[float]:
    """Return how long each page of *paths* took each time, in milliseconds of processor time. Raises ValueError for one that is not there."""
    environments = [create_environ(path, headers=headers) for path in paths]
    times = []
    for number in range(_BEFORE + rounds):
        for path, environment in zip(paths, environments, strict=True):
            own = dict(environment)
            began = time.process_time()
            _, status, _ = run_wsgi_app(app, own, buffered=True)
            took = time.process_time() - began
            if not status.startswith("200 "):
                raise ValueError(f"{path}: {status}")
            if number >= _BEFORE:
                times.append(1000 * took)
    return times


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=__doc__)
    parser.add_argument("index", help="an index, as newssearch --index takes it")
    parser.add_argument("--query", action="append", help="a query, in place of the usual ten")
    parser.add_argument("--rounds", type=int, default=20, help="how often each page is asked for")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    given = parser.parse_args(arguments)
    gc.set_threshold(COLLECTED_EVERY)  # as the command that serves does
    settings = Settings(index=given.index)
    figures: dict[str, dict[str, float]] = {}
    with closing(open_engine(settings.index, settings=settings)) as engine:
        app = create_app(SearchService(engine, settings), settings)
        kinds = addresses(given.query or QUERIES, engine.fields.facets)
        timed: list[tuple[str, list[str], dict[str, str]]]
        timed = [(kind, paths, {}) for kind, paths in kinds.items()]
        timed.insert(1, ("results, gzip", kinds["results"], {"Accept-Encoding": "gzip"}))
        for kind, paths, headers in timed:
            times = sorted(times_of(app, paths, given.rounds, headers))
            p95 = times[int(0.95 * len(times))]
            figures[kind] = {"median_ms": statistics.median(times), "p95_ms": p95}
            print(f"{kind:13}  median {figures[kind]['median_ms']:6.2f} ms  p95 {p95:6.2f} ms")
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
