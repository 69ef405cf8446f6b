"""Articles that are like one, and words that those found have more than others: as service, terminal, JSON and pages give them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from search.engines.protocol.engine import Engine
from search.engines.ranking import is_comparable
from search.engines.registry import open_engine
from search.engines.whoosh_index.segment.reader import SegmentReader
from search.model.article import Entities, Entity
from search.model.errors import RequestError
from search.model.question import Question, Selection
from search.model.settings import Settings
from search.query.context import ParseContext
from search.query.parser import parse
from search.service.service import SearchService
from search.service.significant import narrowed
from search.service.written import written_in
from tests.support.command_line import in_process
from tests.support.engine_samples import document
from tests.support.memory_engine import MemoryEngine
from web.app import create_app

TEXTS = {
    "a": "Flood waters rise in Lower Brook; the ferries wait for Anna Reed",
    "b": "The ferries of Lower Brook wait as the flood keeps rising, Anna Reed says",
    "c": "Anna Reed on the flood of Lower Brook: no ferry before Monday",
    "d": "Budget talks fail again",
    "e": "Talks about the weather begin on Monday",
    "f": "A budget at last",
    "g": "",
}
REED = Entities(people=(Entity("Anna Reed"),))


@pytest.fixture
def folder(tmp_path: Path) -> str:
    folder = str(tmp_path / "index")
    with closing(open_engine(folder, make=True)) as engine:
        engine.add(
            document(name, text, f"Title {name}", entities=REED if "Reed" in text else Entities())
            for name, text in TEXTS.items()
        )
    return folder


@pytest.fixture
def engine(folder: str) -> Iterator[Engine]:
    with closing(open_engine(folder)) as engine:
        yield engine


@pytest.fixture
def service(engine: Engine) -> SearchService:
    return SearchService(engine)


def test_words_are_written_as_the_article_writes_them(service):
    page = service.similar("a")
    assert [each.article.article_id for each in page.articles] == ["b", "c"]
    assert {"Brook", "Lower", "Anna", "Reed", "ferries"} <= {
        w for e in page.articles for w in e.words
    } | set(page.words)
    assert service.similar("nobody") is None


@pytest.mark.parametrize("limit", [0, 101])
def test_a_limit_is_bounded(service, limit):
    with pytest.raises(RequestError, match="limit"):
        service.similar("a", limit)


@pytest.mark.parametrize(
    ("words", "texts", "expected"),
    [
        (["reed"], ["Reed and reed and Reed"], {"reed": "Reed"}),
        (["rain"], ["Rain. The rain"], {"rain": "rain"}),
        (["nato"], ["NATO MEETS", "Nato"], {"nato": "Nato"}),
        (["us", "usa"], ["In the U.S. and the U.S.A."], {"us": "U.S.", "usa": "U.S.A."}),
        (["koln", "haus"], ["Das Haus in Köln"], {"koln": "Köln", "haus": "Haus"}),
        (["oneil", "avion"], ["L'avion", "O'Neil's way"], {"oneil": "O'Neil", "avion": "avion"}),
        (["ecb"], ["ECB"], {"ecb": "ECB"}),
        (["ice"], ["nice ices"], {"ice": "ice"}),
        ([], ["x"], {}),
        (["(", "\\"], ["( \\"], {"(": "(", "\\": "\\"}),
    ],
    ids=["most often", "small letters of equals", "all capitals", "dots", "accents", "apostrophes", "a name in capitals", "whole words", "none", "signs"],
)  # fmt: skip
def test_a_word_is_written_as_texts_do(words, texts, expected):
    assert written_in(texts, words) == expected


@pytest.mark.parametrize(
    ("words", "text", "language", "expected"),
    [
        (["rakete", "haus"], "Raketen auf Häuser", "de", {"rakete": "Raketen", "haus": "Häuser"}),
        (["rakete"], "Raketen, Raketen und eine Rakete", "de", {"rakete": "Rakete"}),
        (["rakete"], "Raketen", "en", {"rakete": "rakete"}),
        (["deliberations"], "Opec deliberately", "en", {"deliberations": "deliberately"}),
    ],
    ids=["other forms", "the form itself", "another language", "English"],
)
def test_a_word_that_texts_have_in_another_form_alone_is_written_so(
    words, text, language, expected
):
    assert written_in([text], words, language) == expected


class Bare:
    """An engine that finds no similar articles."""

    def __init__(self, engine: MemoryEngine) -> None:
        self.fields, self.get = engine.fields, engine.get


def test_an_engine_without_it_says_so():
    engine = MemoryEngine()
    engine.add([document("a", "gold")])
    page = SearchService(Bare(engine)).similar("a")
    assert page.notices == ("this index does not know which articles are like others",)


def test_an_index_without_the_column_says_so(engine, monkeypatch):
    monkeypatch.setattr(SegmentReader, "forward", None)
    page = SearchService(engine).similar("a")
    assert page.articles == ()
    assert "newssearch rebuild" in page.notices[0]
    answer = SearchService(engine).search(Question("flood", significant=5))
    assert answer.significant is None
    assert any("newssearch rebuild" in notice for notice in answer.notices)


# Significant words


def test_words_of_names_in_facets_are_not_repeated(service):
    found = service.search(Question("flood", significant=10)).significant
    assert [each.word for each in found.words] == ["Brook", "ferries", "Lower"]
    assert found.names == ("Anna Reed",)
    assert found.looked_at == 3


def test_words_of_authors_are_not_repeated(tmp_path):
    with closing(open_engine(f"{tmp_path}/ix", make=True)) as engine:
        engine.add(
            document(name, f"{text} Tess Marlow", authors=("Tess Marlow",))
            for name, text in TEXTS.items()
            if "Reed" in text
        )
        engine.add(document(name, text) for name, text in TEXTS.items() if "Reed" not in text)
        found = SearchService(engine).search(Question("flood", significant=20)).significant
    assert "Tess Marlow" in found.names
    assert not {"Tess", "Marlow", "tess", "marlow"}.intersection(w.word for w in found.words)


def test_each_word_is_a_narrower_question_with_as_many_articles(service):
    question = Question("flood monday", match="any", page=2, significant=10)
    page = service.search(question)
    assert page.significant.words
    for each in page.significant.words:
        assert each.question.page == 1
        assert service.search(each.question).total == each.articles


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (Question("oil"), "oil gold"),
        (Question("oil price"), "oil price gold"),
        (Question(""), "gold"),
        (Question("oil", match="any"), "(oil) AND gold"),
        (Question("oil OR gas"), "(oil OR gas) AND gold"),
        (Question("oil NEAR gas"), "(oil NEAR gas) AND gold"),
    ],
)
def test_a_search_is_narrowed_by_a_word(question, expected):
    tree = parse(question.text, ParseContext()).tree
    assert narrowed(question, tree, "gold").text == expected


@pytest.mark.parametrize("number", [-1, 51])
def test_how_many_words_is_bounded(service, number):
    with pytest.raises(RequestError, match="significant"):
        service.search(Question("flood", significant=number))


def test_a_selection_is_no_significant_word(service):
    chosen = (Selection("person", ("Anna Reed",)),)
    words = service.search(Question(selections=chosen, significant=10)).significant.words
    assert {"anna", "reed"}.isdisjoint(each.word.casefold() for each in words)


# As a person sees it


def test_the_command_prints_them(folder):
    shown = in_process("similar", "a", "--index", folder)
    assert shown.returncode == 0
    assert "1. Title b" in shown.stdout
    assert "alike: " in shown.stdout
    assert in_process("similar", "a", "--ids", "--index", folder).stdout.split() == ["b", "c"]
    assert in_process("similar", "a", "--ids", "--limit", "1", "--index", folder).stdout == "b\n"


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["d"], 1, "newssearch: no article is like d"),
        (["nobody"], 1, "newssearch: no article has the id nobody"),
        (["g"], 1, "too few words"),
        (["a", "--limit", "0"], 2, "--limit"),
        (["a", "--json", "--ids"], 2, "exclude each other"),
    ],
    ids=["nothing like it", "unknown", "no text", "limit", "two forms"],
)
def test_the_command_says_why_there_is_nothing(folder, arguments, status, said):
    ended = in_process("similar", *arguments, "--index", folder)
    assert (ended.returncode, ended.stdout) == (status, "")
    assert said in ended.stderr


def test_json_of_command_and_address_are_the_same(folder, engine):
    printed = json.loads(in_process("similar", "a", "--json", "--index", folder).stdout)
    client = create_app(SearchService(engine), Settings()).test_client()
    answer = client.get("/api/v1/articles/a/similar").get_json()
    assert answer == printed
    assert answer["id"] == "a"
    assert [each["id"] for each in answer["similar"]] == ["b", "c"]
    assert set(answer["similar"][0]) >= {"score", "words", "title", "published", "source"}
    assert len(client.get("/api/v1/articles/a/similar?limit=1").get_json()["similar"]) == 1
    for address, status in (("nobody/similar", 404), ("a/similar?limit=0", 400), ("a/similar?limit=101", 400), ("a/similar?q=x", 400)):  # fmt: skip
        assert client.get("/api/v1/articles/" + address).status_code == status


def test_significant_words_on_the_terminal_and_as_json(folder):
    shown = in_process("query", "flood", "--significant", "--index", folder)
    assert "In these articles more than elsewhere\n       3  Brook\n" in shown.stdout
    printed = json.loads(
        in_process("query", "flood", "--significant", "--json", "--index", folder).stdout
    )
    assert printed["significant"] == {
        "words": [
            {"word": word, "articles": 3, "everywhere": 3, "query": f"flood {word.lower()}"}
            for word in ("Brook", "ferries", "Lower")
        ],
        "looked_at": 3,
        "names": ["Anna Reed"],
    }
    assert "significant" not in json.loads(
        in_process("query", "flood", "--json", "--index", folder).stdout
    )
    assert in_process("query", "flood", "--significant", "--ids", "--index", folder).returncode == 2


def test_the_pages_show_both(engine):
    client = create_app(SearchService(engine), Settings()).test_client()
    article = client.get("/article/a?q=flood").text
    assert "More like this" in article
    assert '<a href="/article/b?q=flood">Title b</a>' in article
    assert "More like this" not in client.get("/article/d").text
    assert "too few words" in client.get("/article/g").text
    results = client.get("/search?q=flood").text
    assert 'href="/search?q=flood&amp;significant=5#facet-significant"' in results
    words = client.get("/search?q=flood&significant=10").text
    assert 'href="/search?q=flood+brook&amp;significant=10"' in words
    assert client.get("/search?q=flood&significant=0").status_code == 400
    assert client.get("/api/v1/search?q=flood&significant=51").status_code == 400


@pytest.mark.parametrize(
    ("stem", "expected"),
    [("al", False), ("de", False), ("y", False), ("van", True), ("eu", True), ("1987", False), ("f16", True)],
)  # fmt: skip
def test_small_words_of_names_and_numbers_say_nothing(stem, expected):
    assert is_comparable(stem) is expected
