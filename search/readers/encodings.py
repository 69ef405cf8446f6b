"""Which encoding a text is in, and what its bytes say: the encoding standard, as browsers follow it.

https://encoding.spec.whatwg.org names the encodings and their labels, most of which mean more than they say: a
page that declares iso-8859-1 is in windows-1252, one that declares gb2312 in gb18030. Python's codecs do the
work; what they lack of the standard is here.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Literal, NamedTuple


class Encoding(NamedTuple):
    """An encoding: its name in the standard, lower case, and the codec of Python that comes nearest."""

    name: str
    codec: str


UTF_8 = Encoding("utf-8", "utf-8")
WINDOWS_1252 = Encoding("windows-1252", "cp1252")

_MARKED = (
    (codecs.BOM_UTF8, UTF_8),
    (codecs.BOM_UTF32_LE, Encoding("utf-32le", "utf-32-le")),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, Encoding("utf-32be", "utf-32-be")),
    (codecs.BOM_UTF16_LE, Encoding("utf-16le", "utf-16-le")),
    (codecs.BOM_UTF16_BE, Encoding("utf-16be", "utf-16-be")),
)  # fmt: skip

#: Name in the standard -> codec, where Python has another name for it, or means less by the same.
_CODECS = {
    "big5": "big5hkscs", "euc-kr": "cp949", "gbk": "gb18030", "iso-2022-jp": "iso2022_jp_ext",
    "iso-8859-8-i": "iso8859-8", "macintosh": "mac-roman", "shift_jis": "cp932", "windows-874": "cp874",
    "x-mac-cyrillic": "mac-cyrillic",
}  # fmt: skip

#: What people write, and the standard does not know or has no use for, because it runs in a browser.
_MORE_CODECS = {
    "utf-7": "utf_7", "unicode-1-1-utf-7": "utf_7",  # of mails, which a browser does not read so
    "hz-gb-2312": "hz", "iso-2022-kr": "iso2022_kr", "csiso2022kr": "iso2022_kr",
    **{name: f"cp{name[-3:]}" for name in ("cp437", "ibm437", "cp850", "ibm850", "cp852", "ibm852")},
}  # fmt: skip
_MORE_LABELS = {
    "latin-1": "latin1", "latin-2": "latin2", "latin-9": "iso-8859-15", "latin9": "iso-8859-15", "cp932": "windows-31j", "cp936": "gbk", "cp949": "windows-949",
    "cp950": "big5", "cp874": "windows-874", "mac-roman": "macintosh", "utf-16-le": "utf-16le",
    "utf-16-be": "utf-16be", "utf-8-sig": "utf-8", "utf8-bom": "utf-8", "ansi": "windows-1252",
    "big5hkscs": "big5", "shift_jis_2004": "shift_jis", "euc_jis_2004": "euc-jp",
}  # fmt: skip

#: Characters that Python's codec gives, and those that the standard has for the same bytes.
_CHANGED = {
    "koi8-u": {"\u255d": "\u045e", "\u256c": "\u040e"},
    # As Windows reads them.
    "euc-jp": dict(zip("\u301c\u2016\u2212\xa2\xa3\xac", "\uff5e\u2225\uff0d\uffe0\uffe1\uffe2", strict=True)),
    "shift_jis": dict.fromkeys("\uf8f0\uf8f1\uf8f2\uf8f3", "\N{REPLACEMENT CHARACTER}"),
    "big5": {"\u2022": "\u2027", "\uff64": "\ufe51"},
    # GB 18030-2022: what had places of private use has places of its own.
    "gb18030": {
        "\ue7c7": "\u1e3f",
        **dict(zip(map(chr, range(0xE78D, 0xE797)), "\ufe10\ufe12\ufe11\ufe13\ufe14\ufe15\ufe16\ufe17\ufe18\ufe19", strict=True)),
        **dict(zip("\ue81e\ue826\ue82b\ue82c\ue832\ue843\ue854\ue864", map(chr, range(0x9FB4, 0x9FBC)), strict=True)),
    },
}  # fmt: skip
_CHANGED |= {"iso-2022-jp": _CHANGED["euc-jp"], "gbk": _CHANGED["gb18030"]}
_TABLES = {name: str.maketrans(changed) for name, changed in _CHANGED.items()}

_SURROGATE_BYTES = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")

#: Bytes that are looked at to find out an encoding that nobody names.
_GUESS_BYTES = 65_536
#: Of fewer bytes beyond ASCII there is no telling what alphabet they are of.
_FEW_BYTES = 6


#: A browser looks at the first 1,024 bytes, and reads again if a meta element comes later.
_DECLARED_BYTES = 65_536
_META_BYTES = 2_000
_MARKUP_START = re.compile(rb"\s*+<[!?a-zA-Z]")
_XML_ENCODING = re.compile(rb"\s*+<\?xml\b[^>]{0,200}?\bencoding\s*=\s*[\"']\s*([\w.:-]{1,40})")
_META = re.compile(rb"<meta[\s/]((?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([^\s=/>\"']{1,80})(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"']+)))?")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([^\s;\"']{1,40})", re.IGNORECASE)


def encoding_named(label: str) -> Encoding | None:
    """Return the encoding that *label* stands for, None where there is none."""
    from webencodings import lookup

    label = label.strip("\t\n\f\r ").lower()
    label = _MORE_LABELS.get(label, label)
    if not label.isascii():
        return None
    if label in _MORE_CODECS:
        return Encoding(label, _MORE_CODECS[label])
    known = lookup(label)
    if known is None or known.name == "replacement":
        return None
    if known.name == "x-user-defined":  # as HTML has it
        return WINDOWS_1252
    return Encoding(known.name, _CODECS.get(known.name, known.codec_info.name))


def marked(head: bytes) -> Encoding | None:
    """Return the encoding that a byte order mark or the NULs of UTF-16 show at the start of a text."""
    for mark, encoding in _MARKED:
        if head.startswith(mark):
            return encoding
    even, odd = head[0:4096:2], head[1:4096:2]
    # Where Latin text has its NULs.
    for nulls, letters, encoding in ((even, odd, _MARKED[4][1]), (odd, even, _MARKED[3][1])):
        if nulls.count(0) > 0.4 * len(nulls) and control_count(letters) < 0.1 * len(letters):
            return encoding
    return None


#: Bytes that plain text does not need, NUL among them; a few of them are accepted.
_CONTROL_BYTES = bytes(set(range(32)) - set(b"\t\n\v\f\r\b\x1b"))


def control_count(content: bytes) -> int:
    """Return the number of bytes that plain text does not need."""
    return len(content) - len(content.translate(None, _CONTROL_BYTES))


def is_utf8(content: bytes) -> bool:
    """Whether *content* is UTF-8, if need be without the end of its last character."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(content)
    except UnicodeDecodeError:
        return False
    return True


