"""JSON values out of a text stream, one at a time: lines, an array, or an array inside an object."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from json.scanner import make_scanner
from typing import TextIO

from search.readers.bounded_lines import BoundedLines

#: Keys of an object under which exports and news services put their list of articles.
WRAPPERS = (
    "articles", "items", "results", "docs", "documents", "records", "entries", "news", "stories", "data", "posts",
    "hits", "rows", "statuses", "tweets", "value", "@graph",
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
_TAIL_CHARS = 200
_BLANK = " \t\r\n\ufeff\x1e"  # the last begins each record of RFC 7464
_DECODER = json.JSONDecoder(strict=False)
#: What that decodes with, without calls around it.
_scan_once = make_scanner(_DECODER)  # type: ignore[arg-type]  # it takes whatever has the options
_BETWEEN = _BLANK + ","
_BLANK_LINES = re.compile(rf"[{_BLANK}]++")
_GAP = re.compile(f"[{_BETWEEN}]*+")
_WRAPPED = re.compile(r'"(?:' + "|".join(WRAPPERS) + r')"\s*:\s*\[\Z')
_CONTAINED = re.compile(r'"(?:' + "|".join(_CONTAINERS) + r')"\s*:\s*\Z')

#: More brackets or commas than this are no record, and reading them takes memory and time.
_MAX_VALUES = 1_000_000
#: Brackets and commas that are looked at one by one, because they are not inside others.
_MAX_STEPS = 200_000
#: Python's own parser gives up there too.
_MAX_DEPTH = 1_000

# What the scan passes over in one step. None of them fails or goes back.
_PLAIN = r'[^"{}\[\]]++'
_STRING = r'"(?:[^"\\]++|\\.)*+"'
_NESTED = rf"(?:{_PLAIN}|{_STRING})*+"
for _ in range(6):
    _NESTED = rf"(?:{_PLAIN}|{_STRING}|[\[{{]{_NESTED}[\]}}])*+"
_TOO_MANY = f"holds more than {_MAX_VALUES:,} values, too many for one record"

_TO_SEPARATOR = re.compile(r'[^"{}\[\],]*+')
_TO_BRACKET = re.compile(rf"(?:{_PLAIN}|{_STRING})*+", re.DOTALL)
_TO_QUOTE = re.compile(r'(?:[^"\\]++|\\.)*+', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Value:
    """One JSON value and the line it begins on, or a *problem* if it could not be read.

    *cut_short* where the text ended inside it.
    """

    line: int
    value: object = None
    problem: str = ""
    cut_short: bool = False
    #: What an object around the list says before it, None without one.
    around: Mapping[str, object] | None = None


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
    if not line.startswith("{") or not is_whole or line.endswith(("[", "{", ",")):
        return False
    if _goes_on(following) and following.lstrip(_BLANK).startswith("{"):
        return False
    first = parse(line, 1).value
    if not isinstance(first, dict):
        return True  # a broken record; the next line may be a good one
    if wrapped_list(first):
        # A feed has a title and a list too, but a file has only one feed.
        return is_article(first) and following.lstrip().startswith("{")
    return True


def _goes_on(line: str) -> bool:
    """Whether a value that begins in *line* ends in a later one."""
    line = line.rstrip(_BLANK)
    return line.endswith((",", "{", "[")) and next(iter(parse_line(line, 1))).problem != ""


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
    lines = BoundedLines(stream, max_chars, begun)
    while line := lines.take():
        number += 1
        if len(line) > max_chars:
            yield Value(number, problem=too_long(max_chars))
        elif line.strip(_BLANK):
            yield from parse_line(line, number)


def lines_of(text: str, first: int) -> Iterator[tuple[int, str]]:
    """Yield the lines of *text* as `read_lines` separates them, with their numbers, the first being *first*.

    They come without what is blank around them, and those that are blank do not come at all.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    number, at, chars = first, 0, len(text)
    while at < chars:
        end = text.find("\n", at)  # far quicker than to split the text
        if end < 0:
            end = chars
        if line := text[at:end].strip(_BLANK):
            yield number, line
        elif blank := _BLANK_LINES.match(text, at):  # perhaps a million of them
            number += text.count("\n", at, blank.end())
            at = blank.end()
            continue
        number += 1
        at = end + 1


