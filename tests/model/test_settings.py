"""Settings come from the table, and what cannot be used is an error that names it."""

from __future__ import annotations

import pytest

from search.model.errors import SettingError
from search.model.settings import SETTINGS, Setting, Settings
from search.model.settings_files import in_force


def test_each_default_is_what_its_row_of_the_table_says() -> None:
    in_force = Settings()._asdict()

    assert {setting.name: setting.default for setting in SETTINGS} == in_force


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_default_is_within_its_bounds(setting: Setting) -> None:
    assert setting.parse(str(setting.default)) == setting.default


def test_environment_is_read() -> None:
    found = in_force(
        environment={
            "NEWSSEARCH_PAGE_SIZE": "25",
            "NEWSSEARCH_INDEX": "elsewhere",
            "NEWSSEARCH_PORT": "",
            "OTHER": "x",
        },
        folder="/",
    )

    assert found.settings == Settings(page_size=25, index="elsewhere")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("NEWSSEARCH_PAGE_SIZE", "many"),
        ("NEWSSEARCH_PAGE_SIZE", "0"),
        ("NEWSSEARCH_PAGE_SIZE", "101"),
        ("NEWSSEARCH_PAGE_SIZE", "-1"),
        ("NEWSSEARCH_PAGE_SIZE", "1.5"),
        ("NEWSSEARCH_PAGE_SIZE", "9" * 5000),
        ("NEWSSEARCH_PORT", "65536"),
        ("NEWSSEARCH_MAX_ARTICLE_CHARS", "50000001"),
    ],
    ids=["word", "below", "above", "negative", "fraction", "huge", "port", "article"],
)
def test_unusable_value_is_named_with_its_bounds(variable: str, value: str) -> None:
    with pytest.raises(SettingError, match=f"{variable}=.*expected a whole number from"):
        in_force(environment={variable: value}, folder="/")


@pytest.mark.parametrize("name", ["UTC", "Europe/Berlin", "Asia/Kathmandu"])
def test_zone(name: str) -> None:
    assert str(Settings(time_zone=name).zone()) == name


@pytest.mark.parametrize(
    "name",
    ["", "Mars/Phobos", "../../etc/passwd", "/etc/passwd", "\0", "Europe", "x" * 5000],
    ids=["empty", "unknown", "upwards", "absolute", "nul", "folder", "long"],
)
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(SettingError, match="no time zone"):
        Settings(time_zone=name).zone()


def test_a_word_that_a_setting_does_not_take_is_named_with_those_it_does() -> None:
    with pytest.raises(SettingError) as raised:
        in_force(environment={"NEWSSEARCH_OPENSEARCH_SCORING": "naive"}, folder="/")
    assert (
        str(raised.value) == "NEWSSEARCH_OPENSEARCH_SCORING='naive': expected one of exact, native"
    )
