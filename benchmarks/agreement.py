"""Whether two indexes of the same articles give the same answers: ``python -m benchmarks.agreement INDEX OTHER --queries FILE``.

Real queries are put to both, as a page of results asks them: the usual order, names joined, stories grouped, all facets, a
histogram. Each difference is printed. With ``--native`` the cluster scores OTHER: how far is its order ours?
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.speed_queries import REAL_QUERIES, REAL_QUERIES_ASKED, SEED
from search.engines.protocol.engine import Engine
from search.engines.registry import open_engine
from search.model.question import AUTO, FacetRequest, Match, Question
from search.model.settings_files import in_force
from search.service.answer import ResultPage
from search.service.service import SearchService


class Compared(NamedTuple):
    """What two answers to one query have in common."""

    query: str
    total: int
    #: What differs, in words: nothing where the answers are the same.
    differences: tuple[str, ...]
    #: Of the hits of the first answer, the share that the second has too.
    overlap: float
    is_first_same: bool
    #: Kendall's tau over the hits of both: 1 where they are in the same order, -1 where it is reversed; None of fewer than two.
    tau: float | None


def real_queries(path: Path, engine: Engine, wanted: int) -> list[Question]:
    """Return *wanted* queries by chance, always the same, of which *engine* finds something.

    They are lines of JSON, {"query": ..., "tags": [...]}, in Lucene's syntax: words side by side there are a union, of which
    any is enough; with a ``+`` before each all have to be there, as ours have anyway.
    """
    questions = {}
    for line in path.read_text("utf-8").splitlines():
        record = json.loads(line)
        match: Match = "any" if "union" in record["tags"] else "all"
        questions[Question(record["query"].replace("+", ""), match=match)] = None
    drawn = list(questions)
    random.Random(SEED).shuffle(drawn)
    service, found = SearchService(engine, in_force().settings), list[Question]()
    for question in drawn:
        if len(found) == wanted:
            break
        if service.search(question._replace(page_size=1, rank="plain")).total:
            found.append(question)
    return found


def compared(query: str, first: ResultPage, second: ResultPage) -> Compared:
    """Return what the answers *first* and *second* to *query* have in common."""
    ids, others = ([hit.article.article_id for hit in page.hits] for page in (first, second))
    both = [each for each in ids if each in others]
    return Compared(
        query,
        first.total,
        tuple(_differences(first, second)),
        len(both) / len(ids) if ids else 1.0,
        ids[:1] == others[:1],
        _tau([others.index(each) for each in both]),
    )


def _differences(first: ResultPage, second: ResultPage) -> Iterator[str]:
    ids, others = ([hit.article.article_id for hit in page.hits] for page in (first, second))
    if ids != others:
        place = next(
            (n for n, pair in enumerate(zip(ids, others, strict=False)) if len(set(pair)) > 1),
            min(len(ids), len(others)),
        )
        yield f"hits from place {place + 1} on: {' '.join(ids[place:])} and {' '.join(others[place:])}"
    for name in ("total", "stories", "moved", "read_as", "notices", "histogram"):
        one, other = getattr(first, name), getattr(second, name)
        if one != other:
            yield f"{name}: {one!r} and {other!r}"
    for name, counts in first.facets.items():
        if counts != second.facets[name]:
            yield f"facet {name}: {counts!r} and {second.facets[name]!r}"


def _tau(places: Sequence[int]) -> float | None:
    pairs = list(combinations(places, 2))
    return sum(1 if a < b else -1 for a, b in pairs) / len(pairs) if pairs else None


def compare(
    first: SearchService, second: SearchService, questions: Iterable[Question]
) -> Iterator[Compared]:
    """Put each of *questions* to both services; yield what the answers have in common."""
    for question in questions:
        yield compared(question.text, first.search(question), second.search(question))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.agreement", description=__doc__)
    parser.add_argument("index", help="an index")
    parser.add_argument("other", help="another one with the same articles")
    parser.add_argument("--queries", type=Path, default=REAL_QUERIES, help="lines of JSON")
    parser.add_argument("--number", type=int, default=REAL_QUERIES_ASKED)
    parser.add_argument(
        "--rank", default="", help="as newssearch query --rank; none: the usual one"
    )
    parser.add_argument("--hits", type=int, default=10, help="hits of each answer")
    parser.add_argument(
        "--native",
        action="store_true",
        help="OTHER is scored by its cluster; hits alone are compared",
    )
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args(arguments)
    settings = in_force().settings._replace(query_timeout_ms=0)
    others = settings._replace(opensearch_scoring="native" if chosen.native else "exact")
    with (
        closing(open_engine(chosen.index, settings=settings)) as engine,
        closing(open_engine(chosen.other, settings=others)) as other,
    ):
        queries = real_queries(chosen.queries, engine, chosen.number)
        services = SearchService(engine, settings), SearchService(other, others)
        found = []
        facets = tuple(FacetRequest(name) for name in engine.fields.facets)
        asked: dict[str, Any] = {"rank": chosen.rank, "page_size": chosen.hits}
        if not chosen.native:
            asked |= {"facets": facets, "histogram": AUTO}
        for each in compare(*services, [query._replace(**asked) for query in queries]):
            found.append(each)
            print(f"{len(found)} of {len(queries)}", end="\r", file=sys.stderr, flush=True)
            for difference in each.differences:
                print(f"{each.query}: {difference}")
    same = sum(not each.differences for each in found)
    figures = {
        "queries": len(found),
        "same_answers": same,
        "overlap": statistics.mean(each.overlap for each in found),
        "same_first": statistics.mean(each.is_first_same for each in found),
        "tau": statistics.mean(each.tau for each in found if each.tau is not None),
        "articles_found": statistics.median(each.total for each in found),
    }
    print(
        f"{len(found)} queries, a median of {figures['articles_found']:,.0f} articles found: {same} answers are the same; "
        f"{figures['overlap']:.3f} of the first {chosen.hits} hits, {figures['same_first']:.3f} of the first ones, "
        f"order of those in both {figures['tau']:.3f} (Kendall's tau)"
    )
    if chosen.json:
        rows = [each._asdict() for each in found]
        chosen.json.write_text(json.dumps(figures | {"rows": rows}, indent=1) + "\n", "utf-8")
    sys.exit(0 if same == len(found) else 1)


if __name__ == "__main__":
    main()
