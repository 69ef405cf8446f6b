"""The readers: one file each of every format, what is hostile or half-written, and what folders yield."""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from search.model.article import Article, BadArticle
from search.model.errors import ReadError
from search.model.remark import Remark
from search.model.settings import Settings
from search.readers import html
from search.readers.agency import agency_named
from search.readers.input_files import input_files
from search.readers.opening import ReadItem, opened, read
from search.readers.options import ReadingOptions
from search.readers.source import Block, Limits
from search.readers.values import is_list, is_null
from tests.support.paths import SHARED

FILES = Path(__file__).parent / "article_files"

LIMITS = Limits.of(Settings())


def articles(path: Path | str, **options: object) -> list[Article]:
    return [each for each in read(path, **options) if isinstance(each, Article)]  # type: ignore[arg-type]


def problems(path: Path | str, **options: object) -> list[BadArticle]:
    return [each for each in read(path, **options) if isinstance(each, BadArticle)]  # type: ignore[arg-type]


def read_within(path: Path, limits: Limits) -> list[ReadItem]:
    with opened(path, limits) as source:
        return list(source.articles())


def without_remarks(items: list[ReadItem]) -> list[ReadItem]:
    return [each for each in items if not isinstance(each, Remark)]


def written(tmp_path: Path, name: str, content: str | bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_text_file():
    (article,) = articles(FILES / "wire.txt")
    assert article.title == "Ferry firm adds night boats to the island"
    assert article.authors == ("Mara Quist", "Tom O’Dell Jr.", "Zoë van der Berg")
    assert article.byline == "Mara Quist, Tom O’Dell Jr. and Zoë van der Berg"
    assert article.source == "AFP"
    assert article.body.count("\n\n") == 2
    assert article.body.endswith("thought possible.”")


def test_html_page():
    (article,) = articles(FILES / "page.html")
    assert article.title == "Harbour bridge opens a month early"
    assert article.authors == ("Ida Noor", "Ben Achterberg")
    assert article.published == datetime(2024, 5, 17, 7, 30, tzinfo=UTC)
    assert article.published_from == "json-ld datePublished"
    assert (article.source, article.section, article.language) == ("The Quay Gazette", "City", "en")
    assert article.url == "https://quay.example/news/2024/05/17/bridge"
    assert article.body.startswith("The new harbour bridge opened")
    assert article.body.count("\n\n") == 2


def test_json_lines():
    dam, headline, untitled = articles(FILES / "records.jsonl")
    assert dam.article_id.startswith("7-")
    assert (dam.title, dam.body) == ("Dam level rises", "The dam is full.")
    assert (dam.authors, dam.source) == (("Ana Lima", "Raj Patel"), "The Valley Post")
    assert dam.published == datetime(2024, 5, 17, 10, tzinfo=UTC)
    assert dam.published_from == "field 'pubDate'"
    assert (headline.body, headline.authors) == ("", ("Ana Lima", "Li Wei"))
    assert (untitled.title, untitled.published) == ("A text without a title.", None)


def test_bad_records_are_told_by_line_and_the_rest_goes_on():
    bad = problems(FILES / "records.jsonl")
    assert [(each.line, each.cut_short) for each in bad] == [(2, False), (4, False), (6, False)]


def test_csv():
    quoted, plain = articles(FILES / "table.csv")
    assert quoted.title == 'A "quoted" title'
    assert quoted.authors == ("Eva Holm", "Jon Dahl")
    assert quoted.body == "First line\nsecond; line"
    assert (quoted.published, quoted.published_precision) == (
        datetime(2024, 5, 17, 8, 15, tzinfo=UTC),
        "minute",
    )
    assert plain.title == "Plain"
    assert [bad.line for bad in problems(FILES / "table.csv")] == [4]


def test_list_inside_an_object():
    one, two = without_remarks(list(read(FILES / "array.json")))
    assert isinstance(one, Article)
    assert isinstance(two, Article)
    assert (one.title, one.body) == ("One [1] {a}", 'She said "yes", \\ and left.')
    assert two.title == "Two"


@pytest.mark.parametrize(
    ("content", "titles", "lines"),
    [
        ('[{"title": "a"}, {"title": "b"}]', ["a", "b"], []),
        ('\ufeff[\n{"title": "a"},\n{"title": b},\n{"title": "c"}\n]', ["a", "c"], [3]),
        ('{"title": "a",\n "body": "x"}', ["a"], []),
        ('{"title": "a"}\n{"title": "b"}', ["a", "b"], []),
        ('{\n"title": "a"}\n{\n"title": "b"}', ["a", "b"], []),
        ('[{"title": "a"}, {"title": "cu', ["a"], [1]),
        ('{"items": [{"title": "a"}, 5], "title": "feed"}', ["a"], [1]),
        ('{"articles": [{"title": "a"},\n', ["a"], [2]),
        ("[]", [], []),
        ("", [], [None]),
        ('{"title": "a", "n": 1' + "0" * 5000 + "}", [], [1]),
        ("[" * 100_000, [], [1]),
        ('[{"title": "a]}\\"{["}]', ['a]}"{['], []),
    ],
    ids=["array", "broken element", "one object", "lines", "objects in a row", "cut short", "wrapper",
         "open wrapper", "empty array", "empty", "huge number", "deep", "brackets in strings"],
)  # fmt: skip
def test_json_shapes(tmp_path, content, titles, lines):
    path = written(tmp_path, "a.json", content)
    found = list(read(path))
    assert [each.title for each in found if isinstance(each, Article)] == titles
    assert [each.line for each in found if isinstance(each, BadArticle)] == lines


@given(
    values=st.lists(
        st.fixed_dictionaries(
            {
                "title": st.text(min_size=1),
                "x": st.recursive(st.none() | st.text(), st.lists, max_leaves=5),
            }
        ),
        max_size=5,
    ),
    indent=st.sampled_from([None, 0, 2]),
)
@settings(max_examples=40, deadline=None)
def test_any_array_comes_back(tmp_path_factory, values, indent):
    path = tmp_path_factory.mktemp("json") / "a.json"
    path.write_text(json.dumps(values, indent=indent), "utf-8")
    assert [article.title for article in articles(path)] == [value["title"] for value in values]


@given(st.text(min_size=1), st.text(min_size=1))
@settings(max_examples=60, deadline=None)
def test_record_comes_back_to_the_letter(tmp_path_factory, title, body):
    path = tmp_path_factory.mktemp("json") / "a.jsonl"
    path.write_text(json.dumps({"title": title, "body": body, "authors": [title]}) + "\n", "utf-8")
    (article,) = articles(path)
    assert (article.title, article.body) == (title, body)


def test_naughty_strings_come_back_to_the_letter(tmp_path):
    listed = SHARED / "data" / "hostile" / "naughty_strings.json"
    if not listed.exists():
        pytest.skip("../shared/data/hostile is not there")
    strings = [each for each in json.loads(listed.read_text("utf-8")) if each]
    lines = (json.dumps({"title": each, "body": each, "authors": [each]}) for each in strings)
    path = written(tmp_path, "a.jsonl", "\n".join(lines))
    found = articles(path)
    assert len(found) == len(strings)
    pairs = [(a, each) for a, each in zip(found, strings, strict=True) if not set("<&") & set(each)]
    assert len(pairs) > 250
    assert [(a.title, a.body) for a, _ in pairs] == [(each, each) for _, each in pairs]
    # What is no name for certain is kept in the byline where it is not kept as an author.
    assert all(
        each.strip() in (*a.authors, a.byline)
        for a, each in pairs
        if not is_null(each) and not is_list(each)
    )


WRAPPING = '{"title": "a", "data": [{"title": "inner"}]}'


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gz"])
@pytest.mark.parametrize(
    ("name", "lines", "titles"),
    [("a.jsonl", ['{"title": "a", "body": "%s"}' % ("x" * 70_000), '{"title": "b', '{"title": "c"}'], ["a", "c"]),
     ("a.NDJSON", ['{"title": "a", "body": "%s"}' % ("x" * 70_000), '{"title": "b', '{"title": "c"}'], ["a", "c"]),
     ("a.json", ['{"title": "a", "body": "%s"}' % ("x" * 70_000), '{"title": "b', '{"title": "c"}'], ["a", "c"]),
     ("a.jsonl", [WRAPPING, '{"title": "b"}'], ["a", "b"]),
     ("a.jsonl", [WRAPPING], ["a"]),
     ("a.json", [WRAPPING, '{"title": "b"}'], ["a", "b"]),
     ("a.json", [WRAPPING], ["inner"]),
     ("a.json", ['{"data": [{"title": "a"}]}', '{"data": [{"title": "b"}]}'], ["a", "b"]),
     ("a.json", ["", '{"title": "a"}', '{"title": "b"}'], ["a", "b"]),
     ("a.json", ['{"title": "a"}', '{"title": "b", "body": "%s"}' % ("x" * 70_000)], ["a", "b"])],
    ids=["long and broken", "ndjson", "json", "list in a record", "single", "json list in a record", "feed", "pages",
         "blank first", "long second"],
)  # fmt: skip
def test_lines_are_lines(tmp_path, name, lines, titles, packed):
    content = "\n".join([*lines, ""]).encode()
    path = written(tmp_path, name + ".gz" * packed, gzip.compress(content) if packed else content)
    assert [article.title for article in articles(path)] == titles


def test_json_that_ends_too_early_is_cut_short(tmp_path):
    (bad,) = problems(written(tmp_path, "a.json", '[{"title": "a"}, {"title": "cu'))
    assert bad.cut_short


@pytest.mark.parametrize(
    "date", ["1" + "0" * 400, "1e308", "-1e400", "NaN", '"Augu\u017ft 12, 2024"', '"apr\u0131l 12, 2024"'],
    ids=["400 zeros", "float", "infinite", "nan", "long s", "dotless i"],
)  # fmt: skip
def test_impossible_date_leaves_the_article(tmp_path, date):
    path = written(tmp_path, "a.jsonl", '{"title": "a", "date": ' + date + "}\n")
    assert [(a.title, a.published) for a in articles(path)] == [("a", None)]


@pytest.mark.parametrize("error", [RuntimeError("odd"), RecursionError(), MemoryError()], ids=repr)
def test_unforeseen_error_costs_one_record(tmp_path, monkeypatch, error):
    def fails_on_b(own_id: str, url: str, title: str, *_: str, **__: object) -> str:
        if title == "b":
            raise error
        return title

    monkeypatch.setattr("search.readers.draft.article_id", fails_on_b)
    path = written(tmp_path, "a.jsonl", '{"title": "a"}\n{"title": "b"}\n{"title": "c"}\n')
    assert [article.title for article in articles(path)] == ["a", "c"]
    (bad,) = problems(path)
    assert (bad.line, bad.cut_short) == (2, False)
    assert type(error).__name__ in bad.reason
    assert str(error) in bad.reason


def test_unforeseen_error_of_a_page_or_a_source_is_reported(tmp_path, monkeypatch):
    def fails(*_: object) -> None:
        raise ValueError("odd")

    monkeypatch.setattr("search.readers.html_body.read_body", fails)
    monkeypatch.setattr("search.readers.text.cut_credit", fails)
    (page,) = problems(written(tmp_path, "a.html", "<html><title>T</title>"))
    (text,) = problems(written(tmp_path, "a.txt", "Title"))
    assert "ValueError: odd" in page.reason
    assert "ValueError: odd" in text.reason
    assert (page.cut_short, text.cut_short) == (False, True)


def test_interrupt_is_not_swallowed(tmp_path, monkeypatch):
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("search.readers.draft.article_id", interrupted)
    with pytest.raises(KeyboardInterrupt):
        list(read(written(tmp_path, "a.jsonl", '{"title": "a"}\n')))


LINES = st.lists(
    st.tuples(
        st.sampled_from(
            [
                b'{"title": "a"}', b'{"title": "\xc3\xa9", "body": "b"}', b'{"title": "caf\xe9"}', b'{"title": "cut',
                b'{"title": "\xe2\x82', b"", b" \t", b"\xef\xbb\xbf", b"[]", b'{"title": "%s"}' % (b"long " * 9),
                b'\xff\xfe{"title": "x"}', b'\xf0\x9f\x8e\x89{"title": "x\x0b\x85y"}', b'{"title": "\xe2\x80\xa8"}',
            ]
        ),
        st.sampled_from([b"\n", b"\r\n", b"\r", b"\n\r"]),
    ),
    max_size=8,
)  # fmt: skip


@given(lines=LINES, cut=st.integers(0, 3), block_bytes=st.integers(1, 60), packed=st.booleans())
@example(
    lines=[(b'{"title": "%s"}' % (b"long " * 9), b"\r"), (b'{"title": "b"}', b"\n")] * 3,
    cut=0,
    block_bytes=16,
    packed=False,
)
@settings(max_examples=200, deadline=None)
def test_lines_read_in_blocks_are_those_of_the_stream(
    tmp_path_factory, lines, cut, block_bytes, packed
):
    """Wherever the blocks end, each record, its line and what is wrong with it are the same."""
    content = b"".join(line + end for line, end in lines)
    content = b'{"title": "first"}\n' + content[: len(content) - cut]
    path = written(
        tmp_path_factory.mktemp("lines"), "a.jsonl", gzip.compress(content) if packed else content
    )
    limits = replace(LIMITS, max_record_chars=40, block_bytes=block_bytes)
    in_blocks = without_remarks(read_within(path, limits))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("search.readers.records.has_lines", lambda source: False)
        assert in_blocks == without_remarks(read_within(path, limits))


@given(lines=LINES, first=st.integers(1, 9), size_bytes=st.integers(1, 60))
def test_parts_of_a_block_have_its_lines(lines, first, size_bytes):
    content = b"".join(line + end for line, end in lines)
    parts = list(Block(first, content).parted(size_bytes))
    assert b"".join(part.content for part in parts) == content
    assert [part.first_line for part in parts] == [
        first + len(re.findall(rb"\r\n|\n|\r", b"".join(part.content for part in parts[:at])))
        for at in range(len(parts))
    ]
    assert all(len(part.content) >= size_bytes for part in parts[:-1])
    assert all(part.content.endswith(b"\n") for part in parts[:-1])


def test_lines_before_a_fault_are_read(tmp_path):
    lines = [json.dumps({"title": f"{n}", "body": os.urandom(99).hex()}) for n in range(500)]
    content = gzip.compress("\n".join(lines).encode())[:-20_000]
    path = written(tmp_path, "a.jsonl.gz", content)
    *found, last = without_remarks(read_within(path, replace(LIMITS, block_bytes=50)))
    assert 0 < len(found) < 499
    assert [article.title for article in found] == [str(n) for n in range(len(found))]
    assert last.cut_short


def test_lines_are_read_as_they_come_in(monkeypatch):
    """Whoever writes into a pipe and waits is not kept waiting for a whole block."""
    theirs, ours = os.pipe()
    with open(theirs, "rb") as stdin, open(ours, "wb", buffering=0) as pipe:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(stdin))
        # More than what is looked at to tell the format, which is waited for.
        content = b'{"title": "a"}\n{"title": "b"}\n' + b'{"title": "x"}\n' * 5000
        threading.Thread(target=pipe.write, args=(content,), daemon=True).start()
        found = read("-")
        assert [next(found).title for _ in range(4000)][:3] == ["a", "b", "x"]


