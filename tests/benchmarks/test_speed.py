"""The speed benchmark runs and writes what it says; how fast anything is, is not tested."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from benchmarks import speed
from benchmarks.speed_corpus import Corpus, made_up_word, read_real
from benchmarks.speed_peers import PEERS, is_installed
from benchmarks.speed_queries import Sample, Wanted, draw, newssearch_text, read_queries
from benchmarks.speed_report import BEGIN, END, MODES, insert, plot, table
from search.engines.whoosh_index import kernels
from tests.support.paths import CHECKOUT

DOCS = 300
WORDS = [made_up_word(10_000 + 37 * number) for number in range(400)]
#: Three of the middle of them, neither in every article nor rare.
ONE, TWO, THREE = WORDS[40:43]
WRITERS = ("Ada Rook", "Ben Hale", "Cem Oz", "Dora Lind", "Emil Vasa", "Fay Quill", "Gus Tern")
INSTALLED = [name for name in PEERS if is_installed(name)]
CLASSES = {
    "frequent_word", "mid_word", "or_2", "or_4", "and_2", "phrase", "prefix", "date_range",
    "author_filter", "real_queries",
}  # fmt: skip


@pytest.fixture(scope="module")
def articles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Articles to grow from: words by Zipf's law, some bylines, one article without a body."""
    rng = random.Random(1)
    weights = [1 / (rank + 2) for rank in range(400)]
    path = tmp_path_factory.mktemp("real") / "articles.jsonl"
    with path.open("w", encoding="utf-8") as lines:
        for number in range(60):
            texts = [" ".join(rng.choices(WORDS, weights, k=rng.randint(20, 60))) for _ in "123"]
            record = {
                "title": f"Title {number} {texts[0][:20]}",
                "authors": [WRITERS[number % 7]],
                "body": "\n\n".join(texts) if number else "",
            }
            lines.write(json.dumps(record) + "\n")
    return path


