"""Corrections of entities in every way in which an article comes into an index, changed, taken back, kept without their file."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from search.engines.joining.spellings import APART
from search.engines.protocol.request import SearchRequest
from search.engines.whoosh_index.engine import WhooshEngine
from search.engines.whoosh_index.rebuild import FolderRebuild
from search.enrich.corrections import Corrections
from search.ingest.correcting import APPLIED
from search.ingest.entities_file import RULES, corrections_of
from search.ingest.hidden_file import takedowns_of
from search.ingest.rebuild import RebuildReport, rebuild_index
from search.ingest.run import IndexReport, index_files
from search.model.article import Document, Enrichment, Entities, Entity
from search.model.errors import EngineError, SettingError
from search.model.question import FacetRequest
from search.model.settings import Settings
from tests.support.documents import document

RECORDS = tuple(
    {"id": f"a{n}", "title": f"Article {n}", "body": body, "date": "2024-05-01"}
    for n, body in enumerate(
        (
            "Joe Biden met Joe Smith in Paris on Monday.",
            "In Paris, Joe Smith met Joe Biden.",
            "Ann Miller went to Madrid.",
        )
    )
)
HIDE = '[[hide]]\nperson = "Joe Smith"\n\n'
RENAME = '[[rename]]\nplace = "Paris"\nto = "Paris (Texas)"\n\n'
IDLE = '[[hide]]\norg = "Nothing of the Kind"\n\n'


def rules(*texts: str) -> Corrections:
    return corrections_of("".join(texts), "entities.toml")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.jsonl"
    path.write_text("".join(f"{json.dumps(each)}\n" for each in RECORDS), "utf-8")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


def index(folder: Path, *paths: Path, **options: Any) -> IndexReport:
    with closing(WhooshEngine(folder, make=True)) as engine:
        return index_files(paths, engine, **options)


def rebuild(folder: Path, **options: Any) -> RebuildReport:
    settings = Settings(lock_timeout_ms=0)
    return rebuild_index(FolderRebuild(folder, settings), settings=settings, **options)


def names(folder: Path, field: str) -> dict[str, int]:
    with closing(WhooshEngine(folder)) as engine:
        assert engine.verify() == ()
        facets = engine.facets(SearchRequest(facets=(FacetRequest(field, 100),)))
        return {found.value: found.count for found in facets[field].values}


def documents(folder: Path) -> dict[str, Document]:
    with closing(WhooshEngine(folder)) as engine:
        return {each.article_id: each for each in engine.stored_documents()}


def counts(report: IndexReport | RebuildReport) -> list[int]:
    return [count for _, count in report.corrections.by_rule]


ALL = {"Joe Biden": 2, "Joe Smith": 2, "Ann Miller": 1}


def test_an_article_is_corrected_when_it_is_indexed(folder: Path, file: Path) -> None:
    report = index(folder, file, corrections=rules(HIDE, RENAME, IDLE))
    assert names(folder, "person") == {"Joe Biden": 2, "Ann Miller": 1}
    assert names(folder, "place") == {"Paris (Texas)": 2, "Madrid": 1}
    assert counts(report) == [2, 2, 0]
    found = documents(folder)
    assert found["a2"].enrichment.as_found is None
    as_found = found["a0"].enrichment.as_found
    assert as_found is not None
    assert [entity.name for entity in as_found.people] == ["Joe Biden", "Joe Smith"]


def test_a_renamed_place_is_found_by_its_former_name(folder: Path, file: Path) -> None:
    index(folder, file, corrections=rules(RENAME))
    paris = documents(folder)["a0"].enrichment.entities.places[0]
    assert (paris.name, paris.forms) == ("Paris (Texas)", ("Paris",))


class TestChangedRules:
    def test_are_applied_to_what_the_index_has(self, folder: Path, file: Path) -> None:
        index(folder, file)
        before = documents(folder)
        report = index(folder, file, corrections=rules(HIDE, IDLE))
        assert (report.files_read, report.files_unchanged) == (0, 1)
        assert names(folder, "person") == {"Joe Biden": 2, "Ann Miller": 1}
        assert report.corrections.is_of_all
        assert report.corrections.articles == 2
        assert counts(report) == [2, 0]
        after = documents(folder)
        for article_id, now in after.items():
            assert now.added == before[article_id].added
            assert now.revision == 0
            assert now.story == before[article_id].story
            assert now.packed_provenance == before[article_id].packed_provenance

    def test_do_not_ask_the_tagger_again(self, folder: Path, file: Path) -> None:
        entities = Entities(people=(Entity("Joe Smith"), Entity("Made Up")))
        with closing(WhooshEngine(folder, make=True)) as engine:
            engine.add([Document(_article(), Enrichment(entities, "tests 1"))])
        index(folder, file, corrections=rules(HIDE))
        made = documents(folder)["made"].enrichment
        assert made == Enrichment(Entities(people=(Entity("Made Up"),)), "tests 1", entities)

    def test_are_applied_once(self, folder: Path, file: Path) -> None:
        index(folder, file)
        index(folder, file, corrections=rules(HIDE))
        again = index(folder, file, corrections=rules(HIDE))
        assert not again.corrections.is_of_all

    def test_in_small_batches(self, folder: Path, file: Path) -> None:
        index(folder, file)
        settings = Settings(batch_articles=1)
        report = index(folder, file, corrections=rules(HIDE), settings=settings)
        assert counts(report) == [2]
        assert names(folder, "person") == {"Joe Biden": 2, "Ann Miller": 1}

    def test_are_applied_to_the_rest_where_a_run_ended_early(
        self, folder: Path, file: Path
    ) -> None:
        class Failing(WhooshEngine):
            published = 0

            def publish(self, *arguments: Any, **options: Any) -> int:
                self.published += 1
                if self.published > 1:
                    raise EngineError("the disk is full")
                return super().publish(*arguments, **options)

        index(folder, file)
        settings = Settings(batch_articles=1)
        with closing(Failing(folder)) as engine, pytest.raises(EngineError, match="full"):
            index_files([file], engine, corrections=rules(HIDE), settings=settings)
        assert names(folder, "person")["Joe Smith"] == 1
        report = index(folder, file)
        assert "Joe Smith" not in names(folder, "person")
        assert (report.corrections.articles, counts(report)) == (1, [2])

    def test_undo_what_is_no_longer_said(self, folder: Path, file: Path) -> None:
        index(folder, file)
        plain = documents(folder)
        index(folder, file, corrections=rules(HIDE, RENAME))
        report = index(folder, file, corrections=rules(HIDE))
        assert any("1 correction that the index had is not in" in n for n in report.notices)
        assert names(folder, "place") == {"Paris": 2, "Madrid": 1}
        index(folder, file, corrections=rules())
        assert {i: d.enrichment for i, d in documents(folder).items()} == {
            i: d.enrichment for i, d in plain.items()
        }

    def test_show_to_a_rule_of_hidden_toml_what_it_asks_for(self, folder: Path, file: Path) -> None:
        hidden = '[[hide]]\nquery = "place:texas"\nreason = "r"\ndate = 2026-11-29\n'
        takedowns = takedowns_of(hidden, "hidden.toml")
        index(folder, file, takedowns=takedowns)
        assert len(documents(folder)) == 3
        report = index(folder, file, corrections=rules(RENAME))
        assert set(documents(folder)) == {"a2"}
        assert report.hidden == 2

    def test_where_a_file_changes_too(self, folder: Path, file: Path) -> None:
        index(folder, file)
        changed = [{**RECORDS[0], "body": "Joe Smith was in Paris."}, *RECORDS[1:]]
        file.write_text("".join(f"{json.dumps(each)}\n" for each in changed), "utf-8")
        report = index(folder, file, corrections=rules(HIDE))
        assert names(folder, "person") == {"Joe Biden": 1, "Ann Miller": 1}
        assert counts(report) == [2]


def _article() -> Any:
    from search.model.article import Article

    return Article(article_id="made", title="T", body="B")


class TestWithoutTheFile:
    def test_the_rules_of_the_index_count(self, folder: Path, file: Path) -> None:
        index(folder, file, corrections=rules(HIDE))
        more = file.with_name("b.jsonl")
        more.write_text(json.dumps({**RECORDS[1], "id": "b", "title": "Another"}), "utf-8")
        report = index(folder, more)
        assert report.corrections.are_kept
        assert counts(report) == [1]
        assert "Joe Smith" not in names(folder, "person")

    def test_a_rebuild_applies_them(self, folder: Path, file: Path) -> None:
        index(folder, file, corrections=rules(HIDE, IDLE))
        file.unlink()
        report = rebuild(folder)
        assert report.corrections.are_kept
        assert counts(report) == [2, 0]
        assert names(folder, "person") == {"Joe Biden": 2, "Ann Miller": 1}

    def test_with_a_broken_copy_nothing_is_indexed(self, folder: Path, file: Path) -> None:
        index(folder, file)
        (folder / RULES).write_text("[[hide]]\n")
        with pytest.raises(SettingError, match="names no entity"):
            index(folder, file, force=True)
        with pytest.raises(SettingError, match="names no entity"):
            rebuild(folder)


class TestRebuild:
    def test_applies_new_rules(self, folder: Path, file: Path) -> None:
        index(folder, file)
        report = rebuild(folder, corrections=rules(HIDE, RENAME))
        assert names(folder, "person") == {"Joe Biden": 2, "Ann Miller": 1}
        assert counts(report) == [2, 2]
        later = index(folder, file)
        assert not later.corrections.is_of_all

    def test_undoes_a_line_that_is_gone(self, folder: Path, file: Path) -> None:
        index(folder, file, corrections=rules(HIDE, RENAME))
        file.unlink()
        report = rebuild(folder, corrections=rules(HIDE))
        assert names(folder, "place") == {"Paris": 2, "Madrid": 1}
        assert any("no longer in force" in notice for notice in report.notices)
        rebuild(folder, corrections=rules())
        assert names(folder, "person") == ALL


def test_a_split_parts_what_is_joined_across_the_archive(folder: Path, tmp_path: Path) -> None:
    with closing(WhooshEngine(folder, make=True)) as engine:
        engine.add(
            document(
                f"r{n}",
                published=datetime(1987, 3, 1, tzinfo=UTC),
                published_precision="day",
                entities=Entities(people=(Entity("Ronald Reagan" if n else "Reagan"),)),
            )
            for n in range(11)
        )
    assert names(folder, "person") == {"Ronald Reagan": 11}
    file = tmp_path / "none.jsonl"
    file.write_text("")
    split = '[[split]]\nperson = "Ronald Reagan"\nforms = "Reagan"\n'
    index(folder, file, corrections=rules(split))
    assert names(folder, "person") == {"Ronald Reagan": 10, "Reagan": 1}
    index(folder, file, corrections=rules())
    assert names(folder, "person") == {"Ronald Reagan": 11}


def test_what_people_have_split_is_kept_for_the_joins_of_the_archive(
    folder: Path, file: Path
) -> None:
    split = '[[split]]\nperson = "Ronald Reagan"\nforms = "Reagan"\n'
    index(folder, file, corrections=rules(split))
    with closing(WhooshEngine(folder)) as engine:
        assert engine.text(APART) == "people\tReagan\tRonald Reagan\n"
        assert engine.text(APPLIED) == rules(split).digest
