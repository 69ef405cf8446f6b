"""Hostile text as query and as article: never a 500, never markup, never a word lost."""

from __future__ import annotations

import json
import re
import tempfile
from contextlib import closing, contextmanager
from html import unescape
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.engines.registry import open_engine
from search.highlight.marked import Marked
from search.model.article import Entities
from search.model.settings import Settings
from search.present.as_html import to_html
from search.service.service import SearchService
from tests.support.documents import document, named_in
from tests.support.web_page import Page
from tests.support.web_site import ARTICLES, site
from web import create_app

#: Always run, also where the lists of ../shared are not there.
OWN = (
    "",
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "</title><svg/onload=alert(1)>",
    "<mark>not ours</mark> &lt;b&gt; &amp;amp; &#60;i&#62;",
    "{{ 7 * 7 }} {% raw %} ${7*7} #{7*7}",
    "javascript:alert(1)",
    "\x00\x01\x1b[31m\x7f",
    "\r\nSet-Cookie: a=b\r\n\r\n<html>",
    "‮right to left‬ ​ \ufeff \uffff",
    "%00%0d%0a%3Cscript%3E",
    "../../etc/passwd",
    "Z̮̞̠͙͔ͅḀ̗̞͈̻̗Ḷ͙͎̯̹̞͓G̻O̭̗̮",
    "𝒶𝔟𝕔 😀 ﷽ 田中さん",
    '"open (bracket author: date:2024-13-99 ~9 *',
    "(" * 500,
    "a " * 900,
)  # fmt: skip
#: What the templates are made of; `mark` comes from the snippets.
TAGS = """
    html head meta title link body a header form label div input button main h1 h2 h3 p ul ol li span
    section nav bdi time mark code article aside dl dt dd svg rect line text footer figure details summary
    table caption thead tbody tr th td b i script pre
"""
ATTRIBUTES = """
    lang charset name content rel type href class id for action method role value dir placeholder
    autocomplete autocapitalize spellcheck tabindex start datetime aria-label aria-labelledby
    aria-hidden aria-current width height title maxlength x y x1 x2 y1 y2 dx dy focusable src defer scope
    data-suggest data-step
"""
#: A test takes about a hundred of the hostile strings.
HUNDREDS = range(16)


@pytest.fixture(scope="module")
def hostile(shared):
    """The naughty strings and the cross-site-scripting and template-injection payloads."""
    folder = shared / "data" / "hostile"
    files = ("naughty_strings.json", "xss.payloads.json", "ssti.payloads.json")
    return [text for name in files for text in json.loads((folder / name).read_text("utf-8"))]


@pytest.fixture(scope="module")
def client():
    return site(ARTICLES[:4])


def assert_is_ours(page):
    """Assert that tags, attributes and addresses are such as the templates write."""
    tags = {tag for tag, _, _ in page.elements}
    attributes = {name for _, has, _ in page.elements for name in has}
    assert tags <= set(TAGS.split())
    # What a script element holds is data: JSON that no text ended early.
    data = page.texts("script", type="application/ld+json")
    assert "".join(page.texts("script")) == "".join(data)
    assert all(json.loads(each)["@type"] == "NewsArticle" for each in data)
    assert all(src.startswith("/static/") for src in page.attributes("script", "src"))
    assert attributes <= set(ATTRIBUTES.split())
    addresses = page.attributes("a", "href") + page.attributes("form", "action")
    assert all(re.match(r"/(?!/)|#|https?://", address) for address in addresses)
    # One each, whatever a text says.
    assert [len(page.texts(tag)) for tag in ("html", "body", "main", "h1")] == [1, 1, 1, 1]


def assert_query_is_harmless(client, text):
    for path in ("/search", "/article/summit", "/api/v1/search"):
        response = client.get(f"{path}?{urlencode({'q': text})}")
        assert response.status_code in (200, 400, 414), text
        assert "\n" not in "".join(response.headers.values())
        if path == "/api/v1/search":
            assert (
                response.get_json()["query" if response.status_code == 200 else "error"] is not None
            )
        else:
            page = Page(response.text)
            assert_is_ours(page)
            assert page.attributes("input", "value")[0] == text


def assert_filter_is_harmless(client, text):
    query = urlencode({"author": text, "from": text, "place": text, "sort": text[:5]})
    response = client.get(f"/search?{query}")
    assert response.status_code in (200, 400, 414), text
    assert_is_ours(Page(response.text))


def hostile_article(number, text):
    return document(
        f"h{number}", title=text, body=text, authors=(text,), byline=text, source=text,
        section=text, url=text, language="en", entities=named_as(text),
    )  # fmt: skip


