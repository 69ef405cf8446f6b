"""The tagger that has a model of spaCy: more accurate or for other languages, and many times as slow as our own."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from search.enrich.entities.merging import merged
from search.enrich.entities.merging.unwrapped import text_looked_at
from search.enrich.entities.versions import FROM_SPANS
from search.enrich.spans import Kind, Span
from search.enrich.tagger import TaggerFacts
from search.model.article import Article, Entities
from search.model.errors import TaggerError
from search.model.installing import command_for

if TYPE_CHECKING:
    from spacy.language import Language

#: Another one whenever the code here may find other spans with the same model.
_VERSION = "2"

#: Articles that spaCy takes together.
_TOGETHER = 16

#: spaCy's code of a model for many languages.
_ANY = "xx"

#: What models call them: those trained on OntoNotes, on news, and on Wikipedia. What is not here is no name.
_KINDS: dict[str, Kind] = {
    **dict.fromkeys(("PERSON", "PER", "PRS", "persName"), "person"),
    **dict.fromkeys(("ORG", "orgName", "ORGANIZATION"), "org"),
    **dict.fromkeys(("GPE", "LOC", "FAC", "placeName", "geogName", "GPE_LOC"), "place"),
    **dict.fromkeys(
        ("NORP", "EVENT", "PRODUCT", "WORK_OF_ART", "LAW", "LANGUAGE", "MISC", "EVT", "OBJ"),
        "other",
    ),
}


class _Model(NamedTuple):
    """An installed model: where it lies, and what its description says."""

    folder: Path
    version: str
    language: str
    components: tuple[str, ...]


def facts(model: str) -> TaggerFacts:
    """Return what is known of spaCy's *model*: the name of its package, or its folder."""
    found = _found(model)
    languages = frozenset(() if found.language == _ANY else (found.language,))
    return TaggerFacts(f"{found.version}+{_VERSION}.{FROM_SPANS}", languages)


def load(model: str) -> SpacyTagger:
    """Return the tagger with that *model*; some seconds."""
    import spacy

    found = _found(model)
    # Others may be what the recogniser looks at.
    kept = ("ner", "tok2vec", "transformer")
    with warnings.catch_warnings():
        # That the model was made for another version of spaCy: many are, and work.
        warnings.simplefilter("ignore")
        language = spacy.load(
            found.folder, exclude=[name for name in found.components if name not in kept]
        )
    for name in kept[1:]:
        if name in language.pipe_names and not _listening(language.get_pipe(name)):
            language.disable_pipe(name)
    return SpacyTagger(language)


def _listening(component: Any) -> bool:
    """Whether the recogniser looks at what *component* finds."""
    return "ner" in getattr(component, "listening_components", ("ner",))


class SpacyTagger:
    """Finds names by the recogniser of a model, and nothing else of it."""

    def __init__(self, language: Language) -> None:
        self._language = language

    def tag(self, articles: Sequence[Article]) -> list[Entities]:
        """Return the entities of each of *articles*, in order."""

        looked_at = list(map(text_looked_at, articles))
        # Else the words of all articles would be kept, in each process.
        with self._language.memory_zone():
            found = list(self._spans([text for text, _ in looked_at]))
        return [
            merged(text, title_length, spans, article)
            for (text, title_length), spans, article in zip(looked_at, found, articles, strict=True)
        ]

    def _spans(self, texts: Sequence[str]) -> Iterator[list[Span]]:
        """Yield the names in each text, without white space at their edges."""
        documents = self._language.pipe(texts, batch_size=_TOGETHER)
        for text, document in zip(texts, documents, strict=True):
            spans = []
            for entity in document.ents:
                kind = _KINDS.get(entity.label_)
                start, end = entity.start_char, entity.end_char
                start += len(text[start:end]) - len(text[start:end].lstrip())
                end = start + len(text[start:end].rstrip())
                if kind is not None and start < end:
                    spans.append(Span(start, end, kind))
            yield spans


@cache
def _found(model: str) -> _Model:
    """Return the installed *model*. Raises `TaggerError` where it, or spaCy, is not there. Neither is imported."""
    try:
        version("spacy")
    except PackageNotFoundError:
        raise TaggerError(
            f"spacy:{model} needs spaCy, which is not installed: {command_for('spacy')}"
        ) from None
    for folder in _folders(model):
        try:
            described = json.loads((folder / "meta.json").read_text("utf-8"))
            language, said = str(described["lang"]), str(described["version"])
            components = tuple(map(str, described.get("components") or described["pipeline"]))
        except (OSError, ValueError, LookupError, TypeError):
            continue
        if "ner" not in components:
            raise TaggerError(f"spacy:{model} finds no names: the model has no component 'ner'")
        return _Model(folder, said, language, components)
    way = (
        f"python -m spacy download {model} installs spaCy's own"
        if model.isidentifier()
        else "name its folder"
    )
    raise TaggerError(f"spacy:{model}: there is no such model of spaCy; {way}")


def _folders(model: str) -> Iterator[Path]:
    """Yield where a *model* may lie: its folder, or in a package of that name."""
    if not model.isidentifier():
        yield Path(model)
        return
    if Path(model).is_dir():
        yield Path(model)
    spec = find_spec(model)
    for place in (spec.submodule_search_locations or ()) if spec is not None else ():
        yield from sorted(path.parent for path in Path(place).glob("*/config.cfg"))
