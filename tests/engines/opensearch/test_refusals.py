"""Each way in which a cluster does not answer, and the sentence that says so; TLS, users and keys, which are never printed."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import closing

import pytest

from search.engines.opensearch import connection as room
from search.engines.opensearch.connection import Connection, Credentials, Unanswered, put_item
from search.engines.opensearch.location import location_of
from search.model.errors import EngineError, IndexMissing, SearchError, SettingError
from tests.support.cluster_stub import CERTIFICATE, SILENCE, ClusterStub, basic, cluster_stub, error

SECRET = "open sesame"
KNOWN = str(CERTIFICATE)
NOBODY = Credentials()


@pytest.fixture
def stub() -> Iterator[ClusterStub]:
    with cluster_stub() as stub:
        yield stub


@pytest.fixture(scope="module")
def secure() -> Iterator[ClusterStub]:
    with cluster_stub(is_encrypted=True) as stub:
        yield stub


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_FIRST_PAUSE_S", 0.001)
    monkeypatch.setattr(room, "_LONGEST_PAUSE_S", 0.002)


def connected(
    *urls: str,
    credentials: Credentials = NOBODY,
    patience_s: float = 60,
    timeout_s: float = 30,
) -> Connection:
    return Connection(
        location_of(f"{','.join(urls)}/news"),
        credentials,
        read_timeout_s=timeout_s,
        write_timeout_s=timeout_s,
        patience_s=patience_s,
    )


def refusal(connection: Connection) -> EngineError:
    with closing(connection), pytest.raises(EngineError) as caught:
        connection.request("GET", "/news/_doc/1")
    return caught.value


class TestWhoAsks:
    @pytest.mark.parametrize(
        ("credentials", "sent"),
        [
            (Credentials("ann", SECRET, authorities=KNOWN), basic("ann", SECRET)),
            (Credentials("ann", "grün:ß", authorities=KNOWN), basic("ann", "grün:ß")),
            (Credentials(api_key="a2V5OmtleQ==", authorities=KNOWN), "ApiKey a2V5OmtleQ=="),
            (Credentials(authorities=KNOWN), ""),
        ],
        ids=["user and password", "password of other letters", "key", "nobody"],
    )
    def test_is_said_with_each_request(
        self, secure: ClusterStub, credentials: Credentials, sent: str
    ) -> None:
        secure.authorization = sent
        secure.asked.clear()
        secure.answers((200, {"errors": False}))
        with closing(connected(secure.url(), credentials=credentials)) as connection:
            connection.request("GET", "/news/_doc/1")
            connection.bulk("news", [put_item("1", b"{}")])

        assert [asked.authorization for asked in secure.asked] == [sent, sent]

    @pytest.mark.parametrize(
        "credentials",
        [
            Credentials("ann", SECRET, authorities=KNOWN),
            Credentials(api_key=SECRET, authorities=KNOWN),
            Credentials(authorities=KNOWN),
        ],
        ids=["wrong password", "wrong key", "nobody"],
    )
    def test_is_said_not_to_be_known_and_no_secret_is_told(
        self, secure: ClusterStub, credentials: Credentials, caplog: pytest.LogCaptureFixture
    ) -> None:
        secure.authorization = basic("ann", "another")
        caplog.set_level(logging.DEBUG)

        refused = refusal(connected(secure.url(), credentials=credentials))

        assert "does not know the user, password or key; set NEWSSEARCH_OPENSEARCH_USER" in str(
            refused
        )
        told = f"{refused!r} {refused} {credentials!r} {refused.__cause__!r} {caplog.text}"
        assert SECRET not in told
        assert basic("ann", SECRET) not in told

    def test_may_be_refused_one_thing(self, stub: ClusterStub) -> None:
        stub.answers(
            (403, error("security_exception", "no permissions for [indices:data/read/get]"))
        )

        assert "does not allow this (no permissions for" in str(refusal(connected(stub.url())))

    @pytest.mark.parametrize(
        "url", ["http://news.example:9200", "http://192.0.2.1:9200"], ids=["name", "address"]
    )
    def test_is_never_told_another_computer_in_clear(self, url: str) -> None:
        with pytest.raises(SettingError, match="not sent without encryption") as caught:
            connected(url, credentials=Credentials("ann", SECRET))

        assert SECRET not in str(caught.value)

    def test_is_not_in_the_name_of_an_index(self) -> None:
        with pytest.raises(SearchError, match="have no place in the name") as caught:
            location_of(f"https://ann:{SECRET.replace(' ', '')}@localhost:9200/news")

        assert SECRET.replace(" ", "") not in str(caught.value)


class TestCertificates:
    @pytest.mark.parametrize(
        ("host", "authorities", "why"),
        [("localhost", "", "self.signed"), ("127.0.0.1", KNOWN, "IP address mismatch")],
        ids=["of nobody who is trusted", "of another name"],
    )
    def test_that_are_wrong_are_refused(
        self, secure: ClusterStub, host: str, authorities: str, why: str
    ) -> None:
        secure.asked.clear()
        credentials = Credentials("ann", SECRET, authorities=authorities)

        told = str(refusal(connected(secure.url(host), credentials=credentials)))

        assert re.search(rf"certificate is not believed \(.*{why}.*\); set opensearch_ca", told)
        assert secure.asked == []

    def test_where_there_is_no_encryption_are_missed(self, stub: ClusterStub) -> None:
        told = str(refusal(connected(stub.url().replace("http:", "https:"))))

        assert re.search("localhost.* does not encrypt; .* write http:", told)
        assert stub.asked == []

    def test_where_there_is_encryption_are_to_be_asked_for(self, secure: ClusterStub) -> None:
        secure.asked.clear()

        told = str(refusal(connected(secure.url().replace("https:", "http:"))))

        assert re.search(
            "localhost.*no answer that can be read; if it encrypts, write https:", told
        )
        assert secure.asked == []

    @pytest.mark.parametrize(
        "page",
        [
            "<html>The plain HTTP request was sent to HTTPS port</html>",
            "Client sent an HTTP request to an HTTPS server.",
        ],
        ids=["proxy", "server"],
    )
    def test_that_a_server_misses_itself_are_to_be_asked_for(
        self, stub: ClusterStub, page: str
    ) -> None:
        stub.answers((400, page))

        assert "if it encrypts, write https:" in str(refusal(connected(stub.url())))

    @pytest.mark.parametrize(
        ("authorities", "why"),
        [("nowhere.pem", "No such file"), (__file__, "no certificate")],
        ids=["of no file", "of another file"],
    )
    def test_that_are_none_are_said(self, secure: ClusterStub, authorities: str, why: str) -> None:
        credentials = Credentials(authorities=authorities)
        with (
            closing(connected(secure.url(), credentials=credentials)) as connection,
            pytest.raises(SettingError, match=f"opensearch_ca: .*{why}"),
        ):
            connection.request("GET", "/")


class TestFailures:
    @pytest.mark.parametrize("answer", [[1, 2], {"ok": True}], ids=["list", "ok"])
    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("PUT", "/news"),
            ("PUT", "/newssearch-control/_doc/news%2Ftext"),
            ("POST", "/news/_bulk"),
            ("POST", "/_msearch"),
            ("POST", "/_search"),
            ("POST", "/news/_search/point_in_time"),
            ("POST", "/news/_delete_by_query"),
            ("GET", "/_cat/health"),
        ],
    )
    def test_where_a_proxy_answers_in_the_place_of_the_cluster(
        self, method: str, path: str, answer: object, stub: ClusterStub
    ) -> None:
        """Else it would be taken for done what nobody has done."""
        stub.answers((200, answer))
        with (
            closing(connected(stub.url())) as connection,
            pytest.raises(EngineError, match=r"no OpenSearch from 2\.19 to 3 \(.*\); correct"),
        ):
            connection.request(method, path)

    def test_of_a_proxy_that_says_so_in_a_page(self, stub: ClusterStub) -> None:
        stub.answers(*[(502, "<html>Bad gateway</html>")] * 20)

        told = str(refusal(connected(stub.url(), patience_s=0)))

        assert "cannot answer now (status 502 without JSON)" in told

    def test_where_nobody_listens(self) -> None:
        with cluster_stub() as stub:
            url = stub.url("127.0.0.1")

        assert re.fullmatch(
            rf"{url}: no OpenSearch answers there \(.*\); start it, or correct the address .*",
            str(refusal(connected(url))),
        )

    def test_the_next_node_is_asked(self, stub: ClusterStub) -> None:
        with cluster_stub() as ended:
            dead = ended.url("127.0.0.1")
        stub.answers((200, {"found": True}))

        with closing(connected(dead, stub.url(), dead)) as connection:
            answers = [connection.request("GET", "/news/_doc/1") for _ in range(4)]

        assert answers == [{"found": True}] * 4

    def test_silence_is_given_up(self, stub: ClusterStub) -> None:
        stub.answers(SILENCE)

        assert "no answer in time" in str(
            refusal(connected(stub.url(), timeout_s=0.1, patience_s=0))
        )

    def test_a_silent_node_is_passed_over(self, stub: ClusterStub) -> None:
        with (
            cluster_stub() as silent,
            closing(connected(silent.url(), stub.url(), timeout_s=0.3)) as connection,
        ):
            silent.answers(SILENCE)
            stub.answers((200, {"found": True}))
            answers = [connection.request("GET", "/news/_doc/1") for _ in range(6)]

        assert answers == [{"found": True}] * 6
        assert len(silent.asked) <= 1

    @pytest.mark.parametrize(
        ("status", "said"),
        [
            (429, error("rejected_execution_exception", "queue is full")),
            (429, error("circuit_breaking_exception", "[parent] Data too large")),
            (503, error("cluster_manager_not_discovered_exception", "none")),
            (
                503,
                error(
                    "cluster_block_exception",
                    "blocked by: [SERVICE_UNAVAILABLE/2/no cluster-manager];",
                ),
            ),
            (500, error("retry_on_primary_exception", "shard is not in primary mode")),
            (502, "<html>Bad gateway</html>"),
        ],
        ids=[
            "queue full",
            "memory full",
            "no manager",
            "blocked without a manager",
            "lost primary",
            "proxy",
        ],
    )
    def test_what_passes_is_asked_again(self, stub: ClusterStub, status: int, said: object) -> None:
        stub.answers((status, said), (status, said), (200, {"found": True}))

        with closing(connected(stub.url())) as connection:
            answer = connection.request("GET", "/news/_doc/1")

        assert (answer, len(stub.asked)) == ({"found": True}, 3)

    @pytest.mark.parametrize(
        ("status", "said", "sentence"),
        [
            (429, error("rejected_execution_exception", "queue is full"), "cannot answer now .*queue is full"),
            (503, error("cluster_manager_not_discovered_exception", "no manager"), "see whether all its nodes run"),
            (500, error("search_phase_execution_exception", "all shards failed"), "all shards failed.*all its nodes"),
            (
                403,
                error("cluster_block_exception", "blocked by: [FORBIDDEN/12/index read-only / allow delete (api)];"),
                "takes no more .*disks are full",
            ),
            (
                429,
                error("cluster_block_exception", "blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage];"),
                "takes no more .*disks are full",
            ),
            (503, "", r"cannot answer now \(status 503\)"),
            (413, "", "larger than http.max_content_length"),
            (400, error("illegal_argument_exception", "too many clauses"), "refuses a request .*too many clauses"),
            (400, "no JSON at all", "refuses a request"),
        ],
        ids=["429", "no manager", "red", "read-only", "flood stage", "no reason", "too large", "bad request", "no JSON"],
    )  # fmt: skip
    def test_what_does_not_pass_is_said(
        self, stub: ClusterStub, status: int, said: object, sentence: str
    ) -> None:
        stub.answers((status, said))

        told = str(refusal(connected(stub.url(), patience_s=0.01)))

        assert told.startswith(f"{stub.url()}: ")
        assert re.search(sentence, told)
        assert "\n" not in told

    def test_a_part_that_has_moved_to_another_node_is_asked_there(self, stub: ClusterStub) -> None:
        """A point in time has lost what its words are read by: who asks opens another one."""
        said = error("query_shard_exception", "failed to create query: this Analyzer is closed")
        stub.answers((400, said))

        assert isinstance(refusal(connected(stub.url())), Unanswered)

    def test_a_missing_index_is_one(self, stub: ClusterStub) -> None:
        stub.answers((404, error("index_not_found_exception", "no such index [news]")))

        refused = refusal(connected(stub.url()))

        assert isinstance(refused, IndexMissing)
        assert re.search(
            r"no such index \[news\].* snapshot, or .*'news' of newssearch-control", str(refused)
        )


class TestBulk:
    @staticmethod
    def items(*statuses: int) -> tuple[int, object]:
        said = [
            {"index": {"status": status}}
            if status < 300
            else {"index": {"status": status, **error("rejected_execution_exception", "full")}}
            for status in statuses
        ]
        return 200, {"errors": any(status >= 300 for status in statuses), "items": said}

    def test_only_what_was_not_taken_is_sent_again(self, stub: ClusterStub) -> None:
        stub.answers(self.items(200, 429, 201, 503), self.items(200, 429), self.items(200))
        sent = [put_item(str(number), b'{"n":%d}' % number) for number in range(4)]

        with closing(connected(stub.url())) as connection:
            connection.bulk("news", sent)

        assert [asked.body for asked in stub.asked] == [b"".join(sent), sent[1] + sent[3], sent[3]]

    def test_what_is_never_taken_is_said(self, stub: ClusterStub) -> None:
        stub.answers(self.items(429))

        with (
            closing(connected(stub.url(), patience_s=0.01)) as connection,
            pytest.raises(EngineError, match=r"took no more documents .*fewer --jobs"),
        ):
            connection.bulk("news", [put_item("1", b"{}")])

    def test_one_refused_document_fails_all(self, stub: ClusterStub) -> None:
        refused = error(
            "strict_dynamic_mapping_exception", "introduction of [colour] is not allowed"
        )
        stub.answers((200, {"errors": True, "items": [{"index": {"status": 400, **refused}}]}))

        with (
            closing(connected(stub.url())) as connection,
            pytest.raises(EngineError, match=r"introduction of \[colour\]"),
        ):
            connection.bulk("news", [put_item("1", b"{}")])


@pytest.mark.parametrize(
    ("said", "is_right"),
    [
        ({"distribution": "opensearch", "number": "2.19.6"}, True),
        ({"distribution": "opensearch", "number": "3.8.0"}, True),
        ({"distribution": "opensearch", "number": "2.11.1"}, False),
        ({"distribution": "opensearch", "number": "4.0.0"}, False),
        ({"number": "8.19.0"}, False),
        ({}, False),
    ],
    ids=["2.19", "3.8", "too old", "too new", "another program", "no version"],
)
def test_only_versions_that_were_tried_are_used(
    stub: ClusterStub, said: dict[str, str], is_right: bool
) -> None:
    stub.answer = lambda asked: (200, {"version": said})
    told = []
    with closing(connected(stub.url())) as connection:
        try:
            connection.version()
        except EngineError as exc:
            told.append(str(exc))
    assert (not told) == is_right
    assert all("no OpenSearch from 2.19 to 3" in sentence for sentence in told)
