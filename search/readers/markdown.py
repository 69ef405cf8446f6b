"""Markdown: its marks taken off, so that the text reads as it does on the page that is made of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

#: A line that only stands for a line across the page, the underline of a heading, or that of the head of a table.
_RULE = re.compile(
    r"\s{0,3}(?:(?:[-*_=]\s*){3,}|=+|-{2,}|\|?(?:\s*:?-+:?\s*\|)+(?:\s*:?-+:?\s*)?)\s*"
)
_FENCE = re.compile(r"\s{0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r"\s{0,3}(#{1,6})(?:\s+|$)")
_HEADING_END = re.compile(r"(?<=\S)\s{1,9}(?:#{1,20}|\{#[\w-]{1,100}\})\s{0,9}$")
_QUOTED = re.compile(r"(?:\s{0,3}>\s?){1,20}")
_BULLET = re.compile(r"(\s*)[-*+]\s+(?:\[[ xX]\]\s+)?")
#: Where a link or a footnote that is named in the text leads.
_TARGET = re.compile(r"\s{0,3}\[(?!\^)[^\[\]\n]{1,300}\]:\s+\S+.*")
_NOTE = re.compile(r"\s{0,3}\[\^[^\[\]\s]{1,100}\]:\s*")
_NOTE_MARK = re.compile(r"\[\^[^\[\]\s]{1,100}\]")
#: An address may have brackets in it, one pair in another at most.
_ADDRESS = r"\(\s{0,9}(?:<[^<>\n]{0,2000}>|(?:[^()\s]|\([^()\s]{0,300}\)){0,2000}+)(?:\s{1,9}(?:\"[^\"\n]{0,500}\"|'[^'\n]{0,500}'))?\s{0,9}\)"
_LINK = re.compile(
    rf"!?\[([^\[\]]{{0,1000}})\](?:{_ADDRESS}|\[[^\[\]\n]{{0,300}}\])(?:\{{[^{{}}\n]{{0,200}}\}})?"
)
_AUTOLINK = re.compile(r"<((?:https?://|mailto:)[^<>\s]{1,2000})>")
#: A page of the same collection of notes, and what stands for it in the text.
_WIKI = re.compile(r"!?\[\[([^\[\]\n|]{1,300})(?:\|([^\[\]\n|]{1,300}))?\]\]")
_CODE = re.compile(r"(`{1,2})(?!`)([^`\n]{1,1000})\1(?!`)")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+.!|~<>-])")
#: What Hugo and Jekyll run before the page is made.
_OF_PROGRAMS = re.compile(r"\{\{[<%][^{}]{0,2000}[>%]\}\}|\{%[^{}]{0,2000}%\}")
_EMPHASIS = re.compile(r"\*{1,3}|_{1,3}|~~")
_CELLS = re.compile(r"\s*\|\s*")


def heading_of(text: str) -> tuple[str, str]:
    """Return the first heading of a Markdown text that nothing stands above, and what follows it; "" and *text* without."""
    text = text.lstrip("\n")
    line, _, rest = text.partition("\n")
    if match := _HEADING.match(line):
        return _plain_line(_HEADING_END.sub("", line[match.end() :])), rest
    underline, _, after = rest.partition("\n")
    if line.strip() and len(underline.strip()) > 2 and not underline.strip().strip("="):
        return _plain_line(line), after
    return "", text


def plain_text(markdown: str) -> str:
    """Return *markdown* without its marks; paragraphs, items and rows stay apart.

    Of a link and a picture the words stay, of a note its text; what a program would put in is left out.
    """
    lines = list(_lines(_OF_PROGRAMS.sub("", _without_comments(markdown))))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _without_comments(text: str) -> str:
    kept = []
    at = 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start)) >= 0:
        kept.append(text[at:start])
        at = end + len("-->")
    return "".join([*kept, text[at:]])


def _lines(text: str) -> Iterator[str]:
    fence = ""
    before = ""
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence):
                fence = ""
            else:
                yield line
            continue
        if mark:
            fence = mark[1]
            continue
        if quoted := _QUOTED.match(line):
            line = line[quoted.end() :]
        # A line of signs under words is the end of a heading.
        if _RULE.fullmatch(line) or _TARGET.fullmatch(line):
            if before:
                yield ""
            before = ""
            continue
        if heading := _HEADING.match(line):
            yield from ("", _plain_line(_HEADING_END.sub("", line[heading.end() :])), "")
            before = ""
            continue
        line = _NOTE.sub("", line, count=1)
        line = _BULLET.sub(r"\1- ", line, count=1) if _BULLET.match(line) else line
        if line.startswith("|"):
            line = " | ".join(filter(None, _CELLS.split(line)))
        before = line.strip()
        yield _plain_line(line.rstrip().removesuffix("\\"))


def _plain_line(line: str) -> str:
    """Return a line without marks inside it."""
    if not any(sign in line for sign in "*_~`[<\\"):
        return line
    kept: list[str] = []  # code, and signs that a backslash makes letters

    def keep(text: str) -> str:
        kept.append(text)
        return f"\0{len(kept) - 1}\0"

    line = line.replace("\0", "")
    line = _CODE.sub(lambda match: keep(match[2]), line)
    line = _ESCAPED.sub(lambda match: keep(match[1]), line)
    line = _AUTOLINK.sub(lambda match: keep(match[1]), line)
    line = without_wiki_links(_NOTE_MARK.sub("", line))
    line = _LINK.sub(r"\1", _LINK.sub(r"\1", line))  # a picture may be the words of a link
    line = _without_emphasis(line)
    return re.sub(r"\0([0-9]+)\0", lambda match: kept[int(match[1])], line) if kept else line


def without_wiki_links(text: str) -> str:
    """Return *text* with the words of ``[[page]]`` and ``[[page|words]]``, as Obsidian writes them."""
    return _WIKI.sub(lambda match: match[2] or match[1], text) if "[[" in text else text


def _without_emphasis(line: str) -> str:
    """Return *line* without the signs that open and close emphasis; those that do neither are letters."""
    opened: dict[str, int] = {}
    marks: list[tuple[int, int]] = []
    dropped: set[int] = set()
    for match in _EMPHASIS.finditer(line):
        before, after = line[match.start() - 1 : match.start()], line[match.end() : match.end() + 1]
        sign = match[0]
        marks.append(match.span())
        is_word = sign[0] == "_"
        closes = before.strip() and not (is_word and after.isalnum())
        opens = after.strip() and not (is_word and before.isalnum())
        if closes and sign in opened:
            dropped |= {opened.pop(sign), len(marks) - 1}
        elif opens:
            opened[sign] = len(marks) - 1
    kept = []
    at = 0
    for number in sorted(dropped):
        start, end = marks[number]
        kept.append(line[at:start])
        at = end
    return "".join([*kept, line[at:]])
