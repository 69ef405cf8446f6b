"""Stop words: which languages have them, and in what form they are listed."""

from __future__ import annotations

import pytest

from search.text.stems import LANGUAGES
from search.text.stop_words import stop_words
from search.text.words import tokens

LISTED = [language for language in LANGUAGES if stop_words(language)]


def test_the_languages_of_the_page_have_some() -> None:
    page = [
        "ar",
        "cs",
        "da",
        "de",
        "el",
        "en",
        "es",
        "fr",
        "hi",
        "it",
        "nl",
        "no",
        "pl",
        "pt",
        "ru",
        "sv",
    ]
    assert set(page) <= set(LISTED)


@pytest.mark.parametrize("language", LISTED)
def test_they_are_listed_as_the_index_has_them(language: str) -> None:
    unlike = [word for word in stop_words(language) if tokens(word).forms != [word]]
    assert unlike == []


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language not in LISTED])
def test_other_languages_have_none(language: str) -> None:
    assert stop_words(language) == frozenset()


@pytest.mark.parametrize(
    ("language", "word"),
    [
        ("en", "us"),
        ("en", "new"),
        ("pt", "sao"),
        ("fr", "ete"),
        ("de", "deutsche"),
        ("es", "nuevo"),
    ],
)
def test_what_names_and_headlines_are_made_of_is_none(language: str, word: str) -> None:
    assert word not in stop_words(language)
