"""Who may import whom, and what is not used at all: docs/architecture.md, read from every file."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.support.paths import CHECKOUT

FILES = sorted(p for room in ("search", "web") for p in (CHECKOUT / room).rglob("*.py"))

#: A room, which is a folder or one module -> the rooms right below it; what those may use, it may use too.
BELOW = {
    "search": set(),
    "search.model": set(),
    "search.text": {"search.model"},
    "search.readers": {"search.text"},
    "search.enrich": {"search.text"},
    "search.enrich.embeddings": {"search.text"},
    "search.query": {"search.text"},
    "search.highlight": {"search.query"},
    "search.engines.ranking": {"search.text"},
    "search.engines.protocol": {"search.query", "search.engines.ranking"},
    "search.engines.joining": {"search.engines.protocol"},
    "search.engines.rescoring": {"search.engines.protocol"},
    "search.engines.stories": {"search.text"},
    "search.engines.records": {"search.model"},
    "search.engines.staging": {
        "search.engines.joining",
        "search.engines.records",
        "search.engines.rescoring",
        "search.engines.stories",
    },
    "search.engines.registry": {"search.engines.staging"},
    "search.engines.opensearch": {"search.engines.staging"},
    "search.engines": set(),
    "search.ingest": {
        "search.readers",
        "search.enrich",
        "search.enrich.embeddings",
        "search.engines.staging",
    },
    "search.fetch": {"search.readers"},
    "search.service": {
        "search.highlight",
        "search.engines.protocol",
        "search.enrich.embeddings",
    },
    "search.present": {"search.service", "search.ingest", "search.fetch"},
    "web": {"search.present", "search"},
    "search.assistant": {"search.present", "search"},
    "search.cli": {"web", "search.assistant", "search.engines.registry"},
    **{
        f"search.engines.whoosh_index{room}": {
            f"search.engines.whoosh_index{lower}" for lower in below
        }
        | {"search.engines.staging"}
        # format < kernels < segment < snapshot < evaluate < engine, and segment < write < vectors < engine: `ONLY_FROM`
        # keeps evaluate and write apart.
        for room, below in {
            "": (),
            ".format": (),
            ".kernels": (".format",),
            ".segment": (".kernels",),
            ".snapshot": (".segment",),
            ".evaluate": (".snapshot",),
            ".schema": (),
            ".weighting": (".schema", ".format"),
            ".codec": (".snapshot", ".schema"),
            ".write": (".segment", ".codec"),
            ".old_format": (".segment",),
            ".open_index": (".snapshot",),
            ".vectors": (".open_index", ".write"),
            ".engine": (".evaluate", ".vectors", ".old_format"),
            ".rebuild": (".engine",),
        }.items()
    },
}

#: A room or module -> the only ones above it that may import it, where the order of rooms alone allows more.
#: What is in an index is never asked by what writes one, and the other way round; Whoosh's view of a segment
#: is for the table of contents alone.
ONLY_FROM = {
    "search.engines.staging": {
        "search.engines.registry",
        "search.engines.opensearch",
        "search.ingest",
        *(f"search.engines.whoosh_index.{name}" for name in ("write", "engine", "rebuild")),
    },
    "search.engines.whoosh_index.snapshot": {
        f"search.engines.whoosh_index.{name}"
        for name in ("evaluate", "codec", "open_index", "vectors", "engine")
    },
    "search.engines.whoosh_index.evaluate": {"search.engines.whoosh_index.engine"},
    "search.engines.whoosh_index.write": {
        f"search.engines.whoosh_index.{name}" for name in ("vectors", "engine", "rebuild")
    },
    "search.engines.whoosh_index.codec": {"search.engines.whoosh_index.write"},
}

#: A package -> the only places that may import it.
ONLY_IN = {
    "whoosh": "search/engines/whoosh_index/",
    "numpy": (
        "search/engines/whoosh_index/",
        "search/engines/rescoring/",
        "search/engines/stories/",
        "search/engines/opensearch/",
        "search/enrich/embeddings/",
        "search/enrich/entities/network/",
        *(
            f"search/text/{name}.py"
            for name in ("arrays", "batch", "kernels", "sketches", "strings")
        ),
    ),
    "zstandard": ("search/engines/whoosh_index/", "search/readers/decompression.py"),
    "click": "search/cli/",
    "flask": "web/",
    "jinja2": "web/",
    "werkzeug": "web/",
    "waitress": "web/server.py",
    "bs4": "search/readers/",
    "lxml": "search/readers/",
    "trafilatura": "search/readers/",
    "opensearchpy": "search/engines/opensearch/connection.py",
    "orjson": "search/engines/opensearch/wire.py",
    "urllib3": "search/fetch/",
    "protego": "search/fetch/robots.py",
    "onnxruntime": "search/enrich/embeddings/minilm.py",
    "spacy": "search/enrich/entities/spacy_tagger.py",
    "mcp": ("search/assistant/server.py", "search/cli/mcp.py"),
    "pydantic": "search/assistant/server.py",
    "pypdf": "search/readers/pdf.py",
    "warcio": ("search/readers/warc.py", "search/fetch/archive.py"),
    "webencodings": "search/readers/encodings.py",
    "chardet": "search/readers/encodings.py",
    "pycld2": "search/readers/language.py",
    "Stemmer": "search/text/stems.py",
    # Whoosh's table of contents is a pickle; this file reads it by an allow-list that calls nothing.
    "pickle": "search/engines/whoosh_index/segment/toc.py",
}

#: Never used: each runs, or can be made to run, what was read from outside.
FORBIDDEN_MODULES = {"marshal", "shelve", "dill", "cloudpickle", "code", "codeop", "pty"}
FORBIDDEN_CALLS = {
    "eval", "exec", "compile", "__import__", "os.system", "os.popen", "pickle.load", "pickle.loads",
    "yaml.load", "jinja2.Template", "render_template_string", "flask.render_template_string",
}  # fmt: skip


def module_name(path: Path) -> str:
    parts = path.relative_to(CHECKOUT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path) for path in FILES}


def room_of(module: str) -> str:
    """Return the room of *module*: the longest name in the table that it is or lies in."""
    fitting = [room for room in BELOW if module == room or module.startswith(room + ".")]
    assert fitting, (
        f"{module} is in no room: give it one in tests/test_layers.py and docs/architecture.md"
    )
    return max(fitting, key=len)


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (line, module) of every import of *path*, those inside functions too."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            assert node.module is not None
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield node.lineno, whole if whole in MODULES else node.module


def allowed_below(room: str) -> set[str]:
    below = {room}
    while wider := {lower for upper in below for lower in BELOW[upper]} - below:
        below |= wider
    return below


def name_of(node: ast.expr) -> str:
    """Return ``a.b.c`` for a dotted name, "" for any other expression."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{name_of(node.value)}.{node.attr}"
    return ""