def test_half_a_surrogate_pair_is_replaced(tmp_path):
    (article,) = articles(written(tmp_path, "a.jsonl", '{"title": "a\\ud800b"}\n'))
    assert article.title == "a\N{REPLACEMENT CHARACTER}b"


def test_open_quotation_mark_costs_one_row(tmp_path):
    path = written(tmp_path, "a.csv", 'title,body\none,"x"\ntwo,"open\nthree,y\nfour,5 inches\n')
    assert [article.title for article in articles(path)] == ["one", "three", "four"]
    assert [bad.line for bad in problems(path)] == [3]


def test_csv_without_a_known_column(tmp_path):
    with pytest.raises(ReadError, match="no column is named title"):
        list(read(written(tmp_path, "a.csv", "x,y\n1,2\n")))


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.jsonl", '{"title": "long", "body": "' + "x" * 5000 + '"}\n{"title": "short"}\n'),
     ("a.csv", "title,body\nlong," + "x" * 5000 + "\nshort,\n"),
     ("a.json", '[{"title": "long", "body": "' + "x" * 5000 + '"}, {"title": "short"}]')],
    ids=["lines", "csv", "array"],
)  # fmt: skip
def test_too_long_article_is_refused_and_the_rest_goes_on(tmp_path, name, content):
    path = written(tmp_path, name, content)
    assert [a.title for a in articles(path, settings=Settings(max_article_chars=1000))] == ["short"]
    assert (
        "max_article_chars" in problems(path, settings=Settings(max_article_chars=1000))[0].reason
    )


