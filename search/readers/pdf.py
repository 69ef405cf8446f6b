"""PDF: the lines of its pages joined to paragraphs, which are read as those of a text file are. Needs the extra ``pdf``."""

from __future__ import annotations

import logging
import re
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

from search.model.article import Article, BadArticle
from search.model.installing import command_for
from search.readers.decompression import CutShort
from search.readers.documents import Paragraph, Properties, articles_of
from search.readers.draft import too_long
from search.readers.pdf_columns import Line, Row, in_order
from search.readers.source import Source
from search.text.spacing import single_spaced

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

_NO_LIBRARY = f"is a PDF, which takes a library to read: {command_for('pdf')}"
_NO_TEXT = (
    "is a PDF of pictures, as a scanner makes it, without text; have its letters recognised first (OCR, for"
    " example by ocrmypdf)"
)
_UNREADABLE = "is a PDF whose fonts do not say which letters they show; have its letters recognised (OCR, for example by ocrmypdf)"
#: A year of a daily paper has as many pages; each takes some 20 ms.
_MAX_PAGES = 3_000
_MAX_BYTES = 500_000_000
#: What a page may hold, unpacked, and how many numbers, texts and commands. It takes some ten times as much memory.
_MAX_PAGE_BYTES = 10_000_000
_MAX_MARKS = 1_000_000
_ANEW = "print it to a PDF anew"
_TOO_LARGE = (
    f"are larger than pages are ({_MAX_PAGE_BYTES // 1_000_000} MB unpacked, or {_MAX_MARKS:,} marks) and were not read;"
    f" {_ANEW}"
)
#: Seconds of this process that one page and all pages of a file may take.
_PAGE_SECONDS = 5
_FILE_SECONDS = 300
#: Pages of a file that may take so long; of more it is made to take long.
_MAX_SLOW = 3
#: Letters that a page with a text has at least; a scan has none, or a stamp.
_FEW_LETTERS = 20
#: Lines at the top and at the bottom of a page that may be the same on other pages.
_MOST_RUNNING = 3
_PAGE_NUMBER = re.compile(
    r"[-–—\[(|\s]*(?:(?:page|seite|pagina|página|side|sida|strona|с\.|p\.|s\.)\s*)?\d{1,4}(?:\s*(?:/|of|von|de|sur|di|van|av|af|из)\s*\d{1,4})?[-–—\])|\s]*",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\d+")
#: How much larger than the usual letter a title is, and how different one of another paragraph.
_TITLE_SIZE = 1.2
_OTHER_SIZE = 1.12
_WIDE_GAP = 1.35
#: Of the size of the letters; where lines stand further apart, each is a paragraph.
_MOST_LEADING = 1.6
_MAX_TITLE_LINES = 8
_MIN_TITLE_CHARS = 12
#: Where menus of a page that was printed stand above its headline.
_MOST_PAGES_ABOVE = 5
_NARROW_CHARS = 45
_SENTENCE_END = re.compile(r"[.!?…。:][\"'”’»)\]]*$")
_BROKEN_WORD = re.compile(r"[^\W\d_][-\u2010\u00ad]$")
_HYPHENATED = re.compile(r"\w+-\w+")
_LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
)
#: Letters that fonts without a table of them give.
_NO_LETTER = re.compile("[\ufffd\ue000-\uf8ff\x00-\x08\x0e-\x1f]")


def sniff(head: str) -> bool:
    """Whether a text is in this format: none is."""
    return False


def read(source: Source) -> Iterator[Article | BadArticle]:
    """Yield the article of a PDF, or those of one that a press database wrote."""
    try:
        import pypdf  # noqa: F401
    except ImportError:
        # Cut short, so that the next run reads it, although it has not changed: the library may be there by then.
        yield BadArticle(source.path, None, _NO_LIBRARY, cut_short=True)
        return
    found = _lines_of(source)
    if isinstance(found, BadArticle):
        yield found
        return
    pages, said = found
    pages = _without_running(source, pages)
    groups, title = _groups(pages, said.title)
    words = " ".join([said.title, *(line.text for group in groups for line in group)])
    hyphenated = set(_HYPHENATED.findall(words))
    paragraphs = [_joined(group, title, hyphenated) for group in groups]
    lines = [text for group in groups for text in (*(line.text for line in group), "")]
    yield from articles_of(source, paragraphs, said, lines)


