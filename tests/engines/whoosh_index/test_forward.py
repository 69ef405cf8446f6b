"""The forward column: which terms a document is heaviest in, however its segment came about."""

from __future__ import annotations

from contextlib import closing

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.engines.protocol import SearchRequest
from search.engines.rescoring import feedback
from search.engines.whoosh_index import kernels
from search.engines.whoosh_index.engine import WhooshEngine
from search.engines.whoosh_index.kernels import reference
from search.engines.whoosh_index.kernels.arguments import ListColumns, TermLists
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
