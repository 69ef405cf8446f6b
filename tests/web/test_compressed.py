"""Answers in fewer bytes: who gets them, and that they say the same."""

from __future__ import annotations

import gzip

import pytest

ACCEPTS = {"Accept-Encoding": "gzip, deflate, br"}


@pytest.mark.parametrize("path", ["/", "/search?q=grain", "/nowhere", "/static/style.css", "/static/keys.js", "/openapi.json"])  # fmt: skip
def test_who_accepts_gzip_gets_the_same_in_fewer_bytes(client, path):
    plain = client.get(path, buffered=True)
    packed = client.get(path, headers=ACCEPTS, buffered=True)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert packed.content_length == len(packed.data) < len(plain.data) * 0.7
    assert packed.status_code == plain.status_code
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert "Accept-Encoding" in plain.headers["Vary"]


@pytest.mark.parametrize(
    ("path", "accepted"),
    [
        ("/search?q=grain", ""),
        ("/search?q=grain", "br"),
        ("/search?q=grain", "gzip;q=0"),
        ("/healthz", "gzip"),
        ("/search.csv?q=grain", "gzip"),
    ],
    ids=["nothing", "something else", "not gzip", "too short", "made hit by hit"],
)
def test_others_get_it_as_it_is(client, path, accepted):
    answer = client.get(path, headers={"Accept-Encoding": accepted}, buffered=True)
    assert "Content-Encoding" not in answer.headers
    assert answer.data == client.get(path, buffered=True).data


def test_a_part_of_a_file_is_a_part_of_the_file_itself(client):
    headers = {**ACCEPTS, "Range": "bytes=0-1999"}
    part = client.get("/static/style.css", headers=headers, buffered=True)
    assert part.status_code == 206
    assert part.data == client.get("/static/style.css", buffered=True).data[:2000]


@pytest.mark.parametrize("path", ["/static/style.css", "/api/v1/search?q=grain"])
def test_who_has_it_gets_nothing_and_head_says_how_long_it_is(client, path):
    first = client.get(path, headers=ACCEPTS, buffered=True)
    again = client.get(
        path, headers={**ACCEPTS, "If-None-Match": first.headers["ETag"]}, buffered=True
    )
    assert first.headers["ETag"].startswith("W/")
    assert (again.status_code, again.data) == (304, b"")
    head = client.head(path, headers=ACCEPTS, buffered=True)
    assert head.data == b""
    assert head.headers["Content-Encoding"] == "gzip"
