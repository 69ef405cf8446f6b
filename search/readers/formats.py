"""The table of formats: a new one is a row here and a module that reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Literal, NamedTuple, Protocol, cast, runtime_checkable

from search.model.article import Article, BadArticle
from search.model.errors import ReadError
from search.readers.not_prose import looks_like
from search.readers.source import Source, suffix_of


class Format(NamedTuple):
    """How to tell a format, and which module reads it."""

    #: As `--reader` takes it.
    name: str
    #: Lower case, with the full stop, without ".gz".
    suffixes: tuple[str, ...]
    #: A `Reader`, imported when the first file of the format is met.
    module: str
    #: What it reads from a `Source`: decoded text, or bytes.
    needs: Literal["text", "bytes"]
    #: Whether a file with a record a line can be cut in blocks, which any process reads in any order.
    in_blocks: bool = False


#: In the order in which `Reader.sniff` is asked.
FORMATS = (
    Format("html", (".html", ".htm", ".xhtml"), "search.readers.html", "bytes"),
    Format(
        "records",
        (".json", ".jsonl", ".ndjson", ".csv", ".tsv"),
        "search.readers.records",
        "text",
        in_blocks=True,
    ),
    Format("feed", (".xml", ".rss", ".atom"), "search.readers.feed", "text"),
    Format("text", (".txt", ".text"), "search.readers.text", "text"),
)

#: Values of `--reader`.
FORMAT_NAMES = tuple(entry.name for entry in FORMATS)


class Reader(Protocol):
    """What the module of a format has."""

    def sniff(self, head: str) -> bool:
        """Whether a text that begins with *head* is in this format."""

    def read(self, source: Source) -> Iterator[Article | BadArticle]:
        """Yield the articles of *source*, a `BadArticle` for each record that is refused."""


@runtime_checkable
class RecordReader(Reader, Protocol):
    """What the module of a format has whose articles are made of records."""

    def records_of(
        self, source: Source
    ) -> Iterator[tuple[int | None, Mapping[str, object]] | BadArticle]:
        """Yield the records of *source* with their lines, a `BadArticle` for what is none."""


def reader_of(entry: Format) -> Reader:
    return cast(Reader, import_module(entry.module))


def format_of(source: Source) -> Format:
    """Return the format of *source*: by the suffix of its name, else by how its text begins.

    Raises `ReadError` for what no reader knows, and for a text that was not written for people.
    """
    suffix = suffix_of(source.path)
    head = source.head_text()
    by_suffix = next((entry for entry in FORMATS if suffix in entry.suffixes), None)
    # A name that ends in .txt says nothing: pages, dumps and logs are saved so too.
    if by_suffix is not None and by_suffix is not FORMATS[-1]:
        return by_suffix
    for entry in FORMATS:
        if reader_of(entry).sniff(head):
            return entry
    raise ReadError(
        f"{source.path}: looks like {looks_like(head)}, and not like a text that was written for people to"
        " read; --reader text has it read all the same"
    )


def has_known_suffix(path: str) -> bool:
    return any(suffix_of(path) in entry.suffixes for entry in FORMATS)