@pytest.fixture(scope="module")
def real_queries(articles: Path) -> Path:
    path = articles.with_name("queries.jsonl")
    texts = {
        "union": f"{ONE} {TWO}",
        "intersection": f"+{ONE} +{TWO}",
        "phrase": f'"{ONE} {TWO}"',
    }
    known = [{"query": text, "tags": [tag, "global"]} for tag, text in texts.items()]
    unknown = {"query": f"{ONE} nosuchword", "tags": ["union"]}
    negated = {"query": f"+{ONE} -{TWO}", "tags": ["negated"]}
    path.write_text("\n".join(map(json.dumps, [*known, unknown, negated])), "utf-8")
    return path


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the run leaves its indexes."""
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(scope="module")
def result(
    articles: Path, real_queries: Path, kept: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """What one small run over all engines that are installed writes."""
    folder = tmp_path_factory.mktemp("run")
    page = folder / "performance.md"
    page.write_text(f"Before\n{BEGIN}\nold\n{END}\nAfter\n", "utf-8")
    arguments = {
        "--docs": DOCS,
        "--engines": ",".join(INSTALLED),
        "--queries-per-class": 2,
        "--repetitions": 1,
        "--cold-runs": 1,
        "--budget": 1,
        "--keep": kept,
        "--articles": articles,
        "--real-queries": real_queries,
        "--json": folder / "result.json",
        "--markdown": page,
        "--plot": folder / "plot.svg",
    }
    words = [str(word) for pair in arguments.items() for word in pair]
    speed.main([*words, "--allow-reference"])
    result: dict[str, Any] = json.loads((folder / "result.json").read_text("utf-8"))
    assert page.read_text("utf-8").startswith(f"Before\n{BEGIN}\nMachine: ")
    assert "| frequent_word |" in page.read_text("utf-8")
    assert ET.parse(folder / "plot.svg").getroot().tag.endswith("svg")  # we wrote it
    return result


class TestRun:
    def test_writes_just_these_figures(self, result: dict[str, Any]) -> None:
        assert result.keys() == {
            "docs", "loops", "queries", "grouped", "index", "open_ms", "cold_cli_ms",
        }  # fmt: skip
        assert result["docs"] == DOCS

    def test_asks_every_class_in_every_mode(self, result: dict[str, Any]) -> None:
        assert result["queries"].keys() == CLASSES
        assert {tuple(modes) for modes in result["queries"].values()} == {MODES}

    @pytest.mark.parametrize("engine", PEERS)
    def test_measures_engine(self, engine: str, result: dict[str, Any]) -> None:
        if engine not in INSTALLED:
            pytest.skip(f"{engine} is not installed")
        cells = [modes[mode] for modes in result["queries"].values() for mode in MODES]

        assert {tuple(cell[engine]) for cell in cells} == {("median_ms", "p95_ms")}
        assert all(0 < cell[engine]["median_ms"] <= cell[engine]["p95_ms"] for cell in cells)
        assert result["index"][engine].keys() == {"docs_per_s", "bytes", "peak_mb"}
        assert min(result["index"][engine].values()) > 0
        assert result["open_ms"][engine] > 0

    def test_measures_pages_of_stories(self, result: dict[str, Any]) -> None:
        assert result["grouped"].keys() == CLASSES
        assert {tuple(times) for times in result["grouped"].values()} == {
            ("grouped", "default", "plain")
        }

    def test_runs_our_command_cold(self, result: dict[str, Any]) -> None:
        assert result["cold_cli_ms"]["newssearch"] > 0

    def test_runs_the_other_command_cold(self, result: dict[str, Any]) -> None:
        pytest.importorskip("sqlite_utils", reason="sqlite-utils is not installed")

        assert result["cold_cli_ms"]["sqlite-utils"] > 0

    def test_is_shown_again_from_its_file(self, result: dict[str, Any], tmp_path: Path) -> None:
        path = tmp_path / "result.json"
        path.write_text(json.dumps(result), "utf-8")

        assert speed.main([str(path)]) == 0


class TestEngines:
    """The engines are asked the same: they find the same."""

    @pytest.fixture
    def total(self, kept: Path, result: dict[str, Any]) -> Callable[[str, Wanted], int]:
        def ask(engine: str, wanted: Wanted) -> int:
            peer = PEERS[engine][0]()
            peer.open(kept / engine)
            try:
                return peer.page(wanted)
            finally:
                peer.close()

        return ask

    @pytest.mark.parametrize("engine", [name for name in PEERS if name != "newssearch"])
    @pytest.mark.parametrize(
        "wanted",
        [
            Wanted("all", (ONE,)),
            Wanted("all", (ONE, TWO)),
            Wanted("any", (ONE, TWO, THREE)),
            Wanted("prefix", (ONE[:4],)),
            Wanted("all", (ONE,), author=WRITERS[3]),
            Wanted("all", (ONE,), start=date(2010, 1, 1), end=date(2012, 12, 31)),
        ],
        ids=["word", "all", "any", "prefix", "author", "dates"],
    )
    def test_find_the_same(
        self, engine: str, wanted: Wanted, total: Callable[[str, Wanted], int]
    ) -> None:
        if engine not in INSTALLED:
            pytest.skip(f"{engine} is not installed")

        assert total(engine, wanted) == total("newssearch", wanted) > 0


class TestWhatIsMeasured:
    """A figure is of what was asked for, or there is none."""

    def test_slow_loops_are_not_measured_unasked(self, articles: Path, tmp_path: Path) -> None:
        """A clone's `search` comes before the one that `pip install .` compiled."""
        command = [sys.executable, "-m", "benchmarks.speed", "--engines", "newssearch"]
        ran = subprocess.run(
            [*command, "--articles", articles, "--keep", tmp_path / "kept"],
            cwd=CHECKOUT,
            env=os.environ | {kernels.CHOICE: "numpy"},
            capture_output=True,
            text=True,
            check=False,
        )

        assert ran.returncode == 1
        assert "--allow-reference" in ran.stderr
        assert not (tmp_path / "kept").exists()

    def test_loops_that_answered_are_named(self, result: dict[str, Any]) -> None:
        assert result["loops"] == kernels.description()
        assert f"our inner loops are {kernels.description()}" in table(result)

    @pytest.mark.parametrize("engine", PEERS)
    def test_articles_in_the_index_are_counted(
        self, engine: str, result: dict[str, Any], kept: Path
    ) -> None:
        if engine not in INSTALLED:
            pytest.skip(f"{engine} is not installed")

        speed.check_articles(engine, kept / engine, DOCS)
        with pytest.raises(SystemExit, match=f"indexed {DOCS} of {DOCS + 1} articles"):
            speed.check_articles(engine, kept / engine, DOCS + 1)


class TestCorpus:
    def test_is_the_same_every_time(self, articles: Path) -> None:
        real = read_real(articles)

        assert list(Corpus(real, 20)) == list(Corpus(real, 20))

    def test_begins_alike_whatever_its_size(self, articles: Path) -> None:
        real = read_real(articles)

        assert list(Corpus(real, 20)) == list(Corpus(real, 40))[:20]

    def test_has_no_copies_and_keeps_real_names(self, articles: Path) -> None:
        grown = list(Corpus(read_real(articles), 200))

        assert len({record["body"] for record in grown}) == 200
        assert any(WRITERS[1] in record["authors"] for record in grown)

    def test_goes_on_bringing_new_words(self, articles: Path) -> None:
        bodies = [record["body"] for record in Corpus(read_real(articles), 400)]
        early, all_words = (set(" ".join(part).split()) for part in (bodies[:200], bodies))

        assert len(all_words) > 1.2 * len(early)


