"""The engines that are compared, each asked the same three ways: top 10, with facet, whole page.

Every engine indexes title and body stemmed, with positions, no word left out; authors whole, to count
and filter by; dates to filter by; and keeps all it was given. Every answer starts from words, as
typed, and says how many articles match.
"""

from __future__ import annotations

import importlib.util
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from benchmarks.speed_corpus import records
from benchmarks.speed_queries import (
    LIMIT,
    MEMORY_BYTES,
    SEED,
    SNIPPET_CHARS,
    SNIPPET_TOKENS,
    Wanted,
    newssearch_text,
)
from benchmarks.speed_stock_whoosh import StockWhoosh, StockWhooshFacet

#: Of a grouped page: the share of articles that are in stories with others, and the largest of these.
_COPIED = 0.2
_STORY = 7


class Peer(Protocol):
    """An engine over one folder, and how many articles are in it. The three questions return the exact total; whoosh's top 10 none."""

    def open(self, folder: Path) -> None: ...
    def close(self) -> None: ...
    def articles(self) -> int: ...
    def top10(self, wanted: Wanted) -> int: ...
    def facet(self, wanted: Wanted) -> int: ...
    def page(self, wanted: Wanted) -> int: ...


class Newssearch:
    """Ours: top 10 and facet as the engine gives them, the page as all front ends get it."""

    #: One row a story: no other engine does that, so it is measured on its own.
    _groups = False
    #: Ranked as other engines do: without feedback, and in the order of scores.
    _rank = "plain"
    _diverse: bool | None = False

    def open(self, folder: Path) -> None:
        from search.engines.registry import open_engine
        from search.model.question import FacetRequest
        from search.service.service import SearchService

        self._engine = open_engine(f"whoosh:{folder}")
        self._service = SearchService(self._engine)
        self._facets = (FacetRequest("author", LIMIT),)

    def close(self) -> None:
        self._engine.close()

    def articles(self) -> int:
        from search.engines.protocol.request import SearchRequest

        return self._engine.count(SearchRequest())

    def top10(self, wanted: Wanted) -> int:
        return self._ask(wanted, ())

    def facet(self, wanted: Wanted) -> int:
        return self._ask(wanted, self._facets)

    def _ask(self, wanted: Wanted, facets: Any) -> int:
        from search.engines.protocol.request import SearchRequest
        from search.query.parser import parse

        tree = parse(newssearch_text(wanted)).tree
        return self._engine.search(SearchRequest(tree=tree, limit=LIMIT, facets=facets)).total

    def page(self, wanted: Wanted) -> int:
        from search.model.question import Question

        return self._service.search(
            Question(
                text=newssearch_text(wanted),
                facets=self._facets,
                page_size=LIMIT,
                group=self._groups,
                rank=self._rank,
                diverse=self._diverse,
            )
        ).total


class Default(Newssearch):
    """Ours ranked as people get it, with feedback and so that no source fills the page."""

    _rank = ""
    _diverse = None


class Grouped(Newssearch):
    """Ours with one row a story, which no other engine has to be compared with.

    As no two articles of the corpus are copies, a fifth of them are put into stories of up to seven.
    """

    _groups = True

    def open(self, folder: Path) -> None:
        import numpy as np

        from search.engines.whoosh_index.snapshot.stories import Stories

        super().open(folder)
        documents = self._engine._index.current().documents
        numbers = np.arange(documents.size)
        is_copied = np.random.default_rng(SEED).random(documents.size) < _COPIED
        numbers[is_copied] = numbers[is_copied] // _STORY * _STORY
        # In the place of those that the index has: a cached property.
        vars(documents)["stories"] = Stories(numbers, documents.live_numbers)


