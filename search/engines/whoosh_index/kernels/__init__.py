"""The kernels, the inner loops of the engine: compiled where the installation could compile them, else on numpy.

`search.engines.whoosh_index.kernels.reference` says what each does, and `kernels/c/README.md` how the C is laid out.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from search.engines.whoosh_index.format import constants

#: Set to "numpy" to leave what was compiled aside, to compare the two or to look for a fault.
CHOICE = "NEWSSEARCH_KERNELS"

#: What was compiled with other numbers, from another state of the sources, is left aside.
CONSTANTS = {name: value for name, value in vars(constants).items() if name.isupper()}

if TYPE_CHECKING:
    from search.engines.whoosh_index.kernels import reference as _chosen
else:
    try:
        if os.environ.get(CHOICE) == "numpy":
            raise ImportError
        from search.engines.whoosh_index.kernels import _kernels as _chosen

        if any(getattr(_chosen, name, None) != value for name, value in CONSTANTS.items()):
            raise ImportError
    except ImportError:
        from search.engines.whoosh_index.kernels import reference as _chosen

#: Whether the compiled kernels are in use.
IS_COMPILED = _chosen.__name__.endswith("._kernels")


def description() -> str:
    """Return in some words which kernels answer here, and why."""
    if IS_COMPILED:
        return "compiled"
    if os.environ.get(CHOICE) == "numpy":
        return f"on numpy, as {CHOICE} says"
    return "on numpy, as none could be compiled when newssearch was installed"


add_scores = _chosen.add_scores
best = _chosen.best
best_exactly = _chosen.best_exactly
count_copies = _chosen.count_copies
count_values = _chosen.count_values
entities_as_json = _chosen.entities_as_json
entity_values = _chosen.entity_values
feedback = _chosen.feedback
find_in = _chosen.find_in
find_word = _chosen.find_word
gathered = _chosen.gathered
heaviest_terms = _chosen.heaviest_terms
highest = _chosen.highest
merged_postings = _chosen.merged_postings
most_values = _chosen.most_values
near_strings = _chosen.near_strings
numbered = _chosen.numbered
occurrence_weights = _chosen.occurrence_weights
occurrences = _chosen.occurrences
postings = _chosen.postings
scored = _chosen.scored
sketches = _chosen.sketches
strings_with_prefix = _chosen.strings_with_prefix
top = _chosen.top
union = _chosen.union
