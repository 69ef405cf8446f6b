"""Which articles are copies of which: rules case by case, and that nothing else than the articles decides."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.engines.stories import candidates as module
from search.engines.whoosh_index.engine import WhooshEngine
from search.engines.whoosh_index.write.aside import aside
from search.engines.whoosh_index.write.limits import WriteLimits
from search.model.article import Document, Enrichment
from search.text.arrays import Ints
from tests.support.documents import document

NOON = datetime(2024, 3, 5, 12, tzinfo=UTC)

WORDS = [
    "harbour",
    "council",
    "vote",
    "bridge",
    "repair",
    "delay",
    "winter",
    "budget",
    "minister",
    "engineer",
    "steel",
    "concrete",
    "traffic",
    "ferry",
    "island",
    "port",
    "cargo",
    "storm",
    "tide",
    "night",
    "morning",
    "crew",
    "union",
    "wage",
    "contract",
    "bid",
    "firm",
    "court",
    "judge",
    "appeal",
    "report",
    "survey",
    "crack",
    "beam",
    "pier",
    "river",
    "mayor",
    "plan",
    "cost",
    "loan",
    "bank",
    "tax",
    "school",
    "hospital",
    "road",
    "tunnel",
    "train",
    "bus",
    "fare",
]


def prose(seed: int, words: int) -> str:
    """Return made-up prose, different for each *seed*."""
    drawn = random.Random(seed)
    return " ".join(drawn.choice(WORDS) for _ in range(words))


LONG = prose(1, 200)
OTHER = prose(2, 200)
SHORT = prose(3, 18)
FIGURES = (
    "profit {} dollars against {} dollars a year ago and sales of {} with {} shares outstanding now"
)


def edited(text: str, share: float) -> str:
    """Return *text* with that share of its words replaced."""
    drawn = random.Random(9)
    return " ".join("altered" if drawn.random() < share else word for word in text.split())


def article(article_id: str, body: str, hours: float | None = 0) -> Document:
    if hours is None:
        return document(article_id, body=body)
    when = NOON + timedelta(hours=hours)
    return document(article_id, body=body, published=when, published_precision="second")


def stories(engine: WhooshEngine) -> set[frozenset[str]]:
    """Return the ids of the articles of each story."""
    found: dict[int, set[str]] = {}
    for each in engine.documents():
        found.setdefault(each.story, set()).add(each.article_id)
    assert -1 not in found
    return set(map(frozenset, found.values()))


def together(*groups: str) -> set[frozenset[str]]:
    return {frozenset(group) for group in groups}


def of(documents: Iterable[Document]) -> set[frozenset[str]]:
    with TemporaryDirectory() as folder, closing(WhooshEngine(folder, make=True)) as engine:
        engine.add(documents)
        return stories(engine)


@pytest.mark.parametrize(
    ("body", "other", "hours", "is_copy"),
    [
        (LONG, LONG, 1, True),
        (LONG, LONG.upper().replace(" ", "\n"), 1, True),
        (LONG, f"By our staff. {LONG} All rights reserved.", 1, True),
        (LONG, edited(LONG, 0.05), 1, True),
        (LONG, edited(LONG, 0.5), 1, False),
        (LONG, LONG[: len(LONG) // 2], 1, True),
        (LONG, f"{LONG} {OTHER}", 1, True),
        (LONG, OTHER, 1, False),
        (LONG, LONG, 47, True),
        (LONG, LONG, 49, False),
        (LONG, LONG, -47, True),
        (SHORT, SHORT, 1, True),
        (SHORT, f"{SHORT} {prose(4, 12)}", 1, True),
        (SHORT, edited(SHORT, 0.1), 1, False),
        ("", "", 1, False),
        ("gold rises", "gold rises", 1, False),
        (FIGURES.format(1, 2, 3, 4), FIGURES.format(1, 2, 3, 4), 1, True),
        (f"{LONG} 1 2 3 4", f"{LONG} 5 6 7 8", 1, False),
        (f"{LONG} 1 2 3 4", f"{LONG} 1 2 3 8", 1, True),
        (f"{LONG} 1 2 3 4", LONG, 1, True),
    ],
    ids=[
        "same", "typography", "boilerplate", "edited a little", "rewritten", "cut", "inside another", "other",
        "two days later", "more than two days later", "two days before", "short and same", "short and longer",
        "short and edited",
        "empty", "less than a shingle", "figures and same", "other figures", "a corrected figure", "no figures",
    ],
)  # fmt: skip
def test_what_joins(body: str, other: str, hours: float, is_copy: bool) -> None:
    found = of([article("a", body), article("b", other, hours)])
    assert found == (together("ab") if is_copy else together("a", "b"))


@pytest.mark.parametrize(
    ("body", "other", "is_copy"),
    [(LONG, LONG, True), (LONG, LONG[: len(LONG) // 2], False)],
    ids=["same", "cut"],
)
def test_without_dates_more_is_asked(body: str, other: str, is_copy: bool) -> None:
    found = of([article("a", body, None), article("b", other, None)])
    assert found == (together("ab") if is_copy else together("a", "b"))


def test_undated_ones_are_alone_among_dated_ones() -> None:
    assert of([article("a", LONG), article("b", LONG, None)]) == together("a", "b")


def test_a_text_with_both_joins_the_one_that_it_is_most_like_and_merges_none() -> None:
    both = f"{LONG} {OTHER[: len(OTHER) * 7 // 10]}"
    found = of([article("a", LONG), article("b", OTHER, 1), article("c", both, 2)])
    assert found == together("ac", "b")


#: Chains, a digest of two, an earlier copy of both, and texts alone.
MANY = (
    article("a", LONG, 5),
    article("b", edited(LONG, 0.05), 7),
    article("c", LONG[: len(LONG) // 2], 9),
    article("d", OTHER, 6),
    article("e", f"{LONG} {OTHER}", 8),
    article("f", edited(f"{LONG} {OTHER}", 0.02), 4),
    article("g", prose(7, 90), 4),
    article("h", edited(LONG, 0.08), 50),
    article("i", LONG, None),
    article("j", edited(LONG, 0.03), None),
)


@settings(max_examples=25, deadline=None)
@given(st.permutations(MANY), st.lists(st.integers(1, 9), max_size=4))
def test_order_and_batches_change_no_story(order: Sequence[Document], cuts: list[int]) -> None:
    with TemporaryDirectory() as folder, closing(WhooshEngine(folder, make=True)) as engine:
        edges = sorted({0, *cuts, len(order)})
        for first, last in pairwise(edges):
            engine.add(order[first:last])
        assert stories(engine) == of(MANY)


def test_whoever_stages_changes_no_story(tmp_path: Path) -> None:
    with closing(WhooshEngine(tmp_path, make=True)) as engine:
        handles = [engine.stage() for _ in range(3)]
        for number, each in enumerate(reversed(MANY)):
            handles[number % 3].add(each)
        engine.publish([handle.finish() for handle in handles])
        assert stories(engine) == of(MANY)
        assert engine.verify() == ()


@pytest.mark.parametrize("aside_pairs", [0, 1000], ids=["two-processes", "one"])
def test_whoever_compares_texts_changes_no_story(
    aside_pairs: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    processes = []

    def noted(work: Callable[[], Any]) -> AbstractContextManager[Callable[[], Any]]:
        processes.append(work)
        return aside(work)

    monkeypatch.setattr("search.engines.whoosh_index.write.aside._pays", lambda: True)
    monkeypatch.setattr("search.engines.whoosh_index.write.stories.aside", noted)
    limits = WriteLimits(aside_pairs=aside_pairs)
    with closing(WhooshEngine(tmp_path, make=True, write_limits=limits)) as engine:
        engine.add(MANY)
        assert stories(engine) == of(MANY)
    assert len(processes) == (aside_pairs == 0)


@pytest.fixture
def engine(tmp_path: Path) -> Iterable[WhooshEngine]:
    with closing(WhooshEngine(tmp_path, make=True)) as opened:
        yield opened


def story(engine: WhooshEngine, article_id: str) -> int:
    found = engine.get(article_id)
    assert found is not None
    return found.story


def test_later_copies_find_what_is_left_of_a_story(engine: WhooshEngine) -> None:
    engine.add([article("a", LONG), article("b", LONG, 1), article("x", OTHER)])
    before = story(engine, "a")
    engine.delete(["a"])
    engine.add([article("c", LONG, 2)])
    assert story(engine, "b") == story(engine, "c") == before


def test_a_story_keeps_its_number_when_an_earlier_copy_comes(engine: WhooshEngine) -> None:
    engine.add([article("b", LONG, 2), article("c", LONG, 3)])
    before = story(engine, "b")
    engine.add([article("a", LONG, 1)])
    assert [story(engine, i) for i in "abc"] == [before] * 3


@pytest.mark.parametrize(
    ("body", "is_kept"),
    [(edited(LONG, 0.05), True), (OTHER, False), (prose(8, 100), False)],
    ids=["corrected", "now a copy of another", "another text"],
)
def test_a_changed_article_keeps_its_story_while_it_is_like_what_it_was(
    engine: WhooshEngine, body: str, is_kept: bool
) -> None:
    engine.add([article("x", OTHER, -1), article("a", LONG), article("b", LONG, 1)])
    before = story(engine, "a")
    engine.add([article("a", body)])
    assert (story(engine, "a") == before) is is_kept
    assert story(engine, "b") == before
    assert (story(engine, "a") == story(engine, "x")) is (body == OTHER)


def test_a_retagged_article_keeps_its_story(engine: WhooshEngine) -> None:
    engine.add([article("a", LONG), article("b", LONG, 1)])
    before = story(engine, "a")
    engine.add([article("a", LONG)._replace(enrichment=Enrichment(tagger="tests 3"))])
    assert story(engine, "a") == story(engine, "b") == before


def test_an_article_that_comes_back_joins_its_copies_again(engine: WhooshEngine) -> None:
    engine.add([article("a", LONG), article("b", LONG, 1)])
    engine.delete(["a"])
    engine.add([article("a", LONG)])
    assert story(engine, "a") == story(engine, "b")


def test_merges_keep_stories(engine: WhooshEngine) -> None:
    for number in range(20):
        engine.add([article(f"{number:02}", prose(number % 4, 60), number / 10)])
    assert engine.stats().segments < 10
    assert {len(each) for each in stories(engine)} == {5}


def test_boilerplate_is_no_story(tmp_path: Path) -> None:
    """Sixty texts that share forty words, and say something else in two hundred."""
    notice = prose(500, 40)
    documents = [article(f"{n:02}", f"{prose(n, 200)} {notice}", n / 10) for n in range(60)]
    assert {len(each) for each in of(documents)} == {1}


def test_many_copies_are_one_story() -> None:
    assert {len(each) for each in of(article(f"{n:03}", LONG, n / 10) for n in range(150))} == {150}


def test_stories_can_be_left_out(tmp_path: Path) -> None:
    limits = WriteLimits(stories=False)
    with closing(WhooshEngine(tmp_path, make=True, write_limits=limits)) as engine:
        engine.add([article("a", LONG), article("b", LONG, 1)])
        assert [story(engine, i) for i in "ab"] == [-1, -1]
    with closing(WhooshEngine(tmp_path)) as engine:
        engine.add([article("c", LONG, 2), article("d", LONG, 3)])
        assert story(engine, "c") == story(engine, "d") >= 0
        assert [story(engine, i) for i in "ab"] == [-1, -1]


def test_two_texts_of_one_batch_are_compared_whatever_lies_between(tmp_path: Path) -> None:
    """Numbers of documents in several segments are those of the whole index."""
    limits = WriteLimits(written_documents=3, merge_factor=100)
    with closing(WhooshEngine(tmp_path, make=True, write_limits=limits)) as engine:
        engine.add([article(f"{n:02}", prose(n % 6, 80), n / 10) for n in range(24)])
        sizes = np.array([len(each) for each in stories(engine)])
        assert sizes.tolist() == [4] * 6


def test_pairs_that_are_compared_grow_with_the_articles_and_not_with_their_square(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Reports of one form, each with its own words in places, fill the buckets of what they all say."""
    form = prose(7, 60)
    seen: list[int] = []
    shares = module._shares

    def counted(owners: Ints, widths: Ints) -> Iterable[slice]:
        seen.append(int(widths.sum()))
        return shares(owners, widths)

    monkeypatch.setattr(module, "_shares", counted)

    def pairs(number: int) -> int:
        seen.clear()
        of(
            article(f"a{n}", f"{prose(n, 25)} {form} {prose(-n, 25)}", n / 100)
            for n in range(number)
        )
        return sum(seen)

    # Each has 16 fingerprints, and in the bucket of each at most 64 earlier ones, of which fewer differ.
    assert pairs(600) < 4 * pairs(200)


def test_shares_of_pairs_change_no_story(monkeypatch: pytest.MonkeyPatch) -> None:
    form = prose(7, 80)
    documents = [article(f"a{n}", edited(form, n / 200), n) for n in range(60)]
    whole = of(documents)

    monkeypatch.setattr(module, "_PAIRS_AT_ONCE", 50)

    assert of(documents) == whole
