"""Who and what an article names, by the tagger that is the default: network and merging together."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import fields
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.enrich.entities import fast, spacy_tagger
from search.enrich.entities.fast import FastTagger, load
from search.enrich.entities.merging import MAX_ENTITIES
from search.enrich.entities.versions import FROM_SPANS
from search.enrich.entities.word_lists import words
from search.model.article import Article, Entities
from tests.support.paths import CHECKOUT

TITLE = "Ferry line of Zanzibar is sold as rains reach Nairobi"
BODY = """\
Tanzania sold its ferry line on Wednesday, as the Hassan administration assured NATO that its ports stay open.
Kenyan Foreign Minister Wanjiru Otieno met U.S. Secretary of State Antony Blinken in Brussels, the Kenya Ports Authority (KPA) said.
Falling prices helped, Otieno told Reuters near the metro station Schuman. “The US has not asked (President Samia) Hassan for more,” Blinken said.
South African lenders had asked the United States and Britain to wait. The UK agreed, and so did the KPA.
Reuters"""


@cache
def shared_tagger() -> FastTagger:
    return load("")


@pytest.fixture
def tagger() -> FastTagger:
    return shared_tagger()


def tagged(tagger: FastTagger, body: str, title: str = "", **facts: str) -> Entities:
    (entities,) = tagger.tag([Article(article_id="a", title=title, body=body, **facts)])
    return entities


def counts(entities: Entities) -> list[dict[str, int]]:
    return [{entity.name: len(entity.mentions) for entity in kind} for kind in entities]


def test_names_of_an_article(tagger: FastTagger) -> None:
    people, organisations, places = counts(tagged(tagger, BODY, TITLE, source="Reuters"))
    assert people == {"Wanjiru Otieno": 2, "Antony Blinken": 2, "Samia Hassan": 2}
    assert organisations == {"NATO": 1, "Kenya Ports Authority": 3}
    assert places.items() >= {
        "Tanzania": 1, "Nairobi": 1, "Brussels": 1, "United States": 3, "United Kingdom": 2,
    }.items()  # fmt: skip
    assert {"South African", "Kenyan", "Wednesday", "Falling"}.isdisjoint(places)


def test_name_wrapped_over_two_lines_is_one(tagger: FastTagger) -> None:
    body = """\
    The two foreign ministers left New
