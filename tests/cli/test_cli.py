"""The command line: what is printed where, exit status, and that nothing an article holds can do harm."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from search.cli.index import index as index_command
from search.cli.main import main
from search.cli.query import query
from search.model.errors import IndexDamaged
from search.model.histogram import INTERVALS
from search.present.as_csv import CSV_COLUMNS
from search.readers.formats import FORMAT_NAMES
from search.service.service import AUTO

RECORDS = (
    {
        "id": "summit",
        "title": "Blinken meets NATO in Brussels",
        "authors": ["Rich Miller", "Olena Harmash"],
        "published": "2024-11-13",
        "source": "Reuters",
        "url": "https://news.example/summit",
        "body": "The minister promised a firm response. Talks went on all night in the old town, "
        "and nobody who was asked expected them to end before the weekend.",
    },
    {
        "id": "oil",
        "title": "Crude oil falls",
        "authors": ["Rich Miller"],
        "published": "2024-11-14T09:30:00Z",
        "source": "AFP",
        "body": "Prices fell again.",
    },
    {"id": "port", "title": "Port reopens", "authors": ["Anna Weiß"], "body": "Grain left Odesa."},
    {
        "id": "evil",
        "title": "=HYPERLINK(1) \x1b[31mred\x07 <b>bold</b>",
        "authors": ["\x1b]0;owned\x07Mallory"],
        "body": "Escape \x1b[2J sequences\x9b31m and \u202eturned text.",
    },
)

Run = Callable[..., Result]

#: Python code of the program as a person starts it. Where the tests run as a background job of a
#: script, SIGINT is ignored, and children inherit that: Ctrl-C would do nothing.
PROGRAM = "from search.cli.main import main; main()"
INTERRUPTIBLE = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); " + PROGRAM
)

#: Presses Ctrl-C when a run tells that it has read four articles.
PRESSING = """
import signal
import search.cli.progress, search.ingest.tasks

def update(self, progress):
    if progress.articles == 4:
        signal.raise_signal(signal.SIGINT)

