"""Topics: every form in which records and pages list them becomes single ones, and what is no topic none."""

from __future__ import annotations

import pytest

from search.model.article import Article
from search.model.settings import Settings
from search.readers.draft import make_article
from search.readers.options import ReadingOptions
from search.readers.source import Limits, Origin
from search.readers.topics import MAX_TOPIC_CHARS, MAX_TOPICS, topics_of


@pytest.mark.parametrize(
    ("value", "topics"),
    [
        ("Harbour, Trade ,  Storms", ("Harbour", "Trade", "Storms")),
        ("Lee, Ann; Trade", ("Lee, Ann", "Trade")),
        ("Harbour|Trade", ("Harbour", "Trade")),
        ("Harbour\nTrade", ("Harbour", "Trade")),
        ("港口、贸易，风暴", ("港口", "贸易", "风暴")),
        ("Arts &amp; Music, Trade", ("Arts & Music", "Trade")),
        ("trade, Trade, TRADE", ("trade",)),
        ("#harbour #trade", ("harbour", "trade")),
        ("Sea trade #harbour", ("Sea trade #harbour",)),
        ('["Sea, rough", "Trade"]', ("Sea, rough", "Trade")),
        ("['Sea, rough', \"Ann's port\", u'Trade']", ("Sea, rough", "Ann's port", "Trade")),
        ("('Harbour',)", ("Harbour",)),
        ("<a href='/sea'>Sea</a>, <a href='/quay'>Quay</a>", ("Sea", "Quay")),
        (["<a href='/sea'>Sea</a>"], ("Sea",)),
        ("['Sea trade' 'Harbour']", ("Sea trade", "Harbour")),
        ('{sea,"old harbour"}', ("sea", "old harbour")),
        ("[harbour, trade]", ("[harbour", "trade]")),
        ("[]", ()),
        ("nan", ()),
        ("None, -, n/a, trade", ("trade",)),
        (["Sea, rough", " Trade ", "", None, 7, True], ("Sea, rough", "Trade")),
        ([["Harbour"], ["Trade"]], ("Harbour", "Trade")),
        ([{"code": "medtop:04000000", "name": "Trade"}], ("Trade",)),
        ([{"qcode": "medtop:04000000"}], ("medtop:04000000",)),
        ([{"id": 4, "label": "harbour", "slug": "harbour-news"}], ("harbour",)),
        ([{"type": "keyword", "webTitle": "Trade"}, {"type": "contributor", "webTitle": "Ann Lee"}], ("Trade",)),
        ([{"name": "persons", "value": "Lee, Ann"}, {"name": "subject", "value": "Trade"}], ("Lee, Ann", "Trade")),
        ([[{"taxonomy": "category", "name": "Trade"}], [{"taxonomy": "post_tag", "name": "Quay"}]], ("Trade", "Quay")),
        ({"@type": "DefinedTerm", "name": "Trade"}, ("Trade",)),
        ({"@value": "Handel", "@language": "de"}, ("Handel",)),
        ({"people": ["Ann Lee"], "places": [{"name": "Riga"}]}, ("Ann Lee", "Riga")),
        (["user/-/state/com.google/reading-list", "user/12/label/Harbours"], ("Harbours",)),
        (12, ()),
        (None, ()),
        ({}, ()),
    ],
    ids=str,
)  # fmt: skip
def test_single_topics(value: object, topics: tuple[str, ...]) -> None:
    assert topics_of(value) == topics


@pytest.mark.parametrize(
    "value",
    ["[" * 100_000, "['" * 50_000, "'a', " * 50_000 + "]", "#" * 100_000, "a," * 500_000, "&" * 100_000],
    ids=["brackets", "quotes", "half a list", "signs", "commas", "entities"],
)  # fmt: skip
def test_hostile_text_is_cut(value: str) -> None:
    assert sum(map(len, topics_of(value))) <= 20_000


def test_deep_lists_end() -> None:
    value: object = "deep"
    for _ in range(10_000):
        value = [value]
    assert topics_of(value) == ()


def article(origin: Origin, *topics: str) -> Article:
    made = make_article(origin, 3, title="Quay opens", body="It rained.", topics=topics)
    assert isinstance(made, Article)
    return made


def origin(path: str = "a.json", **options: str) -> Origin:
    return Origin(path, Limits.of(Settings()), ReadingOptions(**options))


def test_an_article_has_each_topic_once_and_none_that_is_blank() -> None:
    assert article(origin(), "Trade", " ", "trade", "Sea  trade").topics == ("Trade", "Sea trade")


def test_half_a_surrogate_pair_in_a_topic_can_be_stored() -> None:
    assert article(origin(), "Trade \ud83d").topics == ("Trade \N{REPLACEMENT CHARACTER}",)


def test_topics_too_long_or_too_many_are_left_out_and_said() -> None:
    source = origin()

    assert article(source, "x" * (MAX_TOPIC_CHARS + 1), "Trade").topics == ("Trade",)
    many = article(source, *map(str, range(MAX_TOPICS + 5)))
    assert many.topics == tuple(map(str, range(MAX_TOPICS)))
    said = source.remarks.take_counted()
    assert [remark.line for remark in said if remark.kind == "value not used"] == [3, 3]


def test_the_collection_of_the_run_is_that_of_the_article() -> None:
    assert article(origin(collection="Dump 2024")).collection == "Dump 2024"
    assert article(origin()).collection == ""
