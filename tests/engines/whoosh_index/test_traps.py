"""What stock Whoosh 2.7.4 gets wrong, each a test: the table of traps we measured before we began.

Each test runs a query text through our parser and engine, the way a person would meet the trap.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC

from search.engines.protocol.facets import FacetCounts, FacetValue
from search.engines.protocol.request import SearchRequest
from search.engines.whoosh_index.engine import WhooshEngine
from search.engines.whoosh_index.evaluate.limits import Limits
from search.engines.whoosh_index.segment.toc import INDEX_NAME
from search.model.article import Document
from search.model.errors import EngineError, IndexDamaged, QueryError
from search.model.question import FacetRequest
from search.query.parser import parse
from tests.support.documents import document
from tests.support.paths import CHECKOUT


def article(article_id: str, body: str, date: str = "", authors: tuple[str, ...] = ()) -> Document:
    return document(
        article_id,
        title="",
        body=body,
        authors=authors,
        published=datetime.fromisoformat(date).replace(tzinfo=UTC) if date else None,
        published_precision="day" if date else "",
    )


ARTICLES = (
    article("a", "It may be US policy; who will decide?", "2020-06-15", ("Bob Ray", "Ann Lee")),
    article("b", "To be or not to be is the question.", "2020-06-18", ("Lee, Ann",)),
    article("c", "AT&T and O'Neil don't owe 3,000, the U.S. said later.Reuters", "2020-06-19"),
    article("d", "The café served the budget missile.", "2020-06-20"),
    article("e", "Missiles and one firm response, no response firm.", "1605-11-05"),
    article("f", "习近平访问北京。ภาษาไทย 東京タワー", "2020-12-31"),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def engine(folder: Path) -> Iterator[WhooshEngine]:
    with closing(WhooshEngine(folder, make=True)) as engine:
        engine.add(ARTICLES)
        yield engine


def found(engine: WhooshEngine, text: str) -> str:
    hits = engine.search(SearchRequest(tree=parse(text).tree, limit=100)).hits
    return "".join(sorted(hit.article.article_id for hit in hits))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("US", "ac"), ("May", "a"), ("IT", "a"), ("Will", "a"), ("WHO", "a"), ("To be", "b")],
)
def test_names_that_look_like_stop_words_are_found(engine, text, expected):
    """Stock Whoosh drops them as stop words: no hits."""
    assert found(engine, text) == expected


def test_a_sentence_of_stop_words_is_found(engine):
    assert found(engine, "To be or not to be") == "b"
    assert found(engine, '"to be or not to be"') == "b"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("AT&T", "c"), ("O'Neil", "c"), ("neil", ""), ("don't", "c"), ("don", ""), ("3,000", "c"),
        ("000", ""), ("U.S.", "ac"), ("later", "c"), ("Reuters", "c"), ('"later Reuters"', "c"),
    ],
)  # fmt: skip
def test_words_keep_what_is_inside_them(engine, text, expected):
    """Stock Whoosh makes of these nothing, ``neil``, ``don``, ``000``, ``u.`` and ``later.reut``."""
    assert found(engine, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("cafe", "d"), ("CAFÉ", "d"), ("北京", "f"), ("東京", "f"), ("ไทย", "f"), ("京北", "")],
)
def test_accents_and_scripts_without_spaces(engine, text, expected):
    """Stock Whoosh: no hit."""
    assert found(engine, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("missiles", "de"), ('"missiles"', "e"), ('"missile"', "d")]
)
def test_quotes_ask_for_the_exact_word(engine, text, expected):
    """Stock Whoosh has one stemmed field and no way to ask."""
    assert found(engine, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("date:2020-06-15..2020-06-18", "ab"),
        ("after:2020-06-15 before:2020-06-20", "abc"),
        ("date:2020-06", "abcd"),
        ("date:1600..1700", "e"),
        ("before:1700", "e"),
    ],
    ids=["whole days", "the end left out", "a month", "before 1970", "negative instants"],
)
def test_date_ranges_are_what_they_say(engine, text, expected):
    """Stock Whoosh: all of 2020, the 20th included, and every document for some unsigned ranges."""
    assert found(engine, text) == expected


@pytest.mark.parametrize("value", ["notadate", "99999999", "2020-02-30", "2020-13"])
def test_what_is_no_date_is_an_error_with_its_place(value):
    """Stock Whoosh: a silent zero, or a TimeError."""
    with pytest.raises(QueryError) as caught:
        parse(f"oil date:{value}")
    assert (caught.value.kind, caught.value.start) == ("bad-date", 9)


def test_a_minus_excludes(engine):
    """Stock Whoosh searches for ``budget``."""
    assert found(engine, "missile -budget") == "e"


def test_a_double_negation_is_a_tree_like_any_other(engine):
    """Stock Whoosh: IndexError."""
    assert found(engine, "NOT NOT missile") == found(engine, "missile") == "de"


def test_a_phrase_is_marked_as_one():
    """Stock Whoosh marks each of its words wherever it stands alone."""
    from search.highlight.highlighter import Highlighter

    body = ARTICLES[4].article.body
    snippet = Highlighter(parse('"firm response"').tree).snippet(body, 200)
    assert [snippet.text[start:end] for start, end in snippet.marks] == ["firm response"]


def test_a_page_past_the_end_is_empty(engine):
    """Stock Whoosh gives page 2 when asked for page 9 of 2, and says nothing."""
    tree = parse("the").tree
    pages = [engine.search(SearchRequest(tree=tree, limit=2, offset=o)) for o in (0, 2, 16)]
    assert [(page.total, len(page.hits)) for page in pages] == [(3, 2), (3, 1), (3, 0)]


def test_an_author_is_a_whole_name(engine):
    """Stock Whoosh: "Bob Ray,Ann Lee" is one author, or names are split at commas."""
    counts = engine.facets(SearchRequest(facets=(FacetRequest("author"),)))["author"]
    names = ("Ann Lee", "Bob Ray", "Lee, Ann")
    assert counts == FacetCounts(tuple(FacetValue(name, 1) for name in names), 0, 4, len(names))


def test_adding_twice_replaces(engine):
    """Stock Whoosh's ``add_document`` makes two documents of one unique id."""
    engine.add([article("a", "platinum")])
    engine.add([article("a", "platinum")])
    assert found(engine, "platinum") == "a"
    assert engine.stats().articles == len(ARTICLES)


