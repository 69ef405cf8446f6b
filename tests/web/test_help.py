"""The page that says how to search."""

from __future__ import annotations

from tests.support.web_page import page_at
from tests.support.web_site import site


def test_examples_are_links_that_find_what_they_say(client):
    page = page_at(client, "/help")
    assert page.texts("h1") == ["How to search"]
    found = page_at(client, page.link('author:"Pavel Polityuk"'))
    (count,) = [
        " ".join("".join(inside).split())
        for tag, _, inside in page.elements
        if tag == "tr" and "Pavel Polityuk" in "".join(inside)
    ]
    total = found.texts("p", role="status")[0].split()[0]
    assert count == f'author:"Pavel Polityuk" by an author {total}'


def test_an_empty_index_has_forms_and_no_links():
    page = page_at(site([]), "/help")
    assert "ONE TWO" in page.texts("code")
    assert not [url for url in page.attributes("a", "href") if url.startswith("/search?q=")]


def test_every_page_leads_to_it(client):
    assert page_at(client, "/search?q=nato").link("How to search") == "/help"