class Tantivy:
    """tantivy-py. A search gives no facets there, so these are a second pass, its `aggregate`."""

    FIELDS = ("title", "body")

    @staticmethod
    def build(corpus: Path, folder: Path, cores: int) -> None:
        import tantivy

        schema = tantivy.SchemaBuilder()
        for name in Tantivy.FIELDS:
            schema.add_text_field(name, stored=True, tokenizer_name="en_stem")
        whole: dict[str, Any] = {"tokenizer_name": "raw", "index_option": "basic", "stored": True}
        schema.add_text_field("id", **whole)
        schema.add_text_field("source", **whole)
        schema.add_text_field("authors", fast=True, **whole)
        schema.add_date_field("published", stored=True, indexed=True, fast=True)
        index = tantivy.Index(schema.build(), str(folder))
        writer = index.writer(MEMORY_BYTES, cores)
        for record in records(corpus):
            record["published"] = datetime.fromisoformat(record["published"])
            writer.add_document(tantivy.Document(**record))
        writer.commit()
        writer.wait_merging_threads()

    def open(self, folder: Path) -> None:
        import tantivy

        self._tantivy = tantivy
        self._index = tantivy.Index.open(str(folder))
        self._searcher = self._index.searcher()

    def close(self) -> None:
        del self._searcher, self._index

    def articles(self) -> int:
        return int(self._searcher.num_docs)

    def _query(self, wanted: Wanted) -> Any:
        words = wanted.words
        if wanted.kind == "prefix":  # its query language has prefixes of phrases only
            query = self._tantivy.Query
            schema = self._index.schema
            either = [query.regex_query(schema, name, f"{words[0]}.*") for name in self.FIELDS]
            return either[0].or_should_match(either[1])
        match wanted.kind:
            case "all":
                text = " ".join(f"+{word}" for word in words)
            case "any":
                text = " ".join(words)
            case _:
                text = f'+"{" ".join(words)}"'
        if wanted.author:
            text += f' +authors:"{wanted.author}"'
        if wanted.start:
            text += f" +published:[{wanted.start}T00:00:00Z TO {wanted.after}T00:00:00Z}}"
        return self._index.parse_query(text, list(self.FIELDS))

    def top10(self, wanted: Wanted) -> int:
        return self._searcher.search(self._query(wanted), LIMIT).count

    def facet(self, wanted: Wanted) -> int:
        query = self._query(wanted)
        total = self._searcher.search(query, LIMIT).count
        self._count_authors(query)
        return total

    def _count_authors(self, query: Any) -> Any:
        # Over several segments these counts can come out a little low. Exact ones would need a
        # segment_size above the number of names, and take longer.
        terms = {"field": "authors", "size": LIMIT}
        return self._searcher.aggregate(query, {"author": {"terms": terms}})

    def page(self, wanted: Wanted) -> int:
        query = self._query(wanted)
        result = self._searcher.search(query, LIMIT)
        self._count_authors(query)
        makers = []
        for name in self.FIELDS:
            maker = self._tantivy.SnippetGenerator.create(
                self._searcher, query, self._index.schema, name
            )
            maker.set_max_num_chars(SNIPPET_CHARS)
            makers.append(maker)
        for _, address in result.hits:
            document = self._searcher.doc(address)
            for maker in makers:
                maker.snippet_from_doc(document).to_html()
            for name in ("id", "title", "authors", "source", "published"):
                document.get_all(name)
        return result.count


