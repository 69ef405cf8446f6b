"""Which of option, variable, project file, personal file and default wins, and what is said of a file that cannot be used."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from search.model.errors import SettingError
from search.model.nearest import nearest
from search.model.settings import SETTINGS, Setting
from search.model.settings_files import InForce, in_force


def found_in(tmp_path: Path, project: str = "", person: str = "", **more: object) -> InForce:
    """Return what is in force in a folder two below that of a project, with these texts as settings files."""
    here = tmp_path / "project" / "a" / "b"
    here.mkdir(parents=True, exist_ok=True)
    if project:
        (tmp_path / "project" / "newssearch.toml").write_text(project, "utf-8")
    if person:
        (tmp_path / "config" / "newssearch").mkdir(parents=True)
        (tmp_path / "config" / "newssearch" / "newssearch.toml").write_text(person, "utf-8")
    environment = {"XDG_CONFIG_HOME": str(tmp_path / "config"), **more.pop("environment", {})}  # type: ignore[dict-item]
    return in_force(environment=environment, folder=str(here), **more)  # type: ignore[arg-type]


class TestWhichWins:
    @pytest.mark.parametrize(
        ("more", "value", "origin"),
        [
            ({}, 10, "default"),
            ({"person": "page_size = 2"}, 2, "config/newssearch/newssearch.toml:1"),
            (
                {"person": "page_size = 2", "project": "\n# ours\npage_size = 3"},
                3,
                "project/newssearch.toml:3",
            ),
            (
                {"project": "page_size = 3", "environment": {"NEWSSEARCH_PAGE_SIZE": "4"}},
                4,
                "NEWSSEARCH_PAGE_SIZE",
            ),
            (
                {
                    "project": "page_size = 3",
                    "environment": {"NEWSSEARCH_PAGE_SIZE": "4"},
                    "options": {"page_size": 5},
                },
                5,
                "--page-size",
            ),
        ],
        ids=["default", "person", "project", "variable", "option"],
    )
    def test_the_nearest_to_the_command(
        self, tmp_path: Path, more: dict[str, object], value: int, origin: str
    ) -> None:
        found = found_in(tmp_path, **more)  # type: ignore[arg-type]

        assert found.settings.page_size == value
        assert found.values["page_size"].origin.removeprefix(f"{tmp_path}/") == origin

    def test_each_setting_on_its_own(self, tmp_path: Path) -> None:
        found = found_in(tmp_path, "page_size = 3", 'page_size = 2\nrank = "plain"').settings

        assert (found.page_size, found.rank) == (3, "plain")

    def test_the_nearest_project_alone(self, tmp_path: Path) -> None:
        (tmp_path / "newssearch.toml").write_text('rank = "plain"')

        assert found_in(tmp_path, "page_size = 3").settings.rank == "feedback"

    def test_a_personal_folder_that_is_not_absolute_is_ignored(self, tmp_path: Path) -> None:
        found = found_in(tmp_path, environment={"XDG_CONFIG_HOME": "config", "HOME": ""})
        assert found.files == ()

    def test_a_switch_may_be_true_or_false(self, tmp_path: Path) -> None:
        assert found_in(tmp_path, "diverse = false").settings.diverse == 0


class TestPaths:
    @pytest.mark.parametrize(
        ("said", "expected"),
        [
            ("news", "{}/project/news"),
            ("whoosh:news", "whoosh:{}/project/news"),
            ("../news", "{}/news"),
            ("/srv/news", "/srv/news"),
            ("whoosh:", "whoosh:"),
        ],
        ids=["relative", "prefix", "upwards", "absolute", "nothing"],
    )
    def test_count_from_the_folder_of_the_file(
        self, tmp_path: Path, said: str, expected: str
    ) -> None:
        found = found_in(tmp_path, f'index = "{said}"').settings

        assert found.index == expected.format(tmp_path)

    @pytest.mark.parametrize("said", ["-", "env:KEYS"])
    def test_what_names_no_file_stays(self, tmp_path: Path, said: str) -> None:
        assert found_in(tmp_path, f'access_log = "{said}"').settings.access_log == said

    @pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
    def test_are_known_as_paths(self, setting: Setting) -> None:
        assert setting.is_path == setting.help.startswith(("File ", "Folder "))

    def test_stay_short_in_that_folder(self, tmp_path: Path) -> None:
        (tmp_path / "newssearch.toml").write_text('index = "news"')

        assert in_force(environment={}, folder=str(tmp_path)).settings.index == "news"

    def test_home_is_meant_by_a_tilde(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HOME", "/home/ann")
        assert found_in(tmp_path, 'index = "~/news"').settings.index == "/home/ann/news"

    def test_of_a_variable_count_from_here(self, tmp_path: Path) -> None:
        found = found_in(tmp_path, environment={"NEWSSEARCH_INDEX": "news"})
        assert found.settings.index == "news"


class TestUnusable:
    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("\npage_size = 0", ":2: page_size = '0': expected a whole number from 1 to 100"),
            ("page_size = '5'", ":1: page_size = '5': expected a whole number"),
            ("page_size = true", "expected a whole number"),
            ("page_size = 1.5", "expected a whole number"),
            ("index = 3", "index = '3': expected a text"),
            ("opensearch_volumes = 'years'", ":1: opensearch_volumes = 'years': expected one of none, year, month"),
            ('index = "a\\u0000b"', "expected a text"),
            ("page-size = 5", ":1: no setting is called page-size; did you mean page_size?"),
            ("[serve]\nport = 1", "no setting is called serve"),
            ("page_size 5", ":1: expected '=' after a key"),
            ("x = " + "[" * 50_000, "too deep to be read"),
            ("#" * 100_001, "larger than 100,000 bytes"),
        ],
        ids=[
            "below", "text", "true", "fraction", "number", "word", "nul", "unknown", "table", "no toml", "deep",
            "large",
        ],
    )  # fmt: skip
    def test_names_the_file_and_the_way_out(self, tmp_path: Path, text: str, message: str) -> None:
        with pytest.raises(SettingError) as caught:
            found_in(tmp_path, text)

        assert message in str(caught.value)
        assert str(tmp_path / "project" / "newssearch.toml") in str(caught.value)

    def test_not_utf_8(self, tmp_path: Path) -> None:
        (tmp_path / "newssearch.toml").write_bytes(b'\nindex = "caf\xe9"')
        with pytest.raises(SettingError, match=r"newssearch.toml:2: not UTF-8"):
            in_force(environment={}, folder=str(tmp_path))

    def test_a_link_to_nowhere_is_said(self, tmp_path: Path) -> None:
        (tmp_path / "newssearch.toml").symlink_to("gone")
        with pytest.raises(SettingError, match="No such file"):
            in_force(environment={}, folder=str(tmp_path))


class TestFilesOfOthers:
    def test_one_that_everybody_may_write_is_not_read(self, tmp_path: Path) -> None:
        path = tmp_path / "newssearch.toml"
        path.write_text("page_size = 3")
        path.chmod(0o666)

        found = in_force(environment={}, folder=str(tmp_path))

        assert found.settings.page_size == 10
        assert "everybody may write to it" in found.passed_over[0]

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
    def test_one_that_somebody_left_in_a_common_folder_is_not_read(self, tmp_path: Path) -> None:
        path = tmp_path / "newssearch.toml"
        path.write_text("page_size = 3")
        os.chown(path, 12345, 12345)
        before = in_force(environment={}, folder=str(tmp_path))
        tmp_path.chmod(0o1777)
        after = in_force(environment={}, folder=str(tmp_path))

        assert (before.settings.page_size, after.settings.page_size) == (3, 10)
        assert "another person's" in after.passed_over[0]


@pytest.mark.parametrize(
    ("word", "expected"),
    [("pagesize", "page_size"), ("PORT", "port"), ("zzz", ""), ("", "")],
    ids=["blank", "capitals", "none", "empty"],
)
def test_nearest(word: str, expected: str) -> None:
    assert nearest(word, ["page_size", "port", "index"]) == expected
