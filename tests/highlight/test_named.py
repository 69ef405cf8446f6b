"""Who asks for an entity sees each mention of it, however written; names of entities in a text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.highlight.highlighter import Highlighter, mark_article
from search.highlight.named import names_of
from search.model.article import Document, Entities, Entity, Mention
from search.model.fields import FIELDS
from search.query.parser import parse
from tests.support.documents import document, named_in

TITLE = "Blinken leaves us in Kyiv"
BODY = (
    "Antony Blinken told us that the U.S. will stay.\n\nAfter the International Atomic Energy Agency (IAEA) "
    "had left, Mr Blinken said nothing of US plans, nor of Joe Blinken."
)


def entity(name: str, *forms: str, without: str = "\0") -> Entity:
    """Return an entity with a mention wherever one of its names stands as such, but not inside *without*."""
    return named_in(TITLE, BODY.replace(without, "\0" * len(without)), name, *forms)


ARTICLE = document(
    "a",
    TITLE,
    BODY,
    entities=Entities(
        (entity("Antony Blinken", "Blinken", without="Joe Blinken"), entity("Joe Blinken")),
        (entity("International Atomic Energy Agency", "IAEA"),),
        (entity("United States", "U.S.", "US"), entity("Kyiv")),
    ),
)


def marked(query: str, of: Document = ARTICLE) -> list[str]:
    title, paragraphs = mark_article(of, parse(query).tree)
    return [part.text[start:end] for part in (title, *paragraphs) for start, end in part.marks]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("place:us", ["U.S.", "US"]),
        ("entity:us", ["U.S.", "US"]),
        ("place:america", ["U.S.", "US"]),
        ('place:"united states"', ["U.S.", "US"]),
        ("us", ["us", "us", "U.S.", "US"]),
        ("org:iaea", ["International Atomic Energy Agency", "IAEA"]),
        ('org:"international atomic energy agency"', ["International Atomic Energy Agency", "IAEA"]),
        ("org:atom*", ["International Atomic Energy Agency", "IAEA"]),
        ("person:antony", ["Blinken", "Antony Blinken", "Blinken"]),
        ("person:joe", ["Joe Blinken"]),
        ("person:blinken", ["Blinken", "Antony Blinken", "Blinken", "Joe Blinken"]),
        ("person:blinkn~1 nothing", ["Blinken", "Antony Blinken", "Blinken", "nothing", "Joe Blinken"]),
        ("place:(kyiv OR us)", ["Kyiv", "U.S.", "US"]),
        ("blinken person:antony", ["Blinken", "Antony Blinken", "Blinken", "Blinken"]),
        ("antony person:antony", ["Blinken", "Antony Blinken", "Blinken"]),
        ("person:kyiv", []),
        ("kyiv -place:us", ["Kyiv"]),
    ],
)  # fmt: skip
def test_each_mention_of_an_entity_asked_for_is_marked(query: str, expected: list[str]) -> None:
    assert marked(query) == expected


def test_where_no_mention_is_known_what_is_written_like_the_query_is_marked() -> None:
    older = document("a", TITLE, BODY, entities=Entities(places=(Entity("United States"),)))

    assert marked("place:us", older) == ["us", "us", "U.S.", "US"]


def test_a_snippet_shows_a_mention_in_another_form() -> None:
    body = "It rained. " * 30 + "Then the IAEA came. " + "It rained. " * 30
    at = len("T\n\n") + body.index("IAEA")
    agency = Entity("Atomic Agency", (Mention(at, at + 4),), ("IAEA",))
    found = document("a", "T", body, entities=Entities(organisations=(agency,)))
    highlighter = Highlighter(parse("org:atomic").tree)
    mentioned = highlighter.mentioned(found)
    assert mentioned is not None
    snippet = highlighter.snippet(body, 80, mentioned.body)

    assert [snippet.text[start:end] for start, end in snippet.marks] == ["IAEA"]


def test_names_of_title_and_paragraphs_are_those_that_were_found() -> None:
    title, paragraphs = mark_article(ARTICLE, parse("").tree)
    found = [
        (n.field, n.name, part.text[n.start : n.end])
        for part in (title, *paragraphs)
        for n in part.names
    ]

    assert found == [
        ("person", "Antony Blinken", "Blinken"),
        ("place", "Kyiv", "Kyiv"),
        ("person", "Antony Blinken", "Antony Blinken"),
        ("place", "United States", "U.S."),
        ("org", "International Atomic Energy Agency", "International Atomic Energy Agency"),
        ("org", "International Atomic Energy Agency", "IAEA"),
        ("person", "Antony Blinken", "Blinken"),
        ("place", "United States", "US"),
        ("person", "Joe Blinken", "Joe Blinken"),
    ]  # fmt: skip


MENTIONS = st.lists(
    st.tuples(st.integers(-3, 60), st.integers(-3, 60)).map(lambda pair: Mention(*pair)), max_size=6
).map(tuple)


@given(
    title=st.text(alphabet="a\u0301 \nK", max_size=12),
    body=st.text(alphabet="a\u0301 \nK.", max_size=40),
    people=MENTIONS,
    places=MENTIONS,
    query=st.sampled_from(["person:kyiv", "a person:kyiv", "entity:k*", "aa", ""]),
)
def test_any_mentions_give_disjoint_names_and_marks_inside_the_text(
    title: str, body: str, people: tuple[Mention, ...], places: tuple[Mention, ...], query: str
) -> None:
    entities = Entities((Entity("Kyiv", people),), (), (Entity("Kyiv", places),))
    found = document("a", title, body, entities=entities)
    for text, names in zip((title, body), names_of(found, FIELDS), strict=True):
        edges = [offset for name in names for offset in (name.start, name.end)]
        assert edges == sorted(edges)
        assert all(0 <= name.start < name.end <= len(text) for name in names)
    for part in (lambda found: (found[0], *found[1]))(mark_article(found, parse(query).tree)):
        for spans in (part.marks, [name[:2] for name in part.names]):
            edges = [offset for span in spans for offset in span]
            assert edges == sorted(edges)
            assert all(0 <= start < end <= len(part.text) for start, end in spans)
    highlighter = Highlighter(parse(query).tree)
    mentioned = highlighter.mentioned(found)
    snippet = highlighter.snippet(body, 30, None if mentioned is None else mentioned.body)
    assert all(0 <= start < end <= len(snippet.text) for start, end in snippet.marks)
