"""What an article was before it changed: in the service, on the terminal, for programs and on pages."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient

from search.cli.main import main
from search.model.errors import EngineError
from search.model.settings import Settings
from search.service.history import changed_parts
from search.service.service import SearchService
from tests.support.documents import document
from tests.support.memory_engine import MemoryEngine
from web.app import create_app

FIRST = document("a", title="Ferry sails", body="The ferry left at dawn.", authors=("Ann Lee",))
SECOND = document("a", title="Ferry sails", body="The ferry left at noon.", authors=("Ann Lee",))
THIRD = document("a", title="Ferry sank", body="The ferry left at noon.", authors=("Bob Ray",))


@pytest.fixture
def engine() -> MemoryEngine:
    engine = MemoryEngine(kept_revisions=2)
    for revision in (document("a", title="Draft", body=""), FIRST, SECOND, THIRD):
        engine.add([revision])
    engine.add([document("b", title="Unchanged", body="gold")])
    return engine


@pytest.fixture
def client(engine: MemoryEngine) -> FlaskClient:
    return create_app(SearchService(engine, Settings()), Settings()).test_client()


def text_of(client: FlaskClient, address: str) -> str:
    return client.get(address).get_data(as_text=True)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (FIRST, SECOND, ("text",)),
        (SECOND, THIRD, ("title", "authors")),
        (document("a", url="https://a.example"), document("a", url="https://b.example"), ("URL",)),
        (document("a", authors_as_read=("A",)), document("a"), ("details",)),
    ],
    ids=["text", "title and authors", "address", "in no field"],
)
def test_what_changed_is_said_in_words(before: Any, after: Any, expected: tuple[str, ...]) -> None:
    engine = MemoryEngine()
    assert changed_parts(before, after, engine.fields) == expected


class TestService:
    def test_a_history_says_what_each_change_was(self, engine: MemoryEngine) -> None:
        history = SearchService(engine).history("a")
        assert history is not None
        assert [(each.number, each.changed) for each in history.revisions] == [
            (1, ("text",)),
            (2, ("title", "authors")),
        ]
        assert history.not_kept == 1

    @pytest.mark.parametrize(
        ("number", "title"), [(0, None), (2, "Ferry sails"), (3, "Ferry sank"), (4, None)]
    )
    def test_an_article_as_it_was(
        self, engine: MemoryEngine, number: int, title: str | None
    ) -> None:
        found = SearchService(engine).article("a", revision=number)
        assert (found and found.article.title) == title

    def test_where_there_is_no_article_there_is_no_history(self, engine: MemoryEngine) -> None:
        engine.delete(["a"])
        assert SearchService(engine).history("a") is None


class TestPages:
    def test_the_article_lists_its_revisions(self, client: FlaskClient) -> None:
        page = text_of(client, "/article/a")
        assert 'href="/article/a/revisions/1"' in page
        assert "then changed: title, authors" in page
        assert "1 older one is not kept" in page
        assert "revisions" not in text_of(client, "/article/b")

    def test_a_revision_shows_what_changed(self, client: FlaskClient) -> None:
        page = text_of(client, "/article/a/revisions/1")
        assert "dawn." in page
        assert "noon." in page
        assert page.count("<del>") == 2  # in the legend too
        assert 'href="/article/a/revisions/2"' in page

    @pytest.mark.parametrize(
        "address",
        ["/article/a/revisions/0", "/article/a/revisions/3", "/article/a/revisions/99999999999999999999",
         "/article/b/revisions/0", "/article/nobody/revisions/0", "/article/-/revisions/0"],
        ids=["not kept", "that of now", "beyond", "unchanged", "no article", "no id"],
    )  # fmt: skip
    def test_what_is_not_there_is_404(self, client: FlaskClient, address: str) -> None:
        assert client.get(address).status_code == 404

    @pytest.mark.parametrize(
        ("address", "status"),
        [("a/revisions/0", 404), ("a/revisions/3", 200), ("b/revisions/0", 200), ("nobody/revisions", 404)],
        ids=["not kept", "that of now", "unchanged", "no article"],
    )  # fmt: skip
    def test_programs_get_what_is_there(
        self, client: FlaskClient, address: str, status: int
    ) -> None:
        assert client.get(f"/api/v1/articles/{address}").status_code == status

    def test_hostile_text_is_escaped(self, engine: MemoryEngine, client: FlaskClient) -> None:
        engine.add([document("b", title="<script>1", body="<script>2 gold")])
        engine.add([document("b", title="<script>3", body="<script>4 gold")])
        for number in (0, 1):
            assert "<script>1" not in text_of(client, f"/article/b/revisions/{number}")
            assert "<script>3" not in text_of(client, f"/article/b/revisions/{number}")

    def test_an_article_is_shown_where_its_revisions_cannot_be_read(
        self, engine: MemoryEngine, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(article_id: str) -> None:
            raise EngineError("revisions.sqlite cannot be used")

        monkeypatch.setattr(engine, "revisions", broken)
        answer = client.get("/article/a")
        assert answer.status_code == 200
        assert "What it was before cannot be shown" in answer.get_data(as_text=True)

    def test_programs_get_them_too(self, client: FlaskClient) -> None:
        history = json.loads(text_of(client, "/api/v1/articles/a/revisions"))
        assert (history["revision"], history["not_kept"]) == (3, 1)
        assert [(each["revision"], each["changed"]) for each in history["revisions"]] == [
            (1, ["text"]),
            (2, ["title", "authors"]),
        ]
        assert history["revisions"][1]["replaced"] == history["added"]
        assert json.loads(text_of(client, "/api/v1/articles/a/revisions/1"))["body"] == (
            FIRST.article.body
        )


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Result]:
    """Call a command on an index in which an article has changed twice."""

    def call(command: str, *arguments: str) -> Result:
        return CliRunner().invoke(main, [command, "--index", str(tmp_path / "index"), *arguments])

    path = tmp_path / "a.jsonl"
    for title in ("One", "Two", "Three"):
        path.write_text(json.dumps({"id": "a", "title": title, "body": f"{title} ferries."}))
        assert call("index", "--force", str(path)).exit_code == 0
    return call


class TestShow:
    def test_lists_revisions(self, run: Callable[..., Result]) -> None:
        first, second, now = run("show", "a", "--revisions").stdout.splitlines()
        assert first.startswith("   0  2")
        assert first.endswith("then changed: title, text")
        assert second.startswith("   1  2")
        assert now.startswith("   2  ")
        assert now.endswith(" to now")

    def test_says_that_an_article_has_not_changed(
        self, run: Callable[..., Result], tmp_path: Path
    ) -> None:
        (tmp_path / "b.jsonl").write_text('{"id": "b", "title": "One", "body": "One ferry."}')
        run("index", str(tmp_path / "b.jsonl"))

        assert run("show", "b", "--revisions").stdout.endswith(
            " to now, and has not changed since it came\n"
        )

    def test_shows_one(self, run: Callable[..., Result]) -> None:
        shown = run("show", "a", "--revision", "0")
        assert shown.stdout.startswith("One\n")
        assert "a.jsonl, line 1" in shown.stdout
        assert json.loads(run("show", "a", "--revision", "1", "--json").stdout)["title"] == "Two"
        assert run("show", "a").stdout.startswith("Three\n")

    def test_says_of_an_article_that_it_has_changed(self, run: Callable[..., Result]) -> None:
        assert "Changed: 2 times; show --revisions lists what it was" in run("show", "a").stdout

    def test_as_json(self, run: Callable[..., Result]) -> None:
        found = json.loads(run("show", "a", "--revisions", "--json").stdout)
        assert [each["title"] for each in found["revisions"]] == ["One", "Two"]
        assert found["revisions"][0]["provenance"]["file"].startswith("/")

    @pytest.mark.parametrize(
        ("arguments", "status", "said"),
        [
            (["a", "--revision", "7"], 1, "revision 7 of a is not kept; --revisions lists them"),
            (["nobody", "--revisions"], 1, "no article has the id nobody"),
            (["a", "--revisions", "--revision", "1"], 2, "--revisions lists revisions"),
        ],
        ids=["not kept", "no article", "both"],
    )
    def test_says_what_is_wrong(
        self, run: Callable[..., Result], arguments: list[str], status: int, said: str
    ) -> None:
        result = run("show", *arguments)
        assert result.exit_code == status
        assert said in result.stderr

    def test_stats_counts_them(self, run: Callable[..., Result]) -> None:
        assert "2  earlier revisions of 1 article, never searched" in run("stats").stdout
        assert json.loads(run("stats", "--json").stdout)["revisions"]["revisions"] == 2

    def test_they_go_with_the_article(self, run: Callable[..., Result]) -> None:
        run("delete", "a")
        assert run("show", "a", "--revisions").exit_code == 1
        assert "earlier revisions" not in run("stats").stdout

    def test_says_where_the_file_is_now(self, run: Callable[..., Result], tmp_path: Path) -> None:
        assert "Now in" not in run("show", "a").stdout
        (tmp_path / "a.jsonl").rename(tmp_path / "b.jsonl")
        assert run("index", str(tmp_path / "b.jsonl")).exit_code == 0
        *_, read_from, now_in, _ = run("show", "a").stdout.splitlines()
        assert read_from.startswith(f"Read from: {tmp_path / 'a.jsonl'}, line 1")
        assert now_in == f"Now in: {tmp_path / 'b.jsonl'}"

    def test_shows_an_article_without_a_ledger(
        self, run: Callable[..., Result], tmp_path: Path
    ) -> None:
        (tmp_path / "index" / "ledger.sqlite").write_bytes(b"no ledger" * 100)
        shown = run("show", "a")
        assert shown.exit_code == 0
        assert "Now in" not in shown.stdout

    def test_they_outlive_a_rebuild(self, run: Callable[..., Result]) -> None:
        before = run("show", "a", "--revisions").stdout
        where = run("show", "a").stdout.splitlines()[-3:]
        assert run("rebuild", "--quiet").exit_code == 0
        assert run("show", "a", "--revisions").stdout == before
        assert run("show", "a").stdout.splitlines()[-3:] == where

    def test_they_go_with_what_hidden_toml_takes_down(
        self, run: Callable[..., Result], tmp_path: Path
    ) -> None:
        hidden = tmp_path / "hidden.toml"
        hidden.write_text('[[hide]]\nid = "a"\nreason = "court order"\ndate = 2024-11-13\n')
        result = run("index", "--hidden", str(hidden), str(tmp_path / "a.jsonl"))
        assert result.exit_code == 0, result.output
        assert run("show", "a", "--revisions").exit_code == 1
        assert "earlier revisions" not in run("stats").stdout
