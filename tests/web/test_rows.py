"""Rows made outside templates: nothing in them becomes markup, and links ask what they say."""

from __future__ import annotations

from datetime import UTC, datetime
from html.parser import HTMLParser
from urllib.parse import quote

import pytest

from search.engines.protocol.facets import FacetValue
from search.engines.protocol.result import EngineHit, Story
from search.highlight.marked import Marked
from search.model.article import Article, Document
from search.model.fields import FIELDS
from search.model.question import FacetRequest, Question, Selection
from search.present.dates import known_date
from search.service.answer import Hit
from web import filters, links, rows
from web.band import Bars, DateLink, Label
from web.facets import Facet, FacetLink, value_links
from web.links import Choice

HOSTILE = """<b onclick='x()' class="y">&lt; %s %(x)s {0} </title></svg><script>"""


class Seen(HTMLParser):
    """The elements, attributes and texts of a part of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.values: list[str | None] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.values += [value for _, value in attributes]

    def handle_data(self, text: str) -> None:
        self.texts.append(text)


def value(**changed: object) -> FacetLink:
    known = {"value": HOSTILE, "label": HOSTILE, "count": 1200, "share": 5.5, "url": HOSTILE}
    rest = {"is_selected": False, "out_url": HOSTILE}
    return FacetLink(**{**known, **rest, **changed})


@pytest.mark.parametrize(
    "changed",
    [{}, {"is_selected": True, "out_url": ""}, {"is_left_out": True, "out_url": ""}],
    ids=["free", "selected", "left out"],
)
def test_values_of_a_facet_become_no_markup(changed: dict[str, object]) -> None:
    seen = Seen(rows.values_listed([value(**changed)], HOSTILE, "person"))
    assert seen.tags <= {"ul", "li", "a", "span", "bdi", "svg", "rect"}
    assert HOSTILE in seen.texts
    assert HOSTILE in seen.values


def test_a_value_with_a_page_of_its_own_leads_there() -> None:
    html = rows.values_listed([value(value="Ann O'Hara")], "person", "person")
    assert f"/person/{quote('Ann O' + chr(39) + 'Hara')}" in Seen(html).values


@pytest.mark.parametrize("make", [rows.bars_drawn, rows.dates_listed])
@pytest.mark.parametrize("url", [HOSTILE, ""], ids=["link", "no link"])
def test_dates_become_no_markup(make, url: str) -> None:
    bars = Bars(HOSTILE, (DateLink(HOSTILE, 1200, 100.0, url),) * 2, (), None)
    seen = Seen(make(bars))
    assert seen.tags <= {"a", "title", "rect", "tr", "th", "td"}
    assert set(seen.values) <= {
        *([url] if url else []),
        *("nofollow", "-1", "pad", "bar", "0.00%", "50.00%", "100%", "5.00%", "55.00%"),
        *("0.0%", "40.00%", "100.0%", "row", "num"),
    }


def test_labels_of_the_axis_become_no_markup() -> None:
    seen = Seen(rows.ticks_drawn(Bars("day", (), (Label(1, HOSTILE, url=HOSTILE),) * 5, None)))
    assert seen.tags == {"a", "text"}
    assert seen.texts.count(HOSTILE) == seen.values.count(HOSTILE) == 5
    assert seen.values.count("second") == 2


def test_a_label_of_few_that_leads_nowhere_is_no_link_and_stays_on_a_phone() -> None:
    html = rows.ticks_drawn(Bars("day", (), (Label(1, "May"),) * 4, None))
    assert Seen(html).tags == {"text"}
    assert "second" not in html


def test_only_dates_with_articles_are_bars_and_rows() -> None:
    dates = (DateLink("May", 2, 100.0, "/may"), DateLink("June", 0, 0.0, ""))
    bars = Bars("month", (*dates, DateLink("9999", 1, 50.0, "")), (), None)
    assert rows.bars_drawn(bars).count("<rect") == 2
    assert rows.dates_listed(bars).count("<tr>") == 2


MOMENT = datetime(2026, 5, 13, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("precision", "shown", "expected"),
    [
        ("day", "", "13 May 2026"),
        ("day", "13 May 2026", "13 May 2026"),
        ("minute", "", "13 May 2026 09:30 UTC"),
        ("minute", "13 May 2026", "13 May 2026 09:30 UTC"),
    ],
)
def test_a_date_is_said_whole_to_readers(precision: str, shown: str, expected: str) -> None:
    seen = Seen(rows.when_of(known_date(MOMENT, precision), shown))
    assert "".join(seen.texts) == expected


def test_only_a_day_with_a_clock_time_is_left_out_where_it_is_shown_already() -> None:
    hidden = '<span class="unseen">13 May 2026</span>'
    assert hidden in rows.when_of(known_date(MOMENT, "minute"), "13 May 2026")
    assert hidden not in rows.when_of(known_date(MOMENT, "minute"), "12 May 2026")
    assert hidden not in rows.when_of(known_date(MOMENT, "day"), "13 May 2026")


@pytest.mark.parametrize(
    ("authors", "source", "section", "expected"),
    [
        ((), "", " ", ""),
        ((), "Wire", "", "Wire"),
        (("A",), "", "World", "A · World"),
        (("A", "B"), "Wire", "World", "A and B · Wire · World"),
        (("A", "B", "C", "D"), "", "", "A, B, C and D"),
        (("A", "B", "C", "D", "E"), "Wire", "", "A, B, C and 2 more · Wire"),
    ],
    ids=["nothing", "source", "author", "all", "four", "five"],
)
def test_who_wrote_it_and_where_it_stood(authors, source, section, expected) -> None:
    article = Article(
        article_id="1", title="t", body="b", authors=authors, source=source, section=section
    )
    assert "".join(Seen(rows.credits_of(article)).texts) == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [("", ' dir="auto"'), ("en", ' lang="en" dir="ltr"'), ("ar-EG", ' lang="ar-EG" dir="rtl"')],
    ids=["not known", "English", "Arabic"],
)
def test_a_text_says_its_language_and_direction(language: str, expected: str) -> None:
    assert rows.in_language(language) == expected


def test_a_language_becomes_no_markup() -> None:
    assert Seen(f"<p{rows.in_language(HOSTILE)}>x</p>").values == [HOSTILE, "ltr"]


def test_credits_become_no_markup() -> None:
    article = Article(
        article_id="1",
        title="t",
        body="b",
        authors=(HOSTILE, "B"),
        source=HOSTILE,
        section=HOSTILE,
        language="ar",
    )
    seen = Seen(rows.credits_of(article))
    assert seen.tags == {"p", "bdi"}
    assert seen.texts.count(HOSTILE) == 3
    assert seen.values == ["byline", "rtl"]


def hit(title: str, snippet: str, **changed: object) -> Hit:
    article = Article(**{"article_id": "a:1", "title": title, "body": "b", **changed})
    marked = Marked(title, ((0, 2),)), Marked(snippet, ((1, 3),))
    return Hit(1, 1.0, Document(article), *marked)


def listed(hits: list[Hit], **changed: object) -> str:
    given = {"question": None, "heading": "h2", "date_of": lambda _: None, **changed}
    return rows.hits_listed(hits, **given)


def test_hits_become_no_markup() -> None:
    seen = Seen(listed([hit(HOSTILE, HOSTILE, source=HOSTILE)], question=Question(HOSTILE)))
    assert seen.tags == {"ol", "li", "p", "span", "div", "h2", "a", "mark", "bdi"}
    assert "".join(seen.texts).count(HOSTILE) == 3


def test_lines_of_articles_become_no_markup() -> None:
    own = hit(HOSTILE, "")
    seen = Seen(listed([EngineHit(own.document, 0.0)], line_of=lambda _: HOSTILE))
    assert seen.tags == {"ol", "li", "p", "span", "div", "h2", "a"}
    assert "".join(seen.texts).count(HOSTILE) == 2


def test_a_hit_leads_to_its_article_and_back_to_the_question() -> None:
    question = Question("a & b", sort="newest")
    values = Seen(listed([hit("t", "s")], question=question)).values
    assert links.article_url("a:1", question) in values


def test_a_hit_without_a_title_or_a_snippet_says_so_or_nothing() -> None:
    seen = Seen(listed([hit(" ", " ")]))
    assert "(untitled)" in seen.texts
    assert "snippet" not in seen.values


def test_a_hit_of_a_story_shows_its_copies() -> None:
    own = hit("t", "s")._replace(story=Story(1, (), (), 1))
    assert "<i>copies</i>" in listed([own, hit("u", "s")], copies_of=lambda *_: "<i>copies</i>")


def test_texts_with_controls_are_escaped_one_by_one() -> None:
    """They are escaped together, with a control between them that a name may have too."""
    html = rows.values_listed([value(value="a\0<b>", label="a\0<b>", out_url="")], "x", "")
    assert "a\0&lt;b&gt;" in html


def test_choices_become_no_markup() -> None:
    choices = (Choice(HOSTILE, HOSTILE, True), Choice("b", "/b", False))
    seen = Seen(rows.choices_listed(HOSTILE, choices))
    assert seen.tags == {"nav", "ul", "li", "a"}
    assert seen.values.count(HOSTILE) == 2
    assert HOSTILE in seen.texts
    assert seen.values.count("true") == 1


@pytest.mark.parametrize("is_chosen", [False, True], ids=["free", "chosen"])
def test_facets_become_no_markup(is_chosen: bool) -> None:
    texts = (HOSTILE, HOSTILE, HOSTILE, HOSTILE, is_chosen, HOSTILE, HOSTILE)
    facet = Facet(HOSTILE, HOSTILE, HOSTILE, (value(),), *texts)
    seen = Seen(rows.facet_listed(facet, True))
    assert seen.tags <= {"section", "h2", "p", "ul", "li", "a", "span", "bdi", "svg", "rect"}
    assert HOSTILE in seen.values
    assert HOSTILE in seen.texts


QUESTIONS = {
    "nothing": Question(),
    "words": Question("a&b=c ü"),
    "another facet": Question("x", selections=(Selection("place", ("Osel Bay",)),)),
    "facets before and after it": Question(
        selections=(Selection("author", ("A",)), Selection("topic", ("t",))), without=("place",)
    ),
    "the same facet": Question("x", selections=(Selection("person", ("Ann Ryan", "Y")),)),
    "one left out of it": Question("x", excluded=(Selection("person", ("ANN RYAN",)),)),
    "one left out of another": Question("x", excluded=(Selection("org", ("Z",)),)),
    "dates, order, facets, page": Question(
        "x", start="2024", sort="newest", facets=(FacetRequest("person", 20),), page=3
    ),
}


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
@pytest.mark.parametrize(
    "text", ["Ann Ryan", "a&b=c#d", "ü" * 300, "%s"], ids=["two words", "reserved", "long", "form"]
)
def test_a_value_is_added_to_the_question_and_left_out_of_it(question: Question, text: str) -> None:
    *_, link = value_links(question, "person", [FacetValue(text, 3, False)], 10)
    assert link.url == links.search_url(filters.select(question, "person", text, FIELDS))
    assert link.out_url == links.search_url(filters.leave_out(question, "person", text, FIELDS))
