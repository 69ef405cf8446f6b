"""The words of texts as the server gets them: those of `search.text.words`, whatever was found before."""

from __future__ import annotations

import json

import pytest

from search.engines.opensearch import wording
from search.engines.opensearch.mapping import stem_token
from search.engines.opensearch.wording import (
    NAME_CHARS,
    Remembered,
    Wording,
    of_name,
    stemmed_name,
)
from search.text.stems import stem
from search.text.words import forms_of
from tests.support.engine_samples import HOSTILE

TEXTS = [
    *HOSTILE,
    "",
    'צה"ל דו"ח',
    "C++ a\\b AT&T",
    "Ferries",
    "The ferries’ 3,000 crews weren't paid; the ferries sail.",
]


def words_of(text):
    """Return the words of a text that is there as JSON, "" where there is none."""
    return json.loads(text).split(" ") if text else []


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
@pytest.mark.parametrize("language", ["en", "de", ""])
def test_forms_and_stems_of_a_text_are_those_of_its_words(text, language):
    forms = forms_of(text)
    terms = [stem_token(language, stem(form, language)) for form in forms]
    texts = [("fr", "Les ferries"), (language, text), ("en", "ferries")]
    for found in (Wording().of_texts(texts)[1], Wording().of_texts(texts[1:2])[0]):
        assert words_of(found.forms) == forms
        assert words_of(found.stems) == terms
        assert found.length == len(forms)
        assert [json.loads(f'"{each}"') for each in found.distinct] == list(dict.fromkeys(forms))


@pytest.mark.parametrize("language", ["en", "de", ""])
def test_names_that_are_found_at_once_are_as_those_found_one_by_one(language):
    words = [of_name(text) for text in TEXTS]
    assert Wording().of_names(TEXTS) == words
    stemmed = [stemmed_name(language, each) for each in words]
    assert Wording().of_stemmed_names(language, TEXTS) == stemmed


def test_what_was_learned_is_that_of_what_was_asked(monkeypatch):
    monkeypatch.setattr(wording, "_MOST_NAMES", 3)
    lengths = Remembered(len)
    for texts in (["a", "bb"], ["bb", "ccc", "x" * (NAME_CHARS + 1)], ["d", "e", "f", "g"]):
        lengths.learn(texts, lambda new: map(len, new))
        assert len(lengths) <= 3
        assert [lengths[text] for text in texts] == list(map(len, texts))


def test_words_are_right_after_too_many_were_met(monkeypatch):
    monkeypatch.setattr(wording, "_MOST", 3)
    words = Wording()
    texts = ["one two three four", "four five one", "two six"]
    found = [json.loads(words.of_texts([("en", text)])[0].forms) for text in texts]
    assert found == texts
    hashes = [words.hashes([text])[0].tolist() for text in texts]
    assert hashes[0][3] == hashes[1][0]
