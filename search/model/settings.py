"""The settings: name, default, bounds, help, each in one line of `Settings`.

Options of the command line, environment, settings files (`settings_files.py`) and docs follow the table of them, `SETTINGS`.
"""

from datetime import UTC, tzinfo
from typing import Any, NamedTuple

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
    #: Whether it names a file or folder: where a settings file says it, it counts from the folder of that file.
    is_path: bool = False
    #: Whether nobody is to read it over a shoulder or in a list of processes: no command has an option for it.
    is_secret: bool = False
    #: The texts that it takes, where these are few.
    choices: tuple[str, ...] = ()

    @property
    def option(self) -> str:
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        return "NEWSSEARCH_" + self.name.upper()

    def parse(self, value: str) -> int | str:
        """Return *value* as this setting's type. Raises `SettingError` naming the way out."""
        if isinstance(self.default, str):
            if not self.takes(value):
                raise SettingError(f"{self.variable}={value[:40]!r}: {self.expected}")
            return value
        try:
            number = int(value)
        except ValueError:
            number = self.minimum - 1
        if not self.minimum <= number <= self.maximum:
            raise SettingError(f"{self.variable}={value!r}: {self.expected}")
        return number

    def takes(self, value: str) -> bool:
        """Whether *value* is a text that this setting can have."""
        return not self.choices or value in self.choices

    @property
    def expected(self) -> str:
        """What values it takes, for an error."""
        if self.choices:
            return f"expected one of {', '.join(self.choices)}"
        if isinstance(self.default, str):
            return "expected a text in quotes"
        return f"expected a whole number from {self.minimum} to {self.maximum}"


_rows: list[tuple[int | str, str, int, int, bool, bool, tuple[str, ...]]] = []


def _setting(
    default: Any,
    help: str,
    minimum: int = 0,
    maximum: int = 2**31 - 1,
    *,
    is_path: bool = False,
    is_secret: bool = False,
    choices: tuple[str, ...] = (),
) -> Any:
    """Note what there is to know of an attribute of `Settings`; return its default."""
    _rows.append((default, help, minimum, maximum, is_path, is_secret, choices))
    return default


