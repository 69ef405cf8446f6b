"""JSON values out of a text stream, one at a time: lines, an array, or an array inside an object."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TextIO

#: Keys of an object under which exports and news services put their list of articles.
WRAPPERS = (
    "articles", "items", "results", "docs", "documents", "records", "entries", "news", "stories", "data", "posts",
    "hits", "rows", "statuses", "tweets", "value",
)  # fmt: skip

#: Keys under which they put the object that has that list.
_CONTAINERS = (
    "response",
    "result",
    "data",
    "_embedded",
    "hits",
    "articles",
    "feed",
    "payload",
    "news",
)
_MAX_CONTAINERS = 3

_CHUNK_CHARS = 65_536
_BLANK = " \t\r\n\ufeff\x1e"  # the last begins each record of RFC 7464
_DECODER = json.JSONDecoder(strict=False)
_BETWEEN = _BLANK + ","
_GAP = re.compile(f"[{_BETWEEN}]*+")
_SPECIAL = re.compile(r'["{}\[\],]')
_IN_STRING = re.compile(r'["\\]')
_WRAPPED = re.compile(r'"(?:' + "|".join(WRAPPERS) + r')"\s*:\s*\[\Z')
_CONTAINED = re.compile(r'"(?:' + "|".join(_CONTAINERS) + r')"\s*:\s*\Z')
_OPENS_LINE = re.compile(r"(?:[\[{,]|:\s*[\[{])\s*\Z")


@dataclass(frozen=True, slots=True)
class Value:
    """One JSON value and the line it begins on, or a *problem* if it could not be read.

    *cut_short* where the text ended inside it.
    """

    line: int
    value: object = None
    problem: str = ""
    cut_short: bool = False


def read_either(
    stream: TextIO, max_chars: int, is_article: Callable[[dict[str, object]], bool]
) -> Iterator[Value]:
    """Yield the values of a text that has either one a line or is a JSON text (`read_values`).

    Its first lines tell, as far as *max_chars*: whether the first holds a value to its end, and
    whether that is a record (*is_article*) and not an object around the list of them.
    """
    begun = ""
    while len(begun) < _CHUNK_CHARS and (line := stream.readline(max_chars)):
        begun += line
        if line.strip(_BLANK):
            break
    following = stream.readline(_CHUNK_CHARS) if begun.endswith(("\n", "\r")) else ""
    scan = read_lines if _is_lines(begun, following, is_article) else read_values
    yield from scan(stream, max_chars, begun + following)


def shows_lines(head: str, is_article: Callable[[dict[str, object]], bool]) -> bool:
    """Whether a text that begins with *head* has a value a line, as `read_either` sees it.

    False also where *head* is too short to tell.
    """
    ahead = io.StringIO(head, newline="")
    begun = ""
    while not begun.strip(_BLANK) and (line := ahead.readline()):
        begun += line
    following = ahead.readline()
    return bool(following) and _is_lines(begun, following, is_article)


def _is_lines(line: str, following: str, is_article: Callable[[dict[str, object]], bool]) -> bool:
    is_whole = line.endswith(("\n", "\r"))
    line = line.strip(_BLANK)
    if not line.startswith("{") or not is_whole or _OPENS_LINE.search(line):
        return False
    try:
        first = json.loads(line, strict=False)
    except (ValueError, RecursionError):
        return True  # a broken record; the next line may be a good one
    if wrapped_list(first):
        # A feed has a title and a list too, but a file has only one feed.
        return is_article(first) and following.lstrip().startswith("{")
    return True


def wrapped_list(value: Mapping[str, object]) -> list[object]:
    """Return the list of objects that *value* holds under one of `WRAPPERS`, [] where it has none."""
    for _ in range(_MAX_CONTAINERS):
        for key in WRAPPERS:
            found = value.get(key)
            if isinstance(found, list) and found and isinstance(found[0], dict):
                return found
        inner = (value.get(key) for key in _CONTAINERS)
        value = next((each for each in inner if isinstance(each, dict)), {})
    return []


def read_lines(stream: TextIO, max_chars: int, begun: str = "") -> Iterator[Value]:
    """Yield the values of each line that is not blank, nearly always one; a line beyond *max_chars* is a problem.

    *begun* is text already taken from *stream*.
    """
    number = 0
    ahead = io.StringIO(begun, newline="")
    while line := _next_line(ahead, stream, max_chars):
        number += 1
        if len(line) >= max_chars and not line.endswith(("\n", "\r")):
            while (rest := stream.readline(max_chars)) and not rest.endswith(("\n", "\r")):
                pass
            yield Value(number, problem=too_long(max_chars))
        elif line.strip(_BLANK):
            yield from parse_line(line, number)


def _next_line(ahead: TextIO, stream: TextIO, max_chars: int) -> str:
    line = ahead.readline()
    if line.endswith(("\n", "\r")) or len(line) >= max_chars:
        return line
    return line + stream.readline(max_chars - len(line))


def lines_of(text: str) -> list[str]:
    """Return the lines of *text* as `read_lines` separates them, without line ends."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.split("\n")


