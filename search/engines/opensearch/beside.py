"""A small index beside the news index, for what is not searched by people: the ledger, earlier revisions.

What was written is found only after a refresh, which takes some milliseconds: it is asked for where something was
written since the last one, by this object.

An index of that name may be somebody else's: it is left as it is, and said.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from search.engines.opensearch.connection import Connection, NotThere, Unanswered, put_item
from search.engines.opensearch.indexes import add_door, door_of
from search.engines.opensearch.pages import hits_of, values_of
from search.model.errors import EngineError, IndexMissing

T = TypeVar("T")

#: Bytes of one bulk request.
_BULK_BYTES = 8 << 20
#: Documents of one page of an answer.
_PAGE = 1000
#: Seconds that a change of many documents may take.
_CHANGE_S = 3600.0
#: What the mapping of such an index says of whose it is.
_OWNER = "newssearch"


class Beside:
    """One such index, which may not be there: it is empty then."""

    def __init__(self, connection: Connection, name: str, fields: Mapping[str, Any]) -> None:
        self.name = name
        self._connection = connection
        self._fields = fields
        # Another process may have written before.
        self._is_unseen = True
        self._is_ours = False

    def make(self) -> None:
        """Make it where there is none, and add fields that it has not. Raises `EngineError`."""
        if (mapping := self._mapping()) is None:
            body = {
                "settings": {"number_of_shards": 1, "auto_expand_replicas": "0-1"},
                "mappings": {
                    "dynamic": "strict",
                    "_meta": {"made_by": _OWNER},
                    "properties": self._fields,
                },
                "aliases": {door_of(self.name): {}},
            }
            params = {"wait_for_active_shards": 1}
            try:
                self._connection.request("PUT", f"/{self.name}", body, params)
            except EngineError:
                if (mapping := self._mapping()) is None:  # else another process has made it
                    raise
        if mapping is not None and not self._fields.keys() <= mapping["properties"].keys():
            path = f"/{self.name}/_mapping"
            self._connection.request("PUT", path, {"properties": self._fields})

    def _mapping(self) -> Mapping[str, Any] | None:
        """Return the mapping, None where there is no index. Raises `EngineError` where that is not ours."""
        try:
            found = self._connection.request("GET", f"/{self.name}")
        except (IndexMissing, NotThere):
            return None
        [(index, its)] = list(found.items())[:1]
        mapping: Mapping[str, Any] = its["mappings"]
        is_ours = mapping.get("_meta", {}).get("made_by") == _OWNER or (
            # Those made by earlier versions say nothing.
            mapping.get("dynamic") == "strict"
            and bool(mapping.get("properties"))
            and mapping["properties"].keys() <= self._fields.keys()
        )
        if index != self.name or not is_ours:
            raise EngineError(
                f"{self.name}: an index of that name is on the cluster that newssearch has not made, and that it needs; "
                "nothing is written into it. Give that one another name, or index under another name"
            )
        if door_of(self.name) not in its["aliases"]:
            add_door(self._connection, self.name)
        self._is_ours = True
        return mapping

    def _check(self) -> bool:
        """Return whether it is there. Raises `EngineError` where that is not ours."""
        return self._is_ours or self._mapping() is not None

    def erase(self) -> None:
        """Remove it with all that it holds, where it is there and ours."""
        with suppress(IndexMissing, NotThere):
            self._check()
            self._connection.request("DELETE", f"/{self.name}")
        self._is_ours = False

    # Writing

    def write(self, items: Iterable[bytes]) -> None:
        """Have *items* kept, as `as_item` and `erase_item` make them; on disk when this returns. Raises `EngineError`."""
        waiting: list[bytes] = []
        size = 0
        for item in items:
            waiting.append(item)
            size += len(item)
            if size > _BULK_BYTES:
                self._bulk(waiting)
                waiting, size = [], 0
        if waiting:
            self._bulk(waiting)

    def _bulk(self, items: Sequence[bytes]) -> None:
        self._check()
        self._is_unseen = True
        try:
            self._connection.bulk(door_of(self.name), items, require_alias=True)
        except IndexMissing as exc:
            raise EngineError(
                f"{self.name}: it was deleted on the cluster while this ran; run the same command again"
            ) from exc

    def change_all(
        self, query: Mapping[str, Any], script: str, params: Mapping[str, Any] | None = None
    ) -> None:
        """Run a *script* on every document that a query finds. Raises `EngineError`."""
        body = {"query": query, "script": {"source": script, "params": params or {}}}
        self._by_query("_update_by_query", body)

    def erase_all(self, query: Mapping[str, Any]) -> None:
        """Erase every document that a query finds. Raises `EngineError`."""
        self._by_query("_delete_by_query", {"query": query})

    def _by_query(self, action: str, body: Mapping[str, Any]) -> None:
        if not self._check():
            return
        self.refresh()
        params = {"conflicts": "proceed", "refresh": True, "ignore_unavailable": True}
        path = f"/{self.name}/{action}"
        answer = self._connection.request("POST", path, body, params, timeout_s=_CHANGE_S)
        if answer.get("failures"):
            raise EngineError(f"{self.name}: not every document could be changed; try again later")

    # Reading

    def refresh(self) -> None:
        """Have searches find what was written."""
        if self._is_unseen:
            path = f"/{self.name}/_refresh"
            self._connection.request("POST", path, None, {"ignore_unavailable": True})
            self._is_unseen = False

    def see_others(self) -> None:
        """Find, from the next search on, what others have written until now."""
        self._is_unseen = True

    def count(self, query: Mapping[str, Any]) -> int:
        """Return how many documents a query finds."""
        answer = self.search({"size": 0, "track_total_hits": True, "query": query})
        return int(answer["hits"]["total"]["value"])

    def hits(
        self, query: Mapping[str, Any], sort: Sequence[str], without: Sequence[str] = ()
    ) -> Iterator[dict[str, Any]]:
        """Return the hits of a query in the order of *sort*, fields by which no two are equal, *without* some fields."""
        body: dict[str, Any] = {
            "query": query,
            "size": _PAGE,
            "sort": [{field: "asc"} for field in sort],
            "track_total_hits": False,
        }
        if without:
            body["_source"] = {"excludes": list(without)}
        return hits_of(self.search, body)

    def values(self, field: str) -> Iterator[Any]:
        """Return each value that documents have of a field once, in order."""
        return (value for value, _ in values_of(self.search, field))

    def search(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answer to a search body, whole. Raises `EngineError`."""
        self.refresh()
        params = {"ignore_unavailable": True, "allow_partial_search_results": False}
        try:
            return self._connection.request("POST", f"/{self.name}/_search", body, params)
        except Unanswered:
            raise
        except EngineError:
            self._check()  # another one has not the fields that are asked for
            raise

    def sources(
        self, ids: Sequence[str], without: Sequence[str] = ()
    ) -> list[dict[str, Any] | None]:
        """Return the documents with these ids, as they are now, seen by searches or not; None where there is none.

        Fields *without* which they are to come are left out.
        """
        found = self.found(ids, without)
        return [each["_source"] if each.get("found") else None for each in found]

    def found(self, ids: Sequence[str], without: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Return what `sources` finds, with what compare and set compares."""
        body = {"ids": list(ids)}
        params: dict[str, object] = {"realtime": True}
        if without:
            params["_source_excludes"] = ",".join(without)
        answer = self._connection.request("POST", f"/{self.name}/_mget", body, params)
        found: list[dict[str, Any]] = answer["docs"]
        for each in found:
            if each.get("error", {}).get("type") == "index_not_found_exception":
                continue
            if "error" in each:
                raise EngineError(f"{self.name}: a part of it does not answer; try again later")
        return found

    def size_bytes(self) -> int:
        """Return how much disk one copy takes; 0 where there is none."""
        try:
            path = f"/{self.name}/_stats/store"
            found = self._connection.request(
                "GET", path, None, {"filter_path": "_all.primaries.store.size_in_bytes"}
            )
        except (IndexMissing, NotThere):
            return 0
        return int(found["_all"]["primaries"]["store"]["size_in_bytes"]) if found else 0


def as_item(key: str, source: Mapping[str, Any]) -> bytes:
    """Return what keeps *source* under *key*, for `Beside.write`."""
    return put_item(key, json.dumps(source, ensure_ascii=False, separators=(",", ":")).encode())


def chunks(values: Sequence[T], size: int) -> Iterator[list[T]]:
    """Yield *values* in lists of at most *size*."""
    for first in range(0, len(values), size):
        yield list(values[first : first + size])
