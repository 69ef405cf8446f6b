"""Which names of an archive are one: the pure rule, from numbers of articles."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.engines.joining.joins import NO_MONTH, Join, month_of
from search.engines.joining.organisations import is_acronym
from search.engines.joining.rule import joins_of
from search.engines.joining.spellings import APART, NO_VETOES, NameCounts, Vetoes, spelling_key

MAY = month_of(2024, 5)
#: By name, in how many articles of which month it is.
Names = Mapping[str, Mapping[int, int]]


def counts(names: Names, written: Mapping[tuple[str, str], int] | None = None) -> NameCounts:
    totals = {name: sum(months.values()) for name, months in names.items()}
    return NameCounts(totals, lambda wanted: {n: names[n] for n in wanted}, written or {})


def in_may(**names: int) -> dict[str, dict[int, int]]:
    """Return names, written with _ for a space, each in that many articles of May."""
    return {name.replace("_", " "): {MAY: number} for name, number in names.items()}


def joined(kind: str, names: Names, written=None, vetoes: Vetoes = NO_VETOES) -> dict[str, str]:
    """Return what each name counts for in May."""
    joins = joins_of({kind: counts(names, written)}, vetoes)
    always = {join.name: join.counts_for for join in joins if join.is_always}
    return always | {join.name: join.counts_for for join in joins if join.first <= MAY <= join.last}


PEOPLE = {
    "a surname alone": (in_may(Mara_Ilven=10, Ilven=20), {"Ilven": "Mara Ilven"}),
    "a rival of a tenth": (
        in_may(Mara_Ilven=18, Tom_Ilven=2, Ilven=20),
        {"Ilven": "Mara Ilven"},
    ),
    "a rival of more": (in_may(Mara_Ilven=17, Tom_Ilven=2, Ilven=20), {}),
    "small rivals of more than a fifth together": (
        in_may(Mara_Ilven=9, Tom_Ilven=1, Ann_Ilven=1, Bo_Ilven=1, Ilven=5),
        {},
    ),
    "too few full names": (in_may(Mara_Ilven=9, Ilven=20), {}),
    "particles": (
        in_may(Ruud_van_der_Berk=10, van_der_Berk=2, Berk=1),
        {"van der Berk": "Ruud van der Berk", "Berk": "Ruud van der Berk"},
    ),
    "a particle of German nobility": (
        in_may(Karl_zu_Berk=10, zu_Berk=2),
        {"zu Berk": "Karl zu Berk"},
    ),
    "hyphens": (
        {"Fahim al-Sabri": {MAY: 15}, "Al-Sabri": {MAY: 2}},
        {"Al-Sabri": "Fahim al-Sabri"},
    ),
    "spellings": (
        {"José Arno": {MAY: 5}, "Jose Arno": {MAY: 2}, "JOSE ARNO": {MAY: 1}},
        {"Jose Arno": "José Arno", "JOSE ARNO": "José Arno"},
    ),
    "an initial": (
        {"James Q. Orr": {MAY: 4}, "James Orr": {MAY: 6}, "Orr": {MAY: 2}},
        {"James Q. Orr": "James Orr", "Orr": "James Orr"},
    ),
    "an initial where others have the surname": (
        {"James Q. Orr": {MAY: 4}, "James Orr": {MAY: 5}, "Ann Orr": {MAY: 2}},
        {},
    ),
    "two initials": (
        {"James Q. Orr": {MAY: 4}, "James R. Orr": {MAY: 4}, "James Orr": {MAY: 5}},
        {},
    ),
    "a first name alone": (in_may(Mara_Ilven=12, Mara=3), {}),
    "a misprint of a surname": (in_may(Mara_Ilven=10, Ilven=1, Ilvens=20), {}),
    "a rare surname like another": (
        in_may(Mara_Ilven=10, Ilven=2, Ilvens=20),
        {"Ilven": "Mara Ilven"},
    ),
    "a full name is no surname": (in_may(Ann_Mara_Ilven=12, Mara_Ilven=3), {}),
}


@pytest.mark.parametrize(("names", "expected"), PEOPLE.values(), ids=PEOPLE)
def test_people(names, expected):
    assert joined("people", names) == expected


def test_a_part_of_a_name_that_articles_write_for_it():
    names = in_may(Yoon_Sam_Bo=12, Yoon=3)
    assert joined("people", names) == {}
    assert joined("people", names, {("Yoon", "Yoon Sam Bo"): 2}) == {"Yoon": "Yoon Sam Bo"}


def test_an_initial_that_an_article_leaves_out():
    names = {"James Q. Orr": {MAY: 4}, "James Orr": {MAY: 5}, "Ann Orr": {MAY: 9}}
    assert joined("people", names, {("James Orr", "James Q. Orr"): 1}) == {
        "James Q. Orr": "James Orr"
    }


ORGANISATIONS = {
    "spellings of Britain and America": (
        {"Organisation of Tin": {MAY: 2}, "the Organization of Tin": {MAY: 3}},
        {},
        {"Organisation of Tin": "the Organization of Tin"},
    ),
    "the ending of a company": (
        {"Quorl": {MAY: 9}, "Quorl Inc": {MAY: 4}, "Quorl Inc.": {MAY: 1}},
        {},
        {"Quorl Inc": "Quorl", "Quorl Inc.": "Quorl"},
    ),
    "endings of two companies": (
        {"Quorl": {MAY: 9}, "Quorl Inc": {MAY: 4}, "Quorl Ltd": {MAY: 4}},
        {},
        {},
    ),
    "one ending in full": (
        {"Quorl Limited": {MAY: 4}, "Quorl Ltd": {MAY: 3}},
        {},
        {"Quorl Ltd": "Quorl Limited"},
    ),
    "a family of companies": (
        {"Quorl": {MAY: 9}, "Quorl Corp": {MAY: 4}, "Quorl Motors": {MAY: 3}},
        {},
        {},
    ),
    "an acronym": (
        {"TEC": {MAY: 9}, "Tin Exporting Countries": {MAY: 4}},
        {("TEC", "Tin Exporting Countries"): 3},
        {"Tin Exporting Countries": "TEC"},
    ),
    "an acronym of all spellings": (
        {"TO": {MAY: 9}, "Tin Organisation": {MAY: 4}, "Tin Organization": {MAY: 3}},
        {("TO", "Tin Organisation"): 2, ("TO", "Tin Organization"): 1},
        {"Tin Organisation": "TO", "Tin Organization": "TO"},
    ),
    "an acronym seen twice": (
        {"TEC": {MAY: 9}, "Tin Exporting Countries": {MAY: 4}},
        {("TEC", "Tin Exporting Countries"): 2},
        {},
    ),
    "an acronym of two": (
        {"TEC": {MAY: 9}, "Tin Exporting Countries": {MAY: 4}, "Tea Council": {MAY: 2}},
        {("TEC", "Tin Exporting Countries"): 8, ("TEC", "Trade and Export Council"): 2},
        {},
    ),
    "another form": (
        {"Exporters": {MAY: 9}, "Tin Exporting Countries": {MAY: 4}},
        {("Exporters", "Tin Exporting Countries"): 8},
        {},
    ),
}


@pytest.mark.parametrize(
    ("names", "written", "expected"), ORGANISATIONS.values(), ids=ORGANISATIONS
)
def test_organisations(names, written, expected):
    assert joined("organisations", names, written) == expected


def test_places_are_joined_by_spelling_only():
    names = {"St. Ives": {MAY: 4}, "St Ives": {MAY: 1}, "Ives": {MAY: 9}, "Ives Ltd": {MAY: 3}}
    assert joined("places", names, {("SI", "St. Ives"): 9}) == {"St Ives": "St. Ives"}


@pytest.mark.parametrize(
    ("kind", "expected"), [("places", {"IVES": "Ives"}), ("organisations", {"Ives": "IVES"})]
)
def test_capitals_of_headlines_are_no_name(kind, expected):
    assert joined(kind, {"IVES": {MAY: 9}, "Ives": {MAY: 2}}) == expected


@pytest.mark.parametrize(
    ("form", "name", "expected"),
    [
        ("TEC", "Tin Exporting Countries", True),
        ("Unctin", "United Nations Conference on Tin and Iron Nuggets", True),
        ("T.E.C.", "Tin Exporting Countries", True),
        ("OTEC", "Organisation of Tin Exporting Countries", True),
        ("ATEC", "Tin Exporting Countries", False),
        ("TC", "Tin Association of Exporting Countries", False),
        ("Tin", "Tin Exporting Countries", False),
        ("T", "Tin Exporting Countries", False),
        ("TEC", "TEC", False),
    ],
)
def test_is_acronym(form, name, expected):
    assert is_acronym(form, name) == expected


@pytest.mark.parametrize("kind", ["organisations", "places"])
def test_a_person_of_which_the_surname_is_rather_something_else(kind):
    people = counts(in_may(Mara_Ilven=12, Ilven=3))
    elsewhere = counts(in_may(Ilven=4))
    assert joins_of({"people": people, kind: counts({})}) != []
    assert joins_of({"people": people, kind: elsewhere}) == []


def months_joined(names: Names, name: str) -> list[tuple[str, int, int]]:
    """Return what *name* counts for and when, in months after May 2024."""
    joins = joins_of({"people": counts(names)})
    return [
        (join.counts_for, join.first - MAY, join.last - MAY) for join in joins if join.name == name
    ]


def test_a_surname_counts_for_who_has_it_at_the_time():
    names = {
        "Mara Ilven": {MAY: 12, MAY + 1: 12},
        "Tom Ilven": {MAY + 40: 12},
        "Ilven": {MAY: 5, MAY + 1: 3, MAY + 2: 2, MAY + 41: 7},
    }
    assert months_joined(names, "Ilven") == [("Mara Ilven", 0, 2), ("Tom Ilven", 41, 41)]


def test_months_with_few_full_names_look_further():
    names = {"Mara Ilven": {MAY: 12}, "Tom Ilven": {MAY + 4: 1}, "Ilven": {MAY + 5: 6}}
    assert months_joined(names, "Ilven") == [("Mara Ilven", 5, 5)]
    assert months_joined({**names, "Ilven": {MAY + 14: 6}}, "Ilven") == []


def test_without_a_month_the_whole_archive_decides():
    names = {"Mara Ilven": {MAY: 12}, "Ilven": {NO_MONTH: 6}}
    (join,) = joins_of({"people": counts(names)})
    assert (join.counts_for, join.first, join.last) == ("Mara Ilven", NO_MONTH, NO_MONTH)
    assert joins_of({"people": counts({**names, "Tom Ilven": {MAY - 90: 6}})}) == []


def test_a_join_says_why():
    names = in_may(Mara_Ilven=18, Tom_Ilven=1, Ilven=20)
    (join,) = joins_of({"people": counts(names)})
    assert join == Join(
        "people", "Ilven", "Mara Ilven", MAY, MAY, 20, "surname", shown=18, rivals=1
    )
    assert join.why == (
        "18 articles of that time name Mara Ilven in full, and 1 anyone else who could be meant"
    )


VETOES = {
    "a surname": ("people", in_may(Mara_Ilven=12, Ilven=3), "Ilven", "Mara Ilven"),
    "in another case": ("people", in_may(Mara_Ilven=12, Ilven=3), "mara ilven", "ILVEN"),
    "a spelling": ("people", {"José Arno": {MAY: 5}, "Jose Arno": {MAY: 2}}, "Jose Arno", "José Arno"),
    "an ending": ("organisations", in_may(Quorl=9, Quorl_Inc=3), "Quorl Inc.", "Quorl"),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "names", "first", "second"), VETOES.values(), ids=VETOES)
def test_what_people_have_parted_is_not_joined(kind, names, first, second):
    assert joined(kind, names) != {}
    assert joined(kind, names, vetoes=Vetoes([(kind, first, second)])) == {}
    text = f"{kind}\t{second}\t{first}\nanything else\n"
    assert joined(kind, names, vetoes=Vetoes.of_text(text)) == {}
    other = Vetoes([("places", first, second), (kind, first, "Somebody Else")])
    assert joined(kind, names, vetoes=other) != {}


def test_the_file_of_what_is_parted_has_a_name():
    assert APART.endswith(".txt")


@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        ("people", ["al-sabri", "al sabri"]),
        ("people", ["j.p. orr", "jp orr"]),
        ("organisations", ["the organisation of tin", "organization of tin"]),
        ("organisations", ["quorl & sons limited", "quorl and sons ltd."]),
        ("organisations", ["defence centre", "defense center"]),
        ("places", ["the hague", "hague"]),
        ("places", ["stratford-upon-avon", "stratford upon avon"]),
    ],
)
def test_spellings_of_one_key(kind, keys):
    assert len({spelling_key(kind, key) for key in keys}) == 1


NAMES = ("Ann Lee", "ann lee", "Ann B. Lee", "Lee", "Bo Lee", "Lee Inc", "Lee Ltd", "AL", "Al Lee")
ANY_NAMES = st.dictionaries(
    st.sampled_from(NAMES),
    st.dictionaries(st.sampled_from([NO_MONTH, MAY, MAY + 2]), st.integers(1, 9), min_size=1),
)
WRITTEN = st.dictionaries(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), st.integers(1, 9)
)


@given(
    kind=st.sampled_from(["people", "organisations", "places"]), names=ANY_NAMES, written=WRITTEN
)
def test_joins_lead_to_names_that_are_there_and_in_one_step(kind, names, written):
    joins = joins_of({kind: counts(names, written)})
    assert joins == sorted(joins)
    for join in joins:
        assert join.name != join.counts_for
        assert {join.name, join.counts_for} <= set(names)
    for month in (NO_MONTH, MAY, MAY + 2):
        timed = {
            j.name: j.counts_for for j in joins if not j.is_always and j.first <= month <= j.last
        }
        found = {j.name: j.counts_for for j in joins if j.is_always} | timed
        assert not {target for name, target in timed.items()} & set(found)
    again = {name: names[name] for name in reversed(names)}
    backwards = dict(reversed(list(written.items())))
    assert joins_of({kind: counts(again, backwards)}) == joins


@given(kind=st.sampled_from(["people", "organisations", "places"]), names=ANY_NAMES)
def test_each_name_is_joined_once_a_month(kind, names):
    joins = joins_of({kind: counts(names)})
    always = Counter(join.name for join in joins if join.is_always)
    assert not always or max(always.values()) == 1
    timed = [join for join in joins if not join.is_always]
    for earlier, later in itertools.combinations(timed, 2):
        apart = earlier.last < later.first or later.last < earlier.first
        assert earlier.name != later.name or apart