def test_line_beyond_all_bounds_is_passed_over(tmp_path):
    path = written(
        tmp_path, "a.jsonl", '{"title": "' + "x" * 1_200_000 + '"}\n{"title": "short"}\n'
    )
    assert [a.title for a in articles(path, settings=Settings(max_article_chars=1000))] == ["short"]
    assert [bad.line for bad in problems(path, settings=Settings(max_article_chars=1000))] == [1]


def test_gzip_is_known_by_content(tmp_path):
    content = (FILES / "wire.txt").read_bytes()
    (article,) = articles(written(tmp_path, "a.txt", gzip.compress(content)))
    assert article.title.startswith("Ferry firm")


def test_cut_gzip_keeps_what_came_before(tmp_path):
    lines = "".join(json.dumps({"title": os.urandom(40).hex()}) + "\n" for _ in range(5000))
    path = written(tmp_path, "a.jsonl.gz", gzip.compress(lines.encode())[:-20_000])
    assert len(articles(path)) > 1000
    assert "ends too early" in problems(path)[-1].reason
    assert problems(path)[-1].cut_short


def test_empty_gzip_is_told(tmp_path):
    with pytest.raises(ReadError, match="compressed"):
        list(read(written(tmp_path, "a.txt.gz", b"\x1f\x8b")))


