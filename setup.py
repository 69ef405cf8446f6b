"""What setup.cfg cannot say: inner loops are compiled where there is a C compiler, and the manual page is made of the help.

Without one the installation goes on, and newssearch does the same on numpy and in Python, more slowly.
"""

import sys
from glob import glob
from pathlib import Path
from runpy import run_path

from setuptools import Extension, setup

FOLDER = "search/engines/whoosh_index/kernels/c"
#: Numbers that Python and C share: the C has them from here.
CONSTANTS = "search/engines/whoosh_index/format/constants.py"
NETWORK = "search/enrich/entities/network"
TEXT = "search/text"
#: Folders of Python that mypyc compiles as it is, and what takes longer where it cannot: the one runs for each name of each
#: article, the other for each hit of a page.
COMPILED_PYTHON = {
    "search/enrich/entities/merging": "finding names takes 1.5 times as long",
    "search/highlight": "marking what was found takes twice as long",
}
#: Commands that build; others, as those that ask for a version, have nothing compiled.
BUILDING = {"build", "build_ext", "bdist_wheel", "develop", "editable_wheel", "install"}


def extensions() -> list[Extension]:
    """Return what to compile: nothing where numpy is missing, whose headers it takes."""
    try:
        import numpy
    except ImportError as exc:  # building without isolation, which is to bring numpy
        print(
            f"newssearch: the inner loops are not compiled, as numpy is missing ({exc}); a page of results "
            "takes up to twice as long. To compile them: pip install 'numpy>=2.0', then install newssearch again.",
            file=sys.stderr,
        )
        return []
    return [
        Extension(
            "search.engines.whoosh_index.kernels._kernels",
            sorted(glob(f"{FOLDER}/*.c")),
            depends=[f"{FOLDER}/kernels.h", CONSTANTS],
            include_dirs=[numpy.get_include()],
            define_macros=[(n, str(v)) for n, v in run_path(CONSTANTS).items() if n.isupper()],
            # Products and sums are rounded one by one, as numpy does, so that scores are the same bit by bit.
            extra_compile_args=["-O3", "-ffp-contract=off", "-fvisibility=hidden"],
            optional=True,
        ),
        _network(),
        _words(),
        *_compiled_python(),
    ]


def _network() -> Extension:
    """Return the inner loops of the recogniser of names."""
    numbers = {n: v for n, v in run_path(f"{NETWORK}/constants.py").items() if n.isupper()}
    said = " ".join(f"{name}={value}" for name, value in numbers.items())
    return Extension(
        "search.enrich.entities.network._network",
        sorted(glob(f"{NETWORK}/c/*.c")),
        depends=[f"{NETWORK}/c/network.h", f"{NETWORK}/constants.py"],
        define_macros=[
            *((n, f"({v})") for n, v in numbers.items()),
            ("NUMBERS", f'"{said}"'),
        ],
        extra_compile_args=["-O3", "-fvisibility=hidden"],
        optional=True,
    )


def _words() -> Extension:
    """Return the inner loops of finding words."""
    numbers = {n: v for n, v in run_path(f"{TEXT}/constants.py").items() if n.isupper()}
    return Extension(
        "search.text._words",
        sorted(glob(f"{TEXT}/c/*.c")),
        depends=[f"{TEXT}/constants.py"],
        define_macros=[(name, str(value)) for name, value in numbers.items()],
        extra_compile_args=["-O3", "-fvisibility=hidden"],
        optional=True,
    )


def _compiled_python() -> list[Extension]:
    """Return the modules that mypyc makes extensions of: nothing where it is missing, or finds a type wrong."""
    if not BUILDING.intersection(sys.argv):
        return []
    found: list[Extension] = []
    for folder, loss in COMPILED_PYTHON.items():
        try:
            from mypyc.build import mypycify

            modules = [path for path in glob(f"{folder}/*.py") if not path.endswith("__init__.py")]
            found += mypycify(sorted(modules), group_name=folder.replace("/", "."))
        except (Exception, SystemExit) as exc:  # it ends the process where it cannot compile
            print(
                f"newssearch: {folder} is not compiled ({exc or type(exc).__name__}); {loss}. "
                "To compile it: pip install 'mypy>=1.18', then install newssearch again.",
                file=sys.stderr,
            )
    for extension in found:
        extension.optional = True
    return found


def manual_page() -> list[tuple[str, list[str]]]:
    """Return where the manual page is to lie and where it was written: nothing where click is missing."""
    if not BUILDING.intersection(sys.argv):
        return []
    here = str(Path(__file__).parent)
    sys.path.insert(0, here)
    try:
        from search.cli.manual import man_page

        text = man_page()
    except ImportError as exc:
        print(f"newssearch: there is no manual page in this wheel ({exc})", file=sys.stderr)
        return []
    finally:
        sys.path.remove(here)
    path = Path("build", "man", "newssearch.1")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return [("share/man/man1", [str(path)])]


setup(ext_modules=extensions(), data_files=manual_page())
