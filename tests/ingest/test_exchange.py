"""An export makes the same index elsewhere; what is damaged, hostile or cut short is said, and the rest goes on."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.engines.protocol.engine import KeepsRevisions
from search.engines.registry import open_staging
from search.engines.staging import StagingEngine
from search.ingest.exchange import ImportReport, exported_lines, import_documents, opened_export
from search.model.article import (
    NO_END,
    Article,
    Credit,
    Document,
    Enrichment,
    Entities,
    Entity,
    Mention,
    Provenance,
)
from search.model.document_json import document_as_line, document_of_line
from search.model.errors import ReadError
from search.model.settings import Settings

_READ_AT = datetime(2024, 5, 18, 7, 0, tzinfo=UTC)

_PEOPLE = (Entity("Ann Čapek", (Mention(0, 5), Mention(25, 34)), ("Čapek",)),)

#: Something in each part of a document.
FULL = Document(
    Article(
        article_id="full-1",
        title="Čapek visits Coast Bank\u2028",
        body="Ann Čapek, the\tmayor,\n\n  came.\r\n\0 \U0001f600 Then she left.",
        authors=("Lee, Ann", "Bo"),
        authors_as_read=("A. Lee", "Bo"),
        credits=(Credit("Cy", "photos"),),
        byline="By A. Lee and Bo",
        published=datetime(2024, 5, 17, 9, 30, 1, 250, tzinfo=UTC),
        published_precision="second",
        published_from="field 'date'",
        source="Coast Post",
        section="A3",
        topics=("banks", "mayors"),
        language="cs",
        language_from="detected",
        collection="spring",
        url="https://coast.example/1?a=b",
        embargoed_until=NO_END,
        is_withdrawn=True,
    ),
    Enrichment(
        Entities(people=_PEOPLE),
        "fast/9",
        Entities(people=_PEOPLE, organisations=(Entity("Coast Bank", (Mention(13, 23),)),)),
    ),
    datetime(2024, 5, 18, 8, 0, 0, 1, tzinfo=UTC),
    3,
    -1,
    Provenance("/srv/a\\xff.zip", 7, "in/b.json", "https://x.example", "records", _READ_AT).packed(),
)  # fmt: skip


def document(number: int, body: str = "It rained on the coast.", **more: object) -> Document:
    article = Article(article_id=f"a-{number}", title=f"Title {number}", body=body, **more)  # type: ignore[arg-type]
    return Document(article)


def opened(folder: Path, settings: Settings | None = None) -> closing[StagingEngine]:
    return closing(open_staging(str(folder), make=True, settings=settings))


def exported(engine: StagingEngine, path: Path) -> list[str]:
    lines = list(exported_lines(engine))
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return lines


def imported(engine: StagingEngine, path: Path, **settings: object) -> ImportReport:
    in_force = Settings()._replace(**settings)  # type: ignore[arg-type]
    with opened_export(str(path), in_force) as export:
        return import_documents(engine, export, in_force)


@pytest.fixture
def old(tmp_path: Path) -> Iterator[StagingEngine]:
    story = (
        "The harbour of Odesa was closed for grain ships after a night of storms and repairs. " * 8
    )
    with opened(tmp_path / "old") as engine:
        engine.add([document(1), document(2, story), document(3, story + "Again.")])
        engine.add([FULL, document(1, "It rained on the coast, and then no more.")])
        engine.keep_text(
            "hidden.toml", '[[hide]]\nid = "a-9"\nreason = "court"\ndate = 2024-05-01\n'
        )
        engine.keep_text("entities.toml", '[[hide]]\norg = "Coast Bank"\n')
        yield engine


def as_told(engine: StagingEngine) -> tuple[list[object], set[frozenset[str]]]:
    """Return all that an export says, without the numbers of stories, and which documents are of one story."""
    first, *lines, last = map(json.loads, exported_lines(engine))
    stories: dict[int, set[str]] = {}
    for line in lines:
        if "id" not in line:
            continue
        stories.setdefault(line.pop("story"), set()).add(line["id"])
    told = [first, *sorted(lines, key=json.dumps), last]
    return told, set(map(frozenset, stories.values()))


class TestRoundTrip:
    @pytest.mark.parametrize("story", [-1, 0, 2**63 - 1], ids=["unknown", "first", "largest"])
    def test_nothing_of_a_document_is_lost(self, story: int) -> None:
        document = FULL._replace(story=story)
        line = json.loads(json.dumps(document_as_line(document)))
        assert document_of_line(line) == document

    def test_an_export_of_the_import_is_the_same(self, old: StagingEngine, tmp_path: Path) -> None:
        exported(old, tmp_path / "x")
        with opened(tmp_path / "new") as new:
            report = imported(new, tmp_path / "x")

            assert as_told(new) == as_told(old)
        assert (report.added, report.refused, report.is_cut_short) == (4, 0, False)
        assert (report.revisions, report.revisions_left_out) == (1, 0)

    def test_earlier_revisions_come_along(self, old: StagingEngine, tmp_path: Path) -> None:
        old.add([document(1, "It rains."), document(2, "The harbour is open.")])
        exported(old, tmp_path / "x")
        with opened(tmp_path / "new") as new:
            imported(new, tmp_path / "x", batch_articles=1)

            assert isinstance(old, KeepsRevisions)
            assert isinstance(new, KeepsRevisions)
            assert list(new.stored_revisions()) == list(old.stored_revisions())
            assert [each.number for each in new.revisions("a-1")] == [0, 1]

    def test_those_of_the_documents_of_a_query_do_too(
        self, old: StagingEngine, tmp_path: Path
    ) -> None:
        old.add([document(2, "The harbour is open.")])
        lines = list(exported_lines(old, [d for d in [old.get("a-1")] if d]))
        (tmp_path / "x").write_text("\n".join(lines), "utf-8")
        with opened(tmp_path / "new") as new:
            report = imported(new, tmp_path / "x")

        assert (report.added, report.revisions, report.notices) == (1, 1, [])

    def test_what_nobody_may_see_comes_along(self, old: StagingEngine, tmp_path: Path) -> None:
        exported(old, tmp_path / "x")
        with opened(tmp_path / "new") as new:
            imported(new, tmp_path / "x")

            assert new.get("full-1") is None
            assert new.stored("full-1") is not None

    def test_small_batches_make_the_same(self, old: StagingEngine, tmp_path: Path) -> None:
        exported(old, tmp_path / "x")
        with opened(tmp_path / "new") as new:
            imported(new, tmp_path / "x", batch_articles=1)

            assert as_told(new) == as_told(old)

    def test_twice_is_once(self, old: StagingEngine, tmp_path: Path) -> None:
        exported(old, tmp_path / "x")
        with opened(tmp_path / "new") as new:
            imported(new, tmp_path / "x")
            report = imported(new, tmp_path / "x")

        assert (report.added, report.replaced, report.unchanged) == (0, 0, 4)

    def test_a_document_takes_the_place_of_another(
        self, old: StagingEngine, tmp_path: Path
    ) -> None:
        exported(old, tmp_path / "x")
        with opened(tmp_path / "new") as new:
            new.add([document(1, "Something else.")])
            report = imported(new, tmp_path / "x")

            assert new.get("a-1") == old.get("a-1")
        assert (report.added, report.replaced) == (3, 1)

    @given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=3, max_size=3))
    def test_any_text_comes_back(self, texts: list[str]) -> None:
        title, body, author = texts
        made = Document(Article(article_id="a", title=title.replace("\0", ""), body=body, authors=(author.replace("\0", ""),)))  # fmt: skip
        assert document_of_line(json.loads(json.dumps(document_as_line(made)))) == made


class TestRules:
    def test_of_the_export_are_kept_where_the_index_has_none(
        self, old: StagingEngine, tmp_path: Path
    ) -> None:
        exported(old, tmp_path / "x")
        with opened(tmp_path / "new") as new:
            imported(new, tmp_path / "x")
            for name in ("hidden.toml", "entities.toml"):
                assert new.text(name) == old.text(name) != ""

    @pytest.mark.parametrize("rule", ['id = "a-2"', 'query = "harbour"'], ids=["id", "query"])
    def test_of_the_index_count(self, old: StagingEngine, tmp_path: Path, rule: str) -> None:
        exported(old, tmp_path / "x")
        with opened(tmp_path / "new") as new:
            new.keep_text("hidden.toml", f'[[hide]]\n{rule}\nreason = "court"\ndate = 2024-05-01\n')
            report = imported(new, tmp_path / "x")

            assert new.stored("a-2") is None
            assert new.stored("a-1") is not None
        assert report.hidden > 0
        assert "of its own, which counts" in report.notices[0]

    @pytest.mark.parametrize(
        ("rule", "is_hidden"),
        [('id = "a-1"', True), ('query = "then"', True), ('query = "coast -then"', True), ('author = "Ann"', False)],
        ids=["article", "query", "of a revision alone", "other"],
    )  # fmt: skip
    def test_hide_earlier_revisions(
        self, tmp_path: Path, rule: str, is_hidden: bool, old: StagingEngine
    ) -> None:
        old.add([document(1, "It rains."), document(1, "It rains on.")])
        exported(old, tmp_path / "x")
        with opened(tmp_path / "new") as new:
            new.keep_text("hidden.toml", f'[[hide]]\n{rule}\nreason = "court"\ndate = 2024-05-01\n')
            report = imported(new, tmp_path / "x", batch_articles=1)

            assert isinstance(new, KeepsRevisions)
            assert (not new.revisions("a-1")) == is_hidden
        assert bool(report.revisions_left_out) == is_hidden


class TestDamage:
    def test_a_file_that_is_cut_short_is_said(self, old: StagingEngine, tmp_path: Path) -> None:
        lines = exported(old, tmp_path / "x")
        (tmp_path / "x").write_text("\n".join(lines[:3])[:-40], "utf-8")
        with opened(tmp_path / "new") as new:
            report = imported(new, tmp_path / "x")

        assert (report.is_cut_short, report.added, report.refused) == (True, 1, 1)

    def test_lines_that_are_gone_are_said(self, old: StagingEngine, tmp_path: Path) -> None:
        lines = exported(old, tmp_path / "x")
        (tmp_path / "x").write_text("\n".join([*lines[:2], lines[-1]]), "utf-8")
        with opened(tmp_path / "new") as new:
            report = imported(new, tmp_path / "x")

        assert "says that it has 4 documents and has 1" in report.notices[0]

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"id": "../x"}, "not an article id"),
            ({"title": None}, "title is no text"),
            ({"published": "soon", "published_precision": "day"}, "published is no instant"),
            ({"added": "9999-12-31T23:59:59.999999Z"}, "added is later than the year 9000"),
            ({"published": "2024-01-01T00:00:00Z"}, "go together"),
            ({"authors": "Ann"}, "authors is no list"),
            ({"authors": ["\ud800"]}, "surrogates"),
            ({"credits": [{"who": "x"}]}, "credits is no object of name, role"),
            ({"withdrawn": 1}, "neither true nor false"),
            ({"revision": -1}, "revision is no whole number"),
            ({"revision": 2**40}, "revision is no whole number"),
            ({"entities": {"people": [{"name": "A", "mentions": [[0, 999]]}]}}, "not in the text"),
            ({"entities": {"people": [{"name": "A", "mentions": [[0]]}]}}, "no whole number"),
            ({"entities": {"animals": []}}, "no object of people"),
            ({"provenance": {"file": 3}}, "provenance is no text"),
            ({"colour": "red"}, "has a key 'colour' that this version does not know"),
        ],
        ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
    )
    def test_an_unusable_line_is_refused_by_number(
        self, tmp_path: Path, change: dict[str, object], reason: str
    ) -> None:
        bad = document_as_line(document(1)) | change
        lines = [
            {"newssearch_export": 1},
            bad,
            document_as_line(document(2)),
            {"newssearch_export_end": 2},
        ]
        (tmp_path / "x").write_text("\n".join(map(json.dumps, lines)))
        with opened(tmp_path / "new") as new:
            report = imported(new, tmp_path / "x")

        assert (report.added, report.refused, report.bad[0].line) == (1, 1, 2)
        assert reason in report.bad[0].reason

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"replaced": None}, "has no replaced"),
            ({"replaced": "soon"}, "replaced is no instant"),
            ({"newssearch_revision": 3}, "is no JSON object"),
            ({"by": "me"}, "has a key 'by'"),
        ],
        ids=["missing", "no instant", "no document", "unknown"],
    )
    def test_so_is_a_revision(self, tmp_path: Path, change: dict[str, object], reason: str) -> None:
        now = document(1)._replace(revision=1)
        bad = {"newssearch_revision": document_as_line(document(1)), "replaced": "2024-05-17T09:30:00Z"} | change  # fmt: skip
        lines = [{"newssearch_export": 1}, document_as_line(now), bad, {"newssearch_export_end": 1, "revisions": 1}]  # fmt: skip
        (tmp_path / "x").write_text("\n".join(map(json.dumps, lines)))
        with opened(tmp_path / "new") as new:
            report = imported(new, tmp_path / "x")

        assert (report.added, report.refused, report.notices) == (1, 1, [])
        assert reason in report.bad[0].reason

    def test_a_revision_without_its_article_is_left_out(self, tmp_path: Path) -> None:
        line = {"newssearch_revision": document_as_line(document(1)), "replaced": "2024-05-17T09:30:00Z"}  # fmt: skip
        lines = [{"newssearch_export": 1}, line, {"newssearch_export_end": 0, "revisions": 1}]
        (tmp_path / "x").write_text("\n".join(map(json.dumps, lines)))
        with opened(tmp_path / "new") as new:
            report = imported(new, tmp_path / "x")

        assert (report.revisions, report.revisions_left_out) == (0, 1)

    @pytest.mark.parametrize(
        "line", ["[" * 200_000, "{", "3", '"x"'], ids=["deep", "open", "number", "text"]
    )
    def test_a_line_that_is_no_object_is_refused(self, tmp_path: Path, line: str) -> None:
        (tmp_path / "x").write_text(f'{{"newssearch_export": 1}}\n{line}\n')
        with opened(tmp_path / "new") as new:
            assert imported(new, tmp_path / "x").refused == 1

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ('{"id": "a"}\n', "is no export of newssearch"),
            ("", "is no export of newssearch"),
            ('{"newssearch_export": 2}\n', "newer newssearch"),
        ],
        ids=["records", "empty", "newer"],
    )
    def test_what_is_no_export_is_refused_as_a_whole(
        self, tmp_path: Path, text: str, message: str
    ) -> None:
        (tmp_path / "x").write_text(text)
        with (
            pytest.raises(ReadError, match=message),
            opened_export(str(tmp_path / "x"), Settings()),
        ):
            pass


def test_an_export_takes_no_more_memory_for_more_documents(tmp_path: Path) -> None:
    def peak(count: int) -> int:
        with opened(tmp_path / str(count)) as engine:
            engine.add(document(i, f"word{i} " * 400) for i in range(count))
            sum(map(len, exported_lines(engine)))  # what is loaded once
            tracemalloc.start()
            sum(map(len, exported_lines(engine)))
            _, most = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            return most

    assert peak(1000) < 2 * peak(100) + 1_000_000