def object_of(text: str) -> dict[str, object] | None:
    """Return the object that *text*, without blanks around it, is; None where `parse` has to look at it."""
    if len(text) > _MAX_VALUES:
        return None
    try:
        value, end = _scan_once(text, 0)
    except (StopIteration, ValueError, RecursionError):
        return None
    return value if end == len(text) and type(value) is dict else None


def parse(text: str, line: int) -> Value:
    """Return the value that *text* holds."""
    text = text.strip(_BLANK)
    if len(text) > _MAX_VALUES and sum(map(text.count, ",[{")) > _MAX_VALUES:
        return Value(line, problem=_TOO_MANY)
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
    if not value.problem or value.problem is _TOO_MANY or not text.lstrip(_BLANK).startswith("{"):
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


@cache
def _to_end() -> re.Pattern[str]:
    """Return what passes over all that is inside a bracket; lines need none, and it takes time to compile."""
    return re.compile(_NESTED, re.DOTALL)


class _Scanner:
    """Finds where values begin and end, by brackets and strings only; `json` parses them."""

    def __init__(self, max_chars: int) -> None:
        self._max_chars = max_chars
        self._parts: list[str] = []  # text of the value begun
        self._chars = 0
        self._brackets = 0  # that are opened in that text
        self._tail = ""  # how that text ends
        self._steps = 0  # brackets and commas that were looked at since a value ended
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
        self._around: Mapping[str, object] | None = None

    def scan(self, stream: TextIO, begun: str) -> Iterator[Value]:
        yield from self._feed(begun)
        while not self._beyond() and (chunk := stream.read(_CHUNK_CHARS)):
            yield from self._feed(chunk)
        if problem := self._beyond():
            yield Value(self._value_line, problem=problem, cut_short=True)
            return
        is_cut = self._depth > 0 or self._in_string
        if (is_cut or self._chars) and not self._in_wrapper:
            problem = "is cut short: the file ends inside this record"
            broken = Value(self._value_line, problem=problem, cut_short=True)
            yield from [broken] if is_cut else self._value()
        elif self._in_list:
            problem = "is cut short: the list of articles is not closed"
            yield Value(self._line, problem=problem, cut_short=True)

    def _beyond(self) -> str:
        """Return why the rest of the text is not worth its time, "" where it is."""
        if self._depth > _MAX_DEPTH:
            return f"is nested more than {_MAX_DEPTH:,} deep; the rest was not read"
        if self._steps > _MAX_STEPS or self._brackets > _MAX_VALUES:
            return "has more brackets or commas than any record needs; the rest was not read"
        return ""

    def _feed(self, chunk: str) -> Iterator[Value]:
        at = taken = 0
        while (at := self._pass(chunk, at)) < len(chunk) and not self._beyond():
            self._steps += 1
            character = chunk[at]
            if self._may_open:
                self._may_open = False
                if character == "{":
                    self._take(chunk[taken:at])
                    self._open_wrapped()
                    taken = at
            if character == '"':
                self._in_string = not self._in_string
            elif (
                self._depth == 0
                and character != "{"
                and self._is_around(chunk[taken:at], character)
            ):
                self._take(chunk[taken:at])
                yield from self._separated(character)
                taken = at + 1
            elif character in "}]":
                self._depth -= 1
                self._containers = min(self._containers, self._depth)
                if self._depth == 0:
                    self._take(chunk[taken : at + 1])
                    yield from self._value()
                    taken = at + 1
            else:
                self._open(character, self._tail + chunk[max(taken, at - _TAIL_CHARS) : at])
            at += 1
        self._take(chunk[taken:])

    def _pass(self, chunk: str, at: int) -> int:
        """Return where in *chunk*, from *at* on, there is something to look at."""
        if not self._in_string:
            if self._depth == 0 or self._may_open:
                return _end_of(_TO_SEPARATOR, chunk, at)
            may_have_list = self._depth == self._containers and not self._in_list
            return _end_of(_TO_BRACKET if may_have_list else _to_end(), chunk, at)
        if self._after_backslash and at < len(chunk):
            self._after_backslash = False
            at += 1
        if chunk.find('"', at) < 0 and chunk.find("\\", at) < 0:
            return len(chunk)
        at = _end_of(_TO_QUOTE, chunk, at)
        if chunk[at:] == "\\":
            self._after_backslash = True
            at += 1
        return at

    def _is_around(self, before: str, character: str) -> bool:
        """Whether a bracket or comma at the top, after *before*, is around values or between them."""
        return character != "[" or not (self._in_list or self._chars or before.strip(_BLANK))

    def _separated(self, character: str) -> Iterator[Value]:
        """Yield the value before a bracket or comma that is around values or between them."""
        yield from self._value()
        if character == "[":
            self._in_list = True
            self._in_wrapper = False
        elif character == "]":
            self._in_list = False
        elif character == "}" and not self._in_list:
            self._outside -= 1
            self._in_wrapper = self._outside > 0

    def _open(self, character: str, before: str) -> None:
        """Note a bracket that opens inside a value, or begins one."""
        if character == "{" and not self._in_list and self._contains(before):
            self._containers += 1
        self._depth += 1
        self._may_open = character == "[" and self._wraps(before + "[")

    def _open_wrapped(self) -> None:
        is_kept = self._containers == 1 and self._chars <= _CHUNK_CHARS
        before = self._taken()
        around = parse(before + "]}", self._line).value if is_kept else None
        self._around = around if isinstance(around, dict) else None
        self._depth = 0
        self._outside, self._containers = self._containers, 0
        self._in_list = self._in_wrapper = True

    def _contains(self, before: str) -> bool:
        """Whether the object that begins is one at the top, or inside others may hold the list of articles."""
        if self._depth != self._containers:
            return False
        if self._depth == 0:
            return True
        return (
            self._depth < _MAX_CONTAINERS and _CONTAINED.search(before[-_TAIL_CHARS:]) is not None
        )

    def _wraps(self, before: str) -> bool:
        is_inside = 0 < self._containers == self._depth - 1
        if not is_inside or self._in_list or self._in_wrapper:
            return False
        return _WRAPPED.search(before[-_TAIL_CHARS:]) is not None

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
            self._steps = 0
            value = parse(text, line)
            yield replace(value, around=self._around) if self._around and self._in_list else value

    def _take(self, text: str) -> None:
        if not self._chars:
            blank = len(text) - len(text.lstrip(_BLANK))
            self._line += text.count("\n", 0, blank)
            text = text[blank:]
            self._value_line = self._line
        self._line += _count("\n", text)
        self._chars += len(text)
        self._brackets += _count("[", text) + _count("{", text)
        self._tail = (self._tail + text[-_TAIL_CHARS:])[-_TAIL_CHARS:]
        if self._chars <= self._max_chars:
            self._parts.append(text)

    def _taken(self) -> str:
        text = "".join(self._parts)
        self._parts.clear()
        self._chars = self._brackets = 0
        self._tail = ""
        return text


def _count(character: str, text: str) -> int:
    """Return how often *character* is in *text*, soonest where it is not: to look for one takes least time."""
    return text.count(character) if character in text else 0


def _end_of(pattern: re.Pattern[str], text: str, at: int) -> int:
    """Return where what *pattern* matches at *at* ends; it matches the empty text too."""
    match = pattern.match(text, at)
    return at if match is None else match.end()
