"""Costs are bounded by size: what no reader takes further ends with a reason that says so, early."""

from __future__ import annotations

import gzip
import io
import json
import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.model.article import Article, BadArticle
from search.model.errors import ReadError
from search.model.remark import Remark
from search.model.settings import Settings
from search.readers import html, json_stream, keys, shapes
from search.readers.alto import pages_in
from search.readers.json_stream import Value, read_values
from search.readers.markup import plain
from search.readers.mime import Part
from search.readers.opening import ReadItem, opened, read_block
from search.readers.source import Block, Limits


class Counted(io.StringIO):
    """A text that knows how much of it was read."""

    def __init__(self, text: str) -> None:
        super().__init__(text, newline="")

    def share_read(self) -> float:
        at = self.tell()
        return at / self.seek(0, io.SEEK_END)


def values(text: str, max_chars: int = 1_000_000) -> list[Value]:
    return list(read_values(io.StringIO(text, newline=""), max_chars))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[" * 3_000_000, "nested more than 1,000 deep"),
        ('{"a":' * 1_000_000, "nested more than 1,000 deep"),
        ('{"a":[' * 500_000, "nested more than 1,000 deep"),
        ("[[" + "[]," * 3_000_000, "more brackets or commas"),
        ('{"a":[' + '{"b":[]},' * 1_000_000, "more brackets or commas"),
        ("[" + "," * 2_000_000, "more brackets or commas"),
        ("]" * 2_000_000, "more brackets or commas"),
        ('{"title": "a", ' + '"b": {}, ' * 400_000, "more brackets or commas"),
    ],
    ids=["brackets", "objects", "both", "pairs", "objects in a list", "commas", "closing", "keys"],
)  # fmt: skip
def test_json_that_is_all_brackets_is_given_up(text: str, reason: str) -> None:
    stream = Counted(text)
    (last,) = read_values(stream, 1_000_000)
    assert last.cut_short
    assert reason in last.problem
    assert stream.share_read() < 0.8


@pytest.mark.parametrize(
    "text",
    ['["' + "a" * 3_000_000, '["' + "\\" * 3_000_000, '["' + '\\"' * 1_500_000, '["' + "a\n" * 1_500_000],
    ids=["letters", "backslashes", "quotes", "lines"],
)  # fmt: skip
def test_json_text_without_an_end_is_cut_short(text: str) -> None:
    (last,) = values(text)
    assert (last.cut_short, last.line) == (True, 1)


def test_record_of_too_many_values_is_refused_and_the_rest_goes_on() -> None:
    many = "[" + "1," * 1_000_001 + "1]"
    first, second = values(f'[{{"n": {many}}}, {{"title": "b"}}]', 10_000_000)
    assert "more than 1,000,000 values" in first.problem
    assert second.value == {"title": "b"}


PIECES = ["{", "}", "[", "]", ",", ":", '"', '"a"', '"articles":[', '"data":', '{"response":{', '"docs":[{', "\\", '\\"',
          "\n", " ", "1", '{"title":"x"}', '{"a":[{"b":"c]"}]}', "\ufeff"]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join), st.integers(1, 9))
def test_wherever_a_stream_is_cut_its_values_are_the_same(text: str, size: int) -> None:
    expected = values(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_stream, "_CHUNK_CHARS", size)
        assert repr(values(text)) == repr(expected)


