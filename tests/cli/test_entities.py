"""`newssearch entities` as a person types it: lists, forms for programs, and what a file of corrections would change."""

from __future__ import annotations

import csv
import io
import json
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from search.cli.main import main
from search.engines.whoosh_index.engine import WhooshEngine
from search.ingest.correcting import keep_corrections
from search.ingest.entities_file import corrections_of
from search.model.article import Entities, Entity
from tests.support.command_line import Run, is_clean
from tests.support.documents import document

RULES = '[[merge]]\nperson = ["Biden"]\ninto = "Joe Biden"\nnote = "one man"\n'
ARTICLES = (
    document("a", "A", entities=Entities(people=(Entity("Joe Biden", (), ("Mr Biden",)),))),
    document("b", "B", entities=Entities(people=(Entity("Joe Biden"),))),
    document("c", "C", entities=Entities(people=(Entity("Biden"),), places=(Entity("Paris"),))),
    document("d", "D", entities=Entities(organisations=(Entity("=1+1\x1b[31m"),))),
)


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of `ARTICLES` with rules that are kept and not applied yet."""
    folder = tmp_path_factory.mktemp("entities") / "index"
    with closing(WhooshEngine(folder, make=True)) as engine:
        engine.add(ARTICLES)
        keep_corrections(engine, corrections_of(RULES, "entities.toml"))
    return folder


@pytest.fixture
def entities(named: Path) -> Run:
    def call(*arguments: str) -> Result:
        return CliRunner().invoke(main, ["entities", "--index", str(named), *arguments])

    return call


def test_lists_names_with_forms_and_rules(entities: Run) -> None:
    result = entities("biden")
    assert result.exit_code == 0
    rule = f"{' ' * 15}rule 1 of entities.toml: merge person 'Biden' into 'Joe Biden'"
    assert result.stdout.splitlines() == [
        "        2  Joe Biden  (person)",
        f"{' ' * 15}also written: Mr Biden (1)",
        rule,
        "        1  Biden  (person)",
        rule,
    ]
    assert result.stderr == "2 names\n"


def test_says_which_of_them_are_shown(entities: Run) -> None:
    result = entities("--limit", "2")
    assert result.stderr == "4 names, here 1 to 2; --page 2 has more\n"
    assert entities("--limit", "2", "--page", "2").stderr == "4 names, here 3 to 4\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nobody",), "no names"),
        (("--kind", "place", "biden"), "no names"),
        (("--page", "9"), "4 names; page 9 is after the last, 1"),
    ],
    ids=["unknown", "another kind", "after the last page"],
)
def test_nothing_found_is_exit_1(entities: Run, arguments: tuple[str, ...], said: str) -> None:
    result = entities(*arguments)
    assert result.exit_code == 1
    assert result.stderr == f"newssearch: {said}\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--json", "--csv"), "exclude each other"),
        (("--kind", "thing"), "--kind"),
        (("--query", '"open'), "newssearch: "),
        (("--from", "soon"), "from "),
        (("--check", "missing.toml"), "missing.toml: No such file"),
        (("--check", "entities.toml", "biden"), "looks at all articles"),
    ],
    ids=["two forms", "unknown kind", "query", "no day", "no file", "check of a part"],
)
def test_an_error_is_exit_2(entities: Run, arguments: tuple[str, ...], said: str) -> None:
    result = entities(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr


def test_json(entities: Run) -> None:
    found = json.loads(entities("--json", "--kind", "person", "--limit", "1").stdout)
    assert found == {
        "total": 2,
        "page": 1,
        "page_size": 1,
        "notices": [],
        "names": [
            {
                "kind": "person",
                "name": "Joe Biden",
                "articles": 2,
                "forms": [{"form": "Mr Biden", "articles": 1}],
                "forms_of_articles": 2,
                "joined": [],
                "corrections": [
                    {
                        "rule": 1,
                        "line": 1,
                        "does": "merge person 'Biden' into 'Joe Biden'",
                        "note": "one man",
                    }
                ],
            }
        ],
    }


def test_csv_is_safe_to_open(entities: Run) -> None:
    rows = list(csv.reader(io.StringIO(entities("--csv", "--kind", "org").stdout)))
    assert rows == [
        ["kind", "name", "articles", "forms", "corrections"],
        ["org", "'=1+1\x1b[31m", "1", "", ""],
    ]


def test_a_name_cannot_steer_the_terminal(entities: Run) -> None:
    assert is_clean(entities())


def test_an_index_without_entities_has_none(run: Run) -> None:
    result = run("entities")
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "note: names were not looked for in any article",
        "newssearch: no names",
    ]


class TestCheck:
    def test_says_what_a_file_would_change_and_changes_nothing(
        self, entities: Run, named: Path, tmp_path: Path
    ) -> None:
        path = tmp_path / "new.toml"
        path.write_text(f'{RULES}\n[[hide]]\norg = "Nothing"\n')
        before = entities().stdout
        result = entities("--check", str(path))
        assert result.exit_code == 0
        assert result.stdout.splitlines() == [
            f"1 of 4 articles would have other entities by 2 rules of {path}",
            "  rule 1, line 1 (merge person 'Biden' into 'Joe Biden'): 1 article",
            "  rule 2, line 6 (hide org 'Nothing'): changes nothing",
            "        1 -> 0 articles  Biden (person)",
            "        2 -> 3 articles  Joe Biden (person)",
            f"to apply it: newssearch rebuild --index {named} --corrections {path}",
        ]
        assert entities().stdout == before

    def test_json(self, entities: Run, tmp_path: Path) -> None:
        path = tmp_path / "new.toml"
        path.write_text(RULES)
        found = json.loads(entities("--check", str(path), "--json").stdout)
        assert (found["articles"], found["changed"]) == (4, 1)
        assert [rule["articles"] for rule in found["rules"]] == [1]
        assert found["names"][0] == {"kind": "person", "name": "Biden", "before": 1, "after": 0}

    def test_of_rules_that_change_nothing_is_exit_1(self, entities: Run, tmp_path: Path) -> None:
        path = tmp_path / "new.toml"
        path.write_text('[[hide]]\norg = "Nothing"\n')
        result = entities("--check", str(path))
        assert result.exit_code == 1
        assert "0 of 4 articles would have other entities" in result.stdout
