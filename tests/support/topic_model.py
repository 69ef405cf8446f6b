"""A model of tests: what a row of the table of models needs. It knows a few words of three topics by heart."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest

from search.engines.protocol.engine import Engine
from search.engines.registry import open_engine
from search.enrich.embeddings import models
from search.enrich.embeddings.models import ModelRow
from search.text.arrays import Floats
from tests.support.engine_samples import document
from tests.support.memory_engine import MemoryEngine

TOPICS = (
    ("bank", "loan", "interest", "rate", "mortgage"),
    ("storm", "hurricane", "flood", "harbour", "wind"),
    ("football", "goal", "striker", "cup", "club"),
)

ROW = ModelRow("topics", __name__, "semantic")

#: What it was given, a list each time; what it is asked for; and whether it is there.
given: list[list[str]] = []
own_version = "1"
is_installed = True


class TopicModel:
    """Counts the words of each topic; a text without any is near to nothing."""

    least_nearness = 0.5

    def encode(self, texts: Sequence[str]) -> Floats:
        given.append(list(texts))
        made = np.zeros((len(texts), len(TOPICS) + 1), np.float32)
        for row, text in enumerate(texts):
            words = re.findall("[a-z]+", text.lower())
            for column, topic in enumerate(TOPICS):
                made[row, column] = sum(word in topic for word in words)
            made[row, -1] = 0.1
        return made / np.linalg.norm(made, axis=1, keepdims=True)


def version() -> str:
    if not is_installed:
        raise ModuleNotFoundError("no module topics")
    return own_version


def load() -> TopicModel:
    return TopicModel()


@contextmanager
def in_table(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have the table of models name this one, as if it had just been installed."""
    _forget()
    monkeypatch.setattr(models, "MODELS", (*models.MODELS, ROW))
    try:
        yield
    finally:
        _forget()


@contextmanager
def engine_with(kind: str, folder: Path, texts: Mapping[str, str]) -> Iterator[Engine]:
    """Give an engine, "memory" or "whoosh", that has an article for each id of *texts*."""
    opened = MemoryEngine() if kind == "memory" else open_engine(f"{folder}/ix", make=True)
    with closing(opened):
        opened.add(document(i, text) for i, text in texts.items())
        yield opened


def _forget() -> None:
    given.clear()
    models._loaded.cache_clear()
    models.vector_of_query.cache_clear()
