"""The control index: what is in force of each news index, changed by compare and set, and who holds what.

One document has the manifest of a news index, which says what of all that is stored counts. It is
read with each question and written with each commit: that write *is* the commit. Other documents beside it keep texts
and lists that would make it large.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import quote

from search.engines.opensearch.connection import Conflict, Connection, NotThere
from search.engines.opensearch.indexes import add_door, door_of, is_there, physical_names
from search.engines.opensearch.manifest import FORMAT, FORMAT_OF_VOLUMES, Manifest
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
#: Seconds after which another node is asked for a document: it takes none some milliseconds.
_READING_S = 5.0
#: Tries to change a document that others change too; each takes one of them further.
_ATTEMPTS = 200


class Kept(NamedTuple):
    """A document of the control index, and what compare and set compares: a later write has a higher term, or number."""

    value: dict[str, Any]
    primary_term: int
    seq_no: int


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
        kept, known = self.get(""), self._known
        if known is not None and (kept is None or kept[1:] < known[1:]):
            # A copy that has not got the last write yet, which another one had: nobody is to see what was before.
            kept = self.get("", of_primary=True)
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

    def get(self, key: str, *, of_primary: bool = False) -> Kept | None:
        """Return what is kept under *key*, as it is now; None where there is nothing. Raises `IndexMissing` without a control index.

        A write that goes on is in some copies and not yet in others; first of all in the primary.
        """
        try:
            return self._kept(key, of_primary=of_primary)
        except IndexMissing:
            raise self._missing() from None

    def _kept(self, key: str, *, of_primary: bool = False) -> Kept | None:
        params = {"preference": "_primary"} if of_primary else None
        try:
            found = self.connection.request(
                "GET", self._path(key), None, params, timeout_s=_READING_S
            )
        except NotThere:
            return None
        found = self.connection.checked(found, "_source", "_seq_no", "_primary_term")
        return Kept(found["_source"], found["_primary_term"], found["_seq_no"])

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
        return Kept(whole, said["_primary_term"], said["_seq_no"])

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
