"""Which forms are one word, by language: codes, numbers, and what the rules are given."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.text import stems as module
from search.text.batch import WordTable
from search.text.stems import (
    ENGLISH,
    LANGUAGES,
    NO_STEMS,
    language_name,
    language_number,
    may_have_other_forms,
    stem,
    stem_language,
    stems,
)
from search.text.words import fold, tokens
from tests.support.language_texts import TEXTS


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "en"), ("en-GB", "en"), ("", "en"), (" ", "en"), ("und", "en"), ("mis", "en"),
        ("de", "de"), ("DE-at", "de"), ("pt_BR", "pt"), ("sr-Latn-RS", "sr"), ("sh", "sr"),
        ("nb", "no"), ("nn-NO", "no"), ("no", "no"), ("in", "id"),
        ("uk", ""), ("zh-Hant", ""), ("he", ""), ("hr", ""), ("mul", ""), ("x" * 100, ""),
    ],
)  # fmt: skip
def test_the_language_whose_stems_an_article_has(language: str, expected: str) -> None:
    assert stem_language(language) == expected
    assert LANGUAGES[language_number(language)] == expected


def test_numbers_of_languages_stay_as_indexes_have_them() -> None:
    """A new language comes last: the numbers are in every index."""
    assert " ".join(LANGUAGES) == (
        "en  ar ca cs da de el eo es et eu fa fi fr ga hi hu hy id it lt ne nl no pl pt ro ru sr st sv ta tr yi"
    )


@pytest.mark.parametrize("language", [each for each in LANGUAGES if each])
def test_every_language_has_stems_and_a_name(language: str) -> None:
    assert language_name(language).istitle()
    assert stem("minister", language)


@pytest.mark.parametrize(
    ("form", "language", "expected"),
    [
        ("missiles", ENGLISH, True), ("o'neil", ENGLISH, False), ("19", ENGLISH, False),
        ("f16", "de", False), ("raketen", "de", True), ("ракеты", "ru", True),
        ("ракеты", ENGLISH, False), ("सरकारें", "hi", True), ("३", "hi", False),
        ("snake_case", "fr", False), ("raketen", NO_STEMS, False), ("北京", NO_STEMS, False),
    ],
)  # fmt: skip
def test_words_of_letters_may_have_other_forms(form: str, language: str, expected: bool) -> None:
    assert may_have_other_forms(form, language) == expected
    assert expected or stem(form, language) == form


@pytest.mark.parametrize("language", module._WRITTEN)
def test_restored_ends_fold_to_what_they_stand_for(language: str) -> None:
    for folded, written in module._endings(language).items():
        assert fold(written) == folded
        assert len(folded) == len(written) <= module._LONGEST


ANY_FORMS = st.lists(
    st.sampled_from([form for text in TEXTS.values() for form in tokens(text).forms])
    | st.text(min_size=1, max_size=8).map(fold).filter(bool),
    max_size=20,
)


@given(st.lists(st.tuples(ANY_FORMS, st.sampled_from(LANGUAGES[2:])), max_size=4))
def test_many_at_once_have_the_same_stems(asked: list[tuple[list[str], str]]) -> None:
    table = WordTable()
    for forms, language in asked:
        expected = [stem(form, language) for form in forms]
        assert stems(forms, language) == expected
        numbers, _ = table.numbers([" ".join(forms).encode()])
        every, of_form = table.stems_in(language, numbers)
        own = table.forms().take(numbers).all()
        found = [every.all()[n] if n >= 0 else form for n, form in zip(of_form, own, strict=True)]
        assert found == [stem(form, language) for form in own]
