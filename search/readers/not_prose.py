"""What a text is that was not written for people to read: code, a table, a log."""

from __future__ import annotations

import re
from collections import Counter

#: Characters and lines that are looked at.
_MAX_CHARS = 20_000
_MAX_LINES = 300

#: How a text begins -> what it is.
_BEGINNINGS = tuple(
    (re.compile(beginning), kind)
    for beginning, kind in (
        (r"\{\\rtf", "a document in RTF (save it as .docx or text)"),
        (r"%!PS", "a PostScript document"),
        (r"#!\s*/|<\?php", "a program"),
        (r"-----BEGIN ", "a key or a certificate"),
        (r"BEGIN:V[A-Z]+", "a calendar or an address book"),
        (r"WEBVTT|1\s*\n\d\d:\d\d:\d\d[,.]\d{3} -->", "subtitles"),
        (r"(?:(?:var|let|const)\s+)?[\w.$]{1,60}\s{0,3}=\s{0,3}[\[{]\s{0,9}[\[{\"]", "JSON in a program (save what is between its outer brackets as .json)"),
        (r"diff --git |--- a/|Index: \S+\n=+", "a patch"),
        (r"(?:INSERT INTO|CREATE TABLE|DROP TABLE|BEGIN TRANSACTION;|PRAGMA |SET @|-- (?:MySQL|MariaDB|PostgreSQL|phpMyAdmin)|--\n-- PostgreSQL)", "a dump of a database (export its table as CSV)"),
        (r"(?i:(?:document\s+)?\d{1,6}\s+(?:of|von|de|sur|di)\s+\d{1,6}(?:\s+documents?|\s+dokumenten?|\s+articles)?)[ \t]*\n", "a download of several articles from a press archive"),
    )
)  # fmt: skip
_LOG = re.compile(
    r"\[\s*\d+\.\d{3,}\]|\W{0,2}(?:\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d|\d{1,3}(?:\.\d{1,3}){3}\b|[A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d"
    r"|\d\d:\d\d:\d\d[.,]\d{3}\b|(?:DEBUG|INFO|WARN(?:ING)?|ERROR|TRACE|FATAL)\b[\s:\]])"
)
_SETTING = re.compile(
    r"[\w.$/-]{1,60}\s?[<>~!]?=\s?\S?.*|\[[\w. :\"'/-]{1,60}\]|[#;!].*|(?:- )?[\w.$\"'/-]{1,60}:(?:\s*\S{0,60}|\s[^.!?…]{0,40})|- \S{1,60}"
)
_COMMENT = re.compile(r"[#;!]")
_CODE = re.compile(
    r"from [\w.]+ import .*|import [\w.{}, ]+(?: as \w+| from .*)?;?|(?:async )?def \w+\(.*|class \w+.*[:{]|#\s?(?:include|define|if|endif|pragma)\b.*"
    r"|(?:export |async )*function\b.*[({].*|(?:export )?(?:var|let|const|int|char|double|float|auto) [\w*]+.*[=;{].*"
    r"|(?:public|private|protected|static|final|package|using|namespace)\b.*[({;]|return\b.*;|return [\w.()\[\]]+|(?:if|for|while|switch|elif)\b.*[:{]"
    r"|(?:\} )?else\b.*[:{]|try[: {]{1,2}|(?:except|catch)\b.*[:{]|[})\];,]+|@\w[\w.]*(?:\(.*\))?|//.*|/\*.*|\*/|\w[\w.\[\]\"']* ?[-+*|:]?= ?\S.*|[\w.]+\(.*[);,{]"
    r"|.*[;{}]|(?:SELECT|INSERT INTO|CREATE|ALTER|DROP|UPDATE)\b .*|\\[a-z]+[\[{].*|[.#]?[\w-]+ \{|\s*[\w-]+: [^;]{1,60};"
)
#: What stands in no sentence.
_STATEMENT = re.compile(
    r"from [\w.]+ import |import [\w.]+;?$|(?:async )?def \w+\(|class \w+.{0,80}[:{]$|#\s?include|(?:export )?(?:var|let|const) \w+ ="
    r"|(?:public|private|static) .{0,80}[({;]$|return\b.{0,80};$|\}\s*else|CREATE TABLE|INSERT INTO|[\w.]+\(.{0,80}\);$|[.#]?[\w-]+ \{$"
)
_WORD = re.compile(r"[^\W\d_]{2,}")
#: A line of a poem has more words than an entry of a list.
_WORDS_OF_VERSE = 2.5
_DELIMITERS = ",;\t|"
_NUMBER = re.compile(r"\s*[-+$€£]?[\d.,:%/ -]*\d[\d.,:%/ -]*\s*")
#: What code has many of and prose few, and the share of the characters that they have in no prose.
_SIGNS_OF_CODE = "{};"
_MOST_SIGNS = 0.05
#: No person writes a word of that many characters; addresses are left out.
_LONG_WORD = re.compile(r"(?<!\S)(?!\w{2,6}://|www\.)[!-~]{50,}(?!\S)")


