"""A rebuilt index says what the old one said, by today's rules; until it is complete the old one stays."""

from __future__ import annotations

import json
import os
import signal
import tarfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from shutil import copytree, rmtree
from types import SimpleNamespace
from typing import Any

import pytest

from search.engines.protocol.request import SearchRequest
from search.engines.whoosh_index import rebuild as module
from search.engines.whoosh_index.engine import WhooshEngine
from search.engines.whoosh_index.rebuild import REBUILD, FolderRebuild
from search.engines.whoosh_index.write import ledger
from search.engines.whoosh_index.write.ledger import SqliteLedger
from search.enrich.tagger import FAST, label_of
from search.ingest.rebuild import (
    RebuildNeeds,
    RebuildReport,
    rebuild_index,
    with_authors_of_byline,
)
from search.ingest.run import index_files
from search.model.article import Article, Document, Enrichment, Entities, Entity
from search.model.errors import EngineError, IndexLocked, IndexMissing, IndexOutdated
from search.model.fields import FIELDS, FieldTable
from search.model.settings import Settings
from search.query.tree import Word
from search.readers.author_names import read_author_names
from tests.support.documents import document
from tests.support.killing import may_fork, needs_fork, run_up_to
from tests.support.language_texts import TEXTS

EVERYTHING = SearchRequest(limit=1000)
BLINKEN = "Antony Blinken met ministers in Brussels. Blinken then left Brussels."
FORMAT_2 = Path(__file__).parents[1] / "engines" / "whoosh_index" / "format2.tar.xz"


def rebuild(folder: Path, **options: Any) -> RebuildReport:
    settings = options.pop("settings", Settings(lock_timeout_ms=0))
    return rebuild_index(FolderRebuild(folder, settings), settings=settings, **options)


def stored(folder: Path) -> dict[str, Document]:
    with closing(WhooshEngine(folder)) as engine:
        assert engine.verify() == ()
        return {found.article_id: found for found in engine.documents()}


def given(documents: dict[str, Document]) -> dict[str, tuple[datetime | None, int]]:
    return {i: (each.added, each.revision) for i, each in documents.items()}


