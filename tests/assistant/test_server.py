"""`newssearch mcp`, asked by the protocol's own client over a real process."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from search.cli.main import main
from search.model.fields import FIELDS
from tests.support.command_line import PROGRAM, RECORDS

pytest.importorskip("mcp", reason="newssearch[mcp] is not installed")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("assistant")
    (folder / "articles.jsonl").write_text("\n".join(map(json.dumps, RECORDS)), "utf-8")
    arguments = ["--index", str(folder / "index"), "--entities", "none", "--jobs", "1"]
    result = CliRunner().invoke(main, ["index", *arguments, str(folder / "articles.jsonl")])
    assert result.exit_code == 0, result.output
    return folder / "index"


def asked(index: Path, *calls: tuple[str, dict[str, object]]) -> list[object]:
    """Start the program, and return the list of tools and what it answers to each of *calls*."""
    import anyio
    from mcp import Client, StdioServerParameters
    from mcp.client.stdio import stdio_client

    command = StdioServerParameters(
        command=sys.executable, args=["-c", PROGRAM, "mcp", "--index", str(index)]
    )

    async def ask() -> list[object]:
        with anyio.fail_after(60):
            async with Client(stdio_client(command)) as client:
                found: list[object] = [await client.list_tools()]
                for name, arguments in calls:
                    found.append(await client.call_tool(name, arguments))
                return found

    return anyio.run(ask)


def test_every_tool_answers(index):
    listed, *answers = asked(
        index,
        ("search", {"query": "oil", "filters": {"author": ["Rich Miller"]}}),
        ("facets", {"field": "author"}),
        ("article", {"id": "summit"}),
        ("similar", {"id": "summit"}),
        ("attention", {"queries": ["oil"], "interval": "day"}),
    )
    assert [tool.name for tool in listed.tools] == [
        "search",
        "facets",
        "article",
        "similar",
        "attention",
    ]
    assert not any(answer.is_error for answer in answers)
    search, facets, article, similar, attention = (a.structured_content for a in answers)
    assert [hit["id"] for hit in search["hits"]] == ["oil"]
    assert facets["values"][0]["value"] == "Rich Miller"
    assert article["title"] == "Blinken meets NATO in Brussels"
    assert similar["id"] == "summit"
    assert sum(attention["queries"][0]["articles"]) == 1


def test_tools_say_that_they_read_and_how_queries_are_written(index):
    (listed,) = asked(index)
    for tool in listed.tools:
        assert tool.annotations.read_only_hint
    query = listed.tools[0].input_schema["properties"]["query"]["description"]
    assert 'author:"Simon Lewis"' in query
    filters = listed.tools[0].input_schema["properties"]["filters"]["description"]
    assert all(field in filters for field in FIELDS.facets)


def test_an_error_says_what_is_wrong_and_the_next_question_is_answered(index):
    _, wrong, unknown, right = asked(
        index,
        ("search", {"query": "(oil"}),
        ("article", {"id": "nowhere"}),
        ("search", {"query": "oil"}),
    )
    assert wrong.is_error
    assert "never closed" in wrong.content[0].text
    assert unknown.is_error
    assert "no article has the id 'nowhere'" in unknown.content[0].text
    assert right.structured_content["total"] == 1


def test_an_argument_that_a_tool_does_not_have_is_an_error(index):
    _, wrong = asked(index, ("attention", {"queries": ["oil"], "by": "month"}))
    assert wrong.is_error
    assert "attention has no 'by'; there are queries, interval" in wrong.content[0].text


def test_an_argument_of_another_form_is_named_in_one_line(index):
    _, missing, text, other = asked(
        index,
        ("search", {}),
        ("search", {"query": "oil", "filters": {"author": "Ann Lee"}}),
        ("search", {"query": "oil", "sort": "age"}),
    )
    said = [answer.content[0].text.rpartition("search: ")[2] for answer in (missing, text, other)]
    assert said == [
        "query: field required",
        "filters.author: input should be a valid list",
        "sort: input should be 'relevance', 'newest' or 'oldest'",
    ]


def test_descriptions_name_the_limits(index):
    (listed,) = asked(index)
    said = {tool.name: tool.input_schema["properties"] for tool in listed.tools}
    assert "from 1 to 20" in said["search"]["limit"]["description"]
    assert "From 1 to 20,000" in said["article"]["max_chars"]["description"]


def test_without_an_index_the_program_ends_with_a_message(tmp_path):
    result = CliRunner().invoke(main, ["mcp", "--index", str(tmp_path / "none")])
    assert result.exit_code == 2
    assert "no index in" in result.stderr
