"""How much an index run does at once."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from search.readers.source import BLOCK_BYTES

#: Variables that say how many cores numpy's libraries use, read when it is imported. Processes share the cores
#: already, and threads that wait for each other take a third of the processor's time.
_CORES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def use_one_core() -> None:
    """Have numpy use one core, in this process and those that it starts, unless a variable says otherwise."""
    for name in _CORES:
        os.environ.setdefault(name, "1")


#: Number of new objects after which Python looks for garbage while it indexes: more than there are in what waits to be
#: staged, nearly all of which goes without being looked for. After every 10,000 this took 4 % of the time; what a page of
#: HTML leaves is some 5,000.
COLLECTED_EVERY = 100_000


@contextmanager
def collected_seldom() -> Iterator[None]:
    """Have Python look for garbage after every `COLLECTED_EVERY` new objects, unless it does so less often or not at all."""
    before = gc.get_threshold()
    if before[0]:
        gc.set_threshold(max(before[0], COLLECTED_EVERY), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


@dataclass(frozen=True, slots=True)
class RunLimits:
    """Handed down from `search.ingest.run.index_files` to all that reads for it, in every process."""

    # Batches

    #: A batch ends after this many seconds, however few articles it has: more is not to be lost.
    batch_s: float = 30.0
    #: Refusals and repeated ids that are named in a report; all of them are counted.
    named: int = 100
    #: Reasons of each other kind of cases that are.
    examples: int = 5
    #: A batch ends after this many cases, too: they wait in memory until those before them are read.
    batch_cases: int = 200_000

    # Read tasks

    #: Files from this size on are cut into blocks of lines, where they have lines; smaller ones are handed out
    #: together, up to this size and number.
    cut_bytes: int = 1_000_000
    files_together: int = 64
    block_bytes: int = BLOCK_BYTES
    #: Of the last file, blocks after which less than this is left are cut into smaller ones.
    last_bytes: int = 2_000_000
    last_block_bytes: int = 200_000
    #: A reader says what it found after this many articles, cases or seconds: that often a run shows how far it is.
    said_articles: int = 500
    said_cases: int = 500
    said_s: float = 0.25

    # Entities

    #: Articles, and characters of their bodies, whose entities are found together: they wait for it in memory.
    tagged_articles: int = 64
    tagged_chars: int = 500_000

    # Workers

    #: Workers that are started at most unless more are asked for.
    max_jobs: int = 8
    #: Workers pay from this many bytes of plain records on: two of them need time to start, and to learn the
    #: same words.
    work_for_workers: int = 40_000_000


RUN_LIMITS = RunLimits()
