"""What the distributed engine adds to its cluster: ``python -m benchmarks.cluster opensearch:ADDRESSES/NAME --from INDEX``.

Articles of another index are indexed, and pages of results asked for. All that was sent is then sent once more by a client that
does nothing else, to an index made alike; the two take turns, and ratios are between neighbours. docs/scaling.md has the figures.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from itertools import islice
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import urllib3

from benchmarks.pages import QUERIES
from search.cli.main import COLLECTED_EVERY
from search.engines.opensearch.connection import Connection
from search.engines.opensearch.control import CONTROL_INDEX
from search.engines.opensearch.engine import OpenSearchEngine, credentials_of, erase
from search.engines.opensearch.indexes import door_of
from search.engines.opensearch.location import Location, location_of
from search.engines.opensearch.mapping import index_body
from search.engines.registry import open_engine
from search.engines.staging import Staged
from search.ingest.limits import collected_seldom
from search.model.article import Document
from search.model.question import AUTO, FacetRequest, Question
from search.model.settings import Settings
from search.model.settings_files import in_force
from search.service.service import SearchService

_OURS = {"content-type": "application/json"}
_LINES = {"content-type": "application/x-ndjson"}


class Sent(NamedTuple):
    """A request as the engine has sent it."""

    method: str
    path: str
    body: bytes
    is_lines: bool


def recorded(connection: Connection) -> list[Sent]:
    """Return a list that has every request of *connection* from now on, byte for byte."""
    sent: list[Sent] = []
    send = connection.send

    def noted(
        method: str,
        path: str,
        params: Mapping[str, object],
        body: bytes | None,
        timeout_s: float,
        *,
        is_lines: bool,
    ) -> Any:
        asked = f"{path}?{urlencode(params)}" if params else path
        sent.append(Sent(method, asked, body or b"", is_lines))
        return send(method, path, params, body, timeout_s, is_lines=is_lines)

    connection.send = noted  # type: ignore[method-assign]
    return sent


def elsewhere(sent: Sequence[Sent], physical: str, other: str) -> list[Sent]:
    """Return what was sent to the index *physical* as it is sent to the *other*, of which no point in time is open.

    What only the engine needs is left out: the manifest, and opening and closing of points in time.
    """
    found = []
    for each in sent:
        if CONTROL_INDEX in each.path or "point_in_time" in each.path:
            continue
        lines = [_without_point(line) for line in each.body.splitlines()]
        if each.path.startswith(("/_search", "/_msearch")):
            own = f"/{other}{each.path}"
            body = b"\n".join(lines) + b"\n" * each.is_lines
            found.append(each._replace(path=own, body=body))
        else:
            found.append(each._replace(path=each.path.replace(physical, other)))
    return found


def _without_point(line: bytes) -> bytes:
    body = json.loads(line)
    body.pop("pit", None)
    return json.dumps(body, ensure_ascii=False).encode()


class BareClient:
    """Sends what was recorded, to one node after another, and reads the answers."""

    def __init__(self, addresses: Sequence[str]) -> None:
        """The cluster must know no users: nobody is said to ask."""
        self._pools = [urllib3.connection_from_url(address) for address in addresses]
        self._turn = 0

    def send(self, sent: Sequence[Sent]) -> None:
        """Send all of it, one after the other."""
        for each in sent:
            pool = self._pools[self._turn % len(self._pools)]
            self._turn += 1
            headers = _LINES if each.is_lines else _OURS
            answer = pool.request(each.method, each.path, body=each.body, headers=headers)
            if answer.status >= 300 and answer.status != 404:
                raise RuntimeError(
                    f"{each.method} {each.path}: {answer.status} {answer.data[:300]!r}"
                )
            if "_bulk" in each.path and b'"errors":true' in answer.data[:100]:
                raise RuntimeError(f"{each.path}: not everything was taken {answer.data[:300]!r}")


class Round(NamedTuple):
    """One round of indexing: seconds of the engine, and of the bare client for the same."""

    ours_s: float
    bare_s: float


def index_once(
    location: Location, settings: Settings, documents: Sequence[Document], jobs: int
) -> Round:
    """Index *documents* by a number of processes into a new index, then send the same to another one."""
    bare = location._replace(name=f"{location.name}-bare")
    credentials = credentials_of(settings)
    for each in (location, bare):
        erase(each, credentials)
    with closing(OpenSearchEngine(location, credentials, make=True, settings=settings)) as engine:
        physical = engine.control.manifest().physical
        parts = [documents[number::jobs] for number in range(jobs)]
        with (
            _Workers(_stage, [(str(location), settings, part) for part in parts]) as workers,
            collected_seldom(),  # here and below as the command that indexes does
        ):
            began = time.perf_counter()
            staged = workers.answers()
            sent = recorded(engine.connection)
            engine.publish(staged)
            ours_s = time.perf_counter() - began
            sent_of_each = workers.answers()
    other = f"{bare.name}-1"
    with closing(OpenSearchEngine(location, credentials, settings=settings)) as engine:
        body = index_body(shards=settings.opensearch_shards, replicas=settings.opensearch_replicas)
        engine.connection.request("PUT", f"/{other}", body | {"aliases": {door_of(other): {}}})
        work = [(location.addresses, elsewhere(own, physical, other)) for own in sent_of_each]
        with _Workers(_replay, work) as workers:
            began = time.perf_counter()
            workers.answers()
            BareClient(location.addresses).send(elsewhere(sent, physical, other))
            bare_s = time.perf_counter() - began
        engine.connection.request("DELETE", f"/{other}")
    return Round(ours_s, bare_s)


def _stage(pipe: Pipe, location: str, settings: Settings, documents: Sequence[Document]) -> None:
    """Stage *documents* when told to; say what was sent, which is not measured, when told again."""
    with (
        closing(open_engine(f"opensearch:{location}", settings=settings)) as engine,
        collected_seldom(),
    ):
        assert isinstance(engine, OpenSearchEngine)
        sent = recorded(engine.connection)
        pipe.send(None)
        pipe.recv()
        handle = engine.stage()
        for document in documents:
            handle.add(document)
        staged: Staged = handle.finish()
        pipe.send(staged)
        pipe.recv()
        pipe.send(list(sent))
        pipe.recv()


def _replay(pipe: Pipe, addresses: Sequence[str], sent: Sequence[Sent]) -> None:
    """Send what was recorded when told to."""
    client = BareClient(addresses)
    pipe.send(None)
    pipe.recv()
    client.send(sent)
    pipe.send(True)
    pipe.recv()


class _Workers:
    """Processes that are ready, do one thing when asked, and end."""

    def __init__(self, work: Callable[..., None], arguments: Sequence[tuple[Any, ...]]) -> None:
        context = get_context("spawn")
        self._pipes, self._processes = [], []
        for each in arguments:
            ours, theirs = context.Pipe()
            process = context.Process(target=work, args=(theirs, *each))
            process.start()
            self._pipes.append(ours)
            self._processes.append(process)
        for pipe in self._pipes:
            pipe.recv()

    def __enter__(self) -> _Workers:
        return self

    def answers(self) -> list[Any]:
        """Have all of them work; return what each answers."""
        for pipe in self._pipes:
            pipe.send(True)
        return [pipe.recv() for pipe in self._pipes]

    def __exit__(self, *_: object) -> None:
        for pipe, process in zip(self._pipes, self._processes, strict=True):
            pipe.send(True)
            process.join()


def pages(
    location: Location, settings: Settings, queries: Sequence[str], rounds: int
) -> list[tuple[float, float, int]]:
    """Return for each page its milliseconds, those of the bare client for its requests, and how many these were.

    The bare client sends the searches alone, not what reads the manifest, which only the engine needs.

    The first round counts for neither: what is found out once is known then, and what the nodes keep is there for both. Then who asks
    first changes with each round: whoever asks second finds fresh in the nodes' memory what the other has asked for.
    """
    gc.set_threshold(COLLECTED_EVERY)  # as the command that serves does
    found = []
    with closing(OpenSearchEngine(location, credentials_of(settings), settings=settings)) as engine:
        sent = recorded(engine.connection)
        service = SearchService(engine, settings)
        bare = BareClient(location.addresses)
        facets = tuple(FacetRequest(name) for name in engine.fields.facets)
        searches: dict[str, list[Sent]] = {}

        def ask(query: str) -> None:
            sent.clear()
            service.search(Question(query, facets=facets, histogram=AUTO))

        def take(query: str) -> int:
            searches[query] = [each for each in sent if CONTROL_INDEX not in each.path]
            return len(sent)

        for query in queries:
            for _ in range(2):  # the second time it asks for nothing that it has found out
                ask(query)
            take(query)
            bare.send(searches[query])
        for number in range(rounds):
            for query in queries:
                times = {}
                for is_ours in (True, False) if number % 2 else (False, True):
                    began = time.perf_counter()
                    if is_ours:
                        ask(query)
                    else:
                        bare.send(searches[query])
                    times[is_ours] = 1000 * (time.perf_counter() - began)
                found.append((times[True], times[False], take(query)))
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cluster", description=__doc__)
    parser.add_argument("index", help="an index on a cluster, which is erased first")
    parser.add_argument("--from", dest="source", required=True, help="the index of the articles")
    parser.add_argument("--docs", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args(arguments)
    settings = in_force().settings._replace(query_timeout_ms=0)
    location = location_of(chosen.index.removeprefix("opensearch:"))
    with closing(open_engine(chosen.source)) as engine:
        documents = list(islice(engine.documents(), chosen.docs))
    documents = [each._replace(added=None, revision=0, story=-1) for each in documents]
    figures: dict[str, Any] = {"articles": len(documents), "cores": os.cpu_count()}
    for jobs in chosen.jobs:
        done = [index_once(location, settings, documents, jobs) for _ in range(chosen.rounds)]
        ratio = statistics.median(each.ours_s / each.bare_s for each in done)
        rate = len(documents) / statistics.median(each.ours_s for each in done)
        figures[f"jobs {jobs}"] = {"rounds": done, "ratio": ratio, "articles_a_second": rate}
        print(f"{jobs} processes: {rate:,.0f} articles/s, {ratio:.2f} of the time of a bare client")
    timed = pages(location, settings, QUERIES, chosen.rounds)
    more = statistics.median(ours - bare for ours, bare, _ in timed)
    ours, bare = (statistics.median(each[column] for each in timed) for column in (0, 1))
    requests = statistics.median(each[2] for each in timed)
    figures["pages"] = {"ours_ms": ours, "bare_ms": bare, "more_ms": more, "requests": requests}
    print(
        f"a page: {ours:.1f} ms, its {requests:.0f} requests alone {bare:.1f} ms, {more:.1f} ms more"
    )
    erase(location, credentials_of(settings))
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
