"""What one question sees: a manifest, a point in time of the same generation, and what of it counts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple, TypeVar

from search.engines.opensearch.connection import Connection, NotThere, Unanswered
from search.engines.opensearch.control import CONTROL_INDEX, Control
from search.engines.opensearch.documents import document_of
from search.engines.opensearch.manifest import Manifest
from search.engines.opensearch.pages import hits_of
from search.engines.opensearch.volumes import before, volumes_between
from search.engines.protocol.rules import gave_up
from search.engines.records import from_microseconds, to_microseconds
from search.model import clock
from search.model.article import Document
from search.model.errors import EngineError, IndexDamaged, IndexMissing
from search.model.fields import FIELDS, FieldTable
from search.query.tree import Bound

#: How long the cluster keeps a point in time after each search of it: who reads slowly has this between two pages.
KEEP_ALIVE = "10m"
#: Documents whose ids stand in one clause: OpenSearch takes 65,536.
IDS_AT_ONCE = 10_000
#: Values of a field that one aggregation gives at most: OpenSearch gives 65,535 of all in a request.
MOST_VALUES = 60_000
#: Distinct values that OpenSearch counts exactly, at most: of more it knows their number to some hundredths.
COUNTED_EXACTLY = 40_000

Clause = dict[str, Any]
T = TypeVar("T")
U = TypeVar("U")
V = TypeVar("V")
#: What comes to know something by searches: it yields the bodies of those that it needs next, gets their answers, and returns it.
Asking = Generator[Sequence[Mapping[str, Any]], Sequence[dict[str, Any]], T]


#: The aggregation of which the server counts the buckets, and that need not come here.
GATHERED = "aggregations.all"


def nothing() -> Asking[None]:
    """Ask for nothing."""
    return
    yield ()


class Deadline:
    """When a question is given up, for `QueryTimeout`."""

    def __init__(self, timeout_ms: int) -> None:
        """*timeout_ms* count from now; 0: never."""
        self._timeout_ms = timeout_ms
        self._end = time.monotonic() + timeout_ms / 1000 if timeout_ms else float("inf")

    def left_s(self) -> float | None:
        """Return how many seconds are left, None without end. Raises `QueryTimeout` where none are."""
        if not self._timeout_ms:
            return None
        left = self._end - time.monotonic()
        if left <= 0:
            self.give_up()
        return left

    def is_over(self) -> bool:
        return time.monotonic() > self._end

    def give_up(self) -> None:
        raise gave_up(self._timeout_ms)


NEVER = Deadline(0)


class Overtaken(Exception):
    """Another generation came into force while a question was asked of the one that was known: its answers count for nothing."""


class Published(NamedTuple):
    """When the batches of an index were published, in microseconds since 1970."""

    instants: Mapping[int, int]

    def between(self, first: int | None, before: int | None) -> list[tuple[int, int]]:
        """Return the batches published from *first* on and before *before*, as ranges with both ends."""
        ranges: list[tuple[int, int]] = []
        was_in = False
        for batch, instant in sorted(self.instants.items()):
            is_in = (first is None or instant >= first) and (before is None or instant < before)
            if is_in and was_in:
                ranges[-1] = ranges[-1][0], batch
            elif is_in:
                ranges.append((batch, batch))
            was_in = is_in
        return ranges


class Point:
    """A manifest and a point in time at which all was as it says. Closed when nobody uses it any more."""

    def __init__(
        self,
        connection: Connection,
        control: Control,
        manifest: Manifest,
        pit: str,
        volumes: Sequence[str] = (),
    ) -> None:
        self.connection = connection
        self.control = control
        self.manifest = manifest
        self.pit = pit
        #: Those it is of, where the index has volumes.
        self.volumes = volumes
        #: What questions have found out, which holds as long as nothing is changed or becomes visible.
        self.cache: dict[str, Any] = {}
        self.guard = threading.Lock()
        self.users = 0
        self.is_old = False
        self._published: Published | None = None
        #: From when to when nothing of the generation becomes visible by itself.
        self._quiet: tuple[int, int] | None = None

    def published(self) -> Published:
        """Return when each batch was published."""
        with self.guard:
            if self._published is None:
                instants = dict(self.manifest.published)
                for page in range(self.manifest.pages):
                    kept = self.control.get(f"published.{self.manifest.physical}.{page}")
                    instants |= dict(kept.value["published"] if kept else ())
                self._published = Published(instants)
            return self._published

    def quiet_until(self, now: int) -> int:
        """Return when the next embargo ends after *now*; 0 where none does."""
        if self.manifest.embargoed_until <= now:
            if self._quiet is not None:  # the last embargo has ended since
                self._quiet, self.cache = None, {}
            return 0
        if self._quiet is None or not self._quiet[0] <= now < self._quiet[1]:
            # The least of an aggregation is a float, which loses microseconds: what a hit is sorted by has them.
            body = {
                "size": 1,
                "query": {"range": {"embargoed_until": {"gt": now}}},
                "sort": [{"embargoed_until": "asc"}],
                "_source": False,
            }
            hits = View(self).search(body)["hits"]["hits"]
            until = hits[0]["sort"][0] if hits else self.manifest.embargoed_until
            self._quiet = now, until
            self.cache = {}
        return self._quiet[1]

    def close(self) -> None:
        """Let the cluster forget the point in time; that it cannot is no matter."""
        with suppress(EngineError):  # it ends by itself
            self.connection.request(
                "DELETE", "/_search/point_in_time", {"pit_id": [self.pit]}, is_patient=False
            )


class View:
    """What one question sees: one generation, at one instant. All its requests are of the same point in time."""

    def __init__(
        self,
        point: Point,
        deadline: Deadline = NEVER,
        *,
        manifest: Manifest | None = None,
        batches: Sequence[int] = (),
        is_overtaken: Callable[[], bool] | None = None,
    ) -> None:
        """With a *manifest*, see what will count once that is in force; with *batches*, these alone, published or not.

        Before each request it is looked whether it *is_overtaken*; `Overtaken` is raised then.
        """
        self.point = point
        self.deadline = deadline
        self._is_overtaken = is_overtaken
        self.manifest = manifest or point.manifest
        #: Microseconds since 1970.
        self.now = to_microseconds(clock.now())
        self._batches = batches
        #: What only this view sees cannot be kept for others.
        self._own: dict[str, Any] | None = {} if manifest or batches else None

    @property
    def cache(self) -> dict[str, Any]:
        """What is found out once for all questions that have the same answers; empty in the beginning."""
        if self._own is not None:
            return self._own
        self.point.quiet_until(self.now)
        return self.point.cache

    @property
    def generation(self) -> str:
        """A word that is the same as long as the same questions have the same answers."""
        until = self.point.quiet_until(self.now)
        manifest = self.manifest
        return f"{manifest.physical}.{manifest.generation}" + (f".{until}" if until else "")

    @property
    def stored(self) -> list[Clause]:
        """The filters that keep out what does not count: what is pending, given up or replaced."""
        manifest = self.manifest
        only: list[Clause] = [{"terms": {"batch": list(self._batches)}}] if self._batches else []
        without: list[Clause] = []
        if hidden := [b for b in manifest.hidden_batches() if b not in self._batches]:
            without.append({"terms": {"batch": hidden}})
        if manifest.retired:
            without.append({"terms": {"_index": list(manifest.retired)}})
        if manifest.replaced:
            without.append({"terms": {"_id": list(manifest.replaced)}})
        for key in manifest.replaced_lists:
            # The cluster reads the list itself: it would make every question as long as it is.
            of_list = {"index": CONTROL_INDEX, "id": self.point.control.key_of(key), "path": "keys"}
            without.append({"terms": {"_id": of_list}})
        return [*only, {"bool": {"must_not": without}}] if without else only

    @property
    def visible(self) -> list[Clause]:
        """The filters of `stored`, and those that keep out what is withdrawn, or embargoed now."""
        unseen: list[Clause] = [{"term": {"withdrawn": True}}]
        if self.manifest.embargoed_until > self.now or self._own is not None:
            unseen.append({"range": {"embargoed_until": {"gt": self.now}}})
        return [*self.stored, {"bool": {"must_not": unseen}}]

    def search(self, body: Mapping[str, Any], **params: object) -> dict[str, Any]:
        """Return the answer to a search body. Raises `Unanswered` where a part of the index did not, `QueryTimeout`."""
        answer = self._asked(
            "/_search",
            {**body, "pit": {"id": self.point.pit, "keep_alive": KEEP_ALIVE}},
            {"allow_partial_search_results": False, **params},
        )
        return self._whole(answer)

    def msearch(
        self, bodies: Sequence[Mapping[str, Any]], leaving_out: str = "", **header: object
    ) -> list[dict[str, Any]]:
        """Return the answers to several search bodies, as `search`, by one request; *leaving_out* a part of each."""
        if not bodies:
            return []
        pit = {"id": self.point.pit, "keep_alive": KEEP_ALIVE}
        head = {"allow_partial_search_results": False, **header}
        lines = [line for body in bodies for line in (head, {**body, "pit": pit})]
        params = {"filter_path": f"-responses.{leaving_out}"} if leaving_out else {}
        return [self._whole(each) for each in self._asked("/_msearch", lines, params)["responses"]]

    def together(self, first: Asking[T], second: Asking[U], third: Asking[V]) -> tuple[T, U, V]:
        """Return what three come to know that ask at the same time: each request has what all of them need next."""
        known: dict[int, Any] = {}
        askings: list[Asking[Any]] = [first, second, third]
        answers: dict[int, Sequence[dict[str, Any]] | None] = dict.fromkeys(range(len(askings)))
        while answers:
            wanted: dict[int, Sequence[Mapping[str, Any]]] = {}
            for number, answer in answers.items():
                try:
                    wanted[number] = askings[number].send(answer)  # type: ignore[arg-type]
                except StopIteration as end:
                    known[number] = end.value
            found = iter(
                self.msearch([body for bodies in wanted.values() for body in bodies], GATHERED)
            )
            answers = {n: [next(found) for _ in bodies] for n, bodies in wanted.items()}
        return known[0], known[1], known[2]

    def known(self, asking: Asking[T]) -> T:
        """Return what one comes to know."""
        return self.together(asking, nothing(), nothing())[0]

    def _asked(
        self, path: str, body: Mapping[str, Any] | Sequence[Clause], params: Mapping[str, object]
    ) -> dict[str, Any]:
        if self._is_overtaken is not None and self._is_overtaken():
            raise Overtaken
        left = self.deadline.left_s()
        try:
            return self.point.connection.request(
                "POST", path, body, params, timeout_s=left, is_patient=False
            )
        except (NotThere, IndexMissing) as exc:
            raise Unanswered(
                f"the point in time of a question was lost ({exc}); ask again"
            ) from exc
        except Unanswered:
            if self.deadline.is_over():
                self.deadline.give_up()
            raise

    def _whole(self, answer: dict[str, Any]) -> dict[str, Any]:
        """Return *answer* where all of the index has given it."""
        if "error" in answer:
            status, error = answer.get("status", 500), answer["error"]
            exc = self.point.connection.refusal(status, error, "a search")
            raise Unanswered(str(exc)) if isinstance(exc, NotThere | IndexMissing) else exc
        if answer["_shards"]["failed"] or answer.get("timed_out"):
            raise Unanswered("a part of the index did not answer; see whether all nodes run")
        return answer

    def hits(
        self, query: Mapping[str, Any], fields: Sequence[str] | bool = True, at_once: int = 1000
    ) -> Iterator[dict[str, Any]]:
        """Return every hit of a query, by article id, with these *fields* of its source."""
        return hits_of(self.search, page_of(query, fields, at_once))

    def with_ids(
        self,
        article_ids: Sequence[str],
        filters: Sequence[Clause],
        fields: Sequence[str] | bool = True,
    ) -> Iterator[dict[str, Any]]:
        """Yield the hits of the articles with these ids that fit *filters*, in no order."""
        for first in range(0, len(article_ids), IDS_AT_ONCE):
            some = {"terms": {"id": list(article_ids[first : first + IDS_AT_ONCE])}}
            yield from self.hits({"bool": {"filter": [some, *filters]}}, fields)

    def in_volumes(self, start: Bound | None, end: Bound | None) -> list[Clause]:
        """Return the filters that spare the cluster the volumes without articles from *start* to *end*; nothing else is left out.

        A volume that its name alone rules out is not looked into.
        """
        volumes = self.point.volumes
        if not volumes or (start is None and end is None):
            return []
        # An article is in the volume of its date in UTC, and compared by its instant or by its day.
        first = min(start.instant.date(), start.day) if start is not None else None
        last = max(before(end.instant).date(), before(end.day)) if end is not None else None
        found = volumes_between(self.point.manifest, volumes, first, last)
        return [{"terms": {"_index": found}}] if len(found) < len(volumes) else []

    def document(self, source: Mapping[str, Any], fields: FieldTable = FIELDS) -> Document:
        """Return the document of a hit's source, with the instant at which its batch was published."""
        try:
            document = document_of(source, fields)
        except (KeyError, TypeError, ValueError) as exc:
            raise IndexDamaged(
                f"index {self.point.control.name}: an article cannot be read as it was written ({type(exc).__name__}); "
                "newssearch doctor says which"
            ) from exc
        if document.added is not None:
            return document
        instant = self.point.published().instants.get(source["batch"])
        return document if instant is None else document._replace(added=from_microseconds(instant))

    def added_between(self, first: int | None, before: int | None) -> Clause:
        """Return the filter for what came, or began to be seen, from *first* on and before *before*, in microseconds."""
        clauses: list[Clause] = []
        if before is not None:
            clauses += [
                self._came(None, before),
                {"bool": {"must_not": [{"range": {"embargoed_until": {"gte": before}}}]}},
            ]
        if first is not None:
            began = {"range": {"embargoed_until": {"gte": first}}}
            clauses.append({"bool": {"should": [self._came(first, None), began]}})
        return {"bool": {"filter": clauses}}

    def _came(self, first: int | None, before: int | None) -> Clause:
        """Return what came between two instants: by its own, or by that of its batch."""
        bounds = {"gte": first} if first is not None else {"lt": before}
        batches: list[Clause] = [
            {"range": {"batch": {"gte": begin, "lte": end}}}
            for begin, end in self.point.published().between(first, before)
        ]
        of_batch = {"bool": {"should": batches, "must_not": [{"exists": {"field": "added"}}]}}
        own: Clause = {"range": {"added": bounds}}
        return {"bool": {"should": [own, of_batch] if batches else [own]}}


def page_of(
    query: Mapping[str, Any], fields: Sequence[str] | bool = True, size: int = 1000
) -> dict[str, Any]:
    """Return the body that asks for the first *size* hits of a query by article id, with these *fields*."""
    return {
        "query": query,
        "size": size,
        "sort": [{"id": "asc"}, {"batch": "asc"}],
        "_source": fields,
        "track_total_hits": False,
    }
