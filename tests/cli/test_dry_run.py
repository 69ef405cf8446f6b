"""`index --map` and `--dry-run`, as a person types them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from search.cli.main import main


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "table.csv"
    path.write_text(
        "Wat,Wer,text\nFerry,Mara Quist,It \x1b[31mleft.\nBridge,,It opened.\n", "utf-8"
    )
    return path


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, list(map(str, arguments)))
    return result.exit_code, result.stdout, result.stderr


def test_dry_run_shows_what_went_where_and_indexes_nothing(table: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    code, out, err = run("index", table, "--map", "title=Wat", "--dry-run", "--index", index)
    assert code == 0
    assert "title      Wat -> Ferry\n" in out
    assert "--map authors=Wer" in out
    assert "\x1b" not in out
    assert "nothing was indexed" in err
    assert not index.exists()


@pytest.mark.parametrize("names", ['query = "ferry"', 'author = "mara quist"'])
@pytest.mark.parametrize("is_kept", [False, True], ids=["given", "kept by the index"])
def test_dry_run_says_what_rules_hide_and_changes_no_index(
    table: Path, tmp_path: Path, names: str, is_kept: bool
) -> None:
    index, rules = tmp_path / "index", tmp_path / "hidden.toml"
    rules.write_text(f'[[hide]]\n{names}\nreason = "letter"\ndate = 2026-11-29\n')
    options: tuple[object, ...] = ("--map", "title=Wat", "--map", "authors=Wer", "--index", index)
    if is_kept:
        run("index", table, *options, "--hidden", rules)
        before = sorted(path.name for path in index.iterdir())
        _, out, _ = run("index", table, *options, "--dry-run")
        assert sorted(path.name for path in index.iterdir()) == before
    else:
        _, out, _ = run("index", table, *options, "--dry-run", "--hidden", rules)
        assert not index.exists()
    first, second = out.split("  id ")[1:]
    assert "hidden by rule 1 (" in first
    assert "): letter, 2026-11-29\n" in first
    assert "hidden by" not in second


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("2024", "2024"),
        ("May 2024", "2024-05"),
        ("17 May 2024", "2024-05-17"),
        ("17 May 2024, 14:07", "2024-05-17 14:07 UTC"),
    ],
)
def test_dry_run_shows_a_date_as_exactly_as_it_is_known(
    tmp_path: Path, written: str, shown: str
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(f'{{"title": "Ferry", "date": "{written}"}}', "utf-8")
    assert f"date -> {shown}\n" in run("index", path, "--dry-run")[1]


def test_mapped_columns_are_indexed_and_another_map_reads_again(
    table: Path, tmp_path: Path
) -> None:
    index = tmp_path / "index"
    run("index", table, "--index", index)
    _, out, _ = run("index", table, "--map", "title=Wat", "--map", "author=Wer", "--index", index)
    assert "2 added" in out
    _, found, _ = run("query", "--csv", "ferry", "--index", index)
    assert "Mara Quist" in found


@pytest.mark.parametrize("said", ["Titel", "headline=Titel", "title="])
def test_an_unknown_part_is_an_error(table: Path, said: str) -> None:
    code, _, err = run("index", table, "--map", said, "--dry-run")
    assert code == 2
    assert "PART is one of title, body, authors, published" in " ".join(err.split())


def test_dry_run_of_other_formats_and_of_what_cannot_be_read(tmp_path: Path) -> None:
    page = tmp_path / "a.html"
    page.write_text(
        "<html><title>Ferry</title><meta name=date content=2024-05-17><p>It left.", "utf-8"
    )
    broken = tmp_path / "b.csv"
    broken.write_text("x,y\n1,2\n", "utf-8")
    code, out, err = run("index", page, broken, "--dry-run")
    assert code == 0
    assert "title      Ferry\n" in out
    assert "meta date -> 2024-05-17" in out
    assert "the first row must name the columns" in err


def test_dry_run_says_in_which_part_of_an_archive_an_article_is(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("2024/one.txt", "Ferry sails\n17 May 2024\n\nIt left on Friday.\n")
        archive.writestr("two.jsonl", '{"title": "Ferry stops", "body": "It came back."}\n')

    out = run("index", tmp_path / "a.zip", "--dry-run")[1]

    heads = [line for line in out.splitlines() if not line.startswith("  ")]
    assert heads == [f"{tmp_path}/a.zip!/2024/one.txt", f"{tmp_path}/a.zip!/two.jsonl:1"]


def test_dry_run_says_what_will_not_be_found(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(
        '{"id": "a", "title": "Kill", "pubstatus": "canceled"}\n'
        '{"id": "b", "title": "Prize", "embargoed": "2031-01-01T00:00:00Z"}\n'
        '{"id": "c", "title": "Speech", "embargoed": "until it is held"}\n'
    )

    out = run("index", path, "--dry-run")[1]

    assert "  withdrawn by the publisher: kept, and never found\n" in out
    assert "  embargoed until 2031-01-01 00:00 UTC: found from then on\n" in out
    assert "  embargoed, nobody knows until when: kept, and not found\n" in out


def test_dry_run_says_what_was_left_out_and_where_nothing_can_be_read(tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / f"{number}.doc").touch()

    code, out, err = run("index", tmp_path, "--dry-run")

    assert (code, out) == (1, "")
    assert "30 files were left out: 30 .doc;" in err
    assert f"no files that a reader knows in {tmp_path}" in err


def test_dry_run_writes_no_report(table: Path, tmp_path: Path) -> None:
    code, _, err = run("index", table, "--dry-run", "--report", tmp_path / "cases.jsonl")

    assert (code, "--dry-run writes no --report" in err) == (2, True)
    assert not (tmp_path / "cases.jsonl").exists()


@pytest.mark.parametrize("option", ["--reader", "--encoding"])
def test_dry_run_refuses_options_as_a_run_does(option: str, table: Path) -> None:
    code, out, err = run("index", table, "--dry-run", option, "klingon")

    assert (code, out) == (2, "")
    assert err.startswith(f"newssearch: unknown {option[2:]} 'klingon'")


def test_dry_run_calls_standard_input_so() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("two.jsonl", '{"title": "Ferry stops", "body": "It came back."}\n')
        archive.writestr("b.html", "\0" * 500)

    result = CliRunner().invoke(main, ["index", "-", "--dry-run"], input=packed.getvalue())

    heads = [line for line in result.stdout.splitlines() if not line.startswith("  ")]
    assert heads == [
        "standard input!/two.jsonl:1",
        "refused: standard input!/b.html: is not text; convert it to text, HTML, JSON or CSV first",
    ]
