"""What /openapi.json promises is what the running server does: schemathesis asks it whatever it may be asked."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Thread

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS

from search.model.fields import FIELDS
from search.model.settings import Settings
from search.service.limits import Limits
from tests.support.copied_story import COPIED, by_name
from tests.support.web_site import ARTICLES, site
from web import ServerLimits
from web.addresses import listening_on
from web.openapi import described
from web.parameters import parameters_of
from web.server import Server


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The address of a server that runs."""
    app = site((*ARTICLES, *COPIED), story_of=by_name).application
    with Server(app, listening_on("127.0.0.1", 0), ServerLimits()) as server:
        thread = Thread(target=server.run)
        thread.start()
        yield f"http://127.0.0.1:{server.port}"
        server.stop()
        thread.join()


@pytest.fixture(scope="module")
def promised(address: str) -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_url(f"{address}/openapi.json")


#: A query can be of the right form for a schema and none of the language: that is a 400. And what a schema refuses as a number
#: can be a fine text once it stands in an address.
LEFT_OUT = ["positive_data_acceptance", "negative_data_rejection"]


PATHS = sorted(described(FIELDS, Limits(), Settings(), "/")["paths"])


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("path", PATHS)
def test_the_server_does_what_it_says(
    promised: schemathesis.BaseSchema, path: str, mode: GenerationMode
) -> None:
    @settings(
        max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    @given(case=promised[path]["GET"].as_strategy(generation_mode=mode))
    def check(case: schemathesis.Case) -> None:
        case.call_and_validate(excluded_checks=CHECKS.get_by_names(LEFT_OUT))

    check()


def test_every_parameter_of_a_search_is_described() -> None:
    client = site()
    paths = client.get("/openapi.json").get_json()["paths"]
    named = {each["name"] for each in paths["/api/v1/search"]["get"]["parameters"]}

    assert named == {*parameters_of(), "cursor", "fields"}


def test_every_route_of_the_api_is_described() -> None:
    client = site()
    paths = client.get("/openapi.json").get_json()["paths"]
    rules = {
        rule.rule.replace("<", "{").replace("int:", "").replace(">", "}")
        for rule in client.application.url_map.iter_rules()
        if rule.rule.startswith(("/api/", "/search.", "/trends.json")) and "path:" not in rule.rule
    }

    assert rules == set(paths)


def test_the_prefix_and_keys_are_described() -> None:
    service = site().application.view_functions["openapi"].__self__
    told = described(service._fields, service._limits, Settings(api_keys="keys"), "/news/")

    assert told["servers"] == [{"url": "/news"}]
    assert told["security"] == [{"bearer": []}, {"header": []}]
    assert site(settings=Settings(serve_prefix="/news")).get("/news/openapi.json").get_json()[
        "servers"
    ] == [{"url": "/news"}]
