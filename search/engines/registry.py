"""Engines by name: ``open_engine("whoosh:index")``."""

from __future__ import annotations

from search.engines.protocol import Engine
from search.model.errors import RequestError
from search.model.settings import Settings

#: Name before the colon of an index -> where the engine is.
ENGINES = {"whoosh": "search.engines.whoosh_index"}


def open_engine(index: str, *, make: bool = False, settings: Settings | None = None) -> Engine:
    """Open the index named by *index*: ``whoosh:FOLDER``, or just a folder.

    With *make*, an index is made where there is none. Raises `EngineError` and below, and
    `RequestError` for an engine that there is not.
    """
    name, colon, place = index.partition(":")
    if not colon or name not in ENGINES:
        if colon and "/" not in name and len(name) > 1 and name.isalpha():
            raise RequestError(f"no engine {name!r}; there are: {', '.join(ENGINES)}")
        place = index
    from search.engines.whoosh_index.engine import WhooshEngine

    chosen = Settings() if settings is None else settings
    return WhooshEngine(
        place,
        make=make,
        max_expansions=chosen.max_expansions,
        lock_timeout_ms=chosen.lock_timeout_ms,
        memory_mb=chosen.memory_mb,
    )
