"""`newssearch copy` as a command."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

from search.cli.main import main
from tests.support.command_line import RECORDS, Run


def copy(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["copy", *map(str, arguments)])


def test_a_copy_answers_as_the_first_one(run: Run, index: Path, tmp_path: Path) -> None:
    new = tmp_path / "new"
    first = copy("--from", index, "--to", new)
    second = copy("--from", index, "--to", f"whoosh:{new}")

    assert first.exit_code == second.exit_code == 0
    assert first.stdout.startswith(f"{len(RECORDS)} articles copied, 0 there already; ")
    assert second.stdout.startswith(f"0 articles copied, {len(RECORDS)} there already; ")
    assert first.stdout.splitlines()[-1] == second.stdout.splitlines()[-1]
    assert f"both have {len(RECORDS)} articles with the checksum " in first.stdout
    found = CliRunner().invoke(main, ["query", "--index", str(new), "--ids", "oil"])
    assert found.stdout == run("query", "--ids", "oil").stdout


def test_nothing_to_copy_makes_no_index(tmp_path: Path) -> None:
    result = copy("--from", tmp_path / "nowhere", "--to", tmp_path / "new")
    assert (result.exit_code, "nowhere" in result.stderr) == (2, True)
    assert not (tmp_path / "new").exists()


def test_an_index_is_not_copied_into_itself(index: Path) -> None:
    result = copy("--from", index, "--to", f"whoosh:{index}")
    assert result.exit_code == 2
    assert "are the same index" in result.stderr
    cluster = (
        "opensearch:http://127.0.0.1:1,127.0.0.1:2/news",
        "opensearch:http://127.0.0.1:2/news",
    )
    assert "are the same index" in copy("--from", cluster[0], "--to", cluster[1]).stderr


def test_what_only_the_second_one_has_is_exit_2(run: Run, index: Path, tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("A title\n\nA text of some words that only this index has.\n")
    new = str(tmp_path / "new")
    CliRunner().invoke(main, ["index", "--index", new, str(tmp_path / "one.txt")])
    result = copy("--from", index, "--to", new)
    assert result.exit_code == 2
    assert "different: in the copy alone: 1 article," in result.stderr
