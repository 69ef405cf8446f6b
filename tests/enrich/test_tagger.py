"""The table of taggers: what may be asked for, and what is said where it is not there or damaged."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from search.enrich.entities import spacy_tagger
from search.enrich.entities.network import model as network
from search.enrich.tagger import (
    TAGGERS,
    TaggerRow,
    cost_of,
    label_of,
    languages_of,
    tagger_called,
)
from search.ingest.limits import use_one_core
from search.model.article import Article
from search.model.errors import TaggerError


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    def forget() -> None:
        for kept in (languages_of, tagger_called, spacy_tagger._found):
            kept.cache_clear()

    forget()
    yield
    forget()


def article(body: str, article_id: str = "a") -> Article:
    return Article(article_id=article_id, title="A title", body=body, language="en")


def model_in(folder: Path, **described: object) -> Path:
    """Make a folder that looks like a model of spaCy until it is loaded."""
    folder.mkdir(parents=True)
    meta = {"lang": "de", "name": "x", "version": "3.7.1", "components": ["tok2vec", "ner"]}
    (folder / "meta.json").write_text(json.dumps({**meta, **described}), "utf-8")
    (folder / "config.cfg").write_text("", "utf-8")
    return folder


class TestTable:
    @pytest.mark.parametrize("row", TAGGERS, ids=lambda row: row.name)
    def test_a_row_has_a_cost(self, row: TaggerRow) -> None:
        assert cost_of(f"{row.form} 1.2") == row.cost > 1

    def test_without_a_tagger_an_article_costs_what_it_does(self) -> None:
        assert (label_of("none"), cost_of("")) == ("", 1)

    def test_label_has_name_and_version_and_loads_nothing(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(network, "load", lambda: pytest.fail("was loaded"))

        name, version = label_of("fast").split(" ")

        assert name == "fast"
        assert re.fullmatch(r"\d+\.\d+", version)

    def test_is_loaded_once(self) -> None:
        label = label_of("fast")

        assert tagger_called(label) is tagger_called(label)

    @pytest.mark.parametrize(
        ("damage", "said"),
        [
            (lambda path: path.unlink(), "FileNotFoundError"),
            (lambda path: path.write_bytes(path.read_bytes()[:100_000]), "BadZipFile"),
            (lambda path: path.write_bytes(b""), "EOFError"),
            (
                lambda path: path.write_bytes(
                    path.read_bytes()[:50_000] + b"?" * 50 + path.read_bytes()[50_050:]
                ),
                "",
            ),
        ],
        ids=["missing", "cut-short", "empty", "altered"],
    )
    def test_a_damaged_model_is_an_error_that_says_what_to_do(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: object, said: str
    ) -> None:
        path = shutil.copy(Path(network.__file__).with_name(network.MODEL), tmp_path)
        damage(Path(path))  # type: ignore[operator]
        monkeypatch.setattr(network, "files", lambda package: tmp_path)

        with pytest.raises(TaggerError, match=f"--entities fast .*{said}.*install newssearch anew"):
            tagger_called(label_of("fast"))


class TestSpacyThatIsNotThere:
    def test_the_package(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def missing(name: str) -> str:
            raise PackageNotFoundError(name)

        monkeypatch.setattr(spacy_tagger, "version", missing)

        with pytest.raises(TaggerError, match=r"pip install 'newssearch\[spacy\]'"):
            label_of("spacy:en_core_web_md")


class TestSpacyModel:
    @pytest.fixture(autouse=True)
    def _installed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(spacy_tagger, "version", lambda name: "3.8.7")

    @pytest.mark.parametrize("model", ["no_such_model", "json", "./nowhere", "/"])
    def test_that_is_none_is_an_error(self, model: str) -> None:
        with pytest.raises(TaggerError, match=f"spacy:{model}: there is no such model of spaCy"):
            label_of(f"spacy:{model}")

    @pytest.mark.parametrize(
        ("described", "languages"),
        [({}, {"de"}), ({"lang": "xx"}, set())],
        ids=["of-one-language", "of-many"],
    )
    def test_label_and_languages_are_those_of_its_description(
        self, tmp_path: Path, described: dict[str, object], languages: set[str]
    ) -> None:
        folder = model_in(tmp_path / "model", **described)

        label = label_of(f"spacy:{folder}")

        assert label.startswith(f"spacy:{folder} 3.7.1+")
        assert languages_of(label) == languages

    def test_of_a_package_is_found_without_importing_it(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        model_in(tmp_path / "xx_made_up" / "xx_made_up-3.7.1")
        (tmp_path / "xx_made_up" / "__init__.py").write_text("raise SystemExit('imported')")
        monkeypatch.syspath_prepend(tmp_path)

        assert label_of("spacy:xx_made_up").startswith("spacy:xx_made_up 3.7.1+")

    def test_without_names_is_an_error(self, tmp_path: Path) -> None:
        folder = model_in(tmp_path / "model", components=["tagger"])

        with pytest.raises(TaggerError, match="has no component 'ner'"):
            label_of(f"spacy:{folder}")

    def test_that_is_damaged_is_an_error(self, tmp_path: Path) -> None:
        pytest.importorskip("spacy")
        label = label_of(f"spacy:{model_in(tmp_path / 'model')}")

        with pytest.raises(TaggerError, match=r"cannot be loaded \(.*\); install it anew"):
            tagger_called(label)


class TestSpacy:
    @pytest.fixture
    def label(self, tmp_path: Path) -> str:
        """A model that knows a few names by rules, under the name of the recogniser."""
        spacy = pytest.importorskip("spacy")
        language = spacy.blank("en")
        ruler = language.add_pipe("entity_ruler", name="ner")
        language.add_pipe("sentencizer")
        names = [("PERSON", "Ann Lee"), ("ORG", "ACME"), ("GPE", "Kyiv"), ("DATE", "Monday")]
        ruler.add_patterns([{"label": kind, "pattern": name} for kind, name in names])
        language.to_disk(tmp_path / "model")
        return label_of(f"spacy:{tmp_path / 'model'}")

    def test_finds_names_with_their_places(self, label: str) -> None:
        body = "On Monday Ann Lee of ACME flew to Kyiv. Ann Lee stayed in Kyiv."

        [found] = tagger_called(label).tag([article(body)])

        text = article(body).tagged_text
        assert [each.name for each in found.people] == ["Ann Lee"]
        assert [each.name for each in found.organisations] == ["ACME"]
        assert [
            (text[a:b], len(each.mentions)) for each in found.places for a, b in each.mentions
        ] == [
            ("Kyiv", 2),
            ("Kyiv", 2),
        ]

    def test_uses_the_recogniser_alone(self, label: str) -> None:
        assert tagger_called(label)._language.pipe_names == ["ner"]  # type: ignore[attr-defined]

    def test_many_articles_come_back_in_order(self, label: str) -> None:
        names = ["Ann Lee", "nobody", "ACME", "Kyiv"] * 20
        found = tagger_called(label).tag(
            [article(f"It was {name}.", f"n{number}") for number, name in enumerate(names)]
        )

        assert [
            [entity.name for kind in each for entity in kind] or ["nobody"] for each in found
        ] == [[name] for name in names]

    @pytest.mark.parametrize(
        "body", ["", "\0", "😀 " * 1000, "Kyiv " * 50_000], ids=["empty", "zero", "emoji", "long"]
    )
    def test_no_article_is_too_odd(self, label: str, body: str) -> None:
        assert len(tagger_called(label).tag([article(body)])) == 1


def test_numpy_uses_one_core_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)

    use_one_core()

    assert (os.environ["OMP_NUM_THREADS"], os.environ["OPENBLAS_NUM_THREADS"]) == ("3", "1")
