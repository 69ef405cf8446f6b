"""PDFs, made of lines at places of their pages."""

from __future__ import annotations

from typing import NamedTuple

TOP, LEFT = 800.0, 60.0


class Placed(NamedTuple):
    """A line of a page: where it begins, in points from the left and the bottom, and the size of its letters."""

    text: str
    x: float = LEFT
    y: float = TOP
    size: float = 11


def pdf_of(pages: list[list[Placed]], *, properties: dict[str, str] | None = None, extra: bytes = b"") -> bytes:  # fmt: skip
    """Return a PDF with *pages*; *extra* goes into its trailer."""
    count = len(pages)
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(count))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {count} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for number, lines in enumerate(pages):
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F 3 0 R >> >>"
            b" /Contents %d 0 R >>" % (5 + 2 * number)
        )
        content = b"".join(
            b"BT /F %.1f Tf 1 0 0 1 %.1f %.1f Tm (%s) Tj ET\n"
            % (line.size, line.x, line.y, _escaped(line.text))
            for line in lines
        )
        objects.append(b"<< /Length %d >>\nstream\n%sendstream" % (len(content), content))
    info = b" ".join(
        b"/%s (%s)" % (key.encode(), _escaped(value)) for key, value in (properties or {}).items()
    )
    objects.append(b"<< " + info + b" >>")
    file = bytearray(b"%PDF-1.4\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = len(file)
    file += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    file += b"".join(b"%010d 00000 n \n" % place for place in places)
    file += b"trailer << /Size %d /Root 1 0 R /Info %d 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        len(objects),
        extra,
        table,
    )
    return bytes(file)


def _escaped(text: str) -> bytes:
    return text.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def column(lines: list[str], x: float = LEFT, top: float = TOP, size: float = 11) -> list[Placed]:
    """Return *lines* one below the other; an empty one leaves a gap, and "# " makes the letters of a title."""
    placed = []
    for line in lines:
        is_title = line.startswith("# ")
        if line:
            placed.append(Placed(line.removeprefix("# "), x, top, 2 * size if is_title else size))
        top -= 26 if is_title else 14
    return placed


def pdf(text: str) -> bytes:
    """Return a PDF with the lines of *text*; a line ``---`` begins a page."""
    return pdf_of([column(page.strip("\n").split("\n")) for page in text.split("---\n")])
