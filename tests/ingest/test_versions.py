"""Of several versions of one id the last in reading order stays, however workers and batches cut the reading."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.ingest import versions as module
from search.ingest.tasks import Outcome
from search.ingest.versions import Met, Place, Versions
from search.model.errors import EngineError

UNCHANGED, RETAGGED, CHANGED, ADDED, HIDDEN = Outcome

#: A version as `Versions.read` takes it without its id: read task, worker, outcome.
Read = tuple[int, int, Outcome]


@pytest.fixture
def versions() -> Iterator[Versions]:
    versions = Versions()
    yield versions
    versions.close()


@pytest.mark.parametrize(
    ("batches", "left_out"),
    [
        ([[(0, 0, ADDED)]], []),
        ([[(0, 0, ADDED), (0, 0, CHANGED)]], []),
        ([[(0, 0, ADDED), (1, 1, ADDED)]], [0]),
        ([[(1, 1, ADDED), (0, 0, ADDED)]], [0]),
        ([[(0, 0, CHANGED), (1, 1, UNCHANGED)]], [0]),
        ([[(0, 0, CHANGED), (0, 0, UNCHANGED)]], [0]),
        ([[(0, 0, CHANGED), (1, 1, CHANGED), (2, 0, CHANGED)]], [1]),
        ([[(0, 0, ADDED)], [(1, 1, CHANGED)]], []),
        ([[(5, 1, ADDED)], [(4, 0, CHANGED)]], [0]),
        ([[(5, 1, ADDED)], [(4, 0, CHANGED), (6, 0, CHANGED)]], []),
    ],
    ids=[
        "one",
        "twice in a task",
        "a later task of another worker",
        "an earlier task of another worker",
        "the last is in the index already",
        "the last of a task is in the index already",
        "a worker has the first and the last",
        "a later batch",
        "a later batch of an earlier task",
        "a later batch of an earlier and a later task",
    ],
)
def test_what_is_staged_in_the_last_batch_and_is_not_the_last_version_is_left_out(
    versions: Versions, batches: list[list[Read]], left_out: list[int]
) -> None:
    for batch in batches:
        versions.commit()
        for task, worker, outcome in batch:
            versions.read("x", task, worker, outcome)

    staged = {worker for _, worker, outcome in batches[-1] if outcome is not UNCHANGED}
    assert [worker for worker in sorted(staged) if "x" in versions.left_out(worker)] == left_out


@pytest.mark.parametrize(
    ("batches", "expected"),
    [
        ([[ADDED]], ADDED),
        ([[UNCHANGED], [CHANGED]], CHANGED),
        ([[ADDED], [CHANGED], [UNCHANGED]], ADDED),
        ([[RETAGGED], [UNCHANGED]], RETAGGED),
        ([[CHANGED, UNCHANGED]], UNCHANGED),
    ],
    ids=["one", "changed later", "added first", "re-tagged first", "only the last of a batch"],
)
def test_an_id_counts_once_for_what_it_was_before_the_run(
    versions: Versions, batches: list[list[Outcome]], expected: Outcome
) -> None:
    for batch in batches:
        for outcome in batch:
            versions.read("x", 0, 0, outcome)
        versions.commit()

    assert versions.outcomes() == {expected: 1}


@pytest.mark.parametrize("is_committed", [False, True], ids=["one batch", "two batches"])
def test_a_withdrawn_version_comes_last_wherever_it_was_read(
    versions: Versions, is_committed: bool
) -> None:
    versions.read("x", 3, 0, ADDED, is_withdrawn=True)
    if is_committed:
        versions.commit()
    assert versions.read("x", 9, 1, ADDED) == Met(Place(), is_later=False)
    assert versions.left_out(1) == {"x"}
    assert versions.read("x", 2, 1, CHANGED, is_withdrawn=True) is not None


def test_what_a_rule_hides_is_left_out_unless_a_later_version_counts(versions: Versions) -> None:
    at = Place(4, 7)
    versions.read("x", 0, 0, ADDED, at)
    versions.read("y", 0, 0, ADDED, at)
    versions.read("y", 1, 1, ADDED)
    assert (versions.hide("x", 0), versions.hide("y", 0), versions.hide("z", 0)) == (at, None, None)
    assert (versions.hidden(), versions.left_out(0)) == (["x"], {"x", "y"})
    versions.commit()
    assert versions.outcomes() == {HIDDEN: 1, ADDED: 1}


def test_what_was_not_committed_does_not_count(versions: Versions) -> None:
    versions.read("x", 0, 0, ADDED)

    assert versions.outcomes() == {}
    assert "x" in versions


def test_a_repeated_id_is_told_from_a_new_one(versions: Versions) -> None:
    first, second = Place(0, 1, 5), Place(7, 2**40, 2**32 - 1)
    assert [versions.read(i, 0, 0, ADDED, first) for i in "xyx"] == [None, None, (first, True)]
    versions.commit()
    assert versions.read("x", 3, 0, ADDED, second) == Met(first, is_later=True)
    versions.commit()
    assert versions.read("x", 2, 0, ADDED, first) == Met(second, is_later=False)
    assert [versions.read("z", 0, 0, ADDED, first) for _ in "zz"] == [None, (first, True)]
    assert ("y" in versions, "nobody" in versions) == (True, False)


def test_a_full_folder_for_temporary_files_is_said(
    versions: Versions, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions._committed.execute("PRAGMA max_page_count = 2")
    for number in range(5000):
        versions.read(f"article-{number}", 0, 0, ADDED)

    with pytest.raises(EngineError, match="full; make room there, or name another folder"):
        versions.commit()


TEXTS = st.sampled_from(["one", "two"])
TASKS = st.lists(
    st.lists(st.tuples(st.sampled_from("abc"), TEXTS), min_size=1, max_size=4), max_size=8
)
#: Which worker reads on next; None commits.
STEPS = st.lists(st.one_of(st.integers(0, 2), st.none()), max_size=60)


@settings(deadline=None)
@given(tasks=TASKS, steps=STEPS, index=st.dictionaries(st.sampled_from("abc"), TEXTS))
def test_the_index_holds_the_last_of_all_versions_read_after_each_commit(
    tasks: list[list[tuple[str, str]]], steps: list[int | None], index: dict[str, str]
) -> None:
    versions = Versions()
    before = dict(index)
    waiting = list(enumerate(tasks))
    begun: dict[int, tuple[int, list[tuple[int, str, str]]]] = {}
    last: dict[str, tuple[int, int, str]] = {}
    staged: dict[int, dict[str, str]] = {}
    for worker in [*steps, None]:
        if worker is None:
            for number, documents in sorted(staged.items()):
                left_out = versions.left_out(number)
                index |= {i: text for i, text in documents.items() if i not in left_out}
            versions.commit()
            staged.clear()
            assert {i: index[i] for i in last} == {i: text for i, (_, _, text) in last.items()}
            continue
        if worker not in begun:
            if not waiting:
                continue
            task, articles = waiting.pop(0)
            begun[worker] = task, [(at, *each) for at, each in enumerate(articles)]
        task, left = begun[worker]
        at, article_id, text = left.pop(0)
        if not left:
            del begun[worker]
        known = index.get(article_id)
        outcome = ADDED if known is None else UNCHANGED if known == text else CHANGED
        if outcome is not UNCHANGED:
            staged.setdefault(worker, {})[article_id] = text
        met = None
        if article_id in last:
            earlier_task, earlier_at, _ = last[article_id]
            met = Met(Place(earlier_task, earlier_at), is_later=earlier_task <= task)
        assert versions.read(article_id, task, worker, outcome, Place(task, at)) == met
        last[article_id] = max(last.get(article_id, (-1, -1, "")), (task, at, text))
    outcomes = versions.outcomes()
    versions.close()
    assert outcomes[ADDED] == len(last.keys() - before.keys())
    assert sum(outcomes.values()) == len(last)
    assert Counter(outcomes)[RETAGGED] == 0


def test_the_database_has_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that nothing of it is left, however the process ends."""
    opened = []
    connect = module.sqlite3.connect
    monkeypatch.setattr(
        module.sqlite3, "connect", lambda *a, **o: opened.append(a) or connect(*a, **o)
    )
    Versions().close()
    assert opened == [("",)]
