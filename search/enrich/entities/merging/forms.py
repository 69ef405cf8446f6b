"""What a name says by itself, wherever it stands: cleaned, with the kind that lists and shape give it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final, Literal, TypeAlias

from search.enrich.entities.word_lists import Listed, Words, words
from search.enrich.spans import Kind
from search.text.names import PARTICLES

#: Longer names are noise: nothing has one.
MAX_NAME_CHARS: Final = 100

#: Forms are remembered, since news repeats its names: that many of all kinds (30 MB). Of the kind that has most the half that was
#: met last is forgotten then, since what is named often was met first.
_MAX_REMEMBERED: Final = 60_000

#: Words of these are remembered too (4 MB).
_MAX_WORDS: Final = 20_000

#: What the shape of a name has for its kind: the form of a company ("Inc") tells more than a last word ("Ministry"). A
#: mention in the body has two votes of the network, so either decides where it is found as one kind as often as another.
VOTES_OF_COMPANY: Final = 4
_VOTES_OF_WORD: Final = 3

_EDGES: Final = " \t\n\r\f\v\"“”„«»()[]{}<>,;:*_|/\\-–—…`!?'‘’.&\xa0\u2009\u202f\u2028\u2029\u3000\x85\x1c\x1d\x1e\x1f"
_APOSTROPHES: Final = str.maketrans({"’": "'", "‘": "'", "`": "'"})
_POSSESSIVES: Final = frozenset("'’‘`")
_ARTICLES: Final = frozenset(("the ", "The ", "THE ", "tHe ", "thE ", "THe ", "tHE ", "ThE "))
_KEY: Final = str.maketrans({".": "", ",": "", "-": " ", "‑": " ", "–": " ", "’": "'", "‘": "'"})
#: Letters with marks that Unicode does not take apart.
_UNMARKED: Final = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "ı": "i"})
_DOTTED: Final = re.compile(r"(?:^|[\s-])(?:\w\.)*\w$")
#: "E.F" as `word_lists.bare` leaves it.
_STOPLESS: Final = re.compile(r"((?:\b\w\.)+\w)(?= |$)")
#: "D-Wis", of an American member of parliament.
_PARTY_AND_STATE: Final = re.compile(r"[DR]-[A-Z]\w*")
_DIGIT: Final = re.compile(r"\d")
#: "JUL7", "Jan8" in tables.
_DAY: Final = re.compile(
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[-/.]?\d", re.IGNORECASE
)
#: "ex-Reagan aide", "pro-Putin".
_PREFIX: Final = re.compile(r"(?:[Ee]x|[Pp]ro|[Aa]nti|[Nn]on|[Pp]ost|[Pp]re|[Mm]id)-(?=[A-Z])")
SUFFIXES: Final = frozenset(("jr", "sr", "ii", "iii", "iv"))
#: Left off before a surname. "Do" is not: it is the family name of many Vietnamese, and stands first.
_PARTICLES: Final = (PARTICLES | {"abu"}) - {"do"}
_CURRENCIES: Final = frozenset(
    ["dlrs", "dlr", "stg", "ecus", "ecu", "francs", "marks", "yen", "mln", "bln", "pct", "cts", "shrs"]
)  # fmt: skip
#: Every country has one.
_OF_ANY_COUNTRY: Final = frozenset(("central bank",))
_SMALL: Final = frozenset(("of", "the", "for", "and"))
_COMPASS: Final = frozenset(
    ["north", "south", "east", "west", "central", "northern", "southern", "eastern", "western", "latin"]
)  # fmt: skip
AGENCIES: Final = frozenset(
    ["reuters", "reuter", "ap", "associated press", "afp", "agence france presse", "upi", "dpa", "tass", "xinhua", "efe", "ansa", "kyodo", "yonhap", "interfax", "pti", "ians"]
)  # fmt: skip
_RULERS: Final = frozenset(("administration", "government", "cabinet", "regime"))

#: What can be said of a word of a name, as bits of a number: which lists have it, and what is written in it.
_IS_TITLE: Final = 1
_IS_TOPIC: Final = 4
_IS_HEAD: Final = 8
_IS_SURNAME_TOO: Final = 16
_IS_START: Final = 32
_IS_EVENT: Final = 64
_ENDS_COMPANY: Final = 128
_IS_CURRENCY: Final = 256
_IS_RULER: Final = 512
_HAS_COMPASS: Final = 1024
_IS_DAY: Final = 2048
_HAS_DIGIT: Final = 4096
_IS_DECIMAL: Final = 8192
_IS_GENERIC: Final = 16384
#: A name of a list, a people, a state or an agency begins with it.
_STARTS_LISTED: Final = 32768
#: Something else is in it than plain letters, or it is "the".
_IS_UNUSUAL: Final = 65536


class Form:
    """A name as it is written, and what can be said of it without its article."""

    __slots__ = (
        "after_country",
        "following",
        "inside",
        "is_generic",
        "is_one_word",
        "is_plain",
        "is_upper",
        "key",
        "lead",
        "listed",
        "longer",
        "name",
        "shape",
        "state",
        "tail",
        "topic_at",
        "votes",
        "words",
        "written",
    )

    def __init__(
        self,
        lead: int,
        tail: int,
        written: str,
        name: str,
        key: str,
        inside: tuple[str, ...],
        words: tuple[str, ...],
        listed: Listed | Literal[""],
        shape: Kind,
        votes: int,
        is_generic: bool,
        state: str,
        longer: tuple[str, ...],
        following: frozenset[str],
        is_one_word: bool,
        topic_at: int,
        after_country: str,
        is_plain: bool,
    ) -> None:
        #: How many characters of what was found stand before and after the name.
        self.lead = lead
        self.tail = tail
        #: What is left between these, with single blanks.
        self.written = written
        self.name = name
        self.is_upper = name.isupper()
        #: Names with one key are one name: without case, full stops, hyphens, and forms of company.
        self.key = key
        #: The words of the key.
        self.inside = inside
        #: Of a person's name, without particles and "Jr.", case-folded.
        self.words = words
        #: The kind that the lists give it, "none" for what is no name of its own (nationalities, months), "" for the rest.
        self.listed = listed
        #: The kind by its shape, and how many votes that has.
        self.shape = shape
        self.votes = votes
        #: Whether it says nothing by itself: "Bank", "Commission". It counts only as the short form of another.
        self.is_generic = is_generic
        #: The name of the state that it abbreviates after a comma, "" for most.
        self.state = state
        #: The keys of listed names that begin with it and go on.
        self.longer = longer
        #: What the words after it in them begin with: three letters.
        self.following = following
        self.is_one_word = is_one_word
        #: Of two words of which the second is what offices are for, the end of the first: "U.S. Trade"; else 0.
        self.topic_at = topic_at
        #: Of the name of an organisation, what follows a country or nationality: "U.S. Navy"; "" else.
        self.after_country = after_country
        #: Whether nothing around it has to be looked at.
        self.is_plain = is_plain


_NOTHING: Final[frozenset[str]] = frozenset()
#: The forms of each kind that have been met.
remembered: Final[dict[Kind, dict[str, Form]]] = {"person": {}, "org": {}, "place": {}, "other": {}}


def form_of(surface: str, kind: Kind) -> Form | None:
    """Return what *surface*, found as a *kind*, says by itself; None if there is no name in it."""
    known = remembered[kind]
    form = known.get(surface)
    if form is None:
        form = plain_form(surface, kind) or learnt(surface, kind)
        if form is not None:
            if _count_remembered() >= _MAX_REMEMBERED:
                _forget()
            known[surface] = form
    return form


def _count_remembered() -> int:
    return (
        len(remembered["person"])
        + len(remembered["org"])
        + len(remembered["place"])
        + len(remembered["other"])
    )


def _forget() -> None:
    """Leave the earlier half of the forms of the kind that has most."""
    largest = max(remembered.values(), key=len)
    for late in list(largest)[len(largest) // 2 :]:
        del largest[late]


def key_of(name: str) -> str:
    """Return what all ways of writing a name have in common."""
    if name.isascii():
        # What `_KEY` does, in a fifth of the time.
        key = name.lower().replace(".", "").replace(",", "").replace("-", " ")
    else:
        key = _without_accents(name.casefold().translate(_KEY))
    if "&" in key:
        key = key.replace("&", " and ")
    return " ".join(key.split())


def _without_accents(text: str) -> str:
    """Return *text* in small letters as a keyboard without accents has it: "Erdoğan" is "Erdogan" too."""
    parts = unicodedata.normalize("NFKD", text.translate(_UNMARKED))
    return "".join(part for part in parts if not unicodedata.combining(part))


class Lists:
    """What the word lists say, by the key of each name; see `lists`."""

    __slots__ = (
        "demonyms",
        "generic",
        "legal_forms",
        "listed",
        "longer",
        "starts",
        "telling",
        "words",
    )

    def __init__(self) -> None:
        known = words()
        self.words = known
        #: Key -> name and kind of all names on the lists.
        self.listed = _listed_names(known)
        #: Key -> the keys of listed names that begin with its words, the longest first, and how they go on.
        self.longer = _longer(self.listed)
        self.demonyms = frozenset(map(key_of, known.demonyms))
        #: How companies end.
        self.legal_forms = frozenset(map(key_of, known.corporate_ends))
        #: Words that many names of organisations have.
        self.generic = self.legal_forms.union(
            map(key_of, known.organisation_heads),
            map(key_of, known.organisation_words),
            ("of", "and", "for", "the", "state"),
        )
        #: How listed names begin, and peoples, states and agencies.
        self.starts = _COMPASS.union(
            key.partition(" ")[0]
            for key in (*self.listed, *self.demonyms, *AGENCIES, *map(key_of, known.states))
        )
        #: Words that say something of a name that they are in.
        self.telling = _telling_words(self)


_READ: Final[list[Lists]] = []


def lists() -> Lists:
    """Return the word lists. The first call reads them; later calls return the same object."""
    if not _READ:
        _READ.append(Lists())
    return _READ[0]


def _listed_names(known: Words) -> dict[str, tuple[str, Listed]]:
    found: dict[str, tuple[str, Listed]] = {}
    for name, kind in known.listed.items():
        key = key_of(name)
        if kind != "none" or key not in found:
            found[key] = (_STOPLESS.sub(r"\1.", name), kind)
    kinds = {name: kind for name, kind in known.listed.items() if kind != "none"}
    for form, name in known.aliases.items():
        found[key_of(form)] = (name, kinds.get(name) or kinds.get(form) or "org")
        found[key_of(name)] = (name, found[key_of(form)][1])
    return found


def _longer(
    listed: Mapping[str, tuple[str, Listed]],
) -> dict[str, tuple[tuple[str, ...], frozenset[str]]]:
    found: dict[str, list[str]] = {}
    for key in listed:
        inside = key.split(" ")
        for size in range(1, len(inside)):
            found.setdefault(" ".join(inside[:size]), []).append(key)
    return {
        key: (
            tuple(sorted(names, key=len, reverse=True)),
            frozenset(name[len(key) + 1 :].partition(" ")[0][:3] for name in names)
            | frozenset("&" for name in names if name.startswith("and ", len(key) + 1)),
        )
        for key, names in found.items()
    }


def _telling_words(own: Lists) -> frozenset[str]:
    known = own.words
    texts = (
        *own.listed, *own.demonyms, *known.titles, *known.title_topics, *known.organisation_heads,
        *known.organisation_words, *known.organisation_starts, *known.corporate_ends, *known.event_heads,
        *known.states, *AGENCIES, *own.generic, *_CURRENCIES, *_RULERS, *_COMPASS, *_PARTICLES, *SUFFIXES, "the",
    )  # fmt: skip
    return frozenset(word for text in texts for word in key_of(text).split(" "))


def is_demonym(key: str) -> bool:
    """Whether *key* is a people, a language or a faith: "Korean", "North Korean"."""
    if key in lists().demonyms:
        return True
    first, _, rest = key.partition(" ")
    return first in _COMPASS and rest in lists().demonyms


def plain_form(surface: str, kind: Kind) -> Form | None:
    """Return what `learnt` does, in a fraction of the time, for words of plain letters that no list has as a whole, nor as its beginning; else None."""
    inside = surface.split(" ")
    first, last = _bits_of(inside[0]), _bits_of(inside[-1])
    bits = first | last
    if len(inside) > 2:
        for word in inside:
            bits |= _bits_of(word)
    if (
        bits & _IS_UNUSUAL
        or (first & _STARTS_LISTED and len(inside) == 1)
        or last & (_IS_TITLE | _IS_RULER | _IS_CURRENCY)
        or (first & _IS_TITLE and kind == "person")
        or not 2 <= len(surface) <= MAX_NAME_CHARS
    ):
        return None
    name, key = surface, surface.lower()
    if first & _STARTS_LISTED and _is_listed(surface, key, bits):
        return None
    parts = key.split(" ")
    shape, votes = kind, 0
    topic_at = 0
    if bits and len(inside) > 1:
        if last & _ENDS_COMPANY and (left := _without_company(inside)):
            name, parts = " ".join(left), parts[: len(left)]
            key = " ".join(parts)
            shape, votes = "org", VOTES_OF_COMPANY
        else:
            shape, votes = _shape_of(kind, first, last)
        if len(inside) == 2 and kind != "person" and last & (_IS_TOPIC | _IS_HEAD) == _IS_TOPIC:
            topic_at = len(inside[0])
    after_country = ""
    if first & _STARTS_LISTED:
        if votes and (key in lists().listed or key in AGENCIES):
            return None
        after_country = _after_country(key)
    words = tuple(parts)
    is_one_word = len(inside) == 1
    return Form(
        0, 0, surface, name, key, words, _person_words(name, key, words), "", shape, votes,
        first & _IS_GENERIC != 0 and _is_generic(key, words, kind), "", (), _NOTHING, is_one_word, topic_at, after_country,
        not (topic_at or (is_one_word and kind == "org")),
    )  # fmt: skip


def _is_listed(surface: str, key: str, bits: int) -> bool:
    """Whether a list has a name of plain letters, or one that begins with it; *bits* has those of all its words."""
    own = lists()
    return (
        key in own.listed
        or key in own.longer
        or key in own.demonyms
        or key in AGENCIES
        or surface in own.words.states
        or (bits & _HAS_COMPASS != 0 and is_demonym(key))
    )


#: What is known of the words of names.
_met: Final[dict[str, int]] = {}


def _bits_of(written: str) -> int:
    """Return what can be said of a word of a name as it is written."""
    bits = _met.get(written)
    if bits is None:
        if len(_met) >= _MAX_WORDS:
            _met.clear()
        bits = _met[written] = _said_of(written)
    return bits


def _said_of(written: str) -> int:
    own = lists()
    known = own.words
    folded = written.casefold()
    is_plain = written.isascii() and written.isalpha()
    if is_plain and folded not in own.telling:
        return 0
    key = key_of(written)
    return (
        (_IS_TITLE if folded in known.titles else 0)
        | (_IS_TOPIC if folded in known.title_topics else 0)
        | (_IS_HEAD if written in known.organisation_heads else 0)
        | (_IS_SURNAME_TOO if written in known.surname_heads else 0)
        | (_IS_START if written in known.organisation_starts else 0)
        | (_IS_EVENT if written in known.event_heads else 0)
        | (_ENDS_COMPANY if written.rstrip(".") in known.corporate_ends else 0)
        | (_IS_CURRENCY if folded in _CURRENCIES else 0)
        | (_IS_RULER if folded in _RULERS else 0)
        | (0 if _COMPASS.isdisjoint(key.split(" ")) else _HAS_COMPASS)
        | (_IS_DAY if _DAY.match(written) else 0)
        | (_HAS_DIGIT if _DIGIT.search(written) else 0)
        | (_IS_DECIMAL if written.isdecimal() else 0)
        | (_IS_GENERIC if key in own.generic else 0)
        | (_STARTS_LISTED if key in own.starts else 0)
        | (0 if is_plain and folded != "the" else _IS_UNUSUAL)
    )


def learnt(surface: str, kind: Kind) -> Form | None:
    """Return what *surface*, found as a *kind*, says by itself, as `form_of` remembers it."""
    start, end = (0, len(surface)) if _has_plain_edges(surface) else _trimmed(surface)
    inside = surface[start:end].split()
    if not inside or end - start > MAX_NAME_CHARS:
        return None
    own = lists()
    known = own.words
    last = _bits_of(inside[-1])
    ruler = ""
    if kind == "person":
        if _bits_of(inside[0]) & _IS_TITLE and (titles := _titles_before(inside, known)):
            for _ in range(titles):
                start = _next_word(surface, start)
            inside = inside[titles:]
        if last & _IS_DECIMAL and len(inside) > 1:
            # "Salah 3" in the lines of a match.
            while len(inside) > 1 and inside[-1].isdecimal():
                del inside[-1]
            end = _end_of_word(surface, start, len(inside))
            last = _bits_of(inside[-1])
    elif last & (_IS_TITLE | _IS_RULER) and len(inside) > 1:
        cut = _before_title(inside, known)
        if last & _IS_RULER and len(inside) == 2:
            cut, ruler = 1, inside[1]
        if cut < len(inside):
            end = _end_of_word(surface, start, cut)
            inside = inside[:cut]
            last = _bits_of(inside[-1])
    cleaned = inside[0] if len(inside) == 1 else " ".join(inside)
    bits = 0
    for word in inside:
        bits |= _bits_of(word)
    own_key = key_of(cleaned)
    if _names_nothing(cleaned, own_key, kind, last, bits):
        return None
    meaning = _meaning(cleaned, own_key, kind, inside, bits, has_ruler=bool(ruler))
    if meaning is None:
        return None
    name, key, listed, shape, votes = meaning
    if shape == "other" and ruler:
        kind = "other"
    written = surface[start:end]
    longer, following = own.longer.get(
        own_key if written == cleaned else key_of(written), ((), _NOTHING)
    )
    state = known.states.get(written.rstrip("."), "")
    is_one_word = len(inside) == 1
    topic_at = (
        len(inside[0])
        if len(inside) == 2
        and not listed
        and kind != "person"
        and last & (_IS_TOPIC | _IS_HEAD) == _IS_TOPIC
        else 0
    )
    may_be_after_place = is_one_word and kind == "org" and not listed
    words = tuple(key.split(" "))
    is_generic = not listed and not ruler and _is_generic(key, words, kind)
    is_plain = not (longer or state or topic_at or may_be_after_place or key in AGENCIES)
    return Form(
        start, len(surface) - end, cleaned, name, key, words, _person_words(name, key, words), listed, shape, votes,
        is_generic, state, longer, following, is_one_word, topic_at, _after_country(key), is_plain,
    )  # fmt: skip


def _titles_before(inside: Sequence[str], known: Words) -> int:
    """Return how many words are before the name of a person: three in "Secretary of State Roe"."""
    after_title = False
    for at, written in enumerate(inside[:-1]):
        word = written.casefold()
        if word in known.titles and written not in known.first_names:
            after_title = True
        elif not after_title or (word not in known.title_topics and word not in _SMALL):
            return at
    return len(inside) - 1


def _names_nothing(name: str, key: str, kind: Kind, last: int, bits: int) -> bool:
    """Whether *name* is none: a letter, a currency, a party and state, a day, a person with a number.

    *last* has the bits of its last word, *bits* those of all.
    """
    has_letters = len(name) > 1 and name[:2].isalpha()
    if not has_letters and sum(map(str.isalpha, name)) < 2 and key not in lists().listed:
        return True
    if last & _IS_CURRENCY or (name[1:2] == "-" and _PARTY_AND_STATE.fullmatch(name)):
        return True
    return bits & _HAS_DIGIT != 0 and (kind == "person" or bits & _IS_DAY != 0)


#: What lists and shape make of a name: name, key, listed, shape and votes, as in `Form`.
_Meaning: TypeAlias = tuple[str, str, Listed | Literal[""], Kind, int]


def _meaning(
    name: str, key: str, kind: Kind, inside: list[str], bits: int, *, has_ruler: bool
) -> _Meaning | None:
    """Return what *name*, of that *key*, means, None if nothing; *has_ruler* says that "administration" or the like follows.

    It is of the words *inside*, of which all together have *bits*.
    """
    own = lists()
    if found := own.listed.get(key):
        name, listed = found
        if has_ruler and listed == "none":
            return None
        return (name, key_of(name), listed, kind, 0)
    if key in own.demonyms or (bits & _HAS_COMPASS and is_demonym(key)):
        return None if has_ruler else (name, key, "none", kind, 0)
    if has_ruler:
        # "the Biden administration" names the person, if the article has him.
        return (name, key, "", "other", 1)
    name, key, shape, votes = _shaped(name, key, kind, inside)
    found = own.listed.get(key) if votes else None
    if found is None:
        return (name, key, "", shape, votes)
    name, listed = found
    # "Canada Ltd" is the end of a longer name.
    return None if listed == "place" and votes else (name, key_of(name), listed, shape, votes)


def _is_generic(key: str, inside: tuple[str, ...], kind: Kind) -> bool:
    """Whether a name says nothing by itself: "Bank", "Central Bank", "Co and Inc"; "Central" as a place does."""
    if (kind == "place" and key in _COMPASS) or not lists().generic.issuperset(inside):
        return False
    return (
        len(inside) == 1 or key in _OF_ANY_COUNTRY or set(inside) <= lists().legal_forms | {"and"}
    )


def _after_country(key: str) -> str:
    first, _, rest = key.partition(" ")
    if not rest:
        return ""
    listed = lists().listed.get(first)
    return rest if is_demonym(first) or (listed is not None and listed[1] == "place") else ""


def _has_plain_edges(surface: str) -> bool:
    """Whether `_trimmed` leaves all of *surface*: nearly always."""
    return (
        surface[0] not in _EDGES
        and surface[-1] not in _EDGES
        and surface[-2:-1] not in _POSSESSIVES
        and surface[:4] not in _ARTICLES
        and "-" not in surface[:5]
    )


def _trimmed(surface: str) -> tuple[int, int]:
    """Return where the name in *surface* begins and ends, without quotes, "the" and a possessive."""
    end = len(surface)
    start = 0
    while True:
        before = (start, end)
        while start < end and surface[start] in _EDGES:
            start += 1
        while start < end and surface[end - 1] in _EDGES:
            end -= 1
        if prefix := _PREFIX.match(surface, start, end):
            start = prefix.end()
        folded = surface[start:end].casefold().translate(_APOSTROPHES)
        if folded.startswith("the ") and key_of(folded) not in lists().listed:
            start += 4
        if folded.endswith("'s") and key_of(folded) not in lists().listed:
            end -= 2
        if before == (start, end):
            break
    if end < len(surface) and surface[end] == "." and _DOTTED.search(surface[start:end]):
        end += 1
    if end < len(surface) and surface[end] == "." and surface[start:end].endswith(("Jr", "Sr")):
        end += 1
    return start, end


def _next_word(surface: str, start: int) -> int:
    while start < len(surface) and not surface[start].isspace():
        start += 1
    while start < len(surface) and surface[start].isspace():
        start += 1
    return start


def _end_of_word(surface: str, start: int, count: int) -> int:
    """Return the end of the *count*-th word from *start*."""
    at = start
    for _ in range(count - 1):
        at = _next_word(surface, at)
    while at < len(surface) and not surface[at].isspace():
        at += 1
    return at


def _before_title(inside: list[str], known: Words) -> int:
    """Return how many words are left of "NATO Supreme Allied" where a title has been taken with a listed name."""
    cut = len(inside)
    while cut > 1 and inside[cut - 1].casefold() in known.titles:
        cut -= 1
    if cut < len(inside) and key_of(" ".join(inside[:cut])) in lists().listed:
        whole = key_of(" ".join(inside))
        return len(inside) if whole in lists().listed else cut
    return len(inside)


def _shaped(name: str, key: str, kind: Kind, inside: list[str]) -> tuple[str, str, Kind, int]:
    """Return name and key without the form of company, the kind by the last word, and its votes; *inside* has the words of the name."""
    if len(inside) == 1:
        return name, key, kind, 0
    last = _bits_of(inside[-1])
    if last & _ENDS_COMPANY and (left := _without_company(inside)):
        left[-1] = left[-1].rstrip(",")
        name = " ".join(left)
        return name, key_of(name), "org", VOTES_OF_COMPANY
    shape, votes = _shape_of(kind, _bits_of(inside[0]), last)
    return name, key, shape, votes


def _shape_of(kind: Kind, first: int, last: int) -> tuple[Kind, int]:
    """Return the kind of a name by its *first* and *last* word of several, and the votes of these."""
    is_head = last & _IS_HEAD and not (kind == "person" and last & _IS_SURNAME_TOO)
    if is_head or first & _IS_START:
        return "org", _VOTES_OF_WORD
    if kind != "person" and last & _IS_EVENT:
        return "other", _VOTES_OF_WORD
    return kind, 0


def _without_company(inside: list[str]) -> list[str]:
    """Return the words of a name without those of a form of company, none where there is no such form."""
    kept: list[str] = []
    while len(inside) > 1 and _bits_of(inside[-1]) & _ENDS_COMPANY:
        left = inside[:-1]
        if left[-1].casefold() in ("and", "&"):
            left = left[:-1]
        if not left or (len(left) == 1 and key_of(left[0]) in lists().generic):
            break
        inside = kept = left
    return kept


def _person_words(name: str, key: str, inside: tuple[str, ...]) -> tuple[str, ...]:
    """Return `Form.words`; *inside* has those of the *key*."""
    folded = name.casefold()
    if folded == key:
        if inside[-1] not in SUFFIXES and inside[0] not in _PARTICLES:
            return inside
    elif not folded.isascii():
        folded = _without_accents(folded.replace("’", "'"))
    parts = folded.split(" ")
    if "." in folded or "-" in folded:
        parts = [
            part.removeprefix("al-").removeprefix("el-").replace(".", "") or part for part in parts
        ]
    while len(parts) > 1 and parts[-1] in SUFFIXES:
        parts.pop()
    while len(parts) > 1 and parts[0] in _PARTICLES:
        del parts[0]
    return tuple(parts)
