"""`newssearch embed`, and `newssearch query --rank semantic`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from shutil import copytree

import pytest
from click.testing import CliRunner, Result

from search.cli.main import main
from tests.support import topic_model


@pytest.fixture(autouse=True)
def _topics(monkeypatch: pytest.MonkeyPatch):
    with topic_model.in_table(monkeypatch):
        yield


@pytest.fixture
def copied(index: Path, tmp_path: Path) -> Path:
    """An index that may be changed."""
    copytree(index, tmp_path / "index")
    return tmp_path / "index"


def call(command: str, index: Path, *options: str) -> Result:
    return CliRunner().invoke(main, [command, "--index", str(index), *options])


def test_says_what_was_made_and_goes_on_with_the_model_of_the_index(copied: Path) -> None:
    result = call("embed", copied, "--model", "topics")
    assert result.exit_code == 0
    assert result.stdout.startswith("4 articles given vectors by topics 1: 4 passages, ")
    assert call("embed", copied).stdout == "all 4 articles had vectors by topics 1\n"
    assert call("embed", copied, "--quiet").output == ""


def test_stats_count_the_articles_that_have_vectors(copied: Path) -> None:
    assert "vectors" not in call("stats", copied).stdout
    call("embed", copied, "--model", "topics")
    assert "           4  with vectors by topics 1\n" in call("stats", copied).stdout
    assert json.loads(call("stats", copied, "--json").stdout)["vectors"] == {"topics 1": 4}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--model", "bert"), "'bert' is no model; choose one of minilm, topics"),
        (("--index", "nowhere"), "no index in nowhere"),
    ],
    ids=["model", "index"],
)
def test_what_cannot_be_done_is_an_error(
    copied: Path, options: tuple[str, ...], message: str
) -> None:
    result = call("embed", copied, *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


def test_a_query_without_vectors_says_what_to_run(copied: Path) -> None:
    result = call("query", copied, "--rank", "semantic", "grain")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "make them with: newssearch embed" in result.stderr


def test_near_in_meaning_stands_under_the_hits(copied: Path) -> None:
    call("embed", copied, "--model", "topics")
    result = call("query", copied, "--rank", "semantic", "prices")
    assert result.exit_code == 0
    assert "Near in meaning, not found by the words, and not counted:" in result.stdout
    answer = json.loads(call("query", copied, "--rank", "semantic", "prices", "--json").stdout)
    assert answer["total"] == 1
    assert len(answer["near"]) == 3
    ids = call("query", copied, "--rank", "semantic", "prices", "--ids").stdout
    assert ids == "oil\n"


def test_a_query_of_another_rank_loads_nothing_of_it(index: Path) -> None:
    code = (
        "import sys; from search.cli.main import main\n"
        "try: main(['query', '--index', sys.argv[1], 'oil'])\n"
        "except SystemExit: pass\n"
        "print([m for m in sys.modules if 'embeddings' in m or 'vectors' in m or 'onnx' in m])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(index)], capture_output=True, text=True, check=True
    )
    assert run.stdout.splitlines()[-1] == "[]"
