"""Which state of the code that taggers share made the entities of an article."""

from __future__ import annotations

#: Another one whenever the word lists, `unwrapped` or `merging` may make something else of the same spans. It is part of
#: the version of each tagger that uses them, so that what is in an index is tagged again.
FROM_SPANS = "9"