@given(
    st.recursive(
        st.none() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_elements_of_an_array_come_back_however_they_are_nested(value: object) -> None:
    found = values(json.dumps([value, {"title": "end"}], ensure_ascii=False))
    assert [each.value for each in found] == [value, {"title": "end"}]


def read_items(tmp_path: Path, name: str, content: bytes, limits: Limits) -> list[ReadItem]:
    path = tmp_path / name
    path.write_bytes(content)
    with opened(path, limits) as source:
        return [each for each in source.articles() if not isinstance(each, Remark)]


def reasons(items: list[ReadItem]) -> list[tuple[int | None, str]]:
    return [(each.line, each.reason) for each in items if isinstance(each, BadArticle)]


def titles(items: list[ReadItem]) -> list[str]:
    return [each.title for each in items if isinstance(each, Article)]


SMALL = Limits(max_article_chars=10_000, max_record_chars=20_000, block_bytes=5_000)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl", b'{"title": "a"}\n{"title": "%s"}\n{"title": "b"}\n' % (b"x" * 200_000)),
        ("a.json", b'[{"title": "a"},\n{"title": "%s"},\n{"title": "b"}]\n' % (b"x" * 200_000)),
        ("a.csv", b"title,body\na,%s\nb,\n" % (b"x" * 200_000)),
        ("a.csv", b"title,body\na,%s\nb,\n" % (b'""' * 100_000)),
    ],
    ids=["lines", "array", "csv", "quotation marks"],
)  # fmt: skip
def test_what_is_too_long_for_a_record_costs_that_record(tmp_path, name, content):
    items = read_items(tmp_path, name, content, SMALL)
    assert titles(items)[-1] == "b"
    ((line, reason),) = reasons(items)
    assert line == 2
    assert "is longer than 20,000 characters" in reason


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_length_of_a_line_is_counted_in_characters(tmp_path, size):
    letter = {1: "x", 2: "é", 3: "港", 4: "🎉"}[size].encode()
    longest = 9_990  # of an article
    content = b'{"title": "%s"}\n{"title": "%s"}' % (letter * longest, letter * 30_000)
    items = read_items(tmp_path, "a.jsonl", content, SMALL)
    assert [len(title) for title in titles(items)] == [longest]
    assert [line for line, _ in reasons(items)] == [2]


@pytest.mark.parametrize(
    ("name", "content", "most"),
    [
        ("a.json", b"[" + b"1," * 50_000 + b"1]", 10_001),
        ("a.csv", b"title,body\n" + b"a,b,c\n" * 50_000, 10_001),
        ("a.jsonl", b"1\n" * 50_000, 10_001),
    ],
    ids=["array", "csv", "lines"],
)  # fmt: skip
def test_nothing_but_refusals_is_given_up(tmp_path, name, content, most):
    limits = Limits(max_article_chars=10_000, max_record_chars=20_000, block_bytes=1_000_000)
    items = read_items(tmp_path, name, content, limits)
    assert len(items) == most
    assert items[-1].cut_short
    assert "in a row are no articles" in items[-1].reason


def test_block_of_nothing_but_refusals_is_given_up():
    items = list(read_block("a.jsonl", SMALL, Block(1, b"1\n" * 50_000)))
    assert len(items) == 2_001
    assert isinstance(items[-1], BadArticle)
    assert items[-1].cut_short


def test_articles_after_many_refusals_are_read(tmp_path):
    content = b"[" + (b"1," * 5_000 + b'{"title": "a"},') * 3 + b"1]"
    assert titles(read_items(tmp_path, "a.json", content, SMALL)) == ["a"] * 3


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"title,body\na," + b"," * 1_000_001 + b"\nb,\n", "more than 1,000,000 cells"),
        (b'title,body\n"open\n' + b"\n" * 150_000 + b"b,\n", "never closed"),
    ],
    ids=["cells", "open quotation mark"],
)
def test_row_that_is_none_costs_that_row(tmp_path, content, said):
    limits = Limits(
        max_article_chars=10_000_000, max_record_chars=20_000_000, block_bytes=1_000_000
    )
    items = read_items(tmp_path, "a.csv", content, limits)
    assert titles(items) == ["b"]
    ((line, reason),) = reasons(items)
    assert line == 2
    assert said in reason


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.html", "<p>w" * 40_001, "more than 40,000 tags"),
        ("a.html", "<a href=x>y</a>" * 40_001, "more than 40,000 tags"),
        ("a.html", "<div>" * 100_000, "more than 40,000 tags"),
        ("a.html", "<p>" + "word " * 200_100, "more than 1,000,000 characters of text"),
        ("a.html", "<p>" + "&lt;" * 1_000_100, "more than 1,000,000 characters of text"),
        (
            "a.txt",
            "Title\n\n"
            + "The harbour is closed, said the mayor of the town. No boat left it on Monday.\n\n"
            * 1_000
            + "a\n" * 200_000,
            "more than 200,000 lines",
        ),
    ],
    ids=["paragraphs", "links", "nested", "text", "entities", "lines"],
)
def test_page_or_text_of_no_one_article_is_refused(tmp_path, name, content, said):
    ((_, reason),) = reasons(read_items(tmp_path, name, content.encode(), Limits.of(Settings())))
    assert said in reason


