"""Documents of Word and LibreOffice: which text counts, and what their properties are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from search.model.article import Article, BadArticle
from search.model.errors import ReadError
from search.model.remark import Remark
from search.readers.opening import ReadItem, read
from tests.support.office_files import (
    archive_of,
    docx,
    odt,
    open_document,
    word_document,
    word_paragraph,
    word_properties,
)

STORY = """# Night boats return
By Mara Quist
13 November 2024
Two ferries sail again from Friday.
The town pays for the first winter.
"""


def found(tmp_path: Path, content: bytes, name: str = "a.docx") -> list[ReadItem]:
    path = tmp_path / name
    path.write_bytes(content)
    return list(read(path))


def article(tmp_path: Path, content: bytes, name: str = "a.docx") -> Article:
    (one,) = [item for item in found(tmp_path, content, name) if not isinstance(item, Remark)]
    assert isinstance(one, Article), one
    return one


def refused(tmp_path: Path, content: bytes, name: str = "a.docx") -> str:
    (bad,) = [item for item in found(tmp_path, content, name) if not isinstance(item, Remark)]
    assert isinstance(bad, BadArticle), bad
    return bad.reason


def said(items: list[ReadItem], kind: str) -> list[str]:
    return [item.reason for item in items if isinstance(item, Remark) and item.kind == kind]


@pytest.mark.parametrize(("make", "name"), [(docx, "a.docx"), (odt, "a.odt"), (docx, "a.zip")], ids=["docx", "odt", "by its bytes"])  # fmt: skip
def test_a_document_is_read_as_a_text_is(tmp_path: Path, make, name: str) -> None:
    one = article(tmp_path, make(STORY), name)

    assert (one.title, one.authors, one.published_from) == (
        "Night boats return",
        ("Mara Quist",),
        "date line of the text",
    )
    assert one.body == "Two ferries sail again from Friday.\n\nThe town pays for the first winter."


@pytest.mark.parametrize(
    ("text", "properties", "title"),
    [
        ("HARBOUR\n# Night boats return\nThey sail.", "Something else", "Night boats return"),
        ("## Night boats return\nThey sail.", "Something else", "Night boats return"),
        ("Night boats return\nThey sail.", "Something else", "Night boats return"),
        ("They sail again from Friday.\nThe town pays.", "Night boats return", "Night boats return"),
        ("They sail again from Friday.\nThe town pays.", "Microsoft Word - draft 7", "They sail again from Friday."),
        ("They sail again from Friday.\nThe town pays.", "story_final.docx", "They sail again from Friday."),
    ],
    ids=["title below a kicker", "heading", "first line", "properties", "program's title", "name of a file"],
)  # fmt: skip
def test_the_title_is_the_document_s_own_before_that_of_its_properties(tmp_path: Path, text: str, properties: str, title: str) -> None:  # fmt: skip
    body = "".join(map(word_paragraph, text.split("\n")))
    assert (
        article(tmp_path, word_document(body, more=word_properties(properties, ""))).title == title
    )


def test_who_typed_a_file_and_when_is_not_who_wrote_the_article(tmp_path: Path) -> None:
    items = found(tmp_path, word_document(word_paragraph("Boats") + word_paragraph("They sail."), more=word_properties("", "Tess Typist")))  # fmt: skip

    (one,) = [item for item in items if isinstance(item, Article)]
    assert (one.authors, one.published) == ((), None)
    assert [reason.partition(",")[0] for reason in said(items, "value not used")] == [
        "its properties name 'Tess Typist' as author",
        "its properties say '2024-12-01T10:00:00Z'",
    ]


W_CASES = {
    "deleted": ("<w:p><w:r><w:t>Kept</w:t></w:r><w:del><w:r><w:delText> gone</w:delText></w:r></w:del><w:ins><w:r><w:t> new</w:t></w:r></w:ins></w:p>", "Kept new"),
    "moved": ("<w:p><w:moveFrom><w:r><w:t>old place</w:t></w:r></w:moveFrom><w:moveTo><w:r><w:t>Moved</w:t></w:r></w:moveTo></w:p>", "Moved"),
    "hidden": ("<w:p><w:r><w:t>Seen</w:t></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t> unseen</w:t></w:r></w:p>", "Seen"),
    "not hidden": ('<w:p><w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>Seen</w:t></w:r></w:p>', "Seen"),
    "hidden mark": ("<w:p><w:pPr><w:rPr><w:vanish/></w:rPr></w:pPr><w:r><w:t>Seen</w:t></w:r></w:p>", "Seen"),
    "hidden by style": ('<w:p><w:r><w:t>Seen</w:t></w:r><w:r><w:rPr><w:rStyle w:val="Unsichtbar"/></w:rPr><w:t> unseen</w:t></w:r></w:p>', "Seen"),
    "twice": ("<w:p><w:r><x:AlternateContent xmlns:x='x'><x:Choice><w:t>Once</w:t></x:Choice><x:Fallback><w:t>Twice</w:t></x:Fallback></x:AlternateContent></w:r></w:p>", "Once"),
    "ruby": ("<w:p><w:r><w:ruby><w:rt><w:r><w:t>minato</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>港</w:t></w:r></w:rubyBase></w:ruby></w:r></w:p>", "港"),
    "breaks": ('<w:p><w:r><w:t>One</w:t><w:br/><w:t>Two</w:t><w:tab/><w:t>three</w:t><w:br w:type="page"/></w:r></w:p>', "One\n\nTwo three"),
    "table": ("<w:tbl>" + "<w:tr><w:tc><w:p><w:r><w:t>Boat</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>Hour</w:t></w:r></w:p></w:tc></w:tr>" + "</w:tbl>", "Boat | Hour"),
    "box": ("<w:p><w:r><w:t>Text</w:t><w:txbxContent><w:p><w:r><w:t>Box</w:t></w:r></w:p></w:txbxContent></w:r></w:p>", "Box\n\nText"),
    "field": ("<w:p><w:r><w:instrText>PAGE 1</w:instrText></w:r><w:r><w:t>Text</w:t></w:r></w:p>", "Text"),
}  # fmt: skip


@pytest.mark.parametrize("name", W_CASES)
def test_what_a_reader_of_a_word_document_sees_is_its_text(tmp_path: Path, name: str) -> None:
    body, text = W_CASES[name]
    assert article(tmp_path, word_document(word_paragraph("# Boats") + body)).body == text


def test_text_that_is_left_out_is_said(tmp_path: Path) -> None:
    items = found(
        tmp_path,
        word_document(word_paragraph("# Boats") + W_CASES["deleted"][0] + W_CASES["hidden"][0]),
    )

    assert said(items, "not its text") == [
        "text that tracked changes deleted was left out (5 characters)",
        "text that is hidden was left out (7 characters)",
    ]


@pytest.mark.parametrize(
    ("body", "text", "remark"),
    [
        ('<w:p><w:r><w:t>Two </w:t><w:sym w:font="Arial" w:char="20AC"/><w:t> more</w:t></w:r></w:p>', "Two \u20ac more", ""),
        ('<w:p><w:r><w:t>Two</w:t><w:sym w:font="Wingdings" w:char="F04A"/></w:r></w:p>', "Two", "1 signs of a font of symbols"),
        ('<w:p><w:r><w:t>Two</w:t></w:r></w:p><w:altChunk xmlns:r="urn:r" r:id="rId7"/>', "Two", "1 parts of the document are files"),
    ],
    ids=["sign", "symbol", "chunk"],
)  # fmt: skip
def test_what_only_word_shows_is_said(tmp_path: Path, body: str, text: str, remark: str) -> None:
    """It was dropped without a word."""
    items = found(tmp_path, word_document(word_paragraph("# Boats") + body))

    (one,) = [item for item in items if isinstance(item, Article)]
    assert one.body == text
    assert [reason[: len(remark)] for reason in said(items, "cut text")] == [remark] * bool(remark)


def test_notes_of_word_come_at_the_end(tmp_path: Path) -> None:
    w = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    notes = f'<w:footnotes {w}><w:footnote w:type="separator" w:id="0"><w:p><w:r><w:t>-</w:t></w:r></w:p></w:footnote><w:footnote w:id="1"><w:p><w:r><w:t>A note.</w:t></w:r></w:p></w:footnote></w:footnotes>'

    one = article(tmp_path, word_document(word_paragraph("# Boats") + word_paragraph("They sail."), more={"word/footnotes.xml": notes}))  # fmt: skip

    assert one.body == "They sail.\n\nA note."


O_CASES = {
    "note": ('<text:p>They sail<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>A note.</text:p></text:note-body></text:note> again.</text:p>', "They sail again.\n\nA note."),
    "deleted": ("<text:tracked-changes><text:changed-region><text:deletion><text:p>Gone</text:p></text:deletion></text:changed-region></text:tracked-changes><text:p>Kept</text:p>", "Kept"),
    "hidden": ('<text:p>Seen<text:span text:style-name="T1"> unseen</text:span></text:p>', "Seen"),
    "comment": ("<text:p>Text<office:annotation><text:p>Really?</text:p></office:annotation></text:p>", "Text"),
    "spaces": ('<text:p>A<text:s text:c="3"/>b<text:tab/>c<text:line-break/>d\n   e</text:p>', "A b c\n\nd e"),
    "table": ("<table:table><table:table-row><table:table-cell><text:p>Boat</text:p></table:table-cell><table:table-cell><text:p>Hour</text:p></table:table-cell></table:table-row></table:table>", "Boat | Hour"),
    "list": ("<text:list><text:list-item><text:p>One</text:p></text:list-item><text:list-item><text:p>Two</text:p></text:list-item></text:list>", "One\n\nTwo"),
}  # fmt: skip


@pytest.mark.parametrize("name", O_CASES)
def test_what_a_reader_of_an_open_document_sees_is_its_text(tmp_path: Path, name: str) -> None:
    body, text = O_CASES[name]
    styles = '<style:style style:name="T1"><style:text-properties text:display="none"/></style:style><style:style style:name="P1" style:parent-style-name="Title"/>'

    one = article(
        tmp_path,
        open_document(f'<text:p text:style-name="P1">Boats</text:p>{body}', styles=styles),
        "a.odt",
    )

    assert (one.title, one.body) == ("Boats", text)


def test_an_export_of_a_press_database_as_a_document_is_many_articles(tmp_path: Path) -> None:
    of_two = "".join(
        f"{title}\nCoast Post\nNovember {day}, 2024\nLength: 20 words\nByline: Jane Roe\nBody\nIt came.\nLoad-Date: November 20, 2024\nEnd of Document\n"
        for title, day in (("Dredging starts late", 13), ("Pilots go on strike", 15))
    )

    items = [item for item in found(tmp_path, docx(of_two)) if isinstance(item, Article)]

    assert [(item.title, item.authors, item.body) for item in items] == [
        ("Dredging starts late", ("Jane Roe",), "It came."),
        ("Pilots go on strike", ("Jane Roe",), "It came."),
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (archive_of({"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<x/>"}), "is a workbook of Excel; export its table as CSV"),
        (archive_of({"[Content_Types].xml": "<Types/>", "ppt/presentation.xml": "<x/>"}), "is a presentation; save it as text or HTML"),
        (open_document("", kind="spreadsheet"), "is a spreadsheet; export its table as CSV"),
        (open_document("", more={"META-INF/manifest.xml": "<m><encryption-data/></m>"}), "is encrypted; save it without its password first"),
        (docx(STORY)[:400], "the document is damaged"),
        (word_document("<w:p>"), "has a damaged part (word/document.xml"),
        (word_document("", more={"word/document.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}), "has a part that declares entities (word/document.xml)"),
        (word_document(word_paragraph("")), "holds no text"),
        (word_document("<w:p>" * 5_000 + "</w:p>" * 5_000), "has a damaged part (word/document.xml"),
    ],
    ids=["workbook", "presentation", "spreadsheet", "encrypted", "cut", "broken", "entities", "empty", "deep"],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_what_cannot_be_read_is_refused_by_name(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    assert refused(tmp_path, content).startswith(reason)


def test_a_bomb_is_given_up(tmp_path: Path) -> None:
    content = word_document(word_paragraph("a" * 60_000_000))
    assert "grows to more than" in refused(
        tmp_path, content
    ) or "has a part of more than" in refused(tmp_path, content)


def test_an_old_document_is_refused_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(
        ReadError,
        match=r"old form of Office \(\.doc, \.xls, \.msg\), or has a password; save it as \.docx",
    ):
        found(tmp_path, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.doc")
