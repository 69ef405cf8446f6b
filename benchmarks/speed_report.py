"""The figures of the speed benchmark as tables, for a terminal or a page, and as a plot."""

from __future__ import annotations

import math
import platform
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import geometric_mean
from typing import Any

MODES = ("top10", "facet", "page")
TITLES = {
    "top10": "Top 10",
    "facet": "Top 10 and author facet",
    "page": "Whole search page: top 10, author facet, snippets",
}
#: Ours is compared with this one; above 1.0 we are slower.
RIVAL = "tantivy"

BEGIN, END = "<!-- speed:begin -->", "<!-- speed:end -->"
_COLOURS = {
    "newssearch": "#0b6e4f",
    "tantivy": "#c44900",
    "fts5": "#4059ad",
    "whoosh": "#7a7a7a",
    "whoosh-facet": "#a8a8a8",
}

Row = list[str]


def query_rows(result: Mapping[str, Any], mode: str) -> list[Row]:
    """Return the header, a row a class, and the geometric means; times are median (p95) in ms."""
    queries = {name: modes[mode] for name, modes in result["queries"].items()}
    engines = list(next(iter(queries.values())))
    rivals = [name for name in ("newssearch", RIVAL) if name in engines]
    compared = len(rivals) == 2
    rows = [["class", *engines, *([f"/ {RIVAL}", "p95 /"] if compared else [])]]
    for name, times in queries.items():
        row = [
            name,
            *(f"{_short(t['median_ms'])} ({_short(t['p95_ms'])})" for t in times.values()),
        ]
        if compared:
            row += [f"{_ratio(times, RIVAL, what):.2f}" for what in ("median_ms", "p95_ms")]
        rows.append(row)
    means: Row = ["geometric mean"]
    for engine in engines:
        of = [geometric_mean([q[engine][m] for q in queries.values()]) for m in _MEASURES]
        means.append(f"{_short(of[0])} ({_short(of[1])})")
    if compared:
        for what in _MEASURES:
            means.append(
                f"{geometric_mean([_ratio(q, RIVAL, what) for q in queries.values()]):.2f}"
            )
    return [*rows, means]


_MEASURES = ("median_ms", "p95_ms")


def _ratio(times: Mapping[str, Any], rival: str, what: str) -> float:
    return float(times["newssearch"][what] / times[rival][what])


def times_whoosh(result: Mapping[str, Any]) -> float | None:
    """Return how many times faster our page is than stock Whoosh's, None where either is missing."""
    pages = [modes["page"] for modes in result["queries"].values()]
    if not all({"newssearch", "whoosh"} <= page.keys() for page in pages):
        return None
    return 1 / geometric_mean([_ratio(page, "whoosh", "median_ms") for page in pages])


def cost_rows(result: Mapping[str, Any]) -> list[Row]:
    """Return the header and a row an engine: indexing, size, memory, opening."""
    rows = [["engine", "articles/s", "index MB", "peak MB indexing", "open + first query ms"]]
    for name, cost in result["index"].items():
        rows.append(
            [
                name,
                f"{cost['docs_per_s']:,.0f}",
                f"{cost['bytes'] / 1e6:,.1f}",
                f"{cost['peak_mb']:,.0f}",
                _short(result["open_ms"][name]),
            ]
        )
    return rows


def _short(number: float) -> str:
    """Return a number of three digits or so."""
    return f"{number:.2f}" if number < 10 else f"{number:.1f}" if number < 100 else f"{number:,.0f}"


def cold_line(result: Mapping[str, Any]) -> str:
    cold = ", ".join(f"{name} {ms:.0f} ms" for name, ms in result["cold_cli_ms"].items())
    return f"Cold command: {cold}." if cold else "Cold command: none was run."


def grouped_line(result: Mapping[str, Any]) -> str:
    """Return how many times as long a page takes with one row a story."""
    return _against_plain(result, "grouped", "Grouped page / ungrouped page")


