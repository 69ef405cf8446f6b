"""Markdown and front matter: what a person wrote above the text, and the text without its marks."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.model.article import Article, BadArticle
from search.model.remark import Remark
from search.readers.markdown import plain_text
from search.readers.opening import ReadItem, read
from search.readers.simple_yaml import read_yaml

BODY = "\n\nTwo ferries sail again from Friday, the mayor said.\n"


def found(tmp_path: Path, text: str, name: str = "story.md") -> list[ReadItem]:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(text, "utf-8")
    return list(read(path))


def article(tmp_path: Path, text: str, name: str = "story.md") -> Article:
    (one,) = [item for item in found(tmp_path, text, name) if not isinstance(item, Remark)]
    assert isinstance(one, Article), one
    return one


def remarks(items: list[ReadItem], kind: str) -> list[str]:
    return [r.reason for r in items if isinstance(r, Remark) and r.kind == kind]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("title: Night boats", {"title": "Night boats"}),
        ("title: Storm: harbour closed", {"title": "Storm: harbour closed"}),
        ('title: "Say \\"no\\": a \\u00e9 # b" # said', {"title": 'Say "no": a é # b'}),
        ("title: 'it''s late'", {"title": "it's late"}),
        ('title: "No" says the mayor', {"title": '"No" says the mayor'}),
        ("title: Boats # not this", {"title": "Boats"}),
        ("title: C# and F#", {"title": "C# and F#"}),
        ("a: 2024-11-13 09:00:00 +0100", {"a": "2024-11-13 09:00:00 +0100"}),
        ("a: no\nb: 007\nc: ~\nd:", {"a": "no", "b": "007", "c": None, "d": None}),
        ("tags: [sea, 'North, east', \"a]b\"]", {"tags": ["sea", "North, east", "a]b"]}),
        ("tags: [\n  sea,\n  land,\n]", {"tags": ["sea", "land"]}),
        ("title: [Update] Storm", {"title": "[Update] Storm"}),
        ("tags:\n- sea\n- land", {"tags": ["sea", "land"]}),
        ("tags:\n  - sea\n  - land\nx: 1", {"tags": ["sea", "land"], "x": "1"}),
        ("author:\n  name: Jane Roe\n  url: https://a.example", {"author": {"name": "Jane Roe", "url": "https://a.example"}}),
        ("authors:\n  - name: Jane Roe\n    role: editor\n  - name: John Doe", {"authors": [{"name": "Jane Roe", "role": "editor"}, {"name": "John Doe"}]}),
        ("author: {name: Jane Roe, age: 7}", {"author": {"name": "Jane Roe", "age": "7"}}),
        ("a: >-\n  one\n  two\n\n  three\nb: x", {"a": "one two\n\nthree", "b": "x"}),
        ("a: |\n  one\n    two\nb: x", {"a": "one\n  two", "b": "x"}),
        ("title: A long\n  title\nb: x", {"title": "A long title", "b": "x"}),
        ('title: "A long\n  title"', {"title": "A long title"}),
        ("title: !!str 12", {"title": "12"}),
        ("Überschrift: Boote", {"Überschrift": "Boote"}),
        ("# said\n\ntitle: Boats", {"title": "Boats"}),
    ],
    ids=range(24),
)  # fmt: skip
def test_yaml_is_read_as_text(text: str, expected: dict[str, object]) -> None:
    assert read_yaml(text) == (expected, [])


@pytest.mark.parametrize(
    ("text", "line"),
    [("title: A\n<<: *base", 2), ("title: A\nnonsense", 2), ("title: A\ntitle: B", 2), ("a: *x\nb: c", 1)],
    ids=["merge", "no key", "twice", "alias"],
)  # fmt: skip
def test_what_of_yaml_is_not_understood_is_given_back(text: str, line: int) -> None:
    assert [number for number, _ in read_yaml(text)[1]] == [line]


@given(st.text(st.sampled_from("a: -[]{}\"'|>\n#&*!~,\\"), max_size=80))
def test_any_text_is_read_as_yaml_without_an_error(text: str) -> None:
    read_yaml(text)


@pytest.mark.parametrize(
    "text",
    ["[" * 30_000, "a: " + "[" * 30_000, "- " * 30_000, "a:\n" + "".join(" " * n + "b:\n" for n in range(300)), "a: &a [x]\n" * 5_000, "a: '" * 15_000],
    ids=["brackets", "value", "lists", "deep", "anchors", "quotes"],
)  # fmt: skip
def test_hostile_yaml_comes_to_an_end(text: str) -> None:
    assert len(repr(read_yaml(text)[0])) < 10 * len(text) + 100


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("# A *big* day #", "A big day"),
        ("A day\n=====\n\nText", "A day\n\nText"),
        ("See [the report](https://a.example/x_(y) \"Title\") now", "See the report now"),
        ("See [the report][1] now\n\n[1]: https://a.example", "See the report now"),
        ("[![photo](a.png)](https://a.example)", "photo"),
        ("**Bold**, __bold__, *it*, _it_, ***both***, ~~gone~~", "Bold, bold, it, it, both, gone"),
        ("2 * 3 * 4 and snake_case_name and *", "2 * 3 * 4 and snake_case_name and *"),
        ("Type `a *b*` and \\*this\\*", "Type a *b* and *this*"),
        ("```py\nx = *y*\n```", "x = *y*"),
        ("> Quoted\n> words", "Quoted\nwords"),
        ("* one\n* [x] two\n1. three", "- one\n- two\n1. three"),
        ("Said.[^1]\n\n[^1]: In a note.", "Said.\n\nIn a note."),
        ("A\n\n---\n\nB", "A\n\nB"),
        ("| a | b |\n|---|:-:|\n| 1 | 2 |", "a | b\n\n1 | 2"),
        ("A {{< figure src=\"x\" >}}<!-- more -->B{% raw %}", "A B"),
        ("<https://a.example/b_c_d>", "https://a.example/b_c_d"),
    ],
    ids=["heading", "underlined", "link", "reference", "picture in a link", "emphasis", "no emphasis", "code", "fence", "quote", "list", "note", "rule", "table", "programs", "autolink"],
)  # fmt: skip
def test_marks_of_markdown_are_taken_off(markdown: str, text: str) -> None:
    assert plain_text(markdown) == text


@pytest.mark.parametrize(
    "sign", ["*", "_", "[", "](", "`", "<!--", "![", "{{<", "> ", "|", "[a](", "**a ", "\\"]
)
def test_hostile_markdown_comes_to_an_end(sign: str) -> None:
    assert len(plain_text(sign * 60_000)) <= len(sign) * 60_000


@pytest.mark.parametrize(
    "head",
    [
        "---\ntitle: Night boats\nauthor: Jane Roe\ndate: 2024-11-13\ntags: [sea]\n---",
        "---\r\ntitle: Night boats\r\nauthors:\r\n  - name: Jane Roe\r\ndate: 13 November 2024\r\ntags:\r\n  - sea\r\n---",
        "+++\ntitle = 'Night boats'\nauthors = ['Jane Roe']\ndate = 2024-11-13T00:00:00Z\n[taxonomies]\ntags = ['sea']\n+++",
        '{\n"title": "Night boats", "author": {"name": "Jane Roe"}, "date": "2024-11-13", "tags": ["sea"]\n}',
    ],
    ids=["yaml", "yaml of Windows", "toml", "json"],
)
@pytest.mark.parametrize("heading", ["", "\n\n# Night boats"])
def test_front_matter_gives_the_parts_of_the_article(
    tmp_path: Path, head: str, heading: str
) -> None:
    read_ = article(tmp_path, head + heading + BODY)

    assert (read_.title, read_.authors, read_.topics) == ("Night boats", ("Jane Roe",), ("sea",))
    assert f"{read_.published:%Y-%m-%d}" == "2024-11-13"
    assert read_.body == BODY.strip()


@pytest.mark.parametrize(
    "head", ["---\ntitle: Night boats\n---\n\n", "# Night boats\n\n"], ids=["head", "none"]
)
@pytest.mark.parametrize(
    "html",
    ['<div class="x">Two <b>bold</b> words</div>', "<p>Two <b>bold</b> words</p>"],
    ids=["div", "p"],
)
def test_html_in_a_text_leaves_its_lines_and_paragraphs(
    tmp_path: Path, head: str, html: str
) -> None:
    text = f"Two ferries sail again from Friday.\n\n- one\n- two\n\n{html}\n\nThe mayor said so.\n"

    one = article(tmp_path, head + text)

    assert (
        one.body
        == "Two ferries sail again from Friday.\n\n- one\n- two\n\nTwo bold words\n\nThe mayor said so."
    )


def test_what_a_clipper_saved_has_its_address_and_its_author(tmp_path: Path) -> None:
    head = '---\ntitle: Night boats\nsource: "https://coast.example/night-boats"\nauthor:\n  - "[[Jane Roe]]"\npublished: 2024-11-13\ncreated: 2024-12-01\n---'

    saved = article(tmp_path, head + "\n\nTwo [[ferry|ferries]] sail from [[Varnau]].\n")

    assert (saved.url, saved.source, saved.authors) == (
        "https://coast.example/night-boats",
        "coast.example",
        ("Jane Roe",),
    )
    assert (f"{saved.published:%Y-%m-%d}", saved.body) == (
        "2024-11-13",
        "Two ferries sail from Varnau.",
    )


def test_what_the_head_does_not_say_the_text_and_its_name_do(tmp_path: Path) -> None:
    text = "---\nlayout: post\n---\n# Night boats\n\nBy Jane Roe\n" + BODY

    read_ = article(tmp_path, text, "2024-11-13-night-boats.md")

    assert (read_.title, read_.authors, read_.body) == ("Night boats", ("Jane Roe",), BODY.strip())
    assert (f"{read_.published:%Y-%m-%d}", read_.published_from) == (
        "2024-11-13",
        "name of the file",
    )


def test_markdown_without_a_head_is_read_as_a_text_is(tmp_path: Path) -> None:
    read_ = article(tmp_path, "# Night *boats*\n\n13 November 2024\n\nBy Jane Roe\n" + BODY)

    assert (read_.title, read_.authors, read_.body) == ("Night boats", ("Jane Roe",), BODY.strip())
    assert f"{read_.published:%Y-%m-%d}" == "2024-11-13"


@pytest.mark.parametrize("key", ["draft: true", "published: false", "Draft: yes"])
def test_drafts_are_left_out_and_said(tmp_path: Path, key: str) -> None:
    items = found(tmp_path, f"---\ntitle: Night boats\n{key}\n---{BODY}")

    assert [item for item in items if isinstance(item, Article | BadArticle)] == []
    assert remarks(items, "not read") == [f"has {key.lower().replace('draft', key[:5]) if key[0] == 'D' else key}: it was never published"]  # fmt: skip


def test_published_true_is_no_date(tmp_path: Path) -> None:
    items = found(
        tmp_path, f"---\ntitle: Night boats\npublished: true\ndate: 2024-11-13\n---{BODY}"
    )

    assert [f"{item.published:%Y-%m-%d}" for item in items if isinstance(item, Article)] == [
        "2024-11-13"
    ]
    assert remarks(items, "date") == []


def test_lines_that_are_not_understood_are_said(tmp_path: Path) -> None:
    items = found(tmp_path, f"---\ntitle: Night boats\n<<: *base\n---{BODY}")

    assert [(r.line, r.reason) for r in items if isinstance(r, Remark) and r.kind == "key not used"] == [
        (3, "a line of the front matter was not understood: '<<: *base'")
    ]  # fmt: skip


def test_damaged_toml_is_refused_by_name(tmp_path: Path) -> None:
    (bad,) = found(tmp_path, f"+++\ntitle = Night\n+++{BODY}")
    assert isinstance(bad, BadArticle)
    assert bad.reason.startswith("its front matter is no TOML")


def test_a_text_file_with_front_matter_is_read_by_its_head(tmp_path: Path) -> None:
    assert article(tmp_path, f"---\ntitle: Night boats\n---{BODY}", "a.txt").title == "Night boats"


def test_a_line_of_signs_above_a_text_is_not_its_title(tmp_path: Path) -> None:
    text = "-----\nNight boats\n-----\nTwo ferries sail.\n"
    assert article(tmp_path, text, "a.txt").title == "Night boats"
