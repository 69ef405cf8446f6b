"""How fast we search next to stock Whoosh, tantivy and SQLite FTS5: ``python -m benchmarks.speed --docs N``.

All engines index the same corpus and answer the same queries, taking turns, in one run. What is
measured and how stands in docs/performance.md, with the figures.

With results of earlier runs as arguments nothing is measured: ``--plot`` and ``--markdown`` show those.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.speed_corpus import REAL_ARTICLES, Corpus, read_real, write_corpus
from benchmarks.speed_peers import PEERS, USUAL, Default, Grouped, Peer, is_installed
from benchmarks.speed_process import build, cold_commands_ms, opening_ms, serving
from benchmarks.speed_queries import (
    REAL_QUERIES,
    REAL_QUERIES_ASKED,
    Sample,
    Wanted,
    draw,
    newssearch_text,
    read_queries,
)
from benchmarks.speed_report import MODES, insert, markdown, plot, table
from search.engines.whoosh_index import kernels

#: Totals may differ by so much: tokenizers and stemmers do.
TOLERANCE = 0.05
OPENINGS = 7


def measure(
    asks: Mapping[str, Callable[[Wanted], object]],
    queries: Sequence[Wanted],
    repetitions: int,
    budget_s: float,
) -> dict[str, list[float]]:
    """Return how many milliseconds each engine took for each query and repetition.

    The engines take turns at every query, another first each time. A first round, not counted, warms
    up. An engine that has used up *budget_s* is asked no more, so a slow one answers fewer queries.
    """
    taken: dict[str, list[float]] = {name: [] for name in asks}
    names = list(asks)
    spent = dict.fromkeys(names, 0.0)
    for number in range(repetitions + 1):
        if number == 1:
            spent = dict.fromkeys(names, 0.0)
        gc.collect()
        gc.disable()
        try:
            for place, wanted in enumerate(queries):
                first = (place + number) % len(names)
                for name in names[first:] + names[:first]:
                    if spent[name] > budget_s:
                        continue
                    began = time.perf_counter()
                    asks[name](wanted)
                    seconds = time.perf_counter() - began
                    spent[name] += seconds
                    if number > 0:
                        taken[name].append(1000 * seconds)
        finally:
            gc.enable()
    return taken


def summary(taken: Sequence[float]) -> dict[str, float]:
    """Return median and 95th percentile of milliseconds."""
    ordered = sorted(taken)
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return {"median_ms": statistics.median(ordered), "p95_ms": p95}


def differing_totals(
    peers: Mapping[str, Peer], queries: Sequence[Wanted]
) -> Iterator[tuple[str, dict[str, int]]]:
    """Yield the queries of which engines find clearly more or fewer articles than others do."""
    for wanted in queries:
        totals = {name: peer.facet(wanted) for name, peer in peers.items()}
        middle = statistics.median(totals.values())
        if any(abs(total - middle) > max(3, TOLERANCE * middle) for total in totals.values()):
            yield newssearch_text(wanted), totals


class Run:
    """One run of the benchmark in one folder: corpus, indexes, queries, figures."""

    def __init__(self, options: argparse.Namespace, engines: Sequence[str], folder: Path) -> None:
        self._options = options
        self._engines = engines
        self._folders = {name: folder / name for name in engines}
        self._corpus = folder / "corpus.jsonl"
        self._queries: dict[str, tuple[Wanted, ...]] = {}
        self.result: dict[str, Any] = {"docs": options.docs}
        if "newssearch" in engines:
            self.result["loops"] = kernels.description()
        #: Sentences that have no place among the figures.
        self.remarks: list[str] = []

    def go(self) -> None:
        self._grow()
        self._build()
        with contextlib.ExitStack() as stack:
            peers = {name: PEERS[name][0]() for name in self._engines}
            for name, peer in peers.items():
                peer.open(self._folders[name])
                stack.callback(peer.close)
            self._compare_totals(peers)
            self.result["queries"] = {
                name: {mode: self._ask(peers, name, mode) for mode in MODES}
                for name in self._queries
            }
            if "newssearch" in peers:
                self._group(peers["newssearch"])
        self._open()

    def _grow(self) -> None:
        options = self._options
        tell(f"growing {options.docs:,} articles")
        sample = Sample()
        for record in write_corpus(Corpus(read_real(options.articles), options.docs), self._corpus):
            sample.look_at(record)
        real: list[Wanted] = []
        if options.real_queries.exists():
            real = read_queries(options.real_queries, sample, REAL_QUERIES_ASKED)
        else:
            self.remarks.append(f"no real queries: {options.real_queries} is not there")
        self._queries = draw(sample, options.queries_per_class, real)

    def _build(self) -> None:
        self.result["index"] = {}
        for name in self._engines:
            tell(f"indexing with {name}")
            folder, options = self._folders[name], self._options
            cost = build(name, self._corpus, folder, options.docs, options.cores)
            check_articles(name, folder, options.docs)
            self.result["index"][name] = asdict(cost)

    def _compare_totals(self, peers: Mapping[str, Peer]) -> None:
        words = [*self._queries["frequent_word"], *self._queries["mid_word"]]
        tell("comparing totals")
        differing = list(differing_totals(peers, words))
        if differing:
            self.remarks.append(
                f"totals differ by more than {TOLERANCE:.0%} for {len(differing)} of {len(words)}"
                " words, as stemmers and tokenizers do: "
                + "; ".join(f"{text} {totals}" for text, totals in differing[:3])
            )

    def _ask(self, peers: Mapping[str, Peer], name: str, mode: str) -> dict[str, dict[str, float]]:
        tell(f"asking {name}, {mode}")
        options = self._options
        asks = {engine: getattr(peer, mode) for engine, peer in peers.items()}
        taken = measure(asks, self._queries[name], options.repetitions, options.budget)
        for engine, values in taken.items():
            if len(values) < options.repetitions * len(self._queries[name]):
                few = f"{engine} ran out of time: {len(values)} answers of {name}, {mode}"
                self.remarks.append(few)
        return {engine: summary(values) for engine, values in taken.items()}

    def _group(self, plain: Peer) -> None:
        """Measure pages with one row a story, and in the default order, in turns with plain pages of articles."""
        tell("grouping")
        grouped, default, options = Grouped(), Default(), self._options
        grouped.open(self._folders["newssearch"])
        default.open(self._folders["newssearch"])
        asks = {"grouped": grouped.page, "default": default.page, "plain": plain.page}
        self.result["grouped"] = {
            name: {
                engine: summary(taken)
                for engine, taken in measure(
                    asks, queries, options.repetitions, options.budget
                ).items()
            }
            for name, queries in self._queries.items()
        }
        grouped.close()
        default.close()

    def _open(self) -> None:
        tell("opening")
        words = [wanted.words[0] for wanted in self._queries["frequent_word"]]
        first = Wanted("all", (words[0],))
        self.result["open_ms"] = {
            name: opening_ms(name, folder, first, OPENINGS)
            for name, folder in self._folders.items()
        }
        tell("running cold commands")
        runs = self._options.cold_runs + 1
        cold = cold_commands_ms(self._folders, (words * runs)[:runs])
        self.result["cold_cli_ms"] = cold
        if "sqlite-utils" not in cold:
            self.remarks.append("sqlite-utils was not run: it or the fts5 engine is missing")
        if "newssearch" in self._folders:
            every = [wanted for queries in self._queries.values() for wanted in queries]
            memory = serving(self._folders["newssearch"], every)
            self.remarks.append(
                f"newssearch serving: {memory.peak_mb:.0f} MB at its peak, mapped files included,"
                f" {memory.private_mb:.0f} MB of its own"
            )


def tell(message: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {message}", file=sys.stderr, flush=True)


def chosen_engines(names: Sequence[str]) -> list[str]:
    """Return those of *names* that can be run here; says which cannot. At least one must."""
    installed = [name for name in names if is_installed(name)]
    for name in names:
        if name not in installed:
            tell(f"{name} is left out, it is not installed: pip install newssearch[bench]")
    if not installed:
        raise SystemExit("none of the engines is installed")
    return installed


def check_loops(engines: Sequence[str], allow_reference: bool) -> None:
    """Stop where ours would be measured on the slow loops and nobody said so."""
    if "newssearch" in engines and not kernels.IS_COMPILED and not allow_reference:
        raise SystemExit(
            f"The inner loops of {Path(kernels.__file__).parent} are {kernels.description()}: they are slow, and"
            " nothing is measured. Compile them with: python setup.py build_ext --inplace;"
            " or measure them as they are with --allow-reference"
        )


def check_articles(engine: str, folder: Path, docs: int) -> None:
    """Stop where the index in *folder* does not hold *docs* articles, which all figures are of."""
    peer = PEERS[engine][0]()
    peer.open(folder)
    try:
        held = peer.articles()
    finally:
        peer.close()
    if held != docs:
        raise SystemExit(f"{engine} indexed {held:,} of {docs:,} articles; nothing is measured")


@contextlib.contextmanager
def work_folder(keep: Path | None) -> Iterator[Path]:
    """Give a temporary folder, or *keep*, which must be empty or not there yet."""
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="speed-") as folder:
            yield Path(folder)
        return
    keep.mkdir(parents=True, exist_ok=True)
    if any(keep.iterdir()):
        raise SystemExit(f"{keep} is not empty; give a new folder to keep corpus and indexes in")
    yield keep.resolve()


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.speed",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    available = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    add("results", nargs="*", type=Path, metavar="JSON", help="show these instead of measuring")
    add("--docs", type=int, default=100_000, metavar="N", help="articles to grow [100000]")
    add("--json", type=Path, metavar="FILE", help="write the figures there too")
    add("--markdown", type=Path, metavar="FILE", help="put the table into this page")
    add("--plot", type=Path, metavar="FILE.svg", help="draw how cost grows over the results")
    add("--queries-per-class", type=int, default=40, metavar="N")
    add("--repetitions", type=int, default=5, metavar="N", help="of each query [5]")
    add("--budget", type=float, default=10.0, metavar="S", help="of an engine, class and mode [10]")
    add("--cold-runs", type=int, default=11, metavar="N", help="of each command [11]")
    add("--cores", type=int, default=len(available) or os.cpu_count() or 1, metavar="N")
    add("--engines", default=",".join(USUAL), metavar="A,B", help=f"of {', '.join(PEERS)}")
    add(
        "--allow-reference",
        action="store_true",
        help="measure ours though its loops are not compiled",
    )
    add("--keep", type=Path, metavar="DIR", help="leave corpus and indexes there")
    add("--articles", type=Path, default=REAL_ARTICLES, metavar="FILE", help="to grow from")
    add("--real-queries", type=Path, default=REAL_QUERIES, metavar="FILE")
    options = parser.parse_args(arguments)
    options.engines = options.engines.split(",")
    if unknown := [name for name in options.engines if name not in PEERS]:
        parser.error(f"no engine {unknown[0]!r}; there are {', '.join(PEERS)}")
    if not options.results and not options.articles.exists():
        parser.error(f"{options.articles} is not there; name articles to grow from with --articles")
    if options.docs < 100:
        parser.error("--docs: at least 100, of fewer no words can be drawn")
    if available:  # the children inherit it
        os.sched_setaffinity(0, available[: options.cores])
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    options = parsed(arguments)
    remarks: list[str] = []
    if options.results:
        results = [json.loads(path.read_text("utf-8")) for path in options.results]
    else:
        engines = chosen_engines(options.engines)
        check_loops(engines, options.allow_reference)
        with work_folder(options.keep) as folder:
            run = Run(options, engines, folder)
            run.go()
        results, remarks = [run.result], run.remarks
        if options.json:
            options.json.write_text(json.dumps(run.result, indent=1) + "\n", "utf-8")
    for result in results:
        print(table(result))
    print("\n".join(remarks))
    picture = ""
    if options.plot:
        options.plot.write_text(plot(results), "utf-8")
        picture = os.path.relpath(options.plot, options.markdown.parent) if options.markdown else ""
    if options.markdown:
        insert(options.markdown, markdown(results, remarks, options.cores, picture))
    return 0


if __name__ == "__main__":
    sys.exit(main())
