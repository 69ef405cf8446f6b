"""Which spans of an article are one name, what it is called, and what is no name: case by case, without the network."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.enrich.entities.merging import MAX_ENTITIES, forms, merged
from search.enrich.entities.merging.forms import learnt, plain_form
from search.enrich.entities.merging.groups import Votes
from search.enrich.spans import Kind, Span
from search.model.article import Article, Entities

KINDS: dict[str, Kind] = {"p": "person", "o": "org", "l": "place", "x": "other"}

#: A name as the network may have found it: "{p:Antony Blinken}".
MARK = re.compile(r"\{([polx]):([^}]*)\}")


def found(body: str, title: str = "", source: str = "") -> Entities:
    marked = f"{title}\n\n{body}"
    text, spans, at = "", [], 0
    for mark in MARK.finditer(marked):
        text += marked[at : mark.start()]
        spans.append(Span(len(text), len(text) + len(mark[2]), KINDS[mark[1]]))
        text += mark[2]
        at = mark.end()
    text += marked[at:]
    title, _, body = text.partition("\n\n")
    article = Article(article_id="a", title=title, body=body, source=source)
    entities = merged(text, len(title), spans, article)
    check_mentions(entities, text)
    return entities


def check_mentions(entities: Entities, text: str) -> None:
    for entity in (*entities.people, *entities.organisations, *entities.places):
        written = {" ".join(text[start:end].split()) for start, end in entity.mentions}
        assert written <= {entity.name, *entity.forms}
        assert entity.mentions == tuple(sorted(set(entity.mentions)))


def names(
    body: str, title: str = "", source: str = ""
) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    entities = found(body, title, source)
    people, organisations, places = (
        {entity.name: len(entity.mentions) for entity in kind} for kind in entities
    )
    return people, organisations, places


@pytest.mark.parametrize(
    ("body", "people"),
    [
        ("{p:Blinken} came. {p:Antony Blinken} left, and Mr {p:Blinken} waved.", {"Antony Blinken": 3}),
        ("Then {p:Secretary of State Antony Blinken} spoke.", {"Antony Blinken": 1}),
        ("{p:Antony J. Blinken} came, then {p:Antony Blinken} and {p:Antony Blinken}.", {"Antony Blinken": 3}),
        ("{p:Joe Biden} and {p:Jill Biden} came. {p:Biden} spoke.", {"Joe Biden": 1, "Jill Biden": 1, "Biden": 1}),
        ("{p:Yoon Suk Yeol} spoke. Then {p:Yoon} left.", {"Yoon Suk Yeol": 2}),
        ("{p:Zhao Ziyang} spoke. Then {p:Zhao} left.", {"Zhao Ziyang": 2}),
        ("{p:Fadhil al-Chalabi} spoke. {p:Al-Chalabi} left, so {p:Chalabi} won.", {"Fadhil al-Chalabi": 3}),
        ("{p:Ursula von der Leyen} met them, {p:von der Leyen} said.", {"Ursula von der Leyen": 2}),
        ("{p:Eduardo dos Zantos} met them. {o:Dos Zantos} left.", {"Eduardo dos Zantos": 2}),
        ("{p:Luca della Zobbia} met them, and {o:Della Zobbia} left.", {"Luca della Zobbia": 2}),
        ("{p:Do Zuoi} met {p:Le Duc Zuoi}.", {"Do Zuoi": 1, "Le Duc Zuoi": 1}),
        ("{p:Karl Otto Zoehl} spoke. {p:Otto Zoehl} left.", {"Karl Otto Zoehl": 2}),
        ("{p:A. Quentin} spoke. {p:Alan Quentin} and {p:Alan Quentin} left.", {"Alan Quentin": 3}),
        ("{p:Martin Luther King Jr.} spoke, and {p:King} left.", {"Martin Luther King Jr.": 2}),
        ("He would prevent (President {p:Vladimir}) {p:Putin} from it.", {"Vladimir Putin": 1}),
        ("{p:Ada Miyoshi} spoke. {l:Miyoshi} left.", {"Ada Miyoshi": 2}),
        ("an {p:ex-Zmith} aide and {p:Ada Zmith}", {"Ada Zmith": 2}),
        ("{p:John Zmith’s} sister left.", {"John Zmith": 1}),
        ("the {o:Biden administration} paid {p:Joe Biden}.", {"Joe Biden": 2}),
        ("the {o:Biden administration} paid.", {}),
        ("{p:Gerald Ford} left, and {p:Ford} waved.", {"Gerald Ford": 2}),
        ("{p:Theresa May} left, and {p:May} waved.", {"Theresa May": 2}),
        ("{p:Ada Zmith} spoke for {p:ZALECA}, {p:William Zmit} ({o:D-Wis}.) did not.", {"Ada Zmith": 1, "William Zmit": 1}),
        ("{p:ROE} MET {p:ZMITH} IN {l:KYIV}.", {"ROE": 1, "Zmith": 1}),
        ("{p:Ezra W. Roe} and {p:Ezra H.W. Roe} met.", {"Ezra W. Roe": 1, "Ezra H.W. Roe": 1}),
        ("{p:Ezra Roe} or {p:Ezra W. Roe} and {p:Ezra H.W. Roe} met.", {"Ezra Roe": 1, "Ezra W. Roe": 1, "Ezra H.W. Roe": 1}),
        ("{p:Ezra Roe} met {p:Ezra Roe Jr.}, and {p:Roe} left {p:Roe Jr.}", {"Ezra Roe": 2, "Ezra Roe Jr.": 2}),
        ("{p:Ezra Roe} met {p:Roe Jr.}", {"Ezra Roe": 1, "Roe Jr.": 1}),
        ("{p:Selin Tırğan} spoke. {p:Tirgan} left.", {"Selin Tırğan": 2}),
        ("{p:Zmith 3}, {p:Qalah 12}", {"Zmith": 1, "Qalah": 1}),
        ("{p:Zmith&}#8221; and {p:\xa0Qalah}", {"Zmith": 1, "Qalah": 1}),
        ("{p:Wednesday} and {p:Falling} and {p:State} and {p:North Korean}.", {}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_people(body: str, people: dict[str, int]) -> None:
    assert names(body)[0] == people


@pytest.mark.parametrize(
    ("body", "organisations"),
    [
        ("the {o:Zanzibar Fishing Authority} ({o:ZFA}) met. So {o:ZFA} paid.", {"Zanzibar Fishing Authority": 3}),
        ("the {o:ZFA} ({o:Zanzibar Fishing Authority}) met.", {"Zanzibar Fishing Authority": 2}),
        ("the {o:Zanzibar Fishing Authority} met. So {o:ZFA} paid.", {"Zanzibar Fishing Authority": 2}),
        ("the {o:North Atlantic Treaty Organisation} ({o:NATO}) met.", {"NATO": 2}),
        ("{o:Organisation of Petroleum Exporting Countries}, {o:Organization of the Petroleum Exporting Countries}, {o:OPEC}", {"OPEC": 3}),
        ("the {o:European Union} and the {o:EU}", {"EU": 2}),
        ("the {o:Party of Zq} ({o:VVX}) met. So {o:VVX} paid.", {"Party of Zq": 3}),
        ("the {o:Zq Party} ({o:ESQ}) and {o:Xq Party} ({o:ESQ})", {"Zq Party": 1, "ESQ": 2, "Xq Party": 1}),
        ("{o:Quxley Inc} ({o:QXON}.N) fell, and {o:Zq Inc} (QXON.{o:ON}) rose.", {"Quxley": 1, "Zq": 1}),
        ("{o:Quxley Motors Corp} fell. {o:Quxley Motors} rose, {o:Quxley} said.", {"Quxley Motors": 3}),
        ("{o:Quxley Inc} fell. {l:Quxley} rose, and {p:Quxley} slept.", {"Quxley": 3}),
        ("the {o:Bank of Zq} met. The {o:Bank} paid.", {"Bank of Zq": 2}),
        ("the {o:Bank} paid.", {}),
        ("the {o:U.S. Zq Department} met. The {o:Zq Department} paid.", {"U.S. Zq Department": 2}),
        ("{o:NATO Supreme Allied} Commander Europe", {"NATO": 1}),
        ("the {o:U.S. Trade} Representative left.", {}),
        ("the {o:U.S. Trade} deficit and the {o:EU Trade} Commissioner", {"EU": 1}),
        ("{o:U.S. Treasury} Secretary {p:Qim} left. The {o:Treasury} paid.", {"US Treasury": 2}),
        ("rated by {o:Standard} and {o:Poor's Corp}", {"Standard & Poor's": 1}),
        ("rated by {o:Moody}'s and {p:MOODY}'S", {"Moody's": 2}),
        ("{p:Qim}, {o:Zorn and Co Inc} sold it.", {"Qim, Zorn": 1}),
        ("{p:Merrill Lynch} and {o:Co Inc} sold it.", {"Merrill Lynch": 1}),
        ("{o:National Security} and {o:Defence Council} met.", {"National Security and Defence Council": 1}),
        ("{o:Exxon Corp} <{o:XON}> and {o:Thomson} <{o:TCSF}.{l:PA}> and (NYSE: {o:ZQX}).", {"Exxon": 1, "Thomson": 1}),
        ("{o:JUL7} and {p:Jan8 Untrd} and {o:G-7}", {"G-7": 1}),
        ("{o:CTS} and {o:Ecus} and {o:AAA} and {o:Libor} and {o:WHEAT}", {}),
        ("{o:EC Commission} and {o:EC}", {"EC Commission": 1, "EC": 1}),
        ("{o:Zqton Industries} of {o:Canada Ltd}", {"Zqton Industries": 1}),
        ("the {o:Senate} and the {o:House} met.", {"Senate": 1, "House of Representatives": 1}),
        ("the {o:House} of a man", {}),
        ("{o:The Zq Times’s} owner", {"Zq Times": 1}),
        ("{o:International Zq Fund} and {p:International Zq Fund}", {"International Zq Fund": 2}),
        ("{p:Ada Zmith} spoke for {p:ZALECA}.", {"ZALECA": 1}),
        ("{l:Leicester} and {o:Zqton} have won.", {"Zqton": 1}),
        ("{o:Leicester} and {o:Zqton} have won.", {"Leicester": 1, "Zqton": 1}),
        ("{o:England} and {o:Zqton} have won.", {"Zqton": 1}),
        ("{p:Hutton} of {o:E.F. Hutton and Co}", {"E.F. Hutton": 2}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_organisations(body: str, organisations: dict[str, int]) -> None:
    assert names(body)[1] == organisations


@pytest.mark.parametrize(
    ("body", "places"),
    [
        ("From the {l:U.S.} to the {l:US}, in the {l:United States} and the {l:USA}.", {"United States": 4}),
        ("{l:UK}, {l:U.K.}, {l:Britain}, {l:Great Britain}", {"United Kingdom": 4}),
        ("{l:USSR} and {l:Soviet Union} and {l:Russia}", {"Soviet Union": 2, "Russia": 1}),
        ("{l:West German} banks in {l:Kuwaiti} and {l:North Korean} hands", {}),
        ("{l:Costa Zq}, {p:Calif}., and {l:Kansas City}, {p:Mo}.", {"Costa Zq": 1, "California": 1, "Kansas City": 1, "Missouri": 1}),
        ("the metro station {o:Universitet} was full", {"Universitet": 1}),
        ("{l:KYIV} ({o:Reuters}) - Rain fell in {l:Kyiv}.", {"Kyiv": 2}),
        ("{l:West Texas} Intermediate rose", {}),
        ("{l:The Hague} and {l:the Hague}", {"The Hague": 2}),
        ("{l:New\nYork} and {l:New York}", {"New York": 2}),
        ("The {l:South} has asked the {l:North}.", {"South": 1, "North": 1}),
        ("{o:United} {l:States}", {"United States": 1}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_places(body: str, places: dict[str, int]) -> None:
    assert names(body)[2] == places


@pytest.mark.parametrize(
    ("body", "source", "organisations"),
    [
        ("MADRID, Jan 5 ({o:EFE}) - Rain.", "", {}),
        ("KYIV, Nov 5 ({o:Reuters}) - Rain fell.", "", {}),
        ("Rain fell.\n{o:Reuters}", "", {}),
        ("Rain fell, he told {o:Reuters} today.", "Reuters", {}),
        ("Shares of {o:Reuters} fell.", "Reuters", {"Reuters": 1}),
        ("Rain fell, he told the {o:Zq Times} today.", "Zq Times", {}),
        ("Rain fell, he told the {o:Zq Times} today.", "Reuters", {"Zq Times": 1}),
    ],
    ids=["efe", "dateline", "last-line", "told", "named", "told-own-paper", "told-another-paper"],
)
def test_credit_of_an_agency_is_no_organisation(
    body: str, source: str, organisations: dict[str, int]
) -> None:
    assert names(body, source=source)[1] == organisations


@pytest.mark.parametrize(
    ("title", "body", "expected"),
    [
        ("{p:REAGAN} SPEAKS", "{p:Ronald Reagan} spoke.", ({"Ronald Reagan": 2}, {}, {})),
        ("{p:RONALD MCDONALD} SPEAKS", "Rain.", ({"Ronald McDonald": 1}, {}, {})),
        ("{o:NATO} MEETS IN {l:KYIV}", "Rain.", ({}, {"NATO": 1}, {"Kyiv": 1})),
        ("{o:BANK OF ZQARIA} MEETS", "Rain.", ({}, {"Bank of Zqaria": 1}, {})),
        ("{p:FRANC BOND} ISSUED", "The franc bond is new.", ({}, {}, {})),
        ("{o:USQAIR} GROWS", "{o:UsqAir Group} grows.", ({}, {"UsqAir Group": 2}, {})),
    ],
    ids=["surname", "scottish", "acronym", "small-words", "ordinary-words", "as-in-the-body"],
)
def test_headline_in_capitals(
    title: str, body: str, expected: tuple[dict[str, int], dict[str, int], dict[str, int]]
) -> None:
    assert names(body, title) == expected


def test_kind_is_voted_on_in_the_article() -> None:
    assert names("{o:Zq} and {l:Zq} and {l:Zq}") == ({}, {}, {"Zq": 3})


def test_forms_are_kept_in_order() -> None:
    (place,) = found("In the {l:US} and the {l:U.S.}, then the {l:US}.").places
    assert (place.name, place.forms) == ("United States", ("US", "U.S."))


def test_order_is_of_first_appearance() -> None:
    entities = found("{l:Peru}, {l:Kenya}, {l:Peru}", title="Rain in {l:Chile}")
    assert [place.name for place in entities.places] == ["Chile", "Peru", "Kenya"]


def test_most_mentioned_are_kept_of_very_many() -> None:
    body = " ".join(
        f"{{p:John Q{chr(97 + i % 26)}z{i // 26 * 'a'}z}}" for i in range(MAX_ENTITIES + 20)
    )
    last = "{p:Ada Zmith} and {p:Ada Zmith}"
    people = found(f"{body} {last}").people
    assert len(people) == MAX_ENTITIES
    assert people[-1].name == "Ada Zmith"


@pytest.mark.parametrize("size", [2_000], ids=str)
@pytest.mark.parametrize(
    "body",
    ["{p:Ada Zmith%d} ", "{p:Ada%d Zmith} ", "{o:Zq Bank %d} ({o:ZB%d}) ", "{o:Bank} (", "{p:A%d}, {o:B and Co} "],
    ids=["given-name", "surname", "acronyms", "brackets", "firms"],
)  # fmt: skip
def test_many_names_alike_are_read_to_the_end(body: str, size: int) -> None:
    parts = body.replace("%d", "{0}")
    text = "".join(parts.replace("{0}", str(i)) for i in range(size))
    assert isinstance(found(text), Entities)


WORDS = st.sampled_from(
    ["Antony", "Blinken", "NATO", "(NATO)", "U.S.", "of", "and", "the", "for", "von", "der", "President", "Bank", "Ministry", "Kyiv's", "New", "York", "said", ".", ",", "“", "”", "(", ")", ") ", "\n", "\n\n", "Mr", "Blinken's", "O'Neil", "AT&T", "World", "Health", "Organization", "WHO", "Reuters", "<XON>", "Co Inc", "Standard", "Poor's", "Moody", "'s", "administration", "Calif.", "al-Assad", "HOUSE", "İstanbul"]
) | st.text(max_size=6)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_spans_of_any_text(data: st.DataObject) -> None:
    joined = [" ".join(data.draw(st.lists(WORDS, max_size=size))) for size in (6, 30)]
    title, body = (text.encode("utf-8", "replace").decode() for text in joined)
    article = Article(article_id="a", title=title, body=body, source="Reuters")
    text = article.tagged_text
    edges = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=30)))
    kinds = st.sampled_from(list(KINDS.values()))
    spans = [
        Span(start, end, data.draw(kinds))
        for start, end in zip(edges[::2], edges[1::2], strict=False)
        if start < end
    ]
    entities = merged(text, len(title), spans, article)
    check_mentions(entities, text)
    for kind in entities:
        assert len({entity.name for entity in kind}) == len(kind)
    marks = [mention for kind in entities for entity in kind for mention in entity.mentions]
    ordered = sorted(marks)
    assert all(0 <= start < end <= len(text) for start, end in ordered)
    assert all(mark.end <= after.start for mark, after in pairwise(ordered))


@given(
    st.lists(
        st.sampled_from(
            [
                "Anna",
                "Keller",
                "Perth",
                "Oslo",
                "Swan",
                "Bank",
                "Bridge",
                "of",
                "the",
                "and",
                "Korea",
                "North",
                "Korean",
                "Minister",
                "President",
                "Abu",
                "Zayd",
                "van",
                "der",
                "Berg",
                "Jr",
                "Co",
                "Inc",
                "Department",
                "Reuters",
                "Associated",
                "Press",
                "Canada",
                "Ltd",
                "Trade",
                "Dollars",
                "May",
                "Monday",
                "Times",
                "R",
                "X",
                "St",
            ]
        )
        | st.text("abcXYZ", min_size=1, max_size=6),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from(["person", "org", "place", "other"]),
)
def test_the_quick_way_to_a_form_is_the_long_one(words, kind):
    surface = " ".join(words)
    quick = plain_form(surface, kind)
    assert quick is None or _said(quick) == _said(learnt(surface, kind))


def _said(form):
    return {name: getattr(form, name) for name in dir(form) if not name.startswith("_")}


def test_most_new_names_take_the_quick_way():
    assert plain_form("Katrin Halvorsen", "person") is not None
    assert plain_form("Bank of Perth", "org") is not None
    assert plain_form("Bank of Japan", "org") is None


@pytest.mark.parametrize(
    ("votes", "most"),
    [
        ([("org", 2)], "org"),
        ([("org", 2), ("person", 2)], "org"),
        ([("org", 2), ("person", 1), ("person", 2)], "person"),
        ([("org", 1), ("place", 2), ("person", 2)], "place"),
        ([("org", 2), ("person", 3), ("org", 1)], "org"),
    ],
    ids=["alone", "first-of-equals", "summed", "first-of-the-others", "equal-again"],
)
def test_the_kind_of_most_votes_counts(votes, most):
    first, *rest = votes
    counted = Votes(*first)
    for kind, weight in rest:
        counted.add(kind, weight)
    joined = Votes(*first)
    for kind, weight in rest:
        joined.add_all(Votes(kind, weight))
    assert (counted.most, joined.most) == (most, most)


def test_the_forms_that_were_met_first_stay_where_there_are_too_many():
    known = forms.remembered["other"]
    before = dict(known)
    try:
        known.clear()
        size = max(map(len, forms.remembered.values())) + 2
        known.update((f"Zorn {number}", learnt("Zorn", "other")) for number in range(size))
        forms._forget()
        assert list(known) == [f"Zorn {number}" for number in range(size // 2)]
    finally:
        known.clear()
        known.update(before)


@pytest.mark.parametrize("between", [" and", " &", ","], ids=["and", "sign", "comma"])
def test_a_span_of_blanks_is_no_part_of_a_firm(between):
    text = f"\n\nZorn{between}  Roe"
    at = 6 + len(between)
    spans = [Span(2, 6, "org"), Span(at, at + 2, "org")]
    entities = merged(text, 0, spans, Article(article_id="a", title="", body=text[2:]))
    assert [name for name, _, _ in entities.organisations] == ["Zorn"]
