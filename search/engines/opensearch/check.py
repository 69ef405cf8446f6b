"""Whether what a cluster stores of an index is as it was written, and how safely it is kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from search.engines.opensearch.connection import Connection
from search.engines.opensearch.documents import checksum_of, document_of
from search.engines.opensearch.keys import article_of
from search.engines.opensearch.opening import Views
from search.engines.opensearch.view import View
from search.engines.protocol.engine import Volume
from search.model.errors import EngineError
from search.model.fields import FieldTable

#: Damaged articles that are named.
_MOST_NAMED = 20


def verify(connection: Connection, views: Views, fields: FieldTable) -> tuple[str, ...]:
    """Read every document that counts; return a sentence for each that is damaged, and for parts that are not there."""
    with views.reading() as view:
        name = view.manifest.physical
        health = _health(connection, name)
        if health["status"] == "red":
            return (
                f"{name}: {health['unassigned_shards']} of its parts are on no node that runs; start the nodes that are "
                "lost, or restore these parts from a snapshot",
            )
        problems = list(_problems(view, fields))
    if len(problems) > _MOST_NAMED:
        more = len(problems) - _MOST_NAMED
        problems[_MOST_NAMED:] = [f"and {more:,} more articles are damaged"]
    return tuple(problems)


def _problems(view: View, fields: FieldTable) -> Iterator[str]:
    query = {"bool": {"filter": view.stored}}
    counted = view.search({"size": 0, "track_total_hits": True, "query": query})
    total = counted["hits"]["total"]["value"]
    read, before = 0, ""
    for hit in view.hits(query):
        read += 1
        source, article_id = hit["_source"], article_of(hit["_id"]) or hit["_id"]
        if article_id == before:
            yield f"article {article_id}: is counted twice"
        before = article_id
        if "sum" in source and checksum_of(source["doc"]) != source["sum"]:
            yield f"article {article_id}: is not as it was written: its checksum differs"
            continue
        try:
            document = document_of(source, fields)
        except (KeyError, TypeError, ValueError) as exc:
            yield f"article {article_id}: cannot be read ({type(exc).__name__})"
            continue
        if document.article_id != article_id:
            yield f"article {article_id}: is stored under the id of {document.article_id}"
    if read != total:
        yield f"{view.manifest.physical}: counts {total:,} articles and gives {read:,}"


def remarks(connection: Connection, name: str, volumes: Sequence[Volume]) -> tuple[str, ...]:
    """Return sentences on the cluster, on how safely it keeps the index with the documents, *name*, and on its *volumes*."""
    health = _health(connection, name, "?level=shards")
    version = connection.request("GET", "/")["version"]["number"]
    nodes, parts = health["number_of_data_nodes"], health["active_primary_shards"]
    said = [
        f"OpenSearch {version}: {nodes} {'node' if nodes == 1 else 'nodes'} with data; "
        f"{name} has {parts} {'part' if parts == 1 else 'parts'}, {health['active_shards']} with their copies"
    ]
    said += [
        f"volume {label}: {articles:,} {'article' if articles == 1 else 'articles'}, {size:,} bytes"
        for label, articles, size in volumes
    ]
    fewest = min(
        part["active_shards"]
        for index in health["indices"].values()
        for part in index["shards"].values()
    )
    homeless = health["unassigned_shards"]
    if homeless:
        have = "copy has" if homeless == 1 else "copies have"
        said.append(
            f"{homeless} {have} no node: "
            + (
                "until they have one, losing a node may lose articles"
                if fewest < 2
                else f"each part is on {fewest} nodes, so that losing {fewest - 1} of them loses no article"
            )
        )
    elif health["active_shards"] == parts:
        said.append(
            f"there are no copies: losing a node loses articles; set number_of_replicas of {name} on the cluster, or "
            "opensearch_replicas and give newssearch rebuild"
        )
    return tuple(said)


def _health(connection: Connection, name: str, options: str = "") -> dict[str, Any]:
    """Return the health of an index, as the cluster says it."""
    answer = connection.request("GET", f"/_cluster/health/{name}{options}")
    if answer.get("timed_out"):
        raise EngineError(f"{name}: the cluster does not say how it is; try again later")
    return answer
