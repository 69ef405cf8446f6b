"""Documents of Word (.docx) and of LibreOffice (.odt): the paragraphs of one, read as those of a text file are."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator

from search.model.article import Article, BadArticle
from search.readers import zip_archive
from search.readers.decompression import CutShort
from search.readers.documents import Paragraph, Properties, articles_of
from search.readers.source import Source
from search.text.spacing import single_spaced

#: Of one part of a document, unpacked. The text of a long novel has a tenth of it, with all its marks.
_MAX_PART_BYTES = 40_000_000
_CHUNK_BYTES = 65_536
_MAX_PARTS = 10_000
#: Cells longer than this are no cells of a table but columns of a page.
_MAX_CELL_CHARS = 200
_SIGN = re.compile(r"[0-9A-Fa-f]{2,4}")
_MAIN = re.compile(r"word/document\d*\.xml")
#: Who else writes such files -> what they are, and what can be done.
_OTHERS = (
    ("xl/", "is a workbook of Excel; export its table as CSV"),
    ("ppt/", "is a presentation; save it as text or HTML"),
    ("visio/", "is a drawing"),
)


def sniff(head: str) -> bool:
    """Whether a text is in this format: none is."""
    return False


def read(source: Source) -> Iterator[Article | BadArticle]:
    """Yield the article of a document, or those of one that a press database wrote."""
    try:
        with source.in_any_order() as file, zip_archive.opened(file) as archive:
            found = _document(source, archive)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        ValueError,
        OSError,
    ) as exc:
        raise CutShort(f"the document is damaged ({exc}); fetch it again") from exc
    if isinstance(found, BadArticle):
        yield found
    else:
        yield from articles_of(source, *found)


def _document(
    source: Source, archive: zipfile.ZipFile
) -> tuple[list[Paragraph], Properties] | BadArticle:
    names = archive.namelist()
    if len(names) > _MAX_PARTS:
        return BadArticle(
            source.path, None, f"has more than {_MAX_PARTS:,} parts, as no document has"
        )
    if (main := next(filter(_MAIN.fullmatch, names), "")) or "content.xml" not in names:
        if not main:
            what = next((said for folder, said in _OTHERS if any(name.startswith(folder) for name in names)), "")  # fmt: skip
            return BadArticle(
                source.path, None, what or "has no text of a document in it; save it anew as .docx"
            )
        return _word(source, archive, main, frozenset(names))
    kind = _part(source, archive, "mimetype")[:100].decode("ascii", "replace").strip()
    if not kind.startswith("application/vnd.oasis.opendocument.text"):
        what = "is a spreadsheet; export its table as CSV" if "spreadsheet" in kind else "is no document of text; save it as text or HTML"  # fmt: skip
        return BadArticle(source.path, None, what)
    if "META-INF/manifest.xml" in names and b"encryption-data" in _part(source, archive, "META-INF/manifest.xml"):  # fmt: skip
        return BadArticle(source.path, None, "is encrypted; save it without its password first")
    text = _OpenDocument()
    _parse(source, archive, "content.xml", text)
    said = _properties(source, archive, "meta.xml", frozenset(names))
    return [*_told(source, text), *text.notes], said


def _word(
    source: Source, archive: zipfile.ZipFile, main: str, names: frozenset[str]
) -> tuple[list[Paragraph], Properties]:
    styles = _Styles()
    if "word/styles.xml" in names:
        _parse(source, archive, "word/styles.xml", styles)
    text = _Word(styles.levels, styles.hidden)
    _parse(source, archive, main, text)
    paragraphs = _told(source, text)
    for part in ("word/footnotes.xml", "word/endnotes.xml"):
        if part in names:
            notes = _Word(styles.levels, styles.hidden)
            _parse(source, archive, part, notes)
            paragraphs += [Paragraph(each.text) for each in notes.paragraphs]
    return paragraphs, _properties(source, archive, "docProps/core.xml", names)


def _told(source: Source, text: _Text) -> list[Paragraph]:
    """Return the paragraphs of *text*, and remark on what was left out of it."""
    for what, chars in (
        ("that tracked changes deleted", text.deleted),
        ("that is hidden", text.hid),
    ):
        if chars:
            source.remarks.say(
                None, "not its text", f"text {what} was left out ({chars:,} characters)"
            )
    for count, what in (
        (text.inserted, "parts of the document are files of another form in it, which Word shows, and were not read: save it anew in Word"),
        (text.symbols, "signs of a font of symbols (such as Wingdings) were left out: what they show only that font says"),
    ):  # fmt: skip
        if count:
            source.remarks.say(None, "cut text", f"{count:,} {what}")
    return text.paragraphs


def _part(source: Source, archive: zipfile.ZipFile, name: str) -> bytes:
    """Return the bytes of a part. Raises `CutShort` where they are too many."""
    with archive.open(name) as stream:
        content = b""
        parts = []
        size = 0
        while content := stream.read(_CHUNK_BYTES):
            size += len(content)
            source.growth.add(len(content))
            if size > _MAX_PART_BYTES:
                raise CutShort(
                    f"has a part of more than {_MAX_PART_BYTES:,} bytes ({name}); it was not read"
                )
            parts.append(content)
    return b"".join(parts)


def _parse(source: Source, archive: zipfile.ZipFile, name: str, target: object) -> None:
    """Give the elements of a part to *target*. Raises `CutShort` where they are damaged."""
    from lxml import etree

    content = _part(source, archive, name)
    # Neither form has one; there entities would be declared.
    if b"<!DOCTYPE" in content[:4096] or b"<!ENTITY" in content:
        raise CutShort(f"has a part that declares entities ({name}), as no program writes it")
    parser = etree.XMLParser(target=target, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)  # fmt: skip
    try:
        etree.fromstring(content, parser)
    except etree.XMLSyntaxError as exc:
        raise CutShort(f"has a damaged part ({name}: {exc.msg}); save the document anew") from exc


def _properties(
    source: Source, archive: zipfile.ZipFile, name: str, names: frozenset[str]
) -> Properties:
    if name not in names:
        return Properties()
    values = _Values()
    _parse(source, archive, name, values)
    author = values.of.get("initial-creator") or values.of.get("creator", "")
    return Properties(values.of.get("title", ""), author, values.of.get("created") or values.of.get("creation-date", ""))  # fmt: skip


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _value(attributes: dict[str, str], name: str) -> str:
    return next((value for key, value in attributes.items() if _local(key) == name), "")


class _Values:
    """The texts of elements by their names."""

    def __init__(self) -> None:
        self.of: dict[str, str] = {}
        self._name = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._name = _local(tag)

    def data(self, text: str) -> None:
        if self._name and len(self.of.get(self._name, "")) < 1_000:
            self.of[self._name] = self.of.get(self._name, "") + text[:1_000]

    def end(self, tag: str) -> None:
        self._name = ""

    def close(self) -> None:
        self.of = {name: single_spaced(text) for name, text in self.of.items()}


class _Styles:
    """The styles of Word that make a title, a heading or hidden text; their names are English in every language."""

    def __init__(self) -> None:
        self.levels: dict[str, int] = {}
        self.hidden: set[str] = set()
        self._id = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = _local(tag)
        if name == "style":
            self._id = _value(attributes, "styleId")
        elif name == "name" and self._id:
            said = _value(attributes, "val").lower()
            if said == "title":
                self.levels[self._id] = 0
            elif said.startswith("heading ") and said[8:].isdecimal():
                self.levels[self._id] = int(said[8:10])
        elif name == "vanish" and self._id and _is_on(attributes):
            self.hidden.add(self._id)

    def end(self, tag: str) -> None:
        if _local(tag) == "style":
            self._id = ""

    def data(self, text: str) -> None: ...

    def close(self) -> None: ...


def _is_on(attributes: dict[str, str]) -> bool:
    return _value(attributes, "val").lower() not in ("false", "0", "off", "none")


class _Text:
    """The paragraphs of a document as its elements come; a row of a table is one."""

    def __init__(self) -> None:
        self.paragraphs: list[Paragraph] = []
        #: Characters that were left out.
        self.deleted = 0
        self.hid = 0
        #: Files that were put into it as they are, and signs that only a font of symbols explains.
        self.inserted = 0
        self.symbols = 0
        #: Of paragraphs that were begun: a text box stands inside one.
        self._begun: list[list[str]] = []
        self._levels: list[int | None] = []
        #: Where paragraphs go: those of the text, and of cells.
        self._into: list[list[Paragraph]] = [self.paragraphs]
        self._rows: list[list[list[Paragraph]]] = []

    def begin(self, level: int | None = None) -> None:
        self._begun.append([])
        self._levels.append(level)

    def finish(self) -> None:
        if not self._begun:
            return
        text = "".join(self._begun.pop())
        level = self._levels.pop()
        lines = (single_spaced(line) for line in text.split("\n"))
        if text := "\n".join(filter(None, lines)):
            self._into[-1].append(Paragraph(text, level))

    def add(self, text: str) -> None:
        if self._begun:
            self._begun[-1].append(text)

    def begin_row(self) -> None:
        self._rows.append([])

    def begin_cell(self) -> None:
        self._into.append([])

    def finish_cell(self) -> None:
        if len(self._into) > 1:
            cell = self._into.pop()
            if self._rows:
                self._rows[-1].append(cell)
            else:
                self._into[-1].extend(cell)

    def finish_row(self) -> None:
        if not self._rows:
            return
        cells = [cell for cell in self._rows.pop() if cell]
        texts = [" ".join(each.text for each in cell) for cell in cells]
        if len(cells) < 2 or max(map(len, texts)) > _MAX_CELL_CHARS:
            for cell in cells:
                self._into[-1].extend(cell)
        else:
            self._into[-1].append(Paragraph(" | ".join(texts).replace("\n", " ")))

    def close(self) -> None:
        while self._begun:
            self.finish()


class _Word(_Text):
    """The text of a part of Word."""

    def __init__(self, levels: dict[str, int], hidden: set[str]) -> None:
        super().__init__()
        self._style_levels = levels
        self._hidden_styles = hidden
        #: How deep in what is left out: a move's old place, the older of two forms, a note that is a mere line, ruby.
        self._unread = 0
        self._moved = 0
        self._is_hidden = False
        self._in_mark = 0  # the properties of a paragraph, whose runs have no text
        self._name = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = self._name = _local(tag)
        if self._unread or name in (
            "Fallback",
            "rt",
        ):  # the second form of one; how words are read out
            self._unread += 1
        elif name in ("footnote", "endnote") and _value(attributes, "type") not in ("", "normal"):
            self._unread = 1
        elif name == "moveFrom":
            self._moved += 1
        elif name == "p":
            self.begin()
        elif name == "pPr":
            self._in_mark += 1
        elif name == "pStyle" and self._levels:
            style = _value(attributes, "val")
            self._levels[-1] = self._style_levels.get(style, _level_of_id(style))
        elif name == "r":
            self._is_hidden = False
        elif name == "vanish" and not self._in_mark:
            self._is_hidden = _is_on(attributes)
        elif name == "rStyle" and not self._in_mark:
            self._is_hidden = self._is_hidden or _value(attributes, "val") in self._hidden_styles
        elif name in ("br", "cr") and _value(attributes, "type") not in ("page", "column"):
            self.add("\n")
        elif name in ("tab", "ptab") and not self._in_mark:
            self.add(" ")
        elif name == "noBreakHyphen":
            self.add("-")
        elif name == "sym" and not (self._moved or self._is_hidden):
            self._add_symbol(_value(attributes, "char"))
        elif name in ("altChunk", "subDoc"):
            self.inserted += 1
        elif name == "tr":
            self.begin_row()
        elif name == "tc":
            self.begin_cell()

    def _add_symbol(self, code: str) -> None:
        """Add the sign of a hexadecimal *code*, unless that is for private use, as codes of fonts of symbols are."""
        sign = chr(int(code, 16)) if _SIGN.fullmatch(code) else ""
        if sign and sign.isprintable():  # what is for private use is not
            self.add(sign)
        else:
            self.symbols += 1

    def data(self, text: str) -> None:
        if self._unread:
            return
        if self._name == "delText" or (self._name == "t" and self._moved):
            self.deleted += len(text)
        elif self._name == "t":
            if self._is_hidden:
                self.hid += len(text)
            else:
                self.add(text)

    def end(self, tag: str) -> None:
        name = _local(tag)
        self._name = ""
        if self._unread:
            self._unread -= 1
        elif name == "moveFrom":
            self._moved -= 1
        elif name == "p":
            self.finish()
        elif name == "pPr":
            self._in_mark -= 1
        elif name == "tr":
            self.finish_row()
        elif name == "tc":
            self.finish_cell()


def _level_of_id(style: str) -> int | None:
    """Return the level of a style that no list of styles explains."""
    name = style.lower()
    if name == "title":
        return 0
    return int(name[7:]) if name.startswith("heading") and name[7:].isdecimal() and len(name) < 10 else None  # fmt: skip


#: Elements of an OpenDocument text whose text is none of the document's, or is another's.
_UNREAD = frozenset(
    ("annotation", "forms", "note-citation", "hidden-text", "hidden-paragraph", "ruby-text", "table-of-content", "event-listeners")
)  # fmt: skip


class _OpenDocument(_Text):
    """The text of an OpenDocument text (ISO/IEC 26300)."""

    def __init__(self) -> None:
        super().__init__()
        self.notes: list[Paragraph] = []
        self._unread = 0
        self._deleted = 0
        #: Style of the document's own -> the one that it changes; those that hide their text.
        self._parents: dict[str, str] = {}
        self._hiding: set[str] = set()
        self._style = ""
        #: Of each element that is open: whether it hides its text.
        self._hides: list[bool] = []
        self._hidden = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = _local(tag)
        style = _value(attributes, "style-name") if name in ("p", "h", "span") else ""
        self._hides.append(style in self._hiding if style else False)
        self._hidden += self._hides[-1]
        if self._unread or name in _UNREAD or (name in ("title", "desc") and "svg" in tag):
            self._unread += 1
        elif self._deleted or name == "tracked-changes":
            self._deleted += 1
        elif name == "style":
            self._style = _value(attributes, "name")
            self._parents[self._style] = _value(attributes, "parent-style-name")
        elif name == "text-properties" and _value(attributes, "display") == "none":
            self._hiding.add(self._style)
        elif name == "h":
            level = _value(attributes, "outline-level")
            self.begin(int(level) if level.isdecimal() and len(level) < 3 else 1)
        elif name == "p":
            is_title = "Title" in (style, self._parents.get(style))
            self.begin(0 if is_title else None)
        elif name in ("s", "tab"):
            self.add(" ")
        elif name == "line-break":
            self.add("\n")
        elif name == "note-body":
            self._into.append(self.notes)
        elif name == "table-row":
            self.begin_row()
        elif name in ("table-cell", "covered-table-cell"):
            self.begin_cell()

    def data(self, text: str) -> None:
        if self._deleted:
            self.deleted += len(text.strip())
        elif self._hidden and self._begun:
            self.hid += len(text)
        elif not self._unread:
            self.add(text.replace("\n", " "))

    def end(self, tag: str) -> None:
        name = _local(tag)
        self._hidden -= self._hides.pop()
        if self._unread:
            self._unread -= 1
        elif self._deleted:
            self._deleted -= 1
        elif name in ("p", "h"):
            self.finish()
        elif name == "note-body":
            self._into.pop()
        elif name == "table-row":
            self.finish_row()
        elif name in ("table-cell", "covered-table-cell"):
            self.finish_cell()
