"""News agencies: their names, and how a credit at the end of a text looks."""

from __future__ import annotations

import re
from functools import cache, partial

from search.readers.byline_patterns import Patterns

#: The name under which an agency is counted -> its other names.
AGENCIES = {
    "Reuters": (
        "Thomson Reuters",
        "Reuters News",
        "REUTERS",
        "رويترز",
        "路透社",
        "ロイター",
        "Рейтер",
    ),
    "AP": ("Associated Press", "The Associated Press", "The AP", "A.P."),
    "AFP": (
        "Agence France-Presse",
        "Agence France Presse",
        "A.F.P.",
        "أ ف ب",
        "أ.ف.ب",
        "فرانس برس",
        "法新社",
    ),
    "dpa": ("DPA", "Deutsche Presse-Agentur", "dpa-AFX", "dpa/AFX"),
    "Bloomberg": ("Bloomberg News", "BLOOMBERG"),
    "AAP": ("Australian Associated Press", "Australian AP"),
    "ANI": ("Asian News International",),
    "PTI": ("Press Trust of India",),
    "IANS": ("Indo-Asian News Service",),
    "Xinhua": ("Xinhua News Agency", "XINHUA", "新华社", "新華社"),
    "TASS": ("Tass", "ITAR-TASS", "Itar-Tass", "ТАСС"),
    "Interfax": ("INTERFAX", "Interfax-Ukraine", "Интерфакс"),
    "Ukrinform": (),
    "Kyodo": ("Kyodo News", "KYODO", "共同通信社", "共同通信"),
    "Jiji": ("Jiji Press", "時事通信社", "時事通信"),
    "Yonhap": ("Yonhap News", "Yonhap News Agency", "연합뉴스"),
    "EFE": ("Agencia EFE",),
    "ANSA": ("Ansa",),
    "UPI": ("United Press International",),
    "PA Media": ("PA", "Press Association", "The Press Association", "PA News Agency"),
    "APA": ("Austria Presse Agentur",),
    "Keystone-SDA": ("Keystone-ATS",),
    "Belga": (),
    "Anadolu": ("Anadolu Agency", "Anadolu Ajansı"),
    "The Canadian Press": ("Canadian Press",),
    "CNA": ("Central News Agency",),
    "IRNA": (),
    "WAM": (),
    "Europa Press": (),
    "Ritzau": (),
    "NTB": (),
    "TT": (),
}

#: What agencies called themselves, as ``str.casefold`` makes it: it counts only after a name.
FORMER_NAMES = {"reuter": "Reuters"}

#: Those that are family names too.
FAMILY_NAMES = frozenset({"bloomberg"})

#: Agencies of pictures, as ``str.casefold`` makes them: who is credited with them is no author.
PICTURE_AGENCIES = frozenset({"getty images", "shutterstock", "alamy", "istock"})

#: Too short or too common to count as a credit that is glued to the word before.
_NEEDS_SENTENCE_END = frozenset({"AP", "PA", "TT", "CNA", "WAM", "APA", "ANI", "The AP"})

#: A credit is short; a longer last line is a paragraph.
_MAX_CREDIT_CHARS = 160


@cache
def _names() -> dict[str, str]:
    """Return the agency for each of its names."""
    return {name: agency for agency, aliases in AGENCIES.items() for name in (agency, *aliases)}


@cache
def _names_folded() -> dict[str, str]:
    """Return the agency for each of its names as ``str.casefold`` makes it."""
    folded: dict[str, str] = {}
    for name, agency in _names().items():
        folded.setdefault(name.casefold(), agency)
    return folded


@cache
def _alternatives(with_short: bool = True) -> str:
    names = [n for n in _names() if with_short or n not in _NEEDS_SENTENCE_END]
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))