def is_blank(line: str) -> bool:
    return not line.strip(_BLANK)


def parse(text: str, line: int) -> Value:
    """Return the value that *text* holds."""
    text = text.strip(_BLANK)
    try:
        # `json.loads` makes a decoder for each text, which takes a third of its time.
        value, end = _DECODER.raw_decode(text)
        if end == len(text):
            return Value(line, value)
    except (ValueError, RecursionError):
        pass
    try:
        return Value(line, json.loads(text, strict=False))
    except json.JSONDecodeError as exc:
        return Value(
            line, problem=f"is not JSON: {exc.msg} at character {exc.pos + 1} of the record"
        )
    except RecursionError:
        return Value(line, problem="is not usable JSON: nested too deeply")
    except ValueError:
        return Value(line, problem="is not usable JSON: a number with too many digits")


def parse_line(text: str, line: int) -> Iterator[Value]:
    """Yield the value that a line holds, or the values, with or without commas between and after them."""
    value = parse(text, line)
    if not value.problem or not text.lstrip(_BLANK).startswith("{"):
        yield value
        return
    text = text.strip(_BETWEEN)
    at = 0
    found = []
    try:
        while at < len(text):
            each, at = _DECODER.raw_decode(text, at)
            found.append(Value(line, each))
            at = _GAP.match(text, at).end()  # type: ignore[union-attr]  # it matches nothing too
    except (ValueError, RecursionError):
        if not found:
            yield value
            return
        problem = f"is not JSON from character {at + 1} on; what comes before was read"
        found.append(Value(line, problem=problem))
    yield from found


def read_values(stream: TextIO, max_chars: int, begun: str = "") -> Iterator[Value]:
    """Yield the articles' values of a JSON text in order, holding one of them at a time.

    Elements of an array at the top, or of one that an object at the top holds under one of
    `WRAPPERS`; else each value at the top. *begun* is text already taken from *stream*.
    """
    return _Scanner(max_chars).scan(stream, begun)


def too_long(max_chars: int) -> str:
    """Return the problem of a value or line beyond *max_chars*."""
    return f"is longer than {max_chars:,} characters; split it or raise max_article_chars"


