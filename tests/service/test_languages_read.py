"""What *read as* says of languages: those of whose forms words are found, where an index has several."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from search.engines.whoosh_index.engine import WhooshEngine
from search.model.article import Document
from search.model.question import Question, Selection
from search.present.terminal.questions import read_as_line
from search.service.answer import ResultPage
from search.service.naming import forms_read
from search.service.service import SearchService
from search.text.stems import is_in_script_of
from tests.support.engine_samples import document

ARTICLES = [
    *[document(f"e{n}", "A missile hit.", language="en") for n in range(150)],
    *[document(f"d{n}", "Zwei Raketen trafen.", language="de") for n in range(60)],
    *[document(f"u{n}", "Ракета", language="uk") for n in range(60)],
    document("f", "Deux missiles", language="fr"),
]


def answer(folder: Path, articles: Sequence[Document], question: Question) -> ResultPage:
    with closing(WhooshEngine(folder, make=True)) as engine:
        if articles:
            engine.add(articles)
        return SearchService(engine).search(question)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("index")
    answer(made, ARTICLES, Question("missile"))
    return made


@pytest.mark.parametrize(
    ("text", "languages"),
    [
        ("missile", ["English German"]),
        ("missile raketen", ["English German"] * 2),
        ('"missile" 2024', ["", ""]),
        ("title:missile", ["English German"]),
        ("author:missile", [""]),
        ("missile lang:de", ["German", ""]),
        ("missile lang:fr", ["French", ""]),
        ("missile -lang:fr", ["English German", ""]),
        ("ракета", [""]),
        ("missile ракета", ["English German", ""]),
    ],
)
def test_clauses_say_of_which_languages_forms_are_found(
    folder: Path, text: str, languages: list[str]
) -> None:
    clauses = answer(folder, (), Question(text)).read_as
    assert [" ".join(clause.languages) for clause in clauses] == languages


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("missile", "read as: missile (151), in English and German forms"),
        (
            "missile raketen",
            "read as: missile (151)  raketen (60), in English and German forms",
        ),
        ("missile lang:fr", "read as: missile (151)  lang:fr (1), in French forms"),
        ('"missile" 2024', 'read as: "missile" (150)  2024 (0)'),
        ("ракета", ""),
    ],
)
def test_what_a_person_reads_says_it_once(folder: Path, text: str, read: str) -> None:
    assert read_as_line(answer(folder, (), Question(text))) == read


def test_a_selected_language_is_the_one(folder: Path) -> None:
    question = Question("missile", selections=(Selection("lang", ("fr",)),))
    assert forms_read(answer(folder, (), question)) == "in French forms"


@pytest.mark.parametrize("language", ["", "en", "de", "uk"])
def test_in_an_index_of_one_language_it_goes_without_saying(tmp_path: Path, language: str) -> None:
    articles = [document("a", "A missile", language=language)]
    assert forms_read(answer(tmp_path, articles, Question("missile"))) == ""


def test_an_article_of_another_language_among_many_is_not_worth_a_word(tmp_path: Path) -> None:
    articles = [*ARTICLES[:150], ARTICLES[-1]]
    assert forms_read(answer(tmp_path, articles, Question("missile"))) == ""


@pytest.mark.parametrize(
    ("form", "languages"),
    [("missile", "en de sr"), ("ракета", "ru sr"), ("الحكومة", "ar fa"), ("2024", ""), ("", "")],
)
def test_rules_apply_to_words_of_their_script(form: str, languages: str) -> None:
    every = ["en", "de", "ru", "sr", "ar", "fa", "el"]
    assert " ".join(each for each in every if is_in_script_of(each, form)) == languages
