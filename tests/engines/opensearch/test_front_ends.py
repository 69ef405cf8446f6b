"""What people see where a cluster cannot be used: a sentence and exit status 2 at the terminal, a page or JSON with 503."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from click.testing import CliRunner

from search.cli.main import main
from search.engines.opensearch.engine import OpenSearchEngine
from search.engines.opensearch.location import location_of
from search.engines.opensearch.manifest import Manifest
from search.service.service import SearchService
from tests.support.cluster_stub import CERTIFICATE, Asked, ClusterStub, basic, cluster_stub, error
from web import create_app

PASSWORD = "open sesame"
RED = 500, error("search_phase_execution_exception", "all shards failed")


@pytest.fixture
def stub() -> Iterator[ClusterStub]:
    with cluster_stub() as stub:
        yield stub


@pytest.fixture
def secure(monkeypatch: pytest.MonkeyPatch) -> Iterator[ClusterStub]:
    monkeypatch.setenv("NEWSSEARCH_OPENSEARCH_USER", "ann")
    monkeypatch.setenv("NEWSSEARCH_OPENSEARCH_PASSWORD", PASSWORD)
    monkeypatch.setenv("NEWSSEARCH_OPENSEARCH_CA", str(CERTIFICATE))
    with cluster_stub(is_encrypted=True) as stub:
        yield stub


def said(*arguments: str) -> str:
    """Return what a command writes that ends with status 2 and prints nothing else."""
    result = CliRunner().invoke(main, arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("newssearch: ")
    assert PASSWORD not in result.stderr
    return result.stderr


class TestTerminal:
    @pytest.mark.parametrize(
        "command", [["query", "gold"], ["stats"], ["facets", "source"], ["doctor"], ["index", "--samples"]]
    )  # fmt: skip
    def test_says_that_nobody_answers(self, command: list[str]) -> None:
        with cluster_stub() as ended:
            url = ended.url("127.0.0.1")

        told = said(*command, "--index", f"opensearch:{url}/news")

        assert f"{url}: no OpenSearch answers there" in told
        assert len(told.splitlines()) == 1

    def test_says_that_a_password_is_wrong(self, secure: ClusterStub) -> None:
        secure.authorization = basic("ann", "another")

        told = said("query", "gold", "--index", f"opensearch:{secure.url()}/news")

        assert "does not know the user, password or key" in told

    def test_says_that_a_certificate_is_wrong(self, secure: ClusterStub) -> None:
        told = said("query", "gold", "--index", f"opensearch:{secure.url('127.0.0.1')}/news")

        assert "certificate is not believed" in told
        assert secure.asked == []

    def test_says_that_there_is_no_such_index(self, stub: ClusterStub) -> None:
        stub.answers((404, error("index_not_found_exception", "no such index")))

        told = said("query", "gold", "--index", f"opensearch:{stub.url()}/news")

        assert "no index 'news' at" in told
        assert "newssearch index --index opensearch:" in told

    @pytest.mark.parametrize("command", [["query", "gold"], ["index", "--samples"]], ids=" ".join)
    @pytest.mark.parametrize(
        "answer",
        [(200, "<h1>Router</h1>"), (404, "<h1>Not found</h1>"), (301, ""), (200, "hello"), (200, {"hello": 1}), (200, [1])],
        ids=["page", "missing page", "redirection", "text", "object", "list"],
    )  # fmt: skip
    def test_says_that_another_program_answers(
        self, stub: ClusterStub, command: list[str], answer: tuple[int, object]
    ) -> None:
        stub.answers(answer)

        told = said(*command, "--index", f"opensearch:{stub.url()}/news")

        assert f"{stub.url()}: what answers there is no OpenSearch from 2.19 to 3" in told

    def test_makes_nothing_on_a_cluster_of_another_version(self, stub: ClusterStub) -> None:
        old = {"version": {"distribution": "opensearch", "number": "1.3.20"}}
        stub.answer = lambda asked: (200, old) if asked.path == "/" else (404, {})

        told = said("index", "--samples", "--index", f"opensearch:{stub.url()}/news")

        assert "no OpenSearch from 2.19 to 3 (1.3.20)" in told
        assert {asked.method for asked in stub.asked} == {"HEAD", "GET"}

    def test_never_takes_a_password_from_the_command_line(self, secure: ClusterStub) -> None:
        with_password = f"opensearch:https://ann:{PASSWORD.replace(' ', '')}@localhost/news"

        told = said("query", "gold", "--index", with_password)

        assert PASSWORD.replace(" ", "") not in told
        assert secure.asked == []


@pytest.mark.parametrize("path", ["/search?q=gold", "/api/v1/search?q=gold"], ids=["page", "API"])
def test_web_says_that_the_cluster_cannot_answer(
    stub: ClusterStub, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("search.engines.opensearch.opening.ASK_ANEW_S", 0.0)
    kept = {"_source": Manifest("news-1").to_json(), "_seq_no": 1, "_primary_term": 1}

    def answer(asked: Asked) -> tuple[int, object]:
        return (200, kept) if "newssearch-control" in asked.path else RED

    stub.answer = answer
    with closing(OpenSearchEngine(location_of(f"{stub.url()}/news"))) as engine:
        response = create_app(SearchService(engine)).test_client().get(path)

    assert response.status_code == 503
    assert "all shards failed" in response.text
    assert "see whether all its nodes run" in response.text
