"""The table of settings: name, default, unit, help. CLI options, environment and docs read it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import NamedTuple

from search.model.errors import SettingError


class Setting(NamedTuple):
    """One setting: the option ``--name-with-dashes`` and the variable ``NEWSSEARCH_NAME``.

    ``minimum`` and ``maximum`` bound a number, both inclusive.
    """

    name: str
    default: int | str
    help: str
    minimum: int = 0
    maximum: int = 2**31 - 1

    @property
    def variable(self) -> str:
        return "NEWSSEARCH_" + self.name.upper()

    def parse(self, value: str) -> int | str:
        """Return *value* as this setting's type. Raises `SettingError` naming the way out."""
        if isinstance(self.default, str):
            return value
        try:
            number = int(value)
        except ValueError:
            number = self.minimum - 1
        if not self.minimum <= number <= self.maximum:
            raise SettingError(
                f"{self.variable}={value!r}: expected a whole number from {self.minimum} to {self.maximum}"
            )
        return number


SETTINGS = (
    Setting("index", "index", "Folder of the index"),
    Setting("time_zone", "UTC", "Time zone that days in queries and on pages are meant in"),
    Setting("saved_searches", "", "File of saved searches, a line each: name: query"),
    Setting("page_size", 10, "Hits on one page", 1, 100),
    Setting("facet_size", 10, "Values shown of one facet", 1, 1000),
    Setting("snippet_max_chars", 240, "Longest snippet, in characters before escaping", 40, 2000),
    Setting("max_query_chars", 2000, "Longest query text, in characters", 1, 100_000),
    Setting("max_clauses", 256, "Most clauses in one query", 1, 10_000),
    Setting("max_expanding", 16, "Most wildcards and fuzzy words in one query", 0, 10_000),
    Setting("max_depth", 20, "Deepest nesting of brackets in a query", 1, 100),
    Setting(
        "max_expansions", 1024, "Most terms that one wildcard or fuzzy word stands for", 1, 100_000
    ),
    Setting("jobs", 0, "Processes that read and index; 0: one a core, at most 8", 0, 64),
    Setting("memory_mb", 512, "What they gather in memory together, in megabytes", 64, 1_000_000),
    Setting("batch_articles", 100_000, "Articles in one commit while indexing", 1, 1_000_000),
    Setting(
        "max_article_chars", 5_000_000, "Longest article taken, in characters", 1000, 50_000_000
    ),
    Setting("max_file_mb", 4096, "Most that one file may hold once decompressed, in megabytes", 1),
    Setting("lock_timeout_ms", 10_000, "How long to wait for another writer, in milliseconds"),
    Setting("host", "127.0.0.1", "Address the web page is served on"),
    Setting("port", 8000, "Port the web page is served on", 0, 65535),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """The values in force, one attribute a setting of the table."""

    index: str = "index"
    time_zone: str = "UTC"
    saved_searches: str = ""
    page_size: int = 10
    facet_size: int = 10
    snippet_max_chars: int = 240
    max_query_chars: int = 2000
    max_clauses: int = 256
    max_expanding: int = 16
    max_depth: int = 20
    max_expansions: int = 1024
    jobs: int = 0
    memory_mb: int = 512
    batch_articles: int = 100_000
    max_article_chars: int = 5_000_000
    max_file_mb: int = 4096
    lock_timeout_ms: int = 10_000
    host: str = "127.0.0.1"
    port: int = 8000

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Return the defaults with what NEWSSEARCH_* variables set. Raises `SettingError`."""
        variables = os.environ if environment is None else environment
        chosen = {
            s.name: s.parse(variables[s.variable]) for s in SETTINGS if variables.get(s.variable)
        }
        return cls(**chosen)  # type: ignore[arg-type]  # the table and the attributes agree: tested

    def zone(self) -> tzinfo:
        """Return the configured time zone. Raises `SettingError` where there is no such zone."""
        if self.time_zone == "UTC":
            return UTC
        from zoneinfo import ZoneInfo  # 3 ms, which most do not need

        try:
            return ZoneInfo(self.time_zone)
        except (KeyError, OSError, ValueError) as exc:  # an unknown zone is a KeyError
            raise SettingError(
                f"no time zone {self.time_zone!r}; use a name such as UTC or Europe/Berlin"
            ) from exc