class FoundEncoding(NamedTuple):
    """The encoding of a text, and how it was found."""

    encoding: Encoding
    how: Literal["marked", "said", "declared", "utf-8", "guessed"]


def encoding_of(content: bytes, said: str = "", protocol: str = "") -> FoundEncoding:
    """Return the encoding of a text that begins with *content*, *said* being the label that a person gave.

    In this order: a byte order mark; what the person says; what the *protocol* said which it came by, else what a page
    or an XML text declares, unless it is UTF-8 all the same, as pages are that a browser has saved anew; what it looks like.
    """
    if mark := marked(content):
        return FoundEncoding(mark, "marked")
    if said and (named := encoding_named(said)):
        return FoundEncoding(named, "said")
    if named := (encoding_named(protocol) if protocol else None) or declared(content):
        # Those of seven bits look like ASCII.
        is_utf8_anyway = not content.isascii() and is_utf8(content)
        return FoundEncoding(UTF_8 if is_utf8_anyway else named, "declared")
    likely = undeclared(content)
    return FoundEncoding(likely, "utf-8" if likely is UTF_8 else "guessed")


def declared(content: bytes) -> Encoding | None:
    """Return the encoding that a page names in a meta element at its start, or XML in its declaration."""
    head = content[:_DECLARED_BYTES]
    if not _MARKUP_START.match(head):
        return None
    labels = filter(None, (*_labels_of_metas(head), _label_of_xml(head)))
    named = next(filter(None, map(encoding_named, labels)), None)
    # Read in ASCII, so it is none of UTF-16: the standard has UTF-8 there.
    return UTF_8 if named and named.name.startswith("utf-") else named


