"""Volumes: the articles of a year or of a month in an index of the cluster of their own, all of them under one name.

That name, `Manifest.physical`, is then an alias. Which volume an article is in follows from its date alone, so that two
processes that make one at the same time make the same. docs/scaling.md says how volumes come and go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import Any, TypeVar

from search.engines.opensearch.connection import Connection
from search.engines.opensearch.indexes import REST_VOLUME, door_of, is_there
from search.engines.opensearch.manifest import Manifest
from search.model.errors import EngineError, IndexMissing, SettingError

T = TypeVar("T", date, datetime)

#: What a new index can be parted by, and how much of an ISO date is the label of a volume.
_LABELS: Mapping[str, int] = {"year": 4, "month": 7}
NONE = "none"
_FIRST_YEAR, _LAST_YEAR = 1500, 2200
#: Names of indexes in the path of one request, which has 4,096 bytes.
_IN_PATH = 20


def parted_by(setting: str) -> str:
    """Return what `Manifest.volumes_by` is for a setting. Raises `SettingError`."""
    if setting != NONE and setting not in _LABELS:
        choices = ", ".join((NONE, *_LABELS))
        raise SettingError(f"opensearch_volumes {setting[:40]!r}: choose one of {choices}")
    return "" if setting == NONE else setting


def volume_of(manifest: Manifest, published: datetime | None) -> str:
    """Return the index that has the article of a date."""
    if not manifest.volumes_by:
        return manifest.physical
    label = REST_VOLUME
    if published is not None and _FIRST_YEAR <= published.year <= _LAST_YEAR:
        label = published.isoformat()[: _LABELS[manifest.volumes_by]]
    return _index_of(manifest.physical, label)


def label_of(manifest: Manifest, index: str) -> str:
    """Return what a volume is called: 2024, 2024-03, rest."""
    return index.removeprefix(f"{manifest.physical}-")


def rest_of(manifest: Manifest) -> str:
    """Return the one index that is there as long as *manifest* is."""
    return volume_of(manifest, None)


def volumes_between(
    manifest: Manifest, volumes: Sequence[str], first: date | None, last: date | None
) -> list[str]:
    """Return those of *volumes* that may have articles of the days from *first* to *last*, both among them; None is no bound."""
    lowest = "" if first is None else first.isoformat()
    highest = "9999" if last is None else last.isoformat()
    size = _LABELS.get(manifest.volumes_by, 0)
    labels = {index: label_of(manifest, index) for index in volumes}
    return [
        index
        for index, label in labels.items()
        if label == REST_VOLUME or lowest[:size] <= label <= highest[:size]
    ]


def before(end: T) -> T:
    """Return the last instant or day before another one, or *end* where calendars begin."""
    try:
        return end - end.resolution
    except OverflowError:
        return end


class Volumes:
    """Makes volumes, for one process."""

    def __init__(
        self, connection: Connection, body: Callable[[Manifest], Mapping[str, Any]]
    ) -> None:
        """*body* returns settings and mapping for a new one of an index."""
        self._connection = connection
        self._body = body
        self._made: set[str] = set()

    def make(self, manifest: Manifest, indexes: Iterable[str]) -> None:
        """Make those of *indexes* that are not there. Raises `EngineError`.

        Whoever dies in between leaves an empty index that nobody asks, and that the next one takes.
        """
        for index in sorted(set(indexes) - self._made):
            try:
                self._connection.request("PUT", f"/{index}", self._body(manifest))
            except EngineError:
                if not is_there(self._connection, index):  # else another process has made it
                    raise
                self._wait_for(index)
            # A question asks all that has the alias: it comes when the volume can answer.
            aliases = [manifest.physical, door_of(index)]
            actions = [{"add": {"index": index, "alias": alias}} for alias in aliases]
            self._connection.request("POST", "/_aliases", {"actions": actions})
            self._made.add(index)

    def forget(self) -> None:
        """Look again which volumes there are: another process may have retired some."""
        self._made.clear()

    def _wait_for(self, index: str) -> None:
        path = f"/_cluster/health/{index}"
        self._connection.request("GET", path, None, {"wait_for_status": "yellow"})


def members(connection: Connection, manifest: Manifest) -> tuple[str, ...]:
    """Return the volumes that questions ask, in the order of their names. Raises `EngineError`."""
    return tuple(sorted(connection.request("GET", f"/_alias/{manifest.physical}")))


def gone_from(manifest: Manifest, volumes: Sequence[str]) -> str:
    """Return what to say where a volume with articles is not among *volumes*, which are on the cluster; else ""."""
    gone = sorted({*manifest.volumes}.difference(volumes))
    if not gone:
        return ""
    return (
        f"{', '.join(gone[:3])}{' and others' * (len(gone) > 3)}: gone from the cluster, though the index has articles "
        "there; restore it from a snapshot, or make the index anew"
    )


def erase_documents(connection: Connection, manifest: Manifest) -> None:
    """Erase the index, or all volumes, that a manifest names. Raises `EngineError`."""
    if not manifest.volumes_by:
        connection.request("DELETE", f"/{manifest.physical}")
        return
    params = {"h": "index", "format": "json"}
    found = connection.request("GET", f"/_cat/indices/{manifest.physical}-*", None, params)
    erase_volumes(connection, sorted(row["index"] for row in found["answer"]))


def erase_volumes(connection: Connection, indexes: Sequence[str]) -> None:
    """Erase volumes, with all that is in them. Raises `EngineError`."""
    for first in range(0, len(indexes), _IN_PATH):
        some = indexes[first : first + _IN_PATH]
        params = {"ignore_unavailable": True}
        with suppress(IndexMissing):
            connection.request("DELETE", f"/{','.join(some)}", None, params)


def _index_of(physical: str, label: str) -> str:
    return f"{physical}-{label}"
