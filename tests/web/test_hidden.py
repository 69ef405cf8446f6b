"""What is withdrawn or embargoed is on no page and in no answer of the API, until its time comes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from search.model import clock
from tests.support.documents import document
from tests.support.web_site import ARTICLES, site

ENDS = datetime(2090, 1, 1, tzinfo=UTC)
LATER = document("later", title="Zeppelin speech", body="Later.", embargoed_until=ENDS)
GONE = document("gone", title="Zeppelin scandal", body="Killed.", is_withdrawn=True)
PATHS = [
    "/",
    "/search?q=zeppelin",
    "/search?q=",
    "/api/v1/search?q=zeppelin",
    "/article/later",
    "/article/gone",
    "/article/later?compare=summit",
    "/api/v1/articles/later",
]


@pytest.fixture
def client():
    return site((*ARTICLES, LATER, GONE))


@pytest.mark.parametrize("path", PATHS)
def test_nothing_shows_it_before_its_time(client, path):
    said = client.get(path).get_data(as_text=True)
    assert ("Zeppelin s" in said, "Later." in said, "Killed." in said) == (False, False, False)


def test_from_its_time_on_an_embargoed_article_is_found(client, monkeypatch):
    statuses = []
    for now in (ENDS - timedelta(seconds=1), ENDS):
        monkeypatch.setattr(clock, "now", lambda now=now: now)
        found = client.get("/api/v1/search?q=zeppelin").get_json()["total"]
        pages = [client.get(f"/article/{each}").status_code for each in ("later", "gone")]
        statuses.append((found, *pages))
    assert statuses == [(0, 404, 404), (1, 200, 404)]
