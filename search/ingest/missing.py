"""Input files that an index was made from and that are gone: which surely are, and which only look like it."""

from __future__ import annotations

import glob
import os
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from fnmatch import fnmatchcase
from functools import cache

from search.engines.staging import InputFile


def missing_below(
    files: Iterable[InputFile], paths: Iterable[str], unread: Collection[str] = ()
) -> tuple[list[InputFile], Counter[str]]:
    """Return those *files* in *paths* (folders, files, patterns) that are there no more.

    What may be there all the same is left out, and counted in the second value by the reason, in
    words: what cannot be looked at; what lay below one of *unread* (absolute), below a folder
    that is empty now, cannot be listed or is a link to nothing; and all that was in a path
    below which no file with an article is left. An unmounted disk looks like each of these.
    """
    roots = Roots(paths)
    left_alone: Counter[str] = Counter()
    gone: list[tuple[InputFile, list[str]]] = []
    with_articles: set[str] = set()
    for file in files:
        above = roots.above(file.path)
        if not above:
            continue
        try:
            os.lstat(file.path)
        except (FileNotFoundError, NotADirectoryError):
            gone.append((file, above))
        except OSError as exc:
            folder = os.path.dirname(file.path)
            left_alone[f"{folder} cannot be looked into ({exc.strerror})"] += 1
        else:
            if file.articles:  # a note left on a mount point is no archive
                with_articles.update(above)
    missing = []
    why_doubtful = cache(_why_doubtful)
    for file, above in gone:
        refused = [path for path in _with_parents(file.path) if path in unread]
        bare = [root for root in above if root not in with_articles]
        if refused:
            left_alone[f"{refused[0]} could not be read this time"] += 1
        elif why := why_doubtful(os.path.dirname(file.path)):
            left_alone[why] += 1
        elif bare:
            left_alone[
                f"nothing that was read from {bare[0]} is there any more, nor other articles"
            ] += 1
        else:
            missing.append(file)
    return missing, left_alone


class Roots:
    """The folders, files and patterns that a run was given."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._named: set[str] = set()
        self._patterns: list[str] = []
        for path in paths:
            root = os.path.abspath(path)
            # What is there by that name is meant, also where its name looks like a pattern.
            is_pattern = glob.has_magic(root) and not os.path.exists(root)
            if is_pattern:
                self._patterns.append(root)
            else:
                self._named.add(root)

    def above(self, path: str) -> list[str]:
        """Return those that *path* is, lies in, or is found by."""
        named = [parent for parent in _with_parents(path) if parent in self._named]
        return named + [pattern for pattern in self._patterns if _is_found(path, pattern)]


def _with_parents(path: str) -> Iterator[str]:
    """Yield *path*, the folder it is in, the one above, up to the root."""
    yield path
    while (parent := os.path.dirname(path)) != path:
        yield parent
        path = parent


def _is_found(path: str, pattern: str) -> bool:
    """Whether *pattern* finds *path* or a folder above it, by the rules of `glob`.

    ``*`` stays within one name, ``**`` stands for any number of folders, and neither finds what
    begins with a full stop.
    """
    names = path.split(os.sep)
    reached = {0}  # how many of the names the pattern so far can stand for
    for part in pattern.split(os.sep):
        if part == "**":
            end = min(reached)
            while end < len(names) and not names[end].startswith("."):
                end += 1
                reached.add(end)
        else:
            reached = {n + 1 for n in reached if n < len(names) and _is_name(names[n], part)}
        if not reached:
            return False
    return True


def _is_name(name: str, part: str) -> bool:
    is_hidden = name.startswith(".") and not part.startswith(".")
    return not is_hidden and fnmatchcase(name, part)


def _why_doubtful(folder: str) -> str:
    """Return why what was in *folder* may be there all the same; "" where it is gone."""
    for path in _with_parents(folder):
        if not os.path.lexists(path):
            continue
        if os.path.islink(path) and not os.path.exists(path):
            return f"{path} is a link to nothing now"
        try:
            with os.scandir(path) as entries:
                return "" if any(entries) else f"{path} is empty now"
        except NotADirectoryError:
            return ""
        except OSError as exc:
            return f"{path} cannot be listed ({exc.strerror})"
    return ""