search.ingest.tasks._PIECE_ARTICLES = 2
search.cli.progress.ProgressBar.update = update
"""


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of `RECORDS`, without entities; only read."""
    folder = tmp_path_factory.mktemp("cli")
    source = folder / "articles.jsonl"
    source.write_text("\n".join(map(json.dumps, RECORDS)), "utf-8")
    result = CliRunner().invoke(
        main, ["index", "--index", str(folder / "index"), "--entities", "none", str(source)]
    )
    assert result.exit_code == 0, result.output
    return folder / "index"


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of whoever runs the tests."""
    for name in [n for n in os.environ if n.startswith("NEWSSEARCH_") or n == "NO_COLOR"]:
        monkeypatch.delenv(name)


@pytest.fixture
def run(index: Path) -> Run:
    """Call a command on the index."""

    def call(command: str, *arguments: str, **options: Any) -> Result:
        return CliRunner().invoke(main, [command, "--index", str(index), *arguments], **options)

    return call


def in_process(*arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run the program as a person does."""
    command = [sys.executable, "-c", PROGRAM, *map(str, arguments)]
    options = {"capture_output": True, "text": True, "timeout": 60, **options}
    return subprocess.run(command, check=False, **options)


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

    def test_page_past_the_end_says_so(self, run: Run) -> None:
        result = run("query", "--page", "9", "--limit", "1")

        assert (result.exit_code, result.stdout) == (0, "")
        assert "4 articles, but page 9 is past the last, 4" in result.stderr

    @pytest.mark.parametrize("page", [999_999_999, 10**15])
    def test_page_far_past_the_end_is_empty(self, run: Run, page: int) -> None:
        result = run("query", "--page", str(page), "--json")
        answer = json.loads(result.stdout)

        assert (result.exit_code, answer["total"], answer["page"]) == (0, 4, page)
        assert answer["hits"] == []

    def test_facet_table(self, run: Run) -> None:
        result = run("query", "--facet", "author:1", "--facet", "source", "--author", "Anna Weiß")

        assert result.stdout.split("\n\n")[1:] == [
            "Authors\n       2  Rich Miller\n       1  Anna Weiß *\n       2  (other values)",
            "Sources\n       0  (no values)\n".replace("0  (no values)", "1  (no source)"),
        ]

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
            "Sources\n       1  AFP\n       1  Reuters\n       2  (no source)",
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
        assert lines[-1].endswith("  score")

    def test_unknown_value_is_told_with_what_is_close(self, run: Run) -> None:
        result = run("query", "--author", "Miller")

        assert result.exit_code == 1
        assert "did you mean Rich Miller (2)?" in result.stderr

    def test_saved_search(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "saved").write_text("energy: oil OR gas\n")

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
        assert [one["count"] for one in answer["histogram"]["bins"]] == [2]

    def test_json_of_nothing_found(self, run: Run) -> None:
        result = run("query", "--json", "xyzzy")

        assert result.exit_code == 1
        assert json.loads(result.stdout)["hits"] == []

    def test_json_keeps_every_character(self, run: Run) -> None:
        [hit] = json.loads(run("query", "--json", "bold").stdout)["hits"]

        assert hit["title"] == RECORDS[3]["title"]

    def test_csv_is_a_table_without_formulas(self, run: Run) -> None:
        rows = list(csv.DictReader(io.StringIO(run("query", "--csv", "--sort", "newest").stdout)))

        assert tuple(rows[0]) == CSV_COLUMNS
        assert rows[1]["authors"] == "Rich Miller; Olena Harmash"
        assert [row["id"] for row in rows] == ["oil", "summit", "evil", "port"]
        assert rows[2]["title"].startswith("'=HYPERLINK")

    def test_json_explains(self, run: Run) -> None:
        [hit] = json.loads(run("query", "--json", "--explain", "nato", "brussels").stdout)["hits"]

        assert [part["clause"] for part in hit["contributions"]] == ["nato", "brussels"]
        total = sum(part["score"] for part in hit["contributions"])
        assert total == pytest.approx(hit["score"], abs=0.001)

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["--json", "--ids"], "--json and --ids exclude each other"),
            (["--ids", "--csv", "--json"], "--json and --csv and --ids exclude each other"),
            (["--csv", "--facet", "author"], "--csv has no room for what --facet asks for"),
            (["--ids", "--facet", "author"], "--ids has no room for what --facet asks for"),
            (["--csv", "--histogram", "day"], "no room for what --histogram asks for"),
            (["--csv", "--explain"], "--csv has no room for what --explain asks for"),
            (["--ids", "--explain"], "--ids has no room for what --explain asks for"),
        ],
        ids=lambda value: "_".join(value) if isinstance(value, list) else "",
    )
    def test_options_that_contradict_each_other(
        self, run: Run, arguments: list[str], message: str
    ) -> None:
        result = run("query", *arguments, "oil")

        assert (result.exit_code, result.stdout) == (2, "")
        assert message in " ".join(result.stderr.split())


