"""The table of models that make vectors of texts: a new one is a row here and a module that has it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from importlib import import_module
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

from search.model.errors import RequestError
from search.model.installing import command_for
from search.model.remark import shortened
from search.text.stems import stem_language

if TYPE_CHECKING:
    from search.text.arrays import Floats


class ModelRow(NamedTuple):
    """How a model is asked for, and which module has it."""

    #: As ``--model`` takes it.
    name: str
    #: A `ModelModule`, imported when somebody asks for it.
    module: str
    #: The extra of newssearch that brings it.
    extra: str
    #: The language that it was made for, "" for all: of others it knows little but names.
    language: str = ""


#: What ``--model`` is where nobody says.
DEFAULT_MODEL = "minilm"

MODELS = (ModelRow("minilm", "search.enrich.embeddings.minilm", "semantic", "en"),)

_LOADING = Lock()
#: Of what a library says of a model.
_MAX_REASON_CHARS = 300
#: Texts of queries whose vectors are remembered.
_QUERIES = 256


class Model(Protocol):
    """Makes vectors of texts: of length 1, so that the product of two says how near the texts are in meaning."""

    #: Articles less near to a query than this have little to do with it.
    least_nearness: float

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return a row for each of *texts*, in order. The same text has the same row on every machine, but for rounding."""


class ModelModule(Protocol):
    """What the module of a model has. To import it takes no time: what is heavy waits for `load`."""

    def version(self) -> str:
        """Return another one wherever vectors may differ. Raises ImportError where the model is not installed."""

    def load(self) -> Model:
        """Return it. May raise anything where what it needs is missing or damaged."""


def label_of(name: str) -> str:
    """Return the *name* of a model and its version, without loading it; it is stored with its vectors.

    Raises `RequestError` for what is no model, or is not installed, with what to do.
    """
    row = _row(name)
    module = cast(ModelModule, import_module(row.module))
    try:
        return f"{name} {module.version()}"
    except ImportError as exc:
        raise RequestError(
            f"the model {name} is not installed ({exc}); install it with: {command_for(row.extra)}"
        ) from exc


def name_of(label: str) -> str:
    """Return the name of the model with that *label*."""
    return label.partition(" ")[0]


def is_made_for(label: str, language: str) -> bool:
    """Whether the model with that *label* was made for articles in *language*; "" is not known, and taken for it."""
    meant = _row(name_of(label)).language
    return not meant or not language or stem_language(language) == meant


def load(label: str) -> Model:
    """Return the model that has a *label*. It is loaded once a process. Raises `RequestError`."""
    with _LOADING:  # for the threads of a server ask together
        return _loaded(label)


@cache
def _loaded(label: str) -> Model:
    row = _row(name_of(label))
    try:
        return cast(ModelModule, import_module(row.module)).load()
    except MemoryError:
        raise
    except Exception as exc:  # of many kinds, for a file that is missing, cut short or altered
        why = shortened(" ".join(f"{type(exc).__name__}: {exc}".split()), _MAX_REASON_CHARS)
        raise RequestError(
            f"the model {row.name} cannot be loaded ({why}); "
            f"install it anew with: pip install --force-reinstall 'newssearch[{row.extra}]'"
        ) from exc


@lru_cache(_QUERIES)
def vector_of_query(label: str, text: str) -> tuple[float, ...]:
    """Return the vector that the model with that *label* makes of the *text* of a query. Raises `RequestError`."""
    return tuple(load(label).encode([text])[0].tolist())


def _row(name: str) -> ModelRow:
    for row in MODELS:
        if row.name == name:
            return row
    known = ", ".join(row.name for row in MODELS)
    raise RequestError(f"{name[:40]!r} is no model; choose one of {known}")