def _lines_of(source: Source) -> tuple[list[list[Line]], Properties] | BadArticle:
    """Return the lines of each page, and what the properties say; or why there are none."""
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, LimitReachedError, PyPdfError

    quiet = logging.getLogger("pypdf")
    quiet.addHandler(logging.NullHandler())
    quiet.propagate = False  # it warns of faults that it mends
    with source.in_any_order() as file, _bounded_memory():
        if file.seek(0, 2) > _MAX_BYTES:
            return BadArticle(
                source.path, None, f"is a PDF of more than {_MAX_BYTES:,} bytes; split it"
            )
        file.seek(0)
        try:
            with _bounded_time(_PAGE_SECONDS):
                reader = PdfReader(file)
                if reader.is_encrypted and not reader.decrypt(""):
                    return BadArticle(
                        source.path, None, "is encrypted; save it without its password first"
                    )
                count = len(reader.pages)
                said = _properties(reader)
        except LimitReachedError:
            return BadArticle(source.path, None, f"its table of pages is one of those made to grow without end; {_ANEW}")  # fmt: skip
        except _TooSlow as exc:
            return BadArticle(
                source.path, None, f"its table of pages takes more than {exc} seconds to read"
            )
        except DependencyError:
            return BadArticle(
                source.path, None, "is encrypted; save it without its encryption first"
            )
        except (PyPdfError, *_FAULTS) as exc:
            raise CutShort(
                f"the PDF is damaged ({single_spaced(str(exc))[:120]}); fetch it again"
            ) from exc
        if count > _MAX_PAGES:
            return BadArticle(
                source.path,
                None,
                f"has {count:,} pages, and {_MAX_PAGES:,} are read at most; split it",
            )
        return _pages(source, reader, count, said)


#: What damaged files have pypdf raise besides its own errors.
_FAULTS = (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError, OverflowError, ArithmeticError, AssertionError, NotImplementedError, EOFError, OSError)  # fmt: skip


def _pages(
    source: Source, reader: PdfReader, count: int, said: Properties
) -> tuple[list[list[Line]], Properties] | BadArticle:
    from pypdf.errors import LimitReachedError

    pages: list[list[Line]] = []
    without: list[int] = []
    damaged: list[int] = []
    too_large: list[int] = []
    chars = 0
    slow = _Stopwatch()
    too_slow = 0
    for number in range(count):
        try:
            with _bounded_time(_PAGE_SECONDS):
                lines = _lines(reader.pages[number])
        except _TooSlow as exc:
            lines = []
            damaged.append(number + 1)
            too_slow += 1
            if too_slow == _MAX_SLOW:
                return BadArticle(source.path, None, f"{_MAX_SLOW} of its pages take more than {exc} seconds each to read, the last is page {number + 1:,} of {count:,}; {_ANEW}")  # fmt: skip
        except LimitReachedError:
            lines = []
            too_large.append(number + 1)
        except Exception:  # any error of the library costs the page
            lines = []
            damaged.append(number + 1)
        if slow.seconds() > _FILE_SECONDS:
            return BadArticle(source.path, None, f"takes more than {_FILE_SECONDS} seconds to read: page {number + 1:,} of {count:,} was reached; split it")  # fmt: skip
        chars += sum(len(line.text) for line in lines)
        if chars > source.limits.max_article_chars:
            return too_long(source, None)
        if not lines and number + 1 not in (*damaged[-1:], *too_large[-1:]):
            without.append(number + 1)
        pages.append(lines)
    text = "".join(line.text for page in pages for line in page)
    if sum(map(str.isalpha, text)) < _FEW_LETTERS:
        return BadArticle(
            source.path,
            None,
            f"its pages {_TOO_LARGE}"
            if too_large
            else "none of its pages can be read; fetch it again"
            if damaged
            else _NO_TEXT,
        )
    if len(_NO_LETTER.findall(text)) > 0.2 * len(text):
        return BadArticle(source.path, None, _UNREADABLE)
    for which, why in ((damaged, "are damaged and were not read"), (too_large, _TOO_LARGE), (without, "have no text, as scans have none: have them recognised (OCR)")):  # fmt: skip
        if which:
            source.remarks.say(None, "cut text", f"{len(which):,} of {count:,} pages {why}; the first is page {which[0]:,}")  # fmt: skip
    return pages, said


def _properties(reader: PdfReader) -> Properties:
    """Return what the file says of itself; what is damaged says nothing."""
    try:
        known: dict[str, Any] = dict(reader.metadata or {})
        texts = [known.get(key) for key in ("/Title", "/Author", "/CreationDate")]
    except Exception:  # any error of the library costs the properties
        return Properties()
    title, author, created = (
        single_spaced(str(each))[:1_000] if isinstance(each, str) else "" for each in texts
    )
    return Properties(title, author, created)


