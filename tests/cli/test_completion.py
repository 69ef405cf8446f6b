"""What shells offer for the word that is being typed, and that their scripts put it in as they have to."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from search.cli.completion import candidates
from search.cli.main import COMMANDS, main
from tests.support.command_line import PROGRAM


def offered(index: Path, *words: str) -> list[str]:
    *before, typed = words
    if before:
        before[1:1] = ["--index", str(index)]
    return [each.value for each in candidates(before, typed)]


class TestCandidates:
    @pytest.mark.parametrize(
        ("words", "expected"),
        [
            (["qu"], ["query"]),
            (["--vers"], ["--version"]),
            (["query", "--ope"], ["--open"]),
            (["query", "--sort", "n"], ["newest"]),
            (["query", "--sort=n"], ["--sort=newest"]),
            (["query", "--facet", "au"], ["author"]),
            (["facets", "ye"], ["year"]),
            (["query", "--year", "20"], ["2024"]),
            (["query", "--format", "nd"], ["ndjson"]),
            (["query", "titl"], ["title:"]),
            (["query", "oil", "-titl"], ["-title:"]),
            (["query", "--author", "rich"], ["Rich Miller"]),
            (["query", "--author=mill"], ["--author=Rich Miller"]),
            (["query", "author:rich"], ['author:"Rich Miller"']),
            (["query", 'author:"rich mi'], ['author:"Rich Miller"']),
            (["delete", "--author", "rich"], ["Rich Miller"]),
            (["query", "--exclude", "au"], ["author:"]),
            (["query", "--exclude", "author:rich"], ["author:Rich Miller"]),
            (["query", "--exclude", "title:rich"], []),
            (["config", "page"], ["page_size", "pager"]),
            (["completion", "b"], ["bash"]),
            (["facets", "au"], ["author"]),
            (["query", "oi"], []),
            (["query", "author:nobodyatall"], []),
            (["nothing", "x"], []),
        ],
        ids=lambda value: "_".join(value) if isinstance(value, list) and value else "",
    )
    def test_are(self, index: Path, words: list[str], expected: list[str]) -> None:
        assert sorted(offered(index, *words)) == sorted(expected)

    @pytest.mark.parametrize(
        ("words", "typed", "expected"),
        [
            (["query"], "sea", ["search:"]),
            (["query"], "search:", ["search:night-ferry", "search:kyiv"]),
            (["query"], "-search:ni", ["-search:night-ferry"]),
            (["query"], 'search:"Night f', ["search:night-ferry"]),
            (["watch"], "", ["night-ferry", "kyiv"]),
            (["watch"], "KY", ["kyiv"]),
            (["watch"], "--al", ["--all"]),
            (["watch"], "harbour", []),
        ],
        ids=["field", "all", "minus", "quoted", "watched", "any case", "option", "none"],
    )
    def test_are_saved_searches(
        self, tmp_path: Path, words: list[str], typed: str, expected: list[str]
    ) -> None:
        file = tmp_path / "searches.toml"
        file.write_text('[[search]]\nname = "Night ferry"\n[[search]]\nname = "Kyiv"\n')
        words.append(f"--saved-searches={file}")
        assert [each.value for each in candidates(words, typed)] == expected
        file.write_text("[[")
        assert not [each for each in candidates(words, "search:") if each.value != "search:"]

    def test_of_nothing_are_the_commands(self, index: Path) -> None:
        assert offered(index, "") == list(COMMANDS)

    def test_of_no_index_are_none(self, tmp_path: Path) -> None:
        assert candidates(["query", "--index", str(tmp_path), "--author"], "a") == []


class TestBash:
    @pytest.mark.parametrize(
        ("typed", "current", "expected"),
        [
            ("query --author ri", "ri", "Rich\\ Miller"),
            ('query --author "ri', '"ri', "Rich Miller"),
            ("query --author 'ri", "'ri", "Rich Miller"),
            ("query --author rich\\ mi", "rich\\ mi", "Rich\\ Miller"),
            ("query author:ri", "ri", '\\"Rich\\ Miller\\"'),
            ("query --author=ri", "ri", "Rich\\ Miller"),
            ("query --op", "--op", "--open"),
        ],
        ids=["plain", "double", "single", "escaped", "field", "equals", "option"],
    )
    def test_word_is_as_bash_has_to_read_it(
        self, index: Path, typed: str, current: str, expected: str
    ) -> None:
        line = f"newssearch {typed}"
        environment = {"NEWSSEARCH_INDEX": str(index)}
        result = CliRunner().invoke(
            main, ["completion", "bash", "--", line, current], env=environment
        )
        assert result.stdout == expected + "\n"


def program_folder(folder: Path) -> Path:
    """Return a folder with newssearch as a program."""
    program = folder / "newssearch"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{PROGRAM}" "$@"\n')
    program.chmod(0o755)
    return folder


def in_shell(shell: str, script: str, index: Path, folder: Path) -> str:
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} here")
    environment = {
        **os.environ,
        "PATH": f"{program_folder(folder)}:{os.environ['PATH']}",
        "NEWSSEARCH_INDEX": str(index),
        "HOME": str(folder),
    }
    done = subprocess.run(
        [shell, "-c", script], env=environment, capture_output=True, text=True, check=False
    )
    return done.stdout


def test_script_of_bash_runs(index: Path, tmp_path: Path) -> None:
    script = (
        'eval "$(newssearch completion bash)"; COMP_LINE="newssearch query --author ri"; '
        'COMP_POINT=${#COMP_LINE}; _newssearch newssearch ri; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    assert in_shell("bash", script, index, tmp_path) == "Rich\\ Miller\n"


def test_script_of_fish_runs(index: Path, tmp_path: Path) -> None:
    script = (
        "newssearch completion fish | source; complete -C 'newssearch query --author \"ri'; "
        "complete -C 'newssearch qu'"
    )
    out = in_shell("fish", script, index, tmp_path)
    assert "Rich Miller\t2 articles\n" in out
    assert "query\n" in out


def test_script_of_zsh_can_be_read(index: Path, tmp_path: Path) -> None:
    script = 'autoload -U compinit; compinit -u; eval "$(newssearch completion zsh)"; print $_comps[newssearch]'
    assert in_shell("zsh", script, index, tmp_path) == "_newssearch\n"