class TestErrors:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["--facet", "colour"], "unknown facet 'colour'; choose one of author"),
            (["--facet", "author:many"], "from 1 to 1,000 after the colon"),
            (["--facet", "author:1001"], "from 1 to 1,000"),
            (["--facet", "author:" + "9" * 5000], "from 1 to 1,000 after the colon"),
            (["--from", "soon"], "from 'soon': not a date"),
            (["--from", "2024", "--to", "2023"], "from 2024 is after to 2023"),
            (["--limit", "101"], "1<=x<=100"),
            (["--page", "0"], "x>=1"),
            (["--page", str(10**15 + 1)], "from 1 to 1,000,000,000,000,000"),
            (["--match", "some"], "'all', 'most', 'any'"),
            (["--nonsense"], "No such option"),
            (["--time-zone", "Mars/Phobos"], "no time zone 'Mars/Phobos'"),
            (["--saved-searches", "nowhere", "search:x"], "nowhere: No such file"),
            (["search:x"], "no saved search"),
            (["date:2024-02-30"], "there is no such date"),
            (["!!!"], "no word"),
        ],
        ids=lambda value: "_".join(value)[:30] if isinstance(value, list) else "",
    )
    def test_is_exit_2_with_a_message_and_no_output(
        self, run: Run, arguments: list[str], message: str
    ) -> None:
        result = run("query", *arguments)

        assert (result.exit_code, result.stdout) == (2, "")
        assert message.lower() in " ".join(result.stderr.split()).lower()
        assert "Traceback" not in result.stderr

    def test_malformed_query_is_shown_with_its_place(self, run: Run) -> None:
        lines = run("query", 'blinken "nato').stderr.splitlines()

        assert lines[0].startswith("newssearch: ")
        assert lines[1] == '  blinken "nato'
        assert lines[2].startswith("          ^")

    def test_place_in_a_long_query_of_wide_characters(self, run: Run) -> None:
        lines = run("query", "東" * 100 + ' "nato').stderr.splitlines()

        assert lines[1] == "  ..." + "東" * 29 + ' "nato'
        assert lines[2].startswith(" " * (5 + 58 + 1) + "^")

    @pytest.mark.parametrize("word", ["-trump", "-nato", "-houthi", "-json"])
    def test_query_that_begins_with_a_minus_is_explained(self, run: Run, word: str) -> None:
        result = run("query", word, "oil")

        assert (result.exit_code, result.stdout) == (2, "")
        assert f"-- {word}" in result.stderr

    @pytest.mark.parametrize("command", ["query", "stats", "doctor", "serve"])
    def test_missing_index_names_the_way_out(self, tmp_path: Path, command: str) -> None:
        result = CliRunner().invoke(main, [command, "--index", str(tmp_path / "none")])

        assert result.exit_code == 2
        assert "newssearch index PATH" in result.stderr
        assert not (tmp_path / "none").exists()

    def test_bad_variable_is_named(self, run: Run) -> None:
        result = run("query", "oil", env={"NEWSSEARCH_PAGE_SIZE": "many"})

        assert result.exit_code == 2
        assert "NEWSSEARCH_PAGE_SIZE='many'" in result.stderr

    def test_unforeseen_error_is_no_traceback(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("search.cli.query._question", lambda *arguments: 1 / 0)

        result = run("query", "oil")

        assert result.exit_code == 2
        assert "internal error (ZeroDivisionError" in result.stderr
        assert "Traceback" not in result.stderr

    def test_unforeseen_error_is_shown_when_debugging(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("search.cli.query._question", lambda *arguments: 1 / 0)

        result = run("query", "oil", env={"NEWSSEARCH_DEBUG": "1"})

        assert isinstance(result.exception, ZeroDivisionError)


class TestSettings:
    def test_variable_names_the_index(self, index: Path) -> None:
        result = CliRunner().invoke(
            main, ["query", "--ids", "oil"], env={"NEWSSEARCH_INDEX": str(index)}
        )

        assert result.stdout == "oil\n"

    def test_option_wins_over_variable(self, run: Run) -> None:
        env = {"NEWSSEARCH_INDEX": "nowhere", "NEWSSEARCH_PAGE_SIZE": "1"}

        assert len(run("query", "--ids", env=env).stdout.split()) == 1
        assert len(run("query", "--ids", "--limit", "2", env=env).stdout.split()) == 2

    def test_snippet_length(self, run: Run) -> None:
        [hit] = json.loads(run("query", "--json", "--snippet-max-chars", "40", "talks").stdout)[
            "hits"
        ]

        assert 0 < len(hit["snippet"]["text"]) <= 42


class TestColor:
    @pytest.mark.parametrize(
        ("color", "has_color"), [("always", True), ("never", False), ("auto", False)]
    )
    def test_when_piped(self, run: Run, color: str, has_color: bool) -> None:
        assert ("\x1b[" in run("query", "nato", "--color", color).stdout) == has_color

    def test_marks_are_coloured_and_the_rest_is_as_without(self, run: Run) -> None:
        colored = run("query", "nato", "--color", "always").stdout

        assert "\x1b[1;31mNATO\x1b[0m" in colored
        assert strip(colored) == run("query", "nato").stdout

    def test_terminal_gets_colours_wrapped_lines_and_facets(self, index: Path) -> None:
        output = on_terminal("query", "--index", index, "nato")

        assert "\x1b[1;31mNATO\x1b[0m" in output
        assert "Authors" in output
        assert max(len(line) for line in strip(output).splitlines()) <= 60

    @pytest.mark.parametrize(
        ("arguments", "environment"),
        [((), {"NO_COLOR": "1"}), ((), {"TERM": "dumb"}), (("--color", "never"), {})],
        ids=["NO_COLOR", "dumb", "never"],
    )
    def test_terminal_without_colours(
        self, index: Path, arguments: tuple[str, ...], environment: dict[str, str]
    ) -> None:
        output = on_terminal("query", "--index", index, "nato", *arguments, **environment)

        assert "\x1b" not in output
        assert "Authors" in output

    def test_progress_bar_only_on_a_terminal(self, index: Path, tmp_path: Path) -> None:
        source = index.parent / "articles.jsonl"
        arguments = ("index", "--entities", "none", source, "--index")

        assert "[----" in on_terminal(*arguments, tmp_path / "a")
        assert "[" not in in_process(*arguments, tmp_path / "b").stderr


def strip(text: str) -> str:
    """Return *text* without the colours that we write."""
    for code in ("\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[1;31m"):
        text = text.replace(code, "")
    return text


def on_terminal(*arguments: object, **environment: str) -> str:
    """Return all that the program writes to a terminal of 60 columns."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", PROGRAM, *map(str, arguments)]
    clean = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "TERM")}
    clean |= {"COLUMNS": "60", "TERM": "xterm", **environment}
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=clean
    ) as process:
        os.close(theirs)
        output = b""
        try:
            while part := os.read(ours, 65536):
                output += part
        except OSError:  # Linux says EIO where the other end is closed
            pass
        process.wait(60)
    os.close(ours)
    return output.decode().replace("\r\n", "\n")


class TestShow:
    def test_prints_the_article(self, run: Run) -> None:
        result = run("show", "summit")

        assert result.exit_code == 0
        assert result.stdout.startswith(
            "Blinken meets NATO in Brussels\nRich Miller, Olena Harmash · 2024-11-13 · Reuters\n\n"
            "The minister promised"
        )
        assert result.stdout.endswith("URL: https://news.example/summit\nID: summit\n")

    def test_marks_a_query(self, run: Run) -> None:
        result = run("show", "summit", "--query", '"firm response"', "--color", "always")

        assert "\x1b[1;31mfirm response\x1b[0m" in result.stdout

    def test_json_is_the_article_to_the_letter(self, run: Run) -> None:
        found = json.loads(run("show", "evil", "--json").stdout)

        assert (found["title"], found["body"]) == (RECORDS[3]["title"], RECORDS[3]["body"])

    def test_unknown_id_is_exit_1(self, run: Run) -> None:
        result = run("show", "nowhere")

        assert (result.exit_code, result.stdout) == (1, "")
        assert "no article nowhere" in result.stderr

    def test_malformed_query_is_exit_2(self, run: Run) -> None:
        assert run("show", "summit", "--query", '"').exit_code == 2


class TestHostileText:
    """No character of an article or a query reaches the terminal that could steer it."""

    @pytest.mark.parametrize(
        "arguments",
        [
            ("query", "bold", "--facet", "author"),
            ("query", "bold", "--explain", "--color", "always"),
            ("show", "evil"),
            ("show", "evil", "--color", "always", "--query", "escape"),
            ("query", "x\x1b[31mz y"),
            ("query", '"\x1b]0;x\x07'),
            ("query", "--author", "\x1b[31m"),
        ],
        ids=["query", "colours", "show", "show-colours", "in-query", "in-error", "in-notice"],
    )
    def test_is_neutralised(self, run: Run, arguments: tuple[str, ...]) -> None:
        result = run(*arguments)

        assert [c for c in "\x1b\x07\x9b\u202e" if c in strip(result.stdout + result.stderr)] == []

    def test_naughty_strings_are_answered_or_refused(self, run: Run, shared: Path) -> None:
        strings = json.loads((shared / "data/hostile/naughty_strings.json").read_text("utf-8"))
        # Every eighth of a thousand: to a terminal markup is text like any other.
        payloads = json.loads((shared / "data/hostile/xss.payloads.json").read_text("utf-8"))[::8]

        bad = [
            text
            for text in [*strings, *payloads]
            if not is_clean(run("query", "--color", "never", "--", text))
        ]

        assert len(strings) == 515
        assert bad == []

    def test_naughty_articles_come_back_unchanged(self, shared: Path, tmp_path: Path) -> None:
        strings = json.loads((shared / "data/hostile/naughty_strings.json").read_text("utf-8"))
        records = [
            {"id": f"n{n}", "title": f"t {text}", "body": f"b {text} e", "authors": [f"A {text}"]}
            for n, text in enumerate(strings)
        ]
        source = tmp_path / "naughty.jsonl"
        source.write_text("\n".join(map(json.dumps, records)), "utf-8")
        where = ["--index", str(tmp_path / "index")]
        CliRunner().invoke(main, ["index", "--entities", "none", *where, str(source)])

        result = CliRunner().invoke(main, ["query", *where, "--json", "--limit", "100", "b"])
        shown = [
            CliRunner().invoke(main, ["show", *where, f"n{n}"]) for n in range(0, len(strings), 25)
        ]

        assert json.loads(result.stdout)["total"] == len(strings)
        assert [r for r in [result, *shown] if not is_clean(r, exit_codes=(0,))] == []


def is_clean(result: Result, exit_codes: tuple[int, ...] = (0, 1, 2)) -> bool:
    """Whether a command ended as it should and wrote nothing that could steer a terminal."""
    said = result.stdout + result.stderr
    return (
        result.exit_code in exit_codes
        and "internal error" not in said
        and "Traceback" not in said
        and not any(c in said for c in "\x1b\x07\x08\x9b\u202e\u2066")
    )


class TestIndex:
    @pytest.fixture
    def where(self, tmp_path: Path) -> list[str]:
        (tmp_path / "articles").mkdir()
        (tmp_path / "articles" / "a.jsonl").write_text("\n".join(map(json.dumps, RECORDS)))
        return ["--entities", "none", "--index", str(tmp_path / "index")]

    def test_reports_on_stdout(self, where: list[str], tmp_path: Path) -> None:
        (tmp_path / "articles" / "b.jsonl").write_text("{broken\n")

        first = CliRunner().invoke(main, ["index", *where, str(tmp_path / "articles")])
        second = CliRunner().invoke(main, ["index", *where, str(tmp_path / "articles")])

        assert (first.exit_code, second.exit_code) == (0, 0)
        assert first.stdout.startswith(
            "4 added, 0 replaced, 0 unchanged, 0 deleted, 1 refused (2 sources read, 0 unchanged)"
        )
        assert "b.jsonl:1: " in first.stderr
        assert second.stdout.startswith("0 added, 0 replaced, 4 unchanged")
        assert "1 refused earlier" in second.stdout

    def test_path_that_is_not_there_makes_no_index(self, where: list[str], tmp_path: Path) -> None:
        result = CliRunner().invoke(main, ["index", *where, str(tmp_path / "typo")])

        assert (result.exit_code, result.stdout) == (2, "")
        assert "typo: there is no such file or folder" in result.stderr
        assert not (tmp_path / "index").exists()

    def test_nothing_to_index_is_exit_1(self, where: list[str], tmp_path: Path) -> None:
        (tmp_path / "empty").mkdir()

        result = CliRunner().invoke(main, ["index", *where, str(tmp_path / "empty")])

        assert result.exit_code == 1
        assert "no files that a reader knows" in result.stderr

    def test_quiet_says_only_what_went_wrong(self, where: list[str], tmp_path: Path) -> None:
        result = CliRunner().invoke(main, ["index", "-q", *where, str(tmp_path / "articles")])

        assert (result.exit_code, result.output) == (0, "")

    def test_standard_input(self, where: list[str]) -> None:
        result = in_process("index", *where, "-", input=json.dumps(RECORDS[0]))

        assert result.stdout.startswith("1 added")

    def test_samples_need_no_path(self, where: list[str]) -> None:
        result = CliRunner().invoke(main, ["index", *where, "--samples"])

        assert (result.exit_code, result.stderr) == (0, "")
        assert stored(where) == int(result.stdout.partition(" added")[0]) > 20

    def test_samples_beside_a_path(self, where: list[str], tmp_path: Path) -> None:
        CliRunner().invoke(main, ["index", *where, "--samples", str(tmp_path / "articles")])

        assert CliRunner().invoke(main, ["show", *where[2:], "summit"]).exit_code == 0
        assert stored(where) > 20 + len(RECORDS)

    def test_no_path_is_exit_2(self, where: list[str]) -> None:
        result = CliRunner().invoke(main, ["index", *where])

        assert (result.exit_code, result.stdout) == (2, "")
        assert "--samples" in result.stderr

    def test_unknown_reader_is_named(self, where: list[str], tmp_path: Path) -> None:
        result = CliRunner().invoke(
            main, ["index", *where, "--reader", "magic", str(tmp_path / "articles")]
        )

        assert (result.exit_code, result.stdout) == (2, "")
        assert "unknown reader 'magic'; choose one of html, records, text" in result.stderr

    def test_ctrl_c_keeps_what_was_committed(self, where: list[str]) -> None:
        """The program reads a pipe that stays open, and is interrupted once a batch is committed."""
        command = [sys.executable, "-c", INTERRUPTIBLE, "index"]
        arguments = [*where, "--batch-articles", "1", "-"]
        with subprocess.Popen(
            [*command, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdin is not None
            try:
                # More than any buffer on the way, so that the first articles are committed by now.
                for number in range(60):
                    record = {"id": f"a{number}", "title": "Title", "body": "word " * 500}
                    process.stdin.write(json.dumps(record) + "\n")
                process.stdin.flush()
                deadline = time.monotonic() + 60
                while stored(where) < 3 and time.monotonic() < deadline:
                    time.sleep(0.05)
                process.send_signal(signal.SIGINT)
                output, errors = process.communicate(timeout=60)
            finally:
                process.kill()

        assert process.returncode == 130
        assert "what was committed is kept" in errors
        assert output.startswith(f"{stored(where)} added")

    def test_ctrl_c_amid_a_file_commits_what_was_read(
        self, where: list[str], tmp_path: Path
    ) -> None:
        """The program presses it itself, once 4 of 10 articles are read."""
        source = tmp_path / "ten.jsonl"
        source.write_text(
            "".join(json.dumps({"id": f"t{n}", "body": "x"}) + "\n" for n in range(10))
        )
        program = PRESSING + INTERRUPTIBLE
        result = subprocess.run(
            [sys.executable, "-c", program, "index", *where, str(source)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

        assert result.returncode == 130
        assert result.stderr.splitlines() == [
            "newssearch: interrupted; committing what was read so far, Ctrl-C again stops at once",
            "newssearch: interrupted; what was committed is kept, the same command goes on from there",
        ]
        assert result.stdout.startswith("4 added")
        assert stored(where) == 4


def test_help_names_every_reader() -> None:
    [option] = [o for o in index_command.params if o.name == "reader"]
    assert isinstance(option, click.Option)
    assert ", ".join(FORMAT_NAMES) in (option.help or "")


def stored(where: list[str]) -> int:
    result = CliRunner().invoke(main, ["stats", "--json", *where[2:]])
    return int(json.loads(result.stdout)["articles"]) if result.exit_code == 0 else 0


class TestOtherCommands:
    def test_delete(self, tmp_path: Path) -> None:
        source = tmp_path / "a.jsonl"
        source.write_text("\n".join(map(json.dumps, RECORDS)))
        where = ["--index", str(tmp_path / "index")]
        CliRunner().invoke(main, ["index", "--entities", "none", *where, str(source)])

        first = CliRunner().invoke(main, ["delete", *where, "oil", "nowhere", "oil"])
        second = CliRunner().invoke(main, ["delete", *where, "oil"])

        assert (first.exit_code, first.stdout) == (0, "1 deleted\n")
        assert "no article nowhere" in first.stderr
        assert (second.exit_code, second.stdout) == (1, "0 deleted\n")
        assert CliRunner().invoke(main, ["show", *where, "oil"]).exit_code == 1

    def test_stats(self, run: Run) -> None:
        lines = run("stats").stdout.splitlines()

        assert "           4  articles" in lines
        assert "           4  authors" in lines
        assert "  2024-11-13  oldest article" in lines

    def test_stats_as_json(self, run: Run) -> None:
        found = json.loads(run("stats", "--json").stdout)

        assert (found["articles"], found["oldest"]) == (4, "2024-11-13T00:00:00Z")
        assert found["facet_values"]["author"] == 4

    @pytest.mark.parametrize("command", ["show", "delete"])
    @pytest.mark.parametrize("article_id", ["nowhere", "\udcff", "a b", "", "../x", "x" * 5000])
    def test_id_that_there_is_not(self, run: Run, command: str, article_id: str) -> None:
        result = run(command, "--", article_id)

        assert (result.exit_code, "no article" in result.stderr) == (1, True)

    def test_doctor_of_a_sound_index(self, run: Run) -> None:
        result = run("doctor")

        first, *others = result.stdout.splitlines()
        assert (result.exit_code, first) == (0, "the index is sound: 4 articles")
        assert [line.partition(":")[0] for line in others] == ["inner loops"]

    @pytest.mark.parametrize(
        ("is_compiled", "choice", "told"),
        [
            (True, "", "inner loops: compiled"),
            (False, "numpy", "inner loops: on numpy, as NEWSSEARCH_KERNELS says"),
            (False, "", "inner loops: on numpy, as none could be compiled"),
        ],
        ids=["compiled", "chosen", "not-compiled"],
    )
    def test_doctor_tells_which_loops_answer(
        self,
        run: Run,
        monkeypatch: pytest.MonkeyPatch,
        is_compiled: bool,
        choice: str,
        told: str,
    ) -> None:
        from search.engines.whoosh_index import kernels

        monkeypatch.setattr(kernels, "IS_COMPILED", is_compiled)
        monkeypatch.setenv(kernels.CHOICE, choice)

        assert run("doctor").stdout.splitlines()[1].startswith(told)

    def test_doctor_names_a_damaged_file(self, tmp_path: Path) -> None:
        source = tmp_path / "a.jsonl"
        source.write_text("\n".join(map(json.dumps, RECORDS)))
        where = ["--index", str(tmp_path / "index")]
        CliRunner().invoke(main, ["index", "--entities", "none", *where, str(source)])
        largest = max((tmp_path / "index").iterdir(), key=lambda path: path.stat().st_size)
        content = bytearray(largest.read_bytes())
        middle = len(content) // 2
        content[middle : middle + 64] = bytes(byte ^ 0xFF for byte in content[middle : middle + 64])
        largest.write_bytes(content)

        result = CliRunner().invoke(main, ["doctor", *where])

        assert result.exit_code == 2
        assert largest.name in result.output
        assert "Traceback" not in result.output

    @pytest.mark.parametrize("problems", [(), ("column ids is damaged",)], ids=["sound", "damaged"])
    def test_doctor_names_problems_though_the_index_cannot_be_counted(
        self, run: Run, monkeypatch: pytest.MonkeyPatch, problems: tuple[str, ...]
    ) -> None:
        from search.engines.whoosh_index.engine import WhooshEngine

        def fail(engine: WhooshEngine) -> None:
            raise IndexDamaged("the lengths contradict each other")

        monkeypatch.setattr(WhooshEngine, "stats", fail)
        monkeypatch.setattr(WhooshEngine, "verify", lambda engine: problems)

        result = run("doctor")

        assert result.exit_code == 2
        assert (
            result.stdout == f"{problems[0] if problems else 'the lengths contradict each other'}\n"
        )
        assert "make it again" in result.stderr

    def test_version(self) -> None:
        assert "0.1.0" in CliRunner().invoke(main, ["--version"]).stdout

    def test_help_shows_examples_first(self) -> None:
        for command in main.commands.values():
            text = CliRunner().invoke(main, [command.name or "", "--help"]).stdout
            assert text.index(f"newssearch {command.name}") < text.index("Options:")

    def test_serve_prints_its_url_on_stderr(self, index: Path) -> None:
        command = [sys.executable, "-c", INTERRUPTIBLE]
        with subprocess.Popen(
            [*command, "serve", "--index", str(index), "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stderr is not None
            try:
                line = process.stderr.readline()
                process.send_signal(signal.SIGINT)
                output, errors = process.communicate(timeout=60)
            finally:
                process.kill()

        assert line.startswith("Serving on http://127.0.0.1:")
        assert (output, "Traceback" in errors) == ("", False)


class TestProcess:
    def test_query_imports_nothing_that_it_does_not_need(self, index: Path) -> None:
        """A search at the terminal must not wait for the libraries of the web page and the readers."""
        code = (
            "import sys; from search.cli.main import main\n"
            f"try: main(['query', '--index', {str(index)!r}, 'nato'])\n"
            "except SystemExit: pass\n"
            "print(*sorted(sys.modules), file=sys.stderr)"
        )
        result = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
        )
        loaded = set(result.stderr.splitlines()[-1].split())
        heavy = {"flask", "waitress", "jinja2", "bs4", "lxml", "trafilatura", "dateutil", "whoosh"}
        ours = {"readers", "indexer", "ledger", "entities", "dates", "exports", "ladder"}
        ours |= {"engines.histogram"}
        standard = {"asyncio", "concurrent", "csv", "difflib", "html", "logging", "multiprocessing"}
        standard |= {"shlex", "socket", "subprocess", "xml", "zoneinfo"}

        assert loaded & heavy == set()
        assert loaded & {f"search.{room}" for room in ours} == set()
        assert loaded & standard == set()

    @pytest.mark.parametrize(
        ("environment", "expected"),
        [
            ({}, "1"),
            ({"OPENBLAS_NUM_THREADS": "3"}, "3"),
            ({"OMP_NUM_THREADS": "2"}, None),
            ({"GOTO_NUM_THREADS": "2"}, None),
        ],
        ids=["unset", "set", "for all", "old name"],
    )
    def test_no_threads_are_started_that_nobody_asked_for(
        self, environment: dict[str, str], expected: str | None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "GOTO_NUM_THREADS"):
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        CliRunner().invoke(main, ["stats", "--index", "nowhere"])
        assert os.environ.get("OPENBLAS_NUM_THREADS") == expected

    def test_closed_pipe_is_quiet(self, index: Path) -> None:
        command = [sys.executable, "-c", PROGRAM]
        with subprocess.Popen(
            [*command, "query", "--index", str(index), "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.close()
            errors = process.stderr.read()

        assert (process.returncode, errors) == (141, b"")

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
    @pytest.mark.parametrize(
        "arguments",
        [
            ("query", "--json"), ("query", "--csv"), ("query", "--ids"), ("query", "oil"),
            ("stats",), ("doctor",), ("query", "--help"), ("--help",),
        ],
        ids=" ".join,
    )  # fmt: skip
    @pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
    def test_full_disk_is_told_plainly(
        self, index: Path, arguments: tuple[str, ...], unbuffered: str
    ) -> None:
        environment = {
            **os.environ, "NEWSSEARCH_INDEX": str(index), "PYTHONUNBUFFERED": unbuffered,
        }  # fmt: skip
        with open("/dev/full", "w") as full:
            result = in_process(
                *arguments,
                env=environment,
                capture_output=False,
                stdout=full,
                stderr=subprocess.PIPE,
            )

        told = "newssearch: cannot write the answer: No space left on device"
        assert (result.returncode, result.stderr.splitlines()[-1]) == (2, told)
        assert "Traceback" not in result.stderr

    def test_terminal_that_cannot_show_a_letter(self, index: Path) -> None:
        environment = {**os.environ, "PYTHONIOENCODING": "koi8-r", "PYTHONUTF8": "0"}

        plain = in_process("query", "--index", index, "odesa", env=environment)
        parsed = in_process("query", "--index", index, "odesa", "--json", env=environment)

        assert "Anna Wei\\xdf" in plain.stdout
        assert json.loads(parsed.stdout)["hits"][0]["authors"] == ["Anna Weiß"]

    def test_argument_that_is_no_text(self, index: Path) -> None:
        result = in_process("query", "--index", index, os.fsdecode(b"caf\xe9 nato"))

        assert result.returncode == 1
        assert "Traceback" not in result.stderr

    def test_module_runs_as_the_program(self, index: Path) -> None:
        assert in_process("query", "--index", index, "--ids", "oil").stdout == "oil\n"


def test_closed_standard_output_is_said(tmp_path: Path) -> None:
    command = f'exec "{sys.executable}" -c "from search.cli.main import main; main()" stats >&-'
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "standard output is closed" in done.stderr
    assert "internal" not in done.stderr
