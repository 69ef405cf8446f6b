"""`newssearch query`: what is found and printed, for people and for programs."""

from __future__ import annotations

import csv
import io
import json
import shlex
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest
from click.testing import CliRunner

from search.cli.main import main
from search.cli.query import query
from search.engines.whoosh_index.engine import WhooshEngine
from search.engines.whoosh_index.evaluate.limits import Deadline
from search.model.histogram import INTERVALS
from search.model.question import AUTO
from search.present.as_csv import csv_columns
from tests.support.command_line import (
    RECORDS,
    Run,
)
from tests.support.documents import document


class TestQuery:
    def test_prints_hits_on_stdout_and_words_about_them_on_stderr(self, run: Run) -> None:
        result = run("query", "blinken", "nato")

        assert result.exit_code == 0
        assert result.stdout.splitlines()[:2] == [
            "1. Blinken meets NATO in Brussels",
            "   Rich Miller, Olena Harmash · 2024-11-13 · Reuters",
        ]
        assert result.stdout.splitlines()[3:] == ["   summit"]
        assert result.stderr.startswith("read as: blinken (1)  nato (1)\n1 article (")

    def test_what_takes_too_long_is_exit_2_with_a_way_out(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("NEWSSEARCH_QUERY_TIMEOUT_MS", "1234")
        made = Deadline.__init__

        def made_with_ten_s_at_each_look(own: Deadline, timeout_ms: int, *_: object) -> None:
            made(own, timeout_ms, count(0, 10).__next__)

        monkeypatch.setattr(Deadline, "__init__", made_with_ten_s_at_each_look)
        result = run("query", "blinken")

        assert (result.exit_code, result.stdout) == (2, "")
        assert "after 1,234 ms" in result.stderr

    def test_nothing_found_is_exit_1_with_ways_out(self, run: Run) -> None:
        result = run("query", "blinkin")

        assert (result.exit_code, result.stdout) == (1, "")
        assert "with blinken instead of blinkin: newssearch query --index" in result.stderr

    @pytest.mark.parametrize(
        ("arguments", "command"),
        [
            (["nato", "oil"], "--match any 'nato oil'"),
            (["nato", "--source", "A F P"], "nato"),
            (["--", "nato", "-nato"], "nato"),
            (["nato", "--author", "Miler"], "--author 'Rich Miller' nato"),
        ],
        ids=["any", "filter", "minus", "value"],
    )
    def test_ways_out_are_commands(
        self, run: Run, index: Path, arguments: list[str], command: str
    ) -> None:
        whole = shlex.join(["newssearch", "query", "--index", str(index)])

        assert f": {whole} {command}\n" in run("query", *arguments).stderr

    @pytest.mark.parametrize(
        "options",
        [
            ["--limit", "1"],
            ["--facet", "author:2", "--facet", "source"],
            ["--explain", "--snippet-max-chars", "80"],
            ["--color", "never", "--time-zone", "Europe/Berlin"],
            ["--saved-searches", "my 'own' searches"],
        ],
        ids=" ".join,
    )
    def test_ways_out_keep_the_options_given(
        self, run: Run, index: Path, options: list[str]
    ) -> None:
        defaults = ["--match", "all", "--sort", "relevance", "--page", "1"]
        offered = run("query", *options, *defaults, "blinkin").stderr.splitlines()[-1]
        command = shlex.split(offered.partition(": ")[2])

        assert sorted(command) == sorted(
            ["newssearch", "query", "--index", str(index), *options, "blinken"]
        )
        again = CliRunner().invoke(main, command[1:])
        assert (again.exit_code, "summit" in again.stdout) == (0, True)

    def test_ways_out_name_no_default(self, run: Run) -> None:
        assert "--color" not in run("query", "--color", "auto", "blinkin").stderr

    @pytest.mark.parametrize(
        ("arguments", "expected"),
        [
            ([], ["oil", "summit", "evil", "port"]),
            (["*"], ["oil", "summit", "evil", "port"]),
            (["--sort", "oldest"], ["summit", "oil", "evil", "port"]),
            (["--author", "rich miller", "--author", "Anna Weiss"], ["oil", "summit", "port"]),
            (["--author", "rich miller", "--source", "AFP"], ["oil"]),
            (["--from", "2024-11-14"], ["oil"]),
            (["--to", "2024-11-13"], ["summit"]),
            (["--from", "2024-11", "--to", "2024-11"], ["oil", "summit"]),
            (["nato", "oil", "--match", "any", "--sort", "newest"], ["oil", "summit"]),
            (["--limit", "1", "--page", "2"], ["summit"]),
            (["--", "-blinken", "author:miller"], ["oil"]),
            (['"firm response"'], ["summit"]),
        ],
        ids=lambda value: "_".join(value) if value and value[0].startswith(("-", "*")) else None,
    )
    def test_ids(self, run: Run, arguments: list[str], expected: list[str]) -> None:
        result = run("query", "--ids", *arguments)

        assert result.stdout.split() == expected

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (("--limit", "1"), "1 to 1 of 4 articles, page 1 of 4; --all has all; --page 2 has the next"),
            (("--limit", "3", "--page", "2"), "4 to 4 of 4 articles, page 2 of 2; --all has all"),
            (("--limit", "3", "--group"), "1 to 3 of 4 stories, page 1 of 2; --all has all; --page 2 has the next"),
            (("--limit", "4"), ""),
        ],
        ids=["first page", "last page", "stories", "all"],
    )  # fmt: skip
    @pytest.mark.parametrize("form", ["--ids", "--csv"])
    def test_an_export_that_is_cut_says_so(
        self, run: Run, form: str, arguments: tuple[str, ...], said: str
    ) -> None:
        result = run("query", form, *arguments)
        assert result.stderr == (f"note: {said}\n" if said else "")
        assert said not in result.stdout or not said

    @pytest.mark.parametrize(
        ("arguments", "expected"),
        [
            (("--without", "source"), {"port", "evil"}),
            (("--without", "source", "--source", "AFP"), {"port", "evil", "oil"}),
            (("--without", "source", "--without", "author"), set()),
            (("--", "-source:*"), {"port", "evil"}),
            (("--", "-date:* author:*"), {"port", "evil"}),
        ],
    )
    def test_articles_without_a_value(
        self, run: Run, arguments: tuple[str, ...], expected: set[str]
    ) -> None:
        assert set(run("query", "--ids", *arguments).stdout.split()) == expected

    def test_synonyms_are_named_and_can_be_left_out(self, run: Run, tmp_path: Path) -> None:
        file = tmp_path / "synonyms.toml"
        file.write_text('same = [["petroleum", "crude oil", "oil price"]]', "utf-8")
        result = run("query", "--ids", "petroleum", "--synonyms", str(file))
        assert result.stdout == "oil\n"
        result = run("query", "petroleum", "--synonyms", str(file))
        assert 'read as: petroleum [or "crude oil", "oil price"] (1)\n' in result.stderr
        said = f"--synonyms {shlex.quote(str(file))} --no-synonyms petroleum\n"
        assert "0  the same without synonyms: newssearch query --index" in result.stderr
        assert result.stderr.endswith(said)
        result = run("query", "--ids", "petroleum", "--synonyms", str(file), "--no-synonyms")
        assert (result.stdout, result.exit_code) == ("", 1)
        page = json.loads(run("query", "--json", "petroleum", "--synonyms", str(file)).stdout)
        assert page["read_as"] == [
            {"text": "petroleum", "count": 1, "synonyms": ['"crude oil"', '"oil price"']}
        ]

    def test_a_file_of_synonyms_that_cannot_be_used_is_exit_2(
        self, run: Run, tmp_path: Path
    ) -> None:
        file = tmp_path / "synonyms.toml"
        file.write_text('same = [\n["petroleum"]]', "utf-8")
        result = run("query", "petroleum", "--synonyms", str(file))
        assert (result.exit_code, result.stdout) == (2, "")
        assert "synonyms.toml:2: a group needs two names" in result.stderr

    def test_the_way_out_keeps_what_is_to_be_missing(self, run: Run) -> None:
        result = run("query", "nato", "--without", "source")
        assert "with and without source: newssearch query" in result.stderr
        result = run("query", "blinkin", "--without", "section")
        assert "--without section blinken\n" in result.stderr

    @pytest.mark.parametrize(
        ("form", "rows"), [((), 0), (("--ids",), 0), (("--csv",), 1), (("--json",), None)], ids=str
    )
    def test_page_past_the_end_says_so(
        self, run: Run, form: tuple[str, ...], rows: int | None
    ) -> None:
        """For programs it was silent, with the exit status of an answer."""
        result = run("query", "--page", "9", "--limit", "1", *form)

        assert result.exit_code == 1
        assert rows is None or len(result.stdout.splitlines()) == rows
        assert "4 articles, but page 9 is past the last page, 4" in result.stderr

    @pytest.mark.parametrize("page", [999_999_999, 10**15])
    def test_page_far_past_the_end_is_empty(self, run: Run, page: int) -> None:
        result = run("query", "--page", str(page), "--json")
        answer = json.loads(result.stdout)

        assert (result.exit_code, answer["total"], answer["page"]) == (1, 4, page)
        assert answer["hits"] == []

    def test_facet_table(self, run: Run) -> None:
        result = run("query", "--facet", "author:1", "--facet", "source", "--author", "Anna Weiß")

        assert result.stdout.split("\n\n")[1:] == [
            "Authors\n       2  Rich Miller\n       1  Anna Weiß *\n          2 more authors",
            "Sources\n       0  (no values)\n".replace("0  (no values)", "1  (without a source)"),
        ]

    def test_facet_table_of_some_values(self, run: Run) -> None:
        result = run("query", "*", "--facet", "author:1:ri", "--limit", "1")

        assert "Authors with words in ri...\n       2  Rich Miller\n" in result.stdout
        assert "Anna" not in result.stdout

    def test_piped_output_has_no_facets_unless_asked_for(self, run: Run) -> None:
        assert "Authors" not in run("query", "nato").stdout

    def test_histogram(self, run: Run) -> None:
        result = run("query", "--histogram", "day", "--to", "2024-11-15")

        assert result.stdout.split("\n\n")[2:] == [
            "Articles by day\n"
            "       1  2024-11-13  ########################################\n"
            "       1  2024-11-14  ########################################\n"
            "       0  2024-11-15\n"
        ]

    def test_histogram_follows_the_facets(self, run: Run) -> None:
        result = run("query", "--histogram", "decade", "--facet", "source")

        assert result.stdout.split("\n\n")[4:] == [
            "Sources\n       1  AFP\n       1  Reuters\n       2  (without a source)",
            "Articles by decade\n"
            "       2  2020..2029  ########################################\n"
            "       2  (no date)\n",
        ]

    def test_histogram_of_a_page_past_the_end(self, run: Run) -> None:
        result = run("query", "--histogram", "auto", "--page", "9")
        assert result.stdout.startswith("Articles by day\n       1  2024-11-13 ")

    def test_histogram_of_nothing_is_not_printed(self, run: Run) -> None:
        result = run("query", "--histogram", "day", "--from", "2020-01", "--to", "2020-02", "nato")
        assert (result.exit_code, result.stdout) == (1, "")

    def test_histogram_offers_every_interval(self, run: Run) -> None:
        [option] = [o for o in query.params if o.name == "histogram"]
        assert tuple(option.type.choices) == (AUTO, *INTERVALS)

    def test_explain(self, run: Run) -> None:
        lines = run("query", "--explain", "blinken nato").stdout.splitlines()

        assert [line.split()[1] for line in lines if line.startswith("    ")][:2] == [
            "blinken",
            "nato",
        ]
        assert lines[-3].endswith("  score")
        assert lines[-1].startswith("also weighed, from the first ten hits: Blinken (.")

    def test_unknown_value_is_told_with_what_is_close(self, run: Run) -> None:
        result = run("query", "--author", "Miller")

        assert result.exit_code == 1
        assert "did you mean Rich Miller (2)?" in result.stderr

    def test_saved_search(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "saved").write_text('[[search]]\nname = "Energy"\nquery = "oil OR gas"\n')

        result = run("query", "--ids", "--saved-searches", str(tmp_path / "saved"), "search:energy")

        assert result.stdout == "oil\n"

    def test_time_zone_moves_the_days(self, run: Run) -> None:
        arguments = ("query", "--ids", "--from", "2024-11-15", "--time-zone", "Pacific/Kiritimati")

        assert run(*arguments).exit_code == 1
        assert run(*arguments[:3], "2024-11-14", *arguments[4:]).stdout == "oil\n"


