"""In which language an article is: as its source says, else as its words tell, and only where these are sure."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple
from unicodedata import normalize

from search.model.article import Article
from search.model.installing import command_for
from search.readers.language_names import CODES, NAMES, OTHER_CODES

if TYPE_CHECKING:
    from collections.abc import Callable

#: Where a language comes from that the source does not say.
DETECTED = "detected"

#: Characters that are looked at: of the title, of the beginning of the text, and of its middle, where a text in
#: two languages shows.
_TITLE_CHARS, _START_CHARS, _MIDDLE_CHARS = 80, 220, 100
#: With fewer characters no text is sure; of a language that is alone with its script, a few words are.
_MIN_CHARS, _MIN_CHARS_OF_OWN_SCRIPT = 100, 20
#: Percent of a text that must be in the language.
_MIN_PERCENT = 80

_OWN_SCRIPT = frozenset(
    ("am", "el", "he", "hy", "ja", "ka", "km", "ko", "lo", "ml", "my", "si", "ta", "te", "th", "zh")
)
#: Languages that are written almost alike: which of them it is, some hundred characters do not tell. And those
#: that no news is written in, which is what they are taken for.
_NOT_TOLD = frozenset(("bs", "hr", "sr", "id", "ms", "ia", "ie", "la", "vo"))
_CYRILLIC = re.compile("[\u0400-\u04ff]")
#: What is in no language, and what the detector does not take: control characters, and what is no character.
_ADDRESS = re.compile(r"https?://\S++|www\.\S++")
_ENDS_OF_PLANES = "".join(
    chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF)
)
_NO_TEXT = re.compile(rf"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef{_ENDS_OF_PLANES}]")

_PARTS = re.compile(r"[-_.@;]")
#: Longer values are none.
_MAX_DECLARED_CHARS = 64


#: What is remarked on an article without a language.
LANGUAGE_UNKNOWN = (
    "declares no known language, and its words are too few or too mixed to tell it for certain"
)


#: What is remarked on it where the library is not there that knows languages by their words.
NO_DETECTION = (
    "declares no known language, and pycld2, which tells it by the words, is not installed:"
    f" {command_for('languages')}"
)


class Language(NamedTuple):
    """The tag of a language, such as "en", and ``origin``: "detected" where the source does not say it."""

    tag: str = ""
    origin: str = ""


UNKNOWN = Language()


def language_of(title: str, body: str, declared: str) -> Language:
    """Return the language that is *declared* for an article, else the one that its words are in, if that is sure."""
    if declared and (said := _as_declared(declared)):
        return said
    tag = detected_language(title, body)
    return Language(tag, DETECTED) if tag else UNKNOWN


def with_language(article: Article) -> Article:
    """Return *article* with its language by today's rules: as it was declared, or detected."""
    if article.language_from and not can_detect():
        return article
    declared = "" if article.language_from else article.language
    tag, origin = language_of(article.title, article.body, declared)
    if not tag and declared:
        return article  # of an index made before: what the source said is kept
    if (tag, origin) == (article.language, article.language_from):
        return article
    return replace(article, language=tag, language_from=origin)


@lru_cache(1024)
def _as_declared(declared: str) -> Language | None:
    tag = declared_language(declared)
    return Language(tag) if tag else None


def declared_language(declared: str) -> str:
    """Return the tag of a language that is *declared* by a tag, a locale, a code of ISO 639 or its name; "" for none.

    One language has one tag, so that it is counted once: the first part of a BCP 47 tag, with two letters where
    there are two. "en_GB.UTF-8", "eng", "English" and "EN" are "en". A list of different languages declares none.
    """
    text = normalize("NFC", declared[: _MAX_DECLARED_CHARS + 1]).strip().casefold()
    if len(text) > _MAX_DECLARED_CHARS:
        return ""
    codes = {code for part in text.split(",") if (code := _code_of(part.strip()))}
    return codes.pop() if len(codes) == 1 else ""


def _code_of(text: str) -> str:
    if code := NAMES.get(text.partition("(")[0].rstrip()):
        return code
    code = _PARTS.split(text, maxsplit=1)[0].strip()
    return code if code in CODES else OTHER_CODES.get(code, "")


def detected_language(title: str, body: str) -> str:
    """Return the language that an article is written in, "" where it is too short, mixed or not told for sure."""
    sample = _sample(title, body)
    if len(sample) < _MIN_CHARS_OF_OWN_SCRIPT:
        return ""
    found = _detector()(sample)
    if found in _OWN_SCRIPT:
        return found
    if len(sample) < _MIN_CHARS:
        return ""
    if found in _NOT_TOLD and not (found == "sr" and _CYRILLIC.search(sample)):
        return ""
    return found


def likely_language(title: str, body: str) -> str:
    """Return the language that an article is in most likely, far from sure; "" where that cannot be told here.

    Never what an article is said to be in: only for what has to be done with one whose language is not known.
    """
    return _guess()(_sample(title, body))


def _sample(title: str, body: str) -> str:
    text = body.strip()
    if len(text) > _START_CHARS + _MIDDLE_CHARS:
        middle = len(text) // 2
        text = f"{text[:_START_CHARS]} {text[middle : middle + _MIDDLE_CHARS]}"
    head = title[:_TITLE_CHARS].strip()
    # A title that was made of the text must not count twice.
    sample = text if text.startswith(head.rstrip("…")) else f"{head} {text}"
    sample = " ".join(sample.split())
    if "://" in sample or "www." in sample:
        sample = _ADDRESS.sub(" ", sample)
    return sample if sample.isprintable() else _NO_TEXT.sub(" ", sample)


@cache
def can_detect() -> bool:
    """Whether the library is installed that knows languages by their words; it is not made for every machine."""
    from importlib.util import find_spec

    return find_spec("pycld2") is not None


@cache
def _detector() -> Callable[[str], str]:
    """Return what gives the one language of a text, "" where it is not sure of that, or cannot be told here."""
    if not can_detect():
        return lambda text: ""
    import pycld2

    def detect(text: str) -> str:
        try:
            is_reliable, _, parts = pycld2.detect(text)
        except pycld2.error:  # characters that it does not take
            return ""
        _, code, percent, _ = parts[0]
        if not is_reliable or percent < _MIN_PERCENT:
            return ""
        return declared_language(code)

    return detect


@cache
def _guess() -> Callable[[str], str]:
    """Return what gives the likely language of a text, "" where it cannot be told here."""
    if not can_detect():
        return lambda text: ""
    import pycld2

    def guess(text: str) -> str:
        try:
            _, _, parts = pycld2.detect(text, bestEffort=True)
        except pycld2.error:
            return ""
        return declared_language(parts[0][1])

    return guess
