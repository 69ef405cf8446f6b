"""Installed from a wheel, newssearch has its templates, static files and samples with it, and works anywhere."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from search.cli.samples import samples_folder

#: What a wheel is made from; copied, so that building leaves nothing in the checkout.
SOURCES = ("search", "web", "templates", "seeds", "docs")
LEFT_BEHIND = shutil.ignore_patterns("__pycache__", "*.pyc", "*.so", ".*")

#: Without isolation: what builds is this environment, and no network is needed. Whether numpy is as new in it
#: as pyproject.toml asks for does not matter, as the wheel is used here alone.
BUILD = [sys.executable, "-m", "build", "--no-isolation", "--skip-dependency-check"]

KERNELS = "search/engines/whoosh_index/kernels/_kernels"
NETWORK = "search/enrich/entities/network/_network"
WORDS = "search/text/_words"
#: What is compiled -> the folder of its source, and the numbers that it shares with Python.
EXTENSIONS = {
    KERNELS: (
        "search/engines/whoosh_index/kernels/c",
        "search/engines/whoosh_index/format/constants.py",
    ),
    NETWORK: ("search/enrich/entities/network/c", "search/enrich/entities/network/constants.py"),
    WORDS: ("search/text/c", "search/text/constants.py"),
}
#: Python that is compiled as it is -> its source.
PYTHON_FOLDERS = "search/enrich/entities/merging", "search/highlight"
COMPILED_PYTHON = {
    f"{folder}/{path.stem}": path
    for folder in PYTHON_FOLDERS
    for path in (Path(__file__).parents[1] / folder).glob("[a-z]*.py")
}
COMPILER = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")[0]
needs_compiler = pytest.mark.skipif(
    shutil.which(COMPILER) is None or not Path(sysconfig.get_path("include"), "Python.h").exists(),
    reason=f"no C compiler {COMPILER}, or no Python.h for this Python",
)


@pytest.fixture(scope="session")
def source(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what a wheel is made from, with nothing in it that was built before."""
    source = tmp_path_factory.mktemp("source")
    for name in SOURCES:
        shutil.copytree(checkout / name, source / name, ignore=LEFT_BEHIND)
    for path in checkout.iterdir():
        if path.is_file():
            shutil.copy(path, source)
    return source


@pytest.fixture(scope="session")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from an sdist built from the checkout, without a network."""
    built = tmp_path_factory.mktemp("built")
    run([*BUILD, "--outdir", built], cwd=source)
    [path] = built.glob("*.whl")
    return path


@pytest.fixture(scope="session")
def members(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of a fresh environment that has the wheel."""
    return environment_with(wheel, tmp_path_factory.mktemp("environment"))


