"""Entities are found for many articles at once, in the languages of the tagger; nothing else depends on that."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from search.engines.whoosh_index.engine import WhooshEngine
from search.engines.whoosh_index.rebuild import FolderRebuild
from search.enrich.tagger import TAGGER_FORMS, TAGGERS, TaggerRow, is_for, label_of, languages_of
from search.ingest import tagging
from search.ingest.cases import CaseFile
from search.ingest.limits import RunLimits
from search.ingest.rebuild import rebuild_index
from search.ingest.run import IndexReport, index_files
from search.ingest.tagging import without_names_said
from search.model.errors import TaggerError
from search.model.settings import Settings
from search.present.terminal.reports import remark_lines
from tests.support import counting_tagger
from tests.support.memory_engine import MemoryEngine
from tests.support.paths import CHECKOUT

Index = Callable[..., IndexReport]
BODY = "The ferry of ACME left at dawn."


@pytest.fixture(autouse=True)
def _counting(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with counting_tagger.in_table(monkeypatch):
        yield


@pytest.fixture
def engine() -> MemoryEngine:
    return MemoryEngine()


@pytest.fixture
def index(engine: MemoryEngine) -> Index:
    def run(*paths: Path | str, **options: Any) -> IndexReport:
        # How many wait together is not to depend on how busy the machine is.
        options = {"entities": "counting", "limits": RunLimits(said_s=600), **options}
        return index_files(paths, engine, **options)

    return run


def record(number: int | str, body: str = BODY, language: str = "en") -> dict[str, str]:
    return {"id": f"n{number}", "title": f"Title {number}", "body": body, "language": language}


def write(path: Path, *records: dict[str, str]) -> Path:
    path.write_text("".join(json.dumps(each) + "\n" for each in records), "utf-8")
    return path


def given() -> list[int]:
    """Return how many articles the tagger was given each time, and forget it."""
    sizes = list(map(len, counting_tagger.given))
    counting_tagger.given.clear()
    return sizes


def found(engine: MemoryEngine) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return by id which tagger has looked for names, and which it found."""
    return {
        document.article_id: (
            document.enrichment.tagger,
            tuple(each.name for each in document.enrichment.entities.organisations),
        )
        for document in engine.stored_documents()
    }


class TestTogether:
    def test_articles_of_a_file_are_tagged_many_at_a_time(
        self, index: Index, engine: MemoryEngine, tmp_path: Path
    ) -> None:
        path = write(tmp_path / "a.jsonl", *map(record, range(150)))

        assert index(path).added == 150
        assert given() == [64, 64, 22]
        assert set(found(engine).values()) == {("counting 1", ("ACME",))}

    def test_small_files_are_tagged_together(self, index: Index, tmp_path: Path) -> None:
        for number in range(5):
            write(tmp_path / f"{number}.jsonl", record(number))

        index(tmp_path)

        assert given() == [5]

    def test_long_articles_do_not_wait_for_many_others(self, index: Index, tmp_path: Path) -> None:
        long = BODY + " word" * 40_000
        path = write(tmp_path / "a.jsonl", *(record(number, long) for number in range(4)))

        index(path)

        assert given() == [3, 1]

    @pytest.mark.parametrize(
        "options",
        [
            {"settings": Settings(batch_articles=10)},
            {"limits": RunLimits(said_articles=7)},
            {"limits": RunLimits(said_s=0)},
            {"limits": RunLimits(tagged_articles=1)},
        ],
        ids=["small-batches", "often-said", "slow", "one-by-one"],
    )
    def test_index_and_report_do_not_depend_on_how_many(
        self, index: Index, engine: MemoryEngine, tmp_path: Path, options: dict[str, Any]
    ) -> None:
        records = [record(number % 40, BODY + f" UNIT{number}") for number in range(100)]
        path = write(tmp_path / "a.jsonl", *records)
        other = MemoryEngine()
        plain = index_files([path], other, entities="counting")

        report = index(path, **options)

        assert (report.added, report.duplicates) == (plain.added, plain.duplicates) == (40, 60)
        assert found(engine) == found(other)
        assert {d.article for d in engine.stored_documents()} == {
            d.article for d in other.stored_documents()
        }

    def test_the_last_of_two_versions_tagged_together_stays(
        self, index: Index, engine: MemoryEngine, tmp_path: Path
    ) -> None:
        path = write(
            tmp_path / "a.jsonl", record(1, "First for ALPHA."), record(2), record(1, "For OMEGA.")
        )

        report = index(path)

        assert given() == [3]
        assert (report.added, report.duplicates) == (2, 1)
        assert found(engine)["n1"] == ("counting 1", ("OMEGA",))

    def test_a_version_that_the_index_has_between_others_stays_where_it_was(
        self, index: Index, engine: MemoryEngine, tmp_path: Path
    ) -> None:
        index(write(tmp_path / "a.jsonl", record(1, "For ALPHA.")))
        path = write(tmp_path / "a.jsonl", record(1, "For BETA."), record(1, "For ALPHA."))

        index(path, force=True)

        assert found(engine)["n1"] == ("counting 1", ("ALPHA",))


