"""The names in a text as they count: spans that were cut wrongly are mended, and what names nothing is left out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from search.enrich.entities.merging.forms import (
    AGENCIES,
    Form,
    form_of,
    key_of,
    lists,
    remembered,
)
from search.enrich.spans import Kind, Span
from search.model.article import Article

#: What is written between the parts of one name that were found as two.
_MOST_BETWEEN: Final = 6

#: Between a name and one in brackets after it: a blank and the bracket, each perhaps with a quotation mark.
_MOST_BEFORE_BRACKET: Final = 4

#: Longer words of capitals are names that somebody has put in capitals.
_LONGEST_ACRONYM: Final = 10

#: Letters of an acronym that are not those of the name before it.
_MOST_OF_ACRONYM: Final = 6

_JOINTS_OF_FIRMS: Final = frozenset(("and", "&", ",", ", and", "."))
#: Joints that leave the words before and after them as they are: a listed name with one begins with the words before it.
_BETWEEN_WORDS: Final = _JOINTS_OF_FIRMS | frozenset(("of", "of the", "for"))
_JOINTS: Final = _BETWEEN_WORDS | frozenset(("", "-", "/", "'s", "’s"))

_CREDIT_BEFORE: Final = re.compile(r"\b(?:told|tells|by|for|with)(?: the)?\s$")
_TICKER: Final = re.compile(r"[A-Z0-9]{1,6}(?:\.[A-Z]{1,3})?")
#: "(XON.N)"
_CODE_IN_BRACKETS: Final = re.compile(r"\([A-Z0-9]{2,6}\.[A-Z]{1,3}\)")
_EXCHANGE: Final = re.compile(r"\((?:[^()]{0,30}[ ,;])?[A-Z]{2,8}: ?$")
_LOWER_WORD_BEFORE: Final = re.compile(r"([a-z]+)\s$")
_WORD_AFTER: Final = re.compile(r"\s([A-Za-z]+)")
_SENTENCE_END: Final = re.compile(r"[a-z]{5}\.\s")
_PLACE_WORDS: Final = frozenset(
    ["city", "town", "village", "district", "province", "region", "county", "suburb", "island", "river", "lake", "station", "airport", "municipality", "peninsula", "valley", "neighbourhood", "neighborhood"]
)  # fmt: skip
_PLACE_ENDS: Final = tuple(sorted(_PLACE_WORDS))
#: Characters before a name among which such a word is looked for.
_MOST_BEFORE_NAME: Final = 16
#: What follows a possessive, a code of an exchange, a short form in brackets.
_TELLING: Final = frozenset("'’>).")
_WORD_END: Final = re.compile(r"(?<=\w)(?:'s|’s)?(?!\w)", re.IGNORECASE)


class Found:
    """A name in the text, without what is not part of it."""

    __slots__ = ("end", "form", "kind", "start", "written")

    def __init__(self, start: int, end: int, kind: Kind, form: Form, written: str) -> None:
        self.start = start
        self.end = end
        self.kind = kind
        self.form = form
        #: What the text has there, with single blanks.
        self.written = written


def _found(text: str, start: int, end: int, kind: Kind, form: Form) -> Found:
    return Found(start, end, kind, form, " ".join(text[start:end].split()))


#: A short form and the long one that it stands for, as keys, where the article says so.
Link = tuple[str, str]


def found_in(text: str, spans: Sequence[Span], article: Article) -> tuple[list[Found], list[Link]]:
    """Return the names that *spans* give, in order, and which of them the article says to be one."""
    found: list[Found] = []
    links: list[Link] = []
    own = key_of(article.source) if article.source else ""
    size = len(text)
    reached = 0
    for start, end, kind in spans:
        if not reached <= start < end <= size:
            continue
        if start - reached <= _MOST_BETWEEN and found:
            whole = _joined(text, found[-1], start, end, kind)
            if whole is not None:
                found[-1] = whole
                reached = end
                continue
        reached = end
        surface = text[start:end]
        form = remembered[kind].get(surface) or form_of(surface, kind)
        if form is None:
            continue
        start += form.lead
        end -= form.tail
        written = form.written
        after = text[end : end + 1]
        if after in _TELLING:
            if after in "'’" and not form.listed:
                possessive = form_of(text[start : end + 2], kind)
                if possessive is not None and possessive.listed and not possessive.tail:
                    form, end = possessive, end + 2
                    reached = max(reached, end)
                    written = " ".join(text[start:end].split())
            elif _is_ticker(text, start, end):
                continue
            elif after == ")" and found and text[start - 1] == "(":
                _link(found[-1], form, start, kind, links)
        if not form.is_plain or form.key == own:
            placed = _in_its_place(text, Found(start, end, kind, form, written), own)
            if placed is not None:
                reached = max(reached, placed.end)
                found.append(placed)
        else:
            found.append(Found(start, end, kind, form, written))
    return found, links


def _in_its_place(text: str, each: Found, own: str) -> Found | None:
    """Return a name as what stands around it has it; None if it is a credit. *own* is the key of the article's source."""
    start, end, kind, form = each.start, each.end, each.kind, each.form
    if form.longer and _goes_on(text, end, form):
        form, end = _listed_from(text, start, end, form) or (form, end)
    key = form.key
    if (key in AGENCIES or key == own) and _is_credit(text, start, end, key == own or not own):
        return None
    if form.state and text[max(0, start - 2) : start].strip() in (",", "("):
        return _found(text, start, end, "place", form_of(form.state, "place") or form)
    if form.is_one_word:
        if kind == "org" and not form.listed and _is_after_place(text, start):
            kind = "place"
    elif form.topic_at:
        form, end = _without_topic(text, start, end, form, kind) or (form, end)
    if form is each.form and end == each.end:
        each.kind = kind
        return each
    return _found(text, start, end, kind, form)


