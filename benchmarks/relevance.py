"""How well articles are ranked: ``python -m benchmarks.relevance FOLDER... [--json FILE]``.

A collection is a folder with corpus.jsonl (id, title, body), queries.tsv (id, text) and qrels.tsv
(query id, document id, grade). Every query goes through the service with match=any, 1,000 hits
deep, once for each row of `ROWS`; ir-measures counts. What the figures led to stands in docs/relevance.md.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from statistics import median
from typing import NamedTuple
from unittest.mock import patch

import ir_measures
import numpy as np
import Stemmer
from ir_measures import AP, P, R, nDCG

from search.engines import ranking
from search.engines.registry import open_engine
from search.engines.rescoring.rescorer import RESCORED
from search.engines.whoosh_index.evaluate import answer
from search.engines.whoosh_index.snapshot.words import Words
from search.ingest.embedding import embed_index
from search.model.article import Article, Document, Enrichment, Entities
from search.model.errors import QueryError
from search.model.fields import FIELDS
from search.model.question import Question
from search.model.settings import Settings
from search.service.service import SearchService
from search.text.words import tokens

DEPTH = 1000
BATCH_ARTICLES = 2000

MEASURES = {"map": AP, "p1": P @ 1, "p10": P @ 10, "ndcg10": nDCG @ 10, "r100": R @ 100}

#: How often the signs of differences are drawn for a test, and for how many queries a page is timed.
DRAWS = 10_000
TIMED = 100


class Row(NamedTuple):
    """One way to rank: a profile with one step of it left out or done otherwise."""

    label: str
    rank: str
    #: Whether stop words are scored too.
    scores_all: bool = False
    rescored: int = RESCORED


#: The profiles, a step at a time. The last is how people are answered.
ROWS = (
    Row("plain, stop words scored", "plain", scores_all=True),
    Row("plain", "plain"),
    Row("feedback, first 1,000", "feedback", rescored=1000),
    Row("feedback", "feedback"),
)

#: With the extra semantic; the vectors are made first.
SEMANTIC = Row("semantic", "semantic")

#: BM25 as most systems have it (k1 1.2, b 0.75, 33 stop words, Porter stems, one field), for the
#: two public collections that we tune with.
PLAIN_BM25 = {
    "time_collection": {"map": 0.690, "p10": 0.292, "ndcg10": 0.751, "r100": 0.966},
    "cranfield": {"map": 0.421, "p10": 0.306, "ndcg10": 0.523, "r100": 0.756},
}

#: The stop words of Lucene.
LUCENE_STOPS = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "but",
        "by",
        "for",
        "if",
        "in",
        "into",
        "is",
        "it",
        "no",
        "not",
        "of",
        "on",
        "or",
        "such",
        "that",
        "the",
        "their",
        "then",
        "there",
        "these",
        "they",
        "this",
        "to",
        "was",
        "will",
        "with",
    ]
)

#: Room for queries that are whole paragraphs.
SETTINGS = Settings(max_query_chars=100_000, max_clauses=10_000)


@dataclass(frozen=True, slots=True)
class Collection:
    """Documents, queries and judgements under the ids that their files give them."""

    name: str
    corpus: Path
    queries: dict[str, str]
    qrels: list[ir_measures.Qrel]

    def documents(self, extract: Callable[[Article], Entities]) -> Iterator[tuple[str, Document]]:
        """Yield (document id in the collection, document); article ids are made up, as any id can stand in a corpus."""
        with self.corpus.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines):
                if not line.strip():
                    continue
                record = json.loads(line)
                title = first_of(record, "title", "headline")
                body = first_of(record, "body", "text", "contents", "content", "abstract")
                article = Article(article_id=f"d{number}", title=title, body=body)
                document = Document(article, Enrichment(extract(article)))
                yield first_of(record, "id", "_id", "docid", "doc_id", "docno"), document


@dataclass(slots=True)
class Outcome:
    """The measures of one row on one collection, and how many of its queries could not be asked as typed."""

    measures: dict[str, float] = field(default_factory=dict)
    #: The average precision of each query, by id.
    precisions: dict[str, float] = field(default_factory=dict)
    malformed: int = 0
    queries: int = 0
    #: Processor time of a page of ten hits, in milliseconds, the median over queries.
    page_ms: float = 0.0


def first_of(record: dict[str, object], *names: str) -> str:
    """Return the first of the fields that *record* has, as text that can be stored, or ""."""
    value = next((record[name] for name in names if record.get(name) is not None), "")
    return str(value).encode(errors="replace").decode()


def load(folder: Path) -> Collection:
    """Read a collection; header lines, blank lines and further columns are passed over."""
    queries = {row[0]: row[1] for row in rows(folder / "queries.tsv") if len(row) > 1}
    qrels = []
    for row in rows(folder / "qrels.tsv"):
        # TREC's own files have an iteration between query and document.
        query_id, document_id, grade = row if len(row) == 3 else (row[0], row[2], row[3])
        with contextlib.suppress(ValueError):  # a header has no number there
            qrels.append(ir_measures.Qrel(query_id, document_id, int(float(grade))))
    judged = {qrel.query_id for qrel in qrels}
    queries = {query_id: text for query_id, text in queries.items() if query_id in judged}
    return Collection(folder.resolve().name, folder / "corpus.jsonl", queries, qrels)


def rows(path: Path) -> Iterator[list[str]]:
    """Yield the fields of each line: split at tabs, or at white space where it has none."""
    with path.open(encoding="utf-8-sig") as lines:
        for line in lines:
            row = [cell.strip() for cell in (line.split("\t") if "\t" in line else line.split())]
            if len(row) > 1:
                yield row


def as_words(text: str) -> str:
    """Return *text* as words side by side.

    The queries are plain language: an AND or a dash in them is not the query language's.
    """
    return " ".join(tokens(text).forms)


def ask(service: SearchService, text: str, rank: str) -> list[str]:
    """Return the ids of the first `DEPTH` articles, best first. Raises `QueryError`."""
    question = Question(text=text, match="any", rank=rank)
    return [article_id for article_id, _ in service.ranking(question, DEPTH)]


def measure(
    collection: Collection, entities: str, is_typed: bool, rows: Sequence[Row] = ROWS[-1:]
) -> dict[str, Outcome]:
    """Index *collection* in a temporary folder, ask every query in each way, and return by label what that came to.

    The first is plain BM25, for comparison.
    """
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.closing(open_engine(f"whoosh:{folder}/index", make=True)) as engine,
    ):
        document_ids = {}
        documents = collection.documents(extractor(entities))
        while batch := list(islice(documents, BATCH_ARTICLES)):
            engine.add(document for _, document in batch)
            document_ids |= {document.article_id: original_id for original_id, document in batch}
        if SEMANTIC in rows:
            embed_index(engine)
        service = SearchService(engine, SETTINGS)
        outcomes = {}
        for row in rows:
            with changed(row):
                outcomes[row.label] = asked(service, collection, document_ids, row, is_typed)
    return outcomes


@contextlib.contextmanager
def changed(row: Row) -> Iterator[None]:
    """Have the engine rank as *row* says meanwhile."""
    is_stop_word = (lambda *_: False) if row.scores_all else Words.is_stop_word
    with (
        patch.object(Words, "is_stop_word", is_stop_word),
        patch.object(answer, "RESCORED", row.rescored),
    ):
        yield


def asked(
    service: SearchService,
    collection: Collection,
    document_ids: dict[str, str],
    row: Row,
    is_typed: bool,
) -> Outcome:
    """Ask all queries in one way, and measure what is found."""
    outcome = Outcome(queries=len(collection.queries))
    run = []
    times = []
    for query_id, text in collection.queries.items():
        words = as_words(text)
        if not words:
            continue  # would be every article
        try:
            found = ask(service, text if is_typed else words, row.rank)
        except QueryError:
            outcome.malformed += 1
            found = ask(service, words, row.rank)
        run += scored(query_id, [document_ids[article_id] for article_id in found])
        if len(times) < TIMED:
            began = time.thread_time()
            service.search(Question(text=words, match="any", rank=row.rank))
            times.append((time.thread_time() - began) * 1000)
    count(outcome, collection, run)
    outcome.page_ms = median(times) if times else 0.0
    return outcome


def scored(query_id: str, found: Sequence[str]) -> list[ir_measures.ScoredDoc]:
    """Return what was *found* with ranks for scores, so that articles of equal score stay in our order."""
    return [ir_measures.ScoredDoc(query_id, own, -float(at)) for at, own in enumerate(found)]


def count(outcome: Outcome, collection: Collection, run: list[ir_measures.ScoredDoc]) -> None:
    """Put the measures of *run* into *outcome*."""
    totals = ir_measures.calc_aggregate(MEASURES.values(), collection.qrels, run)
    outcome.measures = {name: round(totals[m], 4) for name, m in MEASURES.items()}
    each = ir_measures.iter_calc([AP], collection.qrels, run)
    outcome.precisions = {metric.query_id: metric.value for metric in each}


def plain_bm25(collection: Collection) -> Outcome:
    """Return what BM25 comes to as most systems have it: k1 1.2, b 0.75, 33 stop words, Porter stems, one field."""
    stemmer = Stemmer.Stemmer("porter")

    def terms(text: str) -> list[str]:
        return [stemmer.stemWord(form) for form in tokens(text).forms if form not in LUCENE_STOPS]

    lists: dict[str, list[tuple[str, int]]] = {}
    lengths = {}
    for document_id, document in collection.documents(lambda article: Entities()):
        counts = Counter(terms(f"{document.article.title} {document.article.body}"))
        lengths[document_id] = counts.total()
        for term, frequency in counts.items():
            lists.setdefault(term, []).append((document_id, frequency))
    average = sum(lengths.values()) / max(1, len(lengths))
    run = []
    for query_id, text in collection.queries.items():
        scores: Counter[str] = Counter()
        for term in terms(text):
            found = lists.get(term, ())
            for document_id, frequency in found:
                norm = 1.2 * (0.25 + 0.75 * lengths[document_id] / average)
                scores[document_id] += (
                    ranking.idf(len(lengths), len(found)) * frequency * 2.2 / (frequency + norm)
                )
        run += scored(query_id, [document_id for document_id, _ in scores.most_common(DEPTH)])
    outcome = Outcome(queries=len(collection.queries))
    count(outcome, collection, run)
    return outcome


def likelihood(ours: Outcome, theirs: Outcome) -> float:
    """Return how likely it is that precisions differ on average as much as these do where it is chance which is whose.

    A paired randomisation test: signs of the differences are drawn `DRAWS` times, from a fixed seed.
    """
    queries = ours.precisions.keys() | theirs.precisions.keys()
    pairs = [(ours.precisions.get(q, 0.0), theirs.precisions.get(q, 0.0)) for q in sorted(queries)]
    differences = np.array([own - other for own, other in pairs])
    signs = np.random.default_rng(1).choice([-1.0, 1.0], (DRAWS, len(differences)))
    drawn = np.abs(signs @ differences)
    return float((drawn >= abs(differences.sum()) - 1e-12).mean())


def extractor(entities: str) -> Callable[[Article], Entities]:
    if entities == "none":
        return lambda article: Entities()
    from search.enrich.entities.fast import load

    tagger = load("")
    return lambda article: tagger.tag([article])[0]


def override(assignment: str) -> None:
    """Set a number of `search.engines.ranking`, or the weight of a field: "K1=1.5", "title=3"."""
    name, _, value = assignment.partition("=")
    if name in FIELDS.weights:
        FIELDS.weights[name] = int(value)
    elif name in ("K1", "B", "EXACT_WEIGHT", "PAIR_WEIGHT"):
        setattr(ranking, name, float(value))
    else:
        raise SystemExit(f"--set {assignment}: no such number of ranking")


def table(name: str, outcomes: dict[str, Outcome], plain: Outcome) -> str:
    """Return the measures of a collection as a table, a row for each way to rank, plain BM25 first."""
    width = 28
    heads = "".join(f"{name:>9}" for name in MEASURES)
    lines = [f"{name:<{width}}{heads}{'gain':>9}{'p':>8}{'ms':>7}"]
    lines.append(
        f"{'  plain BM25':<{width}}" + "".join(f"{v:>9.4f}" for v in plain.measures.values())
    )
    for label, outcome in outcomes.items():
        cells = "".join(f"{outcome.measures[key]:>9.4f}" for key in MEASURES)
        base = plain.measures["map"]
        gain = f"{outcome.measures['map'] / base - 1:>+9.1%}" if base else f"{'':>9}"
        lines.append(
            f"{'  ' + label:<{width}}{cells}{gain}{likelihood(outcome, plain):>8.4f}{outcome.page_ms:>7.2f}"
        )
        if outcome.malformed:
            lines.append(
                f"  {outcome.malformed} of {outcome.queries} queries malformed as typed: asked as words"
            )
    if published := PLAIN_BM25.get(name):
        said = ", ".join(f"{key} {value}" for key, value in published.items())
        lines.append(f"  plain BM25 of another system: {said}")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.relevance", description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the measures there too")
    parser.add_argument(
        "--default-only", action="store_true", help="rank only as people are answered"
    )
    parser.add_argument(
        "--semantic",
        action="store_true",
        help="rank by meaning too, which takes the extra semantic",
    )
    parser.add_argument("--entities", choices=["fast", "none"], default="fast")
    parser.add_argument(
        "--as-typed",
        action="store_true",
        help="read queries in the query language (AND, dashes, quotes) instead of as words",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="try another number of search.engines.ranking, such as K1=1.5 or title=3",
    )
    chosen = parser.parse_args(arguments)
    for assignment in chosen.set:
        override(assignment)  # before the engine, which reads them once, is imported
    rows = ROWS[-1:] if chosen.default_only else ROWS
    rows += (SEMANTIC,) * chosen.semantic
    report = {}
    for folder in chosen.folders:
        collection = load(folder)
        outcomes = measure(collection, chosen.entities, chosen.as_typed, rows)
        plain = plain_bm25(collection)
        print(table(collection.name, outcomes, plain), flush=True)
        report[collection.name] = {
            **outcomes[ROWS[-1].label].measures,
            "rows": {label: outcome.measures for label, outcome in outcomes.items()},
            "plain_bm25": plain.measures,
        }
    if chosen.json:
        chosen.json.write_text(json.dumps(report, indent=2) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