@pytest.mark.parametrize(
    "content",
    [
        "Überschrift – heute\nText".encode(),
        "\ufeffÜberschrift – heute\nText".encode(),
        "Überschrift – heute\nText".encode("utf-16"),
        "Überschrift – heute\nText".encode("utf-16-le"),
        "Überschrift – heute\r\nText".encode("cp1252"),
        "\n\nÜberschrift – heute\rText".encode(),
    ],
    ids=["utf-8", "bom", "utf-16", "utf-16 without mark", "cp1252", "cr only"],
)
def test_encodings(tmp_path, content):
    (article,) = articles(written(tmp_path, "a.txt", content))
    assert (article.title, article.body) == ("Überschrift – heute", "Text")


def test_declared_charset_of_a_page(tmp_path):
    page = '<html><head><meta charset="windows-1251"><title>Новости дня</title></head></html>'
    (article,) = articles(written(tmp_path, "a.html", page.encode("cp1251")))
    assert article.title == "Новости дня"


@pytest.mark.parametrize(
    "content",
    [b"\x89PNG ...", b"\x00\x01\x02\x03" * 50, Random(1).randbytes(5000)],
    ids=["png", "control bytes", "noise"],
)
def test_what_is_no_text_is_refused(tmp_path, content):
    with pytest.raises(ReadError, match="is not text"):
        list(read(written(tmp_path, "a.txt", content)))


