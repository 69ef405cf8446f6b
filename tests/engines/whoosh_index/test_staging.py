"""Segments staged outside the lock and in other processes: who sees them, and who tidies up."""

from __future__ import annotations

import multiprocessing
import os
import pickle
from collections.abc import Iterator
from contextlib import closing, nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from search.engines.protocol.request import SearchRequest
from search.engines.staging import Staged
from search.engines.whoosh_index.engine import WhooshEngine
from search.engines.whoosh_index.format.columns import ColumnFile
from search.engines.whoosh_index.segment.reader import SegmentName
from search.engines.whoosh_index.write import commit, staging
from search.engines.whoosh_index.write.commit import write_lock
from search.engines.whoosh_index.write.limits import WRITE_LIMITS
from search.engines.whoosh_index.write.parts import Part
from search.model.article import Document
from search.model.errors import EngineError, IndexDamaged, IndexLocked
from search.query.tree import Word
from search.text.strings import GrowingStrings
from tests.support.documents import document
from tests.support.staging import staged

#: Segments are written with so few documents.
TWO_EACH = replace(WRITE_LIMITS, written_documents=2)


def article(article_id: str, body: str = "gold") -> Document:
    return document(article_id, title="", body=body)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with closing(WhooshEngine(tmp_path, make=True)) as engine:
        engine.add([article("a"), article("b")])
    return tmp_path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def folders(folder: Path) -> list[Path]:
    return list(folder.glob("staging-*"))


def ids(folder: Path) -> set[str]:
    with closing(WhooshEngine(folder)) as engine:
        hits = engine.search(SearchRequest(limit=100)).hits
        assert engine.verify() == ()
    return {hit.article.article_id for hit in hits}


def stage_and_wait(folder: Path, numbers: range, results: Any, may_end: Any) -> None:
    """Run in another process: stage articles, and stay alive until told otherwise."""
    engine = WhooshEngine(folder)
    results.put(staged(engine, (article(f"n{n}") for n in numbers)))
    may_end.wait(60)


def test_other_processes_stage_and_one_publishes(folder: Path) -> None:
    context = multiprocessing.get_context("spawn")
    results: multiprocessing.Queue[Staged] = context.Queue()
    may_end = context.Event()
    workers = [
        context.Process(target=stage_and_wait, args=(folder, numbers, results, may_end))
        for numbers in (range(20), range(10, 30))
    ]
    for worker in workers:
        worker.start()
    waiting = [results.get(timeout=60) for _ in workers]
    with closing(WhooshEngine(folder)) as engine:
        # A commit in between leaves alone what others stage.
        engine.delete(["a"])
        assert len(folders(folder)) == 2
        assert engine.publish(waiting) == 30
    may_end.set()
    for worker in workers:
        worker.join(60)
    assert ids(folder) == {"b", *(f"n{n}" for n in range(30))}
    assert folders(folder) == []


def test_what_a_dead_process_staged_is_removed_by_the_next_commit(folder: Path) -> None:
    context = multiprocessing.get_context("spawn")
    results: multiprocessing.Queue[Staged] = context.Queue()
    may_end = context.Event()
    worker = context.Process(target=stage_and_wait, args=(folder, range(3), results, may_end))
    worker.start()
    waiting = results.get(timeout=60)
    worker.kill()
    worker.join(60)
    assert len(folders(folder)) == 1
    with closing(WhooshEngine(folder)) as engine:
        engine.delete(["a"])
        assert folders(folder) == []
        with pytest.raises(EngineError, match=r"staging-\w+/MAIN_\w+\.nss: gone before"):
            engine.publish([waiting])
    assert ids(folder) == {"b"}


@pytest.mark.parametrize(
    "victims", ["*", "*0001.nss", "*0002.nss"], ids=["all", "the first segment", "the second"]
)
def test_what_someone_removed_before_it_was_committed_is_no_damage_of_the_index(
    folder: Path, victims: str
) -> None:
    before = names(folder)
    with closing(WhooshEngine(folder, write_limits=TWO_EACH)) as engine:
        waiting = staged(engine, (article(i, "silver") for i in "acd"))
        (below,) = folders(folder)
        for victim in below.glob(victims):
            victim.unlink()
        if victims == "*":
            below.rmdir()
        with pytest.raises(
            EngineError, match=r"staging-.*the index is as it was, run newssearch index again"
        ) as raised:
            engine.publish([waiting])
        assert not isinstance(raised.value, IndexDamaged)
        assert names(folder) == before
        assert ids(folder) == {"a", "b"}
        assert engine.add([article("c")]) == 1
    assert ids(folder) == {"a", "b", "c"}


def test_staged_crosses_processes_as_plain_values(folder: Path) -> None:
    with closing(WhooshEngine(folder)) as engine:
        waiting = staged(engine, [article("c")])
        assert pickle.loads(pickle.dumps(waiting)) == waiting
        assert [type(value) for value in (waiting.location, waiting.documents)] == [str, int]


