"""JSON as it goes to a cluster and back: whatever articles and questions have in them."""

from __future__ import annotations

import json
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.engines.opensearch.wire import Packed, packed, unpacked
from tests.support.engine_samples import HOSTILE

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 63), (1 << 63) - 1) | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)  # fmt: skip


class _Pair(NamedTuple):
    first: str
    second: int


@given(_VALUES)
def test_what_is_packed_comes_back_and_is_what_python_makes(value):
    line = packed(value)
    assert b"\n" not in line
    assert unpacked(line) == unpacked(line.decode()) == json.loads(line) == value
    assert packed({"a": Packed(value), "b": [value]}) == packed({"a": value, "b": [value]})


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_any_text_is_packed(text):
    assert unpacked(packed({text: [text]})) == {text: [text]}


def test_half_a_surrogate_pair_is_left_to_the_cluster_to_refuse():
    lone = json.loads('"a\\ud800b"')
    assert packed({"q": lone, "packed": Packed([lone]), "more": Packed({"x": 1})}) == (
        b'{"q":"a\xed\xa0\x80b","packed":["a\xed\xa0\x80b"],"more":{"x":1}}'
    )
    assert unpacked('{"q":"\\ud800"}') == {"q": lone[1]}


def test_pairs_are_lists_and_keys_are_texts():
    assert packed({"pair": _Pair("a", 1), "plain": (1, 2)}) == b'{"pair":["a",1],"plain":[1,2]}'
    assert packed({1: "one"}) == b'{"1":"one"}'


@pytest.mark.parametrize("text", ["", "{", "<html>", '{"a":1}x'])
def test_what_is_no_json_is_refused(text):
    with pytest.raises(ValueError, match=r"\w"):
        unpacked(text)


def test_what_is_no_value_of_json_is_refused():
    for value in (object(), {"a": {1, 2}}):
        with pytest.raises(TypeError):
            packed(value)