def default_line(result: Mapping[str, Any]) -> str:
    """Return how many times as long a page takes that is ranked as people get it."""
    return _against_plain(result, "default", "Page in the default order / plain page")


def _against_plain(result: Mapping[str, Any], which: str, label: str) -> str:
    ratios = {
        name: times[which]["median_ms"] / times["plain"]["median_ms"]
        for name, times in result["grouped"].items()
    }
    most = max(ratios, key=lambda name: ratios[name])
    return (
        f"{label}: {geometric_mean(ratios.values()):.2f} (geometric mean), "
        f"{ratios[most]:.2f} at most ({most})."
    )


def _sections(result: Mapping[str, Any], layout: Callable[[list[Row]], str]) -> Iterable[str]:
    for mode in MODES:
        yield TITLES[mode] + ", ms:"
        yield layout(query_rows(result, mode))
    if (times := times_whoosh(result)) is not None:
        yield f"Against stock Whoosh the whole page is {times:,.0f} times as fast (geometric mean)."
    if "grouped" in result:
        yield grouped_line(result)
        if all("default" in times for times in result["grouped"].values()):
            yield default_line(result)
    yield "Index and opening:"
    yield layout(cost_rows(result))
    yield cold_line(result)


def table(result: Mapping[str, Any]) -> str:
    """Return *result* for a terminal."""
    loops = f"; our inner loops are {result['loops']}" if "loops" in result else ""
    return "\n\n".join([f"{result['docs']:,} articles{loops}", *_sections(result, _in_columns)])


def _in_columns(rows: list[Row]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if at else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )


def markdown(
    results: Sequence[Mapping[str, Any]], remarks: Sequence[str], cores: int, picture: str
) -> str:
    """Return *results* as a section of a page, with this machine, which must be the one they are from.

    *picture* is the address of the plot as seen from the page, "" for none.
    """
    parts = [machine(cores, results)]
    if picture:
        parts.append(f"![Milliseconds a query by number of articles]({picture})")
    for result in results:
        parts += [f"### {result['docs']:,} articles", f"`{command(result)}`"]
        parts += _sections(result, _in_pipes)
    return "\n\n".join(parts + [f"- {remark}" for remark in remarks]) + "\n"


def _in_pipes(rows: list[Row]) -> str:
    header, *others = ("| " + " | ".join(row) + " |" for row in rows)
    return "\n".join([header, "| --- |" + " ---: |" * (len(rows[0]) - 1), *others])


def command(result: Mapping[str, Any]) -> str:
    """Return the command that makes such a result."""
    engines = ",".join(result["index"])
    every = engines == "newssearch,whoosh,tantivy,fts5"
    return f"python -m benchmarks.speed --docs {result['docs']}" + (
        "" if every else f" --engines {engines}"
    )


def machine(cores: int, results: Sequence[Mapping[str, Any]]) -> str:
    """Return a sentence about this machine, the loops that answered and the versions of what was compared."""
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((x.split(": ")[1] for x in lines if x.startswith("model name")), model)
    except OSError:
        pass
    packages = ["Whoosh", "tantivy", "sqlite-utils", "numpy"]
    versions = ", ".join(f"{name} {_version(name)}" for name in packages)
    answered = dict.fromkeys(result["loops"] for result in results if "loops" in result)
    loops = f"our inner loops {' and '.join(answered)}; " if answered else ""
    system = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return f"Machine: {model}, {cores} core(s) used, {system}; {loops}{versions}."


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def insert(page: Path, text: str) -> None:
    """Put *text* between the two marks in *page* and remove what was there.

    Raises SystemExit where the page has no marks.
    """
    whole = page.read_text("utf-8")
    before, begin, rest = whole.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{page}: has no {BEGIN} and {END} to put the table between")
    page.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", "utf-8")


# The plot: a panel a mode, both axes logarithmic, a line an engine. So little needs no library.

