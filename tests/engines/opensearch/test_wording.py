"""The words of texts as the server gets them: those of `search.text.words`, whatever was found before."""

from __future__ import annotations

import json

import pytest

from search.engines.opensearch import wording
from search.engines.opensearch.mapping import stem_token
from search.engines.opensearch.wording import Wanted, Wording
from search.text import kernels
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
    """Return the words of a text that is there as JSON, nothing where there is none."""
    return json.loads(text).split(" ") if text else []


def wanted_of(texts):
    """Return what wants all of texts, each with its language before it, and the numbers of their vocabularies."""
    wanted = Wanted()
    for language, text in texts:
        wanted.stemmed.setdefault(language, set()).add(wanted.texts[text])
    return wanted, [wanted.add_vocabulary([wanted.texts[text]]) for _, text in texts]


@pytest.fixture(params=["compiled", "on numpy"], autouse=True)
def loops(request, monkeypatch):
    """Have the words found by compiled loops, where there are any, and by those on numpy."""
    if request.param == "on numpy":
        for name in ("known_chunks", "joined", "firsts"):
            monkeypatch.setattr(kernels, name, None)


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
@pytest.mark.parametrize("language", ["en", "de", ""])
def test_forms_and_stems_of_a_text_are_those_of_its_words(text, language):
    forms = forms_of(text)
    terms = [stem_token(language, stem(form, language)) for form in forms]
    texts = [("fr", "Les ferries"), (language, text), ("en", "ferries")]
    words = Wording()
    for chosen in (texts, texts[1:2]):
        wanted, vocabularies = wanted_of(chosen)
        found, number = words.found(wanted), wanted.texts[text]
        assert words_of(found.forms[number]) == forms
        assert words_of(found.stems[language][number]) == terms
        assert found.lengths[number] == len(forms)
        listed = found.vocabularies[vocabularies[chosen.index((language, text))]]
        assert json.loads(listed or "[]") == list(dict.fromkeys(forms))


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_a_vocabulary_may_be_without_the_words_of_another(text):
    wanted = Wanted()
    main = [wanted.texts["The ferries, the crews"], wanted.texts["3000 a"]]
    own = [*main, wanted.texts[text], wanted.texts["Les crews et les ferries"]]
    number = wanted.add_vocabulary(main)
    beside = [wanted.add_vocabulary(own, number), wanted.add_vocabulary(main, number)]
    found = Wording().found(wanted).vocabularies
    assert json.loads(found[number]) == ["the", "ferries", "crews", "3000", "a"]
    expected = dict.fromkeys([*forms_of(text), "les", "et"])
    assert json.loads(found[beside[0]]) == [
        each for each in expected if each not in ("the", "ferries", "crews", "3000", "a")
    ]
    assert found[beside[1]] == b""


def test_nothing_is_found_where_nothing_is_wanted():
    assert Wording().found(Wanted()) == ([], [], {}, [])


def test_words_are_right_after_too_many_were_met(monkeypatch):
    monkeypatch.setattr(wording, "_MOST", 3)
    words = Wording()
    texts = ["one two three four", "four five one", "two six"]
    found = [words.found(wanted_of([("en", text)])[0]) for text in texts]
    assert [json.loads(each.forms[0]) for each in found] == texts
    hashes = [words.hashes([text])[0].tolist() for text in texts]
    assert hashes[0][3] == hashes[1][0]
