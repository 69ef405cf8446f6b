"""The control index: what is in force of each news index, changed by compare and set, and who holds what.

One document has the manifest of a news index, which says what of all that is stored counts. It is
read with each question and written with each commit: that write *is* the commit. Other documents beside it keep texts
and lists that would make it large.
"""

from __future__ import annotations

import os
import random
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import quote

from search.engines.opensearch.connection import Conflict, Connection, NotThere
from search.engines.opensearch.indexes import add_door, door_of, is_there, physical_names
from search.model.errors import EngineError, IndexMissing

#: One for a cluster.
CONTROL_INDEX = "newssearch-control"
#: Fields that nobody searches for are kept and not indexed: dynamic "false". All nodes up to three have a copy.
_CONTROL_BODY = {
    "settings": {
        "number_of_shards": 1,
        "auto_expand_replicas": "0-2",
        "unassigned.node_left.delayed_timeout": "0s",
    },
    "aliases": {door_of(CONTROL_INDEX): {}},
    "mappings": {"dynamic": False, "properties": {"of": {"type": "keyword"}}},
}
#: The version of how documents and manifest are laid out; of an index with volumes, which earlier programs would overlook.
FORMAT, FORMAT_OF_VOLUMES = 1, 2
#: Seconds after which another node is asked for a document: it takes none some milliseconds.
_READING_S = 5.0
#: Tries to change a document that others change too; each takes one of them further.
_ATTEMPTS = 200


class Lease(NamedTuple):
    """What a process holds until an instant, in seconds since 1970, unless it renews it."""

    owner: str
    until: float

    def is_over(self, now: float) -> bool:
        """Whether nobody holds it any more *now*: its time is over, or its process was one of this computer and has ended."""
        return now > self.until or _is_gone(self.owner)


class Kept(NamedTuple):
    """A document of the control index, and what compare and set compares."""

    value: dict[str, Any]
    seq_no: int
    primary_term: int


class Manifest(NamedTuple):
    """What counts of a news index. Batches are numbers; instants are microseconds since 1970."""

    #: The index that has the documents, or the alias of the volumes that do.
    physical: str
    #: Grows with each change that questions can see.
    generation: int = 0
    #: Of the last publication: nothing that was published came later.
    instant: int = 0
    next_batch: int = 1
    #: What is written and not published, and who does it.
    pending: Mapping[int, Lease] = {}
    #: Batches that were given up, though something of them may still be there.
    dead: tuple[int, ...] = ()
    #: The last of those that were given up and are erased.
    buried: tuple[int, ...] = ()
    #: Batches and the instants at which they were published, of the last ones; those before are in ``pages``.
    published: tuple[tuple[int, int], ...] = ()
    #: How many documents have earlier ones.
    pages: int = 0
    #: Keys of documents that do not count any more and are not erased yet; long lists by the key of a document here.
    replaced: tuple[str, ...] = ()
    replaced_lists: tuple[str, ...] = ()
    #: Lists of which all is erased, with the instants at which that was: who reads an older generation still needs them.
    old_lists: tuple[tuple[str, int], ...] = ()
    #: What processes hold of the index, by name.
    leases: Mapping[str, Lease] = {}
    #: When the last embargo ends of all articles ever published.
    embargoed_until: int = 0
    #: Whatever the rooms keep with a generation, by their names: small values.
    kept: Mapping[str, Any] = {}
    #: What the index is parted by, "year" or "month"; "" where it is one. See volumes.py.
    volumes_by: str = ""
    #: All volumes at the last commit.
    volumes: tuple[str, ...] = ()
    #: Volumes of which nothing counts any more and that are not erased yet.
    retired: tuple[str, ...] = ()
    #: Who changed it last, so that who did not hear of it knows.
    changed_by: str = ""

    def hidden_batches(self) -> list[int]:
        """Return the batches of which nothing counts."""
        return sorted({*self.pending, *self.dead, *self.buried})

    def what_counts(self) -> tuple[object, ...]:
        """Return what decides which of the stored documents count, without who holds what and until when."""
        hidden = tuple(self.hidden_batches()), self.replaced, self.replaced_lists, self.retired
        return self.physical, self.generation, self.next_batch, hidden

    def to_json(self) -> dict[str, Any]:
        """Return it as the control index keeps it."""
        return {
            **self._asdict(),
            "format": FORMAT_OF_VOLUMES if self.volumes_by else FORMAT,
            "pending": {str(batch): list(lease) for batch, lease in self.pending.items()},
            "leases": {name: list(lease) for name, lease in self.leases.items()},
        }

    @classmethod
    def of_json(cls, value: Mapping[str, Any]) -> Manifest:
        """Return what `to_json` made."""
        known = {name: value[name] for name in cls._fields if name in value}
        return cls(**known)._replace(
            pending={int(batch): Lease(*lease) for batch, lease in value["pending"].items()},
            leases={name: Lease(*lease) for name, lease in value["leases"].items()},
            dead=tuple(value["dead"]),
            buried=tuple(value["buried"]),
            published=tuple((batch, instant) for batch, instant in value["published"]),
            replaced=tuple(value["replaced"]),
            replaced_lists=tuple(value["replaced_lists"]),
            volumes=tuple(value.get("volumes", ())),
            retired=tuple(value.get("retired", ())),
            old_lists=tuple((key, instant) for key, instant in value.get("old_lists", ())),
        )


