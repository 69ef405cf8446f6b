"""The forward column: which terms a document is heaviest in, however its segment came about."""

from __future__ import annotations

from contextlib import closing

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.engines.protocol.request import SearchRequest
from search.engines.rescoring import feedback
from search.engines.whoosh_index import kernels
from search.engines.whoosh_index.engine import WhooshEngine
from search.engines.whoosh_index.kernels import reference
from search.engines.whoosh_index.kernels.arguments import (
    ForwardColumns,
    ListColumns,
    Penalties,
    StemColumns,
    TermLists,
)
from search.engines.whoosh_index.segment.forward import FORWARD
from search.engines.whoosh_index.snapshot.snapshot import Snapshot
from search.engines.whoosh_index.write import forward
from search.query.tree import Group, Word
from search.text.arrays import narrowed, starts_of
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


def forward_columns(seed: int, base: int, documents: int, languages: int) -> ForwardColumns:
    """Return the forward column of a segment whose documents have a few of a few terms."""
    random = np.random.default_rng(seed)
    letters = random.permutation(list("abcdeé北"))
    forms = int(random.integers(2, 6))

    def strings(size: int) -> tuple:
        texts = [letter.encode() for letter in sorted(letters[:size])]
        return np.frombuffer(b"".join(texts), np.uint8), narrowed(
            starts_of(np.array([*map(len, texts)]))
        )

    stems, terms = [], forms
    for _ in range(languages):
        size = int(random.integers(0, 6))
        listed = random.integers(0, 2, size) * random.integers(2, 9, size)
        first_form = np.arange(size + 1, dtype=np.uint8)
        own = random.integers(0, forms, size).astype(np.uint8)
        stems.append(
            StemColumns(terms, *strings(size), narrowed(starts_of(listed)), first_form, own)
        )
        terms += size
    rows = [np.flatnonzero(random.random(terms) < 0.6) for _ in range(documents)]
    steps = [np.diff(row, prepend=0) for row in rows]
    joined = np.concatenate([np.zeros(0, np.int64), *steps])
    weights = random.integers(0, 4, len(joined)).astype(np.uint8)
    return ForwardColumns(
        base,
        documents,
        narrowed(starts_of(np.array([*map(len, rows)], np.int64))),
        joined.astype(np.uint16),
        weights,
        *strings(forms),
        narrowed(starts_of(random.integers(1, 9, forms))),
        tuple(stems),
    )


PENALTIES = Penalties(np.arange(3, 33, dtype=np.uint16), 0.0123, 0.375, 0.4)


@pytest.mark.skipif(not kernels.IS_COMPILED, reason="no C compiler compiled the kernels")
@settings(deadline=None)
@given(
    st.integers(0, 9999),
    st.lists(st.integers(0, 29), max_size=12, unique=True),
    st.integers(0, 3),
    st.integers(1, 9),
)
def test_the_compiled_kernels_take_up_the_words_that_the_reference_does(
    seed, documents, languages, wanted
):
    segments = tuple(forward_columns(seed + n, 10 * n, 10, languages) for n in range(3))
    asked = np.array(documents, np.int64)
    found, expected = (
        module.terms_of(segments, asked, PENALTIES, 2.2) for module in (kernels, reference)
    )
    for ours, theirs in zip(found, expected, strict=True):
        assert ours.dtype == theirs.dtype
        assert ours.tolist() == theirs.tolist()
    owners, places, numbers, saturated, rarities = found
    shares = np.random.default_rng(seed).integers(0, 3, len(asked)) / 2
    for weights in (saturated * np.log(rarities), np.ones(len(owners))):
        asked_for = segments, owners, places, numbers, weights, shares, wanted
        stems, which = kernels.heaviest_stems(*asked_for)
        expected_stems, expected_which = reference.heaviest_stems(*asked_for)
        assert stems == expected_stems
        assert which.dtype == expected_which.dtype
        assert which.tolist() == expected_which.tolist()


@pytest.mark.skipif(not kernels.IS_COMPILED, reason="no C compiler compiled the kernels")
def test_altered_forward_columns_raise_or_are_read():
    """What was altered gives other words or raises, and never crashes."""
    sound, documents = forward_columns(3, 0, 10, 2), np.arange(10)
    random, raised = np.random.default_rng(1), 0
    for _ in range(3000):
        altered = [np.array(value) if isinstance(value, np.ndarray) else value for value in sound]
        stems = [[np.array(v) if isinstance(v, np.ndarray) else v for v in s] for s in sound.stems]
        columns = [c for own in (altered, *stems) for c in own if isinstance(c, np.ndarray)]
        column = columns[random.integers(len(columns))]
        if not len(column):
            continue
        column[random.integers(len(column))] = random.integers(0, 256)
        segment = ForwardColumns(*altered[:-1], tuple(StemColumns(*s) for s in stems))
        try:
            owners, places, numbers, saturated, _ = kernels.terms_of(
                (segment,), documents, PENALTIES, 2.2
            )
            weights = saturated.astype(np.float64)
            kernels.heaviest_stems(
                (segment,), owners, places, numbers, weights, np.ones(len(documents)), 9
            )
        except (IndexError, UnicodeDecodeError):
            raised += 1
    assert raised


ODD = np.array([0, 5], np.int64)


@pytest.mark.skipif(not kernels.IS_COMPILED, reason="no C compiler compiled the kernels")
@pytest.mark.parametrize(
    ("name", "arguments", "error"),
    [
        ("terms_of", (), TypeError),
        ("terms_of", ([], ODD, PENALTIES, 2.2), TypeError),
        ("terms_of", (((1, 2),), ODD, PENALTIES, 2.2), TypeError),
        ("terms_of", ((), ODD, PENALTIES, "2"), TypeError),
        ("terms_of", ((forward_columns(1, 0, 99, 1),), ODD + 40, PENALTIES, 2.2), IndexError),
        ("heaviest_stems", (), TypeError),
        ("heaviest_stems", ((), ODD, ODD, ODD, ODD / 2, ODD / 2, 3), IndexError),
        ("heaviest_stems", ((), ODD, ODD, ODD, ODD / 2, ODD / 2, 0), ValueError),
        ("heaviest_stems", ((), ODD, ODD, ODD[:1], ODD / 2, ODD / 2, 3), ValueError),
        ("heaviest_stems", ((), ODD, ODD, ODD, ODD, ODD / 2, 3), TypeError),
    ],
)  # fmt: skip
def test_other_arguments_raise(name, arguments, error):
    with pytest.raises(error):
        getattr(kernels, name)(*arguments)
