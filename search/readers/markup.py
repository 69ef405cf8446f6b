"""Markup inside a field: what is HTML for certain becomes text, anything else is left to the letter."""

from __future__ import annotations

import re
from html.entities import html5

#: Elements whose content is no text.
_UNSEEN = frozenset(("script", "style", "template", "noscript", "iframe", "svg", "head", "object"))

_BLOCKS = frozenset(
    """address article aside blockquote body br caption center dd details div dl dt fieldset figcaption figure
    footer form h1 h2 h3 h4 h5 h6 header hr html li main nav ol p pre section summary table td th tr ul""".split()  # noqa: SIM905
)
_INLINE = frozenset(
    """a abbr acronym amp-img audio b bdi bdo big button cite code data del dfn em embed font i img input ins kbd
    label link mark meta nobr picture q s samp small source span strike strong sub sup tbody tfoot thead time title
    tt u var video wbr""".split()  # noqa: SIM905
)
_KNOWN = _BLOCKS | _INLINE | _UNSEEN

_TAG = re.compile(
    r"<(?:!--(?P<comment>)|!\[CDATA\[(?P<cdata>)|(?P<slash>/?)(?P<name>[A-Za-z][A-Za-z0-9:-]{0,30})"
    # Attributes: a quotation mark may hold a bracket, within bounds; else the first bracket ends the tag.
    r"""(?:(?=[\s/>])(?:(?:[^<>"']++|"[^"]{0,400}+"|'[^']{0,400}+'){0,60}+|[^<>]*+)/?)>)"""
)
_VOID = re.compile(r"<(?:[bB][rR]|[hH][rR])\s*/?>|<[iI][mM][gG]\s[^<>]{0,2000}>|<[pP]>")
#: What follows their bracket.
_VOID_BEGINS = frozenset("bBhHiIpP")
_FEW = 100
_PAIR = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]{0,10})(?=[\s/>])[^<>]*+>")
_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
#: Line breaks, and blank lines, that a person typed; both take time in proportion to the text.
_TYPED_LINE = re.compile(r"\n\s*+")
_TYPED_BLANK = re.compile(r"\n[ \t\r\f]*+\n\s*+")
_BLANK_LINES = re.compile(r"\n{3,}")
_PARAGRAPH = re.compile(r"<(?:p|div)[\s>]", re.IGNORECASE)


def plain(text: str, *, paragraphs: bool = False) -> str:
    """Return *text* without tags and with character references decoded, where it is markup for certain.

    It is if an element of HTML is opened and closed in it, or has a tag that stands alone; "a < b" and
    "<name>" stay. A reference such as ``&eacute;`` or ``&#8211;`` is decoded in any text. With *paragraphs*,
    blocks become paragraphs with blank lines between them; else all white space of markup is one space.
    """
    if "&" not in text and "<" not in text:
        return text
    if text.startswith("<![CDATA[") and text.rstrip().endswith("]]>"):
        text = text.rstrip()[len("<![CDATA[") : -len("]]>")]
    if _is_markup(text):
        # A title that is a script and nothing more is kept as it is, so that nothing is lost.
        return _text_of(text, paragraphs) or ("" if paragraphs else text)
    decoded = _decoded(text)
    # Feeds write their markup with references: "&lt;p&gt;".
    if "&lt;" in text and _is_markup(decoded):
        return _text_of(decoded, paragraphs) or decoded
    return decoded


def plain_lines(text: str) -> str:
    """Return what `plain` does of a text whose lines and blank lines count as they stand, also between tags."""
    if not _is_markup(text):
        return _decoded(text)
    return _text_of(_TYPED_LINE.sub(_typed_break, text), paragraphs=True) or text


def _is_markup(text: str) -> bool:
    if "<" not in text or ">" not in text:
        return False
    at = -1
    for _ in range(
        _FEW
    ):  # to look at each bracket is far quicker than to search the text for patterns
        at = text.find("<", at + 1)
        if at < 0:
            return False
        after = text[at + 1 : at + 2]
        if after == "/":
            break
        if after in _VOID_BEGINS and _VOID.match(text, at):
            return True
    if _VOID.search(text, at):
        return True
    if "</" not in text:
        return False
    opened: set[str] = set()
    for slash, name in _PAIR.findall(text):
        name = name.lower()
        if not slash:
            opened.add(name)
        elif name in opened and name in _KNOWN:
            return True
    return False


def _text_of(markup: str, paragraphs: bool) -> str:
    """Return the text of HTML."""
    parts: list[str] = []
    lowered = ""
    at = 0
    if paragraphs and not _PARAGRAPH.search(markup):
        # What a person typed into WordPress: blank lines part the paragraphs, and tags are in them.
        is_inline = not any(name.lower() in _BLOCKS for _, name in _PAIR.findall(markup))
        markup = (_TYPED_LINE if is_inline else _TYPED_BLANK).sub(_typed_break, markup)
    while match := _TAG.search(markup, at):
        if (start := match.start()) > at:
            parts.append(_run(markup[at:start]))
        at = match.end()
        name = (match["name"] or "").lower()
        if match["comment"] is not None:
            at = _after(markup, "-->", at)
        elif match["cdata"] is not None:
            end = _after(markup, "]]>", at)
            parts.append(markup[at:end].removesuffix("]]>"))
            at = end
        elif name in _BLOCKS:
            parts.append("\n" if name == "br" else "\n\n")
        elif name in _UNSEEN and not match["slash"]:
            lowered = lowered or markup.lower()
            if len(lowered) == len(markup):  # a few letters become two
                at = _after(lowered, f"</{name}>", at)
        elif name not in _KNOWN and ":" not in name:
            parts.append(_run(match[0]))  # "<name>", which is no element
    parts.append(_run(markup[at:]))
    text = "".join(parts)
    if not paragraphs:
        return " ".join(text.split())
    lines = [" ".join(line.split()) if line else "" for line in text.split("\n")]
    return _BLANK_LINES.sub("\n\n", "\n".join(lines).strip("\n"))


def _typed_break(lines: re.Match[str]) -> str:
    return "<p>" if lines[0].count("\n") > 1 else "<br>"


def _run(text: str) -> str:
    """Return a run of text between tags, in which a line end is a blank; blanks are made single at the end."""
    return _decoded(text.replace("\n", " "))


def _after(text: str, end: str, at: int) -> int:
    """Return where what *end* closes is over, the end of the text where nothing closes it."""
    found = text.find(end, at)
    return len(text) if found < 0 else found + len(end)


def _decoded(text: str) -> str:
    return _REFERENCE.sub(_letter, text) if "&" in text else text


def _letter(reference: re.Match[str]) -> str:
    name = reference[0][1:]
    if not name.startswith("#"):
        return html5.get(name, reference[0])
    from html import unescape  # knows which numbers stand for others

    return unescape(reference[0]) or reference[0]
