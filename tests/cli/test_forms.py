"""Forms of an answer for programs, all hits, one of them opened, and many queries at once."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import pytest

from tests.support.command_line import RECORDS, Run, in_process

ALL = sorted(str(record["id"]) for record in RECORDS)


class TestFormat:
    @pytest.mark.parametrize("form", ["json", "csv", "ids"])
    def test_that_has_an_option_is_the_same(self, run: Run, form: str) -> None:
        def told(*arguments: str) -> str:
            out = run("query", "miller", *arguments).stdout
            return out.partition('"took_ms"')[0] if form == "json" else out

        assert told("--format", form) == told(f"--{form}")

    def test_ndjson_is_an_object_a_hit(self, run: Run) -> None:
        lines = run("query", "miller", "--format", "ndjson").stdout.splitlines()
        whole = json.loads(run("query", "miller", "--json", "--no-group", "--no-diverse").stdout)

        assert list(map(json.loads, lines)) == whole["hits"]

    @pytest.mark.parametrize(
        ("template", "expected"),
        [
            ("{id}", "oil"),
            (r"{rank}\t{id}", "1\toil"),
            ("{{{id}}}", "{oil}"),
            (r"{id}\\n", "oil\\n"),
            ("{query} of {total}: {id}", "oil of 1: oil"),
        ],
        ids=["field", "tab", "brackets", "backslash", "query"],
    )
    def test_template(self, run: Run, template: str, expected: str) -> None:
        assert run("query", "oil", "--format", template).stdout == expected + "\n"

    def test_a_hit_is_one_line_whatever_it_holds(self, run: Run) -> None:
        lines = run("query", "--all", "--format", "{id}|{body}").stdout.splitlines()
        assert sorted(line.partition("|")[0] for line in lines) == ALL

    @pytest.mark.parametrize(
        ("form", "message"),
        [
            ("jsn", "unknown format 'jsn'; did you mean json?"),
            ("yaml", "there are text, json, ndjson, csv, ids, and templates"),
            ("{titel}", "a hit has no {titel}; did you mean {title}?"),
            ("{title", "a single { in the template"),
            ("{title.__class__}", "a hit has no {title.__class__}"),
            ("{0}", "a hit has no {0}"),
        ],
    )
    def test_unknown(self, run: Run, form: str, message: str) -> None:
        result = run("query", "oil", "--format", form)

        assert (result.exit_code, result.stdout) == (2, "")
        assert message in " ".join(result.stderr.split())

    @pytest.mark.parametrize("form", ["json", "ndjson", "csv", "ids", "{id}"])
    def test_a_cut_answer_says_so(self, run: Run, form: str) -> None:
        said = run("query", "--format", form, "--limit", "1").stderr
        assert "; --all has all; --page 2 has the next" in said


class TestAll:
    @pytest.mark.parametrize("form", ["ids", "{id}"])
    def test_has_every_article_and_no_note(self, run: Run, form: str) -> None:
        result = run("query", "--all", "--format", form, env={"NEWSSEARCH_PAGE_SIZE": "1"})

        assert sorted(result.stdout.split()) == ALL
        assert result.stderr == ""

    def test_csv_has_a_row_for_each(self, run: Run) -> None:
        rows = list(csv.DictReader(run("query", "--all", "--csv").stdout.splitlines()))
        assert sorted(row["id"] for row in rows) == ALL

    def test_text_shows_each(self, run: Run) -> None:
        out = run("query", "--all", "--no-group").stdout
        assert [i for i in ALL if f"   {i}\n" not in out] == []

    def test_nothing_found_is_exit_1(self, run: Run) -> None:
        result = run("query", "--all", "--ids", "nothingofthekind")
        assert (result.exit_code, result.stdout) == (1, "")

    @pytest.mark.parametrize(
        ("more", "message"),
        [
            (["--limit", "3"], "leave out --limit and --page"),
            (["--page", "2"], "leave out --limit and --page"),
            (["--json"], "use --format ndjson"),
            (["--facet", "author"], "--all cannot show what --facet asks for"),
            (["--open", "1"], "--all and --open exclude each other"),
        ],
        ids=["limit", "page", "json", "facet", "open"],
    )
    def test_what_contradicts_it(self, run: Run, more: list[str], message: str) -> None:
        result = run("query", "--all", *more)

        assert result.exit_code == 2
        assert message in " ".join(result.stderr.split())


class TestOpen:
    @pytest.mark.parametrize("number", [1, 2, 4])
    def test_shows_that_hit_in_full(self, run: Run, number: int) -> None:
        ids = run("query", "--ids", "--group", "--diverse").stdout.split()
        opened = run("query", "--open", str(number), "--json", env={"NEWSSEARCH_PAGE_SIZE": "1"})

        assert json.loads(opened.stdout)["id"] == ids[number - 1]

    def test_marks_what_matches(self, run: Run) -> None:
        assert "\x1b[1;31m" in run("query", "oil", "--open", "1", "--color", "always").stdout

    def test_beyond_the_last_is_exit_1(self, run: Run) -> None:
        result = run("query", "oil", "--open", "2")

        assert (result.exit_code, result.stdout) == (1, "")
        assert "there is no article 2: the query finds 1 article\n" in result.stderr

    def test_beyond_all_that_can_be_asked_for_names_the_option(self, run: Run) -> None:
        result = run("query", "oil", "--open", "9" * 30)

        assert result.exit_code == 2
        assert result.stderr.startswith("newssearch: --open: ")


class TestBatch:
    @pytest.fixture
    def names(self, tmp_path: Path) -> str:
        path = tmp_path / "names.txt"
        path.write_text('# who we look for\noil\n\n"Rich Miller"\nNobody Whatsoever\n', "utf-8")
        return str(path)

    def test_says_how_much_each_finds(self, run: Run, names: str) -> None:
        result = run("query", "--batch", names)
        rows = [line.split() for line in result.stdout.splitlines()]

        assert [(row[0], row[1]) for row in rows] == [
            ("1", "oil"),
            ("2", '"Rich'),
            ("0", "Nobody"),
        ]
        assert (result.exit_code, result.stderr) == (0, "")

    def test_csv_has_a_row_for_each_hit_and_for_each_query_without(
        self, run: Run, names: str
    ) -> None:
        rows = list(csv.DictReader(run("query", "--batch", names, "--csv").stdout.splitlines()))

        assert [(row["query"], row["total"], row["rank"]) for row in rows] == [
            ("oil", "1", "1"),
            ('"Rich Miller"', "2", "1"),
            ('"Rich Miller"', "2", "2"),
            ("Nobody Whatsoever", "0", ""),
        ]

    def test_ndjson_and_templates_name_the_query(self, run: Run, names: str) -> None:
        lines = run("query", "--batch", names, "--format", "ndjson").stdout.splitlines()
        told = run("query", "--batch", names, "--format", "{query}|{id}").stdout.splitlines()

        assert [json.loads(line)["query"] for line in lines] == [x.split("|")[0] for x in told]
        assert told[-1] == "Nobody Whatsoever|"

    def test_json_has_every_letter_in_an_encoding_that_lacks_some(
        self, index: Path, tmp_path: Path
    ) -> None:
        asked = tmp_path / "asked"
        asked.write_text("author:weiß", encoding="utf-8")
        options = ["query", "--batch", asked, "--format", "ndjson", "--index", index]
        said = in_process(*options, env={**os.environ, "PYTHONIOENCODING": "ascii"}).stdout
        assert json.loads(said)["authors"] == ["Anna Weiß"]

    def test_filters_are_those_of_all(self, run: Run, names: str) -> None:
        out = run("query", "--batch", names, "--author", "Anna Weiß").stdout
        assert out.startswith("       0  oil")

    def test_a_query_that_cannot_be_read_is_named_and_the_rest_goes_on(self, run: Run) -> None:
        result = run("query", "--batch", "-", "--ids", input='"open\noil\n')

        assert (result.exit_code, result.stdout) == (2, "oil\toil\n")
        assert "-:1: this quote is never closed" in result.stderr

    def test_what_is_not_shown_is_said(self, run: Run, names: str) -> None:
        said = run("query", "--batch", names, "--ids", "--limit", "1").stderr
        assert said == "note: 1 of the queries finds more than is shown; --all has all\n"
        assert run("query", "--batch", names, "--ids", "--all").stderr == ""

    def test_nothing_found_is_exit_1(self, run: Run) -> None:
        assert run("query", "--batch", "-", input="Nobodyatall\n").exit_code == 1

    @pytest.mark.parametrize("is_piped", [False, True], ids=["file", "pipe"])
    def test_a_byte_order_mark_is_no_part_of_a_query(
        self, run: Run, tmp_path: Path, is_piped: bool
    ) -> None:
        text = "\ufeff# a comment\noil\n"
        (tmp_path / "f").write_text(text, "utf-8")
        result = run("query", "--batch", "-" if is_piped else str(tmp_path / "f"), input=text)

        assert result.stdout.splitlines() == [result.stdout.rstrip()]
        assert result.stdout.split()[:2] == ["1", "oil"]

    def test_a_pipe_that_is_not_utf_8_is_named_with_its_line(self, run: Run) -> None:
        result = run("query", "--batch", "-", input=b"oil\ncaf\xe9\n")

        assert result.exit_code == 2
        assert "newssearch: -:" in result.stderr
        assert "not UTF-8" in result.stderr

    @pytest.mark.parametrize(
        ("content", "message"),
        [(None, "No such file"), (b"caf\xe9\n", ":1: not UTF-8"), (b"x" * 300_000, "too long")],
        ids=["missing", "encoding", "long"],
    )
    def test_a_file_that_cannot_be_read(
        self, run: Run, tmp_path: Path, content: bytes | None, message: str
    ) -> None:
        if content is not None:
            (tmp_path / "f").write_bytes(content)
        result = run("query", "--batch", str(tmp_path / "f"))

        assert result.exit_code == 2
        assert message in result.stderr