@pytest.mark.parametrize(
    ("content", "title"),
    [
        ('{"headline": "From JSON"}', "From JSON"),
        ("title,body\nFrom CSV,x\n", "From CSV"),
        ("<!doctype html><title>From HTML</title>", "From HTML"),
        ("From text\nBody", "From text"),
        ("[Update] From text\nBody", "[Update] From text"),
    ],
    ids=["json", "csv", "html", "text", "text that begins like JSON"],
)
def test_standard_input_is_known_by_content(monkeypatch, content, title):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content.encode())))
    assert [article.title for article in articles("-")] == [title]


@pytest.mark.parametrize(
    "markup",
    ["<title>T</title>" + "<div>" * 20_000, "<title>T</title><p " + " ".join(f'a{i}=">"' for i in range(50_000)),
     "<title>T</title><script type='application/ld+json'>" + "[" * 100_000, "<title>T</title>" + "<b class=byline>" * 3000,
     "<title>T</title><!--" * 1000, "<title>T</title>" + "<b itemprop=author>" * 20_000,
     "<title>T</title>" + "<time>x</time>" * 20_000, "<title>T</title>" + "<meta name=author content=x>" * 20_000,
     "<title>T</title><script type='application/ld+json'>" + json.dumps({"@id": " ", "@type": "Article",
       "url": [{"@id": " "}] * 20, "@value": [{"@id": " "}] * 20}) + "</script>",
     "<title>T</title><script type='application/ld+json'>" + json.dumps({"@type": "Article", "name": f"&#{'1' * 5000};"})
       + "</script>"],
    ids=["deep", "attributes", "deep json", "nested bylines", "open comments", "nested authors", "times", "metas",
         "nodes that name each other", "huge character number"],
)  # fmt: skip
def test_hostile_markup_still_gives_its_title(tmp_path, markup):
    (article,) = articles(written(tmp_path, "a.html", "<html>" + markup))
    assert article.title.startswith(("T", "&#1"))


