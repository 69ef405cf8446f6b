"""Stories of a cluster: the same as the embedded engine finds, in whatever batches articles come and change."""

from __future__ import annotations

import random
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from search.engines.opensearch.view import View
from search.engines.staging import StagingEngine
from search.engines.whoosh_index.engine import WhooshEngine
from search.model.article import Document
from search.model.settings import Settings
from tests.opensearch.test_engine import OnCluster
from tests.support.documents import document

NOON = datetime(2024, 3, 5, 12, tzinfo=UTC)
WORDS = [f"{a}{b}" for a in ("har", "bri", "cou", "ste", "fer") for b in ("bour", "dge", "ncil", "el", "ry", "mit")]  # fmt: skip


def prose(seed: int, words: int = 60) -> str:
    chance = random.Random(seed)
    return " ".join(chance.choice(WORDS) + str(chance.randrange(40)) for _ in range(words))


def edited(text: str, seed: int, share: float = 0.1) -> str:
    """Return *text* with some words of it changed."""
    chance = random.Random(seed)
    return " ".join("other" if chance.random() < share else word for word in text.split())


def article(article_id: str, body: str, hours: float | None = 0) -> Document:
    published = None if hours is None else NOON + timedelta(hours=hours)
    precision = "" if hours is None else "second"
    return document(article_id, "", body, published=published, published_precision=precision)


def archive(seed: int) -> list[Document]:
    """Return articles of some texts, several of each and some alone, in any order; some without a date."""
    chance = random.Random(seed)
    found = []
    for number in range(12):
        text = prose(1000 * seed + number)
        for copy in range(chance.randrange(1, 5)):
            hours = None if chance.random() < 0.1 else chance.uniform(0, 90)
            body = edited(text, copy) if copy else text
            found.append(article(f"{number}-{copy}", body, hours))
    chance.shuffle(found)
    return found


def stories(engine: StagingEngine) -> set[frozenset[str]]:
    """Return the ids of each story that several articles are of."""
    of_story: dict[int, set[str]] = {}
    for each in engine.stored_documents():
        of_story.setdefault(each.story, set()).add(each.article_id)
    return {frozenset(ids) for ids in of_story.values() if len(ids) > 1}


class TestStories(OnCluster):
    @pytest.fixture
    def both(self, tmp_path: Path) -> Iterable[tuple[StagingEngine, StagingEngine]]:
        with (
            closing(self.open_at(tmp_path / "cluster", Settings())) as engine,
            closing(WhooshEngine(tmp_path / "embedded", make=True)) as embedded,
        ):
            yield engine, embedded

    @pytest.mark.parametrize("seed", range(4))
    def test_are_those_of_the_embedded_engine(self, both, seed):
        engine, embedded = both
        every = archive(seed)
        for first in range(0, len(every), 9):
            for each in both:
                each.add(every[first : first + 9])
            assert stories(engine) == stories(embedded)
        assert stories(engine)
        changed = [document(d.article_id, "", prose(n)) for n, d in enumerate(every[:3])]
        same = [d._replace(enrichment=d.enrichment) for d in every[3:6]]
        gone = [d.article_id for d in every[6:9]]
        for each in both:
            each.delete(gone)
            each.add([*changed, *same])
        assert stories(engine) == stories(embedded)
        for each in both:
            each.add(every[:9])
        assert stories(engine) == stories(embedded)

    def test_a_document_says_whether_others_have_its_story(self, both):
        engine, _ = both
        text = prose(1)
        engine.add([article("a", text), article("b", prose(2))])
        engine.add([article("c", text, 1)])
        engine.add([article("d", text, -1)])
        with engine.reading() as view:
            copied = {"bool": {"filter": [{"term": {"copied": True}}, *view.visible]}}
            assert {hit["_id"].partition("@")[0] for hit in view.hits(copied)} == set("acd")
        assert stories(engine) == {frozenset("acd")}

    def test_a_story_that_is_not_touched_is_not_written_again(self, both):
        engine, _ = both
        text = prose(1)
        engine.add([article("a", text), article("b", text, 1)])
        with engine.reading() as view:
            before = sorted(hit["_id"] for hit in view.hits({"bool": {"filter": view.stored}}))
        engine.add([article("c", text, 2)])
        with engine.reading() as view:
            after = sorted(hit["_id"] for hit in view.hits({"bool": {"filter": view.stored}}))
        assert after[:2] == before

    def test_dates_of_many_years_take_no_more_requests(self, both, monkeypatch):
        engine, _ = both
        asked: list[str] = []
        for name in ("search", "msearch"):
            plain = getattr(View, name)

            def counting(self, *args, plain=plain, **kwargs):
                asked.append("")
                return plain(self, *args, **kwargs)

            monkeypatch.setattr(View, name, counting)
        engine.add([article("old", prose(99))])
        before = len(asked)
        engine.add([article(f"a{n}", prose(n), n * 9000) for n in range(40)])
        assert len(asked) - before <= before + 5