@cache
def _credit_pattern() -> str:
    """Return the pattern of one or more agencies: "Reuters/AP", "(AFP)", "- with Reuters and dpa"."""
    name = rf"(?:{_alternatives()})"
    lead = (
        r"(?:(?:[Ss]ources?|[Vv]ia|[Bb]y|[Ff]rom|©|\([Cc]\)|"
        r"(?:[Aa]dditional )?[Rr]eporting by|[Ww]ith(?: (?:files|reporting|material|inputs?))?(?: from| by)?)"
        r"\s*+:?+\s*+)?"
    )
    between = r"(?:\s*+[/,&|+-]\s*+|\s++and\s++|\s++with\s++)"
    # Possessive: otherwise adjacent white space would be tried in every division.
    return (
        rf"[-–—*\s]*+[(\[]?+\s*+{lead}(?P<agencies>{name}(?:{between}{name})*)"
        r"\s*+[)\]]?+\s*+[.*]?+\s*+"
    )


@cache
def _patterns() -> Patterns:
    name = _alternatives()
    sentence_end = r"(?:(?<=[.!?…。])|(?<=[.!?…。][\"'”’»)\]])|(?<=[\"”’»]))"
    return Patterns(
        {
            "agency": partial(re.compile, name),
            "credit": partial(re.compile, _credit_pattern()),
            "after sentence": partial(re.compile, rf"{sentence_end}{_credit_pattern()}\Z"),
            "in brackets": partial(
                re.compile,
                rf"\s+[(\[]\s*(?P<agencies>{name}(?:\s*[/,]\s*(?:{name}))*)\s*[)\]]\s*\Z",
            ),
            # "ThomsonReuters" is a company, not a word with a credit glued to it.
            "glued": partial(
                re.compile, rf"(?<=[a-z]{{3}})(?<!Thomson)(?P<agencies>{_alternatives(False)})\Z"
            ),
            "dateline": partial(
                re.compile,
                rf"[A-Z][^\n()]{{2,60}}[(\[](?P<agencies>(?:{name})(?:\s*/\s*(?:{name}))*)[)\]]\s*[-–—:]",
            ),
            "ends a sentence": partial(re.compile, r"[.!?…。:\"'”’»)\]]\s*\Z"),
        }
    )


def agency_named(text: str) -> str:
    """Return the agency or agencies that *text* names and nothing else ("AP", "Reuters/AFP"), or ""."""
    match = _patterns()["credit"].fullmatch(text.strip())
    return _joined(match["agencies"]) if match else ""


def agency_in_any_case(text: str) -> str:
    """Return the agency that *text* is a name of, however it is capitalised, or ""."""
    return _names_folded().get(text.strip(" ()[].").casefold(), "")


def cut_credit(paragraphs: list[str]) -> tuple[list[str], str]:
    """Return *paragraphs* without the agency credit that ends them, and the agency, "" if there is none.

    A credit stands after the end of a sentence (on a line of its own or not), in brackets, or glued
    to the last word. "He told Reuters." ends a sentence and is none.
    """
    if not paragraphs:
        return paragraphs, ""
    *before, last = paragraphs
    if len(last) <= _MAX_CREDIT_CHARS and (agency := agency_named(last)):
        if not before or _patterns()["ends a sentence"].search(before[-1][-10:]):
            return before, agency
        return paragraphs, ""
    tail_start = max(0, len(last) - _MAX_CREDIT_CHARS)
    for kind in ("after sentence", "in brackets", "glued"):
        if match := _patterns()[kind].search(last, tail_start):
            return [*before, last[: match.start()].rstrip()], _joined(match["agencies"])
    return paragraphs, ""


def agency_of_dateline(text: str) -> str:
    """Return the agency of a dateline such as "KYIV, Nov 13 (Reuters) -" that begins *text*, or ""."""
    match = _patterns()["dateline"].match(text[:120])
    return _joined(match["agencies"]) if match else ""


def _joined(credit: str) -> str:
    names = _names()
    found = (names[match[0]] for match in _patterns()["agency"].finditer(credit))
    return "/".join(dict.fromkeys(found))