def test_closing_removes_what_was_not_published(folder: Path) -> None:
    before = names(folder)
    engine = WhooshEngine(folder)
    staged(engine, [article("c")])
    assert len(folders(folder)) == 1
    engine.close()
    assert names(folder) == before


@pytest.mark.parametrize(
    ("owner", "step"), [(Path, "mkdir"), (staging, "lock")], ids=["made", "locked"]
)
def test_an_interrupt_right_after_a_folder_was(
    folder: Path, monkeypatch: pytest.MonkeyPatch, owner: Any, step: str
) -> None:
    """A process that was asked to end between the two and its next step left the folder: nobody knew of it yet."""
    real = getattr(owner, step)

    def interrupted(*arguments: Any, **options: Any) -> None:
        with real(*arguments, **options) or nullcontext():
            raise KeyboardInterrupt

    with closing(WhooshEngine(folder)) as engine:
        handle = engine.stage()
        handle.add(article("c"))
        with monkeypatch.context() as patch:
            patch.setattr(owner, step, interrupted)
            with pytest.raises(KeyboardInterrupt):
                handle.finish()
        assert len(folders(folder)) == 1
    assert folders(folder) == []


def test_a_source_that_fails_leaves_nothing(folder: Path) -> None:
    before = names(folder)

    def broken() -> Iterator[Document]:
        for number in range(5):
            yield article(f"n{number}")
        assert len(list(folder.glob("staging-*/*.nss"))) == 2
        raise KeyboardInterrupt

    engine = WhooshEngine(folder, write_limits=TWO_EACH)
    with closing(engine), pytest.raises(KeyboardInterrupt):
        staged(engine, broken())
    assert names(folder) == before


def test_a_locked_index_can_be_published_to_later(folder: Path) -> None:
    with closing(WhooshEngine(folder, lock_timeout_ms=0)) as engine:
        waiting = staged(engine, [article("c")])
        with write_lock(folder, 0), pytest.raises(IndexLocked):
            engine.publish([waiting])
        assert engine.publish([waiting]) == 1
    assert ids(folder) == {"a", "b", "c"}


STEPS = (
    (commit, "take"),
    (commit, "_merge"),
    (commit, "_settle"),
    (commit, "sync_folder"),
    (commit, "write_toc"),
    (staging, "sync_folder"),
    (staging, "write_columns"),
    (staging.shutil, "rmtree"),
)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("module", "name"), STEPS, ids=[name for _, name in STEPS])
@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_whatever_fails_the_index_is_as_it_was_or_as_it_should_be(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    module: ModuleType,
    name: str,
    when: str,
    error: BaseException,
) -> None:
    """Before the table of contents is there nothing counts, and afterwards all; no file is left over."""
    real = getattr(module, name)

    def fails(*arguments: object, **named: object) -> None:
        if when == "after":
            real(*arguments, **named)
        raise error

    engine = WhooshEngine(folder)
    with (
        monkeypatch.context() as broken,
        suppress(EngineError, KeyboardInterrupt, OSError),
    ):
        broken.setattr(module, name, fails)
        engine.publish([staged(engine, [article("a", "silver"), article("c")])], ["b"])
    engine.close()
    is_there = (folder / "_MAIN_2.toc").exists()
    assert ids(folder) == ({"a", "c"} if is_there else {"a", "b"})
    with closing(WhooshEngine(folder)) as other:
        other.add([article("d")])
    assert folders(folder) == []
    assert len({path.stem for path in folder.glob("MAIN_*.nss")}) == 2
    assert len(list(folder.glob("*.toc"))) == 1


def test_files_of_an_abandoned_folder_are_not_followed_out_of_the_index(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "precious").write_text("gold")
    link = folder / ("staging-" + "0" * 16)
    os.symlink(elsewhere, link)
    with closing(WhooshEngine(folder)) as engine:
        engine.delete(["a"])
    assert (elsewhere / "precious").exists()


@pytest.mark.parametrize(
    "location",
    ["..", "staging-..:MAIN_a", "/tmp:MAIN_a", "MAIN_a", f"staging-{'0' * 16}:../MAIN_a"],
)
def test_only_locations_of_ours_are_published(folder: Path, location: str) -> None:
    with closing(WhooshEngine(folder)) as engine, pytest.raises(EngineError):
        engine.publish([Staged(location, ("c",), 1)])
    assert ids(folder) == {"a", "b"}


