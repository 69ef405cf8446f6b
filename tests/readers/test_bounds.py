"""Costs are bounded by size: what no reader takes further ends with a reason that says so, early."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.readers import json_stream
from search.readers.json_stream import Value, read_values


class Counted(io.StringIO):
    """A text that knows how much of it was read."""

    def __init__(self, text: str) -> None:
        super().__init__(text, newline="")

    def share_read(self) -> float:
        at = self.tell()
        return at / self.seek(0, io.SEEK_END)


def values(text: str, max_chars: int = 1_000_000) -> list[Value]:
    return list(read_values(io.StringIO(text, newline=""), max_chars))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[" * 3_000_000, "nested more than 1,000 deep"),
        ('{"a":' * 1_000_000, "nested more than 1,000 deep"),
        ('{"a":[' * 500_000, "nested more than 1,000 deep"),
        ("[[" + "[]," * 3_000_000, "more brackets or commas"),
        ('{"a":[' + '{"b":[]},' * 1_000_000, "more brackets or commas"),
        ("[" + "," * 2_000_000, "more brackets or commas"),
        ("]" * 2_000_000, "more brackets or commas"),
        ('{"title": "a", ' + '"b": {}, ' * 400_000, "more brackets or commas"),
    ],
    ids=["brackets", "objects", "both", "pairs", "objects in a list", "commas", "closing", "keys"],
)  # fmt: skip
def test_json_that_is_all_brackets_is_given_up(text: str, reason: str) -> None:
    stream = Counted(text)
    (last,) = read_values(stream, 1_000_000)
    assert last.cut_short
    assert reason in last.problem
    assert stream.share_read() < 0.8


@pytest.mark.parametrize(
    "text",
    ['["' + "a" * 3_000_000, '["' + "\\" * 3_000_000, '["' + '\\"' * 1_500_000, '["' + "a\n" * 1_500_000],
    ids=["letters", "backslashes", "quotes", "lines"],
)  # fmt: skip
def test_json_text_without_an_end_is_cut_short(text: str) -> None:
    (last,) = values(text)
    assert (last.cut_short, last.line) == (True, 1)


def test_record_of_too_many_values_is_refused_and_the_rest_goes_on() -> None:
    many = "[" + "1," * 1_000_001 + "1]"
    first, second = values(f'[{{"n": {many}}}, {{"title": "b"}}]', 10_000_000)
    assert "more than 1,000,000 values" in first.problem
    assert second.value == {"title": "b"}


PIECES = ["{", "}", "[", "]", ",", ":", '"', '"a"', '"articles":[', '"data":', '{"response":{', '"docs":[{', "\\", '\\"',
          "\n", " ", "1", '{"title":"x"}', '{"a":[{"b":"c]"}]}', "\ufeff"]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join), st.integers(1, 9))
def test_wherever_a_stream_is_cut_its_values_are_the_same(text: str, size: int) -> None:
    expected = values(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_stream, "_CHUNK_CHARS", size)
        assert repr(values(text)) == repr(expected)


@given(
    st.recursive(
        st.none() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_elements_of_an_array_come_back_however_they_are_nested(value: object) -> None:
    found = values(json.dumps([value, {"title": "end"}], ensure_ascii=False))
    assert [each.value for each in found] == [value, {"title": "end"}]
