"""Suggestions for the box, in the form that browsers know."""

from __future__ import annotations

import pytest


def test_suggestions_say_what_they_find_and_where(client):
    answer = client.get("/suggest?q=bli")
    assert answer.content_type == "application/x-suggestions+json; charset=utf-8"
    typed, queries, said, urls = answer.get_json(force=True)
    assert typed == "bli"
    assert queries == ["blinken", 'person:"Antony Blinken"']
    assert said == ["1 article", "person, 1 article"]
    assert urls[1] == "/search?q=person%3A%22Antony+Blinken%22"


@pytest.mark.parametrize(
    "typed", ["", "b", "%22", "(", "x" * 3000, "%3Cscript", "a%00b", "%F0%9F%98%80%F0%9F%98%80"]
)
def test_whatever_is_typed_has_an_answer(client, typed):
    answer = client.get("/suggest?q=" + typed)
    assert answer.status_code == 200
    assert answer.get_json(force=True)[1] == []


def test_other_parameters_are_refused(client):
    assert client.get("/suggest?q=bli&n=3").status_code == 400


def test_pages_have_the_script_and_no_other(client):
    page = client.get("/search?q=nato").text
    assert page.count("<script") == 1
    assert 'data-suggest="/suggest"' in page
    with client.get("/static/keys.js") as script:
        assert script.status_code == 200