class TestQueryForPrograms:
    def test_json_is_one_object(self, run: Run) -> None:
        result = run("query", "--json", "miller", "--facet", "author")
        answer = json.loads(result.stdout)

        assert (result.exit_code, result.stderr) == (0, "")
        assert (answer["query"], answer["total"]) == ("miller", 2)
        assert answer["facets"]["author"]["values"][0] == {
            "value": "Rich Miller",
            "count": 2,
            "selected": False,
        }

    def test_json_counts_authors_without_being_asked(self, run: Run) -> None:
        assert "author" in json.loads(run("query", "--json", "oil").stdout)["facets"]

    def test_json_counts_by_date(self, run: Run) -> None:
        answer = json.loads(run("query", "--json", "--histogram", "year").stdout)

        assert answer["histogram"]["undated"] == 2
        assert [found["count"] for found in answer["histogram"]["bins"]] == [2]

    def test_json_of_nothing_found(self, run: Run) -> None:
        result = run("query", "--json", "xyzzy")

        assert result.exit_code == 1
        assert json.loads(result.stdout)["hits"] == []

    def test_json_keeps_every_character(self, run: Run) -> None:
        [hit] = json.loads(run("query", "--json", "bold").stdout)["hits"]

        assert hit["title"] == RECORDS[3]["title"]

    def test_csv_is_a_table_without_formulas(self, run: Run) -> None:
        rows = list(csv.DictReader(io.StringIO(run("query", "--csv", "--sort", "newest").stdout)))

        assert tuple(rows[0]) == csv_columns()
        assert rows[1]["authors"] == "Rich Miller; Olena Harmash"
        assert [row["id"] for row in rows] == ["oil", "summit", "evil", "port"]
        assert rows[2]["title"].startswith("'=HYPERLINK")

    def test_json_explains(self, run: Run) -> None:
        [hit] = json.loads(run("query", "--json", "--explain", "nato", "brussels").stdout)["hits"]

        clauses = [part["clause"] for part in hit["contributions"]]
        assert clauses == ["nato", "brussels", "words of the first hits"]
        total = sum(part["score"] for part in hit["contributions"])
        assert total == pytest.approx(hit["score"], abs=0.001)

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["--json", "--ids"], "--json and --ids exclude each other"),
            (["--ids", "--csv", "--json"], "--json and --csv and --ids exclude each other"),
            (["--csv", "--facet", "author"], "csv cannot show what --facet asks for"),
            (["--ids", "--facet", "author"], "ids cannot show what --facet asks for"),
            (["--csv", "--histogram", "day"], "cannot show what --histogram asks for"),
            (["--csv", "--explain"], "csv cannot show what --explain asks for"),
            (["--ids", "--explain"], "ids cannot show what --explain asks for"),
        ],
        ids=lambda value: "_".join(value) if isinstance(value, list) else "",
    )
    def test_options_that_contradict_each_other(
        self, run: Run, arguments: list[str], message: str
    ) -> None:
        result = run("query", *arguments, "oil")

        assert (result.exit_code, result.stdout) == (2, "")
        assert message in " ".join(result.stderr.split())


def test_where_few_are_found_stderr_asks_what_was_meant(tmp_path: Path) -> None:
    index = tmp_path / "index"
    with closing(WhooshEngine(index, make=True)) as engine:
        engine.add([document(f"{n}", f"missile {n}") for n in range(40)])
        engine.add([document("typo", "missle")])
    result = CliRunner().invoke(main, ["query", "missle", "--index", str(index)])
    said = "did you mean:\n      40  with missile instead of missle: newssearch query"
    assert result.stdout.count("missle") == 1
    assert said in result.stderr
