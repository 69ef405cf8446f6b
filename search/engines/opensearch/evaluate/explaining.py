"""What the scores of hits are made of: each clause of the question is asked about them alone."""

from __future__ import annotations

from collections.abc import Sequence

from search.engines.opensearch.evaluate.clauses import Clause, some_of
from search.engines.opensearch.evaluate.question import Question
from search.engines.protocol.result import Contribution
from search.query.render import render
from search.query.tree import And, Group, Query


def contributions(
    question: Question, article_ids: Sequence[str]
) -> dict[str, tuple[Contribution, ...]]:
    """Return for each of the articles with these ids what each clause at the top of the tree added, and neighbours."""
    tree = question.request.tree
    is_row = isinstance(tree, And | Group)
    parts: Sequence[Query] = tree.children if is_row else (tree,)  # type: ignore[union-attr]

    def made() -> list[tuple[str, Clause]]:
        compiler = question.compiler(is_scored=True)
        found = [(render(part), compiler.query(part)) for part in parts]
        if is_row and (pairs := compiler.neighbours(parts)):
            found.append(("neighbouring words", some_of(pairs)))
        return found

    clauses = question.statistics.complete(made)
    among = [{"terms": {"id": list(article_ids)}}, *question.statistics.seen]
    bodies = [
        {
            "query": {"bool": {"must": [clause], "filter": among}},
            "size": len(article_ids),
            "sort": [{"_score": "desc"}, {"id": "asc"}],
            "_source": False,
        }
        for _, clause in clauses
    ]
    answers = question.view.msearch(bodies, **question.how) if article_ids else []
    added: dict[str, list[Contribution]] = {each: [] for each in article_ids}
    for (clause, _), answer in zip(clauses, answers, strict=bool(article_ids)):
        for hit in answer["hits"]["hits"]:
            if hit["_score"]:
                added[hit["sort"][-1]].append(Contribution(clause, hit["_score"]))
    return {each: tuple(found) for each, found in added.items()}