@pytest.mark.parametrize(
    "markup",
    [
        "<p " + " ".join(f"a{n}" for n in range(50_000)) + ">",
        "<p " + " ".join(f"a{n}=''" for n in range(50_000)) + ">",
        ("<p " + "/".join(f"a{n}" for n in range(240)) + ">") * 4_000,
        ("<p " + " ".join(f"a{n}" for n in range(240)) + ">") * 4_000,
        "<script type='application/ld+json'>" + '{"a":' * 400_000 + "</script>",
        "<script>" + "x" * 2_000_000 + "</script>",
        "<style>" + "x" * 2_000_000 + "</style>",
        "<!-- " + "x" * 2_000_000 + " -->",
    ],
    ids=["attributes", "values", "slashes", "many", "json-ld", "script", "style", "comment"],
)
def test_page_with_too_much_of_what_is_no_text_is_read(tmp_path, markup):
    content = f"<html><title>T</title>{markup}<p>Words.</p></html>".encode()
    assert titles(read_items(tmp_path, "a.html", content, Limits.of(Settings()))) == ["T"]


def test_attributes_beyond_a_bound_are_taken_away():
    most = html._MAX_ATTRIBUTES_IN_ALL
    bounded = html._TAG.sub(html._Tags().bounded, ("<p " + "a " * 200 + ">") * 2_000)
    assert 0.99 * most < bounded.count("a ") <= most


def test_slashes_of_a_picture_in_an_attribute_are_no_attributes():
    tag = '<img alt="A boat" src="data:image/png;base64,' + "/A=" * 300_000 + '">'
    assert html._TAG.sub(html._Tags().bounded, tag) == tag


def test_feed_entry_of_too_many_elements_ends_the_reading(tmp_path):
    entry = b"<item><title>%s</title></item>"
    content = (
        b'<rss version="2.0"><channel>'
        + entry % b"A"
        + b"<item>"
        + b"<a>x</a>" * 60_000
        + b"</item>"
    )
    items = read_items(
        tmp_path, "a.xml", content + entry % b"B" + b"</channel></rss>", Limits.of(Settings())
    )
    assert titles(items) == ["A"]
    assert "more than 50,000 elements" in items[-1].reason
    assert items[-1].cut_short


def test_csv_of_too_many_columns_is_refused(tmp_path):
    with pytest.raises(ReadError, match="more than 10,000 columns"):
        read_items(tmp_path, "a.csv", b"title" + b",body" * 10_000 + b"\n", Limits.of(Settings()))


def remarks_on_wide_table(tmp_path: Path, columns: int) -> list[tuple[str, int]]:
    path = tmp_path / "a.csv"
    names = ["title", *(f"x{n:05}" for n in range(columns))]
    rows = [",".join([word, *(["7"] * columns)]) for word in ("Harbour", "Market")]
    path.write_text("\n".join([",".join(names), *rows]))
    with opened(path, Limits.of(Settings())) as source:
        found = [each for each in source.articles() if isinstance(each, Remark)]
    return [(each.reason, each.times) for each in found if each.kind == "key not used"]


def test_unused_columns_are_named_one_by_one_up_to_a_number(tmp_path):
    *named, (rest, times) = remarks_on_wide_table(tmp_path, 2_500)
    assert len(named) == keys._MAX_NAMED
    assert named[0] == ("key 'x00000' was not used", 2)
    assert (rest, times) == (
        f"{2_500 - len(named):,} more keys stand for nothing that is known, too many to name each",
        2,
    )


