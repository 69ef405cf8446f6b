"""Who and what an article names: the rules of docs/entities.md, case by case."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.enrich.entities.tagger import MAX_ENTITIES, extract
from search.enrich.entities.word_lists import words
from search.model.article import Article, Entities


def found(body: str, title: str = "") -> Entities:
    return extract(Article(article_id="a", title=title, body=body))


def names(body: str, title: str = "") -> tuple[set[str], set[str], set[str]]:
    entities = found(body, title)
    people, organisations, places = (
        {entity.name for entity in kind}
        for kind in (entities.people, entities.organisations, entities.places)
    )
    return people, organisations, places


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("They met Antony Blinken there.", {"Antony Blinken"}),
        ("Then Secretary of State Antony Blinken spoke.", {"Antony Blinken"}),
        ("Army Chief of Staff General Mwangi Otieno spoke.", {"Mwangi Otieno"}),
        ("Ukrainian Foreign Minister Andrii Sybiha spoke.", {"Andrii Sybiha"}),
        ("It was said by General Xqzat Brrr of the guard.", {"Xqzat Brrr"}),
        ("A visit of Ursula von der Leyen began.", {"Ursula von der Leyen"}),
        ("It was up to Bashar al-Assad to go.", {"Bashar al-Assad"}),
        ("He asked Aoife O'Neil about it.", {"Aoife O'Neil"}),
        ("The mayor, João Falcão, agreed.", {"João Falcão"}),
        ("They honoured Martin Luther King Jr. that day.", {"Martin Luther King Jr."}),
        ("Under Pope John Paul II it changed.", {"John Paul II"}),
        ("Yesterday Hooper told them so.", {"Hooper"}),
        ("It belonged to John Smith's sister.", {"John Smith"}),
        ("Officials said that Residents agreed.", set()),
        ("On Wednesday in August Ukrainians celebrated Christmas.", set()),
        ("Both flew the F-16 Falcon home.", set()),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_people(text: str, people: set[str]) -> None:
    assert names(text)[0] == people


@pytest.mark.parametrize(
    ("text", "organisations"),
    [
        ("It rejoined NATO.", {"NATO"}),
        ("It rejoined the Kenya Meteorological Agency.", {"Kenya Meteorological Agency"}),
        ("He wrote to the Bank of England.", {"Bank of England"}),
        (
            "He wrote to the National Security and Defence Council.",
            {"National Security and Defence Council"},
        ),
        (
            "He wrote to the Centers for Disease Control and Prevention.",
            {"Centers for Disease Control and Prevention"},
        ),
        ("She studied at the University of Nairobi in Kenya.", {"University of Nairobi"}),
        ("She studied at New York University.", {"New York University"}),
        ("The grid operator Zqenergo said so.", {"Zqenergo"}),
        ("Both worked for AT&T there.", {"AT&T"}),
        ("They bought General Motors Corp. on Monday.", {"General Motors Corp"}),
        ("He left the Securities and Exchange Commission.", {"Securities and Exchange Commission"}),
        ("Shares of Quxley Inc. The rest fell.", {"Quxley Inc"}),
        ("The Russian Defence Ministry denied it.", {"Russian Defence Ministry"}),
        ("A NATO-led force left.", {"NATO"}),
        ("He asked the Council and the Court.", set()),
        ("It was the Biden administration that paid.", set()),
        ("They spoke of COVID-19 and the CEO on TV.", set()),
        ("It was the Paris Agreement and the World Cup.", set()),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_organisations(text: str, organisations: set[str]) -> None:
    assert names(text)[1] == organisations


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("They left Kyiv for São Paulo.", {"Kyiv", "São Paulo"}),
        ("A Tokyo-based group left.", {"Tokyo"}),
        ("The Russian-backed group left.", set()),
        ("Guests came to Lake Zqz and the Swan River.", {"Lake Zqz", "Swan River"}),
        ("It lies near Oberzqz, they said.", {"Oberzqz"}),
        ("It is the Iranian town of Zqom.", {"Zqom"}),
        ("Rain fell in the Zqarib region.", {"Zqarib"}),
        ("It is the Democratic Republic of the Congo.", {"Democratic Republic of the Congo"}),
        ("They left Zurich's old town.", {"Zürich"}),
        ("KYIV (Reuters) - Rain fell.", {"Kyiv"}),
        ("North Korean and South African visitors came.", set()),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_places(text: str, places: set[str]) -> None:
    assert names(text)[2] == places


def test_surname_counts_for_the_one_person_who_has_it() -> None:
    people = found("Blinken came.\nThen Antony Blinken left, and Mr Blinken waved.").people
    assert [person.name for person in people] == ["Antony Blinken"]


def test_surname_of_two_people_counts_for_neither() -> None:
    people = found("Joe Biden and Jill Biden came. President Biden spoke.").people
    assert {person.name for person in people} == {"Joe Biden", "Jill Biden", "Biden"}


def test_initials_do_not_make_another_person() -> None:
    people = found("Antony J. Blinken came. Later Antony Blinken left with Antony Blinken.").people
    assert [person.name for person in people] == ["Antony Blinken"]


def test_surname_alone_as_in_asia() -> None:
    people = found("President Yoon Suk Yeol spoke. Then Yoon left.").people
    assert [person.name for person in people] == ["Yoon Suk Yeol"]


def test_forms_of_a_country_are_one_place() -> None:
    places = found("From the U.S. to the US, in the United States and the USA.").places
    assert [place.name for place in places] == ["United States"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("The North Atlantic Treaty Organization (NATO) met. So NATO paid.", "NATO"),
        ("The Zanzibar Fishing Authority (ZFA) met. So ZFA paid.", "Zanzibar Fishing Authority"),
    ],
    ids=["listed-by-its-acronym", "stated-by-the-article"],
)
def test_acronym_and_long_form_are_one_organisation(text: str, name: str) -> None:
    (organisation,) = found(text).organisations
    assert organisation.name == name


def test_headline_in_title_case_is_no_evidence_but_counts_who_is_known() -> None:
    body = "The ministers met Antony Blinken in Brussels."
    entities = found(body, title="Angry Farmers Meet Blinken Before Brussels Summit")
    assert [e.name for e in entities.people] == ["Antony Blinken"]
    assert [e.name for e in entities.places] == ["Brussels"]
    assert entities.organisations == ()


@pytest.mark.parametrize(
    "line",
    ["WHO IS TO BLAME FOR US AND IT", "GIANT STORM HITS SMALL COAST"],
    ids=["words", "shout"],
)
def test_capitals_are_no_evidence(line: str) -> None:
    assert not found("Nothing else was known.", title=line)


def test_authors_are_not_people_of_the_article() -> None:
    article = Article(article_id="a", title="t", body="Rain fell.", authors=("Ines Vandermoor",))
    assert extract(article).people == ()


def test_order_is_of_first_appearance() -> None:
    places = found("It went to Peru, then Kenya, then Peru.", title="Rain in Chile today").places
    assert [place.name for place in places] == ["Chile", "Peru", "Kenya"]


def test_name_wrapped_over_two_lines_is_one() -> None:
    body = "    They left New\nYork with Antony\nBlinken on foot.\n    A second paragraph."
    assert names(body) == ({"Antony Blinken"}, set(), {"New York"})


def test_at_most_so_many_entities() -> None:
    body = "\n".join(
        f"They met John Q{chr(97 + i % 26)}{chr(97 + i // 26)}z here." for i in range(500)
    )
    assert len(found(body).people) == MAX_ENTITIES


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
        "\x00\ufeff\u202eAntony\u200bBlinken",
        "<b>Antony Blinken</b> &amp; <script>alert(1)</script>",
        "İstanbul ǅ ß ﬁ ΑΒΓ Владимир Путин 東京",
    ],
    ids=[
        "empty", "capitals", "one-word", "dots", "connectors", "brackets", "joiners", "invisible",
        "markup", "scripts",
    ],
)  # fmt: skip
def test_hostile_text_is_read_to_its_end(body: str) -> None:
    entities = found(body, title=body[:1000])
    assert len(entities.people) + len(entities.organisations) + len(entities.places) <= MAX_ENTITIES


PIECES = st.sampled_from(
    ["Antony", "Blinken", "NATO", "(NATO)", "U.S.", "of", "and", "the", "for", "von", "der", "President", "Bank", "Ministry", "Kyiv-based", "Kyiv's", "New", "York", "University", "said", "in", ".", ",", "“", "”", "(", ")", "\n", "Mr", "Blinken's", "O'Neil", "AT&T", "World", "Health", "Organization", "(WHO)", "WHO", "Lake", "-"]
) | st.text(max_size=8)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(title=st.lists(PIECES, max_size=8), body=st.lists(PIECES, max_size=40))
def test_names_come_from_the_text_and_none_twice(title: list[str], body: list[str]) -> None:
    article = Article(
        article_id="a",
        title=" ".join(title).encode("utf-8", "replace").decode(),
        body=" ".join(body).encode("utf-8", "replace").decode(),
    )
    entities = extract(article)
    text = f"{article.title} {article.body}".casefold()
    found_names = [
        entity.name
        for kind in (entities.people, entities.organisations, entities.places)
        for entity in kind
    ]
    stated = set(words().aliases.values())
    made_up = [
        name
        for name in found_names
        if name not in stated and not all(word.casefold() in text for word in name.split(" "))
    ]
    assert made_up == []
    assert len(found_names) == len(set(found_names))


def test_lists_are_read_on_first_use_only() -> None:
    code = (
        "import search.enrich.entities.tagger, search.enrich.entities.word_lists as w;"
        "assert w.words.cache_info().currsize == 0"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_aliases_lead_to_a_name_that_is_none() -> None:
    aliases = words().aliases
    assert [name for name in aliases.values() if name in aliases] == []


def test_names_seen_wrong_before(shared: Path) -> None:
    (path,) = (shared / "seeds").glob("*.txt")
    title, _, body = path.read_text("utf-8").split("\n", 2)
    people, organisations, places = names(body.removesuffix("Reuters"), title)
    assert {"Antony Blinken", "Mark Rutte", "Vladimir Putin", "Christopher Cavoli"} <= people
    assert organisations == {
        "NATO", "EU", "Kremlin", "Telegram", "Ukrenergo", "National Security and Defence Council",
    }  # fmt: skip
    assert {"Kyiv", "Brussels", "United States", "Ukraine"} <= places


def test_naughty_strings(shared: Path) -> None:
    strings = json.loads((shared / "data" / "hostile" / "naughty_strings.json").read_text("utf-8"))
    for text in strings:
        clean = text.encode("utf-8", "replace").decode()
        assert isinstance(found(clean, title=clean), Entities)