def in_checkout(path: Path) -> str:
    return path.relative_to(CHECKOUT).as_posix()


@pytest.mark.parametrize("path", FILES, ids=in_checkout)
def test_imports_go_downward(path: Path) -> None:
    allowed = allowed_below(room_of(module_name(path)))
    upward = [
        f"line {line}: {module}"
        for line, module in imported(path)
        if module.split(".")[0] in ("search", "web") and room_of(module) not in allowed
    ]
    assert upward == []


@pytest.mark.parametrize("path", FILES, ids=in_checkout)
def test_rooms_with_one_door_are_entered_by_it(path: Path) -> None:
    own = room_of(module_name(path))
    strays = [
        f"line {line}: {module}"
        for line, module in imported(path)
        if module in MODULES
        and (only_from := ONLY_FROM.get(room_of(module)))
        and own not in {room_of(module), *only_from}
    ]
    assert strays == []


def circles(below: Mapping[str, set[str]]) -> set[frozenset[str]]:
    """Return the sets of modules each of which reaches all others of its set."""
    reached = dict(below)
    while wider := {
        module: more
        for module, direct in reached.items()
        if (more := direct.union(*(reached[lower] for lower in direct))) != direct
    }:
        reached |= wider
    return {
        frozenset(lower for lower in modules if module in reached[lower])
        for module, modules in reached.items()
        if module in modules
    }


