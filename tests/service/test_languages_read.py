"""What *read as* says of languages: those of whose forms words are found, where an index has several."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from search.engines.whoosh_index.engine import WhooshEngine
from search.model.article import Document
from search.model.question import Question, Selection
from search.service.service import SearchService
from tests.support.engine_samples import document

ARTICLES = [
    *[document(f"e{n}", "A missile hit.", language="en") for n in range(150)],
    *[document(f"d{n}", "Zwei Raketen trafen.", language="de") for n in range(60)],
    *[document(f"u{n}", "Ракета", language="uk") for n in range(60)],
    document("f", "Deux missiles", language="fr"),
]


def forms_of(folder: Path, articles: Sequence[Document], question: Question) -> list[str]:
    with closing(WhooshEngine(folder, make=True)) as engine:
        if articles:
            engine.add(articles)
        return [clause.forms for clause in SearchService(engine).search(question).read_as]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("index")
    forms_of(made, ARTICLES, Question("missile"))
    return made


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("missile", ["English and German forms"]),
        ("missile raketen", ["English and German forms"] * 2),
        ('"missile" 2024', ["", ""]),
        ("title:missile", ["English and German forms"]),
        ("author:missile", [""]),
        ("missile lang:de", ["German forms", ""]),
        ("missile lang:fr", ["French forms", ""]),
        ("missile -lang:fr", ["English and German forms", ""]),
        ("ракета", ["German forms"]),
    ],
)
def test_clauses_say_of_which_languages_forms_are_found(
    folder: Path, text: str, expected: list[str]
) -> None:
    assert forms_of(folder, (), Question(text)) == expected


def test_a_selected_language_is_the_one(folder: Path) -> None:
    question = Question("missile", selections=(Selection("lang", ("fr",)),))
    assert forms_of(folder, (), question) == ["French forms"]


@pytest.mark.parametrize("language", ["", "en", "de", "uk"])
def test_in_an_index_of_one_language_it_goes_without_saying(tmp_path: Path, language: str) -> None:
    articles = [document("a", "A missile", language=language)]
    assert forms_of(tmp_path, articles, Question("missile")) == [""]
