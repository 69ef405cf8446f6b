"""What can be done with a ledger, and what is in one, for properties that compare one with another."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from search.engines.staging import Followed, InputFile, Ledger

A = InputFile(
    path="/in/a.jsonl", size_bytes=7, mtime_ns=9, digest="d", how="reader auto", tagger="rules 1"
)

PATHS = st.sampled_from(["/a", "/b", "/c\udce9"])
IDS = st.lists(st.sampled_from("xyz"), max_size=4)
STEPS = st.one_of(
    st.tuples(st.just("claim"), st.dictionaries(PATHS, IDS, max_size=2)),
    st.tuples(st.just("record"), st.lists(PATHS, max_size=2), st.booleans()),
    st.tuples(st.just("read_again"), st.lists(PATHS, max_size=2)),
    st.tuples(st.just("follow"), PATHS, PATHS, st.booleans()),
    st.tuples(st.just("remove"), st.lists(PATHS, max_size=2)),
    st.tuples(st.just("disclaim"), IDS),
    st.tuples(st.just("tagged_by"), st.just("rules 2")),
    st.tuples(st.just("clear")),
    st.tuples(st.just("next run")),
)


def contents(ledger: Ledger) -> tuple[Any, ...]:
    files = sorted(ledger.files(), key=lambda file: file.path)
    return (
        len(ledger),
        files,
        [ledger.get(file.path) for file in files],
        {path: sorted(ids) for path, ids in ledger.not_renewed([f.path for f in files]).items()},
        {article_id: sorted(paths) for article_id, paths in ledger.claimants("xyz").items()},
        [ledger.has_size(size) for size in range(3)],
        sorted(file.path for file in ledger.with_digest(A.size_bytes, A.digest)),
    )


def do(ledger: Ledger, step: tuple[Any, ...]) -> None:
    match step:
        case ("record", paths, gives_up):
            files = [A._replace(path=path, size_bytes=number) for number, path in enumerate(paths)]
            given_up = ledger.not_renewed(paths) if gives_up else None
            ledger.record(files, given_up)
        case ("follow", known, path, is_copy):
            file = ledger.get(known)
            if file is not None and ledger.get(path) is None:
                ledger.follow([Followed(known, file._replace(path=path, mtime_ns=99), is_copy)])
        case (name, *arguments):
            getattr(ledger, name)(*arguments)


def runs_of(steps: list[tuple[Any, ...]]) -> list[list[tuple[Any, ...]]]:
    """Return the steps of each run."""
    runs: list[list[tuple[Any, ...]]] = [[]]
    for step in steps:
        if step[0] == "next run":
            runs.append([])
        else:
            runs[-1].append(step)
    return runs