def _goes_on(text: str, end: int, form: Form) -> bool:
    """Whether the next word may be that of a listed name that begins with this one."""
    following = text[end + 1 : end + 9].split(None, 1)
    return bool(following) and following[0][:3].casefold() in form.following


def _link(last: Found, form: Form, start: int, kind: Kind, links: list[Link]) -> None:
    """Put down that a name in brackets and the one before them are one, if one is short for the other."""
    if start - last.end <= _MOST_BEFORE_BRACKET:
        if is_short_for(form.name, last.form.name):
            links.append((form.key, last.form.key))
        elif is_short_for(last.form.name, form.name):
            links.append((last.form.key, form.key))
        elif kind == last.kind == "org" and _is_foreign_acronym(form, last.form):
            links.append((form.key, last.form.key))


def _is_foreign_acronym(form: Form, before: Form) -> bool:
    """Whether a short form may be that of the name before it in another language: "Party for Freedom (PVV)"."""
    return (
        form.is_one_word
        and form.name.isupper()
        and not form.listed
        and not before.is_one_word
        and not before.listed
        and len(form.name) <= _MOST_OF_ACRONYM
    )


def is_short_for(acronym: str, long_form: str) -> bool:
    """Whether the letters of *acronym* are first letters of the words of *long_form*, in order."""
    if (
        " " in acronym
        or " " not in long_form
        or not acronym[:2].isupper()
        or len(acronym) > _LONGEST_ACRONYM
    ):
        return False
    initials = iter(word[0].lower() for word in re.split(r"[\s-]+", long_form) if word)
    return all(letter.lower() in initials for letter in acronym if letter.isupper())


def _joined(text: str, last: Found, start: int, end: int, kind: Kind) -> Found | None:
    """Return *last* and the span after it as one name, where they are one."""
    between = text[last.end : start]
    if between == ") ":
        return _around_bracket(text, last, start, end, kind)
    squeezed = " ".join(between.split())
    if squeezed not in _JOINTS or "\n\n" in between:
        return None
    is_firm = (
        squeezed in _JOINTS_OF_FIRMS
        and kind != "other"
        and last.kind != "other"
        and _is_firm(last, squeezed, text[start:end])
    )
    if not is_firm and not last.form.longer and squeezed in _BETWEEN_WORDS:
        return None
    whole = form_of(text[last.start : end], "org")
    if whole is None or whole.lead:
        return None
    if whole.listed == "org" or (whole.listed == "place" and squeezed not in (",", "/", "-")):
        return _found(text, last.start, end - whole.tail, whole.listed, whole)
    return _found(text, last.start, end - whole.tail, "org", whole) if is_firm else None


def _around_bracket(text: str, last: Found, start: int, end: int, kind: Kind) -> Found | None:
    """Return the name that an editor's word is a part of: "would prevent (President Vladimir) Putin"."""
    if not kind == last.kind == "person" or " " in last.form.name:
        return None
    opened = text.rfind("(", max(0, last.start - 60), last.start)
    if opened < 0 or ")" in text[opened : last.start]:
        return None
    form = form_of(f"{last.form.name} {text[start:end]}", kind)
    return None if form is None else _found(text, start, end - form.tail, kind, form)


