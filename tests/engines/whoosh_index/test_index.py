"""The index as Whoosh and as the disk see it: views through Whoosh's searcher, damage, locks, merges."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import numpy as np
import pytest
import whoosh.index
from whoosh.filedb.filestore import FileStorage
from whoosh.query import And, Every, FuzzyTerm, Not, Or, Phrase, Prefix, Query, Term

from search.engines.protocol.request import SearchRequest
from search.engines.whoosh_index.engine import WhooshEngine
from search.engines.whoosh_index.format.columns import VERSION, ColumnFile
from search.engines.whoosh_index.segment.reader import SegmentName, id_hashes
from search.engines.whoosh_index.segment.toc import latest_generation, read_toc
from search.engines.whoosh_index.snapshot.expansions import Expansions
from search.engines.whoosh_index.snapshot.postings import WeightedDocuments
from search.engines.whoosh_index.write import commit, packing
from search.engines.whoosh_index.write.commit import write_lock
from search.engines.whoosh_index.write.limits import WRITE_LIMITS, WriteLimits
from search.model.article import Document, Entities, Entity
from search.model.errors import (
    EngineError,
    IndexDamaged,
    IndexLocked,
    IndexMissing,
    IndexOutdated,
    RequestError,
)
from search.model.question import FacetRequest, Selection
from search.query.parser import parse
from search.query.tree import Wildcard, Word
from search.text.arrays import Array, Numbers
from tests.support.documents import as_given, document
from tests.support.engine_samples import bound
from tests.support.memory_engine import MemoryEngine

MERGE_FACTOR = WRITE_LIMITS.merge_factor

NOTHING = np.zeros(0, np.int64)
ARTICLES = (
    document(
        "a",
        title="Missile attack on Kyiv",
        body="A cruise missile hit the capital. Missiles fell at night.",
        authors=("Ann Lee", "Bob Ray"),
        published=datetime(2024, 11, 13, tzinfo=UTC),
        published_precision="day",
        source="Reuters",
        entities=Entities(places=(Entity("Kyiv"),)),
    ),
    document(
        "b",
        title="Grain prices rise",
        body="Grain from Kyiv became scarce. The capital imports it.",
        authors=("Bob Ray",),
        published=datetime(2024, 11, 14, 8, 30, tzinfo=UTC),
        published_precision="minute",
        source="AP",
    ),
    document("c", title="Chess final", body="A draw after sixty moves.", source="Reuters"),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    engine = WhooshEngine(tmp_path / "index", make=True)
    engine.add(ARTICLES[:2])
    engine.add(ARTICLES[2:])
    engine.close()
    return tmp_path / "index"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (Term("body", "missil"), {"a"}),
        (Term("body_exact", "missiles"), {"a"}),
        (Term("title", "missil"), {"a"}),
        (Term("title", "grain"), {"b"}),
        (Term("text", "kyiv"), {"a", "b"}),
        (Term("authors", "ray"), {"a", "b"}),
        (Term("places", "kyiv"), {"a"}),
        (Term("entities", "kyiv"), {"a"}),
        (Term("source", "reuters"), {"a", "c"}),
        (Term("id", "b"), {"b"}),
        (Or([Term("title", "chess"), Term("source", "ap")]), {"b", "c"}),
        (And([Term("text", "kyiv"), Not(Term("source", "ap"))]), {"a"}),
        (Phrase("body", ["cruis", "missil"]), {"a"}),
        (Phrase("authors", ["lee", "bob"]), set()),
        (Prefix("body_exact", "missi"), {"a"}),
        (FuzzyTerm("body_exact", "grein"), {"b"}),
        (Every(), {"a", "b", "c"}),
    ],
    ids=str,
)
def test_whooshs_own_searcher_runs_over_our_segments(
    folder: Path, query: Query, expected: set[str]
) -> None:
    with whoosh.index.open_dir(folder).searcher() as searcher:
        assert {hit["id"] for hit in searcher.search(query)} == expected


def test_whoosh_finds_dates(folder: Path) -> None:
    index = whoosh.index.open_dir(folder)
    query = index.schema["date"].parse_range("date", "20241114", "20241115", False, False)
    with index.searcher() as searcher:
        assert [hit["id"] for hit in searcher.search(query)] == ["b"]


def test_whoosh_sees_the_fields_and_the_stored_article(folder: Path) -> None:
    index = whoosh.index.open_dir(folder)
    assert {"title", "authors", "body", "people", "organisations", "places", "source", "section",
            "date", "title_exact", "body_exact"} <= set(index.schema.names())  # fmt: skip
    with index.searcher() as searcher:
        stored = searcher.document(id="a")
    assert stored["authors"] == ["Ann Lee", "Bob Ray"]
    assert stored["date"] == datetime(2024, 11, 13)


def test_whoosh_does_not_see_deleted_articles(folder: Path) -> None:
    WhooshEngine(folder).delete(["a"])
    with whoosh.index.open_dir(folder).searcher() as searcher:
        found = searcher.search(Term("text", "kyiv"))
        assert [hit["id"] for hit in found] == ["b"]
        assert searcher.doc_count() == 2


def test_a_stock_negation_does_not_reach_past_the_last_document(tmp_path: Path) -> None:
    """Its matcher asks whether the document after the last one is deleted."""
    engine = WhooshEngine(tmp_path, make=True)
    engine.add(document(i, title="gold", body="") for i in "abcde")
    engine.delete(["b"])
    with whoosh.index.open_dir(tmp_path).searcher() as searcher:
        assert {hit["id"] for hit in searcher.search(Not(Term("id", "c")))} == set("ade")


def test_statistics_are_of_live_articles(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path, make=True)
    engine.add(document(i, title="", body="gold mine") for i in "abcd")
    engine.delete(["a"])
    with whoosh.index.open_dir(tmp_path).searcher() as searcher:
        assert searcher.doc_frequency("text", "gold") == 3
        assert searcher.field_length("text") == 6
        assert (searcher.doc_count(), searcher.doc_count_all()) == (3, 4)


def damage_start(content: bytes) -> bytes:
    return b"\0" * 40 + content[40:]


def damage_header(content: bytes) -> bytes:
    return content[:-20] + b"\0" * 10 + content[-10:]


def cut_short(content: bytes) -> bytes:
    return content[: len(content) // 2]


def emptied(content: bytes) -> bytes:
    return b""


HARMS = [
    (extension, harm)
    for extension in (".nss", ".nsg", ".toc")
    for harm in (damage_start, damage_header, cut_short, emptied)
]


@pytest.mark.parametrize(("extension", "harm"), HARMS)
def test_a_damaged_file_is_named(
    folder: Path, extension: str, harm: Callable[[bytes], bytes]
) -> None:
    engine = WhooshEngine(folder)
    engine.add([document(f"n{n}", title="gold", body="") for n in range(10)])
    engine.delete(["n3"])
    victim = next(iter(sorted(folder.glob(f"*{extension}"))))
    victim.write_bytes(harm(victim.read_bytes()))
    with pytest.raises(IndexDamaged, match=victim.name) as raised:
        WhooshEngine(folder)
    assert str(raised.value).count("; restore the file from a backup, or delete the index") == 1


def altered(folder: Path, column: str, change: Callable[[Numbers], Numbers]) -> Path:
    """Change the bytes of one column where they lie in the file, and return that."""
    for path in sorted(folder.glob("*.ns?")):
        file = ColumnFile(path)
        with suppress(IndexDamaged):
            before = file[column].copy()
            content = path.read_bytes()
            at = content.index(before.tobytes(), 20)
            after = change(before).astype(before.dtype).tobytes()
            path.write_bytes(content[:at] + after + content[at + len(after) :])
            return path
    raise AssertionError(column)


@pytest.mark.parametrize("change", [np.zeros_like, np.ones_like], ids=["none", "all"])
def test_deletions_that_do_not_fit_the_table_of_contents_are_damage(
    tmp_path: Path, change: Callable[[Numbers], Numbers]
) -> None:
    """Totals came from the one and answers from the other: -1 articles, and a negative score."""
    engine = WhooshEngine(tmp_path, make=True)
    engine.add(document(i, title="gold", body="") for i in "abcdefgh")
    engine.delete(["c"])
    victim = altered(tmp_path, "deleted.ordinals", change)
    with pytest.raises(IndexDamaged, match=victim.name):
        WhooshEngine(tmp_path).search(SearchRequest(tree=Word("gold")))


def test_values_of_a_facet_that_do_not_fit_the_documents_are_damage(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path, make=True)
    engine.add(document(i, title="gold", body="", authors=("A", "B")) for i in "abcd")
    victim = altered(tmp_path, "facet.author.starts", lambda starts: starts[::-1])
    with pytest.raises(IndexDamaged, match=victim.name):
        WhooshEngine(tmp_path).search(
            SearchRequest(tree=Word("gold"), facets=(FacetRequest("author"),))
        )


def test_a_page_beyond_all_numbers_is_refused(folder: Path) -> None:
    with pytest.raises(RequestError, match="limit and offset"):
        WhooshEngine(folder).search(SearchRequest(tree=Word("gold"), offset=10**30))


def segments_of(folder: Path) -> tuple[SegmentName, ...]:
    return read_toc(folder, latest_generation(folder)).segments


def of_version(version: int) -> Callable[[bytes], bytes]:
    return lambda content: content[:10] + version.to_bytes(2, "little") + content[12:]


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda content: content[:5], "cut short; restore the file"),
        (lambda content: b"PK" + content[2:], "not a column file of newssearch; restore the file"),
        (lambda content: content[:-64], r"\d+ bytes, expected \d+; restore the file"),
        (damage_header, "its header fails its checksum; restore the file"),
    ],
    ids=["short", "foreign", "cut", "header"],
)
def test_what_is_wrong_with_a_file_comes_with_what_to_do(
    folder: Path, harm: Callable[[bytes], bytes], said: str
) -> None:
    victim = next(iter(folder.glob("*.nss")))
    victim.write_bytes(harm(victim.read_bytes()))
    with pytest.raises(IndexDamaged, match=f"{victim.name}: {said}"):
        WhooshEngine(folder)


@pytest.mark.parametrize(
    ("version", "said"),
    [
        (VERSION - 1, "format 2, .* format 3; .* newssearch rebuild --index"),
        (VERSION + 1, "format 4, .* format 3; upgrade newssearch"),
    ],
    ids=["older", "newer"],
)
def test_a_file_of_another_format_is_refused_with_what_to_do(
    folder: Path, version: int, said: str
) -> None:
    victim = next(iter(folder.glob("*.nss")))
    victim.write_bytes(of_version(version)(victim.read_bytes()))
    with pytest.raises(IndexOutdated, match=f"{victim.name}: {said}"):
        WhooshEngine(folder)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (PermissionError(13, "Permission denied"), "this user may not read it; grant the right to"),
        (OSError(5, "Input/output error"), "cannot be read: Input/output error; restore the file"),
    ],
    ids=["permission", "disk"],
)
def test_a_file_that_cannot_be_read_comes_with_what_to_do(
    folder: Path, monkeypatch: pytest.MonkeyPatch, error: OSError, said: str
) -> None:
    real = Path.open

    def refused(path: Path, *arguments: Any) -> IO[Any]:
        if path.suffix == ".nss":
            raise error
        return real(path, *arguments)

    monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(EngineError, match=rf"MAIN_\w+\.nss: {said}"):
        WhooshEngine(folder)


@pytest.mark.parametrize("extension", [".nss", ".nsg"])
def test_a_file_that_is_gone_is_named(folder: Path, extension: str) -> None:
    victim = next(iter(folder.glob(f"*{extension}")))
    victim.unlink()
    with pytest.raises(IndexDamaged, match=victim.name):
        WhooshEngine(folder)


@pytest.mark.parametrize(
    "column", ["articles.bytes", "dates", "text.forms.positions", "added.values"]
)
def test_altered_bytes_are_found_by_verify(folder: Path, column: str) -> None:
    victim = altered(folder, column, lambda numbers: numbers ^ 1)
    (problem,) = WhooshEngine(folder).verify()
    assert f"{victim}: column {column} fails its checksum" == problem


def test_an_index_that_was_written_whole_verifies(folder: Path) -> None:
    assert WhooshEngine(folder).verify() == ()


class Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (Path.touch, (Path("run.txt"),))


def test_a_table_of_contents_cannot_run_code(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoosh 2.7.4 unpickles schema and segments, so an index from a stranger could run anything."""
    monkeypatch.chdir(tmp_path)
    toc = max(folder.glob("*.toc"))
    index = whoosh.index.TOC.read(whoosh.index.open_dir(folder).storage, "MAIN")
    index.segments.append(Evil())
    toc.unlink()
    index.write(FileStorage(str(folder)), "MAIN")
    with pytest.raises(IndexDamaged, match="no index needs"):
        WhooshEngine(folder)
    assert not (tmp_path / "run.txt").exists()


