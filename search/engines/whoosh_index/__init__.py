"""The embedded engine: a Whoosh index whose segments are columns (docs/index-format.md)."""

from search.engines.whoosh_index.engine import WhooshEngine

__all__ = ["WhooshEngine"]
