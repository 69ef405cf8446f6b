"""authors.toml: which names count as one, where it cannot be used, and what it makes of articles."""

from __future__ import annotations

import json
import pickle

import pytest

from search.model.errors import SettingError
from search.readers.author_names import NO_AUTHOR_NAMES, read_author_names
from search.readers.opening import read
from search.readers.options import ReadingOptions

FILE = """
nobody = ["Coast Crew"]
"Jane Smith" = ["J. Smith", "Smith, Jane"]
"Jon Doe" = "John Doe"

["Ann Lee"]
also = ["A. Lee"]
source = "Coast Post"

["Arthur Lee"]
also = ["A. Lee"]
source = ["Northern Star", "Evening Star"]
"""


@pytest.fixture
def names(tmp_path):
    path = tmp_path / "authors.toml"
    path.write_text(FILE, "utf-8")
    return read_author_names(str(path))


@pytest.mark.parametrize(
    ("read_names", "source", "counted"),
    [
        (("J. Smith",), "", ("Jane Smith",)),
        (("j.  SMITH", "Bo Ray"), "", ("Jane Smith", "Bo Ray")),
        (("J. Smith", "Jane Smith"), "", ("Jane Smith",)),
        (("Jon Doe",), "", ("John Doe",)),
        (("A. Lee",), "Coast Post", ("Ann Lee",)),
        (("A. Lee",), "evening star", ("Arthur Lee",)),
        (("A. Lee",), "Shore Line", ("A. Lee",)),
        (("Coast Crew", "Bo Ray"), "", ("Bo Ray",)),
        (("Bo Ray",), "", ("Bo Ray",)),
        ((), "", ()),
    ],
    ids=[
        "list", "case and blanks", "both", "single", "source", "one of several sources", "another source", "nobody", "no rule", "no author",
    ],
)  # fmt: skip
def test_names_count_as_one(names, read_names, source, counted):
    assert names.counted(read_names, source) == counted


def test_a_rule_for_a_source_goes_before_one_for_all(tmp_path):
    path = tmp_path / "authors.toml"
    path.write_text(
        '"Jane Smith" = ["J. Smith"]\n["Jon Smith"]\nalso = "J. Smith"\nsource = "Coast Post"\n'
    )
    names = read_author_names(str(path))
    assert names.counted(("J. Smith",), "Coast Post") == ("Jon Smith",)
    assert names.counted(("J. Smith",), "Shore Line") == ("Jane Smith",)


@pytest.mark.parametrize(
    ("content", "line", "said"),
    [
        ('"A B" = ["C D"]\n"E F" = ["c d"]\n', 2, "stands for 'A B' and 'E F'"),
        ('"A B" = ["C D"]\n"C D" = "E F"\n', 2, "stands for"),
        ('"A B" = ["C D"]\n"C D" = ["E F"]\n', 2, "is a name that counts and another form"),
        ('\n["A B"]\nalso = ["C D"]\nsorce = "X"\n', 4, "has a key that is not known"),
        ('"A B" = 3\n', 1, "comes a list of names"),
        ('"A B" = ["C D", 3]\n', 1, "comes a list of names"),
        ('["A B"]\nsource = "X"\n', 1, "comes a list of names"),
        ("A B = ['C D']\n", 1, "names in quotation marks"),
        ('"A B" = ["C D"]\n\n"A B" = ["E F"]\n', 3, "only once"),
        ('"A B" = ["C D"\n', 1, "names in quotation marks"),
        ('"A B" = " "\n', 1, "is blank"),
    ],
    ids=[
        "two people", "two people by a single form", "chain", "unknown key", "number", "number in a list", "no forms", "no quotation marks",
        "twice", "open bracket", "blank",
    ],
)  # fmt: skip
def test_an_error_names_the_line_and_what_to_do(tmp_path, content, line, said):
    path = tmp_path / "authors.toml"
    path.write_text(content, "utf-8")
    with pytest.raises(SettingError) as caught:
        read_author_names(str(path))
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert said in str(caught.value)


def test_a_file_that_cannot_be_read_is_an_error(tmp_path):
    with pytest.raises(SettingError, match="No such file"):
        read_author_names(str(tmp_path / "none.toml"))
    (tmp_path / "latin.toml").write_bytes(b'"A" = "B"\n"Zo\xeb" = "Y"\n')
    with pytest.raises(SettingError, match=r"latin\.toml:2: not UTF-8"):
        read_author_names(str(tmp_path / "latin.toml"))


def test_no_file_leaves_names_as_they_are():
    assert read_author_names("") is NO_AUTHOR_NAMES
    assert ReadingOptions().how() == ReadingOptions(authors=NO_AUTHOR_NAMES).how()


def test_names_go_to_other_processes_and_into_the_ledger(names):
    assert pickle.loads(pickle.dumps(names)) == names
    assert ReadingOptions(authors=names).how() != ReadingOptions().how()


def test_names_as_read_are_kept(tmp_path, names):
    records = [{"title": "T", "authors": ["J. Smith"]}, {"title": "U", "authors": ["Bo Ray"]}]
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(map(json.dumps, records)), "utf-8")
    one, other, *_ = read(path, options=ReadingOptions(authors=names))
    assert (one.authors, one.authors_as_read) == (("Jane Smith",), ("J. Smith",))
    assert (other.authors, other.authors_as_read) == (("Bo Ray",), ())