def _label_of_xml(head: bytes) -> str:
    found = _XML_ENCODING.match(head)
    return found[1].decode("ascii") if found else ""


def _labels_of_metas(head: bytes) -> Iterator[str]:
    at = head.find(b"<")
    while at >= 0:
        if head.startswith(b"<!--", at):
            at = head.find(b"-->", at + 2)
            if at < 0:
                return
        elif meta := _META.match(head, at, at + _META_BYTES):
            yield _label_of_meta(meta[1].decode("latin-1"))
        at = head.find(b"<", at + 1)


def _label_of_meta(attributes: str) -> str:
    values: dict[str, str] = {}
    for name, *quoted in _ATTRIBUTE.findall(attributes):
        values.setdefault(name.lower(), "".join(quoted).strip())
    if values.get("charset"):
        return values["charset"]
    if values.get("http-equiv", "").lower() != "content-type":
        return ""
    charset = _CHARSET.search(values.get("content", ""))
    return charset[1] if charset else ""


def undeclared(content: bytes) -> Encoding:
    """Return the encoding of a text that begins with *content* and does not name one.

    That is UTF-8 where as many characters are in it as bytes are not; else what the letters suggest, and
    Windows-1252 where they suggest nothing.
    """
    if is_utf8(content):
        if b"\x1b$" in content and (kept := _if_it_fits("iso-2022-jp", content)):
            return kept
        return UTF_8
    text, misfits = decoded(content, UTF_8)
    if len(text) - len(text.encode("ascii", "ignore")) >= 2 * misfits:
        return UTF_8
    return _suggested(content)


def _suggested(content: bytes) -> Encoding:
    """Return the encoding that the letters of *content* suggest, which is not UTF-8."""
    content = content[max(0, _first_beyond_ascii(content) - 1000) :][:_GUESS_BYTES]
    if len(content) - len(content.translate(None, bytes(range(128, 256)))) < _FEW_BYTES:
        return WINDOWS_1252
    # Takes a quarter of a second to import.
    from chardet import EncodingEra, detect

    found = detect(content, encoding_era=EncodingEra.MODERN_WEB, compat_names=False)
    name = found["encoding"] or ""
    return (not name.startswith("utf") and _if_it_fits(name, content)) or WINDOWS_1252


def _first_beyond_ascii(content: bytes) -> int:
    found = re.search(rb"[\x80-\xff]", content)
    return found.start() if found else 0


def _if_it_fits(label: str, content: bytes) -> Encoding | None:
    """Return the encoding of that *label* if *content* has no byte that is none of it, but for its end."""
    encoding = encoding_named(label)
    if encoding is None:
        return None
    decoder = Decoder(encoding)
    decoder.decode(content)
    return None if decoder.misfits else encoding


def decoded(content: bytes, encoding: Encoding) -> tuple[str, int]:
    """Return *content* as text, without its byte order mark, and how many of its bytes are not in *encoding*.

    Of UTF-8 such a byte is read as Windows-1252, which it nearly always is; of another encoding it becomes
    U+FFFD, and so does half a surrogate pair.
    """
    decoder = Decoder(encoding)
    return decoder.decode(content, is_last=True), decoder.misfits


