"""The table of formats: a new one is a row here and a module that reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Literal, NamedTuple, Protocol, cast, runtime_checkable

from search.model.article import Article, BadArticle
from search.model.errors import ReadError
from search.readers.source import Member, PartRead, Source, refuse_binary, suffix_of


class Format(NamedTuple):
    """How to tell a format, and which module reads it."""

    #: As `--reader` takes it.
    name: str
    #: Lower case, with the full stop, without ".gz".
    suffixes: tuple[str, ...]
    #: A `Reader`, imported when the first file of the format is met.
    module: str
    #: What it reads from a `Source`: decoded text; bytes; or bytes in which lie others, each read by this table.
    needs: Literal["text", "bytes", "members"]
    #: Whether a file with a record a line can be cut in blocks, which any process reads in any order.
    in_blocks: bool = False
    #: What the bytes of a format that is not text begin with: a regular expression.
    magic: bytes = b""


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
    Format("newsml", (".newsml",), "search.readers.newsml", "text"),
    Format("nitf", (".nitf",), "search.readers.nitf", "text"),
    Format("sgml", (".sgm", ".sgml"), "search.readers.sgml", "text"),
    Format("mets", (), "search.readers.mets", "bytes"),
    Format("alto", (), "search.readers.alto", "bytes"),
    Format("addresses", (".opml",), "search.readers.address_lists", "text"),
    Format("feed", (".xml", ".rss", ".atom"), "search.readers.feed", "text"),
    Format(
        "pdf", (".pdf",), "search.readers.pdf", "bytes", magic=rb"(?:\xef\xbb\xbf)?\s{0,200}%PDF-\d"
    ),
    Format(
        "office",
        (".docx", ".docm", ".odt"),
        "search.readers.office",
        "bytes",
        magic=rb"(?s:PK\x03\x04.{26}(?:\[Content_Types\]\.xml|_rels/\.rels|docProps/(?:app|core)\.xml|word/\w+\.xml"
        rb"|mimetypeapplication/vnd\.oasis\.opendocument))",
    ),
    Format(
        "epub",
        (".epub",),
        "search.readers.epub",
        "members",
        magic=rb"(?s:PK\x03\x04.{26}mimetype.{0,40}application/epub\+zip)",
    ),
    Format(
        "zip",
        (".zip", ".wacz"),
        "search.readers.zip_archive",
        "members",
        magic=rb"PK(?:\x03\x04|\x05\x06)",
    ),
    Format("tar", (".tar",), "search.readers.tar_archive", "members", magic=rb"(?s:.{257})ustar"),
    Format("mhtml", (".mhtml", ".mht"), "search.readers.mhtml", "members"),
    Format("mailbox", (".mbox",), "search.readers.mailbox", "members"),
    Format("mail", (".eml",), "search.readers.mail", "members"),
    Format("markdown", (".md", ".markdown"), "search.readers.front_matter", "text"),
    Format(
        "warc",
        (".warc", ".arc"),
        "search.readers.warc",
        "members",
        magic=rb"WARC/[01]\.\d|filedesc://[^ \n]{1,1000} [^ \n]{1,60} \d{14} ",
    ),
    Format("press_database", (), "search.readers.press_databases", "text"),
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


class ContainerReader(Protocol):
    """What the module of a format has that holds files of other formats."""

    def members(self, source: Source) -> Iterator[Member | PartRead | Article | BadArticle]:
        """Yield what lies in *source*, one after another; a `BadArticle` for what cannot be read.

        What is no file of a format, as the text of a mail, it reads itself.
        """


@runtime_checkable
class RecordReader(Reader, Protocol):
    """What the module of a format has whose articles are made of records."""

    def records_of(
        self, source: Source
    ) -> Iterator[tuple[int | None, Mapping[str, object]] | BadArticle]:
        """Yield the records of *source* with their lines, a `BadArticle` for what is none."""


def reader_of(entry: Format) -> Reader:
    return cast(Reader, import_module(entry.module))


def container_reader_of(entry: Format) -> ContainerReader:
    return cast(ContainerReader, import_module(entry.module))


#: These say nothing: pages, dumps and logs are saved as .txt too, and many formats are XML.
_SAY_NOTHING = (".txt", ".text", ".xml")


def format_of(source: Source) -> Format:
    """Return the format of *source*: by how its bytes begin, by the suffix of its name, else by how its text begins.

    Raises `ReadError` for what no reader knows, and for a text that was not written for people.
    """
    for entry in FORMATS:
        if entry.magic and re.match(entry.magic, source.head):
            return entry
    suffix = source.suffix or suffix_of(source.path)
    by_suffix = next((e for e in FORMATS if suffix in e.suffixes and not e.magic), None)
    if by_suffix is not None and by_suffix.needs == "members":
        return by_suffix  # what lies in it may be anything
    refuse_binary(source)
    head = source.head_text()
    if by_suffix is not None and suffix not in _SAY_NOTHING:
        return by_suffix
    for entry in FORMATS:
        is_likely = suffix != ".xml" or entry is not FORMATS[-1]
        if is_likely and not entry.magic and reader_of(entry).sniff(head):
            return entry
    if suffix == ".xml" and by_suffix is not None:
        return by_suffix  # which says what it is not
    from search.readers.not_prose import looks_like  # rare, and its patterns take time to compile

    raise ReadError(
        f"{source.path}: looks like {looks_like(head)}, and not like a text that was written for people to"
        " read; --reader text has it read all the same"
    )


def has_known_suffix(path: str) -> bool:
    suffix = suffix_of(path)
    return any(suffix in entry.suffixes for entry in FORMATS)