class _Scanner:
    """Finds where values begin and end, by brackets and strings only; `json` parses them."""

    def __init__(self, max_chars: int) -> None:
        self._max_chars = max_chars
        self._parts: list[str] = []  # text of the value begun
        self._chars = 0
        self._line = 1
        self._value_line = 1
        self._depth = 0  # brackets open inside the value begun
        self._in_string = False
        self._after_backslash = False
        self._in_list = False  # values are elements of a list
        self._in_wrapper = False  # that list is inside an object, whose rest is skipped
        self._containers = 0  # objects open from the top on that may hold such a list
        self._outside = 0  # objects around the list
        self._may_open = False  # the list is that of the articles if an object comes next

    def scan(self, stream: TextIO, begun: str) -> Iterator[Value]:
        yield from self._feed(begun)
        while chunk := stream.read(_CHUNK_CHARS):
            yield from self._feed(chunk)
        text = self._taken()
        if text.strip(_BLANK) and not self._in_wrapper:
            cut = self._depth or self._in_string
            problem = "is cut short: the file ends inside this record"
            broken = Value(self._value_line, problem=problem, cut_short=True)
            yield broken if cut else parse(text, self._value_line)
        elif self._in_list:
            problem = "is cut short: the list of articles is not closed"
            yield Value(self._line, problem=problem, cut_short=True)

    def _feed(self, chunk: str) -> Iterator[Value]:
        at = 0
        while at < len(chunk):
            if self._in_string:
                at = self._pass_string(chunk, at)
                continue
            match = _SPECIAL.search(chunk, at)
            if match is None:
                self._take(chunk[at:])
                return
            self._take(chunk[at : match.start()])
            at = match.end()
            yield from self._special(match[0])

    def _pass_string(self, chunk: str, at: int) -> int:
        if self._after_backslash:
            self._after_backslash = False
            self._take(chunk[at])
            return at + 1
        match = _IN_STRING.search(chunk, at)
        end = len(chunk) if match is None else match.end()
        self._take(chunk[at:end])
        if match is not None:
            self._in_string = match[0] != '"'
            self._after_backslash = match[0] == "\\"
        return end

    def _special(self, character: str) -> Iterator[Value]:
        if self._may_open:
            self._may_open = False
            if character == "{":
                self._open_wrapped()
        if self._depth == 0 and self._opens_list(character):
            return
        if self._depth == 0 and character in "],}":
            yield from self._value()
            if character == "]":
                self._in_list = False
            elif character == "}" and not self._in_list:
                self._outside -= 1
                self._in_wrapper = self._outside > 0
            return
        if character == "{" and not self._in_list and self._contains():
            self._containers += 1
        self._take(character)
        if character == '"':
            self._in_string = True
        elif character in "{[":
            self._depth += 1
            self._may_open = character == "[" and self._wraps()
        elif character in "}]":
            self._depth -= 1
            self._containers = min(self._containers, self._depth)
            if self._depth == 0:
                yield from self._value()

    def _open_wrapped(self) -> None:
        self._taken()
        self._depth = 0
        self._outside, self._containers = self._containers, 0
        self._in_list = self._in_wrapper = True

    def _opens_list(self, character: str) -> bool:
        opens = character == "[" and not self._in_list and not "".join(self._parts).strip(_BLANK)
        if opens:
            self._taken()
            self._in_list = True
            self._in_wrapper = False
        return opens

    def _contains(self) -> bool:
        """Whether the object that begins is one at the top, or inside others may hold the list of articles."""
        if self._depth != self._containers:
            return False
        if self._depth == 0:
            return True
        return self._depth < _MAX_CONTAINERS and _CONTAINED.search(self._last()) is not None

    def _wraps(self) -> bool:
        is_inside = 0 < self._containers == self._depth - 1
        if not is_inside or self._in_list or self._in_wrapper:
            return False
        return _WRAPPED.search(self._last()) is not None

    def _last(self) -> str:
        # The key, its quotation marks and its colon are among the last few pieces.
        return "".join(self._parts[-8:])[-200:]

    def _value(self) -> Iterator[Value]:
        """Yield the value just ended, unless it is empty, as between a bracket and a comma."""
        is_too_long = self._chars > self._max_chars
        line = self._value_line
        text = self._taken()
        if self._in_wrapper and not self._in_list:
            return  # the rest of the object around the list
        if is_too_long:
            yield Value(line, problem=too_long(self._max_chars))
        elif text.strip(_BLANK):
            yield parse(text, line)

    def _take(self, text: str) -> None:
        if not self._chars and not self._depth:
            blank = len(text) - len(text.lstrip())
            self._line += text.count("\n", 0, blank)
            text = text[blank:]
            self._value_line = self._line
        self._line += text.count("\n")
        self._chars += len(text)
        if self._chars <= self._max_chars:
            self._parts.append(text)

    def _taken(self) -> str:
        text = "".join(self._parts)
        self._parts.clear()
        self._chars = 0
        return text
