"""`newssearch delete`: by id, all that a search finds, what rules name; asked before, and hidden after."""

from __future__ import annotations

import json
from pathlib import Path
from shutil import copytree, rmtree

import pytest
from click.testing import CliRunner, Result

from search.cli.main import main
from search.engines.whoosh_index.write.ledger import SqliteLedger
from tests.support.command_line import RECORDS, Run, on_terminal
from tests.support.killing import may_fork, needs_fork, run_up_to

IDS = {str(record["id"]) for record in RECORDS}


class Index:
    """An index of `RECORDS` to delete from."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "index"
        self.source = folder / "a.jsonl"
        self.source.write_text("\n".join(map(json.dumps, RECORDS)))
        assert self("index", "--entities", "none", self.source).exit_code == 0

    def __call__(self, command: str, *arguments: object) -> Result:
        return CliRunner().invoke(
            main, [command, "--index", str(self.folder), *map(str, arguments)]
        )

    def ids(self) -> set[str]:
        return set(self("query", "--ids", "--no-group", "--limit", "100").stdout.split())


@pytest.fixture
def index_of(tmp_path: Path) -> Index:
    return Index(tmp_path)


class TestByIds:
    def test_what_there_is_is_deleted_and_the_rest_said(self, index_of: Index) -> None:
        first = index_of("delete", "oil", "nowhere", "oil")
        second = index_of("delete", "oil")

        assert (first.exit_code, first.stdout) == (0, "1 deleted\n")
        assert "no article has the id nowhere" in first.stderr
        assert "a later newssearch index brings back" in first.stderr
        assert (second.exit_code, second.stdout) == (1, "0 deleted\n")
        assert index_of("show", "oil").exit_code == 1

    @pytest.mark.parametrize("chosen", [["oil"], ["--query", "crude", "--yes"]], ids=str)
    def test_its_file_counts_it_no_more(self, index_of: Index, chosen: list[str]) -> None:
        assert index_of("delete", *chosen).stdout == "1 deleted\n"

        counted = index_of("index", "--entities", "none", index_of.source).stdout
        assert f"{len(IDS) - 1} unchanged" in counted

    def test_while_a_run_goes_on_it_is_deleted_without_waiting(self, index_of: Index) -> None:
        with SqliteLedger(index_of.folder, 0):
            assert index_of("delete", "--lock-timeout-ms", "600000", "oil").exit_code == 0

        assert "oil" not in index_of.ids()

    @pytest.mark.parametrize("command", ["show", "delete"])
    @pytest.mark.parametrize("article_id", ["nowhere", "\udcff", "a b", "", "../x", "x" * 5000])
    def test_id_that_there_is_not(self, run: Run, command: str, article_id: str) -> None:
        result = run(command, "--", article_id)

        assert (result.exit_code, "no article" in result.stderr) == (1, True)


class TestBySearch:
    @pytest.mark.parametrize(
        "search",
        [
            ["--query", "prices OR grain"],
            ["--query", "*"],
            ["--query", 'author:"Rich Miller"'],
            ["--source", "reuters"],
            ["--source", "AFP", "--source", "Reuters", "--query", "oil"],
            ["--from", "2024-11-14"],
            ["--query", "crude grain", "--match", "any"],
            ["--query", "url:news.example"],
        ],
        ids=" ".join,
    )
    def test_it_deletes_what_the_same_query_finds(self, index_of: Index, search: list[str]) -> None:
        asked = [each for each in search if each != "--query"]
        found = set(index_of("query", "--ids", "--no-group", *asked).stdout.split())
        assert found

        result = index_of("delete", "--yes", *search)

        assert (result.exit_code, result.stdout) == (0, f"{len(found)} deleted\n")
        assert index_of.ids() == IDS - found

    def test_without_a_terminal_nothing_is_deleted_unasked(self, index_of: Index) -> None:
        result = index_of("delete", "--query", "prices OR grain")

        assert (result.exit_code, result.stdout) == (2, "")
        assert "2 articles found:\n" in result.stderr
        assert "  oil  Crude oil falls\n" in result.stderr
        assert "add --yes to delete them unasked" in result.stderr
        assert index_of.ids() == IDS

    @pytest.mark.parametrize(("typed", "left"), [("y\n", {"evil"}), ("n\n", IDS), ("\n", IDS)])
    def test_on_a_terminal_a_person_is_asked(
        self, index_of: Index, typed: str, left: set[str]
    ) -> None:
        said = on_terminal("delete", "--index", index_of.folder, "--query", "-escape", typed=typed)

        assert "Delete these 3? [y/N]:" in said
        assert index_of.ids() == left

    def test_more_than_a_page_is_deleted(self, tmp_path: Path) -> None:
        index = Index(tmp_path)
        many = [{"id": f"n{n}", "title": f"Snow {n}", "body": "Snow fell."} for n in range(250)]
        (tmp_path / "b.jsonl").write_text("\n".join(map(json.dumps, many)))
        index("index", "--entities", "none", tmp_path / "b.jsonl")

        assert "and 245 more" in index("delete", "--query", "snow").stderr
        assert index("delete", "--query", "snow", "--yes").stdout == "250 deleted\n"
        assert index.ids() == IDS

    def test_nothing_found_is_exit_1(self, index_of: Index) -> None:
        result = index_of("delete", "--query", "nowhere")

        assert (result.exit_code, result.stdout) == (1, "0 deleted\n")

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            ([], "give the ID of articles, or a search"),
            (["oil", "--query", "oil"], "one of them"),
            (["--by-rules", "oil"], "one of them"),
            (["--query", " "], "--query is blank"),
            (["--query", '"open'], '"open'),
            (["oil", "--hide", " "], "say why"),
            (["--by-rules", "--hide", "x"], "--by-rules has rules already"),
        ],
        ids=lambda value: " ".join(value) or "nothing" if isinstance(value, list) else "",
    )
    def test_what_cannot_be_meant_is_exit_2(
        self, index_of: Index, arguments: list[str], said: str
    ) -> None:
        result = index_of("delete", "--yes", *arguments)

        assert (result.exit_code, said in result.stderr) == (2, True)
        assert index_of.ids() == IDS


class TestHide:
    @pytest.mark.parametrize(
        ("arguments", "hidden"),
        [
            (["oil", "port"], {"oil", "port"}),
            (["--query", "prices"], {"oil"}),
            (["--query", "response", "--source", "reuters"], {"summit"}),
            (["--query", "grain -date:P7D"], {"port"}),
            (["--without", "source"], {"port", "evil"}),
        ],
        ids=["ids", "query", "search", "query of today", "without a value"],
    )
    @pytest.mark.parametrize("has_file", [True, False], ids=["file", "index alone"])
    def test_it_does_not_come_back(
        self,
        index_of: Index,
        monkeypatch: pytest.MonkeyPatch,
        arguments: list[str],
        hidden: set[str],
        has_file: bool,
    ) -> None:
        file = index_of.source.with_name("hidden.toml")
        if has_file:
            monkeypatch.setenv("NEWSSEARCH_HIDDEN", str(file))
            file.write_text("# Ours.\n")

        result = index_of("delete", "--yes", "--hide", 'a "court" \x7f order', *arguments)
        assert (result.exit_code, result.stdout) == (0, f"{len(hidden)} deleted\n")
        assert (file.exists() and "court" in file.read_text()) == has_file

        again = index_of("index", "--force", "--entities", "none", index_of.source)
        assert index_of.ids() == IDS - hidden
        assert f"{len(hidden)} hidden by" in again.stdout
        assert "in force" in index_of("doctor").stdout
        assert json.loads(index_of("stats", "--json").stdout)["hidden_rules"] >= 1

    def test_no_rule_is_added_twice(self, index_of: Index) -> None:
        for _ in range(2):
            index_of("delete", "oil", "--hide", "order")
            (index_of.folder / "hidden.applied").unlink(missing_ok=True)
            text = (index_of.folder / "hidden.toml").read_text()
            (index_of.folder / "hidden.toml").unlink()
            index_of("index", "--force", "--entities", "none", index_of.source)
            (index_of.folder / "hidden.toml").write_text(text)

        assert text.count("[[hide]]") == 1

    def test_a_query_hides_earlier_texts_of_other_articles_at_once(self, index_of: Index) -> None:
        """They were shown until the next run."""
        for body in ("A libel of Ann Lee.", "A correction."):
            record = {"id": "other", "title": "Other", "body": body}
            index_of.source.write_text("\n".join(map(json.dumps, [*RECORDS, record])))
            index_of("index", "--entities", "none", index_of.source)
        (record := dict(RECORDS[0]))["body"] = "The libel again."
        index_of.source.with_name("b.jsonl").write_text(json.dumps({**record, "id": "new"}))
        index_of("index", "--entities", "none", index_of.source.with_name("b.jsonl"))
        assert "then changed: text" in index_of("show", "other", "--revisions").stdout

        result = index_of("delete", "--query", "libel", "--hide", "order", "--yes")

        assert (result.exit_code, result.stdout) == (0, "1 deleted\n")
        assert "the earlier revisions of 1 article were removed" in result.stderr
        assert "then changed" not in index_of("show", "other", "--revisions").stdout
        assert "other" in index_of.ids()

    def test_with_a_broken_file_nothing_is_deleted(self, index_of: Index) -> None:
        (index_of.folder / "hidden.toml").write_text("[[hide]]\n")
        result = index_of("delete", "oil", "--hide", "order")

        assert (result.exit_code, "hidden.toml:1: rule 1: names no article" in result.stderr) == (
            2,
            True,
        )
        assert index_of.ids() == IDS


@needs_fork
@may_fork
def test_killed_at_any_step_it_is_there_or_hidden_for_good(index_of: Index) -> None:
    """The rule comes first: no step leaves an article that is deleted and can come back."""
    base, is_killed, step, seen = index_of.folder, True, 0, set()
    while is_killed:
        step += 5
        index_of.folder = base.with_name("killed")
        copytree(base, index_of.folder)
        is_killed = run_up_to(
            step, index_of.folder, lambda: index_of("delete", "oil", "--hide", "order")
        )
        has_rule, before = (index_of.folder / "hidden.toml").exists(), index_of.ids()
        index_of("index", "--force", "--entities", "none", index_of.source)
        seen.add((has_rule, before == IDS))
        assert index_of.ids() == (IDS - {"oil"} if has_rule else IDS)
        rmtree(index_of.folder)
    assert seen == {(False, True), (True, True), (True, False)}


def test_by_rules_deletes_what_the_file_names_now(index_of: Index) -> None:
    file = index_of.source.with_name("hidden.toml")
    file.write_text('[[hide]]\nauthor = "Rich Miller"\nreason = "letter"\ndate = 2026-01-02\n')
    asked = index_of("delete", "--by-rules", "--hidden", file)
    done = index_of("delete", "--by-rules", "--hidden", file, "--yes")

    assert (asked.exit_code, "rule 1 (author Rich Miller): 2" in asked.stderr) == (2, True)
    assert (done.exit_code, done.stdout, index_of.ids()) == (
        0,
        "2 deleted\n",
        IDS - {"oil", "summit"},
    )
    index_of("index", "--force", "--entities", "none", index_of.source)
    assert index_of.ids() == IDS - {"oil", "summit"}


def test_a_broken_file_of_rules_is_exit_2_and_makes_no_index(tmp_path: Path) -> None:
    file = tmp_path / "hidden.toml"
    file.write_text('[[hide]]\nauthor = "Rich Miller"\n')
    arguments = ["index", "--index", str(tmp_path / "index"), "--hidden", str(file), str(tmp_path)]
    result = CliRunner().invoke(main, arguments)

    assert (result.exit_code, f"{file}:1: rule 1: has no reason" in result.stderr) == (2, True)
    assert not (tmp_path / "index").exists()
