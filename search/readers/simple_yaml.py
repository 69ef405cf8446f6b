"""The YAML that people write above a text: keys, lists, quoted strings, blocks. Every value is the text that was written.

Not all of YAML, and more forgiving: ``title: Storm: harbour closed`` is a title. A line that is not understood is given
back. Nothing is expanded (an alias is not understood), so what comes out is no larger than what went in.
"""

from __future__ import annotations

import re
from typing import NamedTuple

#: Values in values.
_MAX_DEPTH = 12

_KEY = re.compile(
    r"(?P<key>\"[^\"\n]{1,200}\"|'[^'\n]{1,200}'|[^\W\d_][\w .@/+-]{0,100}?|[\w@$-]{1,100})\s{0,20}:(?:\s+(?P<rest>.*)|)"
)
_BLOCK = re.compile(r"([|>])[-+0-9]{0,3}\s*(?:#.*)?")
#: What says how a value is to be read; what is named to be used again.
_TAGS = re.compile(r"(?:(?:![\w!<>:/.,-]{0,100}|&[\w-]{1,100})(?:\s+|$)){1,4}")
_ALIAS = re.compile(r"\*[\w-]+\s*")
_COMMENT = re.compile(r"\s+#.*$")
_PLAIN_PART = re.compile(r"[^,\[\]{}\n]*")
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U000[0-9a-fA-F]{5}|.)")
_ESCAPES = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "0": "",
    "e": "",
    "N": "\x85",
    "_": "\xa0",
    "L": "\n",
    "P": "\n\n",
}
_NOTHING = frozenset(("", "~", "null", "Null", "NULL"))


class _Line(NamedTuple):
    number: int
    indent: int
    text: str


def read_yaml(text: str, first_line: int = 1) -> tuple[dict[str, object], list[tuple[int, str]]]:
    """Return what *text* says under which keys, and the lines that were not understood, with their numbers.

    Values are texts, None, lists and dicts of them.
    """
    reading = _Reading(text, first_line)
    value = reading.mapping(0, 0) if reading.lines else {}
    return value, reading.not_understood


class _Reading:
    def __init__(self, text: str, first_line: int) -> None:
        self.raw = text.expandtabs(4).split("\n")
        self.first_line = first_line
        self.lines = [
            _Line(number, len(line) - len(line.lstrip()), line.strip())
            for number, line in enumerate(self.raw)
            if line.strip() and not line.lstrip().startswith("#")
        ]
        self.at = 0
        self.not_understood: list[tuple[int, str]] = []

    def _skip(self, line: _Line) -> None:
        self.not_understood.append((self.first_line + line.number, line.text))

    def _next(self) -> _Line | None:
        return self.lines[self.at] if self.at < len(self.lines) else None

    def mapping(self, indent: int, depth: int) -> dict[str, object]:
        """Return the keys from here on that stand at *indent*."""
        found: dict[str, object] = {}
        while (line := self._next()) and line.indent >= indent:
            match = _KEY.fullmatch(line.text)
            self.at += 1
            if line.indent > indent or match is None:
                self._skip(line)
                continue
            key = match["key"].strip("\"'").strip()
            value = self._value(match["rest"] or "", line, depth, in_list=False)
            if key in found:
                self._skip(line)
            else:
                found[key] = value
        return found

    def _list(self, indent: int, depth: int) -> list[object]:
        found: list[object] = []
        while (line := self._next()) and line.indent == indent and _is_element(line.text):
            rest = line.text[1:].lstrip()
            inner = indent + len(line.text) - len(rest)
            if _KEY.fullmatch(rest) and depth < _MAX_DEPTH:
                self.lines[self.at] = _Line(line.number, inner, rest)
                found.append(self.mapping(inner, depth + 1))
            elif _is_element(rest) and depth < _MAX_DEPTH:
                self.lines[self.at] = _Line(line.number, inner, rest)
                found.append(self._list(inner, depth + 1))
            else:
                self.at += 1
                found.append(self._value(rest, line, depth, in_list=True))
        return found

    def _value(self, rest: str, line: _Line, depth: int, in_list: bool) -> object:
        """Return the value that begins with *rest* on *line*, which was taken, and goes on below it."""
        if tags := _TAGS.match(rest):
            rest = rest[tags.end() :]
        if rest.startswith("#"):
            rest = ""
        if not rest:
            return self._below(line, depth, in_list)
        if block := _BLOCK.fullmatch(rest):
            return self._block(line, is_folded=block[1] == ">")
        if _ALIAS.fullmatch(rest):
            self._skip(line)
            return None
        if rest[0] in "[{":
            text = self._with_more(rest, line)
            value, end = _flow(text, 0, 0)
            if end and not text[end:].strip().lstrip("#"):
                return value
            if end and text[end:].lstrip().startswith("#"):
                return value
            return text  # "[Update] Storm": a text in brackets
        if rest[0] in "\"'":
            text = self._with_more(rest, line)
            value, end = _quoted(text, 0)
            if end and (not text[end:].strip() or text[end:].lstrip().startswith("#")):
                return value
            return text  # "No" says the mayor
        text = _COMMENT.sub("", self._with_more(_COMMENT.sub("", rest), line))
        return None if text in _NOTHING else text

    def _below(self, line: _Line, depth: int, in_list: bool) -> object:
        below = self._next()
        if below is None or depth >= _MAX_DEPTH:
            return None
        is_list = _is_element(below.text)
        if is_list and (
            below.indent > line.indent or (below.indent == line.indent and not in_list)
        ):
            return self._list(below.indent, depth + 1)
        if below.indent <= line.indent:
            return None
        if _KEY.fullmatch(below.text):
            return self.mapping(below.indent, depth + 1)
        self.at += 1
        return self._value(below.text, line, depth + 1, in_list)

    def _with_more(self, rest: str, line: _Line) -> str:
        """Return *rest* with the lines that are indented below it, as one line."""
        parts = [rest]
        while (below := self._next()) and (
            below.indent > line.indent or (rest[0] in "[{" and below.text[0] in "]}")
        ):
            parts.append(below.text)
            self.at += 1
        return " ".join(parts)

    def _block(self, line: _Line, is_folded: bool) -> str:
        """Return the block of text below *line*, with its line ends, or folded to paragraphs."""
        end = line.number + 1
        while end < len(self.raw) and (
            not self.raw[end].strip()
            or len(self.raw[end]) - len(self.raw[end].lstrip()) > line.indent
        ):
            end += 1
        lines = self.raw[line.number + 1 : end]
        while (below := self._next()) and below.number < end:
            self.at += 1
        margin = min((len(each) - len(each.lstrip()) for each in lines if each.strip()), default=0)
        text = "\n".join(each[margin:].rstrip() for each in lines).strip("\n")
        return re.sub(r"(?<!\n)\n(?![\n ])", " ", text) if is_folded else text


