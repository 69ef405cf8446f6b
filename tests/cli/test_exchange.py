"""`newssearch export` and `newssearch import` as commands."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from search.cli.main import main
from tests.support.command_line import RECORDS, Run


def test_export_has_every_document_and_says_how_many(run: Run) -> None:
    result = run("export")
    lines = [json.loads(line) for line in result.stdout.splitlines()]

    assert len(lines) == len(RECORDS) + 2
    assert lines[-1] == {"newssearch_export_end": len(RECORDS), "revisions": 0}
    assert result.stderr == f"{len(RECORDS):,} documents exported\n"


def test_a_query_exports_what_it_finds(run: Run) -> None:
    result = run("export", "oil")
    lines = result.stdout.splitlines()
    assert result.stderr.endswith("1 document exported\n")
    assert [json.loads(line)["id"] for line in lines[1:-1]] == ["oil"]


@pytest.mark.parametrize("options", [["--exclude", "author:Rich Miller"], ["--without", "source"]])
def test_what_an_option_leaves_out_is_not_exported(run: Run, options: list[str]) -> None:
    exported = [json.loads(line) for line in run("export", *options).stdout.splitlines()[1:-1]]
    found = run("query", "--ids", "--all", *options).stdout.split()
    assert 0 < len(exported) < len(RECORDS)
    assert sorted(each["id"] for each in exported) == sorted(found)


def test_nothing_found_is_exit_1(run: Run) -> None:
    assert run("export", "nothingofthekind").exit_code == 1


def test_import_of_a_compressed_export(run: Run, tmp_path: Path) -> None:
    text = run("export").stdout
    (tmp_path / "x.gz").write_bytes(gzip.compress(text.encode()))
    new = str(tmp_path / "new")
    result = CliRunner().invoke(main, ["import", "--index", new, str(tmp_path / "x.gz")])

    assert result.stdout == f"{len(RECORDS)} added, 0 replaced, 0 unchanged, 0 hidden, 0 refused\n"
    assert sorted(CliRunner().invoke(main, ["export", "--index", new]).stdout) == sorted(text)


def test_import_of_standard_input_that_is_cut_short_is_exit_2(run: Run, tmp_path: Path) -> None:
    text = run("export").stdout
    new = str(tmp_path / "new")
    result = CliRunner().invoke(main, ["import", "--index", new, "-"], input=text[: len(text) // 2])

    assert result.exit_code == 2
    assert "cut short" in result.stderr


def test_what_is_no_export_makes_no_index(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("{}")
    new = tmp_path / "new"
    result = CliRunner().invoke(main, ["import", "--index", str(new), str(tmp_path / "x")])

    assert result.exit_code == 2
    assert "newssearch index" in result.stderr
    assert not new.exists()
