"""How well articles are ranked: ``python -m benchmarks.relevance FOLDER... [--json FILE]``.

A collection is a folder with corpus.jsonl (id, title, body), queries.tsv (id, text) and qrels.tsv
(query id, document id, grade). Every query goes through the service with match=any, 1,000 hits
deep; ir-measures counts. What the figures led to stands in docs/relevance.md.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import ir_measures
from ir_measures import AP, P, R, nDCG

from search.engines import ranking
from search.engines.registry import open_engine
from search.model.article import Article, Document, Enrichment, Entities
from search.model.errors import QueryError
from search.model.fields import FIELDS
from search.model.question import Question
from search.model.settings import Settings
from search.service.service import SearchService
from search.text.words import tokens

DEPTH = 1000
BATCH_ARTICLES = 2000

MEASURES = {"map": AP, "p10": P @ 10, "ndcg10": nDCG @ 10, "r100": R @ 100}

#: BM25 as most systems have it (k1 1.2, b 0.75, 33 stop words, Porter stems, one field), for the
#: two public collections that we tune with.
PLAIN_BM25 = {
    "time_collection": {"map": 0.690, "p10": 0.292, "ndcg10": 0.751, "r100": 0.966},
    "cranfield": {"map": 0.421, "p10": 0.306, "ndcg10": 0.523, "r100": 0.756},
}

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
    """The measures of one collection, and how many of its queries could not be asked as typed."""

    measures: dict[str, float] = field(default_factory=dict)
    malformed: int = 0
    queries: int = 0


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


def ask(service: SearchService, text: str) -> list[str]:
    """Return the ids of the first `DEPTH` articles, best first. Raises `QueryError`."""
    question = Question(text=text, match="any")
    return [article_id for article_id, _ in service.ranking(question, DEPTH)]


def measure(collection: Collection, entities: str, is_typed: bool) -> Outcome:
    """Index *collection* in a temporary folder, ask every query, and return the measures."""
    outcome = Outcome(queries=len(collection.queries))
    run = []
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.closing(open_engine(f"whoosh:{folder}/index", make=True)) as engine,
    ):
        document_ids = {}
        documents = collection.documents(extractor(entities))
        while batch := list(islice(documents, BATCH_ARTICLES)):
            engine.add(document for _, document in batch)
            document_ids |= {document.article_id: original_id for original_id, document in batch}
        service = SearchService(engine, SETTINGS)
        for query_id, text in collection.queries.items():
            words = as_words(text)
            if not words:
                continue  # would be every article
            try:
                found = ask(service, text if is_typed else words)
            except QueryError:
                outcome.malformed += 1
                found = ask(service, words)
            # Ranks for scores, so that articles of equal score stay in our order.
            run += [
                ir_measures.ScoredDoc(query_id, document_ids[article_id], -float(rank))
                for rank, article_id in enumerate(found)
            ]
    scores = ir_measures.calc_aggregate(MEASURES.values(), collection.qrels, run)
    outcome.measures = {name: round(scores[m], 4) for name, m in MEASURES.items()}
    return outcome


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


def table(outcomes: dict[str, Outcome]) -> str:
    """Return the measures as a table, those of a plain BM25 below where they are known."""
    lines = [f"{'collection':<24}" + "".join(f"{name:>9}" for name in MEASURES)]
    for name, outcome in outcomes.items():
        references = {name: outcome.measures, "  plain BM25": PLAIN_BM25.get(name, {})}
        for label, measures in references.items():
            if measures:
                cells = "".join(f"{measures[key]:>9.4f}" for key in MEASURES)
                lines.append(f"{label:<24}{cells}")
        if outcome.malformed:
            lines.append(
                f"  {outcome.malformed} of {outcome.queries} queries malformed as typed: asked as words"
            )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.relevance", description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the measures there too")
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
    outcomes = {}
    for folder in chosen.folders:
        collection = load(folder)
        outcomes[collection.name] = measure(collection, chosen.entities, chosen.as_typed)
    print(table(outcomes))
    if chosen.json:
        measures = {name: outcome.measures for name, outcome in outcomes.items()}
        chosen.json.write_text(json.dumps(measures, indent=2) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
