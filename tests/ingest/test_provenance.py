"""Each article knows its file, line or member, reader and time, and that costs no article a new version."""

from __future__ import annotations

import io
import json
import os
import sys
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from search.engines.registry import open_staging
from search.engines.whoosh_index.engine import WhooshEngine
from search.ingest.limits import RUN_LIMITS
from search.ingest.run import index_files
from search.model.article import Provenance
from search.model.settings import Settings
from tests.support.documents import document

PAGE = "<html><head><title>Ferry sails</title></head><body><p>The ferry left at dawn.</p></body></html>"


def record(number: int, body: str = "The ferry left at dawn.") -> str:
    return json.dumps({"id": f"n{number}", "title": f"Title {number}", "body": body}) + "\n"


def zipped(**members: str | bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return packed.getvalue()


def indexed(folder: Path, *paths: object, **options: object) -> dict[str, Provenance | None]:
    with closing(WhooshEngine(folder, make=True)) as engine:
        index_files(map(str, paths), engine, entities="none", **options)  # type: ignore[arg-type]
        return {d.article.title: d.provenance for d in engine.documents()}


@pytest.mark.parametrize(
    ("name", "content", "title", "expected"),
    [
        ("a.jsonl", record(1) + "\n" + record(2), "Title 2", Provenance("", 3, "", "", "records")),
        ("a.csv", "id,title,body\n1,One,a\n2,Two,b\n", "Two", Provenance("", 3, "", "", "records")),
        ("a.html", PAGE, "Ferry sails", Provenance("", None, "", "", "html")),
        ("a.txt", "Ferry sails\n\nIt left at dawn.\n", "Ferry sails", Provenance("", None, "", "", "text")),
        (
            "a.zip", zipped(**{"2024__b_jsonl": record(1) + record(2)}),
            "Title 2", Provenance("", 2, "2024/b.jsonl", "", "records"),
        ),
        (
            "a.zip", zipped(in_zip=zipped(b_html=PAGE), c_jsonl=record(1)),
            "Ferry sails", Provenance("", None, "in.zip!/b.html", "", "html"),
        ),
        (
            "a.zip", zipped(b_html=PAGE, c_jsonl=record(1)),
            "Title 1", Provenance("", 1, "c.jsonl", "", "records"),
        ),
    ],
    ids=["lines", "rows", "page", "text", "member", "member of a member", "after another member"],
)  # fmt: skip
def test_an_article_knows_where_it_was_read(
    tmp_path: Path, name: str, content: str | bytes, title: str, expected: Provenance
) -> None:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    found = indexed(tmp_path / "index", path)[title]
    assert found is not None
    assert found._replace(read_at=None) == expected._replace(file=str(path))
    assert found.read_at is not None
    assert timedelta(0) <= datetime.now(UTC) - found.read_at < timedelta(minutes=10)


def test_the_file_is_absolute_however_it_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.jsonl").write_text(record(1))
    monkeypatch.chdir(tmp_path)
    assert indexed(tmp_path / "index", "./a.jsonl")["Title 1"].file == str(tmp_path / "a.jsonl")  # type: ignore[union-attr]


def test_a_name_that_is_no_utf_8_is_escaped(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path / "a") + b"\xe9.jsonl"
    try:
        Path(os.fsdecode(path)).write_text(record(1))
    except OSError:
        pytest.skip("this file system takes only names in UTF-8")
    found = indexed(tmp_path / "index", tmp_path)["Title 1"]
    assert found is not None
    assert found.file == str(tmp_path / "a") + "\\udce9.jsonl"


def test_what_comes_from_standard_input_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(record(1).encode())))
    found = indexed(tmp_path / "index", "-")["Title 1"]
    assert found is not None
    assert (found.file, found.line, found.reader) == ("-", 1, "records")


def test_workers_and_blocks_tell_it_too(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("".join(map(record, range(200))))
    settings = Settings(index=str(tmp_path / "index"), jobs=2)
    limits = replace(RUN_LIMITS, work_for_workers=0, cut_bytes=2_000, block_bytes=2_000)
    found = indexed(
        tmp_path / "index",
        path,
        settings=settings,
        limits=limits,
        opener=partial(open_staging, settings.index),
    )
    assert {
        title: (where.file, where.line, where.reader) for title, where in found.items() if where
    } == {f"Title {n}": (str(path), n + 1, "records") for n in range(200)}


def test_an_article_that_merely_stands_elsewhere_is_unchanged(tmp_path: Path) -> None:
    folder, path = tmp_path / "index", tmp_path / "a.jsonl"
    path.write_text(record(1) + record(2))
    before = indexed(folder, path)
    path.write_text(record(0) + record(1) + record(2, "It left at noon."))
    with closing(WhooshEngine(folder)) as engine:
        report = index_files([path], engine, entities="none")
        after = {d.article.title: d.provenance for d in engine.documents()}
    assert (report.added, report.changed, report.unchanged) == (1, 1, 1)
    assert after["Title 1"] == before["Title 1"]
    assert after["Title 2"] is not None
    assert after["Title 2"].line == 3


@pytest.mark.parametrize(
    "where",
    [
        Provenance("/a"),
        Provenance("/a|b\nc", 7, "m|n", "https://a.example/?q=1|2", "html", datetime(2024, 5, 1, 12, tzinfo=UTC)),
        Provenance("-", None, "", "", "records", datetime(1969, 5, 1, tzinfo=UTC)),
        Provenance('{"a": 1}', 1),
    ],
    ids=["file", "all", "before 1970", "like JSON"],
)  # fmt: skip
@pytest.mark.parametrize("tag", [lambda d: d, lambda d: d._replace(enrichment=replace(d.enrichment, tagger="t"))], ids=["plain", "tagged"])  # fmt: skip
def test_it_is_stored_and_given_back(
    tmp_path: Path, where: Provenance, tag: Callable[[object], object]
) -> None:
    one = tag(document("a", body="gold")._replace(packed_provenance=where.packed()))
    with closing(WhooshEngine(tmp_path, make=True)) as engine:
        engine.add([one])  # type: ignore[list-item]
        found = engine.get("a")
    assert found is not None
    assert (found.provenance, found.article, found.enrichment) == (
        where,
        one.article,
        one.enrichment,
    )  # type: ignore[attr-defined]


def test_a_document_without_one_has_none(tmp_path: Path) -> None:
    with closing(WhooshEngine(tmp_path, make=True)) as engine:
        engine.add([document("a", body="gold")])
        found = engine.get("a")
    assert found is not None
    assert found.provenance is None