def test_pattern_that_fails_late_fails_fast():
    # Each would take longer than the universe is old.
    assert not html.sniff("<!---->" * 9000 + "x")
    assert html.sniff("<?xml version='1.0'?>" + "<!-- a -- b -->\n" * 9 + "<html>")
    assert agency_named("by" + " " * 900 + "Reuters" + " " * 900 + "x") == ""


def test_many_metas_leave_the_others_readable(tmp_path):
    metas = "<meta name=author content='Ida Noor'>" * 900 + "<meta name=date content=2024-05-17>"
    (article,) = articles(written(tmp_path, "a.html", f"<html><title>T</title>{metas}"))
    assert (article.authors, article.published_from) == (("Ida Noor",), "meta date")


def test_page_with_nothing_is_no_article(tmp_path):
    assert "neither" in problems(written(tmp_path, "a.html", "<html></html>"))[0].reason


def test_an_entry_without_words_is_kept_where_the_archive_numbers_and_dates_it(tmp_path):
    records = [
        {"id": "a", "date": "1987-04-03", "title": "", "body": ""},
        {"id": "b"},
        {"date": "1987"},
    ]
    path = written(tmp_path, "a.jsonl", "\n".join(map(json.dumps, records)))
    assert [(article.article_id, article.title) for article in articles(path)] == [("a", "")]
    assert [problem.line for problem in problems(path)] == [2, 3]


def test_ids_are_stable_and_tell_articles_apart(tmp_path):
    lines = [{"title": "a"}, {"title": "a"}, {"title": "b"}, {"title": "b", "url": "https://x.example/1"},
             {"title": "c", "url": "https://x.example/1"}, {"title": "d", "id": "no good id"}]  # fmt: skip
    path = written(tmp_path, "a.jsonl", "\n".join(map(json.dumps, lines)))
    ids = [article.article_id for article in articles(path)]
    assert ids == [article.article_id for article in articles(path)]
    assert ids[0] == ids[1]
    assert ids[3] == ids[4]
    assert len(set(ids)) == 4