def looks_like(text: str) -> str:
    """Return what *text*, the beginning of a file, looks like, "" if it looks written for people to read."""
    text = text[:_MAX_CHARS].lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").lstrip()
    if not text:
        return ""
    if text.count("\0") > 8:
        return "a tar archive" if "ustar" in text[200:600] else "binary data"
    if kind := _by_beginning(text):
        return kind
    lines = [line.strip() for line in text.split("\n", _MAX_LINES)[:_MAX_LINES] if line.strip()]
    return _by_letters(text) or _by_lines(lines, text)


def _by_beginning(text: str) -> str:
    # A wire writes names in such brackets, but never an end tag.
    is_markup = text.startswith(("<?", "<!")) or text.count("</", 0, 5000) > 1
    if is_markup and re.match(r"<[?!]?[A-Za-z][\w:.-]*[\s>/]", text):
        return "XML or other markup"
    for beginning, kind in _BEGINNINGS:
        if beginning.match(text):
            return kind
    return ""


def _by_letters(text: str) -> str:
    """Return what a text of few letters, or of endless words, is."""
    visible = [char for char in text if not char.isspace()]
    long_words = sum(map(len, _LONG_WORD.findall(text)))
    if long_words > 0.5 * len(visible):
        return "encoded data, such as base64"
    if sum(map(text.count, _SIGNS_OF_CODE)) > _MOST_SIGNS * len(visible):
        return "source code"
    # A mark on a letter counts as one, which other scripts have many of.
    letters = sum(char.isalpha() or char > "\u02ff" for char in visible)
    if letters < 0.4 * len(visible):
        digits = sum(map(str.isdigit, visible))
        return "a table of numbers" if digits > 0.3 * len(visible) else "data without words"
    return ""


def _by_lines(lines: list[str], text: str) -> str:
    """Return what the lines of a text are, most of which have the same form."""
    if len(lines) < 3:
        return ""
    share = 1 / len(lines)
    if share * sum(1 for line in lines if _LOG.match(line)) > 0.6:
        return "a log"
    settings = [line for line in lines if len(line) < 200 and _SETTING.fullmatch(line)]
    chars = sum(map(len, settings))  # above a text may stand "Author: ..." and the like
    if (
        5 * len(settings) >= 3 * len(lines)
        and chars > 0.5 * sum(map(len, lines))
        and not all(map(_COMMENT.match, settings))
    ):
        return "a configuration"
    assigned = sum(1 for line in settings if "=" in line)
    if share * assigned > 0.2 and any(line.startswith("[") for line in settings):
        return "a configuration"
    code = sum(1 for line in lines if len(line) < 200 and _CODE.fullmatch(line))
    statements = sum(1 for line in lines if _STATEMENT.match(line))
    if share * code > 0.5 or (statements > 1 and share * code > 0.2):
        return "source code"
    comments = sum(1 for line in lines if _COMMENT.match(line) and not line.startswith("##"))
    if share * comments > 0.5:
        return "a configuration"
    if _is_table(lines):
        return "a table whose columns are not named as parts of an article"
    # Words that stand apart, in no script that writes without spaces.
    words = [len(_WORD.findall(line)) for line in lines]
    is_list = len(lines) > 12 and max(words) < 5 and sum(words) < _WORDS_OF_VERSE * len(lines)
    return "a list, without a sentence" if is_list and text.isascii() else ""


def _is_table(lines: list[str]) -> bool:
    """Whether nearly all lines have the same number of short cells."""
    for delimiter in _DELIMITERS:
        counts = Counter(line.count(delimiter) for line in lines)
        count, times = counts.most_common(1)[0]
        if count < (1 if delimiter == "\t" else 2) or times < 0.8 * len(lines):
            continue
        cells = [cell for line in lines for cell in line.split(delimiter)]
        numbers = sum(1 for cell in cells if len(cell) < 40 and _NUMBER.fullmatch(cell))
        is_short = sum(map(len, cells)) < 25 * len(cells)
        if numbers > 0.3 * len(cells) or (is_short and (delimiter == "\t" or len(lines) >= 5)):
            return True
    return False