def test_an_interrupt_amid_new_words_spoils_none_of_them(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The words known are kept from one addition to the next; a number must not lose its word."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with closing(WhooshEngine(folder)) as engine:
        with monkeypatch.context() as broken:
            broken.setattr(GrowingStrings, "extend", interrupted)
            with pytest.raises(KeyboardInterrupt):
                engine.add([article("c", "silver")])
        engine.add([article("c", "copper"), article("d", "silver")])
        for word, expected in (("copper", "c"), ("silver", "d")):
            hits = engine.search(SearchRequest(tree=Word(word))).hits
            assert [hit.article.article_id for hit in hits] == [expected]


def test_what_is_published_amid_staging_does_not_wait_for_it(folder: Path) -> None:
    with closing(WhooshEngine(folder)) as engine:
        waiting = staged(engine, [article("c")])

        def articles() -> Iterator[Document]:
            yield article("d")
            assert engine.publish([waiting]) == 1
            yield article("e")

        assert engine.add(articles()) == 2
    assert ids(folder) == set("abcde")


def test_with_little_memory_segments_are_smaller_and_hold_the_same(folder: Path) -> None:
    with closing(WhooshEngine(folder, memory_mb=1)) as engine:
        waiting = staged(engine, (article(f"n{n}", f"w{n} gold " * 600) for n in range(6000)))
        assert len(list(folder.glob("staging-*/*.nss"))) > 1
        assert engine.publish([waiting]) == 6000
        assert engine.count(SearchRequest(tree=Word("gold"))) == 6002
        hits = engine.search(SearchRequest(tree=Word("w5999"))).hits
        assert [hit.article.article_id for hit in hits] == ["n5999"]
        assert engine.verify() == ()


def test_what_is_staged_in_pieces_is_made_full_segments(folder: Path) -> None:
    """Segments of 2 make one of 6; two of one id are in one such and in two."""
    limits = replace(TWO_EACH, max_documents=6, full_documents=5)
    numbers = [0, 1, 2, 3, 0, 5, 6, 7, 2, 9, 10, 11, 12, 9, 14]
    with closing(WhooshEngine(folder, write_limits=limits)) as engine:
        waiting = staged(engine, (article(f"n{n}", f"w{at}") for at, n in enumerate(numbers)))
        written = sorted(len(ColumnFile(p)["dates"]) for p in folder.glob("staging-*/*.nss"))
        assert written == [1, 2, 5, 6]
        assert (waiting.documents, len(waiting.article_ids)) == (15, 12)
        assert engine.publish([waiting]) == 12
        for at, number in enumerate(numbers):
            is_last = number not in numbers[at + 1 :]
            hits = engine.search(SearchRequest(tree=Word(f"w{at}"))).hits
            assert [hit.article.article_id for hit in hits] == [f"n{number}"] * is_last
    assert ids(folder) == {"a", "b", *(f"n{n}" for n in numbers)}


THOUSAND = 1000


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([], []),
        ([65 * THOUSAND, 50 * THOUSAND, 40 * THOUSAND], []),
        ([30 * THOUSAND, 5, 30 * THOUSAND], [30 * THOUSAND, 5, 30 * THOUSAND]),
        ([40 * THOUSAND] * 3, []),
        ([10 * THOUSAND] * 4, []),
        ([10 * THOUSAND] * 5, [10 * THOUSAND] * 5),
        ([10 * THOUSAND] * 9, [10 * THOUSAND] * 6),
        ([1] * 7, []),
        ([1] * 8, [1] * 8),
        ([100, *[9] * 8, 7, 1], [*[9] * 8, 7, 1]),
        ([48 * THOUSAND, 2 * THOUSAND], [48 * THOUSAND, 2 * THOUSAND]),
        ([0] * 9, []),
    ],
    ids=str,
)
def test_which_segments_are_merged(sizes: list[int], expected: list[int]) -> None:
    parts = [Part(FakeReader(size, size)) for size in sizes]  # type: ignore[arg-type]
    assert [part.live_after() for part in commit._to_merge(parts, WRITE_LIMITS)] == expected


def test_a_segment_is_rewritten_once_much_of_it_is_deleted() -> None:
    parts = [
        Part(FakeReader(documents, live))  # type: ignore[arg-type]
        for documents, live in ((60_000, 50_000), (60_000, 41_000), (10, 0))
    ]
    assert commit._to_merge(parts, WRITE_LIMITS) == [parts[1]]


def test_nothing_too_large_is_merged() -> None:
    half = WRITE_LIMITS.max_merged_bytes // 2
    small = [Part(FakeReader(30_000, 30_000, size)) for size in (half, half + 1, half)]  # type: ignore[arg-type]
    assert commit._to_merge(small, WRITE_LIMITS) == [small[0], small[2]]
    assert commit._to_merge(small[:2], WRITE_LIMITS) == []


class FakeReader:
    """As much of a segment as is asked of it here."""

    def __init__(self, documents: int, live: int, size: int = 0) -> None:
        self.name = SegmentName("MAIN_x", documents, documents - live, 0)
        self.live_count = live
        self.size_bytes = lambda: size
