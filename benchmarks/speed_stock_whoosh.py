"""Whoosh 2.7.4 as it comes, in its best reasonable use; one of the engines of `benchmarks.speed_peers`."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.speed_corpus import records
from benchmarks.speed_queries import LIMIT, MEMORY_BYTES, SNIPPET_CHARS, Wanted


class StockWhoosh:
    """Whoosh 2.7.4 as it comes. Its top 10 gives no total, which would take it a second pass."""

    FIELDS = ("title", "body")

    @staticmethod
    def build(corpus: Path, folder: Path, cores: int) -> None:
        from whoosh import fields, index
        from whoosh.analysis import StemmingAnalyzer

        text = fields.TEXT(analyzer=StemmingAnalyzer(stoplist=None, minsize=1), stored=True)
        schema = fields.Schema(
            id=fields.ID(stored=True),
            title=text,
            body=text,
            authors=fields.KEYWORD(commas=True, stored=True, sortable=True),
            published=fields.DATETIME(stored=True),
            source=fields.ID(stored=True),
        )
        made = index.create_in(folder, schema)
        # Several processes need fork and pickled batches; with one, procs=1 is the plain writer.
        options = {"procs": cores, "multisegment": True} if cores > 1 else {}
        writer = made.writer(limitmb=MEMORY_BYTES // 1_000_000 // cores, **options)
        for record in records(corpus):
            published = datetime.fromisoformat(record["published"]).replace(tzinfo=None)
            authors = ",".join(name.replace(",", " ") for name in record["authors"])
            writer.add_document(**record | {"published": published, "authors": authors})
        writer.commit()

    def open(self, folder: Path) -> None:
        from whoosh import index

        self._index = index.open_dir(folder)
        self._searcher = self._index.searcher()
        self._analyzer = self._index.schema["body"].analyzer

    def close(self) -> None:
        self._searcher.close()
        self._index.close()

    def articles(self) -> int:
        return int(self._searcher.doc_count())

    def _query(self, wanted: Wanted) -> Any:
        from whoosh import query

        def of(word: str) -> Any:
            (stem,) = [token.text for token in self._analyzer(word, mode="query")]
            return query.Or([query.Term(name, stem) for name in self.FIELDS])

        match wanted.kind:
            case "all":
                found = query.And([of(word) for word in wanted.words])
            case "any":
                found = query.Or([of(word) for word in wanted.words])
            case "phrase":
                stems = [t.text for t in self._analyzer(" ".join(wanted.words), mode="query")]
                found = query.Or([query.Phrase(name, stems) for name in self.FIELDS])
            case "prefix":
                found = query.Or([query.Prefix(name, wanted.words[0]) for name in self.FIELDS])
        if wanted.author:
            found = query.And([found, query.Term("authors", wanted.author.replace(",", " "))])
        if wanted.start and wanted.after:
            first, after = (
                datetime.fromisoformat(f"{day}") for day in (wanted.start, wanted.after)
            )
            last = after - timedelta(seconds=1)
            found = query.And([found, query.DateRange("published", first, last)])
        return found

    def top10(self, wanted: Wanted) -> int:
        self._searcher.search(self._query(wanted), limit=LIMIT)
        return -1

    def facet(self, wanted: Wanted) -> int:
        return len(self._with_facet(wanted)[0])

    def _with_facet(self, wanted: Wanted) -> tuple[Any, list[tuple[str, int]]]:
        """Count whole bylines by their column, then the names in them.

        That is faster than the facet of overlapping groups that Whoosh has for this.
        """
        from whoosh.sorting import Count, FieldFacet

        facet = FieldFacet("authors", maptype=Count)
        results = self._searcher.search(self._query(wanted), limit=LIMIT, groupedby=facet)
        counts = Counter[str]()
        for byline, count in results.groups().items():
            for name in byline.split(","):
                counts[name] += count
        return results, counts.most_common(LIMIT)

    def page(self, wanted: Wanted) -> int:
        results, _ = self._with_facet(wanted)
        results.fragmenter.maxchars = SNIPPET_CHARS
        for hit in results[:LIMIT]:  # asked to group, Whoosh leaves the limit aside
            hit.highlights("title")
            hit.highlights("body", top=2)
            hit.fields()
        return len(results)


class StockWhooshFacet(StockWhoosh):
    """The same with the facet of overlapping groups that Whoosh has for several values a document."""

    def _with_facet(self, wanted: Wanted) -> tuple[Any, list[tuple[str, int]]]:
        from whoosh.sorting import Count, FieldFacet

        facet = FieldFacet("authors", maptype=Count, allow_overlap=True)
        results = self._searcher.search(self._query(wanted), limit=LIMIT, groupedby=facet)
        return results, Counter(results.groups()).most_common(LIMIT)
