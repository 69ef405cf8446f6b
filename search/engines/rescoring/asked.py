"""Which words a question asks for already: they are no news of what it finds."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from search.engines.protocol.request import SearchRequest
from search.query.tree import Fuzzy, Near, Phrase, Query, Wildcard, Word, walk
from search.text.words import tokens, wildcard_pattern, within_edits


class Asked:
    """Tells whether a question asks for a word already."""

    def __init__(self, request: SearchRequest) -> None:
        nodes = list(walk(request.tree))
        self._forms = set(_forms_in(nodes))
        for selection in request.selections:
            for value in selection.values:
                self._forms.update(tokens(value).forms)
        self._patterns = [wildcard_pattern(n.pattern) for n in nodes if isinstance(n, Wildcard)]
        self._fuzzy = [node for node in nodes if isinstance(node, Fuzzy)]

    def __call__(self, forms: Collection[str]) -> bool:
        """Whether any of *forms*, those of one stem, is asked for."""
        return any(
            form in self._forms
            or any(pattern.fullmatch(form) for pattern in self._patterns)
            or any(within_edits(node.form, form, node.edits) for node in self._fuzzy)
            for form in forms
        )


def _forms_in(nodes: list[Query]) -> Iterator[str]:
    for node in nodes:
        match node:
            case Word():
                yield node.form
            case Phrase():
                yield from node.forms
            case Near():
                yield from (node.left.form, node.right.form)
