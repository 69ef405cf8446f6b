"""Which files a command line stands for: files, folders, patterns, standard input."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from search.readers.formats import has_known_suffix
from search.readers.never_sources import (
    is_about_files,
    is_index,
    is_index_file,
    is_index_folder,
    is_named_as_report,
    is_report,
    page_saved_with,
)
from search.readers.source import suffix_of

_WILD = frozenset("*?[")

INDEX, SAVED_WITH_PAGE, REPORT = "index", "saved with a page", "report of newssearch"
HIDDEN, LINK, NO_SUFFIX, ABOUT = "hidden", "link", "without a suffix", "about its folder"


class LeftOut(NamedTuple):
    """A file or folder in the paths of a run that is not read."""

    path: str
    #: What it is, to be counted by: a suffix such as ".docx", or one of the words above.
    what: str
    is_folder: bool
    #: Why, and what can be done: one sentence.
    reason: str


_WHY_FOLDER = {
    INDEX: "is the folder of an index, whose own files are never read",
    SAVED_WITH_PAGE: "holds what a browser saved with {page}; to read it all the same, rename the folder",
    HIDDEN: "is hidden; give its path to have it read",
    LINK: "is a link to a folder; give its path to have it read",
}
_WHY_FILE = {
    INDEX: "is a file of an index, which is never read",
    SAVED_WITH_PAGE: "was saved by a browser with {page}; to read it all the same, rename its folder",
    REPORT: "is a report of newssearch index",
    HIDDEN: "is hidden; give its path to have it read",
    ABOUT: "tells of its folder, by its name; give its path to have it read",
    NO_SUFFIX: "has no suffix; give its path to have it read by its content",
}

OnLeftOut = Callable[[LeftOut], None]


def input_files(
    paths: Iterable[str | Path],
    on_left_out: OnLeftOut = lambda left_out: None,
    report: str = "",
    is_known: Callable[[str], bool] = lambda path: False,
) -> Iterator[Path]:
    """Yield the files that *paths* stand for, each once: files, folders, patterns, "-".

    Folders are walked to the bottom in sorted order. From a folder or a pattern come only files
    whose suffix is in the table of formats; hidden ones are left out, and links to folders are not
    followed. A file named in full is yielded whatever it is, unless it can be no source: the files of an
    index, those that a browser saved with a page, and our reports: *report* is the one being written. What *is_known*, by its absolute path, is no report,
    and is not opened to see. *on_left_out* is called once for each
    file or folder that is not yielded; what is in such a folder is not looked at, but for other files in the
    folder of an index.

    Nothing is raised here: what cannot be found, listed or entered is yielded, and so is a pipe or device;
    opening it says what is wrong with it.
    """
    search = _Search(on_left_out, report, is_known)
    seen: set[str] = set()
    for path in paths:
        for found in search.files(Path(path)):
            key = os.path.abspath(found)
            if key not in seen:
                seen.add(key)
                yield found


class _Search:
    """The files of some paths, and what was left out of them."""

    def __init__(
        self, on_left_out: OnLeftOut, report: str, is_known: Callable[[str], bool]
    ) -> None:
        self._on_left_out = on_left_out
        self._report = os.path.abspath(report) if report else ""
        self._is_known = is_known
        #: Absolute paths of what was left out.
        self._said: set[str] = set()
        #: Folder -> the page that it, or a folder above it, was saved with; "" if none.
        self._pages: dict[str, str] = {}

    def files(self, path: Path) -> Iterator[Path]:
        if str(path) == "-":
            yield path
        elif os.path.isfile(path):
            if not self._is_no_source(path):
                yield path
        elif os.path.isdir(path):
            yield from self._walk(str(path))
        elif _WILD & set(str(path)) and (matches := self._matches(path)):
            names_suffix = path.suffix != "" and not _WILD & set(path.suffix)
            for match in matches:
                if os.path.isdir(match):
                    # "**" has matched the content too, unless it ends the pattern
                    if "**" not in path.parts[:-1]:
                        yield from self._walk(str(match))
                elif not self._is_no_source(match):
                    if names_suffix:
                        yield match
                    elif is_about_files(match.name):
                        self._leave_out(str(match), ABOUT)
                    elif has_known_suffix(str(match)):
                        yield match
                    else:
                        self._leave_out(str(match), _suffix(match))
        elif not (_WILD & set(str(path)) and any(glob.iglob(str(path), recursive=True))):
            yield path  # neither there nor left out

    def _walk(self, top: str) -> Iterator[Path]:
        if page := self._page(top):
            self._leave_out(top, SAVED_WITH_PAGE, page, is_folder=True)
            return
        unlisted: list[OSError] = []
        for parent, names in self._folders(top, unlisted):
            for name in names:
                path = Path(parent, name)
                if not has_known_suffix(name):
                    self._leave_out(str(path), _suffix(path))
                elif self._is_report(path):
                    self._leave_out(str(path), REPORT)
                elif is_about_files(name):
                    self._leave_out(str(path), ABOUT)
                else:
                    yield path
        for error in unlisted:
            yield Path(error.filename)

    def _folders(
        self, top: str, unlisted: list[OSError], *, is_of_pattern: bool = False
    ) -> Iterator[tuple[str, list[str]]]:
        """Yield *top* and each folder below with the names of its files; without those that are left out.

        No pattern stands for what is hidden, so that this is no news where *is_of_pattern*.
        """
        for parent, folders, names in os.walk(top, onerror=unlisted.append):
            if is_index(names):
                self._leave_out(parent, INDEX, is_folder=True)
                names = [name for name in names if not is_index_file(name)]
            for name in () if is_of_pattern else sorted((*folders, *names)):
                if name.startswith("."):
                    self._leave_out(os.path.join(parent, name), HIDDEN, is_folder=name in folders)
            folders[:] = sorted(name for name in folders if self._is_entered(parent, name))
            yield parent, sorted(name for name in names if not name.startswith("."))

    def _is_entered(self, parent: str, name: str) -> bool:
        path = os.path.join(parent, name)
        if name.startswith("."):
            return False
        if page := page_saved_with(path):
            self._leave_out(path, SAVED_WITH_PAGE, page, is_folder=True)
        elif os.path.islink(path):
            self._leave_out(path, LINK, is_folder=True)
        else:
            return True
        return False

    def _matches(self, pattern: Path) -> list[Path]:
        """Return what *pattern* matches, sorted.

        `glob` follows links for "**", and would follow two links that lead back without end.
        """
        parts = list(pattern.parts)
        while parts and parts[-1] == "**":
            parts.pop()  # its whole content: the folder itself, which is walked
        found = {""}
        for part in parts:
            if part == "**":
                walks = (self._folders(each or os.curdir, [], is_of_pattern=True) for each in found)
                found = {parent for walk in walks for parent, _ in walk}
            else:
                within = (os.path.join(glob.escape(each), part) for each in found)
                found = {match for each in within for match in glob.glob(each)}
        return sorted(map(Path, found))

    def _is_no_source(self, path: Path) -> bool:
        """Whether a file that was named, or found by a pattern, is never a source."""
        folder = os.path.dirname(path)
        if page := self._page(folder):
            self._leave_out(str(path), SAVED_WITH_PAGE, page)
        elif is_index_file(path.name) and is_index_folder(folder):
            self._leave_out(str(path), INDEX)
        elif self._is_report(path):
            self._leave_out(str(path), REPORT)
        else:
            return False
        return True

    def _is_report(self, path: Path) -> bool:
        absolute = os.path.abspath(path)
        if absolute == self._report:
            return True
        return is_named_as_report(path) and not self._is_known(absolute) and is_report(path)

    def _page(self, folder: str) -> str:
        """Return the page that *folder* was saved with, or one above it in the path that was given; else ""."""
        unknown: list[str] = []
        above = folder
        while above and above not in self._pages and above not in unknown[-1:]:
            unknown.append(above)
            above = os.path.dirname(above)
        for each in reversed(unknown):
            self._pages[each] = page_saved_with(each) or self._pages.get(os.path.dirname(each), "")
        return self._pages.get(folder, "")

    def _leave_out(self, path: str, what: str, page: str = "", *, is_folder: bool = False) -> None:
        absolute = os.path.abspath(path)
        if absolute in self._said:
            return
        self._said.add(absolute)
        why = (_WHY_FOLDER if is_folder else _WHY_FILE).get(what) or _why_suffix(what)
        self._on_left_out(LeftOut(path, what, is_folder, why.replace("{page}", page)))


def _suffix(path: Path) -> str:
    """Return the suffix to count a file by; what follows the full stop of "Mr. Smith and I" is none."""
    suffix = suffix_of(str(path)) or path.suffix.lower()
    return suffix if re.fullmatch(r"\.[\w+-]{1,12}", suffix) else NO_SUFFIX


#: Suffixes of files that hold text in a form that no reader knows, and what can be done.
_WAYS_OUT = (
    (".doc .rtf .pages .ps .djvu .wpd .ppt .pptx .odp .tex", "save it as .docx, text or HTML"),
    (".xls .xlsx .xlsm .xlsb .ods .numbers .parquet .db .sqlite .sqlite3 .mdb .accdb", "export it as CSV"),
    (".7z .rar .lz4 .z .iso", "unpack it"),
    (".msg .pst .maff .webarchive .rst", "save it as text or HTML"),
)  # fmt: skip


def way_out(suffix: str) -> str:
    """Return what a person can do about files of this suffix, "" where nothing is known."""
    return next((way for suffixes, way in _WAYS_OUT if suffix in suffixes.split()), "")


def _why_suffix(suffix: str) -> str:
    todo = way_out(suffix) or "give its path to have it read by its content"
    return f"no reader knows {suffix}; {todo}"
