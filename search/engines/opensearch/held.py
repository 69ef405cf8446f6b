"""Which run of several holds which input file, and which articles one has taken away: documents of the ledger's index.

A file is held as long as the lock of the run is: so nothing has to be renewed for each, and what a lost run held is free
when its lock is over.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Sequence
from hashlib import blake2b
from itertools import count
from typing import Any, NamedTuple

from search.engines.opensearch.beside import Beside, as_item, chunks
from search.engines.opensearch.connection import Conflict, erase_item
from search.engines.opensearch.leases import Leases
from search.model.errors import EngineError

#: What the names of the locks of runs that share a ledger begin with; their numbers follow.
RUN = "run."
#: Fields that these documents have in the ledger's index, beside its own.
HELD_FIELDS: dict[str, Any] = {
    "holder": {"type": "long"},
    "gone": {"type": "long"},
    "lost": {"type": "keyword", "index": False, "doc_values": False},
}
#: Files, or ids, that one request is about.
_AT_ONCE = 1000
#: Tries to hold files that others take meanwhile; each finds one more of them held.
_ATTEMPTS = 100
#: Generations for which it is kept which articles went: no run takes as many to read what it commits at once.
_KEPT_GENERATIONS = 10_000


class _Hold(NamedTuple):
    """Who holds a file, and what compare and set compares."""

    holder: int
    seq_no: int
    primary_term: int


class Held:
    """The files that one run holds, and what others hold or have taken away."""

    def __init__(self, beside: Beside, leases: Leases, run: int) -> None:
        self._beside = beside
        self._leases = leases
        self._run = run
        self._parts = count()
        #: Paths of the files that this run holds.
        self._own: set[str] = set()

    def hold(self, paths: Sequence[str]) -> set[str]:
        """Hold files until they are let go of; return those that other runs hold. Raises `EngineError`."""
        elsewhere: set[str] = set()
        for part in chunks([path for path in paths if path not in self._own], _AT_ONCE):
            others = self._hold(part)
            self._own.update(set(part) - others)
            elsewhere |= others
        return elsewhere

    def _hold(self, paths: Sequence[str]) -> set[str]:
        for _ in range(_ATTEMPTS):
            holds = self._holds(paths)
            others = self._of_others(holds)
            items = []
            for path in paths:
                hold = holds.get(path)
                if hold is None or (hold.holder != self._run and path not in others):
                    items.append(self._item(path, hold))
            try:
                self._beside.write(items)
            except Conflict:
                continue  # another run was quicker
            return others
        raise EngineError("too many runs want the same files at the same time; try again later")

    def _item(self, path: str, before: _Hold | None) -> bytes:
        """Return what has this run hold a file, where it is still held as *before*."""
        action: dict[str, Any] = {"create": {"_id": _key(path)}}
        if before is not None:
            at = {"if_seq_no": before.seq_no, "if_primary_term": before.primary_term}
            action = {"index": {"_id": _key(path), **at}}
        return b"%s\n%s\n" % (
            json.dumps(action).encode(),
            json.dumps({"holder": self._run}).encode(),
        )

    def elsewhere(self, paths: Sequence[str]) -> set[str]:
        """Return those of the files that other runs hold now."""
        found: set[str] = set()
        for part in chunks(paths, _AT_ONCE):
            found |= self._of_others(self._holds(part))
        return found

    def _holds(self, paths: Sequence[str]) -> dict[str, _Hold]:
        found = self._beside.found([_key(path) for path in paths])
        return {
            path: _Hold(each["_source"]["holder"], each["_seq_no"], each["_primary_term"])
            for path, each in zip(paths, found, strict=True)
            if each.get("found")
        }

    def _of_others(self, holds: dict[str, _Hold]) -> set[str]:
        """Return those of the files that runs hold which go on; that of a lost one can change nothing from now on."""
        others = {path: hold for path, hold in holds.items() if hold.holder != self._run}
        if not others:
            return set()
        going_on = self._leases.end_lost(RUN)
        return {path for path, hold in others.items() if f"{RUN}{hold.holder}" in going_on}

    def letting_go(self, paths: Iterable[str]) -> list[bytes]:
        """Return what lets go of those of the files that this run holds, for `Beside.write`."""
        own = self._own.intersection(paths)
        self._own -= own
        return [erase_item(_key(path)) for path in sorted(own)]

    def letting_all_go(self) -> list[bytes]:
        """Return what lets go of all that this run holds."""
        return self.letting_go(self._own)

    # Articles

    def items_of_gone(self, generation: int, article_ids: Collection[str]) -> list[bytes]:
        """Return what notes that articles go after a *generation*."""
        return [
            as_item(
                f"g:{self._run}:{number}",
                {"gone": generation, "part": self._run << 32 | number, "lost": ids},
            )
            for ids, number in zip(chunks(sorted(article_ids), _AT_ONCE), self._parts, strict=False)
        ]

    def gone_since(self, generation: int) -> set[str]:
        """Return the articles that went after a *generation* or one that came later."""
        since = {"range": {"gone": {"gte": generation}}}
        found: set[str] = set()
        for hit in self._beside.hits(since, ["gone", "part"]):
            found.update(hit["_source"]["lost"])
        return found

    # What others have left

    def tidy(self, generation: int) -> None:
        """Erase what runs that are lost held, and which articles went before any run that goes on can have read them."""
        holders = set(self._beside.values("holder"))
        # Asked after: who holds a file had its lock before.
        going_on = self._leases.end_lost(RUN)
        if lost := sorted(each for each in holders if f"{RUN}{each}" not in going_on):
            self._beside.erase_all({"terms": {"holder": lost}})
        is_alone = going_on <= {f"{RUN}{self._run}"}
        last = generation if is_alone else generation - _KEPT_GENERATIONS
        old = {"range": {"gone": {"lte": last}}}
        if self._beside.count(old):
            self._beside.erase_all(old)


def _key(path: str) -> str:
    """Return the id of the document that says who holds a file."""
    return f"h:{path_digest(path)}"


def path_digest(path: str) -> str:
    """Return what stands for a path in an id: paths may be longer than ids."""
    return blake2b(os.fsencode(path), digest_size=20).hexdigest()
