"""The relevance benchmark on collections of a few lines, whose measures can be told by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("ir_measures", reason="the extra bench is not installed")

from benchmarks import relevance

DOCUMENTS = [
    {"id": "1/a", "title": "Gold", "body": "gold and silver", "year": 1963},
    {"id": "2 b", "title": "", "body": "silver mines"},
    {"_id": "3", "title": None, "text": 'NOT a word -of "it"'},
]


def collection(folder: Path, queries: str, qrels: str) -> Path:
    folder.mkdir()
    lines = "\n".join(json.dumps(document) for document in DOCUMENTS)
    (folder / "corpus.jsonl").write_text(lines + "\n\n", "utf-8")
    (folder / "queries.tsv").write_text(queries, "utf-8")
    (folder / "qrels.tsv").write_text(qrels, "utf-8")
    return folder


@pytest.mark.parametrize(
    ("queries", "qrels"),
    [
        ("q1\tgold?\nq2\tmines\n", "q1\t1/a\t1\nq2\t2 b\t3\n"),
        ("id\ttext\nq1\tgold\tmore\nq2\tmines\n", "qid\tdocid\tgrade\nq1\t1/a\t2\nq2\t2 b\t1\n"),
        ("q1\tgold\nq2\tmines\nq3\tunjudged\n", "q1\t0\t1/a\t1\nq2\t0\t2 b\t1\n"),
        ('\ufeffq1\t-gold AND ("\n\nq2\tNOT (mines\n', "q1\t1/a\t1\nq1\t2 b\t0\nq2\t2 b\t1\n"),
    ],
    ids=["plain", "header lines", "four columns", "not the query language"],
)
def test_a_perfect_ranking_is_measured_as_one(tmp_path, capsys, queries, qrels):
    folder = collection(tmp_path / "tiny", queries, qrels)
    report = tmp_path / "report.json"
    assert relevance.main([str(folder), "--json", str(report), "--entities", "none"]) == 0
    expected = {"map": 1.0, "p1": 1.0, "p10": 0.1, "ndcg10": 1.0, "r100": 1.0}
    [(name, found)] = json.loads(report.read_text("utf-8")).items()
    assert name == "tiny"
    assert found == {
        **expected,
        "rows": {row.label: expected for row in relevance.ROWS},
        "plain_bm25": expected,
    }
    assert "tiny" in capsys.readouterr().out


def test_queries_malformed_as_typed_are_asked_as_words_and_counted(tmp_path):
    folder = collection(tmp_path / "tiny", 'q1\t"gold\nq2\tmines\n', "q1\t1/a\t1\nq2\t2 b\t1\n")
    [outcome] = relevance.measure(relevance.load(folder), "none", is_typed=True).values()
    assert (outcome.malformed, outcome.queries, outcome.measures["map"]) == (1, 2, 1.0)


def test_a_query_that_finds_nothing_counts_as_nothing(tmp_path):
    folder = collection(tmp_path / "tiny", "q1\tgold\nq2\t...\n", "q1\t1/a\t1\nq2\t2 b\t1\n")
    [outcome] = relevance.measure(relevance.load(folder), "none", is_typed=False).values()
    assert outcome.measures["map"] == pytest.approx(0.5)


def test_a_difference_that_chance_explains_is_likely():
    def outcome(*precisions: float) -> relevance.Outcome:
        return relevance.Outcome(precisions={str(n): p for n, p in enumerate(precisions)})

    assert relevance.likelihood(outcome(0.5, 0.4), outcome(0.4, 0.5)) == 1.0
    assert relevance.likelihood(outcome(*[0.6] * 12), outcome(*[0.5] * 12)) < 0.01