def _is_firm(last: Found, between: str, rest: str) -> bool:
    """Whether *rest* is that of a firm's name: "Qim, Zorn and Co", "Zorn" and "Co Inc", "Brown" and "Sons Inc"."""
    known = lists().words
    if between not in ("and", "&"):
        if "and" not in rest and "&" not in rest:
            return False
        second = rest.split()
        return (
            any(word in ("and", "&") for word in second[1:-1])
            and second[-1].rstrip(".") in known.corporate_ends
        )
    second = rest.split()
    if not second:
        return False
    if second[0].rstrip(".") in ("Co", "Sons", "Partners"):
        return True
    first = last.form.name.split(" ")
    return (
        # "National Security" and "Defence Council".
        last.kind == "org"
        and not last.form.listed
        and first[-1] not in known.organisation_heads
        and all(key_of(word) in lists().generic for word in first[1:] or first)
        and len(second) > 1
        and second[-1] in known.organisation_heads
        and second[-1] not in ("Department", "Ministry")
    )


def _listed_from(text: str, start: int, end: int, form: Form) -> tuple[Form, int] | None:
    """Return the listed name at *start* that goes on after *form*, as "Alex. Brown" after "Alex", and its end."""
    longer = form.longer
    if text[end] in '"”):;(':
        return None
    ahead = key_of(text[start : start + len(longer[0]) + 12])
    for key in longer:
        if ahead.startswith(key) and not ahead[len(key) : len(key) + 1].isalnum():
            for edge in _WORD_END.finditer(text, end + 1, start + len(key) + 12):
                whole = text[start : edge.end()]
                if key_of(whole) == key:
                    if (
                        not whole.split()[-1][0].isupper()
                        or "\n\n" in whole
                        or _SENTENCE_END.search(whole)
                    ):
                        break
                    found = form_of(whole + text[edge.end() : edge.end() + 1], "org")
                    return (
                        None
                        if found is None or found.lead
                        else (found, edge.end() + 1 - found.tail)
                    )
    return None


def _is_ticker(text: str, start: int, end: int) -> bool:
    """Whether a code of a stock exchange stands there: "<XON.N>", "(NYSE: XON)", "(XON.N)"."""
    code = text[start:end]
    if not code.isupper() or " " in code:
        return False
    opened = text.rfind("(", max(0, start - 8), start)
    if opened >= 0 and _CODE_IN_BRACKETS.match(text, opened):
        return True
    if text[end : end + 1] == ">":
        return True
    opened = text.rfind("<", max(0, start - 12), start)
    if opened >= 0 and (closed := text.find(">", end, end + 8)) >= 0:
        return bool(_TICKER.fullmatch(text[opened + 1 : closed]))
    if text[end : end + 1] != ")":
        return False
    is_code = "." in code and bool(_TICKER.fullmatch(code)) and len(code.rpartition(".")[0]) > 1
    return is_code or bool(_EXCHANGE.search(text, max(0, start - 45), start))


def _is_credit(text: str, start: int, end: int, is_own: bool) -> bool:
    """Whether an agency is named there as the one that reports."""
    before, after = text[max(0, start - 12) : start], text[end : end + 12]
    if before.endswith(("(", "/", "- ", "— ", "– ")) or (
        before[-1:] == "\n" and not after.strip(" .\n")
    ):
        return True
    if not text[end:].strip(" .)\n") and not before.strip(" \n-—–(")[-1:].isalnum():
        return True
    return is_own and (
        bool(_CREDIT_BEFORE.search(before))
        or after.startswith((" reporter", " correspondent", " reported", " calculations", " poll"))
    )


def _is_after_place(text: str, start: int) -> bool:
    """Whether a name stands after "the metro station"."""
    if not text[max(0, start - _MOST_BEFORE_NAME) : start].rstrip().endswith(_PLACE_ENDS):
        return False
    found = _LOWER_WORD_BEFORE.search(text, max(0, start - _MOST_BEFORE_NAME), start)
    return found is not None and found[1] in _PLACE_WORDS


def _without_topic(
    text: str, start: int, end: int, form: Form, kind: Kind
) -> tuple[Form, int] | None:
    """Return the first word of "U.S. Trade", and its end, where what follows belongs to a title or names nothing."""
    first = form_of(text[start : start + form.topic_at], kind)
    if first is None or first.listed not in ("org", "place"):
        return None
    if first.listed == "org":
        after = _WORD_AFTER.match(text, end)
        if after is None or after[1].casefold() not in lists().words.titles:
            return None
    return first, start + form.topic_at - first.tail
