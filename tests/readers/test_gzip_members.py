"""What gzip compressed in one member or many is read as the standard library reads it; and on after damage."""

from __future__ import annotations

import gzip
import io
import zlib
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.readers.gzip_members import GzipMembers


def opened(packed: bytes) -> tuple[GzipMembers, io.BufferedReader]:
    members = GzipMembers(io.BytesIO(packed))
    return members, io.BufferedReader(members)


@given(
    contents=st.lists(st.binary(max_size=300) | st.just(b"wind " * 20_000), max_size=6),
    padding=st.integers(0, 9_000),
    part=st.integers(1, 70_000),
)
def test_members_are_read_as_one(contents: list[bytes], padding: int, part: int) -> None:
    packed = bytes(padding).join(map(gzip.compress, contents)) + bytes(padding)
    _, stream = opened(packed)

    read = b"".join(iter(lambda: stream.read(part), b""))

    assert read == b"".join(contents)


@pytest.mark.parametrize(
    ("packed", "error"),
    [
        (gzip.compress(b"wind")[:-1], EOFError),
        (gzip.compress(b"wind")[:5], EOFError),
        (gzip.compress(b"wind") + b"rain", zlib.error),
        (gzip.compress(b"wind")[:-6] + bytes(6), zlib.error),
        (b"wind", zlib.error),
    ],
    ids=["cut in its sum", "cut in its header", "something after it", "wrong sum", "no gzip"],
)
def test_damage_is_met_again_and_again(packed: bytes, error: type[Exception]) -> None:
    members, stream = opened(packed)

    for _ in range(2):
        with pytest.raises(error):
            stream.read()
    assert not members.go_on(b"rain")


def test_whole_file_cannot_go_on() -> None:
    members, stream = opened(gzip.compress(b"wind"))

    assert stream.read() == b"wind"
    assert not members.go_on(b"wind")


def test_what_begins_like_a_member_is_none() -> None:
    """The damaged member is noise that holds the first bytes of members, and of one with other content."""
    noise = Random(1).randbytes(3_000_000)
    false = b"\x1f\x8b\x08\x00".join((noise[:100], noise[100:2_000_000], gzip.compress(b"rain"), noise[2_000_000:]))  # fmt: skip
    members, stream = opened(gzip.compress(b"wind 1") + false + gzip.compress(b"wind 2"))
    with pytest.raises(zlib.error):
        stream.read()

    assert members.go_on(b"wind")
    assert io.BufferedReader(members).read() == b"wind 2"


def test_search_for_the_next_is_given_up() -> None:
    packed = gzip.compress(b"wind")[:8] + b"\x1f\x8b\x08\x00\xff" * 20_000 + gzip.compress(b"wind")
    members, stream = opened(packed)
    with pytest.raises(zlib.error):
        stream.read()

    assert not members.go_on(b"wind")
