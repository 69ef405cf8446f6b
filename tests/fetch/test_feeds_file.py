"""feeds.toml: what it lists, and errors that name the line."""

from __future__ import annotations

from pathlib import Path

import pytest

from search.fetch.feeds_file import Feed, read_feeds
from search.model.errors import SettingError


def read(tmp_path: Path, text: str | bytes) -> list[Feed]:
    path = tmp_path / "feeds.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_feeds(path)


def test_feeds_are_in_their_order(tmp_path: Path) -> None:
    text = """
# ours
[[feed]]
url = "https://B.example/rss"

[[feed]]
url = "https://a.example/map.xml"
collection = "A  paper"
pages = false
max_pages = 7
"""

    assert read(tmp_path, text) == [
        Feed("https://b.example/rss"),
        Feed("https://a.example/map.xml", "A paper", False, 7),
    ]


ONE = '[[feed]]\nurl = "https://a.example/"\n'


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("[[feed]]\nurl = https://a.example/\n", 2, "invalid value"),
        (ONE + "[[feed]\n", 3, "expected"),
        (
            ONE + 'colour = "red"\n',
            3,
            "'colour' is not known; a feed has url, collection, pages and max_pages",
        ),
        (ONE + 'pages = "yes"\n', 3, "pages is true or false"),
        (ONE + "max_pages = -1\n", 3, "max_pages is a whole number"),
        (ONE + "max_pages = true\n", 3, "max_pages is a whole number"),
        (ONE + "collection = 7\n", 3, "collection is a name"),
        (ONE + 'collection = "a\\u0007"\n', 3, "collection is a name"),
        (ONE + "\n[[feed]]\npages = true\n", 4, "a feed has no url"),
        (ONE + "\n[[feed]]\n\nurl = 'ftp://a.example/'\n", 6, "its scheme is ftp:"),
        (ONE + "\n[[feed]]\nurl = 'https://me:secret@a.example/'\n", 5, "password"),
        (ONE + "\n" + ONE, 5, "is there already, in line 1"),
        ('feeds = ["https://a.example/"]\n', 1, "'feeds' is not known"),
        ('[feed]\nurl = "https://a.example/"\n', 1, "feed is no list of feeds"),
        ("feed = 3\n", 1, "feed is no list of feeds"),
        (ONE.encode() + b"# gr\xfcn\n", 3, "not UTF-8"),
    ],
)
def test_errors_name_the_line(tmp_path: Path, text: str | bytes, line: int, why: str) -> None:
    with pytest.raises(SettingError) as caught:
        read(tmp_path, text)

    said = str(caught.value)
    assert said.startswith(f"{tmp_path / 'feeds.toml'}:{line}: ")
    assert why in said


@pytest.mark.parametrize("text", ["", "# nothing\n", "feed = []\n"])
def test_an_empty_file_is_an_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingError, match="lists no feed"):
        read(tmp_path, text)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="No such file"):
        read_feeds(tmp_path / "none.toml")