class TestQueries:
    @pytest.fixture
    def sample(self, articles: Path) -> Sample:
        sample = Sample()
        for record in Corpus(read_real(articles), DOCS):
            sample.look_at(record)
        return sample

    def test_are_the_same_every_time(self, sample: Sample) -> None:
        assert draw(sample, 5, []) == draw(sample, 5, [])

    def test_real_ones_are_read_where_the_corpus_has_all_words(
        self, sample: Sample, real_queries: Path
    ) -> None:
        pair = ONE, TWO

        assert set(read_queries(real_queries, sample, 10)) == {
            Wanted("any", pair),
            Wanted("all", pair),
            Wanted("phrase", pair),
        }

    @pytest.mark.parametrize(
        ("wanted", "text"),
        [
            (Wanted("all", ("a", "b")), "a b"),
            (Wanted("any", ("a", "b")), "a OR b"),
            (Wanted("phrase", ("a", "b")), '"a b"'),
            (Wanted("prefix", ("ab",)), "ab*"),
            (Wanted("all", ("a",), author="Ann Lee"), 'a author:"Ann Lee"'),
            (
                Wanted("all", ("a",), start=date(2020, 1, 1), end=date(2020, 2, 1)),
                "a date:2020-01-01..2020-02-01",
            ),
        ],
        ids=["all", "any", "phrase", "prefix", "author", "dates"],
    )
    def test_are_written_in_our_language(self, wanted: Wanted, text: str) -> None:
        assert newssearch_text(wanted) == text


class TestMeasure:
    def test_every_engine_answers_every_query_so_often(self) -> None:
        asked: list[tuple[str, str]] = []
        asks = {name: lambda w, n=name: asked.append((n, w.words[0])) for name in "ab"}
        queries = [Wanted("all", (word,)) for word in "xyz"]

        taken = speed.measure(asks, queries, repetitions=2, budget_s=10)

        assert {name: len(times) for name, times in taken.items()} == {"a": 6, "b": 6}
        assert sorted(asked) == sorted([(n, w) for n in "ab" for w in "xyz"] * 3)  # once to warm up

    def test_engine_without_time_left_answers_once(self) -> None:
        queries = [Wanted("all", (word,)) for word in "xyz"]

        taken = speed.measure({"a": lambda w: None}, queries, repetitions=2, budget_s=0)

        assert len(taken["a"]) == 1

    def test_summary_is_median_and_95th_percentile(self) -> None:
        assert speed.summary(range(1, 101)) == {"median_ms": 50.5, "p95_ms": 96}


class TestReport:
    @pytest.fixture
    def small(self) -> dict[str, Any]:
        times = {
            "newssearch": {"median_ms": 1.0, "p95_ms": 3.0},
            "whoosh": {"median_ms": 200.0, "p95_ms": 300.0},
            "tantivy": {"median_ms": 2.0, "p95_ms": 2.0},
        }
        cost = {"docs_per_s": 1000.0, "bytes": 5_000_000, "peak_mb": 100.0}
        return {
            "docs": 1000,
            "queries": {"word": dict.fromkeys(MODES, times)},
            "index": dict.fromkeys(times, cost),
            "open_ms": dict.fromkeys(times, 5.0),
            "cold_cli_ms": {"newssearch": 200.0},
        }

    def test_table_shows_ratios(self, small: dict[str, Any]) -> None:
        shown = table(small)

        assert "0.50" in shown
        assert "1.50" in shown
        assert "200 times as fast" in shown

    def test_table_shows_what_grouping_costs(self, small: dict[str, Any]) -> None:
        small["grouped"] = {
            name: {"grouped": {"median_ms": took}, "plain": {"median_ms": 1.0}}
            for name, took in (("word", 1.0), ("or_2", 1.21))
        }
        assert "page: 1.10 (geometric mean), 1.21 at most (or_2)." in table(small)

    def test_table_shows_what_the_default_order_costs(self, small: dict[str, Any]) -> None:
        small["grouped"] = {
            "word": {
                name: {"median_ms": ms}
                for name, ms in (("grouped", 1), ("default", 1.3), ("plain", 1))
            }
        }
        assert "default order / plain page: 1.30 (geometric mean), 1.30 at most" in table(small)

    def test_table_does_without_the_rival(self, small: dict[str, Any]) -> None:
        for mode in MODES:
            small["queries"]["word"][mode] = {"newssearch": {"median_ms": 1.0, "p95_ms": 3.0}}

        assert "tantivy  " not in table(small).split("Index")[0]

    def test_plot_has_a_line_an_engine_and_mode(self, small: dict[str, Any]) -> None:
        drawn = plot([small | {"docs": 1_000_000}, small])

        assert drawn.count("<polyline") == 3 * len(MODES)
        assert ">1k<" in drawn
        assert ">1M<" in drawn

    def test_page_without_marks_is_left_alone(self, tmp_path: Path) -> None:
        page = tmp_path / "page.md"
        page.write_text("text", "utf-8")

        with pytest.raises(SystemExit, match="between"):
            insert(page, "table")
        assert page.read_text("utf-8") == "text"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--engines", "lucene"], "no engine 'lucene'"),
        (["--docs", "5"], "at least 100"),
        (["--articles", "nowhere.jsonl"], "nowhere.jsonl is not there"),
    ],
    ids=["engine", "docs", "articles"],
)
def test_wrong_option_is_reported(
    arguments: list[str], message: str, articles: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        speed.main(["--articles", str(articles), *arguments])
    assert message in capsys.readouterr().err


def test_folder_to_keep_must_be_empty(tmp_path: Path, articles: Path) -> None:
    (tmp_path / "mine").touch()

    with pytest.raises(SystemExit, match="is not empty"):
        speed.main(["--keep", str(tmp_path), "--articles", str(articles), "--allow-reference"])
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