def named_as(text):
    """Return a person of that name, whom title and body name, and who is also written as it begins."""
    form = text[: len(text) // 2 + 1].strip()
    return Entities((named_in(text, text, text, form),)) if form else Entities()


def defused(text):
    """Return *text* with nothing left that could be markup, as long and as blank as before."""
    return re.sub(r"[<>&\"'`:/]", "_", text)


#: What an article's page lists of articles that share its words or authors: two defused texts can be one.
SHARED = re.compile(
    r'(?s)<section (?:class="row similar |aria-labelledby="by-authors").*?</section>'
)


def skeleton_of_one(html):
    """Return the skeleton of an article's page without the lists of those that share something with it."""
    return Page(SHARED.sub("", html)).skeleton()


@contextmanager
def indexed(texts, settings=None):
    """Give a client of a site over an index of articles made of *texts*: the page of an article asks far too much of the engine in memory."""
    settings = settings or Settings()
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(open_engine(f"{folder}/index", make=True, settings=Settings(stories=0))) as engine,
    ):
        engine.add([hostile_article(n, text) for n, text in enumerate(texts)])
        yield create_app(SearchService(engine, settings), settings).test_client()


def assert_articles_are_harmless(texts):
    with (
        indexed(texts, Settings(page_size=100)) as client,
        indexed(list(map(defused, texts))) as tame,
    ):
        assert_pages_are_harmless(texts, client, tame)


def assert_pages_are_harmless(texts, client, tame):
    for number, text in enumerate(texts):
        path = f"/article/h{number}"
        html = client.get(path).text
        page = Page(html)
        assert_is_ours(page)
        if not text.startswith(("http://", "https://")):  # those addresses become links
            assert skeleton_of_one(html) == skeleton_of_one(tame.get(path).text)
        named = Page(client.get(f"/article/h{number}?names=on").text)
        assert_is_ours(named)
        assert named.raw_text("h1") == page.raw_text("h1")
        # What HTML cannot hold is shown as U+FFFD; the API gives it to the letter.
        shown = unescape(to_html(Marked(text)))
        assert page.raw_text("h1") == (shown if text.strip() else "(untitled)")
        answer = client.get(f"/api/v1/articles/h{number}").get_json()
        assert (answer["title"], answer["body"], answer["authors"]) == (text, text, [text])
    for path in ("/", "/search", "/search?facet=author:100&facet=source:100"):
        response = client.get(path)
        assert response.status_code == 200
        assert_is_ours(Page(response.text))


@pytest.mark.parametrize("text", OWN, ids=range(len(OWN)))
def test_own_strings_as_query(client, text):
    assert_query_is_harmless(client, text)
    assert_filter_is_harmless(client, text)


def test_own_strings_as_articles():
    assert_articles_are_harmless(OWN)


@pytest.mark.parametrize("text", OWN, ids=range(len(OWN)))
def test_own_strings_as_path(client, text):
    for path in ("/article/", "/api/v1/articles/", "/static/", "/"):
        response = client.get(path + quote(text, safe="/"))
        assert response.status_code in (200, 404)


@pytest.mark.parametrize("hundred", HUNDREDS)
def test_shared_strings_as_query(client, hostile, hundred):
    for text in hostile[hundred :: len(HUNDREDS)]:
        assert_query_is_harmless(client, text)


@pytest.mark.parametrize("hundred", HUNDREDS)
def test_shared_strings_as_filters(client, hostile, hundred):
    for text in hostile[hundred :: len(HUNDREDS)]:
        assert_filter_is_harmless(client, text)


@pytest.mark.parametrize("hundred", HUNDREDS)
def test_shared_strings_as_articles(hostile, hundred):
    assert_articles_are_harmless(hostile[hundred :: len(HUNDREDS)])


def test_no_path_leads_out_of_the_static_files(client, shared):
    path = shared / "data" / "hostile" / "path_traversal.payloads.json"
    for text in json.loads(path.read_text("utf-8")):
        for url in (f"/static/{text}", f"/article/{text}"):
            # Some hold what no client would send in a path.
            response = client.get(url.encode("ascii", "ignore").decode().replace("\n", ""))
            assert response.status_code in (404, 414), url


@given(query=st.binary(max_size=40))
def test_any_bytes_in_the_query_string(client, query):
    environ = {"QUERY_STRING": query.decode("latin-1")}
    response = client.get("/search", environ_overrides=environ)
    assert response.status_code in (200, 400)
    assert_is_ours(Page(response.text))