def test_a_failing_article_does_not_poison_the_writer(engine):
    """Stock Whoosh's writer is of no use once ``add_document`` has raised."""

    def broken() -> Iterator[Document]:
        yield article("z", "platinum")
        raise ValueError("a bad record")

    with pytest.raises(ValueError, match="a bad record"):
        engine.add(broken())
    assert found(engine, "platinum") == ""
    engine.add([article("y", "platinum")])
    assert found(engine, "platinum") == "y"


@pytest.mark.parametrize(
    "step", ["staging.write_columns", "commit.write_toc", "commit.sync_folder"]
)
def test_a_failing_commit_frees_the_lock(engine, folder, monkeypatch, step):
    """Stock Whoosh keeps the write lock when ``commit()`` raises, and the next writer cannot open."""

    def full_disk(*_: object) -> None:
        raise EngineError("no space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(f"search.engines.whoosh_index.write.{step}", full_disk)
        with pytest.raises(EngineError, match="no space"):
            engine.add([article("z", "platinum")])
    assert found(engine, "platinum") == ""
    with closing(WhooshEngine(folder, lock_timeout_ms=0)) as other:
        other.add([article("y", "platinum")])
    assert found(engine, "platinum") == "y"


def toc_of(folder: Path) -> Path:
    (toc,) = folder.glob("*.toc")
    return toc


@pytest.mark.parametrize("kept", [0, 1, 10, 0.5, 0.99], ids=str)
def test_a_table_of_contents_cut_short_is_an_index_error(engine, folder, kept):
    """Stock Whoosh: a raw UnpicklingError, EOFError or struct.error."""
    toc = toc_of(folder)
    content = toc.read_bytes()
    toc.write_bytes(content[: kept if isinstance(kept, int) else int(len(content) * kept)])
    with pytest.raises(IndexDamaged, match=re.escape(toc.name)):
        WhooshEngine(folder)


class _Payload:
    """Pickled, it asks the reader to make a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.path,)


def test_a_table_of_contents_runs_no_code(engine, folder, tmp_path):
    """Stock Whoosh unpickles it with all of Python at hand."""
    proof = tmp_path / "ran"
    toc = toc_of(folder)
    storage = FileStorage(str(folder))
    opened = TOC.read(storage, INDEX_NAME)
    toc.unlink()
    opened.segments.append(_Payload(proof))
    opened.write(storage, INDEX_NAME)
    with pytest.raises(IndexDamaged, match=re.escape(toc.name)):
        WhooshEngine(folder)
    assert not proof.exists()


def test_overwritten_bytes_are_found_and_their_file_named(folder):
    """Stock Whoosh opens 2 KB of garbage in a segment, and answers."""
    with closing(WhooshEngine(folder, make=True)) as engine:
        engine.add(article(f"n{n}", f"word{n} " * 20) for n in range(500))
        assert engine.verify() == ()
    victim = max(folder.iterdir(), key=lambda path: path.stat().st_size)
    content = bytearray(victim.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 2048] = bytes(byte ^ 0xFF for byte in content[middle : middle + 2048])
    victim.write_bytes(content)
    with closing(WhooshEngine(folder)) as engine:
        problems = engine.verify()
    assert problems
    assert {victim.name in problem for problem in problems} == {True}


def test_a_wide_prefix_is_bounded_and_said(folder):
    """Stock Whoosh visits every word of 4,000 documents for ``w1*``: 3 to 22 s."""
    with closing(WhooshEngine(folder, make=True, limits=Limits(max_expansions=100))) as engine:
        engine.add(article(f"n{n}", f"w{n} w1{n}") for n in range(4000))
        result = engine.search(SearchRequest(tree=parse("w1*").tree))
        assert 0 < result.total <= 200
        assert len(result.notices) == 1
        assert "100" in result.notices[0]


NOT_USED = {
    "TimeLimitCollector",
    "BufferedWriter",
    "AsyncWriter",
    "QueryParser",
    "MultifieldParser",
}


@pytest.mark.parametrize(
    "path", sorted((CHECKOUT / "search").rglob("*.py")), ids=lambda path: path.name
)
def test_faulty_parts_of_whoosh_are_not_used(path):
    """Limits by time and the buffering writers have open faults; its parser must not see user text."""
    tree = ast.parse(path.read_text("utf-8"))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    names |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    names |= {
        part
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for part in [alias.name for alias in node.names]
    }
    modules = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.module}
    assert names & NOT_USED == set()
    assert not any(module.startswith("whoosh.qparser") for module in modules)


def test_compiling_whoosh_warns_nobody(tmp_path: Path) -> None:
    """Its source has escapes that Python warns about; who installs by uv has it compiled at the first run."""
    command = [sys.executable, "-W", "always", "-X", f"pycache_prefix={tmp_path}", "-c"]
    done = subprocess.run(
        [*command, "import search.engines.whoosh_index.codec, search.engines.whoosh_index.weighting"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "whoosh" not in done.stderr