class Control:
    """The documents of the control index that belong to one news index, and its manifest."""

    def __init__(self, connection: Connection, name: str) -> None:
        self.connection = connection
        #: That of the news index.
        self.name = name
        #: What was last read or written here; others may have changed it since.
        self._known: Kept | None = None
        #: Seconds by which the clock of the cluster is ahead of that of this computer, once it was asked for.
        self._ahead_s: float | None = None

    def now(self) -> float:
        """Return the time in seconds since 1970, by the clock of the cluster.

        That of a computer may be minutes off: it would take the leases of others for over, or have its own taken.
        """
        if self._ahead_s is None:
            ahead_s = 0.0
            with suppress(EngineError):  # who may not ask for it has the own clock
                path = "/_cat/health"
                params = {"format": "json", "h": "epoch"}
                [row] = self.connection.request("GET", path, None, params).get("answer") or [{}]
                ahead_s = int(row.get("epoch", time.time())) - time.time()
            # Not before: another thread would count by the own clock meanwhile.
            self._ahead_s = ahead_s
        return time.time() + self._ahead_s

    def make(self, manifest: Callable[[], Manifest]) -> bool:
        """Keep a first manifest where there is none: *manifest* makes what it names. Return whether it is in force.

        Raises `EngineError` where there are articles of which no manifest is there any more: a new one would hide them.
        """
        index = f"/{CONTROL_INDEX}"
        if not is_there(self.connection, CONTROL_INDEX):
            self.connection.version()
            # Before it is made: an empty one would be in the way of that of a snapshot.
            if (orphans := self._orphans()) and not is_there(self.connection, CONTROL_INDEX):
                raise EngineError(self._lost(orphans))
            try:
                self.connection.request("PUT", index, _CONTROL_BODY)
            except EngineError:
                if not is_there(self.connection, CONTROL_INDEX):  # else another process has made it
                    raise
        if self._kept("") is not None:
            return False
        # Another process may have begun, and written, in between.
        if (orphans := self._orphans()) and self._kept("") is None:
            raise EngineError(self._lost(orphans))
        try:
            self.put("", (first := manifest()).to_json(), None)
        except Conflict:
            # Another process was quicker, or it is ours, and the answer was lost.
            return self.manifest().physical == first.physical
        return True

    # The manifest

    def manifest(self) -> Manifest:
        """Return the manifest in force. Raises `IndexMissing` where there is none."""
        return Manifest.of_json(self._read().value)

    def known(self) -> Manifest:
        """Return the manifest as it was last read or written here, which saves a request. Raises as `manifest`."""
        return Manifest.of_json(self._known.value) if self._known else self.manifest()

    def may_be_newest(self, manifest: Manifest) -> bool:
        """Whether nothing of another generation than that of *manifest* was read or written here last."""
        if (kept := self._known) is None:
            return True
        own = kept.value["physical"], kept.value["generation"]
        return own == (manifest.physical, manifest.generation)

    def change(self, change: Callable[[Manifest], Manifest | None]) -> Manifest:
        """Put what *change* makes of the manifest in its place; return what is in force then.

        *change* is asked again where another process was quicker; None leaves the manifest as it is. Raises what *change* raises.
        """
        # What is known is tried first: where it is out of date, the write is refused.
        kept, is_fresh = self._known, False
        for attempt in range(_ATTEMPTS):
            if kept is None:
                kept, is_fresh = self._read(), True
            manifest = Manifest.of_json(kept.value)
            try:
                changed = change(manifest)
            except EngineError:
                if is_fresh:
                    raise
                kept = None
                continue
            if changed is None:
                if is_fresh:
                    return manifest
                kept = None
                continue
            token = os.urandom(8).hex()
            changed = changed._replace(changed_by=token)
            try:
                self._known = self.put("", changed.to_json(), kept)
            except Conflict:
                newer = self._read()
                # A node may have died after it had written and before it said so; the request was sent again then.
                if newer.value["changed_by"] == token:
                    return changed
                if is_fresh:
                    pause = min(0.02 * (attempt + 1), 0.5)
                    time.sleep(random.uniform(0, pause))  # noqa: S311  # no secret
                    kept = None
                else:
                    kept, is_fresh = newer, True
            except BaseException:
                self._known = None
                raise
            else:
                return changed
        raise EngineError(
            f"index {self.name}: too many programs change it at the same time; try again later"
        )

    def _read(self) -> Kept:
        kept = self.get("")
        if kept is None:
            raise self._missing()
        if kept.value.get("format") not in (FORMAT, FORMAT_OF_VOLUMES):
            from search.model.errors import IndexOutdated

            layout = kept.value.get("format")
            raise IndexOutdated(
                f"index {self.name}: written by another version of newssearch (layout {layout}, this one reads "
                f"{FORMAT} and {FORMAT_OF_VOLUMES}); use that version, or newssearch export there and newssearch import here, under another name"
            )
        self._known = kept
        return kept

    # Other documents

    def get(self, key: str) -> Kept | None:
        """Return what is kept under *key*, as it is now; None where there is nothing. Raises `IndexMissing` without a control index."""
        try:
            return self._kept(key)
        except IndexMissing:
            raise self._missing() from None

    def _kept(self, key: str) -> Kept | None:
        try:
            found = self.connection.request("GET", self._path(key), timeout_s=_READING_S)
        except NotThere:
            return None
        found = self.connection.checked(found, "_source", "_seq_no", "_primary_term")
        return Kept(found["_source"], found["_seq_no"], found["_primary_term"])

    def put(self, key: str, value: Mapping[str, Any], before: Kept | None) -> Kept:
        """Keep *value* under *key* where there is still what was there *before*; None is nothing. Raises `Conflict`.

        Returned is what is kept now. It is on the disks of all copies of the control index when this returns.
        Raises `IndexMissing` where that is gone.
        """
        params: dict[str, object] = {"op_type": "create"}
        if before is not None:
            params = {"if_seq_no": before.seq_no, "if_primary_term": before.primary_term}
        params["require_alias"] = True
        path, whole = self._path(key, door_of(CONTROL_INDEX)), {**value, "of": self.name}
        try:
            said = self.connection.request("PUT", path, whole, params)
        except IndexMissing:
            try:
                add_door(self.connection, CONTROL_INDEX)
            except IndexMissing:
                raise self._missing() from None
            said = self.connection.request("PUT", path, whole, params)
        return Kept(whole, said["_seq_no"], said["_primary_term"])

    def erase(self, key: str) -> None:
        """Keep nothing under *key* any more."""
        with suppress(NotThere):
            self.connection.request("DELETE", self._path(key))

    def erase_all(self) -> None:
        """Keep nothing of the news index any more, also no manifest."""
        body = {"query": {"term": {"of": self.name}}}
        params = {"refresh": True, "conflicts": "proceed"}
        self.connection.refresh(CONTROL_INDEX)
        self.connection.request("POST", f"/{CONTROL_INDEX}/_delete_by_query", body, params)

    def key_of(self, key: str) -> str:
        """Return the id in the control index of what is kept under *key*."""
        return f"{self.name}/{key}" if key else self.name

    def _path(self, key: str, index: str = CONTROL_INDEX) -> str:
        return f"/{index}/_doc/{quote(self.key_of(key), safe='')}"

    # Without a manifest

    def _missing(self) -> IndexMissing:
        """Return what to say where there is no manifest: that there never was one, or that it is lost."""
        with suppress(EngineError):  # who asks may not be told
            if orphans := self._orphans():
                return IndexMissing(self._lost(orphans))
        return IndexMissing(
            f"no index {self.name!r} at {','.join(self.connection.location.addresses)}; make it with: "
            f"newssearch index --index opensearch:{self.connection.location} FILES"
        )

    def _orphans(self) -> list[str]:
        """Return the indexes with articles that are there under the name, in the order of their names. Raises `EngineError`."""
        ours = physical_names(self.name)
        params = {"h": "index,docs.count", "format": "json"}
        found = self.connection.request("GET", f"/_cat/indices/{self.name}-*", None, params)
        rows = [row for row in found.get("answer") or () if ours.fullmatch(row["index"])]
        # One of which a part is on no node does not say how many it has.
        return sorted(row["index"] for row in rows if row["docs.count"] != "0")

    def _lost(self, orphans: Sequence[str]) -> str:
        named = ",".join(orphans[:3]) + f" and {len(orphans) - 3} more" * (len(orphans) > 3)
        return (
            f"index {self.name!r}: the cluster has articles of it ({named}), but {CONTROL_INDEX} does not say any more which "
            f"of them count; was it deleted? Restore {CONTROL_INDEX} from the snapshot that the articles are of; without "
            f"one, index under another name, or delete what is left of {self.name!r} on the cluster and index again "
            "(docs/scaling.md, Backup)"
        )


@cache
def _computer() -> str:
    """Return what tells this computer, or container, from others."""
    try:
        space = str(os.stat("/proc/self/ns/pid").st_ino)
    except OSError:
        space = ""
    return f"{socket.gethostname()}/{space}"


def _started(pid: int) -> str | None:
    """Return when a process of this computer began, in its own count; None where there is none, "" where nobody knows."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            # The name of the program stands in brackets before, and may have blanks and brackets itself.
            fields = file.read().rpartition(")")[2].split()
            return None if fields[0] == "Z" else fields[19]
    except FileNotFoundError:
        return None if os.path.isdir("/proc/self") else ""
    except (OSError, IndexError):
        return ""


def this_process() -> str:
    """Return what tells this process from all others, for a lease."""
    return f"{_computer()}/{os.getpid()}/{_started(os.getpid()) or ''}"


def _is_gone(owner: str) -> bool:
    """Whether *owner* was a process of this computer that has ended; False where nobody here can know."""
    computer, _, process = owner.partition("#")[0].rpartition("/")[0].rpartition("/")
    started = owner.partition("#")[0].rpartition("/")[2]
    if computer != _computer() or not process.isdecimal():
        return False
    now = _started(int(process))
    return now is None or bool(now and started and now != started)
