"""Names that are the same everywhere, whatever an article writes: "US" is the United States, "Kiev" is Kyiv."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files


def known_names() -> Iterator[tuple[str, str]]:
    """Yield each listed form with the name that it is counted by, as search/text/lists/aliases.txt has them."""
    text = files("search.text").joinpath("lists", "aliases.txt").read_text("utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            *forms, name = (form.strip() for form in line.split("="))
            yield from ((form, name) for form in forms)


def with_known_forms(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return *names* and all listed forms of those that are listed, each once."""
    if not names:
        return names
    forms = listed_forms()
    if forms.keys().isdisjoint(names):
        return names
    texts = []
    for name in names:
        texts.append(name)
        if name in forms:
            texts += forms[name]
    return tuple(dict.fromkeys(texts))


@cache
def listed_forms() -> Mapping[str, tuple[str, ...]]:
    """Return the listed forms of each name."""
    found: dict[str, tuple[str, ...]] = {}
    for form, name in known_names():
        found[name] = (*found.get(name, ()), form)
    return found