_WIDTH, _HEIGHT, _LEFT, _TOP, _GAP = 240, 220, 56, 40, 60


def plot(results: Sequence[Mapping[str, Any]]) -> str:
    """Return an SVG of the geometric mean over the classes, by number of articles and engine."""
    results = sorted(results, key=lambda result: result["docs"])
    panels = {mode: _lines(results, mode) for mode in MODES}
    times = [ms for lines in panels.values() for line in lines.values() for _, ms in line]
    docs = [result["docs"] for result in results]
    x = _log_scale(min(docs), max(docs), 0, _WIDTH)
    low, high = (
        10.0 ** math.floor(math.log10(min(times))),
        10.0 ** math.ceil(math.log10(max(times))),
    )
    y = _log_scale(low, high, _HEIGHT, 0)
    width = _LEFT + len(MODES) * (_WIDTH + _GAP)
    height = _TOP + _HEIGHT + 70
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"'
        ' font-family="sans-serif" font-size="12">',
        "<title>Milliseconds a query by number of articles: geometric mean of the medians</title>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    for number, (mode, lines) in enumerate(panels.items()):
        left = _LEFT + number * (_WIDTH + _GAP)
        parts.append(f'<g transform="translate({left} {_TOP})">')
        parts.append(f'<text y="-12" font-weight="bold">{mode}, ms</text>')
        parts += _axes(docs, low, high, x, y)
        for engine, line in lines.items():
            points = " ".join(f"{x(at):.1f},{y(ms):.1f}" for at, ms in line)
            colour = _COLOURS[engine]
            parts.append(
                f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
            )
            parts += [
                f'<circle cx="{x(at):.1f}" cy="{y(ms):.1f}" r="3" fill="{colour}"/>'
                for at, ms in line
            ]
        parts.append("</g>")
    for number, engine in enumerate(sorted({name for lines in panels.values() for name in lines})):
        at = _LEFT + number * 120
        parts.append(
            f'<rect x="{at}" y="{height - 22}" width="14" height="4" fill="{_COLOURS[engine]}"/>'
        )
        parts.append(f'<text x="{at + 20}" y="{height - 15}">{engine}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _lines(results: Sequence[Mapping[str, Any]], mode: str) -> dict[str, list[tuple[int, float]]]:
    """Return the points (articles, ms) of each engine."""
    lines: dict[str, list[tuple[int, float]]] = {}
    for result in results:
        for engine in result["index"]:
            medians = [modes[mode][engine]["median_ms"] for modes in result["queries"].values()]
            lines.setdefault(engine, []).append((result["docs"], geometric_mean(medians)))
    return lines


def _log_scale(low: float, high: float, first: float, last: float) -> Callable[[float], float]:
    span = math.log(high / low) or 1.0
    return lambda value: first + (last - first) * math.log(value / low) / span


def _axes(
    docs: Sequence[int],
    low: float,
    high: float,
    x: Callable[[float], float],
    y: Callable[[float], float],
) -> Iterable[str]:
    for at in docs:
        yield f'<line x1="{x(at):.1f}" x2="{x(at):.1f}" y1="0" y2="{_HEIGHT}" stroke="#eee"/>'
        yield f'<text x="{x(at):.1f}" y="{_HEIGHT + 16}" text-anchor="middle">{_count(at)}</text>'
    tick = low
    while tick <= high * 1.001:
        yield f'<line x1="0" x2="{_WIDTH}" y1="{y(tick):.1f}" y2="{y(tick):.1f}" stroke="#ddd"/>'
        yield f'<text x="-6" y="{y(tick) + 4:.1f}" text-anchor="end">{tick:g}</text>'
        tick *= 10


def _count(articles: int) -> str:
    """Return a number of articles in short: 20k, 1M."""
    for size, letter in ((1_000_000, "M"), (1000, "k")):
        if articles >= size:
            return f"{articles / size:g}{letter}"
    return str(articles)
