"""The table of taggers, which find the entities of articles: a new one is a row here and a module that has it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import import_module
from typing import NamedTuple, Protocol, cast

from search.model.article import Article, Entities
from search.model.errors import TaggerError
from search.model.remark import shortened


class TaggerRow(NamedTuple):
    """How a tagger is asked for, and which module has it."""

    #: As ``--entities`` takes it.
    name: str
    #: A `TaggerModule`, imported when somebody asks for it.
    module: str
    #: Whether the name of a model follows, after a colon.
    takes_model: bool = False
    #: How many times as long an article takes with it, of those that are quick to read; in round numbers.
    cost: int = 5

    @property
    def form(self) -> str:
        """What a person types."""
        return f"{self.name}:MODEL" if self.takes_model else self.name


#: Of what a library says of a model.
_MAX_REASON_CHARS = 300

#: Of ``--entities``, where nothing is to be looked for; and the default.
NONE, FAST = "none", "fast"

TAGGERS = (
    TaggerRow(FAST, "search.enrich.entities.fast"),
    TaggerRow("spacy", "search.enrich.entities.spacy_tagger", takes_model=True, cost=60),
)

#: Values of ``--entities``.
TAGGER_FORMS = (*(row.form for row in TAGGERS), NONE)


class Tagger(Protocol):
    """Finds people, organisations and places."""

    def tag(self, articles: Sequence[Article]) -> list[Entities]:
        """Return the entities of each of *articles*, in order. Never raises for what is in an article."""


class TaggerFacts(NamedTuple):
    """What is known of a tagger before it is loaded."""

    #: Another one wherever it may find something else: of its model, and of the code around it.
    version: str
    #: The languages whose names it knows, as `Article.language` has them; empty where it knows those of all.
    languages: frozenset[str]


class TaggerModule(Protocol):
    """What the module of a tagger has. To import it takes no time: what is heavy waits for `load`."""

    def facts(self, model: str) -> TaggerFacts:
        """Return what is known of it. Raises `TaggerError` where it, or its *model*, is not installed."""

    def load(self, model: str) -> Tagger:
        """Return it. May raise anything where what it needs is damaged."""


def label_of(wanted: str) -> str:
    """Return the name and version of the tagger that ``--entities`` *wanted*, without loading it; "" for none.

    It is stored with each article in which names were looked for: one that another tagger or version has tagged is
    tagged again. Raises `TaggerError` for what is no tagger, or is not installed, with what to do.
    """
    return "" if wanted == NONE else f"{wanted} {_facts(wanted).version}"


@cache
def languages_of(label: str) -> frozenset[str]:
    """Return the languages whose names the tagger with that *label* knows; empty where it knows those of all."""
    return _facts(_wanted(label)).languages


def is_for(label: str, language: str) -> bool:
    """Whether the tagger with that *label* looks for names in articles of a *language*.

    It does where nobody knows the language, "".
    """
    languages = languages_of(label)
    return not languages or not language or language.partition("-")[0].lower() in languages


def cost_of(label: str) -> int:
    """Return how many times as long an article takes with the tagger that has that *label*; 1 where there is none."""
    name = label.partition(" ")[0].partition(":")[0]
    return next((row.cost for row in TAGGERS if row.name == name), 1)


@cache
def tagger_called(label: str) -> Tagger:
    """Return the tagger that has a *label*. It is loaded once a process. Raises `TaggerError`."""
    wanted = _wanted(label)
    module, model = _found(wanted)
    try:
        return module.load(model)
    except MemoryError:
        raise
    except Exception as exc:  # of many kinds, for a file that is missing, cut short or altered
        why = shortened(" ".join(f"{type(exc).__name__}: {exc}".split()), _MAX_REASON_CHARS)
        raise TaggerError(
            f"the model of --entities {wanted} cannot be loaded ({why});"
            f" install {'it' if model else 'newssearch'} anew, or index with --entities none"
        ) from exc


def _wanted(label: str) -> str:
    """Return what ``--entities`` was, for the tagger with that *label*."""
    return label.rpartition(" ")[0]


def _facts(wanted: str) -> TaggerFacts:
    module, model = _found(wanted)
    return module.facts(model)


def _found(wanted: str) -> tuple[TaggerModule, str]:
    """Return the module of a tagger, and the name of its model."""
    name, _, model = wanted.partition(":")
    for row in TAGGERS:
        if row.name == name and row.takes_model == bool(model):
            return cast(TaggerModule, import_module(row.module)), model
    raise TaggerError(f"{wanted!r} is no tagger; choose one of {', '.join(TAGGER_FORMS)}")
