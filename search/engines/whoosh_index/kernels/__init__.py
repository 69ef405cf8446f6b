"""The inner loops of the engine: compiled where the installation could compile them, else on numpy.

What each does stands in `search.engines.whoosh_index.kernels.reference`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

#: Set to "numpy" to leave what was compiled aside, to compare the two or to look for a fault.
CHOICE = "NEWSSEARCH_KERNELS"

#: Number of what the functions take and give, as in c/module.c: what was compiled from another state of
#: the sources is left aside. One more at each change.
INTERFACE = 4

if TYPE_CHECKING:
    from search.engines.whoosh_index.kernels import reference as _chosen
else:
    try:
        if os.environ.get(CHOICE) == "numpy":
            raise ImportError
        from search.engines.whoosh_index.kernels import _kernels as _chosen

        if _chosen.INTERFACE != INTERFACE:
            raise ImportError
    except (ImportError, AttributeError):
        from search.engines.whoosh_index.kernels import reference as _chosen

if TYPE_CHECKING:
    Part = _chosen.Part
    Source = _chosen.Source

#: Whether the compiled loops are in use.
IS_COMPILED = _chosen.__name__.endswith("._kernels")

add_found = _chosen.add_found
add_pair = _chosen.add_pair
at_least = _chosen.at_least
best = _chosen.best
common = _chosen.common
count_values = _chosen.count_values
documents_of = _chosen.documents_of
find_in = _chosen.find_in
find_word = _chosen.find_word
highest = _chosen.highest
near_strings = _chosen.near_strings
occurrences = _chosen.occurrences
phrase = _chosen.phrase
saturated = _chosen.saturated
scored = _chosen.scored
some_of = _chosen.some_of
string_place = _chosen.string_place
top = _chosen.top
united = _chosen.united
weighed = _chosen.weighed
weights_of = _chosen.weights_of
