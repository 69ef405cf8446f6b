"""`newssearch rebuild`."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree

import pytest
from click.testing import CliRunner, Result

from search.cli.main import main
from search.engines.whoosh_index import rebuild


def call(index: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["rebuild", "--index", str(index), *options])


@pytest.fixture
def copied(index: Path, tmp_path: Path) -> Path:
    """An index that may be changed."""
    copytree(index, tmp_path / "index")
    return tmp_path / "index"


def test_says_what_it_takes_and_what_became_of_the_articles(copied: Path) -> None:
    result = call(copied)

    assert (result.exit_code, result.stderr.count("\n")) == (0, 1)
    assert result.stderr.startswith(
        "rebuilding 4 articles: takes up to 1 MB of disk beside the index"
    )
    assert result.stdout.startswith("4 articles rebuilt: 0 with other authors, ")
    assert call(copied, "--quiet").output == ""


@pytest.mark.parametrize(
    ("free", "message"),
    [
        (
            1,
            "a rebuild takes up to 1 MB of disk beside the index, and 1 MB are free; make room there",
        )
    ],
)
def test_too_little_disk_is_an_error(
    copied: Path, monkeypatch: pytest.MonkeyPatch, free: int, message: str
) -> None:
    monkeypatch.setattr(rebuild.FolderRebuild, "free_bytes", lambda self: free)
    result = call(copied, "--quiet")

    assert result.exit_code == 2
    assert result.stderr.startswith(f"newssearch: {message}")


def test_an_index_that_is_missing_is_an_error(tmp_path: Path) -> None:
    result = call(tmp_path / "nowhere")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "no index in" in result.stderr