York for the talks in Brussels, together with Antony
Blinken and others of the delegation.
    A second paragraph follows here."""
    people, _, places = counts(tagged(tagger, body))
    assert people == {"Antony Blinken": 1}
    assert places == {"New York": 1, "Brussels": 1}


def test_authors_are_not_people_of_the_article(tagger: FastTagger) -> None:
    article = Article(article_id="a", title="t", body="Rain fell.", authors=("Ines Vandermoor",))
    assert tagger.tag([article]) == [Entities()]


def test_articles_are_tagged_in_order(tagger: FastTagger) -> None:
    bodies = ["They met in Kenya.", "", "They met in Peru."]
    articles = [Article(article_id="a", title="", body=body) for body in bodies]
    assert [counts(entities)[2] for entities in tagger.tag(articles)] == [
        {"Kenya": 1},
        {},
        {"Peru": 1},
    ]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "Aa " * 50_000,
        "A" * 200_000,
        "A.B." * 50_000,
        "Bank of " * 30_000,
        "(Antony) " * 20_000,
        "Aa-'" * 50_000,
        "Antony\n" * 30_000,
        "\x00\ufeff\u202eAntony\u200bBlinken",
        "<b>Antony Blinken</b> &amp; <script>alert(1)</script>",
        "İstanbul ǅ ß ﬁ ΑΒΓ Владимир Путин 東京",
    ],
    ids=[
        "empty", "capitals", "one-word", "dots", "connectors", "brackets", "joiners", "lines",
        "invisible", "markup", "scripts",
    ],
)  # fmt: skip
def test_hostile_text_is_read_to_its_end(tagger: FastTagger, body: str) -> None:
    entities = tagged(tagger, body, title=body[:1000])
    assert sum(map(len, entities)) <= MAX_ENTITIES


PIECES = st.sampled_from(
    ["Antony", "Blinken", "NATO", "(NATO)", "U.S.", "of", "and", "the", "for", "von", "der", "President", "Bank", "Ministry", "Kyiv-based", "Kyiv's", "New", "York", "University", "said", "in", ".", ",", "“", "”", "(", ")", "\n", "\r\n", "\n\n", "Mr", "Blinken's", "O'Neil", "AT&T", "World", "Health", "Organization", "(WHO)", "WHO", "Lake", "-"]
) | st.text(max_size=8)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(title=st.lists(PIECES, max_size=8), body=st.lists(PIECES, max_size=60))
def test_mentions_are_where_the_text_has_them(title: list[str], body: list[str]) -> None:
    made, joined = (" ".join(each).encode("utf-8", "replace").decode() for each in (title, body))
    article = Article(article_id="a", title=made, body=joined)
    (entities,) = shared_tagger().tag([article])
    for entity in (*entities.people, *entities.organisations, *entities.places):
        for start, end in entity.mentions:
            written = " ".join(article.tagged_text[start:end].split())
            assert written in (entity.name, *entity.forms)


def test_nothing_is_loaded_before_it_is_needed() -> None:
    code = (
        "import sys, search.enrich.entities.fast as fast; fast.facts('');"
        "assert not {'numpy', 'search.enrich.entities.word_lists'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_taggers_share_is_in_the_version_of_each(monkeypatch: pytest.MonkeyPatch) -> None:
    model = spacy_tagger._Model(Path("model"), "3.8.0", "de", ("ner",))
    monkeypatch.setattr(spacy_tagger, "_found", lambda name: model)
    for tagger in (fast, spacy_tagger):
        assert tagger.facts("model").version.endswith(f".{FROM_SPANS}")


def test_no_list_is_kept_that_merging_does_not_ask() -> None:
    merging = CHECKOUT / "search/enrich/entities/merging"
    code = "".join(path.read_text("utf-8") for path in merging.glob("*.py"))
    assert [field.name for field in fields(words()) if f".{field.name}" not in code] == []


def test_aliases_lead_to_a_name_that_is_none() -> None:
    aliases = words().aliases
    assert [name for name in aliases.values() if name in aliases] == []


def test_names_seen_wrong_before(tagger: FastTagger, shared: Path) -> None:
    (path,) = (shared / "seeds").glob("*.txt")
    title, _, body = path.read_text("utf-8").split("\n", 2)
    people, organisations, places = counts(tagged(tagger, body, title, source="Reuters"))
    assert people.keys() == {
        "Antony Blinken", "Mark Rutte", "Donald Trump", "Biden", "Vladimir Putin", "Andriy Yermak", "Andrii Kovalenko", "Andrii Sybiha", "Christopher Cavoli", "David Lammy",
    }  # fmt: skip
    assert people["Antony Blinken"] == 5
    assert organisations.keys() == {
        "NATO", "EU", "Kremlin", "Telegram", "Ukrenergo", "National Security and Defence Council",
    }  # fmt: skip
    assert places.keys() >= {"Kyiv", "Russia", "Ukraine", "Brussels", "Moscow", "United States"}
    assert places.keys() <= {
        "Kyiv", "Russia", "Ukraine", "Brussels", "Moscow", "United States", "Universitet",
    }  # fmt: skip


def test_naughty_strings(tagger: FastTagger, shared: Path) -> None:
    strings = json.loads((shared / "data" / "hostile" / "naughty_strings.json").read_text("utf-8"))
    for text in strings:
        clean = text.encode("utf-8", "replace").decode()
        assert isinstance(tagged(tagger, clean, title=clean), Entities)