def _lines(page: PageObject) -> list[Line]:
    """Return the lines of a page in the order of its content, which is mostly that of its columns."""
    rows: list[Row] = []
    #: The pieces of a row, each with what it was made of.
    pieces: list[tuple[list[str], tuple[float, float, float]]] = []

    def finish() -> None:
        lines = [Line(text, *at) for parts, at in pieces if (text := _text_in(parts))]
        if lines:
            whole = _text_in([part for parts, _ in pieces for part in parts])
            rows.append(Row(lines[0]._replace(text=whole), lines))
        pieces.clear()

    def visit(text: str, cm: list[float], tm: list[float], font: object, size: float) -> None:
        first, *others = text.split("\n")
        for number, part in enumerate((first, *others)):
            if number:
                finish()
            if part.strip():
                at = (
                    tm[4] * cm[0] + tm[5] * cm[2] + cm[4],
                    tm[4] * cm[1] + tm[5] * cm[3] + cm[5],
                    abs(size * (tm[3] or tm[1]) * (cm[3] or cm[1])),
                )
                if not pieces or at[0] - pieces[-1][1][0] > at[2]:
                    pieces.append(([], at))
            if pieces:
                pieces[-1][0].append(part)

    page.extract_text(visitor_text=visit)
    finish()
    return in_order(rows)


def _text_in(parts: list[str]) -> str:
    return single_spaced("".join(parts).translate(_LIGATURES))