def tagged(body: str, tagger: str, *people: str) -> Document:
    article = document("x", "", body).article
    return Document(article, Enrichment(Entities(tuple(map(Entity, people))), tagger))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An index of several commits, with replaced and deleted articles, and the work of an older tagger."""
    folder = tmp_path / "index"
    with closing(WhooshEngine(folder, make=True)) as engine:
        engine.add(document(f"n{n}", f"title {n}", "gold") for n in range(10))
        engine.add([document("n1", "title 1", "gold and silver"), document("n2", "other")])
        engine.add([tagged(BLINKEN, "earlier 0", "Somebody Else")])
        engine.delete(["n3"])
    return folder


def test_articles_and_when_they_came_stay_and_entities_are_todays(folder: Path) -> None:
    before = stored(folder)
    report = rebuild(folder)
    after = stored(folder)

    assert {i: d.article for i, d in after.items()} == {i: d.article for i, d in before.items()}
    assert given(after) == given(before)
    assert {d.enrichment.tagger for d in after.values()} == {label_of(FAST)}
    people = [entity.name for entity in after["x"].enrichment.entities.people]
    assert people == ["Antony Blinken"]
    assert report == RebuildReport(articles=10, other_entities=1, languages=frozenset({"en"}))
    assert not (folder / REBUILD).exists()
    with closing(WhooshEngine(folder)) as engine:
        assert engine.count(SearchRequest(tree=Word("gold"))) == 8
        engine.add([document("later")])
        later = engine.get("later")
        assert later is not None
        assert later.added is not None
        assert later.added > max(when for when, _ in given(after).values() if when is not None)


def test_entities_can_be_left_out(folder: Path) -> None:
    rebuild(folder, entities="none")
    assert {d.enrichment for d in stored(folder).values()} == {Enrichment()}


def test_an_index_of_format_2_is_rebuilt(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    with tarfile.open(FORMAT_2) as archive:
        archive.extractall(folder, filter="data")
    with pytest.raises(IndexOutdated, match="newssearch rebuild --index"):
        WhooshEngine(folder)

    report = rebuild(folder)

    after = stored(folder)
    assert (report.articles, len(after)) == (299, 299)
    assert {d.enrichment.tagger for d in after.values()} == {label_of(FAST)}
    assert all(when is not None for when, _ in given(after).values())
    assert not [
        path for path in folder.iterdir() if path.suffix in (".nsd", ".nsw", ".nsa", ".nsx")
    ]


def test_an_index_of_other_fields_is_rebuilt(tmp_path: Path) -> None:
    rows = [row._replace(weight=3) if row.name == "title" else row for row in FIELDS]
    fields = FieldTable(tuple(rows), FIELDS.group_aliases, FIELDS.article)
    with closing(WhooshEngine(tmp_path, make=True, fields=fields)) as engine:
        engine.add([document("a", "gold"), document("b", "", "silver")])
        before = given({found.article_id: found for found in engine.documents()})
    with pytest.raises(IndexOutdated, match="newssearch rebuild"):
        WhooshEngine(tmp_path)
    rebuild(tmp_path)
    assert given(stored(tmp_path)) == before


def test_an_index_of_before_there_were_topics_is_rebuilt_with_languages(tmp_path: Path) -> None:
    rows = [row for row in FIELDS if row.name not in ("topic", "collection", "lang_from")]
    fields = FieldTable(tuple(rows), FIELDS.group_aliases, FIELDS.article)
    with closing(WhooshEngine(tmp_path, make=True, fields=fields)) as engine:
        engine.add([document("a", "", TEXTS["fr"]), document("b", "Quay", language="en_US")])
    with pytest.raises(IndexOutdated, match=r"topic.*newssearch rebuild"):
        WhooshEngine(tmp_path)
    rebuild(tmp_path)
    articles = {article_id: found.article for article_id, found in stored(tmp_path).items()}
    assert (articles["a"].language, articles["a"].language_from) == ("fr", "detected")
    assert (articles["b"].language, articles["b"].topics, articles["b"].collection) == (
        "en",
        (),
        "",
    )


def test_an_empty_index_is_rebuilt(tmp_path: Path) -> None:
    WhooshEngine(tmp_path / "index", make=True).close()
    assert rebuild(tmp_path / "index").articles == 0
    assert stored(tmp_path / "index") == {}


def test_there_has_to_be_an_index(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing):
        rebuild(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_no_file_is_read_again_afterwards(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({"id": "a", "title": "A", "body": BLINKEN}))
    folder = tmp_path / "index"

    def index() -> tuple[int, int]:
        with closing(WhooshEngine(folder, make=True)) as engine:
            report = index_files([tmp_path / "a.jsonl"], engine)
            return report.files_read, report.unchanged

    index()
    with SqliteLedger(folder, 0) as ledger_:
        (file,) = ledger_.files()
        ledger_.record([file._replace(tagger="earlier 0")])
    rebuild(folder)
    assert index() == (0, 1)


# Bylines


@pytest.mark.parametrize(
    ("authors", "byline", "source", "expected"),
    [
        (("Jane Doe And John Roe",), "By Jane Doe and John Roe", "", ("Jane Doe", "John Roe")),
        ((), "By Jane Doe, political editor", "", ("Jane Doe",)),
        (("Jane Doe",), "", "", ("Jane Doe",)),
        (("Jane Doe",), "Staff", "", ("Jane Doe",)),
        (("Madonna",), "By Madonna", "", ("Madonna",)),
        (("Web",), "Web Desk", "", ()),
        (("Somebody Else",), "By Jane Doe", "", ("Somebody Else",)),
        (("JANE DOE",), "By Jane Doe", "", ("Jane Doe",)),
        (("Jane Doe",), "Jane Doe, Northern Star", "Northern Star", ("Jane Doe",)),
    ],
    ids=[
        "taken apart", "none before", "no byline", "nobody in it", "single name", "desk",
        "from elsewhere in the file", "other case", "the paper itself",
    ],
)  # fmt: skip
def test_authors_are_taken_out_of_the_byline_again(
    authors: tuple[str, ...], byline: str, source: str, expected: tuple[str, ...]
) -> None:
    article = Article(
        article_id="a", title="", body="", authors=authors, byline=byline, source=source
    )
    assert with_authors_of_byline(article) == replace(article, authors=expected)


def test_names_of_authors_are_applied_and_undone_without_the_files(tmp_path: Path) -> None:
    folder, names = tmp_path / "index", tmp_path / "authors.toml"
    from_list = Article(article_id="a", title="", body="", authors=("J. Doe",))
    from_byline = replace(
        from_list, article_id="b", byline="By J. Doe and Bo Ray", authors=("J. Doe", "Bo Ray")
    )
    with closing(WhooshEngine(folder, make=True)) as engine:
        engine.add([Document(from_list), Document(from_byline)])
    before = stored(folder)
    names.write_text('"Jane Doe" = ["J. Doe"]', "utf-8")

    rebuild(folder, authors=read_author_names(str(names)))
    applied = stored(folder)
    assert applied["a"].article.authors_as_read == ("J. Doe",)
    assert applied["b"].article.authors == ("Jane Doe", "Bo Ray")

    names.write_text("", "utf-8")
    rebuild(folder, authors=read_author_names(str(names)))
    assert {i: each.article for i, each in stored(folder).items()} == {
        i: each.article for i, each in before.items()
    }


def test_other_authors_are_counted_and_are_no_change_of_the_article(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    article = Article(article_id="a", title="", body="", authors=(), byline="By Jane Doe")
    with closing(WhooshEngine(folder, make=True)) as engine:
        engine.add([Document(article)])
    before = stored(folder)
    assert rebuild(folder).other_authors == 1
    assert stored(folder)["a"].article.authors == ("Jane Doe",)
    assert given(stored(folder)) == given(before)


# Before it begins


def test_what_it_takes_is_said_first_and_too_little_disk_ends_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.shutil, "disk_usage", lambda path: SimpleNamespace(free=1_000))
    before, said = stored(folder), list[RebuildNeeds]()
    with pytest.raises(EngineError, match=r"takes up to 1 MB of disk .* 1 MB are free; make room"):
        rebuild(folder, on_start=said.append)
    (needs,) = said
    assert (needs.articles, needs.free_bytes) == (10, 1_000)
    assert needs.needed_bytes >= sum(path.stat().st_size for path in folder.glob("MAIN_*"))
    assert stored(folder) == before


def test_an_index_run_and_a_rebuild_keep_each_other_away(folder: Path) -> None:
    with SqliteLedger(folder, 0), pytest.raises(IndexLocked, match="another run"):
        rebuild(folder)
    with (
        FolderRebuild(folder, Settings()),
        closing(WhooshEngine(folder, lock_timeout_ms=0)) as engine,
        pytest.raises(IndexLocked, match="another run"),
    ):
        index_files([folder], engine)


# Meanwhile


def test_an_open_engine_answers_all_the_while_and_sees_the_new_one(folder: Path) -> None:
    totals = []
    with closing(WhooshEngine(folder)) as engine:

        def ask(done: int, articles: int) -> None:
            totals.append(engine.count(EVERYTHING))

        rebuild(folder, on_progress=ask, settings=Settings(batch_articles=3))
        assert set(totals) == {10}
        assert engine.count(EVERYTHING) == 10
        found = engine.get("x")
        assert found is not None
        assert found.enrichment.tagger == label_of(FAST)


def test_what_is_deleted_and_added_by_hand_meanwhile_is_not_lost(folder: Path) -> None:
    changed = []
    with closing(WhooshEngine(folder)) as engine:

        def change(done: int, articles: int) -> None:
            if not changed:
                changed.append(engine.delete(["n1"]))
                engine.add([document("n2", "changed meanwhile"), document("new")])

        report = rebuild(folder, on_progress=change)
    after = stored(folder)
    assert (len(after), "n1" in after, "new" in after) == (10, False, True)
    assert after["n2"].article.title == "changed meanwhile"
    assert after["n2"].revision == 2
    assert report.made_before == 8


# Ended before it is complete


@pytest.mark.parametrize(("presses", "kept"), [(1, 4), (2, 3)], ids=["once", "twice"])
def test_ctrl_c_keeps_what_was_made_and_the_next_try_goes_on(
    folder: Path, presses: int, kept: int
) -> None:
    before = stored(folder)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    heard = []

    def press(done: int, articles: int) -> None:
        if done == 4:
            for _ in range(presses):
                signal.raise_signal(signal.SIGINT)

    report = rebuild(
        folder,
        settings=Settings(batch_articles=3),
        on_progress=press,
        on_interrupt=lambda: heard.append("interrupted"),
    )
    assert (report.is_interrupted, len(heard)) == (True, 1)
    assert stored(folder) == before
    again = rebuild(folder)
    assert (again.articles, again.made_before) == (10, kept)
    assert given(stored(folder)) == given(before)


@pytest.mark.parametrize(
    ("change", "made_before", "left"),
    [
        (lambda engine: None, 10, 10),
        (lambda engine: engine.delete(["n1", "n2"]), 8, 8),
        (lambda engine: engine.add([document("n1", "changed"), document("new")]), 9, 11),
    ],
    ids=["nothing", "deleted", "changed and added"],
)
def test_a_later_try_makes_only_what_is_not_made_yet(
    folder: Path, change: Callable[[WhooshEngine], object], made_before: int, left: int
) -> None:
    monkeypatched = pytest.MonkeyPatch()
    with monkeypatched.context() as patch:
        patch.setattr(module, "replace_all", _killed)
        with pytest.raises(EngineError, match="memory ran out"):
            rebuild(folder)
    with closing(WhooshEngine(folder)) as engine:
        change(engine)
    before = stored(folder)
    report = rebuild(folder)
    assert (report.articles, report.made_before) == (left, made_before)
    assert given(stored(folder)) == given(before)


def _killed(*_: object) -> bool:
    raise MemoryError


def test_what_an_earlier_try_left_damaged_is_begun_anew(folder: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "replace_all", _killed)
        with pytest.raises(EngineError, match="memory ran out"):
            rebuild(folder)
    (segment,) = (folder / REBUILD).glob("*.nss")
    content = bytearray(segment.read_bytes())
    content[100] ^= 1
    segment.write_bytes(content)
    before = stored(folder)
    report = rebuild(folder)
    (notice,) = report.notices
    assert notice.startswith("what an earlier newssearch rebuild has made is begun anew")
    assert (report.made_before, given(stored(folder))) == (0, given(before))


def test_what_is_left_after_the_swap_is_not_taken_for_a_try_to_go_on_with(folder: Path) -> None:
    """The index had merged one of the segments that it shared: a later try could have removed the other."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module.shutil, "rmtree", lambda *_, **__: None)
        rebuild(folder, settings=Settings(batch_articles=5))
    assert (folder / REBUILD).is_dir()
    with closing(WhooshEngine(folder)) as engine:
        (first, *_) = sorted(document.article_id for document in engine.documents())
        engine.delete([first, "n1", "n2", "n3"])
    before = stored(folder)
    report = rebuild(folder)
    assert report.made_before == 0
    assert given(stored(folder)) == given(before)


