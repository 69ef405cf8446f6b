"""What is wrong with hidden.toml, feeds.toml and authors.toml is said in the same words, with file, line and column."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from search.fetch.feeds_file import read_feeds
from search.ingest.hidden_file import read_takedowns
from search.model.errors import SettingError
from search.query.synonyms_file import read_synonyms
from search.readers.author_names import read_author_names

READERS: list[tuple[Callable[[str], object], str, str]] = [
    (read_takedowns, "rules of what is to stay out", "; a rule is [[hide]], and below it lines such as"),
    (lambda path: read_feeds(Path(path)), "list of feeds", "; a feed looks like [[feed]]"),
    (read_author_names, "names of authors", '; a line looks like "Jane Doe" ='),
    (read_synonyms, "synonyms", '; groups stand in a list, same = [["car", "automobile"]'),
]  # fmt: skip
IDS = ["hidden.toml", "feeds.toml", "authors.toml", "synonyms.toml"]


def said_of(read: Callable[[str], object], path: Path | str) -> str:
    with pytest.raises(SettingError) as caught:
        read(str(path))
    return str(caught.value)


@pytest.mark.parametrize(("read", "what", "sample"), READERS, ids=IDS)
class TestErrors:
    @pytest.mark.parametrize(
        ("text", "where", "expected"),
        [
            ("# one\na = b\n", ":2: ", " (column 5)"),
            ("a = [\n1,\n", ":2: ", "; "),
            ("a = ", ":1: ", "; "),
            ("\ufeffa == 1\n", ":1: ", " (column 4)"),
            ("a = " + "9" * 5000 + "\n", ": ", "exceeds the limit"),
            ("a = " + "[" * 5000 + "]" * 5000 + "\n", ": ", "lists in lists, too deep to be read"),
        ],
        ids=["line", "end", "no line end", "byte order mark", "thousands of digits", "deep"],
    )
    def test_what_is_no_toml(
        self,
        tmp_path: Path,
        read: Callable[[str], object],
        what: str,
        sample: str,
        text: str,
        where: str,
        expected: str,
    ) -> None:
        path = tmp_path / "file.toml"
        path.write_text(text, "utf-8")
        said = said_of(read, path)
        assert said.startswith(f"{path}{where}")
        assert expected in said
        assert sample in said

    def test_what_cannot_be_read(
        self, tmp_path: Path, read: Callable[[str], object], what: str, sample: str
    ) -> None:
        assert said_of(read, tmp_path).startswith(f"{what} {tmp_path}: Is a directory")
        assert said_of(read, tmp_path / "none").startswith(f"{what} {tmp_path}/none: No such file")
        (tmp_path / "latin").write_bytes(b"a = 1\n# gr\xfcn\n")
        assert said_of(read, tmp_path / "latin").startswith(f"{tmp_path}/latin:2: not UTF-8")