def test_no_index_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing, match="newssearch index"):
        WhooshEngine(tmp_path / "nothing")


def test_a_second_writer_waits_and_then_says_so(folder: Path) -> None:
    with write_lock(folder, 0):
        engine = WhooshEngine(folder, lock_timeout_ms=30)
        with pytest.raises(IndexLocked, match="another process"):
            engine.delete(["a"])
    assert engine.delete(["a"]) == 1


def test_a_failed_commit_frees_the_lock_and_leaves_no_files(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoosh 2.7.4 keeps the write lock when ``commit()`` raises."""
    before = sorted(path.name for path in folder.iterdir())
    engine = WhooshEngine(folder)

    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr("search.engines.whoosh_index.write.commit.write_toc", full_disk)
        with pytest.raises(EngineError, match="No space"):
            engine.add([ARTICLES[0]])
    assert sorted(path.name for path in folder.iterdir()) == before
    assert engine.add([ARTICLES[0]]) == 1


def test_many_small_commits_leave_few_segments(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path, make=True)
    for number in range(3 * MERGE_FACTOR):
        engine.add([document(f"n{number}", title="gold", body=f"word{number}")])
    assert engine.stats().articles == 3 * MERGE_FACTOR
    assert engine.stats().segments < 2 * MERGE_FACTOR
    assert engine.count(SearchRequest(tree=Word("gold"))) == 3 * MERGE_FACTOR
    assert engine.count(SearchRequest(tree=Word("word7"))) == 1


def test_deleted_articles_are_reclaimed(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path, make=True)
    engine.add([document(f"n{n}", title="gold", body="x " * 500) for n in range(20)])
    size = engine.stats().size_bytes
    engine.delete([f"n{n}" for n in range(15)])
    assert engine.stats().articles == 5
    assert engine.stats().size_bytes < size
    assert not any(segment.deleted for segment in segments_of(tmp_path))


def test_an_open_engine_sees_what_another_commits(folder: Path) -> None:
    reading, writing = WhooshEngine(folder), WhooshEngine(folder)
    assert reading.count(SearchRequest()) == 3
    writing.add([document("d", title="Gold", body="")])
    assert reading.count(SearchRequest()) == 4


def test_a_selected_value_that_nothing_has_can_be_taken_back(folder: Path) -> None:
    request = SearchRequest(
        selections=(Selection("author", ("Nobody",)),), facets=(FacetRequest("author", 1),)
    )
    result = WhooshEngine(folder).search(request)
    assert result.total == 0
    assert [(v.value, v.count, v.selected) for v in result.facets["author"].values] == [
        ("Bob Ray", 2, False),
        ("Nobody", 0, True),
    ]


def test_articles_come_back_from_shared_dictionaries_after_every_merge(tmp_path: Path) -> None:
    """300 articles train a dictionary; merged small commits get one, copied ones keep theirs."""
    engine = WhooshEngine(tmp_path, make=True)

    def made(number: int) -> Document:
        words = " ".join(f"word{number * 7 % n + n}" for n in range(1, 60))
        return document(f"n{number}", title=f"Story {number}", body=words, byline="é" * 9)

    numbers = range(300 + 60 * MERGE_FACTOR)
    engine.add(made(n) for n in numbers[:300])
    for first in range(300, len(numbers), 60):
        engine.add(made(n) for n in numbers[first : first + 60])
    engine.delete([f"n{n}" for n in numbers[::2]])
    assert [as_given(engine, f"n{n}") for n in numbers] == [
        made(n) if n % 2 else None for n in numbers
    ]
    assert engine.verify() == ()


def long_articles() -> list[Document]:
    """Each of some 50,000 bytes, of which no two have much in common."""
    return [
        document(f"n{n}", title="", body=" ".join(f"w{n * 7919 + m}" for m in range(6000)))
        for n in range(2 * MERGE_FACTOR)
    ]


def test_of_long_articles_few_bytes_are_unpacked_at_once_to_merge(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A merge of all that had no dictionary unpacked all of it at once, however long it was."""
    unpacked: list[list[int]] = []

    class Watched(packing.Trained):
        def __init__(self, texts: Sequence[bytes], limits: WriteLimits) -> None:
            super().__init__(texts, limits)
            unpacked.append([len(text) for text in texts])

        def compressed(self, texts: Sequence[bytes]) -> list[bytes]:
            unpacked.append([len(text) for text in texts])
            return super().compressed(texts)

    engine = WhooshEngine(tmp_path, make=True)
    articles = long_articles()
    for article in articles[:-1]:
        engine.add([article])
    monkeypatch.setattr(packing, "Trained", Watched)
    limits = WriteLimits(min_trained=MERGE_FACTOR, sample_bytes=160_000, merge_factor=2)
    engine = WhooshEngine(tmp_path, write_limits=limits)
    engine.add(articles[-1:])
    (articles_file,) = tmp_path.glob("*.nss")
    assert 0 not in ColumnFile(articles_file)["articles.dictionary"]
    several = [sizes for sizes in unpacked if len(sizes) > 1]
    assert several  # a dictionary was trained
    assert all(sum(sizes) <= 160_000 for sizes in several)
    assert [as_given(engine, article.article_id) for article in articles] == articles
    assert engine.verify() == ()


def test_an_article_of_an_absurd_size_is_not_unpacked_to_merge(tmp_path: Path) -> None:
    limits = WriteLimits(min_trained=2, frame_bytes=10_000)
    engine = WhooshEngine(tmp_path, make=True, write_limits=limits)
    for article in long_articles()[: MERGE_FACTOR - 1]:
        engine.add([article])
    with pytest.raises(IndexDamaged, match=r"MAIN_\w+\.nss: an article has an absurd size"):
        engine.add(long_articles()[-1:])
    assert engine.count(SearchRequest()) == MERGE_FACTOR - 1


def test_what_fails_after_the_commit_is_there_loses_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The table of contents is renamed, then the folder is synced; Ctrl-C can come in between."""

    def interrupted(_: Path) -> None:
        if (folder / "_MAIN_3.toc").exists():
            raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr("search.engines.whoosh_index.write.commit.sync_folder", interrupted)
        with pytest.raises(KeyboardInterrupt):
            WhooshEngine(folder).add([document("d", title="Gold", body="")])
    engine = WhooshEngine(folder)
    assert engine.count(SearchRequest()) == 4
    assert engine.verify() == ()


def test_a_commit_that_the_disk_does_not_confirm_counts_and_keeps_what_was_before(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It was reported as failed although every reader saw it."""
    real = commit.sync_folder

    def unsure(synced: Path) -> None:
        if (folder / "_MAIN_3.toc").exists():
            raise OSError(5, "Input/output error")
        real(synced)

    before = {path.name for path in folder.iterdir()}
    engine = WhooshEngine(folder)
    with monkeypatch.context() as broken:
        broken.setattr(commit, "sync_folder", unsure)
        assert engine.add([document("a", title="Gold", body="")]) == 1
        assert engine.count(SearchRequest(tree=Word("gold"))) == 1
        # Should a power cut undo it, all that the generation before names is there.
        assert before <= {path.name for path in folder.iterdir()}
        # Nothing of that goes either before the disk has confirmed what is without it.
        with pytest.raises(EngineError, match="cannot be written: Input/output error"):
            engine.delete(["a"])
        assert before <= {path.name for path in folder.iterdir()}
    (told,) = caplog.messages
    assert told.startswith(f"{folder}: generation 3 is committed, but the disk does not confirm it")
    assert engine.delete(["a"]) == 1
    assert engine.count(SearchRequest()) == 2
    assert len(list(folder.glob("*.toc"))) == 1


def test_making_an_index_that_the_disk_does_not_confirm_makes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def unsure(_: Path) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as broken:
        broken.setattr(commit, "sync_folder", unsure)
        WhooshEngine(tmp_path / "index", make=True)
    assert "does not confirm" in caplog.text
    assert WhooshEngine(tmp_path / "index").count(SearchRequest()) == 0


def test_a_new_folder_and_those_above_it_are_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power cut could take the folder away, and all that was committed in it."""
    synced: list[Path] = []
    monkeypatch.setattr(commit, "sync_folder", synced.append)
    WhooshEngine(tmp_path / "new" / "too" / "index", make=True).close()
    expected = [tmp_path / "new/too/index", tmp_path / "new/too", tmp_path / "new", tmp_path]
    assert synced == expected
    WhooshEngine(tmp_path / "new" / "too" / "index", make=True).close()
    assert synced == expected


def test_an_id_is_hashed_once_for_all_segments(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[Sequence[str]] = []

    def counted(ids: Sequence[str]) -> Array:
        hashed.append(ids)
        return id_hashes(ids)

    monkeypatch.setattr("search.engines.whoosh_index.snapshot.snapshot.id_hashes", counted)
    with closing(WhooshEngine(folder)) as engine:
        assert len(segments_of(folder)) > 1
        assert engine.get("a") is not None
        assert engine.get("nobody") is None
    assert hashed == [["a"], ["nobody"]]


def test_damage_is_not_merged_away(tmp_path: Path) -> None:
    """Copied under new checksums, altered bytes would never be found again."""
    engine = WhooshEngine(tmp_path, make=True)
    engine.add([document("a", title="gold", body="silver")])
    victim = next(tmp_path.glob("*.nss"))
    content = bytearray(victim.read_bytes())
    content[70] ^= 0xFF
    victim.write_bytes(content)
    for number in range(MERGE_FACTOR - 2):
        engine.add([document(f"n{number}", title="gold", body="")])
    with pytest.raises(IndexDamaged, match=victim.name):
        engine.add([document("last", title="gold", body="")])
    assert victim.exists()


def test_equal_dates_are_ordered_by_id_without_reading_every_one(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path, make=True)
    ids = [f"n{number:03}" for number in range(300)]
    engine.add(document(i, title="gold", body="") for i in reversed(ids))
    pages = [engine.search(SearchRequest(limit=7, offset=at)).hits for at in (0, 7, 280)]
    assert [[hit.article.article_id for hit in page] for page in pages] == [
        ids[:7],
        ids[7:14],
        ids[280:287],
    ]


#: Each an OR of words and what narrows it, or does not: the index of a document in an OR is not that in a list.
NARROWED = {
    "not": "gold OR opec -oil",
    "dates": "gold OR opec after:2024-01-03",
    "source": "gold OR opec source:q",
    "larger part": "(gold OR opec) common",
    "two": "(gold OR opec) (oil OR silver)",
    "whole": "(gold OR opec) (gold OR opec OR oil)",
}


@pytest.mark.parametrize("text", NARROWED.values(), ids=NARROWED.keys())
@pytest.mark.parametrize("limit", [3, 100])
def test_an_or_beside_what_narrows_it_scores_its_own_documents(
    tmp_path: Path, text: str, limit: int
) -> None:
    engine, oracle = WhooshEngine(tmp_path, make=True), MemoryEngine()
    words = ("gold", "opec", "oil", "silver", "gold gold", "opec oil", "zinc")
    articles = [
        document(
            f"n{n:03}",
            title=words[n % 7],
            body=" ".join(["common", words[n % 5], *["filler"] * (n % 11)]),
            published=datetime(2024, 1, 1 + n % 5, tzinfo=UTC),
            published_precision="day",
            source="qr"[n % 2],
        )
        for n in range(150)
    ]
    for part in (articles[:70], articles[70:]):
        engine.add(part)
        oracle.add(part)
    tree = parse(text).tree
    for request in (
        SearchRequest(tree=tree, limit=limit),
        SearchRequest(tree=tree, limit=limit, selections=(Selection("source", ("q",)),)),
        SearchRequest(tree=tree, limit=limit, start=bound(datetime(2024, 1, 2, tzinfo=UTC))),
    ):
        got, want = engine.search(request), oracle.search(request)
        assert got.total == want.total
        assert [hit.score for hit in got.hits] == pytest.approx(
            [hit.score for hit in want.hits], abs=1e-4
        )


def test_a_commit_goes_on_where_a_killed_one_left_its_deletions(tmp_path: Path) -> None:
    """Killed between writing what is deleted and the table of contents: the same name is written again."""
    engine = WhooshEngine(tmp_path, make=True)
    engine.add(document(f"n{n}", title="gold", body="") for n in range(10))
    (documents,) = tmp_path.glob("*.nss")
    documents.with_suffix(".2.nsg").write_bytes(b"half")
    assert engine.delete(["n3"]) == 1
    assert engine.count(SearchRequest()) == 9
    assert engine.verify() == ()


def test_an_article_of_another_dictionary_is_told_as_damage(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path, make=True)
    engine.add(document(f"n{n}", title="gold", body=f"w{n} " * 50) for n in range(300))
    articles = engine._index.current().segments[0].articles
    articles._dictionary_of = (articles._dictionary + 7).data
    with pytest.raises(IndexDamaged, match="nss"):
        engine.get("n3")


def test_an_index_made_anew_in_the_place_of_another_is_seen(tmp_path: Path) -> None:
    """Both are of the same generation: the number alone would tell a server nothing."""
    serving = WhooshEngine(tmp_path / "index", make=True)
    serving.add([document("a", title="gold", body="")])
    assert serving.count(SearchRequest(tree=Word("gold"))) == 1
    shutil.rmtree(tmp_path / "index")
    WhooshEngine(tmp_path / "index", make=True).add([document("b", title="zinc", body="")])
    assert serving.count(SearchRequest(tree=Word("zinc"))) == 1
    assert serving.count(SearchRequest(tree=Word("gold"))) == 0


def test_a_facet_of_no_value_is_refused(folder: Path) -> None:
    with pytest.raises(RequestError, match="facet"):
        WhooshEngine(folder).search(SearchRequest(facets=(FacetRequest("author", 0),)))


def test_remembered_wildcards_are_bounded_also_where_they_find_nothing() -> None:
    remembered = Expansions()
    nothing = WeightedDocuments(NOTHING, NOTHING.astype(np.float32))
    for number in range(100):
        remembered.put(Wildcard(f"*none{number}"), nothing, (), 60_000)
    assert remembered.get(Wildcard("*none99")) is not None
    assert remembered.get(Wildcard("*none0")) is None