class Decoder:
    """Decodes a text in parts, as `decoded` does, and counts the bytes that do not fit."""

    def __init__(self, encoding: Encoding) -> None:
        self._handler = _misfits_of(encoding.name)
        self._table = _TABLES.get(encoding.name)
        self._is_utf8 = encoding is UTF_8
        self._inner = codecs.getincrementaldecoder(encoding.codec)(self._handler.registered)
        self._is_begun = False
        self.misfits = 0

    def decode(self, part: bytes, is_last: bool = False) -> str:
        before = self._handler.count
        text = self._inner.decode(part, is_last)
        self.misfits += self._handler.count - before
        if text and not self._is_begun:
            self._is_begun = True
            text = text.removeprefix("\ufeff")
        return text.translate(self._table) if self._table and not text.isascii() else text

    def in_utf8(self, part: bytes, is_last: bool = False) -> bytes:
        """Return what `decode` does, encoded in UTF-8."""
        if self._is_utf8 and part.isascii() and not self._inner.getstate()[0]:
            self._is_begun |= bool(part)
            return part  # as nearly all parts are
        return self.decode(part, is_last).encode()


class _Misfits:
    """Says what becomes of bytes that a codec of Python does not know, and counts those that do not fit."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lacking = _LACKING.get(name)
        self.count = 0
        self.registered = f"newssearch-{name}"
        codecs.register_error(self.registered, self)

    def __call__(self, error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeDecodeError):
            raise error
        at = error.start
        if self._lacking and (found := self._lacking(error.object, at)):
            return found
        self.count += 1
        if self._name == "utf-8":
            if _SURROGATE_BYTES.match(error.object, at):
                return "\N{REPLACEMENT CHARACTER}", at + 3
            return _as_windows_1252(error.object[at]), at + 1
        if self._name.startswith("windows-") and error.object[at] < 0xA0:
            return chr(error.object[at]), at + 1  # the bytes that Microsoft leaves open
        return "\N{REPLACEMENT CHARACTER}", max(error.end, at + 1)


@cache
def _misfits_of(name: str) -> _Misfits:
    return _Misfits(name)


def _as_windows_1252(byte: int) -> str:
    try:
        return bytes((byte,)).decode("cp1252")
    except UnicodeDecodeError:  # the five bytes that Windows-1252 leaves open
        return chr(byte)


# What the standard reads where the codec of Python fails: the text and where it ends, None for nothing.

_Lacking = Callable[[bytes, int], tuple[str, int] | None]


def _euro_of_gbk(content: bytes, at: int) -> tuple[str, int] | None:
    return ("€", at + 1) if content[at] == 0x80 else None


def _hebrew_point(content: bytes, at: int) -> tuple[str, int] | None:
    return ("\N{HEBREW POINT HOLAM HASER FOR VAV}", at + 1) if content[at] == 0xCA else None


def _kanji_of_windows(content: bytes, at: int, base: int = 0x80) -> tuple[str, int] | None:
    """Read the rows that NEC and IBM added to JIS X 0208, such as ① and 髙, by way of Shift_JIS.

    *base* is what is added to the bytes of that standard.
    """
    row, cell = (byte - base for byte in content[at : at + 2].ljust(2, b"\0"))
    if not (0x21 <= row <= 0x7E and 0x21 <= cell <= 0x7E):
        return None
    lead = ((row - 1) >> 1) + (0x71 if row <= 0x5E else 0xB1)
    trail = cell + ((0x1F if cell <= 0x5F else 0x20) if row & 1 else 0x7E)
    return _by("cp932", bytes((lead, trail)), at + 2)


def _hanzi_of_windows(content: bytes, at: int) -> tuple[str, int] | None:
    return _by("cp950", content[at : at + 2], at + 2)


def _by(codec: str, content: bytes, end: int) -> tuple[str, int] | None:
    try:
        return content.decode(codec), end
    except UnicodeDecodeError:
        return None


_LACKING: dict[str, _Lacking] = {
    "gbk": _euro_of_gbk,
    "gb18030": _euro_of_gbk,
    "windows-1255": _hebrew_point,
    "euc-jp": _kanji_of_windows,
    "iso-2022-jp": partial(_kanji_of_windows, base=0),
    "big5": _hanzi_of_windows,
}
