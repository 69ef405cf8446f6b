"""`newssearch save`, `saved` and `watch`, as a person calls them one after the other."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from search.cli.main import main
from search.query.saved_file import read_saved
from tests.support.command_line import RECORDS

Call = Callable[..., Result]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Call the program in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(main, arguments)


def index(call: Call, records: object) -> None:
    Path("articles.jsonl").write_text("\n".join(map(json.dumps, records)), "utf-8")
    result = call("index", "articles.jsonl", "--entities", "none", "--jobs", "1")
    assert result.exit_code == 0, result.output


def later(number: int, **changes: str) -> dict[str, str]:
    """Return an article that comes later."""
    return {"id": f"later-{number}", "title": "Oil again", "body": "Prices rose.", **changes}


class TestSave:
    @pytest.mark.parametrize(
        "arguments",
        [
            ("http://127.0.0.1:8000/search?q=oil+OR+gas&author=Rich+Miller&from=2024&page=3",),
            ("/search?q=oil+OR+gas&author=Rich+Miller&from=2024",),
            ("oil", "OR", "gas", "--author", "Rich Miller", "--from", "2024"),
        ],
        ids=["address", "path", "options"],
    )
    def test_a_search_is_saved_from_an_address_or_as_it_is_asked(self, call, arguments):
        result = call("save", "Energy", *arguments)
        assert (result.exit_code, result.stdout) == (0, "")
        (found,) = read_saved("searches.toml")
        assert (found.name, found.question.text) == ("Energy", "oil OR gas")
        assert found.question.selections[0].values == ("Rich Miller",)
        assert found.question.start == "2024"

    def test_a_name_is_not_taken_from_another_search(self, call):
        call("save", "Energy", "oil")
        refused = call("save", "energy", "gas")
        assert refused.exit_code == 2
        assert "there is a search named 'energy' already; --replace" in refused.stderr
        assert [each.question.text for each in read_saved("searches.toml")] == ["oil"]

    def test_what_people_wrote_into_the_file_stays(self, call):
        Path("searches.toml").write_text(
            '# mine\n[[search]]\nname = "a"\nquery = "x"  # odd\n\n# of b\n[[search]]\nname = "b"\n'
        )
        assert call("save", "A", "y", "--replace").exit_code == 0
        assert Path("searches.toml").read_text() == (
            '# mine\n[[search]]\nname = "A"\nquery = "y"\n\n# of b\n[[search]]\nname = "b"\n'
        )

    def test_what_is_not_kept_is_said(self, call):
        result = call("save", "a", "/search?q=x&group=off&rank=plain")
        assert "not kept: group, rank" in result.stderr

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (("!!", "x"), "a name has a letter or digit"),
            (("a" * 65, "x"), "at most 64 characters"),
            (("a", "(x"), "newssearch: "),
            (("a", "x", "--from", "2024-99"), "there is no such date"),
            (("a", "/search?q=x&colour=red"), "unknown parameter 'colour'"),
            (("a", "https://news.example/article/1"), "not the address of a page of results"),
            (("a", "http://[x/search?q=x"), "not an address"),
        ],
        ids=["no-word", "long", "query", "date", "parameter", "address", "no-address"],
    )
    def test_what_cannot_be_asked_is_not_saved(self, call, arguments, message):
        result = call("save", *arguments)
        assert (result.exit_code, message in result.stderr) == (2, True), result.stderr
        assert not Path("searches.toml").exists()

    def test_a_file_that_cannot_be_read_is_left_alone(self, call):
        Path("searches.toml").write_text("energy: oil\n")
        assert call("save", "a", "x").exit_code == 2
        assert Path("searches.toml").read_text() == "energy: oil\n"


class TestWatch:
    def test_only_what_came_since_the_last_time_is_printed(self, call):
        index(call, RECORDS)
        call("save", "Energy", "oil")
        first = call("watch", "--all")
        assert (first.exit_code, first.stdout) == (1, "")
        assert "Energy is watched from now on; 1 article matches already" in first.stderr
        index(call, [*RECORDS, later(1), later(2, title="Gas")])
        second = call("watch", "energy")
        assert second.exit_code == 0
        assert second.stdout.startswith("Energy: 1 new\n\n1. Oil again\n")
        third = call("watch", "energy")
        assert (third.exit_code, third.output) == (1, "")

    def test_an_article_that_changed_is_new(self, call):
        index(call, RECORDS)
        call("save", "Energy", "oil")
        call("watch", "--all")
        index(call, [*RECORDS[:1], {**RECORDS[1], "body": "Prices rose."}, *RECORDS[2:]])
        assert call("watch", "--all", "--ids").stdout == "oil\n"

    def test_each_search_has_a_cursor_of_its_own(self, call):
        index(call, RECORDS)
        call("save", "Energy", "oil")
        call("watch", "--all")
        index(call, [*RECORDS, later(1)])
        call("save", "Prices", "prices")
        assert "Prices is watched from now on" in call("watch", "prices").stderr
        assert call("watch", "--all", "--ids").stdout == "later-1\n"

    def test_a_dry_run_and_a_day_leave_the_cursor_alone(self, call):
        index(call, RECORDS)
        call("save", "Energy", "oil")
        call("watch", "--all")
        index(call, [*RECORDS, later(1)])
        for options in (["--dry-run"], []):
            assert call("watch", "--all", "--ids", *options).stdout == "later-1\n"
        all_of_them = call("watch", "--all", "--ids", "--since", "yesterday").stdout
        assert sorted(all_of_them.split()) == ["later-1", "oil"]
        assert call("watch", "--all", "--ids").exit_code == 1

    def test_a_search_that_cannot_be_asked_does_not_keep_others_from_it(self, call):
        index(call, RECORDS)
        call("save", "Energy", "oil")
        call("watch", "--all")
        index(call, [*RECORDS, later(1)])
        with Path("searches.toml").open("a") as file:
            file.write('[[search]]\nname = "Broken"\nquery = "(oil"\n')
        result = call("watch", "--all", "--ids")
        assert (result.exit_code, result.stdout) == (2, "later-1\n")
        assert "newssearch: Broken: " in result.stderr

    def test_lines_of_json_name_the_search(self, call):
        index(call, RECORDS)
        call("save", "Energy", "oil")
        lines = call("watch", "--all", "--json", "--since", "2020").stdout.splitlines()
        (found,) = map(json.loads, lines)
        assert (found["search"], found["id"]) == ("Energy", "oil")

    def test_programs_get_each_copy_of_a_story_and_people_the_story(self, call):
        index(call, RECORDS)
        call("save", "Ferries", "ferry")
        call("watch", "--all")
        told = "The night ferry sank off the coast on Monday after a storm of three days. " * 4
        index(call, [*RECORDS, *({"id": f"f{n}", "title": "Lost", "body": told} for n in "123")])
        assert call("watch", "--all", "--dry-run").stdout.startswith("Ferries: 3 new in 1 story\n")
        for form in ("--ids", "--json"):
            lines = call("watch", "--all", "--dry-run", form).stdout.splitlines()
            ids = [json.loads(line)["id"] if form == "--json" else line for line in lines]
            assert sorted(ids) == ["f1", "f2", "f3"]

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ((), "give the names of saved searches, or --all"),
            (("energy", "--all"), "give the names of saved searches, or --all"),
            (("enrgy",), "no saved search is called 'enrgy'; did you mean energy?"),
            (("--all", "--since", "soon"), "--since 'soon': not a date"),
            (("--all", "--json", "--ids"), "exclude each other"),
        ],
    )
    def test_what_cannot_be_watched_is_an_error(self, call, arguments, message):
        index(call, RECORDS)
        call("save", "Energy", "oil")
        result = call("watch", *arguments)
        assert (result.exit_code, message in result.stderr) == (2, True), result.stderr

    @pytest.mark.parametrize("kept", ["[", "{}5", '"2026-03-01"', '"yesterday"', "[1]"])
    def test_a_damaged_file_of_cursors_is_named(self, call, kept):
        index(call, RECORDS)
        call("save", "Energy", "oil")
        call("watch", "--all")
        file = Path("searches.watched.json")
        file.write_text(re.sub(r'"2\d{3}-.*"', kept, file.read_text()) if kept != "[" else kept)
        result = call("watch", "--all")
        assert result.exit_code == 2
        assert "searches.watched.json: cannot be read; remove it" in result.stderr


class TestSaved:
    def test_each_search_is_listed_with_what_it_finds(self, call):
        index(call, RECORDS)
        call("save", "Energy", "oil", "--author", "Rich Miller")
        result = call("saved")
        assert result.exit_code == 0
        assert '1 new  Energy\n              oil author:"Rich Miller"\n' in result.stdout
        (found,) = map(json.loads, call("saved", "--json").stdout.splitlines())
        assert (found["key"], found["total"], found["new"]) == ("energy", 1, 1)
        assert found["newest"] == {"id": "oil", "title": "Crude oil falls"}

    def test_where_none_is_saved_it_is_said(self, call):
        index(call, RECORDS)
        result = call("saved")
        assert (result.exit_code, result.stdout) == (1, "")
        assert "no search is saved in searches.toml; newssearch save NAME ADDRESS" in result.stderr

    def test_a_search_that_cannot_be_asked_says_why(self, call):
        index(call, RECORDS)
        Path("searches.toml").write_text('[[search]]\nname = "Broken"\nquery = "(oil"\n')
        assert "cannot be asked: " in call("saved").stdout
