"""Engines by name: ``open_engine("whoosh:index")``."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

from search.engines.protocol.engine import Engine
from search.model.errors import RequestError
from search.model.settings import Settings

if TYPE_CHECKING:
    from search.engines.staging import Rebuild, StagingEngine


class OpenIndex(Protocol):
    """What an engine registers to be opened by."""

    def __call__(self, location: str, *, make: bool, settings: Settings) -> Engine:
        """Open the index at *location*, the name without its prefix.

        With *make*, an empty index is made where there is none. Raises `EngineError` and below.
        """
        ...


class Registration(NamedTuple):
    """Where the functions of an engine are, and what to install for it."""

    #: ``module:function``; the function is an `OpenIndex`.
    opener: str
    #: What pip installs.
    requirement: str
    #: ``module:function``; the function takes a location and settings, and returns what `Checkable.verify` does, even
    #: for an index that cannot be opened. "" for an engine that keeps no checksums.
    checker: str = ""
    #: ``module:function``; the function takes a location and settings, and returns a `Rebuild`. "" for an engine
    #: whose indexes cannot be rebuilt.
    rebuilder: str = ""
    #: ``module:function``; the function takes a location and returns the names that it has, of which two locations of
    #: one index share one. "" where a location is the one name.
    namer: str = ""
    #: A location, for a person who named none.
    example: str = "news"


#: Prefix of an index's name -> the engine that has it.
ENGINES = {
    "whoosh": Registration(
        "search.engines.whoosh_index.engine:open_folder",
        "newssearch",
        "search.engines.whoosh_index.engine:verify_folder",
        "search.engines.whoosh_index.rebuild:open_rebuild",
    ),
    "opensearch": Registration(
        "search.engines.opensearch.engine:open_location",
        "'newssearch[opensearch]'",
        "search.engines.opensearch.engine:verify_location",
        "search.engines.opensearch.rebuild:open_rebuild",
        "search.engines.opensearch.location:names_of",
        example="https://host:9200/news",
    ),
}

#: The prefix of names without one.
DEFAULT = "whoosh"


def open_engine(index: str, *, make: bool = False, settings: Settings | None = None) -> Engine:
    """Open the index named by *index*: ``PREFIX:LOCATION``, or just a folder.

    With *make*, an index is made where there is none. Raises `RequestError` for an unknown engine or one
    that is not installed, `EngineError` and below.
    """
    prefix, location = _taken_apart(index)
    opener = cast("OpenIndex", _imported(index, prefix, ENGINES[prefix].opener))
    return opener(location, make=make, settings=Settings() if settings is None else settings)


def verify_index(index: str, settings: Settings) -> tuple[str, ...]:
    """Read all of an index, even one that cannot be opened; return a sentence for each damaged part.

    Raises `RequestError` for an unknown engine, or one that keeps no checksums, `EngineError` and below.
    """
    prefix, location = _taken_apart(index)
    if not ENGINES[prefix].checker:
        raise RequestError(
            f"index {index}: its engine keeps no checksums, so there is nothing to compare"
        )
    checker = cast(
        "Callable[[str, Settings], tuple[str, ...]]",
        _imported(index, prefix, ENGINES[prefix].checker),
    )
    return checker(location, settings)


def open_rebuild(index: str, settings: Settings) -> Rebuild:
    """Return the rebuilding of an index, which may be of an older format.

    Raises `RequestError` for an unknown engine, or one whose indexes cannot be rebuilt, `EngineError` and below.
    """
    prefix, location = _taken_apart(index)
    if not ENGINES[prefix].rebuilder:
        raise RequestError(f"index {index}: its engine has no way to rebuild it")
    rebuilder = cast(
        "Callable[[str, Settings], Rebuild]", _imported(index, prefix, ENGINES[prefix].rebuilder)
    )
    return rebuilder(location, settings)


def _imported(index: str, prefix: str, path: str) -> object:
    """Return the function at *path* of the engine with that *prefix*. Raises `RequestError` where it is missing."""
    module, _, function = path.partition(":")
    try:
        return getattr(import_module(module), function)
    except ModuleNotFoundError as exc:
        message = f"index {index!r}: install {ENGINES[prefix].requirement} to use a {prefix}: index"
        raise RequestError(f"{message} (no module {exc.name})") from exc


def location_of(index: str) -> str:
    """Return where an index is: its folder; of one on other computers its name there, as if that were a folder here.

    Raises `RequestError` for an unknown engine.
    """
    prefix, location = _taken_apart(index)
    return location if prefix == DEFAULT else location.rstrip("/").rpartition("/")[2]


def is_folder(index: str) -> bool:
    """Whether an index is a folder of this computer. Raises `RequestError` for an unknown engine."""
    return _taken_apart(index)[0] == DEFAULT


def index_name(index: str) -> str:
    """Return what tells an index from others, whatever folder it is named from. Raises `RequestError` for an unknown engine."""
    prefix, location = _taken_apart(index)
    return os.path.abspath(location) if prefix == DEFAULT else f"{prefix}:{location}"


def is_same_index(first: str, second: str) -> bool:
    """Whether both name one index: one folder, or one name on a cluster of which both have an address.

    Raises `RequestError` for what names none.
    """
    return not _names(first).isdisjoint(_names(second))


def _names(index: str) -> frozenset[str]:
    prefix, location = _taken_apart(index)
    if not ENGINES[prefix].namer:
        return frozenset({index_name(index)})
    namer = cast("Callable[[str], Iterable[str]]", _imported(index, prefix, ENGINES[prefix].namer))
    return frozenset(f"{prefix}:{name}" for name in namer(location))


def open_staging(
    index: str, *, make: bool = False, settings: Settings | None = None
) -> StagingEngine:
    """Open the index for a run that fills it. Raises as `open_engine`, and where the engine cannot stage."""
    from search.engines.staging import Staging

    engine = open_engine(index, make=make, settings=settings)
    if not isinstance(engine, Staging):
        engine.close()
        raise RequestError(f"index {index!r}: its engine cannot be filled by newssearch index")
    return engine


def kept_text(engine: Engine, name: str) -> str:
    """Return the text that the index of *engine* keeps under *name*, as `Staging.text`; "" of one that cannot stage."""
    from search.engines.staging import Staging

    return engine.text(name) if isinstance(engine, Staging) else ""


def _taken_apart(index: str) -> tuple[str, str]:
    """Return prefix and location. A folder may have a colon in its name: ``C:\\news``, ``a/b:c``."""
    prefix, colon, location = index.partition(":")
    if colon and prefix in ENGINES:
        if not location:
            raise RequestError(
                f"index {index!r}: nothing follows the colon; name the index, as in {index}{ENGINES[prefix].example}"
            )
        return prefix, location
    if prefix in ("http", "https") and location.startswith("//"):
        # Not repeated: people write passwords into addresses.
        whole = next(
            f"{name}:{each.example}" for name, each in ENGINES.items() if "//" in each.example
        )
        raise RequestError(f"an index at a web address has its engine before that, as in {whole}")
    if colon and len(prefix) > 1 and prefix.isalpha():
        raise RequestError(f"unknown engine {prefix!r}; choose one of {', '.join(ENGINES)}")
    return DEFAULT, index