def test_names_of_a_wide_table_are_not_taken_apart_one_by_one(monkeypatch):
    shapes.core("warmed up")
    made = []
    bare = shapes.bare
    monkeypatch.setattr(shapes, "bare", lambda name: made.append(name) or bare(name))
    for number in range(1_000):
        assert shapes.core(f"untold column {number}") == ""
    assert len(made) <= 2_000


def test_name_of_a_million_blanks_is_not_looked_into():
    assert shapes.core("title" + " " * 1_000_000 + "(2)") == ""


def test_names_of_a_wide_table_are_sorted_once(tmp_path, monkeypatch):
    times = []
    sort = keys._sorted
    monkeypatch.setattr(keys, "_sorted", lambda *names: times.append(1) or sort(*names))
    remarks_on_wide_table(tmp_path, 2_501)
    assert len(times) == 1


@pytest.mark.parametrize("row", [b"\n", b",\r\n", b'"",""\n'], ids=["empty", "comma", "marks"])
def test_csv_of_blank_rows_is_given_up(tmp_path, monkeypatch, row):
    monkeypatch.setattr("search.readers.csv_rows._MAX_BLANK_ROWS", 1_000)
    content = b"title,body\na,b\n" + row * 1_100 + b"c,d\n"
    items = read_items(tmp_path, "a.csv", content, SMALL)
    assert titles(items) == ["a"]
    (last,) = [item for item in items if isinstance(item, BadArticle)]
    assert "are blank" in last.reason


@pytest.mark.parametrize("filling", [b" ", b"\n", b"0"], ids=["blanks", "lines", "zeros"])
def test_gzip_that_grows_without_bounds_is_given_up(tmp_path, filling):
    content = gzip.compress(b'{"title": "a"}\n' + filling * 120_000_000, 9)
    items = read_items(tmp_path, "a.jsonl.gz", content, SMALL)
    assert titles(items) == ["a"]
    *_, last = [item for item in items if isinstance(item, BadArticle)]
    assert last.cut_short
    assert "more than 100 times its size" in last.reason


def test_gzip_of_articles_is_read_whatever_its_size(tmp_path, monkeypatch):
    monkeypatch.setattr("search.readers.decompression._FREE_BYTES", 1_000)
    lines = [
        b'{"title": "%d", "body": "%s"}' % (n, os.urandom(20).hex().encode()) for n in range(3_000)
    ]
    items = read_items(tmp_path, "a.jsonl.gz", gzip.compress(b"\n".join(lines)), SMALL)
    assert len(titles(items)) == 3_000


@pytest.mark.parametrize(
    "blanks", [" " * 300_000, "<b> </b>" * 100_000, "\n \n" * 100_000], ids=["one", "in tags", "lines"]
)  # fmt: skip
def test_blanks_in_markup_take_time_in_proportion(blanks):
    # Each took hours where a pattern looked for blank lines.
    assert plain(f"<p>Two{blanks}ferries</p>x", paragraphs=True) == "Two ferries\n\nx"


def test_lines_that_go_on_are_joined_in_one_go() -> None:
    """Each was added to a text that grew: 1.6 MB of such a mail took 13 s."""
    content = b"Content-Type: text/plain; format=flowed\n\n" + b"ab \n" * 400_000
    began = time.process_time()
    assert len(Part(content).text()) == 1_200_000
    assert time.process_time() - began < 5


def test_hyphens_on_one_line_of_a_page_take_no_search_each() -> None:
    """The whole line was searched for its last word at each of them: 6,000 took minutes."""
    words = b'<String CONTENT="a"/><HYP/>' * 6_000
    page = b"<alto><Page><TextBlock><TextLine>" + words + b"</TextLine></TextBlock></Page></alto>"
    began = time.process_time()
    (found,) = pages_in(page)
    assert time.process_time() - began < 5
    assert [block.text for block in found.blocks.values()] == ["a" * 6_000]
