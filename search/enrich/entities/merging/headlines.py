"""How a name is written: as in the body where a headline has it in capitals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from search.enrich.entities.merging.groups import Group
from search.text.names import PARTICLES

#: A word of capitals up to this length is taken for an acronym, where nothing tells.
_ACRONYM: Final = 4

_SMALL: Final = frozenset(("of", "and", "for", "the", "in", "on"))


def drop_shouted(groups: Iterable[Group], text: str, title_length: int) -> None:
    """Leave out what a title in capitals alone has, where the body has one of its words as an ordinary one."""
    body = ""
    for group in groups:
        if group.form.listed or any(each.start >= title_length for each in group.found):
            continue
        body = body or text[title_length:]
        if any(f" {word}" in body for word in group.form.name.casefold().split(" ")):
            group.decided = "other"


def settle_acronyms(groups: Sequence[Group], text: str, title_length: int) -> None:
    """Make organisations of people who are a word of capitals, where others of the body are not written so."""
    shouted = [
        group
        for group in groups
        if group.form.is_upper
        and group.form.is_one_word
        and len(group.form.name) > 2
        and group.decided is None
        and group.found[-1].start >= title_length
        and group.kind == "person"
        and all(each.form.is_upper for each in group.found)
    ]
    if shouted and any(_is_cased(group, text, title_length) for group in groups):
        for group in shouted:
            group.decided = "org"


def _is_cased(group: Group, text: str, title_length: int) -> bool:
    """Whether the body has a name, which is not one of capitals, not in capitals either: "Kyiv" may be how the lists write "KYIV"."""
    last = group.found[-1]
    return (
        not group.form.is_upper
        and last.start >= title_length
        and not text[last.start : last.end].isupper()
    )


def name_of(group: Group, title_length: int) -> str:
    """Return what a group is called: the listed name, or the fullest form of the body that is written most often."""
    form = group.form
    if form.listed and form.listed != "none":
        return form.name
    first = group.found[0]
    if not form.is_upper and (len(group.found) == 1 or _is_written_alike(group)):
        return form.name
    names: dict[str, int] = {}
    for each in group.found:
        name = each.form.name
        names[name] = names.get(name, 0) + (2 if each.start >= title_length else 1)
    if len(names) == 1:
        name = first.form.name
        if not name.isupper():
            return name
    elif group.kind == "person":
        name = form.name
        if name.isupper():
            name = max(names, key=lambda name: (not name.isupper(), " " in name, names[name]))
    else:
        name = max(names, key=lambda name: (not name.isupper(), name.count(" "), names[name]))
    is_person = group.kind == "person"
    is_word = first.start < title_length or " " in name or (is_person and len(name) > _ACRONYM)
    if name.isupper() and is_word:
        return in_title_case(name, group.kind == "org")
    return name


def _is_written_alike(group: Group) -> bool:
    name = group.form.name
    return all(each.form.name == name for each in group.found)


def in_title_case(name: str, is_organisation: bool) -> str:
    """Return a name in capitals as a sentence would have it: "Ronald McDonald", "NATO", "Bank of Japan"."""
    words = name.split(" ")
    if len(words) == 1 and is_organisation and len(name) <= _ACRONYM:
        return name
    return " ".join(_cased(word, at > 0, is_organisation) for at, word in enumerate(words))


def _cased(word: str, is_inside: bool, is_organisation: bool) -> str:
    folded = word.lower()
    if is_inside and (folded in PARTICLES or folded in _SMALL):
        return folded
    if "-" in word:
        return "-".join(_cased(part, is_inside, is_organisation) for part in word.split("-"))
    if "." in word or (
        is_organisation and len(word) < _ACRONYM and not set(folded) & set("aeiouy")
    ):
        return word
    if folded.startswith("mc") and len(word) > 3:
        return "Mc" + word[2:].capitalize()
    if word[1:2] in ("'", "’"):
        return word[:2] + word[2:].capitalize()
    return word.capitalize()
