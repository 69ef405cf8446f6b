"""Records of any shape: where the list of articles is, what each key stands for, and what is said of the rest."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from search.model.article import Article, BadArticle
from search.readers.opening import read


def written(folder: Path, name: str, content: str) -> Path:
    path = folder / name
    path.write_text(content, "utf-8")
    return path


def articles(path: Path) -> list[Article]:
    return [each for each in read(path) if isinstance(each, Article)]


def problems(path: Path) -> list[BadArticle]:
    return [each for each in read(path) if isinstance(each, BadArticle)]


A, B = '{"title": "a"}', '{"title": "b"}'


@pytest.mark.parametrize(
    ("content", "titles"),
    [
        ('{"response": {"status": "ok", "results": [<A>, <B>]}}', ["a", "b"]),
        ('{"status": "OK",\n"response": {"meta": {"hits": 2},\n"docs": [<A>,\n<B>], "x": [{"y": 1}]}, "z": {}}', ["a", "b"]),
        ('{"page": 1, "_embedded": {"items": [<A>, <B>]}, "_links": {"items": [{"href": "x"}]}}', ["a", "b"]),
        ('{"took": 1, "hits": {"total": 2, "hits": [<A>, <B>]}}', ["a", "b"]),
        ('{"title": "a", "related": {"items": [<B>]}}', ["a"]),
        ('{"title": "a", "results": ["x", "y"]}', ["a"]),
        ('{"title": "a", "items": [], "text": "x"}', ["a"]),
        ('[<A>, {"title": "b", "data": [<A>]}]', ["a", "b"]),
        ('{"title": "feed", "items": [<A>]}<B>', ["a", "b"]),
    ],
    ids=["guardian", "over lines", "embedded", "hits in hits", "related stories", "list of words", "empty list",
         "list in an element", "an object after it"],
)  # fmt: skip
def test_list_of_articles_is_found(tmp_path: Path, content: str, titles: list[str]) -> None:
    path = written(tmp_path, "a.json", content.replace("<A>", A).replace("<B>", B))
    assert [article.title for article in articles(path)] == titles


@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
@pytest.mark.parametrize(
    ("content", "titles", "lines"),
    [
        (f"{A}{B}\n\n  {A}\n", ["a", "b", "a"], []),
        (f"{A}\n{A}, {B},\n{A},\n", ["a", "a", "b", "a"], []),
        (f'{A}{B}{{"title": \n{A}\n', ["a", "b", "a"], [1]),
        (f"\x1e{A}\n\x1e{B}\n", ["a", "b"], []),
    ],
    ids=["batches", "commas", "broken after two", "record separators"],
)
def test_several_values_on_a_line(
    tmp_path: Path, name: str, content: str, titles: list[str], lines: list[int]
) -> None:
    path = written(tmp_path, name, content)
    assert [article.title for article in articles(path)] == titles
    assert [bad.line for bad in problems(path)] == lines


def test_a_list_longer_than_a_record_is_read_as_a_stream(tmp_path: Path) -> None:
    listed = [{"title": str(n), "body": "x" * 1000} for n in range(3000)]
    path = written(tmp_path, "a.json", json.dumps({"response": {"results": listed}}))
    assert len(articles(path)) == 3000