@needs_fork
@may_fork
@pytest.mark.parametrize("has_links", [True, False], ids=["links", "no links"])
def test_a_rebuild_killed_anywhere_leaves_the_old_index_or_the_new_one(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, has_links: bool
) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)
    monkeypatch.setattr(ledger, "_PRAGMAS", ("synchronous = OFF",))
    if not has_links:

        def refuse(*_: object) -> None:
            raise OSError(95, "Operation not supported")

        monkeypatch.setattr(os, "link", refuse)
    before = stored(folder)
    step, is_killed, left = 0, True, []
    while is_killed:
        step += 1
        copy = tmp_path / "killed"
        copytree(folder, copy)
        is_killed = run_up_to(
            step, copy, lambda copy=copy: rebuild(copy, settings=Settings(batch_articles=4))
        )
        after = stored(copy)
        left.append(after["x"].enrichment.tagger)
        assert given(after) == given(before)
        # The next try, and the next commit, go on and leave nothing over.
        report = rebuild(copy)
        assert (report.articles, given(stored(copy))) == (10, given(before))
        assert {d.enrichment.tagger for d in stored(copy).values()} == {label_of(FAST)}
        with closing(WhooshEngine(copy)) as engine:
            engine.add([document("z")])
        assert not (copy / REBUILD).exists()
        assert len(list(copy.glob("*.toc"))) == 1
        rmtree(copy)
    # From the moment that the new one counts it counts for good.
    assert left == sorted(left)
    assert set(left) == {"earlier 0", label_of(FAST)}