class Fts5:
    """SQLite FTS5 over a table of articles, and a table of authors."""

    SCHEMA = """
        CREATE TABLE article (id INTEGER PRIMARY KEY, article_id TEXT UNIQUE, published TEXT,
            source TEXT, title TEXT, body TEXT);
        CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT UNIQUE);
        CREATE TABLE article_author (article INTEGER, author INTEGER, PRIMARY KEY (article, author))
            WITHOUT ROWID;
        CREATE INDEX article_of_day ON article (published);
        CREATE INDEX article_of_author ON article_author (author, article);
        CREATE VIRTUAL TABLE article_fts USING fts5
            (title, body, content="article", content_rowid="id", tokenize="porter unicode61");
    """
    FILE = "articles.db"

    @staticmethod
    def build(corpus: Path, folder: Path, cores: int) -> None:
        with closing(Fts5._connected(folder)) as connection:
            connection.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;")
            connection.executescript(Fts5.SCHEMA)
            authors: dict[str, int] = {}
            for number, record in enumerate(records(corpus), 1):
                title, body = record["title"], record["body"]
                connection.execute(
                    "INSERT INTO article VALUES (?, ?, ?, ?, ?, ?)",
                    (number, record["id"], record["published"], record["source"], title, body),
                )
                connection.execute(
                    "INSERT INTO article_fts (rowid, title, body) VALUES (?, ?, ?)",
                    (number, title, body),
                )
                connection.executemany(
                    "INSERT INTO article_author VALUES (?, ?)",
                    [
                        (number, authors.setdefault(name, len(authors) + 1))
                        for name in record["authors"]
                    ],
                )
            connection.executemany("INSERT INTO author (name, id) VALUES (?, ?)", authors.items())
            connection.execute("INSERT INTO article_fts (article_fts) VALUES ('optimize')")
            connection.commit()
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    @staticmethod
    def _connected(folder: Path) -> sqlite3.Connection:
        connection = sqlite3.connect(folder / Fts5.FILE)
        connection.execute(f"PRAGMA cache_size = {-MEMORY_BYTES // 1024}")
        connection.execute(f"PRAGMA mmap_size = {1 << 34}")
        return connection

    def open(self, folder: Path) -> None:
        self._connection = self._connected(folder)

    def close(self) -> None:
        self._connection.close()

    def articles(self) -> int:
        (articles,) = self._connection.execute("SELECT count(*) FROM article").fetchone()
        return int(articles)

    def _where(self, wanted: Wanted) -> tuple[str, list[str]]:
        """Return the FROM and WHERE of a SELECT, and the values in it."""
        quoted = [f'"{word}"' for word in wanted.words]
        match wanted.kind:
            case "all":
                text = " AND ".join(quoted)
            case "any":
                text = " OR ".join(quoted)
            case "phrase":
                text = f'"{" ".join(wanted.words)}"'
            case "prefix":
                text = f"{quoted[0]}*"
        where, values = "FROM article_fts f WHERE article_fts MATCH ?", [text]
        # The plus keeps SQLite from looking every article of the list up in the index of words.
        if wanted.author:
            where += (
                " AND +f.rowid IN (SELECT article FROM article_author"
                " WHERE author = (SELECT id FROM author WHERE name = ?))"
            )
            values.append(wanted.author)
        if wanted.start:
            where += (
                " AND +f.rowid IN (SELECT id FROM article WHERE published >= ? AND published < ?)"
            )
            values += [f"{wanted.start}", f"{wanted.after}"]
        return where, values

    def top10(self, wanted: Wanted) -> int:
        where, values = self._where(wanted)
        self._connection.execute(
            f"SELECT f.rowid {where} ORDER BY bm25(article_fts) LIMIT {LIMIT}", values
        ).fetchall()
        return self._total(where, values)

    def _total(self, where: str, values: list[str]) -> int:
        (total,) = self._connection.execute(f"SELECT count(*) {where}", values).fetchone()
        return int(total)

    def facet(self, wanted: Wanted) -> int:
        total = self.top10(wanted)
        self._count_authors(*self._where(wanted))
        return total

    def _count_authors(self, where: str, values: list[str]) -> list[Any]:
        where = where.replace(
            " WHERE", " CROSS JOIN article_author a ON a.article = f.rowid WHERE", 1
        )
        counts = f"SELECT a.author, count(*) AS n {where} GROUP BY a.author ORDER BY n DESC LIMIT {LIMIT}"
        return self._connection.execute(
            f"SELECT name, n FROM ({counts}) c JOIN author ON author.id = c.author", values
        ).fetchall()

    def page(self, wanted: Wanted) -> int:
        where, values = self._where(wanted)
        marks = "'<mark>', '</mark>'"
        # Which way is the faster one depends: by "rank" FTS5 sorts before it makes snippets, but
        # ranks what a filter then drops.
        order = "bm25(article_fts)" if wanted.author or wanted.start else "f.rank"
        hits = self._connection.execute(
            f"SELECT f.rowid, highlight(article_fts, 0, {marks}),"
            f" snippet(article_fts, 1, {marks}, '...', {SNIPPET_TOKENS})"
            f" {where} ORDER BY {order} LIMIT {LIMIT}",
            values,
        ).fetchall()
        for rowid, _, _ in hits:
            self._connection.execute(
                "SELECT article_id, published, source FROM article WHERE id = ?", (rowid,)
            ).fetchone()
            self._connection.execute(
                "SELECT name FROM article_author a JOIN author ON author.id = a.author"
                " WHERE a.article = ?",
                (rowid,),
            ).fetchall()
        self._count_authors(where, values)
        return self._total(where, values)


#: The engines of a run that names none.
USUAL = ("newssearch", "whoosh", "tantivy", "fts5")

#: Engine -> how to make it, and the package that it needs.
PEERS: dict[str, tuple[Callable[[], Peer], str]] = {
    "newssearch": (Newssearch, "search"),
    "whoosh": (StockWhoosh, "whoosh"),
    "whoosh-facet": (StockWhooshFacet, "whoosh"),
    "tantivy": (Tantivy, "tantivy"),
    "fts5": (Fts5, "sqlite3"),
}

#: Engine -> how it makes an index of a corpus in an empty folder with a number of cores. Ours is made by
#: its command, as users do it.
BUILDERS: dict[str, Callable[[Path, Path, int], None]] = {
    "whoosh": StockWhoosh.build,
    "whoosh-facet": StockWhoosh.build,
    "tantivy": Tantivy.build,
    "fts5": Fts5.build,
}


def is_installed(name: str) -> bool:
    """Whether the package of engine *name* can be imported; of sqlite3, whether it has FTS5."""
    if name == "fts5":
        with closing(sqlite3.connect(":memory:")) as connection:
            options = {row[0] for row in connection.execute("PRAGMA compile_options")}
        return "ENABLE_FTS5" in options
    return importlib.util.find_spec(PEERS[name][1]) is not None
