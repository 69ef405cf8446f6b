"""The text and the names that a value of a record holds."""

from __future__ import annotations

import json
import re
from functools import lru_cache

from search.readers.markup import plain

#: What programs write where there is nothing.
NULLS = frozenset(
    ("nan", "nat", "none", "null", "n/a", "#n/a", "<na>", "\\n", "undefined", "nil", "(null)")
)

#: What they begin with, or what is to be stripped.
_NULLS_BEGIN = frozenset("nNuU#<(\\ \t\r\n\v\f\xa0")

#: Keys under which a nested value has its name or text: {"name": ...}, {"rendered": ...}.
_INNER = (
    "name", "title", "rendered", "text", "value", "content", "label", "term", "$t", "#text", "$oid", "@value",
    "display_name", "displayName", "screen_name", "main", "html", "href", "url",
)  # fmt: skip
#: Keys of the whole name of a person, better than those: a "title" may be "Staff Writer".
_WHOLE_NAMES = (
    "name", "full_name", "fullName", "fullname", "display_name", "displayName", "by", "byline", "author",
)  # fmt: skip
_FIRST_NAMES = ("firstname", "first_name", "firstName", "givenName", "given_name")
_LAST_NAMES = ("lastname", "last_name", "lastName", "familyName", "family_name")

_MAX_LIST_CHARS = 20_000
#: Longer names of publishers are not kept for the next record.
_MAX_KEPT_CHARS = 200
_ADDRESS = re.compile(r"(?:https?:)?//[^\s/]+\S*|www\.\S+")
_QUOTED = re.compile(r"""'((?:[^'\\]++|\\.)*+)'|"((?:[^"\\]++|\\.)*+)\"""", re.DOTALL)
#: With or without commas between them, as numpy has it.
_ALL_QUOTED = re.compile(
    r"""(?:u?(?:'(?:[^'\\]++|\\.)*+'|"(?:[^"\\]++|\\.)*+")[\s,]*+)++""", re.DOTALL
)
_POSTGRES = re.compile(r'\{(?:[^{}:"]|"[^"]{0,2000}+")*+\}')
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


#: What lists and markup begin with, or what is to be stripped.
_BEGINS = frozenset("<#\\([{ \t\r\n")
#: What words for nothing begin with, and how long the longest is.
_NULL_LETTERS = frozenset("nNuU")
_MAX_NULL_CHARS = 9


def is_usual(text: str) -> bool:
    """Whether *text* is nothing but a text, as nearly all are: no markup, no list, no word for nothing."""
    first = text[:1]
    if first in _BEGINS or (first in _NULL_LETTERS and len(text) <= _MAX_NULL_CHARS):
        return False
    return "&" not in text and "<" not in text


def is_null(text: str) -> bool:
    """Whether *text* stands for nothing: NaN, None, null, N/A, \\N and the like."""
    return (
        text[:1] in _NULLS_BEGIN and len(text) <= _MAX_NULL_CHARS and text.strip().lower() in NULLS
    )


def text_of(value: object, *, paragraphs: bool = False, to_letter: bool = False) -> str:
    """Return the text of a value: the digits of a number, the name of an object, the first text of a list.

    Markup becomes text. With *paragraphs*, a list of texts becomes one text, each of them a paragraph. Words
    that stand for nothing are no text, except *to_letter*.
    """
    if isinstance(value, str):
        if is_usual(value):
            return value
        if not to_letter:
            if is_null(value):
                return ""
            if is_list(value):
                return text_of(list_of(value))
        return plain(value, paragraphs=paragraphs)
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, int | float):
        return _digits(value)
    if isinstance(value, dict):
        inner = (value[key] for key in _INNER if isinstance(value.get(key), str))
        return plain(next(filter(None, inner), ""), paragraphs=paragraphs)
    if isinstance(value, list):
        texts = [
            text
            for each in value
            if not isinstance(each, list) and (text := text_of(each, paragraphs=paragraphs, to_letter=to_letter))
        ]  # fmt: skip
        return "\n\n".join(texts) if paragraphs else next(iter(texts), "")
    return ""


def _digits(value: float) -> str:
    if value != value:  # what pandas writes where there is nothing
        return ""
    try:
        return str(value)
    except ValueError:  # an integer of thousands of digits
        return ""


def name_of(value: object) -> str:
    """Return the name of a person or organisation, single-spaced; "" for a number, which is an id."""
    if isinstance(value, str):
        return value.strip() if is_usual(value) else text_of(value).strip()
    if isinstance(value, dict):
        whole = (text_of(value[key]).strip() for key in _WHOLE_NAMES if key in value)
        if name := next(filter(None, whole), ""):
            return name
        parts = [
            next((value[key] for key in keys if value.get(key)), "")
            for keys in (_FIRST_NAMES, _LAST_NAMES)
        ]
        if name := " ".join(
            part.strip() for part in parts if isinstance(part, str) and part.strip()
        ):
            return name
        return text_of(value).strip()
    return ""


def publisher_of(value: object) -> tuple[str, bool]:
    """Return the text of *value*, and whether it is the name of a publisher and not an address."""
    if type(value) is str and len(value) <= _MAX_KEPT_CHARS:
        return _known_publisher(value)
    return _publisher_in(value)


def _publisher_in(value: object) -> tuple[str, bool]:
    text = text_of(value).strip()
    return text, bool(text) and not is_address(text)


_known_publisher = lru_cache(maxsize=1024)(_publisher_in)  # a dump has many records of one paper


def is_address(text: str) -> bool:
    """Whether *text* is nothing but an address of the web."""
    return ("//" in text or "www." in text) and _ADDRESS.fullmatch(text) is not None


def is_list(text: str) -> bool:
    """Whether *text* is a list that was written as text, as pandas and databases do."""
    return text[:1] in ("[", "(", "{") and list_of(text) is not None


def list_of(text: str) -> list[object] | None:
    """Return the elements of a list in text: ``['A', 'B']``, ``["A"]``, ``('A',)``, ``{A,"B C"}``; None for others."""
    text = text.strip()
    if len(text) > _MAX_LIST_CHARS or text[:1] + text[-1:] not in ("[]", "()", "{}"):
        return None
    if text[0] == "[":
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            pass
        else:
            return found if isinstance(found, list) else None
    inside = text[1:-1].strip()
    if not inside:
        return []
    if _ALL_QUOTED.fullmatch(inside):
        return [_ESCAPED.sub(r"\1", a or b) for a, b in _QUOTED.findall(inside)]
    if inside.startswith("{") and text[0] in "[(":
        return _literal(text)
    if text[0] == "{" and _POSTGRES.fullmatch(text):
        return [each.strip('" ') for each in re.findall(r'"[^"]*"|[^,"]+', inside) if each.strip()]
    return None


def _literal(text: str) -> list[object] | None:
    """Return a list of dicts as Python prints it."""
    from ast import literal_eval  # reads values, and runs nothing

    if sum(map(text.count, "[({")) > 500:
        return None
    try:
        found = literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
        return None
    return list(found) if isinstance(found, list | tuple) else None