def test_front_page_as_canonical_address_does_not_merge_pages(tmp_path):
    page = '<html><link rel=canonical href="https://x.example/"><title>{}</title>'
    ids = {articles(written(tmp_path, f"{t}.html", page.format(t)))[0].article_id for t in "ab"}
    assert len(ids) == 2


def test_folder_yields_known_files_in_order(tmp_path):
    for name in ("b.txt", "a.json.gz", "README.rst", ".hidden.txt", "c.HTML", "x.png"):
        written(tmp_path, name, "x")
    (tmp_path / "sub").mkdir()
    (tmp_path / ".git").mkdir()
    written(tmp_path, "sub/d.csv", "x")
    written(tmp_path, ".git/e.txt", "x")
    found = [
        path.relative_to(tmp_path).as_posix()
        for path in input_files([tmp_path, tmp_path / "b.txt"])
    ]
    assert found == ["a.json.gz", "b.txt", "c.HTML", "sub/d.csv"]


def test_patterns_and_named_files(tmp_path):
    for name in ("a.txt", "b.rst", "c.story"):
        written(tmp_path, name, "x")
    assert [path.name for path in input_files([tmp_path / "*"])] == ["a.txt"]
    assert [path.name for path in input_files([tmp_path / "*.story"])] == ["c.story"]
    assert [path.name for path in input_files([tmp_path / "b.rst", "-"])] == ["b.rst", "-"]


def test_folder_that_may_not_be_entered_is_reported(tmp_path, monkeypatch):
    inside = written(tmp_path, "a.txt", "x")
    real = os.stat

    def denied(path, **options):
        if str(path) == str(inside):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, **options)

    monkeypatch.setattr(os, "stat", denied)  # a test that is run by root could not be kept out
    assert list(input_files([tmp_path])) == [inside]


def test_links_in_circles_end(tmp_path):
    written(tmp_path, "a.txt", "x")
    for name in "bcd":
        (tmp_path / name).symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "self.txt").symlink_to("self.txt")
    for path in (
        tmp_path,
        tmp_path / "**",
        tmp_path / "**" / "*.txt",
        tmp_path / "**" / "**" / "*",
    ):
        assert [found.name for found in input_files([path])] == ["a.txt", "self.txt"]
    with pytest.raises(ReadError, match=r"self\.txt"):
        list(read(tmp_path / "self.txt"))


def test_file_name_that_is_no_utf8(tmp_path):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.jsonl"))
    path.write_text('{"title": "a"}\n[]\n', "utf-8")
    (found,) = input_files([tmp_path])
    assert [article.title for article in articles(found)] == ["a"]
    assert "\\udcff.jsonl:2: is not" in str(problems(found)[0])
    assert str(problems(found)[0]).encode()


def test_what_is_not_there_is_said_when_it_is_read(tmp_path):
    (path,) = input_files([tmp_path / "none.txt"])
    with pytest.raises(ReadError, match="no such file"):
        list(read(path))


def test_unknown_reader():
    with pytest.raises(ReadError, match="unknown reader 'wordstar'; choose one of html, records, "):
        list(read(FILES / "wire.txt", options=ReadingOptions(reader="wordstar")))


def test_the_users_own_article():
    path = SHARED / "seeds" / "000_13705c45efd28435.txt"
    if not path.exists():
        pytest.skip("../shared/seeds is not there")
    (article,) = articles(path)
    assert article.title == "Russia stages first missile attack on Kyiv in months"
    assert article.authors == (
        "Pavel Polityuk",
        "Olena Harmash",
        "Valentyn Ogirenko",
        "Simon Lewis",
    )
    assert article.source == "Reuters"
    assert not article.body.endswith("Reuters")
