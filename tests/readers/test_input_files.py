"""Which files paths stand for, what is said of those left out, and what is never a source."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from search.readers.input_files import LeftOut, input_files, way_out

REPORT_LINE = '{"file": "a.csv", "line": 3, "kind": "date", "reason": "vague", "times": 1}\n'


def put(folder: Path, *names: str, text: str = "x") -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def searched(folder: Path, *paths: str | Path) -> tuple[list[str], list[LeftOut]]:
    """Return the names of the files found below *folder*, and what was left out."""
    left_out: list[LeftOut] = []
    found = [path.as_posix() for path in input_files(paths or [folder], left_out.append)]
    return [name.removeprefix(f"{folder.as_posix()}/") for name in found], left_out


class TestLeftOut:
    def test_files_are_counted_by_suffix(self, tmp_path: Path) -> None:
        put(tmp_path, *(f"in/story {n}.wpd" for n in range(5)), "a.txt", "b.DJVU", "notes")
        put(tmp_path, "c.xls.gz", "dump.gz", "Mr. Smith and I went", "d.json.gz")

        found, left_out = searched(tmp_path)

        assert found == ["a.txt", "d.json.gz"]
        assert Counter(each.what for each in left_out) == {
            ".wpd": 5, ".djvu": 1, ".xls": 1, ".gz": 1, "without a suffix": 2
        }  # fmt: skip
        assert not any(each.is_folder for each in left_out)

    @pytest.mark.parametrize(
        ("suffix", "way"),
        [(".wpd", "save"), (".xlsx", "CSV"), (".7z", "unpack"), (".msg", "save"), (".png", "")],
    )
    def test_what_can_be_done_about_a_suffix(self, suffix: str, way: str) -> None:
        assert way in way_out(suffix)
        assert bool(way_out(suffix)) == bool(way)

    def test_reason_names_a_suffix_whatever_it_is(self, tmp_path: Path) -> None:
        put(tmp_path, "a.rtf", "b.längst")

        reasons = [each.reason for each in searched(tmp_path)[1]]

        assert "no reader knows .rtf; save it as .docx, text or HTML" in reasons
        assert any(".längst" in reason for reason in reasons)

    def test_hidden_ones_and_links_are_said(self, tmp_path: Path) -> None:
        put(tmp_path, "in/a.txt", "in/.b.txt", "in/.git/c.txt", "other/d.txt")
        (tmp_path / "in" / "link").symlink_to(tmp_path / "other")

        found, left_out = searched(tmp_path, tmp_path / "in")

        assert [Path(name).name for name in found] == ["a.txt"]
        assert {(Path(each.path).name, each.what, each.is_folder) for each in left_out} == {
            (".b.txt", "hidden", False), (".git", "hidden", True), ("link", "link", True)
        }  # fmt: skip

    def test_nothing_is_said_twice(self, tmp_path: Path) -> None:
        put(tmp_path, "a.wpd", "b.txt")

        found, left_out = searched(tmp_path, tmp_path, tmp_path / "*", tmp_path)

        assert (found, len(left_out)) == (["b.txt"], 1)

    def test_a_pattern_leaves_out_only_what_it_matches(self, tmp_path: Path) -> None:
        put(tmp_path, "a.wpd", "b.txt", "in/.hidden.txt", "in/c.djvu")

        assert searched(tmp_path, tmp_path / "**" / "*.txt") == (["b.txt"], [])
        assert [each.what for each in searched(tmp_path, tmp_path / "a*")[1]] == [".wpd"]


class TestIndexes:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        for name in ("", "rebuild/"):
            put(
                tmp_path / "deep" / "ix" / name,
                "_MAIN_12.toc", "MAIN_0a1b.nss", "MAIN_0a1b.1.nsg", "MAIN_WRITELOCK", "ledger.lock",
                "ledger.sqlite", "ledger.sqlite-wal", "sources.jsonl", "_MAIN_13.new", "sources.lock",
            )  # fmt: skip
        put(tmp_path, "a.txt")
        return tmp_path

    @pytest.mark.parametrize(
        "path",
        ["", "deep", "deep/ix", "deep/*", "**", "**/*.jsonl", "deep/ix/*", "deep/ix/sources.jsonl"],
    )
    def test_are_never_sources(self, folder: Path, path: str) -> None:
        found, left_out = searched(folder, f"{folder}/{path}" if path else folder)

        assert [name for name in found if name != "a.txt"] == []
        assert {each.what for each in left_out} == {"index"}

    def test_are_known_from_inside(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(folder / "deep" / "ix")

        found, left_out = searched(folder, ".", "*.jsonl", "sources.jsonl")
        assert (found, {each.what for each in left_out}) == ([], {"index"})

    def test_articles_beside_the_files_of_an_index_are_read(self, folder: Path) -> None:
        names = ["b.txt", "MAIN_story.txt", "MAIN_1.jsonl", "in/c.html", "sources.txt"]
        put(folder / "deep" / "ix", *names, "d.wpd")

        found, left_out = searched(folder / "deep" / "ix")

        assert sorted(found) == sorted(names)
        assert sorted(each.what for each in left_out) == [".wpd", "index", "index"]

    @pytest.mark.parametrize("name", ["book.toc", "MAIN_1.toc", "_MAIN_x.toc", "_MAIN_1.toc.txt"])
    def test_are_told_from_other_tables_of_contents(self, tmp_path: Path, name: str) -> None:
        put(tmp_path, "a.txt", name)

        assert "a.txt" in searched(tmp_path)[0]


class TestSavedPages:
    @pytest.mark.parametrize(
        ("page", "folder"),
        [
            ("Story.html", "Story_files"),
            ("Story.htm", "Story-Dateien"),
            ("Story.html", "Story_fichiers"),
            ("Story.xhtml", "Story_archivos"),
            ("Story.HTML", "Story_Files"),
            ("Ein Tag. Im Hafen.html", "Ein Tag. Im Hafen_bestanden"),
            ("[1] Café.htm", "[1] Café.files"),
            ("Порт.html", "Порт_файлы"),
        ],
    )
    def test_what_a_browser_saves_with_a_page_is_no_source(
        self, tmp_path: Path, page: str, folder: str
    ) -> None:
        put(tmp_path, page, f"{folder}/frame.html", f"{folder}/deep/b.txt", "other.txt")

        found, [left_out] = searched(tmp_path)

        assert sorted(found) == sorted([page, "other.txt"])
        assert (left_out.what, left_out.is_folder) == ("saved with a page", True)
        assert page in left_out.reason

    @pytest.mark.parametrize(
        "path",
        ["Story_files", "Story_files/frame.html", "*/*.html", "**/frame.html", "Story_files/deep/b.txt", "Story_files/deep"],
    )  # fmt: skip
    def test_nor_where_it_is_named(self, tmp_path: Path, path: str) -> None:
        put(tmp_path, "Story.html", "Story_files/frame.html", "Story_files/deep/b.txt")

        found, left_out = searched(tmp_path, f"{tmp_path}/{path}")

        assert found == []
        assert "rename" in left_out[0].reason

    @pytest.mark.parametrize(
        "names",
        [
            ["Story_files/a.html"],
            ["Story.txt", "Story_files/a.html"],
            ["Story.html", "Story_2020/a.html"],
            ["Story.html", "Story_archive/a.html"],
            ["Story.html", "Story/a.html"],
            ["Story.html", "other_files/a.html"],
        ],
        ids=["no page", "a text", "year", "archive", "same name", "other name"],
    )
    def test_other_folders_are_read(self, tmp_path: Path, names: list[str]) -> None:
        put(tmp_path, *names)

        assert sorted(searched(tmp_path)[0]) == sorted(names)

    def test_from_inside_it_is_read(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        put(tmp_path, "Story.html", "Story_files/frame.html")
        monkeypatch.chdir(tmp_path / "Story_files")

        assert searched(tmp_path, ".")[0] == ["frame.html"]


class TestReports:
    @pytest.mark.parametrize("path", ["", "cases.jsonl", "*.jsonl"])
    def test_are_never_sources(self, tmp_path: Path, path: str) -> None:
        put(tmp_path, "cases.jsonl", text=REPORT_LINE)

        found, [left_out] = searched(tmp_path, tmp_path / path)

        assert (found, left_out.what) == ([], "report of newssearch")

    def test_nor_is_the_one_that_is_being_written(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        put(tmp_path, "a.txt", "new.txt", text="")

        assert [str(path) for path in input_files(["."], report="new.txt")] == ["a.txt"]

    @pytest.mark.parametrize(
        "text",
        ['{"file": "photo.jpg", "title": "Ferry", "text": "It left."}\n', "{}", ""],
        ids=["has a file", "object", "empty"],
    )
    def test_are_told_from_records(self, tmp_path: Path, text: str) -> None:
        put(tmp_path, "a.jsonl", text=text)

        assert searched(tmp_path) == (["a.jsonl"], [])


@pytest.mark.parametrize("name", ["README.md", "readme.de.md", "CHANGELOG.markdown", "LICENSE.md"])
def test_what_tells_of_a_folder_is_read_only_by_its_path(tmp_path: Path, name: str) -> None:
    put(tmp_path, name, "story.md")

    found, left_out = searched(tmp_path)

    assert found == ["story.md"]
    assert [each.what for each in left_out] == ["about its folder"]
    assert list(input_files([tmp_path / name])) == [tmp_path / name]
