"""Documents of Word and LibreOffice, made of paragraphs: a line each, "# " before a title, "## " before a heading."""

from __future__ import annotations

import io
import zipfile
from xml.sax.saxutils import escape

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_STYLES = (
    f'<w:styles {_W}><w:style w:type="paragraph" w:styleId="Titel"><w:name w:val="Title"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>'
    '<w:style w:type="character" w:styleId="Unsichtbar"><w:name w:val="Hidden"/><w:rPr><w:vanish/></w:rPr></w:style></w:styles>'
)
_ODF = "urn:oasis:names:tc:opendocument:xmlns:"
_NAMES = " ".join(
    f'xmlns:{name}="{_ODF}{name}:1.0"'
    for name in ("office", "text", "table", "style", "meta", "drawing")
)


def archive_of(parts: dict[str, str | bytes]) -> bytes:
    """Return a zip archive with *parts*, the first of them stored."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (name, content) in enumerate(parts.items()):
            archive.writestr(name, content, zipfile.ZIP_DEFLATED if number else zipfile.ZIP_STORED)
    return file.getvalue()


def word_document(body: str, *, more: dict[str, str | bytes] | None = None) -> bytes:
    """Return a .docx whose body is the XML *body*."""
    return archive_of(
        {
            "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
            "word/styles.xml": _STYLES,
            "word/document.xml": f"<w:document {_W}><w:body>{body}</w:body></w:document>",
            **(more or {}),
        }
    )


def word_properties(title: str, author: str) -> dict[str, str | bytes]:
    """Return the part of a .docx that has its properties."""
    return {
        "docProps/core.xml": '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/">'
        f"<dc:title>{escape(title)}</dc:title><dc:creator>{escape(author)}</dc:creator>"
        "<dcterms:created>2024-12-01T10:00:00Z</dcterms:created></cp:coreProperties>"
    }


def word_paragraph(text: str) -> str:
    """Return a paragraph of Word."""
    style = ""
    for mark, name in (("# ", "Titel"), ("## ", "berschrift1")):
        if text.startswith(mark):
            style, text = f'<w:pPr><w:pStyle w:val="{name}"/></w:pPr>', text.removeprefix(mark)
    return f"<w:p>{style}<w:r><w:t>{escape(text)}</w:t></w:r></w:p>"


def docx(text: str) -> bytes:
    """Return a .docx with the paragraphs of *text*."""
    return word_document("".join(map(word_paragraph, filter(None, text.split("\n")))))


def open_document(body: str, *, styles: str = "", more: dict[str, str | bytes] | None = None, kind: str = "text") -> bytes:  # fmt: skip
    """Return an .odt whose text is the XML *body*."""
    content = (
        f"<office:document-content {_NAMES}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )
    return archive_of({"mimetype": f"application/vnd.oasis.opendocument.{kind}", "content.xml": content, **(more or {})})  # fmt: skip


def open_paragraph(text: str) -> str:
    """Return a paragraph of LibreOffice."""
    if text.startswith("## "):
        return f'<text:h text:outline-level="1">{escape(text[3:])}</text:h>'
    if text.startswith("# "):
        return f'<text:p text:style-name="Title">{escape(text[2:])}</text:p>'
    return f"<text:p>{escape(text)}</text:p>"


def odt(text: str) -> bytes:
    """Return an .odt with the paragraphs of *text*."""
    return open_document("".join(map(open_paragraph, filter(None, text.split("\n")))))