class TestAgain:
    def test_what_was_tagged_is_not_tagged_again(self, index: Index, tmp_path: Path) -> None:
        path = write(tmp_path / "a.jsonl", record(1), record(2))
        index(path)
        write(path, record(1), record(2), record(3), record(4, "Changed."))
        assert given() == [2]

        report = index(path)

        assert (report.unchanged, report.added) == (2, 2)
        assert given() == [2]

    def test_forced_articles_with_the_same_names_are_unchanged(
        self, index: Index, tmp_path: Path
    ) -> None:
        path = write(tmp_path / "a.jsonl", record(1), record(2))
        index(path)

        report = index(path, force=True)

        assert (report.unchanged, report.retagged) == (2, 0)
        assert given() == [2, 2]

    def test_another_version_tags_all_again(
        self, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = write(tmp_path / "a.jsonl", record(1), record(2))
        index(path)
        monkeypatch.setattr(counting_tagger, "version", "2")

        assert index(path).retagged == 2

    def test_a_tagger_that_nobody_needs_is_not_loaded(
        self, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = write(tmp_path / "a.jsonl", record(1))
        monkeypatch.setattr(counting_tagger, "is_damaged", True)

        assert index(path, entities="none").added == 1
        assert index(path, entities="none", force=True).unchanged == 1
        assert index(write(tmp_path / "b.jsonl", record(2, language="de"))).added == 1


class TestLanguages:
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        spoken = ("en", "de", "fr", "de", "", "en-GB")
        return write(
            tmp_path / "a.jsonl", *(record(n, language=each) for n, each in enumerate(spoken))
        )

    def test_names_are_looked_for_in_those_of_the_tagger(
        self, index: Index, engine: MemoryEngine, path: Path
    ) -> None:
        index(path)

        assert counting_tagger.given == [["n0", "n4", "n5"]]
        assert {i for i, (tagger, _) in found(engine).items() if tagger == ""} == {"n1", "n2", "n3"}

    @pytest.mark.parametrize(
        ("body", "is_looked_at"),
        [
            ("The ferry of ACME left.", True),
            ("ACME CORP 1ST QTR NET SHR 78 CTS", True),
            ("Die Fähre von ACME legte ab.", False),
            ("Le bateau d'ACME est parti.", False),
            ("12 345", True),
        ],
        ids=["english", "capitals", "german", "french", "no-words"],
    )
    def test_of_a_text_too_short_to_tell_its_language_the_likely_one_counts(
        self, index: Index, engine: MemoryEngine, tmp_path: Path, body: str, is_looked_at: bool
    ) -> None:
        pytest.importorskip("pycld2")
        path = write(tmp_path / "b.jsonl", {"id": "n1", "title": "", "body": body})

        report = index(path)

        assert engine.get("n1").article.language == ""  # type: ignore[union-attr]
        assert (found(engine)["n1"][0] != "") == is_looked_at
        assert report.without_names == ({} if is_looked_at else {"": 1})

    def test_where_none_can_be_told_names_are_looked_for(
        self, index: Index, engine: MemoryEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tagging, "likely_language", lambda title, body: "")
        body = "Die Fähre von ACME legte ab."

        index(write(tmp_path / "b.jsonl", {"id": "n1", "title": "", "body": body}))

        assert found(engine)["n1"] == ("counting 1", ("ACME",))

    def test_others_are_said_in_summary_and_report(
        self, index: Index, path: Path, tmp_path: Path
    ) -> None:
        said = tmp_path / "cases.jsonl"
        with CaseFile(said) as case_file:
            report = index(path, case_file=case_file)

        line = "names are looked for in English: 2 articles in German and 1 in French have none"
        assert f"note: {line}" in remark_lines(report)
        cases = [json.loads(each) for each in said.read_text("utf-8").splitlines()]
        assert [(c["line"], c["times"], c["reason"]) for c in cases if c["kind"] == "names"] == [
            (2, 2, "names are looked for in English, and the article is in German"),
            (3, 1, "names are looked for in English, and the article is in French"),
        ]

    def test_nothing_is_said_where_no_names_are_wanted(self, index: Index, path: Path) -> None:
        report = index(path, entities="none")

        assert report.without_names == {}
        assert not any("names are looked for" in line for line in remark_lines(report))

    def test_an_unchanged_article_of_another_language_is_not_written_again(
        self, index: Index, engine: MemoryEngine, path: Path
    ) -> None:
        index(path)

        report = index(path, force=True)

        assert (report.unchanged, report.retagged) == (6, 0)

    def test_names_found_by_a_tagger_of_all_languages_go_with_the_next_one(
        self, index: Index, engine: MemoryEngine, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(counting_tagger, "languages", frozenset())
        index(path)
        assert {tagger for tagger, _ in found(engine).values()} == {"counting 1"}

        report = index(path, entities="fast")

        assert report.retagged == 6
        assert found(engine)["n1"] == ("", ())

    @pytest.mark.parametrize(
        ("articles", "said"),
        [
            ({"de": 1}, "names are looked for in English: 1 article in German has none"),
            ({"de": 1234}, "names are looked for in English: 1,234 articles in German have none"),
            (
                {"xx-mystery": 1, "": 3, "fr": 2, "de": 2},
                "names are looked for in English: 3 articles in an unknown language, 2 in German, 2 in French and 1 in"
                " xx-mystery have none",
            ),
        ],
        ids=["one", "many", "several-languages"],
    )
    def test_a_sentence_says_how_many(self, articles: dict[str, int], said: str) -> None:
        assert without_names_said(["en"], articles) == said


class TestDamage:
    def test_of_a_tagger_ends_the_run_with_its_error_and_loses_nothing(
        self, index: Index, engine: MemoryEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        index(write(tmp_path / "a.jsonl", record(1)), entities="none")
        path = write(tmp_path / "b.jsonl", *map(record, range(2, 9)))
        with monkeypatch.context() as patch:
            patch.setattr(counting_tagger, "is_damaged", True)
            with pytest.raises(TaggerError, match="damaged; install it anew"):
                index(path)
        assert set(found(engine)) == {"n1"}

        assert index(path).added == 7

    @pytest.mark.parametrize(
        "wanted",
        ["rules", "", "fast:en", "spacy", "spacy:", "counting:x", "Fast"],
    )
    def test_an_unknown_tagger_is_an_error_before_anything_is_read(
        self, index: Index, tmp_path: Path, wanted: str
    ) -> None:
        path = write(tmp_path / "a.jsonl", record(1))

        with pytest.raises(
            TaggerError, match=f"'{wanted}' is no tagger; choose one of fast, spacy"
        ):
            index(path, entities=wanted)


@pytest.mark.parametrize("row", TAGGERS, ids=lambda row: row.name)
def test_each_tagger_of_the_table_is_offered(row: TaggerRow) -> None:
    assert row.form in TAGGER_FORMS


@pytest.mark.parametrize("entities", ["none", "fast"])
def test_no_tagger_is_loaded_for_an_article_that_needs_none(tmp_path: Path, entities: str) -> None:
    path = write(tmp_path / "a.jsonl", record(1, language="de"))
    program = (
        "import contextlib, sys; from search.cli.main import main\n"
        f"arguments = ['index', '--index', {str(tmp_path / 'index')!r}, '--entities', {entities!r}, {str(path)!r}]\n"
        "with contextlib.suppress(SystemExit): main(arguments)\n"
        "loaded = {'spacy', 'search.enrich.entities.network', 'search.enrich.entities.tagger'};"
        "print(sorted(loaded.intersection(sys.modules)))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    assert ran.stdout.splitlines()[-1] == "[]"


def test_fast_is_for_english_and_for_what_nobody_knows() -> None:
    label = label_of("fast")

    assert languages_of(label) == {"en"}
    assert [is_for(label, each) for each in ("en", "en-GB", "", "de")] == [True, True, True, False]


class TestRebuild:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        spoken = ["en", "de", "en", ""] * 25
        path = write(
            tmp_path / "a.jsonl", *(record(n, language=each) for n, each in enumerate(spoken))
        )
        with closing(WhooshEngine(tmp_path / "index", make=True)) as engine:
            index_files([path], engine, entities="none")
        return tmp_path / "index"

    def test_tags_many_at_a_time_and_says_the_languages(self, folder: Path) -> None:
        report = rebuild_index(FolderRebuild(folder, Settings()), entities="counting")

        assert given() == [48, 27]
        assert (report.other_entities, report.without_names) == (75, {"de": 25})
        with closing(WhooshEngine(folder)) as engine:
            order = [document.article_id for document in engine.documents()]
        assert sorted(order) == sorted(f"n{number}" for number in range(100))

    def test_does_not_tag_again_what_this_tagger_has_tagged(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rebuild_index(FolderRebuild(folder, Settings()), entities="counting")
        given()

        again = rebuild_index(FolderRebuild(folder, Settings()), entities="counting")

        assert (again.other_entities, given()) == (0, [])
        with closing(WhooshEngine(folder)) as engine:
            assert len(list(engine.documents())) == 100
        monkeypatch.setattr(counting_tagger, "version", "2")
        rebuild_index(FolderRebuild(folder, Settings()), entities="counting")
        assert sum(given()) == 75

    def test_keeps_articles_in_batches_of_the_settings(self, folder: Path) -> None:
        settings = Settings(batch_articles=30)

        report = rebuild_index(
            FolderRebuild(folder, settings), settings=settings, entities="counting"
        )

        assert (report.articles, report.other_entities) == (100, 75)
        assert max(given()) <= 30

    def test_damage_of_a_tagger_leaves_the_old_index(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(counting_tagger, "is_damaged", True)

        with pytest.raises(TaggerError, match="install it anew"):
            rebuild_index(FolderRebuild(folder, Settings()), entities="counting")
        with closing(WhooshEngine(folder)) as engine:
            assert engine.verify() == ()
            assert engine.stats().articles == 100
