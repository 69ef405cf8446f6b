"""Who scores: we, exactly as an index in a folder does, or the cluster by itself. docs/scaling.md says what differs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from search.engines.opensearch.manifest import Manifest
from search.model.errors import SettingError
from search.model.settings import Settings

EXACT: Final = "exact"
NATIVE: Final = "native"
#: What a manifest keeps of an index that has what the cluster needs to score.
_KEY = "scoring"

BY_CLUSTER = (
    "scored by the cluster (opensearch_scoring = native): order and scores can differ from those of an index in a folder; "
    "what is found and counted does not"
)
NOT_BY_CLUSTER = "scored exactly, though opensearch_scoring = native: the index was made without what that needs; newssearch rebuild makes it"


def wants_native(settings: Settings) -> bool:
    """Whether *settings* have the cluster score. Raises `SettingError` for another word."""
    if settings.opensearch_scoring not in (EXACT, NATIVE):
        raise SettingError(
            f"unknown opensearch_scoring {settings.opensearch_scoring[:40]!r}; choose one of {EXACT}, {NATIVE}"
        )
    return settings.opensearch_scoring == NATIVE


def can_score(manifest: Manifest) -> bool:
    """Whether the documents of an index have what the cluster needs to score."""
    return manifest.kept.get(_KEY) == NATIVE


def kept_for(kept: Mapping[str, Any], *, is_native: bool) -> dict[str, Any]:
    """Return *kept* of a manifest for an index that was made so."""
    others = {name: value for name, value in kept.items() if name != _KEY}
    return others | ({_KEY: NATIVE} if is_native else {})


def scoring_of(settings: Settings, manifest: Manifest) -> str:
    """Return how the articles of an index are scored: `EXACT` or `NATIVE`."""
    return NATIVE if wants_native(settings) and can_score(manifest) else EXACT


def said(settings: Settings, manifest: Manifest) -> str:
    """Return a sentence on who scores an index."""
    if not wants_native(settings):
        more = "; it has what opensearch_scoring = native needs, too" if can_score(manifest) else ""
        return f"articles are scored exactly, as in a folder{more}"
    return f"articles are {BY_CLUSTER if can_score(manifest) else NOT_BY_CLUSTER}"
