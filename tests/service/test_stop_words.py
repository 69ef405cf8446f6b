"""Stop words by language: what a query scores, what the first hits give it, which words are significant."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from search.engines.whoosh_index.engine import WhooshEngine
from search.model.article import Document
from search.model.question import Question, Selection
from search.service.service import SearchService
from tests.support.documents import document

GERMAN = [
    "Die Rakete war am Abend auf dem Platz, und der Start wurde den Leuten gezeigt.",
    "Der Minister sagte, dass die Rakete nicht von den Werken im Norden kam.",
    "Den Bauern war die Ernte zu klein, und die Preise sind im Herbst gestiegen.",
    "Die Rakete fiel in den See; die Polizei war mit dem Boot dort.",
]
ENGLISH = [
    "The war near the border went on, and a rocket hit the town.",
    "Farmers fear a poor harvest after the war, the ministry said.",
    "A rocket was shown to the crowd before the start.",
    "Sailors die each year in the straits, and few are found.",
]


def articles(language: str, texts: list[str], times: int = 1) -> list[Document]:
    return [
        document(f"{language}-{copy}-{number}", body=f"{text} Nr {copy}{number}", language=language)
        for copy in range(times)
        for number, text in enumerate(texts)
    ]


@pytest.fixture(params=["german", "mixed", "few english"])
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SearchService]:
    found = articles("de", GERMAN, 10)
    found += articles("en", ENGLISH, {"german": 0, "mixed": 10, "few english": 1}[request.param])
    with closing(WhooshEngine(tmp_path, make=True)) as engine:
        engine.add(found)
        yield SearchService(engine)


def scored(service: SearchService, text: str, language: str = "") -> set[str]:
    """Return the words that score in the best hit."""
    chosen = (Selection("lang", (language,)),) if language else ()
    question = Question(text, selections=chosen, rank="plain", explain=True, match="any")
    return {part.clause for part in service.search(question).hits[0].contributions}


@pytest.mark.parametrize("service", ["german", "few english"], indirect=True)
@pytest.mark.parametrize("text", ["die Rakete", "war die Rakete", "den Rakete im"])
def test_a_german_archive_does_not_score_german_stop_words(
    service: SearchService, text: str
) -> None:
    assert scored(service, text) == {"rakete"}


@pytest.mark.parametrize("service", ["mixed"], indirect=True)
@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("war rocket", "", {"war", "rocket"}),
        ("war rocket", "en", {"war", "rocket"}),
        ("war rakete", "de", {"rakete"}),
        ("dem rakete", "", {"rakete"}),
        ("the rocket", "", {"rocket"}),
    ],
    ids=["a word of English", "English asked for", "German asked for", "German", "English"],
)
def test_a_stop_word_of_one_language_scores_where_it_is_a_word_of_another(
    service: SearchService, text: str, language: str, expected: set[str]
) -> None:
    found = scored(service, text, language)
    assert found == expected


@pytest.mark.parametrize("service", ["german", "mixed"], indirect=True)
def test_stop_words_match_all_the_same(service: SearchService) -> None:
    assert service.search(Question("dem boot")).total == 10
    assert service.search(Question('"die rakete"')).total == 30
    assert service.search(Question("dem")).total == 20


def test_the_first_hits_give_no_stop_words(service: SearchService) -> None:
    found = service.search(Question("rakete", explain=True))
    words = {weighed.word for weighed in found.weighed}
    assert words
    assert not words & {"die", "den", "dem", "der", "war", "und", "im", "dass"}


def test_none_is_significant(service: SearchService) -> None:
    found = service.search(Question("rakete", significant=20)).significant
    assert found is not None
    assert not {word.word.lower() for word in found.words} & {"die", "den", "dem", "war", "am"}
