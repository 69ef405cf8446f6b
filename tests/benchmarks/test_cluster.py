"""What the benchmark of the distributed engine replays: what it sent, but for what only the engine needs."""

from __future__ import annotations

import json
from contextlib import closing

from benchmarks.cluster import BareClient, Sent, elsewhere, recorded
from search.engines.opensearch.connection import Connection
from search.engines.opensearch.location import location_of
from tests.support.cluster_stub import cluster_stub


def test_searches_go_to_the_other_index_without_a_point_in_time():
    sent = [
        Sent("GET", "/newssearch-control/_doc/news", b"", False),
        Sent("POST", "/news-1/_search/point_in_time?keep_alive=10m", b"", False),
        Sent("POST", "/news-1/_bulk", b'{"index":{"_id":"a@1"}}\n{"id":"a"}\n', True),
        Sent("POST", "/_search?a=b", b'{"size":1,"pit":{"id":"x"}}', False),
        Sent("POST", "/_msearch", b'{}\n{"size":2,"pit":{"id":"x"}}\n', True),
        Sent("DELETE", "/_search/point_in_time", b"{}", False),
    ]
    found = elsewhere(sent, "news-1", "other")
    assert [(each.method, each.path) for each in found] == [
        ("POST", "/other/_bulk"), ("POST", "/other/_search?a=b"), ("POST", "/other/_msearch"),
    ]  # fmt: skip
    lines = [[json.loads(line) for line in each.body.splitlines()] for each in found]
    assert lines == [[{"index": {"_id": "a@1"}}, {"id": "a"}], [{"size": 1}], [{}, {"size": 2}]]
    assert [each.body[-1:] == b"\n" for each in found] == [True, False, True]


def test_what_is_recorded_is_sent_again_to_the_letter():
    with cluster_stub() as stub:
        stub.answers((200, {"_shards": {"failed": 0}, "hits": {"hits": []}, "responses": []}))
        with closing(Connection(location_of(f"{stub.url()}/news"))) as connection:
            sent = recorded(connection)
            connection.request("POST", "/_search", {"size": "ü"}, {"refresh": True})
            connection.request("POST", "/_msearch", b'{}\n{"size":0}\n')
        asked = [(each.method, json.loads(each.body.splitlines()[-1])) for each in stub.asked]
        stub.asked.clear()
        BareClient([stub.url()]).send(sent)

        again = [(each.method, json.loads(each.body.splitlines()[-1])) for each in stub.asked]
        assert (len(sent), again) == (2, asked)
        assert [each.is_lines for each in sent] == [False, True]
