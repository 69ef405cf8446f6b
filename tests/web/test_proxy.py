"""Under a path of its own, and with a proxy before it that is believed or not."""

from __future__ import annotations

import re

import pytest
from flask import Response, request
from flask.testing import FlaskClient

from search.model.errors import SettingError
from search.model.settings import Settings
from tests.support.copied_story import COPIED, by_name
from tests.support.web_site import ARTICLES, site

#: Every kind of page; who adds one adds it here.
PAGES = {
    "home": "/",
    "results": "/search?q=grain&facet=author:100",
    "nothing found": "/search?q=grainn&author=Nobody",
    "second page": "/search?q=grain&page=2&from=2024-10",
    "article": "/article/summit?q=nato&names=on",
    "copies": f"/article/{COPIED[0].article_id}",
    "compare": f"/article/{COPIED[0].article_id}/compare/{COPIED[1].article_id}",
    "name": "/person/Antony%20Blinken",
    "unknown name": "/person/Antony%20Blinke",
    "facet": "/facet/author?q=grain",
    "trends": "/trends?q=grain&q=nato",
    "saved": "/saved",
    "error": "/search?q=%22open",
    "no such page": "/nowhere",
}
LINK = re.compile(r"""\b(?:href|src|action|content)="(/[^"]*)\"""")


def proxied(**settings: object) -> FlaskClient:
    return site((*ARTICLES, *COPIED), Settings(**settings), by_name)  # type: ignore[arg-type]


def links_of(response: Response) -> set[str]:
    return set(LINK.findall(response.text))


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_every_link_has_the_prefix(path: str) -> None:
    plain, prefixed = proxied().get(path), proxied(serve_prefix="/my/news").get("/my/news" + path)

    assert prefixed.status_code == plain.status_code
    assert links_of(plain)
    assert links_of(prefixed) == {"/my/news" + link for link in links_of(plain)}


@pytest.mark.parametrize("path", ["/news/search?q=grain", "/search?q=grain"], ids=["kept", "taken"])
def test_a_proxy_may_take_the_prefix_away_or_hand_it_on(path: str) -> None:
    response = proxied(serve_prefix="/news/").get(path)

    assert response.status_code == 200
    assert all(link.startswith("/news/") for link in links_of(response))


def test_a_redirect_has_the_prefix() -> None:
    response = proxied(serve_prefix="/news").get("/news/person/ANTONY%20BLINKEN")

    assert response.headers["Location"] == "/news/person/Antony%20Blinken"


def test_the_prefix_itself_is_the_start_page() -> None:
    assert proxied(serve_prefix="/news").get("/news").status_code == 200


@pytest.mark.parametrize(
    "prefix",
    ["news", "//evil.example", "/a//b", "/a?b", "/a b", "/ü", "/..", "/a/../b", "/search", "/api/x", "/person"],
)  # fmt: skip
def test_what_can_be_no_prefix_is_refused(prefix: str) -> None:
    with pytest.raises(SettingError, match="serve_prefix"):
        proxied(serve_prefix=prefix)


FORWARDED = {
    "X-Forwarded-For": "192.0.2.7, 198.51.100.9",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "news.example",
    "X-Forwarded-Prefix": "/news",
}


def seen_by(client: FlaskClient, headers: dict[str, str], address: str) -> list[str]:
    """Return address of the client, URL and first link as the application sees them."""
    seen = []

    def keep() -> None:
        seen.extend((str(request.remote_addr), request.url))

    client.application.before_request_funcs[None].insert(0, keep)
    response = client.get("/", headers=headers, environ_base={"REMOTE_ADDR": address})
    return [*seen, str(response.status_code), *sorted(links_of(response))[:1]]


@pytest.mark.parametrize(
    ("proxy", "address"),
    [("127.0.0.1", "127.0.0.1"), ("10.0.0.0/8", "10.1.2.3"), ("127.0.0.1", "::ffff:127.0.0.1"), ("::1", "::1")],
    ids=["one", "network", "mapped", "IPv6"],
)  # fmt: skip
def test_a_proxy_that_is_named_is_believed(proxy: str, address: str) -> None:
    client = proxied(serve_proxy=proxy, serve_hosts="news.example")

    want = ["198.51.100.9", "https://news.example/news/", "200", "/news/"]
    assert seen_by(client, FORWARDED, address) == want


@pytest.mark.parametrize("proxy", ["", "10.0.0.1", "::1"])
def test_nobody_else_is_believed(proxy: str) -> None:
    assert seen_by(proxied(serve_proxy=proxy), FORWARDED, "127.0.0.1") == [
        "127.0.0.1",
        "http://localhost/",
        "200",
        "/",
    ]


@pytest.mark.parametrize(
    "prefix", ["//evil.example", "/a, /b", "http://evil.example", '/"><b>', "/.."]
)
def test_a_prefix_that_a_proxy_hands_on_from_anyone_leads_nowhere_else(prefix: str) -> None:
    headers = {"X-Forwarded-Prefix": prefix}
    response = proxied(serve_proxy="127.0.0.1").get("/", headers=headers)

    assert response.status_code == 200
    assert links_of(response) == links_of(proxied().get("/"))


@pytest.mark.parametrize(
    ("scheme", "taken"),
    [("javascript", "http"), ("https, ftp", "http"), ("https", "https"), ("ftp, HTTPS", "https")],
)
def test_a_scheme_that_no_page_has_is_not_taken_from_a_proxy(scheme: str, taken: str) -> None:
    client = proxied(serve_proxy="127.0.0.1")
    feed = client.get("/search.atom", headers={"X-Forwarded-Proto": scheme}).text

    assert (
        f'<link rel="alternate" type="text/html" href="{taken}://localhost/'.lower() in feed.lower()
    )


def test_the_prefix_of_the_operator_wins() -> None:
    client = proxied(serve_proxy="127.0.0.1", serve_prefix="/mine")
    response = client.get("/", headers={"X-Forwarded-Prefix": "/theirs"})

    assert all(link.startswith("/mine/") for link in links_of(response))


@pytest.mark.parametrize(
    ("hosts", "host", "status"),
    [
        ("news.example", "news.example", 200),
        ("a.example, News.Example", "news.example:8443", 200),
        ("news.example", "localhost", 200),
        ("news.example", "evil.example", 400),
        ("", "news.example", 400),
    ],
)
def test_other_hosts_are_answered_where_they_are_named(hosts: str, host: str, status: int) -> None:
    assert proxied(serve_hosts=hosts).get("/", headers={"Host": host}).status_code == status


def test_names_bound_who_is_answered_where_others_reach_the_server() -> None:
    client = proxied(host="0.0.0.0", serve_hosts="news.example")

    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400


@pytest.mark.parametrize("proxy", ["proxy.example", "*", "127.0.0.1:80", "10.0.0.0/99"])
def test_what_can_be_no_proxy_is_refused(proxy: str) -> None:
    with pytest.raises(SettingError, match="serve_proxy"):
        proxied(serve_proxy=proxy)