@pytest.fixture(scope="session")
def uncompiled(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Like `installed`, built where the compiler fails."""
    copy, built = (tmp_path_factory.mktemp(name) for name in ("source", "built"))
    shutil.copytree(
        source, copy, ignore=shutil.ignore_patterns("build", "*.egg-info"), dirs_exist_ok=True
    )
    run([*BUILD, "--wheel", "--outdir", built], cwd=copy, CC="false")
    [path] = built.glob("*.whl")
    return environment_with(path, tmp_path_factory.mktemp("environment"))


def environment_with(wheel: Path, folder: Path) -> Path:
    """Make an environment in *folder* that has *wheel*, and ours for its dependencies; return its programs.

    A line in a .pth file adds this environment's packages but does not read *their* .pth files, so
    an editable install of the checkout is not seen.
    """
    venv.create(folder, with_pip=False, symlinks=True)
    programs = folder / "bin"
    own = Path(sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)}))
    ours = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (own / "dependencies.pth").write_text("".join(f"{path}\n" for path in sorted(ours)))
    pip = [sys.executable, "-m", "pip", "--python", programs / "python", "install"]
    run([*pip, "--no-deps", "--no-index", "--disable-pip-version-check", wheel], cwd=folder)
    return programs


@pytest.fixture(scope="session")
def elsewhere(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder far from the checkout, with an index of the installed samples in it."""
    folder = tmp_path_factory.mktemp("elsewhere")
    where = "from search.cli.samples import samples_folder; print(samples_folder())"
    samples = run([installed / "python", "-c", where], cwd=folder).strip()
    assert Path(samples).is_relative_to(installed.parent)
    run([installed / "newssearch", "index", "--samples"], cwd=folder)
    return folder


def run(command: list[object], cwd: Path, **variables: str) -> str:
    """Return what *command* prints; fail with all it said where it fails. *variables* are set for it."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "NEWSSEARCH_", "VIRTUAL_ENV"))
    }
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment | variables,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode != 0:
        pytest.fail(f"{command} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done.stdout


def files(folder: Path, wanted: Callable[[Path], bool] = Path.is_file) -> set[str]:
    """Return the files below *folder*, relative to it, without what was made there."""
    found = (path for path in folder.rglob("*") if path.is_file() and wanted(path))
    return {
        path.relative_to(folder).as_posix()
        for path in found
        if "__pycache__" not in path.parts
        and not path.name.startswith(".")
        and path.suffix != ".so"
    }


@pytest.mark.parametrize(
    ("folder", "in_wheel"),
    [
        ("search", "search"),
        ("web", "web"),
        ("templates", "web/templates"),
        ("seeds", "search/seeds"),
        ("docs", "search/docs"),
    ],
    ids=["search", "web-and-static", "templates", "seeds", "docs"],
)
def test_wheel_has_every_file_of(
    checkout: Path, members: set[str], folder: str, in_wheel: str
) -> None:
    expected = files(checkout / folder, lambda path: path.parent.name != "c")

    assert {f"{in_wheel}/{name}" for name in expected} - members == set()


def test_wheel_has_the_licence_and_nothing_but_packages(members: set[str]) -> None:
    tops = {name.split("/")[0] for name in members}

    assert {top for top in tops if not top.endswith((".dist-info", ".data"))} == {"search", "web"}
    assert any(name.endswith("LICENSE") for name in members)


def test_installed_manual_page_is_where_man_looks(installed: Path) -> None:
    page = installed.parent / "share" / "man" / "man1" / "newssearch.1"
    assert "newssearch query" in page.read_text("utf-8").replace("\\-", "-")


def test_installed_program_is_as_a_release_has_to_be(
    checkout: Path, installed: Path, tmp_path: Path
) -> None:
    run([installed / "python", "-W", "error", checkout / ".ci" / "try_wheel.py"], cwd=tmp_path)


def test_source_of_the_loops_is_in_the_sdist_and_not_in_the_wheel(
    checkout: Path, wheel: Path, members: set[str]
) -> None:
    [sdist] = wheel.parent.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}

    for folder, _ in EXTENSIONS.values():
        loops = {f"{folder}/{name}" for name in files(checkout / folder)}
        assert any(name.endswith(".c") for name in loops)
        assert {"setup.py", *loops} <= names
        assert not any(name.startswith(f"{folder}/") for name in members)


@needs_compiler
def test_wheel_has_the_loops_compiled_and_is_of_this_system(wheel: Path, members: set[str]) -> None:
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    together = [f"{folder}__mypyc" for folder in PYTHON_FOLDERS]
    for compiled in (*EXTENSIONS, *COMPILED_PYTHON, *together):
        assert f"{compiled}{suffix}" in members
    assert not wheel.stem.endswith("-none-any")


@needs_compiler
def test_installed_loops_are_compiled(installed: Path, elsewhere: Path) -> None:
    told = run([installed / "newssearch", "doctor"], cwd=elsewhere)

    assert told.splitlines()[-1] == "inner loops: compiled"


def test_installing_goes_on_where_the_compiler_fails(uncompiled: Path, elsewhere: Path) -> None:
    told = run([uncompiled / "newssearch", "doctor"], cwd=elsewhere)

    assert told.startswith("the index is sound")
    assert "on numpy, as none could be compiled" in told


@pytest.mark.parametrize("query", ["Blinken NATO", '"NATO headquarters"', "ukrain* OR grain", "*"])
def test_answers_are_the_same_without_compiled_loops(
    installed: Path, uncompiled: Path, elsewhere: Path, query: str
) -> None:
    asked = ["query", query, "--json", "--facet", "author", "--histogram", "month"]
    one, other = (
        json.loads(run([programs / "newssearch", *asked], cwd=elsewhere))
        for programs in (installed, uncompiled)
    )

    assert one["total"] > 0
    # Cursors and times are of their own moment.
    moment = {"took_ms": 0, "next_cursor": ""}
    assert one | moment == other | moment


@pytest.mark.parametrize("name", EXTENSIONS)
def test_compiled_loops_of_the_checkout_are_not_older_than_their_source(
    checkout: Path, name: str
) -> None:
    compiled = checkout / f"{name}{sysconfig.get_config_var('EXT_SUFFIX')}"
    if not compiled.exists():
        pytest.skip("nothing was compiled in the checkout")
    folder, constants = EXTENSIONS[name]
    sources = [*(checkout / folder).glob("*.[ch]"), checkout / constants]
    newest = max(path.stat().st_mtime for path in sources)
    is_older = compiled.stat().st_mtime < newest

    assert not is_older, "make test compiles anew, and CONTRIBUTING.md has the command"


@pytest.mark.parametrize("name", COMPILED_PYTHON)
def test_compiled_python_of_the_checkout_is_not_older_than_its_source(
    checkout: Path, name: str
) -> None:
    compiled = checkout / f"{name}{sysconfig.get_config_var('EXT_SUFFIX')}"
    if not compiled.exists():
        pytest.skip("nothing was compiled in the checkout")
    is_older = compiled.stat().st_mtime < COMPILED_PYTHON[name].stat().st_mtime

    assert not is_older, "make test compiles anew"


def test_building_goes_on_without_mypyc(source: Path) -> None:
    code = (
        "import runpy, sys; sys.modules['mypyc'] = None; sys.argv = ['setup.py', '--version', 'build'];"
        "runpy.run_path('setup.py', run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=source, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout.strip()) == (0, "0.1.0")
    for folder in PYTHON_FOLDERS:
        assert f"{folder} is not compiled" in done.stderr


def test_building_goes_on_without_numpy(source: Path) -> None:
    """Where nothing isolates the build, nothing brings numpy either."""
    code = (
        "import runpy, sys; sys.modules['numpy'] = None; sys.argv = ['setup.py', '--version'];"
        "runpy.run_path('setup.py', run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=source, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout.strip()) == (0, "0.1.0")
    assert "not compiled, as numpy is missing" in done.stderr


def test_samples_are_found_in_the_checkout(checkout: Path) -> None:
    assert samples_folder() == checkout / "seeds"
    assert len(files(samples_folder())) > 1


def test_installed_version_is_printed(installed: Path, elsewhere: Path) -> None:
    told = run([installed / "newssearch", "--version"], cwd=elsewhere)

    assert "0.1.0" in told


def test_installed_samples_are_found(installed: Path, elsewhere: Path) -> None:
    answer = run([installed / "newssearch", "query", "Blinken NATO", "--json"], cwd=elsewhere)
    first = json.loads(answer)["hits"][0]

    assert "Antony Blinken" in first["people"]
    assert "NATO" in first["organisations"]


#: Prints the status of each page asked for; run by the environment's own Python.
ASK_PAGES = """
import sys
from pathlib import Path
import web
from search.engines.registry import open_engine
from search.service.service import SearchService
pages = web.create_app(SearchService(open_engine("index"))).test_client()
styles = sorted((Path(web.__file__).parent / "static").glob("*.css"))
for url in ["/", "/search?q=blinken", *(f"/static/{style.name}" for style in styles)]:
    print(pages.get(url).status_code, url.partition("static")[1] or url)
"""


def test_installed_pages_have_their_templates_and_static_files(
    installed: Path, elsewhere: Path
) -> None:
    asked = run([installed / "python", "-c", ASK_PAGES], cwd=elsewhere)

    assert set(asked.splitlines()) == {"200 /", "200 /search?q=blinken", "200 static"}


def test_installed_library_runs_the_example_of_the_readme(
    checkout: Path, installed: Path, elsewhere: Path
) -> None:
    [example] = re.findall(
        r"^```python\n(.*?)^```", (checkout / "README.md").read_text("utf-8"), re.M | re.S
    )

    printed = run([installed / "python", "-c", example], cwd=elsewhere)

    assert printed.startswith("1 | ")


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_make_clean_keeps_what_variables_name(checkout: Path, tmp_path: Path) -> None:
    """VENV and INDEX may come from the environment, and mean something else there."""
    copy, away = tmp_path / "copy", tmp_path / "away"
    for name in (
        "search",
        "web",
        "tests",
        "benchmarks",
        ".venv/bin",
        ".opensearch",
        "build",
        "index",
    ):
        (copy / name).mkdir(parents=True)
    (copy / "search" / "ingest").mkdir()
    for name in (*EXTENSIONS, *COMPILED_PYTHON):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / f"{name}.cpython-311-x86_64-linux-gnu.so").touch()
    for name in COMPILED_PYTHON:
        (copy / f"{name}.py").touch()
    shutil.copy(checkout / "Makefile", copy)
    away.mkdir()
    (away / "pyvenv.cfg").touch()
    environment = {**os.environ, "VENV": str(away), "INDEX": str(away)}
    clean = ["make", "-f", str(copy / "Makefile"), "clean"]

    elsewhere = subprocess.run(clean, cwd=away, env=environment, check=False, capture_output=True)
    subprocess.run(clean, cwd=copy, env=environment, check=True, capture_output=True)

    assert elsewhere.returncode != 0
    assert (away / "pyvenv.cfg").exists()
    left = {path.name for path in copy.iterdir()}
    assert left == {"Makefile", "search", "web", "tests", "benchmarks", "index"}
    assert not any(list((copy / name).parent.iterdir()) for name in EXTENSIONS)
