"""What an answer has, and says, of words that mean the same."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from search.engines.rescoring.feedback import scored_words
from search.model.errors import SettingError
from search.model.question import Question
from search.model.settings import Settings
from search.query.parser import parse
from search.query.synonyms import with_synonyms
from search.query.synonyms_file import SynonymTable, key_of
from search.query.tree import Either, Synonyms, Word
from search.service.answer import Clause
from search.service.service import SearchService
from tests.support.four_articles import NOW
from tests.support.memory_engine import MemoryEngine

TABLE = SynonymTable({("crude",): (("petroleum",),), key_of(("firm", "response")): (("crude",),)})
FILE = 'same = [["crude", "petroleum", "firm response"], ["harbour", "port"]]\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "synonyms.toml"
    path.write_text(FILE, "utf-8")
    return path


@pytest.fixture
def service(engine: MemoryEngine, file: Path) -> SearchService:
    return SearchService(engine, Settings(synonyms=str(file)), now=lambda: NOW)


def ids(service: SearchService, **question: object) -> list[str]:
    found = service.search(Question(**question))  # type: ignore[arg-type]
    return [hit.article.article_id for hit in found.hits]


def test_articles_with_a_synonym_are_found_and_marked(service):
    page = service.search(Question("harbour"))
    (hit,) = page.hits
    assert (hit.article.article_id, hit.title.marks) == ("port", ((0, 4),))
    article = service.article("port", "harbour")
    assert article.title.marks == ((0, 4),)
    assert service.article("port", "harbour", synonyms=False).title.marks == ()


def test_what_was_asked_for_ranks_first(service):
    assert ids(service, text="crude") == ["oil", "summit"]
    assert set(ids(service, text="petroleum")) == {"oil", "summit"}


def test_words_of_the_first_hits_count_as_much_as_without_synonyms():
    of_word = with_synonyms(parse("crude falls").tree, TABLE).tree
    of_row = with_synonyms(parse("firm response falls").tree, TABLE).tree
    spelt = Synonyms((Either((Word("crude"), Word("kruud"))), Word("petroleum")))
    assert [scored_words(tree) for tree in (of_word, of_row, spelt)] == [2, 3, 1]


def test_read_as_says_what_was_added_and_how_to_do_without(service):
    page = service.search(Question("crude falls"))
    assert page.read_as == (
        Clause("crude", 2, ("petroleum", '"firm response"'), (), "crude", "falls"),
        Clause("falls", 1, (), (), "falls", "crude"),
    )
    assert page.beyond == ()  # it finds the same
    (apart,) = service.search(Question("crude")).beyond
    assert (apart.text, apart.total) == ("the same without synonyms", 1)
    assert apart.question == Question("crude", synonyms=False)


def test_without_them_it_is_as_if_there_were_no_file(service, engine):
    plain = SearchService(engine, now=lambda: NOW)
    for text in ("crude", "harbour", "firm response"):
        with_file = service.search(Question(text, synonyms=False))
        without = plain.search(Question(text))
        assert with_file._replace(took_ms=0, question=without.question) == without._replace(
            took_ms=0
        )


def test_a_way_out_counts_what_it_finds(service):
    page = service.search(Question("crude xyzzy"))
    assert (page.total, page.beyond) == (0, ())
    (way,) = (way for way in page.suggestions if way.text == "without xyzzy")
    assert way.total == service.search(way.question).total == 2


def test_what_deletes_goes_by_the_words_alone(service):
    assert service.matching(Question("harbour")).ids == ()
    assert service.matching(Question("port")).ids == ("port",)


def test_a_file_that_was_changed_is_read_again(service, file):
    assert ids(service, text="harbour") == ["port"]
    file.write_text(FILE + '[also]\nharbour = ["grain elevator", "crude"]\n', "utf-8")
    os.utime(file, ns=(1, 1))
    assert set(ids(service, text="harbour")) == {"port", "oil"}
    file.write_text("same = 3", "utf-8")
    with pytest.raises(SettingError, match=r"synonyms\.toml:1: "):
        service.search(Question("harbour"))
    file.unlink()
    with pytest.raises(SettingError, match="No such file"):
        service.search(Question("harbour"))
