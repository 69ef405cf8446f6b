"""Where an index of a cluster is, and what is refused before anything is asked."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from search.engines.opensearch.location import Location, location_of
from search.engines.registry import open_engine
from search.model.errors import RequestError, SearchError, SettingError
from search.model.settings_files import in_force


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://h1:9200,h2:9201/news", (("https://h1:9200", "https://h2:9201"), "news")),
        ("https://h1,https://h2/news/", (("https://h1:9200", "https://h2:9200"), "news")),
        ("https://h1,h2/news-2", (("https://h1:9200", "https://h2:9200"), "news-2")),
        ("http://127.0.0.1:19210,127.0.0.1:19211/a.b", (("http://127.0.0.1:19210", "http://127.0.0.1:19211"), "a.b")),
        ("https://[::1]:9200/news", (("https://[::1]:9200",), "news")),
    ],
    ids=["two nodes", "default port", "encrypted", "scheme of the first", "IPv6"],
)  # fmt: skip
def test_is_taken_apart(text: str, expected: tuple[tuple[str, ...], str]) -> None:
    assert location_of(text) == Location(*expected)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("https://h1:9200", "the name is missing"),
        ("https://h1:9200/", "the name is missing"),
        ("news", "the name is missing"),
        ("https://ann:sesame@h1:9200/news", "a user and password have no place"),
        ("https://h1:9200/News", "small letters"),
        ("https://h1:9200/_all", "small letters"),
        ("https://h1:9200/*", "small letters"),
        ("https://h1:port/news", "Port could not be cast"),
        ("ftp://h1/news", "cannot be read"),
        ("h1:9200/news", "cannot be read"),
        ("https://h1/a/news", "cannot be read"),
        (",/news", "cannot be read"),
        ("https://h1:0/news", "cannot be read"),
        ("https://h1/news.rebuild", "choose another name"),
    ],
    ids=["no name", "empty name", "no address", "password", "capital", "all", "pattern", "port", "ftp", "no scheme", "path", "nothing", "port 0", "name of a rebuild"],
)  # fmt: skip
def test_what_is_none_is_refused_without_its_secrets(text: str, message: str) -> None:
    with pytest.raises(RequestError, match=message) as caught:
        location_of(text)
    assert "sesame" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "is_here"),
    [("http://127.0.0.1/a", True), ("http://localhost/a", True), ("http://h1,localhost/a", False)],
    ids=["loopback", "localhost", "one elsewhere"],
)
def test_says_whether_anything_leaves_this_computer(text: str, is_here: bool) -> None:
    assert location_of(text).is_here == is_here


def test_without_the_package_the_message_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "opensearchpy", None)

    with pytest.raises(SearchError, match=r"pip install 'newssearch\[opensearch\]'"):
        open_engine("opensearch:http://127.0.0.1:1/news")


class TestSettings:
    def test_an_index_of_a_cluster_is_no_folder_beside_the_file(self, tmp_path: Path) -> None:
        (tmp_path / "newssearch.toml").write_text('index = "opensearch:https://h1:9200/news"')
        below = tmp_path / "below"
        below.mkdir()

        found = in_force(environment={}, folder=str(below)).settings

        assert found.index == "opensearch:https://h1:9200/news"

    def test_a_password_in_a_file_that_everybody_may_read_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "newssearch.toml"
        path.write_text('opensearch_password = "sesame"')
        path.chmod(0o644)
        with pytest.raises(SettingError, match="chmod o-r") as caught:
            in_force(environment={}, folder=str(tmp_path))
        assert "sesame" not in str(caught.value)

        path.chmod(0o640)
        found = in_force(environment={}, folder=str(tmp_path)).settings
        assert found.opensearch_password == "sesame"