def test_circles_are_found() -> None:
    below = {"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": {"e"}, "e": {"d"}, "f": {"a"}}
    assert circles(below) == {frozenset("abc"), frozenset("de")}


def test_no_modules_import_each_other() -> None:
    """Not even inside a function or for types alone: who reads one of them would have to read all."""
    below = {
        name: {module for _, module in imported(path) if module in MODULES} - {name}
        for path in FILES
        if (name := module_name(path))
    }
    assert circles(below) == set()


@pytest.mark.parametrize("path", FILES, ids=in_checkout)
def test_packages_stay_in_their_room(path: Path) -> None:
    strays = [
        f"line {line}: {module}"
        for line, module in imported(path)
        if (only_in := ONLY_IN.get(module.split(".")[0]))
        and not in_checkout(path).startswith(only_in)
    ]
    assert strays == []


@pytest.mark.parametrize("path", FILES, ids=in_checkout)
def test_nothing_read_from_outside_is_run(path: Path) -> None:
    modules = [m for _, m in imported(path) if m.split(".")[0] in FORBIDDEN_MODULES]
    calls = [
        node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)
    ]
    named = [
        f"line {c.lineno}: {name_of(c.func)}" for c in calls if name_of(c.func) in FORBIDDEN_CALLS
    ]
    shells = [f"line {c.lineno}" for c in calls if any(k.arg == "shell" for k in c.keywords)]
    assert (modules, named, shells) == ([], [], [])


def test_every_room_of_the_table_exists() -> None:
    assert {room_of(module) for module in MODULES} == set(BELOW)


@pytest.mark.parametrize(
    "module",
    [
        "search.cli.main",
        "search.service.service",
        "search.engines.whoosh_index",
        "search.ingest.run",
    ],
)
def test_heavy_packages_wait_until_they_are_needed(module: str) -> None:
    heavy = ("spacy", "flask", "jinja2", "bs4", "lxml", "trafilatura", "waitress", "whoosh")
    program = f"import sys, {module}; print([m for m in {heavy} if m in sys.modules])"
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "[]"


def test_c_files_call_only_those_of_lower_layers() -> None:
    """The layers are a table in kernels/c/README.md."""
    folder = CHECKOUT / "search/engines/whoosh_index/kernels/c"
    rows = re.findall(r"^\| (\d) \| `(\w+\.[ch])`", (folder / "README.md").read_text("utf-8"), re.M)
    layers = {file: int(layer) for layer, file in rows}
    texts = {path.name: path.read_text("utf-8") for path in folder.glob("*.[ch]")}
    defined = {
        function: file
        for file, text in texts.items()
        for line, function in re.findall(r"^(\w.*)\n(\w+)\(.*\n(?:.*\)\n)?\{", text, re.M)
        if not line.startswith("static")
    }
    upwards = [
        f"{file} calls {function} of {defined[function]}"
        for file, text in texts.items()
        for function in sorted({*re.findall(r"\b(\w+)\(", text)} & defined.keys())
        if file not in ("kernels.h", defined[function])
        and layers[file] <= layers[defined[function]]
    ]

    assert layers.keys() == texts.keys()
    assert {"take_word", "take_window", "merge_sort"} <= defined.keys()
    assert upwards == []


def test_the_page_says_the_same() -> None:
    page = (CHECKOUT / "docs/architecture.md").read_text("utf-8")
    within = "search.engines.whoosh_index."
    said: dict[str, set[str]] = {}
    prefix = ""
    for line in page.partition("```")[2].partition("```")[0].splitlines():
        room, arrow, below = line.partition("->")
        if line.startswith("in " + within.rstrip(".")):
            prefix = within
        elif arrow:
            said[prefix + room.strip()] = {
                prefix + low.strip() for low in below.split(",") if low.strip()
            }
    packages = {"search", "search.engines", within.rstrip(".")}
    held = {
        room: {
            low
            for low in below
            if not (room.startswith(within) and low == "search.engines.staging")
        }
        for room, below in BELOW.items()
        if room not in packages
    }
    assert said == held