def _without_running(source: Source, pages: list[list[Line]]) -> list[list[Line]]:
    """Return the pages without page numbers, and without the lines at their edges that are the same on others."""
    filled = [page for page in pages if page]
    times = Counter(key for page in filled for key in set(map(_running, _edges(page))))
    most = max(2, len(filled) // 2)
    kept = []
    dropped = 0
    for page in filled:
        edges = _edges(page)
        lines = [
            line
            for line in page
            if line not in edges
            or not (
                times[_running(line)] >= most
                or (line in (page[0], page[-1]) and _PAGE_NUMBER.fullmatch(line.text))
            )
        ]
        dropped += len(page) - len(lines)
        kept.append(lines)
    if dropped:
        source.remarks.say(
            None, "not its text", f"{dropped:,} running heads and page numbers were left out"
        )
    return kept


def _running(line: Line) -> tuple[str, int]:
    """Return what is the same of a running head on every page: not its number. A title has larger letters."""
    return _DIGITS.sub("#", line.text).casefold(), round(line.size)


def _edges(page: list[Line]) -> list[Line]:
    """Return the highest and lowest lines of a page, and those that its content begins and ends with."""
    by_height = sorted(page, key=lambda line: line.y)
    return [*by_height[:_MOST_RUNNING], *by_height[-_MOST_RUNNING:], *page[:1], *page[-1:]]


def _groups(pages: list[list[Line]], said_title: str) -> tuple[list[list[Line]], list[Line]]:
    """Return the lines of each paragraph, and those of the title.

    That is what the properties of the file say too, as those of a page that was printed, else the largest letters
    of the first page.
    """
    lines = [line for page in pages for line in page]
    if not lines:
        return [], []
    usual = _usual(lines)
    title = _title_as_said(pages[:_MOST_PAGES_ABOVE], usual.size, said_title)
    title = title or _title(next(filter(None, pages)), usual.size)
    groups = [[lines[0]]]
    for before, line in pairwise(lines):
        if _begins(before, line, usual, title):
            groups.append([])
        groups[-1].append(line)
    return groups, title


class _Usual(NamedTuple):
    """What is usual in a text: the size of its letters, the gap from line to line, the characters of a full line."""

    size: float
    gap: float
    chars: float


def _usual(lines: list[Line]) -> _Usual:
    sizes = Counter[float]()
    for line in lines:
        sizes[round(line.size, 1)] += len(line.text)
    size = sizes.most_common(1)[0][0]
    body = [line for line in lines if abs(line.size - size) < 0.2] or lines
    gaps = [
        above.y - below.y
        for above, below in pairwise(body)
        if 0 < above.y - below.y < 4 * max(size, 1)
    ]
    full = sorted(len(line.text) for line in body)
    gap = min(median(gaps), _MOST_LEADING * size) if gaps else 0.0
    return _Usual(size, gap, full[int(len(full) * 0.8)] if full else 0.0)


def _begins(before: Line, line: Line, usual: _Usual, title: list[Line]) -> bool:
    """Whether *line* begins a paragraph after the line *before*."""
    if (before in title) != (line in title):
        return True
    if line in title:
        return False
    larger, smaller = max(before.size, line.size), min(before.size, line.size)
    if smaller and larger > _OTHER_SIZE * smaller:
        return True
    is_ended = _SENTENCE_END.search(before.text) is not None
    gap = before.y - line.y
    if gap < 0:  # the next column or page
        return is_ended and not line.text[:1].islower()
    if usual.gap and gap > _WIDE_GAP * usual.gap:
        return True
    if line.text[:1].islower() or _BROKEN_WORD.search(before.text):
        return False
    if is_ended:
        is_indented = line.x - before.x > 0.7 * usual.size
        return is_indented or len(before.text) < 0.7 * usual.chars
    # A line of a list, or a heading; a column is too narrow to say.
    return usual.chars > _NARROW_CHARS and len(before.text) < 0.5 * usual.chars


def _joined(lines: list[Line], title: list[Line], hyphenated: set[str]) -> Paragraph:
    """Return the paragraph of *lines*, with words that were broken at their ends in one piece."""
    text = ""
    for line in lines:
        if text and _BROKEN_WORD.search(text) and line.text[:1].islower():
            before = re.search(r"\w+$", text[:-1])
            after = re.match(r"\w+", line.text)
            word = f"{before[0]}-{after[0]}" if before and after else ""
            text = (text if word in hyphenated and text[-1] != "\u00ad" else text[:-1]) + line.text
        else:
            text = f"{text} {line.text}" if text else line.text
    return Paragraph(text.replace("\u00ad", ""), 0 if lines and lines[0] in title else None)


def _title(page: list[Line], usual: float) -> list[Line]:
    """Return the lines of the title: the largest letters of the first page that more than one word is in."""
    sizes = sorted({round(line.size, 1) for line in page}, reverse=True)
    for size in sizes:
        if size < _TITLE_SIZE * usual:
            break
        same = [abs(line.size - size) < 0.05 * size for line in page]
        begin = same.index(True)
        end = next((n for n in range(begin, len(page)) if not same[n]), len(page))
        lines = page[begin:end]
        text = " ".join(line.text for line in lines)
        if len(lines) <= _MAX_TITLE_LINES and " " in text and any(map(str.isalpha, text)):
            return lines
    return []


def _title_as_said(pages: list[list[Line]], usual: float, said: str) -> list[Line]:
    """Return the lines in larger letters whose words the title of the file's properties has in it."""
    wanted = _letters(said)
    best: list[Line] = []
    found: list[Line] = []
    for page in pages:
        run: list[Line] = []  # lines of one size, of which the title may begin with any
        begun: list[Line] = []
        for line in page:
            if line.size < _TITLE_SIZE * usual:
                run, begun = [], []
                continue
            if not run or abs(line.size - run[0].size) > 0.5 or len(run) == _MAX_TITLE_LINES:
                run, begun = [], []
            run.append(line)
            begun.append(line)
            if _letters("".join(each.text for each in begun)) not in wanted:
                begun = [line] if _letters(line.text) in wanted else []
            if _chars(begun) > max(_MIN_TITLE_CHARS, _chars(best)):
                best, found = list(begun), run
    # The properties may have a shorter form.
    return found[found.index(best[0]) :] if best else []


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _chars(lines: list[Line]) -> int:
    return sum(len(line.text) for line in lines)


# Bounds


@contextmanager
def _bounded_memory() -> Iterator[None]:
    """Have the library raise `LimitReachedError` where a part of a PDF is larger than a page may be."""
    from pypdf import apply_configuration

    with apply_configuration(
        zlib_maximum_output_length=_MAX_PAGE_BYTES,
        lzw_maximum_output_length=_MAX_PAGE_BYTES,
        run_length_maximum_output_length=_MAX_PAGE_BYTES,
        array_based_stream_maximum_output_length=_MAX_PAGE_BYTES,
        stream_decoding_work_maximum_length=4 * _MAX_PAGE_BYTES,
        stream_parsing_work_maximum_count=_MAX_MARKS,
    ):
        yield


class _TooSlow(Exception):
    """What was begun takes more than that many seconds."""


class _Stopwatch:
    def __init__(self) -> None:
        from time import process_time

        self._now = process_time
        self._begun = process_time()

    def seconds(self) -> float:
        """Return the seconds that this process has worked since."""
        return self._now() - self._begun


@contextmanager
def _bounded_time(seconds: int) -> Iterator[None]:
    """Raise `_TooSlow` after that many seconds of work, where that can be done: in the main thread of a process."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: Any) -> None:
        raise _TooSlow(seconds)

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