def _is_element(text: str) -> bool:
    return text == "-" or text.startswith("- ")


def _quoted(text: str, at: int) -> tuple[str, int]:
    """Return the text in quotation marks that begins at *at*, and where it ends; 0 where it does not."""
    sign = text[at]
    end = at + 1
    if sign == "'":
        while (end := text.find("'", end)) >= 0 and text[end + 1 : end + 2] == "'":
            end += 2
        return (text[at + 1 : end].replace("''", "'"), end + 1) if end >= 0 else ("", 0)
    while end < len(text) and text[end] != '"':
        end += 2 if text[end] == "\\" else 1
    if end >= len(text):
        return "", 0
    return _ESCAPE.sub(_escaped, text[at + 1 : end]), end + 1


def _escaped(match: re.Match[str]) -> str:
    said = match[1]
    if len(said) > 1:
        return chr(int(said[1:], 16))
    return _ESCAPES.get(said, said)


def _flow(text: str, at: int, depth: int) -> tuple[object, int]:
    """Return the list or mapping in brackets that begins at *at*, and where it ends; 0 where it is none."""
    if depth > _MAX_DEPTH:
        return None, 0
    closing = "]" if text[at] == "[" else "}"
    elements: list[object] = []
    pairs: dict[str, object] = {}
    at += 1
    while at < len(text):
        if text[at] in " ,":
            at += 1
            continue
        if text[at] == closing:
            return (elements if closing == "]" else pairs), at + 1
        key = ""
        if closing == "}":
            match = _FLOW_KEY.match(text, at)
            if match is None:
                return None, 0
            key, at = match[1].strip("\"' "), match.end()
            if at >= len(text):
                return None, 0
        value: object
        if text[at] in "[{":
            value, at = _flow(text, at, depth + 1)
        elif text[at] in "\"'":
            value, at = _quoted(text, at)
        else:
            part = _PLAIN_PART.match(text, at)
            end = part.end() if part else at
            plain, at = text[at:end].strip(), (end if end > at or closing == "}" else 0)
            value = None if plain in _NOTHING else plain
        if not at:
            return None, 0
        if key:
            pairs[key] = value
        else:
            elements.append(value)
        if at < len(text) and text[at] not in f" ,{closing}":
            return None, 0
    return None, 0


_FLOW_KEY = re.compile(
    r"\s{0,20}(\"[^\"\n]{1,200}\"|'[^'\n]{1,200}'|[^\s,:\[\]{}\"'][^,:\[\]{}\n]{0,200}?)\s{0,20}:\s{0,20}"
)
