"""The forward column: which terms a document is heaviest in, however its segment came about."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import closing

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search.engines.protocol.request import SearchRequest
from search.engines.rescoring import feedback
from search.engines.whoosh_index import kernels
from search.engines.whoosh_index.engine import WhooshEngine
from search.engines.whoosh_index.kernels import reference
from search.engines.whoosh_index.kernels.arguments import (
    FeedbackColumns,
    ListColumns,
    Penalties,
    TermLists,
)
from search.engines.whoosh_index.segment.forward import FORWARD
from search.engines.whoosh_index.snapshot.snapshot import Snapshot
from search.engines.whoosh_index.write import forward
from search.query.tree import Group, Word
from search.text.arrays import narrowed
from tests.support.engine_samples import document
from tests.support.older_segments import without_column


def terms(folder, article_id: str) -> dict[str, int]:
    """Return what the forward column has of an article."""
    snapshot = Snapshot.open(folder)
    number = snapshot.number_of(article_id)
    [(segment, _, found)] = snapshot.terms_of(np.array([number]))
    family = segment.family("text")
    stems = [family.term(term) for term in found.terms.tolist()]
    numbered = zip(stems, found.terms.tolist(), strict=True)
    assert all(number in family.term_numbers(stem) for stem, number in numbered)
    return dict(zip(stems, found.weights.tolist(), strict=True))


def test_has_the_stems_of_title_and_text_with_their_weights(tmp_path):
    with closing(WhooshEngine(tmp_path, make=True)) as engine:
        engine.add([document("a", "the missiles and a missile flew", title="Missile")])
        engine.add([document("b", "flying")])
    assert terms(tmp_path, "a") == {"missil": 4, "flew": 1}
    assert terms(tmp_path, "b") == {"fli": 1}


def test_a_merge_keeps_it_without_what_was_deleted(tmp_path):
    with closing(WhooshEngine(tmp_path, make=True)) as engine:
        for number in range(12):
            engine.add([document(f"a{number}", f"storms number{number} stormy")])
        engine.delete(["a3"])
        engine.add([document("z", "calm")])
    assert terms(tmp_path, "a5") == {"storm": 1, "stormi": 1, "number5": 1}


def test_of_many_terms_the_heaviest_stay(tmp_path, monkeypatch):
    monkeypatch.setattr(forward, "FORWARD_TERMS", 2)
    with closing(WhooshEngine(tmp_path, make=True)) as engine:
        engine.add([document("a", "gold gold silver iron"), document("b", "silver gold")])
    assert terms(tmp_path, "a") == {"gold": 2, "iron": 1}


def test_long_steps_are_several():
    columns = dict(
        forward._stored(
            np.array([2, 0, 1]), np.array([3, 200_000, 70_000], np.uint32), np.array([1, 2, 3])
        )
    )
    assert columns[FORWARD + ".starts"].tolist() == [0, 5, 5, 7]
    assert columns[FORWARD + ".weights"].tolist() == [1, 0, 0, 0, 2, 0, 3]
    assert columns[FORWARD + ".steps"].tolist() == [3, 65535, 65535, 65535, 3392, 65535, 4465]


def test_an_index_without_it_ranks_plainly_and_says_so(tmp_path):
    request = SearchRequest(tree=Group((Word("gold"), Word("mine"))), rank="feedback")
    added = [document("a", "gold mine"), document("b", "the mine has gold")]
    with closing(WhooshEngine(tmp_path, make=True)) as engine:
        engine.add(added)
        plain = engine.search(request._replace(rank="plain"))
        assert engine.search(request).hits != plain.hits
    without_column(tmp_path, FORWARD + ".starts")
    with closing(WhooshEngine(tmp_path)) as engine:
        found = engine.search(request)
        assert found.hits == plain.hits
        assert "newssearch rebuild" in found.notices[0]
        assert FORWARD in engine.lacking()


@pytest.mark.skipif(not kernels.IS_COMPILED, reason="no C compiler compiled the kernels")
@settings(deadline=None)
@given(st.data(), st.integers(1, 40_000), st.integers(1, 5))
def test_the_compiled_kernel_does_what_the_reference_does(data, documents, wanted):
    random = np.random.default_rng(data.draw(st.integers(0, 1000)))
    first = 0
    parts = []
    for _ in range(3):
        sizes = random.integers(0, 30, data.draw(st.integers(0, 20)))
        owners = [np.sort(random.choice(documents, min(n, documents), False)) for n in sizes]
        joined = np.concatenate([np.zeros(0, np.int64), *owners])
        codes = random.integers(0, 6, len(joined)).astype(np.uint8)
        odd = np.flatnonzero(random.random(len(joined)) < 0.1)
        codes[odd] = 255
        true = random.integers(60, 400, len(odd))
        numbers = first + np.arange(len(sizes))
        first += len(sizes)
        parts.append(
            TermLists(
                ListColumns(
                    joined.astype(np.uint16), codes, narrowed(odd), narrowed(true), narrowed(true)
                ),
                narrowed(np.cumsum([0, *map(len, owners)])),
                random.permutation(len(sizes)),
                numbers,
                random.integers(1, 5, len(sizes)).astype(np.float32),
                random.integers(0, 2, documents).astype(np.uint8) if documents % 2 else None,
            )
        )
    got = kernels.heaviest_terms(parts, documents, wanted, 1.5)
    want = reference.heaviest_terms(parts, documents, wanted, 1.5)
    for ours, theirs in zip(got, want, strict=True):
        assert ours.dtype == theirs.dtype
        assert ours.tolist() == theirs.tolist()


def test_what_is_altered_raises():
    lists = TermLists(
        ListColumns(np.array([5], np.uint16), np.zeros(1, np.uint8), *(np.zeros(0, np.uint8),) * 3),
        np.array([0, 1], np.uint8),
        np.array([0]),
        np.array([0]),
        np.ones(1, np.float32),
        None,
    )
    with pytest.raises((IndexError, ValueError)):
        kernels.heaviest_terms([lists], 3, feedback.FORWARD_TERMS, 1.5)


WORDS = {
    "en": [
        "missile",
        "missiles",
        "price",
        "prices",
        "priced",
        "citi",
        "city",
        "cities",
        "gold",
        "gone",
        "go",
        "the",
        "and",
        "fly",
        "flies",
        "flew",
    ],
    "de": [
        "haus",
        "hauses",
        "häuser",
        "gold",
        "die",
        "gehen",
        "ging",
        "preis",
        "preise",
        "missile",
        "city",
    ],
    "zh": ["gold", "missile", "haus", "city", "北京"],
}


def columns_of(folder, languages: str, *, deletes: bool) -> FeedbackColumns:
    """Return the columns of an index of three segments whose articles are in some of the languages."""
    random = np.random.default_rng(len(languages) + deletes)
    with closing(WhooshEngine(folder, make=True)) as engine:
        for part in range(3):
            engine.add(
                document(
                    f"{part}-{number}",
                    " ".join(random.choice(WORDS[language], 9)),
                    title=" ".join(random.choice(WORDS[language], 2)),
                    language=language,
                )
                for number in range(12)
                for language in [str(random.choice(languages.split()))]
            )
        if deletes:
            engine.delete([f"{part}-{number}" for part in range(3) for number in (1, 5, 9)])
    return Snapshot.open(folder).feedback_columns


@pytest.fixture(scope="module")
def feedback_columns(tmp_path_factory) -> Callable[[int], FeedbackColumns]:
    """The columns of eight indexes, by number; a list would be printed in full where a test fails."""
    found = [
        columns_of(tmp_path_factory.mktemp("columns"), languages, deletes=deletes)
        for languages in ("en", "de", "zh", "en de zh")
        for deletes in (False, True)
    ]
    return lambda number: found[number]


def is_stem(text: str, language: int) -> bool:
    return len(text) < 5


@pytest.mark.skipif(not kernels.IS_COMPILED, reason="no C compiler compiled the kernels")
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(0, 7),
    st.lists(st.integers(0, 35), max_size=36, unique=True),
    st.lists(st.sampled_from([1.0, 0.5, 0.125, 0.0]), max_size=12),
    st.integers(1, 40),
)
def test_the_compiled_kernel_takes_up_the_words_that_the_reference_does(
    feedback_columns, which, documents, shares, wanted
):
    asked = feedback_columns(which), np.array(documents, np.int64)
    leading = np.array(documents[: len(shares)], np.int64)
    shares = np.array(shares[: len(leading)])
    (found, words), (expected, expected_words) = (
        module.feedback(*asked, leading, shares, 2.2, 5.0, wanted, is_stem)
        for module in (kernels, reference)
    )
    assert words == expected_words
    assert found.dtype == expected.dtype
    assert found.tolist() == expected.tolist()
    assert len(words) <= wanted
    assert not words or math.isclose(sum(share for _, share in words), 1)


def altered(value, column: int, random):
    """Return *value*, which are columns in tuples, with one number of the column of that number changed, and how many columns it has."""
    if isinstance(value, tuple):
        found = []
        for each in value:
            changed, size = altered(each, column, random)
            column -= size
            found.append((changed, size))
        items = [each for each, _ in found]
        made = type(value)(*items) if hasattr(value, "_fields") else tuple(items)
        return made, sum(size for _, size in found)
    if not isinstance(value, np.ndarray):
        return value, 0
    if column == 0 and len(value):
        value = value.copy()
        value[random.integers(len(value))] = random.integers(0, np.iinfo(value.dtype).max + 1, dtype=value.dtype) if value.dtype != bool else False  # fmt: skip
    return value, 1


@pytest.mark.skipif(not kernels.IS_COMPILED, reason="no C compiler compiled the kernels")
def test_altered_columns_raise_or_are_read(feedback_columns):
    """What was altered gives other words or raises, and never crashes."""
    random, raised, documents = np.random.default_rng(1), 0, np.arange(36)
    for number in range(3000):
        sound = feedback_columns(number % 8)
        size = altered(sound, -1, random)[1]
        columns, _ = altered(sound, int(random.integers(size)), random)
        try:
            kernels.feedback(columns, documents, documents[:9], np.ones(9), 2.2, 5.0, 9, is_stem)
        except (IndexError, UnicodeDecodeError):
            raised += 1
    assert raised


ODD = np.array([0, 5], np.int64)
EMPTY = FeedbackColumns((), (), Penalties(np.arange(3, dtype=np.uint16), 0.1, 0.3, 0.4), None, None, 9)  # fmt: skip
USUAL = (EMPTY, ODD, ODD, ODD / 2, 2.2, 5.0, 9, is_stem)


def raising(text: str, language: int) -> bool:
    raise LookupError(text)


@pytest.mark.skipif(not kernels.IS_COMPILED, reason="no C compiler compiled the kernels")
@pytest.mark.parametrize(
    ("place", "value", "error"),
    [
        (0, (), TypeError), (0, EMPTY._replace(forward=[]), TypeError), (0, EMPTY._replace(forward=((1, 2),)), TypeError),
        (0, EMPTY._replace(words=[]), TypeError), (0, EMPTY._replace(words=((1,),)), TypeError),
        (0, EMPTY._replace(words=((-1, True, ((),)),)), TypeError), (0, EMPTY._replace(live=ODD), TypeError),
        (1, ODD / 2, TypeError), (2, ODD / 2, TypeError), (3, ODD, TypeError), (4, "2", TypeError), (5, "5", TypeError),
        (6, "9", TypeError), (6, 0, ValueError), (6, 9999, ValueError), (3, ODD[:1] / 2, ValueError),
    ],
)  # fmt: skip
def test_other_arguments_raise(place, value, error):
    with pytest.raises(error):
        kernels.feedback(*USUAL[:place], value, *USUAL[place + 1 :])
    with pytest.raises(TypeError):
        kernels.feedback()


@pytest.mark.skipif(not kernels.IS_COMPILED, reason="no C compiler compiled the kernels")
def test_an_error_of_who_knows_stems_is_raised(feedback_columns):
    documents = np.arange(36)
    with pytest.raises(LookupError):
        kernels.feedback(
            feedback_columns(7), documents, documents, np.ones(36), 2.2, 5.0, 40, raising
        )