class Settings(NamedTuple):
    """The values in force."""

    #: Hides the method of tuples.
    index: str = _setting(  # type: ignore[assignment]
        "index", "Folder of the index, or opensearch:https://HOST:9200/NAME", is_path=True
    )
    time_zone: str = _setting("UTC", "Time zone that days in queries and on pages are meant in")
    saved_searches: str = _setting(
        "",
        "File of saved searches, see docs/saved.md; none: searches.toml, if there is one",
        is_path=True,
    )
    synonyms: str = _setting(
        "", "File of words that mean the same, see docs/words.md", is_path=True
    )
    authors: str = _setting(
        "", "File of the names that are one author, see docs/authors.md", is_path=True
    )
    entities: str = _setting(
        "fast", "What finds people, organisations and places: fast, spacy:MODEL or none"
    )
    feeds: str = _setting(
        "",
        "File of what newssearch fetch reads, see docs/fetch.md; none: feeds.toml, if there is one",
        is_path=True,
    )
    fetched: str = _setting(
        "",
        "Folder that keeps what was fetched; none: beside the index, INDEX.fetched",
        is_path=True,
    )
    fetch_contact: str = _setting(
        "", "Mail or web address that is sent to sites with each request of newssearch fetch"
    )
    hidden: str = _setting(
        "", "File of what is to stay out of the index, see docs/takedowns.md", is_path=True
    )
    corrections: str = _setting(
        "", "File of corrections of entities, see docs/entities.md", is_path=True
    )
    diverse: int = _setting(
        1,
        "1: at most two hits of one source, and one of a story, among the first ten; 0: as they rank",
        0,
        1,
    )
    recency: str = _setting(
        "", "Half-life by which older articles rank lower, such as 30d; none: age does not count"
    )
    page_size: int = _setting(10, "Hits on one page", 1, 100)
    rank: str = _setting(
        "feedback", "How articles are ranked: feedback, plain or semantic, see docs/ranking.md"
    )
    facet_size: int = _setting(5, "Values shown of one facet", 1, 1000)
    snippet_max_chars: int = _setting(
        150, "Longest snippet, in characters before escaping", 40, 2000
    )
    max_query_chars: int = _setting(2000, "Longest query text, in characters", 1, 100_000)
    max_clauses: int = _setting(256, "Most clauses in one query", 1, 10_000)
    max_expanding: int = _setting(16, "Most wildcards and fuzzy words in one query", 0, 10_000)
    max_depth: int = _setting(20, "Deepest nesting of brackets in a query", 1, 100)
    max_expansions: int = _setting(
        1024, "Most terms that one wildcard or fuzzy word stands for", 1, 100_000
    )
    query_timeout_ms: int = _setting(
        3000, "Milliseconds after which a query is given up; 0: no limit"
    )
    jobs: int = _setting(0, "Processes that read and index; 0: one a core, at most 8", 0, 64)
    memory_mb: int = _setting(
        512, "Memory for articles that wait to be written, in megabytes", 64, 1_000_000
    )
    batch_articles: int = _setting(100_000, "Articles in one commit while indexing", 1, 1_000_000)
    stories: int = _setting(1, "1 to find copies of an article while indexing, 0 not to", 0, 1)
    joined_names: int = _setting(
        1,
        "1 to count names of one person, organisation or place as one, 0 as they are written",
        0,
        1,
    )
    max_article_chars: int = _setting(
        5_000_000, "Longest article taken, in characters", 1000, 50_000_000
    )
    kept_revisions: int = _setting(
        10, "Earlier revisions kept of each article that changes; 0: none", 0, 10_000
    )
    lock_timeout_ms: int = _setting(10_000, "How long to wait for another writer, in milliseconds")
    opensearch_user: str = _setting("", "User of the cluster that an index on OpenSearch is on")
    opensearch_password: str = _setting("", "Password of that user", is_secret=True)
    opensearch_api_key: str = _setting(
        "", "Key for that cluster in place of user and password", is_secret=True
    )
    opensearch_ca: str = _setting(
        "", "File of the certificates by which that cluster is believed", is_path=True
    )
    opensearch_shards: int = _setting(
        3, "Parts that a new index on OpenSearch is made of, on as many nodes", 1, 1024
    )
    opensearch_replicas: int = _setting(
        1, "Further copies of each part of a new index on OpenSearch", 0, 20
    )
    opensearch_scoring: str = _setting(
        "exact",
        "Who scores on OpenSearch: exact, as an index in a folder does; native, the cluster, see docs/scaling.md",
        choices=("exact", "native"),
    )
    opensearch_volumes: str = _setting(
        "none",
        "What a new index on OpenSearch is parted by into volumes: year, month or none",
        choices=("none", "year", "month"),
    )
    host: str = _setting("127.0.0.1", "Address the web page is served on")
    port: int = _setting(8000, "Port the web page is served on", 0, 65535)
    pager: int = _setting(
        1, "1: on a terminal a long answer is shown in PAGER, or less; 0: never", 0, 1
    )
    show_paths: int = _setting(
        0, "Whether the web page shows whole paths of files: 1; 0: their last names", 0, 1
    )
    api_keys: str = _setting(
        "",
        "File of keys that the API asks for, or env:VARIABLE; none: it asks for none",
        is_path=True,
    )
    api_rate: int = _setting(
        -1, "Requests a minute of one client to the API and to files; 0: no limit", -1
    )
    api_cors: str = _setting(
        "", "Sites whose pages may read the API, such as https://example.org, or *"
    )
    serve_prefix: str = _setting(
        "", "Path that stands before all addresses of the web page, such as /news"
    )
    serve_proxy: str = _setting(
        "", "Address of the proxy whose X-Forwarded headers are believed; none: nobody's"
    )
    serve_hosts: str = _setting(
        "", "Names under which the web page is reached, with commas between them"
    )
    serve_metrics: int = _setting(
        0, "1: anyone who reaches the server sees /metrics, 0: its own computer alone", 0, 1
    )
    access_log: str = _setting(
        "",
        "File that each request to the web page is written to, - for the error stream",
        is_path=True,
    )
    serve_threads: int = _setting(8, "Requests that the web page answers at the same time", 1, 64)
    serve_connections: int = _setting(200, "Connections that the web page holds", 100, 10_000)
    serve_idle_seconds: int = _setting(10, "How long a connection may wait for a request", 1, 3600)

    def zone(self) -> tzinfo:
        """Return the configured time zone. Raises `SettingError` where there is no such zone."""
        if self.time_zone == "UTC":
            return UTC
        from zoneinfo import ZoneInfo  # slow to import, and seldom needed

        try:
            return ZoneInfo(self.time_zone)
        except (KeyError, OSError, ValueError) as exc:  # an unknown zone is a KeyError
            raise SettingError(
                f"no time zone {self.time_zone!r}; use a name such as UTC or Europe/Berlin"
            ) from exc


#: The table of them.
SETTINGS = tuple(Setting(name, *row) for name, row in zip(Settings._fields, _rows, strict=True))
